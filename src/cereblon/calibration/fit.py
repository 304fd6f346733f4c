"""Fit the free parameters by two methods and keep the one that predicts left-out studies better.

The ensemble smoother runs on the simulator itself. Its runs also train an emulator, on which a Hamiltonian sampler
draws from the posterior; the sampler's draws are simulated again, because an emulator may be wrong where nobody ran.
Both methods are scored on the simulator for all targets, and on the emulator with one study left out at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cereblon.calibration import smoother
from cereblon.calibration.discrepancy import Discrepancy, covariance, estimate
from cereblon.calibration.emulator import Emulator, fit_emulator
from cereblon.calibration.evaluation import Evaluations, Problem, normal_draws, prior_members
from cereblon.calibration.sampler import sample
from cereblon.calibration.scores import Fit, score

Report = Callable[[str], None]
_LEAST_PART = 0.1  # of the variance over members is always taken to come from the parameters


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
        Between trials.
    fit
        Of all targets, on the simulator.
    left_out
        Of each target while its study was not fitted, on the emulator.
    left_out_centre, left_out_sd
        Those predictions, on the scale of each target.
    """

    method: str
    u: np.ndarray
    predicted: np.ndarray
    discrepancy: Discrepancy
    fit: Fit
    left_out: Fit
    left_out_centre: np.ndarray
    left_out_sd: np.ndarray


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
    discrepancy = estimate(problem.targets, *_misfit(problem, y))
    trace.append(_note("after the last assimilation", problem, y, discrepancy))
    report(_sentence(trace[-1]))
    emulator = fit_emulator(np.concatenate(inputs), np.concatenate(outputs))
    report("sampling on the emulator")
    draws, spread = sample(
        emulator, problem.targets, draws=settings.draws, warmup=settings.warmup, seed=settings.seed % 2**31
    )
    chosen = np.linspace(0, len(draws) - 1, min(settings.members, len(draws))).round().astype(int)
    sampled = _run(evaluations, draws[chosen], "sampler", settings.steps + 1, report)
    sampled_discrepancy = Discrepancy.from_numbers(np.median(spread, axis=0))
    report("leaving out one study at a time")
    return Fitted(
        smoother=_posterior("smoother", problem, emulator, u, y, discrepancy),
        sampler=_posterior("sampler", problem, emulator, draws[chosen], sampled, sampled_discrepancy),
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
    sampling = np.diag([target.sampling_sd**2 for target in problem.targets])
    return problem.published - y.mean(axis=0), sampling + parameter_covariance(problem, y)


def parameter_covariance(problem: Problem, y: np.ndarray) -> np.ndarray:
    """Give the covariance of predictions over members without the luck of each member's own people.

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


def _score(problem: Problem, y: np.ndarray, discrepancy: Discrepancy, chosen: np.ndarray | None = None) -> Fit:
    sd = predictive_sd(problem, np.diag(parameter_covariance(problem, y)), discrepancy)
    keep = np.ones(len(sd), bool) if chosen is None else chosen
    return score(problem.published[keep], y.mean(axis=0)[keep], sd[keep])


def predictive_sd(problem: Problem, spread: np.ndarray, discrepancy: Discrepancy) -> np.ndarray:
    """Give the standard deviation of each published number around its prediction.

    Parameters
    ----------
    problem
        With the targets.
    spread
        Variance of each prediction over parameters.
    discrepancy
        Between trials.
    """
    between = np.array([discrepancy.of(target.endpoint, target.kind) ** 2 for target in problem.targets])
    sampling = np.array([target.sampling_sd**2 for target in problem.targets])
    return np.asarray(np.sqrt(sampling + between + spread))


def _posterior(
    method: str, problem: Problem, emulator: Emulator, u: np.ndarray, y: np.ndarray, discrepancy: Discrepancy
) -> Posterior:
    centre, sd = leave_one_study_out(method, problem, emulator)
    return Posterior(
        method=method,
        u=u,
        predicted=y,
        discrepancy=discrepancy,
        fit=_score(problem, y, discrepancy),
        left_out=score(problem.published, centre, sd),
        left_out_centre=centre,
        left_out_sd=sd,
    )


def leave_one_study_out(method: str, problem: Problem, emulator: Emulator) -> tuple[np.ndarray, np.ndarray]:
    """Predict each study's targets from a fit to all others, on the emulator.

    Returns
    -------
        Centre and predictive standard deviation of each target on its scale.
    """
    centre, sd = np.zeros(len(problem.targets)), np.ones(len(problem.targets))
    study = np.array([target.study for target in problem.targets])
    for name in dict.fromkeys(study):
        hidden = study == name
        u, discrepancy = refit(method, problem, emulator, hidden)
        y = emulator.predict(u)
        spread = predictive_sd(problem, y.var(axis=0, ddof=1), discrepancy)
        centre[hidden] = y.mean(axis=0)[hidden]
        sd[hidden] = np.hypot(spread, emulator.error_sd)[hidden]
    return centre, sd


def refit(method: str, problem: Problem, emulator: Emulator, hidden: np.ndarray) -> tuple[np.ndarray, Discrepancy]:
    """Fit the targets that are not hidden, on the emulator, by one of the two methods."""
    settings = problem.settings
    if method == "sampler":
        u, spread = sample(
            emulator,
            problem.targets,
            draws=max(settings.draws // 3, 12),
            warmup=max(settings.warmup // 3, 12),
            seed=settings.seed % 2**31,
            left_out=hidden,
        )
        return u, Discrepancy.from_numbers(np.median(spread, axis=0))
    seen = np.flatnonzero(~hidden)
    known = [problem.targets[place] for place in seen]
    noise = emulator.error_sd[seen] ** 2
    members = max(settings.members, 60)
    u, discrepancy = prior_members(members, len(problem.free), settings.seed), Discrepancy()
    sampling = np.diag([target.sampling_sd**2 for target in known]) + np.diag(noise)
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
    y = emulator.predict(u)[:, seen]
    return u, estimate(known, problem.published[seen] - y.mean(axis=0), sampling + np.cov(y, rowvar=False))
