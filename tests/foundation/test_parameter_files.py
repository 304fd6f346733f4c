"""Every number has a source, a unit that parses, and bounds that hold it."""

from __future__ import annotations

import math

import pint
import pytest

from cereblon.core.errors import InputError, UnknownNameError
from cereblon.core.parameter import BASES, Parameter, all_parameters, load_parameters, parse_parameters, values

ALL = {f"{group}.{name}": parameter for group, file in all_parameters().items() for name, parameter in file.items()}
GOOD = "{value: 2.0, unit: 1/day, meaning: a rate, source: here, basis: assumed, lower: 0, upper: 5}"


@pytest.fixture(scope="module")
def units() -> pint.UnitRegistry:
    return pint.UnitRegistry()


def _file(*entries: str) -> str:
    return "parameters:\n" + "".join(f"  {entry}\n" for entry in entries)


def test_there_are_parameter_files() -> None:
    assert {"lenalidomide", "clones", "neutrophils"} <= set(all_parameters())
    assert len(ALL) > 150


@pytest.mark.parametrize("key", list(ALL))
def test_every_number_has_source_meaning_and_a_unit(key: str, units: pint.UnitRegistry) -> None:
    parameter = ALL[key]
    assert parameter.source.strip()
    assert parameter.meaning.strip()
    assert parameter.basis in BASES
    assert math.isfinite(parameter.value)
    assert units.parse_expression(parameter.unit) is not None


def test_every_number_of_the_model_has_bounds() -> None:
    """They may be wide, but somebody has thought of them. The limits of patients are bounds themselves."""
    unbounded = [
        key
        for key, parameter in ALL.items()
        if not key.startswith("patient_limits.") and not math.isfinite(parameter.upper - parameter.lower)
    ]
    assert unbounded == []


@pytest.mark.parametrize("key", [key for key, parameter in ALL.items() if parameter.basis == "published"])
def test_a_published_number_names_where_it_was_published(key: str) -> None:
    source = ALL[key].source
    assert any(mark in source for mark in ("10.", "http", "PMID", "criteria", "label")), source


def test_groups_do_not_spread_twice() -> None:
    """Between-subject spread is on the log scale or on the natural one, never both."""
    assert [key for key, parameter in ALL.items() if parameter.sd and parameter.sd_log] == []


def test_a_good_file_is_read() -> None:
    parameter = parse_parameters(_file(f"rate: {GOOD}"), where="x.yaml")["rate"]
    assert (parameter.name, parameter.value, parameter.unit, parameter.upper) == ("rate", 2.0, "1/day", 5.0)
    assert (parameter.sd, parameter.sd_log, parameter.note) == (0.0, 0.0, "")


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        (GOOD.replace(", source: here", ""), "x.yaml, rate: lacks source"),
        (GOOD.replace("source: here", "source: ''"), "x.yaml, rate: no source"),
        (GOOD.replace("meaning: a rate", "meaning: ' '"), "x.yaml, rate: no meaning"),
        (GOOD.replace("basis: assumed", "basis: guessed"), "basis 'guessed' is not one of published, derived"),
        (GOOD.replace("value: 2.0", "value: 7"), "7.0 1/day is outside 0.0 to 5.0 1/day"),
        (GOOD.replace("value: 2.0", "value: true"), "value is True, a number is needed"),
        (GOOD.replace("value: 2.0", "value: two"), "value is 'two', a number is needed"),
        (GOOD.replace("value: 2.0", "value: .nan"), "nan 1/day is outside"),
        (GOOD.replace("}", ", sd_log: -1}"), "a standard deviation is negative"),
        (GOOD.replace("}", ", factor: 1}"), "factor is 1, a number above 1 is needed"),
        (
            GOOD.replace("basis: assumed", "basis: fitted").replace("}", ", factor: 2}"),
            "factor is 2, but it is fitted",
        ),
        (GOOD.replace("}", ", colour: red}"), "unknown field colour"),
        ("3.0", "needs the fields value, unit, meaning, source, basis"),
    ],
)
def test_an_unusable_number_is_refused(entry: str, text: str) -> None:
    with pytest.raises(InputError) as refusal:
        parse_parameters(_file(f"rate: {entry}"), where="x.yaml")
    assert text in refusal.value.message


def test_all_problems_of_a_file_are_told_at_once() -> None:
    text = _file(
        f"first: {GOOD.replace('value: 2.0', 'value: 7')}", f"second: {GOOD}", f"third: {GOOD.replace('here', '')}"
    )
    with pytest.raises(InputError) as refusal:
        parse_parameters(text, where="x.yaml")
    lines = refusal.value.message.splitlines()
    assert [line.split(":")[0] for line in lines] == ["x.yaml, first", "x.yaml, third"]


def test_a_file_without_parameters_is_refused() -> None:
    with pytest.raises(InputError, match=r"x.yaml: no mapping 'parameters'"):
        parse_parameters("numbers: {}", where="x.yaml")


def test_an_empty_source_is_refused_with_a_remedy() -> None:
    with pytest.raises(InputError) as refusal:
        Parameter(name="rate", value=1.0, unit="1", meaning="m", source=" ", basis="published")
    assert refusal.value.hint == "cite it, or set basis: assumed and say why"


def test_an_unknown_file_is_answered_with_the_nearest_names() -> None:
    with pytest.raises(UnknownNameError) as refusal:
        load_parameters("lenalidomid")
    assert "lenalidomide" in (refusal.value.hint or "")


def test_bare_values_are_those_of_the_file() -> None:
    assert values("neutrophils")["feedback"] == load_parameters("neutrophils")["feedback"].value
