"""The `design` of a trial file: endpoint, errors, accrual, looks, boundaries and test of a trial that is planned."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from cereblon.core.validation import Distinct, StrictModel
from cereblon.trials.accrual import Accrual, monthly, steady

TIME_ENDPOINTS = ("pfs", "os", "ttp", "ttnt", "pfs2")
MRD_WITH_CR = "mrd_negative_1e-5_with_cr"
"""Negativity with complete response at a landmark."""
RESPONSE_ENDPOINTS = ("orr", "vgpr_or_better", "cr_or_better", MRD_WITH_CR)
STRATA = (
    "iss",
    "high_risk_cytogenetics",
    "isotype",
    "ecog",
    "frailty",
    "sex",
    "prior_lines",
    "lenalidomide_refractory",
    "bortezomib_exposed",
)
"""Columns of the subjects table that patients may be stratified by."""
TESTS = ("log-rank", "fleming-harrington", "max-combo", "rmst", "cmh")
_MOST_LOOKS = 10
_FEWEST_A_MONTH, _MOST_A_MONTH = 0.01, 1e6  # one patient in eight years; more than have the disease


def _one_of(allowed: tuple[str, ...], what: str) -> BeforeValidator:
    def check(text: Any) -> Any:
        if text not in allowed:
            raise ValueError(f"{text!r} is no {what}; {', '.join(allowed)} are known")
        return text

    return BeforeValidator(check)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{value!r} is no number")
    return float(value)


def _between(low: float, high: float, what: str) -> BeforeValidator:
    """Refuse numbers outside an open interval, saying what the number is."""

    def check(value: Any) -> float:
        if not low < (number := _number(value)) < high:
            raise ValueError(f"{value:g} is no {what}; it lies between {low:g} and {high:g}")
        return number

    return BeforeValidator(check)


def _positive(what: str) -> BeforeValidator:
    def check(value: Any) -> float:
        if not 0.0 < (number := _number(value)) < 1e6:
            raise ValueError(f"{value:g} {what}")
        return number

    return BeforeValidator(check)


class SpendingPlan(StrictModel):
    """How an error is spent over the looks: `obrien-fleming`, `pocock` or `hwang-shih-decani` with its `gamma`."""

    function: Annotated[str, _one_of(("obrien-fleming", "pocock", "hwang-shih-decani"), "spending function")]
    gamma: Annotated[float, Field(ge=-40, le=40)] | None = None

    @model_validator(mode="after")
    def _gamma_where_it_counts(self) -> SpendingPlan:
        if (self.function == "hwang-shih-decani") != (self.gamma is not None):
            raise ValueError("gamma: belongs to hwang-shih-decani, and that needs it (-4 is near O'Brien-Fleming)")
        return self


class FutilityPlan(StrictModel):
    """Stop where success has become unlikely: how 1 less power is spent, and whether the boundary binds."""

    spending: SpendingPlan
    binding: bool = False

    @field_validator("spending", mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        return {"function": given} if isinstance(given, str) else given


class LookPlan(StrictModel):
    """One look: at so many `events` of the primary endpoint, or at a calendar month (`months`) of the trial."""

    events: Annotated[int, Field(ge=1)] | None = None
    months: Annotated[float, _positive("months after the first patient is no time for a look")] | None = None

    @model_validator(mode="after")
    def _one(self) -> LookPlan:
        if (self.events is None) == (self.months is None):
            raise ValueError("give either events or months")
        return self


class AccrualPlan(StrictModel):
    """Patients of all arms enrolled per month: one number, after a ramp if wanted, or a number for each month."""

    per_month: float | tuple[float, ...]
    ramp_months: Annotated[float, Field(ge=0, le=120)] = 0.0

    @field_validator("per_month", mode="before")
    @classmethod
    def _enrols(cls, given: Any) -> Any:
        numbers = list(given) if isinstance(given, (list, tuple)) else [given]
        if not numbers:
            raise ValueError("the list is empty; give patients of each month, the last number goes on")
        if any(_number(one) < 0 for one in numbers) or numbers[-1] == 0:
            shown = min(*numbers, numbers[-1])
            raise ValueError(f"{shown} patients a month enrol nobody; the last number goes on and must be above 0")
        if _number(numbers[-1]) < _FEWEST_A_MONTH:
            raise ValueError(
                f"{_number(numbers[-1]):g} patients a month enrol nobody in a lifetime; the last number goes on and "
                f"must be {_FEWEST_A_MONTH:g} or more"
            )
        if any(_number(one) > _MOST_A_MONTH for one in numbers):
            raise ValueError(
                f"{max(map(_number, numbers)):g} patients a month; at most {_MOST_A_MONTH:g} are enrolled"
            )
        return given

    @model_validator(mode="after")
    def _one_shape(self) -> AccrualPlan:
        if isinstance(self.per_month, tuple) and self.ramp_months:
            raise ValueError("ramp_months: belongs to one number per_month; a list says the ramp itself")
        return self

    @property
    def accrual(self) -> Accrual:
        """Patients over time."""
        if isinstance(self.per_month, tuple):
            return monthly(self.per_month)
        return steady(self.per_month, ramp_months=self.ramp_months)


class TestPlan(StrictModel):
    """How the arms are compared.

    Parameters
    ----------
    name
        `log-rank`, `fleming-harrington`, `max-combo`, `rmst`, or `cmh` of a response.
    weights
        The two powers of Fleming and Harrington: [0, 1] looks for late effects, [1, 0] for early ones.
    horizon_months
        Of the restricted mean.
    """

    __test__ = False

    name: Annotated[str, _one_of(TESTS, "test")] = "log-rank"
    weights: tuple[float, float] | None = None
    horizon_months: Annotated[float, _positive("months is no horizon")] | None = None

    @field_validator("weights")
    @classmethod
    def _not_negative(cls, given: tuple[float, float] | None) -> tuple[float, float] | None:
        if given is not None and not all(0 <= one <= 10 for one in given):
            raise ValueError("the powers of Fleming and Harrington lie between 0 and 10")
        return given

    @model_validator(mode="after")
    def _whole(self) -> TestPlan:
        if (self.name == "fleming-harrington") != (self.weights is not None):
            raise ValueError("weights: [rho, gamma] belong to fleming-harrington, and that needs them")
        if (self.name == "rmst") != (self.horizon_months is not None):
            raise ValueError("horizon_months: belongs to rmst, and that needs it")
        return self


class CoPrimaryPlan(StrictModel):
    """A response beside the primary endpoint, looked at once with an error of its own.

    Parameters
    ----------
    endpoint
        `orr`, `vgpr_or_better`, `cr_or_better` or `mrd_negative_1e-5_with_cr`.
    landmark_months
        Months from randomisation at which MRD is judged.
    months
        Calendar month of its look.
    alpha
        Its part of the error of the trial, of as many sides; the primary endpoint has the rest.
    """

    endpoint: Annotated[str, _one_of(RESPONSE_ENDPOINTS, "response beside a primary endpoint")]
    landmark_months: Annotated[float, _positive("months is no landmark")] | None = None
    months: Annotated[float, _positive("months after the first patient is no time for a look")]
    alpha: Annotated[float, _between(0.0, 0.5, "error of a test")]

    @model_validator(mode="after")
    def _with_landmark(self) -> CoPrimaryPlan:
        if problem := _problem_of_landmark(self.endpoint, self.landmark_months):
            raise ValueError(problem)
        if self.landmark_months is not None and self.months <= self.landmark_months:
            raise ValueError(
                f"months: in month {self.months:g} nobody has come to the landmark in month {self.landmark_months:g}"
            )
        return self


def _problem_of_landmark(endpoint: str, months: float | None) -> str:
    if (endpoint == MRD_WITH_CR) != (months is not None):
        return f"landmark_months: belongs to {MRD_WITH_CR}, and that needs it"
    return ""


class DesignPlan(StrictModel):
    """What is planned of a trial beside its treatments.

    Parameters
    ----------
    primary_endpoint
        Time to an event (`pfs`, `os`, `ttp`, `ttnt`, `pfs2`), or a response (`orr`, `vgpr_or_better`,
        `cr_or_better`, `mrd_negative_1e-5_with_cr`).
    landmark_months
        Months from randomisation at which MRD negativity with complete response is judged, where it is primary.
    co_primary
        A response beside it, with a part of the error; the trial succeeds with either.
    alpha, sided
        Error of claiming an effect that is not there, of two sides or one.
    power
        Wanted chance of success.
    allocation
        Patients of each arm in proportion; it must agree with the sizes of the arms. That of the sizes unless given.
    accrual
        Patients enrolled per month; `enrolment_months` of the trial is then left out.
    looks
        In order, the last is the final analysis; one at the data cut of the trial unless given.
    spending
        How the error is spent over several looks; `obrien-fleming` unless given.
    futility
        Whether and how the trial stops without hope.
    stratify_by
        Columns of the subjects table; the test is then stratified.
    test
        How the arms are compared; the log-rank test unless given, of a response `cmh`.
    """

    primary_endpoint: Annotated[str, _one_of((*TIME_ENDPOINTS, *RESPONSE_ENDPOINTS), "primary endpoint")] = "pfs"
    landmark_months: Annotated[float, _positive("months is no landmark")] | None = None
    co_primary: CoPrimaryPlan | None = None
    alpha: Annotated[float, _between(0.0, 0.5, "error of a test")] = 0.05
    sided: Literal[1, 2] = 2
    power: Annotated[float, _between(0.0, 1.0, "power")] = 0.9
    allocation: dict[str, float] | None = None
    accrual: AccrualPlan | None = None
    looks: Annotated[tuple[LookPlan, ...], Field(max_length=_MOST_LOOKS)] = ()
    spending: SpendingPlan | None = None
    futility: FutilityPlan | None = None
    stratify_by: Annotated[
        tuple[Annotated[str, _one_of(STRATA, "column that patients are stratified by")], ...], Distinct
    ] = ()
    test: TestPlan | None = None

    @field_validator("spending", mode="before")
    @classmethod
    def _spending_named(cls, given: Any) -> Any:
        return {"function": given} if isinstance(given, str) else given

    @field_validator("test", mode="before")
    @classmethod
    def _test_named(cls, given: Any) -> Any:
        return {"name": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _fits_together(self) -> DesignPlan:
        problems = [*self._problems_of_looks(), *self._problems_of_test(), *self._problems_of_endpoints()]
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def _problems_of_looks(self) -> list[str]:
        events = [look.events for look in self.looks if look.events is not None]
        months = [look.months for look in self.looks if look.months is not None]
        problems = []
        if events and months:
            problems.append("looks: some are at events and some at months; give all by one of them")
        for name, values in (("events", events), ("months", months)):
            if any(after <= before for before, after in pairwise(values)):
                said = ", ".join(f"{one:g}" for one in values)
                problems.append(f"looks: {name} {said} are out of order; each look needs more than the one before")
        if len(self.looks) <= 1 and self.spending is not None:
            problems.append("spending: one look spends the whole error; leave it out, or give two looks or more")
        if len(self.looks) <= 1 and self.futility is not None:
            problems.append("futility: with one look there is nothing to stop early; give two looks or more")
        if self.is_response and events:
            problems.append(
                f"looks: {self.primary_endpoint} is a response and has no events; give months of each look"
            )
        if self.alpha / self.sided >= self.power:
            problems.append(f"power: {self.power:g} is not above the error {self.alpha / self.sided:g}")
        return problems

    def _problems_of_endpoints(self) -> list[str]:
        problems = []
        if problem := _problem_of_landmark(self.primary_endpoint, self.landmark_months):
            problems.append(problem)
        late = [look.months for look in self.looks if look.months and look.months <= (self.landmark_months or 0.0)]
        if late:
            problems.append(
                f"looks: in month {late[0]:g} nobody has come to the landmark in month {self.landmark_months:g}"
            )
        beside = self.co_primary
        if beside is not None and beside.endpoint == self.primary_endpoint:
            problems.append(f"co_primary.endpoint: {beside.endpoint} is the primary endpoint itself")
        if beside is not None and beside.alpha >= self.alpha:
            problems.append(
                f"co_primary.alpha: {beside.alpha:g} of {self.alpha:g} leaves no error for the primary endpoint"
            )
        return problems

    def _problems_of_test(self) -> list[str]:
        name = self.how.name
        if self.is_response and name != "cmh":
            return [f"test: {name} compares times, and {self.primary_endpoint} is a response; cmh compares responses"]
        if not self.is_response and name == "cmh":
            return [f"test: cmh compares responses, and {self.primary_endpoint} is a time"]
        if self.futility is not None and name == "max-combo":
            return ["futility: boundaries of max-combo are of success alone; leave futility out"]
        if self.stratify_by and name in ("max-combo", "rmst"):
            return [f"stratify_by: {name} is not stratified here; log-rank, fleming-harrington and cmh are"]
        return []

    @property
    def is_response(self) -> bool:
        """Whether the primary endpoint is a response, not a time."""
        return self.primary_endpoint in RESPONSE_ENDPOINTS

    @property
    def how(self) -> TestPlan:
        """How the arms are compared."""
        return self.test or TestPlan(name="cmh" if self.is_response else "log-rank")

    @property
    def one_sided_alpha(self) -> float:
        """Error on the side of success, of the primary endpoint."""
        return (self.alpha - (0.0 if self.co_primary is None else self.co_primary.alpha)) / self.sided
