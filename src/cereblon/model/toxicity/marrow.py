"""What lifts or lowers the aim of the blood cell chains: the disease in the marrow, and G-CSF.

A count at baseline is already that of a marrow with myeloma. As the disease goes, part of what was missing to a
healthy count comes back; as it grows, more is lost. The chains stay relative to baseline, only their aim moves.
"""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp

from cereblon.core.arrays import Value


def aim(burden: Value, baseline: Value, p: Mapping[str, Value]) -> Value:
    """Give the count at which an untreated chain would settle, relative to baseline.

    Parameters
    ----------
    burden
        Relative to baseline; above 2 it makes no difference.
    baseline
        Count at baseline, 1e9/L.
    p
        `healthy` (1e9/L), `recovery` (part of the deficit that goes with the disease) and `crowding` (part of the
        count that is lost when the burden doubles).
    """
    missing = jnp.maximum(p["healthy"] / jnp.maximum(baseline, 0.1) - 1.0, 0.0)
    gone = 1.0 - jnp.minimum(burden, 1.0)
    more = jnp.minimum(jnp.maximum(burden - 1.0, 0.0), 1.0)
    return 1.0 + p["recovery"] * jnp.minimum(missing, 2.0) * gone - p["crowding"] * more


def neutrophil_gain(target: Value, gcsf: Value, p: Mapping[str, Value]) -> Value:
    """Give the factor on proliferation that makes an untreated chain settle at `target`, times that of G-CSF."""
    return jnp.exp(p["feedback"] * jnp.log(target)) * (1.0 + p["gcsf_gain"] * gcsf)


def platelet_gain(target: Value, p: Mapping[str, Value]) -> Value:
    """Give the factor on production that makes an untreated chain settle at `target`."""
    return jnp.exp((1.0 + p["feedback"]) * jnp.log(target))
