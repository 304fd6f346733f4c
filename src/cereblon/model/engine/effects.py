"""From doses to day effects: each drug's kinetics and action composed for one subject.

Numbers are scalars in tuples, not small arrays: the compiler then vectorises over subjects.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array

from cereblon.model.drugs import daratumumab, melphalan
from cereblon.model.drugs.disposition import (
    IV,
    SC,
    Modes,
    Person,
    day_decay,
    dose_average,
    dose_carry,
    dose_level,
    interval_average,
    node_decay,
)
from cereblon.model.drugs.drugs import linear_drugs
from cereblon.model.drugs.occupancy import occupancy_step
from cereblon.model.engine.inputs import PROTEASOME_INHIBITORS, Layout, Numbers, Subject
from cereblon.model.mechanism.reduced import effector_day, follow, imid_day, marrow_day, settled_share
from cereblon.model.myeloma.clones import Effect

N_INTERVALS = 6
EDGES = tuple((k / N_INTERVALS) ** 2 for k in range(N_INTERVALS + 1))  # days; dense after the dose
WIDTHS = tuple(b - a for a, b in pairwise(EDGES))
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(N_INTERVALS)
NODES = tuple(float(0.25 * (1.0 + x) ** 2) for x in _POINTS)
NODE_WEIGHTS = tuple(float(0.5 * w * (1.0 + x)) for x, w in zip(_POINTS, _WEIGHTS, strict=True))
_SATURATING = ("lenalidomide", "dexamethasone")  # their day effect is read at nodes, which are finer than averages
_HOURS = 24.0
_NOTHING = 1e-20  # mg/L

Scalars = tuple[Array, ...]


class Linear(NamedTuple):
    """One subject's coefficients of one drug with linear kinetics."""

    average: tuple[Scalars, ...]  # [interval][mode]
    decay: Scalars  # [mode]
    dose_average: tuple[Scalars, ...]  # [route used][interval], per mg
    dose_carry: tuple[Scalars, ...]  # [route used][mode], per mg
    node: tuple[Scalars, ...]  # [node][mode]; empty for a drug whose effect does not saturate
    dose_node: tuple[Scalars, ...]  # [route used][node], per mg


class IndividualKinetics(NamedTuple):
    """One subject's coefficients of all drugs of the trial."""

    linear: dict[str, Linear]
    daratumumab: Any
    melphalan_auc_per_mg: Array  # mg h/L per mg


class DrugState(NamedTuple):
    """What is in the body, and the effects that lag behind it."""

    amplitudes: dict[str, Scalars]
    daratumumab: Any
    daratumumab_days: Array  # since the first dose
    occupancy: dict[str, Array]
    imid: Array
    marrow: Array  # lenalidomide that acts on marrow progenitors, mg/L
    glucocorticoid: Array
    effector: Array


class DayEffects(NamedTuple):
    """Averages over one day that drive tumour and marrow."""

    kill: dict[str, Effect]  # effect of each drug on a clone it reaches; by interval for proteasome inhibitors
    lenalidomide: Array  # mg/L
    lenalidomide_intervals: Scalars  # mg/L in each interval of the day
    marrow_intervals: Scalars  # what of it acts on marrow progenitors, mg/L
    occupancy: Array  # of the proteasome by all inhibitors
    release: Scalars  # drive of all inhibitors on platelet release, in each interval
    antibody: Array  # saturation
    effector: Array
    melphalan_auc: Array  # mg h/L


def person_of(subject: Subject) -> Person:
    """Give what pharmacokinetics needs to know."""
    return Person(
        age=subject.age,
        male=subject.male,
        weight_kg=subject.weight_kg,
        height_cm=subject.height_cm,
        bsa_m2=subject.bsa_m2,
        crcl_ml_min=subject.crcl_ml_min,
        albumin_g_l=subject.albumin_g_l,
        igg=jnp.where(subject.isotype == 0, 1.0, 0.0),
    )


def kinetics(subject: Subject, eta: Mapping[str, Array], p: Numbers, layout: Layout) -> IndividualKinetics:
    """Prepare one subject's coefficients; `eta` holds standard normal draws by drug."""
    person = person_of(subject)
    edges = jnp.asarray(EDGES, jnp.float32)
    modules, linear = linear_drugs(), {}
    for drug, routes in zip(layout.drugs, layout.routes, strict=True):
        if drug not in modules or drug == "melphalan":  # of melphalan only the total exposure acts
            continue
        modes = modules[drug].disposition(person, eta[drug], p[drug])
        average, decay = interval_average(modes.rate, edges), day_decay(modes.rate)
        dosed, carried = dose_average(modes, edges), dose_carry(modes)
        linear[drug] = Linear(
            average=tuple(_scalars(average[k]) for k in range(N_INTERVALS)),
            decay=_scalars(decay),
            dose_average=tuple(_scalars(dosed[route]) for route in routes),
            dose_carry=tuple(_scalars(carried[route]) for route in routes),
            **_nodes(modes, routes, drug),
        )
    antibody = (
        daratumumab.coefficients(person, eta["daratumumab"], p["daratumumab"])
        if "daratumumab" in layout.drugs
        else ()
    )
    auc = jnp.zeros_like(subject.age)
    if "melphalan" in layout.drugs:
        # From mg day/L, the unit of time inside, to the mg h/L in which melphalan exposure is reported.
        auc = _HOURS * melphalan.auc(1.0, person, eta["melphalan"], p["melphalan"])
    return IndividualKinetics(linear=linear, daratumumab=antibody, melphalan_auc_per_mg=auc)


