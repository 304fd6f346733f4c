"""Haemoglobin: slow turnover, suppressed by disease and drugs, improving with response."""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp

from cereblon.core.arrays import Value

_REFERENCE_LENALIDOMIDE = 0.087  # mg/L, mean of 25 mg a day in normal renal function


def day(
    value: Value,
    *,
    baseline: Value,
    male: Value,
    burden: Value,
    lenalidomide: Value,
    proteasome: Value,
    fall: Value,
    p: Mapping[str, Value],
) -> Value:
    """Advance haemoglobin by one day, exactly for drivers constant over the day.

    It does not fall below the limit at which blood is transfused.

    Parameters
    ----------
    value, baseline
        g/L.
    burden
        Relative to baseline; above 1 it deepens the deficit, at most twofold.
    lenalidomide
        Mean plasma concentration of the day, mg/L.
    proteasome
        Mean occupancy of the day.
    fall
        The subject's fall at the mean exposure of 25 mg, g/L.
    """
    healthy = jnp.where(male > 0.5, p["healthy_male"], p["healthy_female"])
    deficit = jnp.maximum(healthy - baseline, 0.0)
    disease = p["recovery"] * jnp.minimum(burden, 2.0) + (1.0 - p["recovery"])
    drugs = fall * lenalidomide / _REFERENCE_LENALIDOMIDE + p["fall_proteasome"] * proteasome
    target = jnp.maximum(baseline, healthy) - deficit * disease - drugs
    return jnp.maximum(target + (value - target) * jnp.exp(-p["turnover"]), p["transfusion_limit"])
