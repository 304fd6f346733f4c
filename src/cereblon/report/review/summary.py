"""The page on top: what is known in a line for each chapter, how certain it is, and what is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from cereblon.report.document import Bullets, Paragraph, Section
from cereblon.report.review.comparisons import ComparedArms, leading
from cereblon.report.review.findings import main_sentence, ratio_words, survival_of
from cereblon.report.review.naming import joined
from cereblon.report.review.topics import TOPICS
from cereblon.report.review.traces import Traces

_UNKNOWN = (
    "Which of the triplets and quadruplets is best: most were never compared with each other.",
    "How long maintenance should go on.",
    "Whether a transplant at diagnosis prolongs survival where daratumumab or isatuximab is given.",
    "How well any regimen works in patients whom trials left out: the frail, and those with failing kidneys.",
    "How much of the gap between trials and routine care is due to the patients and how much to treatment.",
)


def summary_section(
    comparisons: Mapping[str, Sequence[ComparedArms]], besides: Mapping[str, Sequence[Markup]], traces: Traces
) -> Section:
    """Write the summary.

    Parameters
    ----------
    comparisons
        By chapter.
    besides
        Sentences of a chapter on settings that no hazard ratio speaks for.
    traces
        Of the document.
    """
    items = [
        Markup('<a href="#{}">{}</a> {}').format(
            key, _headed(TOPICS[key].title), joined([*_line(found, traces), *besides.get(key, ())], " ")
        )
        for key, found in comparisons.items()
        if found
    ]
    return Section(
        "Summary",
        [
            Section("What is known", [Bullets(items)]),
            Section("What is not known", [Bullets([Markup("{}").format(words) for words in _UNKNOWN])]),
            Paragraph(
                Markup(
                    "Certainty is rated by a stated rule in the manner of GRADE; click on a rating for its reasons. A"
                    " hazard ratio without further words is for progression or death. The simulator's predictions"
                    " stand beside the trials in the pictures."
                ),
                tone="caution",
            ),
        ],
        key="summary",
    )


def _headed(title: str) -> str:
    return title if title.endswith("?") else f"{title}:"


def _line(found: Sequence[ComparedArms], traces: Traces) -> list[Markup]:
    """Give the leading findings of a chapter, of survival where that was shown."""
    sentences = []
    for one in leading(found):
        if one.differing > 1:
            continue
        sentences.append(main_sentence(one, found, traces, is_short=True))
        shown = survival_of(one, found)
        if shown is not None and shown.shows in ("better", "worse"):
            longer = "longer too" if shown.shows == "better" else "shorter"
            sentences.append(Markup("Survival was {} ({}).").format(longer, ratio_words(shown, traces)))
    return sentences
