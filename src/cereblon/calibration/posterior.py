"""Turn a finished fit into the ensemble that is shipped: draws in house units, and what is needed to judge them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np

from cereblon.calibration.evaluation import Problem, fingerprint
from cereblon.calibration.fit import Fitted, LeaveOneOut, Posterior
from cereblon.calibration.representative_draws import representative_order
from cereblon.calibration.stages import STAGES
from cereblon.calibration.targets import facts_to_meet
from cereblon.evidence import load_study
from cereblon.model.engine.ensemble import Ensemble, fixed_values
from cereblon.model.engine.parameters import model_parameters
from cereblon.trials.comparison_scale import group_of
from cereblon.trials.run import model_code

HARDLY = 0.8
"""Of the prior's standard deviation, or of its variance along a direction: what is left where data hardly inform."""


def ensemble_of(problem: Problem, fitted: Fitted) -> Ensemble:
    """Make the ensemble of the winning method.

    Parameters
    ----------
    problem
        What was fitted.
    fitted
        Both posteriors.
    """
    winner = fitted.winner
    names = tuple((one.group, one.name) for one in problem.free)
    values = np.array([[one.natural(float(x)) for one, x in zip(problem.free, row, strict=True)] for row in winner.u])
    # What the targets are expected to be with each draw, without the chance of simulated patients.
    expected = fitted.emulator.predict(winner.u)
    provenance = _provenance(problem, fitted, winner, values, expected)
    order = representative_order(expected / np.maximum(expected.std(axis=0), 1e-9))
    return Ensemble(names=names, values=values[order], provenance=provenance)


def _provenance(
    problem: Problem, fitted: Fitted, winner: Posterior, values: np.ndarray, expected: np.ndarray
) -> dict[str, Any]:
    stamp = fingerprint(problem)
    return {
        "method": winner.method,
        "evidence": stamp["evidence"],
        "fingerprint": stamp["fingerprint"],
        "settings": asdict(problem.settings),
        "studies": list(dict.fromkeys(target.study for target in problem.targets)),
        "targets": len(problem.targets),
        "versions": {name: version(name) for name in ("cereblon", "jax", "numpy", "numpyro")},
        "model_code": model_code(),
        "between_trial_sd": dict(winner.discrepancy.sd),
        "over_draws_sd": _over_draws(problem, expected),
        "methods": {
            one.method: {"fit": asdict(one.fit), "left_out": asdict(one.left_out)}
            for one in (fitted.smoother, fitted.sampler)
        },
        "trace": list(fitted.trace),
        "parameters": parameter_rows(problem, winner.u, values),
        "correlations": correlations(problem, winner.u),
        "directions": directions([one.label for one in problem.free], winner.u),
        "predicted": rows_of_targets(problem, winner.predicted.mean(axis=0)),
        "left_out": rows_of_left_out(problem, winner.unseen),
        "fixed": _fixed(problem),
    }


def _over_draws(problem: Problem, expected: np.ndarray) -> dict[str, float]:
    """Give the root of the mean variance over draws of the targets of each group."""
    groups = np.array([group_of(target.endpoint, target.kind) for target in problem.targets])
    variance = expected.var(axis=0, ddof=1)
    return {str(group): float(np.sqrt(variance[groups == group].mean())) for group in dict.fromkeys(groups)}


def _fixed(problem: Problem) -> dict[str, dict[str, float]]:
    """Give what was held fixed; of the packaged spread between trials, which only the fit holds at 0, the value."""
    fixed = fixed_values([(one.group, one.name) for one in problem.free], problem.base)
    fixed["clones"]["between_trial_sd"] = model_parameters()["clones"]["between_trial_sd"]
    return fixed


def parameter_rows(problem: Problem, u: np.ndarray, values: np.ndarray) -> list[dict[str, Any]]:
    """Give prior and draws of each free parameter; `u` in coordinates, `values` in units, shape (draw, parameter)."""
    rows = []
    for place, one in enumerate(problem.free):
        low, middle, high = np.quantile(values[:, place], [0.05, 0.5, 0.95])
        prior = [one.natural(z) for z in (-1.645, 0.0, 1.645)]
        rows.append(
            {
                "parameter": one.label,
                "prior_low": prior[0],
                "prior_median": prior[1],
                "prior_high": prior[2],
                "low": float(low),
                "median": float(middle),
                "high": float(high),
                # 1 would be a parameter that the data left as they found it.
                "posterior_sd_over_prior": float(u[:, place].std(ddof=1)),
            }
        )
    return rows


