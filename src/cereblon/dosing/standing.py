"""One subject under a rule set: where it stands, and what one visit changes. Written for one subject.

Numbers are scalars in tuples and flags are bits of words: the compiler then vectorises over subjects. Rules are gone
through one by one in a loop, so that neither their number nor their content is part of the compiled program.
"""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from cereblon.dosing import tables
from cereblon.dosing.tables import BITS, HALF, MOST_CONDITIONS, NO_DRUG, WORDS, RuleTables

WEEK = 7.0
Words = tuple[Array, ...]
ByDrug = tuple[Array, ...]


class Standing(NamedTuple):
    """What the doctor remembers of one line of treatment."""

    active: Words  # [row] the rule's reason or hold lasts
    time: tuple[Words, Words]  # [row] which of its changes comes next: low and high bit
    after: tuple[Array, ...]  # how often counted rules have acted
    ordered: ByDrug  # highest dose of the last cycle that ordered it, in the unit of the order
    ceiling: ByDrug  # no dose above this
    raised: ByDrug  # dose to which the starting limit was raised, 0 for none
    schedule: ByDrug
    pending: ByDrug  # changes that the end of the present hold will make, as bits
    held: ByDrug
    stopped: ByDrug
    weeks_unchanged: ByDrug
    support: Array  # what is given besides, a bit each in the order of `measures.SUPPORTS`


class Starting(NamedTuple):
    """Starting dose of each drug: part of the order, upper limit in its unit, and schedule."""

    share: ByDrug
    at_most: ByDrug
    schedule: ByDrug


class Decision(NamedTuple):
    """What one visit changed."""

    standing: Standing
    fired: Words  # [row] acted today
    ended: Words  # [row] its reason or hold ended today
    stops_all: Array
    stopped: ByDrug  # stopped for good today


def start(n_drugs: int) -> Standing:
    """Begin a line of treatment."""
    word, zero, whole, no = jnp.uint32(0), jnp.float32(0.0), jnp.int32(0), jnp.asarray(False)
    words, zeros = (word,) * WORDS, (zero,) * n_drugs
    return Standing(
        active=words,
        time=(words, words),
        after=(zero,) * tables.AFTERS,
        ordered=zeros,
        ceiling=(jnp.float32(jnp.inf),) * n_drugs,
        raised=zeros,
        schedule=(whole,) * n_drugs,
        pending=(word,) * n_drugs,
        held=(no,) * n_drugs,
        stopped=(no,) * n_drugs,
        weeks_unchanged=zeros,
        support=word,
    )


def starting_doses(rules: RuleTables, known: Array) -> Starting:
    """Give the starting doses for a patient and a cycle; of several limits the lowest counts.

    Parameters
    ----------
    known
        Values in the order of `measures.KNOWN`.
    """
    n_drugs = rules.start_drug.shape[1]
    # All start from the same kind of number, batched or not.
    none = known[0] * 0.0
    first = Starting((none + 1.0,) * n_drugs, (none + jnp.inf,) * n_drugs, (none.astype(jnp.int32),) * n_drugs)

    def turn(row: Array, found: Starting) -> Starting:
        applies = ((known >= rules.start_low[row]) & (known < rules.start_high[row])).all()
        own = [applies & rules.start_drug[row, drug] for drug in range(n_drugs)]
        share, limit, schedule = rules.start_share[row], rules.start_at_most[row], rules.start_schedule[row]
        return Starting(
            tuple(jnp.where(mine, jnp.minimum(old, share), old) for mine, old in zip(own, found.share, strict=True)),
            tuple(
                jnp.where(mine, jnp.minimum(old, limit), old) for mine, old in zip(own, found.at_most, strict=True)
            ),
            tuple(
                jnp.where(mine, jnp.maximum(old, schedule), old)
                for mine, old in zip(own, found.schedule, strict=True)
            ),
        )

    starting: Starting = jax.lax.fori_loop(0, rules.n_starts, turn, first)
    return starting


def lifted(starting: Starting, state: Standing) -> Starting:
    """Put what a rule has raised a starting dose to in its place."""
    is_raised = tuple(dose > 0.0 for dose in state.raised)
    return starting._replace(
        at_most=tuple(map(jnp.where, is_raised, state.raised, starting.at_most)),
        schedule=tuple(jnp.where(up, 0, of) for up, of in zip(is_raised, starting.schedule, strict=True)),
    )


