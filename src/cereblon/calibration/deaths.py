"""Fit again what decides deaths, while everything else stays as in draws that are there.

The rates of death move overall survival above all, and hardly response and progression. A change of mortality
therefore needs no new fit of tumours and drugs: each draw keeps its values, and the rates of death are fitted to
overall survival by the smoother, each member with the tumours of its own draw. What trials differ by is left as the
whole fit found it.
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
from cereblon.core.errors import InputError
from cereblon.model.engine.ensemble import Ensemble, fixed_values, version_changes
from cereblon.model.engine.parameters import model_parameters
from cereblon.trials.run import model_code

MOVED = ("mortality.disease_rate", "mortality.disease_by_line", "mortality.treatment_rate")
"""What decides deaths and nothing else."""
SIZES = CalibrationSettings(steps=2, per_arm=42)
"""Three parameters and one group of endpoints need fewer patients and assimilations than a whole fit."""
_ENDPOINTS = ("os_median", "os_rate", "os_hr")


def pose_deaths(settings: CalibrationSettings, start: Ensemble) -> Problem:
    """Look up the trials that publish overall survival, with the draws that stay.

    Parameters
    ----------
    settings
        Sizes; the members are the draws.
    start
        Draws of all fitted parameters.

    Raises
    ------
    InputError
        If the draws were fitted with other values of anything but mortality.
    """
    others = [change for change in version_changes(start, model_parameters()) if not change.startswith("mortality.")]
    if others:
        raise InputError(
            f"the draws belong to another version of the model: {'; '.join(others[:4])}",
            hint="deaths alone can be fitted again where only mortality has changed; repeat cereblon calibrate",
        )
    whole = pose(replace(settings, members=start.size))
    kept = [place for place, target in enumerate(whole.targets) if target.endpoint in _ENDPOINTS]
    return replace(
        whole,
        targets=tuple(whole.targets[place] for place in kept),
        place=tuple(whole.place[place] for place in kept),
        free=tuple(one for one in whole.free if one.label in MOVED),
        simulation_variance=whole.simulation_variance[kept],
        draws=start,
    )


def fit_deaths(problem: Problem, evaluations: Evaluations, report: Report) -> Ensemble:
    """Fit what decides deaths and give the draws with it.

    Parameters
    ----------
    problem
        From `pose_deaths`.
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
        y = smoother.finite(evaluations.run(u, step=f"deaths{step}", block=step), problem.published)
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
    return _with_deaths(problem, start, emulator, u, trace)


def _draws(problem: Problem) -> Ensemble:
    if problem.draws is None:
        raise InputError("deaths are fitted to draws that are there, and none were given")
    return problem.draws


def _note(when: str, problem: Problem, y: np.ndarray, spread: Discrepancy) -> dict[str, Any]:
    between = np.array([spread.of(target.endpoint, target.kind) ** 2 for target in problem.targets])
    expected = np.maximum(y.var(axis=0, ddof=1) - problem.simulation_variance, 0.0)
    sd = np.sqrt(expected + sampling_variance(problem.targets) + between)
    return {"when": when, **asdict(score(problem.published, y.mean(axis=0), sd))}


def _with_deaths(
    problem: Problem, start: Ensemble, emulator: Emulator, u: np.ndarray, trace: Sequence[dict[str, Any]]
) -> Ensemble:
    values = start.values.copy()
    labels = [f"{group}.{name}" for group, name in start.names]
    for place, one in enumerate(problem.free):
        values[:, labels.index(one.label)] = [one.natural(float(x)) for x in u[:, place]]
    usual = {one.label: one for one in free_parameters()}
    every = np.array(
        [[usual[label].coordinate(value) for label, value in zip(labels, row, strict=True)] for row in values]
    )
    everything = replace(problem, free=tuple(usual[label] for label in labels))
    unseen = leave_one_study_out("smoother", problem, emulator)
    made = {name: value for name, value in start.provenance.items() if name != "changed_since"}
    again = {
        "parameters": parameter_rows(problem, u, values[:, [labels.index(one.label) for one in problem.free]]),
        "predicted": rows_of_targets(problem, emulator.predict(u).mean(axis=0)),
        "left_out": rows_of_left_out(problem, unseen.centre, unseen.sd),
    }
    made |= {name: _renewed(made[name], rows) for name, rows in again.items()}
    stamp = fingerprint(problem)
    made |= {
        "model_code": model_code(),
        "correlations": correlations(everything, every),
        "directions": directions(labels, every),
        "fixed": fixed_values(start.names, model_parameters()),
        "deaths": {
            "settings": asdict(problem.settings),
            "targets": len(problem.targets),
            "evidence": stamp["evidence"],
            "fingerprint": stamp["fingerprint"],
            "trace": list(trace),
            "left_out": asdict(score(problem.published, unseen.centre, unseen.sd)),
        },
    }
    return Ensemble(names=start.names, values=values, provenance=made)


def _renewed(rows: Sequence[dict[str, Any]], again: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give rows with those of the same parameter or target replaced, and new ones at the end."""
    fresh = {_key(row): row for row in again}
    kept = [fresh.pop(_key(row), row) for row in rows]
    return [*kept, *fresh.values()]


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in ("parameter", "study", "arm", "versus", "endpoint", "month"))