def _nodes(modes: Modes, routes: tuple[int, ...], drug: str) -> dict[str, tuple[Scalars, ...]]:
    if drug not in _SATURATING:
        return {"node": (), "dose_node": ()}
    times = jnp.asarray(NODES, modes.rate.dtype)
    decayed, dosed = node_decay(modes.rate, times), dose_level(modes, times)
    return {
        "node": tuple(_scalars(decayed[k]) for k in range(N_INTERVALS)),
        "dose_node": tuple(_scalars(dosed[route]) for route in routes),
    }


def _scalars(values: Array) -> Scalars:
    return tuple(_flush(values[i]) for i in range(values.shape[0]))


def _flush(value: Array) -> Array:
    """Set what is far below one molecule to 0: numbers near the smallest float cost a hundred times as much."""
    return jnp.where(jnp.abs(value) < _NOTHING, 0.0, value)


def initial(coefficients: IndividualKinetics, zero: Array, layout: Layout) -> DrugState:
    """Give the untreated state; `zero` gives the kind of the numbers."""
    return DrugState(
        amplitudes={drug: tuple(zero for _ in drug_.decay) for drug, drug_ in coefficients.linear.items()},
        daratumumab=daratumumab.State(zero, zero, zero) if "daratumumab" in layout.drugs else (),
        daratumumab_days=zero,
        occupancy={drug: zero for drug in layout.drugs if drug in PROTEASOME_INHIBITORS},
        imid=zero,
        marrow=zero,
        glucocorticoid=zero,
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
    e, zero = p["effects"], state.imid * 0.0
    amplitudes, levels, nodes = dict(state.amplitudes), {}, {}
    for drug, drug_ in coefficients.linear.items():
        by_route = _by_route(dose_mg[drug], route[drug], layout.routes[layout.drugs.index(drug)])
        before = state.amplitudes[drug]
        levels[drug] = _concentrations(before, by_route, drug_.average, drug_.dose_average)
        nodes[drug] = _concentrations(before, by_route, drug_.node, drug_.dose_node)
        amplitudes[drug] = _carried(before, by_route, drug_)
    kill: dict[str, Effect] = {}
    length = levels.get("lenalidomide", (zero,) * N_INTERVALS)
    imid, marrow, glucocorticoid = state.imid, state.marrow, state.glucocorticoid
    imid_mean, glucocorticoid_mean, blocking = zero, zero, (zero,) * N_INTERVALS
    if "lenalidomide" in nodes:
        imid, imid_mean = imid_day(imid, nodes["lenalidomide"], NODE_WEIGHTS, e)
        marrow, blocking = marrow_day(marrow, length, WIDTHS, e)
        kill["lenalidomide"] = imid_mean
    if "dexamethasone" in nodes:
        driver = settled_share(nodes["dexamethasone"], NODE_WEIGHTS, e["dexamethasone_half_effect"])
        glucocorticoid, glucocorticoid_mean = follow(glucocorticoid, driver, e["dexamethasone_delay"])
        kill["dexamethasone"] = glucocorticoid_mean
    occupancy, held, release = dict(state.occupancy), zero, (zero,) * N_INTERVALS
    for drug in occupancy:
        occupancy[drug], by_interval = _occupied(
            state.occupancy[drug], levels[drug], p[drug]["occupancy_on"], p[drug]["occupancy_off"]
        )
        kill[drug] = by_interval
        held = held + _mean(by_interval)
        strength = p["platelets"][f"release_block_{drug}"]
        release = tuple(sum_ + strength * held for sum_, held in zip(release, by_interval, strict=True))
    antibody_state, antibody_days, antibody = state.daratumumab, state.daratumumab_days, zero
    if "daratumumab" in layout.drugs:
        mg = dose_mg["daratumumab"]
        for number in (IV, SC):
            if number in layout.routes[layout.drugs.index("daratumumab")]:
                part = jnp.where(route["daratumumab"] == number, mg, 0.0)
                antibody_state = daratumumab.dose(antibody_state, part, number, coefficients.daratumumab)
        antibody_state, level = daratumumab.day_step(antibody_state, antibody_days, coefficients.daratumumab)
        started = (antibody_days > 0.0) | (mg > 0.0)
        antibody_days = antibody_days + jnp.where(started, 1.0, 0.0)
        antibody = level / (e["daratumumab_half_effect"] + level)
    effector, effector_mean = effector_day(state.effector, imid_mean, glucocorticoid_mean, antibody, e)
    if "daratumumab" in layout.drugs:
        kill["daratumumab"] = antibody * effector_mean
    auc = dose_mg["melphalan"] * coefficients.melphalan_auc_per_mg if "melphalan" in layout.drugs else zero
    after = DrugState(amplitudes, antibody_state, antibody_days, occupancy, imid, marrow, glucocorticoid, effector)
    return after, DayEffects(
        kill=kill,
        lenalidomide=_mean(length),
        lenalidomide_intervals=length,
        marrow_intervals=blocking,
        occupancy=jnp.minimum(held, 1.0),
        release=release,
        antibody=antibody,
        effector=effector_mean,
        melphalan_auc=auc,
    )


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
    return tuple(_flush(a) for a in after)


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
