"""Medians, landmark rates and hazard ratios of the time-to-event endpoints."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.outcomes.cohort import Cohort
from cereblon.outcomes.outcome_rows import OutcomeRows
from cereblon.outcomes.time_to_event import Censoring, EventTimes, event_times
from cereblon.statistics.hazard_ratio import hazard_ratio
from cereblon.statistics.kaplan_meier import kaplan_meier, landmark_rate, median

MEDIANS: tuple[str, ...] = ("pfs", "ttp", "os", "dor", "ttnt", "pfs2", "treatment_duration")
"""Endpoints whose median is given; time to response is in `response_rates`, it has no censoring."""
LANDMARKS: tuple[str, ...] = ("pfs", "os")
RATIOS: tuple[str, ...] = ("pfs", "ttp", "os", "ttnt", "pfs2")


def add_survival(
    rows: OutcomeRows,
    cohort: Cohort,
    *,
    landmarks_months: Sequence[float],
    pairs: Sequence[tuple[int, int]],
    censoring: Censoring,
) -> None:
    """Add medians in months, rates in percent and hazard ratios.

    Parameters
    ----------
    rows
        Collected rows.
    cohort
        Subjects with their events.
    landmarks_months
        Time points of PFS and OS rates.
    pairs
        Groups to compare: the arm above the line and the other.
    censoring
        Choices of the trial.
    """
    groups = rows.groups
    for endpoint in MEDIANS:
        times = event_times(cohort, endpoint, censoring)
        parts = groups.split(times.row)
        curves = [kaplan_meier(times.day[part], times.observed[part], level=rows.level) for part in parts]
        rows.add_estimates(
            f"{endpoint}_median",
            "months",
            "Kaplan-Meier, log-log interval",
            [median(curve) for curve in curves],
            scale=1 / DAYS_PER_MONTH,
        )
        if endpoint in LANDMARKS:
            for month in landmarks_months:
                rates = [landmark_rate(curve, month * DAYS_PER_MONTH) for curve in curves]
                rows.add_estimates(
                    f"{endpoint}_rate",
                    "percent",
                    "Kaplan-Meier, log-log interval",
                    rates,
                    scale=100.0,
                    month=float(month),
                )
        if endpoint == "pfs":
            n = np.array([len(part) for part in parts])
            rows.add_share("pfs_events", np.array([int(times.observed[part].sum()) for part in parts]), n)
        if endpoint in RATIOS and pairs:
            _add_ratios(rows, endpoint, times, pairs)
    _add_follow_up(rows, cohort)


def _add_ratios(rows: OutcomeRows, endpoint: str, times: EventTimes, pairs: Sequence[tuple[int, int]]) -> None:
    parts = rows.groups.split(times.row)
    estimates = []
    for arm, versus in pairs:
        both = np.concatenate([parts[arm], parts[versus]])
        in_arm = np.arange(len(both)) < len(parts[arm])
        estimates.append(hazard_ratio(times.day[both], times.observed[both], in_arm, level=rows.level))
    rows.add_estimates(
        f"{endpoint}_hr",
        "ratio",
        "Cox, Efron ties, Wald interval",
        estimates,
        group=[arm for arm, _ in pairs],
        versus=[versus for _, versus in pairs],
    )


def _add_follow_up(rows: OutcomeRows, cohort: Cohort) -> None:
    """Add median follow-up: survival with death and censoring exchanged (reverse Kaplan-Meier)."""
    times = event_times(cohort, "os")
    curves = [
        kaplan_meier(times.day[part], ~times.observed[part], level=rows.level)
        for part in rows.groups.split(times.row)
    ]
    rows.add_estimates(
        "follow_up_median",
        "months",
        "reverse Kaplan-Meier",
        [median(curve) for curve in curves],
        scale=1 / DAYS_PER_MONTH,
    )
