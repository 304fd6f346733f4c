"""One subject under a rule set: where it stands, and what one visit changes. Written for one subject."""

from __future__ import annotations

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from cereblon.dosing.tables import RuleTables

WEEK = 7.0


class Standing(NamedTuple):
    """What the doctor remembers of one line of treatment."""

    active: Array  # [rule] the rule's reason or hold lasts
    count: Array  # [rule] how often it has acted
    ordered: Array  # [drug] highest dose of the last cycle that ordered it
    ceiling: Array  # [drug] no dose above this, in the unit of the order
    raised: Array  # [drug] dose to which the starting limit was raised, 0 for none
    schedule: Array  # [drug]
    pending_levels: Array  # [drug] what the end of the present hold will change
    pending_at_most: Array
    pending_schedule: Array
    held: Array  # [drug]
    stopped: Array  # [drug]
    weeks_unchanged: Array  # [drug]
    support: Array  # [support] given at present


class Starting(NamedTuple):
    """Starting dose of each drug: part of the order, upper limit in its unit, and schedule."""

    share: Array
    at_most: Array
    schedule: Array


class Decision(NamedTuple):
    """What one visit changed."""

    standing: Standing
    fired: Array  # [rule] acted today
    ended: Array  # [rule] its reason or hold ended today
    stops_all: Array
    stopped: Array  # [drug] stopped for good today


def start(rules: RuleTables) -> Standing:
    """Begin a line of treatment."""
    n_rules, n_drugs = rules.drug.shape
    zero = jnp.zeros(n_drugs)
    no = jnp.zeros(n_drugs, bool)
    return Standing(
        active=jnp.zeros(n_rules, bool),
        count=jnp.zeros(n_rules),
        ordered=zero,
        ceiling=jnp.full(n_drugs, jnp.inf),
        raised=zero,
        schedule=jnp.zeros(n_drugs, jnp.int32),
        pending_levels=zero,
        pending_at_most=jnp.full(n_drugs, jnp.inf),
        pending_schedule=jnp.zeros(n_drugs, jnp.int32),
        held=no,
        stopped=no,
        weeks_unchanged=zero,
        support=jnp.zeros(rules.gives.shape[1], bool),
    )


def starting_doses(rules: RuleTables, known: Array) -> Starting:
    """Give the starting doses for a patient and a cycle; of several limits the lowest counts.

    Parameters
    ----------
    known
        Values in the order of `measures.KNOWN`.
    """
    applies = ((known[None] >= rules.start_low) & (known[None] < rules.start_high)).all(axis=1)
    own = applies[:, None] & rules.start_drug
    return Starting(
        share=_least(own, rules.start_share, 1.0),
        at_most=_least(own, rules.start_at_most, jnp.inf),
        schedule=_most(own, rules.start_schedule),
    )


def lifted(starting: Starting, standing: Standing) -> Starting:
    """Put what a rule has raised a starting dose to in its place."""
    is_raised = standing.raised > 0.0
    return starting._replace(
        at_most=jnp.where(is_raised, standing.raised, starting.at_most),
        schedule=jnp.where(is_raised, 0, starting.schedule),
    )


def dose_of(standing: Standing, starting: Starting, ordered: Array) -> tuple[Array, Array]:
    """Give the dose that is planned and the one that stands, in the unit of the order, for an ordered dose."""
    lifted_ = lifted(starting, standing)
    planned = jnp.minimum(ordered * lifted_.share, lifted_.at_most)
    given = jnp.where(standing.held | standing.stopped, 0.0, jnp.minimum(planned, standing.ceiling))
    return planned, given


