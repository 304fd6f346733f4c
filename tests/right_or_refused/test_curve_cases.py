"""Curves and adjusted comparisons: each small input that once went wrong, with the right value, and its kind."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import cereblon as cb
from cereblon.cli.evidence import app
from cereblon.core.errors import InputError
from cereblon.synthesis.adjustment.covariates import FRAILTY, ISOTYPE, SEX
from cereblon.synthesis.adjustment.patients import read_patients
from cereblon.synthesis.adjustment.targets import read_targets
from cereblon.synthesis.curves.digitised import digitised_curve, read_points, read_risk_table
from cereblon.synthesis.curves.event_counts import read_arm_times
from cereblon.synthesis.curves.fits import close_fits, fit_curve, fit_curves
from cereblon.synthesis.curves.incomplete_gamma import log_lower, log_upper

DATA = Path(__file__).parent / "data"
EXAMPLES = Path(__file__).parents[2] / "docs/examples"
QUICK = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)


def file(name: str) -> str:
    return str(DATA / name)


def answer(*arguments: str) -> dict[str, list[dict[str, object]]]:
    """Give what a command prints as JSON."""
    done = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found: dict[str, list[dict[str, object]]] = json.loads(done.stdout)
    return found


def refusal(*arguments: str) -> str:
    """Give the sentence with which a command refuses its input."""
    done = CliRunner().invoke(app, list(arguments))
    if isinstance(done.exception, InputError):
        return str(done.exception)
    assert done.exit_code == 2
    return " ".join(done.output.split())


def write(path: Path, header: str, rows: list[str]) -> str:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return str(path)


# --- likelihoods in their tails -------------------------------------------------------------------------------------


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


# --- units of time --------------------------------------------------------------------------------------------------

RIVAL = ("--points", file("time-unit-rival-points.csv"), "--at-risk", file("time-unit-rival-risk.csv"))
MALE = ("--targets", file("time-unit-targets.csv"), "--arm", "new")


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


# --- medians --------------------------------------------------------------------------------------------------------

TIES = ("--data", file("median-ties-people.csv"), "--targets", file("median-ties-targets.csv"))


@pytest.mark.parametrize(("rule", "ratio"), [((), 1.096), (("--median-rule", "half"), 1.588)])
def test_medians_with_ties_follow_a_named_rule(rule: tuple[str, ...], ratio: float) -> None:
    """Odds ratios of the case: 1.299 unadjusted, 1.096 strictly above the median as R maicplus, 1.588 by halves."""
    content = answer("adjust", *TIES, "--responders", "50/100", *rule)
    plain, adjusted = (row["value"] for row in content["effects"])
    assert plain == pytest.approx(1.299, abs=0.0005)
    assert adjusted == pytest.approx(ratio, abs=0.0005)
    assert any("80 of 200 patients have exactly this value" in str(note) for note in content["notes"])


def test_a_rule_of_medians_without_a_median_is_refused() -> None:
    example = ("--data", file("time-unit-people-day.csv"), *MALE, "--median-rule", "half")
    assert "applies only where a median is matched" in refusal("adjust", *example)


# --- nothing sinks the rest and nothing vanishes --------------------------------------------------------------------


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


def test_columns_of_people_that_cannot_be_matched_are_named(tmp_path: Path) -> None:
    rows = [f"A,{i},1,{'F' if i % 2 else 'M'},site {i}" for i in range(1, 13)]
    data = write(tmp_path / "p.csv", "arm,month,event,sex,centre", rows)
    targets = write(tmp_path / "t.csv", "covariate,statistic,value", ["male,percent,40"])
    notes = [str(note) for note in answer("adjust", "--data", data, "--targets", targets)["notes"]]
    assert any("centre is not used; column centre holds text" in note for note in notes)
    assert any("sex: 'F' was read as female in 6 rows" in note for note in notes)
    assert any("not matched: female" in note for note in notes)
    wanted = write(tmp_path / "c.csv", "covariate,statistic,value", ["centre,percent,40"])
    assert "centre: cannot be matched; column centre holds text" in refusal(
        "adjust", "--data", data, "--targets", wanted
    )


def test_a_person_who_stands_twice_is_refused(tmp_path: Path) -> None:
    data = write(tmp_path / "p.csv", "usubjid,arm,month,event", ["1,A,3,1", "2,A,4,1", "1,A,3,1"])
    with pytest.raises(InputError, match="line 4, usubjid: '1' stands in line 2 already"):
        read_patients(Path(data))


# --- closed words and indicators ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "cell", "covariate"),
    [("sex", "M", "male"), ("gender", "F", "female"), ("isotype", "IGA", "iga"), ("frailty", "FRAIL", "frail")],
)
def test_known_words_become_covariates(column: str, cell: str, covariate: str, tmp_path: Path) -> None:
    data = write(tmp_path / "p.csv", f"{column},response", [f"{cell},1", ",0"])
    found = read_patients(Path(data)).covariates[covariate]
    assert found[0] == 1
    assert np.isnan(found[1])


@QUICK
@given(
    st.sampled_from([("sex", SEX), ("isotype", ISOTYPE), ("frailty", FRAILTY)]),
    st.text("abcdefgxyz", min_size=4, max_size=9),
)
def test_other_words_are_refused_with_their_row(tmp_path: Path, column: tuple[str, object], word: str) -> None:
    name, words = column
    if words.find(word) is not None:  # type: ignore[attr-defined]
        return
    data = write(tmp_path / "p.csv", f"{name},response", [f"{words.allowed[0]},1", f"{word},0"])  # type: ignore[attr-defined]
    with pytest.raises(InputError, match=rf"line 3, {name}: '{word}' is no {name}; allowed"):
        read_patients(Path(data))


def test_stages_in_roman_numbers_are_read(tmp_path: Path) -> None:
    data = write(tmp_path / "p.csv", "iss,response", ["I,1", "III,0", "Stage II,0"])
    assert read_patients(Path(data)).covariates["iss"].tolist() == [1, 3, 2]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["age,middle,60"], "'middle' is no statistic; allowed: mean, sd, median, share, percent"),
        (["male,percent,0.45"], "0.45 percent is less than 1; is it a share"),
        (["male,share,45"], "a share of 45 is above 1; percentages have the statistic percent"),
        (["age,sd,0"], "a standard deviation of 0; it is positive"),
    ],
)
def test_baseline_figures_that_cannot_be_are_refused(rows: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        read_targets(Path(write(tmp_path / "t.csv", "covariate,statistic,value", rows)))


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


# --- numbers at a glance --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--ratio", "70,60,82"), "outside what a hazard ratio can be"),
        (("--ratio", "0.75,0.74,0.94"), "is not in the middle of its interval"),
        (("--ratio", "0.75,0.80,0.94"), "a ratio lies inside its interval"),
        (("--responders", "10.5/20"), "whole numbers of patients are needed"),
        (("--responders", "20/20"), "somebody must respond and somebody not"),
    ],
)
def test_comparators_that_cannot_be_are_refused(options: tuple[str, ...], message: str, tmp_path: Path) -> None:
    rows = [f"{arm},{m},{m % 2},{m % 3 % 2},{m % 2}" for arm in ("A", "B") for m in range(1, 31)]
    data = write(tmp_path / "p.csv", "arm,month,event,old,response", rows)
    targets = write(tmp_path / "t.csv", "covariate,statistic,value", ["old,percent,40"])
    control = ("--control", "B") if options[0] == "--ratio" else ()
    given = ("--data", data, "--targets", targets, "--arm", "A", *control, *options)
    assert message in refusal("adjust", *given)


def test_an_age_in_days_is_refused(tmp_path: Path) -> None:
    data = write(tmp_path / "p.csv", "age,response", ["64,1", "23376,0"])
    with pytest.raises(InputError, match="line 3, age: 23376 years is outside what an age can be"):
        read_patients(Path(data))
    with pytest.raises(InputError, match="no option accepts it: nobody was older"):
        read_patients(Path(data), allow_implausible=True)


def test_an_arm_without_events_while_the_other_is_followed_has_no_ratio() -> None:
    from cereblon.synthesis.adjustment.weighted_outcomes import quick_log_hazard_ratio, weighted_log_hazard_ratio

    month = np.concatenate([np.arange(1.0, 11.0), np.arange(11.0, 21.0)])
    observed, in_arm = np.ones(20, bool), np.arange(20) < 10
    for estimate in (weighted_log_hazard_ratio, quick_log_hazard_ratio):
        with pytest.raises(InputError, match="no event of the comparator comes while the other is followed"):
            estimate(month, observed, in_arm, np.ones(20))


def test_covariates_that_separate_responders_are_refused(tmp_path: Path) -> None:
    rows = [f"A,{60 + m},{int(m > 15)}" for m in range(30)]
    data = write(tmp_path / "p.csv", "arm,age,response", rows)
    targets = write(tmp_path / "t.csv", "covariate,statistic,value", ["age,mean,70"])
    given = ("--data", data, "--targets", targets, "--responders", "10/20", "--method", "stc")
    assert "the covariates separate responders from others" in refusal("adjust", *given)


# --- the order of rows ----------------------------------------------------------------------------------------------


def shuffled(path: Path, source: Path, seed: int) -> str:
    header, *rows = source.read_text(encoding="utf-8").split("\n")
    rows = [row for row in rows if row.strip()]
    order = np.random.default_rng(seed).permutation(len(rows))
    return write(path, header, [rows[i] for i in order])


def same(one: object, other: object) -> bool:
    """Compare results up to the rounding of sums in another order."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=1e-6, abs=1e-9)
    if isinstance(one, str) and isinstance(other, str):
        return one.replace("shuffled", "") == other.replace("shuffled", "")
    return one == other


