"""What is unknown: questions a reader would ask to which the evidence set holds no number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from cereblon.evidence import Fact
from cereblon.report.document import Bullets, Section
from cereblon.report.review.traces import Traces
from cereblon.synthesis.real_world import TreatedCohort


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the group it is asked of, and what would answer it."""

    words: str
    group: str
    answers: Callable[[Fact], bool]


def _is(*endpoints: str) -> Callable[[Fact], bool]:
    return lambda fact: fact.endpoint in endpoints and fact.number is not None


QUESTIONS: tuple[Question, ...] = (
    Question("Survival in trials: no median has been reached and printed.", "trial", _is("os_median")),
    Question("Minimal residual disease in trials.", "trial", lambda fact: fact.endpoint.startswith("mrd_")),
    Question(
        "High-risk cytogenetics in trials: no result of such a subgroup.",
        "trial",
        lambda fact: "high-risk" in (fact.subgroup or "") or "high risk" in (fact.subgroup or ""),
    ),
    Question(
        "Impaired kidneys: no result of such patients.",
        "any",
        lambda fact: "crcl" in (fact.subgroup or "").lower() or "renal" in (fact.subgroup or "").lower(),
    ),
    Question(
        "Old or frail patients: no result of such a subgroup.",
        "any",
        lambda fact: "frail" in (fact.subgroup or "") or "75" in (fact.subgroup or ""),
    ),
    Question("Neuropathy in trials.", "trial", lambda fact: "neuropathy" in fact.endpoint),
    Question(
        "The heart in trials.", "trial", lambda fact: fact.endpoint.startswith(("ae_card", "ae_isch", "ae_myoc"))
    ),
    Question("Infection in trials.", "trial", lambda fact: fact.endpoint in ("ae_infection", "ae_pneumonia")),
    Question("Progression-free survival in practice.", "practice", _is("pfs_median", "pfs_rate")),
    Question("Survival in practice: no median has been reached and printed.", "practice", _is("os_median")),
    Question("Adverse events in routine care.", "practice", lambda fact: fact.endpoint.startswith("ae_")),
    Question(
        "Who is treated in practice: no age.", "practice", lambda fact: fact.endpoint.startswith("baseline_age")
    ),
)


def unknown_section(cohorts: Sequence[TreatedCohort], traces: Traces) -> Section:
    """List the questions that no fact of the cohorts answers, and how far the known facts carry."""
    items = []
    for question in QUESTIONS:
        asked = [cohort for cohort in cohorts if question.group in ("any", cohort.group)]
        if not any(question.answers(fact) for cohort in asked for fact in _facts(cohort)):
            items.append(Markup("{}").format(question.words))
    every = [(cohort, fact) for cohort in cohorts for fact in _facts(cohort)]
    weak = sum(cohort.study.source_of(fact).quality == "secondary" for cohort, fact in every)
    measured = [fact for _, fact in every if fact.unit in ("months", "ratio") and fact.value is not None]
    bare = sum(fact.interval is None for fact in measured)
    if every:
        key = f"known-{'-'.join(sorted({cohort.study.id for cohort in cohorts}))[:80]}"
        words = (
            f"Of {len(every)} published numbers about these arms, {weak} were read in a digest of the source; of"
            f" {len(measured)} times and ratios, {bare} were printed without an interval."
        )
        items.append(traces.sentence(key, words, [], "counted in the evidence set, over the arms of this chapter"))
    return Section("What is unknown", [Bullets(items)])


def _facts(cohort: TreatedCohort) -> list[Fact]:
    return [fact for fact in cohort.study.facts if cohort.arm in (fact.arm, fact.versus)]
