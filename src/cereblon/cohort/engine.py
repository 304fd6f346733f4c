"""The optional engine of observed cohorts: imported when it is needed, held to limits, and its failures worded."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from glob import escape
from importlib import import_module
from pathlib import Path
from tempfile import mkdtemp
from threading import Event, Thread
from time import monotonic
from typing import Any

from cereblon.core.bounds import need_between
from cereblon.core.errors import InputError
from cereblon.core.names import shortened

MOST_MINUTES = 60.0
"""A source takes no longer unless the user says so; rows that all share one patient join without end."""
_LONGEST_MINUTES = 10_080.0  # a week
_CLOSED = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "max_temp_directory_size": "50GB",
}
"""No program is fetched or loaded because a file asks for it."""


def load_ibis() -> Any:
    """Import Ibis with DuckDB.

    Raises
    ------
    InputError
        If the extra is not installed.
    """
    try:
        import_module("duckdb")
        return import_module("ibis")
    except ImportError as error:
        raise InputError(
            f"a cohort is read through Ibis and DuckDB, and {error.name or 'one of them'} is not installed",
            hint='pip install "cereblon[cohort]"',
        ) from error


def literal_path(path: Path) -> str:
    """Write the name of a file so that the engine reads that file alone: it takes `*`, `?` and `[` for patterns."""
    return escape(str(path))


def load_duckdb() -> Any:
    """Import DuckDB, which writes a database into one file.

    Raises
    ------
    InputError
        If the extra is not installed.
    """
    try:
        return import_module("duckdb")
    except ImportError as error:
        raise InputError(
            "a DuckDB file is written by DuckDB, which is not installed",
            hint='pip install "cereblon[cohort]"; or write a folder of Parquet files, which needs nothing',
        ) from error


class Engine:
    """A connection for one source, which ends with it or when its time is over.

    Parameters
    ----------
    where
        Name of the source, for messages.
    minutes
        Time that the source may take; no limit unless given.
    """

    def __init__(self, where: Path | str, minutes: float | None = None) -> None:
        need_between("minutes", minutes, 0.001, _LONGEST_MINUTES)
        self.where = where
        self.minutes = minutes
        self._until = None if minutes is None else monotonic() + 60 * minutes
        self._backend: Any = None
        self._place = ""
        self._is_over = Event()

    def connect(self, database: Path | None, settings: Mapping[str, object]) -> Any:
        """Open a database read-only, or an empty one in memory for files.

        A database is closed to everything outside it: what is stored in it may name other files.
        """
        ibis = load_ibis()
        self._place = mkdtemp(prefix="cereblon-")
        limits = {**settings, **_CLOSED, "temp_directory": self._place}
        name = ":memory:" if database is None else str(database)
        self._backend = ibis.duckdb.connect(name, read_only=database is not None, **limits)
        if database is not None:
            self._backend.raw_sql("set enable_external_access = false")
        self._backend.raw_sql("set lock_configuration = true")
        if self._until is not None:
            Thread(target=self._interrupt, daemon=True).start()
        return self._backend

    @property
    def place(self) -> Path:
        """A private folder, which ends with the connection."""
        return Path(self._place)

    @property
    def seconds_left(self) -> float | None:
        """Time that is left; None without a limit."""
        return None if self._until is None else self._until - monotonic()

    @property
    def is_late(self) -> bool:
        """Whether the time of the source is over."""
        return self.seconds_left is not None and self.seconds_left < 0

    def refuse_late(self) -> None:
        """Refuse to go on when the time is over.

        Raises
        ------
        InputError
            Naming the limit, and how it is lifted.
        """
        if self.is_late:
            raise InputError(
                f"{self.where}: took more than {self.minutes:g} minutes, and was stopped",
                hint="give it more (--minutes); rows that are all of one patient, or stand very often, take longest",
            )

    def close(self) -> None:
        """End the connection and what waited for it."""
        self._is_over.set()
        if self._backend is not None:
            self._backend.disconnect()
        if self._place:
            shutil.rmtree(self._place, ignore_errors=True)

    def _interrupt(self) -> None:
        """Interrupt whatever runs once the time is over, again and again: the next step would begin anew."""
        while not self._is_over.wait(0.2):
            if self.is_late:
                self._backend.con.interrupt()


@contextmanager
def engine_for(where: Path | str, minutes: float | None = None) -> Iterator[Engine]:
    """Give an engine for a source, word its failures, and close it.

    Most damage shows while rows are read, far from where the source was opened.

    Raises
    ------
    InputError
        With the first line of what the engine says, or the limit of time.
    """
    failures = load_ibis().common.exceptions
    import duckdb

    engine = Engine(where, minutes)
    try:
        yield engine
    except (duckdb.Error, failures.IbisError, failures.TableNotFound, RuntimeError) as error:
        engine.refuse_late()
        reason = shortened(engine_reason(error), 300)
        raise InputError(f"{where}: cannot be read to its end ({reason})", hint="write it again") from error
    finally:
        engine.close()


def engine_reason(error: BaseException) -> str:
    """Give what the engine says of a failure, in one line; of a file of text its line and what is wrong there."""
    said = str(error)
    place = re.search(r"CSV Error on Line: (\d+)", said)
    fault = re.search(r"^(?:Expected Number of Columns|Value with unterminated|Maximum line size).*$", said, re.M)
    if place and fault:
        file = re.search(r"^ *file = (.+)$", said, re.M)
        return f"{Path(file[1]).name + ', ' if file else ''}line {place[1]}: {fault[0].rstrip('.')}"
    return next(iter(said.splitlines()), type(error).__name__)
