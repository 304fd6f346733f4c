"""Adverse events and what to watch: nerves, heart, blood, infection, clots and second cancers, arm by arm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from cereblon.core.plain_text import signed
from cereblon.evidence import Fact, Study, latest_facts, published_facts
from cereblon.evidence.wording import qualifier_text
from cereblon.report.document import Block, Bullets, Paragraph, Section, Table
from cereblon.report.review.naming import arm_name, joined, meaning_of, studies_of
from cereblon.report.review.traces import Traces
from cereblon.statistics import newcombe_interval
from cereblon.synthesis.real_world import TreatedCohort
from cereblon.vocabulary.endpoints import vocabulary

WATCHED: dict[str, tuple[str, ...]] = {
    title: tuple(entry.name for entry in vocabulary().endpoints.values() if entry.watched == title)
    for title in vocabulary().watched
}
"""Endpoints by what a clinician watches, in the order of the vocabulary."""


def adverse_event_section(cohorts: Sequence[TreatedCohort], traces: Traces) -> Section:
    """Write the adverse events that were published, by what a clinician watches."""
    blocks: list[Block] = []
    silent = []
    for title, endpoints in WATCHED.items():
        found = _facts(cohorts, endpoints)
        if not found:
            silent.append(title.lower())
            continue
        blocks.append(_table(title, found, traces))
        sentences = _contrasts(cohorts, endpoints, traces)
        if sentences:
            blocks.append(Bullets(sentences))
    if any(isinstance(block, Bullets) for block in blocks):
        words = Markup(
            "Each interval stands alone: among so many comparisons some exclude zero by chance, and one that includes"
            " it is no proof of equal rates."
        )
        blocks.append(Paragraph(words, tone="caution"))
    if silent:
        words = Markup("Nothing in the evidence set for this treatment: {}. That is no sign of safety.")
        blocks.append(Paragraph(words.format(", ".join(silent)), tone="caution"))
    if not blocks:
        blocks.append(Paragraph(Markup("Our library has no number on adverse events for this treatment.")))
    return Section("Adverse events and what to watch", blocks)


def _facts(cohorts: Sequence[TreatedCohort], endpoints: Sequence[str]) -> list[tuple[TreatedCohort, Fact]]:
    """Give the figures of the arms at their last cut, also of stated analysis sets; subgroups are left out."""
    found = []
    for cohort in cohorts:
        facts = published_facts(cohort.study, endpoints=endpoints, whole_arm_only=False)
        own = [fact for fact in facts if fact.arm == cohort.arm and fact.subgroup is None]
        found += [(cohort, fact) for fact in latest_facts(cohort.study, own)]
    return sorted(found, key=lambda pair: list(endpoints).index(pair[1].endpoint))


def _table(title: str, found: Sequence[tuple[TreatedCohort, Fact]], traces: Traces) -> Table:
    rows = []
    for cohort, fact in found:
        shown = "; ".join(part for part in (grade_words(fact), qualifier_text(_without_grade(fact))) if part)
        rows.append(
            [
                Markup("{}").format(traces.name(event_name(fact.endpoint))),
                traces.fact(cohort.study, fact, shown) if shown else Markup(""),
                Markup("{}").format(cohort.group),
                traces.name(cohort.study.name),
                arm_name(cohort.study, cohort.arm, traces),
                traces.fact(cohort.study, fact),
            ]
        )
    return Table(["event", "grade and set", "where", "study", "arm", "share"], rows, Markup("{}").format(title))


def event_name(endpoint: str) -> str:
    """Name an event by its meaning in the vocabulary, without what is said there about qualifiers."""
    return meaning_of(endpoint)


def grade_words(fact: Fact) -> str:
    """Write the grade of an event; empty where none was stated."""
    if fact.grade is None:
        return ""
    return {"any": "any grade", "serious": "serious"}.get(fact.grade, f"grade {fact.grade}")


def _without_grade(fact: Fact) -> Fact:
    return replace(fact, grade=None)


def _contrasts(cohorts: Sequence[TreatedCohort], endpoints: Sequence[str], traces: Traces) -> list[Markup]:
    """Compare the arms of randomised trials where both printed the same event, grade and cut as a percentage."""
    found = []
    for study in studies_of(cohort for cohort in cohorts if cohort.study.kind == "randomised"):
        own = [cohort.arm for cohort in cohorts if cohort.study is study]
        facts = latest_facts(study, published_facts(study, endpoints=endpoints, whole_arm_only=False))
        percents = [fact for fact in facts if fact.unit == "percent" and fact.subgroup is None]
        for fact in percents:
            if fact.arm != own[0]:
                continue
            for other in percents:
                if other.arm not in (fact.arm, "all") and _same(fact, other) and _same_stage(study, fact, other):
                    found.append(_contrast(study, fact, other, traces))
    return found


def _same(fact: Fact, other: Fact) -> bool:
    return _counted(fact) == _counted(other)


def _counted(fact: Fact) -> tuple[object, ...]:
    """What is counted in an arm, without the arm: equal where two arms can be compared."""
    named = ("endpoint", "grade", "population", "month", "phase", "at", "drug", "feature", "event", "cut")
    return tuple(getattr(fact, name) for name in named)


def _same_stage(study: Study, fact: Fact, other: Fact) -> bool:
    """Tell whether two arms belong to one randomisation: arms of maintenance alone are compared with such arms."""
    alone = [{phase.phase for phase in study.arms[one.arm].regimen} == {"maintenance"} for one in (fact, other)]
    return alone[0] == alone[1]


def _difference(study: Study, fact: Fact, other: Fact) -> tuple[float, float, float] | None:
    """Give the difference in percentage points and its interval as shares; None without sizes or in a subset."""
    sizes = study.patients(fact.arm), study.patients(other.arm)
    if not sizes[0] or not sizes[1] or fact.value is None or other.value is None or fact.population:
        return None
    low, high = newcombe_interval(fact.value / 100, sizes[0], other.value / 100, sizes[1])
    return fact.value - other.value, low, high


@dataclass(frozen=True, slots=True)
class Difference:
    """An event of two arms of one trial, with the difference in percentage points and its interval as shares."""

    fact: Fact
    other: Fact
    points: float
    low: float
    high: float

    @property
    def is_apart(self) -> bool:
        """Whether the interval leaves out no difference."""
        return not self.low <= 0 <= self.high


def differences(study: Study, arm: str, versus: str) -> list[Difference]:
    """Give the watched events that both arms published as a share, each once, in the order of the vocabulary."""
    endpoints = [endpoint for watched in WATCHED.values() for endpoint in watched]
    facts = latest_facts(study, published_facts(study, endpoints=endpoints, whole_arm_only=False))
    percents = [fact for fact in facts if fact.unit == "percent" and fact.subgroup is None]
    found: dict[tuple[object, ...], Difference] = {}
    for fact in percents:
        for other in percents:
            if (fact.arm, other.arm) == (arm, versus) and _same(fact, other):
                apart = _difference(study, fact, other)
                if apart is not None:
                    found.setdefault(_counted(fact), Difference(fact, other, *apart))
    return list(found.values())


def _contrast(study: Study, fact: Fact, other: Fact, traces: Traces) -> Markup:
    first, second = arm_name(study, fact.arm, traces), arm_name(study, other.arm, traces)
    event = traces.name(event_name(fact.endpoint))
    grade = Markup(" ({})").format(traces.fact(study, fact, grade_words(fact))) if grade_words(fact) else Markup("")
    words = Markup("{}, {}{}: {} with {}, {} with {}").format(
        traces.name(study.name), event, grade, traces.fact(study, fact), first, traces.fact(study, other), second
    )
    found = _difference(study, fact, other)
    if found is None:
        return words + Markup(".")
    difference, low, high = found
    shown = f"{signed(difference, 1)} points (95% {signed(100 * low, 1)} to {signed(100 * high, 1)})"
    computed = traces.computation(
        "-".join(["difference", study.id, *(str(part or "") for part in _counted(fact)), other.arm]),
        shown,
        [(study, fact), (study, other)],
        "difference of the two percentages with Newcombe's interval, on the size of each arm",
    )
    said = Markup("the interval includes zero")
    if low > 0 or high < 0:
        said = Markup("{} often with {}").format("more" if low > 0 else "less", first)
    return words + joined([Markup(", difference "), computed, Markup("; {}.").format(said)], "")
