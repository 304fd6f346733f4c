"""Rows of the outcomes table, collected endpoint by endpoint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike

from cereblon.outcomes.groups import Groups
from cereblon.outcomes.subject_index import Floats, Ints, SubjectIndex
from cereblon.statistics.estimate import Estimate
from cereblon.statistics.proportions import ProportionMethod, proportion_interval
from cereblon.tables import conform, name_arms, with_remarks
from cereblon.tables.schemas import OUTCOMES

REPLICATE_OUTCOMES = OUTCOMES.append(
    pa.field("replicate", pa.int32(), nullable=False, metadata={"meaning": "replicate trial, from 0"})
)
"""OUTCOMES with the replicate trial a row belongs to."""

_COLLECTED = ("endpoint", "unit", "method", "grade", "month", "group", "versus", "value", "low", "high", "n")


@dataclass(slots=True)
class OutcomeRows:
    """Rows for the groups of one partition.

    Parameters
    ----------
    groups
        What the rows are about.
    level
        Of the intervals.
    proportions
        Method of intervals of shares.
    comparisons
        Pairs of groups that are compared, the one above the line first.
    """

    groups: Groups
    level: float = 0.95
    proportions: ProportionMethod = "clopper-pearson"
    comparisons: Sequence[tuple[str, str]] = ()
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

    def add_estimates(
        self,
        endpoint: str,
        unit: str,
        method: str,
        estimates: Sequence[Estimate],
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
            [method if e.status == "estimated" else f"{method}; {e.status.replace('_', ' ')}" for e in estimates],
            _scaled((e.value for e in estimates), scale),
            low=_scaled((e.low for e in estimates), scale),
            high=_scaled((e.high for e in estimates), scale),
            n=[e.n for e in estimates],
            group=group,
            versus=versus,
            month=month,
        )

    def table(self, index: SubjectIndex, remarks: Iterable[str] = (), *, per_replicate: bool = False) -> pa.Table:
        """Build the OUTCOMES table, with a column `replicate` if asked for.

        Parameters
        ----------
        index
            The subjects, for origin and source.
        remarks
            What was left out.
        per_replicate
            Whether each row says its replicate trial.
        """
        columns = self._columns
        group = np.asarray(columns["group"], dtype=np.int64)
        versus = np.asarray(columns["versus"], dtype=np.int64)
        names = np.array([*self.groups.labels, ""], object)
        low, high = (np.asarray(columns[name], dtype=np.float64) for name in ("low", "high"))
        has_interval = ~(np.isnan(low) & np.isnan(high))
        n = np.asarray(columns["n"], dtype=np.float64)
        built: dict[str, object] = {
            "origin": index.origin,
            "source_id": ", ".join(index.sources),
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
            built["replicate"] = pa.array(self.groups.replicate[group].astype(np.int32))
        rows = conform(built, REPLICATE_OUTCOMES if per_replicate else OUTCOMES, name="outcomes")
        below = {versus for _, versus in self.comparisons}
        labels = list(dict.fromkeys(self.groups.labels))
        rows = name_arms(rows, labels, comparator=below.pop() if len(below) == 1 else None)
        return with_remarks(rows, remarks)


def _scaled(values: Iterable[float | None], scale: float) -> Floats:
    return np.array([np.nan if value is None else value * scale for value in values], dtype=np.float64)


def _nullable(values: Floats) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))