def decide(
    standing: Standing,
    rules: RuleTables,
    *,
    shared: Array,
    ordered: Array,
    starting: Starting,
    counted: Array,
    on: Array,
) -> Decision:
    """Apply the rules to what is known on the first day of a week.

    A rule acts when its conditions come true, and once until they have ended; a rule about a drug only in cycles that
    order it. Rules that read counts wait for a visit with counts. Of all changes that fall together the strongest
    counts. A drug resumes when every hold on it has ended; then the strongest change of this interruption is made.

    Parameters
    ----------
    shared
        Values in the order of `measures.SHARED`; finite.
    ordered
        Highest dose that the current cycle orders of each drug, in the unit of the order, 0 for none.
    starting
        From `starting_doses` for this cycle.
    counted
        Whether there are counts today.
    on
        Whether the subject is on treatment.
    """
    is_ordered = ordered > 0.0
    reference = jnp.where(is_ordered, ordered, standing.ordered)
    allowed = lifted(starting, standing)
    target = jnp.minimum(reference * allowed.share, allowed.at_most)
    dose = jnp.minimum(standing.ceiling, target)
    fired, ended = _changed_rules(standing, rules, shared, dose, is_ordered, counted, on)
    active = (standing.active & ~ended) | fired
    own = fired[:, None] & rules.drug
    now = own & ~rules.holds[:, None]
    levels, at_most, schedule, raises, raises_to, stops, stops_all = _consequences(standing, rules)
    held = ((active & rules.holds)[:, None] & rules.drug).any(axis=0)
    pending = (
        jnp.maximum(standing.pending_levels, _most(own & ~now, levels)),
        jnp.minimum(standing.pending_at_most, _least(own & ~now, at_most)),
        jnp.maximum(standing.pending_schedule, _most(own & ~now, schedule)),
    )
    resumes = standing.held & ~held
    down = jnp.maximum(_most(now, levels), jnp.where(resumes, pending[0], 0.0))
    limit = jnp.minimum(_least(now, at_most), jnp.where(resumes, pending[1], jnp.inf))
    sparser = jnp.maximum(_most(now, schedule), jnp.where(resumes, pending[2], 0))
    lower, exhausted = _step(rules.ladder, reference, dose, down)
    higher = _rise(rules.ladder, reference, dose, _most(now, raises), target)
    reach = _most(now, raises_to)
    ceiling = jnp.where(down > 0.0, lower, standing.ceiling)
    ceiling = jnp.where(_most(now, raises) > 0.0, jnp.maximum(ceiling, higher), ceiling)
    ceiling = jnp.minimum(jnp.where(reach > 0.0, jnp.maximum(ceiling, reach), ceiling), limit)
    schedule_after = jnp.maximum(standing.schedule, sparser)
    stopped = (own & stops[:, None]).any(axis=0) | (exhausted & rules.stops_at_lowest & (down > 0.0))
    raised = jnp.where(reach > 0.0, jnp.maximum(standing.raised, reach), standing.raised)
    changed = (ceiling != standing.ceiling) | (schedule_after != standing.schedule) | (raised != standing.raised)
    changed = changed | (held != standing.held)
    after = Standing(
        active=active,
        count=standing.count + fired.astype(standing.count.dtype),
        ordered=reference,
        ceiling=ceiling,
        raised=raised,
        schedule=schedule_after,
        pending_levels=jnp.where(resumes, 0.0, pending[0]),
        pending_at_most=jnp.where(resumes, jnp.inf, pending[1]),
        pending_schedule=jnp.where(resumes, 0, pending[2]),
        held=held,
        stopped=standing.stopped | stopped,
        weeks_unchanged=jnp.where(changed, 0.0, standing.weeks_unchanged) + jnp.where(on, 1.0, 0.0),
        support=(active[:, None] & rules.gives).any(axis=0) & on,
    )
    return Decision(after, fired, ended, (fired & stops_all).any(), stopped & ~standing.stopped)