@QUICK
@given(st.integers(0, 2**16))
def test_readers_do_not_depend_on_the_order_of_rows(tmp_path: Path, seed: int) -> None:
    points = read_points(EXAMPLES / "curve-points.csv")
    for name, other in read_points(Path(shuffled(tmp_path / "a.csv", EXAMPLES / "curve-points.csv", seed))).items():
        assert np.array_equal(other.month, points[name].month)
        assert np.array_equal(other.survival, points[name].survival)
        assert other.notes == points[name].notes
    risk = read_risk_table(EXAMPLES / "curve-at-risk.csv")
    for name, table in read_risk_table(
        Path(shuffled(tmp_path / "b.csv", EXAMPLES / "curve-at-risk.csv", seed))
    ).items():
        assert np.array_equal(table.count, risk[name].count)
    figures, _ = read_targets(EXAMPLES / "adjust-targets.csv")
    again, _ = read_targets(Path(shuffled(tmp_path / "c.csv", EXAMPLES / "adjust-targets.csv", seed)))
    assert [(t.label, t.value) for t in figures] == [(t.label, t.value) for t in again]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("models", ["none", "weibull"])
def test_curve_does_not_depend_on_the_order_of_rows(seed: int, models: str, tmp_path: Path) -> None:
    files = {name: EXAMPLES / f"curve-{name}.csv" for name in ("points", "at-risk")}
    options = ("--models", models, "--landmark", "24")
    before = answer("curve", "--points", str(files["points"]), "--at-risk", str(files["at-risk"]), *options)
    mixed = {name: shuffled(tmp_path / f"{name}.csv", path, seed) for name, path in files.items()}
    after = answer("curve", "--points", mixed["points"], "--at-risk", mixed["at-risk"], *options)
    assert same(before["rows"], after["rows"])
    rebuilt = [[{**row, "study": ""} for row in one["individuals"]] for one in (before, after)]  # named by the file
    assert same(rebuilt[0], rebuilt[1])


