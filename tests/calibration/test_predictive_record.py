"""The predictive record: how studies are simulated, scores, baselines and pages, without simulating."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from cereblon.calibration.baselines import BaselinePrediction, mean_of_setting, network_estimate, treatment_of
from cereblon.calibration.pages import record_page
from cereblon.calibration.picture import chart, picture_rows
from cereblon.calibration.prediction import Prediction
from cereblon.calibration.predictive_record import (
    SCORES,
    Judged,
    PredictiveRecord,
    _all_scores,
    absolute,
    chance_alone,
    ranking,
    score_set,
)
from cereblon.calibration.real_world import gaps
from cereblon.cli.validate import app
from cereblon.evidence import load_all, load_study
from cereblon.trials.run_in import look_up_run_ins
from cereblon.trials.study_plan import plan_study
from cereblon.trials.uncertainty import assumed_sd, split_replicates, widened


def predicted(**given):
    values = {
        "study": "maia",
        "name": "MAIA",
        "role": "validation",
        "practice": False,
        "setting": "ndmm-tie",
        "endpoint": "orr",
        "arm": "drd",
        "versus": "",
        "month": None,
        "unit": "percent",
        "cut": "",
        "published": 80.0,
        "published_low": None,
        "published_high": None,
        "predicted": 84.0,
        "low": 70.0,
        "high": 92.0,
        "given": None,
        "given_low": None,
        "given_high": None,
        "sd_parameter": 0.2,
        "sd_trial": 0.3,
        "sd_sampling": 0.1,
        "n": 300,
        "source": "doi:10.1000/1",
    }
    return Prediction(**{**values, **given})


RATIO = {"endpoint": "pfs_hr", "versus": "rd", "unit": "ratio", "published_low": 0.4, "published_high": 0.7}


def record():
    rows = (
        predicted(),
        predicted(arm="rd", published=60.0, predicted=50.0, low=40.0, high=58.0),
        predicted(published=0.55, predicted=0.5, low=0.4, high=0.65, **RATIO),
        predicted(endpoint="pfs_median", unit="months", published=60.0, predicted=48.0, low=30.0, high=80.0),
    )
    return PredictiveRecord(
        predictions=rows,
        not_simulated=(("eloquent1", "erd", "no regimen"),),
        notes={},
        scores=_all_scores(rows, {}, None),
        ensemble="point values",
    )


def test_scores_are_medians_of_errors_and_shares_inside():
    """By hand: response misses of 4 and 10 points; log(0.55 / 0.5) = 0.0953; 48 against 60 months is 20 % off."""
    scores = record().scores["validation"]
    assert scores["inside_90"] == pytest.approx(3 / 4)
    assert scores["orr_median_abs_error"] == pytest.approx(7.0)
    assert scores["pfs_log_hr_median_abs_error"] == pytest.approx(math.log(0.55 / 0.5))
    assert scores["pfs_median_rel_error"] == pytest.approx(0.2)
    assert scores["hr_inside_published_ci"] == 1.0
    assert scores["cr_median_abs_error"] is None
    assert scores["n"] == 4


def test_the_json_has_the_shape_that_programs_rely_on():
    content = json.loads(json.dumps(record().as_json()))
    assert set(content) >= {"scores", "rows"}
    for values in content["scores"].values():
        assert tuple(values) == SCORES
    assert {"study", "endpoint", "published", "predicted", "low", "high", "inside"} <= set(content["rows"][0])


def test_chance_alone_leaves_two_thirds_of_a_standard_error():
    """The median of |x| of a normal x is 0.674 standard deviations; an interval of 0.4 to 0.7 has one of 0.143."""
    rows = record().predictions
    expected = 0.6745 * math.log(0.7 / 0.4) / (2 * 1.96)
    assert chance_alone(rows, "pfs_hr") == pytest.approx(expected, rel=0.01)
    assert chance_alone(rows, "os_hr") is None


def test_survival_is_scored_by_landmarks_and_hazard_ratios():
    rate = {"endpoint": "os_rate", "month": 60.0, "published": 66.0, "predicted": 55.0}
    ratio = {"endpoint": "os_hr", "versus": "rd", "unit": "ratio", "published": 0.67, "predicted": 0.88}
    scores = score_set([absolute(predicted(**rate)), absolute(predicted(**ratio))])
    assert scores["os_rate_median_abs_error"] == pytest.approx(11.0)
    assert scores["os_log_hr_median_abs_error"] == pytest.approx(math.log(0.88 / 0.67))


def test_the_page_sets_floor_and_baselines_beside_the_scores():
    rows = record().predictions
    baselines = {
        name: [BaselinePrediction(one.published, one.low, one.high) for one in rows]
        for name in ("naive_mean", "naive_network")
    }
    scores = _all_scores(rows, baselines, None)
    text = record_page(replace(record(), scores=scores, baselines=baselines))
    assert "(chance alone leaves 0.10)" in text
    assert "| score | mean of the setting | model | network of trials | model |" in text
    line = next(line for line in text.splitlines() if line.startswith("| ORR, points | 0.0"))
    assert line.count("not better") == 2  # nothing is better than the published number itself


def test_a_ratio_beyond_its_published_interval_is_counted():
    far = Judged(
        endpoint="pfs_hr", published=0.55, published_low=0.4, published_high=0.7, predicted=0.8, low=0.6, high=1.0
    )
    assert score_set([far])["hr_inside_published_ci"] == 0.0


def test_arms_are_ranked_within_a_trial():
    """DRd above Rd in print and in the prediction: one pair, right."""
    assert ranking(record().predictions) == (1, 1)


def test_the_page_shows_every_study_hit_or_miss():
    text = record_page(record())
    assert "### MAIA" in text
    assert "3 of 4 numbers inside" in text
    assert "**outside**" in text
    assert "| `eloquent1` | erd | no regimen |" in text


def test_the_picture_marks_what_lies_outside():
    rows = picture_rows(record())
    assert [row["verdict"] for row in rows] == ["inside", "outside", "inside", "inside"]
    (grid,) = chart(record()).to_dict()["vconcat"]  # alone, a grid is drawn without size in a browser
    assert grid["concat"]


@pytest.mark.slow
def test_every_study_is_simulated_or_told_why_not():
    for study in load_all():
        plan = plan_study(study)
        assert plan.plan is not None or plan.reasons, study.id
        assert all(plan.reasons.values())


def test_a_study_without_trial_file_gets_a_regimen_by_its_drugs():
    plan = plan_study(load_study("rw-krd-tuscany"))
    assert plan.plan is not None
    assert plan.is_practice
    assert plan.plan.arms["krd"].size == 85
    assert any("given as the library regimen krd" in note for note in plan.notes)


def test_a_transplant_of_some_is_not_simulated():
    plan = plan_study(load_study("rw-rd-first-line-2013"))
    assert plan.plan is None
    assert "transplant" in plan.reasons["rd"]


def test_of_a_thousand_patients_those_whose_transplant_was_deferred_start_without_it():
    """751 were transplanted at once and 168 later; the file says what each start with, counted from its start."""
    plan = plan_study(load_study("rw-vrd-emory1000"))
    assert plan.plan is not None
    assert plan.plan.counted_from == "start"
    assert [part.share for part in plan.plan.run_in] == pytest.approx([751 / 919, 168 / 919], abs=0.005)
    first, deferred = (one.regimen for one in look_up_run_ins(plan.plan))
    assert any(phase.procedure == "asct" for phase in first.phases)
    assert not any(phase.procedure for phase in deferred.phases)


def test_a_study_takes_the_trial_that_it_states_itself_and_none_of_the_package():
    """A study of a user's file may have the key of a packaged one."""
    stated = load_study("pollux")
    own = plan_study(stated).plan
    made = plan_study(replace(stated, simulation={})).plan
    assert own is not None
    assert made is not None
    assert own.study is made.study is None  # it is not looked up again by its key
    assert list(own.arms) == list(made.arms) == ["drd", "rd"]
    assert (own.enrolment_months, made.enrolment_months) == (13, 24)


