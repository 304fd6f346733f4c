"""What is unknown: questions a reader would ask to which the evidence set holds no number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from cereblon.evidence import Fact, Study
from cereblon.report.document import Paragraph, Section, Table
from cereblon.report.review.held_out import held_out_section
from cereblon.report.review.naming import joined
from cereblon.report.review.topics import TOPICS, cohorts_of
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
    Question("median survival in trials", "trial", _is("os_median")),
    Question("minimal residual disease", "trial", lambda fact: fact.endpoint.startswith("mrd_")),
    Question("high-risk cytogenetics", "trial", lambda fact: _names(fact, "high-risk", "high risk")),
    Question("patients with impaired kidneys", "any", lambda fact: _names(fact, "crcl", "renal")),
    Question("old or frail patients", "any", lambda fact: _names(fact, "frail", "75")),
    Question("neuropathy in trials", "trial", lambda fact: "neuropathy" in fact.endpoint),
    Question(
        "cardiac events in trials", "trial", lambda fact: fact.endpoint.startswith(("ae_card", "ae_isch", "ae_myoc"))
    ),
    Question("infection in trials", "trial", _is("ae_infection", "ae_pneumonia")),
    Question("progression-free survival in routine care", "practice", _is("pfs_median", "pfs_rate")),
    Question("median survival in routine care", "practice", _is("os_median")),
    Question("adverse events in routine care", "practice", lambda fact: fact.endpoint.startswith("ae_")),
    Question("age of patients in routine care", "practice", lambda fact: fact.endpoint.startswith("baseline_age")),
)


def _names(fact: Fact, *words: str) -> bool:
    return any(word in (fact.subgroup or "").lower() for word in words)


def unknown_chapter(studies: Sequence[Study], traces: Traces) -> Section:
    """Write what the library does not answer for each treatment, how far its numbers carry, and what is held out."""
    missing = {topic.title: _open_questions(cohorts_of(topic, studies)) for topic in TOPICS.values()}
    rows = [
        [Markup("{}").format(title), Markup("{}").format("; ".join(found) or "each of these questions has a number")]
        for title, found in missing.items()
    ]
    opening = joined([_widest(missing, traces), _quality(studies, traces)], " ")
    table = Table(["treatment", "not in our library"], rows)
    return Section("What is unknown", [Paragraph(opening), table, held_out_section(traces)], key="unknown")


def _widest(missing: Mapping[str, Sequence[str]], traces: Traces) -> Markup:
    """Name the questions that are open for most treatments."""
    counts = Counter(words for found in missing.values() for words in found)
    named = ", ".join(f"{words} ({count} of {len(missing)} treatments)" for words, count in counts.most_common(2))
    words = (
        f"Numbers most often missing from our library: {named}. An answer may still have been published; the table"
        " lists what we lack for each treatment."
    )
    return traces.sentence("unknown-most", words, [], "counted in the evidence set of this version")


def _open_questions(cohorts: Sequence[TreatedCohort]) -> list[str]:
    return [
        question.words
        for question in QUESTIONS
        if not any(
            question.answers(fact)
            for cohort in cohorts
            if question.group in ("any", cohort.group)
            for fact in _facts(cohort)
        )
    ]


def _quality(studies: Sequence[Study], traces: Traces) -> Markup:
    every = [(study, fact) for study in studies for fact in study.facts]
    weak = sum(study.source_of(fact).quality == "secondary" for study, fact in every)
    measured = [fact for _, fact in every if fact.unit in ("months", "ratio") and fact.value is not None]
    bare = sum(fact.interval is None for fact in measured)
    words = (
        f"Of {len(every)} published numbers in our library, {weak} were read in a secondary source; of"
        f" {len(measured)} times and ratios, {bare} were published without an interval, or we could not read it."
    )
    return traces.sentence("known-all", words, [], "counted in the evidence set of this version")


def _facts(cohort: TreatedCohort) -> list[Fact]:
    return [fact for fact in cohort.study.facts if cohort.arm in (fact.arm, fact.versus)]
