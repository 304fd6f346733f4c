"""The predictive record: every published number beside its prediction, and scores by set."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np

from cereblon.calibration.baselines import BaselinePrediction, mean_of_setting, network_estimate
from cereblon.calibration.coverage import NOTHING_COVERED, Coverage, coverage
from cereblon.calibration.prediction import Prediction, Sizes, has_numbers, predict_studies
from cereblon.calibration.stages import STAGES
from cereblon.calibration.targets import facts_to_meet
from cereblon.core.errors import InputError
from cereblon.evidence import Fact, Study, load_all
from cereblon.model.engine.ensemble import Ensemble
from cereblon.trials.comparison_scale import error_from_interval, from_scale, kind_of
from cereblon.trials.study_plan import StudyPlan, plan_study
from cereblon.trials.uncertainty import Z90
from cereblon.vocabulary.endpoints import simulated_endpoints

SCORES = (
    *("inside_90", "orr_median_abs_error", "cr_median_abs_error", "pfs_median_rel_error"),
    *("pfs_log_hr_median_abs_error", "hr_inside_published_ci"),
    *("os_rate_median_abs_error", "os_log_hr_median_abs_error", "n"),
)
GOALS: Mapping[str, tuple[float, float]] = {
    "inside_90": (0.87, 0.93),
    "orr_median_abs_error": (0.0, 4.0),
    "cr_median_abs_error": (0.0, 8.0),
    "pfs_median_rel_error": (0.0, 0.10),
    "pfs_log_hr_median_abs_error": (0.0, 0.11),
    "hr_inside_published_ci": (0.9, 1.0),
    "os_rate_median_abs_error": (0.0, 6.0),
    "os_log_hr_median_abs_error": (0.0, 0.15),
}
"""What is aimed at in trials; for the relative error of the median once the control arm is known."""
GOAL_OF_PRACTICE = 0.85
"""Share of the numbers of routine care that should lie inside their intervals, at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One published number against one way of predicting it, as printed."""

    endpoint: str
    published: float
    published_low: float | None
    published_high: float | None
    predicted: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class PredictiveRecord:
    """The predictive record.

    Parameters
    ----------
    predictions
        Of every number of every study that can be simulated.
    not_simulated
        Studies and arms that cannot, with the reason.
    notes
        What was assumed, by study.
    scores
        By set, each with the names of `SCORES`.
    ensemble
        One sentence on the parameters that were used.
    baselines
        What stands beside each prediction.
    coverage
        Which share of the published numbers can be predicted, and why not the rest.
    """

    predictions: tuple[Prediction, ...]
    not_simulated: tuple[tuple[str, str, str], ...]
    notes: Mapping[str, tuple[str, ...]]
    scores: Mapping[str, Mapping[str, float | None]]
    ensemble: str
    baselines: Mapping[str, Sequence[BaselinePrediction | None]] = field(default_factory=dict)
    coverage: Coverage = NOTHING_COVERED

    def as_json(self) -> dict[str, object]:
        """Give scores and rows for machines."""
        rows = []
        for place, one in enumerate(self.predictions):
            row = {**asdict(one), "inside": one.inside, "inside_given": one.inside_given}
            for name, predicted_by in self.baselines.items():
                baseline = predicted_by[place]
                row[name] = None if baseline is None else baseline.value
            rows.append(row)
        return {
            "scores": {name: dict(values) for name, values in self.scores.items()},
            "rows": rows,
            "not_simulated": [
                {"study": study, "arm": arm, "reason": reason} for study, arm, reason in self.not_simulated
            ],
            "parameters": self.ensemble,
            "coverage": self.coverage.as_json(),
        }


def make_record(
    studies: Sequence[Study],
    ensemble: Ensemble | None,
    sizes: Sizes,
    report: Callable[[str], None],
    *,
    beside: Sequence[Study] = (),
) -> PredictiveRecord:
    """Predict studies and score the predictions.

    Parameters
    ----------
    studies
        To predict.
    ensemble
        Draws of the parameters; None for the point values.
    sizes
        How much is simulated.
    report
        Told what goes on.
    beside
        Studies that are not predicted and count in the coverage.

    Raises
    ------
    InputError
        If no arm of any study can be simulated, with the reasons.
    """
    plans = [plan_study(study) for study in studies]
    if not any(plan.plan is not None for plan in plans):
        told = "\n".join(f"{study}, {arm}: {reason}" for study, arm, reason in _not_simulated(plans))
        raise InputError(f"nothing to predict\n{told}", hint="cereblon regimen list names what can be simulated")
    predictions = tuple(predict_studies(plans, ensemble, sizes, report))
    report("baselines")
    by_key = {study.id: study for study in studies}
    baselines = {
        "naive_mean": [mean_of_setting(one) for one in predictions],
        "naive_network": [network_estimate(one, by_key[one.study]) for one in predictions],
    }
    return PredictiveRecord(
        predictions=predictions,
        not_simulated=tuple(_not_simulated(plans)),
        notes={plan.study.id: plan.notes for plan in plans if plan.notes},
        scores=_all_scores(predictions, baselines, ensemble),
        ensemble=_parameters_used(ensemble, sizes),
        baselines=baselines,
        coverage=coverage([*plans, *map(plan_study, beside)], _unseen(plans, predictions)),
    )


def _unseen(plans: Sequence[StudyPlan], predictions: Sequence[Prediction]) -> Iterable[tuple[str, Fact]]:
    """Give the numbers of simulated arms that no prediction stands beside."""
    seen = {(one.study, one.endpoint, one.arm, one.versus, one.month) for one in predictions}
    for plan in plans:
        for fact in facts_to_meet(plan.study, simulated_endpoints()):
            if (plan.study.id, fact.endpoint, fact.arm, fact.versus or "", fact.month) not in seen:
                yield plan.study.id, fact


def studies_of(sets: Iterable[str]) -> list[Study]:
    """Give the studies of the roles asked for, in alphabetical order."""
    wanted = set(sets)
    return [study for study in load_all() if study.role in wanted]


def _not_simulated(plans: Sequence[StudyPlan]) -> Iterable[tuple[str, str, str]]:
    for plan in plans:
        for arm, reason in plan.reasons.items():
            yield plan.study.id, arm, reason
        if plan.plan is not None and not has_numbers(plan):
            yield plan.study.id, "all", "has no published number of a whole arm that the model predicts"


def _parameters_used(ensemble: Ensemble | None, sizes: Sizes) -> str:
    if ensemble is None:
        return "point values of the parameter files, no draws"
    made = ensemble.provenance
    text = (
        f"{sizes.draws} of {ensemble.size} draws by the {made.get('method')}, for each twice {sizes.per_arm} "
        f"subjects an arm, evidence {str(made.get('evidence'))[:8]}"
    )
    stages = [name for name in STAGES if name in made]
    if stages:
        text += f", then {' and '.join(stages)}"
    changed = [row["parameter"] for row in made.get("changed_since", [])]
    return text + (f"; not fitted again since these were changed: {', '.join(changed)}" if changed else "")


def _all_scores(
    predictions: Sequence[Prediction],
    baselines: Mapping[str, Sequence[BaselinePrediction | None]],
    ensemble: Ensemble | None,
) -> dict[str, Mapping[str, float | None]]:
    sets: dict[str, list[Judged]] = {}
    for role in ("validation", "calibration", "context"):
        own = [one for one in predictions if one.role == role]
        if not own:
            continue
        sets[role] = [absolute(one) for one in own]
        sets[f"{role}_given_control"] = [g for one in own if (g := after_control(one)) is not None]
        if role == "validation":
            sets["validation_trials"] = [absolute(one) for one in own if not one.practice]
            trials = [g for one in own if not one.practice and (g := after_control(one)) is not None]
            sets["validation_trials_given_control"] = trials
            sets["validation_practice"] = [absolute(one) for one in own if one.practice]
    if ensemble is not None:
        sets["leave_one_study_out"] = left_out(ensemble)
    for name, predicted_by in baselines.items():
        for role in ("validation", "calibration"):
            pairs = [
                (one, baseline) for one, baseline in zip(predictions, predicted_by, strict=True) if one.role == role
            ]
            judged = [_judged_baseline(one, baseline) for one, baseline in pairs if baseline is not None]
            if judged:
                sets[f"{name}_{role}"] = judged
                # The same numbers by the model, because a baseline cannot predict all of them.
                same = [one for one, baseline in pairs if baseline is not None]
                conditional = name == "naive_network"
                sets[f"model_where_{name}_{role}"] = [
                    (after_control(one) if conditional else None) or absolute(one) for one in same
                ]
    return {name: score_set(judged) for name, judged in sets.items() if judged}


def absolute(one: Prediction) -> Judged:
    """Judge the prediction from the population alone."""
    return Judged(
        endpoint=one.endpoint,
        published=one.published,
        published_low=one.published_low,
        published_high=one.published_high,
        predicted=one.predicted,
        low=one.low,
        high=one.high,
    )


def after_control(one: Prediction) -> Judged | None:
    """Judge the prediction once the control arm is known; a ratio stands as it is; None where there is no control."""
    if one.versus:
        return absolute(one)
    if one.given is None or one.given_low is None or one.given_high is None:
        return None
    return Judged(
        endpoint=one.endpoint,
        published=one.published,
        published_low=one.published_low,
        published_high=one.published_high,
        predicted=one.given,
        low=one.given_low,
        high=one.given_high,
    )


def _judged_baseline(one: Prediction, baseline: BaselinePrediction) -> Judged:
    return Judged(
        endpoint=one.endpoint,
        published=one.published,
        published_low=one.published_low,
        published_high=one.published_high,
        predicted=baseline.value,
        low=baseline.low,
        high=baseline.high,
    )


def left_out(ensemble: Ensemble) -> list[Judged]:
    """Give the predictions of calibration studies that the calibration made while leaving each of them out."""
    found = []
    for row in ensemble.provenance.get("left_out", []):
        kind = kind_of(row["unit"])
        half = Z90 * float(row["sd"])
        found.append(
            Judged(
                endpoint=row["endpoint"],
                published=float(row["published"]),
                published_low=row.get("published_low"),
                published_high=row.get("published_high"),
                predicted=from_scale(kind, float(row["centre"])),
                low=from_scale(kind, float(row["centre"]) - half),
                high=from_scale(kind, float(row["centre"]) + half),
            )
        )
    return found


def score_set(judged: Sequence[Judged]) -> dict[str, float | None]:
    """Score predictions of a set; None where the set has no such number."""
    by = {
        name: [one for one in judged if one.endpoint == name]
        for name in ("orr", "cr_or_better", "pfs_median", "pfs_hr", "os_rate", "os_hr")
    }
    ratios = [one for one in judged if one.endpoint == "pfs_hr" and one.published_low and one.published_high]
    covered = [(one.published_low or 0) <= one.predicted <= (one.published_high or math.inf) for one in ratios]
    return {
        "inside_90": _mean([one.low <= one.published <= one.high for one in judged]),
        "orr_median_abs_error": _median([abs(one.predicted - one.published) for one in by["orr"]]),
        "cr_median_abs_error": _median([abs(one.predicted - one.published) for one in by["cr_or_better"]]),
        "pfs_median_rel_error": _median([abs(one.predicted / one.published - 1.0) for one in by["pfs_median"]]),
        "pfs_log_hr_median_abs_error": _median(_log_errors(by["pfs_hr"])),
        "hr_inside_published_ci": _mean(covered),
        "os_rate_median_abs_error": _median([abs(one.predicted - one.published) for one in by["os_rate"]]),
        "os_log_hr_median_abs_error": _median(_log_errors(by["os_hr"])),
        "n": len(judged),
    }


def _log_errors(judged: Sequence[Judged]) -> list[float]:
    return [abs(math.log(one.predicted / one.published)) for one in judged]


def chance_alone(predictions: Sequence[Prediction], endpoint: str) -> float | None:
    """Give the median |log error| of a ratio that chance alone would leave: a perfect prediction has no less.

    Parameters
    ----------
    predictions
        Of a set; the play of chance of each published ratio is that of its printed interval, or of its size.
    endpoint
        A hazard ratio.

    Returns
    -------
        None where the set has no such ratio.
    """
    from scipy.optimize import brentq
    from scipy.stats import norm

    own = [one for one in predictions if one.endpoint == endpoint]
    if not own:
        return None
    printed = [
        error_from_interval("ratio", one.published_low, one.published_high, one.published, 0.95) for one in own
    ]
    sd = np.array([error or one.sd_sampling for error, one in zip(printed, own, strict=True)])
    return float(brentq(lambda size: np.mean(2.0 * norm.cdf(size / sd) - 1.0) - 0.5, 0.0, 5.0 * float(sd.max())))


def _median(values: Sequence[float]) -> float | None:
    return float(np.median(values)) if values else None


def _mean(values: Sequence[bool]) -> float | None:
    return float(np.mean(values)) if values else None


def ranking(predictions: Sequence[Prediction]) -> tuple[int, int]:
    """Count the pairs of arms of one trial whose order is predicted as published, by response and median survival.

    Returns
    -------
        Pairs in the right order, and all pairs that differ in print.
    """
    right = whole = 0
    numbers: dict[tuple[str, str, float | None], list[Prediction]] = {}
    for one in predictions:
        if not one.versus and one.endpoint in ("orr", "vgpr_or_better", "cr_or_better", "pfs_median"):
            numbers.setdefault((one.study, one.endpoint, one.month), []).append(one)
    for same in numbers.values():
        for place, a in enumerate(same):
            for b in same[place + 1 :]:
                if a.published != b.published:
                    whole += 1
                    right += (a.published > b.published) == (a.predicted > b.predicted)
    return right, whole
