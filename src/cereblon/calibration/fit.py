"""Fit the free parameters by two methods and keep the one that predicts left-out studies better.

The ensemble smoother runs on the simulator itself. Its runs also train an emulator, on which a Hamiltonian sampler
draws from the posterior; the sampler's draws are simulated again, because an emulator may be wrong where nobody ran.
Both methods are scored on the simulator for all targets, and on the emulator with one study left out at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cereblon.calibration import smoother
from cereblon.calibration.discrepancy import (
    Discrepancy,
    covariance,
    estimate,
    estimate_left_out,
    groups_of,
    sampling_variance,
)
from cereblon.calibration.emulator import Emulator, fit_emulator
from cereblon.calibration.evaluation import Evaluations, Problem, normal_draws, prior_members
from cereblon.calibration.sampler import sample
from cereblon.calibration.scores import PredictionScores, score
from cereblon.calibration.targets import CalibrationTarget

Report = Callable[[str], None]
_LEAST_PART = 0.1  # of the variance over members is always taken to come from the parameters


@dataclass(frozen=True, kw_only=True)
class LeaveOneOut:
    """Every target predicted while its study was not fitted.

    Parameters
    ----------
    centre, sd
        On the scale of each target. The spread between trials in `sd` comes from the other studies alone.
    sd_within
        The same without the spread between trials.
    discrepancy
        Between trials, from all of them.
    """

    centre: np.ndarray
    sd: np.ndarray
    sd_within: np.ndarray
    discrepancy: Discrepancy


@dataclass(frozen=True, kw_only=True)
class Posterior:
    """Draws of one method with what they predict.

    Parameters
    ----------
    method
        `smoother` or `sampler`.
    u
        Coordinates, shape (draw, parameter).
    predicted
        Simulated targets on their scales, shape (draw, target).
    discrepancy
        Between trials, as studies that were left out show it.
    fit
        Of all targets, on the simulator.
    left_out
        Of each target while its study was not fitted, on the emulator.
    unseen
        Those predictions.
    """

    method: str
    u: np.ndarray
    predicted: np.ndarray
    discrepancy: Discrepancy
    fit: PredictionScores
    left_out: PredictionScores
    unseen: LeaveOneOut


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """Result of a calibration.

    Parameters
    ----------
    smoother, sampler
        The two posteriors.
    emulator
        Trained on every run.
    trace
        Misfit and between-trial spread before each assimilation.
    """

    smoother: Posterior
    sampler: Posterior
    emulator: Emulator
    trace: tuple[dict[str, Any], ...]

    @property
    def winner(self) -> Posterior:
        """The method with the larger log score of left-out studies."""
        return max((self.smoother, self.sampler), key=lambda one: one.left_out.log_score)


def fit(problem: Problem, evaluations: Evaluations, report: Report) -> Fitted:
    """Run both methods.

    Parameters
    ----------
    problem
        Trials, targets and priors.
    evaluations
        Runs the simulator.
    report
        Told what goes on.
    """
    settings = problem.settings
    inputs, outputs, trace = assimilated(problem, evaluations, report)
    u, y = inputs[-1], outputs[-1]
    trace.append(_note("after the last assimilation", problem, y, estimate(problem.targets, *_misfit(problem, y))))
    report(_sentence(trace[-1]))
    emulator = fit_emulator(np.concatenate(inputs), np.concatenate(outputs))
    report("sampling on the emulator")
    draws = sample(
        emulator, problem.targets, draws=settings.draws, warmup=settings.warmup, seed=settings.seed % 2**31
    )
    chosen = np.linspace(0, len(draws) - 1, min(settings.members, len(draws))).round().astype(int)
    sampled = _run(evaluations, draws[chosen], "sampler", settings.steps + 1, report)
    report("leaving out one study at a time")
    return Fitted(
        smoother=_posterior("smoother", problem, emulator, u, y),
        sampler=_posterior("sampler", problem, emulator, draws[chosen], sampled),
        emulator=emulator,
        trace=tuple(trace),
    )


def assimilated(
    problem: Problem, evaluations: Evaluations, report: Report
) -> tuple[list[np.ndarray], list[np.ndarray], list[dict[str, Any]]]:
    """Run the smoother.

    Returns
    -------
        Coordinates and predictions of the members before each assimilation and after the last, and what was noted.
    """
    settings = problem.settings
    u = prior_members(settings.members, len(problem.free), settings.seed)
    discrepancy, trace = Discrepancy(), []
    inputs, outputs = [], []
    for step in range(settings.steps):
        y = _run(evaluations, u, f"step{step}", step, report)
        inputs.append(u)
        outputs.append(y)
        residual, other = _misfit(problem, y)
        if step:
            discrepancy = estimate(problem.targets, residual, other)
        trace.append(_note(f"before assimilation {step + 1}", problem, y, discrepancy))
        report(_sentence(trace[-1]))
        u = _assimilate(problem, u, y, discrepancy, step)
    inputs.append(u)
    outputs.append(_run(evaluations, u, "final", settings.steps, report))
    return inputs, outputs, trace


def _run(evaluations: Evaluations, u: np.ndarray, step: str, block: int, report: Report) -> np.ndarray:
    every = max(len(u) // 4, 1)

    def told(done: int, whole: int) -> None:
        if done % every == 0 or done == whole:
            report(f"{step}: {done} of {whole} members simulated")

    y = evaluations.run(u, step=step, block=block, report=told)
    return smoother.finite(y, evaluations.problem.published)


def _misfit(problem: Problem, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give published minus mean prediction, and its covariance without the part between trials."""
    sampling = np.diag(sampling_variance(problem.targets))
    return problem.published - y.mean(axis=0), sampling + parameter_covariance(problem, y)


