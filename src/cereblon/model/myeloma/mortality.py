"""Hazards of death and of stopping treatment, per day.

Death may depend on the true burden: it is biology, not a clinical rule.
"""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp

from cereblon.core.arrays import Value
from cereblon.core.time_units import DAYS_PER_YEAR


def background_hazard(age: Value, age_at_entry: Value, male: Value, frailty: Value, p: Mapping[str, Value]) -> Value:
    """Give the hazard of death without myeloma, 1/day: that of a life table for the usual frailty of an age.

    The frailty group, 0 fit to 2 frail, has points for age in it, which the life table has too; what counts is by how
    much a patient differs at entry from what is usual at that age.

    Parameters
    ----------
    age, age_at_entry
        Years, today and when frailty was judged.
    male, frailty
        1 for men; group at entry.
    """
    sex = jnp.where(male > 0.5, 1.0, p["background_female"])
    yearly = p["background_ratio"] * p["background_rate"] * jnp.exp(p["background_by_age"] * age) * sex
    young = jnp.where(age_at_entry < 76.0, p["frailty_usual_to_75"], p["frailty_usual_76_to_80"])
    usual = jnp.where(age_at_entry < 81.0, young, 2.0)
    return yearly * p["frailty_ratio"] ** (frailty - usual) / DAYS_PER_YEAR


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
