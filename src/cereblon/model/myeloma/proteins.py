"""Serum M-protein and free light chains, true and as measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax.numpy as jnp

from cereblon.core.arrays import Pair, Value, Values

IGG, IGA, LIGHT_CHAIN = 0, 1, 2


class Measured(NamedTuple):
    """What the laboratory reports at one response visit."""

    m_protein: Value  # g/L, 0 below the quantification limit
    involved_flc: Value  # mg/L
    uninvolved_flc: Value  # mg/L
    immunofixation: Value  # 1 positive, 0 negative
    marrow_plasma_cells: Value  # percent
    clonal_share: Value  # of marrow cells


def m_protein_decay(isotype: Value, p: Mapping[str, Value]) -> Value:
    """Give the fraction of M-protein left after one day without production."""
    half_life = jnp.where(isotype == IGA, p["iga_half_life"], p["igg_half_life"])
    return jnp.exp(-jnp.log(2.0) / half_life)


def m_protein_day(m_protein: Value, baseline: Value, burden: Value, decay: Value) -> Value:
    """Advance the serum M-protein by one day, exactly for a burden constant over the day.

    Production is proportional to burden and balanced with loss at baseline; g/L.
    """
    return m_protein * decay + (1.0 - decay) * baseline * burden


def light_chains(involved_baseline: Value, uninvolved_baseline: Value, burden: Value, p: Mapping[str, Value]) -> Pair:
    """Give involved and uninvolved free light chains, shape (2,), mg/L.

    Their half-lives are hours, so they follow the burden without delay. The involved chain falls to the amount
    that normal plasma cells make; the uninvolved one recovers as the disease recedes.
    """
    recovered = jnp.maximum(uninvolved_baseline, p["flc_uninvolved_normal"])
    tumour = jnp.minimum(burden, 1.0)
    # At burden 1 this is the patient's own baseline; without disease it is the recovered value.
    uninvolved = recovered + (uninvolved_baseline - recovered) * tumour
    normal_involved = p["flc_normal_ratio"] * recovered
    from_tumour = jnp.maximum(involved_baseline - normal_involved, 0.0)
    return jnp.stack([normal_involved + from_tumour * burden, uninvolved])


def measure(
    m_protein: Value,
    chains: Pair,
    plasma_cells_percent: Value,
    burden: Value,
    z: Values | Sequence[Value],
    p: Mapping[str, Value],
) -> Measured:
    """Measure at a visit, with assay noise and limits.

    Parameters
    ----------
    m_protein
        True serum M-protein, g/L.
    chains
        True involved and uninvolved free light chains, mg/L.
    plasma_cells_percent
        Marrow plasma cells at baseline, percent.
    burden
        Total burden relative to baseline.
    z
        Six standard normal draws of this visit.
    """
    noisy = m_protein * (1.0 + p["assay_proportional"] * z[0]) + p["assay_additive"] * z[1]
    reported = jnp.where(noisy < p["quantification_limit"], 0.0, noisy)
    # A light-chain tumour has no intact M-protein and shows on immunofixation through its chains.
    visible = m_protein + p["chain_visibility"] * jnp.maximum(chains[0] - 1.65 * chains[1], 0.0)
    positive = visible > p["immunofixation_limit"] * jnp.exp(p["immunofixation_limit_sd"] * z[2])
    share = 0.01 * plasma_cells_percent * burden
    percent = jnp.minimum(100.0 * share + p["normal_plasma_cells"], 100.0) * jnp.exp(p["marrow_proportional"] * z[3])
    return Measured(
        m_protein=reported,
        involved_flc=chains[0] * jnp.exp(p["flc_proportional"] * z[4]),
        uninvolved_flc=chains[1] * jnp.exp(p["flc_proportional"] * z[5]),
        immunofixation=jnp.where(positive | (reported > 0.0), 1.0, 0.0),
        marrow_plasma_cells=jnp.minimum(percent, 100.0),
        clonal_share=jnp.minimum(share, 1.0),
    )
