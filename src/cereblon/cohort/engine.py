"""The optional engine of observed cohorts: imported when it is needed, named where it is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from importlib import import_module
from pathlib import Path
from typing import Any

from cereblon.core.errors import InputError
from cereblon.core.names import shortened


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


@contextmanager
def telling_failures(where: Path | str) -> Iterator[None]:
    """Word what the engine says of a source while its rows are read, which is when most damage shows.

    Raises
    ------
    InputError
        With its first line.
    """
    failures = load_ibis().common.exceptions
    import duckdb

    try:
        yield
    except (duckdb.Error, failures.IbisError, failures.TableNotFound) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise InputError(
            f"{where}: cannot be read to its end ({shortened(reason, 300)})", hint="write it again"
        ) from error
