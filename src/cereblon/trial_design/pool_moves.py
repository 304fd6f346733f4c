"""What another pool of simulated patients would change: the statistics of all trials move together.

A statistic of a trial is nearly a sum over its patients. Trials drawn from one pool share the chance of the pool, and
the mean of such a sum varies between pools as much as the sum itself varies between trials, times the patients of a
trial over those of the pool. Means of a trial's own numbers, as of its events, vary alike. This is the first
term of Hoeffding's decomposition; the others are smaller by that share again.

Source
------
Hoeffding, Ann Math Stat 1948;19:293.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cereblon.statistics.follow_up import Floats
from cereblon.trial_design.looks import LookResult
from cereblon.trial_design.pool import CONTROL, TESTED, Pool
from cereblon.trial_design.replicates import Enrolment, random_source

_MOVES = 200  # a variance is then told to a tenth of itself


@dataclass(frozen=True, slots=True)
class PoolMoves:
    """Moves of the statistics by chance between pools.

    Parameters
    ----------
    share
        Variance between pools over variance between trials of one pool.
    seed
        Of the random numbers.
    """

    share: float
    seed: int

    def of(self, endpoints: Sequence[Sequence[LookResult]]) -> list[list[LookResult]]:
        """Give the looks of all trials under each move, the looks of all endpoints in one list.

        Looks and endpoints move together as their statistics do between the trials.
        """
        looks = [look for results in endpoints for look in results]
        statistics = np.nan_to_num(np.stack([look.statistic for look in looks]))
        covariance = np.atleast_2d(np.cov(statistics))
        values, vectors = np.linalg.eigh(covariance)
        root = vectors * np.sqrt(self.share * np.maximum(values, 0.0))
        drawn: Floats = random_source(self.seed, "other pools").standard_normal((_MOVES // 2, len(looks))) @ root.T
        # Each move and its opposite, so that the mean stays where it is.
        return [
            [replace(look, statistic=look.statistic + by) for look, by in zip(looks, move, strict=True)]
            for move in np.concatenate([drawn, -drawn])
        ]


def pool_moves(pool: Pool, enrolment: Enrolment, *, seed: int) -> PoolMoves:
    """Give the moves between pools of this size, for trials of this size."""
    trial = (enrolment.patients * enrolment.share, enrolment.patients * (1.0 - enrolment.share))
    there = (len(pool.rows(TESTED)), len(pool.rows(CONTROL)))
    return PoolMoves(sum(1.0 / n for n in there) / sum(1.0 / n for n in trial), seed)
