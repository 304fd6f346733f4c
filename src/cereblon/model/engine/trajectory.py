"""What leaves the simulation of one subject: weekly values and dated events."""

from __future__ import annotations

from functools import reduce
from typing import Any, NamedTuple, TypeAlias

import jax.numpy as jnp
import numpy as np
from jax import Array

# Why the treatment of a line ended; the position is the code.
STOP_CAUSES = ("", "progression", "toxicity", "other", "completed")
DEATH_CAUSES = ("", "myeloma", "toxicity", "other")

# One subject's failure is a value; the position is the code.
RESULT_CODES = (
    "whole",
    "the tumour burden is not a finite number",
    "a blood count is not a finite number",
    "a drug amount is not a finite number",
    "a hazard is not a finite number",
)

_BITS = 32
VISIT_RESPONSE, VISIT_BLOOD, VISIT_MARROW, IMMUNOFIXATION_POSITIVE, ON_TREATMENT, CYCLE_WAITS = 1, 2, 4, 8, 16, 32


Column: TypeAlias = Any
"""An array: of JAX inside the model, of numpy on the host."""


class WeeklyValues(NamedTuple):
    """Values of one week; of tests only those count whose visit bit is set in `flags`."""

    flags: Column  # sum of the bits above
    line: Column  # from 0
    cycle: Column  # from 0
    m_protein: Column
    involved_flc: Column
    uninvolved_flc: Column
    plasma_cells: Column
    clonal_share: Column
    neutrophils: Column
    platelets: Column
    haemoglobin: Column
    neuropathy: Column
    fired: Column  # [word]: rules that acted, one bit each; see `unpack`
    ended: Column  # [word]: rules whose reason or hold ended
    dose: Column  # [drug]: dose that stands after the decision, in the unit of the order; 0 while held or stopped
    stopped: Column  # drugs that rules stopped for good, a bit each
    adverse_events: Column  # [word]: grades of adverse events during the week, packed; see `toxicity.events.unpack`
    planned_mg: Column  # [drug]
    given_mg: Column  # [drug]
    planned_doses: Column  # [drug]
    given_doses: Column  # [drug]


class DatedEvents(NamedTuple):
    """Dated events; infinite when they did not happen. One entry per line unless said otherwise."""

    start_day: Column
    stop_day: Column
    stop_cause: Column
    progression_day: Column
    confirmed_day: Column
    transplant_day: Column
    death_day: Column  # scalar
    death_cause: Column  # scalar


def no_events(n_lines: int) -> DatedEvents:
    """Give the record of a subject to whom nothing happened yet."""
    never, none = jnp.full(n_lines, jnp.inf), jnp.zeros(n_lines, jnp.int32)
    return DatedEvents(never, never, none, never, never, never, jnp.array(jnp.inf), jnp.array(0, jnp.int32))


def unpack(words: np.ndarray, flag: int) -> np.ndarray:
    """Read one flag from packed words, whose axis is the last."""
    return np.asarray((words[..., flag // _BITS] >> np.uint32(flag % _BITS)) & np.uint32(1), bool)


def any_of(values: np.ndarray) -> np.ndarray:
    """Tell where anything along the last axis is not 0; on a short axis ten times as fast as NumPy's `any`."""
    return np.asarray(reduce(np.logical_or, np.moveaxis(values, -1, 0), False))


def note(values: Array, line: Array, happened: Array, value: Array) -> Array:
    """Write `value` at `line` if it happened and nothing stands there yet."""
    here = (jnp.arange(values.shape[0]) == line) & happened
    empty = jnp.isinf(values) if jnp.issubdtype(values.dtype, jnp.floating) else values == 0
    return jnp.where(here & empty, value, values)
