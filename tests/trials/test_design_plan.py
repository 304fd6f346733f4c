"""The design of a trial file: what fits is read, what does not is refused in the words of the field."""

from __future__ import annotations

from typing import Any

import pytest

from cereblon.core.errors import InputError
from cereblon.trials.trial import TrialPlan, parse_trial

MRD = "mrd_negative_1e-5_with_cr"
LANDMARK: dict[str, Any] = {"primary_endpoint": MRD, "landmark_months": 12}
BESIDE: dict[str, Any] = {"endpoint": MRD, "landmark_months": 12, "months": 40, "alpha": 0.01}


def plan(design: dict[str, Any], **fields: Any) -> TrialPlan:
    arms = {"one": {"regimen": "rd", "size": 350}, "two": {"regimen": "vd", "size": 350}}
    data = {"id": "t", "title": "t", "population": {"base": "ndmm"}, "arms": arms, "follow_up_months": 48, **fields}
    return parse_trial({**data, "design": design}, where="t.yaml")


def test_a_whole_design_is_read() -> None:
    found = plan(
        {
            "primary_endpoint": "pfs",
            "alpha": 0.05,
            "sided": 2,
            "power": 0.9,
            "allocation": {"one": 1, "two": 1},
            "accrual": {"per_month": [5, 10, 20, 30]},
            "looks": [{"events": 120}, {"events": 200}],
            "spending": {"function": "hwang-shih-decani", "gamma": -4},
            "futility": {"spending": {"function": "hwang-shih-decani", "gamma": -2}, "binding": False},
            "stratify_by": ["iss", "high_risk_cytogenetics"],
            "test": "log-rank",
        }
    ).design
    assert found is not None
    assert [look.events for look in found.looks] == [120, 200]
    assert found.one_sided_alpha == 0.025


def test_little_need_be_said() -> None:
    found = plan({}).design
    assert found is not None
    assert (found.primary_endpoint, found.how.name, found.alpha) == ("pfs", "log-rank", 0.05)


