"""Every option of every command changes something, or is refused before anything is computed."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cereblon.cli.applies import Applies, CheckedCommand
from cereblon.cli.main import COMMANDS

_RUN = {"--out", "--replicates", "--draws", "--seed", "--against-rules", "--json"}
_PICTURES = {"--html", "--svg", "--png"}
_SYNTHESIS = {
    *("--data", "--measure", "--exclude", "--correction", "--model", "--tau2", "--level", "--json"),
    *_PICTURES,
}
_CHOICE = {"--setting", "--role", "--kind"}
ALWAYS: dict[str, set[str]] = {
    "compare": _RUN,
    "simulate": {"--check", "--replicates"},
    "design": {
        *("--out", "--seed", "--patients", "--draws", "--replicates", "--search", "--json"),
        *("--enrolled", "--events", "--month", "--html", "--docx", "--settings"),
    },
    "export": {"--estimand", "--first-day", "--format", "--replicate", "--json"},
    "validate": {"--study", "--draws", "--per-arm", "--seed", "--html", "--docs", "--json"},
    "sensitivity": {"--runs", "--per-arm", "--seed", "--picture", "--docs", "--json"},
    "calibrate": {
        *("--work", "--quick", "--members", "--steps", "--per-arm", "--seed", "--structure", "--hold"),
        "--compare-structures",
    },
    "mechanism": {
        "--regimen",
        "--dose",
        "--weight",
        "--knockout",
        "--set",
        "--cycles",
        "--json",
        "--sbml",
        *_PICTURES,
    },
    "evidence list": {"--json", *_CHOICE},
    "evidence show": {"--json"},
    "evidence table": {"--endpoint", "--regimen", "--json", *_CHOICE},
    "evidence endpoints": {"--json"},
    "evidence check": set(),
    "evidence regimen": {"--json"},
    "evidence forest": {"--part", "--reference", "--treatment", "--across", *_SYNTHESIS},
    "evidence network": {"--part", "--reference", "--bayes", "--seed", *_SYNTHESIS},
    "evidence league": {"--part", *_SYNTHESIS},
    "evidence compare": {"--bayes", *_SYNTHESIS},
    "evidence curve": {"--points", "--json", *_PICTURES},
    "evidence adjust": {"--data", "--study", "--match", "--ratio", "--method", "--json", *_PICTURES},
    "evidence over-time": {
        *("--data", "--reference", "--changes", "--months", "--cell", "--time-unit", "--event-coding"),
        *("--allow-implausible", "--json"),
        *_PICTURES,
    },
    "evidence import": {"--as", "--out", "--all-drugs", "--json", *_PICTURES},
    "evidence cite": {"--ris", "--json", *_PICTURES},
    "pk": {"--checks", "--json"},
    "evidence practice": {"--setting", "--json", *_PICTURES},
    "review": {"--regimen", "--out", "--pdf", "--run", "--no-simulation"},
    "regimen list": {"--json"},
    "regimen show": {"--json", "--svg", "--png"},
    "regimen check": set(),
    "population list": {"--json"},
    "population show": {"--like", "--json"},
    "population draw": {"--n", "--seed", "--like", "--json"},
    "parameters": {"--basis", "--json"},
    "cohort build": {"--out", "--definition", "--estimand", "--minutes", "--html", "--json"},
    "cohort check": {"--definition", "--minutes", "--json"},
    "cohort report": {"--estimand", "--html", "--share", "--weights", "--json"},
    "cohort compare": {"--estimand", "--draws", "--per-arm", "--seed", "--html", "--json"},
    "cohort pool": {"--level", "--json", *_PICTURES},
    "cohort why": {"--json"},
    "cohort emulate": {"--controls", "--json", *_PICTURES},
    "cohort score": {"--truth", "--estimand", "--json"},
    "cohort example": {"--out", "--size", "--dirt", "--seed", "--form", "--json"},
    "replay": {"--subject", "--json"},
    "dose": {"--explain"},
    "app": {"--port", "--folder", "--browser", "--no-browser"},
    "report": {"--with-failures"},
    "verify": {"--json"},
}
"""Options of each command that change its answer, or what it writes, whatever else is given."""


def _commands() -> Iterator[tuple[str, str, Any]]:
    for name, (module, _) in COMMANDS.items():
        command = typer.main.get_command(import_module(module).app)
        inner = getattr(command, "commands", {})
        yield from ((f"{name} {sub}", module, one) for sub, one in inner.items())
        if not inner:
            yield name, module, command


ALL = {name: (module, command) for name, module, command in _commands()}
CONDITIONS = [(name, one) for name, (_, command) in ALL.items() for one in command.conditions]


def _parameter(command: Any, choice: str) -> Any:
    name = choice.partition("=")[0]
    return next(one for one in command.params if name in (*one.opts, *one.secondary_opts, one.name.upper()))


_FILES = {"--html": "a.html", "--png": "a.png", "--svg": "a.svg", "--parquet": "a.parquet", "--sbml": "a.xml"}
"""Options that take names with a certain ending."""


def _given(command: Any, choice: str) -> list[str]:
    """Write a choice on the command line, with any value that its type allows."""
    name, has_value, value = choice.partition("=")
    parameter = _parameter(command, choice)
    if parameter.param_type_name == "argument":
        return ["x"]
    if parameter.is_flag:
        return [name]
    if name in _FILES and not has_value:
        return [name, _FILES[name]]
    least = parameter.min
    return [name, value if has_value else str(1 if least is None else max(least, 1))]


def _answer(name: str, *options: str) -> tuple[int, str]:
    module, command = ALL[name]
    needed = [one for one in command.params if one.required]
    words = [word for one in needed for word in _given(command, one.opts[0])]
    app = import_module(module).app
    result = CliRunner().invoke(app, [*name.split()[1:], *words, *options])
    return result.exit_code, " ".join(result.output.split())


@pytest.mark.parametrize("name", list(ALL))
def test_every_command_looks_at_its_options(name: str) -> None:
    assert isinstance(ALL[name][1], CheckedCommand)


@pytest.mark.parametrize("name", list(ALL))
def test_of_every_option_it_is_said_when_it_applies(name: str) -> None:
    """A new option is either listed as one that always applies or declares its condition beside the command."""
    command = ALL[name][1]
    decided = ALWAYS[name] | {one.option for one in command.conditions}
    options = [
        {*one.opts, *one.secondary_opts} - {"--help", "-h"}
        for one in command.params
        if one.param_type_name == "option"
    ]
    assert [sorted(written) for written in options if not written & decided] == []
    assert decided - {word for written in options for word in written} == set()


@pytest.mark.parametrize(("name", "condition"), CONDITIONS, ids=[f"{name} {one.option}" for name, one in CONDITIONS])
def test_an_option_without_its_condition_is_refused(name: str, condition: Applies) -> None:
    command = ALL[name][1]
    own = _given(command, condition.option)
    for other in condition.without:
        code, text = _answer(name, *own, *_given(command, other))
        assert code == 2
        assert f"{condition.option} does not apply with {other.replace('=', ' ')}" in text
    if condition.with_any:
        code, text = _answer(name, *own, *_no_other(command, condition))
        assert code == 2
        assert f"{condition.option} applies only with {condition.with_any[0].replace('=', ' ')}" in text
    assert condition.because in text


def _no_other(command: Any, condition: Applies) -> list[str]:
    """Give another value to the options that meet a condition by default."""
    with_values = {choice.partition("=")[0] for choice in condition.with_any if "=" in choice}
    return [word for name in sorted(with_values) for word in (name, "other")]


@pytest.mark.parametrize("pair", [("clones.x=1", "clones.x=2"), ("clones.x=2", "clones.x=1")])
def test_a_parameter_that_is_held_twice_is_refused(pair: tuple[str, str]) -> None:
    code, text = _answer("calibrate", "--hold", pair[0], "--hold", pair[1])
    assert (code, "clones.x is held twice" in text) == (2, True)


def test_an_option_with_its_condition_is_not_refused() -> None:
    code, text = _answer("mechanism", "--every", "12", "--json", "--with", "nothing")
    assert (code, "applies" in text) == (1, False)
