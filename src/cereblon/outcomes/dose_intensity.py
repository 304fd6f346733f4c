"""Relative dose intensity: what was given of what was planned."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa

from cereblon.core.errors import InputError
from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.outcomes.cohort import Cohort, read_cohort
from cereblon.outcomes.groups import Groups, group_subjects
from cereblon.outcomes.subject_index import Bools, Floats, Ints, text_codes
from cereblon.tables import with_remarks

_STEPS = 2.0**20  # to the mg, about a nanogram each
_LARGEST_MARKED = 20_000_000  # combinations of counts; more of them are sorted


def relative_dose_intensity(
    subjects: pa.Table,
    exposures: pa.Table,
    *,
    events: pa.Table | None = None,
    by: str = "arm",
    by_cycle: bool = False,
    line: int = 1,
) -> pa.Table:
    """Give the relative dose intensity per drug and group.

    Per subject the amount given over the amount planned, in percent, added up over the cycles on treatment; or per
    cycle among those who started it. Planned is the regimen's order at the starting dose of the label for the
    person, so a lower start for poor kidneys is not a loss of intensity.

    Parameters
    ----------
    subjects, exposures
        Subject tables. Cycles that begin before day 0 are cut and remarked.
    events
        With it, cycles after the end of follow-up are cut and remarked too.
    by
        Column of SUBJECTS to group by.
    by_cycle
        Whether to give each cycle on its own.
    line
        Line of therapy.

    Returns
    -------
        Columns arm (the group), drug, cycle (null for all together), n, mean, median, low_quartile, high_quartile in
        percent, ordered by arm, drug and cycle.

    Raises
    ------
    InputError
        If an exposure belongs to no subject, or has no cycle from 1 on.
    """
    cohort = read_cohort(subjects, events)
    groups = group_subjects(cohort, by=by)
    row = cohort.index.rows(exposures, name="exposures")
    drug, drugs = text_codes(exposures["drug"])
    cycle = exposures["cycle"].to_numpy().astype(np.int64)
    if (cycle < 1).any():
        raise InputError(f"exposures, cycle: {int((cycle < 1).sum())} are below 1; cycles count from 1")
    planned, given = exposures["planned_mg"].to_numpy(), exposures["given_mg"].to_numpy()
    chosen = _chosen(cohort, groups, row, exposures, line)
    cells = [groups.code[row], drug, cycle if by_cycle else np.zeros_like(cycle), row]
    keys, total_planned, total_given = _sum_by([cell[chosen] for cell in cells], planned[chosen], given[chosen])
    known = total_planned > 0
    percent = 100 * total_given[known] / total_planned[known]
    columns = _describe(keys[known, :3], percent)
    if not known.all():
        cohort.follow_up.remarks.append(
            f"exposures: {int((~known).sum())} sums without a planned dose have no intensity; "
            f"{cohort.index.name_rows(keys[~known, 3])}"
        )
    intensity = pa.table(
        {
            "arm": pa.array([groups.labels[code] for code in columns["key"][:, 0]], pa.string()),
            "drug": pa.array([drugs[code] for code in columns["key"][:, 1]], pa.string()),
            "cycle": pa.array([int(number) if by_cycle else None for number in columns["key"][:, 2]], pa.int16()),
            **{name: columns[name] for name in ("n", "mean", "median", "low_quartile", "high_quartile")},
        }
    )
    return with_remarks(intensity, cohort.follow_up.remarks)


def dose_intensity_by_month(
    subjects: pa.Table,
    exposures: pa.Table,
    *,
    events: pa.Table | None = None,
    by: str = "arm",
    every: float = 1.0,
    line: int = 1,
) -> pa.Table:
    """Give relative dose intensity and the share still treated over time, per drug and group.

    Cycles are counted in the stretch of time in which they begin.

    Parameters
    ----------
    subjects, exposures, events, by, line
        As in `relative_dose_intensity`.
    every
        Length of a stretch, months; 28-day cycles begin at least once in each of a month.

    Returns
    -------
        Columns arm, drug, month (begin of the stretch), relative_dose_intensity (given of planned over all subjects
        with a planned dose, percent) and on_treatment (share of the group with a given dose, percent).
    """
    if not 0 < every < math.inf:
        raise InputError(f"every {every!r} is not a length of time in months")
    cohort = read_cohort(subjects, events)
    groups = group_subjects(cohort, by=by)
    n = groups.tally(np.ones(cohort.index.count, np.bool_))
    row = cohort.index.rows(exposures, name="exposures")
    drug, drugs = text_codes(exposures["drug"])
    stretch = np.floor(exposures["day"].to_numpy() / (every * DAYS_PER_MONTH)).astype(np.int64)
    planned, given = exposures["planned_mg"].to_numpy(), exposures["given_mg"].to_numpy()
    chosen = _chosen(cohort, groups, row, exposures, line) & (planned > 0)
    cells = [cell[chosen] for cell in (groups.code[row], drug, stretch)]
    keys, total_planned, total_given = _sum_by(cells, planned[chosen], given[chosen])
    treated = chosen & (given > 0)
    people, _ = _distinct([cell[treated] for cell in (groups.code[row], drug, stretch, row)])
    present, place = _distinct([people[:, 0], people[:, 1], people[:, 2]])
    counts = np.bincount(place, minlength=len(present))
    on_treatment = {tuple(key): int(count) for key, count in zip(present.tolist(), counts, strict=True)}
    over_time = pa.table(
        {
            "arm": pa.array([groups.labels[group] for group, _, _ in keys], pa.string()),
            "drug": pa.array([drugs[code] for _, code, _ in keys], pa.string()),
            "month": keys[:, 2] * every,
            "relative_dose_intensity": 100 * total_given / total_planned,
            "on_treatment": np.array([100 * on_treatment.get(tuple(key), 0) / n[key[0]] for key in keys.tolist()]),
        }
    )
    return with_remarks(over_time, cohort.follow_up.remarks)


def _chosen(cohort: Cohort, groups: Groups, row: Ints, exposures: pa.Table, line: int) -> Bools:
    """Tell which cycles count: of the line, of whole subjects, within follow-up."""
    inside = cohort.follow_up.during(row, exposures["day"].to_numpy(), name="exposures", from_zero=True)
    of_line: Bools = inside & (exposures["line"].to_numpy() == line) & (groups.code[row] >= 0)
    return of_line


def _sum_by(cells: list[Ints], *values: Floats) -> tuple[Ints, Floats, Floats]:
    """Add amounts up over equal cells; the order of rows does not show, not in the last digit either."""
    keys, place = _distinct(cells)
    first, second = (_exact_sums(place, value, len(keys)) for value in values)
    return keys, first, second


def _exact_sums(place: Ints, value: Floats, count: int) -> Floats:
    whole = np.rint(value * _STEPS) / _STEPS  # sums of these have no rounding, and the rest is too small to matter
    sums, rest = (np.bincount(place, weights=part, minlength=count) for part in (whole, value - whole))
    return np.asarray(sums + rest, dtype=np.float64)


def _distinct(cells: list[Ints]) -> tuple[Ints, Ints]:
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


def _describe(keys: Ints, value: Floats) -> dict[str, np.ndarray]:
    """Summarise values over equal keys, which come sorted."""
    distinct, place = _distinct([keys[:, 0], keys[:, 1], keys[:, 2]])
    parts = np.split(value, np.searchsorted(place, np.arange(1, len(distinct))))[: len(distinct)]
    quartiles = np.array([np.percentile(part, [25, 50, 75]) for part in parts]).reshape(-1, 3)
    return {
        "key": distinct,
        "n": np.array([len(part) for part in parts], np.int64),
        "mean": np.array([float(part.mean()) for part in parts]),
        "median": quartiles[:, 1],
        "low_quartile": quartiles[:, 0],
        "high_quartile": quartiles[:, 2],
    }
