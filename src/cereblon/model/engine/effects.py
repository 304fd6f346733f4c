"""From doses to day effects: each drug's kinetics and action composed for one subject.

Numbers are scalars in tuples, not small arrays: the compiler then vectorises over subjects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from cereblon.model.drugs import antibody
from cereblon.model.drugs.drug import ANTIBODIES, DrugClass, drug_of, is_first, of_class
from cereblon.model.drugs.occupancy import occupancy_step, strength_by_other_sites
from cereblon.model.engine.kinetics import (
    EDGES,
    N_INTERVALS,
    NODE_WEIGHTS,
    WIDTHS,
    IndividualKinetics,
    Linear,
    Scalars,
    flush,
)
from cereblon.model.engine.parameters import Numbers
from cereblon.model.engine.program import Layout
from cereblon.model.mechanism.reduced import effector_day, follow, imid_day, marrow_day, settled_share
from cereblon.model.myeloma.clones import Effect


class DrugState(NamedTuple):
    """What is in the body, and the effects that lag behind it."""

    amplitudes: dict[str, Scalars]
    antibodies: dict[str, antibody.State]
    antibody_days: dict[str, Array]  # since the first dose
    occupancy: dict[str, Array]
    other_sites: dict[str, Array]  # of the proteasome, by the inhibitors that take them too
    imid: dict[str, Array]
    marrow: Array  # IMiDs that act on marrow progenitors, as lenalidomide, mg/L
    glucocorticoid: dict[str, Array]
    effector: Array


class DayEffects(NamedTuple):
    """Averages over one day that drive tumour and marrow."""

    kill: dict[str, Effect]  # effect of each drug on a clone it reaches; by interval for proteasome inhibitors
    lenalidomide: Array  # IMiDs, as lenalidomide, mg/L
    lenalidomide_intervals: Scalars  # mg/L in each interval of the day
    marrow_intervals: Scalars  # what of it acts on marrow progenitors, mg/L
    occupancy: Array  # of the proteasome by all inhibitors
    release: Scalars  # drive of all inhibitors on platelet release, in each interval
    antibody: Array  # saturation of CD38
    effector: Array
    melphalan_auc: Array  # mg h/L


def initial(coefficients: IndividualKinetics, zero: Array, layout: Layout) -> DrugState:
    """Give the untreated state; `zero` gives the kind of the numbers."""

    def each(*classes: DrugClass) -> dict[str, Array]:
        return {drug: zero for drug in layout.drugs if drug in of_class(*classes)}

    return DrugState(
        amplitudes={drug: tuple(zero for _ in drug_.decay) for drug, drug_ in coefficients.linear.items()},
        antibodies={drug: antibody.empty(own) for drug, own in coefficients.antibodies.items()},
        antibody_days=each(*ANTIBODIES),
        occupancy=each("pi"),
        other_sites={drug: zero for drug in each("pi") if drug_of(drug).other_sites},
        imid=each("imid"),
        marrow=zero,
        glucocorticoid=each("glucocorticoid"),
        effector=zero + 1.0,
    )


def day(
    state: DrugState,
    dose_mg: Mapping[str, Array],
    route: Mapping[str, Array],
    coefficients: IndividualKinetics,
    p: Numbers,
    layout: Layout,
) -> tuple[DrugState, DayEffects]:
    """Advance drugs and their effects by one day.

    Parameters
    ----------
    dose_mg
        Given at the start of the day, by drug, mg.
    route
        0 oral, 1 intravenous, 2 subcutaneous, by drug.
    """
    e, zero = p["effects"], state.effector * 0.0
    amplitudes, levels, nodes = dict(state.amplitudes), {}, {}
    for drug, drug_ in coefficients.linear.items():
        by_route = _by_route(dose_mg[drug], route[drug], layout.routes[layout.drugs.index(drug)])
        before = state.amplitudes[drug]
        levels[drug] = _concentrations(before, by_route, drug_.average, drug_.dose_average)
        nodes[drug] = _concentrations(before, by_route, drug_.node, drug_.dose_node)
        amplitudes[drug] = _carried(before, by_route, drug_)
    imid, imid_mean, length = _imids(state.imid, nodes, levels, p)
    marrow, blocking = marrow_day(state.marrow, length, WIDTHS, e) if imid else (state.marrow, length)
    glucocorticoid, glucocorticoid_mean = _glucocorticoids(state.glucocorticoid, nodes, p)
    occupancy, inhibited, release = _inhibitors(state.occupancy, levels, p)
    other_sites, killing = _by_other_sites(state.other_sites, levels, inhibited, p)
    antibodies, antibody_days, saturated = _antibodies(state, dose_mg, route, coefficients, p, layout)
    cd38 = _together((saturated[drug] for drug in saturated if drug in of_class("cd38")), zero)
    imid_all, glucocorticoid_all = (_together(one.values(), zero) for one in (imid_mean, glucocorticoid_mean))
    effector, effector_mean = effector_day(state.effector, imid_all, glucocorticoid_all, cd38, e)
    kill: dict[str, Effect] = {**imid_mean, **glucocorticoid_mean, **killing}
    for drug, share in saturated.items():
        # Against SLAMF7 natural killer cells act alone, and only while an IMiD activates them.
        activated = effector_mean if drug in of_class("cd38") else effector_mean * imid_all
        kill[drug] = share * activated
    given = [drug for drug in layout.drugs if drug in of_class("alkylator")]
    auc = sum((dose_mg[drug] * coefficients.melphalan_auc_per_mg for drug in given), zero)
    after = DrugState(
        amplitudes, antibodies, antibody_days, occupancy, other_sites, imid, marrow, glucocorticoid, effector
    )
    return after, DayEffects(
        kill=kill,
        lenalidomide=_mean(length),
        lenalidomide_intervals=length,
        marrow_intervals=blocking,
        occupancy=_together((_mean(held) for held in inhibited.values()), zero),
        release=release,
        antibody=cd38,
        effector=effector_mean,
        melphalan_auc=auc,
    )


def _together(shares: Iterable[Array], zero: Array) -> Array:
    """Add shares of one target up; more than all of it cannot be taken."""
    total = sum(shares, zero)
    return jnp.minimum(total, 1.0)


def _as_first(drug: str, levels: Scalars, p: Numbers) -> Scalars:
    """Give concentrations as those of the first drug of the class that would do as much."""
    if is_first(drug):
        return levels
    factor = p[drug]["potency"]
    if drug in of_class("imid"):  # potency is that of unbound drug
        factor = factor * p[drug]["unbound"] / p["effects"]["lenalidomide_unbound"]
    return tuple(factor * level for level in levels)


def _imids(
    signals: Mapping[str, Array], nodes: Mapping[str, Scalars], levels: Mapping[str, Scalars], p: Numbers
) -> tuple[dict[str, Array], dict[str, Array], Scalars]:
    """Give the signal of each IMiD at the end of the day and its average, and all of them as lenalidomide, mg/L."""
    after, mean = {}, {}
    length: Scalars = ()
    for drug, signal in signals.items():
        after[drug], mean[drug] = imid_day(signal, _as_first(drug, nodes[drug], p), NODE_WEIGHTS, p["effects"])
        own = _as_first(drug, levels[drug], p)
        length = own if not length else tuple(a + b for a, b in zip(length, own, strict=True))
    return after, mean, length or (jnp.zeros_like(p["effects"]["imid_delay"]),) * N_INTERVALS


def _glucocorticoids(
    signals: Mapping[str, Array], nodes: Mapping[str, Scalars], p: Numbers
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Give the signal of each glucocorticoid at the end of the day, and its average."""
    e, after, mean = p["effects"], {}, {}
    for drug, signal in signals.items():
        driver = settled_share(_as_first(drug, nodes[drug], p), NODE_WEIGHTS, e["dexamethasone_half_effect"])
        after[drug], mean[drug] = follow(signal, driver, e["dexamethasone_delay"])
    return after, mean


