"""Hazards of death and of stopping treatment, per day.

Death may depend on the true burden: it is biology, not a clinical rule.
"""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp

from cereblon.core.arrays import Value
from cereblon.core.time_units import DAYS_PER_YEAR


def background_hazard(age: Value, male: Value, frailty: Value, p: Mapping[str, Value]) -> Value:
    """Give the hazard of death without myeloma, 1/day; age in years, frailty 0 fit to 2 frail."""
    sex = jnp.where(male > 0.5, 1.0, p["background_female"])
    yearly = p["background_rate"] * jnp.exp(p["background_by_age"] * age) * sex
    return yearly * p["frailty_ratio"] ** (frailty - 0.5) / DAYS_PER_YEAR


def disease_hazard(burden: Value, iss: Value, lines_failed: Value, p: Mapping[str, Value]) -> Value:
    """Give the hazard of death from myeloma, 1/day; burden relative to baseline."""
    yearly = p["disease_rate"] * jnp.maximum(burden, 1e-9) ** p["disease_by_burden"]
    return yearly * jnp.exp(p["disease_by_line"] * lines_failed + p["disease_iss"] * (iss - 2.0)) / DAYS_PER_YEAR


def treatment_hazard(age: Value, on_treatment: Value, p: Mapping[str, Value]) -> Value:
    """Give the hazard of death from treatment, 1/day; it rises with age as background mortality does."""
    return on_treatment * p["treatment_rate"] * jnp.exp(p["background_by_age"] * (age - 65.0)) / DAYS_PER_YEAR


def stop_hazard(age: Value, on_treatment: Value, on_proteasome_inhibitor: Value, p: Mapping[str, Value]) -> Value:
    """Give the hazard of stopping all treatment for reasons other than progression and dose rules, 1/day."""
    yearly = (p["stop_rate"] + p["stop_by_proteasome_inhibitor"] * on_proteasome_inhibitor) * jnp.exp(
        p["stop_by_age"] * (age - 65.0)
    )
    return on_treatment * yearly / DAYS_PER_YEAR