def test_the_mean_of_the_setting_leaves_the_study_itself_out():
    own = mean_of_setting(predicted(study="pollux", setting="rrmm", arm="drd", role="calibration"))
    other = mean_of_setting(predicted(study="eloquent2", setting="rrmm"))
    assert own is not None
    assert other is not None
    assert own.value < other.value  # POLLUX's own 92.9 % with DRd is not in its mean


def test_the_network_carries_the_ratio_of_pollux_to_maia():
    """DRd against Rd is compared by POLLUX alone, with 0.44; nothing else is in between."""
    baseline = network_estimate(predicted(**RATIO), load_study(predicted(**RATIO).study))
    assert baseline is not None
    assert baseline.value == pytest.approx(0.44, abs=0.005)


def test_a_comparison_that_no_calibration_trial_makes_has_no_network_estimate():
    study = load_study("atlas")
    assert treatment_of(study, "krd") != treatment_of(study, "r")
    one = predicted(**{**RATIO, "study": "atlas", "arm": "krd", "versus": "r"})
    assert network_estimate(one, load_study("atlas")) is None


def replicate_rows(values):
    return [
        {
            "endpoint": "orr",
            "arm": "a",
            "versus": "",
            "grade": "",
            "month": None,
            "unit": "percent",
            "value": value,
            "low": value - 5.0,
            "high": value + 5.0,
            "level": 0.95,
            "n": 200,
            "replicate": place,
        }
        for place, value in enumerate(values)
    ]


