"""Bortezomib under the US label: neuropathy table, holds for counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

LEVELS_MG_M2 = (1.3, 1.0, 0.7)


class BortezomibRule(NamedTuple):
    """Where one subject stands."""

    level: Array  # 0 full, 1, 2
    weekly: Array  # True: one dose a week only
    held_for_counts: Array
    held_for_neuropathy: Array
    stopped: Array


def start(like: Array) -> BortezomibRule:
    """Begin at full dose; `like` gives shape and kind of the numbers."""
    no = jnp.zeros_like(like, dtype=bool)
    return BortezomibRule(jnp.zeros_like(like), no, no, no, no)


def decide(
    rule: BortezomibRule,
    *,
    ordered: Array,
    neutrophils: Array,
    platelets: Array,
    measured: Array,
    neuropathy_grade: Array,
    p: Mapping[str, Array],
) -> BortezomibRule:
    """Apply the label to one visit.

    Neuropathy: grade 2 at most 1.0 mg/m2; grade 3 hold until grade 1 or less, then 0.7 mg/m2 once weekly; grade 4
    stop. Pain is not modelled, so the painful rows of the table are not used. Counts: hold at grade 4 in a cycle that
    orders bortezomib, restart one level lower.

    Source
    ------
    Label table as copied at online.flipbuilder.com/uxav/nnvp (page 76).
    """
    low = (platelets < p["bortezomib_platelet_hold"]) | (neutrophils < p["bortezomib_anc_hold"])
    begins = measured & low & ~rule.held_for_counts & ordered
    ends = measured & ~low & rule.held_for_counts
    severe = neuropathy_grade >= 3.0
    recovered = rule.held_for_neuropathy & (neuropathy_grade <= 1.0)
    level = jnp.where(ends, jnp.minimum(rule.level + 1.0, 2.0), rule.level)
    level = jnp.where(neuropathy_grade >= 2.0, jnp.maximum(level, 1.0), level)
    level = jnp.where(recovered, 2.0, level)
    return BortezomibRule(
        level=level,
        weekly=rule.weekly | recovered,
        held_for_counts=(rule.held_for_counts | begins) & ~ends,
        held_for_neuropathy=(rule.held_for_neuropathy | severe) & ~recovered,
        stopped=rule.stopped | (neuropathy_grade >= 4.0),
    )


def factor(rule: BortezomibRule) -> Array:
    """Give the part of the ordered dose that is given, 0 while held."""
    level = jnp.where(
        rule.level >= 2.0,
        LEVELS_MG_M2[2] / LEVELS_MG_M2[0],
        jnp.where(rule.level >= 1.0, LEVELS_MG_M2[1] / LEVELS_MG_M2[0], 1.0),
    )
    return jnp.where(rule.held_for_counts | rule.held_for_neuropathy | rule.stopped, 0.0, level)
