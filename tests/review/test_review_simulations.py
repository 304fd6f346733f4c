"""Trials simulated for the review."""

from __future__ import annotations

import pytest

from cereblon.core.errors import InputError
from cereblon.report.answers import inside_of, of_all
from cereblon.report.review import predictions
from cereblon.report.review.beside import simulator_sentence
from cereblon.report.review.predictions import (
    judged_rows,
    predictions_for,
    shipped_prediction,
    simulate_trials,
)
from cereblon.report.review.traces import Traces
from cereblon.trials.shipped_runs import shipped_run


def test_an_unknown_trial_is_refused_before_anything_is_simulated() -> None:
    with pytest.raises(InputError, match="maya"):
        simulate_trials(["maia", "maya"])


def test_the_review_predicts_what_terminal_and_report_say() -> None:
    """The counts of one run: SWOG S0777 as it comes with the package."""
    found = shipped_prediction("swog-s0777")
    judged = judged_rows(found)
    said = simulator_sentence(found, (), Traces()).striptags()
    assert f"published values of SWOG S0777, {sum(judged)} of {len(judged)} lie inside" in said
    assert (sum(judged), len(judged)) == inside_of(of_all(shipped_run("swog-s0777").data) or {})
    assert (found.replicates, found.subjects) == (20, 20 * 525)
    (ratio,) = {row.predicted for row in found.rows if row.endpoint == "pfs_hr"}
    assert ratio == next(
        row["predicted"] for row in shipped_run("swog-s0777").data.comparison if row["endpoint"] == "pfs_hr"
    )


def test_a_comparison_at_hand_needs_no_simulation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "changed_since", lambda _: ())
    monkeypatch.setattr(predictions, "simulate_trials", lambda *_, **__: pytest.fail("simulated"))
    assert list(predictions_for(["swog-s0777"], shipped=True)) == ["swog-s0777"]
    assert predictions_for(["swog-s0777"], simulate=False) == {}


def test_a_comparison_older_than_the_code_is_simulated_again_or_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "changed_since", lambda _: ("code", "parameters"))
    asked: list[str] = []
    monkeypatch.setattr(predictions, "simulate_trials", lambda names, **_: asked.extend(names) or [])
    assert predictions_for(["swog-s0777"], shipped=True) == {}
    assert asked == ["swog-s0777"]
    (found,) = predictions_for(["swog-s0777"], simulate=False, shipped=True).values()
    assert "before code and parameters changed" in found.made
