"""Tables behind pictures of groups: survival curves with numbers at risk, best responses, best changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from cereblon.criteria import imwg
from cereblon.criteria.rules import IMWG_2016, Rules
from cereblon.outcomes.cohort import Cohort, cohort_of
from cereblon.outcomes.groups import Groups, group_subjects
from cereblon.outcomes.levels import CATEGORIES
from cereblon.outcomes.subject_index import Bools, Floats, Ints, numbers, text_values
from cereblon.outcomes.survival import DAYS_PER_MONTH, Curve, kaplan_meier, numbers_at_risk
from cereblon.outcomes.time_to_event import DEFAULT_CENSORING, Censoring, event_times
from cereblon.outcomes.visits import Visits, gather_visits

_MARKERS = ("m_protein", "involved_flc", "uninvolved_flc")


def km_curves(
    tables: Mapping[str, pa.Table],
    *,
    endpoints: Sequence[str] = ("pfs", "os"),
    by: str = "arm",
    level: float = 0.95,
    censoring: Censoring = DEFAULT_CENSORING,
    most_points: int = 400,
) -> pa.Table:
    """Give Kaplan-Meier curves as steps.

    Parameters
    ----------
    tables
        subjects, events and responses.
    endpoints
        Of `cereblon.outcomes.ENDPOINTS`.
    by
        Column of SUBJECTS to group by.
    level
        Of the pointwise log-log interval.
    censoring
        Choices of the trial.
    most_points
        A curve with more steps is thinned evenly; values at the kept steps are exact.

    Returns
    -------
        Columns endpoint, arm, month, survival, low, high (fractions), at_risk; a row at month 0, one per kept time
        with an event, and the last time of follow-up.
    """
    cohort = cohort_of(tables)
    groups = group_subjects(cohort, tables["subjects"], by=by)
    parts: list[pa.Table] = []
    for endpoint in endpoints:
        for label, curve in _curves(cohort, groups, endpoint, level, censoring):
            kept = _steps(curve, most_points)
            low, high = (np.concatenate([[1.0], band[kept]]) for band in (curve.low, curve.high))
            parts.append(
                pa.table(
                    {
                        "endpoint": [endpoint] * (len(kept) + 1),
                        "arm": [label] * (len(kept) + 1),
                        "month": np.concatenate([[0.0], curve.time[kept]]) / DAYS_PER_MONTH,
                        "survival": np.concatenate([[1.0], curve.survival[kept]]),
                        "low": pa.array(low, mask=np.isnan(low)),
                        "high": pa.array(high, mask=np.isnan(high)),
                        "at_risk": np.concatenate([[curve.n], curve.at_risk[kept]]).astype(np.int64),
                    }
                )
            )
    return pa.concat_tables(parts)


def at_risk_table(
    tables: Mapping[str, pa.Table],
    *,
    months: Sequence[float],
    endpoints: Sequence[str] = ("pfs", "os"),
    by: str = "arm",
    censoring: Censoring = DEFAULT_CENSORING,
) -> pa.Table:
    """Give the numbers at risk under a survival curve.

    Returns
    -------
        Columns endpoint, arm, month, at_risk; other parameters as in `km_curves`.
    """
    cohort = cohort_of(tables)
    groups = group_subjects(cohort, tables["subjects"], by=by)
    rows: list[tuple[str, str, float, int]] = []
    for endpoint in endpoints:
        for label, curve in _curves(cohort, groups, endpoint, 0.95, censoring):
            counts = numbers_at_risk(curve, np.asarray(months, dtype=np.float64) * DAYS_PER_MONTH)
            rows += [(endpoint, label, float(month), int(n)) for month, n in zip(months, counts, strict=True)]
    names = ("endpoint", "arm", "month", "at_risk")
    return pa.table({name: [row[place] for row in rows] for place, name in enumerate(names)})


def _curves(
    cohort: Cohort, groups: Groups, endpoint: str, level: float, censoring: Censoring
) -> list[tuple[str, Curve]]:
    times = event_times(cohort, endpoint, censoring)
    return [
        (label, kaplan_meier(times.day[part], times.observed[part], level=level))
        for label, part in zip(groups.labels, groups.split(times.row), strict=True)
        if len(part)
    ]


def _steps(curve: Curve, most: int) -> Ints:
    """Choose the times to show: those with events, thinned evenly, and the last."""
    steps = np.flatnonzero(curve.events)
    if len(steps) > most:
        steps = steps[np.unique(np.linspace(0, len(steps) - 1, most).astype(np.int64))]
    return np.union1d(steps, [len(curve.time) - 1]) if len(curve.time) else steps


def response_distribution(tables: Mapping[str, pa.Table], *, by: str = "arm") -> pa.Table:
    """Give the share of each best confirmed response in line 1.

    Returns
    -------
        Columns arm, category (best first), n, percent of all subjects of the group.
    """
    cohort = cohort_of(tables)
    groups = group_subjects(cohort, tables["subjects"], by=by)
    best = cohort.best_response()
    n = groups.tally(np.ones(cohort.index.count, np.bool_))
    rows: list[tuple[str, str, int, float]] = []
    counts = {name: groups.tally(best == code) for code, name in enumerate(CATEGORIES)}
    for group, label in enumerate(groups.labels):
        for name in reversed(CATEGORIES):
            count = int(counts[name][group])
            rows.append((label, name, count, 100 * count / int(n[group]) if n[group] else 0.0))
    names = ("arm", "category", "n", "percent")
    return pa.table({name: [row[place] for row in rows] for place, name in enumerate(names)})


def best_change(
    tables: Mapping[str, pa.Table], *, by: str = "arm", sample: int | None = None, rules: Rules = IMWG_2016
) -> pa.Table:
    """Give each subject's best change of the followed value in line 1, for a waterfall.

    M-protein where it is measurable at baseline, else dFLC where that is; other subjects are left out, as are those
    without a later value.

    Parameters
    ----------
    tables
        subjects, labs, events and responses.
    by
        Column of SUBJECTS to group by.
    sample
        Keep this many subjects per group, evenly over the order from the largest rise to the deepest fall.
    rules
        What is measurable.

    Returns
    -------
        Columns arm, subject_id, rank (from 1 in the group), marker (m_protein or dflc), percent_change and
        best_response, ordered by group and rank.
    """
    cohort = cohort_of(tables)
    groups = group_subjects(cohort, tables["subjects"], by=by)
    visits = gather_visits(tables["labs"], cohort.index, _MARKERS)
    followed, change = _best_changes(cohort, tables["subjects"], visits, rules)
    chosen = np.flatnonzero((groups.code >= 0) & ~np.isnan(change))
    order = chosen[np.lexsort((-change[chosen], groups.code[chosen]))]
    rank = np.concatenate([np.arange(1, len(part) + 1) for part in groups.split(order)]) if len(order) else order
    if sample is not None:
        kept = np.concatenate([part[evenly(len(part), sample)] for part in groups.split(order)])
        order, rank = order[kept], rank[kept]
    best = cohort.best_response()
    return pa.table(
        {
            "arm": [groups.labels[code] for code in groups.code[order]],
            "subject_id": cohort.index.subject_id[order],
            "rank": rank,
            "marker": ["m_protein" if is_serum else "dflc" for is_serum in followed[order]],
            "percent_change": change[order],
            "best_response": [CATEGORIES[code] for code in best[order]],
        }
    )


def evenly(count: int, sample: int) -> Ints:
    """Choose positions evenly over a range, ends included."""
    return (
        np.unique(np.linspace(0, count - 1, min(sample, count)).astype(np.int64)) if count else np.zeros(0, np.int64)
    )


def baseline_values(subjects: pa.Table, visits: Visits, start: Floats) -> dict[str, Floats]:
    """Give the last value of each marker on or before a day, from the subjects table where there is none."""
    columns = {
        "m_protein": "m_protein_g_l",
        "involved_flc": "involved_flc_mg_l",
        "uninvolved_flc": "uninvolved_flc_mg_l",
    }
    values = {test: numbers(subjects[column]) for test, column in columns.items()}
    for visit in range(visits.count):
        before = visits.day[visit] <= start
        if not before.any():
            break
        for test in values:
            now = visits.at(test, visit)
            values[test] = np.where(before & ~np.isnan(now), now, values[test])
    return values


def _best_changes(cohort: Cohort, subjects: pa.Table, visits: Visits, rules: Rules) -> tuple[Bools, Floats]:
    """Tell who is followed in serum, and give the least value of line 1 against baseline in percent."""
    start = np.where(np.isfinite(first := cohort.first("treatment_start", line=1)), first, 0.0)
    until = cohort.next_therapy()
    base = baseline_values(subjects, visits, start)
    serum = imwg.serum_is_measurable(base["m_protein"], text_values(subjects["isotype"]) == "IgA", np, rules)
    light = ~serum & imwg.flc_is_measurable(base["involved_flc"], base["uninvolved_flc"], rules)
    lowest = np.full(cohort.index.count, np.nan)
    for visit in range(visits.count):
        inside = (visits.day[visit] > start) & (visits.day[visit] <= until)
        dflc = visits.at("involved_flc", visit) - visits.at("uninvolved_flc", visit)
        value = np.where(serum, visits.at("m_protein", visit), dflc)
        lowest = np.where(inside, np.fmin(lowest, value), lowest)
    baseline = np.where(serum, base["m_protein"], base["involved_flc"] - base["uninvolved_flc"])
    followed = serum | light
    change = np.full(len(lowest), np.nan)
    # dFLC can turn negative once the involved chain is the smaller one; nothing falls below nought in a picture
    change[followed] = 100 * (np.maximum(lowest[followed], 0.0) / baseline[followed] - 1)
    return serum, change
