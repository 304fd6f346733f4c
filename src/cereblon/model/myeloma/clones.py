"""Clones of the tumour: what they resist, how they grow and how drugs kill them.

Burden is relative to the patient's own baseline, so the sum over clones is 1 at day 0. Five clones: sensitive,
IMiD-resistant, proteasome-inhibitor-resistant, CD38-escaped, multi-resistant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax.numpy as jnp

from cereblon.core.arrays import Value, Values
from cereblon.model.drugs.drug import DrugClass, drug_of, of_class

CLONES = ("sensitive", "imid_resistant", "pi_resistant", "cd38_escaped", "multi_resistant")
KILLING: tuple[str, ...] = of_class("imid", "glucocorticoid", "pi", "cd38", "slamf7")
"""Drugs that kill clones by a rate of their own, in the order of the drugs."""
_RESISTED: dict[DrugClass, tuple[int, ...]] = {
    "imid": (1, 4),
    "pi": (2, 4),
    "cd38": (3, 4),
    "slamf7": (4,),  # natural killer cells answer to an IMiD whether the clone does or not
    "glucocorticoid": (),
}
# Growth, common sensitivity, four resistant fractions, then one per drug: a drug that comes last leaves everyone's
# tumour as it was.
N_ETA = 6 + len(KILLING)


Clones = tuple[Value, ...]
"""One number per clone, in the order of `CLONES`; scalars, because the compiler vectorises over subjects."""

Effect = Value | tuple[Value, ...]
"""Effect of a drug over a day: its average, or the average of each interval."""


class Biology(NamedTuple):
    """What one subject's tumour is like."""

    growth: Value  # 1/day
    kill: dict[str, Value]  # by drug, 1/day at full effect on a clone it reaches
    fraction: Clones  # share of the baseline burden


def biology(
    z: Values,
    *,
    prior_lines: Value,
    high_risk: Value,
    iss: Value,
    refractory: Value,
    exposed: Value,
    years_since_2010: Value,
    trial_effect: Value,
    typical_kill: Mapping[str, Value],
    p: Mapping[str, Value],
) -> Biology:
    """Draw one subject's tumour from standard normal numbers.

    Parameters
    ----------
    z
        Standard normal numbers, shape (N_ETA,).
    prior_lines, high_risk, iss, refractory, exposed
        Covariates: count, 0/1, stage 1 to 3, lenalidomide-refractory 0/1, bortezomib-exposed 0/1.
    years_since_2010
        From 2010 to the middle of enrolment of the subject's trial; negative before.
    trial_effect
        Standard normal number shared by the subject's trial.
    typical_kill
        Kill rate of each drug of `KILLING` in the median tumour, 1/day.
    p
        Values of `clones.yaml`, with `<name>_sd` for spreads.

    Returns
    -------
        Growth, kill by drug, starting fractions that sum to 1.
    """
    log_growth = (
        jnp.log(p["growth"])
        + p["growth_by_prior_line"] * jnp.log1p(prior_lines)
        + p["growth_high_risk"] * high_risk
        + p["growth_refractory"] * refractory
        + p["growth_iss"] * (iss - 2.0)
        + p["growth_by_year"] * years_since_2010
        + p["between_trial"]
        + p["between_trial_sd"] * trial_effect
        + p["growth_sd"] * z[0]
    )
    lost = p["sensitivity_refractory"] * refractory
    lost_to_pi = lost * (1.0 - p["sensitivity_refractory_pi_spared"])
    common = p["sensitivity_common_sd"] * (1.0 - refractory * (1.0 - p["sensitivity_refractory_spread"])) * z[1]
    kill = {
        drug: typical_kill[drug]
        * jnp.exp((lost_to_pi if drug in of_class("pi") else lost) + common + p["sensitivity_specific_sd"] * z[6 + i])
        for i, drug in enumerate(KILLING)
    }
    return Biology(
        growth=jnp.exp(log_growth),
        kill=kill,
        fraction=_fractions(z[2:6], prior_lines, high_risk, refractory, exposed, p),
    )


def _fractions(
    z: Values, prior_lines: Value, high_risk: Value, refractory: Value, exposed: Value, p: Mapping[str, Value]
) -> Clones:
    names = CLONES[1:]
    history = (p["resistance_refractory"] * refractory, p["resistance_exposed"] * exposed, 0.0, 0.0)
    shift = p["resistance_by_prior_line"] * prior_lines + p["resistance_high_risk"] * high_risk
    odds = [
        jnp.exp(p[f"log_odds_{name}"] + p[f"log_odds_{name}_sd"] * z[i] + shift + history[i])
        for i, name in enumerate(names)
    ]
    whole = jnp.ones_like(odds[0])
    share = whole / sum(odds, whole)
    return (share, *(part * share for part in odds))


