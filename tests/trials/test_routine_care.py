"""A study of routine care is simulated with more stopping than a trial, in every command alike."""

from __future__ import annotations

import numpy as np
import pytest

from cereblon.model.engine.ensemble import load_ensemble
from cereblon.model.engine.parameters import model_parameters
from cereblon.trials.library import load_trial
from cereblon.trials.run import prepare

ROUTINE = "rw-krd-tuscany"


def test_treatment_in_routine_care_is_stopped_half_as_often_again() -> None:
    usual = model_parameters()["mortality"]["stop_rate"]
    assert prepare(load_trial(ROUTINE)).parameters["mortality"]["stop_rate"] == pytest.approx(1.5 * usual)
    assert prepare(load_trial("aspire")).parameters["mortality"]["stop_rate"] == usual


def test_draws_of_routine_care_are_those_of_trials_with_more_stopping() -> None:
    draws, replicate = load_ensemble(), np.arange(8)
    practice = prepare(load_trial(ROUTINE), ensemble=draws).drawn(replicate)
    trial = prepare(load_trial("aspire"), ensemble=draws).drawn(replicate)
    assert practice is not None
    assert trial is not None
    assert practice["mortality"]["stop_rate"] == pytest.approx(1.5 * trial["mortality"]["stop_rate"])
    assert np.array_equal(practice["clones"]["growth"], trial["clones"]["growth"])


def test_a_rate_that_the_trial_itself_states_stays() -> None:
    own = load_trial(ROUTINE).model_copy(update={"parameters": {"mortality": {"stop_rate": 0.2}}})
    assert prepare(own).parameters["mortality"]["stop_rate"] == 0.2


def test_the_trial_made_of_a_study_says_so() -> None:
    assert any("stopped 1.5 times as often" in line for line in load_trial(ROUTINE).sources)
