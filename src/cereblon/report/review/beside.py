"""One picture of a chapter in which trials, routine care and the simulator stand together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from cereblon.core.rows import Row
from cereblon.evidence.wording import value_text
from cereblon.report.document import Figure
from cereblon.report.points import point_lines, points_chart
from cereblon.report.review.comparisons import COUNTED, ComparedArms
from cereblon.report.review.predictions import TrialPrediction, shown_rows
from cereblon.synthesis.real_world import TreatedCohort, figure
from cereblon.trials.comparison import ComparisonRow

_MEDIAN = "median progression-free survival, months"


def beside_figure(
    comparisons: Sequence[ComparedArms],
    cohorts: Sequence[TreatedCohort],
    prediction: TrialPrediction | None,
) -> Figure | None:
    """Draw hazard ratios and medians: trials, cohorts of routine care, and what the simulator predicts.

    Parameters
    ----------
    comparisons
        Of the chapter.
    cohorts
        Arms and cohorts that were given the treatment.
    prediction
        Of the simulator for the trial of the chapter; None if nothing was simulated.

    Returns
    -------
        None if there is nothing to draw.
    """
    rows = [*_ratios(comparisons, prediction), *_medians(cohorts, prediction)]
    if not rows:
        return None
    caption = Markup(
        "Hazard ratios as published at the last data cut, below one in favour of the treatment named first;"
        " below them the medians of everybody who was given it. Routine care is not randomised."
    )
    description = "Trials, routine care and simulator beside each other"
    return Figure(points_chart(rows), caption, description, lines=point_lines(rows))


def _ratios(comparisons: Sequence[ComparedArms], prediction: TrialPrediction | None) -> Iterator[Row]:
    for endpoint, counted in COUNTED.items():
        panel = f"hazard ratio, {counted}"
        for one in comparisons:
            if one.fact.endpoint == endpoint:
                yield _ratio(one, panel)
        for row in _predicted(prediction, endpoint):
            yield _simulated(row, prediction, panel, "ratio")


def _ratio(one: ComparedArms, panel: str) -> Row:
    interval = one.fact.interval
    low, high = (interval.low, interval.high) if interval else (None, None)
    words = value_text(one.fact)
    if one.is_turned:
        low, high = (1 / high if high else None), (1 / low if low else None)
        words += ", turned round here"
    labels = [one.study.arms[arm].label for arm in (one.treated, one.control)]
    return {
        "panel": panel,
        "label": f"{one.study.name.split(' (')[0]}: {labels[0]} v {labels[1]}",
        "group": "trial",
        "value": one.value,
        "low": low,
        "high": high,
        "unit": "ratio",
        "words": words,
    }


def _medians(cohorts: Sequence[TreatedCohort], prediction: TrialPrediction | None) -> Iterator[Row]:
    found = [
        (cohort, fact) for cohort in cohorts if (fact := figure(cohort, "pfs_median")) and fact.value is not None
    ]
    for cohort, fact in sorted(found, key=lambda pair: pair[0].group, reverse=True):
        interval = fact.interval
        yield {
            "panel": _MEDIAN,
            "label": f"{cohort.study.name.split(' (')[0]}: {cohort.label}",
            "group": cohort.group,
            "value": fact.value,
            "low": interval.low if interval else None,
            "high": interval.high if interval else None,
            "unit": "months",
            "words": value_text(fact).replace(" mo", ""),
        }
    if found:
        for row in _predicted(prediction, "pfs_median"):
            yield _simulated(row, prediction, _MEDIAN, "months")


def _predicted(prediction: TrialPrediction | None, endpoint: str) -> list[ComparisonRow]:
    if prediction is None:
        return []
    rows = [row for _, row in shown_rows(prediction) if row.endpoint == endpoint and row.predicted is not None]
    return list({(row.arm, row.versus): row for row in rows}.values())


def _simulated(row: ComparisonRow, prediction: TrialPrediction | None, panel: str, unit: str) -> Row:
    arms = prediction.arms if prediction else {}
    low, high = row.predicted_interval or (None, None)
    label = arms.get(row.arm, row.arm) + (f" v {arms.get(row.versus, row.versus)}" if row.versus else "")
    form = ".2f" if unit == "ratio" else ".1f"
    ends = "" if low is None or high is None else f" (90% {low:{form}}-{high:{form}})"
    return {
        "panel": panel,
        "label": f"simulated: {label}",
        "group": "simulated",
        "value": row.predicted,
        "low": low,
        "high": high,
        "unit": unit,
        "words": f"{row.predicted:{form}}{ends}",
    }
