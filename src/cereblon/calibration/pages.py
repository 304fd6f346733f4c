"""The predictive record as tables for people, and as the validation page of the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cereblon.calibration.coverage_tables import WIDTH, coverage_lines
from cereblon.calibration.prediction import Prediction
from cereblon.calibration.predictive_record import (
    GOAL_OF_PRACTICE,
    GOALS,
    SCORES,
    PredictiveRecord,
    chance_alone,
    ranking,
)
from cereblon.calibration.real_world import gaps
from cereblon.core.parameter import all_parameters
from cereblon.core.plain_text import table_text
from cereblon.trials.routine_care import stop_ratio
from cereblon.vocabulary.endpoints import endpoint_label

SCORE_TITLES = {
    "inside_90": "inside 90 % interval",
    "orr_median_abs_error": "ORR, points",
    "cr_median_abs_error": "CR or better, points",
    "pfs_median_rel_error": "median PFS, relative",
    "pfs_log_hr_median_abs_error": "log PFS HR",
    "hr_inside_published_ci": "PFS HR inside published 95 %",
    "os_rate_median_abs_error": "OS rate, points",
    "os_log_hr_median_abs_error": "log OS HR",
    "n": "numbers",
}
SET_TITLES = {
    "validation": "validation, population only",
    "validation_given_control": "validation, given the control arm",
    "validation_trials": "validation trials, population only",
    "validation_trials_given_control": "validation trials, given the control arm",
    "validation_practice": "routine care, population only",
    "calibration": "calibration, population only",
    "calibration_given_control": "calibration, given the control arm",
    "leave_one_study_out": "calibration, each study left out (emulator)",
    "naive_mean_validation": "baseline: mean of the setting",
    "model_where_naive_mean_validation": "model on the same numbers",
    "naive_network_validation": "baseline: network of calibration trials",
    "model_where_naive_network_validation": "model on the same numbers, given the control arm",
    "naive_mean_calibration": "baseline: mean of the setting, calibration",
    "model_where_naive_mean_calibration": "model on the same numbers, calibration",
    "naive_network_calibration": "baseline: network, calibration",
    "model_where_naive_network_calibration": "model on the same numbers, calibration, given the control arm",
}


def number(value: float | None, unit: str = "") -> str:
    """Write a number with the digits that its unit deserves."""
    if value is None:
        return ""
    if unit == "ratio":
        return f"{value:.2f}"
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.1f}"


def _score(name: str, value: float | None, *, digits: int = 0) -> str:
    """Write a score, with so many digits more than usual."""
    if value is None:
        return ""
    if name == "n":
        return f"{value:.0f}"
    if name in ("inside_90", "hr_inside_published_ci", "pfs_median_rel_error"):
        return f"{100 * value:.{digits}f} %"
    return f"{value:.{digits + (2 if name.endswith('log_hr_median_abs_error') else 1)}f}"


def endpoint_words(one: Prediction) -> str:
    """Name the endpoint in the words of the vocabulary, with its month and comparison."""
    month = "" if one.month is None else f" at {one.month:g} months"
    versus = f" against {one.versus}" if one.versus else ""
    return f"{endpoint_label(one.endpoint)}{month}{versus}"


def rows_text(record: PredictiveRecord) -> str:
    """Lay out all predictions as a table; the study is not named where there is one."""
    columns = ["study", "arm", "endpoint", "published", "predicted", "90 % interval", "verdict"]
    rows: list[tuple[str, ...]] = [
        (
            one.study,
            one.arm,
            endpoint_words(one),
            number(one.published, one.unit),
            number(one.predicted, one.unit),
            f"{number(one.low, one.unit)} to {number(one.high, one.unit)}",
            "inside" if one.inside else "outside",
        )
        for one in record.predictions
    ]
    if len({one.study for one in record.predictions}) == 1:
        columns, rows = columns[1:], [row[1:] for row in rows]
    return table_text(columns, rows, right=("published", "predicted"), folded=("endpoint",), otherwise=WIDTH)


def scores_table(record: PredictiveRecord) -> tuple[list[str], list[tuple[str, ...]]]:
    """Write the scores in words: headings, and a row for each set; a score that no set has is left out."""
    shown = [one for one in SCORES if any(values[one] is not None for values in record.scores.values())]
    rows = [
        (SET_TITLES.get(name, name), *(_score(score, values[score]) for score in shown))
        for name, values in record.scores.items()
    ]
    return ["set", *(SCORE_TITLES[name] for name in shown)], rows


def scores_text(record: PredictiveRecord) -> str:
    """Lay out the scores as a table."""
    head, rows = scores_table(record)
    return table_text(head, rows, right=head[1:], folded=head, otherwise=WIDTH)


def record_page(record: PredictiveRecord) -> str:
    """Make the validation page: scores, goals, every number with its interval, and what could not be simulated."""
    return "\n".join(_page(record)) + "\n"


def _page(record: PredictiveRecord) -> Iterable[str]:
    yield "# Validation"
    yield ""
    yield "*Written by `cereblon validate --docs docs/reference/validation.md`; do not edit.*"
    yield ""
    yield (
        "How well does the model predict published studies? Studies of role validation were never fitted: a study "
        "that was used to change the model no longer counts as validation and gets the role calibration. How "
        "intervals are made is on [calibration](../concepts/calibration.md)."
    )
    yield ""
    yield f"Parameters: {record.ensemble}."
    yield ""
    yield from _assumed()
    yield from _scores(record)
    yield from coverage_lines(record.coverage)
    yield from _goals(record)
    yield from _studies(record, "validation", practice=False, title="Validation trials")
    yield from _studies(record, "validation", practice=True, title="Validation studies of routine care")
    yield from _studies(record, "calibration", practice=None, title="Calibration studies")
    yield from _practice(record)
    yield from _left(record)


def _assumed() -> Iterable[str]:
    count = sum(one.basis == "assumed" for group in all_parameters().values() for one in group.values())
    yield (
        f"The model has {count} assumed numbers; [parameters](parameters.md) lists each with the reason and what "
        "would change it. They are fixed here. For hazard ratios, response, medians and landmarks the uncertainty "
        "of those of disease and mortality, from the [sensitivity analysis](sensitivity.md), is added to the "
        "intervals (*assumed*); for residual disease and adverse events it is not known."
    )
    yield ""


def _scores(record: PredictiveRecord) -> Iterable[str]:
    yield "## Scores"
    yield ""
    yield "| set | " + " | ".join(SCORE_TITLES[name] for name in SCORES) + " |"
    yield "|---|" + "---:|" * len(SCORES)
    for name, values in record.scores.items():
        cells = " | ".join(_score(score, values[score]) for score in SCORES)
        yield f"| {SET_TITLES.get(name, name)} | {cells} |"
    yield ""
    yield (
        "Errors are medians over published numbers: percentage points, relative error of months, natural logarithm "
        "of the hazard ratio. Given the control arm, the model's error for the control arm is carried over to the "
        "other arms, and hazard ratios are unchanged."
    )
    yield ""
    for role in ("validation", "calibration"):
        right, whole = ranking([one for one in record.predictions if one.role == role])
        if whole:
            yield f"Order of arms within a trial, {role}: {right} of {whole} pairs as published."
            yield ""


def _goals(record: PredictiveRecord) -> Iterable[str]:
    own = record.scores.get("validation_trials")
    given = record.scores.get("validation_trials_given_control")
    if own is None or given is None:
        return
    yield "## Goals on validation trials"
    yield ""
    yield "| goal | aimed at | reached | |"
    yield "|---|---|---:|---|"
    for name, (low, high) in GOALS.items():
        value = (given if name == "pfs_median_rel_error" else own)[name]
        if value is None:
            continue
        aim = f"{_score(name, low)} to {_score(name, high)}" if low else f"at most {_score(name, high)}"
        verdict = "met" if low <= value <= high else "missed"
        floor = _floor(record, name)
        yield f"| {SCORE_TITLES[name]}{floor} | {aim} | {_score(name, value, digits=1)} | {verdict} |"
    practice = (record.scores.get("validation_practice") or {}).get("inside_90")
    if practice is not None:
        verdict = "met" if practice >= GOAL_OF_PRACTICE else "missed"
        aim = _score("inside_90", GOAL_OF_PRACTICE)
        yield f"| routine care, inside 90 % interval | at least {aim} | {100 * practice:.1f} % | {verdict} |"
    yield ""
    yield from _against_baselines(record)


def _floor(record: PredictiveRecord, score: str) -> str:
    """Say what chance alone leaves of the error of a ratio."""
    endpoint = {"pfs_log_hr_median_abs_error": "pfs_hr", "os_log_hr_median_abs_error": "os_hr"}.get(score)
    trials = [one for one in record.predictions if one.role == "validation" and not one.practice]
    floor = chance_alone(trials, endpoint) if endpoint else None
    return "" if floor is None else f" (chance alone leaves {floor:.2f})"


def _against_baselines(record: PredictiveRecord) -> Iterable[str]:
    pairs = [("naive_mean_validation", "mean of the setting"), ("naive_network_validation", "network of trials")]
    shown = [(name, title) for name, title in pairs if name in record.scores]
    if not shown:
        return
    yield "### Compared with simple baselines"
    yield ""
    yield "All studies of role validation: each baseline, and the model on the numbers that the baseline can predict."
    yield ""
    yield "| score | " + " | ".join(f"{title} | model" for _, title in shown) + " |"
    yield "|---|" + "---:|---|" * len(shown)
    for score in SCORES[:-1]:
        cells = []
        for name, _ in shown:
            by, own = record.scores[name][score], record.scores[f"model_where_{name}"][score]
            better = _is_better(score, own, by)
            verdict = "" if better is None else (" **better**" if better else " not better")
            cells.append(f"{_score(score, by)} | {_score(score, own)}{verdict}")
        yield f"| {SCORE_TITLES[score]} | " + " | ".join(cells) + " |"
    yield ""


def _is_better(score: str, own: float | None, baseline: float | None) -> bool | None:
    """Tell whether the model does better: nearer to 90 %, a larger share, or a smaller error; None if unknown."""
    if own is None or baseline is None:
        return None
    if score == "inside_90":
        return abs(own - 0.9) < abs(baseline - 0.9)
    return own > baseline if score == "hr_inside_published_ci" else own < baseline


def _studies(record: PredictiveRecord, role: str, *, practice: bool | None, title: str) -> Iterable[str]:
    chosen = [
        one for one in record.predictions if one.role == role and (practice is None or one.practice == practice)
    ]
    if not chosen:
        return
    yield f"## {title}"
    yield ""
    for study in dict.fromkeys(one.study for one in chosen):
        own = [one for one in chosen if one.study == study]
        yield from _study(own, record.notes.get(study, ()))


def _study(own: Sequence[Prediction], notes: Sequence[str]) -> Iterable[str]:
    inside = sum(one.inside for one in own)
    yield f"### {own[0].name}"
    yield ""
    yield f"`{own[0].study}`, {own[0].setting}: {inside} of {len(own)} numbers inside."
    yield ""
    if notes:
        yield f"Made without a trial file: {'; '.join(notes)}."
        yield ""
    parts = "parameter, trial, chance, assumed"
    yield f"| arm | endpoint | published | predicted | 90 % interval | given control | {parts} | |"
    yield "|---|---|---:|---:|---|---|---|---|"
    for one in own:
        interval = f"{number(one.low, one.unit)} to {number(one.high, one.unit)}"
        given = ""
        if one.given is not None:
            reach = f"{number(one.given_low, one.unit)} to {number(one.given_high, one.unit)}"
            given = f"{number(one.given, one.unit)} ({reach})"
        parts = f"{one.sd_parameter:.2f}, {one.sd_trial:.2f}, {one.sd_sampling:.2f}, {one.sd_assumed:.2f}"
        verdict = "inside" if one.inside else "**outside**"
        yield (
            f"| {one.arm} | {endpoint_words(one)} | {number(one.published, one.unit)} | "
            f"{number(one.predicted, one.unit)} | {interval} | {given} | {parts} | {verdict} |"
        )
    yield ""


def _practice(record: PredictiveRecord) -> Iterable[str]:
    found = gaps(record.predictions)
    if not found:
        return
    yield "## From trial to routine care"
    yield ""
    yield (
        "Why routine care of relapsed disease differs from trials: from the trial's number to that with the "
        f"patients of routine care, then also with its treatment (stopped {stop_ratio():g} times as often, "
        "assumed), then the published one, which differs by what the model does not explain. VRd has no "
        "calibration trial in relapsed disease."
    )
    yield ""
    yield "| regimen | endpoint | study | trial | with the patients | and the treatment | published in routine care |"
    yield "|---|---|---|---:|---:|---:|---:|"
    for one in found:
        cells = (one.trial, one.after(one.population), one.after(one.population, one.treatment), one.practice)
        numbers = " | ".join(number(value, one.unit) for value in cells)
        yield f"| {one.regimen} | {endpoint_label(one.endpoint)} | `{one.study}` | {numbers} |"
    yield ""


def _left(record: PredictiveRecord) -> Iterable[str]:
    if not record.not_simulated:
        return
    yield "## Not simulated"
    yield ""
    yield "| study | arm | why |"
    yield "|---|---|---|"
    for study, arm, reason in record.not_simulated:
        yield f"| `{study}` | {arm} | {reason} |"
    yield ""
