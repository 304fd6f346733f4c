"""Arguments of public functions that are something else than they should be, or that would change nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from numbers import Integral, Real

from cereblon.core.errors import ArgumentError, unknown_name


def refuse_unused(given: Mapping[str, object], because: str) -> None:
    """Refuse arguments that were given where they change nothing.

    Parameters
    ----------
    given
        Values by the name of the argument; None, False and an empty tuple were not given.
    because
        Why they change nothing, for the message.

    Raises
    ------
    ArgumentError
        Naming all that were given.
    """
    names = [name for name, value in given.items() if value is not None and value is not False and value != ()]
    if names:
        raise ArgumentError(f"{', '.join(names)} would change nothing: {because}")


def need_text(**given: object) -> None:
    """Refuse arguments that are not text."""
    _refuse(given, _is_text, "text")


def text_or_none(**given: object) -> None:
    """Refuse arguments that are neither text nor None."""
    _refuse(_not_none(given), _is_text, "text")


def need_numbers(**given: object) -> None:
    """Refuse arguments that are not a number."""
    _refuse(given, _is_number, "a number")


def number_or_none(**given: object) -> None:
    """Refuse arguments that are neither a number nor None."""
    _refuse(_not_none(given), _is_number, "a number")


def need_counts(**given: object) -> None:
    """Refuse arguments that are not a whole number."""
    _refuse(given, lambda value: isinstance(value, Integral) and not isinstance(value, bool), "a whole number")


def kind_or_none(kind: type, **given: object) -> None:
    """Refuse arguments that are neither of a kind nor None."""
    _refuse(_not_none(given), lambda value: isinstance(value, kind), f"{kind.__name__}(...)")


def need_one_of(name: str, given: str, known: Sequence[str]) -> None:
    """Refuse an argument that is none of some words.

    Raises
    ------
    UnknownNameError
        With those that are known.
    """
    if given not in known:
        raise unknown_name(name, str(given), known)


def out_of_range(**given: tuple[float, float, float]) -> list[str]:
    """Say which arguments are outside their range, both ends allowed: value, low and high by name."""
    return [
        f"{name}: {value} is outside {low} to {high}"
        for name, (value, low, high) in given.items()
        if not low <= value <= high
    ]


def several_texts(name: str, given: object) -> tuple[str, ...]:
    """Take one text, or several, as several; None is none.

    Raises
    ------
    ArgumentError
        If it is anything else.
    """
    if given is None:
        return ()
    if isinstance(given, str):
        return (given,)
    if not isinstance(given, (Sequence, set, frozenset)) or not all(isinstance(one, str) for one in given):
        raise ArgumentError(f"{name} is {given!r}; text, or a list of texts, is needed")
    return tuple(given)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _not_none(given: Mapping[str, object]) -> Mapping[str, object]:
    return {name: value for name, value in given.items() if value is not None}


def _refuse(given: Mapping[str, object], is_right: Callable[[object], bool], needed: str) -> None:
    wrong = {name: value for name, value in given.items() if not is_right(value)}
    if wrong:
        raise ArgumentError("\n".join(f"{name} is {value!r}; {needed} is needed" for name, value in wrong.items()))
