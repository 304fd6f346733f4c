"""Points and numbers at risk are checked before anything is rebuilt: what is impossible is refused and named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cereblon.core.errors import InputError
from cereblon.synthesis.curves.digitised import (
    digitised_curve,
    match_arms,
    read_points,
    read_risk_table,
    risk_table,
)


def test_a_curve_that_rises_is_refused_with_the_month() -> None:
    with pytest.raises(InputError, match=r"the curve rises, from 0\.7 to 0\.8 at month 6"):
        digitised_curve([0, 3, 6], [1, 0.7, 0.8])


def test_a_slow_climb_in_small_steps_is_refused_too() -> None:
    with pytest.raises(InputError, match="the curve rises"):
        digitised_curve([0, 3, 4, 5, 6], [1, 0.7, 0.71, 0.72, 0.73])


def test_jitter_of_the_digitiser_is_levelled_and_counted() -> None:
    curve = digitised_curve([0, 3, 6, 9], [1, 0.700, 0.705, 0.6])
    assert curve.survival.tolist() == [1, 0.7, 0.7, 0.6]
    assert "1 points rose, by at most 0.5 percentage points" in curve.notes[0]


def test_probabilities_outside_0_to_1_are_refused() -> None:
    with pytest.raises(InputError, match="survival is 98 at month 1"):
        digitised_curve([1, 2], [98, 90])
    with pytest.raises(InputError, match=r"survival is -0\.2 at month 9"):
        digitised_curve([0, 9], [1, -0.2])


def test_points_mean_the_same_in_any_order() -> None:
    shuffled = digitised_curve([12, 0, 9, 4], [0.7, 1, 0.8, 0.9])
    assert shuffled.month.tolist() == [0, 4, 9, 12]
    assert shuffled.survival.tolist() == [1, 0.9, 0.8, 0.7]


def test_negative_times_are_refused() -> None:
    with pytest.raises(InputError, match="time is -5 months; time starts at 0"):
        digitised_curve([-5, 9, 12], [1, 0.8, 0.7])


def test_a_curve_starts_at_one_even_if_the_first_point_is_later() -> None:
    curve = digitised_curve([2, 5], [0.9, 0.8])
    assert (curve.month[0], curve.survival[0]) == (0, 1)


def test_of_two_points_at_one_time_the_lower_holds() -> None:
    curve = digitised_curve([0, 4, 4], [1, 0.9, 0.8])
    assert curve.month.tolist() == [0, 4]
    assert curve.survival.tolist() == [1, 0.8]


@pytest.mark.parametrize(
    ("month", "count", "message"),
    [
        ([0, 6, 12], [100, 80, 90], "the number at risk grows from 80 at month 6 to 90 at month 12"),
        ([0, 12, 6], [100, 80, 70], "grows from 70 at month 6 to 80 at month 12"),
        ([0, 6, 6], [100, 80, 70], "month 6 stands twice"),
        ([3, 6], [100, 80], "the first time is month 3; the number at month 0 is needed"),
        ([0, 6], [100, 80.5], r"80\.5 at risk at month 6; a whole number of patients is needed"),
        ([0, 6], [100, -1], "-1 at risk at month 6"),
        ([0], [0], "0 at risk at the start"),
    ],
)
def test_impossible_numbers_at_risk_are_refused(month: list[float], count: list[float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        risk_table(month, count)


def test_all_problems_of_a_risk_table_are_listed_at_once() -> None:
    with pytest.raises(InputError) as caught:
        risk_table([3, 6, 9], [80, 90, 70.5])
    assert len(caught.value.message.splitlines()) == 3


def test_a_file_says_its_unit_of_time_by_the_name_of_the_column(tmp_path: Path) -> None:
    file = tmp_path / "points.csv"
    file.write_text("arm,year,percent\nA,0,100\nA,1,80\nA,2,60\nB,0,100\nB,1,70\n")
    curves = read_points(file)
    assert list(curves) == ["A", "B"]
    assert curves["A"].month.tolist() == [0, 12, 24]
    assert curves["A"].survival.tolist() == [1, 0.8, 0.6]


def test_a_time_unit_that_contradicts_the_column_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "points.csv"
    file.write_text("month,survival\n0,1\n6,0.8\n")
    with pytest.raises(InputError, match="'month' contradicts the time unit years"):
        read_points(file, time_unit="years")


def test_cells_that_are_no_numbers_are_named_by_line(tmp_path: Path) -> None:
    file = tmp_path / "points.csv"
    file.write_text("month,survival\n0,1\nsix,0.8\n9,nan\n")
    with pytest.raises(InputError, match=r"line 3, month: 'six' is not a number\n.*line 4, survival: 'nan'"):
        read_points(file)


def test_a_risk_table_may_have_a_column_per_arm(tmp_path: Path) -> None:
    file = tmp_path / "risk.csv"
    file.write_text("month,A,B\n0,100,90\n6,80,60\n")
    tables = read_risk_table(file)
    assert tables["a"].count.tolist() == [100, 80]
    assert match_arms(["A", "B"], list(tables), "files") == {"A": "a", "B": "b"}


def test_a_column_survival_of_percentages_is_read_and_said(tmp_path: Path) -> None:
    file = tmp_path / "points.csv"
    file.write_text("month,survival\n0,100\n6,80\n")
    curve = read_points(file)["curve"]
    assert curve.survival.tolist() == [1, 0.8]
    assert "the largest value is 100, so the values are percentages" in curve.reading[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("month,percent\n0,1\n6,0.8\n", "the largest value is 1; percentages of a curve start at 100"),
        ("month,survival\n0,1.2\n6,0.8\n", r"survival is 1\.2 at month 0; a fraction from 0 to 1 is needed"),
        ("month,survival\n0,1\n800,0.8\n", r"line 3, month: 800 months is outside .*--allow-implausible accepts it"),
        ("time,survival\n0,1\n8,0.8\n", "the column 'time' does not say its unit of time"),
        ("month,survival,arm\n0,1,A\n8,0.8,\n", "line 3, arm: is missing"),
    ],
)
def test_numbers_out_of_their_quantity_are_refused(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "points.csv"
    file.write_text(text)
    with pytest.raises(InputError, match=message):
        read_points(file)


def test_columns_that_are_not_used_are_named(tmp_path: Path) -> None:
    file = tmp_path / "points.csv"
    file.write_text("month;survival;colour\n0;1;red\n6;0,8;red\n")
    reading = read_points(file)["curve"].reading
    assert any("column colour not used" in text for text in reading)
    assert any("separated by semicolons" in text for text in reading)


def test_the_columns_of_ipdfromkm_are_read_when_the_unit_is_named(tmp_path: Path) -> None:
    """IPDfromKM asks for numbers at risk as trisk and nrisk."""
    file = tmp_path / "risk.csv"
    file.write_text("trisk,nrisk\n0,100\n12,80\n")
    assert read_risk_table(file, time_unit="months")["curve"].count.tolist() == [100, 80]
    with pytest.raises(InputError, match="'trisk' does not say its unit"):
        read_risk_table(file)


def test_points_without_numbers_at_risk_for_an_arm_are_refused() -> None:
    with pytest.raises(InputError, match="arm B has points and no numbers at risk"):
        match_arms(["A", "B"], ["A"], "files")


def test_a_missing_file_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.csv: no such file"):
        read_points(tmp_path / "none.csv")


def test_values_that_are_not_finite_are_refused() -> None:
    with pytest.raises(InputError, match="not a finite number"):
        digitised_curve([0, np.inf], [1, 0.5])