def dose_of(state: Standing, starting: Starting, ordered: ByDrug) -> tuple[ByDrug, ByDrug]:
    """Give the dose that is planned and the one that stands, in the unit of the order, for ordered doses."""
    first = lifted(starting, state)
    planned = tuple(
        jnp.minimum(dose * share, limit)
        for dose, share, limit in zip(ordered, first.share, first.at_most, strict=True)
    )
    given = tuple(
        jnp.where(held | stopped, 0.0, jnp.minimum(dose, ceiling))
        for dose, held, stopped, ceiling in zip(planned, state.held, state.stopped, state.ceiling, strict=True)
    )
    return planned, given


def decide(
    state: Standing,
    rules: RuleTables,
    *,
    shared: Array,
    ordered: ByDrug,
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
    reference = tuple(jnp.where(dose > 0.0, dose, last) for dose, last in zip(ordered, state.ordered, strict=True))
    state = state._replace(ordered=reference)
    target = dose_of(state, starting, reference)[0]
    dose = tuple(map(jnp.minimum, state.ceiling, target))
    own = (*(jnp.minimum(amount, 1e6) for amount in dose), *(WEEK * weeks for weeks in state.weeks_unchanged))
    met = conditions(rules, jnp.concatenate([shared, jnp.stack([*own, *state.after])]))
    open_to = jnp.uint32(1 << NO_DRUG)
    for place, (amount, stopped) in enumerate(zip(ordered, state.stopped, strict=True)):
        open_to = open_to | jnp.where((amount > 0.0) & ~stopped, jnp.uint32(1 << place), jnp.uint32(0))
    seen = _go_through(state, rules, met, open_to, counted, on)
    after = tuple(times + _bit(seen.counted, place).astype(times.dtype) for place, times in enumerate(state.after))
    parts = [
        _one_drug(state, rules, place, dose[place], target[place], seen, on) for place in range(len(state.ordered))
    ]
    by_name = {name: tuple(part[name] for part in parts) for name in parts[0]}
    stopped = by_name.pop("stopped")
    changed = state._replace(
        active=seen.active,
        time=seen.time,
        after=after,
        stopped=tuple(map(jnp.logical_or, state.stopped, stopped)),
        support=jnp.where(on, seen.support, jnp.uint32(0)),
        **by_name,
    )
    fresh = tuple(now & ~before for now, before in zip(stopped, state.stopped, strict=True))
    return Decision(changed, seen.fired, seen.ended, seen.stops_all > 0, fresh)


def conditions(rules: RuleTables, values: Array) -> Words:
    """Tell which conditions hold, a bit each; `values` in the order of `tables.value_names`."""
    exact = jax.lax.Precision.HIGHEST
    read = jnp.matmul(values, rules.read, precision=exact)
    holds = ((read >= rules.low) & (read < rules.high)).astype(values.dtype)
    place = jnp.arange(MOST_CONDITIONS)
    weight = jnp.where(
        place[:, None] // HALF == jnp.arange(2 * WORDS)[None],
        (1 << place % HALF).astype(values.dtype)[:, None],  # not exp2, which is not exact: a bit would be lost
        0.0,
    )
    halves = jnp.matmul(holds, weight, precision=exact).astype(jnp.uint32)
    return tuple(halves[2 * word] | halves[2 * word + 1] << HALF for word in range(WORDS))


class _Seen(NamedTuple):
    """What going through the rules gathers."""

    active: Words
    time: tuple[Words, Words]
    fired: Words
    ended: Words
    now: ByDrug  # changes to make at once
    later: ByDrug  # changes for the end of a hold
    held: Array  # a bit for each drug
    support: Array
    counted: Array
    stops_all: Array


def _go_through(state: Standing, rules: RuleTables, met: Words, open_to: Array, counted: Array, on: Array) -> _Seen:
    none, word = (jnp.uint32(0),) * len(state.ordered), jnp.uint32(0)
    words = (word,) * WORDS
    first = _Seen(state.active, state.time, words, words, none, none, word, word, word, word)
    # All start from the same kind of number, batched or not.
    first = jax.tree.map(lambda part: part + jnp.where(on, jnp.uint32(0), jnp.uint32(0)), first)

    def turn(row: Array, seen: _Seen) -> _Seen:
        return _one_rule(row, seen, rules, met, open_to, counted, on)

    found: _Seen = jax.lax.fori_loop(0, rules.n_rows, turn, first)
    return found


class _Told(NamedTuple):
    """What one rule does today."""

    fires: Array
    ends: Array
    lasts: Array
    following: Array  # which of its changes comes next
    change: Array


def _one_rule(
    row: Array,
    seen: _Seen,
    rules: RuleTables,
    met: Words,
    open_to: Array,
    counted: Array,
    on: Array,
) -> _Seen:
    word, bit = row // BITS, (row % BITS).astype(jnp.uint32)
    kind, drug = rules.kind[row], rules.drug[row].astype(jnp.uint32)

    def tell() -> _Told:
        when, until = rules.when[row], rules.until[row]
        over = _all_set(met, until) == _flag(kind, tables.UNTIL_IS_MET)
        active = _bit(_at(seen.active, word), bit)
        fires = _all_set(met, when) & ~active & on & _bit(open_to, drug)
        fires = fires & (counted | ~_flag(kind, tables.NEEDS_COUNT))
        ends = active & over & on & (counted | ~_flag(kind, tables.UNTIL_NEEDS_COUNT))
        low, high = _bit(_at(seen.time[0], word), bit), _bit(_at(seen.time[1], word), bit)
        listed = rules.changes[row]
        change = jnp.where(high, jnp.where(low, listed[3], listed[2]), jnp.where(low, listed[1], listed[0]))
        place = low.astype(jnp.uint32) + 2 * high.astype(jnp.uint32)
        last = kind >> tables.N_THEN & 3
        following = jnp.where(place < last, place + 1, jnp.where(_flag(kind, tables.CYCLES), jnp.uint32(0), place))
        return _Told(
            fires,
            ends,
            (active & ~ends) | fires,
            jnp.where(fires, following, place),
            jnp.where(fires, change, jnp.uint32(0)),
        )

    # Told once and kept, in a loop of one turn: each of the many results below would otherwise work it out again.
    empty = jax.tree.map(lambda made: jnp.zeros(made.shape, made.dtype), jax.eval_shape(tell))
    told: _Told = jax.lax.fori_loop(0, jnp.minimum(rules.n_rows, 1), lambda _, __: tell(), empty)
    fires, ends, lasts, following, change = told
    holds = _flag(kind, tables.HOLDS)
    own = [drug == number for number in range(len(seen.now))]
    gives = jnp.where(lasts, kind >> tables.GIVES, jnp.uint32(0)) & 15
    return _Seen(
        active=_set(seen.active, word, bit, lasts),
        time=(
            _set(seen.time[0], word, bit, following & 1 > 0),
            _set(seen.time[1], word, bit, following > 1),
        ),
        fired=_set(seen.fired, word, bit, fires),
        ended=_set(seen.ended, word, bit, ends),
        now=tuple(
            bits | jnp.where(mine & ~holds, change, jnp.uint32(0)) for bits, mine in zip(seen.now, own, strict=True)
        ),
        later=tuple(
            bits | jnp.where(mine & holds, change, jnp.uint32(0)) for bits, mine in zip(seen.later, own, strict=True)
        ),
        held=seen.held | jnp.where(lasts & holds, jnp.uint32(1) << drug, jnp.uint32(0)),
        support=seen.support | gives,
        counted=seen.counted | jnp.where(fires, kind >> tables.COUNTED & 15, jnp.uint32(0)),
        stops_all=seen.stops_all | change >> tables.STOP_ALL & 1,
    )


def _at(words: Words, number: Array) -> Array:
    return reduce(lambda chosen, pair: jnp.where(number == pair[0], pair[1], chosen), enumerate(words), words[0])


def _set(words: Words, number: Array, bit: Array, flag: Array) -> Words:
    one = jnp.uint32(1) << bit
    return tuple(
        jnp.where(number == place, jnp.where(flag, word | one, word & ~one), word) for place, word in enumerate(words)
    )


def _bit(word: Array, bit: Array | int) -> Array:
    return (word >> jnp.asarray(bit, jnp.uint32) & 1) > 0


def _flag(kind: Array, bit: int) -> Array:
    return (kind >> bit & 1) > 0


def _all_set(words: Words, mask: Array) -> Array:
    flags = [(word & mask[number]) == mask[number] for number, word in enumerate(words)]
    return flags[0] & flags[1] & flags[2]


def _one_drug(
    state: Standing, rules: RuleTables, place: int, dose: Array, target: Array, seen: _Seen, on: Array
) -> dict[str, Array]:
    """Make the strongest of the changes of today, and of a hold that has ended."""
    held = _bit(seen.held, place)
    resumes = state.held[place] & ~held
    pending = state.pending[place] | seen.later[place]
    change = seen.now[place] | jnp.where(resumes, pending, jnp.uint32(0))
    # To stop does not wait for the end of a hold.
    at_once = seen.now[place] | seen.later[place]
    down, up = _number(change, tables.REDUCE, tables.MOST_LEVELS), _number(change, tables.RAISE, tables.MOST_RISE)
    sparser = _number(change, tables.SCHEDULE, 3).astype(jnp.int32)
    limit, reach = jnp.float32(jnp.inf), jnp.float32(0.0)
    for number in range(tables.LIMITS):
        limit = jnp.where(
            _flag(change, tables.AT_MOST + number), jnp.minimum(limit, rules.at_most[place, number]), limit
        )
    for number in range(tables.REACHES):
        reach = jnp.where(_flag(change, tables.RAISE_TO + number), rules.raise_to[place, number], reach)
    # While a drug is held nothing raises it.
    up, reach = jnp.where(held, 0.0, up), jnp.where(held, 0.0, reach)
    levels = _levels(rules.ladder[place], state.ordered[place])
    lower, exhausted = _step(levels, dose, down)
    ceiling = jnp.where(down > 0.0, lower, state.ceiling[place])
    higher = jnp.minimum(_rise(levels, dose, up), target)
    ceiling = jnp.where(up > 0.0, jnp.maximum(ceiling, higher), ceiling)
    ceiling = jnp.minimum(jnp.where(reach > 0.0, jnp.maximum(ceiling, reach), ceiling), limit)
    schedule = jnp.maximum(state.schedule[place], sparser)
    raised = jnp.maximum(state.raised[place], reach)
    changed = (ceiling != state.ceiling[place]) | (schedule != state.schedule[place])
    changed = changed | (raised != state.raised[place]) | (held != state.held[place])
    weeks = jnp.where(changed, 0.0, state.weeks_unchanged[place]) + jnp.where(on, 1.0, 0.0)
    return {
        "ceiling": ceiling,
        "raised": raised,
        "schedule": schedule,
        "pending": jnp.where(resumes, jnp.uint32(0), pending),
        "held": held,
        "stopped": _flag(at_once, tables.STOP) | (exhausted & (down > 0.0) & rules.stops_at_lowest[place]),
        "weeks_unchanged": weeks,
    }


def _number(change: Array, first: int, count: int) -> Array:
    """Read a number that is written as so many bits in a row."""
    bits = change >> first & ((1 << count) - 1)
    return reduce(add, ((bits >> place & 1) for place in range(count))).astype(jnp.float32)


def _levels(ladders: Array, ordered: Array) -> Words:
    """Take the ladder with the lowest top that reaches the ordered dose, or the highest; 0 past its last level."""
    chosen = [ladders[0, level] for level in range(tables.N_LEVELS)]
    top = chosen[0]
    for number in range(1, tables.N_LADDERS):
        further = (top < ordered) & (ladders[number, 0] > 0.0)
        chosen = [jnp.where(further, ladders[number, level], here) for level, here in enumerate(chosen)]
        top = chosen[0]
    return tuple(chosen)


def _step(levels: Words, dose: Array, down: Array) -> tuple[Array, Array]:
    """Give the dose `down` levels lower, at least the lowest, and whether the ladder ended before that."""
    n_levels = reduce(add, (jnp.where(level > 0.0, 1.0, 0.0) for level in levels))
    above = reduce(add, (jnp.where((level >= dose) & (level > 0.0), 1.0, 0.0) for level in levels))
    wanted = jnp.minimum(above + down, n_levels) - 1.0
    lower = jnp.zeros_like(dose)
    for number, level in enumerate(levels):
        lower = jnp.where(wanted == number, level, lower)
    return jnp.where(n_levels > 0.0, jnp.minimum(lower, dose), dose), above + down > n_levels


def _rise(levels: Words, dose: Array, up: Array) -> Array:
    """Give the dose `up` levels higher, at most the highest."""
    above = reduce(add, (jnp.where(level > dose, 1.0, 0.0) for level in levels))
    wanted = jnp.maximum(above - up, 0.0)
    higher = dose
    for number, level in enumerate(levels):
        higher = jnp.where((wanted == number) & (above > 0.0), level, higher)
    return higher