@pytest.mark.parametrize(
    ("design", "text"),
    [
        ({"alpha": 5}, "t.yaml, design.alpha: 5 is no error of a test; it lies between 0 and 0.5"),
        ({"power": 1.2}, "t.yaml, design.power: 1.2 is no power; it lies between 0 and 1"),
        ({"sided": 3}, "t.yaml, design.sided"),
        ({"accrual": {"per_month": 0}}, "design.accrual.per_month: 0 patients a month enrol nobody"),
        ({"accrual": {"per_month": 1e-300}}, "1e-300 patients a month enrol nobody in a lifetime"),
        ({"accrual": {"per_month": [1e300, 5]}}, "1e+300 patients a month; at most 1e+06 are enrolled"),
        ({"accrual": {"per_month": [5, 0]}}, "design.accrual.per_month: 0 patients a month enrol nobody"),
        ({"looks": [{"events": 200}, {"events": 100}]}, "design.looks: events 200, 100 are out of order"),
        ({"looks": [{"months": 30}, {"months": 20}]}, "looks: months 30, 20 are out of order"),
        ({"looks": [{"events": 100}, {"months": 20}]}, "some are at events and some at months"),
        ({"looks": [{"events": 900}]}, "design.looks.0: 900 events of 700 patients never happen"),
        ({"looks": [{"months": 90}]}, "design.looks.0: month 90 is after the data cut in month 48.0"),
        ({"looks": [{}]}, "design.looks.0: give either events or months"),
        ({"spending": "pocock"}, "design.spending: one look spends the whole error"),
        ({"looks": [{"events": 9}], "spending": "pocock"}, "spending: one look spends the whole error"),
        ({"futility": {"spending": "pocock"}}, "design.futility: with one look there is nothing to stop early"),
        ({"spending": "haybittle"}, "'haybittle' is no spending function; obrien-fleming, pocock"),
        ({"spending": {"function": "pocock", "gamma": 1}}, "design.spending.gamma: belongs to hwang-shih-decani"),
        ({"primary_endpoint": "progression"}, "design.primary_endpoint: 'progression' is no primary endpoint"),
        ({"primary_endpoint": "orr", "looks": [{"events": 90}]}, "orr is a response and has no events"),
        ({"primary_endpoint": "orr", "test": "log-rank"}, "test: log-rank compares times"),
        ({"test": "cmh"}, "test: cmh compares responses"),
        ({"test": "fleming-harrington"}, "design.test.weights: [rho, gamma] belong"),
        ({"test": "rmst"}, "design.test.horizon_months: belongs to rmst"),
        ({"test": {"name": "max-combo"}, "stratify_by": ["iss"]}, "stratify_by: max-combo is not stratified here"),
        ({"stratify_by": ["shoe_size"]}, "'shoe_size' is no column that patients are stratified by"),
        ({"allocation": {"one": 2, "two": 1}}, "design.allocation: does not agree with the sizes of the arms"),
        ({"allocation": {"a": 1}}, "design.allocation: names a; the arms are one, two"),
        (
            {"allocation": {"one": 0, "two": 0}},
            "design.allocation: every arm needs a number above 0, got one 0, two 0",
        ),
        ({"allocation": {"one": -1, "two": 2}}, "every arm needs a number above 0, got one -1, two 2"),
        ({"accrual": {"per_month": [-3, 5]}}, "design.accrual.per_month: -3 patients a month enrol nobody"),
        ({"alpha": 0.4, "power": 0.1}, "power: 0.1 is not above the error 0.2"),
        ({"lokks": []}, "design.lokks: is not a known field; did you mean looks?"),
        ({"accrual": {"per_month": 2}}, "the last patient would be enrolled"),
        ({"alpha": 0}, "design.alpha: 0 is no error of a test"),
        ({"alpha": "five percent"}, "design.alpha: 'five percent' is no number"),
        ({"alpha": float("nan")}, "design.alpha: nan is no error of a test"),
        ({"power": 1.0}, "design.power: 1 is no power"),
        ({"power": True}, "design.power: True is no number"),
        ({"accrual": {"per_month": -3}}, "design.accrual.per_month: -3 patients a month enrol nobody"),
        ({"accrual": {"per_month": []}}, "design.accrual.per_month: the list is empty; give patients of each month"),
        (
            {"accrual": {"per_month": [5, 9], "ramp_months": 3}},
            "design.accrual.ramp_months: belongs to one number per_month",
        ),
        ({"accrual": {}}, "design.accrual.per_month"),
        ({"looks": [{"events": 0}]}, "design.looks.0.events"),
        ({"looks": [{"events": 12.5}]}, "design.looks.0.events: should be a whole number; got 12.5"),
        ({"looks": [{"months": -1}]}, "-1 months after the first patient is no time for a look"),
        ({"looks": [{"events": 700}]}, "700 events of 700 patients never happen"),
        ({"looks": [{"events": 100}, {"events": 100}]}, "events 100, 100 are out of order"),
        (
            {"looks": [{"events": 10 * n} for n in range(1, 13)]},
            "design.looks: has 12 entries; at most 10 are allowed",
        ),
        ({"looks": [110, 220]}, "design.looks.0: should be a mapping with events, months; got 110"),
        ({"accrual": 35}, "design.accrual: should be a mapping with per_month, ramp_months; got 35"),
        ({"futility": "yes"}, "design.futility: should be a mapping with spending, binding; got 'yes'"),
        ({"stratify_by": ["iss", "iss"]}, "stratify_by: iss is named twice"),
        ({"spending": {"function": "hwang-shih-decani"}}, "design.spending.gamma: belongs to hwang-shih-decani"),
        ({"spending": {"function": "hwang-shih-decani", "gamma": 99}}, "design.spending.gamma"),
        ({"futility": {}}, "design.futility.spending"),
        ({"test": {"name": "fleming-harrington", "weights": [-1, 0]}}, "the powers of Fleming and Harrington lie"),
        ({"test": {"name": "rmst", "horizon_months": 0}}, "0 months is no horizon"),
        ({"test": {"name": "rmst", "horizon_months": 60}}, "nobody is followed for 60 months at the last look"),
        (
            {"test": {"name": "rmst", "horizon_months": 36}, "looks": [{"months": 30}]},
            "nobody is followed for 36 months at the last look, in month 30.0",
        ),
        ({"test": "wilcoxon"}, "design.test.name: 'wilcoxon' is no test"),
        ({"primary_endpoint": MRD}, f"design.landmark_months: belongs to {MRD}, and that needs it"),
        ({"landmark_months": 12}, f"design.landmark_months: belongs to {MRD}"),
        ({**LANDMARK, "landmark_months": 0}, "design.landmark_months: 0 months is no landmark"),
        ({**LANDMARK, "looks": [{"months": 12}]}, "in month 12 nobody has come to the landmark in month 12"),
        ({"co_primary": {**BESIDE, "alpha": 0.05}}, "design.co_primary.alpha: 0.05 of 0.05 leaves no error"),
        ({"co_primary": {**BESIDE, "months": 9}}, "in month 9 nobody has come to the landmark in month 12"),
        ({"co_primary": {**BESIDE, "months": 99}}, "design.co_primary.months: month 99 is after the data cut"),
        ({"co_primary": {**BESIDE, "endpoint": "os"}}, "design.co_primary.endpoint: 'os' is no response"),
        ({**LANDMARK, "co_primary": BESIDE}, f"co_primary.endpoint: {MRD} is the primary endpoint itself"),
    ],
)
def test_what_cannot_be_is_refused_in_the_words_of_the_field(design: dict[str, Any], text: str) -> None:
    with pytest.raises(InputError) as refused:
        plan(design)
    assert text in refused.value.message
    for foreign in ("Extra inputs", "Input should", "pydantic", "Value error"):
        assert foreign not in refused.value.message


def test_two_ways_to_say_enrolment_are_one_too_many() -> None:
    with pytest.raises(InputError, match="both say how patients are enrolled"):
        plan({"accrual": {"per_month": 30}}, enrolment_months=24)


def test_a_response_beside_the_primary_endpoint_takes_its_part_of_the_error() -> None:
    found = plan({"co_primary": BESIDE}).design
    assert found is not None
    assert found.co_primary is not None
    assert found.one_sided_alpha == pytest.approx(0.02)


def test_more_arms_than_a_figure_tells_apart_are_refused_with_the_reason() -> None:
    arms = {f"a{number}": {"regimen": "rd", "size": 10} for number in range(7)}
    with pytest.raises(
        InputError, match=r"t\.yaml, arms: 7 are there; at most 6 are compared in one trial, as figures"
    ):
        plan({}, arms=arms)
