"""Curves and adjusted comparisons: each small input that once went wrong, with the right value, and its kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cereblon.core.errors import InputError
from cereblon.synthesis.adjustment.patients import read_patients
from cereblon.synthesis.curves.digitised import digitised_curve
from cereblon.synthesis.curves.event_counts import read_arm_times
from cereblon.synthesis.curves.fits import close_fits, fit_curve, fit_curves
from cereblon.synthesis.curves.incomplete_gamma import log_lower, log_upper
from right_or_refused.curve_calls import MALE, answer, file, refusal, write


def test_a_generalised_gamma_in_its_tail_is_a_curve_near_the_data() -> None:
    """24 events, one in each month: Kaplan-Meier 75, 50 and 25 %; best fit 78.7, 53.9 and 27.5 %, mean 12.7 months.

    The values stand with the case. The fit is F = (t / 24)^k, the limit of the family for large Q.
    """
    rows = answer("curve", "--data", file("gengamma-uniform-months.csv"), "--landmark", "6,12,18")["rows"]
    observed = [row["value"] for row in rows if row["quantity"] == "rate" and not row["model"]]
    assert observed == pytest.approx([75, 50, 25])
    best = next(row["model"] for row in rows if row["quantity"] == "aic")
    own = [row for row in rows if row["model"] == best]
    rates = [row["value"] for row in own if row["quantity"] == "rate"]
    assert rates[:3] == pytest.approx([78.7, 53.9, 27.5], abs=0.05)
    assert next(row["value"] for row in own if row["quantity"] == "mean") == pytest.approx(12.7, abs=0.05)


@pytest.mark.parametrize("shape", [0.01, 0.5, 1.0, 5.0, 200.0])
def test_logarithms_of_tails_go_on_where_the_functions_end(shape: float) -> None:
    """From the last representable value on, the slope of log Q is that of its leading term, NIST DLMF 8.11.2.

    Far out Q(a, x) is x^(a-1) e^-x / Gamma(a) (1 + (a-1)/x + ...), and P(a, x) is x^a / Gamma(a+1) near 0.
    """
    from scipy.special import gammaln

    x = np.array([2e3, 5e3, 2e4])
    ends = (shape - 1) * np.log(x) - x - gammaln(shape) + np.log1p((shape - 1) / x + (shape - 1) * (shape - 2) / x**2)
    assert log_upper(np.full(3, shape), np.log(x)) == pytest.approx(ends, rel=1e-4)
    log_x = np.array([-2e3, -2e4])
    assert log_lower(np.full(2, shape), log_x) == pytest.approx(shape * log_x - gammaln(shape + 1))


def test_what_is_no_estimate_is_listed_with_the_reason_and_not_ranked() -> None:
    """Ten events at two times and 30 censored later: no spline, and no third parameter."""
    month = np.concatenate([np.repeat([3.0, 9.0], 5), np.full(30, 12.0)])
    fits, refused = fit_curves(month, np.arange(40) < 10)
    assert {one.model for one in refused} >= {"gengamma", "spline-1", "spline-2", "spline-3"}
    assert all("distinct" in one.reason for one in refused if one.model in ("gengamma", "spline-1"))
    assert all(np.isfinite(fit.covariance).all() for fit in fits)


def test_events_at_one_time_are_refused() -> None:
    with pytest.raises(InputError, match="all 12 events stand at month 5"):
        fit_curve(np.full(20, 5.0), np.arange(20) < 12)


def test_fits_of_close_aic_are_named() -> None:
    """Exponential times: a Weibull and the exponential itself lie within 2 units of AIC nearly always."""
    month = -np.log(np.linspace(0.01, 0.99, 60)) * 10
    fits, _ = fit_curves(month, np.ones(60, bool), ["exponential", "weibull"])
    assert [fit.family.name for fit in close_fits(fits)] == ["exponential", "weibull"]


@pytest.mark.parametrize("name", ["generalised gamma", "gengamma", "generalized gamma", "Generalised Gamma"])
def test_a_family_is_known_by_the_name_that_is_printed(name: str) -> None:
    month = np.linspace(1, 30, 40)
    assert fit_curve(month, np.ones(40, bool), name).family.name == "gengamma"


RIVAL = ("--points", file("time-unit-rival-points.csv"), "--at-risk", file("time-unit-rival-risk.csv"))


def test_days_are_days() -> None:
    """Hazard ratio 1.09, as the case says; 0.036 when the days of the column time were taken for months."""
    effects = answer("adjust", "--data", file("time-unit-people-day.csv"), *MALE, *RIVAL)["effects"]
    assert effects[0]["value"] == pytest.approx(1.09, abs=0.005)


def test_a_named_unit_gives_the_same_as_a_column_of_days() -> None:
    options = ("--time-unit", "days")
    effects = answer("adjust", "--data", file("time-unit-people.csv"), *MALE, *RIVAL, *options)["effects"]
    assert effects[0]["value"] == pytest.approx(1.09, abs=0.005)


@pytest.mark.parametrize("command", ["curve", "adjust", "over-time"])
def test_a_time_without_unit_is_refused(command: str, tmp_path: Path) -> None:
    trials = write(tmp_path / "t.csv", "study,arm,time,event", ["s,A,30,1", "s,B,60,1"])
    options = {
        "curve": ("--data", file("time-unit-people.csv")),
        "adjust": ("--data", file("time-unit-people.csv"), *MALE, *RIVAL),
        "over-time": ("--data", trials, "--reference", "A"),
    }
    assert "the column 'time' does not say its unit of time" in refusal(command, *options[command])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--landmark", "365", "--models", "none"), "landmark 365 lies beyond the follow-up"),
        (("--rmst", "365"), "rmst 365 lies beyond the follow-up"),
        (("--landmark", "3650"), "months after 0 and up to 720 are needed"),
        (("--horizon", "60", "--models", "none"), "--horizon does not apply with --models none"),
    ],
)
def test_months_beyond_the_data_are_refused(options: tuple[str, ...], message: str) -> None:
    points = ("--points", file("semicolon-points.csv"), "--at-risk", file("semicolon-risk.csv"))
    assert message in refusal("curve", *points, *options)


def test_a_unit_behind_a_number_is_read() -> None:
    points = ("--points", file("semicolon-points.csv"), "--at-risk", file("semicolon-risk.csv"))
    rows = answer("curve", *points, "--models", "none", "--landmark", "0.5 years")["rows"]
    assert [row["month"] for row in rows if row["quantity"] == "rate"] == [6]


def test_one_weak_arm_does_not_sink_the_others() -> None:
    """The case: hazard ratio 0.289 (0.096 to 0.872); arm A has 4 events, too few for a curve, and is named."""
    content = answer("curve", "--points", file("small-arm-points.csv"), "--at-risk", file("small-arm-risk.csv"))
    ratio = next(row for row in content["rows"] if row["quantity"] == "hazard_ratio")
    assert (ratio["arm"], ratio["versus"]) == ("A", "B")
    assert [ratio[name] for name in ("value", "low", "high")] == pytest.approx([0.289, 0.096, 0.872], abs=0.0005)
    assert any("A: no model is fitted; 4 events" in str(text) for text in content["warnings"])
    assert {row["arm"] for row in content["rows"] if row["quantity"] == "aic"} == {"B"}


def test_semicolons_and_decimal_commas_are_read() -> None:
    """40 at risk at the start of semicolon-risk.csv."""
    content = answer(
        *("curve", "--points", file("semicolon-points.csv"), "--at-risk", file("semicolon-risk.csv")),
        *("--models", "none"),
    )
    assert content["rows"][0]["value"] == 40
    assert any("separated by semicolons" in str(note) for note in content["notes"])


EVENTS = [(0, 1), ("false", "true"), ("censored", "event"), ("no", "yes"), ("alive", "dead"), ("FALSE", "TRUE")]


@pytest.mark.parametrize(("censored", "event"), EVENTS)
def test_every_way_to_write_an_event_gives_the_same(censored: object, event: object, tmp_path: Path) -> None:
    rows = [f"s,{arm},{m},{event if m % 3 else censored}" for arm in ("A", "B") for m in range(1, 13)]
    arms, _ = read_arm_times(Path(write(tmp_path / "t.csv", "study,arm,month,status", rows)))
    assert [int(arm.observed.sum()) for arm in arms] == [8, 8]


def test_one_and_two_need_their_coding(tmp_path: Path) -> None:
    rows = [f"s,{arm},{m},{2 if m % 3 else 1}" for arm in ("A", "B") for m in range(1, 13)]
    data = write(tmp_path / "t.csv", "study,arm,month,status", rows)
    options = ("over-time", "--data", data, "--reference", "A", "--changes", "6")
    assert "name the coding with --event-coding: 1/2" in refusal(*options)
    assert answer(*options, "--event-coding", "1/2")["effects"]
    arms, _ = read_arm_times(Path(data), event_coding="1/2")
    assert int(arms[0].observed.sum()) == 8


def test_cnsr_is_zero_for_an_event(tmp_path: Path) -> None:
    rows = [f"A,{m},{0 if m % 3 else 1}" for m in range(1, 13)]
    observed = read_patients(Path(write(tmp_path / "p.csv", "ARM,MONTH,CNSR", rows))).observed
    assert observed is not None
    assert int(observed.sum()) == 8


def test_an_event_and_cnsr_that_disagree_are_refused(tmp_path: Path) -> None:
    data = write(tmp_path / "p.csv", "arm,month,event,cnsr", ["A,1,1,0", "A,2,1,1"])
    with pytest.raises(InputError, match="line 3, event: is '1', but cnsr is '1'; cnsr is 0 for an event"):
        read_patients(Path(data))


def test_an_arm_without_events_while_the_other_is_followed_has_no_ratio() -> None:
    from cereblon.synthesis.adjustment.weighted_outcomes import quick_log_hazard_ratio, weighted_log_hazard_ratio

    month = np.concatenate([np.arange(1.0, 11.0), np.arange(11.0, 21.0)])
    observed, in_arm = np.ones(20, bool), np.arange(20) < 10
    for estimate in (weighted_log_hazard_ratio, quick_log_hazard_ratio):
        with pytest.raises(InputError, match="no event of the comparator comes while the other is followed"):
            estimate(month, observed, in_arm, np.ones(20))


def _trials(people: int) -> list[str]:
    return [
        f"{study},{treatment},{(7 * i + shift) % 41 + 0.5},{int(i % 2 == 0)}"
        for study, treatment, shift in (("S1", "A", 4), ("S1", "B", 1), ("S2", "A", 3), ("S2", "C", 2))
        for i in range(people)
    ]


def test_polynomials_are_not_ranked_on_a_handful_of_events(tmp_path: Path) -> None:
    """12 people an arm have 6 events: too few for 2 coefficients by 5 events each; 60 people have 30."""
    head = "study,treatment,month,event"
    few = write(tmp_path / "few.csv", head, _trials(12))
    said = refusal("over-time", "--data", few, "--reference", "A")
    assert "B: 6 events for the 2 coefficients of an effect over time; 5 for each are needed" in said
    asked = answer("over-time", "--data", few, "--reference", "A", "--powers", "0")
    assert any("B: 6 events for the 2 coefficients" in str(text) for text in asked["warnings"])
    enough = write(tmp_path / "enough.csv", head, _trials(60))
    content = answer("over-time", "--data", enough, "--reference", "A", "--powers", "0")
    assert not any("events for the" in str(text) for text in content["warnings"])


def test_a_restricted_mean_without_any_event_has_no_interval(tmp_path: Path) -> None:
    """Its variance is a sum over events; nothing to sum is not a variance of 0."""
    rows = [f"{month},{int(arm == 'A' and month % 3 == 0)},{arm}" for arm in "AB" for month in range(1, 31)]
    data = write(tmp_path / "people.csv", "month,event,arm", rows)
    found = answer("curve", "--data", data, "--models", "none", "--rmst", "30")["rows"]
    means = {str(row["arm"]): row for row in found if row["quantity"] == "restricted_mean"}
    assert means["A"]["low"] is not None
    assert means["B"]["value"] == pytest.approx(30)
    assert means["B"]["low"] is None
    difference = next(row for row in found if row["quantity"] == "restricted_mean_difference")
    assert difference["value"] is not None
    assert difference["low"] is None


def test_points_that_all_lie_at_the_start_are_no_curve() -> None:
    with pytest.raises(InputError, match="no point lies after month 0, so there is no curve"):
        digitised_curve([0, 0, 0], [1.0, 0.8, 0.6])


def test_a_curve_that_starts_below_one_is_said() -> None:
    curve = digitised_curve([0, 0, 6], [1.0, 0.9, 0.6])
    assert curve.survival.tolist() == [1.0, 0.6]
    assert curve.notes == ("the points at month 0 fall to 0.9; the curve is taken to start at 1",)
