"""Many subjects at one visit under one rule set.

Arrays have the subject last, so that every operation runs along subjects. Flags of rules are bits of words: one
operation settles 32 rules. Gone through one by one are the conditions, each once however many rules read it, and the
rules that act on someone today; neither the number of rules nor their content is part of the compiled program.
"""

from __future__ import annotations

from functools import reduce
from operator import add, or_
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from cereblon.model.dosing import tables
from cereblon.model.dosing.measures import INDICATIONS, SHARED
from cereblon.model.dosing.tables import BITS, WORDS, RuleTables

WEEK = 7.0
TOGETHER = 4  # conditions that one turn of the loop looks at
INDICATION, RELAPSED = SHARED.index("indication"), INDICATIONS.index("relapsed")


class BatchState(NamedTuple):
    """`dosing_state.DosingState` of many subjects."""

    active: Array  # [word, subject]
    time: tuple[Array, Array]
    after: Array  # [counted rule, subject]
    lasting: Array  # [lasting limit, subject]
    ordered: Array  # [drug, subject]
    ceiling: Array
    raised: Array
    schedule: Array
    pending: Array
    held: Array
    stopped: Array
    weeks_unchanged: Array
    support: Array  # [subject]


ROWS = tuple(name for name in BatchState._fields if name not in ("time", "support"))
"""Fields that are tuples of one subject's numbers."""


class BatchStartingDoses(NamedTuple):
    """Starting doses, each [drug, subject]."""

    share: Array
    at_most: Array
    schedule: Array


class BatchDecision(NamedTuple):
    """`dosing_state.Decision` of many subjects."""

    state: BatchState
    starting: BatchStartingDoses
    dose: Array
    fired: Array
    ended: Array
    stops_all: Array
    stopped: Array
    counted: Array
    waits: Array


def visit(
    state: BatchState, rules: RuleTables, shared: Array, ordered: Array, counted: Array, fresh: Array, on: Array
) -> BatchDecision:
    """Decide for everyone; see `dosing_state.visit`.

    Parameters
    ----------
    shared
        [value, subject].
    ordered
        [drug, subject].
    """
    state = _begun(state, fresh)
    reference = jnp.where(ordered > 0.0, ordered, state.ordered)
    state = state._replace(ordered=reference)
    failed = jnp.zeros((tables.NEEDS, *on.shape), jnp.uint32)
    failed = _look(rules, shared, 0, rules.n_shared, failed)
    first = _starting(rules, failed[-1], ordered.shape)
    target = _planned(first, state, reference)
    dose = jnp.minimum(state.ceiling, target)
    counted = counted | (on & _any(~failed[:WORDS], rules.asks_counts[None])[0])
    lasting = _lasting(state.lasting, rules, shared, counted)
    own = jnp.concatenate([jnp.minimum(dose, 1e6), WEEK * state.weeks_unchanged, state.after, WEEK * (lasting - 1.0)])
    failed = _look(rules, own, rules.n_shared, rules.n_conditions, failed)
    acts = _words(state, rules, failed, ordered, counted, on)
    change = _changes(rules, acts, state.time, len(ordered))
    levels = _levels(rules, reference, shared[INDICATION] == RELAPSED)
    after, stopped = _drugs(state, rules, levels, dose, target, change, acts.held, on)
    after = after._replace(
        active=acts.lasts,
        time=acts.following,
        after=state.after + _any(acts.fires, rules.counts).astype(state.after.dtype),
        lasting=lasting,
        stopped=state.stopped | stopped,
        support=jnp.where(on, _word(_any(acts.lasts, rules.gives)), jnp.uint32(0)),
    )
    starting = _lifted(first, after)
    given = jnp.minimum(_planned(first, after, ordered), after.ceiling)
    return BatchDecision(
        state=after,
        starting=starting,
        dose=jnp.where(after.held | after.stopped, 0.0, given),
        fired=acts.fires,
        ended=acts.ends,
        stops_all=(reduce(or_, change) >> tables.STOP_ALL & 1) > 0,
        stopped=stopped & ~state.stopped,
        counted=counted,
        waits=on & _any(acts.lasts, rules.delays[None])[0],
    )


