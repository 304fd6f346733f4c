"""Counts of subjects that add up: what outcomes are computed from, whole or block by block, with the same result.

Everything is a whole number of subjects, by group: who has a feature (`tallies`), who has which value of a quantity
(`values`), whose follow-up ends on which day with or without the event (`times`). Days and cycles are few where
subjects are many. A quantity that has too many values is counted on a grid, see `_on_a_grid`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from cereblon.outcomes.cohort import Cohort
from cereblon.outcomes.groups import GroupNames, Groups, united
from cereblon.outcomes.remarks import Remarks
from cereblon.outcomes.remarks import added as added_remarks
from cereblon.outcomes.subject_index import Bools, Floats, Ints, Whole
from cereblon.outcomes.time_to_event import EventTimes
from cereblon.statistics.life_table import LifeTable

MOST_VALUES = 2**15
"""Different values of a quantity that a group is counted by; with more of them a grid takes over."""
_FINEST = -20  # power of two


@dataclass(frozen=True, slots=True)
class ValueCounts:
    """Counts by group and value, ordered by both.

    Parameters
    ----------
    group, value
        Of each cell, which is there once.
    count
        One row per cell, a column for each thing counted.
    """

    group: Ints
    value: Floats
    count: Ints

    def of(self, group: int) -> slice:
        """Find the cells of a group."""
        first, last = np.searchsorted(self.group, [group, group + 1])
        return slice(int(first), int(last))

    def chosen(self, groups: Bools, becomes: Ints) -> ValueCounts:
        """Give the cells of some groups, under other numbers."""
        kept = groups[self.group]
        return ValueCounts(becomes[self.group[kept]], self.value[kept], self.count[kept])


def count_cells(group: Ints, value: Floats, *counted: Ints) -> ValueCounts:
    """Count rows, or add up what is counted of them, by group and value."""
    order = np.lexsort((value, group))
    group, value = group[order], value[order]
    fresh = np.ones(len(group), np.bool_)
    fresh[1:] = (np.diff(group) != 0) | (np.diff(value) != 0)
    first = np.flatnonzero(fresh)
    columns = [column[order] for column in counted] or [np.ones(len(group), np.int64)]
    counts = [np.add.reduceat(column, first) if len(first) else np.zeros(0, np.int64) for column in columns]
    return ValueCounts(group[first], value[first], np.stack(counts, axis=1).astype(np.int64))


@dataclass(frozen=True, slots=True)
class SubjectCounts:
    """Counts of some subjects by group.

    Parameters
    ----------
    names
        Of the groups.
    tallies
        By name: number of subjects per group, or one row of numbers.
    values
        By quantity: how many subjects have which value.
    times
        By endpoint: how many subjects leave on which day, and how many of them with the event.
    steps
        By quantity: width of the grid of each group; 0 where values are as they are.
    remarks
        What was left out.
    origin, sources
        Of the subjects.
    """

    names: GroupNames
    tallies: Mapping[str, Ints]
    values: Mapping[str, ValueCounts]
    times: Mapping[str, ValueCounts]
    steps: Mapping[str, Floats]
    remarks: Remarks
    origin: str
    sources: tuple[str, ...]

    def life_table(self, endpoint: str, group: int) -> LifeTable:
        """Give the follow-up of a group."""
        cells = self.times[endpoint]
        part = cells.of(group)
        return LifeTable(cells.value[part], cells.count[part, 0], cells.count[part, 1])

    def take(self, groups: Bools) -> SubjectCounts:
        """Give some of the groups."""
        becomes = np.cumsum(groups) - 1
        return SubjectCounts(
            self.names.take(groups),
            {name: tally[groups] for name, tally in self.tallies.items()},
            {name: cells.chosen(groups, becomes) for name, cells in self.values.items()},
            {name: cells.chosen(groups, becomes) for name, cells in self.times.items()},
            {name: step[groups] for name, step in self.steps.items()},
            self.remarks,
            self.origin,
            self.sources,
        )

    def pooled(self) -> SubjectCounts:
        """Put replicate trials together."""
        names, place = self.names.pooled()
        return _gathered(names, [(self, place)], self.remarks)


@dataclass(frozen=True, slots=True)
class Counting:
    """Gathers the counts of the subjects of some groups."""

    groups: Groups
    tallies: dict[str, Ints] = field(default_factory=dict)
    values: dict[str, ValueCounts] = field(default_factory=dict)
    times: dict[str, ValueCounts] = field(default_factory=dict)

    def tally(self, name: str, chosen: Bools) -> None:
        """Count the chosen subjects of each group."""
        self.tallies[name] = self.groups.tally(chosen)

    def share(self, name: str, chosen: Bools, among: Bools) -> None:
        """Count the subjects with a feature, and those among whom they are."""
        self.tally(name, chosen & among)
        self.tally(among_of(name), among)

    def code(self, name: str, code: Whole, kinds: int, among: Bools) -> None:
        """Count the subjects of each kind, from 0 on: one row of numbers per group."""
        inside = among & (self.groups.code >= 0)
        cells = self.groups.code[inside] * kinds + code[inside]
        counts = np.bincount(cells, minlength=self.groups.count * kinds)
        self.tallies[name] = counts.reshape(self.groups.count, kinds)

    def value(self, name: str, value: Floats, chosen: Bools) -> None:
        """Count the values of a quantity of the chosen subjects."""
        inside = chosen & (self.groups.code >= 0)
        self.values[name] = count_cells(self.groups.code[inside], value[inside])

    def time(self, name: str, times: EventTimes) -> None:
        """Count the follow-up of the subjects at risk."""
        code = self.groups.code[times.row]
        inside = code >= 0
        seen = times.observed[inside].astype(np.int64)
        self.times[name] = count_cells(code[inside], times.day[inside], np.ones_like(seen), seen)

    def of(self, cohort: Cohort) -> SubjectCounts:
        """Give what was counted of a cohort, with what was left out of it by now."""
        nothing = np.zeros(self.groups.count)
        values = {name: _on_a_grid(cells, nothing) for name, cells in self.values.items()}
        return SubjectCounts(
            self.groups.names,
            self.tallies,
            {name: cells for name, (cells, _) in values.items()},
            self.times,
            {name: step for name, (_, step) in values.items()},
            cohort.follow_up.remarks,
            cohort.index.origin,
            cohort.index.sources,
        )


def among_of(name: str) -> str:
    """Name the tally of those among whom a feature is counted."""
    return f"{name}, among"


def added(parts: Sequence[SubjectCounts]) -> SubjectCounts:
    """Put the counts of subjects together that were counted apart; nobody may be in two parts.

    The result is that of counting all at once, whatever the parts and their order.

    Raises
    ------
    InputError
        If there are too many groups.
    """
    if len(parts) == 1:
        return parts[0]
    names, places = united([part.names for part in parts])
    return _gathered(names, list(zip(parts, places, strict=True)), added_remarks([part.remarks for part in parts]))


def _gathered(names: GroupNames, parts: Sequence[tuple[SubjectCounts, Ints]], remarks: Remarks) -> SubjectCounts:
    values, steps = dict[str, ValueCounts](), dict[str, Floats]()
    for name in _all_names(part.values for part, _ in parts):
        step = np.zeros(names.count)
        for part, place in parts:
            np.maximum.at(step, place, part.steps[name])
        values[name], steps[name] = _on_a_grid(_joined([(part.values[name], place) for part, place in parts]), step)
    return SubjectCounts(
        names,
        {name: _summed(names.count, name, parts) for name in _all_names(part.tallies for part, _ in parts)},
        values,
        {
            name: _joined([(part.times[name], place) for part, place in parts])
            for name in _all_names(part.times for part, _ in parts)
        },
        steps,
        remarks,
        parts[0][0].origin,
        tuple(sorted({source for part, _ in parts for source in part.sources})),
    )


def _all_names(parts: Iterable[Mapping[str, object]]) -> list[str]:
    return list(dict.fromkeys(name for part in parts for name in part))


def _summed(count: int, name: str, parts: Sequence[tuple[SubjectCounts, Ints]]) -> Ints:
    held = [(part.tallies[name], place) for part, place in parts if name in part.tallies]
    total = np.zeros((count, *held[0][0].shape[1:]), np.int64)
    for tally, place in held:
        np.add.at(total, place, tally)
    return total


def _joined(parts: Sequence[tuple[ValueCounts, Ints]]) -> ValueCounts:
    group = np.concatenate([place[cells.group] for cells, place in parts])
    value = np.concatenate([cells.value for cells, _ in parts])
    return count_cells(group, value, *np.concatenate([cells.count for cells, _ in parts]).T)


def _on_a_grid(cells: ValueCounts, step: Floats) -> tuple[ValueCounts, Floats]:
    """Round values down to a grid in the groups that have too many of them, and give the width of the grids.

    The width is the least power of two, not below what is there, that leaves few enough values. Grids lie within each
    other, so that rounding in parts and then together is the same as rounding once.
    """
    step = step.copy()
    while True:
        width = step[cells.group]
        value = np.where(width > 0, np.floor(cells.value / np.where(width > 0, width, 1.0)) * width, cells.value)
        cells = count_cells(cells.group, value, *cells.count.T)
        many = np.bincount(cells.group, minlength=len(step)) > MOST_VALUES
        if not many.any():
            return cells, step
        step[many] = np.where(step[many] > 0, 2 * step[many], 2.0**_FINEST)
