"""What is ordered and what is given in one week: program, body size, starting doses, dose rules."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from cereblon.dosing import standing
from cereblon.dosing.measures import DRUGS
from cereblon.dosing.standing import ByDrug, Standing, Starting
from cereblon.dosing.tables import RuleTables
from cereblon.simulation.inputs import Layout, Program, Subject

WEEK = 7


class Place(NamedTuple):
    """Where in the treatment a week lies; numbers from 0."""

    line: Array
    cycle: Array
    day_in_cycle: Array
    line_week: Array


class WeekOrders(NamedTuple):
    """Doses of one week by drug; each array has one entry per day, mg."""

    planned: dict[str, Array]
    given: dict[str, Array]
    route: dict[str, Array]


def known(program: Program, template: Array, place: Place, subject: Subject, layout: Layout) -> Array:
    """Give what is known of patient and course without a visit, in the order of `measures.KNOWN`."""
    highest = ordered_doses(program, template)
    given = {drug: highest[index] > 0.0 for index, drug in enumerate(layout.drugs)}
    no = jnp.zeros_like(subject.age)
    values = (
        subject.age,
        subject.crcl_ml_min,
        subject.weight_kg,
        subject.weight_kg / (0.01 * subject.height_cm) ** 2,
        subject.frailty,
        subject.prior_lines,
        program.template_maintenance[template],
        place.line + 1,
        place.cycle + 1,
        place.day_in_cycle + 1,
        WEEK * place.line_week,
        *(given.get(drug, no) for drug in DRUGS),
    )
    return jnp.stack([jnp.asarray(value, subject.age.dtype) for value in values])


def ordered_doses(program: Program, template: Array) -> ByDrug:
    """Give the highest dose that a cycle orders of each drug, in the unit of the order."""
    highest = program.template_highest[template]
    return tuple(highest[index] for index in range(program.template_dose.shape[2]))


def any_held(state: Standing, rules: RuleTables) -> Array:
    """Tell whether a drug is held for counts, so that counts are taken every week."""
    held = [word & rules.hold_counts[place] for place, word in enumerate(state.active)]
    return (held[0] | held[1] | held[2]) > 0


def week_orders(
    program: Program,
    template: Array,
    day_in_cycle: Array,
    on: Array,
    subject: Subject,
    state: Standing,
    starting: Starting,
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
    state, starting
        Where the subject stands under the rules, and the starting doses for this cycle.
    """
    n_drugs = len(layout.drugs)
    nominal = jax.lax.dynamic_slice(program.template_dose, (template, day_in_cycle, 0), (1, WEEK, n_drugs))[0]
    units, routes = program.template_unit[template], program.template_route[template]
    first = standing.lifted(starting, state)
    planned: dict[str, Array] = {}
    given: dict[str, Array] = {}
    for index, drug in enumerate(layout.drugs):
        size = _size(units[index], program.rules.surface_cap[index], subject)
        ordered = jnp.where(on, nominal[:, index], 0.0)
        dose = jnp.minimum(ordered * first.share[index], first.at_most[index])
        dose = jnp.where(_taken(first.schedule[index], day_in_cycle, dose), dose, 0.0)
        taken = _taken(state.schedule[index], day_in_cycle, dose) & ~(state.held[index] | state.stopped[index])
        planned[drug] = size * dose
        given[drug] = size * jnp.where(taken, jnp.minimum(dose, state.ceiling[index]), 0.0)
    return WeekOrders(planned, given, {drug: routes[index] for index, drug in enumerate(layout.drugs)})


def _size(unit: Array, surface_cap: Array, subject: Subject) -> Array:
    area = jnp.minimum(subject.bsa_m2, surface_cap)
    return jnp.where(unit == 1, area, jnp.where(unit == 2, subject.weight_kg, 1.0))


def _taken(schedule: Array, day_in_cycle: Array, dose: Array) -> Array:
    """Tell the days of the week on which a schedule lets a dose be taken; see `rule_set.SCHEDULES`."""
    day = day_in_cycle + jnp.arange(WEEK)
    first = jnp.cumsum(jnp.where(dose > 0.0, 1, 0)) <= 1
    allowed = jnp.where(schedule == 1, day < 21, jnp.where(schedule == 2, day % 2 == 0, first))
    return (schedule == 0) | allowed