@pytest.mark.parametrize(
    "options",
    [
        ("--ratio", "0.75,0.60,0.94", "--control", "control"),
        ("--ratio", "0.75,0.60,0.94", "--control", "control", "--bootstrap", "100"),
        ("--ratio", "0.75,0.60,0.94", "--control", "control", "--method", "stc"),
    ],
    ids=["weights", "bootstrap", "regression"],
)
def test_adjust_does_not_depend_on_the_order_of_rows(options: tuple[str, ...], tmp_path: Path) -> None:
    people, targets = EXAMPLES / "adjust-patients.csv", EXAMPLES / "adjust-targets.csv"
    before = answer("adjust", "--data", str(people), "--targets", str(targets), "--arm", "new", *options)
    mixed = (shuffled(tmp_path / "p.csv", people, 3), shuffled(tmp_path / "t.csv", targets, 3))
    after = answer("adjust", "--data", mixed[0], "--targets", mixed[1], "--arm", "new", *options)
    assert same(before["effects"], after["effects"])


@pytest.mark.parametrize("seed", [1, 2])
def test_over_time_does_not_depend_on_the_order_of_rows(seed: int, tmp_path: Path) -> None:
    rows = [f"{s},{t},{(m * k) % 37 + 1},{m % 2}" for s in "xy" for t, k in (("A", 7), ("B", 5)) for m in range(40)]
    data = write(tmp_path / "d.csv", "study,arm,month,event", rows)
    options = ("--reference", "A", "--changes", "12", "--months", "6,24")
    before = answer("over-time", "--data", data, *options)
    after = answer("over-time", "--data", shuffled(tmp_path / "e.csv", Path(data), seed), *options)
    assert same(before["effects"], after["effects"])
    assert same(before["models"], after["models"])


