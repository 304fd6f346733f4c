"""Delayed cycles, limits that must last, counts that a rule asks for: in the engine and in the rule interpreter."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from both_interpreters import BothInterpreters, Visit

from cereblon.core.errors import InputError
from cereblon.model.dosing.description import describe_rules
from cereblon.model.dosing.library import parse_rule_set
from cereblon.model.dosing.rule_set import RuleSet
from cereblon.model.dosing.tables import LASTING, rule_tables
from cereblon.model.drugs import DRUGS

LADDER = {"lenalidomide": {"unit": "mg", "ladders": [[25, 15, 10]], "source": "made for a test"}}
LOW = {"id": "low", "drug": "lenalidomide", "do": "hold", "source": "test"}
ORDERS = {"lenalidomide": 25.0}


def made(*rules: dict[str, Any]) -> RuleSet:
    data = {"id": "mine", "title": "made for a test", "drugs": LADDER, "rules": list(rules)}
    return parse_rule_set(data, where="mine.yaml")


def doses(rules: RuleSet, visits: list[Visit], **more: Any) -> list[float]:
    return BothInterpreters(rules, ORDERS).doses(visits, "lenalidomide", **more)


def test_a_limit_with_days_waits_until_it_has_lasted_so_long() -> None:
    """Low in weeks 1 to 3: two weeks have passed in week 3; one good count in between begins them anew."""
    rules = made({**LOW, "when": {"platelets": {"below": 50, "for_days": 14}}})
    low: Visit = {"platelets": 40.0}
    assert doses(rules, [low, low, low, {}]) == [25.0, 25.0, 25.0, 0.0, 25.0]
    assert doses(rules, [low, low, {}, low, low]) == [25.0] * 6


def test_days_pass_between_counts_and_a_limit_is_judged_at_the_next() -> None:
    """Counted in weeks 1 and 4 alone, both low: three weeks lie between them."""
    rules = made({**LOW, "when": {"platelets": {"below": 50, "for_days": 21}}})
    low: Visit = {"platelets": 40.0}
    assert doses(rules, [low, None, None, low]) == [25.0, 25.0, 25.0, 25.0, 0.0]


def test_a_hold_ends_when_recovery_is_confirmed() -> None:
    rules = made({**LOW, "when": {"anc": {"below": 1.0}}, "until": {"anc": {"from": 1.0, "for_days": 7}}})
    assert doses(rules, [{"anc": 0.5}, {}, {"anc": 0.9}, {}, {}]) == [25.0, 0.0, 0.0, 0.0, 0.0, 25.0]


def test_a_grade_can_have_to_last_too() -> None:
    rules = made({**LOW, "when": {"rash": {"from": 2, "for_days": 7}}})
    assert doses(rules, [{"rash": 2.0}, {"rash": 3.0}, {}]) == [25.0, 25.0, 0.0, 25.0]


def test_a_delay_begins_on_the_first_day_of_a_cycle_alone() -> None:
    rules = made({**LOW, "do": "delay", "when": {"platelets": {"below": 75}}, "then": {"reduce": 1}})
    low: Visit = {"platelets": 60.0}
    assert doses(rules, [low, low, {}], cycle_day=1) == [25.0, 0.0, 0.0, 15.0]
    assert doses(rules, [low, low, {}], cycle_day=8) == [25.0] * 4


def test_rules_that_ask_for_counts_and_wait_are_said_in_words() -> None:
    rules = made(
        {"id": "look", "when": {"infection": {"from": 3}}, "do": "count", "source": "test"},
        {
            **LOW,
            "do": "delay",
            "when": {"platelets": {"below": 75, "for_days": 7}},
            "until": {"platelets": {"from": 75}},
        },
    )
    words = "\n".join(describe_rules(rules))
    assert "look: Infection of grade 3 or worse: count blood cells every week." in words
    assert "Platelets below 75 x 10^9/L for 7 days: do not begin the next cycle; begin it at 75 x 10^9" in words


def test_more_lasting_limits_than_there_is_room_for_are_refused() -> None:
    rules = [
        {**LOW, "id": f"r{number}", "when": {"platelets": {"below": 20 + number, "for_days": 7}}}
        for number in range(LASTING + 1)
    ]
    with pytest.raises(InputError, match=f"9 limits with for_days; at most {LASTING}"):
        rule_tables(made(*rules), DRUGS)


@pytest.mark.slow
def test_engine_and_interpreter_agree_on_rules_made_by_chance() -> None:
    """Sixty rule sets of delays, holds, changes and counts, with limits that last or do not, over thirty weeks."""
    luck = Random(19)
    for _ in range(60):
        rules = made(*(_by_chance(luck, f"r{place}") for place in range(luck.randint(1, 5))))
        visits: list[Visit] = [_visit(luck) for _ in range(30)]
        found = doses(rules, visits, cycle_day=luck.choice([1, 1, 8]))
        assert len(found) == 31


def _visit(luck: Random) -> Visit:
    if luck.random() < 0.3:
        return None
    counts = {"anc": luck.choice([0.4, 0.9, 1.0, 3.0]), "platelets": luck.choice([20.0, 50.0, 74.0, 150.0])}
    return {**counts, "rash": float(luck.choice([0, 0, 2, 3])), "infection": float(luck.choice([0, 0, 0, 3]))}


def _by_chance(luck: Random, name: str) -> dict[str, Any]:
    do = luck.choice(["hold", "delay", "change", "count", "hold"])
    grade = {luck.choice(["rash", "infection"]): {"from": luck.choice([2, 3])}}
    if do == "count":
        return {"id": name, "when": grade, "do": do, "source": "test"}
    measure, limit = luck.choice([("anc", 1.0), ("platelets", 50), ("platelets", 75)])
    days = {"for_days": luck.choice([7, 10, 14, 28])} if luck.random() < 0.6 else {}
    when = grade if luck.random() < 0.2 else {measure: {"below": limit, **days}}
    rule = {**LOW, "id": name, "do": do, "when": when}
    if when is not grade and do != "change" and luck.random() < 0.6:
        confirmed = {"for_days": luck.choice([7, 21])} if luck.random() < 0.5 else {}
        rule["until"] = {measure: {"from": limit, **confirmed}}
    if do == "change" or luck.random() < 0.5:
        rule["then"] = {"reduce": 1}
    return rule
