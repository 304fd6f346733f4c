"""Rule files: what is read, refused and explained; and rules that only a file of one's own has."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from both_interpreters import BothInterpreters, Visit, programs

from cereblon.core.errors import InputError, UnknownNameError
from cereblon.model.dosing.conditions import Condition
from cereblon.model.dosing.description import describe_rules
from cereblon.model.dosing.library import find_rule_set, load_rule_set, parse_rule_set, read_rule_set, rule_set_names
from cereblon.model.dosing.measures import MEASURES
from cereblon.model.dosing.rule_set import RuleSet
from cereblon.model.dosing.tables import rule_rows, rule_tables
from cereblon.model.drugs import DRUGS

EXAMPLE = Path(__file__).parents[2] / "docs/examples/rules/flexible-rules.yaml"
LADDER = {"lenalidomide": {"unit": "mg", "ladders": [[25, 15, 10]], "source": "made for a test"}}
HOLD = {"id": "low", "drug": "lenalidomide", "when": {"anc": {"below": 1.0}}, "do": "hold", "source": "test"}


def made(*rules: dict[str, Any], **more: Any) -> RuleSet:
    data = {"id": "mine", "title": "made for a test", "drugs": LADDER, "rules": list(rules), **more}
    return parse_rule_set(data, where="mine.yaml", unseen={"neuropathic_pain"})


def refusal(*rules: dict[str, Any], **more: Any) -> str:
    with pytest.raises(InputError) as caught:
        made(*rules, **more)
    return str(caught.value)


@pytest.mark.parametrize("name", rule_set_names())
def test_every_rule_set_of_the_library_says_where_each_rule_is_from(name: str) -> None:
    rules = load_rule_set(name)
    assert rules.id == name
    for rule in (*rules.start, *rules.rules):
        source = rules.sources[rule.source]
        assert source.address or source.quality == "recalled"
        if source.quality == "recalled":
            assert rule.basis == "assumed", rule.id


@pytest.mark.parametrize("name", rule_set_names())
def test_a_rule_set_written_and_read_again_is_the_same(name: str) -> None:
    rules = load_rule_set(name)
    written = yaml.safe_dump(rules.model_dump(mode="json", by_alias=True, exclude_defaults=True), sort_keys=False)
    assert parse_rule_set(yaml.safe_load(written), where="again") == rules


def test_another_rule_set_needs_no_other_program() -> None:
    for name in rule_set_names():
        BothInterpreters(load_rule_set(name), {"lenalidomide": 25.0}).doses([{"anc": 0.1}], "lenalidomide")
    assert programs() == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"when": {"bilirubin": {"above": 2}}}, "bilirubin: cannot be said in a rule; bilirubin is not simulated"),
        ({"when": {"sodium": {"below": 130}}}, "sodium is not measured; rules may read age, crcl"),
        ({"when": {"neuropathic_pain": True}}, "rule low, when.neuropathic_pain: is not measured in a simulation"),
        ({"when": {"anc": {"below": 1.0, "for_days": 0}}}, "anc: for_days 0 is no number of days; 1 to 1000"),
        ({"when": {"anc": {"for_days": 7}}}, "anc: no limit is given"),
        ({"when": {"crcl": {"below": 30, "for_days": 7}}}, "crcl: for_days belongs to a count or a grade"),
        ({"do": "delay", "when": {"cycle_day": 1, "anc": {"below": 1}}}, "a delay acts on the first day of a cycle"),
        ({"do": "delay", "then": {"raise": 1}}, "a delay cannot end with a higher dose"),
        ({"do": "count"}, "a rule that counts cells is about no drug"),
        ({"do": "count", "drug": []}, "rule low, when.anc: cells are counted on what is known before"),
        ({"when": {"anc": {"below": 1.0, "from": 1.0}}}, "rule low, when: anc: no value fulfils below 1, from 1"),
        ({"when": {"anc": {"below": -1}}}, "anc: -1 1e9/L is outside 0 to 100"),
        ({"when": {"or": []}}, "write one rule for each alternative"),
        ({"until": {"anc": {"from": 0.5}}}, "rule low, until: contradicts when"),
        ({"when": {"use": "maintenance"}}, "rule low, until: nothing measured would end this hold"),
        (
            {"then": {"at_most": 20}},
            "rule low, then.at_most: 20 is not a dose level of lenalidomide (levels: 25, 15, 10)",
        ),
        ({"drug": "thalidomide"}, "thalidomide is no drug of the model"),
        ({"do": "pause"}, "should be 'hold', 'delay', 'change', 'stop', 'stop-all', 'give' or 'count'"),
        ({"source": ""}, "mine.yaml, rule low, source: is empty; a text is needed"),
        ({"drug": "bortezomib", "then": {"reduce": 1}}, "bortezomib has no ladder"),
        ({"then": {"raise": 1}}, "a hold cannot end with a higher dose"),
        ({"then": {"reduce": 1, "raise": 1}}, "lowers and raises the dose at once"),
        ({"when": {"anc": {"below": 1}, "after": {"rule": "x", "times": {"from": 1}}}}, "there is no rule 'x'"),
    ],
    ids=str,
)
def test_an_impossible_rule_is_refused_with_file_rule_and_field(change: dict[str, Any], told: str) -> None:
    text = refusal({**HOLD, **change})
    assert "mine.yaml" in text
    assert told in text


def test_contradictory_rules_are_refused_by_name() -> None:
    raised = {"id": "up", "drug": "lenalidomide", "do": "change", "then": {"raise": 1}, "source": "test"}
    assert "rule up, then: contradicts rule low" in refusal(HOLD, {**raised, "when": {"anc": {"below": 2.0}}})
    made(HOLD, {**raised, "when": {"anc": {"from": 1.0}}})


def test_starting_doses_of_one_table_must_not_overlap() -> None:
    rows = [
        {"id": "a", "drug": "lenalidomide", "when": {"crcl": {"to": 60}}, "at_most": 10, "source": "test"},
        {"id": "b", "drug": "lenalidomide", "when": {"crcl": {"from": 60}}, "at_most": 15, "source": "test"},
    ]
    assert "rule b, when: contradicts rule a; both apply to some patients" in refusal(start=rows)
    rows[0]["when"] = {"crcl": {"below": 60}}
    made(start=rows)


def test_all_problems_are_told_at_once() -> None:
    text = refusal({**HOLD, "then": {"at_most": 20}}, {**HOLD, "until": {"anc": {"from": 0.1}}})
    assert {"id: stands 2 times", "is not a dose level", "contradicts when"} <= {
        part for part in ("id: stands 2 times", "is not a dose level", "contradicts when") if part in text
    }


def test_extends_replaces_adds_and_leaves_out() -> None:
    rules = find_rule_set(
        {"id": "mine", "title": "t", "extends": "us-label", "without": ["lenalidomide-rash"], "rules": [HOLD]}
    )
    names = [rule.id for rule in rules.rules]
    assert names[-1] == "low"
    assert "lenalidomide-rash" not in names
    assert len(names) == len(load_rule_set("us-label").rules)
    with pytest.raises(InputError, match="us-label has no rule nothing"):
        find_rule_set({"id": "mine", "title": "t", "extends": "us-label", "without": ["nothing"]})


def test_an_unknown_rule_set_is_told_with_near_names() -> None:
    with pytest.raises(UnknownNameError, match="us-label"):
        find_rule_set("us-lable")


def test_the_example_is_explained_in_words() -> None:
    told = "\n".join(describe_rules(read_rule_set(EXAMPLE)))
    assert "growth-factor: Neutrophils below 1 x 10^9/L, with lenalidomide: give g-csf." in told
    assert "lenalidomide one level higher, up to its starting dose" in told
    assert "every later time one level lower" in told


def test_a_dose_lowered_rises_again_when_its_rule_says_so() -> None:
    """Twelve weeks without a change; never above the start, and not while held."""
    low: Visit = {"platelets": 20.0}
    well: Visit = {}
    doses = BothInterpreters(read_rule_set(EXAMPLE), {"lenalidomide": 25.0}).doses(
        [low, well, *[well] * 26], "lenalidomide"
    )
    assert doses[:4] == [25.0, 0.0, 20.0, 20.0]
    assert doses[2 + 11] == 20.0
    assert doses[2 + 12] == doses[-1] == 25.0


def test_the_third_time_of_a_rule_differs_from_the_first_two() -> None:
    visits: list[Visit] = [{"anc": 0.4}, {}] * 3
    assert BothInterpreters(read_rule_set(EXAMPLE), {"lenalidomide": 25.0}).doses(visits, "lenalidomide")[2::2] == [
        25,
        25,
        20,
    ]


def test_eu_dose_rises_after_two_cycles_in_renal_impairment() -> None:
    """10 to 15 mg a day between 30 and 50 mL/min; 15 mg every other day to 10 mg a day below 30 (older SmPC)."""
    well: list[Visit] = [{}] * 9
    eu = load_rule_set("eu-label")
    middle = BothInterpreters(eu, {"lenalidomide": 25.0}, crcl=45.0).course(well, "lenalidomide")
    assert [one.dose for one in middle] == [10.0] * 8 + [15.0] * 2
    low = BothInterpreters(eu, {"lenalidomide": 25.0}, crcl=20.0).course(well, "lenalidomide")
    assert [(one.dose, one.schedule) for one in low[7:9]] == [(15.0, "every-other-day"), (10.0, "as-ordered")]


@pytest.mark.parametrize(("crcl", "dose"), [(50.0, 25.0), (49.99, 10.0), (30.0, 10.0), (29.99, 15.0)])
def test_eu_starting_doses_at_their_limits(crcl: float, dose: float) -> None:
    assert BothInterpreters(load_rule_set("eu-label"), {"lenalidomide": 25.0}, crcl=crcl).doses(
        [], "lenalidomide"
    ) == [dose]


@pytest.mark.parametrize(("frailty", "lenalidomide", "dexamethasone"), [(0.0, 25, 40), (1.0, 15, 20), (2.0, 10, 10)])
def test_frailty_sets_the_starting_doses_of_myeloma_xiv(
    frailty: float, lenalidomide: float, dexamethasone: float
) -> None:
    """PMC9163533, table 1: 25, 15, 10 mg and 40, 20, 10 mg."""
    both = BothInterpreters(
        load_rule_set("trial:myeloma-xiv"), {"lenalidomide": 25.0, "dexamethasone": 40.0}, frailty=frailty
    )
    assert both.doses([], "lenalidomide") == [lenalidomide]
    assert both.doses([], "dexamethasone") == [dexamethasone]


def test_a_rule_that_stops_all_is_one_of_the_fired() -> None:
    rule = {"id": "end", "drug": "all", "when": {"cardiac_failure": {"from": 4}}, "do": "stop-all", "source": "test"}
    rules = made(rule)
    assert len(rule_rows(rules, DRUGS)) == len(DRUGS)
    flags = rule_tables(rules, DRUGS).of_drug
    assert [sum(int(word).bit_count() for word in drug) for drug in flags] == [1] * len(DRUGS)


def test_a_rule_counts_how_often_another_has_acted() -> None:
    third = {
        **HOLD,
        "id": "third",
        "do": "stop",
        "when": {"anc": {"below": 1.0}, "after": {"rule": "low", "times": {"from": 2}}},
    }
    visits: list[Visit] = [{"anc": 0.5}, {}] * 3
    doses = BothInterpreters(made(HOLD, third), {"lenalidomide": 25.0}).doses(visits, "lenalidomide")
    assert doses == [25.0, 0.0, 25.0, 0.0, 25.0, 0.0, 0.0]


@pytest.mark.parametrize("kind", ["start", "rules"])
def test_thousands_of_rules_are_refused_at_once(kind: str) -> None:
    """Each pair of rules is compared, and whole numbers were tried one by one: two thousand rules took minutes."""
    rule = (
        HOLD
        if kind == "rules"
        else {"id": "s", "drug": "lenalidomide", "when": {"age": {"above": 75}}, "at_most": 10}
    )
    many = [{**rule, "id": f"r{number}", "source": "test"} for number in range(2000)]
    with pytest.raises(InputError, match=r"2000 rules.*; at most 96"):
        parse_rule_set({"id": "mine", "title": "t", "drugs": LADDER, kind: many}, where="mine.yaml")


def test_whether_a_whole_number_lies_between_limits_is_told_as_by_trying_each() -> None:
    infinite, measure = float("inf"), next(name for name, one in MEASURES.items() if one.whole)
    ends = (-infinite, -21.0, -20.0, -1.5, 0.0, 0.5, 1.0, 2.5, 3.0, 20_001.0, 30_000.0, infinite)
    numbers = [*range(-20, 9), *range(19_995, 20_002)]  # between them is no end, so that all others are as 4 is
    luck = Random(1)
    for _ in range(40):
        limits = Condition(measure, *(luck.choice(ends) for _ in range(4)))
        assert limits.is_empty == (not any(limits.holds(float(number)) for number in numbers))
