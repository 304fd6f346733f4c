"""A design evaluated: power at the best guess, and assurance over parameters and trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cereblon.statistics.distributions import normal_beyond
from cereblon.statistics.follow_up import Floats
from cereblon.trial_design.boundaries import Boundaries
from cereblon.trial_design.comparisons import Effect
from cereblon.trial_design.looks import LookResult, find_boundaries, hold_looks, information_shares
from cereblon.trial_design.operating_characteristics import (
    Characteristics,
    Estimated,
    characterise,
    course,
)
from cereblon.trial_design.pool import Pool
from cereblon.trial_design.pool_moves import PoolMoves, pool_moves
from cereblon.trial_design.replicates import Trials, draw_trials, fresh_trials
from cereblon.trial_design.setup import Setup

SHIFTS = 16  # of the hazard ratio of each trial, for the spread between trials
TRIALS_OF_A_DRAW = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """A design over trials drawn from one pool.

    Parameters
    ----------
    setup
        Of the trial.
    trials
        Drawn, of the planned size.
    results
        Their looks.
    boundaries, characteristics
        Of the design.
    moves
        What another pool would change.
    """

    setup: Setup
    trials: Trials
    results: Sequence[LookResult]
    boundaries: Boundaries
    characteristics: Characteristics
    moves: PoolMoves


def boundaries_of(setup: Setup, results: Sequence[LookResult]) -> Boundaries:
    """Find the boundaries of a design from its looks in many trials."""
    return find_boundaries(
        results,
        information_shares(results, setup.looks, setup.test),
        setup.test,
        spending=setup.spending,
        alpha=setup.alpha,
        futility=setup.futility,
        beta=1.0 - setup.power,
        binding=setup.binding,
    )


def evaluate(setup: Setup, pool: Pool, *, trials: int, seed: int) -> Evaluation:
    """Draw trials from a pool and hold their looks; errors hold what another pool would change.

    Parameters
    ----------
    setup
        Of the trial.
    pool
        Simulated patients at the best guess.
    trials, seed
        How many, and of the random numbers.
    """
    drawn = draw_trials(pool, setup.enrolment, trials, seed=seed)
    results = hold_looks(drawn, setup.looks, setup.test)
    bounds = boundaries_of(setup, results)
    moves = pool_moves(pool, setup.enrolment, seed=seed)
    found = characterise(results, bounds, moves=moves, ratio=not setup.is_response)
    return Evaluation(
        setup=setup, trials=drawn, results=results, boundaries=bounds, characteristics=found, moves=moves
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Assurance:
    """Chance of success when parameters and trials are as uncertain as they are.

    Parameters
    ----------
    chance
        Of success.
    by_draw
        Chance in each draw of the parameters, rising.
    effect
        Quantiles of the estimate at the last look, as in `LookCharacteristics`.
    trials, draws
        How many were simulated, each of patients of its own, and over how many draws of the parameters.
    between_trials
        Standard deviation of the log hazard ratio between trials that was added.
    """

    chance: Estimated
    by_draw: tuple[float, ...]
    effect: tuple[float, ...]
    trials: int
    draws: int
    between_trials: float


def assure(setup: Setup, pool: Pool, boundaries: Boundaries, *, between_trials: float, seed: int) -> Assurance:
    """Average the chance of success over draws of the parameters, and over trials that differ more than the model's.

    Parameters
    ----------
    setup, boundaries
        Of the design.
    pool
        Trials simulated with draws of the parameters, two in succession with each.
    between_trials
        Standard deviation of the log hazard ratio between trials beyond parameters and chance. A trial is taken with
        several shifts of its ratio, and its statistics move as such a shift moves them.
    seed
        Of the random numbers.
    """
    results = hold_looks(fresh_trials(pool, setup.enrolment, seed=seed), setup.looks, setup.test)
    spread = 0.0 if setup.is_response else between_trials
    moved = [shifted(result, spread) for result in results]
    success = course(moved, boundaries).success.reshape(-1, TRIALS_OF_A_DRAW * SHIFTS)
    by_draw = np.sort(success.mean(axis=1))
    share = (success.mean() * pool.trials + 0.5) / (pool.trials + 1.0)
    least = np.sqrt(share * (1.0 - share) / pool.trials) if by_draw[0] == by_draw[-1] else 0.0
    error = max(float(by_draw.std(ddof=1) / np.sqrt(len(by_draw))), float(least)) if len(by_draw) > 1 else np.nan
    found = characterise(moved, boundaries, groups_of=TRIALS_OF_A_DRAW * SHIFTS, ratio=not setup.is_response)
    return Assurance(
        chance=Estimated(float(success.mean()), error),
        by_draw=tuple(float(one) for one in by_draw),
        effect=found.looks[-1].effect,
        trials=pool.trials,
        draws=len(by_draw),
        between_trials=spread,
    )


def shifted(result: LookResult, spread: float) -> LookResult:
    """Repeat each trial with shifts of its log hazard ratio at even quantiles of a normal distribution."""
    shifts: Floats = spread * -np.array([normal_beyond((place + 0.5) / SHIFTS) for place in range(SHIFTS)])

    def each(values: Floats) -> Floats:
        return np.repeat(values, SHIFTS)

    error = each(result.effect.error)
    step = np.tile(shifts, len(result.day))
    moves = np.nan_to_num(step / error)
    return replace(
        result,
        day=each(result.day),
        enrolled=each(result.enrolled),
        events=each(result.events),
        statistic=each(result.statistic) - moves,
        effect=Effect(each(result.effect.value) + step, error),
        information=each(result.information),
    )
