"""What a hospital may send of a cohort: estimates and counts, no row of a patient, small numbers masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from cereblon.cohort.folder import CohortTables
from cereblon.core.errors import InputError
from cereblon.core.json_files import parse_json
from cereblon.core.rows import Row
from cereblon.core.text_files import read_text
from cereblon.core.validation import Name, StrictModel, validate

SCHEMA, VERSION = "cereblon-cohort-results", 1
_UNITS = ("percent", "months")
_TABLES = ("outcomes", "adverse_events", "attrition", "regimens", "not_evaluable")


class SharedOutcome(StrictModel):
    """One estimate; what rests on too few patients is null.

    Parameters
    ----------
    endpoint, arm, unit, method
        What was estimated, in whom (`all` or a regimen), and how.
    value, low, high, level
        Estimate and interval.
    n, events
        Lines behind it, and with the event.
    grade
        Range of grades of an adverse event; empty for all else.
    """

    endpoint: Name
    arm: Name
    unit: Name
    value: float | None
    low: float | None = None
    high: float | None = None
    level: float = Field(gt=0, lt=1)
    n: int | None = Field(ge=0)
    events: int | None = Field(None, ge=0)
    method: str = ""
    grade: str = ""

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        """Refuse an estimate that contradicts itself."""
        known = [one for one in (self.low, self.value, self.high) if one is not None]
        most = 100.0 if self.unit == "percent" else inf
        problems = []
        if self.unit not in _UNITS:
            problems.append(f"unit {self.unit!r} is none of {', '.join(_UNITS)}")
        elif any(not 0 <= one <= most for one in known):
            problems.append(f"{self.unit} outside 0 to {most:g}")
        if self.low is not None and self.high is not None and self.low > self.high:  # drawn ends may pass the value
            problems.append(f"an interval from {self.low:g} to {self.high:g}")
        if self.n == 0 and self.value is not None:
            problems.append("has a value of no lines")
        if self.n is not None and self.events is not None and self.events > self.n:
            problems.append(f"{self.events:,} events in {self.n:,} lines")
        if problems:
            raise ValueError("; ".join(problems))
        return self


class SharedResults(StrictModel):
    """The results of one site.

    Parameters
    ----------
    schema_, version
        What the file is.
    site
        Name that the site gave itself.
    made_by
        Program and its version.
    estimand
        Kind of response and progression.
    small_cell
        Numbers below this are null.
    definition
        Who is in the cohort, as data.
    patients, lines
        How many; null where few.
    outcomes, adverse_events
        Estimates.
    attrition, regimens, not_evaluable
        Counts.
    """

    schema_: Literal["cereblon-cohort-results"] = Field(alias="schema")
    version: Literal[1]
    site: Name
    made_by: str
    estimand: Literal["strict", "relaxed", "real_world"]
    small_cell: int = Field(ge=1)
    definition: dict[str, Any]
    patients: int | None = Field(ge=0)
    lines: int | None = Field(ge=0)
    outcomes: tuple[SharedOutcome, ...]
    adverse_events: tuple[SharedOutcome, ...] = ()
    attrition: tuple[dict[str, Any], ...] = ()
    regimens: tuple[dict[str, Any], ...] = ()
    not_evaluable: tuple[dict[str, Any], ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        """Refuse an estimate that stands twice: it would be pooled with itself."""
        keys = [(one.endpoint, one.arm, one.grade) for one in self.estimates]
        if twice := next((key for place, key in enumerate(keys) if key in keys[:place]), None):
            raise ValueError(f"{' '.join(filter(None, twice))} stands twice")
        return self

    @property
    def estimates(self) -> tuple[SharedOutcome, ...]:
        """All that can be pooled."""
        return (*self.outcomes, *self.adverse_events)


def shared_content(
    built: CohortTables, tables: Mapping[str, Sequence[Row]], *, site: str, estimand: str
) -> dict[str, object]:
    """Give what may be sent of a cohort.

    Parameters
    ----------
    built
        The cohort.
    tables
        Its masked tables.
    site
        Name of the site.
    estimand
        By which the outcomes were estimated.
    """
    from importlib.metadata import version

    limit = built.definition.small_cell
    sizes = {name: built.tables[table].num_rows for name, table in (("patients", "persons"), ("lines", "lines"))}
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "site": site,
        "made_by": f"cereblon {version('cereblon')}",
        "estimand": estimand,
        "small_cell": limit,
        "definition": built.definition.model_dump(mode="json", by_alias=True),
        **{name: count if count >= limit else None for name, count in sizes.items()},
        **{name: list(tables[name]) for name in _TABLES},
    }


def read_shared(path: Path | str) -> SharedResults:
    """Read the results of a site.

    Raises
    ------
    InputError
        If the file is none of shared results, or of another version; all problems at once.
    """
    content = parse_json(read_text(Path(path)), where=str(path))
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise InputError(
            f"{path}: holds no shared results of a cohort",
            hint="cereblon cohort report FOLDER --share FILE makes one",
        )
    if content.get("version") != VERSION:
        raise InputError(
            f"{path}: is of version {content.get('version')!r}; version {VERSION} can be read",
            hint="share again with this version of cereblon",
        )
    return validate(SharedResults, content, where=str(path))
