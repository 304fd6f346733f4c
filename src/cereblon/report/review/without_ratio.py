"""Trials that added the treatment of a chapter and published no hazard ratio: their responses and medians."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from cereblon.evidence import Study, published_facts
from cereblon.report.review.comparisons import COUNTED, ComparedArms, leading
from cereblon.report.review.findings import SETTINGS, months_against, sizes
from cereblon.report.review.naming import drugs_of, joined, listed, short_name
from cereblon.report.review.topics import Topic
from cereblon.report.review.traces import Traces
from cereblon.synthesis.real_world import TreatedCohort, figure

_MEDIANS = {
    "pfs_median": "median progression-free survival",
    "ttp_median": "median time to progression",
    "os_median": "median survival",
}


def sentences_without_ratio(
    topic: Topic, studies: Sequence[Study], comparisons: Sequence[ComparedArms], traces: Traces
) -> list[Markup]:
    """Say what the largest trial found in each setting that no hazard ratio speaks for.

    Parameters
    ----------
    topic
        Of the chapter.
    studies
        The evidence.
    comparisons
        Of the chapter; their hazard ratios speak for their settings.
    traces
        Of the document.
    """
    settings = {one.study.setting for one in leading(comparisons)}
    largest: dict[str, tuple[int, Study, str, str]] = {}
    for study, treated, control in _pairs(topic, studies):
        size = (study.patients(treated) or 0) + (study.patients(control) or 0)
        if study.setting not in settings and size > largest.get(study.setting, (0,))[0]:
            largest[study.setting] = (size, study, treated, control)
    said = [_words(study, treated, control, traces) for _, study, treated, control in largest.values()]
    return [words for words in said if words]


def _pairs(topic: Topic, studies: Sequence[Study]) -> Iterator[tuple[Study, str, str]]:
    """Give arms that got exactly the drugs of the chapter, with arms that lacked the one that it is about."""
    for study in studies:
        if study.kind != "randomised" or published_facts(study, endpoints=list(COUNTED)):
            continue
        drugs = {arm: drugs_of(study, arm) for arm in study.arms}
        for treated, given in drugs.items():
            for control, other in drugs.items():
                if (
                    given == topic.drugs
                    and given > other
                    and len(given - other) == 1
                    and given - other <= {*topic.added}
                ):
                    yield study, treated, control


def _words(study: Study, treated: str, control: str, traces: Traces) -> Markup:
    added, other = drugs_of(study, treated) - drugs_of(study, control), drugs_of(study, control)
    parts = []
    arms = [TreatedCohort(study, arm, "trial") for arm in (treated, control)]
    first, second = (figure(arm, "orr") for arm in arms)
    if first is not None and second is not None:
        shares = traces.fact(study, first, f"{first.value:g}"), traces.fact(study, second)
        parts.append(Markup("response in {} against {}").format(*shares))
    for endpoint, name in _MEDIANS.items():
        first, second = (figure(arm, endpoint) for arm in arms)
        if first is not None and second is not None:
            parts.append(Markup("{} {}").format(name, months_against(study, first, second, traces)))
    if not parts:
        return Markup("")
    return Markup(
        "{}, adding {} to {} was compared with {} alone ({}{}): {}; our library has no hazard ratio."
    ).format(
        SETTINGS[study.setting],
        listed(sorted(added)),
        listed(sorted(other)),
        listed(sorted(other)),
        short_name(study, traces),
        sizes(study, (treated, control), traces),
        joined(parts, "; "),
    )
