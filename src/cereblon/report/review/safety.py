"""The chapter on safety: how often each kind of harm was seen in all trials, what changed it, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from markupsafe import Markup

from cereblon.evidence import Fact, Study, latest_facts, published_facts
from cereblon.model.dosing.library import load_rule_set
from cereblon.model.dosing.rule_set import Rule
from cereblon.report.document import Block, Bullets, Paragraph, Section
from cereblon.report.review.adverse_events import (
    WATCHED,
    Difference,
    adverse_event_section,
    differences,
    event_name,
    grade_words,
)
from cereblon.report.review.comparisons import ComparedArms
from cereblon.report.review.naming import drugs_of, joined, short_name
from cereblon.report.review.topics import TOPICS, cohorts_of
from cereblon.report.review.traces import Traces

_SEVERE, _ANY = ("3+", "3-4", "3"), ("any",)
_ORDER = ("Blood", "Infection", "Clots", "Heart and vessels", "Nerves", "Second cancers")

_RULES: Mapping[str, tuple[str, ...]] = {
    "Blood": ("lenalidomide-neutrophils", "lenalidomide-platelets"),
    "Infection": ("lenalidomide-infection",),
    "Clots": ("lenalidomide-thrombosis",),
    "Heart and vessels": ("carfilzomib-heart-failure", "carfilzomib-hypertension"),
    "Nerves": ("bortezomib-neuropathy-grade-2", "bortezomib-neuropathy-grade-3", "ixazomib-neuropathy-grade-2"),
}
"""Rules of the label that answer it, by their ids."""

_ADVICE: Mapping[str, str] = {
    "Infection": "Labels ask to consider antiviral prophylaxis with bortezomib, carfilzomib and daratumumab.",
    "Clots": "The label asks for thromboprophylaxis with lenalidomide and dexamethasone; the doctor"
    " chooses the drug by the patient's risk.",
    "Second cancers": "The label asks to weigh the risk against the benefit, above all before maintenance after"
    " melphalan, and to look for new cancers during treatment.",
}
_EXAMPLES = 3


def safety_chapter(studies: Sequence[Study], comparisons: Sequence[ComparedArms], traces: Traces) -> Section:
    """Write the chapter.

    Parameters
    ----------
    studies
        The evidence.
    comparisons
        Of all chapters, for what differed between the arms of one trial.
    traces
        Of the document.
    """
    sections: list[Block | Section] = [Paragraph(_opening(studies, traces))]
    for title in _ORDER:
        blocks: list[Block] = [Paragraph(_shares(title, studies, traces))]
        changed = _changed(title, comparisons, traces)
        if changed:
            blocks.append(Paragraph(changed))
        sections.append(Section(title, [*blocks, *_what_to_do(title, traces)]))
    sections.append(_pregnancy(traces))
    for topic in TOPICS.values():
        every = adverse_event_section(cohorts_of(topic, studies), traces)
        sections.append(Section(f"{topic.title.rstrip('?')}: every figure", every.blocks, folded=True))
    return Section("Safety, and what to do about it", sections, key="safety")


def _opening(studies: Sequence[Study], traces: Traces) -> Markup:
    """Say how often the main adverse events were, from the lowest to the highest arm, and what is done about them."""
    main = {"Blood": _SEVERE, "Infection": _SEVERE, "Clots": _ANY, "Second cancers": _ANY}
    spreads = []
    for title, grades in main.items():
        found = {endpoint: _figures(studies, endpoint, grades) for endpoint in WATCHED[title]}
        endpoint = max(found, key=lambda key: len(found[key]))
        if found[endpoint]:
            spreads.append(_spread(endpoint, grades, found[endpoint], traces))
    reported = Markup("")
    if spreads:
        reported = Markup("In trial arms with lenalidomide, from the lowest to the highest: {}. ").format(
            joined(spreads, "; ")
        )
    return reported + Markup(
        "Most adverse events are managed by holding the drug until recovery and resuming it at the same dose or one"
        " level lower. With dexamethasone the label asks for thromboprophylaxis. Lenalidomide must not be taken in"
        " pregnancy. Follow-up differs between trials, and an event that no trial reported may still happen."
    )


def _shares(title: str, studies: Sequence[Study], traces: Traces) -> Markup:
    """Give the spread over trial arms of the events that most arms reported, severe ones and all."""
    found = {
        (endpoint, grades): figures
        for endpoint in WATCHED[title]
        for grades in (_SEVERE, _ANY)
        if (figures := _figures(studies, endpoint, grades))
    }
    most = sorted(found, key=lambda key: -len(found[key]))[:_EXAMPLES]
    if not most:
        return Markup("No trial in our library reported it for lenalidomide.")
    parts = [_spread(endpoint, grades, found[endpoint, grades], traces) for endpoint, grades in most]
    return Markup("Reported: {}.").format(joined(parts, "; "))


def _spread(endpoint: str, grades: Sequence[str], figures: Sequence[tuple[Study, Fact]], traces: Traces) -> Markup:
    ordered = sorted(figures, key=lambda pair: pair[1].value or 0.0)
    ends = [traces.fact(*pair, f"{pair[1].value:g}") for pair in (ordered[0], ordered[-1])]
    grade = traces.name(" of grade 3 or 4" if grades == _SEVERE else " of any grade")
    event = traces.name(event_name(endpoint))
    if len(ordered) == 1:
        study, fact = ordered[0]
        arm = traces.name(f"{study.name}, {study.arms[fact.arm].label}")
        return Markup("{}{} in {} % ({})").format(event, grade, ends[0], arm)
    middle = median(float(fact.value or 0.0) for _, fact in ordered)
    words = f"{len(ordered)} arms, median {middle:.3g} %"
    key = f"safety-{endpoint}-{grades[0]}"
    counted = traces.computation(key, words, ordered, "counted over the arms that reported it")
    return Markup("{}{} in {} to {} % ({})").format(event, grade, *ends, counted)


def _figures(studies: Sequence[Study], endpoint: str, grades: Sequence[str]) -> list[tuple[Study, Fact]]:
    """Give the shares of whole trial arms with lenalidomide, one of each arm."""
    found: dict[tuple[str, str], tuple[Study, Fact]] = {}
    for study in studies:
        if not study.is_trial or study.setting == "mds-or-other":
            continue
        facts = latest_facts(study, published_facts(study, endpoints=[endpoint], whole_arm_only=False))
        for fact in facts:
            is_plain = fact.unit == "percent" and fact.subgroup is None and fact.month is None and fact.phase is None
            if is_plain and fact.grade in grades and "lenalidomide" in drugs_of(study, fact.arm):
                found.setdefault((study.id, fact.arm), (study, fact))
    return list(found.values())


def _changed(title: str, comparisons: Sequence[ComparedArms], traces: Traces) -> Markup:
    """Name the largest differences between arms of one trial whose interval leaves out no difference."""
    found: dict[tuple[str, str], tuple[ComparedArms, Difference]] = {}
    for one in comparisons:
        for each in differences(one.study, one.treated, one.control):
            if each.is_apart and each.fact.endpoint in WATCHED[title] and one.differing <= 1:
                key = (one.study.id, each.fact.endpoint)
                if key not in found or abs(each.points) > abs(found[key][1].points):
                    found[key] = (one, each)
    largest = sorted(found.values(), key=lambda pair: -abs(pair[1].points))[:_EXAMPLES]
    if not largest:
        return Markup("")
    return Markup("In randomised comparisons: {}.").format(
        joined([_difference_words(one, each, traces) for one, each in largest], "; ")
    )


def _difference_words(one: ComparedArms, each: Difference, traces: Traces) -> Markup:
    grade = grade_words(each.fact)
    of_grade = "serious" if grade == "serious" else f"of {grade}"
    said = Markup(" ") + traces.fact(one.study, each.fact, of_grade) if grade else Markup("")
    return Markup("{}{} in {} with {} and {} with {} ({})").format(
        traces.name(event_name(each.fact.endpoint)),
        said,
        traces.fact(one.study, each.fact),
        traces.name(one.study.arms[one.treated].label),
        traces.fact(one.study, each.other),
        traces.name(one.study.arms[one.control].label),
        short_name(one.study, traces),
    )


def _what_to_do(title: str, traces: Traces) -> list[Block]:
    rules = load_rule_set("us-label")
    known = {rule.id: rule for rule in rules.all_rules if isinstance(rule, Rule)}
    items = [Markup("{}").format(_ADVICE[title])] if title in _ADVICE else []
    items += [traces.rule(rules, known[name]) for name in _RULES.get(title, ()) if name in known]
    return [Bullets(items)] if items else []


def _pregnancy(traces: Traces) -> Section:
    source = load_rule_set("us-label").sources["revlimid-us-2021"]
    words = Markup(
        "Lenalidomide is related to thalidomide and can cause severe birth defects or the death of an unborn child,"
        " so it must not be taken in pregnancy. It is given only within a restricted programme: pregnancy is excluded"
        " by two negative tests before the start, two reliable methods of contraception or abstinence are kept from"
        " four weeks before until four weeks after treatment, interruptions included, and men use condoms. The boxed"
        " warning"
        ' of the <a href="{}">{}</a> says the same.'
    ).format(source.address, traces.name("US prescribing information"))
    return Section("Pregnancy", [Paragraph(words)])
