"""Kinds of values in words, for refusals: a reader of a file knows no `str` and no `list`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from numbers import Number


def kind_of(value: object) -> str:
    """Say what a value is.

    Parameters
    ----------
    value
        As read from a file or given to a function.

    Returns
    -------
    str
        `text`, `a number`, `a list`, ...; of what a file cannot hold the name of its class.
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "a yes or no"
    for kind, words in _KINDS:
        if isinstance(value, kind):
            return words
    return type(value).__name__


_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (str, "text"),
    (Number, "a number"),
    (Mapping, "a mapping"),
    ((list, tuple, set, frozenset), "a list"),
    (date, "a date"),
)
