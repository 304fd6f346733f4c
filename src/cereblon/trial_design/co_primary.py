"""A response beside the primary endpoint, in the same patients of the same trials: chance of either and of both.

The trials are drawn anew with the same random numbers, so that a patient of one endpoint is that of the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.statistics.distributions import normal_beyond
from cereblon.statistics.follow_up import Bools, Floats
from cereblon.trial_design.evaluation import Evaluation
from cereblon.trial_design.looks import LookResult, hold_looks
from cereblon.trial_design.operating_characteristics import (
    QUANTILES,
    Estimated,
    course,
    variance_of_one,
)
from cereblon.trial_design.pool import Pool
from cereblon.trial_design.replicates import Trials, draw_trials, fresh_trials
from cereblon.trial_design.setup import EndpointBeside, Setup


@dataclass(frozen=True, kw_only=True, slots=True)
class CoPrimary:
    """What two endpoints of a trial do together.

    Parameters
    ----------
    beside
        Look, test and error of the response.
    power, either, both
        Chance of success of the response, of one endpoint at least, and of both.
    month
        Of its look.
    patients
        Who count at it, on average.
    effect
        Quantiles of the difference of response in percent points.
    assurance
        Chance of success of the response over draws of the parameters; None where none were simulated.
    """

    beside: EndpointBeside
    power: Estimated
    either: Estimated
    both: Estimated
    month: float
    patients: float
    effect: tuple[float, ...]
    assurance: Estimated | None


def evaluate_beside(evaluation: Evaluation, pool: Pool, drawn: Pool | None, *, seed: int) -> CoPrimary | None:
    """Look at the response in the trials of an evaluation; None where the design has no second endpoint.

    Parameters
    ----------
    evaluation
        Of the primary endpoint.
    pool
        Its patients with the events of the response.
    drawn
        Trials over draws of the parameters, two in succession with each, with those events.
    seed
        Of the evaluation.
    """
    setup = evaluation.setup
    beside = setup.beside
    if beside is None:
        return None
    count = evaluation.trials.count
    result = _looked(draw_trials(pool, setup.enrolment, count, seed=seed), beside)
    first = course(evaluation.results, evaluation.boundaries).success
    second = _wins(result, beside)
    moved = [
        (course(looks[:-1], evaluation.boundaries).success, _wins(looks[-1], beside))
        for looks in evaluation.moves.of([evaluation.results, [result]])
    ]
    effect = result.effect.value[np.isfinite(result.effect.value)]
    return CoPrimary(
        beside=beside,
        power=_estimated(second, [two for _, two in moved]),
        either=_estimated(first | second, [one | two for one, two in moved]),
        both=_estimated(first & second, [one & two for one, two in moved]),
        month=float(result.day.mean()) / DAYS_PER_MONTH,
        patients=float(result.information.mean()),
        effect=tuple(float(one) for one in 100.0 * np.quantile(effect, QUANTILES)) if len(effect) else (np.nan,) * 5,
        assurance=None if drawn is None else _assured(setup, beside, drawn, seed),
    )


def _looked(trials: Trials, beside: EndpointBeside) -> LookResult:
    return hold_looks(trials, [beside.look], beside.test)[0]


def _wins(result: LookResult, beside: EndpointBeside) -> Bools:
    return np.asarray(result.statistic >= normal_beyond(beside.alpha), dtype=np.bool_)


def _estimated(wins: Bools, moved: Sequence[Bools]) -> Estimated:
    own: Floats = wins.astype(np.float64)
    error = variance_of_one(own) / len(own) + float(np.var([one.mean() for one in moved], ddof=1))
    return Estimated(float(own.mean()), float(np.sqrt(error)))


def _assured(setup: Setup, beside: EndpointBeside, drawn: Pool, seed: int) -> Estimated:
    wins = _wins(_looked(fresh_trials(drawn, setup.enrolment, seed=seed), beside), beside)
    by_draw = wins.astype(np.float64).reshape(-1, 2).mean(axis=1)
    return Estimated(float(by_draw.mean()), float(np.sqrt(variance_of_one(by_draw) / len(by_draw))))
