"""Every table that a public function takes: order means nothing, and no cell or column goes without a word.

The list of functions is read from the front door, so that a new one cannot be left out.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from inspect import signature
from types import FunctionType
from typing import Any

import pytest

import cereblon as cb
from cereblon.core.errors import InputError
from cereblon.questions.result import Result

Columns = dict[str, list[Any]]

_NETWORK: Columns = {
    "study": ["S1", "S1", "S2", "S2", "S3", "S3"],
    "treatment": ["A", "B", "A", "C", "B", "C"],
    "events": [12, 20, 9, 15, 14, 11],
    "n": [40, 41, 50, 52, 45, 46],
}
_PEOPLE: Columns = {
    "arm": ["new"] * 8 + ["old"] * 8,
    "month": [3, 5, 7, 9, 11, 13, 15, 17, 2, 4, 6, 8, 10, 12, 14, 16],
    "event": [1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1],
    "age": [61, 72, 58, 66, 70, 64, 75, 59, 63, 71, 57, 68, 69, 62, 74, 60],
}
_TRIALS: Columns = {
    "study": ["S1"] * 8 + ["S2"] * 8,
    "treatment": (["A"] * 4 + ["B"] * 4) * 2,
    "month": [1, 2, 3, 4, 2, 3, 4, 5, 2, 3, 5, 6, 1, 3, 4, 6],
    "event": [1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 0, 1],
}
_POINTS: Columns = {"month": [0, 2, 4, 6], "survival": [1.0, 0.9, 0.8, 0.7]}
_AT_RISK: Columns = {"month": [0, 4], "at_risk": [40, 30]}
_BASELINE: Columns = {"covariate": ["age"], "statistic": ["mean"], "value": [66]}
_RATIO = cb.PublishedRatio(0.75, 0.6, 0.94)
_ANCHORED: dict[str, Any] = {"against": _RATIO, "arm": "new", "control": "old"}


def _against_curve(points: Columns, at_risk: Columns) -> Result:
    return cb.adjust(_PEOPLE, _BASELINE, against=cb.PrintedCurve(points, at_risk), arm="new")


TABLES: dict[tuple[str, str], tuple[Callable[[Columns], Result], Columns]] = {
    ("network", "data"): (lambda given: cb.network(data=given), _NETWORK),
    ("forest", "data"): (lambda given: cb.forest(data=given), _NETWORK),
    ("league", "data"): (lambda given: cb.league(data=given), _NETWORK),
    ("compare_treatments", "data"): (lambda given: cb.compare_treatments("A", "B", data=given), _NETWORK),
    ("curve", "data"): (lambda given: cb.curve(data=given, versus="old", models="none"), _PEOPLE),
    ("curve", "points"): (lambda given: cb.curve(points=given, at_risk=_AT_RISK, models="none"), _POINTS),
    ("curve", "at_risk"): (lambda given: cb.curve(points=_POINTS, at_risk=given, models="none"), _AT_RISK),
    ("over_time", "data"): (lambda given: cb.over_time(given, reference="B", changes="3"), _TRIALS),
    ("adjust", "patients"): (lambda given: cb.adjust(given, _BASELINE, **_ANCHORED), _PEOPLE),
    ("adjust", "baseline"): (lambda given: cb.adjust(_PEOPLE, given, **_ANCHORED), _BASELINE),
    ("PrintedCurve", "points"): (lambda given: _against_curve(given, _AT_RISK), _POINTS),
    ("PrintedCurve", "at_risk"): (lambda given: _against_curve(_POINTS, given), _AT_RISK),
}
"""A call for each table, and a table that it answers."""
every_table = pytest.mark.parametrize("key", list(TABLES), ids=" ".join)


def _taken() -> Iterator[tuple[str, str]]:
    for name in cb.__all__:
        offered = getattr(cb, name)
        if isinstance(offered, FunctionType) or is_dataclass(offered):
            for parameter, given in signature(offered).parameters.items():  # type: ignore[arg-type]
                if "GivenTable" in str(given.annotation) or given.annotation == "Patients":
                    yield name, parameter


def _same(one: Any, other: Any) -> bool:
    """Compare two answers; sums in another order, and weights found by iteration, leave 1e-8 apart."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one.keys() - {"weights"})
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == pytest.approx(other, rel=1e-8, abs=1e-8)) if isinstance(one, float) else one == other


def _said(result: Result) -> str:
    return "\n".join([result.to_json(), *result.notes])


def test_every_table_of_the_front_door_is_tried() -> None:
    assert set(_taken()) == set(TABLES)


@every_table
def test_the_order_of_rows_changes_no_answer(key: tuple[str, str]) -> None:
    ask, table = TABLES[key]
    rows = list(range(len(next(iter(table.values())))))
    answer = json.loads(ask(table).to_json())
    for seed in range(2):
        random.Random(seed).shuffle(rows)
        shuffled = ask({name: [cells[row] for row in rows] for name, cells in table.items()})
        assert _same(json.loads(shuffled.to_json()), answer)


@every_table
def test_a_column_that_is_not_used_is_named(key: tuple[str, str]) -> None:
    ask, table = TABLES[key]
    try:
        said = _said(ask(table | {"hair colour": ["grey"] * len(next(iter(table.values())))}))
    except InputError as error:
        said = str(error)
    assert "hair" in said


@every_table
def test_an_odd_cell_is_refused_or_named(key: tuple[str, str]) -> None:
    """Text and impossible numbers are shown, a missing cell is named, what is not used is named by its column."""
    ask, table = TABLES[key]
    for name, cells in table.items():
        if (key[0], name) == ("compare_treatments", "treatment"):
            continue  # the answer is on two treatments of the network, and lists no others
        for odd, shown in (("xyzzy", "xyzzy"), (-1, "-1"), (None, "missing"), (float("nan"), "missing")):
            try:
                said = _said(ask(table | {name: [odd, *cells[1:]]}))
            except InputError as error:
                said = str(error)
            named = [shown, "line 2"] if shown == "missing" else [shown]
            assert any(one in said for one in [*named, f"not used here: {name}"]), (name, odd, said)
