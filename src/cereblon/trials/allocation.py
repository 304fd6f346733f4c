"""Which arm each subject of a virtual trial is in, and how long it is followed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import numpy as np
from jax import Array

from cereblon.core import random_streams
from cereblon.core.time_units import DAYS_PER_MONTH, DAYS_PER_YEAR
from cereblon.trials.trial import TrialPlan

_ONE_AT_A_TIME = Lock()


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """Replicate, arm, follow-up and years from 2010 to enrolment of subjects."""

    replicate: np.ndarray
    arm: np.ndarray
    follow_up_days: np.ndarray
    dropped_out: np.ndarray
    years_since_2010: np.ndarray

    def of(self, chosen: np.ndarray) -> Allocation:
        """Give those of some subjects."""
        return Allocation(**{name: values[chosen] for name, values in vars(self).items()})


def allocate(plan: TrialPlan, subject_id: np.ndarray, years_since_2010: float = 0.0) -> Allocation:
    """Randomise subjects to arms of fixed size within each replicate trial, and draw enrolment and dropout.

    Each subject's place depends on seed and number only. A trial's subjects are ranked by a random number; the first
    fill the first arm, the next the second.
    """
    replicate = subject_id // plan.size
    first, last = int(replicate[0]), int(replicate[-1]) + 1
    with _ONE_AT_A_TIME:  # of many subjects it takes much memory
        arms = _arms(plan.seed, tuple(arm.size for arm in plan.arms.values()), first, last)
    arm = arms[subject_id - first * plan.size].astype(np.int64)
    root = random_streams.root_key(plan.seed)
    until, lost = draw_follow_up(plan, root, subject_id)
    return Allocation(
        replicate=replicate,
        arm=arm,
        follow_up_days=until.astype(np.float32),
        dropped_out=lost,
        years_since_2010=np.full(len(subject_id), years_since_2010),
    )


@lru_cache(maxsize=4)  # blocks of one large trial ask for the same
def _arms(seed: int, sizes: tuple[int, ...], first: int, last: int) -> np.ndarray:
    """Give the arm of every subject of the replicates `first` to before `last`."""
    size = sum(sizes)
    whole = np.arange(first * size, last * size)
    score = random_streams.uniforms(random_streams.root_key(seed), "allocation", whole, 1).reshape(-1, size)
    arms = np.empty(score.shape, np.uint8)
    in_order = np.repeat(np.arange(len(sizes), dtype=np.uint8), sizes)
    np.put_along_axis(arms, np.argsort(score, axis=1, kind="stable"), in_order[None, :], axis=1)
    return arms.reshape(-1)


def draw_follow_up(
    plan: TrialPlan, root: Array, subject_id: np.ndarray, *, longest_months: float = math.inf
) -> tuple[np.ndarray, np.ndarray]:
    """Draw enrolment and dropout: each subject's end of follow-up in days, and whether it dropped out.

    Enrolment is even over its months unless the design says otherwise, and dropout has a constant rate; nobody is
    followed beyond `longest_months`.
    """
    draw = random_streams.uniforms(root, "follow-up", subject_id, 2)
    if plan.design is not None and plan.design.accrual is not None:
        until_cut = plan.longest_follow_up_months - _enrolment_months(plan, draw[:, 0])
    else:
        until_cut = plan.follow_up_months + plan.enrolment_months * (0.5 - draw[:, 0])
    until_cut = np.minimum(until_cut, longest_months) * DAYS_PER_MONTH
    lost = np.full(len(subject_id), np.inf)
    if plan.dropout_per_year > 0.0:
        lost = -np.log1p(-draw[:, 1].astype(np.float64)) * DAYS_PER_YEAR / -np.log1p(-plan.dropout_per_year)
    return np.minimum(until_cut, lost), lost < until_cut


def enrolment_days(plan: TrialPlan, root: Array, subject_id: np.ndarray) -> np.ndarray:
    """Give the calendar day of each subject's day 0, counted from the first day of enrolment.

    It is the draw that `draw_follow_up` takes the end of follow-up from.
    """
    draw = random_streams.uniforms(root, "follow-up", subject_id, 2)
    return _enrolment_months(plan, draw[:, 0]) * DAYS_PER_MONTH


def _enrolment_months(plan: TrialPlan, draw: np.ndarray) -> np.ndarray:
    if plan.accrual is None:
        return np.zeros(len(draw))
    return plan.accrual.month_of(draw.astype(np.float64) * plan.size)
