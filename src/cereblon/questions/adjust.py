"""An indirect comparison with patients of one trial brought to the published baseline of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeVar

from cereblon.core.arguments import refuse_unused
from cereblon.core.control_characters import refuse_control_characters
from cereblon.core.errors import ArgumentError, InputError
from cereblon.core.given_tables import GivenTable
from cereblon.core.names import find_name_problem
from cereblon.questions.adjusted_patients import (
    DrawnPatients,
    Patients,
    SimulatedPatients,
    known_patients,
    read_baseline,
    read_given_patients,
)
from cereblon.questions.comparators import Against, PrintedCurve, PublishedRatio, ReadComparator, read_comparator
from cereblon.questions.population_adjustment import PopulationAdjustment
from cereblon.synthesis.adjustment.comparison import Outcome, outcome_of
from cereblon.synthesis.adjustment.maic import AdjustedComparison, matching_adjusted_comparison
from cereblon.synthesis.adjustment.regression import simulated_treatment_comparison
from cereblon.synthesis.adjustment.weights import MEDIAN_RULES, MedianRule, match_weights

if TYPE_CHECKING:
    from cereblon.synthesis.adjustment.patients import PatientData
    from cereblon.synthesis.adjustment.targets import AdjustmentTarget

Word = TypeVar("Word", bound=str)

_METHODS: tuple[Literal["maic", "stc"], ...] = ("maic", "stc")
_OUTCOMES: tuple[Outcome, ...] = ("time", "response")

_REPLICATES = 500  # of the bootstrap behind a regression of responses, where none were asked for
_LEAST_REPLICATES = 100


def adjust(
    patients: Patients,
    baseline: GivenTable,
    *,
    against: Against | None = None,
    comparator: str | None = None,
    arm: str | None = None,
    control: str | None = None,
    baseline_arm: str | None = None,
    match: str | Sequence[str] | None = None,
    method: str = "maic",
    outcome: str | None = None,
    bootstrap: int | None = None,
    median_rule: str | None = None,
    time_unit: str | None = None,
    event_coding: str | None = None,
    allow_implausible: bool = False,
    leave_out_missing: bool = False,
    seed: int = 1,
) -> PopulationAdjustment:
    """Adjust an indirect comparison for the population: matching (MAIC) or regression (STC).

    Against a published ratio the comparison is anchored on the control that both trials have; against responders or
    a printed curve it is not, and rests on every prognostic factor being matched. Without a comparator the weights
    alone are given.

    Parameters
    ----------
    patients
        Individuals with covariates, arm, and month with event, or response: a path or a table; a run folder or
        `SimulatedPatients` of it; the name of a virtual population or `DrawnPatients` of it.
    baseline
        Id of a study or path of a study file whose baseline is matched; or a table of covariate, statistic, value.
    against
        `PublishedRatio`, `Responders` or `PrintedCurve` of the comparator.
    comparator
        Name of the comparator; that of the study if None.
    arm
        Arm of the patients that is compared.
    control
        Control arm of the patients, which the other trial has too.
    baseline_arm
        Arm of the study that is matched; the whole study if None.
    match
        Figures to match; all if None.
    method
        maic (reweight) or stc (regress).
    outcome
        time or response, where the patients have both and a ratio does not say which.
    bootstrap
        Bootstrap replicates, at least 100; a sandwich interval if None (maic).
    median_rule
        Published medians: above (strictly, as R maicplus; the default) or half (ties count half).
    time_unit
        Unit of a column called time, which does not say it: months, years, weeks, days.
    event_coding
        Events written as numbers: 0/1, 1/2 (2 is the event) or cnsr (0 is the event).
    allow_implausible
        Accept numbers beyond what a quantity can be.
    leave_out_missing
        Leave out patients in whom a matched covariate is missing; refused otherwise.
    seed
        Seed of draws.

    Returns
    -------
        Effects from unadjusted to adjusted, weights, and the baseline before and after.

    Raises
    ------
    ArgumentError
        If an argument is out of its range or would change nothing.
    UnknownNameError
        If a study, a population, an arm or a figure is not known.
    InputError
        If a file cannot be read, the name of the comparator is none, the populations do not overlap, or arms and
        outcome do not fit the comparator.

    Source
    ------
    Signorovitch et al., Pharmacoeconomics 2010;28:935 (matching); Phillippo et al., NICE DSU Technical Support
    Document 18, 2016.

    Examples
    --------
    >>> import cereblon as cb
    >>> patients = {"arm": ["new"] * 6, "age": [50, 56, 60, 64, 70, 75], "response": [1, 1, 0, 1, 0, 1]}
    >>> baseline = {"covariate": ["age"], "statistic": ["mean"], "value": [66]}
    >>> found = cb.adjust(patients, baseline, against=cb.Responders(30, 60))
    >>> round(found.balance[0]["after"], 6)
    66.0
    """
    choices = _Choices(
        method=_word("method", method, _METHODS) or "maic",
        arm=arm,
        control=control,
        outcome=_word("outcome", outcome, _OUTCOMES),
        bootstrap=bootstrap,
        median_rule=_word("median_rule", median_rule, tuple(MEDIAN_RULES)),
        seed=seed,
    )
    asked = known_patients(patients)
    _check_use(asked, against, choices, comparator=comparator, time_unit=time_unit)
    who = read_given_patients(
        asked, time_unit=time_unit, event_coding=event_coding, allow_implausible=allow_implausible, seed=seed
    )
    published = read_baseline(baseline, arm=baseline_arm, match=match)
    figures, label = published.figures, _label(comparator or published.study or "comparator")
    if choices.median_rule is not None and not any(figure.statistic == "median" for figure in figures):
        raise ArgumentError("median_rule applies only where a median is matched")
    notes = [*who.notes, *_not_matched(who, figures), *published.notes]
    if leave_out_missing:
        who, dropped = who.complete([figure.covariate for figure in figures])
        if not dropped:
            raise ArgumentError("leave_out_missing changes nothing: no matched covariate is missing in anybody")
        notes += dropped
    if against is None:
        alone = _weights_alone(who, figures, label, choices)
        return replace(alone, notes=(*notes, *alone.notes))
    other = read_comparator(against, label, time_unit=time_unit, allow_implausible=allow_implausible)
    found = (_regressed if choices.method == "stc" else _matched)(who, figures, other, choices)
    return PopulationAdjustment(
        patients=who.where,
        comparator=label,
        estimates=found.effects,
        matched=found.weights,
        seed=seed,
        notes=(*notes, *other.notes, *found.notes),
        warnings=(*other.warnings, *found.warnings),
    )


@dataclass(frozen=True, kw_only=True)
class _Choices:
    """How patients are compared."""

    method: Literal["maic", "stc"]
    arm: str | None
    control: str | None
    outcome: Outcome | None
    bootstrap: int | None
    median_rule: MedianRule | None
    seed: int

    def __post_init__(self) -> None:
        if self.bootstrap is not None and self.bootstrap < _LEAST_REPLICATES:
            raise ArgumentError(
                f"bootstrap is {self.bootstrap}; at least {_LEAST_REPLICATES} replicates are needed for an interval"
            )


def _label(comparator: str) -> str:
    """Give the name of the comparator, or refuse what is none."""
    if problem := find_name_problem(comparator):
        raise InputError(f"comparator: {problem}")
    refuse_control_characters(comparator, where="comparator")
    return comparator


def _weights_alone(
    who: PatientData, figures: Sequence[AdjustmentTarget], label: str, choices: _Choices
) -> PopulationAdjustment:
    """Give the weights where there is nothing to compare with."""
    chosen = who if choices.arm is None else who.only([choices.arm])
    matched = match_weights(chosen, figures, median_rule=choices.median_rule or "above")
    return PopulationAdjustment(
        patients=who.where,
        comparator=label,
        estimates=(),
        matched=matched,
        seed=choices.seed,
        notes=matched.notes,
        warnings=matched.warnings,
    )


def _matched(
    who: PatientData, figures: Sequence[AdjustmentTarget], other: ReadComparator, choices: _Choices
) -> AdjustedComparison:
    """Compare by weights."""
    return matching_adjusted_comparison(
        who,
        figures,
        other.comparator,
        arm=choices.arm,
        control=choices.control,
        outcome=choices.outcome,
        interval="sandwich" if choices.bootstrap is None else "bootstrap",
        replicates=choices.bootstrap or _REPLICATES,
        seed=choices.seed,
        median_rule=choices.median_rule or "above",
    )


def _regressed(
    who: PatientData, figures: Sequence[AdjustmentTarget], other: ReadComparator, choices: _Choices
) -> AdjustedComparison:
    """Compare by regression; times have an interval without a bootstrap."""
    if choices.bootstrap is not None and outcome_of(who, other.comparator, choices.outcome) == "time":
        refuse_unused({"bootstrap": choices.bootstrap}, "with method stc and times nothing is drawn")
    return simulated_treatment_comparison(
        who,
        figures,
        other.comparator,
        arm=choices.arm,
        control=choices.control,
        outcome=choices.outcome,
        replicates=choices.bootstrap or _REPLICATES,
        seed=choices.seed,
    )


def _word(name: str, given: str | None, allowed: Sequence[Word]) -> Word | None:
    """Find an argument among its words, whatever its case."""
    if given is None:
        return None
    found = next((word for word in allowed if word == given.lower()), None)
    if found is None:
        raise ArgumentError(f"{name} is {given!r}; allowed: {', '.join(allowed)}")
    return found


def _check_use(
    patients: Patients, against: Against | None, choices: _Choices, *, comparator: str | None, time_unit: str | None
) -> None:
    """Refuse arguments that would change nothing beside the patients, the comparator and the method."""
    if against is None:
        if choices.method == "stc":
            raise ArgumentError("method stc needs a comparator: a published ratio or responders")
        unused = {"bootstrap": choices.bootstrap, "outcome": choices.outcome, "control": choices.control}
        refuse_unused({**unused, "comparator": comparator}, "there is no comparator")
    elif not isinstance(against, PublishedRatio):
        refuse_unused({"outcome": choices.outcome}, "responders and curves say which outcome it is")
    if choices.method == "stc":
        refuse_unused({"median_rule": choices.median_rule}, "a regression takes a median for the mean")
    if isinstance(patients, DrawnPatients):
        refuse_unused({"arm": choices.arm}, "patients of a population have one arm")
    if isinstance(patients, DrawnPatients | SimulatedPatients) and not isinstance(against, PrintedCurve):
        refuse_unused({"time_unit": time_unit}, "no table of times is read")


def _not_matched(patients: PatientData, figures: Sequence[AdjustmentTarget]) -> list[str]:
    """Name the covariates that no figure is matched with, and an outcome that is not compared."""
    used = {figure.covariate for figure in figures}
    left = sorted(set(patients.covariates) - used)
    found = [f"{patients.where}: not matched: {', '.join(left)}"] if left else []
    both = patients.month is not None and patients.response is not None
    return [*found, *([f"{patients.where}: holds times and a response; one of them is compared"] if both else [])]
