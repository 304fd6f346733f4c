"""Facts as rows: the shape in which people and programs look numbers up."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from cereblon.evidence.library import latest_facts, published_facts
from cereblon.evidence.study import Arm, Fact, Study
from cereblon.vocabulary.drugs import find_drug, find_regimen
from cereblon.vocabulary.endpoints import vocabulary

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

Row: TypeAlias = dict[str, str | float | int | None]

COLUMNS: tuple[str, ...] = (
    "study",
    "kind",
    "setting",
    "role",
    "arm",
    "regimen",
    "versus",
    "endpoint",
    "of",
    "event",
    "feature",
    "drug",
    "grade",
    "month",
    "phase",
    "at",
    "counted_from",
    "subgroup",
    "versus_subgroup",
    "population",
    "cut",
    "value",
    "status",
    "unit",
    "ci_low",
    "ci_high",
    "ci_level",
    "p",
    "p_status",
    "p_sided",
    "n",
    "source",
    "reference",
    "link",
    "quality",
    "derived",
    "flag",
    "note",
)
"""Columns of the table; they are described in `cereblon.tables.answers`."""

_COPIED = ("of", "event", "feature", "drug", "grade", "month", "phase", "at", "counted_from", "subgroup")
_COPIED_LATE = ("versus_subgroup", "population", "cut")


def fact_row(study: Study, fact: Fact) -> Row:
    """Lay one fact out in `COLUMNS`; what a fact does not have is None, and `n` is the size of its whole arm."""
    source, interval, p = study.source_of(fact), fact.interval, fact.p
    row: Row = {
        "study": study.id,
        "kind": study.kind,
        "setting": study.setting,
        "role": study.role,
        "arm": fact.arm,
        "regimen": study.arms[fact.arm].label,
        "versus": fact.versus,
        "endpoint": fact.endpoint,
    }
    row.update({name: getattr(fact, name) for name in (*_COPIED, *_COPIED_LATE)})
    row.update(
        value=fact.number,
        status=fact.reading,
        unit=fact.unit,
        ci_low=interval.low if interval else None,
        ci_high=interval.high if interval else None,
        ci_level=interval.level if interval else None,
        p=p.number if p else None,
        p_status=None if p is None else "reported" if p.value is not None else "below",
        p_sided=p.sided if p else None,
        n=study.patients(fact.arm),
        source=fact.source,
        reference=source.reference,
        link=source.link,
        quality=source.quality,
        derived=fact.derived,
        flag=fact.flag,
        note=fact.note,
    )
    return row


def select_facts(
    studies: Iterable[Study], *, endpoints: Collection[str] | None = None, regimen: str | None = None
) -> list[tuple[Study, Fact]]:
    """Give the facts of some studies, each with its study, in the order of studies and files.

    Parameters
    ----------
    studies
        From `load_all`, `load_study` or `select_studies`.
    endpoints
        Names of the vocabulary; None for all.
    regimen
        Keep facts about arms that `is_arm_like` this text, also as the other arm; None for all.

    Raises
    ------
    UnknownNameError
        If an endpoint is not in the vocabulary.
    """
    wanted = None if endpoints is None else {vocabulary().endpoint(name).name for name in endpoints}
    found = []
    for study in studies:
        arms = {name for name, arm in study.arms.items() if regimen is None or is_arm_like(name, arm, regimen)}
        found += [
            (study, fact)
            for fact in study.facts
            if (wanted is None or fact.endpoint in wanted) and (fact.arm in arms or fact.versus in arms)
        ]
    return found


def fact_rows(
    studies: Iterable[Study], *, endpoints: Collection[str] | None = None, regimen: str | None = None
) -> list[Row]:
    """Give one row per fact; the parameters are those of `select_facts`.

    Raises
    ------
    UnknownNameError
        If an endpoint is not in the vocabulary.
    """
    return [fact_row(study, fact) for study, fact in select_facts(studies, endpoints=endpoints, regimen=regimen)]


def is_arm_like(name: str, arm: Arm, text: str) -> bool:
    """Tell whether a text names an arm: its id, a whole word of its label, a drug of it, or a regimen of its drugs.

    Drugs and regimens are known by any of their names: `Revlimid`, `RVd` for an arm that is labelled VRd.
    """
    word = text.strip().lower()
    if not word:
        return False
    if word == name.lower() or any(drug.startswith(word) for drug in arm.drugs):
        return True
    drug, regimen = find_drug(text), find_regimen(text)
    if drug in arm.drugs or (drug is None and regimen is not None and regimen.drugs == set(arm.drugs)):
        return True
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", arm.label.lower()) is not None


def facts_table(studies: Iterable[Study], *, endpoints: Collection[str] | None = None) -> pl.DataFrame:
    """Give all facts of some studies as a data frame with `COLUMNS`, one row per fact.

    Raises
    ------
    UnknownNameError
        If an endpoint is not in the vocabulary.
    """
    return facts_frame(fact_rows(studies, endpoints=endpoints))


def facts_frame(rows: Sequence[Row]) -> pl.DataFrame:
    """Give rows of `fact_row` as a data frame with `COLUMNS`, also where there is none."""
    import polars as pl

    from cereblon.tables.answers import arrow_table, schema_of

    return pl.DataFrame(pl.from_arrow(arrow_table(rows, schema_of(rows, COLUMNS))))


def reported_outcomes(study: Study, *, endpoints: Collection[str] | None = None) -> pa.Table:
    """Give the published summaries of a study in the columns of the outcome table, with origin `reported`.

    Only what these columns can say: numbers of whole arms at their last cut, without a further qualifier such as
    treatment phase or drug. A median not reached has a null value. Flagged facts are left out.

    Parameters
    ----------
    study
        From `load_study`.
    endpoints
        Names of the vocabulary; None for all.
    """
    from cereblon.tables import conform
    from cereblon.tables.schemas import OUTCOMES

    facts = published_facts(study, endpoints=endpoints, numbers_only=False)
    plain = [fact for fact in facts if fact.reading != "below" and not _is_qualified(fact)]
    kept = latest_facts(study, plain)
    columns = {
        "origin": ["reported"] * len(kept),
        "source_id": [study.id] * len(kept),
        "endpoint": [fact.endpoint for fact in kept],
        "arm": [fact.arm for fact in kept],
        "versus": [fact.versus or "" for fact in kept],
        "grade": [fact.grade or "" for fact in kept],
        "month": _numbers([fact.month for fact in kept]),
        "value": _numbers([fact.value for fact in kept]),
        "unit": [fact.unit for fact in kept],
        "low": _numbers([fact.interval.low if fact.interval else None for fact in kept]),
        "high": _numbers([fact.interval.high if fact.interval else None for fact in kept]),
        "level": _numbers([fact.interval.level if fact.interval else None for fact in kept]),
        "n": _numbers([_patients(study, fact) for fact in kept]),
        "method": [_method(study, fact) for fact in kept],
    }
    return conform(columns, OUTCOMES, name="reported outcomes")


def _patients(study: Study, fact: Fact) -> int | None:
    sizes = [study.patients(arm) for arm in (fact.arm, fact.versus) if arm is not None]
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None


def _is_qualified(fact: Fact) -> bool:
    named = (fact.of, fact.event, fact.feature, fact.drug, fact.phase, fact.at, fact.counted_from)
    return any(name is not None for name in (*named, fact.versus_subgroup))


def _numbers(values: Sequence[float | None]) -> pa.Array:
    import pyarrow as pa

    return pa.array(values, type=pa.float64())


def _method(study: Study, fact: Fact) -> str:
    parts = [f"published: {study.source_of(fact).reference}", fact.cut and f"cut {fact.cut}", fact.derived]
    return "; ".join(part for part in parts if part)
