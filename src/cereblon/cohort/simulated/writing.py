"""An example as a folder: the database, the truth beside it, and what was done."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from cereblon.cohort.engine import load_duckdb
from cereblon.cohort.simulated.example import Example
from cereblon.core.durable_files import make_folders, making_folder
from cereblon.core.errors import InputError
from cereblon.core.output import json_text
from cereblon.core.output_files import write_error
from cereblon.tables.parquet import parquet_bytes

Form = Literal["parquet", "duckdb"]
DATABASE = {"parquet": "omop", "duckdb": "omop.duckdb"}


def write_example(folder: Path, example: Example, *, form: Form, about: Mapping[str, Any]) -> None:
    """Write an example into a folder that appears whole or not at all.

    Parameters
    ----------
    folder
        New, or empty.
    example
        To be written.
    form
        Of the database: `omop`, a folder of Parquet files, or `omop.duckdb`.
    about
        For `example.json`.

    Raises
    ------
    InputError
        If the folder holds something, cannot be written, or DuckDB is not installed.
    """
    refuse_used(folder)
    try:
        make_folders(folder.parent)
        with making_folder(folder) as made:
            for name, table in (("truth", example.truth), ("truth_labs", example.truth_labs)):
                (made / f"{name}.parquet").write_bytes(parquet_bytes(table))
            if form == "parquet":
                (made / DATABASE[form]).mkdir()
                for name, table in example.omop.items():
                    (made / DATABASE[form] / f"{name}.parquet").write_bytes(parquet_bytes(table))
            else:
                _write_duckdb(made / DATABASE[form], example.omop)
            (made / "example.json").write_text(json_text(about), encoding="utf-8")
    except OSError as error:
        raise write_error(folder, error, is_kept=False) from error


def refuse_used(folder: Path) -> None:
    """Refuse a place that is a file, or a folder that holds something."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise InputError(f"{folder}: is no folder", hint="name a new folder")
    if folder.is_dir() and any(folder.iterdir()):
        raise InputError(f"{folder}: holds files already", hint="name a new folder; nothing is written over")


def _write_duckdb(path: Path, tables: Mapping[str, pa.Table]) -> None:
    duckdb = load_duckdb()
    try:
        with duckdb.connect(str(path)) as database:
            for name, table in tables.items():
                database.register("given", table)
                database.execute(f"create table {name} as select * from given")
                database.unregister("given")
    except duckdb.Error as error:  # of a full disk, too
        raise OSError(next(iter(str(error).splitlines()), "by DuckDB")) from error
