"""Closed words, event indicators, units and bounds: the known read, the rest refused with place and allowed words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cereblon.core.bounds import BOUNDS, find_problem
from cereblon.core.errors import InputError
from cereblon.core.event_indicator import read_event_indicator
from cereblon.core.time_units import read_time_unit
from cereblon.core.units import convert
from cereblon.core.words import Words

SEX = Words("sex", ("female", "male"), {"F": "female", "M": "male"})


def test_synonyms_are_taken_and_said() -> None:
    problems: list[str] = []
    remarks: list[str] = []
    found = SEX.read(["F", "m", "male", "Male"], lambda i: f"row {i + 1}", problems, remarks)
    assert found == ["female", "male", "male", "male"]
    assert problems == []
    assert remarks == [
        "sex: 'F' was read as female in 1 row",
        "sex: 'Male' was read as male in 1 row",
        "sex: 'm' was read as male in 1 row",
    ]


def test_another_word_is_refused_with_row_value_and_allowed_words() -> None:
    problems: list[str] = []
    SEX.read(["f", "femal", ""], lambda i: f"row {i + 1}", problems, [])
    assert problems == [
        "row 2: 'femal' is no sex; allowed: female, male; did you mean female?",
        "row 3: is missing; a sex is needed",
    ]


@given(st.text())
def test_a_text_is_a_known_word_or_none(text: str) -> None:
    assert SEX.find(text) in ("female", "male", None)


@pytest.mark.parametrize(
    "values",
    [[0, 1], ["0", "1"], ["0.0", "1.0"], [False, True], ["FALSE", "TRUE"], ["censored", "Event"], ["alive", "dead"]],
)
def test_the_usual_codings_of_an_event(values: list[object]) -> None:
    assert read_event_indicator(values).tolist() == [False, True]


def test_one_and_two_need_a_named_coding() -> None:
    with pytest.raises(InputError, match="may mean either way round"):
        read_event_indicator([1, 2])
    assert read_event_indicator([1, 2], coding="1/2").tolist() == [False, True]
    assert read_event_indicator([0, 1, 2], coding="cnsr").tolist() == [True, False, False]


@pytest.mark.parametrize("bad", [float("nan"), None, -1, 2, 0.5, "", "maybe", "NA", 1e300])
def test_anything_else_is_refused_with_its_row(bad: object) -> None:
    with pytest.raises(InputError, match="event, row 3"):
        read_event_indicator([0, 1, bad])


def test_an_array_of_numbers_is_checked_as_well() -> None:
    with pytest.raises(InputError, match="row 2"):
        read_event_indicator(np.array([1.0, np.nan]))


@pytest.mark.parametrize(
    ("value", "unit", "to", "substance", "expected"),
    [
        (0.9, "g/dL", "g/L", None, 9.0),
        (0.9, "G/DL", "g/L", None, 9.0),
        (1500, "/uL", "1e9/L", None, 1.5),
        (1500, "cells/\u00b5L", "1e9/L", None, 1.5),
        (1.5, "x10^3/uL", "1e9/L", None, 1.5),
        (1.5, "K/uL", "1e9/L", None, 1.5),
        (1.5, "10E9/L", "1e9/L", None, 1.5),
        (1.5, "G/L", "1e9/L", None, 1.5),
        (0.5, "g/24h", "mg/24h", None, 500.0),
        (3.0, "mg/dL", "mg/L", None, 30.0),
        (10.0, "mg/dL", "mmol/L", "calcium", 2.495),
        (1.0, "mg/dL", "umol/L", "creatinine", 88.4),
        (12.0, "%", "fraction", None, 0.12),
        (2.0, "cm2", "mm2", None, 200.0),
        (2.0, "mL/s", "mL/min", None, 120.0),
    ],
)
def test_units_as_laboratories_write_them(
    value: float, unit: str, to: str, substance: str | None, expected: float
) -> None:
    """Factors are definitions of the units; those of calcium and creatinine are the usual 0.2495 and 88.4."""
    assert convert(value, unit, to, substance=substance) == pytest.approx(expected, rel=2e-4)


@pytest.mark.parametrize("unit", ["mg", "foo", "", "10**10**9", "mmol/L", "1e9/L", "mL/min/1.73 m2"])
def test_a_unit_of_another_quantity_is_refused(unit: str) -> None:
    with pytest.raises(InputError, match="unit"):
        convert(1.0, unit, "g/L")


def test_clearance_indexed_to_body_surface_is_not_clearance() -> None:
    with pytest.raises(InputError, match=r"1\.73 m2 of body surface"):
        convert(60.0, "mL/min/1.73m2", "mL/min")


def test_units_of_time_and_what_could_be_two() -> None:
    assert [read_time_unit(text) for text in ("d", "Weeks", "mo", "yrs")] == ["days", "weeks", "months", "years"]
    with pytest.raises(InputError, match="'m' is not one of"):
        read_time_unit("m")


@pytest.mark.parametrize("quantity", BOUNDS)
def test_bounds_refuse_beyond_their_ends_with_the_reason(quantity: str) -> None:
    bounds = BOUNDS[quantity]
    assert find_problem(quantity, bounds.low) is None
    assert find_problem(quantity, bounds.high) is None
    assert bounds.reason in str(find_problem(quantity, bounds.high * 1.01, lift="--allow-implausible"))
