"""Replicate trials take draws of the shipped ensemble, unless the point values are asked for."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cereblon.core.errors import InputError
from cereblon.model.engine.ensemble import Ensemble, fixed_values, load_ensemble
from cereblon.model.engine.parameters import model_parameters
from cereblon.trials import summary
from cereblon.trials.library import load_trial
from cereblon.trials.run import header, prepare
from cereblon.trials.summary import parameter_draws

NAMES = (("clones", "growth"), ("mortality", "stop_rate"))


@pytest.fixture(scope="module")
def ensemble():
    values = np.array([[0.001, 0.1], [0.002, 0.2], [0.003, 0.3]])
    fixed = fixed_values(NAMES, model_parameters())
    return Ensemble(names=NAMES, values=values, provenance={"fixed": fixed, "between_trial_sd": {}})


def test_a_parameter_that_the_trial_changes_is_not_drawn(ensemble):
    plan = load_trial("pollux").model_copy(update={"parameters": {"clones": {"growth": 0.005}}})
    prepared = prepare(plan, ensemble=ensemble)
    drawn = prepared.drawn(np.arange(4))
    assert set(drawn) == {"mortality"}
    assert drawn["mortality"]["stop_rate"].tolist() == [0.1, 0.1, 0.2, 0.2]
    assert prepared.parameters["clones"]["growth"] == 0.005


def test_the_header_of_a_run_tells_its_draws(ensemble):
    plan = load_trial("pollux")
    drawn, point = prepare(plan, ensemble=ensemble, draws=2), prepare(plan)
    assert header(drawn, 2048)["parameter_draw"].startswith("2 of 3 draws")
    assert header(point, 2048)["parameter_draw"] == "point estimate"
    assert header(drawn, 2048)["fingerprint"] != header(point, 2048)["fingerprint"]
    assert header(drawn, 2048)["run_id"] != header(point, 2048)["run_id"]


def stale(*_):
    raise InputError("the package's ensemble belongs to another version of the model: clones.growth_iss is new")


def test_the_point_values_need_no_ensemble(monkeypatch):
    monkeypatch.setattr(summary, "load_ensemble", stale)
    assert parameter_draws(1) is None


@pytest.mark.parametrize("wanted", [None, 20])
def test_draws_are_not_replaced_by_a_point(wanted, monkeypatch):
    monkeypatch.setattr(summary, "load_ensemble", stale)
    with pytest.raises(InputError, match="another version of the model"):
        parameter_draws(wanted)


def test_the_shipped_draws_are_used_unless_something_else_is_asked_for():
    """Twenty trials, two with each draw."""
    prepared = prepare(load_trial("swog-s0777"), ensemble=parameter_draws(None))
    assert header(prepared, 2048)["parameter_draw"].startswith("10 of ")


def test_more_draws_than_there_are_use_all(ensemble):
    assert prepare(load_trial("pollux"), ensemble=ensemble, draws=99).draws == 3


# Draws in files that somebody else wrote.


@pytest.mark.parametrize(
    ("origin", "table", "told"),
    [
        ({"between_trial_sd": None}, None, "not an ensemble of format"),
        ({"between_trial_sd": {"response": "much"}}, None, "not an ensemble of format"),
        ({}, "clones.growth,clones.growth\n0.1,0.2\n", "a parameter is there twice"),
        ({}, "clones.growth\nmuch\n", "a draw is not a number"),
        ({}, "clones.growth\n\x07\n", "control character"),
        ({}, None, "belongs to another version"),
    ],
)
def test_draws_that_somebody_changed_are_refused(
    origin: dict[str, object], table: str | None, told: str, tmp_path: Path
) -> None:
    whole = {"format": 1, "fixed": {}, "between_trial_sd": {}} | origin
    (tmp_path / "ensemble.json").write_text(json.dumps(whole))
    (tmp_path / "ensemble.csv").write_text(table or "clones.growth\n0.1\n")
    with pytest.raises(InputError, match=told):
        load_ensemble(tmp_path)


def test_an_origin_without_end_or_with_a_key_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ensemble.csv").write_text("clones.growth\n0.1\n")
    for origin in ("[" * 200_000, '{"format": 1, "format": 1}', "9" * 5000):
        (tmp_path / "ensemble.json").write_text(origin)
        with pytest.raises(InputError):
            load_ensemble(tmp_path)
