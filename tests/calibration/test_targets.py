"""Targets of a fit come from calibration studies only, and contradictions in a study are refused."""

import math

import pytest

from cereblon.calibration.role_check import calibration_study, calibration_trials
from cereblon.calibration.targets import contradictions, targets
from cereblon.core.errors import InputError, UnknownNameError
from cereblon.evidence import Fact, Interval, load_study
from cereblon.model.engine.ensemble import load_ensemble
from cereblon.trials.comparison_scale import error_from_interval, error_from_size, from_scale, to_scale
from cereblon.trials.library import load_trial


def aims(study, **given):
    plan = load_trial(study)
    return targets(study, {plan.published_arm(key): arm.size for key, arm in plan.arms.items()}, **given)


@pytest.mark.parametrize("study", ["maia", "determination", "perseus", "eloquent1", "rw-ird-insure"])
def test_a_validation_study_cannot_be_a_target(study):
    with pytest.raises(InputError, match="only calibration studies may be fitted"):
        targets(study, dict.fromkeys(load_study(study).arms, 100))


def test_an_unknown_study_is_told_apart_from_a_forbidden_one():
    with pytest.raises(UnknownNameError, match="maja"):
        calibration_study("maja")


def test_every_trial_of_the_fit_has_role_calibration_and_targets():
    names = calibration_trials()
    assert "swog-s0777" in names
    for study in names:
        assert load_study(study).role == "calibration"
        assert aims(study), study


def test_the_confirmed_response_of_s0777_is_aimed_at_not_the_reassessed_one():
    """Durie 2017: 43.5 and 31.8 % VGPR or better; the reassessment of 2020 printed 74.9 and 53.7 %."""
    found = {(t.arm, t.endpoint): t.value for t in aims("swog-s0777")}
    assert found[("vrd", "vgpr_or_better")] == 43.5
    assert found[("rd", "vgpr_or_better")] == 31.8
    assert found[("vrd", "pfs_median")] == 41
    assert found[("vrd", "pfs_hr")] == 0.742


def test_a_hazard_ratio_over_a_part_of_follow_up_is_no_target():
    """ASPIRE prints 0.69 for the whole follow-up and 0.58 with censoring at 18 months."""
    assert [t.value for t in aims("aspire") if t.endpoint == "pfs_hr"] == [0.69]


def test_a_printed_interval_gives_the_standard_error_of_a_ratio():
    """POLLUX: 0.44 with 0.35 to 0.55 at 95 %, so (log 0.55 - log 0.35) / (2 x 1.96) = 0.115."""
    (ratio,) = [t for t in aims("pollux") if t.endpoint == "pfs_hr"]
    assert ratio.sampling_sd == pytest.approx(0.1153, abs=0.0005)


def fact(**given):
    values = {"arm": "a", "endpoint": "orr", "unit": "percent", "source": "s"}
    return Fact(**{**values, **given})


def test_numbers_that_contradict_each_other_are_listed_together():
    facts = [
        fact(value=60.0),
        fact(endpoint="vgpr_or_better", value=70.0),
        fact(arm="b", value=103.0),
        fact(arm="a", versus="b", endpoint="pfs_hr", unit="ratio", value=0.5, interval=Interval(level=0.95, low=0.6)),
    ]
    problems = contradictions("trial", facts)
    assert len(problems) == 3
    assert any("vgpr_or_better 70 % exceeds orr 60 %" in problem for problem in problems)
    assert any("103 percent is impossible" in problem for problem in problems)
    assert any("outside its own interval" in problem for problem in problems)


def test_the_packaged_calibration_studies_do_not_contradict_themselves():
    for study in calibration_trials():
        aims(study)  # raises otherwise


def test_an_arm_without_size_is_refused():
    with pytest.raises(InputError, match="rv-mm-pi-209, arm mel-rmaint: no size"):
        targets("rv-mm-pi-209", {"mel-rmaint": 0})


@pytest.mark.parametrize(("kind", "value"), [("share", 12.5), ("time", 30.0), ("ratio", 0.7)])
def test_scales_are_left_as_they_were_entered(kind, value):
    assert from_scale(kind, to_scale(kind, value)) == pytest.approx(value)


def test_a_share_has_the_binomial_error_of_its_logit():
    """Delta method: 1 / sqrt(n p (1 - p)) = 1 / sqrt(400 x 0.8 x 0.2) = 0.125."""
    assert error_from_size("share", 80.0, 400) == pytest.approx(0.125)


def test_half_an_interval_still_gives_an_error():
    one = error_from_interval("time", 20.0, None, 30.0, 0.95)
    assert one == pytest.approx(math.log(1.5) / 1.959964)
    assert error_from_interval("time", None, None, 30.0, 0.95) is None


def test_the_time_to_progression_of_calgb_that_counts_deaths_is_no_target():
    """Holstein 2017 prints 57.3 and 28.9 months with deaths and crossing over; the label 68.4 and 22.8 without."""
    found = {(one.arm, one.endpoint): one.value for one in aims("calgb-100104")}
    assert found["len", "pfs_median"] == 68.4
    assert found["pbo", "pfs_median"] == 22.8
    assert not [endpoint for _, endpoint in found if endpoint.startswith("ttp")]


def test_other_studies_keep_their_time_to_progression():
    assert ("dex", "ttp_median") in {(one.arm, one.endpoint) for one in aims("mm009-mm010-pooled")}


def test_the_packaged_fit_aimed_at_the_numbers_of_the_study_files():
    """Whoever finds a number that a fit aims at runs the fit again; else its page describes another fit."""
    made = load_ensemble().provenance
    longest = made["settings"]["longest_months"]
    studies = [*made["studies"], *made["refractory"]["studies"]]
    found = [target for study in studies for target in aims(study, longest_months=longest)]
    now = {(target.study, target.arm, target.versus, target.endpoint, target.month, target.value) for target in found}
    keys = ("study", "arm", "versus", "endpoint", "month", "published")
    fitted = {tuple(row[key] for key in keys) for row in made["predicted"]}
    assert now == fitted
    assert set(calibration_trials()) == set(made["studies"])
