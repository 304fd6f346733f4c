"""Counts of parts add up to those of the whole, whatever the parts and their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from outcome_tables import build

from cereblon import outcomes
from cereblon.outcomes import counts as counts_module
from cereblon.outcomes.counts import SubjectCounts, added
from cereblon.outcomes.curves import bands_of, curves_of
from cereblon.outcomes.dose_sums import added as added_doses
from cereblon.outcomes.dose_sums import intensity_of, sum_doses
from cereblon.outcomes.group_estimates import EstimateChoices, joined, read_off
from cereblon.outcomes.outcome_rows import about
from cereblon.outcomes.summary import count_subjects, outcome_table, spread_of
from cereblon.outcomes.summary_choices import DEFAULT_CHOICES
from cereblon.tables import name_arms, remarks_of
from cereblon.tables.schemas import TESTS

Tables = dict[str, pa.Table]
SUBJECTS, REPLICATES = 48, 3
MONTHS = (0.0, 3.0, 6.0)


@pytest.fixture(scope="module")
def whole() -> Tables:
    """Three arms in three replicates with everything that can befall a count: ties, fractions of days, subjects that
    failed or were never treated, rows outside follow-up, an event and an MRD test that few have."""
    rng = np.random.default_rng(4)
    people, events, labs, harms, doses, responses = [], [], [], [], [], []
    for number in range(SUBJECTS):
        key = {"arm": ("new", "old", "none")[number % 3], "subject_id": number}
        people.append(
            key
            | {"replicate": number * REPLICATES // SUBJECTS, "age": 50 + 30 * rng.random(), "iss": 1 + number % 3}
            | {"result_code": int(number in (5, 40)), "sex": ("male", "female")[number % 2]}
        )
        end = float(rng.integers(60, 400)) + 0.5 * (number % 2)
        if number % 7:
            events.append(key | {"event": "treatment_start", "day": 0.0})
        if number % 2:
            events.append(key | {"event": "progression", "day": float(rng.integers(30, 60))})
        events.append(key | {"event": ("death", "censored")[number % 3 == 1], "day": end})
        events += [key | {"event": "progression", "day": 500.0, "line": 2}] if number % 11 == 0 else []
        for day in (0.0, 28.0, 56.0):
            labs.append(key | {"day": day, "test": "m_protein", "value": 20.0, "unit": TESTS["m_protein"]})
            responses.append(key | {"day": day, "category": "PR", "confirmed": "PR", "mrd_negative": None})
        if number > 44:
            labs.append(key | {"day": 56.0, "test": "mrd", "value": 1e-7, "unit": TESTS["mrd"]})
        if number == 47:
            harms.append(key | {"event": "spm", "grade": 3, "start_day": 20.0})
        harms += [key | {"event": "infection", "grade": 1 + number % 4, "start_day": day} for day in (20.0, 450.0)]
        for cycle in (1, 2, 3):
            counts = {"planned_doses": 4.0, "given_doses": 3.0, "drug": ("bortezomib", "lenalidomide")[number % 2]}
            amounts = {"planned_mg": 3 * rng.random(), "given_mg": 3 * rng.random() * (number % 4 > 0)}
            doses.append(key | {"cycle": cycle, "day": 28.0 * (cycle - 1)} | counts | amounts)
    rows = {"events": events, "labs": labs, "adverse_events": harms, "exposures": doses, "responses": responses}
    subjects = name_arms(build("subjects", people), ("new", "old", "none", "empty"), comparator="old")
    return {"subjects": subjects, **{name: build(name, some) for name, some in rows.items()}}


def split(tables: Tables, part_of: Sequence[int]) -> list[Tables]:
    """Give the tables of the subjects of each part."""
    parts = [[number for number, part in enumerate(part_of) if part == one] for one in sorted(set(part_of))]
    return [
        {name: table.filter(pc.is_in(table["subject_id"], pa.array(part))) for name, table in tables.items()}
        for part in parts
    ]


def answers(counts: SubjectCounts) -> dict[str, Any]:
    """Give everything that is read off counts, as rows and remarks."""
    asked = EstimateChoices(
        landmarks_months=(6.0,), comparisons=(("new", "old"),), heights_of=("pfs", "os"), heights_months=MONTHS
    )
    pooled, reading = counts.pooled(), read_off(counts, asked)
    one_by_one = [reading.take(slice(group, group + 3)) for group in range(0, reading.names.count, 3)]
    replicates = outcome_table(reading, about(counts), asked, DEFAULT_CHOICES, per_replicate=True)
    in_turn = [outcome_table(one, about(counts), asked, DEFAULT_CHOICES, per_replicate=True) for one in one_by_one]
    assert spread_of(in_turn).equals(spread_of([replicates]))
    found = {
        "outcomes": outcome_table(read_off(pooled, asked), about(pooled), asked, DEFAULT_CHOICES),
        "replicates": replicates,
        "curves": curves_of(pooled),
        "bands": bands_of(pooled, reading, months=MONTHS),
    }
    return {name: (table.to_pylist(), remarks_of(table)) for name, table in found.items()}


@pytest.fixture(scope="module", params=[counts_module.MOST_VALUES, 3])
def most_values(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module")
def of_the_whole(whole: Tables, most_values: int) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counts_module, "MOST_VALUES", most_values)
        return answers(count_subjects(whole))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(part_of=st.lists(st.integers(0, 4), min_size=SUBJECTS, max_size=SUBJECTS), seed=st.randoms())
@pytest.mark.slow
def test_outcomes_of_parts_put_together_are_those_of_the_whole(
    whole: Tables, of_the_whole: dict[str, Any], part_of: list[int], seed: Any, most_values: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counts_module, "MOST_VALUES", most_values)
        parts = [count_subjects(tables) for tables in split(whole, part_of)]
        seed.shuffle(parts)
        of_two = added([added(parts[: len(parts) // 2 or 1]), *parts[len(parts) // 2 or 1 :]])
        assert answers(of_two) == of_the_whole


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(part_of=st.lists(st.integers(0, 4), min_size=SUBJECTS, max_size=SUBJECTS), seed=st.randoms())
def test_doses_of_parts_put_together_are_those_of_the_whole(whole: Tables, part_of: list[int], seed: Any) -> None:
    parts = [sum_doses(one["subjects"], one["exposures"]) for one in split(whole, part_of)]
    seed.shuffle(parts)
    together = intensity_of(added_doses(parts))
    assert together.equals(intensity_of(sum_doses(whole["subjects"], whole["exposures"])))


def test_replicates_read_off_one_after_the_other_are_those_read_off_at_once(whole: Tables) -> None:
    counts, asked = count_subjects(whole), EstimateChoices(landmarks_months=(6.0,), comparisons=(("new", "old"),))
    number = counts.names.replicate
    apart = joined([read_off(counts.take(number == replicate), asked) for replicate in range(REPLICATES)])
    tables = [
        outcome_table(one, about(counts), asked, DEFAULT_CHOICES, per_replicate=True)
        for one in (apart, read_off(counts, asked))
    ]
    assert tables[0].equals(tables[1])


def test_summaries_of_tables_are_read_off_the_same_counts(whole: Tables) -> None:
    found = answers(count_subjects(whole))
    comparisons = [("new", "old")]
    tables = {
        "outcomes": outcomes.summarise(whole, landmarks_months=(6.0,), comparisons=comparisons),
        "replicates": outcomes.summarise_replicates(whole, landmarks_months=(6.0,), comparisons=comparisons),
        "curves": outcomes.km_curves(whole),
        "bands": outcomes.km_bands(whole, months=MONTHS),
    }
    assert {name: table.to_pylist() for name, table in tables.items()} == {
        name: rows for name, (rows, _) in found.items()
    }


def test_a_median_off_a_grid_says_how_close_it_is(whole: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    """The grid is the least power of two that leaves at most 8 values, and the middle of its cell is given."""

    def ages() -> list[dict[str, Any]]:
        rows = outcomes.summarise(whole, comparisons=()).to_pylist()
        return [row for row in rows if row["endpoint"] == "baseline_age_median"]

    exact = ages()
    monkeypatch.setattr(counts_module, "MOST_VALUES", 8)
    for row, on_grid in zip(exact, ages(), strict=True):
        assert row["method"] == "median"
        within = float(on_grid["method"].removeprefix("median, within "))
        assert 0 < abs(row["value"] - on_grid["value"]) <= within <= 4.0
