"""The outcomes table, worked out by hand on the small trial of conftest.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from outcome_tables import build

from cereblon.core.errors import InputError, UnknownNameError
from cereblon.outcomes import SummaryChoices, assess, prediction_intervals, summarise, summarise_replicates
from cereblon.tables.schemas import OUTCOMES
from cereblon.vocabulary.endpoints import vocabulary


def value_of(outcomes: pa.Table, endpoint: str, arm: str = "a", **where: Any) -> Any:
    row = row_of(outcomes, endpoint, arm, **where)
    return row["value"]


def row_of(outcomes: pa.Table, endpoint: str, arm: str = "a", **where: Any) -> dict[str, Any]:
    wanted = {"endpoint": endpoint, "arm": arm, **where}
    rows = [row for row in outcomes.to_pylist() if all(row[name] == value for name, value in wanted.items())]
    assert len(rows) == 1, (wanted, len(rows))
    return rows[0]


@pytest.fixture
def outcomes(trial: dict[str, pa.Table]) -> pa.Table:
    return summarise(trial, landmarks_months=(12, 60))


def test_the_table_is_an_outcomes_table(outcomes: pa.Table) -> None:
    assert outcomes.schema == OUTCOMES


@pytest.mark.parametrize(
    ("endpoint", "arm", "expected"),
    [
        ("orr", "a", 50),
        ("orr", "b", 75),
        ("vgpr_or_better", "a", 25),
        ("cr_or_better", "a", 25),
        ("scr", "a", 0),
        ("vgpr", "a", 0),
        ("pr", "a", 25),
        ("dcr", "a", 75),
        ("mr_or_sd", "b", 1),
        ("mrd_negative_1e-5_with_cr", "a", 25),
        ("ttr_median", "a", 1.5),
        ("time_to_vgpr_median", "a", 4),
        ("time_to_best_response_median", "a", 3.5),
        ("n_randomised", "a", 4),
        ("n_evaluable", "a", 3),
        ("n_safety", "a", 3),
        ("deaths_total", "a", 2),
        ("subsequent_therapy", "a", 25),
        ("baseline_age_median", "a", 63.5),
        ("baseline_male", "a", 25),
        ("baseline_iss_3", "a", 50),
        ("baseline_age_over_75", "a", 25),
        ("baseline_egfr_below_60", "a", 0),
    ],
)
def test_rates_and_counts(outcomes: pa.Table, endpoint: str, arm: str, expected: float) -> None:
    """Counted in the trial of conftest.py, of four randomised each; ages of arm a are 61, 76, 63 and 64."""
    assert value_of(outcomes, endpoint, arm) == pytest.approx(expected)


def test_response_rates_of_evaluable_subjects(trial: dict[str, pa.Table]) -> None:
    found = row_of(summarise(trial, choices=SummaryChoices(evaluable_only=True)), "orr")
    assert found["value"] == pytest.approx(200 / 3)
    assert found["n"] == 3
    assert "evaluable" in found["method"]


def test_discontinuation_is_of_the_treated(outcomes: pa.Table) -> None:
    """Arm a: three treated, one stopped for toxicity and one for progression, one goes on."""
    for endpoint in ("discontinued_ae", "discontinued_pd", "on_treatment"):
        assert row_of(outcomes, endpoint)["value"] == pytest.approx(100 / 3)
    assert row_of(outcomes, "discontinued_any")["value"] == pytest.approx(200 / 3)


def test_survival_of_arm_a(outcomes: pa.Table) -> None:
    """PFS: 4 at risk, censored at 0, then events at 6 and 12 of 3: 2/3, 1/3; censored at 46."""
    assert value_of(outcomes, "pfs_median") == pytest.approx(12)
    assert value_of(outcomes, "pfs_rate", month=12.0) == pytest.approx(100 / 3)
    assert value_of(outcomes, "os_median") == pytest.approx(36)
    assert value_of(outcomes, "pfs_events") == pytest.approx(50)


def test_survival_of_arm_b(outcomes: pa.Table) -> None:
    """PFS 6, 12, 18, 24+: 3/4, 1/2 from month 12 to 18, so the median is the middle, 15. TTNT: one event of four."""
    assert value_of(outcomes, "pfs_median", "b") == pytest.approx(15)
    assert value_of(outcomes, "ttnt_median", "b") is None


def test_a_value_that_is_not_there_says_why(outcomes: pa.Table) -> None:
    assert row_of(outcomes, "ttnt_median", "b")["method"].endswith("; not reached")
    rate = row_of(outcomes, "pfs_rate", "a", month=60.0)
    assert (rate["value"], rate["method"]) == (None, "Kaplan-Meier, log-log interval; beyond follow up")


def test_arms_are_compared_with_the_last_one(outcomes: pa.Table) -> None:
    found = row_of(outcomes, "os_hr")
    assert found["versus"] == "b"
    assert found["n"] == 8
    assert found["low"] < found["value"] < found["high"]


def test_comparisons_can_be_turned_round(trial: dict[str, pa.Table], outcomes: pa.Table) -> None:
    turned = summarise(trial, comparisons=[("b", "a")])
    assert value_of(turned, "pfs_hr", "b") * value_of(outcomes, "pfs_hr") == pytest.approx(1, rel=1e-6)


def test_a_ratio_of_the_first_months_stands_beside_that_of_the_whole(trial: dict[str, pa.Table]) -> None:
    """Nobody is followed for 200 years, so that the first 2400 months are the whole; none progress on day 1."""
    found = summarise(trial, ratios_months=(2400.0, 0.01))
    whole, early, first_day = (row_of(found, "pfs_hr", month=month) for month in (None, 2400.0, 0.01))
    assert (early["value"], early["low"]) == (whole["value"], whole["low"])
    assert (first_day["value"], first_day["method"].split("; ")[-1]) == (None, "no events")


def test_kept_negativity_is_the_time_between_two_negative_tests_without_a_positive_one() -> None:
    """Subject 0 is negative on days 100 and 500 (400 days), 1 has a positive test between, 2 is tested once."""
    key = {"arm": "a"}
    subjects = [key | {"subject_id": number} for number in range(3)]
    events = [
        row | {"event": event, "day": day}
        for row in subjects
        for event, day in (("treatment_start", 0.0), ("censored", 900.0))
    ]
    tests = [(0, 100.0, 0.0), (0, 500.0, 0.0), (1, 100.0, 0.0), (1, 300.0, 1e-3), (1, 500.0, 0.0), (2, 100.0, 0.0)]
    labs = [
        key | {"subject_id": who, "day": day, "test": "mrd", "value": value, "unit": "1"} for who, day, value in tests
    ]
    tables = {
        "subjects": build("subjects", subjects),
        "events": build("events", events),
        "responses": build("responses", []),
    }
    found = summarise(tables | {"labs": build("labs", labs)})
    kept = {
        row["month"]: row["value"] for row in found.to_pylist() if row["endpoint"] == "mrd_negative_sustained_1e-5"
    }
    assert kept == {12.0: pytest.approx(100 / 3), 18.0: 0.0, 24.0: 0.0}


def test_adverse_events_by_worst_grade_of_the_treated(outcomes: pa.Table) -> None:
    """Arm a: three treated; neutropenia at worst 3 and 1 in line 1 (4 came in line 2); infection 5."""
    third = pytest.approx(100 / 3)
    assert value_of(outcomes, "ae_neutropenia", grade="any") == pytest.approx(200 / 3)
    assert value_of(outcomes, "ae_neutropenia", grade="3-4") == third
    assert value_of(outcomes, "ae_neutropenia", grade="4") == 0
    assert value_of(outcomes, "ae_infection", grade="3+") == third
    assert value_of(outcomes, "ae_infection", grade="3-4") == 0
    assert value_of(outcomes, "ae_infection", grade="5") == third


def test_an_event_of_one_arm_is_nought_in_the_other(outcomes: pa.Table) -> None:
    found = row_of(outcomes, "ae_infection", "b", grade="any")
    assert (found["value"], found["low"], found["n"]) == (0, 0, 4)
    assert found["high"] == pytest.approx(100 * (1 - 0.025**0.25))  # Clopper-Pearson at none of four


def test_second_cancers_count_whenever_they_come(outcomes: pa.Table) -> None:
    assert value_of(outcomes, "ae_spm", "b", grade="any") == 25


def test_events_nobody_had_can_be_asked_for(trial: dict[str, pa.Table]) -> None:
    found = summarise(trial, choices=SummaryChoices(adverse_events=("vte",)))
    assert value_of(found, "ae_vte", grade="3-4") == 0
    assert "ae_infection" not in found["endpoint"].to_pylist()


def test_groups_can_be_any_column(trial: dict[str, pa.Table]) -> None:
    found = summarise(trial, by="sex")
    assert value_of(found, "n_randomised", "male") == 1
    assert value_of(found, "n_randomised", "female") == 7
    assert "pfs_hr" not in found["endpoint"].to_pylist()


def test_every_endpoint_is_in_the_vocabulary(outcomes: pa.Table) -> None:
    assert set(outcomes["endpoint"].to_pylist()) <= set(vocabulary().endpoints)


def test_a_missing_table_is_named(trial: dict[str, pa.Table]) -> None:
    del trial["responses"]
    with pytest.raises(InputError, match="tables: responses missing"):
        summarise(trial)


def test_an_unknown_arm_or_column_is_refused(trial: dict[str, pa.Table]) -> None:
    with pytest.raises(UnknownNameError, match="arm 'c' is not known"):
        summarise(trial, comparisons=[("a", "c")])
    with pytest.raises(UnknownNameError, match="column of subjects 'arms' is not known"):
        summarise(trial, by="arms")


def replicated(trial: dict[str, pa.Table], copies: int) -> dict[str, pa.Table]:
    """The same trial again and again under new subject numbers; from replicate 1 on nobody in arm a dies."""
    tables: dict[str, list[pa.Table]] = {name: [] for name in trial}
    for copy in range(copies):
        for name, one in trial.items():
            shifted = pa.compute.add(one["subject_id"], 100 * copy)
            moved = one.set_column(3, one.schema.field("subject_id"), shifted)
            if name == "subjects":
                field = one.schema.field("replicate")
                moved = moved.set_column(4, field, pa.array([copy] * one.num_rows, pa.int32()))
            if name == "events" and copy:
                is_death = pa.compute.equal(moved["event"].cast(pa.string()), "death")
                in_a = pa.compute.equal(moved["arm"].cast(pa.string()), "a")
                moved = moved.filter(pa.compute.invert(pa.compute.and_(is_death, in_a)))
            tables[name].append(moved)
    return {name: pa.concat_tables(parts).unify_dictionaries() for name, parts in tables.items()}


def test_replicates_are_summarised_one_by_one(trial: dict[str, pa.Table]) -> None:
    found = summarise_replicates(replicated(trial, 3), landmarks_months=(12,))
    alone = summarise(trial, landmarks_months=(12,))
    first = found.filter(pa.compute.equal(found["replicate"], 0)).drop_columns(["replicate"])
    assert first.to_pylist() == alone.to_pylist()
    assert value_of(found, "deaths_total", replicate=0) == 2
    assert value_of(found, "deaths_total", replicate=2) == 0


def test_prediction_intervals_span_the_replicates(trial: dict[str, pa.Table]) -> None:
    spread = prediction_intervals(summarise_replicates(replicated(trial, 3)), level=0.9)
    rows = {(row["endpoint"], row["arm"]): row for row in spread.to_pylist() if row["grade"] == ""}
    orr, survival = rows["orr", "a"], rows["os_median", "a"]
    assert (orr["low"], orr["centre"], orr["high"], orr["replicates"]) == (50, 50, 50, 3)
    assert survival["low"] == pytest.approx(36)  # replicate 0; the others never reach their median
    assert (survival["centre"], survival["high"], survival["replicates"]) == (None, None, 3)


def test_assess_replaces_progressions_and_adds_responses(trial: dict[str, pa.Table], table) -> None:
    labs = [
        {"arm": "a", "subject_id": 1, "day": day, "test": "m_protein", "value": value, "unit": "g/L"}
        for day, value in ((0.0, 30.0), (28.0, 10.0), (56.0, 10.0), (84.0, 16.0), (112.0, 17.0))
    ]
    done = assess({name: trial[name] for name in ("subjects", "events")} | {"labs": table("labs", labs)})
    progressions = [row for row in done["events"].to_pylist() if row["event"] == "progression"]
    assert [(row["subject_id"], row["day"], row["cause"]) for row in progressions] == [(1, 84, "serum M-protein")]
    assert done["responses"]["category"].to_pylist() == ["PR", "PR", "PD", "PD"]
    others = trial["events"].num_rows - sum(name == "progression" for name in trial["events"]["event"].to_pylist())
    assert done["events"].num_rows == others + 1


def test_the_order_of_rows_does_not_matter(trial: dict[str, pa.Table], outcomes: pa.Table) -> None:
    rng = np.random.default_rng(5)
    shuffled = {
        name: one.take(pa.array(rng.permutation(one.num_rows))) if name != "subjects" else one
        for name, one in trial.items()
    }
    assert summarise(shuffled, landmarks_months=(12, 60)).to_pylist() == outcomes.to_pylist()
