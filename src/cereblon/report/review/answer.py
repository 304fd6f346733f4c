"""What opens a chapter: a few sentences that answer, with numbers of a hundred patients, and how certain each is."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from cereblon.core.plain_text import capital
from cereblon.evidence.wording import value_text
from cereblon.report.document import Block, Paragraph, Section, Table
from cereblon.report.review.absolute import Landmark, icon_figure, landmark_of
from cereblon.report.review.certainty import RULE, certainty_of
from cereblon.report.review.comparisons import COUNTED, ComparedArms, leading
from cereblon.report.review.findings import (
    arm_label,
    event_sentence,
    hundred_sentence,
    main_sentence,
    other_trials,
    ratio_number,
    ratio_words,
    survival_of,
    survival_words,
)
from cereblon.report.review.naming import SETTINGS, joined, listed, short_name
from cereblon.report.review.traces import Traces


def answer_blocks(
    comparisons: Sequence[ComparedArms], traces: Traces, *, besides: Sequence[Markup] = ()
) -> list[Block]:
    """Give the three to six sentences that answer a chapter, and below them the picture of a hundred patients.

    Parameters
    ----------
    comparisons
        Of the chapter.
    traces
        Of the document.
    besides
        Sentences on settings that no hazard ratio speaks for.
    """
    chosen = leading(comparisons)
    if not chosen:
        return [Paragraph(Markup("Our library has no trial that compared this treatment with another."))]
    sentences = [*(main_sentence(one, comparisons, traces) for one in chosen), *besides]
    pictured = _pictured([*chosen, *_direct(comparisons)])
    if pictured:
        sentences.append(hundred_sentence(*pictured, traces))
    sentences.append(_survival_sentence(chosen, comparisons, traces))
    told = (event_sentence(one, traces) for one in (*chosen, *_direct(comparisons)))
    sentences += [next((words for words in told if words), Markup(""))]
    answer = Paragraph(joined([words for words in sentences if words], " "))
    others = [main_sentence(one, comparisons, traces, is_short=True) for one in _of_other_drugs(comparisons)]
    blocks: list[Block] = [answer, *([Paragraph(joined(others, " "))] if others else [])]
    return [*blocks, icon_figure(*pictured, traces)] if pictured else blocks


def setting_section(comparisons: Sequence[ComparedArms], told: str, traces: Traces) -> Section:
    """Give for each setting what else its leading trial found, and the other trials.

    Parameters
    ----------
    comparisons
        Of the chapter.
    told
        What the chapter has said before.
    traces
        Of the document.
    """
    blocks: list[Block] = []
    for one in leading(comparisons):
        found = [landmark_of(one, endpoint) for endpoint in ("pfs_rate", "os_rate")]
        sentences = [
            *(hundred_sentence(one, each, traces) for each in found if each is not None),
            other_trials(one, comparisons, traces),
            event_sentence(one, traces),
        ]
        said = joined([words for words in sentences if words not in told], " ")
        if said:
            setting = SETTINGS[one.study.setting]
            blocks.append(Paragraph(Markup("<strong>{}.</strong> {}").format(setting, said)))
    return Section("More by setting: of a hundred patients, other trials, adverse events", blocks)


def certainty_section(comparisons: Sequence[ComparedArms], traces: Traces) -> Section:
    """Give the certainty of every comparison of a chapter with its reasons, folded, and the rule."""
    rows = []
    for one in comparisons:
        rated = certainty_of(one, comparisons)
        rows.append(
            [
                traces.name(one.study.name),
                Markup("{} against {}").format(
                    arm_label(one, one.treated, traces), arm_label(one, one.control, traces)
                ),
                Markup("{}").format(COUNTED[one.fact.endpoint]),
                ratio_number(one, value_text(one.fact), traces),
                Markup("{}").format(rated.level),
                traces.name("; ".join(rated.reasons)) if rated.reasons else Markup("nothing counts against it"),
            ]
        )
    head = ["trial", "comparison", "hazard ratio for", "ratio", "certainty", "why not higher"]
    blocks: list[Block] = [Paragraph(Markup("{}").format(RULE), tone="caution"), Table(head, rows)]
    key = f"certainty-{comparisons[0].chapter}" if comparisons else ""
    return Section("How certain each comparison is, and why", blocks, key=key, folded=True)


def _direct(comparisons: Sequence[ComparedArms]) -> list[ComparedArms]:
    """Give the comparisons of the treatment of the chapter alone, the largest first."""
    return sorted(
        (one for one in comparisons if one.place == 0 and one.differing <= 1), key=lambda one: -one.patients
    )


def _of_other_drugs(comparisons: Sequence[ComparedArms]) -> list[ComparedArms]:
    """Give what adding the chapter's other drugs to lenalidomide did: for each and each setting the largest trial."""
    largest: dict[tuple[int, int], ComparedArms] = {}
    for one in comparisons:
        is_added = one.is_of_another_drug and one.differing == 1 and one.study.kind == "randomised"
        if not is_added or one.fact.endpoint != "pfs_hr" or not all("lenalidomide" in drugs for drugs in one.drugs):
            continue
        key = one.place, list(SETTINGS).index(one.study.setting)
        if key not in largest or one.patients > largest[key].patients:
            largest[key] = one
    return [largest[key] for key in sorted(largest)]


def _pictured(comparisons: Sequence[ComparedArms]) -> tuple[ComparedArms, Landmark] | None:
    """Choose what is drawn: the first share alive without progression, else alive, else with a response."""
    for endpoint in ("pfs_rate", "os_rate", "orr"):
        for one in comparisons:
            if (found := landmark_of(one, endpoint)) is not None:
                return one, found
    return None


_SURVIVAL = {
    "better": "survival was longer in {}",
    "worse": "survival was shorter in {}",
    "unclear": "no difference in survival was shown in {}",
    "bare": "whether survival differed in {} cannot be said, since our library has no interval for it",
    "": "our library has no hazard ratio for survival from {}",
}


def _survival_sentence(chosen: Sequence[ComparedArms], comparisons: Sequence[ComparedArms], traces: Traces) -> Markup:
    """Say in one sentence what the leading trials found for survival."""
    trials: dict[str, list[Markup]] = {}
    for one in chosen:
        if one.fact.endpoint == "os_hr":
            continue
        other = survival_of(one, comparisons)
        name = short_name(one.study, traces)
        shown = name if other is None else Markup("{} ({})").format(name, ratio_words(other, traces))
        trials.setdefault(survival_words(other), []).append(shown)
    parts = [Markup(_SURVIVAL[key]).format(listed(trials[key])) for key in _SURVIVAL if key in trials]
    return Markup(capital(joined(parts, "; ")) + Markup(".")) if parts else Markup("")
