"""Trials, routine care and the simulator together: one picture of a chapter, and what the simulator predicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from markupsafe import Markup

from cereblon.core.rows import Row
from cereblon.evidence import load_study
from cereblon.evidence.wording import value_text
from cereblon.report.document import Figure
from cereblon.report.points import point_lines, points_chart
from cereblon.report.review.comparisons import COUNTED, ComparedArms
from cereblon.report.review.predictions import (
    ROLES,
    TrialPrediction,
    describe_simulation,
    judged_rows,
    shown_rows,
)
from cereblon.report.review.traces import Traces
from cereblon.synthesis.real_world import TreatedCohort, figure
from cereblon.trials.comparison import ComparisonRow

_LONGEST_SHORT_FORM = 3
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
        "Hazard ratios of the last data cut with an interval, else of the last; below one favours the treatment named"
        " first. Below them medians of the arms and cohorts with this treatment; routine care was not randomised."
    )
    description = "Trials, routine care and simulator beside each other"
    return Figure(points_chart(rows), caption, description, lines=point_lines(rows))


def simulator_sentence(
    prediction: TrialPrediction | None, comparisons: Sequence[ComparedArms], traces: Traces
) -> Markup:
    """Say how many published values of the trial the simulator met; empty if nothing was simulated.

    Parameters
    ----------
    prediction
        Of the simulator for the trial of the chapter.
    comparisons
        Of the chapter; the predicted ratio is of the same arm over the same.
    traces
        Of the document.
    """
    if prediction is None or not judged_rows(prediction):
        return Markup("")
    describe_simulation(prediction, traces)
    judged = judged_rows(prediction)
    name = traces.name(load_study(prediction.study).name.split(" (")[0])
    counted = traces.simulation(prediction.study, "verdict", f"{sum(judged)} of {len(judged)}")
    words = Markup("Of the published values of {}, {} lie inside the simulator's prediction intervals{}. {}")
    ratio = Markup("")
    for row in _predicted(prediction, comparisons, "pfs_hr")[:1]:
        shown = traces.simulation(prediction.study, "ratio", _predicted_words(row, ".2f"))
        arms = traces.name(_arms(row, prediction, "against", _within))
        ratio = Markup("; it predicts a hazard ratio for progression or death of {} for {}").format(shown, arms)
    return words.format(name, counted, ratio, ROLES[prediction.role])


def _ratios(comparisons: Sequence[ComparedArms], prediction: TrialPrediction | None) -> Iterator[Row]:
    for endpoint, counted in COUNTED.items():
        panel = f"hazard ratio, {counted}"
        for one in comparisons:
            if one.fact.endpoint == endpoint:
                yield _ratio(one, panel)
        if prediction is not None:
            for row in _predicted(prediction, comparisons, endpoint):
                yield _simulated(row, prediction, panel, "ratio")


def _ratio(one: ComparedArms, panel: str) -> Row:
    interval = one.fact.interval
    low, high = (interval.low, interval.high) if interval else (None, None)
    words = one.words
    if one.is_turned:
        low, high = (1 / high if high else None), (1 / low if low else None)
        words += f", published the other way round as {one.fact.number:g}"
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
    if found and prediction is not None:
        for row in _predicted(prediction, (), "pfs_median"):
            yield _simulated(row, prediction, _MEDIAN, "months")


def _predicted(
    prediction: TrialPrediction, comparisons: Sequence[ComparedArms], endpoint: str
) -> list[ComparisonRow]:
    """Give what was predicted for an endpoint, once for each arm or pair, ratios the way round of the chapter."""
    turned = {(one.control, one.treated) for one in comparisons if one.study.id == prediction.study}
    once: dict[tuple[str, str], ComparisonRow] = {}
    for _, row in shown_rows(prediction):
        if row.endpoint == endpoint and row.predicted is not None and row.month is None:
            once.setdefault((row.arm, row.versus), row)
    return [_inverse(row) if pair in turned else row for pair, row in once.items()]


def _inverse(row: ComparisonRow) -> ComparisonRow:
    low, high = row.predicted_interval or (None, None)
    ends = (1 / high if high else None, 1 / low if low else None)
    value = 1 / row.predicted if row.predicted else None
    return replace(row, arm=row.versus, versus=row.arm, predicted=value, predicted_interval=ends)


def _within(label: str) -> str:
    """Write the label of an arm that is a plain word as it stands within a sentence."""
    return label.lower() if label.istitle() and label.isalpha() and len(label) > _LONGEST_SHORT_FORM else label


def _arms(row: ComparisonRow, prediction: TrialPrediction, between: str, write: Callable[[str], str] = str) -> str:
    first, second = (write(prediction.arms.get(arm, arm)) for arm in (row.arm, row.versus))
    return f"{first} {between} {second}" if second else first


def _predicted_words(row: ComparisonRow, form: str) -> str:
    low, high = row.predicted_interval or (None, None)
    if low is None or high is None or row.predicted_level is None:
        return f"{row.predicted:{form}}"
    return f"{row.predicted:{form}} ({100 * row.predicted_level:.4g}% {low:{form}}-{high:{form}})"


def _simulated(row: ComparisonRow, prediction: TrialPrediction, panel: str, unit: str) -> Row:
    low, high = row.predicted_interval or (None, None)
    return {
        "panel": panel,
        "label": f"simulated: {_arms(row, prediction, 'v')}",
        "group": "simulated",
        "value": row.predicted,
        "low": low,
        "high": high,
        "unit": unit,
        "words": _predicted_words(row, ".2f" if unit == "ratio" else ".1f"),
    }
