"""Tables behind pictures of groups: survival curves with numbers at risk or bands, best responses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.outcomes.checks import check_count, check_months
from cereblon.outcomes.cohort import cohort_of
from cereblon.outcomes.counts import Counting, SubjectCounts
from cereblon.outcomes.group_estimates import EstimateChoices, GroupEstimates, read_off
from cereblon.outcomes.groups import group_subjects, said
from cereblon.outcomes.outcome_rows import about
from cereblon.outcomes.response_category import CATEGORIES
from cereblon.outcomes.subject_index import Ints
from cereblon.outcomes.time_to_event import DEFAULT_CENSORING, Censoring, event_times
from cereblon.statistics.estimate import check_level
from cereblon.statistics.kaplan_meier import Curve, kaplan_meier_of, numbers_at_risk, survival_at
from cereblon.tables import name_arms, with_remarks

_CURVE = pa.schema(
    [
        *((name, pa.string()) for name in ("endpoint", "arm")),
        *((name, pa.float64()) for name in ("month", "survival", "low", "high")),
        ("at_risk", pa.int64()),
    ]
)
_AT_RISK = pa.schema([_CURVE.field(name) for name in ("endpoint", "arm", "month", "at_risk")])


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
    counts = _counted(tables, endpoints, by, censoring).pooled()
    return curves_of(counts, endpoints=endpoints, level=level, most_points=most_points)


def curves_of(
    counts: SubjectCounts, *, endpoints: Sequence[str] = ("pfs", "os"), level: float = 0.95, most_points: int = 400
) -> pa.Table:
    """Give Kaplan-Meier curves as steps, from counts; as `km_curves`."""
    check_level(level)
    check_count(most_points, "most_points")
    parts: list[pa.Table] = []
    for endpoint in endpoints:
        for label, curve in _curves(counts, endpoint, level):
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
                    },
                    schema=_CURVE,
                )
            )
    return _joined(parts, counts)


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
    counts = _counted(tables, endpoints, by, censoring).pooled()
    at = np.asarray(check_months(months), dtype=np.float64)
    parts = [
        pa.table(
            {
                "endpoint": [endpoint] * len(at),
                "arm": [label] * len(at),
                "month": at,
                "at_risk": numbers_at_risk(curve, at * DAYS_PER_MONTH),
            },
            schema=_AT_RISK,
        )
        for endpoint in endpoints
        for label, curve in _curves(counts, endpoint, 0.95)
    ]
    return _joined(parts, counts, _AT_RISK)


def km_bands(
    tables: Mapping[str, pa.Table],
    *,
    months: Sequence[float],
    endpoints: Sequence[str] = ("pfs", "os"),
    by: str = "arm",
    level: float = 0.95,
    censoring: Censoring = DEFAULT_CENSORING,
) -> pa.Table:
    """Give survival of all replicate trials together with its spread over them.

    Parameters
    ----------
    tables, endpoints, by, censoring
        As in `km_curves`.
    months
        Where to read the curves.
    level
        Share of the replicate trials inside the band at each month.

    Returns
    -------
        Columns as `km_curves`; at_risk is the mean over replicates. Rows end where no replicate is followed on.
    """
    at = check_months(months)
    counts = _counted(tables, endpoints, by, censoring)
    reading = read_off(counts, EstimateChoices(heights_of=tuple(endpoints), heights_months=tuple(at)))
    return bands_of(counts.pooled(), reading, months=at, level=level)


def bands_of(
    counts: SubjectCounts, reading: GroupEstimates, *, months: Sequence[float], level: float = 0.95
) -> pa.Table:
    """Give survival of all replicate trials together with its spread; as `km_bands`.

    Parameters
    ----------
    counts
        Of all replicates together.
    reading
        Of the replicates, with the heights of the curves at the months.
    months, level
        As in `km_bands`.
    """
    check_level(level)
    at, tail = np.asarray(months, dtype=np.float64), (1 - level) / 2
    parts: list[pa.Table] = []
    for endpoint, heights in reading.heights.items():
        for label, curve in _curves(counts, endpoint, level):
            mine = heights[np.array([name == label for name in reading.names.labels])]
            mine = mine[~np.isnan(mine).any(axis=1)]
            there = at * DAYS_PER_MONTH <= curve.time[-1]
            shown = at[there]
            low, high = np.quantile(mine[:, there], [tail, 1 - tail], axis=0)
            parts.append(
                pa.table(
                    {
                        "endpoint": [endpoint] * len(shown),
                        "arm": [label] * len(shown),
                        "month": shown,
                        "survival": survival_at(curve, shown * DAYS_PER_MONTH),
                        "low": low,
                        "high": high,
                        "at_risk": np.rint(numbers_at_risk(curve, shown * DAYS_PER_MONTH) / len(mine)).astype(int),
                    },
                    schema=_CURVE,
                )
            )
    return _joined(parts, counts)


def _joined(parts: Sequence[pa.Table], counts: SubjectCounts, schema: pa.Schema = _CURVE) -> pa.Table:
    """Put the rows of all curves together; nobody gives no rows, not an error."""
    rows = pa.concat_tables([schema.empty_table(), *parts])
    said = about(counts)
    return with_remarks(name_arms(rows, said.labels), said.remarks)


def _counted(
    tables: Mapping[str, pa.Table], endpoints: Sequence[str], by: str, censoring: Censoring
) -> SubjectCounts:
    cohort = cohort_of(tables)
    counting = Counting(group_subjects(cohort, by=by, per_replicate=True))
    for endpoint in endpoints:
        counting.time(endpoint, event_times(cohort, endpoint, censoring))
    return counting.of(cohort)


def _curves(counts: SubjectCounts, endpoint: str, level: float) -> list[tuple[str, Curve]]:
    tables = [counts.life_table(endpoint, group) for group in range(counts.names.count)]
    return [
        (label, kaplan_meier_of(table, level=level))
        for label, table in zip(counts.names.labels, tables, strict=True)
        if table.n
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
    groups = group_subjects(cohort, by=by)
    best = cohort.best_response()
    n = groups.tally(np.ones(cohort.index.count, np.bool_))
    rows: list[tuple[str, str, int, float]] = []
    counts = {name: groups.tally(best == code) for code, name in enumerate(CATEGORIES)}
    for group, label in enumerate(groups.labels):
        for name in reversed(CATEGORIES):
            count = int(counts[name][group])
            rows.append((label, name, count, 100 * count / int(n[group]) if n[group] else 0.0))
    names = ("arm", "category", "n", "percent")
    found = pa.table({name: [row[place] for row in rows] for place, name in enumerate(names)})
    return with_remarks(found, said(cohort, groups.names))
