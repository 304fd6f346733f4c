"""Progress of long work: bars and lines on stderr where somebody watches, in a terminal or in a notebook."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from cereblon.core.errors import warn

Progress: TypeAlias = bool | Callable[[str], None] | None
"""None shows progress where somebody watches, True always, False never; a function is given each line instead."""

Step: TypeAlias = Callable[[int, int], None]
"""Told how much is done, and of how much."""

_COUNTED = "{desc}: {percentage:3.0f} %|{bar}| {n_fmt} of {total_fmt} {unit} [{elapsed}, {remaining} left]"


def is_watched() -> bool:
    """Tell whether a person sees stderr: it is a terminal, or the process serves a notebook."""
    return (sys.stderr is not None and sys.stderr.isatty()) or "ipykernel" in sys.modules


class Reporter:
    """Says what goes on, in lines and in bars.

    Parameters
    ----------
    progress
        As a public function takes it.
    """

    def __init__(self, progress: Progress = None) -> None:
        self._tell = progress if callable(progress) else None
        self._is_shown = progress if isinstance(progress, bool) else is_watched()

    def say(self, text: str) -> None:
        """Give a line; a bar that is shown stays below it."""
        if self._tell is None and not self._is_shown:
            return
        bar = _bar_class()
        with bar.external_write_mode(file=sys.stderr):
            if self._tell is not None:
                self._tell(text)
            else:
                sys.stderr.write(f"{text}\n")

    def warn(self, text: str) -> None:
        """Say what must be known whether or not progress is shown: as a line, or else as a warning of Python."""
        if self._tell is not None or self._is_shown:
            self.say(f"warning: {text}")
        else:
            warn(text)

    @contextmanager
    def count(self, text: str, total: int, unit: str = "subjects") -> Iterator[Step]:
        """Show a bar for a while.

        Parameters
        ----------
        text
            What goes on.
        total, unit
            How much there is to do, of what.

        Returns
        -------
            To be called with what is done and all.
        """
        shown = {"desc": text, "total": total, "unit": unit, "bar_format": _COUNTED, "file": sys.stderr}
        with _bar_class()(**shown, disable=not self._is_shown, dynamic_ncols=True) as bar:
            yield lambda done, _: None if bar.disable else _move(bar, done)


def _move(bar: Any, done: int) -> None:
    bar.update(done - bar.n)


def _bar_class() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a notebook without ipywidgets gets a bar of text
        from tqdm.auto import tqdm

    return tqdm
