"""`cereblon parameters` as a user meets it."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import Any

import numpy as np
import pytest
from cli_calls import Call

from cereblon.core.errors import InputError
from cereblon.core.parameter import BASES, all_parameters, load_parameters
from cereblon.model.engine.ensemble import Ensemble, load_ensemble


def strict(text: str) -> Any:
    """Read JSON that has neither NaN nor Infinity."""
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def test_json_holds_every_parameter_with_all_its_fields(call: Call) -> None:
    answer = call("parameters", "--json")
    rows = strict(answer.out)
    assert (answer.code, answer.err) == (0, "")
    assert [(row["group"], row["name"]) for row in rows] == [
        (group, name) for group, parameters in all_parameters().items() for name in parameters
    ]
    fields = {
        "name",
        "value",
        "unit",
        "meaning",
        "source",
        "basis",
        "lower",
        "upper",
        "sd_log",
        "sd",
        "factor",
        "note",
    }
    fields |= {"draws_median", "draws_low", "draws_high", "prior_low", "prior_high", "draws_over_prior"}
    assert all(set(row) == {"group"} | fields for row in rows)
    assert all(row["source"] and row["meaning"] and row["basis"] in BASES for row in rows)


def test_fitted_numbers_come_with_the_draws_that_predictions_use(call: Call) -> None:
    ensemble = load_ensemble()
    rows = {(row["group"], row["name"]): row for row in strict(call("parameters", "clones", "--json").out)}
    values = np.sort(ensemble.values[:, ensemble.names.index(("clones", "growth"))])
    row = rows["clones", "growth"]
    assert row["draws_median"] == pytest.approx(np.median(values), rel=1e-4)
    assert values[0] < row["draws_low"] < row["draws_median"] < row["draws_high"] < values[-1]
    assert row["prior_low"] < row["value"] < row["prior_high"]
    assert rows["clones", "growth_iss"]["draws_median"] is None
    text = call("parameters", "clones").out
    assert f"draws: {row['draws_median']:.3g} (90 % " in text


def test_numbers_are_listed_without_draws_while_they_are_being_changed(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stale() -> Ensemble:
        raise InputError("clones.growth_iss has changed since")

    monkeypatch.setattr("cereblon.questions.parameters.load_ensemble", stale)
    answer = call("parameters", "clones", "--json")
    assert (answer.code, answer.err) == (0, "note: without draws: clones.growth_iss has changed since\n")
    assert {row["draws_median"] for row in strict(answer.out)} == {None}


def test_a_bound_that_is_not_there_is_null(call: Call) -> None:
    rows = {(row["group"], row["name"]): row for row in strict(call("parameters", "--json").out)}
    for group, parameters in all_parameters().items():
        for name, parameter in parameters.items():
            upper = rows[group, name]["upper"]
            assert upper == (None if math.isinf(parameter.upper) else parameter.upper)


def test_csv_has_the_same_rows(call: Call) -> None:
    rows = list(csv.DictReader(io.StringIO(call("parameters", "clones", "--csv").out)))
    loaded = load_parameters("clones")
    assert [row["name"] for row in rows] == list(loaded)
    assert [float(row["value"]) for row in rows] == [parameter.value for parameter in loaded.values()]


def test_text_names_value_unit_basis_and_source(call: Call) -> None:
    lines = call("parameters", "lenalidomide").out.splitlines()
    clearance = load_parameters("lenalidomide")["clearance"]
    assert f"lenalidomide.clearance = {clearance.value:g} L/h  [{clearance.basis}]" in lines
    assert f"    {clearance.meaning.removesuffix('.')}; {clearance.source}" in lines


@pytest.mark.parametrize("basis", BASES)
def test_only_the_basis_asked_for_is_listed(basis: str, call: Call) -> None:
    rows = strict(call("parameters", "--basis", basis, "--json").out)
    assert rows == [row for row in strict(call("parameters", "--json").out) if row["basis"] == basis]


def test_the_drug_numbers_keep_the_units_of_their_files(call: Call) -> None:
    """The model computes in days; what is printed is what a trial file may change."""
    (row,) = [row for row in strict(call("parameters", "lenalidomide", "--json").out) if row["name"] == "clearance"]
    assert (row["value"], row["unit"]) == (load_parameters("lenalidomide")["clearance"].value, "L/h")
