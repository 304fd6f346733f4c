"""A planned trial in the terms of its simulation: days, boundaries and a test."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cereblon.core.errors import InputError
from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.trial_design.comparisons import MAX_COMBO
from cereblon.trial_design.look_data import Look
from cereblon.trial_design.looks import LOG_RANK, Test
from cereblon.trial_design.replicates import Enrolment
from cereblon.trial_design.spending import Spending
from cereblon.trials.design_plan import DesignPlan, SpendingPlan
from cereblon.trials.trial import TrialPlan

_HINT = "docs/reference/trials.md lists the fields of a design"


@dataclass(frozen=True, kw_only=True, slots=True)
class EndpointBeside:
    """How a response beside the primary endpoint is looked at.

    Parameters
    ----------
    look
        When, once.
    test, alpha
        How arms are compared, and the one-sided error.
    """

    look: Look
    test: Test
    alpha: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Setup:
    """How a planned trial is simulated.

    Parameters
    ----------
    tested, control
        Keys of the arms.
    enrolment
        How patients come.
    looks
        In order.
    test, spending, alpha
        How arms are compared, and the one-sided error.
    futility, binding
        How `1 - power` is spent, or None.
    power
        Wanted.
    latest
        Day of the data cut.
    beside
        Look and one-sided error of the response beside the primary endpoint, or None.
    """

    tested: str
    control: str
    enrolment: Enrolment
    looks: tuple[Look, ...]
    test: Test
    spending: Spending
    alpha: float
    futility: Spending | None
    binding: bool
    power: float
    latest: float
    beside: EndpointBeside | None = None

    @property
    def is_response(self) -> bool:
        """Whether responses are compared, not times."""
        return self.test.kind == "response"

    @property
    def by_events(self) -> bool:
        """Whether looks are held at numbers of events."""
        return self.looks[0].events is not None

    def of_size(self, patients: int) -> Setup:
        """Give the same trial with other patients; events of looks keep their share of the patients."""
        share = patients / self.enrolment.patients
        looks = tuple(
            look if look.events is None else replace(look, events=max(round(look.events * share), 1))
            for look in self.looks
        )
        return replace(self, enrolment=replace(self.enrolment, patients=patients), looks=looks)

    def refuse_search(self, what: str) -> None:
        """Refuse to look for a number of events, or a month of the last look, that the looks do not have.

        Raises
        ------
        InputError
            Saying at what the looks are held.
        """
        if what == "events" and not self.by_events:
            raise InputError("design.looks: are at months, so there is no number of events to look for")
        if what == "months" and self.by_events:
            raise InputError("design.looks: are at events, so there is no month of the last look to look for")

    def of_events(self, events: int) -> Setup:
        """Give the same trial with other events at its end; earlier looks keep their share of them."""
        self.refuse_search("events")
        last = self.looks[-1].events or 1
        looks = tuple(replace(look, events=max(round((look.events or 0) * events / last), 1)) for look in self.looks)
        return replace(self, looks=looks)

    def of_months(self, months: float) -> Setup:
        """Give the same trial with its last look in another month; looks after it are left out."""
        self.refuse_search("months")
        day = months * DAYS_PER_MONTH
        before = tuple(look for look in self.looks[:-1] if look.day is not None and look.day < day)
        return replace(self, looks=(*before, replace(self.looks[-1], day=day)))


def setup_of(plan: TrialPlan) -> Setup:
    """Give the simulation of a planned trial.

    Raises
    ------
    InputError
        If the trial has no design, no comparator, or other than two arms.
    """
    design = plan.design
    problems = []
    if design is None:
        problems.append(f"{plan.id}, design: is missing; it says endpoint, errors, looks and accrual")
    if len(plan.arms) != 2:
        problems.append(f"{plan.id}, arms: {len(plan.arms)} are there; a design compares two")
    if plan.comparator is None:
        problems.append(f"{plan.id}, comparator: is missing; name the arm that the other is tested against")
    if design is None or problems:
        raise InputError("\n".join(problems), hint=_HINT)
    tested = next(key for key in plan.arms if key != plan.comparator)
    latest = float(np.floor(plan.longest_follow_up_months * DAYS_PER_MONTH))
    return Setup(
        tested=tested,
        control=str(plan.comparator),
        enrolment=Enrolment(
            patients=plan.size,
            share=plan.arms[tested].size / plan.size,
            accrual=plan.accrual,
            dropout_per_year=plan.dropout_per_year,
        ),
        looks=_looks(design, latest),
        test=_test(design),
        spending=_spending(design.spending),
        alpha=design.one_sided_alpha,
        futility=None if design.futility is None else _spending(design.futility.spending),
        binding=design.futility is not None and design.futility.binding,
        power=design.power,
        latest=latest,
        beside=_beside(design, latest),
    )


def _beside(design: DesignPlan, latest: float) -> EndpointBeside | None:
    plan = design.co_primary
    if plan is None:
        return None
    return EndpointBeside(
        look=Look(latest=latest, day=plan.months * DAYS_PER_MONTH),
        test=Test(kind="response", stratified=bool(design.stratify_by)),
        alpha=plan.alpha / design.sided,
    )


def _looks(design: DesignPlan, latest: float) -> tuple[Look, ...]:
    if not design.looks:
        return (Look(latest=latest, day=latest),)
    return tuple(
        Look(latest=latest, events=look.events)
        if look.months is None
        else Look(latest=latest, day=look.months * DAYS_PER_MONTH)
        for look in design.looks
    )


def _test(design: DesignPlan) -> Test:
    how, stratified = design.how, bool(design.stratify_by)
    if how.name == "cmh":
        return Test(kind="response", stratified=stratified)
    if how.name == "rmst":
        return Test(kind="rmst", horizon=(how.horizon_months or np.inf) * DAYS_PER_MONTH)
    if how.name == "max-combo":
        return Test(powers=MAX_COMBO)
    return Test(powers=LOG_RANK if how.weights is None else (how.weights,), stratified=stratified)


def _spending(plan: SpendingPlan | None) -> Spending:
    if plan is None:
        return Spending("obrien-fleming")
    if plan.function == "pocock":
        return Spending("pocock")
    return Spending("hwang-shih-decani", plan.gamma) if plan.gamma is not None else Spending("obrien-fleming")
