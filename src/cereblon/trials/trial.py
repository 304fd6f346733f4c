"""A virtual trial: arms, population, size, follow-up, visits, seed; read from a file or built in Python."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from cereblon.core.time_units import EARLIEST_YEAR, LATEST_YEAR
from cereblon.core.validation import Name, StrictModel, validate
from cereblon.core.words import same_but_written_otherwise
from cereblon.trials.accrual import Accrual, steady
from cereblon.trials.design_plan import DesignPlan
from cereblon.trials.estimand_plan import EstimandPlan

if TYPE_CHECKING:
    from cereblon.outcomes import SummaryChoices

_KEY = r"^[a-z0-9][a-z0-9-]{0,63}$"


def is_path(text: str) -> bool:
    """Say whether a text names a file rather than an entry of a library."""
    return text.endswith((".yaml", ".yml")) or "/" in text


def _check_study(text: str) -> str:
    if not (is_path(text) or re.match(_KEY, text)):
        raise ValueError(f"{text!r} is neither the key of a study nor the path of a study file")
    return text


Key = Annotated[str, Field(pattern=_KEY)]
StudyName = Annotated[str, AfterValidator(_check_study)]
_MOST_ARMS = 6  # colours of arms in figures, which colour-blind readers tell apart
_MOST_SUBJECTS = 2**32 - 1  # random streams tell no more apart
_ALLOCATION_OFF = 0.02  # sizes are whole numbers, so that proportions are met roughly
_SHARES_OFF = 1e-6  # shares are written with a few digits, as in 0.33, 0.33, 0.34


class ArmPlan(StrictModel):
    """One arm.

    Parameters
    ----------
    strategy
        Name of a strategy of the library, path of a strategy file, or the strategy itself.
    regimen
        Instead of a strategy: a single line of treatment, by name, path or in full.
    label
        For tables and figures; the arm's key unless given.
    size
        Subjects of the arm in one trial; with a run-in those who enter it, of whom fewer are randomised.
    """

    strategy: str | dict[str, Any] | None = None
    regimen: str | dict[str, Any] | None = None
    label: Name | None = None
    size: Annotated[int, Field(ge=1, le=1_000_000)]

    @model_validator(mode="after")
    def _one_treatment(self) -> ArmPlan:
        if (self.strategy is None) == (self.regimen is None):
            raise ValueError("give either a strategy or a regimen")
        return self


class PopulationPlan(StrictModel):
    """Who is enrolled: a population of the library or a file, as it is or made like a published study."""

    base: str | None = None
    like: StudyName | None = None

    @model_validator(mode="after")
    def _something(self) -> PopulationPlan:
        if self.base is None and self.like is None:
            raise ValueError("give base (a population), like (a study), or both")
        return self


class VisitPlan(StrictModel):
    """When the disease is measured."""

    response_every_weeks: Annotated[int, Field(ge=1, le=26)] = 4


class RunInPart(StrictModel):
    """What some of the patients have before randomisation.

    Parameters
    ----------
    regimen
        Name, path or in full.
    share
        Of those who begin.
    """

    regimen: str | dict[str, Any]
    share: Annotated[float, Field(gt=0, le=1)]


class RecordPlan(StrictModel):
    """What the trial put on record of what could be seen.

    Parameters
    ----------
    deep_response
        Share of patients whose very good partial or complete response is on record; the others count as partial
        response.
    mrd_tested
        Whether residual disease is tested in deep responses; as the study publishes it unless given.
    source
        Where this comes from.
    """

    deep_response: Annotated[float, Field(gt=0, le=1)] = 1.0
    mrd_tested: bool | None = None
    source: str


class TrialPlan(StrictModel):
    """A virtual trial.

    Parameters
    ----------
    id
        Key of the trial; names the run folder.
    title
        One line for the report.
    study
        Key of the published study that it replicates, or path of its file, if any.
    study_arms
        Published arm of each arm of the trial; equal keys need no entry.
    population
        Who is enrolled.
    run_in
        Regimen that everybody has before randomisation: name, path or in full; or several, each with its share of the
        patients. Who has progressed, died or stopped by its end is not randomised; days, response and adverse events
        count from then.
    counted_from
        `start`: everybody who begins `run_in` is in the trial, and all is counted from there, as where the patients
        of one arm have different first treatments.
    arms
        By key, in the order of the report.
    comparator
        Arm that every other is read over in a comparison; without it arms are not compared.
    enrolment_months
        Length of uniform enrolment.
    enrolment_year
        Calendar year of its middle, by which complete response gets on record and the disease grows.
    follow_up_months
        Median time from randomisation to the data cut, in months.
    dropout_per_year
        Hazard of loss to follow-up.
    visits
        Schedule of response visits.
    recorded
        What is known of how completely responses get on record.
    estimands
        By which convention progression-free survival and response are counted.
    rules
        Dose rules: name of a set of the library, path of a rule file, or the rules themselves.
    replicates
        Number of trials of this size; prediction intervals come from their spread.
    seed
        Of the run.
    parameters
        Changes of model parameters, by group and name.
    design
        What is planned beside the treatments: endpoint, errors, looks, accrual.
    sources
        Where the trial's size, enrolment and follow-up come from.
    notes
        Remarks for the report.
    """

    id: Key
    title: Name
    study: StudyName | None = None
    study_arms: dict[Key, Key] = Field(default_factory=dict)
    population: PopulationPlan
    run_in: tuple[RunInPart, ...] = ()
    counted_from: Literal["randomisation", "start"] = "randomisation"
    arms: Annotated[dict[Key, ArmPlan], Field(min_length=1)]
    comparator: str | None = None
    enrolment_months: Annotated[float, Field(ge=0, le=120)] = 0
    enrolment_year: Annotated[float, Field(ge=EARLIEST_YEAR, le=LATEST_YEAR)] | None = None
    follow_up_months: Annotated[float, Field(gt=0, le=240)]
    dropout_per_year: Annotated[float, Field(ge=0, lt=1)] = 0.0
    visits: VisitPlan = VisitPlan()
    recorded: RecordPlan | None = None
    estimands: EstimandPlan | None = None
    rules: str | dict[str, Any] = "us-label"
    replicates: Annotated[int, Field(ge=1, le=10_000)] = 40
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 1
    parameters: dict[str, dict[str, float]] = Field(default_factory=dict)
    design: DesignPlan | None = None
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @field_validator("run_in", mode="before")
    @classmethod
    def _in_parts(cls, run_in: Any) -> Any:
        if run_in is None:
            return ()
        if isinstance(run_in, (str, dict)):
            return ({"regimen": run_in, "share": 1.0},)
        if not isinstance(run_in, (list, tuple)):
            raise ValueError("a regimen is needed (name, path or in full), or a list of regimens with shares")
        return run_in

    @field_validator("arms", mode="before")
    @classmethod
    def _named(cls, arms: Any) -> Any:
        if not isinstance(arms, dict):
            raise ValueError("a mapping from arm key to its plan is needed")
        if len(arms) > _MOST_ARMS:
            raise ValueError(
                f"{len(arms)} are there; at most {_MOST_ARMS} are compared in one trial, as figures have that many "
                "colours; write a second file for the others"
            )
        return arms

    @model_validator(mode="after")
    def _fits_together(self) -> TrialPlan:
        problems = []
        problems += self._problems_of_design()
        if self.follow_up_months - self.enrolment_months / 2 <= 0:
            problems.append(
                f"follow_up_months {self.follow_up_months:g} is the median, so it must exceed half of "
                f"enrolment_months {self.enrolment_months:g}"
            )
        elif (left := self.longest_follow_up_months - self.last_enrolment_months) <= 0:
            problems.append(
                f"follow_up_months {self.follow_up_months:g} is the median; with this accrual the last patient would "
                f"be enrolled {-left:.1f} months after the data cut"
            )
        strangers = set(self.study_arms) - set(self.arms)
        if strangers:
            problems.append(f"study_arms names {', '.join(sorted(strangers))}, which is no arm of the trial")
        if self.comparator is not None and self.comparator not in self.arms:
            problems.append(f"comparator {self.comparator} is no arm of the trial; arms: {', '.join(self.arms)}")
        if self.comparator is not None and len(self.arms) == 1:
            problems.append("comparator: a trial of one arm has none")
        if self.study_arms and self.study is None:
            problems.append("study_arms needs a study")
        labels = [arm.label or key for key, arm in self.arms.items()]
        doubled = sorted({label for label in labels if labels.count(label) > 1})
        if doubled:
            problems.append(f"arms: more than one is labelled {', '.join(doubled)}")
        elif two := same_but_written_otherwise(labels):
            problems.append(f"arms: the labels {two[0]!r} and {two[1]!r} differ in nothing but how they are written")
        if self.run_in and abs(sum(part.share for part in self.run_in) - 1.0) > _SHARES_OFF:
            shares = " + ".join(f"{part.share:g}" for part in self.run_in)
            problems.append(f"run_in: the shares must add up to 1, got {shares}")
        if self.counted_from == "start" and not self.run_in:
            problems.append("counted_from: start has a meaning only with run_in, which says what patients start with")
        if self.subjects > _MOST_SUBJECTS:
            problems.append(f"{self.subjects} subjects in all replicates; at most {_MOST_SUBJECTS}")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def size(self) -> int:
        """Subjects of one trial."""
        return sum(arm.size for arm in self.arms.values())

    @property
    def extent(self) -> str:
        """How much is simulated, in words."""
        trials = "1 trial" if self.replicates == 1 else f"{self.replicates} trials"
        return f"{trials} of {self.size} subjects"

    @property
    def subjects(self) -> int:
        """Subjects of all replicate trials."""
        return self.size * self.replicates

    @property
    def choices(self) -> SummaryChoices:
        """How outcomes are summarised."""
        return (self.estimands or EstimandPlan()).choices(self.visits.response_every_weeks)

    @property
    def estimand_sentences(self) -> list[str]:
        """By which conventions outcomes are counted, in words; nothing where the trial names none."""
        return [] if self.estimands is None else self.estimands.sentences(self.visits.response_every_weeks)

    @property
    def uncompared(self) -> str:
        """Say why arms are not compared; nothing where they are, or where there is one arm."""
        if len(self.arms) == 1 or self.comparator is not None:
            return ""
        return (
            f"{self.id}: the arms are {', '.join(self.arms)}, and none is named as the comparator, so a hazard ratio "
            f"could be read either way round; `comparator: {list(self.arms)[-1]}` in the trial file names one"
        )

    def _problems_of_design(self) -> list[str]:
        if self.design is None:
            return []
        problems = []
        if self.design.accrual is not None and self.enrolment_months:
            problems.append(
                "design.accrual and enrolment_months both say how patients are enrolled; give one of them"
            )
        for place, look in enumerate(self.design.looks):
            if look.events is not None and look.events >= self.size:
                problems.append(f"design.looks.{place}: {look.events} events of {self.size} patients never happen")
            if look.months is not None and look.months > self.longest_follow_up_months:
                problems.append(
                    f"design.looks.{place}: month {look.months:g} is after the data cut in month "
                    f"{self.longest_follow_up_months:.1f}; follow_up_months moves it"
                )
        horizon, cut = self.design.how.horizon_months, self.longest_follow_up_months
        last = next((look.months for look in self.design.looks[-1:] if look.months is not None), cut)
        if horizon is not None and horizon >= min(last, cut):
            problems.append(
                f"design.test.horizon_months: nobody is followed for {horizon:g} months at the last look, in month "
                f"{min(last, cut):.1f} of the trial"
            )
        beside = self.design.co_primary
        if beside is not None and beside.months > self.longest_follow_up_months:
            problems.append(
                f"design.co_primary.months: month {beside.months:g} is after the data cut in month "
                f"{self.longest_follow_up_months:.1f}"
            )
        given = self.design.allocation
        if given is not None and set(given) != set(self.arms):
            problems.append(f"design.allocation: names {', '.join(given)}; the arms are {', '.join(self.arms)}")
        elif given is not None and not all(one > 0 for one in given.values()):
            shares = ", ".join(f"{key} {one:g}" for key, one in given.items())
            problems.append(f"design.allocation: every arm needs a number above 0, got {shares}")
        elif given is not None:
            parts = sum(given.values())
            if any(
                abs(arm.size / self.size - given[key] / parts) > _ALLOCATION_OFF for key, arm in self.arms.items()
            ):
                sizes = ", ".join(f"{key} {arm.size}" for key, arm in self.arms.items())
                problems.append(f"design.allocation: does not agree with the sizes of the arms ({sizes})")
        return problems

    @property
    def accrual(self) -> Accrual | None:
        """Patients enrolled over time, where the design says so or enrolment takes time; None for all on one day."""
        if self.design is not None and self.design.accrual is not None:
            return self.design.accrual.accrual
        return steady(self.size / self.enrolment_months) if self.enrolment_months else None

    @property
    def last_enrolment_months(self) -> float:
        """Month in which the last patient is expected."""
        return 0.0 if self.accrual is None else float(self.accrual.month_of(self.size))

    @property
    def longest_follow_up_months(self) -> float:
        """Follow-up of the first subject enrolled: the month of the data cut."""
        if self.design is None or self.design.accrual is None:
            return self.follow_up_months + self.enrolment_months / 2
        return self.follow_up_months + float(self.design.accrual.accrual.month_of(self.size / 2))

    def published_arm(self, arm: str) -> str:
        """Give the published arm that an arm of the trial stands for."""
        return self.study_arms.get(arm, arm)


def parse_trial(data: dict[str, Any], *, where: str) -> TrialPlan:
    """Build a trial from parsed data.

    Raises
    ------
    InputError
        Listing every problem.
    """
    return validate(TrialPlan, data, where=where)


def change_trial(plan: TrialPlan, *, replicates: int | None = None, seed: int | None = None) -> TrialPlan:
    """Give the trial with another number of replicates or another seed; None leaves what the plan says.

    Raises
    ------
    InputError
        If the trial allows no such number.
    """
    given = {"replicates": replicates, "seed": seed}
    changes = {name: value for name, value in given.items() if value is not None}
    return validate(TrialPlan, {**plan.model_dump(), **changes}, where=plan.id) if changes else plan
