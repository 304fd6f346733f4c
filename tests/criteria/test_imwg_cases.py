"""The IMWG criteria, case by case; each expectation follows from the thresholds in Kumar 2016 by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from cereblon.core.yaml_files import read_yaml
from cereblon.criteria import Rules
from cereblon.outcomes.response import assess_responses, find_progression
from cereblon.tables import conform
from cereblon.tables.schemas import EVENTS, LABS, SUBJECTS, TESTS

CASES = read_yaml(Path(__file__).with_name("imwg_cases.yaml"))["cases"]
KEY = {"origin": "observed", "source_id": "case", "arm": "a", "subject_id": 1}
COLUMN = {
    "m_protein": "m_protein_g_l",
    "involved_flc": "involved_flc_mg_l",
    "uninvolved_flc": "uninvolved_flc_mg_l",
    "marrow_plasma_cells": "marrow_plasma_cells_percent",
}


def subjects_of(case: dict[str, Any]) -> pa.Table:
    row: dict[str, Any] = {field.name: (None if field.nullable else 0) for field in SUBJECTS if field.name not in KEY}
    row |= {"sex": "female", "isotype": case.get("isotype", "IgG"), "frailty": None}
    row["involved_light_chain"] = case.get("chain")
    row |= {column: case["baseline"][test] for test, column in COLUMN.items() if test in case["baseline"]}
    return conform({name: [value] for name, value in (KEY | row).items()}, SUBJECTS, name="subjects")


def labs_of(case: dict[str, Any]) -> pa.Table:
    series = case["series"] | case.get("extra", {})
    visits = len(next(iter(series.values())))
    days = case.get("days", [28 * (visit + 1) for visit in range(visits)])
    rows = [(0, test, value) for test, value in case["baseline"].items()] if "days" not in case else []
    rows += [(-1, test, value) for test, value in case["baseline"].items()] if "days" in case else []
    rows += [
        (day, test, value)
        for test, values in series.items()
        for day, value in zip(days, values, strict=True)
        if value is not None
    ]
    return conform(
        {
            **{name: [value] * len(rows) for name, value in KEY.items()},
            "day": [float(day) for day, _, _ in rows],
            "test": [test for _, test, _ in rows],
            "value": [float(value) for _, _, value in rows],
            "unit": [TESTS[test] for _, test, _ in rows],
        },
        LABS,
        name="labs",
    )


def events_of(case: dict[str, Any]) -> pa.Table:
    rows = [("treatment_start", 0.0, 1)]
    for number, day in enumerate(case.get("next_therapy", []), start=2):
        rows += [("next_therapy", float(day), number), ("treatment_start", float(day), number)]
    if "death" in case:
        rows.append(("death", float(case["death"]), 1))
    return conform(
        {
            **{name: [value] * len(rows) for name, value in KEY.items()},
            "event": [event for event, _, _ in rows],
            "day": [day for _, day, _ in rows],
            "line": [line for _, _, line in rows],
            "cause": "",
        },
        EVENTS,
        name="events",
    )


def rules_of(case: dict[str, Any]) -> Rules:
    chosen = {
        name: tuple(value) if isinstance(value, list) else value for name, value in case.get("rules", {}).items()
    }
    return Rules(**{name: float(value) if type(value) is int else value for name, value in chosen.items()})


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_imwg_case(case: dict[str, Any]) -> None:
    tables = labs_of(case), subjects_of(case), events_of(case)
    responses = assess_responses(*tables, rules_of(case)).to_pydict()
    progression = find_progression(*tables, rules_of(case)).to_pydict()
    assert responses["category"] == case["category"]
    assert responses["confirmed"] == case["confirmed"]
    expected = {int(line): day for line, day in case.get("progression", {}).items()}
    assert dict(zip(progression["line"], progression["day"], strict=True)) == expected
    if "line" in case:
        assert responses["line"] == case["line"]
    if "mrd" in case:
        assert responses["mrd_negative"] == case["mrd"]


def test_there_are_at_least_sixty_cases_with_names_of_their_own() -> None:
    names = [case["name"] for case in CASES]
    assert len(names) >= 60
    assert len(set(names)) == len(names)
