"""What is ordered and what is given in one week: program, body size, renal function, dose rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from cereblon.dosing import bortezomib, lenalidomide
from cereblon.simulation.inputs import Layout, Program, Subject

WEEK = 7


class Rules(NamedTuple):
    """Where one subject stands under the rule set."""

    lenalidomide: lenalidomide.LenalidomideRule
    bortezomib: bortezomib.BortezomibRule
    others_held: Array  # ixazomib and carfilzomib


class WeekOrders(NamedTuple):
    """Doses of one week by drug; each array has one entry per day, mg."""

    planned: dict[str, Array]
    given: dict[str, Array]
    route: dict[str, Array]


def start_rules(subject: Subject, maintenance: Array, p: Mapping[str, Array]) -> Rules:
    """Give the standing at the start of a line."""
    return Rules(
        lenalidomide=lenalidomide.start(subject.crcl_ml_min, maintenance, p),
        bortezomib=bortezomib.start(subject.crcl_ml_min),
        others_held=jnp.zeros_like(maintenance),
    )


def decide(
    rules: Rules,
    *,
    neutrophils: Array,
    platelets: Array,
    measured: Array,
    neuropathy_grade: Array,
    highest: Array,
    maintenance: Array,
    p: Mapping[str, Array],
    layout: Layout,
) -> Rules:
    """Apply the US label to the counts and the neuropathy grade of one visit.

    Parameters
    ----------
    highest
        Highest dose that the current cycle orders of each drug, [drug].
    """
    dose = dict(zip(layout.drugs, highest, strict=True))
    none = jnp.zeros_like(neutrophils)
    others = jnp.maximum(dose.get("ixazomib", none), dose.get("carfilzomib", none)) > 0.0
    low = (platelets < p["other_platelet_hold"]) | (neutrophils < p["other_anc_hold"])
    return Rules(
        lenalidomide=lenalidomide.decide(
            rules.lenalidomide,
            nominal_mg=dose.get("lenalidomide", none),
            neutrophils=neutrophils,
            platelets=platelets,
            measured=measured,
            maintenance=maintenance,
            p=p,
        ),
        bortezomib=bortezomib.decide(
            rules.bortezomib,
            ordered=dose.get("bortezomib", none) > 0.0,
            neutrophils=neutrophils,
            platelets=platelets,
            measured=measured,
            neuropathy_grade=neuropathy_grade,
            p=p,
        ),
        others_held=jnp.where(measured, low & others, rules.others_held),
    )


def any_held(rules: Rules) -> Array:
    """Tell whether a drug is held for counts, so that counts are taken every week."""
    return rules.lenalidomide.held | rules.bortezomib.held_for_counts | rules.others_held


def week_orders(
    program: Program,
    template: Array,
    day_in_cycle: Array,
    on: Array,
    subject: Subject,
    rules: Rules,
    p: Mapping[str, Array],
    layout: Layout,
) -> WeekOrders:
    """Look up the week's orders and apply body size, starting doses, reductions and holds.

    Parameters
    ----------
    template
        Template of the current cycle.
    day_in_cycle
        Days of the cycle that have passed, a multiple of 7.
    on
        Whether the subject is on treatment.
    """
    n_drugs = len(layout.drugs)
    nominal = jax.lax.dynamic_slice(program.template_dose, (template, day_in_cycle, 0), (1, WEEK, n_drugs))[0]
    units, routes = program.template_unit[template], program.template_route[template]
    maintenance = program.template_maintenance[template]
    started = lenalidomide.start(subject.crcl_ml_min, maintenance, p)
    planned: dict[str, Array] = {}
    given: dict[str, Array] = {}
    for index, drug in enumerate(layout.drugs):
        mg = jnp.where(on, nominal[:, index] * _size(units[index], drug, subject, p), 0.0)
        if not layout.apply_rules:
            planned[drug] = given[drug] = mg
        elif drug == "lenalidomide":
            planned[drug] = _lenalidomide(mg, started, day_in_cycle)
            # The line may have begun under another starting dose than that of its maintenance.
            reduced = jnp.minimum(planned[drug], rules.lenalidomide.ceiling_mg)
            given[drug] = jnp.where(rules.lenalidomide.held, 0.0, reduced)
        elif drug == "dexamethasone":
            planned[drug] = given[drug] = mg * jnp.where(subject.age > p["dexamethasone_age"], 0.5, 1.0)
        elif drug == "bortezomib":
            planned[drug], given[drug] = mg, _bortezomib(mg, rules.bortezomib)
        elif drug in ("ixazomib", "carfilzomib"):
            planned[drug], given[drug] = mg, jnp.where(rules.others_held, 0.0, mg)
        else:
            planned[drug] = given[drug] = mg
    return WeekOrders(planned, given, {drug: routes[index] for index, drug in enumerate(layout.drugs)})


def _size(unit: Array, drug: str, subject: Subject, p: Mapping[str, Array]) -> Array:
    area = jnp.minimum(subject.bsa_m2, p["carfilzomib_bsa_cap"]) if drug == "carfilzomib" else subject.bsa_m2
    return jnp.where(unit == 1, area, jnp.where(unit == 2, subject.weight_kg, 1.0))


def _lenalidomide(mg: Array, rule: lenalidomide.LenalidomideRule, day_in_cycle: Array) -> Array:
    capped = jnp.minimum(mg, rule.ceiling_mg)
    skipped = (day_in_cycle + jnp.arange(WEEK)) % 2 == 1
    return jnp.where(rule.alternate_days & skipped, 0.0, capped)


def _bortezomib(mg: Array, rule: bortezomib.BortezomibRule) -> Array:
    first = jnp.cumsum(jnp.where(mg > 0.0, 1, 0)) <= 1
    return mg * bortezomib.factor(rule) * jnp.where(rule.weekly & ~first, 0.0, 1.0)
