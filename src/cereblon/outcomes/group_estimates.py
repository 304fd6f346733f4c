"""What is read off counts, group by group: medians, survival at times, ratios. The days are not needed any more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.outcomes.counts import SubjectCounts
from cereblon.outcomes.groups import GroupNames
from cereblon.outcomes.subject_index import Floats, Ints
from cereblon.statistics.estimate import Estimate
from cereblon.statistics.hazard_ratio import hazard_ratio_of
from cereblon.statistics.kaplan_meier import kaplan_meier_of, landmark_rate, median, survival_at

MEDIANS: tuple[str, ...] = ("pfs", "ttp", "os", "dor", "ttnt", "pfs2", "treatment_duration")
"""Endpoints whose median is given; time to response is a quantity, it has no censoring."""
LANDMARKS: tuple[str, ...] = ("pfs", "os")
RATIOS: tuple[str, ...] = ("pfs", "ttp", "os", "ttnt", "pfs2")
FOLLOW_UP = "follow_up"
"""Name of the counts of survival with death and censoring exchanged."""


@dataclass(frozen=True, slots=True)
class Estimates:
    """One estimate per group, or per pair of groups; NaN where there is none, with the reason."""

    value: Floats
    low: Floats
    high: Floats
    n: Ints
    status: tuple[str, ...]

    def take(self, rows: slice | Ints) -> Estimates:
        """Give some of them."""
        status = tuple(self.status[row] for row in np.arange(len(self.n))[rows])
        return Estimates(self.value[rows], self.low[rows], self.high[rows], self.n[rows], status)


@dataclass(frozen=True, slots=True)
class QuantityMedians:
    """Median of a quantity per group, NaN for nobody, of how many, and the width of the grid it was read off."""

    value: Floats
    n: Ints
    step: Floats

    def take(self, rows: slice) -> QuantityMedians:
        """Give some of them."""
        return QuantityMedians(self.value[rows], self.n[rows], self.step[rows])


@dataclass(frozen=True, slots=True)
class GroupEstimates:
    """What is read off the counts of some groups.

    Parameters
    ----------
    names
        Of the groups.
    tallies
        As in the counts.
    quantities
        By quantity.
    medians, rates, ratios
        By endpoint, rates also by month; ratios per pair, of the whole follow-up (None) and of its first months.
    pairs
        Groups compared, the one above the line first: one row each.
    heights
        By endpoint: survival of each group at the months asked for; NaN for nobody.
    totals
        By name of a tally: its sum over all groups of the whole that these are a part of.
    """

    names: GroupNames
    tallies: Mapping[str, Ints]
    quantities: Mapping[str, QuantityMedians]
    medians: Mapping[str, Estimates]
    rates: Mapping[tuple[str, float], Estimates]
    ratios: Mapping[tuple[str, float | None], Estimates]
    pairs: Ints
    heights: Mapping[str, Floats]
    totals: Mapping[str, int]

    def take(self, groups: slice) -> GroupEstimates:
        """Give groups that follow each other; the totals stay those of all."""
        first, last, _ = groups.indices(self.names.count)
        paired = ((self.pairs >= first) & (self.pairs < last)).all(axis=1)
        return GroupEstimates(
            self.names.take(groups),
            {name: tally[groups] for name, tally in self.tallies.items()},
            {name: one.take(groups) for name, one in self.quantities.items()},
            {name: one.take(groups) for name, one in self.medians.items()},
            {key: one.take(groups) for key, one in self.rates.items()},
            {name: one.take(np.flatnonzero(paired)) for name, one in self.ratios.items()},
            self.pairs[paired] - first,
            {name: heights[groups] for name, heights in self.heights.items()},
            self.totals,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class EstimateChoices:
    """What to read off.

    Parameters
    ----------
    level
        Of the intervals.
    landmarks_months
        Of the rates of PFS and overall survival.
    comparisons
        Pairs of names.
    ratios_months
        Hazard ratios of so many first months besides those of the whole follow-up.
    heights_of, heights_months
        Of which endpoints to read survival, and where.
    """

    level: float = 0.95
    landmarks_months: tuple[float, ...] = ()
    comparisons: tuple[tuple[str, str], ...] = ()
    ratios_months: tuple[float, ...] = ()
    heights_of: tuple[str, ...] = ()
    heights_months: tuple[float, ...] = ()


def read_off(counts: SubjectCounts, asked: EstimateChoices) -> GroupEstimates:
    """Read medians, rates, ratios and survival off the counts of each group."""
    groups = range(counts.names.count)
    at = np.asarray(asked.heights_months) * DAYS_PER_MONTH
    medians: dict[str, Estimates] = {}
    rates: dict[tuple[str, float], Estimates] = {}
    heights: dict[str, Floats] = {}
    for endpoint in counts.times:
        curves = [kaplan_meier_of(counts.life_table(endpoint, group), level=asked.level) for group in groups]
        medians[endpoint] = _estimates([median(curve) for curve in curves])
        if endpoint in LANDMARKS:
            for month in asked.landmarks_months:
                read = [landmark_rate(curve, month * DAYS_PER_MONTH) for curve in curves]
                rates[endpoint, month] = _estimates(read)
        if endpoint in asked.heights_of:
            shown = [survival_at(curve, at) if curve.n else np.full(len(at), np.nan) for curve in curves]
            heights[endpoint] = np.stack(shown) if shown else np.zeros((0, len(at)))
    pairs = counts.names.pairs(asked.comparisons)
    spans = (None, *asked.ratios_months)
    ratios = {
        (endpoint, months): _estimates([_ratio(counts, endpoint, a, b, months, level=asked.level) for a, b in pairs])
        for endpoint in RATIOS
        if endpoint in counts.times
        for months in spans
    }
    quantities = {name: _quantity_medians(counts, name) for name in counts.values}
    paired = np.array(pairs, np.int64).reshape(-1, 2)
    totals = {name: int(tally.sum()) for name, tally in counts.tallies.items()}
    return GroupEstimates(counts.names, counts.tallies, quantities, medians, rates, ratios, paired, heights, totals)


def _ratio(
    counts: SubjectCounts, endpoint: str, one: int, other: int, months: float | None, *, level: float
) -> Estimate:
    """Give the hazard ratio of two groups, of the whole follow-up or of its first months."""
    tables = [counts.life_table(endpoint, group) for group in (one, other)]
    if months is not None:
        tables = [table.until(months * DAYS_PER_MONTH) for table in tables]
    return hazard_ratio_of(tables[0], tables[1], level=level)


def _estimates(found: Sequence[Estimate]) -> Estimates:
    def column(get: Callable[[Estimate], float | None]) -> Floats:
        return np.array([np.nan if (value := get(one)) is None else value for one in found], dtype=np.float64)

    return Estimates(
        column(lambda one: one.value),
        column(lambda one: one.low),
        column(lambda one: one.high),
        np.array([one.n for one in found], np.int64),
        tuple(one.status for one in found),
    )


def _quantity_medians(counts: SubjectCounts, name: str) -> QuantityMedians:
    cells, steps = counts.values[name], counts.steps[name]
    value, n = np.full(counts.names.count, np.nan), np.zeros(counts.names.count, np.int64)
    for group in range(counts.names.count):
        part = cells.of(group)
        upto = np.cumsum(cells.count[part, 0])
        if not len(upto):
            continue
        n[group] = upto[-1]
        places = [(n[group] - 1) // 2, n[group] // 2]
        two = cells.value[part][np.searchsorted(upto, places, side="right")] + steps[group] / 2
        value[group] = two.mean()
    return QuantityMedians(value, n, steps)


def joined(readings: Sequence[GroupEstimates]) -> GroupEstimates:
    """Put the readings of groups together that follow each other."""
    first = readings[0]
    if len(readings) == 1:
        return first
    names = [one.names for one in readings]
    starts = np.cumsum([0, *(one.count for one in names)])
    everything = GroupNames(
        first.names.by,
        tuple(label for one in names for label in one.labels),
        tuple(value for one in names for value in one.values),
        np.concatenate([one.replicate for one in names]),
        first.names.known,
    )
    tallies = {}
    for name in dict.fromkeys(name for one in readings for name in one.tallies):
        shape = next(one.tallies[name].shape[1:] for one in readings if name in one.tallies)
        tallies[name] = np.concatenate(
            [one.tallies.get(name, np.zeros((one.names.count, *shape), np.int64)) for one in readings]
        )
    return GroupEstimates(
        everything,
        tallies,
        {name: _joined_quantities([one.quantities[name] for one in readings]) for name in first.quantities},
        {name: _joined_estimates([one.medians[name] for one in readings]) for name in first.medians},
        {key: _joined_estimates([one.rates[key] for one in readings]) for key in first.rates},
        {name: _joined_estimates([one.ratios[name] for one in readings]) for name in first.ratios},
        np.concatenate([one.pairs + start for one, start in zip(readings, starts, strict=False)]),
        {name: np.concatenate([one.heights[name] for one in readings]) for name in first.heights},
        {name: sum(one.totals.get(name, 0) for one in readings) for name in tallies},
    )


def _joined_quantities(parts: Sequence[QuantityMedians]) -> QuantityMedians:
    return QuantityMedians(
        np.concatenate([part.value for part in parts]),
        np.concatenate([part.n for part in parts]),
        np.concatenate([part.step for part in parts]),
    )


def _joined_estimates(parts: Sequence[Estimates]) -> Estimates:
    return Estimates(
        np.concatenate([part.value for part in parts]),
        np.concatenate([part.low for part in parts]),
        np.concatenate([part.high for part in parts]),
        np.concatenate([part.n for part in parts]),
        tuple(status for part in parts for status in part.status),
    )
