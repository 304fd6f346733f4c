"""Pools of patients with constant hazards, whose designs closed forms know."""

from __future__ import annotations

import numpy as np

from cereblon.trial_design.pool import Pool


def constant_hazards(
    *, hazard: float, versus: float, size: int, followed: float, seed: int = 1, trials: int = 1, strata: int = 1
) -> Pool:
    """Draw `size` patients of each arm in each trial; hazards per day."""
    dice = np.random.default_rng(seed)
    count = size * trials
    days = np.concatenate([dice.exponential(1.0 / one, count) for one in (hazard, versus)])
    event = np.where(days < followed, np.ceil(days), np.inf)
    return Pool(
        arm=np.repeat([0, 1], count),
        event=event,
        known=event,
        stratum=dice.integers(0, strata, 2 * count),
        trial=np.tile(np.repeat(np.arange(trials), size), 2),
        followed=followed,
    )
