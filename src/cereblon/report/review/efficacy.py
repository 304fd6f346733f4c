"""What trials found: a table of figures, hazard ratios with their reading, and where cuts of one trial changed."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from cereblon.evidence import Fact, Study, latest_facts, published_facts
from cereblon.report.document import Block, Paragraph, Section, Table
from cereblon.report.review.comparisons import COUNTED
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


def efficacy_section(cohorts: Sequence[TreatedCohort], traces: Traces) -> Section:
    """Write what trials of a treatment found."""
    trials = [cohort for cohort in cohorts if cohort.group == "trial"]
    if not trials:
        nothing = Markup("Our library has no trial of this treatment.")
        return Section("Every figure of the trials", [Paragraph(nothing)])
    blocks: list[Block] = []
    for setting in dict.fromkeys(cohort.study.setting for cohort in trials):
        here = [cohort for cohort in trials if cohort.study.setting == setting]
        table = _table(here, setting, traces)
        blocks += [table] if table.rows else []
    ratios = hazard_ratios(trials)
    if ratios:
        blocks.append(_ratio_table(ratios, traces))
    return Section("Every figure of the trials", blocks)


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
        facts = latest_facts(study, published_facts(study, endpoints=list(COUNTED)))
        found += [(study, fact) for fact in facts if fact.arm in own or fact.versus in own]
    return sorted(found, key=lambda pair: list(COUNTED).index(pair[1].endpoint))


def _ratio_table(ratios: Sequence[tuple[Study, Fact]], traces: Traces) -> Table:
    """List the hazard ratios at their last data cut, with those of earlier cuts."""
    rows = []
    for study, fact in ratios:
        first = arm_name(study, fact.arm, traces)
        second = arm_name(study, str(fact.versus), traces) if fact.versus else Markup("the other group")
        earlier = [
            traces.fact(study, other) + (traces.fact(study, other, _when(other)) if _when(other) else Markup(""))
            for other in published_facts(study, endpoints=[fact.endpoint])
            if other.quantity == fact.quantity and other is not fact
        ]
        shown = traces.fact(study, fact) + (traces.fact(study, fact, _when(fact)) if _when(fact) else Markup(""))
        rows.append(
            [
                traces.name(study.name),
                Markup("{} over {}").format(first, second),
                Markup("{}").format(COUNTED[fact.endpoint]),
                shown,
                reading(fact, first, second),
                joined(earlier, "; "),
            ]
        )
    return Table(["study", "arms", "hazard ratio for", "last data cut", "what it carries", "earlier"], rows)


def _when(fact: Fact) -> str:
    """Say how far the follow-up of a ratio went, where that was printed."""
    counted = f", counted to month {fact.month:g}" if fact.month is not None else ""
    return f"{counted} at {fact.cut}" if fact.cut else counted


def reading(fact: Fact, first: Markup | str, second: Markup | str) -> Markup:
    """Say what the interval of a ratio carries; a ratio without one is not read further."""
    interval = fact.interval
    if interval is None or interval.low is None or interval.high is None:
        if fact.p is None:
            return Markup("published without interval or p value, so its uncertainty is not known")
        return Markup("published with a p value and without an interval")
    if interval.high < 1:
        return Markup("the interval lies below one, in favour of {}").format(first)
    if interval.low > 1:
        return Markup("the interval lies above one, in favour of {}").format(second)
    return Markup("the interval includes one, so no difference was shown")
