"""The same people under several sets of dose rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from cereblon.core.errors import InputError, UnknownNameError
from cereblon.trials.run import prepare
from cereblon.trials.running import run_trial
from cereblon.trials.trial import TrialPlan, parse_trial
from cereblon.trials.under_rules import SHOWN, prepare_under, read_under_rules, under_rules, write_under_rules

pytestmark = pytest.mark.usefixtures("compiled_programs")


@pytest.fixture(scope="module")
def plan() -> TrialPlan:
    return parse_trial(
        {
            "id": "two-arms",
            "title": "Rd and dexamethasone",
            "population": {"base": "ndmm"},
            "arms": {"rd": {"regimen": "rd", "size": 60}, "rd18": {"regimen": "rd18", "size": 60}},
            "follow_up_months": 24,
            "replicates": 1,
            "seed": 3,
        },
        where="test",
    )


def test_full_doses_for_everybody_bring_more_neutropenia_and_all_that_is_planned(
    plan: TrialPlan, tmp_path: Path
) -> None:
    found = under_rules(prepare_under(plan, ["none"]))
    assert found.subjects == 120
    assert {(row["rules"], row["arm"]) for row in found.effects} == {
        (rules, arm) for rules in ("us-label", "none") for arm in ("rd", "rd18")
    }
    keys = [(row["endpoint"], row["grade"]) for row in found.effects if (row["rules"], row["arm"]) == ("none", "rd")]
    assert keys == [key for key in SHOWN if key in keys]
    neutropenia = {
        (row["rules"], row["arm"]): row["value"] for row in found.effects if row["endpoint"] == "ae_neutropenia"
    }
    assert all(neutropenia["none", arm] > neutropenia["us-label", arm] for arm in ("rd", "rd18"))
    given = {row["relative_dose_intensity"] for row in found.doses if row["rules"] == "none"}
    assert given == {100.0}
    run = run_trial(prepare(plan), tmp_path / "run")
    assert read_under_rules(run) is None
    write_under_rules(run, found)
    assert read_under_rules(run) == found


def test_a_rule_set_against_itself_is_refused(plan: TrialPlan) -> None:
    with pytest.raises(InputError, match="us-label is there twice"):
        prepare_under(plan, ["us-label"])


def test_a_rule_set_that_is_not_there_is_named(plan: TrialPlan) -> None:
    with pytest.raises(UnknownNameError, match="us-lable"):
        prepare_under(plan, ["us-lable"])
