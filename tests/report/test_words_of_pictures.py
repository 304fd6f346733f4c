"""Words in pictures and lists: labels have room, a narrow window has them as lines, and words have no unit."""

from __future__ import annotations

from cereblon.report.observed import attrition_chart, attrition_lines
from cereblon.report.verdict_section import _amount

STEPS = [
    {"criterion": "patients in the source", "kept": 405, "left_out": 0},
    {"criterion": "two codes at least 30 days apart, of myeloma", "kept": 270, "left_out": 135},
    {"criterion": "observed after the index date", "kept": None, "left_out": None},
]


def test_the_axis_of_criteria_has_room_for_the_longest() -> None:
    axis = attrition_chart(STEPS).to_dict()["vconcat"][0]["layer"][0]["encoding"]["y"]["axis"]
    assert axis["minExtent"] >= 5.2 * len("two codes at least 30 days apart, of myeloma")


def test_a_narrow_window_has_patients_left_as_lines() -> None:
    lines = attrition_lines(STEPS)
    assert [line.words for line in lines] == ["405", "270 (135 left out)", "few (few left out)"]
    assert [line.high for line in lines] == [100.0, 66.67, None]


def test_a_median_that_was_not_reached_has_no_unit() -> None:
    assert _amount("not reached", "months") == "not reached"
    assert _amount("64.0", "months") == "64.0 months"
