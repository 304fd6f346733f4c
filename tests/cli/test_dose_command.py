"""`cereblon dose`: doses with rule and source, a rule set in words, and wrong calls."""

from __future__ import annotations

import json
from pathlib import Path

from cli_calls import Call


def test_decisions_name_dose_action_rule_and_source(call: Call) -> None:
    answer = call("dose", "vrd-s0777", "--crcl", "45", "--anc", "0.8", "--neuropathy", "2", "--json")
    assert answer.code == 0
    decisions = {row["drug"]: row for row in json.loads(answer.out)["decisions"]}
    assert (decisions["lenalidomide"]["dose"], decisions["lenalidomide"]["action"]) == (0.0, "hold")
    assert decisions["lenalidomide"]["rule"] == "lenalidomide-neutrophils"
    assert "revlimid" in decisions["lenalidomide"]["source"]
    assert (decisions["bortezomib"]["dose"], decisions["bortezomib"]["unit"]) == (1.0, "mg/m2")
    assert decisions["aspirin"]["action"] == "give"


def test_without_counts_starting_doses_are_shown(call: Call) -> None:
    answer = call("dose", "rd", "--crcl", "45", "--age", "80")
    assert answer.code == 0
    assert "lenalidomide   start     10 mg" in answer.out
    assert "dexamethasone  start     20 mg" in answer.out
    assert "not for treating one" in answer.out


def test_an_earlier_reduction_counts(call: Call) -> None:
    answer = call("dose", "r-maintenance", "--cycle", "2", "--given", "lenalidomide=5", "--anc", "0.4", "--json")
    (row,) = (row for row in json.loads(answer.out)["decisions"] if row["drug"] == "lenalidomide")
    assert row["rule"] == "lenalidomide-maintenance-neutrophils-lowest"


def test_a_rule_set_is_said_in_words(call: Call) -> None:
    answer = call("dose", "--explain", "us-label")
    assert answer.code == 0
    assert "hold lenalidomide; resume at 1 x 10^9/L or more" in answer.out


def test_an_impossible_rule_file_is_refused(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "id: mine\ntitle: t\nextends: us-label\nrules:\n"
        "  - {id: r, drug: lenalidomide, when: {anc: {below: 1}}, do: change, then: {at_most: 7}, source: s}\n"
    )
    answer = call("dose", "--explain", str(path))
    assert answer.code == 1
    assert "mine.yaml, rule r, then.at_most: 7 is not a dose level of lenalidomide" in answer.err


def test_wrong_calls_are_told(call: Call) -> None:
    assert call("dose").code == 2
    assert call("dose", "rd", "--frailty", "weak").code == 2
    assert call("dose", "rd", "--grade", "rash=9").code == 2
    unknown = call("dose", "rd", "--grade", "rush=2")
    assert (unknown.code, "rash" in unknown.err) == (1, True)
    strategy = call("dose", "maia-drd")
    assert (strategy.code, "is a strategy of several lines" in strategy.err) == (1, True)
