"""`import cereblon as cb` offers the public functions, loads nothing before that, and no room hides one of them."""

from __future__ import annotations

import dataclasses
import inspect
import pkgutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

import cereblon
from cereblon.questions.result import Result

NO_ANSWER = {"load_study", "load_trial"}  # they give what questions are asked about


@pytest.mark.parametrize("name", cereblon.__all__)
def test_every_public_name_is_at_home_where_the_front_door_says(name: str) -> None:
    assert getattr(cereblon, name).__doc__


def test_no_room_has_the_name_of_a_public_function() -> None:
    """Importing a room sets it as an attribute of the package, where it would hide a function of the same name."""
    rooms = {module.name for module in pkgutil.iter_modules([str(Path(cereblon.__file__).parent)])}
    assert rooms & set(cereblon.__all__) <= {"cohort", "evidence"}  # asked by functions of their own


def test_public_names_are_functions_after_every_module_was_imported() -> None:
    code = (
        "import cereblon, pkgutil, importlib, types\n"
        "for module in pkgutil.walk_packages(cereblon.__path__, 'cereblon.'):\n"
        "    importlib.import_module(module.name)\n"
        "names = set(cereblon.__all__) - {'cohort', 'evidence'}\n"
        "print([name for name in names if isinstance(getattr(cereblon, name), types.ModuleType)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'comparee'"):
        cereblon.comparee  # noqa: B018


def public_functions() -> dict[str, Callable[..., object]]:
    """Every question: the functions of the front door, and those of the evidence that answer."""
    named = {name: getattr(cereblon, name) for name in cereblon.__all__ if name not in NO_ANSWER}
    found = {name: one for name, one in named.items() if inspect.isfunction(one)}
    of_evidence = ("table", "studies", "show", "endpoints", "check", "regimen")
    of_cohorts = ("build", "check", "report", "why")
    found |= {f"cohort.{name}": getattr(cereblon.cohort, name) for name in of_cohorts}
    return found | {f"evidence.{name}": getattr(cereblon.evidence, name) for name in of_evidence}


def answers_of(name: str) -> tuple[Any, ...]:
    """Give the kinds of answer that a question's annotation names."""
    function = public_functions()[name]
    kind = eval(function.__annotations__["return"], function.__globals__)
    return get_args(kind) or (kind,)


def test_the_front_door_has_every_question() -> None:
    questions = """adjust calibrate check_trial compare curve dose evidence.table forest mechanism network pk
    population replay review sensitivity simulate validate"""
    assert set(questions.split()) <= public_functions().keys()


@pytest.mark.parametrize("name", public_functions())
def test_every_question_gives_a_frozen_answer(name: str) -> None:
    """An answer has `table`, `chart`, `to_json`, `save`, a text and a view in notebooks, since it is a `Result`."""
    for kind in answers_of(name):
        assert issubclass(kind, Result), kind
        assert dataclasses.is_dataclass(kind) and kind.__dataclass_params__.frozen, kind  # type: ignore[attr-defined]


def test_what_writes_and_shows_an_answer_is_the_same_for_all() -> None:
    """Kinds may add to `table` and `save` what only they have; none changes what is shown or how JSON is written."""
    for kind in {kind for name in public_functions() for kind in answers_of(name)}:
        assert kind._repr_html_ is Result._repr_html_ and kind.__repr__ is Result.__repr__, kind
        assert kind.chart is Result.chart, kind


def test_importing_the_package_loads_no_library() -> None:
    """So the import takes well under 0.1 s: what a question needs is loaded when it is asked."""
    code = "import sys; before = set(sys.modules); import cereblon; print(sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in eval(done.stdout)}
    assert loaded - set(sys.stdlib_module_names) == {"cereblon"}
