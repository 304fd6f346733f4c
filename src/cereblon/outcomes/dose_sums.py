"""Doses planned and given over time, added up over subjects; the sums of parts add up to those of the whole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cereblon.core.errors import InputError
from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.outcomes.cohort import Cohort, read_cohort
from cereblon.outcomes.exact_sums import sum_exactly, value_of
from cereblon.outcomes.groups import GroupNames, Groups, group_subjects, united
from cereblon.outcomes.remarks import Remarks
from cereblon.outcomes.remarks import added as added_remarks
from cereblon.outcomes.subject_index import Bools, Ints, text_codes
from cereblon.tables import with_remarks

_LARGEST_MARKED = 20_000_000  # combinations of counts; more of them are sorted


@dataclass(frozen=True, slots=True)
class DoseSums:
    """Sums by group, drug and stretch of time.

    Parameters
    ----------
    every
        Length of a stretch, months.
    names, subjects
        The groups, and the number of subjects of each.
    drugs
        Their names, in order.
    key
        Group, drug and stretch of each sum, in order: one row each.
    planned, given
        Of `sum_exactly`.
    treated
        Subjects with a given dose.
    remarks
        What was left out.
    """

    every: float
    names: GroupNames
    subjects: Ints
    drugs: tuple[str, ...]
    key: Ints
    planned: Ints
    given: Ints
    treated: Ints
    remarks: Remarks


def sum_doses(
    subjects: pa.Table,
    exposures: pa.Table,
    *,
    events: pa.Table | None = None,
    by: str = "arm",
    every: float = 1.0,
    line: int = 1,
) -> DoseSums:
    """Add up the doses of some subjects; parameters as in `cereblon.outcomes.dose_intensity_by_month`."""
    if not 0 < every < math.inf:
        raise InputError(f"every {every!r} is not a length of time in months")
    cohort = read_cohort(subjects, events)
    groups = group_subjects(cohort, by=by)
    row = cohort.index.rows(exposures, name="exposures")
    drug, drugs = text_codes(exposures["drug"])
    stretch = np.floor(exposures["day"].to_numpy() / (every * DAYS_PER_MONTH)).astype(np.int64)
    planned, given = exposures["planned_mg"].to_numpy(), exposures["given_mg"].to_numpy()
    chosen = chosen_cycles(cohort, groups, row, exposures, line) & (planned > 0)
    key, place = distinct([cell[chosen] for cell in (groups.code[row], drug, stretch)])
    treated = given[chosen] > 0
    once, _ = distinct([place[treated], row[chosen][treated]])
    return DoseSums(
        every,
        groups.names,
        groups.tally(np.ones(cohort.index.count, np.bool_)),
        tuple(drugs),
        key,
        sum_exactly(place, planned[chosen], len(key)),
        sum_exactly(place, given[chosen], len(key)),
        np.bincount(once[:, 0], minlength=len(key)),
        cohort.follow_up.remarks,
    )


def added(parts: Sequence[DoseSums]) -> DoseSums:
    """Put the sums of subjects together that were added up apart; nobody may be in two parts."""
    if len(parts) == 1:
        return parts[0]
    names, groups = united([part.names for part in parts])
    drugs = sorted({drug for part in parts for drug in part.drugs})
    subjects = np.zeros(names.count, np.int64)
    keys = []
    for part, place in zip(parts, groups, strict=True):
        np.add.at(subjects, place, part.subjects)
        drug = np.array([drugs.index(name) for name in part.drugs], np.int64)
        keys.append(np.column_stack([place[part.key[:, 0]], drug[part.key[:, 1]], part.key[:, 2]]))
    key, place = distinct(list(np.concatenate(keys).T))

    def total(amounts: Sequence[Ints]) -> Ints:
        sums = np.zeros((len(key), *amounts[0].shape[1:]), np.int64)
        np.add.at(sums, place, np.concatenate(amounts))
        return sums

    return DoseSums(
        parts[0].every,
        names,
        subjects,
        tuple(drugs),
        key,
        total([part.planned for part in parts]),
        total([part.given for part in parts]),
        total([part.treated for part in parts]),
        added_remarks([part.remarks for part in parts]),
    )


def intensity_of(sums: DoseSums) -> pa.Table:
    """Give relative dose intensity over time; as `cereblon.outcomes.dose_intensity_by_month`."""
    over_time = pa.table(
        {
            "arm": pa.array([sums.names.labels[group] for group in sums.key[:, 0]], pa.string()),
            "drug": pa.array([sums.drugs[code] for code in sums.key[:, 1]], pa.string()),
            "month": sums.key[:, 2] * sums.every,
            "relative_dose_intensity": 100 * value_of(sums.given) / value_of(sums.planned),
            "on_treatment": 100 * sums.treated / sums.subjects[sums.key[:, 0]],
        }
    )
    return with_remarks(over_time, [*sums.remarks.said(), *sums.names.remarks()])


def chosen_cycles(cohort: Cohort, groups: Groups, row: Ints, exposures: pa.Table, line: int) -> Bools:
    """Tell which cycles count: of the line, of whole subjects, within follow-up."""
    inside = cohort.follow_up.during(row, exposures["day"].to_numpy(), name="exposures", from_zero=True)
    of_line: Bools = inside & (exposures["line"].to_numpy() == line) & (groups.code[row] >= 0)
    return of_line


def distinct(cells: list[Ints]) -> tuple[Ints, Ints]:
    """Give the distinct rows of columns of small counts, in order, and the place of each row among them."""
    sizes = [int(cell.max(initial=0)) + 1 for cell in cells]
    # One number per row: sorting rows as such takes ten times as long, and marking numbers is faster than sorting.
    number = np.ravel_multi_index(cells, sizes)
    if math.prod(sizes) <= _LARGEST_MARKED:
        seen = np.zeros(math.prod(sizes), np.bool_)
        seen[number] = True
        codes, place = np.flatnonzero(seen), (np.cumsum(seen) - 1)[number]
    else:
        codes, place = np.unique(number, return_inverse=True)
    return np.column_stack(np.unravel_index(codes, sizes)).astype(np.int64), place.astype(np.int64)
