"""Fit a few parameters to the numbers that tell of them, while everything else stays as in draws that are there.

Two stages follow the whole fit or stand in for it. Rates of death move overall survival above all, and hardly
response and progression, so that a change of mortality needs no new fit of tumours and drugs. How patients
who are refractory to lenalidomide differ, and how strong drugs are that were tried in such patients alone, is told by
trials that say little else. In both each draw keeps its other values: the parameters of the stage are fitted by the
smoother, each member with the rest of its own draw. What trials differ by is left as the whole fit found it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from cereblon.calibration import smoother
from cereblon.calibration.discrepancy import Discrepancy, covariance, sampling_variance
from cereblon.calibration.emulator import Emulator, fit_emulator
from cereblon.calibration.evaluation import (
    CalibrationSettings,
    Evaluations,
    Problem,
    fingerprint,
    normal_draws,
    pose,
    prior_members,
)
from cereblon.calibration.fit import Report, leave_one_study_out
from cereblon.calibration.posterior import correlations, directions, parameter_rows, rows_of_left_out, rows_of_targets
from cereblon.calibration.priors import free_parameters
from cereblon.calibration.scores import score
from cereblon.calibration.stages import FittingStage
from cereblon.core.errors import InputError
from cereblon.model.engine.ensemble import Ensemble, fixed_values, version_changes
from cereblon.model.engine.parameters import model_parameters
from cereblon.trials.run import model_code


def pose_stage(stage: FittingStage, settings: CalibrationSettings, start: Ensemble) -> Problem:
    """Look up the trials and numbers of a stage, with the draws that stay.

    Parameters
    ----------
    stage
        What is fitted.
    settings
        Sizes; the members are the draws.
    start
        Draws of all other fitted parameters.

    Raises
    ------
    InputError
        If the draws were fitted with other values of anything that the stage does not fit.
    """
    others = [
        change for change in version_changes(start, model_parameters()) if not change.startswith(stage.may_change)
    ]
    if others:
        raise InputError(
            f"the draws belong to another version of the model: {'; '.join(others[:4])}",
            hint=f"{stage.name} alone can be fitted where nothing else has changed; repeat cereblon calibrate",
        )
    studies = settings.studies or stage.studies
    whole = pose(replace(settings, members=start.size, studies=studies))
    held = dict(settings.held)
    kept = [
        place
        for place, target in enumerate(whole.targets)
        if not stage.endpoints or target.endpoint in stage.endpoints
    ]
    return replace(
        whole,
        targets=tuple(whole.targets[place] for place in kept),
        place=tuple(whole.place[place] for place in kept),
        free=tuple(one for one in free_parameters() if one.label in stage.moved and one.label not in held),
        simulation_variance=whole.simulation_variance[kept],
        draws=start,
    )


def fit_stage(stage: FittingStage, problem: Problem, evaluations: Evaluations, report: Report) -> Ensemble:
    """Fit the parameters of a stage and give the draws with them.

    Parameters
    ----------
    stage
        What is fitted.
    problem
        From `pose_stage`.
    evaluations
        Runs the simulator.
    report
        Told what goes on.
    """
    start, settings = _draws(problem), problem.settings
    spread = Discrepancy(dict(start.between_trial_sd()))
    u = prior_members(start.size, len(problem.free), settings.seed)
    inputs, outputs, trace = [], [], []
    for step in range(settings.steps):
        y = smoother.finite(evaluations.run(u, step=f"{stage.name}{step}", block=step), problem.published)
        inputs.append(u)
        outputs.append(y)
        trace.append(_note(f"before assimilation {step + 1}", problem, y, spread))
        report(f"{trace[-1]['when']}: rms {trace[-1]['rms']:.3f}, {100 * trace[-1]['inside_90']:.0f} % inside")
        u = smoother.update(
            u,
            y,
            problem.published,
            covariance(problem.targets, spread, np.zeros(len(problem.targets))),
            inflation=float(settings.steps),
            draws=normal_draws(y.shape, settings.seed, step),
        )
    emulator = fit_emulator(np.concatenate(inputs), np.concatenate(outputs))
    trace.append(_note("after the last, on the surface", problem, emulator.predict(u), spread))
    report(f"{trace[-1]['when']}: rms {trace[-1]['rms']:.3f}, {100 * trace[-1]['inside_90']:.0f} % inside")
    return _with_stage(stage, problem, emulator, u, trace)


def _draws(problem: Problem) -> Ensemble:
    if problem.draws is None:
        raise InputError("a stage is fitted to draws that are there, and none were given")
    return problem.draws


def _note(when: str, problem: Problem, y: np.ndarray, spread: Discrepancy) -> dict[str, Any]:
    between = np.array([spread.of(target.endpoint, target.kind) ** 2 for target in problem.targets])
    expected = np.maximum(y.var(axis=0, ddof=1) - problem.simulation_variance, 0.0)
    sd = np.sqrt(expected + sampling_variance(problem.targets) + between)
    return {"when": when, **asdict(score(problem.published, y.mean(axis=0), sd))}


def _with_stage(
    stage: FittingStage,
    problem: Problem,
    emulator: Emulator,
    u: np.ndarray,
    trace: Sequence[dict[str, Any]],
) -> Ensemble:
    start = _draws(problem)
    own = {
        one.label: np.array([one.natural(float(x)) for x in u[:, place]]) for place, one in enumerate(problem.free)
    }
    before = {f"{group}.{name}": start.values[:, place] for place, (group, name) in enumerate(start.names)}
    columns = before | own  # those of an earlier stage stay in their place, new ones come last
    usual = {one.label: one for one in free_parameters()}
    names = tuple((usual[label].group, usual[label].name) for label in columns)
    every = np.array([[usual[label].coordinate(float(x)) for x in column] for label, column in columns.items()]).T
    everything = replace(problem, free=tuple(usual[label] for label in columns))
    unseen = leave_one_study_out("smoother", problem, emulator)
    made = {name: value for name, value in start.provenance.items() if name != "changed_since"}
    again = {
        "parameters": parameter_rows(problem, u, np.stack(list(own.values()), axis=1)),
        "predicted": rows_of_targets(problem, emulator.predict(u).mean(axis=0)),
        "left_out": rows_of_left_out(problem, unseen),
    }
    made |= {name: _renewed(made[name], rows) for name, rows in again.items()}
    stamp = fingerprint(problem)
    made |= {
        "model_code": model_code(),
        "correlations": correlations(everything, every),
        "directions": directions(list(columns), every),
        "fixed": fixed_values(names, model_parameters()),
        stage.name: {
            "settings": asdict(problem.settings),
            "studies": list(dict.fromkeys(target.study for target in problem.targets)),
            "targets": len(problem.targets),
            "evidence": stamp["evidence"],
            "fingerprint": stamp["fingerprint"],
            "trace": list(trace),
            "left_out": asdict(score(problem.published, unseen.centre, unseen.sd)),
        },
    }
    return Ensemble(names=names, values=np.stack(list(columns.values()), axis=1), provenance=made)


def _renewed(rows: Sequence[dict[str, Any]], again: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give rows with those of the same parameter or target replaced, and new ones at the end."""
    fresh = {_key(row): row for row in again}
    kept = [fresh.pop(_key(row), row) for row in rows]
    return [*kept, *fresh.values()]


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in ("parameter", "study", "arm", "versus", "endpoint", "month"))
