"""Who was treated: age, stage, kidney, earlier lines, performance and risk, in trials and in practice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from cereblon.evidence.library import latest_facts, published_facts
from cereblon.evidence.study import Fact, Study
from cereblon.synthesis.real_world.regimens import DrugCombination, Group, TreatedCohort, find_cohorts

TRAITS: dict[str, tuple[str, ...]] = {
    "age": ("baseline_age_median", "baseline_age_75_or_over", "baseline_age_over_75", "baseline_age_over_70"),
    "stage": ("baseline_iss_1", "baseline_iss_2", "baseline_iss_3", "baseline_iss_2_or_3"),
    "kidney": ("baseline_crcl_median", "baseline_egfr_below_60", "baseline_haemodialysis"),
    "earlier lines": (
        "baseline_prior_lines_median",
        "baseline_prior_lines_1",
        "baseline_prior_lines_2_or_more",
        "baseline_prior_lines_3_or_more",
        "baseline_prior_lenalidomide",
        "baseline_prior_bortezomib",
    ),
    "performance": (
        "baseline_ecog_0_1",
        "baseline_ecog_2_or_more",
        "baseline_intermediate_or_frail",
        "baseline_frail",
    ),
    "risk": ("baseline_high_risk_cytogenetics",),
    "eligibility": ("baseline_trial_ineligible",),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class PopulationRow:
    """One published trait of one arm or cohort; `whole` where only the whole study was described."""

    setting: str
    trait: str
    endpoint: str
    group: Group
    study: str
    name: str
    arm: str
    whole: bool
    value: float
    unit: str
    fact: Fact
    source: str
    link: str

    def as_row(self) -> dict[str, str | float | int | None]:
        """Give the row without the fact itself, for tables."""
        return {name: getattr(self, name) for name in POPULATION_COLUMNS}


POPULATION_COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(PopulationRow) if field.name != "fact")


def population_rows(
    studies: Iterable[Study], regimen: DrugCombination, *, setting: str | None = None
) -> tuple[PopulationRow, ...]:
    """Give what is published about the patients of a regimen, by setting and trait; what is missing has no row.

    Parameters
    ----------
    studies, regimen, setting
        As for `practice_rows`.
    """
    cohorts = find_cohorts(studies, regimen, setting=setting)
    rows = []
    for place in dict.fromkeys(cohort.study.setting for cohort in cohorts):
        for trait, endpoints in TRAITS.items():
            for endpoint in endpoints:
                for cohort in cohorts:
                    fact = _described(cohort, endpoint) if cohort.study.setting == place else None
                    if fact is not None:
                        rows.append(_row(cohort, trait, fact))
    return tuple(rows)


def _described(cohort: TreatedCohort, endpoint: str) -> Fact | None:
    facts = latest_facts(cohort.study, published_facts(cohort.study, endpoints=[endpoint]))
    for arm in (cohort.arm, "all"):
        own = [fact for fact in facts if fact.arm == arm]
        if own:
            return own[-1]
    return None


def _row(cohort: TreatedCohort, trait: str, fact: Fact) -> PopulationRow:
    source = cohort.study.source_of(fact)
    return PopulationRow(
        setting=cohort.study.setting,
        trait=trait,
        endpoint=fact.endpoint,
        group=cohort.group,
        study=cohort.study.id,
        name=cohort.study.name,
        arm=cohort.arm,
        whole=fact.arm != cohort.arm,
        value=float(fact.number or 0.0),
        unit=fact.unit,
        fact=fact,
        source=source.reference,
        link=source.link,
    )
