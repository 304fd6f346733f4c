"""Errors say where, what we got and what is allowed, and after a blank line what to try."""

from __future__ import annotations

import pytest

from cereblon.core.errors import CereblonError, InputError, RunFolderError, UnknownNameError, unknown_name


def test_a_hint_stands_after_a_blank_line() -> None:
    error = InputError("day 29 is outside the 28-day cycle", hint="days count from 1")
    assert str(error) == "day 29 is outside the 28-day cycle\n\nhint: days count from 1"
    assert (error.message, error.hint) == ("day 29 is outside the 28-day cycle", "days count from 1")


def test_an_error_without_a_hint_is_its_message() -> None:
    assert str(InputError("no")) == "no"
    assert InputError("no").hint is None


def test_a_message_stays_one_that_can_be_read() -> None:
    """A list of 50,000 wrong entries, or a name of a megabyte, made a message of five megabytes."""
    error = InputError("\n".join(["x" * 1_000_000] + [f"line {number}" for number in range(50_000)]))
    lines = error.message.split("\n")
    assert (len(lines), len(lines[0]), lines[-1]) == (101, 2003, "and 49,901 more lines")
    assert str(error).startswith(error.message)


@pytest.mark.parametrize(
    ("kind", "builtin"), [(InputError, ValueError), (UnknownNameError, LookupError), (RunFolderError, RuntimeError)]
)
def test_every_error_is_ours_and_the_matching_builtin(kind: type[CereblonError], builtin: type[Exception]) -> None:
    assert issubclass(kind, CereblonError)
    assert issubclass(kind, builtin)


def test_an_unknown_name_is_answered_with_near_ones() -> None:
    error = unknown_name("regimen", "VRD-S777", ["vrd-s0777", "krd", "observation"])
    assert error.message == "regimen 'VRD-S777' is not known"
    assert error.hint is not None
    assert error.hint.startswith("did you mean vrd-s0777")


def test_a_name_near_to_none_is_answered_with_all() -> None:
    assert unknown_name("drug", "water", ["melphalan", "dexamethasone"]).hint == "known: dexamethasone, melphalan"