def _begun(state: BatchState, fresh: Array) -> BatchState:
    """Forget everything where a line begins."""
    empty = jax.tree.map(jnp.zeros_like, state)._replace(ceiling=jnp.full_like(state.ceiling, jnp.inf))
    begun: BatchState = jax.tree.map(lambda new, old: jnp.where(fresh, new, old), empty, state)
    return begun


def _look(rules: RuleTables, values: Array, begin: Array | int, end: Array, failed: Array) -> Array:
    """Mark the rules whose needs are not met by the conditions from `begin` to `end`.

    Parameters
    ----------
    values
        [value, subject]: what these conditions read.
    failed
        [word of needs, subject].
    """

    def turn(number: Array, failed: Array) -> Array:
        for place in range(TOGETHER):
            # Beyond the end stand conditions that nobody needs.
            condition = begin + number * TOGETHER + place
            condition = jnp.where(condition < end, condition, tables.MOST_CONDITIONS)
            value = _row(values, rules.reads[condition])
            holds = (value >= rules.low[condition]) & (value < rules.high[condition])
            failed = failed | jnp.where(holds[None], jnp.uint32(0), rules.needs[condition][:, None])
        return failed

    found: Array = jax.lax.fori_loop(0, (end - begin + TOGETHER - 1) // TOGETHER, turn, failed)
    return found


def _lasting(weeks: Array, rules: RuleTables, shared: Array, counted: Array) -> Array:
    """Count the weeks at which limits have held, the one in which that began included; 0 where they do not hold."""

    def turn(place: Array, weeks: Array) -> Array:
        value, before = _row(shared, rules.lasting_reads[place]), _row(weeks, place)
        passed = jnp.where(before > 0.0, before + 1.0, 0.0)
        holds = (value >= rules.lasting_low[place]) & (value < rules.lasting_high[place])
        seen = counted | ~rules.lasting_counts[place]
        return _with_row(weeks, place, jnp.where(seen, jnp.where(holds, jnp.maximum(passed, 1.0), 0.0), passed))

    found: Array = jax.lax.fori_loop(0, rules.n_lasting, turn, weeks)
    return found


def _row(values: Array, number: Array) -> Array:
    row: Array = jax.lax.dynamic_index_in_dim(values, number, keepdims=False)
    return row


def _with_row(values: Array, number: Array, row: Array) -> Array:
    changed: Array = jax.lax.dynamic_update_index_in_dim(values, row, number, 0)
    return changed


def _starting(rules: RuleTables, failed: Array, shape: tuple[int, ...]) -> BatchStartingDoses:
    def turn(row: Array, found: BatchStartingDoses) -> BatchStartingDoses:
        applies = (failed >> row.astype(jnp.uint32) & 1) == 0
        drug = rules.start_drug[row]
        share = jnp.where(applies, rules.start_share[row], 1.0)
        at_most = jnp.where(applies, rules.start_at_most[row], jnp.inf)
        schedule = jnp.where(applies, rules.start_schedule[row], 0)
        return BatchStartingDoses(
            _with_row(found.share, drug, jnp.minimum(_row(found.share, drug), share)),
            _with_row(found.at_most, drug, jnp.minimum(_row(found.at_most, drug), at_most)),
            _with_row(found.schedule, drug, jnp.maximum(_row(found.schedule, drug), schedule)),
        )

    first = BatchStartingDoses(jnp.ones(shape), jnp.full(shape, jnp.inf), jnp.zeros(shape, jnp.int32))
    starting: BatchStartingDoses = jax.lax.fori_loop(0, rules.n_starts, turn, first)
    return starting


def _lifted(starting: BatchStartingDoses, state: BatchState) -> BatchStartingDoses:
    """Put what a rule has raised a starting dose to in its place."""
    is_raised = state.raised > 0.0
    return starting._replace(
        at_most=jnp.where(is_raised, state.raised, starting.at_most),
        schedule=jnp.where(is_raised, 0, starting.schedule),
    )


def _planned(starting: BatchStartingDoses, state: BatchState, ordered: Array) -> Array:
    """Give the dose that is planned, in the unit of the order."""
    first = _lifted(starting, state)
    return jnp.minimum(ordered * first.share, first.at_most)


class _Acts(NamedTuple):
    """What the rules do today, [word, subject] each but the last."""

    fires: Array
    ends: Array
    lasts: Array
    following: tuple[Array, Array]  # which change comes next
    held: Array  # [drug, subject]


def _words(state: BatchState, rules: RuleTables, failed: Array, ordered: Array, counted: Array, on: Array) -> _Acts:
    low, high = state.time
    all_bits, none = jnp.uint32(0xFFFFFFFF), jnp.uint32(0)
    may = jnp.where((ordered > 0.0) & ~state.stopped, all_bits, none)
    is_open = reduce(or_, (of[:, None] & word[None] for of, word in zip(rules.of_drug, may, strict=True)))
    is_open = is_open | rules.of_nobody[:, None]
    uncounted, present = jnp.where(counted, none, all_bits)[None], jnp.where(on, all_bits, none)[None]
    met, over = ~failed[:WORDS], failed[WORDS : 2 * WORDS] ^ rules.until_is_met[:, None]
    fires = met & ~state.active & is_open & present & ~(uncounted & rules.needs_count[:, None])
    ends = state.active & over & present & ~(uncounted & rules.until_needs_count[:, None])
    lasts = (state.active & ~ends) | fires
    # Is the change of today before the last one? Then the next follows; else it stays, or the first comes again.
    last_low, last_high, again = rules.last_low[:, None], rules.last_high[:, None], rules.cycles[:, None]
    before = (~high & last_high) | (~(high ^ last_high) & ~low & last_low)
    next_low, next_high = (
        (before & ~low) | (~before & ~again & low),
        (before & (high ^ low)) | (~before & ~again & high),
    )
    following = ((fires & next_low) | (~fires & low), (fires & next_high) | (~fires & high))
    return _Acts(fires, ends, lasts, following, _any(lasts & rules.holds[:, None], rules.of_drug))


def _any(words: Array, masks: Array) -> Array:
    """Tell for each of some sets of rules, [set, word], who has one of them, [set, subject]."""
    return reduce(or_, ((masks[:, place, None] & words[place][None]) > 0 for place in range(WORDS)))


def _word(flags: Array) -> Array:
    """Write flags, [flag, subject], as bits of one word."""
    word: Array = reduce(or_, (flag.astype(jnp.uint32) << place for place, flag in enumerate(flags)))
    return word


def _changes(rules: RuleTables, acts: _Acts, time: tuple[Array, Array], n_drugs: int) -> Array:
    """Gather the changes that rules make, as bits: [2 for each drug and 1, subject].

    Those to make at once stand first, those for the end of a hold last; in between those of no drug.
    """
    size = acts.fires.shape[1:]

    def turn(carry: tuple[Array, Array]) -> tuple[Array, Array]:
        left, found = carry
        word = jnp.argmax(left > 0)
        lowest = left[word] & (~left[word] + 1)
        bit = jax.lax.population_count(lowest - 1)
        row = BITS * word + bit.astype(word.dtype)
        place = (_row(time[0], word) >> bit & 1) + 2 * (_row(time[1], word) >> bit & 1)
        listed = rules.changes[row]
        change = reduce(or_, (jnp.where(place == number, one, 0) for number, one in enumerate(listed)))
        change = jnp.where((_row(acts.fires, word) >> bit & 1) > 0, change, jnp.uint32(0))
        here = rules.place[row]
        return left.at[word].set(left[word] ^ lowest), _with_row(found, here, _row(found, here) | change)

    anyone = jax.lax.reduce(acts.fires, jnp.uint32(0), jax.lax.bitwise_or, (1,))
    empty = jnp.zeros((2 * n_drugs + 1, *size), jnp.uint32)
    found: Array = jax.lax.while_loop(lambda carry: (carry[0] > 0).any(), turn, (anyone, empty))[1]
    return found


def _drugs(
    state: BatchState,
    rules: RuleTables,
    levels: tuple[Array, ...],
    dose: Array,
    target: Array,
    change: Array,
    held: Array,
    on: Array,
) -> tuple[BatchState, Array]:
    """Make the strongest of the changes of today, and of a hold that has ended; tell also which drugs stop."""
    n_drugs = len(dose)
    now, later = change[:n_drugs], change[n_drugs + 1 :]
    resumes = state.held & ~held
    pending = state.pending | later
    to_make = now | jnp.where(resumes, pending, jnp.uint32(0))
    down, up = _number(to_make, tables.REDUCE, tables.MOST_LEVELS), _number(to_make, tables.RAISE, tables.MOST_RISE)
    limit, reach = jnp.full_like(dose, jnp.inf), jnp.zeros_like(dose)
    for number in range(tables.LIMITS):
        listed = _flag(to_make, tables.AT_MOST + number)
        limit = jnp.where(listed, jnp.minimum(limit, rules.at_most[:, number, None]), limit)
    for number in range(tables.REACHES):
        reach = jnp.where(_flag(to_make, tables.RAISE_TO + number), rules.raise_to[:, number, None], reach)
    # While a drug is held nothing raises it.
    up, reach = jnp.where(held, 0.0, up), jnp.where(held, 0.0, reach)
    lower, exhausted = _step(levels, dose, down)
    ceiling = jnp.where(down > 0.0, lower, state.ceiling)
    higher = jnp.minimum(_rise(levels, dose, up), target)
    ceiling = jnp.where(up > 0.0, jnp.maximum(ceiling, higher), ceiling)
    ceiling = jnp.minimum(jnp.where(reach > 0.0, jnp.maximum(ceiling, reach), ceiling), limit)
    schedule = jnp.maximum(state.schedule, _number(to_make, tables.SCHEDULE, 3).astype(jnp.int32))
    raised = jnp.maximum(state.raised, reach)
    changed = (ceiling != state.ceiling) | (schedule != state.schedule)
    changed = changed | (raised != state.raised) | (held != state.held)
    after = state._replace(
        ceiling=ceiling,
        raised=raised,
        schedule=schedule,
        pending=jnp.where(resumes, jnp.uint32(0), pending),
        held=held,
        weeks_unchanged=jnp.where(changed, 0.0, state.weeks_unchanged) + jnp.where(on, 1.0, 0.0)[None],
    )
    # To stop does not wait for the end of a hold.
    at_once = _flag(now | later, tables.STOP)
    return after, at_once | (exhausted & (down > 0.0) & rules.stops_at_lowest[:, None])


def _flag(change: Array, bit: int) -> Array:
    return (change >> bit & 1) > 0


def _number(change: Array, first: int, count: int) -> Array:
    """Read a number that is written as so many bits in a row."""
    return reduce(add, ((change >> first + place & 1) for place in range(count))).astype(jnp.float32)


def _levels(rules: RuleTables, ordered: Array, is_relapsed: Array) -> tuple[Array, ...]:
    """Take the ladder with the lowest top that reaches the ordered dose, or the highest; 0 past its last level.

    A drug with a ladder of its own for relapsed disease is on that one there.
    """
    ladders = rules.ladder
    chosen = [ladders[:, 0, level, None] for level in range(tables.N_LEVELS)]
    top = chosen[0]
    for number in range(1, tables.N_LADDERS):
        further = (top < ordered) & (ladders[:, number, 0, None] > 0.0)
        chosen = [jnp.where(further, ladders[:, number, level, None], here) for level, here in enumerate(chosen)]
        top = chosen[0]
    own = is_relapsed[None] & (rules.relapsed[:, 0, None] > 0.0)
    return tuple(jnp.where(own, rules.relapsed[:, level, None], here) for level, here in enumerate(chosen))


def _step(levels: tuple[Array, ...], dose: Array, down: Array) -> tuple[Array, Array]:
    """Give the dose `down` levels lower, at least the lowest, and whether the ladder ended before that."""
    n_levels = reduce(add, (jnp.where(level > 0.0, 1.0, 0.0) for level in levels))
    above = reduce(add, (jnp.where((level >= dose) & (level > 0.0), 1.0, 0.0) for level in levels))
    wanted = jnp.minimum(above + down, n_levels) - 1.0
    lower = jnp.zeros_like(dose)
    for number, level in enumerate(levels):
        lower = jnp.where(wanted == number, level, lower)
    return jnp.where(n_levels > 0.0, jnp.minimum(lower, dose), dose), above + down > n_levels


def _rise(levels: tuple[Array, ...], dose: Array, up: Array) -> Array:
    """Give the dose `up` levels higher, at most the highest."""
    above = reduce(add, (jnp.where(level > dose, 1.0, 0.0) for level in levels))
    wanted = jnp.maximum(above - up, 0.0)
    higher = dose
    for number, level in enumerate(levels):
        higher = jnp.where((wanted == number) & (above > 0.0), level, higher)
    return higher
