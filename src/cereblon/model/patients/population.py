"""A population: the joint distribution of covariates in one setting, and how patients are drawn from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import field_validator, model_validator

from cereblon.core.body import cockcroft_gault
from cereblon.core.errors import InputError
from cereblon.core.number_text import is_whole_number
from cereblon.core.validation import Name, StrictModel
from cereblon.model.patients.correlation import (
    Correlation,
    correlated,
    correlation_matrix,
    independent_scores,
)
from cereblon.model.patients.eligibility import Eligibility
from cereblon.model.patients.house_units import in_house_units
from cereblon.model.patients.limits import is_possible, limits
from cereblon.model.patients.quantities import BySex, Continuous, Floats, Number, Shares, has
from cereblon.model.patients.staging import frailty_group, iss_stage
from cereblon.model.patients.virtual_patients import ISOTYPES, VirtualPatients
from cereblon.vocabulary.settings import SETTING

if TYPE_CHECKING:
    import jax

MOST_ATTEMPTS = 500
_LOOK_AFTER = 20


class ByImmunoglobulin(StrictModel):
    """Serum M-protein of the two intact isotypes."""

    IgG: Continuous
    IgA: Continuous


class ByIsotype(StrictModel):
    """A share of the patients of each isotype."""

    IgG: Number
    IgA: Number
    light_chain: Number


class ByDisease(StrictModel):
    """Involved light chain in intact-immunoglobulin and in light-chain-only disease."""

    intact: Continuous
    light_chain: Continuous


class ByExposure(StrictModel):
    """Neuropathy grades without and with earlier bortezomib."""

    unexposed: Shares
    bortezomib_exposed: Shares


class Population(StrictModel):
    """The joint distribution of covariates in one setting.

    A Gaussian copula joins the marginals. Creatinine clearance follows from age, weight, sex and serum creatinine
    (Cockcroft-Gault), the stage from beta-2 microglobulin and albumin, the frailty group from age and deficits. The
    marginals describe patients before the entry criteria; those who miss a criterion or a physiological limit are
    drawn again.
    """

    name: Name
    title: Name
    setting: str
    note: str = ""
    age: Continuous
    male: Number
    height_cm: BySex
    weight_kg: BySex
    creatinine_mg_dl: BySex
    albumin_g_l: Continuous
    b2m_mg_l: Continuous
    high_risk_cytogenetics: Number
    isotype: Shares
    kappa: ByIsotype
    m_protein_g_l: ByImmunoglobulin
    involved_flc_mg_l: ByDisease
    uninvolved_flc_mg_l: Continuous
    marrow_plasma_cells_percent: Continuous
    neutrophils_1e9_l: Continuous
    platelets_1e9_l: Continuous
    haemoglobin_g_l: Continuous
    ecog: Shares
    frailty_deficits: Shares
    prior_lines: Shares
    lenalidomide_refractory: Number
    bortezomib_exposed: Number
    baseline_neuropathy_grade: ByExposure
    cardiac_history: Number
    correlations: tuple[Correlation, ...]
    eligibility: Eligibility = Eligibility()

    @model_validator(mode="before")
    @classmethod
    def _in_house_units(cls, blocks: Any) -> Any:
        return in_house_units(blocks) if isinstance(blocks, Mapping) else blocks

    @field_validator("setting")
    @classmethod
    def _is_a_setting(cls, text: str) -> str:
        word = SETTING.find(text)
        if word is None:
            raise ValueError(SETTING.refusal(text))
        return word

    @field_validator(
        "male", "high_risk_cytogenetics", "lenalidomide_refractory", "bortezomib_exposed", "cardiac_history"
    )
    @classmethod
    def _is_a_share(cls, number: Number) -> Number:
        if not 0.0 <= number.value <= 1.0 or number.unit != "1":
            raise ValueError(f"{number.value} {number.unit} is not a share between 0 and 1 (unit 1)")
        return number

    @field_validator("kappa")
    @classmethod
    def _are_shares(cls, kappa: ByIsotype) -> ByIsotype:
        for name in ISOTYPES:
            cls._is_a_share(getattr(kappa, name))
        return kappa

    @field_validator("isotype")
    @classmethod
    def _names_the_isotypes(cls, shares: Shares) -> Shares:
        if tuple(shares.value) != ISOTYPES:
            raise ValueError(f"the levels are {', '.join(shares.value)}; {', '.join(ISOTYPES)} are needed, in order")
        return shares

    @field_validator("ecog", "frailty_deficits", "prior_lines")
    @classmethod
    def _counts_up(cls, shares: Shares) -> Shares:
        levels = list(shares.value)
        if any(not is_whole_number(level) for level in levels) or levels != sorted(levels, key=int):
            raise ValueError(f"the levels {', '.join(levels)} are not rising whole numbers")
        return shares

    @model_validator(mode="after")
    def _holds_together(self) -> Population:
        correlation_matrix(self.correlations)
        self._refuse_impossible_medians()
        none_before = self.prior_lines.value.get("0", 0.0)
        if self.lenalidomide_refractory.value > 1.0 - none_before:
            raise ValueError(
                f"lenalidomide_refractory {self.lenalidomide_refractory.value} is more than the share of patients "
                f"with an earlier line, {1.0 - none_before:.3g}"
            )
        return self

    def _refuse_impossible_medians(self) -> None:
        """Refuse medians and spreads outside what the covariate can be, by the file patient_limits.yaml."""
        problems = []
        for name, (low, high) in limits().items():
            stated = getattr(self, name, None)
            parts = {name: stated} if isinstance(stated, Continuous) else {}
            if isinstance(stated, StrictModel):
                parts |= {f"{name}, {part}": one for part, one in stated if isinstance(one, Continuous)}
            problems += [
                f"{place}: median {one.median.value:g} {one.median.unit} cannot be; {low:g} to {high:g} can"
                for place, one in parts.items()
                if not low <= one.median.value <= high
            ]
            problems += [
                f"{place}: spread {one.spread.value:g} {one.spread.unit} is wider than {low:g} to {high:g}"
                for place, one in parts.items()
                if one.distribution == "normal" and one.spread.value > high - low
            ]
        if problems:
            raise ValueError("\n".join(problems))

    def compose(self, subject_id: NDArray[np.int64], independent: Floats) -> VirtualPatients:
        """Turn independent standard normal numbers, shape (subject, score), into patients, possible or not."""
        return _compose(self, subject_id, correlated(independent, _cholesky(self.correlations)))

    def accepts(self, patients: VirtualPatients) -> NDArray[np.bool_]:
        """Say who is physiologically possible and meets the entry criteria."""
        return is_possible(patients) & self.eligibility.allows(patients)

    def draw(self, root_key: jax.Array, subject_id: ArrayLike) -> VirtualPatients:
        """Draw patients; each depends only on the seed and the subject number.

        Whoever misses a limit or an entry criterion is drawn again with random numbers of the next attempt, so that
        subsets, reorderings and repeats of the ids give the same patients.

        Parameters
        ----------
        root_key
            From `cereblon.core.random_streams.root_key(seed)`.
        subject_id
            Whole numbers from 0 to 2**32 - 1.

        Raises
        ------
        InputError
            If an id is not such a number, or somebody could not be drawn within the limits and criteria.
        """
        ids = _whole_numbers(subject_id)
        pending = np.arange(len(ids))
        kept: dict[str, NDArray[Any]] = {}
        for attempt in range(MOST_ATTEMPTS):
            if attempt == _LOOK_AFTER and not self._accepts_anybody(root_key):
                break
            decision = "patients" if attempt == 0 else f"patients, attempt {attempt + 1}"
            patients = self.compose(ids[pending], independent_scores(root_key, decision, ids[pending]))
            if attempt == 0:
                first, kept = patients, patients.arrays()
            accepted = self.accepts(patients)
            for name, values in patients.take(accepted).arrays().items():
                kept[name][pending[accepted]] = values
            pending = pending[~accepted]
            if not len(pending):
                return replace(first, **kept)
        raise InputError(
            f"population {self.name}: {len(pending)} of {len(ids)} patients missed the limits or entry criteria in"
            " every attempt",
            hint=f"the entry criteria may leave almost nobody of this population: {_shown(self.eligibility)}",
        )

    def _accepts_anybody(self, root_key: jax.Array) -> bool:
        """Say whether any of some thousand patients would be accepted; if not, further attempts are in vain."""
        ids = np.arange(4096)
        everyone = self.compose(ids, independent_scores(root_key, "patients, whether any", ids))
        return bool(self.accepts(everyone).any())


@cache
def _cholesky(pairs: tuple[Correlation, ...]) -> Floats:
    return np.asarray(np.linalg.cholesky(correlation_matrix(pairs)), dtype=np.float64)


def _compose(population: Population, subject_id: NDArray[np.int64], z: dict[str, Floats]) -> VirtualPatients:
    def value(name: str, marginal: Continuous) -> Floats:
        return marginal.quantile(z[name], *limits()[name])

    def by_sex(name: str, marginals: BySex) -> Floats:
        return np.where(male, value(name, marginals.male), value(name, marginals.female))

    p = population
    male = has(p.male.value, z["male"])
    age = value("age", p.age)
    weight = by_sex("weight_kg", p.weight_kg)
    isotype = p.isotype.levels(z["isotype"])
    albumin, b2m = value("albumin_g_l", p.albumin_g_l), value("b2m_mg_l", p.b2m_mg_l)
    exposed = has(p.bortezomib_exposed.value, z["bortezomib_exposed"])
    nerve, nerves = z["baseline_neuropathy_grade"], p.baseline_neuropathy_grade
    intact = np.where(
        isotype == 0, value("m_protein_g_l", p.m_protein_g_l.IgG), value("m_protein_g_l", p.m_protein_g_l.IgA)
    )
    involved = (
        value("involved_flc_mg_l", p.involved_flc_mg_l.light_chain),
        value("involved_flc_mg_l", p.involved_flc_mg_l.intact),
    )
    return VirtualPatients(
        subject_id=subject_id,
        age=age,
        male=male,
        weight_kg=weight,
        height_cm=by_sex("height_cm", p.height_cm),
        crcl_ml_min=cockcroft_gault(age, weight, male, by_sex("creatinine_mg_dl", p.creatinine_mg_dl)),
        albumin_g_l=albumin,
        b2m_mg_l=b2m,
        iss=iss_stage(b2m, albumin),
        high_risk_cytogenetics=has(p.high_risk_cytogenetics.value, z["high_risk_cytogenetics"]),
        isotype=isotype,
        involved_light_chain=_lambda(p.kappa, isotype, z["involved_light_chain"]),
        m_protein_g_l=np.where(isotype == 2, 0.0, intact),
        involved_flc_mg_l=np.where(isotype == 2, *involved),
        uninvolved_flc_mg_l=value("uninvolved_flc_mg_l", p.uninvolved_flc_mg_l),
        marrow_plasma_cells_percent=value("marrow_plasma_cells_percent", p.marrow_plasma_cells_percent),
        neutrophils_1e9_l=value("neutrophils_1e9_l", p.neutrophils_1e9_l),
        platelets_1e9_l=value("platelets_1e9_l", p.platelets_1e9_l),
        haemoglobin_g_l=value("haemoglobin_g_l", p.haemoglobin_g_l),
        ecog=_counted(p.ecog, z["ecog"]),
        frailty=frailty_group(age, _counted(p.frailty_deficits, z["frailty_deficits"])),
        prior_lines=_counted(p.prior_lines, z["prior_lines"]),
        lenalidomide_refractory=has(p.lenalidomide_refractory.value, z["lenalidomide_refractory"]),
        bortezomib_exposed=exposed,
        baseline_neuropathy_grade=np.where(
            exposed, nerves.bortezomib_exposed.levels(nerve), nerves.unexposed.levels(nerve)
        ),
        cardiac_history=has(p.cardiac_history.value, z["cardiac_history"]),
    )


def _lambda(kappa: ByIsotype, isotype: NDArray[np.int64], z: Floats) -> NDArray[np.int64]:
    """Say whose myeloma makes lambda: 1, and 0 for kappa."""
    shares = [1.0 - getattr(kappa, name).value for name in ISOTYPES]
    return np.choose(isotype, [has(share, z) for share in shares]).astype(np.int64)


def _counted(shares: Shares, z: Floats) -> NDArray[np.int64]:
    """Give the number that the level's name states."""
    return np.array([int(level) for level in shares.value], dtype=np.int64)[shares.levels(z)]


def _whole_numbers(subject_id: ArrayLike) -> NDArray[np.int64]:
    ids = np.asarray(subject_id)
    if ids.ndim != 1 or (ids.size and not np.issubdtype(ids.dtype, np.integer)):
        raise InputError(f"subject ids: a list of whole numbers is needed; got {ids.dtype} of shape {ids.shape}")
    return ids.astype(np.int64)


def _shown(eligibility: Eligibility) -> str:
    return ", ".join(f"{name} {number.value:g}" for name, number in eligibility.criteria.items()) or "none stated"
