"""The folder of a built cohort: written whole, read back with its schemas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from cereblon.cohort.definition import CohortDefinition, find_definition
from cereblon.cohort.schemas import FOLDER_TABLES
from cereblon.core.durable_files import make_folders
from cereblon.core.errors import InputError
from cereblon.core.json_files import parse_json
from cereblon.core.output import json_text
from cereblon.core.output_files import write_error, write_file
from cereblon.core.text_files import read_text
from cereblon.tables.parquet import parquet_bytes, read_own_parquet

CONTENT = "cohort.json"


@dataclass(frozen=True, slots=True)
class CohortTables:
    """A built cohort.

    Parameters
    ----------
    tables
        By name, in the schemas of the folder.
    definition
        Who is in it.
    source
        Kind and path of what was read.
    counts
        Rows and patients by what became of them, in words.
    remarks
        What was missing, left out or read as something else, in sentences.
    """

    tables: Mapping[str, pa.Table]
    definition: CohortDefinition
    source: Mapping[str, str]
    counts: Mapping[str, int]
    remarks: tuple[str, ...]

    def frame(self, name: str) -> pl.DataFrame:
        """Give a table as a data frame."""
        return pl.DataFrame(pl.from_arrow(self.tables[name]))


def write_cohort(built: CohortTables, folder: Path) -> None:
    """Write a built cohort; `cohort.json` comes last, so that a folder with it is whole.

    Raises
    ------
    InputError
        If the folder holds something else, or cannot be written.
    """
    try:
        if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not _is_cohort(folder))):
            raise InputError(f"{folder}: holds something else than a cohort", hint="name a new folder")
        make_folders(folder)
        (folder / CONTENT).unlink(missing_ok=True)
    except OSError as error:
        raise write_error(folder, error, is_kept=False) from error
    for name, table in built.tables.items():
        write_file(folder / f"{name}.parquet", parquet_bytes(table))
    content = {
        "definition": built.definition.model_dump(mode="json", by_alias=True),
        "source": dict(built.source),
        "counts": dict(built.counts),
        "remarks": list(built.remarks),
    }
    write_file(folder / CONTENT, json_text(content).encode("utf-8"))


def _is_cohort(folder: Path) -> bool:
    known = {CONTENT, *(f"{name}.parquet" for name in FOLDER_TABLES)}
    return {path.name for path in folder.iterdir()} & known != set()


def read_cohort_folder(folder: Path | str) -> CohortTables:
    """Read a built cohort.

    Raises
    ------
    InputError
        If the folder is none, is not whole, or a file of it is damaged.
    """
    folder = Path(folder)
    if not (folder / CONTENT).is_file():
        raise InputError(
            f"{folder}: is no folder of a built cohort, there is no {CONTENT} in it",
            hint="cereblon cohort build SOURCE --out FOLDER makes one",
        )
    content: dict[str, Any] = _content(folder / CONTENT)
    tables = {name: read_own_parquet(folder / f"{name}.parquet", schema) for name, schema in FOLDER_TABLES.items()}
    return CohortTables(
        tables,
        find_definition(content["definition"]),
        content["source"],
        content["counts"],
        tuple(content["remarks"]),
    )


def _content(path: Path) -> dict[str, Any]:
    content = parse_json(read_text(path), where=str(path))
    if not isinstance(content, dict):
        raise InputError(f"{path}: holds no description of a cohort", hint="build the cohort again")
    missing = [name for name in ("definition", "source", "counts", "remarks") if name not in content]
    if missing:
        raise InputError(f"{path}: has no {', '.join(missing)}", hint="build the cohort again")
    kinds = {"definition": dict, "source": dict, "counts": dict, "remarks": list}
    wrong = [name for name, kind in kinds.items() if not isinstance(content[name], kind)]
    wrong += ["remarks"] * any(not isinstance(one, str) for one in content["remarks"])
    if wrong:
        raise InputError(f"{path}: {wrong[0]} is nothing that was written here", hint="build the cohort again")
    return dict(content)
