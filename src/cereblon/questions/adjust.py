"""An indirect comparison with patients of one trial brought to the published baseline of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from cereblon.core.arguments import refuse_unused
from cereblon.core.errors import ArgumentError, InputError
from cereblon.core.rows import Row
from cereblon.core.text_tables import GivenTable
from cereblon.questions.adjusted_patients import (
    DrawnPatients,
    Patients,
    SimulatedPatients,
    known_patients,
    read_baseline,
    read_given_patients,
)
from cereblon.questions.adjustment_text import adjustment_text
from cereblon.questions.comparators import Against, PrintedCurve, PublishedRatio, ReadComparator, read_comparator
from cereblon.questions.result import Result
from cereblon.report.document import Document, part
from cereblon.synthesis.adjustment.comparison import AdjustedEffect, Outcome, outcome_of
from cereblon.synthesis.adjustment.maic import AdjustedComparison, matching_adjusted_comparison
from cereblon.synthesis.adjustment.regression import simulated_treatment_comparison
from cereblon.synthesis.adjustment.weights import MEDIAN_RULES, MatchedWeights, MedianRule, match_weights

if TYPE_CHECKING:
    import altair as alt

    from cereblon.synthesis.adjustment.patients import PatientData
    from cereblon.synthesis.adjustment.targets import AdjustmentTarget

Word = TypeVar("Word", bound=str)

_METHODS: tuple[Literal["maic", "stc"], ...] = ("maic", "stc")
_OUTCOMES: tuple[Outcome, ...] = ("time", "response")

_EFFECT = ("step", "treatment", "versus", "scale", "value", "low", "high", "log_value", "error", "method")
_BALANCE = ("label", "statistic", "before", "after", "target", "source")
_REPLICATES = 500  # of the bootstrap behind a regression of responses, where none were asked for
_LEAST_REPLICATES = 100


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PopulationAdjustment(Result):
    """Patients brought to the published baseline of another trial, and compared with it.

    Parameters
    ----------
    patients
        Whose outcomes were adjusted.
    comparator
        Name of what they are compared with.
    estimates
        From the unadjusted to the adjusted effect; none without a comparator.
    matched
        Weights of the patients; None for a regression.
    seed
        Of what was drawn.
    """

    patients: str
    comparator: str
    estimates: tuple[AdjustedEffect, ...]
    matched: MatchedWeights | None
    seed: int
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def effects(self) -> list[Row]:
        """One row for each step, from unadjusted to adjusted."""
        return [{name: getattr(line, name) for name in _EFFECT} for line in self.estimates]

    @property
    def balance(self) -> list[Row]:
        """Baseline figures before and after, beside the published ones; shares as fractions."""
        rows = self.matched.balance if self.matched else ()
        return [{name: getattr(row, name) for name in _BALANCE} for row in rows]

    @property
    def effective_sample_size(self) -> list[Row]:
        """By arm: patients, effective number, and the share kept."""
        if self.matched is None:
            return []
        effective = self.matched.effective_by_arm
        return [
            {"arm": name, "people": n, "effective": effective[name], "share": effective[name] / n}
            for name, n in self.matched.n_by_arm.items()
        ]

    @property
    def weights(self) -> list[float]:
        """One for each patient, with mean 1; none for a regression."""
        return [] if self.matched is None else self.matched.weights.tolist()

    def text(self) -> str:
        """Give effects, baseline before and after, and effective sample sizes."""
        return "\n\n".join(adjustment_text(self.estimates, self.matched))

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give effects where patients are compared, and balance, sizes and weights where they are weighted."""
        found: dict[str, Sequence[Row]] = {"effects": self.effects} if self.estimates else {}
        if self.matched is not None:
            found |= {"balance": self.balance, "effective_sample_size": self.effective_sample_size}
            found["weights"] = [{"person": i, "weight": weight} for i, weight in enumerate(self.weights, start=1)]
        return found

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw effects and weights."""
        from cereblon.report.matching import matching_chart

        return {"effects_and_weights": matching_chart(self.effects, self.weights)}

    def content(self) -> Mapping[str, object]:
        """Give effects, seed and warnings; of a weighting also balance, sizes and weights."""
        content: dict[str, object] = {"effects": self.effects, "warnings": self.warnings, "seed": self.seed}
        if self.matched is not None:
            content |= {"balance": self.balance, "effective_sample_size": self.effective_sample_size}
            content["weights"] = [round(weight, 8) for weight in self.weights]
        return content

    def document(self) -> Document:
        """Give effects, weights and baseline as a document."""
        panels = [part("Effects and weights" if self.estimates else "Weights", chart=self.chart())]
        titles = {
            "effects": "Effects",
            "balance": "Baseline before and after, shares as fractions",
            "effective_sample_size": "Effective sample size",
        }
        tables = self.tables()
        panels += [part(title, rows=tables[name]) for name, title in titles.items() if name in tables]
        lead = [f"Patients of {self.patients}, brought to the published baseline of {self.comparator}."]
        return Document(
            title=f"Adjusted comparison with {self.comparator}",
            lead=[*lead, *self.warnings, *self.notes],
            sections=panels,
        )

    def save_weights(self, path: Path | str) -> Path:
        """Write each person's weight as CSV: person, weight.

        Raises
        ------
        InputError
            If there are no weights, or the file cannot be written.
        """
        from cereblon.core.output import csv_text
        from cereblon.core.output_files import write_text

        if self.matched is None:
            raise InputError("there are no weights to write: a regression has none")
        rows = [{"person": i, "weight": f"{weight:.8g}"} for i, weight in enumerate(self.weights, start=1)]
        write_text(Path(path), csv_text(rows))
        return Path(path)


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
        If a file cannot be read, the populations do not overlap, or arms and outcome do not fit the comparator.

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
    way = _word("method", method, _METHODS) or "maic"
    which, rule = _word("outcome", outcome, _OUTCOMES), _word("median_rule", median_rule, tuple(MEDIAN_RULES))
    if bootstrap is not None and bootstrap < _LEAST_REPLICATES:
        raise ArgumentError(
            f"bootstrap is {bootstrap}; at least {_LEAST_REPLICATES} replicates are needed for an interval"
        )
    asked = known_patients(patients)
    given = {"method": way, "arm": arm, "control": control, "outcome": which, "bootstrap": bootstrap}
    given |= {"median_rule": rule, "comparator": comparator, "time_unit": time_unit}
    _check_use(asked, against, given)
    who = read_given_patients(
        asked, time_unit=time_unit, event_coding=event_coding, allow_implausible=allow_implausible, seed=seed
    )
    published = read_baseline(baseline, arm=baseline_arm, match=match)
    if rule is not None and not any(figure.statistic == "median" for figure in published.figures):
        raise ArgumentError("median_rule applies only where a median is matched")
    label = comparator or published.study or "comparator"
    notes = [*who.notes, *_not_matched(who, published.figures), *published.notes]
    if leave_out_missing:
        who, dropped = who.complete([figure.covariate for figure in published.figures])
        if not dropped:
            raise ArgumentError("leave_out_missing changes nothing: no matched covariate is missing in anybody")
        notes += dropped
    if against is None:
        alone = _weights_alone(who, published.figures, label, arm, rule or "above", seed)
        return replace(alone, notes=(*notes, *alone.notes))
    other = read_comparator(against, label, time_unit=time_unit, allow_implausible=allow_implausible)
    if way == "stc":
        found = _regressed(who, published.figures, other, arm, control, which, bootstrap, seed)
    else:
        found = matching_adjusted_comparison(
            who,
            published.figures,
            other.comparator,
            arm=arm,
            control=control,
            outcome=which,
            interval="sandwich" if bootstrap is None else "bootstrap",
            replicates=bootstrap or _REPLICATES,
            seed=seed,
            median_rule=rule or "above",
        )
    return PopulationAdjustment(
        patients=who.where,
        comparator=label,
        estimates=found.effects,
        matched=found.weights,
        seed=seed,
        notes=(*notes, *other.notes, *found.notes),
        warnings=(*other.warnings, *found.warnings),
    )


def _weights_alone(
    who: PatientData, figures: Sequence[AdjustmentTarget], label: str, arm: str | None, rule: MedianRule, seed: int
) -> PopulationAdjustment:
    """Give the weights where there is nothing to compare with."""
    matched = match_weights(who if arm is None else who.only([arm]), figures, median_rule=rule)
    return PopulationAdjustment(
        patients=who.where,
        comparator=label,
        estimates=(),
        matched=matched,
        seed=seed,
        notes=matched.notes,
        warnings=matched.warnings,
    )


def _regressed(
    who: PatientData,
    figures: Sequence[AdjustmentTarget],
    other: ReadComparator,
    arm: str | None,
    control: str | None,
    outcome: Outcome | None,
    bootstrap: int | None,
    seed: int,
) -> AdjustedComparison:
    """Compare by regression; times have an interval without a bootstrap."""
    if bootstrap is not None and outcome_of(who, other.comparator, outcome) == "time":
        refuse_unused({"bootstrap": bootstrap}, "with method stc and times nothing is drawn")
    return simulated_treatment_comparison(
        who,
        figures,
        other.comparator,
        arm=arm,
        control=control,
        outcome=outcome,
        replicates=bootstrap or _REPLICATES,
        seed=seed,
    )


def _word(name: str, given: str | None, allowed: Sequence[Word]) -> Word | None:
    """Find an argument among its words, whatever its case."""
    if given is None:
        return None
    found = next((word for word in allowed if word == given.lower()), None)
    if found is None:
        raise ArgumentError(f"{name} is {given!r}; allowed: {', '.join(allowed)}")
    return found


def _check_use(patients: Patients, against: Against | None, given: Mapping[str, object]) -> None:
    """Refuse arguments that would change nothing beside the patients, the comparator and the method."""
    if against is None:
        if given["method"] == "stc":
            raise ArgumentError("method stc needs a comparator: a published ratio or responders")
        refuse_unused(_these(given, "bootstrap", "outcome", "control", "comparator"), "there is no comparator")
    elif not isinstance(against, PublishedRatio):
        refuse_unused(_these(given, "outcome"), "responders and curves say which outcome it is")
    if given["method"] == "stc":
        refuse_unused(_these(given, "median_rule"), "a regression takes a median for the mean")
    if isinstance(patients, DrawnPatients):
        refuse_unused(_these(given, "arm"), "patients of a population have one arm")
    if isinstance(patients, DrawnPatients | SimulatedPatients) and not isinstance(against, PrintedCurve):
        refuse_unused(_these(given, "time_unit"), "no table of times is read")


def _these(given: Mapping[str, object], *names: str) -> dict[str, object]:
    return {name: given[name] for name in names}


def _not_matched(patients: PatientData, figures: Sequence[AdjustmentTarget]) -> list[str]:
    """Name the covariates that no figure is matched with, and an outcome that is not compared."""
    used = {figure.covariate for figure in figures}
    left = sorted(set(patients.covariates) - used)
    found = [f"{patients.where}: not matched: {', '.join(left)}"] if left else []
    both = patients.month is not None and patients.response is not None
    return [*found, *([f"{patients.where}: holds times and a response; one of them is compared"] if both else [])]
