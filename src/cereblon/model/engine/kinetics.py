"""One subject's kinetics of all drugs of a trial: what the days need of them, computed once.

Numbers are scalars in tuples, not small arrays: the compiler then vectorises over subjects.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array

from cereblon.core.batching import stored
from cereblon.model.drugs import antibody
from cereblon.model.drugs.disposition import (
    Modes,
    day_decay,
    dose_average,
    dose_carry,
    dose_level,
    interval_average,
    node_decay,
)
from cereblon.model.drugs.drug import Drug
from cereblon.model.drugs.drugs import kinetic_model
from cereblon.model.drugs.patient import Patient
from cereblon.model.drugs.pk_parameters import AntibodyPKParameters
from cereblon.model.engine.inputs import Subject
from cereblon.model.engine.parameters import Numbers
from cereblon.model.engine.program import Layout

N_INTERVALS = 6
EDGES = tuple((k / N_INTERVALS) ** 2 for k in range(N_INTERVALS + 1))  # days; dense after the dose
WIDTHS = tuple(b - a for a, b in pairwise(EDGES))
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(N_INTERVALS)
NODES = tuple(float(0.25 * (1.0 + x) ** 2) for x in _POINTS)
NODE_WEIGHTS = tuple(float(0.5 * w * (1.0 + x)) for x, w in zip(_POINTS, _WEIGHTS, strict=True))
_SATURATING = ("imid", "glucocorticoid")  # their day effect is read at nodes, which are finer than averages
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
    antibodies: dict[str, antibody.Coefficients]
    melphalan_auc_per_mg: Array  # mg h/L per mg


def patient_of(subject: Subject) -> Patient:
    """Give what pharmacokinetics needs to know; what a trial does not is that of the reference patient."""
    return Patient(
        age=subject.age,
        male=subject.male,
        weight_kg=subject.weight_kg,
        height_cm=subject.height_cm,
        bsa_m2=subject.bsa_m2,
        crcl_ml_min=subject.crcl_ml_min,
        albumin_g_l=subject.albumin_g_l,
        igg=jnp.where(subject.isotype == 0, 1.0, 0.0),
        b2m_mg_l=subject.b2m_mg_l,
        m_protein_g_l=subject.m_protein,
    )


def kinetics(
    subject: Subject, eta: Mapping[str, Array], once: Array, p: Numbers, layout: Layout
) -> IndividualKinetics:
    """Prepare one subject's coefficients; `eta` holds standard normal draws by drug.

    Modes and coefficients are stored as arrays before their numbers are taken: otherwise the compiler would compute
    them anew for each number.
    """
    patient = patient_of(subject)
    edges = jnp.asarray(EDGES, jnp.float32)
    linear, antibodies, auc = {}, {}, jnp.zeros_like(subject.age)
    for name, routes in zip(layout.drugs, layout.routes, strict=True):
        model = kinetic_model(name)
        pk_parameters = model.pk_parameters(patient, eta[name], p[name])
        if isinstance(pk_parameters, AntibodyPKParameters):
            antibodies[name] = antibody.coefficients(pk_parameters)
        elif model.drug.drug_class == "alkylator":  # only its total exposure acts
            # From mg day/L, the unit of time inside, to the mg h/L in which melphalan exposure is reported.
            auc = _HOURS * (1.0 / pk_parameters.cl)
        else:
            modes = stored(partial(model.disposition, patient, eta[name], p[name]), once)
            linear[name] = _linear(modes, routes, model.drug, edges, once)
    return IndividualKinetics(linear=linear, antibodies=antibodies, melphalan_auc_per_mg=auc)


def _linear(modes: Modes, routes: tuple[int, ...], drug: Drug, edges: Array, once: Array) -> Linear:
    def coefficients() -> tuple[Array, ...]:
        return tuple(
            map(
                flush,
                (
                    interval_average(modes.rate, edges),
                    day_decay(modes.rate),
                    dose_average(modes, edges),
                    dose_carry(modes),
                ),
            )
        )

    average, decay, dosed, carried = stored(coefficients, once)
    return Linear(
        average=tuple(_scalars(average[k]) for k in range(N_INTERVALS)),
        decay=_scalars(decay),
        dose_average=tuple(_scalars(dosed[route]) for route in routes),
        dose_carry=tuple(_scalars(carried[route]) for route in routes),
        **_nodes(modes, routes, drug, once),
    )


def _nodes(modes: Modes, routes: tuple[int, ...], drug: Drug, once: Array) -> dict[str, tuple[Scalars, ...]]:
    if drug.drug_class not in _SATURATING:
        return {"node": (), "dose_node": ()}
    times = jnp.asarray(NODES, modes.rate.dtype)
    decayed, dosed = stored(lambda: (flush(node_decay(modes.rate, times)), flush(dose_level(modes, times))), once)
    return {
        "node": tuple(_scalars(decayed[k]) for k in range(N_INTERVALS)),
        "dose_node": tuple(_scalars(dosed[route]) for route in routes),
    }


def _scalars(values: Array) -> Scalars:
    return tuple(values[i] for i in range(values.shape[0]))


def flush(value: Array) -> Array:
    """Set what is far below one molecule to 0: numbers near the smallest float cost a hundred times as much."""
    return jnp.where(jnp.abs(value) < _NOTHING, 0.0, value)
