"""How often the interval of a median holds the true one, over examples of their own seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from cereblon.cohort.scoring import median_months, progression_free, true_progression_free
from cereblon.cohort.simulated.example import clean_example
from scripts.cohort_scores.examples import ESTIMAND, built

SEEDS = tuple(range(1001, 1021))
PATIENTS = 256
LEVEL = 0.9
Interval = tuple[float | None, float | None, float | None]


def intervals(seed: int) -> dict[str, Any]:
    """Give the median progression-free survival of an example with published dirt, its interval, and the true times.

    Parameters
    ----------
    seed
        Of patients and damage.

    Returns
    -------
        `published`, the median with its lower and upper end in months, null where not reached; and `months` and
        `event`, the true survival of each patient.
    """
    one = built(clean_example(PATIENTS, seed=seed), "published", "imwg2015", seed=seed)
    found = _finite(median_months(progression_free(one.found, ESTIMAND), LEVEL))
    truth = true_progression_free(one.truth, one.true_labs)
    return {"published": found, "months": truth["months"].to_list(), "event": truth["event"].to_list()}


def _finite(read: tuple[float, float, float]) -> Interval:
    value, low, high = (one if np.isfinite(one) else None for one in read)
    return value, low, high


def median_of_all(samples: Sequence[Mapping[str, Any]]) -> tuple[float, float, float]:
    """Give the true median of the patients of all seeds together, in months, with its 95 % interval."""
    together = pl.DataFrame(
        {name: [one for sample in samples for one in sample[name]] for name in ("months", "event")}
    )
    return median_months(together.with_columns(entry_month=pl.lit(0.0)))


def holds(interval: Interval, true_median: float) -> bool:
    """Tell whether an interval holds a median; an end that is not reached is no limit."""
    _, low, high = interval
    return (low or 0.0) <= true_median <= (np.inf if high is None else high)


def below(interval: Interval, true_median: float) -> bool:
    """Tell whether an interval ends below a median."""
    return interval[2] is not None and interval[2] < true_median
