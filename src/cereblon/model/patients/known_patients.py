"""Patients of whom some covariates are known: what is not known is that of a similar patient of a population."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cereblon.core.body import cockcroft_gault
from cereblon.core.errors import InputError
from cereblon.model.patients.eligibility import Eligibility
from cereblon.model.patients.limits import is_possible
from cereblon.model.patients.population import Population
from cereblon.model.patients.quantities import Floats
from cereblon.model.patients.staging import iss_stage
from cereblon.model.patients.virtual_patients import VirtualPatients

if TYPE_CHECKING:
    import jax

KNOWN: dict[str, str] = {
    "age": "years",
    "male": "",
    "creatinine_mg_dl": "mg/dL",
    "albumin_g_l": "g/L",
    "b2m_mg_l": "mg/L",
    "m_protein_g_l": "g/L",
    "involved_flc_mg_l": "mg/L",
    "haemoglobin_g_l": "g/L",
    "platelets_1e9_l": "1e9/L",
    "neutrophils_1e9_l": "1e9/L",
    "prior_lines": "",
    "bortezomib_exposed": "",
    "lenalidomide_refractory": "",
}
"""Covariates that may be known, with their units."""

_ON_LOG = ("creatinine_mg_dl", "b2m_mg_l", "involved_flc_mg_l", "platelets_1e9_l", "neutrophils_1e9_l")
_LEAST_M_PROTEIN = 1.0  # g/L; below it no intact M-protein is seen, as in light chain disease
_POOL, _SIMILAR, _POOL_SEED = 8192, 8, 20_250_101
_KIND_WEIGHT = 4.0  # in spreads: sex and the kind of M-protein are matched before all else


class PatientsToDraw(Protocol):
    """Whoever can be drawn for a simulation: a population, or patients of whom something is known."""

    def draw(self, root_key: jax.Array, subject_id: ArrayLike) -> VirtualPatients:
        """Give the patients of subject numbers."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class KnownPatients:
    """Patients of whom some covariates are known.

    Subject number i is patient i modulo their count; in every round another of the similar patients of the population
    lends what is not known, so that rounds differ in nothing else.

    Parameters
    ----------
    patients
        Similar patients in which the known covariates stand, shape (patient, similar) flattened by patient.
    count
        Number of patients.
    impossible
        How many have values that no simulated patient can have, so that a similar one stands in whole.
    """

    patients: VirtualPatients
    count: int
    impossible: int

    def draw(self, root_key: jax.Array, subject_id: ArrayLike) -> VirtualPatients:  # noqa: ARG002
        """Give the patients of subject numbers; the key plays no part, for nothing is drawn by lot."""
        ids = np.asarray(subject_id, dtype=np.int64)
        chosen = self.patients.take((ids % self.count) * _SIMILAR + ids // self.count % _SIMILAR)
        return replace(chosen, subject_id=ids)


def known_patients(known: Mapping[str, Floats], population: Population) -> KnownPatients:
    """Find for each patient the similar ones of a population, and put what is known in their place.

    Similar are those nearest in the known covariates, each in spreads of the population. Entry criteria of the
    population do not count.

    Parameters
    ----------
    known
        By covariate of `KNOWN`, one value for each patient; NaN where it is not known.
    population
        Of which what is not known is taken.

    Raises
    ------
    InputError
        If there is no patient, or a covariate is none of `KNOWN`.
    """
    from cereblon.core.random_streams import root_key  # loads JAX

    count = len(next(iter(known.values()), ()))
    strange = [name for name in known if name not in KNOWN]
    if not count or strange:
        raise InputError(f"patients: {', '.join(strange) or 'nobody'}", hint=f"covariates: {', '.join(KNOWN)}")
    everybody = population.model_copy(update={"eligibility": Eligibility()})
    pool = everybody.draw(root_key(_POOL_SEED), np.arange(_POOL))
    similar = pool.take(_nearest(known, pool).reshape(-1))
    each = {name: np.repeat(np.asarray(values, dtype=np.float64), _SIMILAR) for name, values in known.items()}
    placed = _placed(each, similar)
    possible = is_possible(placed)
    arrays = {
        name: np.where(possible, values, getattr(similar, name)).astype(values.dtype)
        for name, values in placed.arrays().items()
    }
    alone = int((~possible).reshape(count, _SIMILAR).all(axis=1).sum())
    return KnownPatients(VirtualPatients(**arrays), count, alone)


def _nearest(known: Mapping[str, Floats], pool: VirtualPatients) -> NDArray[np.int64]:
    """Give the places in the pool of the nearest, shape (patient, similar)."""
    from scipy.spatial import cKDTree

    names = list(known)
    of_pool = np.column_stack([_scored(name, getattr(pool, name)) for name in names])
    spread = of_pool.std(axis=0)
    spread[spread == 0] = 1.0
    own = np.column_stack([_scored(name, np.asarray(known[name], dtype=np.float64)) for name in names])
    weight = np.array([_KIND_WEIGHT if name == "male" else 1.0 for name in names]) / spread
    if "m_protein_g_l" in known:
        mark = _KIND_WEIGHT * 4
        of_pool = np.column_stack([of_pool, pool.isotype == 2])
        given = np.asarray(known["m_protein_g_l"], dtype=np.float64)
        own = np.column_stack([own, np.where(np.isnan(given), np.nan, given < _LEAST_M_PROTEIN)])
        weight = np.append(weight, mark)
    found = np.zeros((len(own), _SIMILAR), dtype=np.int64)
    for columns, rows in _by_pattern(~np.isnan(own)):
        if not len(columns):
            found[rows] = rows[:, None] * _SIMILAR % len(pool) + np.arange(_SIMILAR)
            continue
        tree = cKDTree(of_pool[:, columns] * weight[columns])
        found[rows] = tree.query(own[np.ix_(rows, columns)] * weight[columns], k=_SIMILAR)[1]
    return found


def _by_pattern(there: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Give the known columns and the rows of patients of whom the same is known."""
    patterns, which = np.unique(there, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        yield np.flatnonzero(pattern), np.flatnonzero(which.reshape(-1) == number)


def _scored(name: str, values: NDArray[np.generic]) -> Floats:
    numbers = np.asarray(values, dtype=np.float64)
    return np.log(np.maximum(numbers, 1e-3)) if name in _ON_LOG else numbers


def _placed(known: Mapping[str, Floats], similar: VirtualPatients) -> VirtualPatients:
    """Put known values in the place of those of the similar patients, and what follows from them."""

    def own(name: str) -> Floats:
        lent = np.asarray(getattr(similar, name), dtype=np.float64)
        given = known.get(name)
        return lent if given is None else np.where(np.isnan(given), lent, given)

    age, male = own("age"), own("male") > 0.5
    albumin, b2m = own("albumin_g_l"), own("b2m_mg_l")
    return replace(
        similar,
        age=age,
        male=male,
        crcl_ml_min=cockcroft_gault(age, similar.weight_kg, male, own("creatinine_mg_dl")),
        albumin_g_l=albumin,
        b2m_mg_l=b2m,
        iss=iss_stage(b2m, albumin),
        m_protein_g_l=np.where(similar.isotype == 2, 0.0, own("m_protein_g_l")),
        involved_flc_mg_l=own("involved_flc_mg_l"),
        haemoglobin_g_l=own("haemoglobin_g_l"),
        platelets_1e9_l=own("platelets_1e9_l"),
        neutrophils_1e9_l=own("neutrophils_1e9_l"),
        prior_lines=own("prior_lines").astype(np.int64),
        bortezomib_exposed=own("bortezomib_exposed") > 0.5,
        lenalidomide_refractory=own("lenalidomide_refractory") > 0.5,
    )
