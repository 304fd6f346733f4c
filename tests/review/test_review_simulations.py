"""Trials simulated in processes of their own: what is passed on, and what is said when one ends early."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cereblon.errors import InputError
from cereblon.review.apart import run_apart
from cereblon.review.predictions import simulate_trials
from cereblon.trials.trial import TrialPlan, load_trial

NAMES_ITS_PLANS = """
import json, sys
for plan in json.load(sys.stdin): print(plan["id"])
"""


def plans() -> list[TrialPlan]:
    return [load_trial(name) for name in ("maia", "aspire", "emn01")]


def test_each_trial_is_handed_over_once_and_named_as_it_begins(tmp_path: Path) -> None:
    begun: list[str] = []
    folders = run_apart(plans(), tmp_path, begun.append, command=(sys.executable, "-c", NAMES_ITS_PLANS))
    assert sorted(begun) == ["aspire", "emn01", "maia"]
    assert folders == [tmp_path / "maia", tmp_path / "aspire", tmp_path / "emn01"]


def test_a_process_that_fails_is_an_error_with_its_words(tmp_path: Path) -> None:
    fails = "import sys; sys.exit('error: no room left')"
    with pytest.raises(InputError, match=r"ended early \(no room left\)\n\nhint: simulate a trial by itself"):
        run_apart(plans()[:1], tmp_path, command=(sys.executable, "-c", fails))


def test_an_unknown_trial_is_refused_before_anything_is_simulated() -> None:
    with pytest.raises(InputError, match="maya"):
        simulate_trials(["maia", "maya"])
