"""What a prediction must beat: the mean of calibration arms in the setting, and a network meta-analysis of them.

Both read studies of role `calibration` only, as the model does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from cereblon.calibration.prediction import Prediction
from cereblon.calibration.role_check import calibration_study, calibration_trials
from cereblon.calibration.targets import facts_to_meet
from cereblon.core.errors import CereblonError
from cereblon.evidence import Study
from cereblon.synthesis.frequentist import ArmCount, Contrast, NetworkResult, assemble, network_meta_analysis
from cereblon.trials.comparison_scale import error_from_interval, error_from_size, from_scale, kind_of, to_scale
from cereblon.trials.uncertainty import Z90
from cereblon.vocabulary.endpoints import headline_endpoints, is_hazard_ratio, vocabulary

_LEAST_SD = 0.2  # of arms around their mean, when there are too few to tell


@dataclass(frozen=True, slots=True)
class BaselinePrediction:
    """A baseline's prediction as printed, with its 90 % interval."""

    value: float
    low: float
    high: float


def mean_of_setting(prediction: Prediction) -> BaselinePrediction | None:
    """Predict the mean of the calibration arms in the setting, whatever they were given; None where there is none.

    Newly diagnosed settings stand for each other where one of them has no such number.
    """
    kind = kind_of(prediction.unit)
    own = _numbers(prediction.endpoint, prediction.month)
    chosen = [z for setting, study, z in own if setting == prediction.setting and study != prediction.study]
    if not chosen:
        family = prediction.setting.split("-")[0]
        chosen = [z for setting, study, z in own if setting.startswith(family) and study != prediction.study]
    if not chosen:
        return None
    spread = float(np.std(chosen, ddof=1)) if len(chosen) > 2 else _LEAST_SD
    between = max(spread, _LEAST_SD) * math.sqrt(1.0 + 1.0 / len(chosen))
    centre = float(np.mean(chosen))
    chance = error_from_size(kind, from_scale(kind, centre), prediction.n)
    half = Z90 * math.hypot(between, chance)
    return BaselinePrediction(
        from_scale(kind, centre), from_scale(kind, centre - half), from_scale(kind, centre + half)
    )


@cache
def _numbers(endpoint: str, month: float | None) -> tuple[tuple[str, str, float], ...]:
    found = []
    for name in calibration_trials():
        study = calibration_study(name)
        for fact in facts_to_meet(study, [endpoint]):
            if fact.month == month and fact.value is not None:
                found.append((study.setting, study.id, to_scale(kind_of(fact.unit), fact.value)))
    return tuple(found)


def network_estimate(prediction: Prediction, study: Study) -> BaselinePrediction | None:
    """Predict from the network of calibration trials; None where it does not compare the two treatments.

    Hazard ratios directly; response rates by the odds ratio from the published control arm; a median by the hazard
    ratio from the published control arm, as with exponential times.

    Parameters
    ----------
    prediction
        Number to predict.
    study
        That printed it.
    """
    if prediction.versus:
        pair = (treatment_of(study, prediction.arm), treatment_of(study, prediction.versus))
        return _ratio(prediction, *pair) if prediction.endpoint in headline_endpoints("comparison") else None
    control = _control(study, prediction)
    if control is None:
        return None
    arm, value = control
    pair = (treatment_of(study, prediction.arm), treatment_of(study, arm))
    if prediction.unit == "percent" and prediction.month is None:
        return _moved(prediction, prediction.endpoint, pair, value, sign=1.0)
    entry = vocabulary().endpoints[prediction.endpoint]
    if entry.headline and entry.hazard_ratio:
        return _moved(prediction, entry.hazard_ratio, pair, value, sign=-1.0)
    return None


def _ratio(prediction: Prediction, treatment: str, versus: str) -> BaselinePrediction | None:
    found = _effect(prediction.endpoint, treatment, versus, prediction.study)
    if found is None:
        return None
    chance = error_from_size("ratio", 1.0, prediction.n)
    half = Z90 * math.hypot(found[1], chance)
    return BaselinePrediction(math.exp(found[0]), math.exp(found[0] - half), math.exp(found[0] + half))


def _moved(
    prediction: Prediction, endpoint: str, pair: tuple[str, str], control: float, *, sign: float
) -> BaselinePrediction | None:
    found = _effect(endpoint, *pair, prediction.study)
    if found is None:
        return None
    kind = kind_of(prediction.unit)
    centre = to_scale(kind, control) + sign * found[0]
    chance = error_from_size(kind, from_scale(kind, centre), prediction.n)
    half = Z90 * math.sqrt(found[1] ** 2 + 2.0 * chance**2)
    return BaselinePrediction(
        from_scale(kind, centre), from_scale(kind, centre - half), from_scale(kind, centre + half)
    )


