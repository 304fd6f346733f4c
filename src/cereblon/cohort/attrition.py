"""From everybody in a source to the patients of a cohort, step by step, every exclusion counted."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pyarrow as pa

from cereblon.cohort.definition import CohortDefinition
from cereblon.cohort.regimen_names import need_regimens
from cereblon.cohort.schemas import ATTRITION
from cereblon.core.rows import Row

_IN_PERSON, _PLAIN, _ALIVE = "in the table of patients", "one sex and one year of birth", "not dead before birth"
_EVERYBODY = "patients in the source"
_HINTS = {
    _EVERYBODY: "the table person has no rows that can be read",
    _IN_PERSON: "are patients named alike in all tables? 0017 and 17 are two names",
    _PLAIN: "everybody has several sexes or years of birth; is person_id one person's?",
    _ALIVE: "everybody dies before birth; are the dates of death and the years of birth right?",
}


class Attrition:
    """Counts patients while steps leave some out.

    Parameters
    ----------
    everybody
        Patients in the source.
    """

    def __init__(self, everybody: int) -> None:
        self._rows = [{"step": 1, "criterion": _EVERYBODY, "kept": everybody, "left_out": 0}]

    def step(self, criterion: str, kept: int) -> None:
        """Note how many are left after a step."""
        before = int(str(self._rows[-1]["kept"]))
        self._rows.append(
            {"step": len(self._rows) + 1, "criterion": criterion, "kept": kept, "left_out": before - kept}
        )

    @property
    def hint(self) -> str:
        """What to look at where nobody is left."""
        emptying = next((str(row["criterion"]) for row in self._rows if row["kept"] == 0), "")
        return _HINTS.get(emptying, f"loosen the definition; nobody is left by {emptying!r}")

    def table(self) -> pa.Table:
        """Give the table of attrition."""
        return pa.Table.from_pylist(self._rows, schema=ATTRITION)


def masked_steps(rows: Sequence[Row], limit: int) -> list[Row]:
    """Hide counts of a table of attrition from which a number of patients below a limit could be had.

    The last step is shown; of those before it a step is shown whose difference to the next shown one is none, or not
    small. How many a step leaves out is shown where it and the step before are.

    Parameters
    ----------
    rows
        With kept and left_out, in order.
    limit
        Least number that is shown.
    """
    kept = [int(str(row["kept"])) for row in rows]
    shown = [False] * len(rows)
    after = 0
    for place in reversed(range(len(rows))):
        between = kept[place] - after
        shown[place] = between == 0 or between >= limit
        after = kept[place] if shown[place] else after
    found: list[Row] = []
    for place, row in enumerate(rows):
        both = shown[place] and (place == 0 or shown[place - 1])
        left = row["left_out"] if both else None
        found.append({**row, "kept": kept[place] if shown[place] else None, "left_out": left})
    return found


def plausible_patients(people: pl.DataFrame, steps: Attrition) -> pl.DataFrame:
    """Leave out patients whose record contradicts itself."""
    for criterion, is_fine in (
        (_IN_PERSON, pl.col("births").is_not_null()),
        (_PLAIN, (pl.col("sexes") <= 1) & (pl.col("births") <= 1)),
        (_ALIVE, (pl.col("death_date").dt.year() >= pl.col("birth_year")).fill_null(True)),
    ):
        people = people.filter(is_fine)
        steps.step(criterion, people.height)
    return people


def index_lines(
    lines: pl.DataFrame, people: pl.DataFrame, definition: CohortDefinition, steps: Attrition
) -> pl.DataFrame:
    """Find the index line of each patient, and leave out those who do not belong to the cohort.

    Parameters
    ----------
    lines
        Table of lines.
    people
        Columns of patients.
    definition
        Who belongs.
    steps
        Gains a row per criterion.

    Returns
    -------
        `people` with index_date, index_line, lines and age.

    Raises
    ------
    UnknownNameError
        If the definition names a regimen that is none.
    """
    rule = definition.index
    number = lines.group_by("person_id").agg(lines=pl.len())
    people = people.join(number, on="person_id", how="inner")
    steps.step("treated for myeloma", people.height)
    chosen = lines
    if rule.line is not None:
        chosen = chosen.filter(pl.col("line") == rule.line)
        people = people.join(chosen.select("person_id").unique(), on="person_id", how="semi")
        steps.step(f"with line {rule.line}", people.height)
    if rule.regimens:
        need_regimens(rule.regimens, lines["regimen"].unique())
        chosen = chosen.filter(pl.col("regimen").is_in(list(rule.regimens)))
        people = people.join(chosen.select("person_id").unique(), on="person_id", how="semi")
        steps.step(f"treated with {' or '.join(rule.regimens)} in it", people.height)
    day = "start_date"
    if rule.maintenance:
        day = "maintenance_start"
        chosen = chosen.filter(pl.col(day).is_not_null())
        people = people.join(chosen.select("person_id").unique(), on="person_id", how="semi")
        steps.step("with maintenance in it", people.height)
    first = chosen.sort("person_id", "line").unique("person_id", keep="first", maintain_order=True)
    people = people.join(first.select("person_id", index_line="line", index_date=day), on="person_id")
    observed = (pl.col("index_date") - pl.col("first_day")).dt.total_days()
    if definition.observed_before:
        people = people.filter(observed.fill_null(-1) >= definition.observed_before)
        steps.step(f"observed for {definition.observed_before} days before", people.height)
    people = people.with_columns(age=(pl.col("index_date").dt.year() - pl.col("birth_year")).cast(pl.Float64))
    within = pl.col("age").is_between(definition.youngest, definition.oldest)
    people = people.filter(within.fill_null(True))
    unknown = ", or of unknown age" if people["age"].has_nulls() else ""
    steps.step(f"{definition.youngest} to {definition.oldest} years old{unknown}", people.height)
    people = people.filter((pl.col("last_day") >= pl.col("index_date")).fill_null(True))
    steps.step("observed after the index date", people.height)
    return people.sort("person_id")
