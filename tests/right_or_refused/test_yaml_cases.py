"""YAML that a user brings is read as it is meant or refused with its place; nothing in it can do harm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from cereblon.core.errors import InputError
from cereblon.core.validation import StrictModel, validate
from cereblon.core.yaml_files import DEEPEST, parse_yaml, read_yaml

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 9)
)


def refusal(text: str) -> str:
    with pytest.raises(InputError) as told:
        parse_yaml(text, where="mine.yaml")
    return told.value.message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x: &a [*a]", "line 1, column 8: *a stands for what it is part of"),
        ("x: &a {y: {z: *a}}", "*a stands for what it is part of"),
        (BOMB, "more than 200,000 values, aliases counted"),
        ("x: " + "9" * 5000, "line 1, column 4: a whole number of 5000 digits; at most 18"),
        ("x: " + "[" * (DEEPEST + 1), "nested more than 40 deep"),
        ("x: " + "[" * 100_000, "nested more than 40 deep"),
        ("- " * 100_000, "nested more than 40 deep"),
        ("x: !!int a", "line 1, column 4: 'a' cannot be read as int"),
        ("x: !!float []", "expected a scalar node"),
        ("x: !!int ''", "line 1, column 4: '' cannot be read as int"),
        ("x: !!int '-'", "'-' cannot be read as int"),
        ("x: !!float ''", "'' cannot be read as float"),
        ("x: !!map 5", "line 1, column 4: is no mapping"),
        ("x: !!map [5]", "line 1, column 4: is no mapping"),
        ("x: {~: 1}", "line 1, column 5: the key None is no text"),
        ("x: [{2020: 1}]", "the key 2020 is no text"),
        ("x: {[a]: 1}", "the key ['a'] is no text"),
        ("x: !!binary aGVsbG8=", "the tag tag:yaml.org,2002:binary is not accepted"),
        ("x: !!timestamp 2020-99-99", "the tag tag:yaml.org,2002:timestamp is not accepted"),
        ("x: !!python/object/apply:os.system [ls]", "is not accepted"),
        ("a: &a {b: 1}\nc:\n  <<: *a", "merge keys (<<) are not accepted"),
        ("1: x", "the key 1 is no text"),
        ("x: 1\nx: 2", "key 'x' is written twice"),
        ("a" * 5_000_000, "5,000,000 characters; at most"),
        ("x: \x07", "not valid YAML"),
    ],
    ids=str,
)
def test_a_document_that_does_harm_or_says_nothing_is_refused(text: str, told: str) -> None:
    assert told in refusal(text)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2020-99-99", "2020-99-99"),
        ("2020-01-31", "2020-01-31"),
        ("yes", "yes"),
        ("NO", "NO"),
        ("on", "on"),
        ("010", "010"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("0x10", "0x10"),
        ("1e9", 1e9),
        ("-2.5E-3", -2.5e-3),
        (".5", 0.5),
        ("25", 25),
        ("-0", 0),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
    ],
)
def test_a_word_means_what_it_does_in_yaml_1_2(written: str, read: object) -> None:
    """YAML 1.2.2, section 10.3.2 (core schema), less octal and hexadecimal; 010 is left as text, not 8 or 10."""
    found = parse_yaml(f"x: {written}", where="mine.yaml")["x"]
    assert (found, type(found)) == (read, type(read))


def test_aliases_that_repeat_a_little_are_read() -> None:
    assert parse_yaml("a: &a {b: 1}\nc: [*a, *a]", where="x") == {"a": {"b": 1}, "c": [{"b": 1}, {"b": 1}]}


@given(st.text(max_size=200))
def test_any_text_is_a_mapping_or_an_error_of_ours(text: str) -> None:
    try:
        assert isinstance(parse_yaml(text, where="mine.yaml"), dict)
    except InputError as error:
        assert error.message.startswith("mine.yaml")


def test_a_file_in_utf_16_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("dose: 25\n", encoding="utf-16")
    assert read_yaml(path) == {"dose": 25}


class Part(StrictModel):
    size: int = Field(default=1, ge=1)
    share: float | None = None
    is_open: bool = False
    days: tuple[int, ...] = ()
    by_name: dict[str, dict[str, float]] = Field(default_factory=dict)


NOT_NUMBERS = st.sampled_from([True, False, "12", "12.5", "", "true", "1e3"])


@given(st.sampled_from(["size", "share"]), NOT_NUMBERS)
def test_text_and_yes_are_no_number(field: str, value: Any) -> None:
    with pytest.raises(InputError, match=f"mine.yaml, {field}: .* a number is needed"):
        validate(Part, {field: value}, where="mine.yaml")


@given(NOT_NUMBERS)
def test_within_lists_and_mappings_too(value: Any) -> None:
    with pytest.raises(InputError, match=r"days: 1: .* a number is needed"):
        validate(Part, {"days": [1, value]}, where="mine.yaml")
    with pytest.raises(InputError, match=r"by_name: clones: x: .* a number is needed"):
        validate(Part, {"by_name": {"clones": {"x": value}}}, where="mine.yaml")


@pytest.mark.parametrize("value", [1, 0, "yes", "true", "no"])
def test_only_true_and_false_are_a_yes_or_no(value: object) -> None:
    with pytest.raises(InputError, match="is not true or false"):
        validate(Part, {"is_open": value}, where="mine.yaml")


def test_an_unknown_field_is_named_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"mine.yaml, sizes: is not a known field; did you mean size\?"):
        validate(Part, {"sizes": 1}, where="mine.yaml")
