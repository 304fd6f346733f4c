"""Patients among whom maintenance takes the hazard down to a known share, analysed in three ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cereblon.cohort.target_trial.clone_censor import Candidates, at_landmark, cloned, naive
from cereblon.cohort.target_trial.effects import effect_of

PLANTED, SAMPLES = 0.6, 12
CLONED, NAIVE = "cloned, censored and weighted", "naive: ever began or not"
_GRACE, _LANDMARK, _HORIZON = 180.0, 100.0, 1095.0


def planted_patients(seed: int, count: int = 4000) -> Candidates:
    """Draw patients of whom the fitter begin maintenance sooner, which takes the hazard down to 0.6 of what it was.

    The planted ratio holds from the day on which maintenance begins, in days 5 to 180; few have the outcome before.
    """
    dice = np.random.default_rng(seed)
    frailty, due, waits = dice.normal(size=count), dice.exponential(size=count), dice.exponential(size=count)
    hazard = 0.0002 * np.exp(0.3 * frailty)
    start = 5 + waits / (0.008 * np.exp(-0.5 * frailty))
    start = np.where(start <= _GRACE, start, np.inf)
    before = np.where(np.isfinite(start), hazard * start, np.inf)
    after = start + (due - np.where(np.isfinite(before), before, 0)) / (PLANTED * hazard)
    time = np.where(due < before, due / hazard, after)
    end = dice.uniform(3600, 6000, size=count)
    return Candidates(np.minimum(time, end), time <= end, start, frailty[:, None])


def planted_logs() -> dict[str, list[float]]:
    """Give the logarithms of the hazard ratio of each sample, by analysis."""
    drawn = [planted_patients(seed) for seed in range(SAMPLES)]
    ways = {
        CLONED: [cloned(one, grace=_GRACE) for one in drawn],
        f"landmark at day {_LANDMARK:g}, unweighted": [at_landmark(one, _LANDMARK)[0] for one in drawn],
        NAIVE: [naive(one) for one in drawn],
    }
    return {
        name: [float(effect_of(one, _HORIZON).log_hazard_ratio) for one in samples] for name, samples in ways.items()
    }


def planted_rows(planted: Mapping[str, Sequence[float]]) -> list[list[str]]:
    """Give a row of each analysis: mean ratio, how far its logarithm is off, and the error of that."""
    rows = []
    for name, each in planted.items():
        logs = np.asarray(each)
        error, off = logs.std(ddof=1) / np.sqrt(len(logs)), logs.mean() - np.log(PLANTED)
        rows.append([name, f"{np.exp(logs.mean()):.3f}", f"{off:+.3f}", f"{error:.3f}"])
    return rows
