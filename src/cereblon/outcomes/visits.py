"""Laboratory rows as arrays over visit and subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cereblon.core.errors import InputError
from cereblon.core.problems import refuse_problems
from cereblon.outcomes.follow_up import SubjectFollowUp
from cereblon.outcomes.subject_index import Floats, Ints, SubjectIndex, text_codes
from cereblon.tables.checks import check_words
from cereblon.tables.columns import dictionary_of
from cereblon.tables.lab_units import in_house_units
from cereblon.tables.schemas import LABS

RESPONSE_TESTS: tuple[str, ...] = (
    "m_protein",
    "urine_m_protein",
    "involved_flc",
    "uninvolved_flc",
    "kappa_flc",
    "lambda_flc",
    "immunofixation_serum",
    "immunofixation_urine",
    "marrow_plasma_cells",
    "marrow_clonal",
    "mrd",
    "new_bone_lesion",
    "plasmacytoma_area",
    "calcium",
)

_LARGEST_GRID = 200_000_000  # cells of the subject by day grid; beyond it pairs are sorted instead


@dataclass(frozen=True, slots=True)
class Visits:
    """Values of each test at the n-th visit of each subject.

    Parameters
    ----------
    day
        Day of the visit, shape (visit, subject); NaN where a subject has fewer visits.
    tests
        Names in the order of `values`.
    values
        One array of shape (visit, subject) per test; NaN where not measured.
    """

    day: Floats
    tests: tuple[str, ...]
    values: tuple[Floats, ...]

    def at(self, test: str, visit: int) -> Floats:
        """Give the values of a test at one visit; NaN for a test nobody had."""
        if test in self.tests:
            row: Floats = self.values[self.tests.index(test)][visit]
            return row
        return np.full(self.day.shape[1], np.nan)

    @property
    def count(self) -> int:
        """Largest number of visits of a subject."""
        return len(self.day)


def gather_visits(labs: pa.Table, followed: SubjectFollowUp, tests: Sequence[str] = RESPONSE_TESTS) -> Visits:
    """Arrange laboratory rows by subject and visit.

    A visit is a day with at least one of the tests, up to the end of follow-up.

    Parameters
    ----------
    labs
        LABS rows.
    followed
        The subjects and the end of their follow-up.
    tests
        Tests to keep.

    Raises
    ------
    InputError
        If a subject or test is unknown, a unit is none of its test's, a day is not a number, or a test has two
        different values on one day: the order of rows never says which counts.
    """
    index, labs = followed.index, _in_house_units(labs)
    codes, names = text_codes(labs["test"])
    chosen = np.isin(names, list(tests))[codes]
    codes = codes[chosen]
    labs = labs.select(["source_id", "arm", "subject_id", "day", "value"]).filter(pa.array(chosen))
    if labs.num_rows == 0:
        return Visits(day=np.zeros((0, index.count)), tests=(), values=())
    row = index.rows(labs, name="labs")
    day, value = labs["day"].to_numpy(), labs["value"].to_numpy()
    inside = followed.during(row, day, name="labs")
    if not inside.all():
        row, day, value, codes = row[inside], day[inside], value[inside], codes[inside]
    if not len(row):
        return Visits(day=np.zeros((0, index.count)), tests=(), values=())
    visit, first_of, visit_row, visit_day = _number_visits(row, day, index.count)
    shape = (int(visit.max()) + 1, index.count)
    days = np.full(shape, np.nan)
    days[np.arange(len(visit_row)) - first_of[visit_row], visit_row] = visit_day
    kept = tuple(name for name in tests if name in names)
    known = ~np.isnan(value)
    if not known.all():
        row, day, value, codes, visit = row[known], day[known], value[known], codes[known], visit[known]
    order = np.array([kept.index(name) if name in kept else -1 for name in names])
    place = np.ravel_multi_index((order[codes], visit, row), (len(kept), *shape))
    grids = np.full((len(kept), *shape), np.nan)
    flat = grids.reshape(-1)
    flat[place] = value
    if (flat[place] != value).any():
        for code, name in enumerate(names):
            chosen = codes == code
            refuse_conflicts(index, name, row[chosen], day[chosen], value[chosen])
    return Visits(day=days, tests=kept, values=tuple(grids))


def _in_house_units(labs: pa.Table) -> pa.Table:
    """Check tests and units of rows that may not have been checked, and give their values in house units."""
    columns = {name: dictionary_of(labs[name]) for name in ("test", "unit")}
    values = labs["value"].combine_chunks() if labs.num_rows else labs["value"]
    problems: list[str] = []
    check_words(columns["test"], LABS.field("test"), "labs", problems)
    refuse_problems(problems)
    house = in_house_units(columns | {"value": values}, "labs", problems, allow_implausible=None)
    refuse_problems(problems)
    return labs.set_column(labs.column_names.index("value"), "value", house["value"]) if house else labs


def refuse_conflicts(index: SubjectIndex, test: str, row: Ints, day: Floats, value: Floats) -> None:
    """Refuse a test that has two different values on one day of a subject; which one counts is not for us to say."""
    order = np.lexsort((value, day, row))
    row, day, value = row[order], day[order], value[order]
    twice = (np.diff(row) == 0) & (np.diff(day) == 0) & (np.diff(value) != 0)
    if twice.any():
        first = int(np.flatnonzero(twice)[0])
        raise InputError(
            f"labs, subject {index.subject_id[row[first]]}, day {day[first]:g}: {test} has the values "
            f"{value[first]:g}, {value[first + 1]:g}; two values on one day in {index.named(row[1:][twice])}",
            hint="keep the one that counts; the order of rows does not say which that is",
        )


def _number_visits(row: Ints, day: Floats, subjects: int) -> tuple[Ints, Ints, Ints, Floats]:
    """Number each subject's distinct days in order.

    Returns the visit number of each row, the position of each subject's first visit, and row and day per visit.
    """
    days, day_code = _day_codes(day)
    pair = row * len(days) + day_code
    cells = subjects * len(days)
    if cells <= _LARGEST_GRID:
        seen = np.zeros(cells, np.bool_)
        seen[pair] = True
        pairs = np.flatnonzero(seen)
        place = np.zeros(cells, np.int32)
        place[pairs] = np.arange(len(pairs), dtype=np.int32)
        position = place[pair].astype(np.int64)
    else:
        pairs, position = np.unique(pair, return_inverse=True)
    visit_row = pairs // len(days)
    first_of = np.searchsorted(visit_row, np.arange(subjects))
    return position - first_of[row], first_of, visit_row, days[pairs % len(days)]


def _day_codes(day: Floats) -> tuple[Floats, Ints]:
    """Give the distinct days in order and each row's position among them; whole days need no sorting."""
    whole = day.astype(np.int64)
    low = int(whole.min())
    span = int(whole.max()) - low + 1
    if span > 1_000_000 or not (whole == day).all():
        days, code = np.unique(day, return_inverse=True)
        return days, code
    present = np.bincount(whole - low, minlength=span) > 0
    code = np.cumsum(present) - 1
    return (np.flatnonzero(present) + low).astype(np.float64), code[whole - low]
