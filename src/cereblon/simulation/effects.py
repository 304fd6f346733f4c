"""From doses to day effects: each drug's kinetics and action composed for one subject.

Numbers are scalars in tuples, not small arrays: the compiler then vectorises over subjects.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import Array

from cereblon.myeloma.immune import effector_day, follow
from cereblon.pharmacology import daratumumab, melphalan
from cereblon.pharmacology.disposition import IV, SC, Person, day_decay, dose_average, dose_carry, interval_average
from cereblon.pharmacology.drugs import linear_drugs
from cereblon.pharmacology.occupancy import day_occupancy
from cereblon.simulation.inputs import PROTEASOME_INHIBITORS, Layout, Subject

N_INTERVALS = 6
EDGES = tuple((k / N_INTERVALS) ** 2 for k in range(N_INTERVALS + 1))  # days; dense after the dose
WIDTHS = tuple(b - a for a, b in pairwise(EDGES))
_HOURS = 24.0
_NOTHING = 1e-20  # mg/L

Numbers = Mapping[str, Mapping[str, Any]]
Scalars = tuple[Array, ...]


class Linear(NamedTuple):
    """One subject's coefficients of one drug with linear kinetics."""

    average: tuple[Scalars, ...]  # [interval][mode]
    decay: Scalars  # [mode]
    dose_average: tuple[Scalars, ...]  # [route used][interval], per mg
    dose_carry: tuple[Scalars, ...]  # [route used][mode], per mg


class Kinetics(NamedTuple):
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
    glucocorticoid: Array
    effector: Array


class DayEffects(NamedTuple):
    """Averages over one day that drive tumour and marrow."""

    kill: dict[str, Array]  # effect of each drug on a clone it reaches
    lenalidomide: Array  # mg/L
    lenalidomide_substeps: Scalars  # mg/L in each substep of the neutrophil chain
    occupancy: Array  # of the proteasome by all inhibitors
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


def kinetics(subject: Subject, eta: Mapping[str, Array], p: Numbers, layout: Layout) -> Kinetics:
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
    return Kinetics(linear=linear, daratumumab=antibody, melphalan_auc_per_mg=auc)


def _scalars(values: Array) -> Scalars:
    return tuple(_flush(values[i]) for i in range(values.shape[0]))


def _flush(value: Array) -> Array:
    """Set what is far below one molecule to 0: numbers near the smallest float cost a hundred times as much."""
    return jnp.where(jnp.abs(value) < _NOTHING, 0.0, value)


def initial(coefficients: Kinetics, zero: Array, layout: Layout) -> DrugState:
    """Give the untreated state; `zero` gives the kind of the numbers."""
    return DrugState(
        amplitudes={drug: tuple(zero for _ in drug_.decay) for drug, drug_ in coefficients.linear.items()},
        daratumumab=daratumumab.State(zero, zero, zero) if "daratumumab" in layout.drugs else (),
        daratumumab_days=zero,
        occupancy={drug: zero for drug in layout.drugs if drug in PROTEASOME_INHIBITORS},
        imid=zero,
        glucocorticoid=zero,
        effector=zero + 1.0,
    )


