"""Conventions of counting by name: PFS of EMA and FDA, response with fewer categories, MRD at a landmark."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from outcome_tables import build

from cereblon.core.errors import InputError, UnknownNameError
from cereblon.outcomes import Censoring, SummaryChoices, assess, censoring_of, summarise, time_to_event
from cereblon.tables.schemas import TESTS

MONTH = 365.25 / 12


def pfs(
    days_of_disease: dict[float, float], events: list[dict[str, Any]], censoring: Censoring
) -> tuple[float, bool]:
    """PFS of one subject whose M-protein is measured on some days, every 28 by its protocol."""
    who = {"arm": "a", "subject_id": 1}
    values = [
        who | {"day": day, "test": "m_protein", "value": value, "unit": TESTS["m_protein"]}
        for day, value in days_of_disease.items()
    ]
    happened = [who | {"event": "treatment_start", "day": 0.0}, *(who | event for event in events)]
    tables = {
        "subjects": build("subjects", [who]),
        "labs": build("labs", values),
        "events": build("events", happened),
    }
    found = assess(tables)
    (row,) = time_to_event(found["subjects"], found["events"], found["responses"], "pfs", censoring).to_pylist()
    return row["day"], row["observed"]


FDA, EMA = censoring_of("fda", visit_days=28.0), censoring_of("ema", visit_days=28.0)
FOLLOWED = {"event": "censored", "day": 340.0}


def test_progression_after_missed_visits_counts_for_ema_and_is_censored_for_fda() -> None:
    """Last seen on day 56, next on day 300: eight visits were missed."""
    seen = {-1.0: 30.0, 28.0: 14.0, 56.0: 14.0, 300.0: 25.0, 328.0: 26.0}
    assert pfs(seen, [FOLLOWED], EMA) == (300.0, True)
    assert pfs(seen, [FOLLOWED], FDA) == (56.0, False)


def test_two_missed_visits_are_needed_and_a_late_visit_is_none() -> None:
    """After day 56: progression on day 112 misses one visit, on day 140 two; day 116 is a visit some days late."""
    start = {-1.0: 30.0, 28.0: 14.0, 56.0: 14.0}
    assert pfs(start | {112.0: 25.0, 140.0: 26.0}, [FOLLOWED], FDA) == (112.0, True)
    assert pfs(start | {116.0: 25.0, 144.0: 26.0}, [FOLLOWED], FDA) == (116.0, True)
    assert pfs(start | {140.0: 25.0, 168.0: 26.0}, [FOLLOWED], FDA) == (56.0, False)


def test_a_death_after_missed_visits_is_censored_and_one_soon_after_a_visit_counts() -> None:
    start = {-1.0: 30.0, 28.0: 14.0, 56.0: 14.0}
    assert pfs(start, [{"event": "death", "day": 80.0, "cause": "other"}], FDA) == (80.0, True)
    assert pfs(start, [{"event": "death", "day": 200.0, "cause": "other"}], FDA) == (56.0, False)
    assert pfs(start, [{"event": "death", "day": 200.0, "cause": "other"}], EMA) == (200.0, True)


def test_a_new_therapy_censors_for_fda_alone() -> None:
    seen = {-1.0: 30.0, 28.0: 14.0, 56.0: 14.0, 84.0: 14.0, 112.0: 25.0, 140.0: 26.0}
    changed = [{"event": "next_therapy", "day": 70.0, "line": 2}, FOLLOWED]
    assert pfs(seen, changed, FDA) == (56.0, False)
    assert pfs(seen, changed, EMA)[1]


def test_categories_left_out_count_as_the_next(trial: dict[str, pa.Table]) -> None:
    """Subject a 1 is CR; as sCR without that category it is CR too, and no row of sCR is left."""
    at = trial["responses"].to_pylist()
    stringent = [row | {name: "sCR" for name in ("category", "confirmed") if row[name] == "CR"} for row in at]
    changed = trial | {"responses": build("responses", stringent)}
    rows = {(row["endpoint"], row["arm"]): row["value"] for row in summarise(changed).to_pylist()}
    choices = SummaryChoices(without=("sCR", "MR"))
    fewer = {(row["endpoint"], row["arm"]): row["value"] for row in summarise(changed, choices=choices).to_pylist()}
    assert rows["scr", "a"] == 25.0
    assert fewer["cr", "a"] == 25.0
    assert {key for key in rows if key not in fewer} == {
        (endpoint, arm) for endpoint in ("scr", "mr", "orr_mr_or_better") for arm in "ab"
    }


def test_mrd_with_complete_response_at_a_landmark(trial: dict[str, pa.Table]) -> None:
    """Subject a 1 is negative in CR at month 6 and followed to 48: at month 3 not yet, at 12 yes, at 60 lost."""
    choices = SummaryChoices(mrd_with_cr_months=(3.0, 12.0, 60.0))
    rows = summarise(trial, choices=choices).to_pylist()
    found = {
        row["month"]: row["value"]
        for row in rows
        if (row["endpoint"], row["arm"]) == ("mrd_negative_1e-5_with_cr", "a")
    }
    assert found == {None: 25.0, 3.0: 0.0, 12.0: 25.0, 60.0: 0.0}


def test_what_is_no_convention_is_refused(trial: dict[str, pa.Table]) -> None:
    with pytest.raises(UnknownNameError, match="convention of progression-free survival"):
        censoring_of("pmda", visit_days=28.0)
    with pytest.raises(UnknownNameError, match="category to leave out"):
        summarise(trial, choices=SummaryChoices(without=("PR",)))
    for wrong, said in (({"missed_visits": 0}, "missed_visits"), ({"visit_days": 0.0}, "visit_days")):
        with pytest.raises(InputError, match=said):
            time_to_event(trial["subjects"], trial["events"], trial["responses"], "pfs", Censoring(**wrong))
