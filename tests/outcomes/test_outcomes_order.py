"""The order of rows and of words in a dictionary means nothing, in any public function that takes a table."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from outcome_tables import build

from cereblon import outcomes
from cereblon.outcomes import ENDPOINTS
from cereblon.outcomes.followed import followed_subjects
from cereblon.tables import conform, name_arms
from cereblon.tables.schemas import DECISIONS, TESTS

Tables = Mapping[str, pa.Table]


def rows_of(table: pa.Table) -> list[dict[str, object]]:
    return table.to_pylist()


def _assessed(t: Tables) -> list[object]:
    found = outcomes.assess(t)
    return [rows_of(found["responses"]), rows_of(found["events"])]


ANSWERS: dict[str, Callable[[Tables], object]] = {
    "adverse_event_rates": lambda t: rows_of(
        outcomes.adverse_event_rates(t["subjects"], t["events"], t["adverse_events"])
    ),
    "assess": _assessed,
    "assess_responses": lambda t: rows_of(outcomes.assess_responses(t["labs"], t["subjects"], t["events"])),
    "at_risk_table": lambda t: rows_of(outcomes.at_risk_table(t, months=[0, 12])),
    "best_change": lambda t: rows_of(outcomes.best_change(t, sample=3)),
    "dose_intensity_by_month": lambda t: rows_of(
        outcomes.dose_intensity_by_month(t["subjects"], t["exposures"], events=t["events"])
    ),
    "find_progression": lambda t: rows_of(outcomes.find_progression(t["labs"], t["subjects"], t["events"])),
    "followed_subjects": lambda t: followed_subjects(
        {name: table for name, table in t.items() if name != "replicates"}, days=2000.0
    ),
    "km_bands": lambda t: rows_of(outcomes.km_bands(t, months=[0, 12])),
    "km_curves": lambda t: rows_of(outcomes.km_curves(t)),
    "m_protein_courses": lambda t: rows_of(outcomes.m_protein_courses(t, per_group=2)),
    "prediction_intervals": lambda t: rows_of(outcomes.prediction_intervals(t["replicates"])),
    "relative_dose_intensity": lambda t: rows_of(outcomes.relative_dose_intensity(t["subjects"], t["exposures"])),
    "response_distribution": lambda t: rows_of(outcomes.response_distribution(t, by="iss")),
    "summarise": lambda t: [rows_of(outcomes.summarise(t, landmarks_months=[12], by=by)) for by in ("arm", "sex")],
    "summarise_replicates": lambda t: rows_of(outcomes.summarise_replicates(t)),
    "swimmer_events": lambda t: rows_of(outcomes.swimmer_events(t, per_group=3)),
    "swimmer_lanes": lambda t: rows_of(outcomes.swimmer_lanes(t, per_group=3)),
    "time_to_event": lambda t: [
        rows_of(outcomes.time_to_event(t["subjects"], t["events"], t["responses"], endpoint))
        for endpoint in ENDPOINTS
    ],
}


def test_every_public_function_of_a_table_is_tried() -> None:
    takes_a_table = {
        name
        for name in dir(outcomes)
        if inspect.isfunction(function := getattr(outcomes, name))
        and any(
            re.search(r"\b(pa|pyarrow\.lib)\.Table\b", str(one.annotation))
            for one in inspect.signature(function).parameters.values()
        )
    }
    assert takes_a_table | {"followed_subjects"} == set(ANSWERS)


@pytest.fixture(scope="module")
def whole() -> dict[str, pa.Table]:
    """Two arms, two replicates, ties in every order, amounts whose sums round, and rows of every table."""
    people = [("new", 1), ("old", 2), ("new", 3), ("old", 4), ("new", 5), ("old", 6)]
    key = [{"arm": arm, "subject_id": number} for arm, number in people]
    subjects = [one | {"replicate": place // 2, "iss": 1 + place % 3} for place, one in enumerate(key)]
    events, labs, harms, doses, responses = [], [], [], [], []
    for place, one in enumerate(key):
        events += [
            one | {"event": "treatment_start", "day": 0.0},
            one | {"event": "progression", "day": 100.0 + 10 * (place // 2)},
            one | {"event": "next_therapy", "day": 130.0, "line": 2},
            one | {"event": "treatment_start", "day": 130.0, "line": 2},
            one | {"event": ("death", "censored")[place // 4], "day": 400.0 + 20 * (place % 3)},
        ]
        values = (30.0, 14.0, 14.0, 14.0, 25.0 + place, 26.0 + place)
        for day, value in zip((0.0, 28.0, 56.0, 84.0, 112.0, 120.0), values, strict=True):
            labs.append(one | {"day": day, "test": "m_protein", "value": value, "unit": TESTS["m_protein"]})
            labs.append(one | {"day": day, "test": "neutrophils", "value": 2.0, "unit": TESTS["neutrophils"]})
        labs.append(one | {"day": 56.0, "test": "mrd", "value": 1e-7, "unit": TESTS["mrd"]})
        harms += [one | {"event": "infection", "grade": 3, "start_day": 20.0} for _ in range(2)]
        for cycle in (1, 2, 3):
            amounts = {"planned_mg": 0.1 * cycle + place / 7, "given_mg": 0.1 + place / 9}
            counts = {"planned_doses": 4.0, "given_doses": 3.0}
            at = {"cycle": cycle, "day": 28.0 * (cycle - 1), "drug": "bortezomib"}
            doses.append(one | at | counts | amounts)
        responses += [
            one | {"day": day, "category": "PR", "confirmed": "PR", "mrd_negative": None} for day in (28.0, 56.0)
        ]
    hold = {"origin": "observed", "source_id": "hand", "line": 1, "drug": "bortezomib", "action": "hold", "dose": 0.0}
    held = [one | hold | {"day": 30.0, "rule": "low counts", "unit": "mg"} for one in key]
    tables = {
        "subjects": name_arms(build("subjects", subjects), ("new", "old"), comparator="old"),
        "events": build("events", events),
        "labs": build("labs", labs),
        "adverse_events": build("adverse_events", harms),
        "exposures": build("exposures", doses),
        "responses": build("responses", responses),
        "decisions": conform(
            {name: [row[name] for row in held] for name in DECISIONS.names}, DECISIONS, name="decisions"
        ),
    }
    return tables | {"replicates": outcomes.summarise_replicates(tables)}


def shuffled(table: pa.Table, rng: np.random.Generator) -> pa.Table:
    """Put the rows, and the words of each dictionary, in another order."""
    moved = table.take(pa.array(rng.permutation(table.num_rows)))
    for place, field in enumerate(moved.schema):
        if pa.types.is_dictionary(field.type):
            values = moved[field.name].cast(pa.string()).to_pylist()
            words = list(rng.permutation(sorted({*values, "not there"} - {None})))
            codes = pa.array([None if value is None else words.index(value) for value in values], pa.int32())
            moved = moved.set_column(
                place, field, pa.DictionaryArray.from_arrays(codes, pa.array(words, pa.string()))
            )
    return moved


@pytest.mark.parametrize("name", sorted(ANSWERS))
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_changes_nothing(name: str, seed: int, whole: Tables) -> None:
    rng = np.random.default_rng(seed)
    moved = {key: shuffled(table, rng) for key, table in whole.items()}
    assert ANSWERS[name](moved) == ANSWERS[name](whole)