def day(
    state: DrugState,
    dose_mg: Mapping[str, Array],
    route: Mapping[str, Array],
    coefficients: Kinetics,
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
    amplitudes, levels = dict(state.amplitudes), {}
    for drug, drug_ in coefficients.linear.items():
        amplitudes[drug], levels[drug] = _linear_day(
            state.amplitudes[drug], dose_mg[drug], route[drug], drug_, layout.routes[layout.drugs.index(drug)]
        )
    kill: dict[str, Array] = {}
    length = levels.get("lenalidomide", (zero,) * N_INTERVALS)
    imid, glucocorticoid = state.imid, state.glucocorticoid
    if "lenalidomide" in levels:
        free = tuple(e["lenalidomide_unbound"] * level for level in length)
        imid, kill["lenalidomide"] = follow(imid, _saturation(free, e["lenalidomide_half_effect"]), e["imid_delay"])
    if "dexamethasone" in levels:
        driver = _saturation(levels["dexamethasone"], e["dexamethasone_half_effect"])
        glucocorticoid, kill["dexamethasone"] = follow(glucocorticoid, driver, e["dexamethasone_delay"])
    occupancy, held = dict(state.occupancy), []
    for drug in occupancy:
        occupancy[drug], kill[drug] = day_occupancy(
            state.occupancy[drug],
            levels[drug],
            WIDTHS,
            p[drug]["occupancy_on"],
            p[drug]["occupancy_off"],
        )
        held.append(kill[drug])
    antibody_state, antibody_days, antibody = state.daratumumab, state.daratumumab_days, zero
    if "daratumumab" in layout.drugs:
        mg = dose_mg["daratumumab"]
        for number in (IV, SC):
            if number in layout.routes[layout.drugs.index("daratumumab")]:
                by_route = jnp.where(route["daratumumab"] == number, mg, 0.0)
                antibody_state = daratumumab.dose(antibody_state, by_route, number, coefficients.daratumumab)
        antibody_state, level = daratumumab.day_step(antibody_state, antibody_days, coefficients.daratumumab)
        started = (antibody_days > 0.0) | (mg > 0.0)
        antibody_days = antibody_days + jnp.where(started, 1.0, 0.0)
        antibody = level / (e["daratumumab_half_effect"] + level)
        kill["daratumumab"] = antibody * state.effector
    effector = effector_day(
        state.effector, kill.get("lenalidomide", zero), kill.get("dexamethasone", zero), antibody, e
    )
    auc = dose_mg["melphalan"] * coefficients.melphalan_auc_per_mg if "melphalan" in layout.drugs else zero
    after = DrugState(amplitudes, antibody_state, antibody_days, occupancy, imid, glucocorticoid, effector)
    return after, DayEffects(
        kill=kill,
        lenalidomide=_mean(length),
        lenalidomide_substeps=_substeps(length),
        occupancy=jnp.minimum(sum(held, zero), 1.0),
        antibody=antibody,
        effector=state.effector,
        melphalan_auc=auc,
    )


def _linear_day(
    amplitudes: Scalars, mg: Array, route: Array, drug: Linear, routes: tuple[int, ...]
) -> tuple[Scalars, Scalars]:
    """Give the amplitudes of the next day and the average concentration of each interval."""
    levels = [sum(c * a for c, a in zip(row, amplitudes, strict=True)) for row in drug.average]
    after = [left * a for left, a in zip(drug.decay, amplitudes, strict=True)]
    for i, number in enumerate(routes):
        by_route = mg if len(routes) == 1 else jnp.where(route == number, mg, 0.0)
        levels = [level + by_route * per_mg for level, per_mg in zip(levels, drug.dose_average[i], strict=True)]
        after = [a + by_route * per_mg for a, per_mg in zip(after, drug.dose_carry[i], strict=True)]
    # The absorption mode is negative: rounding may leave a trace below zero.
    return tuple(_flush(a) for a in after), tuple(jnp.maximum(level, 0.0) for level in levels)


def _saturation(levels: Scalars, half: Array) -> Array:
    return sum((w * c / (half + c) for w, c in zip(WIDTHS, levels, strict=True)), jnp.zeros_like(half))


def _mean(levels: Scalars) -> Array:
    return sum((w * c for w, c in zip(WIDTHS, levels, strict=True)), levels[0] * 0.0)


def _substeps(levels: Scalars) -> Scalars:
    """Average the graded intervals into the substeps of the neutrophil chain: the first three make one."""
    first = sum((w * c for w, c in zip(WIDTHS[:3], levels[:3], strict=True)), levels[0] * 0.0) / EDGES[3]
    return (first, *levels[3:])
