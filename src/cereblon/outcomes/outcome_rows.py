"""Rows of the outcomes table, collected endpoint by endpoint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike

from cereblon.outcomes.counts import SubjectCounts, among_of
from cereblon.outcomes.group_estimates import Estimates, GroupEstimates
from cereblon.outcomes.groups import GroupNames
from cereblon.outcomes.safety_population import TREATED, UNTREATED
from cereblon.outcomes.subject_index import Floats, Ints
from cereblon.statistics.proportions import ProportionMethod, proportion_interval
from cereblon.tables import conform, name_arms, with_remarks
from cereblon.tables.schemas import OUTCOMES

REPLICATE_OUTCOMES = OUTCOMES.append(
    pa.field("replicate", pa.int32(), nullable=False, metadata={"meaning": "replicate trial, from 0"})
)
"""OUTCOMES with the replicate trial a row belongs to."""


@dataclass(frozen=True, slots=True)
class About:
    """Whose outcomes are collected: what every table of them says.

    Parameters
    ----------
    origin, sources
        Of the subjects.
    labels
        Names of the groups, in order.
    comparator
        The group that the others are read over, if one.
    remarks
        What was left out.
    """

    origin: str
    sources: tuple[str, ...]
    labels: tuple[str, ...]
    comparator: str | None = None
    remarks: tuple[str, ...] = ()


def about(
    counts: SubjectCounts, names: GroupNames | None = None, comparisons: Sequence[tuple[str, str]] = ()
) -> About:
    """Say whose outcomes they are that are read off counts.

    Parameters
    ----------
    counts
        Of all subjects.
    names
        Of the groups, where they are others than those of the counts.
    comparisons
        Pairs of groups, the one above the line first.
    """
    names = counts.names if names is None else names
    below = {versus for _, versus in comparisons}
    someone_was_treated = TREATED not in counts.tallies or counts.tallies[TREATED].any()
    said = counts.remarks.said(but="" if someone_was_treated else UNTREATED)
    return About(
        counts.origin,
        counts.sources,
        tuple(names.distinct),
        below.pop() if len(below) == 1 else None,
        tuple([*said, *names.remarks()]),
    )


_COLLECTED = ("endpoint", "unit", "method", "grade", "month", "group", "versus", "value", "low", "high", "n")


@dataclass(slots=True)
class OutcomeRows:
    """Rows for the groups of one partition.

    Parameters
    ----------
    reading
        What the rows are about.
    level
        Of the intervals.
    proportions
        Method of intervals of shares.
    """

    reading: GroupEstimates
    level: float = 0.95
    proportions: ProportionMethod = "clopper-pearson"
    _columns: dict[str, list[object]] = field(default_factory=lambda: {name: [] for name in _COLLECTED})

    def add(
        self,
        endpoint: str,
        unit: str,
        method: str | Sequence[str],
        value: ArrayLike,
        *,
        low: ArrayLike | None = None,
        high: ArrayLike | None = None,
        n: ArrayLike | None = None,
        group: ArrayLike | None = None,
        versus: ArrayLike | None = None,
        grade: str = "",
        month: float | None = None,
    ) -> None:
        """Add one row per group; NaN stands for no value.

        Parameters
        ----------
        endpoint, unit, method, grade, month
            As in OUTCOMES.
        value, low, high, n
            Per row.
        group, versus
            Groups of the rows; all groups, and none to compare with, unless given.
        """
        values = np.asarray(value, dtype=np.float64)
        count = len(values)
        absent = np.full(count, np.nan)
        columns: dict[str, Iterable[object]] = {
            "endpoint": [endpoint] * count,
            "unit": [unit] * count,
            "method": [method] * count if isinstance(method, str) else list(method),
            "grade": [grade] * count,
            "month": [month] * count,
            "group": np.arange(count) if group is None else np.asarray(group),
            "versus": np.full(count, -1) if versus is None else np.asarray(versus),
            "value": values,
            "low": absent if low is None else np.asarray(low, dtype=np.float64),
            "high": absent if high is None else np.asarray(high, dtype=np.float64),
            "n": absent if n is None else np.asarray(n, dtype=np.float64),
        }
        for name, column in columns.items():
            self._columns[name].extend(column)

    def add_share(
        self, endpoint: str, count: Ints, n: Ints, *, grade: str = "", month: float | None = None, method: str = ""
    ) -> None:
        """Add percentages with intervals, one row per group with subjects."""
        known = np.flatnonzero(n > 0)
        low, high = proportion_interval(count[known], n[known], level=self.level, method=self.proportions)
        self.add(
            endpoint,
            "percent",
            method or f"share, {self.proportions} interval",
            100 * count[known] / n[known],
            low=100 * low,
            high=100 * high,
            n=n[known],
            group=known,
            grade=grade,
            month=month,
        )

    def add_share_of(self, endpoint: str) -> None:
        """Add percentages of a feature that was counted as a share."""
        tallies = self.reading.tallies
        self.add_share(endpoint, tallies[endpoint], tallies[among_of(endpoint)])

    def add_median(self, endpoint: str, unit: str, method: str) -> None:
        """Add the median of a quantity, one row per group with subjects."""
        found = self.reading.quantities[endpoint]
        known = np.flatnonzero(found.n > 0)
        methods = [f"{method}, within {step / 2:g}" if step else method for step in found.step[known]]
        self.add(endpoint, unit, methods, found.value[known], n=found.n[known], group=known)

    def add_estimates(
        self,
        endpoint: str,
        unit: str,
        method: str,
        found: Estimates,
        *,
        scale: float = 1.0,
        group: ArrayLike | None = None,
        versus: ArrayLike | None = None,
        month: float | None = None,
    ) -> None:
        """Add estimates; why one has no value stands behind its method."""
        self.add(
            endpoint,
            unit,
            [method if one == "estimated" else f"{method}; {one.replace('_', ' ')}" for one in found.status],
            found.value * scale,
            low=found.low * scale,
            high=found.high * scale,
            n=found.n,
            group=group,
            versus=versus,
            month=month,
        )

    def table(self, about: About, *, per_replicate: bool = False) -> pa.Table:
        """Build the OUTCOMES table, with a column `replicate` if asked for.

        Parameters
        ----------
        about
            Whose outcomes they are.
        per_replicate
            Whether each row says its replicate trial.
        """
        columns, about_groups = self._columns, self.reading.names
        group = np.asarray(columns["group"], dtype=np.int64)
        versus = np.asarray(columns["versus"], dtype=np.int64)
        names = np.array([*about_groups.labels, ""], object)
        low, high = (np.asarray(columns[name], dtype=np.float64) for name in ("low", "high"))
        has_interval = ~(np.isnan(low) & np.isnan(high))
        n = np.asarray(columns["n"], dtype=np.float64)
        built: dict[str, object] = {
            "origin": about.origin,
            "source_id": ", ".join(about.sources),
            "endpoint": pa.array(columns["endpoint"], pa.string()),
            "arm": pa.array(names[group], pa.string()),
            "versus": pa.array(names[versus], pa.string()),
            "grade": pa.array(columns["grade"], pa.string()),
            "month": pa.array(columns["month"], pa.float64()),
            "value": _nullable(np.asarray(columns["value"], dtype=np.float64)),
            "unit": pa.array(columns["unit"], pa.string()),
            "low": _nullable(low),
            "high": _nullable(high),
            "level": pa.array(np.full(len(low), self.level), mask=~has_interval),
            "n": pa.array(np.nan_to_num(n).astype(np.int64), mask=np.isnan(n)),
            "method": pa.array(columns["method"], pa.string()),
        }
        if per_replicate:
            built["replicate"] = pa.array(about_groups.replicate[group].astype(np.int32))
        rows = conform(built, REPLICATE_OUTCOMES if per_replicate else OUTCOMES, name="outcomes")
        rows = name_arms(rows, about.labels, comparator=about.comparator)
        return with_remarks(rows, about.remarks)


def _nullable(values: Floats) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))
