"""What a regimen file may not say, and the sentence a user reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cereblon.core.errors import InputError
from cereblon.model.regimens import parse_regimen, parse_strategy

Raw = dict[str, Any]


def _order(raw: Raw, phase: int, order: int, **fields: Any) -> None:
    raw["phases"][phase]["orders"][order] |= fields


def _phase(raw: Raw, phase: int, **fields: Any) -> None:
    raw["phases"][phase] |= fields


MELPHALAN = {"drug": "melphalan", "dose": 200, "unit": "mg/m2", "route": "iv", "days": [1]}

CASES: dict[str, tuple[Callable[[Raw], Any], str]] = {
    "day outside": (
        lambda raw: _order(raw, 1, 0, days="1-29"),
        "x.yaml, phase maintenance, lenalidomide: day 29 is outside the 28-day cycle",
    ),
    "days outside": (
        lambda raw: _order(raw, 0, 0, days=[1, 22, 25]),
        "bortezomib: days 22, 25 are outside the 21-day",
    ),
    "unknown drug": (
        lambda raw: _order(raw, 0, 1, drug="lenalidomid"),
        r"phase induction, lenalidomid, drug: drug 'lenalidomid' is not known \(did you mean lenalidomide",
    ),
    "drug of another model": (
        lambda raw: _order(raw, 0, 1, drug="aspirin"),
        "drug 'aspirin' is not known here",
    ),
    "negative dose": (lambda raw: _order(raw, 0, 0, dose=-1.3), "bortezomib, dose: -1.3 is not allowed"),
    "zero dose": (lambda raw: _order(raw, 0, 0, dose=0), "dose: 0 is not allowed; a dose is greater than 0"),
    "dose as text": (lambda raw: _order(raw, 0, 0, dose="1.3 mg/m2"), "is not a number; the unit stands in"),
    "dose not finite": (lambda raw: _order(raw, 0, 0, dose=float("inf")), "should be a finite number"),
    "unknown unit": (lambda raw: _order(raw, 0, 0, unit="banana"), "unit 'banana' cannot be read"),
    "unit that does not fit": (
        lambda raw: _order(raw, 0, 0, unit="mg/kg"),
        "bortezomib, route: bortezomib is given as mg/m2 iv or mg/m2 sc, not as mg/kg iv",
    ),
    "route that does not fit": (lambda raw: _order(raw, 0, 1, route="iv"), "lenalidomide is given as mg oral, not"),
    "unknown route": (lambda raw: _order(raw, 0, 1, route="rectal"), "should be 'oral', 'iv' or 'sc'; got 'rectal'"),
    "duplicate day": (lambda raw: _order(raw, 0, 0, days=[1, 4, 4]), "days: day 4 is listed twice"),
    "two orders on one day": (
        lambda raw: _order(raw, 1, 1, cycles="3+"),
        "phase maintenance, lenalidomide: ordered twice on day 1 of cycle 3",
    ),
    "cycle beyond the phase": (
        lambda raw: _order(raw, 0, 0, cycles="7-9"),
        "bortezomib: cycle 9 is beyond the 8 cycles of the phase",
    ),
    "no source": (lambda raw: _phase(raw, 0, source=""), "phase induction, bortezomib: no source"),
    "unknown source": (
        lambda raw: _order(raw, 0, 0, source="nowhere"),
        r"bortezomib: source 'nowhere' is not among the sources \(protocol\)",
    ),
    "empty source": (
        lambda raw: raw.update(sources={"protocol": {"quality": "primary"}}),
        "sources.protocol: a source needs a citation, a doi or an address",
    ),
    "no sources": (lambda raw: raw.pop("sources"), "sources: is missing"),
    "quality unknown": (
        lambda raw: raw["sources"]["protocol"].update(quality="good"),
        "should be 'primary', 'secondary' or 'recalled'; got 'good'",
    ),
    "phase after progression": (
        lambda raw: raw["phases"].reverse(),
        "phase maintenance: goes on until progression, yet phase induction follows",
    ),
    "cycles and until": (lambda raw: _phase(raw, 1, cycles=3), r"both cycles \(3\) and until are given"),
    "neither cycles nor until": (lambda raw: raw["phases"][1].pop("until"), "neither a number of cycles nor"),
    "until something else": (lambda raw: _phase(raw, 1, until="toxicity"), "should be 'progression'; got 'toxicity'"),
    "phase name twice": (lambda raw: _phase(raw, 1, name="induction"), "phase induction: the name is used 2 times"),
    "no phase": (lambda raw: raw.update(phases=[]), "phases: at least one is needed"),
    "phases no list": (lambda raw: raw.update(phases="VRd"), "phases: is text; a list is needed; got 'VRd'"),
    "phase no mapping": (lambda raw: raw["phases"].append(7), "phase 3: fields such as name, .* are needed; got 7"),
    "order no mapping": (lambda raw: raw["phases"][0]["orders"].append("x"), "phase induction, order 3: fields such"),
    "orders no list": (lambda raw: _phase(raw, 0, orders=3), "phase induction, orders: a list is needed; got 3"),
    "unknown field": (lambda raw: _order(raw, 0, 0, dosage=2), "bortezomib: dosage: is not a known field"),
    "cycle of no day": (lambda raw: _phase(raw, 0, cycle_days=0), "phase induction, cycle_days: should be 1 or more"),
    "too many cycles": (lambda raw: _phase(raw, 0, cycles=401), "cycles: should be 400 at most"),
    "name with spaces": (lambda raw: raw.update(id="My Regimen"), "id: 'My Regimen' is no name; lower-case"),
    "melphalan without transplant": (
        lambda raw: raw["phases"][0]["orders"].append(MELPHALAN),
        "phase induction: melphalan in a high dose needs 'procedure: asct'",
    ),
    "transplant without melphalan": (
        lambda raw: _phase(raw, 0, procedure="asct", transplant_day=3, cycles=1),
        "no melphalan before the transplant of cycle 1",
    ),
    "transplant before melphalan": (
        lambda raw: _phase(raw, 0, procedure="asct", transplant_day=1, cycles=1, orders=[MELPHALAN]),
        "melphalan on day 1 must precede the transplant on day 1",
    ),
    "transplant outside": (
        lambda raw: _phase(raw, 0, procedure="asct", transplant_day=30, cycles=1, orders=[MELPHALAN]),
        "transplant_day 30 is outside the 21-day cycle",
    ),
    "transplant without day": (lambda raw: _phase(raw, 0, procedure="asct"), "procedure asct needs a transplant_day"),
    "day without transplant": (lambda raw: _phase(raw, 0, transplant_day=3), "given without 'procedure: asct'"),
    "transplant for ever": (
        lambda raw: _phase(raw, 1, procedure="asct", transplant_day=3, orders=[MELPHALAN]),
        "a transplant cannot go on until progression",
    ),
}


@pytest.mark.parametrize(("spoil", "sentence"), CASES.values(), ids=CASES.keys())
def test_a_fault_is_refused_with_place_and_reason(raw: Raw, spoil: Callable[[Raw], Any], sentence: str) -> None:
    spoil(raw)
    with pytest.raises(InputError, match=sentence):
        parse_regimen(raw, where="x.yaml")


def test_the_unspoiled_regimen_is_accepted(raw: Raw) -> None:
    regimen = parse_regimen(raw, where="x.yaml")
    assert regimen.drugs == ("lenalidomide", "bortezomib")


def test_all_faults_of_a_file_are_listed_at_once(raw: Raw) -> None:
    _order(raw, 0, 0, dose=-1, days=[0])
    _order(raw, 0, 1, drug="thalidomide")
    _order(raw, 1, 0, days="1-29")
    raw["colour"] = "red"
    with pytest.raises(InputError) as caught:
        parse_regimen(raw, where="x.yaml")
    assert [line.partition(": ")[0] for line in caught.value.message.split("\n")] == [
        "x.yaml, phase induction, bortezomib, dose",
        "x.yaml, phase induction, bortezomib, days",
        "x.yaml, phase induction, thalidomide, drug",
        "x.yaml, phase maintenance, lenalidomide",
        "x.yaml, colour",
    ]


def test_a_day_outside_the_cycle_comes_with_a_hint(raw: Raw) -> None:
    _order(raw, 1, 0, days="1-29")
    with pytest.raises(InputError) as caught:
        parse_regimen(raw, where="x.yaml")
    assert caught.value.hint == "days count from 1; for a longer cycle set cycle_days"


def test_a_faulty_melphalan_order_is_not_also_called_missing(raw: Raw) -> None:
    _phase(raw, 0, procedure="asct", transplant_day=3, cycles=1, orders=[{**MELPHALAN, "dose": -200}])
    with pytest.raises(InputError) as caught:
        parse_regimen(raw, where="x.yaml")
    assert "no melphalan" not in caught.value.message


STRATEGY: Raw = {"id": "mine", "label": "Mine", "lines": ["rd", "vd"], "basis": "assumed", "notes": ["our judgement"]}

STRATEGY_CASES: dict[str, tuple[Raw, str]] = {
    "no line": ({"lines": []}, "lines: has 0 entries; 1 or more are needed"),
    "lines no list": ({"lines": "rd"}, "lines: is text; a list is needed; got 'rd'"),
    "gap of part of a week": ({"gap_days": 5}, "gap_days: should be a multiple of 7; got 5"),
    "assumed without reason": ({"notes": []}, "basis is assumed, yet no note says why"),
    "published without source": ({"basis": "published"}, "basis is published, yet there is no source"),
    "name that cannot be": ({"lines": ["Rd!"]}, "'Rd!' is no name"),
}


@pytest.mark.parametrize(("fields", "sentence"), STRATEGY_CASES.values(), ids=STRATEGY_CASES.keys())
def test_a_faulty_strategy_is_refused_with_its_reason(fields: Raw, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        parse_strategy(STRATEGY | fields, where="s.yaml")


def test_a_fault_in_a_regimen_written_out_names_the_line(raw: Raw) -> None:
    _order(raw, 1, 0, days="1-29")
    with pytest.raises(InputError, match=r"s\.yaml, line 2, phase maintenance, lenalidomide: day 29 is outside"):
        parse_strategy(STRATEGY | {"lines": ["rd", raw]}, where="s.yaml")