def kill_rates(
    effect: Mapping[str, Effect],
    widths: Sequence[float],
    kill: Mapping[str, Value],
    p: Mapping[str, Mapping[str, Value]],
) -> Clones:
    """Combine the drugs' day effects into one kill rate per clone.

    The total is a blend of the sum of single-drug kills and of the strongest one: drugs that kill the same cells
    do not add up fully.

    Parameters
    ----------
    effect
        Effect of each drug given, 0 to 1 (antibodies: times effector state): the day's average, or the average of
        each interval of the day for a drug that acts within hours.
    widths
        Lengths of the intervals, day.
    kill
        The subject's kill rate of each drug at full effect, 1/day.
    p
        Values of `clones.yaml` and of the drugs, by group: `clones.additivity` is 1 for a plain sum, 0 for the
        strongest drug alone.

    Returns
    -------
        One rate per clone, 1/day.
    """
    rates = []
    for clone in range(len(CLONES)):
        single = []
        for drug, strength in effect.items():
            reach = _reach(drug, clone, p)
            if reach is not None:
                rate = reach * kill[drug]
                single.append(
                    tuple(rate * part for part in strength) if isinstance(strength, tuple) else rate * strength
                )
        rates.append(_blend(single, widths, p["clones"]["additivity"]))
    return tuple(rates)


def _reach(drug: str, clone: int, p: Mapping[str, Mapping[str, Value]]) -> Value | float | None:
    """Give how strongly a drug acts on a clone against the sensitive one; None for not at all."""
    own = p[drug].get(f"on_{CLONES[clone]}")
    if own is not None:
        return own
    drug_class = drug_of(drug).drug_class
    if clone in _RESISTED[drug_class]:
        return None
    if drug_class == "pi" and CLONES[clone] == "imid_resistant":
        return p["clones"]["pi_on_imid_resistant"]
    return 1.0


def _blend(single: Sequence[Effect], widths: Sequence[float], additivity: Value) -> Value:
    total, steady = jnp.zeros_like(additivity), jnp.zeros_like(additivity)
    varying: list[Value] = []  # strongest of the drugs that act within hours, by interval
    for rate in single:
        if isinstance(rate, tuple):
            total = total + _average(rate, widths)
            varying = [jnp.maximum(a, b) for a, b in zip(varying, rate, strict=True)] if varying else list(rate)
        else:
            total, steady = total + rate, jnp.maximum(steady, rate)
    strongest = _average([jnp.maximum(steady, part) for part in varying], widths) if varying else steady
    return additivity * total + (1.0 - additivity) * strongest


def _average(parts: Sequence[Value], widths: Sequence[float]) -> Value:
    weighted = [width * part for width, part in zip(widths, parts, strict=True)]
    return sum(weighted[1:], weighted[0])


def total(burden: Clones) -> Value:
    """Add the clones up."""
    return sum(burden[1:], burden[0])


def capacity(m_protein: Value, is_light_chain: Value, p: Mapping[str, Value]) -> Value:
    """Give the burden at which growth stops, relative to baseline and at least twice it.

    Parameters
    ----------
    m_protein
        At baseline, g/L; where it is small, as after a transplant, there is room for much growth.
    is_light_chain
        Whether there is no intact M-protein.
    """
    by_protein = p["capacity_m_protein"] / jnp.maximum(m_protein, 0.1)
    return jnp.maximum(jnp.where(is_light_chain, p["capacity_light_chain"], by_protein), 2.0)


def grow(burden: Clones, growth: Value, limit: Value, kill: Clones, immune: Value) -> Clones:
    """Advance every clone by one day, exactly for rates constant over the day.

    Parameters
    ----------
    burden
        Each clone relative to the baseline total.
    growth
        1/day, slowed as the total nears `limit`.
    kill, immune
        1/day; direct killing per clone, and the part that reaches all clones alike.
    """
    brake = 1.0 - jnp.minimum(total(burden) / limit, 1.0)
    return tuple(cells * jnp.exp(growth * brake - rate - immune) for cells, rate in zip(burden, kill, strict=True))


def acquire(burden: Clones, rate_per_day: Value, days: float) -> Clones:
    """Move a share of the sensitive clone to each single-class resistant one, for a span of days."""
    moved = burden[0] * (1.0 - jnp.exp(-rate_per_day * days))
    sensitive, imid, pi, cd38, multi = burden
    return (sensitive - moved, imid + moved / 3.0, pi + moved / 3.0, cd38 + moved / 3.0, multi)
