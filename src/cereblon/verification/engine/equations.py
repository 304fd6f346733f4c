"""The model of one subject as rates of change in continuous time.

The trial engine takes these equations a day at a time. Here they stand once more as they are, without a step shared
with it; only each drug's rates come from `pharmacology`, which has its own check against compartments.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from cereblon.model.drugs.disposition import Modes
from cereblon.model.drugs.drug import drug_of
from cereblon.model.drugs.occupancy import strength_by_other_sites
from cereblon.model.engine.inputs import Subject
from cereblon.model.engine.parameters import Parameters
from cereblon.model.engine.state import IndividualParameters
from cereblon.model.myeloma.clones import CLONES

_HOURS = 24.0
_RESISTS = {"imid": (1, 4), "pi": (2, 4), "cd38": (3, 4), "glucocorticoid": ()}  # clones that a class spares
_IMID_RESISTANT = 1
_REFERENCE_LENALIDOMIDE = 0.087  # mg/L, the exposure at which the fall of haemoglobin is stated
_TRANSFUSION = 10.0  # 1/day; so fast that haemoglobin stays within 0.1 g/L of its limit

State = dict[str, Any]
"""Amplitudes of the drugs, delayed effects, log burden of each clone, M-protein and blood."""


class System(NamedTuple):
    """Everything that stays the same for one subject, in 64 bit."""

    subject: Subject
    individual: IndividualParameters  # without kinetics
    modes: dict[str, Modes]
    antibody: Any
    first_antibody_day: Array
    p: Parameters


def flow(t: ArrayLike, y: State, args: tuple[dict[str, Array], Array, System]) -> State:
    """Give the rates of change of everything, 1/day.

    Parameters
    ----------
    t
        Day.
    y
        As in `State`; drugs in mg/L per mode, daratumumab in mg, M-protein and haemoglobin in g/L, the rest relative.
    args
        Input of each drug that is running in, mg/L per mode and day; factors on the production of neutrophils and
        platelets; and what stays the same.
    """
    inflow, gain, s = args
    e, zero = s.p["effects"], jnp.float64(0.0)
    level = {drug: jnp.sum(amplitude) for drug, amplitude in y["amplitude"].items()}
    antibody_flow, antibody = _antibody(t, y["antibody"], s)
    saturated = antibody / (e["daratumumab_half_effect"] + antibody)
    lenalidomide, melphalan = level.get("lenalidomide", zero), _HOURS * level.get("melphalan", zero)
    free = e["lenalidomide_unbound"] * lenalidomide
    bound = free / (e["lenalidomide_half_effect"] + free)
    dexamethasone = level.get("dexamethasone", zero)
    glucocorticoid = dexamethasone / (e["dexamethasone_half_effect"] + dexamethasone)
    target = (1.0 + e["effector_by_lenalidomide"] * y["imid"]) * (
        1.0 - e["effector_by_dexamethasone"] * y["glucocorticoid"] - e["effector_by_cd38_antibody"] * saturated
    )
    kill = {"lenalidomide": y["imid"], "dexamethasone": y["glucocorticoid"], "daratumumab": saturated * y["effector"]}
    proteasome = jnp.minimum(sum(y["occupancy"].values(), zero), 1.0)
    release = sum((s.p[drug]["release_block"] * held for drug, held in y["occupancy"].items()), zero)
    killing = y["occupancy"] | {
        drug: y["occupancy"][drug] * strength_by_other_sites(held, s.p[drug])
        for drug, held in y["other_sites"].items()
    }
    burden = jnp.sum(jnp.exp(y["log_burden"]))
    return {
        "amplitude": {drug: inflow[drug] - m.rate * y["amplitude"][drug] for drug, m in s.modes.items()},
        "antibody": antibody_flow,
        "occupancy": {
            drug: s.p[drug]["occupancy_on"] * level[drug] * (1.0 - held) - s.p[drug]["occupancy_off"] * held
            for drug, held in y["occupancy"].items()
        },
        "other_sites": {
            drug: s.p[drug]["other_sites_on"] * level[drug] * (1.0 - held) - s.p[drug]["occupancy_off"] * held
            for drug, held in y["other_sites"].items()
        },
        "imid": e["imid_delay"] * (bound - y["imid"]),
        "marrow": e["marrow_delay"] * (lenalidomide / (1.0 + free / e["marrow_half_effect"]) - y["marrow"]),
        "glucocorticoid": e["dexamethasone_delay"] * (glucocorticoid - y["glucocorticoid"]),
        "effector": e["effector_turnover"] * (jnp.maximum(target, 0.05) - y["effector"]),
        "log_burden": _clones(y, kill | killing, melphalan, s),
        "m_protein": -jnp.log(s.individual.protein_decay) * (s.subject.m_protein * burden - y["m_protein"]),
        "neutrophils": _neutrophils(y["neutrophils"], y["marrow"], proteasome, saturated, melphalan, gain[0], s),
        "platelets": _platelets(y["platelets"], lenalidomide, release, melphalan, gain[1], s),
        "haemoglobin": _haemoglobin(y["haemoglobin"], burden, lenalidomide, proteasome, melphalan, s),
    }


def _antibody(t: ArrayLike, amount: Array, s: System) -> tuple[Array, Array]:
    """Give the flows of daratumumab, mg/day, and its plasma concentration, mg/L."""
    if s.antibody is None:
        return jnp.zeros(3), jnp.float64(0.0)
    c = s.antibody
    depot, central, peripheral = amount
    plasma, tissue = central / c.central_volume, peripheral / c.peripheral_volume
    capacity = c.capacity * jnp.exp(-c.capacity_decay * jnp.maximum(jnp.asarray(t) - s.first_antibody_day, 0.0))
    lost = c.clearance * plasma + capacity * plasma / (c.half + plasma)
    absorbed, exchanged = c.ka * depot, c.exchange * (plasma - tissue)
    return jnp.stack([-absorbed, absorbed - lost - exchanged, exchanged]), plasma


def _clones(y: State, effect: Mapping[str, Array], melphalan: Array, s: System) -> Array:
    """Give the net growth rate of each clone."""
    p, fixed = s.p["clones"], s.individual
    cells = jnp.exp(y["log_burden"])
    growth = fixed.biology.growth * (1.0 - jnp.minimum(jnp.sum(cells) / fixed.capacity, 1.0))
    immune = p["kill_immune"] * jnp.maximum(y["effector"] - 1.0, 0.0) + fixed.melphalan_kill * melphalan
    rates = []
    for clone in range(cells.shape[0]):
        single = []
        for drug, strength in effect.items():
            drug_class = drug_of(drug).drug_class
            reach = 0.0 if clone in _RESISTS[drug_class] else 1.0
            if drug_class == "pi" and clone == _IMID_RESISTANT:
                reach = p["pi_on_imid_resistant"]
            reach = s.p[drug].get(f"on_{CLONES[clone]}", reach)
            single.append(reach * fixed.kill[drug] * strength)
        each = jnp.stack(single)
        rates.append(p["additivity"] * jnp.sum(each) + (1.0 - p["additivity"]) * jnp.max(each))
    gained = p["acquisition"] * cells[0] / 3.0 / cells
    acquired = jnp.concatenate([-jnp.asarray([p["acquisition"]]), gained[1:4], jnp.zeros(1)])
    return growth - jnp.stack(rates) - immune + acquired


def _neutrophils(
    cells: Array,
    acting: Array,
    proteasome: Array,
    antibody: Array,
    melphalan: Array,
    lift: Array,
    s: System,
) -> Array:
    p, k = s.p["neutrophils"], s.individual.neutrophil_rate
    others = p["slope_proteasome"] * proteasome + p["slope_daratumumab"] * antibody
    loss = s.individual.neutrophil_slope * acting + s.individual.marrow_sensitivity * others
    loss = jnp.minimum(loss, 0.98)
    gain = lift * (1.0 - loss) * jnp.maximum(cells[4], 1e-6) ** -p["feedback"]
    chain = jnp.stack([k * cells[0] * (gain - 1.0), *(k * (cells[i] - cells[i + 1]) for i in range(4))])
    killed = p["log_kill_melphalan"] * s.individual.marrow_sensitivity * melphalan
    return chain - killed * jnp.asarray([1.0, 1.0, 1.0, 1.0, 0.0]) * cells


def _platelets(cells: Array, lenalidomide: Array, release: Array, melphalan: Array, lift: Array, s: System) -> Array:
    p, k = s.p["platelets"], s.individual.platelet_rate
    block = jnp.minimum(s.individual.release_sensitivity * release, 0.95)
    pool, first, second, circulating = cells
    released = k * (1.0 - block) * second
    chain = jnp.stack(
        [
            lift * k * jnp.maximum(circulating, 1e-6) ** -p["feedback"]
            - (k + s.individual.platelet_slope * lenalidomide) * pool,
            k * (pool - first),
            k * first - released - 0.5 * k * block * second,
            released - k * circulating,
        ]
    )
    killed = p["log_kill_melphalan"] * s.individual.marrow_sensitivity * melphalan
    return chain - killed * jnp.asarray([1.0, 1.0, 1.0, 0.0]) * cells


def _haemoglobin(
    value: Array, burden: Array, lenalidomide: Array, proteasome: Array, melphalan: Array, s: System
) -> Array:
    p, baseline = s.p["haemoglobin"], s.subject.haemoglobin
    healthy = jnp.where(s.subject.male > 0.5, p["healthy_male"], p["healthy_female"])
    deficit = jnp.maximum(healthy - baseline, 0.0)
    kept = p["recovery"] * jnp.minimum(burden, 2.0) + 1.0 - p["recovery"]
    drugs = s.individual.haemoglobin_fall * lenalidomide / _REFERENCE_LENALIDOMIDE + p["fall_proteasome"] * proteasome
    target = jnp.maximum(baseline, healthy) - deficit * kept - drugs
    transfused = _TRANSFUSION * jnp.maximum(p["transfusion_limit"] - value, 0.0)
    return p["turnover"] * (target - value) - p["fall_melphalan"] * melphalan + transfused
