"""Relative dose intensity: what was given of what was planned."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from cereblon.core.errors import InputError
from cereblon.outcomes.cohort import read_cohort
from cereblon.outcomes.dose_sums import chosen_cycles, distinct, intensity_of, sum_doses
from cereblon.outcomes.exact_sums import sum_exactly, value_of
from cereblon.outcomes.groups import group_subjects, said
from cereblon.outcomes.subject_index import Floats, Ints, text_codes
from cereblon.tables import with_remarks


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
    subject, so a lower start for poor kidneys is not a loss of intensity.

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
    chosen = chosen_cycles(cohort, groups, row, exposures, line)
    cells = [groups.code[row], drug, cycle if by_cycle else np.zeros_like(cycle), row]
    keys, place = distinct([cell[chosen] for cell in cells])
    total_planned, total_given = (
        value_of(sum_exactly(place, amount[chosen], len(keys))) for amount in (planned, given)
    )
    known = total_planned > 0
    percent = 100 * total_given[known] / total_planned[known]
    columns = _describe(keys[known, :3], percent)
    cohort.follow_up.remarks.note(
        "exposures: {count} sums without a planned dose have no intensity; {subjects}",
        int((~known).sum()),
        cohort.index.named(keys[~known, 3]),
    )
    intensity = pa.table(
        {
            "arm": pa.array([groups.labels[code] for code in columns["key"][:, 0]], pa.string()),
            "drug": pa.array([drugs[code] for code in columns["key"][:, 1]], pa.string()),
            "cycle": pa.array([int(number) if by_cycle else None for number in columns["key"][:, 2]], pa.int16()),
            **{name: columns[name] for name in ("n", "mean", "median", "low_quartile", "high_quartile")},
        }
    )
    return with_remarks(intensity, said(cohort, groups.names))


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
    return intensity_of(sum_doses(subjects, exposures, events=events, by=by, every=every, line=line))


def _describe(keys: Ints, value: Floats) -> dict[str, np.ndarray]:
    """Summarise values over equal keys, which come sorted."""
    cells, place = distinct([keys[:, 0], keys[:, 1], keys[:, 2]])
    parts = np.split(value, np.searchsorted(place, np.arange(1, len(cells))))[: len(cells)]
    quartiles = np.array([np.percentile(part, [25, 50, 75]) for part in parts]).reshape(-1, 3)
    return {
        "key": cells,
        "n": np.array([len(part) for part in parts], np.int64),
        "mean": np.array([float(part.mean()) for part in parts]),
        "median": quartiles[:, 1],
        "low_quartile": quartiles[:, 0],
        "high_quartile": quartiles[:, 2],
    }
