"""What one trial found, in sentences: of progression, of survival, of a hundred patients, and of adverse events."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from cereblon.evidence import Fact, Study
from cereblon.evidence.wording import value_text
from cereblon.report.review.absolute import Landmark, after_words, landmark_of, month_of, whole_patients
from cereblon.report.review.adverse_events import Difference, differences, event_name, grade_words
from cereblon.report.review.certainty import certainty_of
from cereblon.report.review.comparisons import COUNTED, ComparedArms, earlier_differences
from cereblon.report.review.naming import joined, short_name
from cereblon.report.review.traces import Traces
from cereblon.synthesis.real_world import TreatedCohort, figure
from cereblon.vocabulary.drugs import regimen_of

SETTINGS = {
    "ndmm": "In newly diagnosed myeloma",
    "ndmm-te": "In newly diagnosed patients who can have a transplant",
    "ndmm-tie": "In newly diagnosed patients who will not have a transplant",
    "rrmm": "In relapsed myeloma",
    "maintenance-post-asct": "After transplant",
    "maintenance-no-asct": "As maintenance without transplant",
    "mds-or-other": "In other diseases",
}
_MOST_EVENTS = _MOST_TRIALS = 3


def arm_label(one: ComparedArms, arm: str, traces: Traces) -> Markup:
    """Name an arm of a comparison."""
    return traces.name(one.study.arms[arm].label)


def treatment_words(one: ComparedArms, traces: Traces, verb: str = "") -> Markup:
    """Say what was compared: `adding bortezomib to Rd VERB`, or `KRd VERB compared with VRd`."""
    first, second = one.drugs
    added = sorted(first - second)
    said = f" {verb}" if verb else ""
    if one.differing == 1 and second and second < first and len(added) == 1 and added != ["melphalan"]:
        return Markup("adding {} to {}{}").format(added[0], traces.name(regimen_of(second).name), said)
    treated, control = arm_label(one, one.treated, traces), arm_label(one, one.control, traces)
    return Markup("{}{} {} {}").format(treated, said, "compared with" if verb else "against", control)


_VERBS = {
    ("pfs_hr", "better"): "delayed progression or death",
    ("pfs_hr", "worse"): "brought progression or death forward",
    ("pfs_hr", "unclear"): "did not clearly delay progression or death",
    ("pfs_hr", "none"): "was not shown to delay progression or death",
    ("os_hr", "better"): "prolonged survival",
    ("os_hr", "worse"): "shortened survival",
    ("os_hr", "unclear"): "did not clearly prolong survival",
    ("os_hr", "none"): "was not shown to prolong survival",
}
_BARE = {
    ("pfs_hr", True): "was reported to delay progression or death",
    ("pfs_hr", False): "was not reported to delay progression or death",
    ("os_hr", True): "was reported to prolong survival",
    ("os_hr", False): "was not reported to prolong survival",
}


_SMALL = 0.05


def _verb(one: ComparedArms) -> str:
    """Say which way the ratio points; without an interval only a p value below 0.05 is a report of an effect."""
    endpoint = one.fact.endpoint
    is_lower = one.value is not None and one.value < 1.0
    if one.shows != "bare":
        return _VERBS[endpoint, "none" if one.shows == "unclear" and not is_lower else one.shows]
    is_small = one.fact.p is None or (one.fact.p.number or 1.0) < _SMALL
    return _BARE[endpoint, is_lower and is_small]


def main_sentence(
    one: ComparedArms, comparisons: Sequence[ComparedArms], traces: Traces, *, is_short: bool = False
) -> Markup:
    """Say what the leading trial of a setting found, as far as its interval carries, and how certain that is.

    Parameters
    ----------
    one
        The comparison.
    comparisons
        Of the chapter; they tell of inconsistency.
    traces
        Of the document.
    is_short
        Whether the number of patients is left out, and shares of a hundred stand in the place of medians.
    """
    found = landmark_of(one, "pfs_rate") if is_short else None
    details = [
        _medians(one, traces) if found is None else Markup(""),
        ratio_words(one, traces, is_counted_before=True),
        *(
            Markup("at an earlier cut {}").format(traces.fact(one.study, fact))
            for fact in earlier_differences(one.study, one.fact)[:1]
            if not one.is_turned
        ),
    ]
    if found is not None:
        details.append(
            Markup("{} against {} of a hundred {} after {}").format(
                whole_patients(one.study, found.treated, traces),
                whole_patients(one.study, found.control, traces),
                found.state,
                month_of(one.study, found.treated, traces),
            )
        )
    level = certainty_of(one, comparisons).level
    details.append(Markup('certainty <a href="#certainty-{}">{}</a>').format(one.chapter, level))
    return Markup("{}, {} ({}{}; {}).").format(
        SETTINGS[one.study.setting],
        treatment_words(one, traces, _verb(one)),
        short_name(one.study, traces),
        Markup("") if is_short else sizes(one.study, (one.treated, one.control), traces),
        joined([words for words in details if words], "; "),
    )


def ratio_words(one: ComparedArms, traces: Traces, *, is_counted_before: bool = False) -> Markup:
    """Give the hazard ratio of treatment over control with its interval, or with its p value where it has none.

    Parameters
    ----------
    one
        The comparison.
    traces
        Of the document.
    is_counted_before
        Whether the sentence has said before what the ratio counts.
    """
    named = "hazard ratio" if is_counted_before else f"hazard ratio for {COUNTED[one.fact.endpoint]}"
    return Markup("{} {}").format(named, ratio_number(one, one.words, traces))


def ratio_number(one: ComparedArms, published: str, traces: Traces) -> Markup:
    """Link the ratio of treatment over control: to its source in the words given, or to how it was turned round."""
    fact = one.fact
    if not one.is_turned or one.value is None:
        return traces.fact(one.study, fact, published)
    key = f"turned-{one.study.id}-{fact.endpoint}-{one.treated}"
    how = f"one over the published ratio, {value_text(fact)}"
    return traces.computation(key, one.words, [(one.study, fact)], how)


def sizes(study: Study, arms: Sequence[str], traces: Traces) -> Markup:
    """Say how many patients the arms had together; nothing where the size of one is not known."""
    counts = {arm: study.patients(arm) for arm in arms}
    if None in counts.values():
        return Markup("")
    facts = [
        (study, fact)
        for arm, size in counts.items()
        for fact in study.facts
        if fact.arm == arm and fact.value == size and fact.endpoint.startswith("n_") and fact.subgroup is None
    ]
    key = "-".join(["size", study.id, *arms])
    total = traces.computation(key, f"{sum(size or 0 for size in counts.values())}", facts, "sum of both arms")
    return Markup(", {} patients").format(total)


def _medians(one: ComparedArms, traces: Traces) -> Markup:
    endpoint = "pfs_median" if one.fact.endpoint == "pfs_hr" else "os_median"
    treated, control = (
        figure(TreatedCohort(one.study, arm, "trial"), endpoint) for arm in (one.treated, one.control)
    )
    if treated is None or control is None:
        return Markup("")
    return Markup("median {}").format(months_against(one.study, treated, control, traces))


def months_against(study: Study, treated: Fact, control: Fact, traces: Traces) -> Markup:
    """Write two medians beside each other, the unit once."""
    shown = []
    for fact in (treated, control):
        words = (
            f"{'below ' if fact.value is None else ''}{fact.number:g}" if fact.number is not None else "not reached"
        )
        shown.append(traces.fact(study, fact, words))
    unit = Markup(" months") if control.number is not None else Markup("")
    return Markup("{} against {}{}").format(*shown, unit)


def hundred_sentence(one: ComparedArms, found: Landmark, traces: Traces) -> Markup:
    """Say what a share comes to among a hundred patients of each arm."""
    return Markup("Of a hundred patients in {}, {} against {} were {}{}.").format(
        short_name(one.study, traces),
        whole_patients(one.study, found.treated, traces),
        whole_patients(one.study, found.control, traces),
        found.state,
        after_words(one.study, found, traces),
    )


def survival_of(one: ComparedArms, comparisons: Sequence[ComparedArms]) -> ComparedArms | None:
    """Find the hazard ratio for death of the same arms."""
    same = (
        other
        for other in comparisons
        if other.study is one.study
        and other.fact.endpoint == "os_hr"
        and {other.treated, other.control} == {one.treated, one.control}
    )
    return next(same, None)


def survival_words(other: ComparedArms | None) -> str:
    """Name what a hazard ratio for death shows, by its interval or else its p value; empty where there is none."""
    if other is None:
        return ""
    if other.shows == "bare" and (p := other.fact.p) is not None:
        if (p.number or 1.0) >= _SMALL:
            return "unclear"
        return "better" if (other.value or 1.0) < 1.0 else "worse"
    return other.shows


def other_trials(one: ComparedArms, comparisons: Sequence[ComparedArms], traces: Traces) -> Markup:
    """Name the largest other trials of the setting in a sentence, with their ratios; the picture shows all."""
    others = [
        other
        for other in comparisons
        if other.study.setting == one.study.setting
        and other.fact.endpoint == one.fact.endpoint
        and other.fact is not one.fact
        and (other.differing <= 1 or other.study is one.study)
    ]
    if not others:
        return Markup("")
    parts = [
        Markup("{} ({}, {})").format(
            short_name(other.study, traces),
            treatment_words(other, traces),
            ratio_words(other, traces, is_counted_before=True),
        )
        for other in sorted(others, key=lambda other: -other.patients)[:_MOST_TRIALS]
    ]
    said = "The largest of the other comparisons" if len(others) > _MOST_TRIALS else "Other comparisons"
    return Markup("{}, by {}: {}.").format(said, COUNTED[one.fact.endpoint], joined(parts, "; "))


def event_sentence(one: ComparedArms, traces: Traces) -> Markup:
    """Name the adverse events that differed most between the arms, with their shares; empty where none did."""
    found = sorted(differences(one.study, one.treated, one.control), key=lambda each: -abs(each.points))
    parts = []
    for is_more, word in ((True, "more"), (False, "less")):
        apart = [each for each in found if each.is_apart and (each.points > 0) == is_more]
        picked = list({each.fact.endpoint: each for each in reversed(apart)}.values())[::-1][:_MOST_EVENTS]
        if picked:
            events = joined([_event_words(one.study, each, traces) for each in picked])
            parts.append(Markup("{} frequent with {}: {}").format(word, arm_label(one, one.treated, traces), events))
    return Markup("In {}, {}.").format(short_name(one.study, traces), joined(parts, "; ")) if parts else Markup("")


def _event_words(study: Study, each: Difference, traces: Traces) -> Markup:
    grade = grade_words(each.fact)
    shares = Markup("{} against {}").format(
        traces.fact(study, each.fact, f"{each.fact.value:g}"), traces.fact(study, each.other)
    )
    said = traces.fact(study, each.fact, grade) + Markup(", ") if grade else Markup("")
    return Markup("{} ({}{})").format(traces.name(event_name(each.fact.endpoint)), said, shares)
