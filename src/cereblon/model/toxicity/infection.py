"""Infection, pneumonia and febrile neutropenia.

Infection is all but pneumonia here; tables count pneumonia under both names.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from cereblon.model.toxicity.risk_factors import RiskFactors, Values, by_age, disease


def infection(now: RiskFactors, p: Values) -> Array:
    """Give the hazard of any grade, 1/year.

    Disease stands for the lack of normal immunoglobulins, which come back with response. Below 1e9/L neutrophils
    raise the hazard by the depth of neutropenia on the log scale.
    """
    patient, recent, disease_state = now.patient, now.recent, now.disease_state
    who = by_age(patient.age, p["by_age"]) * jnp.exp(jnp.log(p["frailty_ratio"]) * (patient.frailty - 0.5))
    added = (
        p["rate_lenalidomide"] * recent.lenalidomide
        + p["rate_dexamethasone"] * recent.dexamethasone
        + p["rate_proteasome_inhibitor"] * recent.proteasome_inhibitor
        + p["rate_daratumumab"] * disease_state.antibody
    )
    every = who * (p["rate_background"] + p["rate_disease"] * disease(disease_state.burden) + added)
    return every * (1.0 + p["by_neutropenia"] * jnp.minimum(_depth(now), 3.0))


def pneumonia(now: RiskFactors, p: Values) -> Array:
    """Give the hazard of any grade, 1/year, in proportion to that of other infection."""
    return p["pneumonia_ratio"] * infection(now, p)


def febrile_neutropenia(now: RiskFactors, p: Values) -> Array:
    """Give the hazard, 1/year: with the square of the depth of neutropenia, none at 1e9/L and above."""
    depth = _depth(now)
    return p["rate_febrile_neutropenia"] * depth * depth


def _depth(now: RiskFactors) -> Array:
    """Give the depth of neutropenia below 1e9/L, in e-folds."""
    return jnp.maximum(-jnp.log(jnp.maximum(now.disease_state.neutrophils, 1e-3)), 0.0)
