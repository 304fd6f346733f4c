"""Progress of long work: bars and lines on stderr where somebody watches, in a terminal or in a notebook."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any, TypeAlias

from cereblon.core.errors import warn

Progress: TypeAlias = bool | Callable[[str], None] | None
"""None shows progress where somebody watches, True always, False never; a function is given each line instead."""

Step: TypeAlias = Callable[[int, int], None]
"""Told how much is done, and of how much."""

_COUNTED = "{desc}: {percentage:3.0f} %|{bar}| {n_fmt} of {total_fmt} {unit} [{elapsed}, {remaining} left]"

_PATIENCE_S = 4.0  # a kept program is loaded, and the first subjects are done, in less


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
    def count(self, text: str, total: int, unit: str = "subjects", *, before: str = "") -> Iterator[Step]:
        """Show a bar for a while.

        Parameters
        ----------
        text
            What goes on.
        total, unit
            How much there is to do, of what.
        before
            What is going on if nothing is done after some seconds; the time that it takes is shown as it passes.

        Returns
        -------
            To be called with what is done and all.
        """
        shown = {"desc": text, "total": total, "unit": unit, "bar_format": _COUNTED, "file": sys.stderr}
        with _bar_class()(**shown, disable=not self._is_shown, dynamic_ncols=True) as bar:
            has_begun = Event()

            def step(done: int, _: int) -> None:
                if not has_begun.is_set():
                    has_begun.set()
                    bar.set_description_str(text, refresh=False)
                if not bar.disable:
                    bar.update(done - bar.n)

            if before:
                Thread(target=self._wait_for_first, args=(bar, before, has_begun), daemon=True).start()
            try:
                yield step
            finally:
                has_begun.set()

    def _wait_for_first(self, bar: Any, before: str, has_begun: Event) -> None:
        """Say what goes on before anything is done, and let the time of the bar pass."""
        if has_begun.wait(_PATIENCE_S):
            return
        if bar.disable:
            self.say(before)
            return
        while not has_begun.is_set():
            bar.set_description_str(before)
            has_begun.wait(1.0)


def _bar_class() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a notebook without ipywidgets gets a bar of text
        from tqdm.auto import tqdm

    return tqdm