def parameter_covariance(problem: Problem, y: np.ndarray) -> np.ndarray:
    """Give the covariance of predictions over members without the chance of each member's own patients.

    The variances are made smaller and the correlations kept, so that it stays a covariance.
    """
    whole = np.cov(y, rowvar=False)
    variance = np.maximum(np.diag(whole), 1e-12)
    kept = np.maximum(variance - problem.simulation_variance, _LEAST_PART * variance)
    smaller = np.sqrt(kept / variance)
    return np.asarray(whole * np.outer(smaller, smaller))


def _assimilate(problem: Problem, u: np.ndarray, y: np.ndarray, discrepancy: Discrepancy, step: int) -> np.ndarray:
    settings = problem.settings
    return smoother.update(
        u,
        y,
        problem.published,
        covariance(problem.targets, discrepancy, np.zeros(len(problem.targets))),
        inflation=float(settings.steps),
        draws=normal_draws(y.shape, settings.seed, step),
    )


def _note(when: str, problem: Problem, y: np.ndarray, discrepancy: Discrepancy) -> dict[str, Any]:
    return {"when": when, "between_trial_sd": dict(discrepancy.sd), **asdict(_score(problem, y, discrepancy))}


def _sentence(note: dict[str, Any]) -> str:
    spread = ", ".join(f"{kind} {value:.2f}" for kind, value in note["between_trial_sd"].items())
    return f"{note['when']}: rms {note['rms']:.3f}, {100 * note['inside_90']:.0f} % inside; between trials {spread}"


def _score(problem: Problem, y: np.ndarray, discrepancy: Discrepancy) -> PredictionScores:
    spread = np.diag(parameter_covariance(problem, y)) + sampling_variance(problem.targets)
    return score(problem.published, y.mean(axis=0), np.sqrt(spread + _between(problem.targets, discrepancy)))


def _between(targets: Sequence[CalibrationTarget], discrepancy: Discrepancy) -> np.ndarray:
    return np.array([discrepancy.of(target.endpoint, target.kind) ** 2 for target in targets])


def _posterior(method: str, problem: Problem, emulator: Emulator, u: np.ndarray, y: np.ndarray) -> Posterior:
    unseen = leave_one_study_out(method, problem, emulator)
    return Posterior(
        method=method,
        u=u,
        predicted=y,
        discrepancy=unseen.discrepancy,
        fit=_score(problem, y, unseen.discrepancy),
        left_out=score(problem.published, unseen.centre, unseen.sd),
        unseen=unseen,
    )


def leave_one_study_out(method: str, problem: Problem, emulator: Emulator) -> LeaveOneOut:
    """Predict each study's targets from a fit to all others, on the emulator."""
    study = np.array([target.study for target in problem.targets])
    folds = {name: study == name for name in dict.fromkeys(study)}
    groups = groups_of(problem.targets)
    centre, variance = np.zeros(len(study)), sampling_variance(problem.targets) + emulator.error_sd**2
    for hidden in folds.values():
        y = emulator.predict(refit(method, problem, emulator, hidden))[:, hidden]
        centre[hidden] = y.mean(axis=0)
        variance[hidden] += y.var(axis=0, ddof=1)

    def between_others(hidden: np.ndarray) -> Discrepancy:
        seen = np.flatnonzero(~hidden)
        return estimate_left_out(groups[seen], (problem.published - centre)[seen], variance[seen])

    sd = np.zeros(len(study))
    for hidden in folds.values():
        own = [problem.targets[place] for place in np.flatnonzero(hidden)]
        sd[hidden] = np.sqrt(variance[hidden] + _between(own, between_others(hidden)))
    return LeaveOneOut(
        centre=centre,
        sd=sd,
        sd_within=np.sqrt(variance),
        discrepancy=between_others(np.zeros(len(study), bool)),
    )


def refit(method: str, problem: Problem, emulator: Emulator, hidden: np.ndarray) -> np.ndarray:
    """Fit the targets that are not hidden, on the emulator, by one of the two methods; give coordinates of draws."""
    settings = problem.settings
    if method == "sampler":
        return sample(
            emulator,
            problem.targets,
            draws=max(settings.draws // 3, 12),
            warmup=max(settings.warmup // 3, 12),
            seed=settings.seed % 2**31,
            left_out=hidden,
        )
    seen = np.flatnonzero(~hidden)
    known = [problem.targets[place] for place in seen]
    noise = emulator.error_sd[seen] ** 2
    members = max(settings.members, 60)
    u, discrepancy = prior_members(members, len(problem.free), settings.seed), Discrepancy()
    sampling = np.diag(sampling_variance(known) + noise)
    for step in range(max(settings.steps, 1)):
        y = emulator.predict(u)[:, seen]
        if step:
            residual = problem.published[seen] - y.mean(axis=0)
            discrepancy = estimate(known, residual, sampling + np.cov(y, rowvar=False))
        u = smoother.update(
            u,
            y,
            problem.published[seen],
            covariance(known, discrepancy, noise),
            inflation=float(max(settings.steps, 1)),
            draws=normal_draws(y.shape, settings.seed, 100 + step),
        )
    return u
