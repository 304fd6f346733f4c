"""Physiological limits: nobody outside them can be drawn."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from cereblon.core.parameter import values
from cereblon.model.patients.virtual_patients import VirtualPatients

_GROUP = "patient_limits"
FLC_RATIO_NORMAL = (0.26, 1.65)  # kappa over lambda; Dispenzieri 2009, doi:10.1038/leu.2008.307


@cache
def limits() -> dict[str, tuple[float, float]]:
    """Give the lowest and highest possible value of each limited covariate, from the file patient_limits.yaml."""
    stated = values(_GROUP)
    names = [name.removesuffix("_lower") for name in stated if name.endswith("_lower")]
    return {name: (stated[f"{name}_lower"], stated[f"{name}_upper"]) for name in names}


def is_possible(patients: VirtualPatients) -> NDArray[np.bool_]:
    """Say which subjects lie within every physiological limit.

    Besides the range of each covariate: the ratio of involved to uninvolved light chain is not below the normal
    range, only light-chain disease lacks a serum M-protein, and refractoriness needs an earlier line.
    """
    possible = np.ones(len(patients), dtype=np.bool_)
    for name, (lower, upper) in limits().items():
        column = getattr(patients, name)
        possible &= (column >= lower) & (column <= upper)
    possible &= patients.involved_flc_mg_l >= FLC_RATIO_NORMAL[0] * patients.uninvolved_flc_mg_l
    possible &= (patients.isotype == 2) == (patients.m_protein_g_l == 0.0)
    possible &= ~patients.lenalidomide_refractory | (patients.prior_lines > 0)
    return possible