def correlations(problem: Problem, u: np.ndarray, *, least: float = 0.3) -> list[dict[str, Any]]:
    """List the pairs of parameters that the data cannot tell apart well, the strongest first.

    Parameters
    ----------
    problem
        Names of the parameters.
    u
        Draws.
    least
        Absolute correlation from which a pair is listed.
    """
    matrix = np.corrcoef(u, rowvar=False)
    pairs = [
        {"one": problem.free[i].label, "other": problem.free[j].label, "correlation": float(matrix[i, j])}
        for i in range(len(problem.free))
        for j in range(i + 1, len(problem.free))
        if abs(matrix[i, j]) >= least
    ]
    return sorted(pairs, key=lambda pair: -abs(pair["correlation"]))


def directions(labels: Sequence[str], u: np.ndarray, *, least: float = 0.3) -> list[dict[str, Any]]:
    """Give the principal directions of the posterior with the variance left along each, from stiff to sloppy.

    Parameters
    ----------
    labels
        Of the parameters.
    u
        Draws; the variance of the prior is 1 in every direction.
    least
        Absolute loading from which a parameter is listed; the largest loading is positive.
    """
    variances, vectors = np.linalg.eigh(np.cov(u, rowvar=False))
    found = []
    for variance, vector in zip(variances, vectors.T, strict=True):
        largest = vector[np.abs(vector).argmax()]
        loadings = vector * np.sign(largest)
        named = sorted(zip(labels, loadings, strict=True), key=lambda pair: -abs(pair[1]))
        found.append(
            {
                "variance": float(variance),
                "loadings": {label: float(loading) for label, loading in named if abs(loading) >= least},
            }
        )
    return found


def rows_of_targets(problem: Problem, middle: np.ndarray) -> list[dict[str, Any]]:
    """Give each target with the centre of its predictions, on its scale."""
    return [
        {**_name(problem, place), "published": target.value, "centre": float(middle[place])}
        for place, target in enumerate(problem.targets)
    ]


def rows_of_left_out(problem: Problem, unseen: LeaveOneOut) -> list[dict[str, Any]]:
    """Give each target with its prediction while its study was not fitted, on its scale."""
    rows = []
    for place, target in enumerate(problem.targets):
        low, high = _published_interval(target.study, target.key)
        rows.append(
            {
                **_name(problem, place),
                "published": target.value,
                "published_low": low,
                "published_high": high,
                "centre": float(unseen.centre[place]),
                "sd": float(unseen.sd[place]),
                "sd_within": float(unseen.sd_within[place]),
            }
        )
    return rows


def _name(problem: Problem, place: int) -> dict[str, Any]:
    target = problem.targets[place]
    unit = {"share": "percent", "time": "months", "ratio": "ratio"}[target.kind]
    return {
        "study": target.study,
        "arm": target.arm,
        "versus": target.versus,
        "endpoint": target.endpoint,
        "month": target.month,
        "unit": unit,
    }


def _published_interval(study: str, key: tuple[str, str, str, float | None]) -> tuple[float | None, float | None]:
    endpoint, arm, versus, month = key
    for fact in facts_to_meet(load_study(study), [endpoint]):
        other = f"{study}/{fact.versus}" if fact.versus else ""
        if (f"{study}/{fact.arm}", other, fact.month) == (arm, versus, month) and fact.interval:
            return fact.interval.low, fact.interval.high
    return None, None


def hardly_informed(ensemble: Ensemble) -> list[str]:
    """Name the parameters whose draws are nearly as wide as their prior."""
    rows = ensemble.provenance["parameters"]
    return [row["parameter"] for row in rows if row["posterior_sd_over_prior"] > HARDLY]


def sentences(ensemble: Ensemble) -> Sequence[str]:
    """Say in a few lines what a calibration found."""
    made = ensemble.provenance
    methods = made["methods"]
    lines = [f"{made['targets']} published numbers of {len(made['studies'])} calibration studies"]
    for name, scores in methods.items():
        fit, out = scores["fit"], scores["left_out"]
        lines.append(
            f"{name}: {100 * fit['inside_90']:.0f} % of numbers inside 90 % intervals, rms {fit['rms']:.2f}; "
            f"with the study left out {100 * out['inside_90']:.0f} %, rms {out['rms']:.2f}, "
            f"log score {out['log_score']:.2f}"
        )
    lines.append(f"kept: {made['method']}, {ensemble.size} draws")
    for name in STAGES:
        if name in made:
            out, fitted = made[name]["left_out"], made[name]["studies"]
            lines.append(
                f"then {name}, from {made[name]['targets']} published numbers of {len(fitted)} studies: with the "
                f"study left out {100 * out['inside_90']:.0f} % inside, rms {out['rms']:.2f}, "
                f"log score {out['log_score']:.2f}"
            )
    if "unseen" in made:
        unseen = made["unseen"]
        lines.append(
            f"spread between trials from {unseen['n']} numbers of calibration studies that were not fitted: "
            f"{100 * unseen['inside_90']:.0f} % inside, log score {unseen['log_score']:.2f}"
        )
    lines.append(f"hardly informed by the data: {', '.join(hardly_informed(ensemble)) or 'none'}")
    return lines
