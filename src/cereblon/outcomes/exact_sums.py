"""Sums of amounts without rounding: neither order nor parts show in them."""

from __future__ import annotations

import numpy as np

from cereblon.outcomes.subject_index import Floats, Ints

_COARSE, _FINE = 2.0**20, 2.0**52  # to the mg: a nanogram each, and what is left of it in units that add up too


def sum_exactly(place: Ints, value: Floats, count: int) -> Ints:
    """Add values up by place, as whole numbers of two units that add up without rounding.

    Parameters
    ----------
    place
        Of each value, from 0 on.
    value
        Below a million; parts below 1e-15 do not count.
    count
        Number of places.

    Returns
    -------
        One row per place; `value_of` gives the sums.
    """
    whole = np.rint(value * _COARSE)
    rest = np.rint((value - whole / _COARSE) * _FINE)
    sums = np.zeros((count, 2), np.int64)
    np.add.at(sums, place, np.stack([whole, rest], axis=1).astype(np.int64))
    return sums


def value_of(sums: Ints) -> Floats:
    """Give sums of `sum_exactly` as numbers."""
    return np.asarray(sums[:, 0] / _COARSE + sums[:, 1] / _FINE, dtype=np.float64)
