"""Closed words, units and possible numbers in the subject tables."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cereblon.core.bounds import BOUNDS
from cereblon.core.errors import InputError
from cereblon.core.units import convert
from cereblon.core.words import plain
from cereblon.tables import conform
from cereblon.tables.checks import quantity_of, words_of
from cereblon.tables.schemas import EVENTS, LABS, OUTCOMES, SUBJECT_TABLES, SUBJECTS, TESTS
from cereblon.vocabulary.clinical import VOCABULARIES, cause_words, vocabulary_of
from cereblon.vocabulary.laboratory import TESTS as LABORATORY_TESTS

KEY = {"origin": "observed", "source_id": "case", "arm": "a"}
COLUMNS = [
    (name, field.name)
    for name, schema in (SUBJECT_TABLES | {"outcomes": OUTCOMES}).items()
    for field in schema
    if words_of(field)
]


def lab(value: float, unit: str, test: str = "m_protein", **more: Any) -> pa.Table:
    row = KEY | {"subject_id": [1], "day": 0.0, "test": test, "value": value, "unit": unit}
    return conform(row, LABS, name="labs", **more)


def event(word: str, cause: str = "") -> pa.Table:
    row = KEY | {"subject_id": [1], "event": word, "day": 84.0, "line": 1, "cause": cause}
    return conform(row, EVENTS, name="events")


def subject(**given: Any) -> pa.Table:
    row: dict[str, Any] = {field.name: None if field.nullable else 0 for field in SUBJECTS}
    row |= KEY | {"subject_id": [1], "sex": "female", "isotype": "IgG"} | given
    return conform(row, SUBJECTS, name="subjects")


def good_row(name: str) -> dict[str, Any]:
    """Give a row of a table in which every word is allowed."""
    schema = (SUBJECT_TABLES | {"outcomes": OUTCOMES})[name]
    row: dict[str, Any] = {}
    for field in schema:
        vocabulary, quantity = words_of(field), quantity_of(field)
        if vocabulary:
            row[field.name] = vocabulary_of(vocabulary).allowed[0]
        elif quantity:
            row[field.name] = None if field.nullable else math.ceil(BOUNDS[quantity].low)
        elif pa.types.is_dictionary(field.type):
            row[field.name] = "g/L" if (name, field.name) == ("labs", "unit") else "mg"
        else:
            row[field.name] = None if field.nullable else 1
    row |= {"day": 0.0} if "day" in row else {}
    row |= {"cause": ""} if "cause" in row else {}
    row |= {"origin": "observed", "subject_id": [1]} if "subject_id" in row else {"origin": ["observed"]}
    return row


@pytest.mark.parametrize(("name", "column"), COLUMNS)
@given(word=st.text(st.characters(codec="ascii", categories=("L", "N", "P")), min_size=1, max_size=12))
@settings(max_examples=15)
def test_a_word_outside_the_vocabulary_is_refused_with_row_and_allowed_words(
    name: str, column: str, word: str
) -> None:
    schema = (SUBJECT_TABLES | {"outcomes": OUTCOMES})[name]
    words = vocabulary_of(words_of(schema.field(column)) or "")
    row = good_row(name)
    assert conform(row, schema, name=name).num_rows == 1
    if word not in words.allowed:
        with pytest.raises(InputError) as refusal:
            conform(row | {column: word}, schema, name=name)
        assert f"{name}, row 1, {column}: {word!r} is no {words.kind}; allowed: " in refusal.value.message
        assert (words.allowed[0] or "empty") in refusal.value.message


@pytest.mark.parametrize("name", VOCABULARIES)
def test_every_synonym_stands_for_its_word_in_any_case(name: str) -> None:
    words = vocabulary_of(name)
    for written, word in words.synonyms.items():
        if plain(written) not in {plain(allowed) for allowed in words.allowed}:
            assert words.find(written.upper()) == word
            assert words.find(f" {written.title()} ") == word


def test_death_in_capitals_is_refused_with_the_word_that_is_meant() -> None:
    with pytest.raises(InputError, match=r"events, row 1, event: 'Death' is no event.*did you mean death"):
        event("Death")


@pytest.mark.parametrize("name", ["death", "censored", "treatment_stopped", "progression", "next_therapy"])
def test_a_cause_is_one_of_its_event(name: str) -> None:
    words = cause_words(name)
    assert words is not None
    for cause in words.allowed:
        event(name, cause)
    with pytest.raises(InputError, match=f"events, row 1, cause: 'weather' is no cause of {name}"):
        event(name, "weather")


def test_the_cause_of_a_stopped_drug_names_drug_and_reason_freely() -> None:
    assert event("drug_stopped", "lenalidomide: my own rule")["cause"].to_pylist() == ["lenalidomide: my own rule"]


@pytest.mark.parametrize(
    ("test", "value", "unit", "house"),
    [
        ("m_protein", 0.9, "g/dL", 9.0),
        ("m_protein", 900, "mg/dL", 9.0),
        ("urine_m_protein", 0.4, "g/24h", 400.0),
        ("involved_flc", 12, "mg/dL", 120.0),
        ("marrow_plasma_cells", 40, "%", 40.0),
        ("marrow_plasma_cells", 0.4, "fraction", 40.0),
        ("calcium", 11.5, "mg/dL", 2.869),  # 115 mg/L over 40.078 g/mol
        ("neutrophils", 1500, "/uL", 1.5),
        ("platelets", 150, "x10^3/uL", 150.0),
        ("platelets", 150, "K/uL", 150.0),
        ("haemoglobin", 10.5, "g/dL", 105.0),
        ("haemoglobin", 6.5, "mmol/L", 104.74),  # 6.5 x 16.114
        ("creatinine_clearance", 1.0, "mL/s", 60.0),
        ("plasmacytoma_area", 4, "cm2", 400.0),
        ("mrd", 0.001, "%", 1e-5),
    ],
)
def test_laboratory_values_are_converted_to_the_house_unit(test: str, value: float, unit: str, house: float) -> None:
    """Factors by the SI prefixes and the molar masses named."""
    table = lab(value, unit, test)
    assert table["value"].to_pylist() == [pytest.approx(house, rel=2e-4)]
    assert table["unit"].to_pylist() == [TESTS[test]]


@given(value=st.floats(0.1, 100), unit=st.sampled_from(["g/dL", "mg/dL", "mg/L", "g/L", "kg/L"]))
@settings(max_examples=50)
def test_a_converted_value_comes_back(value: float, unit: str) -> None:
    assert convert(convert(value, unit, "g/L"), "g/L", unit) == pytest.approx(value)


@pytest.mark.parametrize(
    ("unit", "message"),
    [
        ("", "the unit of m_protein is missing"),
        ("mmol/L", "unit 'mmol/L' is no unit of this quantity, which is measured in g/L"),
        ("bananas", "unit 'bananas' cannot be read"),
        ("mg/24h", "is no unit of this quantity"),
    ],
)
def test_a_unit_that_is_none_of_the_test_is_refused(unit: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        lab(30, unit)


def test_a_concentration_in_urine_is_no_excretion() -> None:
    with pytest.raises(InputError, match="is no unit of this quantity, which is measured in mg/24h"):
        lab(30, "mg/dL", "urine_m_protein")


def test_clearance_per_body_surface_is_no_clearance() -> None:
    with pytest.raises(InputError, match=r"indexed to 1.73 m2"):
        lab(60, "mL/min/1.73m2", "creatinine_clearance")


@pytest.mark.parametrize("test", [name for name, entry in LABORATORY_TESTS.items() if entry.quantity])
def test_an_impossible_value_is_refused_unless_it_is_accepted(test: str) -> None:
    bounds = BOUNDS[LABORATORY_TESTS[test].quantity]
    value = 2 * bounds.high
    with pytest.raises(InputError, match=rf"labs, row 1, value: {test}: .* is outside what "):
        lab(value, TESTS[test], test)
    if value > bounds.most:  # a share of 200 %
        with pytest.raises(InputError, match="no option accepts it"):
            lab(value, TESTS[test], test, allow_implausible=True)
    else:
        assert lab(value, TESTS[test], test, allow_implausible=True)["value"].to_pylist() == [value]


def test_an_immunofixation_is_positive_or_negative() -> None:
    with pytest.raises(InputError, match="neither 1, positive, nor 0, negative"):
        lab(2, "1", "immunofixation_serum")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"age": 5400.0}, "subjects, row 1, age: 5400 years is outside what an age can be"),
        ({"height_cm": 1.7}, "height"),
        ({"iss": 4}, "three stages"),
        ({"ecog": 5}, "5 is death"),
        ({"haemoglobin_g_l": 11000.0}, "haemoglobin"),
        ({"age": math.inf}, r"subjects, age: cannot be read as double \(row 1: inf is not finite\)"),
        ({"ecog": 1.5}, "1.5 is no whole number"),
        ({"ecog": True}, "true and false, a number is needed"),
        ({"cardiac_history": "yes"}, "true or false is needed"),
        ({"cardiac_history": 2}, "numbers other than 0 and 1"),
        ({"age": np.array(["1950-01-01"], "datetime64[D]")}, "days since day 0 are needed"),
        ({"subject_id": [2**70]}, "cannot be read as int64"),
        ({"subject_id": [[1, 2]]}, "cannot be read as int64"),
        ({"arm": np.array([np.nan]).astype(str)}, "'nan' is no name; it is missing"),
        ({"arm": ""}, "'' is no name; it is missing"),
        ({"age": object()}, "object is no column"),
    ],
)
def test_what_a_person_cannot_be_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        subject(**given)


def test_a_dictionary_that_names_a_word_twice_is_read_as_one_word() -> None:
    twice = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0], pa.int32()), pa.array(["a", "a"]))
    table = conform(good_row("labs") | {"arm": twice, "subject_id": [1, 1, 1]}, LABS, name="labs")
    assert table["arm"].combine_chunks().dictionary.to_pylist() == ["a"]
    assert table["arm"].to_pylist() == ["a", "a", "a"]


def test_a_null_hidden_in_a_dictionary_is_a_null() -> None:
    hidden = pa.DictionaryArray.from_arrays(pa.array([0, 1], pa.int32()), pa.array(["a", None]))
    with pytest.raises(InputError, match="labs, arm: 1 of 2 values are null, the first in row 2"):
        conform(good_row("labs") | {"arm": hidden, "subject_id": [1, 1]}, LABS, name="labs")


def test_a_number_that_is_no_number_in_an_arrow_array_is_a_null() -> None:
    with pytest.raises(InputError, match="labs, value: 1 of 1 values are null"):
        conform(good_row("labs") | {"value": pa.array([math.nan])}, LABS, name="labs")
    assert subject(age=pa.array([math.nan]))["age"].to_pylist() == [None]


def test_a_column_that_is_there_twice_is_refused() -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["day", "day"])
    with pytest.raises(InputError, match="labs: column 'day' is there twice"):
        conform(table, LABS, name="labs")


def test_what_a_model_computed_is_not_judged_by_what_people_can_be() -> None:
    assert subject(origin="simulated", age=130.0)["age"].to_pylist() == [130.0]
