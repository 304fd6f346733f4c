"""A target trial carried out in observed patients: the estimate, the naive one, and others beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from cereblon.cohort.target_trial.clone_censor import Candidates, at_landmark, cloned, naive
from cereblon.cohort.target_trial.effects import ArmRows, EmulatedEffect, Ints, resampled_effect
from cereblon.cohort.target_trial.logistic import Fit, Floats, fit_logistic
from cereblon.cohort.target_trial.nested_trials import fit_trials
from cereblon.cohort.target_trial.patients_at_zero import AtZero
from cereblon.cohort.target_trial.propensity import Weighted, balance, doubts, effective_size, propensity_weights
from cereblon.cohort.target_trial.protocol import TargetTrial
from cereblon.core.errors import InputError
from cereblon.core.time_units import DAYS_PER_MONTH

_PERIOD_DAYS = 30


@dataclass(frozen=True, slots=True)
class Analysis:
    """One way to estimate the effect.

    Parameters
    ----------
    name
        What it is.
    estimated
        Effect and samples; times in months.
    patients, patients_versus
        In each group, or copies of patients.
    """

    name: str
    estimated: EmulatedEffect
    patients: int
    patients_versus: int


@dataclass(frozen=True, slots=True)
class Emulated:
    """What came of a target trial.

    Parameters
    ----------
    analyses
        The one asked for first; the naive one last.
    balance
        Per covariate, before and after weighting.
    effective, effective_versus
        Size of the weighted groups by Kish.
    doubts
        In sentences.
    nested
        Hazard ratio of assignment in the trials that begin in every 30 days; None unless asked for.
    """

    analyses: tuple[Analysis, ...]
    balance: tuple[dict[str, str | float], ...]
    effective: float
    effective_versus: float
    doubts: tuple[str, ...]
    nested: float | None = None


def emulate(at_zero: AtZero, trial: TargetTrial) -> Emulated:
    """Carry out a target trial.

    Raises
    ------
    InputError
        If a group has no outcome, or weights cannot be estimated.
    """
    return _of_regimens(at_zero, trial) if trial.time_zero == "line" else _of_maintenance(at_zero, trial)


def _of_regimens(at_zero: AtZero, trial: TargetTrial) -> Emulated:
    treated, months = at_zero.treated, at_zero.time / DAYS_PER_MONTH
    entry = at_zero.entry / DAYS_PER_MONTH if at_zero.entry.any() else None

    def rows(chosen: Ints, weight: Floats) -> ArmRows:
        return ArmRows(
            months[chosen], at_zero.event[chosen], treated[chosen], weight, None if entry is None else entry[chosen]
        )

    def weighted(chosen: Ints, fit: Fit) -> Weighted:
        return propensity_weights(
            at_zero.design[chosen], treated[chosen], estimand=trial.estimand, truncate=trial.truncate, fit=fit
        )

    def run(name: str, is_weighted: bool) -> Analysis:
        done = resampled_effect(
            lambda chosen, fit: rows(chosen, weighted(chosen, fit).weight if is_weighted else np.ones(len(chosen))),
            len(treated),
            horizon=trial.horizon_months,
            replicates=trial.replicates,
            seed=trial.seed,
        )
        return Analysis(name, done, int(treated.sum()), int((~treated).sum()))

    everybody = np.arange(len(treated))
    whole = weighted(everybody, fit_logistic)
    table = balance(at_zero.design, at_zero.names, treated, whole.weight)
    return Emulated(
        (run("weighted", True), run("unweighted (naive)", False)),
        tuple(table),
        effective_size(whole.weight[treated]),
        effective_size(whole.weight[~treated]),
        tuple(doubts(whole, treated, table, names=(trial.strategy.label, trial.versus.label))),
    )


def _of_maintenance(at_zero: AtZero, trial: TargetTrial) -> Emulated:
    patients = Candidates(at_zero.time, at_zero.event, at_zero.maintenance, at_zero.design)

    def cloned_rows(chosen: Ints, fit: Fit) -> ArmRows:
        return _in_months(cloned(patients.take(chosen), grace=trial.grace_days, fit=fit))

    def landmark_rows(chosen: Ints, fit: Fit) -> ArmRows:
        rows, design, _ = at_landmark(patients.take(chosen), trial.landmark_days)
        weight = propensity_weights(design, rows.above, truncate=trial.truncate, fit=fit).weight
        return _in_months(ArmRows(rows.time, rows.event, rows.above, weight))

    ways = {
        "clone, censor, weight": cloned_rows,
        f"landmark at day {trial.landmark_days}": landmark_rows,
        "ever began (naive)": lambda chosen, _: _in_months(naive(patients.take(chosen))),
    }
    there = patients.time > trial.landmark_days
    begun = patients.begun
    counts = [
        (len(begun), len(begun)),
        (int((begun[there] <= trial.landmark_days).sum()), int((begun[there] > trial.landmark_days).sum())),
        (int(np.isfinite(begun).sum()), int((~np.isfinite(begun)).sum())),
    ]
    analyses = [
        Analysis(
            name,
            resampled_effect(
                way, len(begun), horizon=trial.horizon_months, replicates=trial.replicates, seed=trial.seed
            ),
            *count,
        )
        for (name, way), count in zip(ways.items(), counts, strict=True)
    ]
    beyond = patients.time > trial.grace_days
    done, design = begun[beyond] <= trial.grace_days, at_zero.design[beyond]
    weighted = propensity_weights(design, done, truncate=trial.truncate)
    table = balance(design, at_zero.names, done, weighted.weight)
    return Emulated(
        tuple(analyses),
        tuple(table),
        effective_size(weighted.weight[done]),
        effective_size(weighted.weight[~done]),
        tuple(doubts(weighted, done, table, names=(trial.strategy.label, trial.versus.label))),
        _nested_ratio(patients, at_zero.names, trial.grace_days) if trial.nested else None,
    )


def _nested_ratio(patients: Candidates, names: Sequence[str], grace: float) -> float:
    """Give the hazard ratio of beginning in a period, over the trials that begin in each of the grace period."""
    last = (np.maximum(patients.time - 1, 0) // _PERIOD_DAYS).astype(np.int64)
    person = np.repeat(np.arange(len(last)), last + 1)
    period = np.arange(len(person)) - np.repeat(np.cumsum(last + 1) - (last + 1), last + 1)
    first = np.floor(patients.begun / _PERIOD_DAYS)[person]
    rows = {
        "person": person,
        "period": period,
        "eligible": (first >= period) & ((period + 1) * _PERIOD_DAYS <= grace),
        "treated": first == period,
        "outcome": patients.event[person] & (period == last[person]),
        **{name: patients.design[person, place] for place, name in enumerate(names)},
    }
    return float(np.exp(fit_trials(pl.DataFrame(rows), fixed=names).coefficient("assigned")))


def _in_months(rows: ArmRows) -> ArmRows:
    entry = None if rows.entry is None else rows.entry / DAYS_PER_MONTH
    return ArmRows(rows.time / DAYS_PER_MONTH, rows.event, rows.above, rows.weight, entry)


def negative_controls(
    at_zero: AtZero, trial: TargetTrial, outcomes: pl.DataFrame
) -> list[tuple[str, EmulatedEffect]]:
    """Estimate the effect on outcomes that the treatment cannot cause: any effect shows what weights left.

    Parameters
    ----------
    at_zero
        Eligible patients, of a comparison of regimens.
    trial
        The target trial.
    outcomes
        outcome (its name), person_id, day (from time zero).

    Raises
    ------
    InputError
        Naming the outcome that too few have for an estimate.
    """
    treated, found = at_zero.treated, []
    place = {person: row for row, person in enumerate(at_zero.person)}
    for (name,), rows in outcomes.group_by("outcome", maintain_order=True):
        day = np.full(len(treated), np.inf)
        for person, when in rows.select("person_id", "day").iter_rows():
            if person in place and when > 0:
                day[place[person]] = min(day[place[person]], when)
        event = day <= at_zero.time
        months = np.minimum(day, at_zero.time) / DAYS_PER_MONTH

        def analyse(chosen: Ints, fit: Fit, months: Floats = months, event: np.ndarray = event) -> ArmRows:
            weight = propensity_weights(
                at_zero.design[chosen], treated[chosen], estimand=trial.estimand, truncate=trial.truncate, fit=fit
            ).weight
            return ArmRows(months[chosen], event[chosen], treated[chosen], weight)

        try:
            done = resampled_effect(
                analyse, len(treated), horizon=trial.horizon_months, replicates=trial.replicates, seed=trial.seed
            )
        except InputError as error:
            raise InputError(f"controls, {name}: {error.message}", hint="leave it out of the table") from error
        found.append((str(name), done))
    return found
