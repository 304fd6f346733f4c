"""Options of commands are the parameters of the function that is asked: names, defaults and help are read there."""

from __future__ import annotations

import inspect
from typing import get_type_hints

import pytest
import typer
from typer.main import get_command

import cereblon as cb
from cereblon.cli import dose, pk
from cereblon.cli.asks import Asks
from cereblon.cli.evidence import app as evidence


def options_of(app: typer.Typer, *path: str) -> dict[str, object]:
    command = get_command(app)
    for name in path:
        command = command.commands[name]  # type: ignore[attr-defined]
    return {one.name: one for one in command.params if one.name is not None}


@pytest.mark.parametrize(
    ("question", "source"),
    [
        (cb.pk, "questions.exposure.pk"),
        (cb.adjust, "questions.adjust.adjust"),
        (cb.curve, "questions.curve.curve"),
        (cb.over_time, "questions.over_time.over_time"),
        (cb.mechanism, "questions.mechanism.mechanism"),
        (cb.dose, "questions.dosing.dose"),
        (cb.network, "questions.network.network"),
        (cb.TrialSelection, "synthesis.trial_networks.chosen_trials.TrialSelection"),
        (cb.PoolingModel, "questions.pooling.PoolingModel"),
        (cb.Subjects, "model.exposure.subjects.Subjects"),
    ],
)
def test_what_is_read_from_the_source_is_what_python_knows(question: object, source: str) -> None:
    options = {one.name: one for one in Asks(of=source).options()}
    known = inspect.signature(question).parameters  # type: ignore[arg-type]
    assert set(options) == {name for name, one in known.items() if one.kind is not inspect.Parameter.VAR_KEYWORD}
    for name, one in options.items():
        assert one.annotation.__metadata__[0].help, name
        meant = known[name].default
        assert one.default == (None if meant == () else meant), name


def test_every_covariate_of_a_patient_is_an_option() -> None:
    assert set(get_type_hints(cb.Covariates)) <= set(options_of(pk.app))
    assert set(get_type_hints(cb.DosePatient)) <= set(options_of(dose.app))


def test_help_speaks_of_options_and_not_of_python() -> None:
    listed = {**options_of(pk.app), **options_of(evidence, "network"), **options_of(evidence, "adjust")}
    for name, option in listed.items():
        words = str(getattr(option, "help", ""))
        assert "None" not in words and "data frame" not in words, name


def test_nought_is_a_value_and_not_the_default() -> None:
    asked = Asks(of="questions.network.network", only=("seed",)).asked({"seed": 0})
    assert asked == {"seed": 0}


def test_an_option_that_is_no_parameter_is_a_mistake_of_the_command() -> None:
    with pytest.raises(TypeError, match=r"questions.network.network has no treatmnt"):
        list(Asks(of="questions.network.network", only=("treatmnt",)).options())