# --- what too few events cannot tell ---


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


# --- people without a covariate ---


def test_people_without_a_matched_covariate_are_refused_or_left_out_by_name(tmp_path: Path) -> None:
    """The weights of the others are those of a table without these people."""
    rows = [f"new,{50 + 7 * i % 31},{int(i % 3 == 0)}" for i in range(40)]
    targets = write(tmp_path / "targets.csv", "covariate,statistic,value", ["age,mean,66"])
    some = write(tmp_path / "some.csv", "arm,age,response", [*rows, "new,NA,1", "new,,0"])
    less = write(tmp_path / "less.csv", "arm,age,response", rows)
    shared = ("--targets", targets, "--responders", "30/60")
    assert "age: missing in 2 of 42 patients" in refusal("adjust", "--data", some, *shared)
    content = answer("adjust", "--data", some, *shared, "--leave-out-missing")
    assert any("2 of 42 patients are left out, since age is missing in 2" in str(note) for note in content["notes"])
    assert content["effects"] == answer("adjust", "--data", less, *shared)["effects"]
    assert "changes nothing" in refusal("adjust", "--data", less, *shared, "--leave-out-missing")


def test_points_that_all_lie_at_the_start_are_no_curve() -> None:
    with pytest.raises(InputError, match="no point lies after month 0, so there is no curve"):
        digitised_curve([0, 0, 0], [1.0, 0.8, 0.6])


def test_a_curve_that_starts_below_one_is_said() -> None:
    curve = digitised_curve([0, 0, 6], [1.0, 0.9, 0.6])
    assert curve.survival.tolist() == [1.0, 0.6]
    assert curve.notes == ("the points at month 0 fall to 0.9; the curve is taken to start at 1",)


@pytest.mark.parametrize("spread", ["1e308", "1e155", "1000"])
def test_a_spread_beyond_what_people_span_is_refused(spread: str, tmp_path: Path) -> None:
    (tmp_path / "targets.csv").write_text(f"covariate,statistic,value\nage,mean,66.5\nage,sd,{spread}\n")
    with pytest.raises(InputError, match=r"age sd .* lies outside what the .* patients span"):
        cb.adjust(EXAMPLES / "adjust-patients.csv", tmp_path / "targets.csv", arm="new", match="age")
