"""The replay finds nothing where nothing is wrong, and finds what was changed."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from replay_runs import run_of

from cereblon.core.errors import InputError
from cereblon.model.dosing.library import load_rule_set
from cereblon.model.regimens import parse_regimen
from cereblon.verification.replay.checking import RunReplay, trace_rows
from cereblon.verification.replay.replaying import disagreements, replay
from cereblon.verification.replay.rule_interpreter import RuleInterpreter
from cereblon.verification.replay.subject_course import SubjectCourse, planned_line

PAGE = Path(__file__).parents[2] / "docs/how-to/add-a-regimen.md"
EXAMPLE = Path(__file__).parents[2] / "docs/examples/rules/flexible-rules.yaml"


def test_under_the_label_every_dose_is_derived_again(us_run: RunReplay) -> None:
    assert len(us_run.courses) == 272
    assert list(us_run.disagreements()) == []


def test_the_run_holds_enough_to_be_a_test(us_run: RunReplay) -> None:
    """Holds and resumptions of every drug, reductions, and drugs stopped for good."""
    decisions = [decision for course in us_run.courses for decision in course.decisions]
    assert {drug for _, drug, action, _, _ in decisions if action == "hold ends"} >= {
        "lenalidomide",
        "pomalidomide",
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
    """A rule that the interpreters read apart shows in most of its subjects, so that 102 show it as 272 do."""
    found = run_of(tmp_path / "run", rules, size=24)
    assert len(found.courses) == 102
    assert list(found.disagreements()) == []
    assert found.rules.id != us_run.rules.id


PROTOCOL = {
    "id": "protocol",
    "title": "Cycles wait for counts, limits must last, counts follow an event",
    "extends": "us-label",
    "without": ["ixazomib-new-cycle", "ixazomib-new-cycle-platelets"],
    "rules": [
        {
            "id": "cycle-waits",
            "drug": ["ixazomib", "lenalidomide", "carfilzomib"],
            "when": {"platelets": {"below": 120}, "cycle": {"from": 2}},
            "do": "delay",
            "until": {"platelets": {"from": 120}},
            "source": "made for a test",
        },
        {
            "id": "low-for-two-weeks",
            "drug": "dexamethasone",
            "when": {"haemoglobin": {"below": 105, "for_days": 14}},
            "do": "hold",
            "until": {"haemoglobin": {"from": 105, "for_days": 7}},
            "source": "made for a test",
        },
        {
            "id": "counted-after-infection",
            "when": {"infection": {"from": 2}, "line_days": {"from": 84}},
            "do": "count",
            "source": "made for a test",
        },
    ],
}


@pytest.fixture(scope="module")
def protocol_run(compiled_programs: str, tmp_path_factory: pytest.TempPathFactory) -> RunReplay:
    split = yaml.safe_load(PAGE.read_text(encoding="utf-8").split("```yaml")[2].split("```")[0])
    arm = {"regimen": split, "size": 32}
    return run_of(tmp_path_factory.mktemp("protocol") / "run", PROTOCOL, split=arm)


def test_delays_lasting_limits_and_asked_counts_are_derived_again(protocol_run: RunReplay) -> None:
    assert list(protocol_run.disagreements()) == []
    acted = {(action, rule) for course in protocol_run.courses for _, _, action, rule, _ in course.decisions}
    assert acted >= {
        ("delay", "cycle-waits"),
        ("delay ends", "cycle-waits"),
        ("hold", "low-for-two-weeks"),
        ("hold ends", "low-for-two-weeks"),
        ("count", "counted-after-infection"),
    }


def test_a_split_first_dose_and_a_rising_one_are_given_as_ordered(protocol_run: RunReplay) -> None:
    """8 mg/kg twice and 16 three times; 10, 15 and 25 mg for a week each, where nothing lowers or holds it."""
    seen = []
    for course in protocol_run.courses:
        if course.arm != "split" or (1, 1, "daratumumab") not in course.exposures:
            continue
        _, planned, _, mg, _ = course.exposures[1, 1, "daratumumab"]
        seen.append((planned, mg / course.patient["weight_kg"]))
        if course.patient["crcl_ml_min"] >= 60:
            assert course.exposures[1, 1, "lenalidomide"][1:4:2] == (21, 7 * (10 + 15 + 25))
    whole = [mg for planned, mg in seen if planned == 5]
    assert len(whole) > 20
    assert whole == pytest.approx([64.0] * len(whole), rel=1e-5)  # sums in single precision


@pytest.mark.parametrize(("run", "rule"), [("protocol_run", "cycle-waits"), ("us_run", "ixazomib-new-cycle")])
def test_a_delayed_cycle_begins_later_and_the_next_is_counted_from_there(
    run: str, rule: str, request: pytest.FixtureRequest
) -> None:
    """Begun when nothing delays it any more; the cycle after it a whole cycle after that (mrgsolve#1254)."""
    looked = 0
    for course in request.getfixturevalue(run).courses:
        if course.arm != "ird":
            continue
        begun = {cycle: row[0] for (line, cycle, drug), row in course.exposures.items() if line == 1}
        for cycle, day in begun.items():
            if cycle + 1 in begun:
                assert begun[cycle + 1] == _begins(course, int(day) + 28)
        looked += any(named.startswith(rule) for _, _, _, named, _ in course.decisions)
    assert looked > 5


def _begins(course: SubjectCourse, due: int) -> int:
    """Give the first week, from the one that is due, in which no rule delays the cycle any more."""
    delaying: set[tuple[str, str]] = set()
    for week in range(due, due + 1000, 7):
        for _, drug, action, rule, _ in (one for one in course.decisions if one[0] == week):
            if action == "delay":
                delaying.add((rule, drug))
            if action == "delay ends":
                delaying.discard((rule, drug))
        if not delaying:
            return week
    raise AssertionError(f"a cycle due on day {due} never begins")


def test_a_cycle_held_at_day_21_and_given_at_day_28_is_followed_by_one_at_day_49() -> None:
    """By the label of pomalidomide, cycles of 21 days: platelets 40 on day 21, 60 on day 28 (mrgsolve#1254)."""
    order = {"drug": "pomalidomide", "dose": 4, "unit": "mg", "route": "oral", "days": "1-14"}
    phase = {"name": "all", "cycle_days": 21, "until": "progression", "source": "test", "orders": [order]}
    sources = {"test": {"citation": "made for a test", "quality": "recalled"}}
    regimen = parse_regimen({"id": "p", "label": "P", "phases": [phase], "sources": sources}, where="test")
    patient = {"weight_kg": 70.0, "height_cm": 170.0, "age": 60.0, "crcl_ml_min": 90.0, "frailty": "fit"}
    course = SubjectCourse(0, "p", {**patient, "prior_lines": 2})
    course.events += [("treatment_start", 0.0, 1, ""), ("censored", 56.0, 1, "")]
    for day, platelets in ((0, 150.0), (21, 40.0), (28, 60.0), (49, 90.0)):
        course.counts[day] = {"anc": 2.0, "platelets": platelets, "haemoglobin": 110.0}
    rules = load_rule_set("us-label")
    found = replay(course, [planned_line(regimen)], rules, RuleInterpreter(rules, ("pomalidomide",)))
    assert [week.day for week in found.weeks if week.planned and week.cycle_day == 1] == [0, 28, 49]
    assert [one[:3] for one in found.decisions if "delay" in one[2]] == [
        (21, "pomalidomide", "delay"),
        (28, "pomalidomide", "delay ends"),
    ]
    assert found.exposures[1, 2, "pomalidomide"][:2] == [14, 14]


def test_cells_are_counted_where_a_rule_asks_though_no_visit_is_due(protocol_run: RunReplay) -> None:
    asked = [
        (course, day)
        for course in protocol_run.courses
        for day, _, _, rule, _ in course.decisions
        if rule == "counted-after-infection"
    ]
    assert asked
    assert all(day in course.counts for course, day in asked)
    assert any(day % 28 and day > 84 for _, day in asked)
    course, day = asked[0]
    before = course.counts.pop(day)
    try:
        found = disagreements(course, protocol_run.of(course))
    finally:
        course.counts[day] = before
    assert ("counts", "count by counted-after-infection") in {(one.drug, one.what) for one in found}


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
