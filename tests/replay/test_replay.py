"""The replay finds nothing where nothing is wrong, and finds what was changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from replay_runs import run_of

from cereblon.core.errors import InputError
from cereblon.verification.replay.checking import RunReplay, trace_rows
from cereblon.verification.replay.replaying import disagreements

EXAMPLE = Path(__file__).parents[2] / "docs/examples/rules/flexible-rules.yaml"


def test_under_the_label_every_dose_is_derived_again(us_run: RunReplay) -> None:
    assert len(us_run.courses) == 256
    assert list(us_run.disagreements()) == []


def test_the_run_holds_enough_to_be_a_test(us_run: RunReplay) -> None:
    """Holds and resumptions of every drug, reductions, and drugs stopped for good."""
    decisions = [decision for course in us_run.courses for decision in course.decisions]
    assert {drug for _, drug, action, _, _ in decisions if action == "hold ends"} >= {
        "lenalidomide",
        "bortezomib",
        "ixazomib",
        "carfilzomib",
        "daratumumab",
        "dexamethasone",
    }
    assert {action for _, _, action, _, _ in decisions} >= {"hold", "hold ends", "lower", "give"}
    assert any(event == "drug_stopped" for course in us_run.courses for event, *_ in course.events)


@pytest.mark.parametrize("rules", ["eu-label", "none", str(EXAMPLE)], ids=["eu-label", "none", "example"])
def test_other_rule_sets_are_derived_again(us_run: RunReplay, tmp_path: Path, rules: str) -> None:
    found = run_of(tmp_path / "run", rules)
    assert list(found.disagreements()) == []
    assert found.rules.id != us_run.rules.id


def test_a_changed_dose_is_found(us_run: RunReplay) -> None:
    course = us_run.courses[0]
    key, row = next(iter(course.exposures.items()))
    changed = course.exposures | {key: (*row[:4], row[4] * 1.01)}
    found = disagreements(replace_exposures(course, changed), us_run.of(course))
    assert [(one.line, one.drug, one.what) for one in found] == [(key[0], key[2], f"mg given in cycle {key[1]}")]


def test_a_count_that_would_have_held_a_drug_is_found(us_run: RunReplay) -> None:
    """Platelets of 5 at a visit at which the run saw more."""
    course = next(one for one in us_run.courses if one.arm == "krd" and 14 in one.counts)
    before = dict(course.counts[14])
    course.counts[14] = before | {"platelets": 5.0}
    try:
        found = disagreements(course, us_run.of(course))
    finally:
        course.counts[14] = before
    assert any(one.day == 14 and one.run == "did not happen" for one in found)


def test_a_left_out_decision_is_found(us_run: RunReplay) -> None:
    course = next(one for one in us_run.courses if any(action == "hold" for _, _, action, _, _ in one.decisions))
    whole = list(course.decisions)
    gone = next(decision for decision in whole if decision[2] == "hold")
    course.decisions = [decision for decision in whole if decision is not gone]
    try:
        found = disagreements(course, us_run.of(course))
    finally:
        course.decisions = whole
    assert [(one.drug, one.what, one.run) for one in found] == [(gone[1], f"hold by {gone[3]}", "did not happen")]


def test_a_subject_can_be_followed_day_by_day(us_run: RunReplay) -> None:
    course = next(one for one in us_run.courses if any(action == "hold ends" for _, _, action, _, _ in one.decisions))
    rows = trace_rows(us_run.of(course), us_run.rules)
    assert [row["day"] for row in rows] == sorted(row["day"] for row in rows)
    held = next(decision for decision in course.decisions if decision[2] == "hold")
    row = next(row for row in rows if row["day"] == held[0])
    assert f"{held[1]} hold: {held[3]}" in str(row["reasons"])
    assert str(row["sources"])


def test_a_subject_that_is_not_there_is_told(us_run: RunReplay) -> None:
    with pytest.raises(InputError, match="subject 999 is not in the run"):
        us_run.subject(999)


def test_a_run_without_rules_is_told() -> None:
    with pytest.raises(InputError, match=r"run\.json does not hold the dose rules"):
        RunReplay({}, {})


def replace_exposures(course, exposures):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    return replace(course, exposures=exposures)
