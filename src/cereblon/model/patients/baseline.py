"""Which published baseline figures the covariates can be moved to, and why the others cannot be used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, runtime_checkable

import numpy as np

from cereblon.model.patients.targets import (
    Target,
    levels,
    median_age,
    median_clearance,
    median_lines,
    share_of,
    threshold,
)

_NO_COVARIATE = "no covariate stands for it"
_NO_EXPOSURE = "exposure to this drug, without refractoriness, is not a covariate"

# Order is rank: of two figures that fix the same thing, the earlier one is reached, the later one compared.
TARGETS: dict[str, Target] = {
    "baseline_age_median": median_age(),
    "baseline_age_75_or_over": threshold("age", lambda patients: patients.age >= 75, rises=True),
    "baseline_age_over_75": threshold("age", lambda patients: patients.age >= 76, rises=True),
    "baseline_age_over_70": threshold("age", lambda patients: patients.age >= 71, rises=True),
    "baseline_male": share_of("male", lambda patients: patients.male),
    "baseline_iss_3": threshold("b2m_mg_l", lambda patients: patients.iss == 3, rises=True),
    "baseline_iss_1_or_2": threshold("b2m_mg_l", lambda patients: patients.iss < 3, rises=False),
    "baseline_iss_1": threshold("albumin_g_l", lambda patients: patients.iss == 1, rises=True),
    "baseline_iss_2_or_3": threshold("albumin_g_l", lambda patients: patients.iss > 1, rises=False),
    "baseline_iss_2": threshold("albumin_g_l", lambda patients: patients.iss == 2, rises=False),
    "baseline_high_risk_cytogenetics": share_of(
        "high_risk_cytogenetics", lambda patients: patients.high_risk_cytogenetics
    ),
    "baseline_igg": levels(
        "isotype", lambda name: name == "IgG", lambda patients: patients.isotype == 0, knob="isotype"
    ),
    "baseline_crcl_median": median_clearance(),
    "baseline_crcl_below_60": threshold("creatinine_mg_dl", lambda patients: patients.crcl_ml_min < 60, rises=True),
    "baseline_egfr_below_60": threshold("creatinine_mg_dl", lambda patients: patients.crcl_ml_min < 60, rises=True),
    "baseline_crcl_below_50": threshold("creatinine_mg_dl", lambda patients: patients.crcl_ml_min < 50, rises=True),
    "baseline_crcl_below_30": threshold("creatinine_mg_dl", lambda patients: patients.crcl_ml_min < 30, rises=True),
    "baseline_ecog_0_1": levels("ecog", lambda name: int(name) < 2, lambda patients: patients.ecog < 2, knob="ecog"),
    "baseline_ecog_2_or_more": levels(
        "ecog", lambda name: int(name) >= 2, lambda patients: patients.ecog >= 2, knob="ecog"
    ),
    "baseline_fit": levels(
        "frailty_deficits", lambda name: name == "0", lambda patients: patients.frailty == 0, knob="fit"
    ),
    "baseline_intermediate_or_frail": levels(
        "frailty_deficits", lambda name: name != "0", lambda patients: patients.frailty > 0, knob="fit"
    ),
    "baseline_frail": levels(
        "frailty_deficits", lambda name: int(name) >= 2, lambda patients: patients.frailty == 2, knob="frail"
    ),
    "baseline_intermediate_fit": levels(
        "frailty_deficits", lambda name: name == "1", lambda patients: patients.frailty == 1, knob="frail"
    ),
    "baseline_prior_lines_1": levels(
        "prior_lines", lambda name: name == "1", lambda patients: patients.prior_lines == 1, knob="one line"
    ),
    "baseline_prior_lines_2_or_more": levels(
        "prior_lines", lambda name: int(name) >= 2, lambda patients: patients.prior_lines >= 2, knob="one line"
    ),
    "baseline_prior_lines_4_or_more": levels(
        "prior_lines", lambda name: int(name) >= 4, lambda patients: patients.prior_lines >= 4, knob="four lines"
    ),
    "baseline_prior_lines_3_or_more": levels(
        "prior_lines", lambda name: int(name) >= 3, lambda patients: patients.prior_lines >= 3, knob="three lines"
    ),
    "baseline_prior_lines_2_or_3": levels(
        "prior_lines",
        lambda name: name in ("2", "3"),
        lambda patients: (patients.prior_lines == 2) | (patients.prior_lines == 3),
        knob="three lines",
    ),
    "baseline_prior_lines_median": median_lines(),
    "baseline_lenalidomide_refractory": share_of(
        "lenalidomide_refractory", lambda patients: patients.lenalidomide_refractory
    ),
    "baseline_prior_bortezomib": share_of("bortezomib_exposed", lambda patients: patients.bortezomib_exposed),
}

CANNOT_USE: dict[str, str] = {
    "baseline_standard_risk_cytogenetics": "does not fix the high-risk share: how many are unknown is not stated",
    "baseline_igd": "IgD myeloma is not modelled",
    "baseline_durie_salmon_3": _NO_COVARIATE,
    "baseline_haemodialysis": "patients on dialysis cannot be drawn",
    "baseline_time_since_diagnosis_median": _NO_COVARIATE,
    "baseline_prior_asct": _NO_COVARIATE,
    "baseline_prior_bortezomib_only": "bortezomib together with thalidomide is a figure of its own",
    "baseline_prior_thalidomide": _NO_EXPOSURE,
    "baseline_prior_thalidomide_and_bortezomib": _NO_EXPOSURE,
    "baseline_prior_lenalidomide": _NO_EXPOSURE,
    "baseline_refractory": "does not say to which drug",
    "baseline_refractory_last_line": "does not say to which drug",
    "baseline_relapsed_and_refractory": "does not say to which drug",
    "baseline_trial_ineligible": _NO_COVARIATE,
}


def why_not(endpoint: str) -> str:
    """Say why a figure is not used."""
    if not endpoint.startswith("baseline_"):
        return "is not a baseline figure"
    return CANNOT_USE.get(endpoint, _NO_COVARIATE)


@runtime_checkable
class PublishedFigure(Protocol):
    """What is needed of a published fact; the facts of the evidence module have it."""

    @property
    def arm(self) -> str:
        """Name of the arm, `all` for the whole study."""

    @property
    def endpoint(self) -> str:
        """Name in the evidence vocabulary."""

    @property
    def value(self) -> float | None:
        """The number, if one was printed."""

    @property
    def subgroup(self) -> str | None:
        """Subset of the arm, absent for all of it."""


def pooled_baseline(
    facts: Iterable[PublishedFigure], sizes: Mapping[str, int] | None = None
) -> list[tuple[str, float]]:
    """Reduce published facts to one figure for each baseline endpoint of the whole study.

    A figure of the arm `all` is taken as it is. Without one, arms are averaged, weighted by their sizes where all of
    them are given and equally otherwise. Of several facts for one arm the last holds. Facts of subgroups and facts
    without a number are left out.

    Parameters
    ----------
    facts
        Facts of one study, in any order.
    sizes
        Patients by arm.
    """
    figures: dict[str, dict[str, float]] = {}
    for fact in facts:
        if fact.endpoint.startswith("baseline_") and fact.subgroup is None and fact.value is not None:
            figures.setdefault(fact.endpoint, {})[fact.arm] = float(fact.value)
    return [(endpoint, _pooled(arms, sizes or {})) for endpoint, arms in figures.items()]


def _pooled(arms: Mapping[str, float], sizes: Mapping[str, int]) -> float:
    if "all" in arms:
        return arms["all"]
    weights = [sizes[arm] for arm in arms] if all(arm in sizes for arm in arms) else [1] * len(arms)
    return float(np.average(list(arms.values()), weights=weights))
