"""Targets of a fit come from calibration studies only, and distances are on a sensible scale."""

import math

import pytest

from cereblon.calibration.fit import FREE
from cereblon.calibration.targets import STUDIES, Target, targets
from cereblon.errors import InputError
from cereblon.evidence import load_study
from cereblon.parameter import load_parameters
from cereblon.trials.trial import load_trial


@pytest.mark.parametrize("study", ["maia", "determination", "perseus", "eloquent1"])
def test_a_validation_study_cannot_be_a_target(study):
    with pytest.raises(InputError, match="only calibration studies may be fitted"):
        targets(study, list(load_study(study).arms))


def test_every_study_of_the_fit_has_role_calibration_and_targets():
    for study in STUDIES:
        assert load_study(study).role == "calibration"
        assert targets(study, list(load_trial(study).arms)), study


def test_the_confirmed_response_of_s0777_is_aimed_at_not_the_reassessed_one():
    """Durie 2017: 43.5 and 31.8 % VGPR or better; the reassessment of 2020 printed 74.9 and 53.7 %."""
    found = {(t.arm, t.endpoint): t.value for t in targets("swog-s0777", ["vrd", "rd"])}
    assert found[("vrd", "vgpr_or_better")] == 43.5
    assert found[("rd", "vgpr_or_better")] == 31.8
    assert found[("vrd", "pfs_median")] == 41
    assert found[("vrd", "pfs_hr")] == 0.742


def test_a_hazard_ratio_over_a_part_of_follow_up_is_no_target():
    """ASPIRE prints 0.69 for the whole follow-up and 0.58 with censoring at 18 months."""
    assert [t.value for t in targets("aspire", ["krd", "rd"]) if t.endpoint == "pfs_hr"] == [0.69]


def test_distance_is_zero_at_the_published_value_and_signed_around_it():
    share = Target(study="s", endpoint="orr", arm="a", versus="", value=80.0, sd=0.2)
    assert share.residual(80.0) == pytest.approx(0.0)
    assert share.residual(90.0) == pytest.approx((math.log(9.0) - math.log(4.0)) / 0.2)
    assert share.residual(70.0) < 0
    time = Target(study="s", endpoint="pfs_median", arm="a", versus="", value=20.0, sd=0.1)
    assert time.residual(40.0) == pytest.approx(math.log(2.0) / 0.1)
    assert time.residual(None) == 4.0


def test_every_free_parameter_exists_and_its_transform_is_defined():
    for free in FREE:
        parameters = load_parameters(free.group)
        name = free.name if free.name in parameters else free.name.removesuffix("_sd")
        assert name in parameters, free
        number = parameters[name].value if free.name in parameters else parameters[name].sd_log
        assert number > 0 or not free.is_log, free
