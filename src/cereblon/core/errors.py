"""Errors and warnings that the package gives on purpose, and how they read."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence


class CereblonError(Exception):
    """Base of every error this package raises on purpose.

    The text states where, what we got and what is allowed; after a blank line a hint says what to try next.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        message = _readable(message)
        self.message = message
        self.hint = hint
        super().__init__(message if hint is None else f"{message}\n\nhint: {hint}")


_MOST_LINES = 100
_LONGEST_LINE = 2000
_MOST_NAMES = 100


def _readable(message: str) -> str:
    """Keep what can be read of a message: a file of a stranger may hold 50,000 mistakes, or one of a megabyte."""
    lines = message.split("\n")
    more = [f"and {len(lines) - _MOST_LINES:,} more lines"] if len(lines) > _MOST_LINES else []
    shown = [_shortened(line) for line in lines[:_MOST_LINES]]
    return "\n".join([*shown, *more])


def _shortened(line: str) -> str:
    """Keep both ends of a line: what went wrong often stands after a long name."""
    half = _LONGEST_LINE // 2
    return line if len(line) <= _LONGEST_LINE else f"{line[:half]}...{line[-half:]}"


class InputError(CereblonError, ValueError):
    """A regimen, patient, evidence, parameter or configuration value is not usable."""


class UnknownNameError(InputError, LookupError):
    """A name is not in the library it was looked up in."""


class ArgumentError(InputError):
    """An argument is missing, out of its range, or changes nothing beside the others.

    A command line reports it as wrong usage.
    """


class RunFolderError(CereblonError, RuntimeError):
    """A run folder cannot be read, continued or written."""


class CereblonWarning(UserWarning):
    """Something that the caller must know, although the work goes on."""


def warn(text: str) -> None:
    """Warn the caller, whose line is named: the first outside the package.

    Parameters
    ----------
    text
        What happened, and what can be done.
    """
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).startswith("cereblon"):
        level, frame = level + 1, frame.f_back
    warnings.warn(text, CereblonWarning, stacklevel=level)


def unknown_name(kind: str, name: str, known: Sequence[str]) -> UnknownNameError:
    """Build the error for a name that is not in a library, with the nearest known names as hint."""
    from difflib import get_close_matches

    near = get_close_matches(str(name).lower(), [k.lower() for k in known], n=3, cutoff=0.4)
    more = f" and {len(known) - _MOST_NAMES:,} more" if len(known) > _MOST_NAMES else ""
    listed = f"known: {', '.join(sorted(known)[:_MOST_NAMES])}{more}" if known else None
    hint = f"did you mean {' or '.join(near)}?" if near else listed
    return UnknownNameError(f"{kind} {name!r} is not known", hint=hint)
