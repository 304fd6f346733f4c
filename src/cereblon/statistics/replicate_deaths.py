"""Two-arm trials in whole days, many at once, counted at their deaths alone: for tests and hazard ratios at speed.

The numbers are those of `replicate_trials`, to rounding. There every subject has a column; here one sort of whole
numbers orders stratum, time and event together, and only times of death are looked at further.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cereblon.core.errors import InputError
from cereblon.statistics.follow_up import Bools, Floats, Ints
from cereblon.statistics.replicate_ratios import log_ratios
from cereblon.statistics.weighted_scores import Weighting

_ABOVE, _ALIVE, _FLAGS = 1, 2, 2  # the two lowest bits of a key: the arm, and whether the time is censored


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplicateDeaths:
    """Times of death of all replicates one after another, replicate by replicate and within it stratum by stratum.

    Parameters
    ----------
    replicates
        How many there are; one without a death has no times.
    replicate
        Number of the replicate of each time of death.
    begins
        Place of the first time of death of the same replicate and stratum.
    at_risk, above_at_risk
        At risk at it, in both arms and in the arm above the line.
    died, above_died
        Deaths at it, likewise.
    """

    replicates: int
    replicate: Ints
    begins: Ints
    at_risk: Floats
    above_at_risk: Floats
    died: Floats
    above_died: Floats

    def sums(self, values: Floats) -> Floats:
        """Add values up within each replicate."""
        return np.bincount(self.replicate, values, self.replicates).astype(np.float64)

    def worth(self, weighting: Weighting) -> Floats:
        """Weigh the times of death after Fleming and Harrington, from survival within the stratum just before."""
        rho, gamma = weighting
        last = self.died >= self.at_risk  # nobody of the stratum is at risk afterwards
        steps = np.log1p(-np.where(last, 0.0, self.died / self.at_risk))
        upto = np.cumsum(steps) - steps
        before = np.exp(upto - upto[self.begins])
        return np.asarray(before**rho * np.maximum(1.0 - before, 0.0) ** gamma)

    def scores(self, weightings: Sequence[Weighting]) -> tuple[Floats, Floats]:
        """Give expected less observed deaths of the arm above the line under each weighting, and their covariance.

        Returns
        -------
            Of shape (replicate, weighting) and (replicate, weighting, weighting).
        """
        share = self.above_at_risk / self.at_risk
        gain = self.died * share - self.above_died
        rest = np.maximum(self.at_risk - 1.0, 1.0)
        variance = self.died * share * (1.0 - share) * (self.at_risk - self.died) / rest
        worth = [self.worth(one) for one in weightings]
        score = np.stack([self.sums(one * gain) for one in worth], axis=1)
        covariance = np.empty((self.replicates, len(worth), len(worth)))
        for place, one in enumerate(worth):
            for other in range(place + 1):
                covariance[:, place, other] = covariance[:, other, place] = self.sums(one * worth[other] * variance)
        return score, covariance

    def log_hazard_ratios(self) -> tuple[Floats, Floats]:
        """Estimate the log hazard ratio, deaths at one time after Efron; as `hazard_ratios_of_replicates`."""
        times = np.repeat(np.arange(len(self.died)), self.died.astype(np.int64))
        first = np.cumsum(self.died) - self.died
        part = (np.arange(len(times)) - first[times]) / self.died[times]
        above = self.above_at_risk[times] - part * self.above_died[times]
        below = (self.at_risk - self.above_at_risk)[times] - part * (self.died - self.above_died)[times]
        deaths = self.sums(self.above_died)
        return log_ratios(self.replicate[times], below, above, deaths, self.sums(self.died) - deaths)


def count_deaths(
    days: Ints, observed: Bools, above: Bools, *, included: Bools, strata: Ints | None = None
) -> ReplicateDeaths:
    """Count who is at risk at each time of death of each replicate.

    Parameters
    ----------
    days
        Whole days, from 0 on; of shape (replicate, subject).
    observed
        Whether it was the event; of the same shape, as all that follow.
    above
        Whether the subject is in the arm above the line.
    included
        Whether the subject is in the replicate.
    strata
        Number of the stratum, from 0; one stratum unless given.

    Raises
    ------
    InputError
        If a time or a stratum is negative.
    """
    if days.size and (days.min() < 0 or (strata is not None and strata.min() < 0)):
        raise InputError("whole days and numbers of strata: one is negative")
    replicates, subjects = days.shape
    span = int(days.max(initial=0)) + 1
    levels = 1 if strata is None else int(strata.max(initial=0)) + 1
    kind: type[np.signedinteger[Any]] = np.int32 if (levels + 1) * span < 2**29 else np.int64
    place = days if strata is None else days + strata * span
    key = (np.where(included, place, levels * span).astype(kind) << _FLAGS) | above
    key |= np.where(observed & included, 0, _ALIVE).astype(kind)
    key.sort(axis=1)
    upto = np.zeros((replicates, subjects + 1), np.int32)
    np.cumsum(key & _ABOVE, axis=1, out=upto[:, 1:])
    ends = _ends(included, strata, levels)
    row, column = np.nonzero((key & _ALIVE) == 0)
    found = key[row, column]
    time = found >> _FLAGS  # with the stratum
    is_first = np.ones(len(row), np.bool_)
    is_first[1:] = (row[1:] != row[:-1]) | (time[1:] != time[:-1])
    first = np.flatnonzero(is_first)
    replicate, start = row[first], column[first]
    stratum = time[first] // span
    end = ends[replicate, stratum]
    own = replicate * levels + stratum
    new = np.ones(len(own), np.bool_)
    new[1:] = own[1:] != own[:-1]
    died = np.diff(first, append=len(row))
    above_died = np.add.reduceat(found & _ABOVE, first) if len(first) else died
    return ReplicateDeaths(
        replicates=replicates,
        replicate=replicate,
        begins=np.maximum.accumulate(np.where(new, np.arange(len(own)), 0)),
        at_risk=(end - start).astype(np.float64),
        above_at_risk=(upto[replicate, end] - upto[replicate, start]).astype(np.float64),
        died=died.astype(np.float64),
        above_died=above_died.astype(np.float64),
    )


def _ends(included: Bools, strata: Ints | None, levels: int) -> Ints:
    """Give the place after the last subject of each stratum, shape (replicate, stratum)."""
    if strata is None:
        return np.asarray(included.sum(axis=1, dtype=np.int64))[:, None]
    rows = np.arange(len(included), dtype=np.int64)[:, None] * levels
    count = np.bincount((rows + strata)[included], minlength=len(included) * levels)
    return np.asarray(np.cumsum(count.reshape(len(included), levels), axis=1), dtype=np.int64)