def _inhibitors(
    occupancy: Mapping[str, Array], levels: Mapping[str, Scalars], p: Numbers
) -> tuple[dict[str, Array], dict[str, Scalars], Scalars]:
    """Give the occupancy by each inhibitor at the end of the day and in each interval, and their drive on release."""
    after, by_interval = {}, {}
    release: Scalars = (jnp.zeros_like(p["effects"]["imid_delay"]),) * N_INTERVALS
    for drug, start in occupancy.items():
        after[drug], by_interval[drug] = _occupied(
            start, levels[drug], p[drug]["occupancy_on"], p[drug]["occupancy_off"]
        )
        strength = p[drug]["release_block"]
        release = tuple(sum_ + strength * held for sum_, held in zip(release, by_interval[drug], strict=True))
    return after, by_interval, release


def _by_other_sites(
    other_sites: Mapping[str, Array],
    levels: Mapping[str, Scalars],
    inhibited: Mapping[str, Scalars],
    p: Numbers,
) -> tuple[dict[str, Array], dict[str, Scalars]]:
    """Give the share of other sites that each inhibitor holds at the end of the day, and how much each one kills."""
    after, killing = {}, dict(inhibited)
    for drug, start in other_sites.items():
        own = p[drug]
        after[drug], held = _occupied(start, levels[drug], own["other_sites_on"], own["occupancy_off"])
        killing[drug] = tuple(
            share * strength_by_other_sites(others, own) for share, others in zip(inhibited[drug], held, strict=True)
        )
    return after, killing


