"""Hazard ratios of many two-arm trials at once, from who is at risk at each death."""

from __future__ import annotations

import numpy as np

from cereblon.statistics.follow_up import Floats, Ints
from cereblon.statistics.hazard_ratio import RUN_AWAY

_ROUNDS, _STEP = 60, 1e-10
_LEAST_INFORMATION = 1e-12


def log_ratios(
    replicate: Ints, below: Floats, above: Floats, above_died: Floats, below_died: Floats
) -> tuple[Floats, Floats]:
    """Estimate the log hazard ratio of each trial and its standard error by Newton's method.

    Parameters
    ----------
    replicate
        Number of the trial of each death.
    below, above
        At risk then in each arm, less the part of the tied dead that Efron takes off.
    above_died, below_died
        Deaths of each arm of each trial.

    Returns
    -------
        Log ratio and error; NaN where an arm has no event, or the ratio runs away.
    """
    count = len(above_died)
    log_ratio, information = np.zeros(count), np.zeros(count)
    going = (above_died > 0) & (below_died > 0)
    for _ in range(_ROUNDS):
        kept = going[replicate]
        replicate, below, above = replicate[kept], below[kept], above[kept]
        weighted = above * np.exp(log_ratio)[replicate]
        share = weighted / (weighted + below)
        information[going] = np.bincount(replicate, share * (1.0 - share), count)[going]
        known = going & (information > _LEAST_INFORMATION)
        change = np.zeros(count)
        np.divide(above_died - np.bincount(replicate, share, count), information, out=change, where=known)
        log_ratio += np.clip(change, -1.0, 1.0)
        going = known & (np.abs(change) >= _STEP) & (np.abs(log_ratio) <= RUN_AWAY)
        if not going.any():
            break
    found = (above_died > 0) & (below_died > 0) & (np.abs(log_ratio) <= RUN_AWAY) & (information > _LEAST_INFORMATION)
    error = 1 / np.sqrt(np.where(found, information, np.nan))
    return np.where(found, log_ratio, np.nan), error
