"""A design evaluated: power at the best guess, assurance over parameters and trials, and the search for a size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cereblon.core.errors import InputError
from cereblon.statistics.distributions import normal_beyond
from cereblon.statistics.follow_up import Floats
from cereblon.trial_design.boundaries import Boundaries
from cereblon.trial_design.comparisons import Effect
from cereblon.trial_design.looks import LookResult, find_boundaries, hold_looks, information_shares
from cereblon.trial_design.operating_characteristics import (
    Characteristics,
    Estimated,
    Grouping,
    characterise,
    course,
)
from cereblon.trial_design.pool import Pool
from cereblon.trial_design.replicates import Trials, draw_from_resampled, draw_trials, fresh_trials
from cereblon.trial_design.setup import Setup

POOLS = 100  # drawn again; their variance is then told to a seventh of itself
_LARGER = 2  # times the planned size that a search may reach
_SHIFTS = 16  # of the hazard ratio of each trial, for the spread between trials
_TRIALS_OF_A_DRAW = 2


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
    pools
        Looks of trials of pools that were drawn again.
    """

    setup: Setup
    trials: Trials
    results: Sequence[LookResult]
    boundaries: Boundaries
    characteristics: Characteristics
    pools: Grouping


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
    """Draw trials from a pool and hold their looks.

    As many trials again, from pools drawn again, tell the error that comes from the pool.

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
    each = max(trials // POOLS, 2)
    again = draw_from_resampled(pool, setup.enrolment, POOLS, each, seed=seed)
    pools = Grouping(hold_looks(again, setup.looks, setup.test, with_effect=False), each)
    found = characterise(results, bounds, pools=pools, ratio=not setup.is_response)
    return Evaluation(
        setup=setup, trials=drawn, results=results, boundaries=bounds, characteristics=found, pools=pools
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
    moved = [_shifted(result, spread) for result in results]
    success = course(moved, boundaries).success.reshape(-1, _TRIALS_OF_A_DRAW * _SHIFTS)
    by_draw = np.sort(success.mean(axis=1))
    share = (success.mean() * pool.trials + 0.5) / (pool.trials + 1.0)
    least = np.sqrt(share * (1.0 - share) / pool.trials) if by_draw[0] == by_draw[-1] else 0.0
    error = max(float(by_draw.std(ddof=1) / np.sqrt(len(by_draw))), float(least)) if len(by_draw) > 1 else np.nan
    found = characterise(moved, boundaries, groups_of=_TRIALS_OF_A_DRAW * _SHIFTS, ratio=not setup.is_response)
    return Assurance(
        chance=Estimated(float(success.mean()), error),
        by_draw=tuple(float(one) for one in by_draw),
        effect=found.looks[-1].effect,
        trials=pool.trials,
        draws=len(by_draw),
        between_trials=spread,
    )


def _shifted(result: LookResult, spread: float) -> LookResult:
    """Repeat each trial with shifts of its log hazard ratio at even quantiles of a normal distribution."""
    shifts: Floats = spread * -np.array([normal_beyond((place + 0.5) / _SHIFTS) for place in range(_SHIFTS)])

    def each(values: Floats) -> Floats:
        return np.repeat(values, _SHIFTS)

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Searched:
    """One size, number of events or month that was tried.

    Parameters
    ----------
    value
        Patients, events or months.
    power
        Chance of success.
    patients, months
        Expected when the trial stops.
    """

    value: float
    power: float
    patients: float
    months: float


class Searching:
    """The same drawn trials, larger than planned, looked at with other sizes, events or months.

    Parameters
    ----------
    setup
        As planned.
    pool
        Simulated patients.
    trials, seed
        How many, and of the random numbers.
    """

    def __init__(self, setup: Setup, pool: Pool, *, trials: int, seed: int) -> None:
        self._setup = setup
        self.largest = _LARGER * setup.enrolment.patients
        enrolment = replace(setup.enrolment, patients=self.largest)
        self._trials = draw_trials(pool, enrolment, trials, seed=seed)

    def at(self, setup: Setup, value: float, *, trials: int | None = None) -> Searched:
        """Hold the looks of a changed design, in all trials unless fewer are asked for."""
        drawn = self._trials.first(setup.enrolment.patients)
        drawn = drawn.some(0, self._trials.count if trials is None else trials)
        results = hold_looks(drawn, setup.looks, setup.test, with_effect=False)
        found = characterise(results, boundaries_of(setup, results), ratio=False)
        return Searched(
            value=value, power=found.power.value, patients=found.patients.value, months=found.months.value
        )

    def smallest(self, what: str, wanted: float) -> tuple[float | None, list[Searched]]:
        """Find by bisection the smallest size, number of events or last month with a wanted chance of success.

        Parameters
        ----------
        what
            `size`, `events` or `months`.
        wanted
            Chance of success.

        Returns
        -------
            None where the largest that was tried does not suffice; and everything that was tried, by value.
        """
        low, high, step, change = self._range(what)
        tried: dict[float, Searched] = {}

        def enough(value: float) -> bool:
            tried[value] = self.at(change(value), value)
            return tried[value].power >= wanted

        found = high if enough(high) else None
        if found is not None and enough(low):
            found = high = low
        while found is not None and high - low > step:
            middle = low + step * round((high - low) / (2.0 * step))
            if enough(middle):
                found = high = middle
            else:
                low = middle
        return found, [tried[value] for value in sorted(tried)]

    def _range(self, what: str) -> tuple[float, float, float, Callable[[float], Setup]]:
        setup = self._setup
        planned = setup.enrolment.patients
        if what == "size":
            step = max(2, round(planned / 100))
            return step * 10.0, step * (self.largest // step), step, lambda value: setup.of_size(round(value))
        if what == "events":
            last = setup.looks[-1].events
            if last is None:
                raise InputError("design.looks: are at months, so there is no number of events to look for")
            step = max(1, round(last / 100))
            high = min(step * (2 * last // step), planned - 1)
            return step * 10.0, float(high), step, lambda value: setup.of_events(round(value))
        if what == "months":
            if setup.by_events:
                raise InputError("design.looks: are at events, so there is no month of the last look to look for")
            last_month = setup.latest / (365.25 / 12)
            return 1.0, float(np.floor(last_month)), 1.0, setup.of_months
        raise InputError(f"search: {what!r} is none of size, events, months")

    def grid(self, sizes: Sequence[int], shares: Sequence[float], *, trials: int) -> list[dict[str, float]]:
        """Give power over sizes and shares of the planned events of the last look (or of its month)."""
        rows = []
        for patients in sizes:
            sized = self._setup.of_size(patients)
            for share in shares:
                last = sized.looks[-1]
                if last.events is not None:
                    value: float = max(round((self._setup.looks[-1].events or 0) * share), 2)
                    if value >= patients:
                        continue
                    changed = sized.of_events(int(value))
                else:
                    value = (last.day or 0.0) * share / (365.25 / 12)
                    changed = sized.of_months(value)
                rows.append(
                    {
                        "patients": float(patients),
                        "until": value,
                        "power": self.at(changed, value, trials=trials).power,
                    }
                )
        return rows
