"""All looks of many trials: when each is held, and what its test and its estimate say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cereblon.core.errors import InputError
from cereblon.statistics.follow_up import Floats
from cereblon.trial_design.boundaries import Boundaries, boundaries_with_futility, efficacy_boundaries
from cereblon.trial_design.comparisons import (
    MAX_COMBO,
    Effect,
    deaths_at,
    log_hazard_ratio,
    mantel_haenszel,
    response_gain,
    restricted_mean_gain,
    weighted_log_rank,
)
from cereblon.trial_design.look_data import Look, LookData, data_at
from cereblon.trial_design.replicates import Trials
from cereblon.trial_design.spending import Spending

LOG_RANK = ((0.0, 0.0),)
_AT_ONCE = 64  # trials; more take memory and no less time
_DRAWS = 2**18  # of the statistics of a MaxCombo test without an effect
_SEED = 1986  # of these draws, so that a design has one set of boundaries
_JITTER = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class Test:
    """How the arms are compared.

    Parameters
    ----------
    kind
        `log-rank` (with weights or the largest of several), `rmst` or `response`.
    powers
        Of Fleming and Harrington; several for the largest of their statistics.
    horizon
        Of the restricted mean, days.
    stratified
        Whether within strata.
    """

    __test__ = False

    kind: str = "log-rank"
    powers: tuple[tuple[float, float], ...] = LOG_RANK
    horizon: float = np.inf
    stratified: bool = False

    @property
    def is_max_combo(self) -> bool:
        """Whether the largest of several statistics counts."""
        return self.kind == "log-rank" and len(self.powers) > 1


MAX_COMBO_TEST = Test(powers=MAX_COMBO)


@dataclass(frozen=True, kw_only=True, slots=True)
class LookResult:
    """One look in every trial.

    Parameters
    ----------
    day, enrolled, events
        Calendar day of the look, patients in the trial and known events.
    statistic
        Of the test, positive in favour of the tested arm.
    effect
        Log hazard ratio, or difference of response; not a number where it was not asked for or cannot be told.
    information
        What the statistic rests on: events of a log-rank test, its variance where it is weighted, patients of a
        response.
    covariance
        Mean covariance of the scores of a MaxCombo test.
    """

    day: Floats
    enrolled: Floats
    events: Floats
    statistic: Floats
    effect: Effect
    information: Floats
    covariance: Floats


def hold_looks(trials: Trials, looks: Sequence[Look], test: Test, *, with_effect: bool = True) -> list[LookResult]:
    """Hold every look in every trial, whatever the looks before said.

    Parameters
    ----------
    trials
        Drawn.
    looks
        In order.
    test
        How arms are compared.
    with_effect
        Whether the effect is estimated, which takes half of the time.
    """
    return [_joined(list(_parts(trials, look, test, with_effect))) for look in looks]


def _parts(trials: Trials, look: Look, test: Test, with_effect: bool) -> Iterator[LookResult]:
    for start in range(0, trials.count, _AT_ONCE):
        part = trials.some(start, start + _AT_ONCE)
        day = look.days(part)
        entered: Floats = (part.entry <= day[:, None]).sum(axis=1).astype(np.float64)
        yield _held(data_at(part, day), entered, test, with_effect)


def _held(data: LookData, entered: Floats, test: Test, with_effect: bool) -> LookResult:
    count = len(data.day)
    effect = Effect(np.full(count, np.nan), np.full(count, np.nan))
    covariance: Floats = np.zeros((1, 1))
    events: Floats = data.events.astype(np.float64)
    information = events
    if test.kind == "response":
        statistic = mantel_haenszel(data, stratified=test.stratified)
        information = data.enrolled.sum(axis=1).astype(np.float64)
        effect = response_gain(data)
    else:
        deaths = deaths_at(data, stratified=test.stratified)
        if with_effect:
            effect = log_hazard_ratio(deaths)
        if test.kind == "rmst":
            gain = restricted_mean_gain(data, test.horizon)
            statistic = gain.value / gain.error  # not a number crosses no boundary
        else:
            found = weighted_log_rank(deaths, test.powers)
            statistic = found.statistic.max(axis=1)
            covariance = found.covariance.sum(axis=0)
            if test.powers != LOG_RANK and not test.is_max_combo:
                information = found.covariance[:, 0, 0]
    return LookResult(
        day=data.day,
        enrolled=entered,
        events=events,
        statistic=statistic,
        effect=effect,
        information=information,
        covariance=covariance,
    )


def _joined(parts: list[LookResult]) -> LookResult:
    def column(name: str) -> Floats:
        return np.concatenate([getattr(part, name) for part in parts])

    trials = sum(len(part.day) for part in parts)
    return LookResult(
        day=column("day"),
        enrolled=column("enrolled"),
        events=column("events"),
        statistic=column("statistic"),
        effect=Effect(
            np.concatenate([part.effect.value for part in parts]),
            np.concatenate([part.effect.error for part in parts]),
        ),
        information=column("information"),
        covariance=np.sum([part.covariance for part in parts], axis=0) / trials,
    )


def information_shares(results: Sequence[LookResult], looks: Sequence[Look], test: Test) -> list[float]:
    """Give the planned share of the information at each look.

    Planned events where the looks are at events of a test that rests on them, else the mean over the trials.

    Raises
    ------
    InputError
        If a look adds nothing to the one before.
    """
    planned = [look.events for look in looks]
    by_events = test.kind == "rmst" or (test.kind == "log-rank" and (test.powers == LOG_RANK or test.is_max_combo))
    if by_events and all(events is not None for events in planned):
        reached = [float(events or 0) for events in planned]
    else:
        reached = [float(result.information.mean()) for result in results]
    for number, (before, after) in enumerate(pairwise(reached), start=1):
        if after <= before * (1.0 + 1e-6):
            raise InputError(
                f"design.looks.{number}: learns no more than the look before ({after:g} after {before:g})",
                hint="set the looks further apart, or leave one out",
            )
    if reached[0] <= 0:
        raise InputError("design.looks.0: nothing is known yet at this look", hint="hold it later")
    return [one / reached[-1] for one in reached]


def find_boundaries(
    results: Sequence[LookResult],
    shares: Sequence[float],
    test: Test,
    *,
    spending: Spending,
    alpha: float,
    futility: Spending | None = None,
    beta: float = 0.1,
    binding: bool = False,
) -> Boundaries:
    """Find the boundaries of a design; arguments as in `boundaries_with_futility`.

    Those of a MaxCombo test come from draws of its statistics without an effect, with the mean covariance over the
    trials.
    """
    if test.is_max_combo:
        upper = _max_combo_boundaries(results, shares, spending, alpha)
        return Boundaries(tuple(shares), tuple(upper), (-np.inf,) * len(upper))
    if futility is None:
        return efficacy_boundaries(shares, spending, alpha)
    return boundaries_with_futility(shares, spending, alpha, futility, beta, binding=binding)


def _max_combo_boundaries(
    results: Sequence[LookResult], shares: Sequence[float], spending: Spending, alpha: float
) -> list[float]:
    """Draw all statistics of all looks together: a later score is the earlier one and what came after it."""
    looks, tests = len(results), len(results[0].covariance)
    whole = np.zeros((looks * tests, looks * tests))
    for one in range(looks):
        for other in range(looks):
            rows, columns = slice(one * tests, (one + 1) * tests), slice(other * tests, (other + 1) * tests)
            whole[rows, columns] = results[min(one, other)].covariance
    scale = np.sqrt(np.diag(whole))
    values, vectors = np.linalg.eigh(whole / np.outer(scale, scale))
    root = vectors * np.sqrt(np.maximum(values, 0.0) + _JITTER)
    drawn = np.random.default_rng(_SEED).standard_normal((_DRAWS, len(root))) @ root.T
    largest = drawn.reshape(_DRAWS, looks, tests).max(axis=2)
    upper, going, gone = [], np.ones(_DRAWS, np.bool_), 0
    for look, spent in enumerate(spending.spent(shares, alpha)):
        wanted = round(float(spent) * _DRAWS) - gone
        left = np.sort(largest[going, look])
        upper.append(float(left[-wanted]) if 0 < wanted <= len(left) else np.inf)
        going &= largest[:, look] < upper[-1]
        gone += max(wanted, 0)
    return upper
