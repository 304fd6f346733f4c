"""Files of tables that a source brings: checked from end to end before the engine reads them, in flat memory.

The engine guesses separators and quotes, and guesses again where a quote never ends; here both are settled by the
header, so that what is no row is refused with its line.
"""

from __future__ import annotations

import csv
from collections.abc import Collection
from itertools import count
from pathlib import Path
from typing import Any

from cereblon.cohort.engine import Engine, engine_reason, literal_path
from cereblon.core.delimited_text import MOST_COLUMNS, refuse_more
from cereblon.core.errors import InputError
from cereblon.core.text_files import LONGEST_LINE, check_long_text, note_ordinary_file
from cereblon.tables.parquet import check_long_parquet

_SEPARATORS = (",", ";", "\t", "|")
_names = count(1)


def read_table_file(path: Path, backend: Any, engine: Engine, wanted: Collection[str]) -> Any:
    """Give the table in a CSV or Parquet file, all of it text where it is text.

    Parameters
    ----------
    path
        Its ending says which of the two.
    backend, engine
        Connection, and what watches over its time.
    wanted
        Columns that will be read, in lower case; of a Parquet file no others are looked at.

    Raises
    ------
    InputError
        If it is no ordinary file, no text or no Parquet, damaged anywhere, or has a control character in it.
    """
    import duckdb

    note_ordinary_file(path)
    try:
        if path.suffix.lower() == ".parquet":
            check_long_parquet(path, wanted, engine.refuse_late)
            return backend.read_parquet(literal_path(path), hive_partitioning=False)
        check_long_text(path, engine.refuse_late)
        return _csv_table(path, backend)
    except (duckdb.Error, OSError) as error:
        engine.refuse_late()
        raise InputError(f"{path}: cannot be read ({engine_reason(error)})", hint="write the file again") from error


def _csv_table(path: Path, backend: Any) -> Any:
    header, separator = _header(path)
    columns = ", ".join(f"{_quoted(name)}: 'VARCHAR'" for name in header)
    name = f"given_{next(_names)}"
    backend.raw_sql(
        f"create temp view {name} as select * from read_csv({_quoted(literal_path(path))}, columns={{{columns}}}, "
        f"auto_detect=false, header=true, delim={_quoted(separator)}, quote='\"', escape='\"', "
        f"max_line_size={LONGEST_LINE}, hive_partitioning=false)"
    )
    return backend.table(name)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _header(path: Path) -> tuple[list[str], str]:
    """Read the first line: names of columns, and what separates them."""
    with path.open(encoding="utf-8-sig", newline=None) as stream:
        line = stream.readline(LONGEST_LINE).rstrip("\n")
    if not line.strip():
        raise InputError(f"{path}, line 1: names no column", hint="the first line names the columns")
    tried = {one: cells for one in _SEPARATORS if (cells := _cells(line, one))}
    if not tried or line.count('"') % 2:
        raise InputError(f"{path}, line 1: names no columns", hint="check its double quotes")
    separator = max(tried, key=lambda one: len(tried[one]))
    names = [name.strip() or f"column {place}" for place, name in enumerate(tried[separator], start=1)]
    refuse_more(len(names), MOST_COLUMNS, "columns", str(path))
    lowered = [name.lower() for name in names]
    if twice := [name for place, name in enumerate(names) if name.lower() in lowered[:place]]:
        raise InputError(
            f"{path}, line 1: names the column {twice[0]} twice", hint="each column has a name of its own"
        )
    return names, separator


def _cells(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator, strict=True))
    except csv.Error:  # the quotes do not close before this separator
        return []