def _antibodies(
    state: DrugState,
    dose_mg: Mapping[str, Array],
    route: Mapping[str, Array],
    coefficients: IndividualKinetics,
    p: Numbers,
    layout: Layout,
) -> tuple[dict[str, antibody.State], dict[str, Array], dict[str, Array]]:
    """Give amounts of each antibody at the end of the day, days since its first dose, and its share of the target."""
    after, days, saturated = dict(state.antibodies), dict(state.antibody_days), {}
    for drug, own in coefficients.antibodies.items():
        mg, body = dose_mg[drug], state.antibodies[drug]
        for number in layout.routes[layout.drugs.index(drug)]:
            body = antibody.dose(body, jnp.where(route[drug] == number, mg, 0.0), number, own)
        after[drug], level = antibody.day_step(body, days[drug], own)
        started = (days[drug] > 0.0) | (mg > 0.0)
        days[drug] = days[drug] + jnp.where(started, 1.0, 0.0)
        saturated[drug] = saturation(drug, level, p)
    return after, days, saturated


def saturation(drug: str, level: Array, p: Numbers) -> Array:
    """Give the share of its target that an antibody holds; concentration in mg/L."""
    if drug in of_class("cd38"):
        (level,), half = _as_first(drug, (level,), p), p["effects"]["daratumumab_half_effect"]
    else:
        half = p[drug]["half_effect"]
    share: Array = level / (half + level)
    return share


def _by_route(mg: Array, route: Array, routes: tuple[int, ...]) -> Scalars:
    if len(routes) == 1:
        return (mg,)
    return tuple(jnp.where(route == number, mg, 0.0) for number in routes)


def _concentrations(
    amplitudes: Scalars, mg: Scalars, coefficient: tuple[Scalars, ...], per_mg: tuple[Scalars, ...]
) -> Scalars:
    """Give concentrations of the day, one per row of `coefficient`."""
    levels = []
    for k, row in enumerate(coefficient):
        level = sum((c * a for c, a in zip(row[1:], amplitudes[1:], strict=True)), row[0] * amplitudes[0])
        for amount, by_dose in zip(mg, per_mg, strict=True):
            level = level + amount * by_dose[k]
        levels.append(jnp.maximum(level, 0.0))  # the absorption mode is negative: rounding may pass zero
    return tuple(levels)


def _carried(amplitudes: Scalars, mg: Scalars, drug: Linear) -> Scalars:
    """Give the amplitudes at the start of the next day."""
    after = [left * a for left, a in zip(drug.decay, amplitudes, strict=True)]
    for amount, by_dose in zip(mg, drug.dose_carry, strict=True):
        after = [a + amount * per_mg for a, per_mg in zip(after, by_dose, strict=True)]
    return tuple(flush(a) for a in after)


def _mean(levels: Scalars) -> Array:
    return sum((w * c for w, c in zip(WIDTHS, levels, strict=True)), levels[0] * 0.0)


def _occupied(start: Array, levels: Scalars, kon: Array, kout: Array) -> tuple[Array, Scalars]:
    """Give the occupancy of the proteasome at the end of the day and in each interval."""
    by_interval = []
    for level, width in zip(levels, WIDTHS, strict=True):
        start, average = occupancy_step(start, level, width, kon, kout)
        by_interval.append(average)
    return start, tuple(by_interval)


def substeps(levels: Scalars) -> Scalars:
    """Average the graded intervals into the substeps of the blood cell chains: the first three make one."""
    first = sum((w * c for w, c in zip(WIDTHS[:3], levels[:3], strict=True)), levels[0] * 0.0) / EDGES[3]
    return (first, *levels[3:])