def _control(study: Study, prediction: Prediction) -> tuple[str, float] | None:
    """Find the arm of fewest drugs with the same published number."""
    others = [
        fact
        for fact in facts_to_meet(study, [prediction.endpoint])
        if fact.arm not in (prediction.arm, "all") and fact.month == prediction.month and fact.value is not None
    ]
    own = len(study.arms[prediction.arm].drugs)
    fewer = sorted((len(study.arms[fact.arm].drugs), fact.arm, float(fact.value or 0.0)) for fact in others)
    if not fewer or fewer[0][0] >= own:
        return None
    return fewer[0][1], fewer[0][2]


def treatment_of(study: Study, arm: str) -> str:
    """Name what an arm was given, for the network: its drugs, and whether there was a transplant."""
    entry = study.arms[arm]
    drugs = "+".join(sorted(entry.drugs)) or "observation"
    procedure = any(phase.procedure for phase in entry.regimen)
    stage = "maintenance " if study.setting.startswith("maintenance") else ""
    return f"{stage}{drugs}{' with transplant' if procedure else ''}"


def _effect(endpoint: str, treatment: str, versus: str, study: str) -> tuple[float, float] | None:
    network = _network(endpoint, study if study in calibration_trials() else "", treatment)
    if network is None or treatment == versus:
        return None
    names = network.treatments
    if treatment not in names or versus not in names:
        return None
    row, column = names.index(treatment), names.index(versus)
    spread = math.sqrt(float(network.se[row, column]) ** 2 + network.tau2)
    return float(network.effect[row, column]), spread


@cache
def _network(endpoint: str, without: str, anchor: str) -> NetworkResult | None:
    studies = [calibration_study(name) for name in calibration_trials() if name != without]
    try:
        if is_hazard_ratio(endpoint):
            contrasts = _connected([c for study in studies for c in _contrasts(study, endpoint)], anchor)
            return network_meta_analysis(assemble(contrasts, measure="log_hr")) if contrasts else None
        arms = _connected_arms([arm for study in studies for arm in _counts(study, endpoint)], anchor)
        return network_meta_analysis(assemble(arms=arms, measure="log_or")) if arms else None
    except CereblonError:
        return None


def _contrasts(study: Study, endpoint: str) -> Sequence[Contrast]:
    found: dict[frozenset[str], Contrast] = {}
    for fact in facts_to_meet(study, [endpoint]):
        if fact.versus is None or fact.value is None or fact.arm == "all":
            continue
        pair = treatment_of(study, fact.arm), treatment_of(study, fact.versus)
        interval = fact.interval
        error = interval and error_from_interval("ratio", interval.low, interval.high, fact.value, interval.level)
        error = error or error_from_size("ratio", fact.value, float(study.patients(fact.arm) or 200))
        if pair[0] != pair[1] and frozenset(pair) not in found:
            found[frozenset(pair)] = Contrast(study.id, *pair, math.log(fact.value), error)
    return list(found.values())[:1]  # further comparisons of one trial need its full covariance


def _counts(study: Study, endpoint: str) -> Sequence[ArmCount]:
    found: dict[str, ArmCount] = {}
    for fact in facts_to_meet(study, [endpoint]):
        n = study.patients(fact.arm)
        if fact.arm == "all" or n is None or fact.value is None or fact.month is not None:
            continue
        name = treatment_of(study, fact.arm)
        found.setdefault(name, ArmCount(study.id, name, round(n * fact.value / 100.0), n))
    return list(found.values()) if len(found) > 1 else []


def _connected(contrasts: Sequence[Contrast], anchor: str) -> list[Contrast]:
    """Keep the part of the network that hangs together with a treatment."""
    names = _part([(c.treatment, c.versus) for c in contrasts], anchor)
    return [c for c in contrasts if c.treatment in names]


def _connected_arms(arms: Sequence[ArmCount], anchor: str) -> list[ArmCount]:
    studies = dict.fromkeys(arm.study for arm in arms)
    edges = []
    for study in studies:
        own = [arm.treatment for arm in arms if arm.study == study]
        edges += [(own[0], other) for other in own[1:]]
    names = _part(edges, anchor)
    return [arm for arm in arms if arm.treatment in names]


def _part(edges: Sequence[tuple[str, str]], anchor: str) -> set[str]:
    parts: list[set[str]] = []
    for a, b in edges:
        joined = {a, b}.union(*(part for part in parts if part & {a, b}))
        parts = [part for part in parts if not part & joined] + [joined]
    return next((part for part in parts if anchor in part), set())
