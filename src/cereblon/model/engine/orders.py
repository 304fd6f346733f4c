"""What is ordered and what is given in one week: program, body size, starting doses, dose rules."""

from __future__ import annotations

from functools import reduce
from operator import add, or_
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from cereblon.core.batching import for_many, stored
from cereblon.model.dosing.dosing_state import ByDrug, DosingState, StartingDoses, Words
from cereblon.model.dosing.measures import INDICATIONS, UNSIMULATED
from cereblon.model.dosing.tables import RuleTables
from cereblon.model.drugs import DRUGS
from cereblon.model.engine.inputs import Subject
from cereblon.model.engine.program import Layout, Program

WEEK = 7
NEWLY_DIAGNOSED, RELAPSED, MAINTENANCE = range(len(INDICATIONS))
Days = tuple[Array, ...]
"""One number for each day of a week: scalars, so that the compiler vectorises over subjects."""


class TreatmentPosition(NamedTuple):
    """Where in the treatment a week lies; numbers from 0."""

    line: Array
    cycle: Array
    day_in_cycle: Array
    line_week: Array


class WeekOrders(NamedTuple):
    """Doses of one week by drug and day, mg."""

    planned: dict[str, Days]
    given: dict[str, Days]
    route: dict[str, Array]


def total(doses: Days) -> Array:
    """Give the dose of a week, mg."""
    return reduce(add, doses)


def count(doses: Days) -> Array:
    """Count the days of a week that have a dose."""
    return reduce(add, (jnp.where(dose > 0.0, 1, 0) for dose in doses))


def known(program: Program, template: Array, place: TreatmentPosition, subject: Subject, layout: Layout) -> Words:
    """Give what is known of patient and course without a visit, in the order of `measures.KNOWN`."""
    highest = ordered_doses(program, template)
    given = {drug: highest[index] > 0.0 for index, drug in enumerate(layout.drugs)}
    no = jnp.zeros_like(subject.age)
    maintenance = program.template_maintenance[template]
    treated = jnp.where(subject.prior_lines + place.line > 0, RELAPSED, NEWLY_DIAGNOSED)
    values = (
        subject.age,
        subject.crcl_ml_min,
        subject.weight_kg,
        subject.weight_kg / (0.01 * subject.height_cm) ** 2,
        subject.frailty,
        subject.prior_lines,
        *(no for _ in UNSIMULATED),
        maintenance,
        jnp.where(maintenance > 0, MAINTENANCE, treated),
        place.line + 1,
        place.cycle + 1,
        place.day_in_cycle + 1,
        WEEK * place.line_week,
        *(given.get(drug, no) for drug in DRUGS),
    )
    return tuple(jnp.asarray(value, subject.age.dtype) for value in values)


def ordered_doses(program: Program, template: Array) -> ByDrug:
    """Give the highest dose that a cycle orders of each drug, in the unit of the order."""
    highest = program.template_highest[template]
    return tuple(highest[index] for index in range(program.template_dose.shape[2]))


def any_held(state: DosingState, rules: RuleTables) -> Array:
    """Tell whether a drug is held for counts, so that counts are taken every week."""
    held: Array = reduce(or_, (word & rules.hold_counts[place] for place, word in enumerate(state.active)))
    return held > 0


def week_orders(
    program: Program,
    template: Array,
    day_in_cycle: Array,
    on: Array,
    subject: Subject,
    state: DosingState,
    starting: StartingDoses,
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
        Where the subject stands under the rules, and the starting doses of this cycle.
    """
    planned, given, route = _week_orders(
        (
            program.template_dose,
            program.template_unit,
            program.template_route,
            program.rules.surface_cap,
            program.once,
        ),
        template,
        day_in_cycle,
        on,
        (subject.bsa_m2, subject.weight_kg),
        starting,
        (state.ceiling, state.schedule, state.held, state.stopped),
    )
    return WeekOrders(*(dict(zip(layout.drugs, part, strict=True)) for part in (planned, given, route)))


@for_many
def _week_orders(
    common: tuple[Array, ...],
    template: Array,
    day_in_cycle: Array,
    on: Array,
    body: tuple[Array, Array],
    starting: StartingDoses,
    rules: tuple[ByDrug, ByDrug, ByDrug, ByDrug],
) -> tuple[Array, Array, Array]:
    """Order for many: planned and given doses as [drug, day, subject], and routes as [drug, subject]."""
    doses, units, routes, surface_cap, once = common
    area, weight = body

    def gathered() -> tuple[Array, ...]:
        days = day_in_cycle[:, None] + jnp.arange(WEEK)
        nominal = jnp.where(on[:, None, None], doses[template[:, None], days], 0.0)
        ruled = (*starting, *rules)
        return (*map(jnp.stack, ruled), jnp.transpose(nominal, (2, 1, 0)), units[template].T, routes[template].T)

    share, at_most, first_schedule, ceiling, schedule, held, stopped, nominal, unit, route = stored(gathered, once)

    def days() -> tuple[Array, Array]:
        plan = _taken(first_schedule, day_in_cycle, _days(nominal * share[:, None]))
        return plan, jnp.where(held | stopped, jnp.uint32(0), _taken(schedule, day_in_cycle, plan))

    plan, taken = stored(days, once)

    def amounts() -> tuple[Array, Array]:
        dose = jnp.minimum(nominal * share[:, None], at_most[:, None])
        size = jnp.where(unit == 1, jnp.minimum(area, surface_cap[:, None]), jnp.where(unit == 2, weight, 1.0))
        return size[:, None] * jnp.where(_on(plan), dose, 0.0), size[:, None] * jnp.where(
            _on(taken), jnp.minimum(dose, ceiling[:, None]), 0.0
        )

    return (*stored(amounts, once), route)


def _days(doses: Array) -> Array:
    """Write the days of a week that have a dose as bits: [drug, subject] of [drug, day, subject]."""
    days = (jnp.where(doses[:, day] > 0.0, jnp.uint32(1 << day), jnp.uint32(0)) for day in range(WEEK))
    return reduce(or_, days)


def _on(days: Array) -> Array:
    return (days[:, None] >> jnp.arange(WEEK, dtype=jnp.uint32)[:, None] & 1) > 0


def _taken(schedule: Array, day_in_cycle: Array, days: Array) -> Array:
    """Give the days of the week, as bits, on which a schedule lets a dose be taken; see `rule_set.SCHEDULES`."""
    alternate = jnp.where(day_in_cycle % 2 == 0, jnp.uint32(0b1010101), jnp.uint32(0b0101010))
    three_weeks = jnp.where(day_in_cycle < 21, days, jnp.uint32(0))
    first = days & (~days + 1)
    return jnp.where(
        schedule == 0,
        days,
        jnp.where(schedule == 1, three_weeks, jnp.where(schedule == 2, days & alternate, first)),
    )
