"""Medians, landmark rates and hazard ratios of the time-to-event endpoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.outcomes.cohort import Cohort
from cereblon.outcomes.counts import Counting
from cereblon.outcomes.group_estimates import FOLLOW_UP, LANDMARKS, MEDIANS, RATIOS
from cereblon.outcomes.outcome_rows import OutcomeRows
from cereblon.outcomes.time_to_event import Censoring, event_times

_EVENTS = "pfs_events"


def count_survival(counting: Counting, cohort: Cohort, censoring: Censoring) -> None:
    """Count on which day each subject's follow-up ends, and how, for every time-to-event endpoint.

    Parameters
    ----------
    counting
        Gathers the counts.
    cohort
        Subjects with their events.
    censoring
        Choices of the trial.
    """
    for endpoint in MEDIANS:
        times = event_times(cohort, endpoint, censoring)
        counting.time(endpoint, times)
        if endpoint == "pfs":
            at_risk, observed = (np.zeros(cohort.index.count, np.bool_) for _ in range(2))
            at_risk[times.row], observed[times.row] = True, times.observed
            counting.share(_EVENTS, observed, at_risk)
    overall = event_times(cohort, "os")
    counting.time(FOLLOW_UP, replace(overall, observed=~overall.observed))


def add_survival(rows: OutcomeRows, *, landmarks_months: Sequence[float]) -> None:
    """Add medians in months, rates in percent and hazard ratios, those with a month of the follow-up up to it.

    Parameters
    ----------
    rows
        Collected rows.
    landmarks_months
        Time points of PFS and OS rates.
    """
    reading, method = rows.reading, "Kaplan-Meier, log-log interval"
    in_months = 1 / DAYS_PER_MONTH
    for endpoint in MEDIANS:
        rows.add_estimates(f"{endpoint}_median", "months", method, reading.medians[endpoint], scale=in_months)
        if endpoint in LANDMARKS:
            for month in landmarks_months:
                found = reading.rates[endpoint, month]
                rows.add_estimates(f"{endpoint}_rate", "percent", method, found, scale=100.0, month=float(month))
        if endpoint == "pfs":
            rows.add_share_of(_EVENTS)
        if endpoint in RATIOS and len(reading.pairs):
            for (of, first_months), ratios in reading.ratios.items():
                if of == endpoint:
                    rows.add_estimates(
                        f"{endpoint}_hr",
                        "ratio",
                        "Cox, Efron ties, Wald interval",
                        ratios,
                        group=reading.pairs[:, 0],
                        versus=reading.pairs[:, 1],
                        month=first_months,
                    )
    found = reading.medians[FOLLOW_UP]  # survival with death and censoring exchanged
    rows.add_estimates("follow_up_median", "months", "reverse Kaplan-Meier", found, scale=in_months)
