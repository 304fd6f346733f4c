"""Trials drawn from simulated patients: who enters when, in which arm, and who drops out."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from cereblon.core.errors import InputError
from cereblon.core.time_units import DAYS_PER_MONTH, DAYS_PER_YEAR
from cereblon.statistics.follow_up import Floats, Ints
from cereblon.trial_design.pool import CONTROL, TESTED, Pool
from cereblon.trials.accrual import Accrual

_LARGEST_BLOCK = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Enrolment:
    """How the patients of a trial come.

    Parameters
    ----------
    patients
        Of both arms.
    share
        Of the patients in the arm that is tested.
    accrual
        Patients over time; None where all come on one day.
    dropout_per_year
        Share lost to follow-up each year.
    """

    patients: int
    share: float = 0.5
    accrual: Accrual | None = None
    dropout_per_year: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Trials:
    """Drawn trials, shape (trial, patient); patients in the order in which they enter.

    Parameters
    ----------
    entry
        Calendar day of each patient's day 0.
    arm, event, known, stratum
        As in `Pool`.
    lost
        Days from day 0 after which nothing more is learned: dropout, a convention of censoring or the end of the
        simulation.
    visit, landmark
        As in `Pool`.
    """

    entry: Floats
    arm: Ints
    event: Floats
    known: Floats
    stratum: Ints
    lost: Floats
    visit: float
    landmark: float = 0.0

    @property
    def count(self) -> int:
        """Number of trials."""
        return len(self.entry)

    @property
    def patients(self) -> int:
        """Patients of a trial."""
        return int(self.entry.shape[1])

    def first(self, patients: int) -> Trials:
        """Give the trials as they are with fewer patients: the first that enter."""
        return self._picked((slice(None), slice(patients)))

    def some(self, start: int, stop: int) -> Trials:
        """Give some of the trials."""
        return self._picked((slice(start, stop), slice(None)))

    def _picked(self, place: tuple[slice, slice]) -> Trials:
        return Trials(
            entry=self.entry[place],
            arm=self.arm[place],
            event=self.event[place],
            known=self.known[place],
            stratum=self.stratum[place],
            lost=self.lost[place],
            visit=self.visit,
            landmark=self.landmark,
        )

    @property
    def calendar(self) -> Floats:
        """Calendar day on which each event is known; infinite for what never is."""
        return np.where(self.known <= self.lost, self.entry + self.known, np.inf)


def random_source(seed: int, decision: str) -> np.random.Generator:
    """Give the source of random numbers of one decision; another decision has others."""
    return np.random.default_rng([seed, zlib.crc32(decision.encode())])


def draw_trials(pool: Pool, enrolment: Enrolment, count: int, *, seed: int, decision: str = "trials") -> Trials:
    """Draw trials whose patients are taken from the pool, each as often as chance has it.

    Parameters
    ----------
    pool
        Simulated patients.
    enrolment
        How they come.
    count
        Number of trials.
    seed, decision
        Of the random numbers. The first patients of larger trials are those of smaller ones.
    """
    rows = {arm: pool.rows(arm) for arm in (TESTED, CONTROL)}
    dice = random_source(seed, f"{decision}, patients")
    shape = (count, enrolment.patients)
    arm = _arms(enrolment, count, seed, decision)
    place = dice.random(shape[::-1]).T  # by patient first, so that longer trials begin alike
    taken = np.where(
        arm == TESTED,
        rows[TESTED][(place * len(rows[TESTED])).astype(np.int64)],
        rows[CONTROL][(place * len(rows[CONTROL])).astype(np.int64)],
    )
    return _enrolled(pool, taken, arm, enrolment, seed, decision)


def fresh_trials(pool: Pool, enrolment: Enrolment, *, seed: int) -> Trials:
    """Give every simulated trial of the pool as one trial: no patient is in it twice.

    Raises
    ------
    InputError
        If a simulated trial has too few patients of an arm.
    """
    decision, count = "fresh trials", pool.trials
    arm = _arms(enrolment, count, seed, decision)
    dice = random_source(seed, f"{decision}, patients")
    taken = np.empty(arm.shape, np.int64)
    for trial in range(count):
        for number in (TESTED, CONTROL):
            rows = np.flatnonzero((pool.trial == trial) & (pool.arm == number))
            wanted = arm[trial] == number
            if wanted.sum() > len(rows):
                raise InputError(
                    f"pool: trial {trial} has {len(rows)} patients of an arm, and {wanted.sum()} are needed"
                )
            taken[trial][wanted] = dice.permutation(rows)[: wanted.sum()]
    return _enrolled(pool, taken, arm, enrolment, seed, decision)


def _enrolled(pool: Pool, taken: Ints, arm: Ints, enrolment: Enrolment, seed: int, decision: str) -> Trials:
    shape = taken.shape[::-1]
    entry: Floats = np.zeros(taken.shape)
    if enrolment.accrual is not None:
        waits = random_source(seed, f"{decision}, enrolment").standard_exponential(shape)
        entry = enrolment.accrual.month_of(np.cumsum(waits, axis=0)).T * DAYS_PER_MONTH
    lost: Floats = np.full(taken.shape, pool.followed)
    if enrolment.dropout_per_year > 0.0:
        rate = -np.log1p(-enrolment.dropout_per_year) / DAYS_PER_YEAR
        stays = random_source(seed, f"{decision}, dropout").standard_exponential(shape).T / rate
        lost = np.minimum(lost, stays)
    if pool.left is not None:
        lost = np.minimum(lost, pool.left[taken])
    return Trials(
        entry=entry,
        arm=arm,
        event=pool.event[taken],
        known=pool.known[taken],
        stratum=pool.stratum[taken],
        lost=lost,
        visit=pool.visit,
        landmark=pool.landmark,
    )


def _arms(enrolment: Enrolment, count: int, seed: int, decision: str) -> Ints:
    """Allocate in permuted blocks, so that arms keep their proportion whenever enrolment ends."""
    share = Fraction(enrolment.share).limit_denominator(_LARGEST_BLOCK // 2)
    block = np.repeat([TESTED, CONTROL], [2 * share.numerator, 2 * (share.denominator - share.numerator)])
    blocks = -(-enrolment.patients // len(block))
    score = random_source(seed, f"{decision}, arms").random((blocks, len(block), count))
    arm = block[np.argsort(score, axis=1)].reshape(blocks * len(block), count)
    return arm[: enrolment.patients].T.astype(np.int64)
