"""The example of every public function runs and prints what it shows."""

from __future__ import annotations

import doctest
import inspect
from importlib import import_module

import pytest

import cereblon as cb

ASKED = {
    f"evidence.{name}": getattr(cb.evidence, name) for name in ("table", "studies", "show", "endpoints", "check")
}
ASKED |= {name: getattr(cb, name) for name in cb.__all__ if inspect.isfunction(getattr(cb, name))}
QUESTIONS = {name: found for name, found in ASKED.items() if found.__module__.startswith("cereblon.questions.")}


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_the_example_of_a_question_gives_the_answer_it_shows(name: str) -> None:
    found = QUESTIONS[name]
    module = import_module(found.__module__)
    (example,) = [test for test in doctest.DocTestFinder(recurse=False).find(found, name, module)]
    assert example.examples, f"{name} has no example"
    assert doctest.DocTestRunner().run(example).failed == 0


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_every_argument_of_a_question_is_explained(name: str) -> None:
    text = inspect.getdoc(QUESTIONS[name]) or ""
    headings = [line.strip() for line in text.splitlines()]
    named = {word.strip(" ,*") for line in headings for word in line.split(",")}
    missing = [argument for argument in inspect.signature(QUESTIONS[name]).parameters if argument not in named]
    assert missing == []
