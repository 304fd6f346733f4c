"""A table as a user has it, from a file or from memory, through the one reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from cereblon.core.delimited_text import parse_table
from cereblon.core.errors import ArgumentError, InputError
from cereblon.core.kinds import kind_of
from cereblon.core.text_files import read_text
from cereblon.core.text_tables import TextTable

if TYPE_CHECKING:
    import polars as pl

_FROM_MEMORY = "the table given"

GivenTable: TypeAlias = "Path | str | pl.DataFrame | Mapping[str, Sequence[object]]"
"""A table as a user has it: a text file, a data frame of polars, or columns by name."""


def name_of(given: GivenTable) -> str:
    """Name a table as messages do: its path, or that it was given in memory."""
    return str(given) if isinstance(given, (str, Path)) else _FROM_MEMORY


def short_name_of(given: GivenTable) -> str:
    """Name a table as titles do: its file without the folders."""
    return Path(given).name if isinstance(given, (str, Path)) else _FROM_MEMORY


def read_table(given: GivenTable, *, where: str | None = None) -> TextTable:
    """Read a table from a text file, or take one from memory through the same checks; see `parse_table`.

    Parameters
    ----------
    given
        Path or table.
    where
        How messages call it; None for `name_of`.

    Raises
    ------
    InputError
        If it cannot be read, with the cause.
    ArgumentError
        If it is neither a path nor a table.
    """
    where = name_of(given) if where is None else where
    if isinstance(given, (str, Path)):
        return parse_table(read_text(given), where=where)
    return parse_table(_text_of(given, where), where=where)


def _text_of(given: Any, where: str) -> str:
    """Write a table from memory as text, so that it goes through the same checks."""
    import polars as pl

    try:
        if isinstance(given, Mapping):
            lengths = {name: len(column) for name, column in given.items()}
            if len(set(lengths.values())) > 1:
                raise InputError(f"columns of different lengths: {', '.join(f'{k} {n}' for k, n in lengths.items())}")
            given = pl.DataFrame(dict(given), strict=False)
        if hasattr(given, "to_csv") and hasattr(given, "index"):  # of pandas
            return str(given.to_csv(index=given.index.name is not None))
        if hasattr(given, "write_csv"):
            return str(given.write_csv())
    except InputError:
        raise
    except (pl.exceptions.PolarsError, ValueError, TypeError, OverflowError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise InputError(
            f"{where}: cannot be read as a table ({reason})", hint="columns of numbers, words and dates are read"
        ) from error
    raise ArgumentError(
        f"a table is needed, not {kind_of(given)}",
        hint="give the path of a text file, a data frame of polars or pandas, or columns by name",
    )
