"""Lenalidomide under the US label: starting dose by renal function, holds and reductions by counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

LADDER_MG = (25.0, 20.0, 15.0, 10.0, 5.0, 2.5)


class LenalidomideRule(NamedTuple):
    """Where one subject stands on the ladder."""

    ceiling_mg: Array  # no dose above this
    alternate_days: Array  # True: every other day
    held: Array
    held_for_neutrophils: Array
    neutropenic_falls: Array  # number of holds for neutrophils so far


def start(crcl: Array, maintenance: Array, p: Mapping[str, Array]) -> LenalidomideRule:
    """Give the starting dose by creatinine clearance (mL/min), for combination or maintenance.

    From the upper limit on the regimen's own dose is given, whatever it is.
    """
    full, middle = crcl >= p["crcl_full_dose"], crcl >= p["crcl_middle_dose"]
    combination = jnp.where(full, jnp.inf, jnp.where(middle, p["middle_dose"], p["low_dose_alternate_days"]))
    alone = jnp.where(full, jnp.inf, jnp.where(middle, p["maintenance_middle_dose"], p["maintenance_low_dose"]))
    no = jnp.zeros_like(crcl, dtype=bool)
    return LenalidomideRule(
        ceiling_mg=jnp.where(maintenance, alone, combination),
        alternate_days=~middle & ~maintenance,
        held=no,
        held_for_neutrophils=no,
        neutropenic_falls=jnp.zeros_like(crcl),
    )


def decide(
    rule: LenalidomideRule,
    *,
    nominal_mg: Array,
    neutrophils: Array,
    platelets: Array,
    measured: Array,
    maintenance: Array,
    p: Mapping[str, Array],
) -> LenalidomideRule:
    """Apply the label to one set of counts.

    Below 30 platelets: hold, resume one level lower. Below 1.0 neutrophils: hold, resume at the same dose the first
    time when neutropenia is the only toxicity, one level lower later. In maintenance the neutrophil limit is 0.5 and
    every hold costs a level; the floor there is 5 mg. Counts begin a hold only in cycles that order lenalidomide: the
    cytopenia of a transplant is not held against it.

    Parameters
    ----------
    nominal_mg
        Dose ordered by the regimen on treatment days of this cycle, mg; 0 for none.
    neutrophils, platelets
        Measured, 1e9/L.
    measured
        Whether there are counts at this visit; without counts nothing changes.
    """
    anc_limit = jnp.where(maintenance, p["anc_hold_maintenance"], p["anc_hold"])
    low_anc, low_platelets = neutrophils < anc_limit, platelets < p["platelet_hold"]
    low = low_anc | low_platelets
    begins = measured & low & ~rule.held & (nominal_mg > 0.0)
    ends = measured & ~low & rule.held
    falls = rule.neutropenic_falls + jnp.where(begins & low_anc, 1.0, 0.0)
    only_neutrophils = jnp.where(begins, ~low_platelets, rule.held_for_neutrophils & ~(measured & low_platelets))
    keeps_dose = only_neutrophils & (falls <= 1.0) & ~maintenance
    floor = jnp.where(maintenance, 5.0, LADDER_MG[-1])
    dose = jnp.minimum(rule.ceiling_mg, jnp.where(nominal_mg > 0.0, nominal_mg, LADDER_MG[0]))
    lower = jnp.maximum(next_level(dose), jnp.minimum(floor, rule.ceiling_mg))
    return rule._replace(
        ceiling_mg=jnp.where(ends & ~keeps_dose, lower, rule.ceiling_mg),
        held=(rule.held | begins) & ~ends,
        held_for_neutrophils=only_neutrophils,
        neutropenic_falls=falls,
    )


def next_level(dose_mg: Array) -> Array:
    """Give the next lower dose of the ladder, mg; the lowest stays."""
    lower = jnp.full_like(dose_mg, LADDER_MG[-1])
    for level in reversed(LADDER_MG):
        lower = jnp.where(level < dose_mg, level, lower)
    return lower
