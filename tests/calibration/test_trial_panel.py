"""Arms of several trials as one simulation."""

from __future__ import annotations

import pytest

from cereblon.calibration.longer_follow_up import months_for_medians
from cereblon.calibration.trial_panel import Simulated, _later, build_panel, complete
from cereblon.evidence import load_study
from cereblon.trials.library import load_trial
from cereblon.trials.trial import TrialPlan, VisitPlan


def test_each_arm_keeps_its_own_gap_between_lines(small_plan: TrialPlan) -> None:
    """The file of the small trial writes gaps of 28 and of 14 days."""
    panel = build_panel([small_plan], per_arm=8)
    assert panel.program.gap_weeks[:2].tolist() == [4, 2]


def test_a_median_that_is_not_reached_is_read_off_the_curve_and_not_made_up_for_responders() -> None:
    """With constant hazards 70.7 % at 24 months are a half at 48; no median lies before its landmark."""
    unreached, quarter = Simulated(None, None, None, 40), Simulated(25.0, 15.0, 40.0, 40)
    outcomes = {
        ("pfs_median", "a", "", None): unreached,
        ("pfs_rate", "a", "", 24.0): quarter,
        ("ttnt_median", "a", "", None): unreached,
        ("dor_median", "a", "", None): unreached,
    }
    assert complete(("pfs_median", "a", "", None), outcomes, 60.0) == 24.0
    assert complete(("ttnt_median", "a", "", None), outcomes, 60.0) == 90.0
    assert complete(("dor_median", "a", "", None), outcomes, 60.0) is None
    rest = outcomes | {("pfs_rate", "a", "", 24.0): Simulated(70.7107, 60.0, 80.0, 40)}
    assert complete(("pfs_median", "a", "", None), rest, 60.0) == pytest.approx(48.0, rel=1e-4)


def test_each_arm_keeps_the_visits_of_its_trial(small_plan: TrialPlan) -> None:
    often = small_plan.model_copy(update={"id": "often", "visits": VisitPlan(response_every_weeks=2)})
    panel = build_panel([small_plan, often], per_arm=8)
    assert panel.program.response_every_weeks[:4].tolist() == [4, 4, 2, 2]


def test_a_trial_has_the_same_subjects_whatever_trials_are_beside_it(small_plan: TrialPlan) -> None:
    other = small_plan.model_copy(update={"id": "other"})
    (_, alone), (_, beside) = (
        next(one for one in build_panel(plans, per_arm=8)._ids(3) if one[0].plan.id == small_plan.id)
        for plans in ([small_plan], [other, small_plan])
    )
    assert alone.tolist() == beside.tolist()


@pytest.mark.parametrize(
    ("study", "months"),
    [
        ("atlas", 1.5 * 61.8),  # a median of survival at nearly twice the median follow-up of 33.8 months
        ("mm021-china", 0.0),  # prints no median
    ],
)
def test_patients_are_followed_to_the_medians_that_their_trial_prints_late(study: str, months: float) -> None:
    published = load_study(study)
    assert months_for_medians(published, load_trial(study)) == pytest.approx(months)


def test_a_panel_is_as_long_as_its_longest_follow_up_of_a_median(small_plan: TrialPlan) -> None:
    own, longer = (
        build_panel([small_plan], per_arm=8, medians_until_months=until) for until in (None, {small_plan.id: 90.0})
    )
    assert own.n_weeks < longer.n_weeks
    assert longer.n_weeks == pytest.approx(90 * 30.4375 / 7, abs=2)


def test_only_what_a_trial_does_not_reach_is_taken_from_longer_follow_up() -> None:
    """A median or a landmark; a hazard ratio is that of the trial's own follow-up, or none."""
    none, late = Simulated(None, None, None, 40), Simulated(70.0, 60.0, 80.0, 40)
    for endpoint, found in (("os_median", late), ("os_rate", late), ("os_hr", none)):
        key = (endpoint, "a", "", None)
        assert _later(key, none, {key: late}) == found
