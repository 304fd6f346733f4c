"""Lenalidomide through a sequence of counts, as a doctor would see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np

from cereblon.dosing import lenalidomide
from cereblon.parameter import values

WELL = (2.0, 150.0)  # neutrophils and platelets, 1e9/L


@dataclass(frozen=True)
class Standing:
    """What is given after a visit: mg on a treatment day, 0 while held."""

    mg: float
    alternate_days: bool
    held: bool


@cache
def _compiled() -> tuple[object, object]:
    label = jax.tree.map(jnp.float32, values("us_label"))

    def start(crcl: jax.Array, maintenance: jax.Array) -> lenalidomide.LenalidomideRule:
        return lenalidomide.start(crcl, maintenance, label)

    def decide(
        rule: lenalidomide.LenalidomideRule,
        nominal: jax.Array,
        neutrophils: jax.Array,
        platelets: jax.Array,
        measured: jax.Array,
        maintenance: jax.Array,
    ) -> lenalidomide.LenalidomideRule:
        return lenalidomide.decide(
            rule,
            nominal_mg=nominal,
            neutrophils=neutrophils,
            platelets=platelets,
            measured=measured,
            maintenance=maintenance,
            p=label,
        )

    return jax.jit(start), jax.jit(decide)


def standings(
    visits: Sequence[tuple[float, float] | None],
    *,
    crcl: float = 90.0,
    nominal: float = 25.0,
    maintenance: bool = False,
) -> list[Standing]:
    """Give the standing at the start and after each visit; a visit is neutrophils and platelets, or None."""
    start, decide = _compiled()
    alone = jnp.asarray(maintenance)
    rule = start(jnp.float32(crcl), alone)  # type: ignore[operator]
    seen = [_standing(rule, nominal)]
    for visit in visits:
        neutrophils, platelets = WELL if visit is None else visit
        rule = decide(  # type: ignore[operator]
            rule,
            jnp.float32(nominal),
            jnp.float32(neutrophils),
            jnp.float32(platelets),
            jnp.asarray(visit is not None),
            alone,
        )
        seen.append(_standing(rule, nominal))
    return seen


def _standing(rule: lenalidomide.LenalidomideRule, nominal: float) -> Standing:
    held = bool(rule.held)
    return Standing(
        mg=0.0 if held else float(np.minimum(nominal, rule.ceiling_mg)),
        alternate_days=bool(rule.alternate_days),
        held=held,
    )
