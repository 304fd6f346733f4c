"""An order of draws in which the first few stand for all."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist


def representative_order(points: np.ndarray) -> np.ndarray:
    """Order points so that the first so many, however many, are spread as all of them are.

    Each next point is the one that brings those chosen nearest to the whole in energy distance (Szekely and Rizzo,
    doi:10.1016/j.jspi.2013.03.018), as in the support points of Mak and Joseph (doi:10.1214/17-AOS1629). The first
    is the one in the middle.

    Parameters
    ----------
    points
        Shape (point, coordinate), coordinates of comparable size.

    Returns
    -------
        Positions, each once.
    """
    apart = cdist(points, points)
    to_all = apart.mean(axis=1)
    chosen = np.zeros(len(points), np.int64)
    left = np.ones(len(points), np.bool_)
    to_chosen, sum_to_all, within = np.zeros(len(points)), 0.0, 0.0
    for count in range(1, len(points) + 1):
        energy = 2.0 * (sum_to_all + to_all) / count - (within + 2.0 * to_chosen) / count**2
        best = int(np.argmin(np.where(left, energy, np.inf)))
        chosen[count - 1], left[best] = best, False
        sum_to_all += to_all[best]
        within += 2.0 * to_chosen[best]
        to_chosen = to_chosen + apart[best]
    return chosen
