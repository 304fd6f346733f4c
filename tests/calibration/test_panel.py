"""Arms of several trials as one simulation."""

from __future__ import annotations

from cereblon.calibration.panel import build_panel
from cereblon.trials.trial import TrialPlan


def test_each_arm_keeps_its_own_gap_between_lines(small_plan: TrialPlan) -> None:
    """The file of the small trial writes gaps of 28 and of 14 days."""
    panel = build_panel([small_plan], per_arm=8)
    assert panel.program.gap_weeks.tolist() == [4, 2]
