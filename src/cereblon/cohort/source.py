"""A user's database or folder of tables, opened read-only: columns in any case, in fixed types, faults counted."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cereblon.cohort.cdm import TABLES, VERSIONS
from cereblon.cohort.definition import CohortDefinition, find_definition
from cereblon.cohort.engine import Engine, engine_reason
from cereblon.cohort.hospital_tables import mapped_tables, read_mapping
from cereblon.cohort.postgresql import is_server, server_name, server_tables
from cereblon.cohort.spark import is_spark, spark_tables
from cereblon.cohort.table_files import read_table_file
from cereblon.cohort.typed_columns import typed_tables
from cereblon.core.control_characters import CONTROL_PATTERN
from cereblon.core.delimited_text import refuse_more
from cereblon.core.errors import InputError
from cereblon.core.names import LONGEST_NAME, shortened
from cereblon.core.text_files import LONGEST_LINE, note_ordinary_file, refuse_closed

_ENDINGS = (".parquet", ".csv", ".tsv")
_DATABASES = (".duckdb", ".db", ".ddb")
_MAPPINGS = (".yaml", ".yml")
_SQLITE = b"SQLite format 3\0"
_READ_VERSIONS = "|".join(map(re.escape, VERSIONS))


@dataclass(frozen=True, slots=True)
class CohortSource:
    """Tables of a source as expressions, all columns of the model in their types.

    Parameters
    ----------
    where
        Path of the source, or its address without a password.
    kind
        `DuckDB database`, `PostgreSQL database`, `database of Spark`, `folder` or `hospital tables`.
    backend
        Connection of Ibis.
    tables
        By name of the model; optional ones may be missing.
    remarks
        What is missing or could not be read, in sentences.
    understood
        What a mapping file was read as, in sentences.
    """

    where: str
    kind: str
    backend: Any
    tables: Mapping[str, Any]
    remarks: tuple[str, ...] = field(default_factory=tuple)
    understood: tuple[str, ...] = field(default_factory=tuple)

    def has(self, name: str) -> bool:
        """Say whether a table is there."""
        return name in self.tables


def source_name(source: Path | str) -> str:
    """Give what a source is called in messages and in what is kept: its path, or its address without a password."""
    return server_name(str(source)) if is_server(source) else str(source)


def source_files(source: Path | str) -> list[Path] | None:
    """Give the files of a source, whose change is a change of it; None for a server or Spark, which show none.

    Parameters
    ----------
    source
        As of `open_source`.

    Raises
    ------
    InputError
        If a mapping file cannot be read, or the source is not open to the user.
    """
    path = Path(source)
    if is_server(source) or is_spark(source):
        return None
    refuse_closed(path)
    if path.suffix.lower() in _MAPPINGS and path.is_file():
        return [path, *(path.parent / table.file for table in read_mapping(path).tables.values())]
    if path.is_dir():
        return [one for one in path.iterdir() if one.is_file()]
    return [one for one in (path, path.with_name(f"{path.name}.wal")) if one.is_file()]


def open_source(
    path: Path | str,
    *,
    engine: Engine | None = None,
    definition: CohortDefinition | None = None,
    memory: str = "3GB",
    threads: int = 2,
    say: Callable[[str], None] = lambda _: None,
) -> CohortSource:
    """Open a source; nothing is ever written to it, and nothing outside it is read.

    Parameters
    ----------
    path
        A DuckDB file, a folder with one CSV or Parquet file per table, a mapping file ending in .yaml, the address of
        a PostgreSQL database, or spark:SCHEMA.
    engine
        What connects, and watches over the time; one without a limit unless given.
    definition
        Whose codes say what is copied from a server; `treated` unless given.
    memory, threads
        What DuckDB may use.
    say
        Is called with a line on each table that is copied from a server or from Spark.

    Raises
    ------
    InputError
        If it is neither, is not open to the user, is damaged, has not the tables that are needed, or is of another
        version of the model.
    """
    where = source_name(path)
    engine = engine or Engine(where)
    remarks: list[str] = []
    settings = {"memory_limit": memory, "threads": threads}
    said: list[str] = []
    strangers: list[str] = []
    if is_server(path) or is_spark(path):
        asked = definition or find_definition("treated")
        backend = engine.connect(None, settings)
        copied, kind = (
            (server_tables, "PostgreSQL database") if is_server(path) else (spark_tables, "database of Spark")
        )
        found = copied(str(path), backend, engine, asked, remarks, say)
        _refuse_version(found, where)
        return CohortSource(where, kind, backend, typed_tables(found, where, remarks), tuple(remarks))
    path = Path(path)
    refuse_closed(path)
    if not path.exists():
        raise InputError(
            f"{shortened(str(path), LONGEST_NAME)}: no such file or folder",
            hint="name a DuckDB file, or a folder of CSV or Parquet files",
        )
    if path.suffix.lower() in _MAPPINGS:
        mapping = read_mapping(path)
        backend = engine.connect(None, settings)
        found = mapped_tables(mapping, path, backend, engine, said)
        kind = f"hospital tables, {mapping.name}"
    elif path.is_dir():
        backend = engine.connect(None, settings)
        found, kind = _tables_of_folder(backend, path, engine, strangers), "folder"
        remarks += [f"{name}: is not used" for name in strangers]
    elif path.suffix.lower() in _DATABASES:
        note_ordinary_file(path)
        backend = _connect(engine, path, settings)
        found, kind = _tables_of_database(backend, path), "DuckDB database"
        _refuse_strange_words(found, str(path))
    else:
        raise InputError(
            f"{path}: is neither a folder nor a DuckDB file, whose name ends in {' or '.join(_DATABASES)}",
            hint="name a DuckDB file, a folder of CSV or Parquet files, or a mapping file ending in .yaml",
        )
    _refuse_version(found, str(path))
    tables = typed_tables(found, str(path), remarks, strangers)
    return CohortSource(str(path), kind, backend, tables, tuple(remarks), tuple(said))


def _connect(engine: Engine, path: Path, settings: Mapping[str, Any]) -> Any:
    import duckdb

    with path.open("rb") as stream:
        if stream.read(len(_SQLITE)) == _SQLITE:
            raise InputError(
                f"{path}: is a database of SQLite, not of DuckDB",
                hint="write its tables as a folder of CSV or Parquet files",
            )
    try:
        return engine.connect(path, settings)
    except (duckdb.Error, OSError, RuntimeError) as error:
        raise InputError(
            f"{path}: cannot be opened as a DuckDB database ({engine_reason(error)})",
            hint="close other programs that write to it; is it of a newer version of DuckDB?",
        ) from error


def _tables_of_folder(backend: Any, folder: Path, engine: Engine, strangers: list[str]) -> dict[str, Any]:
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        name = path.stem.lower()
        if path.suffix.lower() not in _ENDINGS or name not in {*TABLES, "cdm_source"}:
            strangers.append(path.name)
        elif name in found:
            raise InputError(f"{folder}: {path.name} and {found[name].name} are the same table")
        else:
            found[name] = path
    return {name: read_table_file(path, backend, engine, _wanted(name)) for name, path in found.items()}


def _wanted(name: str) -> Collection[str]:
    return TABLES[name].columns if name in TABLES else ("cdm_version",)


def _tables_of_database(backend: Any, path: Path) -> dict[str, Any]:
    """Find the schema that holds the tables, whatever it is called."""
    listed = backend.raw_sql(
        "select table_schema, table_name, table_type from information_schema.tables "
        "where table_catalog = current_database()"
    ).fetchall()
    by_schema: dict[str, dict[str, str]] = {}
    views = set()
    for schema, table, kind in listed:
        by_schema.setdefault(schema, {})[table.lower()] = table
        if kind != "BASE TABLE":
            views.add((schema, table))
    with_people = [schema for schema, tables in by_schema.items() if {"person", "drug_exposure"} <= set(tables)]
    if len(with_people) > 1:
        raise InputError(
            f"{path}: {', '.join(sorted(with_people))} each hold the tables of a database",
            hint="copy one of them into a database of its own",
        )
    if not with_people:
        names = sorted(name for tables in by_schema.values() for name in tables)
        raise InputError(
            f"{path}: has no tables person and drug_exposure; it holds {', '.join(names[:10]) or 'no table'}",
            hint="a database of the OMOP Common Data Model 5.3 or 5.4 is read; other tables by a mapping file",
        )
    schema = with_people[0]
    wanted = {name: real for name, real in by_schema[schema].items() if name in {*TABLES, "cdm_source"}}
    if computed := sorted(real for real in wanted.values() if (schema, real) in views):
        raise InputError(
            f"{path}: {', '.join(computed)} {'is a view' if len(computed) == 1 else 'are views'}; stored tables are "
            "read, since a view may be anything, from other files to rows without end",
            hint=f"store it if you trust it: create table stored as from {computed[0]}",
        )
    return {name: backend.table(real, database=schema) for name, real in wanted.items()}


def _refuse_strange_words(found: Mapping[str, Any], where: str) -> None:
    """Read every word of a database once, and refuse control characters and cells as long as a book."""
    for name, table in found.items():
        columns = [one for one in table.columns if one.lower() in _wanted(name) and table[one].type().is_string()]
        asked = {f"strange {one}": table[one].re_search(CONTROL_PATTERN).cast("int64").sum() for one in columns}
        asked |= {f"longest {one}": table[one].length().max() for one in columns}
        (counted,) = table.aggregate(**asked).to_pyarrow().to_pylist() if asked else ({},)
        for one in columns:
            refuse_more(
                counted[f"longest {one}"] or 0, LONGEST_LINE, "characters in a cell", f"{where}, {name}, {one}"
            )
            if counted[f"strange {one}"]:
                raise InputError(
                    f"{where}, {name}, {one}: {counted[f'strange {one}']:,} rows hold control characters",
                    hint="delete them, or replace them by what was meant; they cannot be seen in most editors",
                )


def _refuse_version(found: dict[str, Any], where: str) -> None:
    table = found.pop("cdm_source", None)
    if table is None:
        return
    columns = {name.lower(): name for name in table.columns}
    if "cdm_version" not in columns:
        return
    said = {str(one) for one in table[columns["cdm_version"]].to_pyarrow().to_pylist() if one}
    strange = [one for one in sorted(said) if not re.search(rf"(?<![\d.])(?:{_READ_VERSIONS})(?!\d)", one)]
    if strange:
        raise InputError(
            f"{where}, cdm_source: says version {shortened(strange[0], LONGEST_NAME)}; "
            f"versions {' and '.join(VERSIONS)} are read",
            hint="convert the database, or describe its tables in a mapping file",
        )
