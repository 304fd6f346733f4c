"""Times that differ by rounding alone, such as 0.3 and 0.1 + 0.2, joined as R survival does (`timefix`)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

TOLERANCE = float(np.sqrt(np.finfo(np.float64).eps))
"""Of a gap, as it is and over the mean of the distinct times: 1.5e-8, the default of R."""


def is_near_tie(ordered: Floats, counted: Bools | None = None) -> Bools:
    """Tell which of some ordered times are ties of the one before, ties by rounding among them.

    Parameters
    ----------
    ordered
        Increasing along the last axis.
    counted
        Whose time counts for the mean; all unless given.

    Returns
    -------
        One less than the times along the last axis.

    Source
    ------
    Therneau, R survival, vignette on tied times and `aeqSurv`.
    """
    gap = np.diff(ordered, axis=-1)
    distinct = np.concatenate([np.ones((*ordered.shape[:-1], 1), np.bool_), gap > 0], axis=-1)
    if counted is not None:
        distinct &= counted
    total = np.where(distinct, ordered, 0.0).sum(axis=-1, keepdims=True)
    mean = total / np.maximum(distinct.sum(axis=-1, keepdims=True), 1)
    return np.asarray(gap <= TOLERANCE * np.maximum(1.0, mean))


def join_near_ties(*times: Floats) -> list[Floats]:
    """Give times, of several kinds, with each run of near ties set to the first of them."""
    values = np.unique(np.concatenate(times))
    tied = is_near_tie(values) if len(values) > 1 else np.zeros(0, np.bool_)
    if not tied.any():
        return list(times)
    starts = values[np.concatenate([[True], ~tied])]
    return [starts[np.searchsorted(starts, one, side="right") - 1] for one in times]
