"""Follow-up of subjects as every estimator of survival takes it: time, event, late entry, weight and stratum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cereblon.core.errors import InputError
from cereblon.core.event_indicator import read_event_indicator
from cereblon.core.number_arrays import ArrayInput, as_numbers
from cereblon.statistics.arm_labels import read_groups
from cereblon.statistics.near_ties import join_near_ties

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Rows = Bools | Ints | slice


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Checked follow-up, one entry per row; a subject is at risk after `entry`, up to and with `time`.

    Parameters
    ----------
    time
        Of event or censoring.
    observed
        Whether it was the event.
    entry
        From when on an event would have been seen; None from the start.
    weight
        Positive; None for one each.
    stratum
        Number of the stratum; None for a single one.
    """

    time: Floats
    observed: Bools
    entry: Floats | None = None
    weight: Floats | None = None
    stratum: Ints | None = None

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.time)

    @property
    def weights(self) -> Floats:
        """Weight of each row, written out."""
        return np.ones(self.n) if self.weight is None else self.weight

    def take(self, rows: Rows) -> FollowUp:
        """Give some of the rows."""
        return FollowUp(
            self.time[rows],
            self.observed[rows],
            None if self.entry is None else self.entry[rows],
            None if self.weight is None else self.weight[rows],
            None if self.stratum is None else self.stratum[rows],
        )

    def strata(self) -> list[Rows]:
        """Give the rows of each stratum."""
        if self.stratum is None:
            return [slice(None)]
        return [self.stratum == number for number in np.unique(self.stratum)]


def read_follow_up(
    time: ArrayInput,
    observed: ArrayInput,
    *,
    coding: str | None = None,
    entry: ArrayInput | None = None,
    weights: ArrayInput | None = None,
    strata: ArrayInput | None = None,
) -> FollowUp:
    """Check follow-up and read who had the event; times that differ by rounding alone become ties.

    Parameters
    ----------
    time, observed, coding, entry, weights
        As in `kaplan_meier`.
    strata
        Label per row, by labels of any kind.

    Raises
    ------
    InputError
        If a time is negative or no number, an indicator says neither event nor censored, somebody enters after the
        end of follow-up, a weight is negative, a stratum is missing, or the lengths differ.
    """
    times, seen = _times(time, observed, coding)
    count = len(times)
    entries = None
    if entry is None:
        (times,) = join_near_ties(times)
    else:
        given = as_numbers(entry, "times of entry")
        _check_entries(given, times)
        times, entries = join_near_ties(times, given)
        _check_entries(entries, times)
    weight = None if weights is None else _weights(as_numbers(weights, "weights"), count)
    stratum = None if strata is None else read_groups(strata, count, "strata")[1]
    return FollowUp(times, seen, entries, weight, stratum)


def read_subjects(subject: ArrayInput, count: int) -> Ints:
    """Read which rows are of the same subject.

    Raises
    ------
    InputError
        If a label is missing, or there is not one per row.
    """
    return read_groups(subject, count, "labels of subjects")[1]


def _times(time: ArrayInput, observed: ArrayInput, coding: str | None) -> tuple[Floats, Bools]:
    times = as_numbers(time, "follow-up times")
    seen = read_event_indicator(observed, coding=coding)
    if times.shape != seen.shape:
        raise InputError(f"{len(times)} follow-up times and {len(seen)} event indicators do not belong together")
    bad = ~(times >= 0) | np.isinf(times)
    if bad.any():
        raise InputError(
            f"{int(bad.sum())} of {len(times)} follow-up times are negative or no number, the first "
            f"{times[bad][0]} in row {_first(bad)}",
            hint="every subject needs a day of death or last contact on or after day 0",
        )
    return times, seen


def _check_entries(entries: Floats, times: Floats) -> None:
    if entries.shape != times.shape:
        raise InputError(f"{len(entries)} times of entry for {len(times)} follow-up times; one each is needed")
    bad = ~(entries < times) | np.isinf(entries)
    if bad.any():
        row = _first(bad)
        raise InputError(
            f"{int(bad.sum())} of {len(times)} subjects do not enter before their follow-up ends, the first in row "
            f"{row}: entry {entries[row - 1]:g}, end {times[row - 1]:g}",
            hint="leave out who had the event before entering: such subjects were never at risk under observation",
        )


def _weights(weights: Floats, count: int) -> Floats:
    if len(weights) != count:
        raise InputError(f"{len(weights)} weights for {count} follow-up times; one each is needed")
    bad = ~(weights >= 0) | np.isinf(weights)
    if bad.any():
        raise InputError(
            f"{int(bad.sum())} of {count} weights are negative or no number, the first {weights[bad][0]} in row "
            f"{_first(bad)}"
        )
    return weights


def _first(bad: Bools) -> int:
    return int(np.flatnonzero(bad)[0]) + 1
