"""Arms of several trials as one simulation."""

from __future__ import annotations

import pytest

from cereblon.calibration.trial_panel import Simulated, build_panel, complete
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
