"""What a comparison comes to among a hundred patients: shares at one month that both arms published, as icons."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from cereblon.evidence import Fact, Study, latest_facts, published_facts
from cereblon.report import style
from cereblon.report.document import Figure
from cereblon.report.icons import Hundred, icon_array
from cereblon.report.review.comparisons import ComparedArms
from cereblon.report.review.naming import short_name
from cereblon.report.review.traces import Traces
from cereblon.synthesis.real_world import TreatedCohort, figure

_STATES = {"pfs_rate": "alive without progression", "os_rate": "alive", "orr": "in partial response or better"}


@dataclass(frozen=True, slots=True)
class Landmark:
    """Shares of both arms at the same month, or of best responses, in percent."""

    endpoint: str
    month: float | None
    treated: Fact
    control: Fact

    @property
    def state(self) -> str:
        """What the share counts."""
        return _STATES[self.endpoint]


def landmark_of(one: ComparedArms, endpoint: str) -> Landmark | None:
    """Find the latest month up to five years at which both arms published a share, or their response rates.

    Parameters
    ----------
    one
        Which arms.
    endpoint
        `pfs_rate`, `os_rate` or `orr`.
    """
    if endpoint == "orr":
        treated, control = (
            figure(TreatedCohort(one.study, arm, "trial"), "orr") for arm in (one.treated, one.control)
        )
        return Landmark("orr", None, treated, control) if treated and control else None
    facts = latest_facts(one.study, published_facts(one.study, endpoints=[endpoint]))
    arms: dict[str, dict[float, Fact]] = {
        arm: {fact.month: fact for fact in facts if fact.arm == arm and fact.month and fact.counted_from is None}
        for arm in (one.treated, one.control)
    }
    shared = [month for month in arms[one.treated] if month in arms[one.control]]
    if not shared:
        return None
    month = max([found for found in shared if found <= 60] or [min(shared)])
    return Landmark(endpoint, month, arms[one.treated][month], arms[one.control][month])


def whole_patients(study: Study, fact: Fact, traces: Traces) -> Markup:
    """Link a percentage as whole patients of a hundred."""
    key = f"of-hundred-{study.id}-{study.facts.index(fact)}"
    return traces.computation(key, f"{fact.value:.0f}", [(study, fact)], "rounded to whole patients of a hundred")


def month_of(study: Study, fact: Fact, traces: Traces) -> Markup:
    """Link the month of a share; years where they are whole."""
    return traces.fact(study, fact, f"{fact.month:g}") + Markup(" months")


def after_words(study: Study, found: Landmark, traces: Traces) -> Markup:
    """Say after how many months a share was counted; nothing for a response."""
    return Markup("") if found.month is None else Markup(" after {}").format(month_of(study, found.treated, traces))


def icon_figure(one: ComparedArms, found: Landmark, traces: Traces) -> Figure:
    """Draw a hundred patients of each arm, those alive filled."""
    labels = [one.study.arms[arm].label for arm in (one.treated, one.control)]
    counts = [round(float(fact.value or 0.0)) for fact in (found.treated, found.control)]
    caption = Markup("A hundred patients of each arm of {}: {}{}.").format(
        short_name(one.study, traces), found.state, after_words(one.study, found, traces)
    )
    told = ", ".join(f"{count} with {label}" for count, label in zip(counts, labels, strict=True))
    drawn = icon_array(
        [
            Hundred(label, [(found.state, count, color)])
            for label, count, color in zip(labels, counts, _COLORS, strict=True)
        ]
    )
    return Figure(drawn, caption, f"{caption.striptags()} {told}.")


_COLORS = (style.SIMULATED[0], style.QUIET)
