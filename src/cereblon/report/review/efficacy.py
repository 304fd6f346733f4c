"""What trials found: a table of figures, hazard ratios with their reading, and where cuts of one trial changed."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from cereblon.core.rows import Row
from cereblon.evidence import Fact, Study, latest_facts, published_facts
from cereblon.report.document import Block, Bullets, Figure, Paragraph, Section, Table
from cereblon.report.points import points_chart
from cereblon.report.review.naming import SETTINGS, arm_name, joined, size_of, studies_of
from cereblon.report.review.traces import Traces
from cereblon.report.wording import unit_label
from cereblon.synthesis.real_world import TreatedCohort, figure
from cereblon.vocabulary.endpoints import headline_endpoints, vocabulary

COLUMNS: dict[str, str] = {
    name: f"{entry.label}, {unit_label(entry.units[0])}"
    for name, entry in vocabulary().endpoints.items()
    if name in headline_endpoints("response", "time-to-event") and "month" not in entry.requires
}
HAZARDS: dict[str, str] = {name: vocabulary().endpoints[name].counted for name in headline_endpoints("comparison")}


def efficacy_section(cohorts: Sequence[TreatedCohort], traces: Traces) -> Section:
    """Write what trials of a treatment found."""
    trials = [cohort for cohort in cohorts if cohort.group == "trial"]
    if not trials:
        return Section(
            "Efficacy in trials", [Paragraph(Markup("The evidence set holds no trial of this treatment."))]
        )
    blocks: list[Block] = []
    for setting in dict.fromkeys(cohort.study.setting for cohort in trials):
        here = [cohort for cohort in trials if cohort.study.setting == setting]
        table = _table(here, setting, traces)
        blocks += [table] if table.rows else []
    ratios = hazard_ratios(trials)
    if ratios:
        blocks += _forests(ratios)
        blocks.append(Bullets([hazard_sentence(study, fact, traces) for study, fact in ratios]))
    else:
        blocks.append(Paragraph(Markup("No hazard ratio against another treatment is in the evidence set.")))
    return Section("Efficacy in trials", blocks)


def _table(cohorts: Sequence[TreatedCohort], setting: str, traces: Traces) -> Table:
    """Give the figures of the arms of a setting and of the arms they were compared with."""
    rows = []
    for study in studies_of(cohorts):
        own = {cohort.arm for cohort in cohorts if cohort.study is study}
        for arm in [key for key in study.arms if key in own] + [key for key in study.arms if key not in own]:
            cohort = TreatedCohort(study, arm, "trial")
            figures = {name: figure(cohort, name) for name in COLUMNS}
            if arm == "all" or not any(figures.values()):
                continue
            label = arm_name(study, arm, traces)
            rows.append(
                [
                    traces.name(study.name),
                    Markup("<strong>{}</strong>").format(label) if arm in own else label,
                    size_of(study, arm, traces),
                    *(traces.fact(study, fact, _bare(fact)) if fact else Markup("") for fact in figures.values()),
                ]
            )
    caption = Markup("{}; arms of this treatment in bold. An empty cell: not in the evidence set.").format(
        SETTINGS[setting]
    )
    return Table(["study", "arm", "patients", *COLUMNS.values()], rows, caption)


def _bare(fact: Fact) -> str:
    from cereblon.evidence.wording import value_text

    return value_text(fact).replace(" %", "").replace(" mo", "")


def hazard_ratios(cohorts: Sequence[TreatedCohort]) -> list[tuple[Study, Fact]]:
    """Give the hazard ratios of whole arms at their last cut in which an arm of the cohorts stands on a side."""
    found: list[tuple[Study, Fact]] = []
    for study in studies_of(cohorts):
        own = {cohort.arm for cohort in cohorts if cohort.study is study}
        facts = latest_facts(study, published_facts(study, endpoints=list(HAZARDS)))
        found += [(study, fact) for fact in facts if fact.arm in own or fact.versus in own]
    return sorted(found, key=lambda pair: list(HAZARDS).index(pair[1].endpoint))


def _forests(ratios: Sequence[tuple[Study, Fact]]) -> list[Figure]:
    """Draw one picture per endpoint, so that a printed page can break between them."""
    endpoints = dict.fromkeys(fact.endpoint for _, fact in ratios)
    return [
        _forest([pair for pair in ratios if pair[1].endpoint == endpoint], has_legend=number == 0)
        for number, endpoint in enumerate(endpoints)
    ]


def _forest(ratios: Sequence[tuple[Study, Fact]], *, has_legend: bool) -> Figure:
    rows: list[Row] = []
    for study, fact in ratios:
        interval = fact.interval
        versus = study.arms[str(fact.versus)].label if fact.versus else ""
        rows.append(
            {
                "panel": f"hazard ratio, {HAZARDS[fact.endpoint]}",
                "label": f"{study.name}: {study.arms[fact.arm].label} v {versus}{_when(fact) if fact.month else ''}",
                "group": "trial",
                "value": fact.value,
                "low": interval.low if interval else None,
                "high": interval.high if interval else None,
                "unit": "ratio",
                "words": _bare(fact),
            }
        )
    caption = Markup("Hazard ratios as published, last data cut; below one favours the arm named first.")
    chart = points_chart(rows, has_legend=has_legend)
    return Figure(chart, caption, "Hazard ratios of the trials, listed in the sentences below")


def hazard_sentence(study: Study, fact: Fact, traces: Traces, *, with_earlier: bool = True) -> Markup:
    """Say what a hazard ratio shows, as far as its interval carries, and what earlier cuts showed if wanted."""
    first = arm_name(study, fact.arm, traces)
    second = arm_name(study, str(fact.versus), traces) if fact.versus else Markup("the other group")
    words = Markup("{}: {} against {}, hazard ratio for {} {}{}; {}.").format(
        traces.name(study.name),
        first,
        second,
        HAZARDS[fact.endpoint],
        traces.fact(study, fact),
        traces.fact(study, fact, _when(fact)) if _when(fact) else "",
        reading(fact, first, second),
    )
    earlier = [
        traces.fact(study, other) + (traces.fact(study, other, _when(other)) if _when(other) else Markup(""))
        for other in published_facts(study, endpoints=[fact.endpoint])
        if with_earlier and other.quantity == fact.quantity and other is not fact
    ]
    return words + Markup(" Also printed: {}.").format(joined(earlier, "; ")) if earlier else words


def _when(fact: Fact) -> str:
    """Say how far the follow-up of a ratio went, where that was printed."""
    counted = f", counted to month {fact.month:g}" if fact.month is not None else ""
    return f"{counted} at {fact.cut}" if fact.cut else counted


def reading(fact: Fact, first: Markup | str, second: Markup | str) -> Markup:
    """Say what the interval of a ratio carries; a ratio without one is not read further."""
    interval = fact.interval
    if interval is None or interval.low is None or interval.high is None:
        if fact.p is None:
            return Markup("printed without interval or p value, so its uncertainty is not known")
        return Markup("printed with a p value and without an interval")
    if interval.high < 1:
        return Markup("the interval lies below one, in favour of {}").format(first)
    if interval.low > 1:
        return Markup("the interval lies above one, in favour of {}").format(second)
    return Markup("the interval includes one, so no difference was shown")