def _changed_rules(
    standing: Standing, rules: RuleTables, shared: Array, dose: Array, is_ordered: Array, counted: Array, on: Array
) -> tuple[Array, Array]:
    """Tell which rules act today and which end."""
    exact = jax.lax.Precision.HIGHEST
    by_drug = rules.drug.astype(dose.dtype)
    of_drug = jnp.stack([jnp.minimum(dose, 1e6), WEEK * standing.weeks_unchanged], axis=1)
    own_values = jnp.matmul(by_drug, of_drug, precision=exact)
    earlier = jnp.matmul(rules.earlier_of, standing.count, precision=exact)
    own_values = jnp.concatenate([own_values, earlier[:, None]], axis=1)
    own = ((own_values >= rules.own_low) & (own_values < rules.own_high)).all(axis=1)
    when = ((shared[None] >= rules.when_low) & (shared[None] < rules.when_high)).all(axis=1) & own
    until = ((shared[None] >= rules.until_low) & (shared[None] < rules.until_high)).all(axis=1)
    over = jnp.where(rules.until_is_met, until, ~(until & (own | ~rules.until_own)))
    possible = (rules.drug & (is_ordered & ~standing.stopped)[None]).any(axis=1) | ~rules.drug.any(axis=1)
    fired = ~standing.active & when & possible & on & (counted | ~rules.needs_count)
    ended = standing.active & over & on & (counted | ~rules.until_needs_count)
    return fired, ended


def _consequences(standing: Standing, rules: RuleTables) -> tuple[Array, ...]:
    """Take the change of each rule that belongs to this time of acting."""
    time = jnp.where(
        rules.cycles,
        standing.count - rules.n_then * jnp.floor(standing.count / rules.n_then),
        jnp.minimum(standing.count, rules.n_then - 1.0),
    )
    places = jnp.arange(rules.reduces.shape[1], dtype=time.dtype)
    chosen = time[:, None] == places[None]

    def of(table: Array, empty: float) -> Array:
        picked: Array = jnp.where(chosen, table, jnp.asarray(empty, table.dtype))
        return picked.min(axis=1) if empty else picked.max(axis=1)

    tables = (rules.reduces, rules.at_most, rules.schedule, rules.raises, rules.raises_to)
    numbers = (of(table, jnp.inf if table is rules.at_most else 0.0) for table in tables)
    flags = ((chosen & table).any(axis=1) for table in (rules.stops, rules.stops_all))
    return (*numbers, *flags)


def _most(own: Array, values: Array) -> Array:
    return jnp.where(own, values[:, None], jnp.zeros((), values.dtype)).max(axis=0)


def _least(own: Array, values: Array, none: float = math.inf) -> Array:
    return jnp.where(own, values[:, None], none).min(axis=0)


def _levels(ladder: Array, ordered: Array) -> Array:
    """Take for each drug the ladder with the lowest top that reaches the ordered dose, or the highest."""
    levels = ladder[:, 0]
    for place in range(1, ladder.shape[1]):
        further = (levels[:, 0] < ordered) & (ladder[:, place, 0] > 0.0)
        levels = jnp.where(further[:, None], ladder[:, place], levels)
    return levels


def _step(ladder: Array, ordered: Array, dose: Array, down: Array) -> tuple[Array, Array]:
    """Give the dose `down` levels lower, and whether the ladder ended before that."""
    levels = _levels(ladder, ordered)
    real = levels > 0.0
    place = (real & (levels >= dose[:, None])).sum(axis=1) + down - 1.0
    last = real.sum(axis=1) - 1.0
    wanted = jnp.clip(place, 0.0, jnp.maximum(last, 0.0))
    chosen = jnp.arange(levels.shape[1], dtype=wanted.dtype)[None] == wanted[:, None]
    lower = jnp.where(chosen, levels, 0.0).sum(axis=1)
    return jnp.where(last < 0.0, dose, jnp.minimum(lower, dose)), place > last


def _rise(ladder: Array, ordered: Array, dose: Array, up: Array, target: Array) -> Array:
    """Give the dose `up` levels higher, at most the starting dose."""
    levels = _levels(ladder, ordered)
    place = (levels > dose[:, None]).sum(axis=1) - up
    chosen = jnp.arange(levels.shape[1], dtype=place.dtype)[None] == jnp.maximum(place, 0.0)[:, None]
    return jnp.minimum(jnp.where(chosen, levels, 0.0).sum(axis=1), target)
