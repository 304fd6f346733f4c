"""Stages of the calibration: a few parameters are fitted while everything else stays as in the draws."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from cereblon.calibration.evaluation import QUICK, Problem, pose
from cereblon.calibration.stage import fit_stage, pose_stage
from cereblon.calibration.stages import DEATHS, REFRACTORY
from cereblon.core.errors import InputError
from cereblon.model.engine.ensemble import Ensemble, read_ensemble

SETTINGS = replace(DEATHS.sizes, per_arm=16, longest_months=24.0, studies=("mm009-mm010-pooled", "pollux"))


@pytest.fixture(scope="module")
def problem() -> Problem:
    return pose_stage(DEATHS, SETTINGS, read_ensemble())


def survival_of(problem: Problem, u: np.ndarray) -> np.ndarray:
    """Stand for the simulator: twice the rate of death halves every survival, on its scale; ratios stay at 1."""
    sign = np.array([0.0 if target.kind == "ratio" else -1.0 for target in problem.targets])
    rate = [one.label for one in problem.free].index("mortality.disease_rate")
    level = np.array([3.5 if target.kind == "time" else 0.0 for target in problem.targets])
    return level + sign * 0.4 * u[:, [rate]]


def test_only_deaths_move_and_only_survival_is_aimed_at(problem: Problem) -> None:
    assert {one.label for one in problem.free} == set(DEATHS.moved)
    assert {target.endpoint for target in problem.targets} <= {"os_median", "os_rate", "os_hr"}
    assert problem.draws is not None


def test_draws_keep_their_tumours_and_the_rate_of_death_moves_to_survival(problem: Problem) -> None:
    """The simulator here says 33 months (exp 3.5) at the prior's centre; published are 32 to 68: fewer must die."""
    start = read_ensemble()
    simulator = SimpleNamespace(problem=problem, run=lambda u, *, step, block: survival_of(problem, u))
    found = fit_stage(DEATHS, problem, simulator, lambda _: None)  # type: ignore[arg-type]
    labels = [f"{group}.{name}" for group, name in found.names]
    moved = [labels.index(label) for label in DEATHS.moved]
    stay = [place for place in range(len(labels)) if place not in moved]
    assert np.array_equal(found.values[:, stay], start.values[:, stay])
    rate = labels.index("mortality.disease_rate")
    prior = next(one for one in problem.free if one.label == "mortality.disease_rate")
    assert np.median(found.values[:, rate]) < 0.9 * prior.natural(0.0)
    made = found.provenance
    assert made["deaths"]["targets"] == len(problem.targets)
    assert made["between_trial_sd"] == start.provenance["between_trial_sd"]
    assert len(made["parameters"]) == len(start.provenance["parameters"])


def test_draws_of_another_model_are_refused() -> None:
    start = read_ensemble()
    fixed = {**start.provenance["fixed"], "clones": {**start.provenance["fixed"]["clones"], "growth_iss": 0.9}}
    other = Ensemble(names=start.names, values=start.values, provenance={**start.provenance, "fixed": fixed})
    with pytest.raises(InputError, match=r"clones\.growth_iss was 0\.9"):
        pose_stage(DEATHS, SETTINGS, other)


@pytest.fixture(scope="module")
def refractory() -> Problem:
    settings = replace(REFRACTORY.sizes, per_arm=16, longest_months=12.0, studies=("eloquent3",))
    return pose_stage(REFRACTORY, settings, read_ensemble())


def response_of(problem: Problem, u: np.ndarray) -> np.ndarray:
    """Stand for the simulator: response alone moves, by one on the logit with a tenth of the sensitivity."""
    place = [one.label for one in problem.free].index("clones.sensitivity_refractory")
    answers = np.array([1.0 if target.kind == "share" else 0.0 for target in problem.targets])
    return problem.published + answers * (1.0 + u[:, [place]])


def test_refractory_disease_is_fitted_to_its_own_trials_and_the_whole_fit_stays(refractory: Problem) -> None:
    """The simulator here has too many responses by one on the logit, which half the prior's reach takes away."""
    start = read_ensemble()
    simulator = SimpleNamespace(problem=refractory, run=lambda u, *, step, block: response_of(refractory, u))
    found = fit_stage(REFRACTORY, refractory, simulator, lambda _: None)  # type: ignore[arg-type]
    labels = [f"{group}.{name}" for group, name in found.names]
    assert {one.label for one in refractory.free} == set(REFRACTORY.moved) <= set(labels)
    for place, (group, name) in enumerate(start.names):
        if f"{group}.{name}" not in REFRACTORY.moved:
            assert np.array_equal(found.values[:, labels.index(f"{group}.{name}")], start.values[:, place])
    prior = next(one for one in refractory.free if one.label == "clones.sensitivity_refractory")
    sensitivity = found.values[:, labels.index(prior.label)]
    assert np.median(sensitivity) < prior.natural(-0.5)
    assert found.provenance["refractory"]["studies"] == ["eloquent3"]


def test_the_whole_fit_leaves_the_parameters_of_a_stage_alone() -> None:
    free = {one.label for one in pose(QUICK).free}
    assert not free & set(REFRACTORY.moved)
