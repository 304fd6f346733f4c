"""Drugs whose strength no trial has fitted: it differs from draw to draw as that of others did before their fit.

Held at its judged value, such a strength would pass for known, and the interval of a trial of the drug would be that
of a drug which trials have measured.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from statistics import NormalDist

UNFITTED: tuple[tuple[str, str], ...] = (
    ("elotuzumab", "kill"),
    ("isatuximab", "kill_ratio"),
    ("pomalidomide", "kill_ratio"),
)
"""Drug and parameter of its strength; each is judged."""
SPREAD = 0.6
"""Standard deviation on the logarithm: the prior of the kill rates that are fitted (`calibration/priors.yaml`)."""
_STEPS = (0.8191725134, 0.6180339887, 0.7320508076)
"""Irrational, one for each drug: their multiples fill the interval from 0 to 1 evenly, however many are taken."""


def strength(drug: str, number: int, centre: float) -> float:
    """Give the strength of a drug in a draw.

    Parameters
    ----------
    drug
        One of `UNFITTED`.
    number
        Of the draw, from 0; the first few lie evenly over the prior, however many they are.
    centre
        The judged value, its median over draws.
    """
    step = _STEPS[[name for name, _ in UNFITTED].index(drug)]
    return centre * math.exp(SPREAD * NormalDist().inv_cdf((0.5 + step * (number + 1)) % 1.0))


def drawn_strengths(
    number: int, parameters: Mapping[str, Mapping[str, float]], fitted: Collection[tuple[str, str]]
) -> dict[tuple[str, str], float]:
    """Give the strengths of a draw, by drug and parameter; of those that are fitted none."""
    return {
        (drug, name): strength(drug, number, parameters[drug][name])
        for drug, name in UNFITTED
        if (drug, name) not in fitted and name in parameters.get(drug, {})
    }
