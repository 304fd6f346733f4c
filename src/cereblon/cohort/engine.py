"""The optional engine of observed cohorts: imported when it is needed, named where it is missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from cereblon.core.errors import InputError


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
