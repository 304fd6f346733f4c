"""Tables as people read them: digits, small p-values, and columns that nothing fills."""

import pytest

from cereblon.report.cells import written
from cereblon.report.style import wrap_columns


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("q", 1.203e-29, "0"),
        ("p", 1.078e-12, "below 0.0001"),
        ("p", 0.05208, "0.05208"),
        ("value", 3.916e-09, "0.000000003916"),
        ("value", 1.5e7, "15000000"),
        ("effect", -0.821, "-0.821"),
    ],
)
def test_no_number_is_written_with_a_power_of_ten(name: str, value: float, words: str) -> None:
    assert written([{name: value}])[1] == [[words]]


def test_a_column_that_nothing_fills_is_left_out() -> None:
    head, cells = written([{"study": "maia", "prediction_low": None, "p": 0.5}, {"study": "pollux", "p": None}])
    assert (head, cells) == (["study", "p"], [["maia", "0.5"], ["pollux", ""]])


def test_long_words_beside_a_plot_run_on_below_and_make_room_where_there_is_none() -> None:
    lines = [{"name": "Second primary malignancy, any grade"}, {"name": ""}, {"name": "Rash"}]
    assert (wrap_columns(lines, {"name": 150}), lines[0]["name"]) == (0, "Second primary\nmalignancy, any grade")
    alone = [{"name": "Second primary malignancy, any grade"}, {"name": "Rash"}]
    assert wrap_columns(alone, {"name": 150}) == 14