def test_intervals_of_a_run_are_widened_by_the_estimated_spread_between_trials():
    parts = split_replicates(replicate_rows([50.0] * 10), {"response": 0.4})
    one = parts[("orr", "a", "", None)]
    assert one.parts.trial == pytest.approx(0.4)
    low, high = widened((50.0, 50.0), 50.0, "percent", one)
    assert one.parts.assumed == assumed_sd("orr", "share") > 0
    assert low == pytest.approx(100 / (1 + math.exp(1.644854 * math.hypot(0.4, one.parts.assumed))))
    assert high == pytest.approx(100 - low)


def test_a_split_of_few_replicates_says_nothing():
    assert split_replicates(replicate_rows([50.0] * 4), {"response": 0.4}) == {}


def test_replicates_that_already_differ_as_trials_do_are_widened_by_assumed_numbers_alone():
    one = split_replicates(replicate_rows([30.0, 70.0] * 5), {"response": 0.1})[("orr", "a", "", None)]
    same = replace(one, shown_between_trials=one.parts.trial)
    fixed = replace(same, parts=replace(same.parts, assumed=0.0))
    assert widened((30.0, 70.0), 50.0, "percent", fixed) == pytest.approx((30.0, 70.0))
    low, high = widened((30.0, 70.0), 50.0, "percent", same)
    reach = math.hypot(math.log(70 / 30), 1.644854 * same.parts.assumed)
    assert (low, high) == pytest.approx((100 / (1 + math.exp(reach)), 100 / (1 + math.exp(-reach))))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "best"], "all, validation or calibration"),
        (["--json", "--csv"], "one format can be printed at a time"),
    ],
)
def test_wrong_usage_is_told(arguments, message):
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert message in result.output.replace("\n", " ")


def test_a_gap_to_routine_care_splits_into_parts_that_add_up():
    """Times 40 in the trial (predicted 50), 20 in care (predicted 25; 40 when treated as in a trial)."""
    months = {"endpoint": "pfs_median", "unit": "months", "arm": "ird", "setting": "rrmm", "versus": ""}
    trial = predicted(study="tourmaline-mm1", published=40.0, predicted=50.0, role="calibration", **months)
    care = predicted(
        study="rw-ird-insure", practice=True, published=20.0, predicted=25.0, in_trial_care=40.0, **months
    )
    (gap,) = gaps([trial, care])
    assert gap.population == pytest.approx(math.log(40 / 50))
    assert gap.treatment == pytest.approx(math.log(25 / 40))
    assert gap.population + gap.treatment + gap.remainder == pytest.approx(math.log(20 / 40))
    assert gap.after(gap.population, gap.treatment, gap.remainder) == pytest.approx(20.0)


def test_without_a_trial_of_the_regimen_there_is_no_gap():
    care = predicted(study="rw-x", practice=True, arm="vrd", setting="rrmm", in_trial_care=70.0)
    assert gaps([care]) == []
