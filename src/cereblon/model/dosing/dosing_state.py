"""One subject under a rule set: the state of dosing, starting doses, and what one visit changes.

`visit` is written for one subject like the rest of the engine; mapped over many it hands them on together to
`batch.visit`, which goes through a rule set once for all of them.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from cereblon.core.batching import for_many, stored
from cereblon.model.dosing import batch, tables
from cereblon.model.dosing.measures import SHARED
from cereblon.model.dosing.tables import WORDS, RuleTables

Words = tuple[Array, ...]
ByDrug = tuple[Array, ...]


class DosingState(NamedTuple):
    """What the rules remember of one line of treatment."""

    active: Words  # [row] the rule's reason or hold lasts
    time: tuple[Words, Words]  # [row] which of its changes comes next: low and high bit
    after: tuple[Array, ...]  # how often counted rules have acted
    lasting: tuple[Array, ...]  # [lasting limit] weeks at which it held up to now, 0 where it does not
    ordered: ByDrug  # highest dose of the last cycle that ordered it, in the unit of the order
    ceiling: ByDrug  # no dose above this
    raised: ByDrug  # dose to which the starting limit was raised, 0 for none
    schedule: ByDrug
    pending: ByDrug  # changes that the end of the present hold will make, as bits
    held: ByDrug
    stopped: ByDrug
    weeks_unchanged: ByDrug
    support: Array  # what is given besides, a bit each in the order of `measures.SUPPORTS`


class StartingDoses(NamedTuple):
    """Starting dose of each drug: part of the order, upper limit in its unit, and schedule."""

    share: ByDrug
    at_most: ByDrug
    schedule: ByDrug


class Decision(NamedTuple):
    """What one visit decided."""

    state: DosingState
    starting: StartingDoses  # of this cycle, with what a rule has raised it to
    dose: ByDrug  # that stands from now on, in the unit of the order
    fired: Words  # [row] acted today
    ended: Words  # [row] its reason or hold ended today
    stops_all: Array
    stopped: ByDrug  # stopped for good today
    counted: Array  # cells were counted today, at a visit or since a rule asked for it
    waits: Array  # the cycle does not begin this week


def start(n_drugs: int) -> DosingState:
    """Begin a line of treatment."""
    word, zero, whole, no = jnp.uint32(0), jnp.float32(0.0), jnp.int32(0), jnp.asarray(False)
    words, zeros = (word,) * WORDS, (zero,) * n_drugs
    return DosingState(
        active=words,
        time=(words, words),
        after=(zero,) * tables.AFTERS,
        lasting=(zero,) * tables.LASTING,
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


def visit(
    state: DosingState,
    rules: RuleTables,
    *,
    shared: Words,
    ordered: ByDrug,
    counted: Array,
    fresh: Array,
    on: Array,
    once: Array,
) -> Decision:
    """Apply the starting doses and the rules to what is known on the first day of a week.

    Of several limits on a starting dose the lowest counts. A rule acts when its conditions come true, and once until
    they have ended; a rule about a drug only in cycles that order it. Rules that read counts wait for a visit with
    counts; some rules have counts taken. A limit with `for_days` holds where it held at every look since. Of all
    changes that fall together the strongest counts. A drug resumes when every hold on it has ended; then the
    strongest change of this interruption is made.

    Parameters
    ----------
    shared
        Values in the order of `measures.SHARED`; finite.
    ordered
        Highest dose that the current cycle orders of each drug, in the unit of the order, 0 for none.
    counted
        Whether there are counts today.
    fresh
        Whether a line begins: nothing is remembered then.
    on
        Whether the subject is on treatment.
    once
        See `core.batching.stored`.
    """
    decision: Decision = _visit((rules, once), state, shared, ordered, counted, fresh, on)
    return decision


def starting_doses(state: DosingState, rules: RuleTables, known: Words) -> StartingDoses:
    """Give the starting doses of a cycle without deciding anything.

    Parameters
    ----------
    known
        Values in the order of `measures.KNOWN`.
    """
    none, no = jnp.zeros_like(known[0]), jnp.asarray(False)
    shared = (*known, *[none] * (len(SHARED) - len(known)))
    ordered, once = (none,) * len(state.ordered), jnp.int32(1)
    decision = visit(state, rules, shared=shared, ordered=ordered, counted=no, fresh=no, on=no, once=once)
    return decision.starting


@for_many
def _visit(
    common: tuple[RuleTables, Array],
    state: DosingState,
    shared: Words,
    ordered: ByDrug,
    counted: Array,
    fresh: Array,
    on: Array,
) -> Decision:
    """Decide for many: rows of numbers become arrays first, and are stored before and after the decision."""
    rules, once = common

    def gathered() -> tuple[batch.BatchState, Array, Array]:
        rows = {name: jnp.stack(getattr(state, name)) for name in batch.ROWS}
        time = jnp.stack(state.time[0]), jnp.stack(state.time[1])
        return batch.BatchState(**rows, time=time, support=state.support), jnp.stack(shared), jnp.stack(ordered)

    before, values, orders = stored(gathered, once)
    made = stored(lambda: batch.visit(before, rules, values, orders, counted, fresh, on), once)
    # Arrays now; for one subject they become the tuples that the names promise.
    return Decision(DosingState(*made.state), StartingDoses(*made.starting), *made[2:])  # type: ignore[arg-type]
