"""What opens a chapter: a few sentences that answer, with numbers of a hundred patients, and how certain each is."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from cereblon.evidence import Fact, Study
from cereblon.evidence.wording import value_text
from cereblon.report.document import Block, Paragraph, Section, Table
from cereblon.report.review.absolute import icon_figure, landmark_of, month_of, whole_patients
from cereblon.report.review.adverse_events import Difference, differences, event_name, grade_words
from cereblon.report.review.certainty import RULE, certainty_of
from cereblon.report.review.comparisons import COUNTED, ComparedArms, leading
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


def answer_blocks(comparisons: Sequence[ComparedArms], traces: Traces) -> list[Block]:
    """Give one paragraph for each setting of a chapter, and below them the picture of a hundred patients.

    Parameters
    ----------
    comparisons
        Of the chapter.
    traces
        Of the document.
    """
    chosen = leading(comparisons)
    if not chosen:
        return [Paragraph(Markup("Our library has no trial that compared this treatment with another."))]
    blocks: list[Block] = [Paragraph(_setting_words(one, comparisons, traces)) for one in chosen]
    for one in chosen:
        found = landmark_of(one, "pfs_rate") or landmark_of(one, "os_rate")
        if found is not None:
            blocks.append(icon_figure(one, found, traces))
            break
    return blocks


def certainty_section(comparisons: Sequence[ComparedArms], traces: Traces) -> Section:
    """Give the certainty of every comparison of a chapter with its reasons, folded, and the rule."""
    rows = []
    for one in comparisons:
        rated = certainty_of(one, comparisons)
        rows.append(
            [
                traces.name(one.study.name),
                Markup("{} against {}").format(_label(one, one.treated, traces), _label(one, one.control, traces)),
                Markup("{}").format(COUNTED[one.fact.endpoint]),
                traces.fact(one.study, one.fact),
                Markup("{}").format(rated.level),
                traces.name("; ".join(rated.reasons)) if rated.reasons else Markup("nothing counts against it"),
            ]
        )
    head = ["trial", "comparison", "hazard ratio for", "published", "certainty", "why not higher"]
    blocks: list[Block] = [Paragraph(Markup("{}").format(RULE), tone="caution"), Table(head, rows)]
    return Section("How certain each comparison is, and why", blocks, folded=True)


def _label(one: ComparedArms, arm: str, traces: Traces) -> Markup:
    return traces.name(one.study.arms[arm].label)


def _setting_words(one: ComparedArms, comparisons: Sequence[ComparedArms], traces: Traces) -> Markup:
    sentences = [
        main_sentence(one, traces),
        _certain(one, comparisons),
        _landmark_sentence(one, traces),
        *_survival_sentences(one, comparisons, traces),
        *_other_trials(one, comparisons, traces),
        *_harm_sentences(one, traces),
    ]
    return joined([sentence for sentence in sentences if sentence], " ")


def treatment_words(one: ComparedArms, traces: Traces, verb: str = "") -> Markup:
    """Say what was compared: `adding bortezomib to Rd VERB`, or `KRd VERB compared with VRd`."""
    first, second = one.drugs
    added = sorted(first - second)
    said = f" {verb}" if verb else ""
    if one.differing == 1 and second and second < first and len(added) == 1 and added != ["melphalan"]:
        return Markup("adding {} to {}{}").format(added[0], traces.name(regimen_of(second).name), said)
    treated, control = _label(one, one.treated, traces), _label(one, one.control, traces)
    return Markup("{}{} {} {}").format(treated, said, "compared with" if verb else "against", control)


_VERBS = {
    ("pfs_hr", "better"): "delayed progression or death",
    ("pfs_hr", "worse"): "brought progression or death forward",
    ("pfs_hr", "unclear"): "did not clearly delay progression or death",
    ("os_hr", "better"): "prolonged survival",
    ("os_hr", "worse"): "shortened survival",
    ("os_hr", "unclear"): "did not clearly prolong survival",
}
_BARE = {
    ("pfs_hr", True): "was reported to delay progression or death",
    ("pfs_hr", False): "was not reported to delay progression or death",
    ("os_hr", True): "was reported to prolong survival",
    ("os_hr", False): "was not reported to prolong survival",
}


_SMALL = 0.05
_SURVIVAL = {
    "better": "Survival was longer too",
    "worse": "Survival was shorter",
    "unclear": "No difference in survival was shown",
    "bare": "Whether survival differed cannot be said, since our library has no interval for it",
}


def _verb(one: ComparedArms) -> str:
    """Say which way the ratio points; without an interval only a p value below 0.05 is a report of an effect."""
    endpoint = one.fact.endpoint
    if one.shows != "bare":
        return _VERBS[endpoint, one.shows]
    is_lower = one.value is not None and one.value < 1.0
    is_small = one.fact.p is None or (one.fact.p.number or 1.0) < _SMALL
    return _BARE[endpoint, is_lower and is_small]


def main_sentence(one: ComparedArms, traces: Traces, *, is_short: bool = False) -> Markup:
    """Say what the leading trial of a setting found, as far as its interval carries.

    Parameters
    ----------
    one
        The comparison.
    traces
        Of the document.
    is_short
        Whether the number of patients and the medians are left out, and shares of a hundred put in.
    """
    details = [ratio_words(one, traces)]
    if not is_short:
        details = [_medians(one, traces), *details]
    elif (found := landmark_of(one, "pfs_rate")) is not None:
        details.append(
            Markup("{} against {} of a hundred {} after {}").format(
                whole_patients(one.study, found.treated, traces),
                whole_patients(one.study, found.control, traces),
                found.state,
                month_of(one.study, found.treated, traces),
            )
        )
    return Markup("{}, {} ({}{}; {}).").format(
        SETTINGS[one.study.setting],
        treatment_words(one, traces, _verb(one)),
        short_name(one.study, traces),
        Markup("") if is_short else _sizes(one, traces),
        joined([words for words in details if words], "; "),
    )


def ratio_words(one: ComparedArms, traces: Traces) -> Markup:
    """Give the hazard ratio of treatment over control with its interval, or with its p value where it has none."""
    counted, fact = COUNTED[one.fact.endpoint], one.fact
    if not one.is_turned or one.value is None:
        return Markup("hazard ratio for {} {}").format(counted, traces.fact(one.study, fact, one.words))
    key = f"turned-{one.study.id}-{fact.endpoint}-{one.treated}"
    how = f"one over the published ratio, {value_text(fact)}"
    return Markup("hazard ratio for {} {}").format(
        counted, traces.computation(key, one.words, [(one.study, fact)], how)
    )


def _sizes(one: ComparedArms, traces: Traces) -> Markup:
    sizes = [one.study.patients(arm) for arm in (one.treated, one.control)]
    if None in sizes:
        return Markup("")
    facts = [
        (one.study, fact)
        for arm, size in zip((one.treated, one.control), sizes, strict=True)
        for fact in one.study.facts
        if fact.arm == arm and fact.value == size and fact.endpoint.startswith("n_") and fact.subgroup is None
    ]
    key = f"size-{one.study.id}-{one.treated}-{one.control}"
    total = traces.computation(key, f"{sum(size or 0 for size in sizes)}", facts, "sum of both arms")
    return Markup(", {} patients").format(total)


def _medians(one: ComparedArms, traces: Traces) -> Markup:
    endpoint = "pfs_median" if one.fact.endpoint == "pfs_hr" else "os_median"
    found = [figure(TreatedCohort(one.study, arm, "trial"), endpoint) for arm in (one.treated, one.control)]
    if found[0] is None or found[1] is None:
        return Markup("")
    shown = [_months(one.study, fact, traces) for fact in found if fact is not None]
    return Markup("median {} against {}").format(*shown)


def _months(study: Study, fact: Fact, traces: Traces) -> Markup:
    if fact.number is None:
        return traces.fact(study, fact, "not reached")
    return traces.fact(study, fact, f"{'below ' if fact.value is None else ''}{fact.number:g}") + Markup(" months")


def _certain(one: ComparedArms, comparisons: Sequence[ComparedArms]) -> Markup:
    return Markup("Certainty: <strong>{}</strong>.").format(certainty_of(one, comparisons).level)


def _landmark_sentence(one: ComparedArms, traces: Traces) -> Markup:
    found = landmark_of(one, "pfs_rate")
    if found is None:
        return Markup("")
    return Markup("Of a hundred patients, {} against {} were {} after {}.").format(
        whole_patients(one.study, found.treated, traces),
        whole_patients(one.study, found.control, traces),
        found.state,
        month_of(one.study, found.treated, traces),
    )


def _survival_sentences(one: ComparedArms, comparisons: Sequence[ComparedArms], traces: Traces) -> list[Markup]:
    """Say what the same trial found for survival."""
    if one.fact.endpoint == "os_hr":
        return []
    same = [
        other
        for other in comparisons
        if other.study is one.study
        and other.fact.endpoint == "os_hr"
        and {other.treated, other.control} == {one.treated, one.control}
    ]
    found = landmark_of(one, "os_rate")
    alive = Markup("")
    if found is not None:
        alive = Markup("; of a hundred, {} against {} were alive after {}").format(
            whole_patients(one.study, found.treated, traces),
            whole_patients(one.study, found.control, traces),
            month_of(one.study, found.treated, traces),
        )
    if not same:
        if found is None:
            return [Markup("Our library has no comparison of survival from this trial.")]
        return [Markup("Our library has no hazard ratio for survival{}.").format(alive)]
    words = _SURVIVAL[same[0].shows]
    if same[0].shows == "bare" and (p := same[0].fact.p) is not None:
        longer = "longer" if (same[0].value or 1.0) < 1.0 else "shorter"
        is_small = (p.number or 1.0) < _SMALL
        words = f"Survival was reported to be {longer}" if is_small else _SURVIVAL["unclear"]
    return [Markup("{} ({}{}).").format(words, ratio_words(same[0], traces), alive)]


def _other_trials(one: ComparedArms, comparisons: Sequence[ComparedArms], traces: Traces) -> list[Markup]:
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
        return []
    parts = [
        Markup("{} ({}, {})").format(
            short_name(other.study, traces), treatment_words(other, traces), ratio_words(other, traces)
        )
        for other in sorted(others, key=lambda other: -other.patients)[:_MOST_TRIALS]
    ]
    said = "The largest of the other comparisons" if len(others) > _MOST_TRIALS else "Other comparisons"
    return [Markup("{}: {}.").format(said, joined(parts, "; "))]


def _harm_sentences(one: ComparedArms, traces: Traces) -> list[Markup]:
    """Name the events that differed most between the arms, with their shares."""
    found = sorted(differences(one.study, one.treated, one.control), key=lambda each: -abs(each.points))
    sentences = []
    for is_more, word in ((True, "more"), (False, "less")):
        apart = [each for each in found if each.is_apart and (each.points > 0) == is_more]
        picked = list({each.fact.endpoint: each for each in reversed(apart)}.values())[::-1][:_MOST_EVENTS]
        if picked:
            arm = _label(one, one.treated, traces)
            events = joined([_event_words(one.study, each, traces) for each in picked])
            sentences.append(Markup("With {}, {} often: {}.").format(arm, word, events))
    return sentences


def _event_words(study: Study, each: Difference, traces: Traces) -> Markup:
    grade = grade_words(each.fact)
    shares = Markup("{} against {}").format(
        traces.fact(study, each.fact, f"{each.fact.value:g}"), traces.fact(study, each.other)
    )
    said = traces.fact(study, each.fact, grade) + Markup(", ") if grade else Markup("")
    return Markup("{} ({}{})").format(traces.name(event_name(each.fact.endpoint)), said, shares)
