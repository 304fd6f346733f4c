"""What leaves the simulation of one subject: weekly values and dated events."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
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
)

VISIT_RESPONSE, VISIT_BLOOD, VISIT_MARROW, IMMUNOFIXATION_POSITIVE, ON_TREATMENT = 1, 2, 4, 8, 16


class Week(NamedTuple):
    """Values of one week; of tests only those count whose visit bit is set in `flags`."""

    flags: Array  # sum of the bits above
    line: Array  # from 0
    cycle: Array  # from 0
    m_protein: Array
    involved_flc: Array
    uninvolved_flc: Array
    plasma_cells: Array
    clonal_share: Array
    neutrophils: Array
    platelets: Array
    haemoglobin: Array
    neuropathy: Array
    planned_mg: Array  # [drug]
    given_mg: Array  # [drug]
    planned_doses: Array  # [drug]
    given_doses: Array  # [drug]


class Events(NamedTuple):
    """Dated events; infinite when they did not happen. One entry per line unless said otherwise."""

    start_day: Array
    stop_day: Array
    stop_cause: Array
    progression_day: Array
    confirmed_day: Array
    transplant_day: Array
    bortezomib_stopped_day: Array
    death_day: Array  # scalar
    death_cause: Array  # scalar


def no_events(n_lines: int) -> Events:
    """Give the record of a subject to whom nothing happened yet."""
    never, none = jnp.full(n_lines, jnp.inf), jnp.zeros(n_lines, jnp.int32)
    return Events(never, never, none, never, never, never, never, jnp.array(jnp.inf), jnp.array(0, jnp.int32))


def note(values: Array, line: Array, happened: Array, value: Array) -> Array:
    """Write `value` at `line` if it happened and nothing stands there yet."""
    here = (jnp.arange(values.shape[0]) == line) & happened
    empty = jnp.isinf(values) if jnp.issubdtype(values.dtype, jnp.floating) else values == 0
    return jnp.where(here & empty, value, values)
