"""Residual error: what an assay reports of a concentration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Draws = NDArray[np.floating[Any]]


def log_sd(concentration: Floats, hours_after_dose: Floats, p: Mapping[str, float]) -> Floats:
    """Give the standard deviation of the logarithm of a measured concentration.

    Ixazomib's settles after a dose, elotuzumab's falls with concentration; the others are constant.

    Parameters
    ----------
    concentration
        mg/L.
    hours_after_dose
        Since the latest dose, h.
    p
        `drug_values` of the drug.
    """
    if "residual_log_early" in p:
        fading = np.exp(-p["residual_log_settling"] / 24.0 * hours_after_dose)  # rates are kept per day
        return p["residual_log"] + (p["residual_log_early"] - p["residual_log"]) * fading
    if "residual_half" in p:
        share = concentration / (p["residual_half"] + concentration)
        return p["residual_log_low"] - (p["residual_log_low"] - p["residual_log_high"]) * share
    return np.full_like(concentration, p.get("residual_log", 0.0))


def measured(
    concentration: Floats, hours_after_dose: Floats, p: Mapping[str, float], first: Draws, second: Draws
) -> Floats:
    """Give the concentration that an assay reports.

    Parameters
    ----------
    concentration
        True, mg/L.
    hours_after_dose
        Since the latest dose, h, of the same shape.
    p
        `drug_values` of the drug: `residual_log`, `residual_proportional`, `residual_additive`.
    first, second
        Standard normal draws of the same shape, for the relative and the additive part.

    Returns
    -------
        mg/L; an additive error that would go below zero reports zero.
    """
    relative = np.exp(log_sd(concentration, hours_after_dose, p) * first)
    share = 1.0 + p.get("residual_proportional", 0.0) * first
    reported: Floats = concentration * relative * share + p.get("residual_additive", 0.0) * second
    return np.maximum(reported, 0.0)
