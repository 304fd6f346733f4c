"""The folder of a built cohort: written whole, read back with its schemas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from cereblon.cohort.definition import CohortDefinition, find_definition
from cereblon.cohort.schemas import FOLDER_TABLES
from cereblon.cohort.stages import STAGES
from cereblon.core.durable_files import make_folders
from cereblon.core.errors import InputError
from cereblon.core.json_files import parse_json
from cereblon.core.output import json_text
from cereblon.core.output_files import write_error, write_files
from cereblon.core.sealed_json import BrokenSealError, sealed, unsealed
from cereblon.core.text_files import decode, ordinary_status, read_bytes, refuse_closed
from cereblon.outcomes.response_category import CATEGORIES
from cereblon.tables.parquet import own_table, parquet_bytes

CONTENT = "cohort.json"
_LINE = ["person_id", "line"]
_KEYS = {
    "persons": ["person_id"],
    "lines": _LINE,
    "responses": [*_LINE, "estimand"],
    "progression": [*_LINE, "estimand"],
}


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
    """Write a built cohort, all of it or nothing.

    `cohort.json` names the checksum of each table, carries its own, and comes last.

    Raises
    ------
    InputError
        If the folder holds something else, or cannot be written.
    """
    check_folder(folder)
    try:
        make_folders(folder)
    except OSError as error:
        raise write_error(folder, error, is_kept=False) from error
    contents = {f"{name}.parquet": parquet_bytes(table) for name, table in built.tables.items()}
    content = {
        "definition": built.definition.model_dump(mode="json", by_alias=True),
        "source": dict(built.source),
        "counts": dict(built.counts),
        "remarks": list(built.remarks),
        "tables": {name: sha256(table).hexdigest() for name, table in contents.items()},
    }
    written = {CONTENT: sealed(json.loads(json_text(content))), **contents}
    write_files((folder / name, content) for name, content in written.items())


def check_folder(folder: Path) -> None:
    """See that a folder is that of a cohort, is empty or is not there.

    Raises
    ------
    InputError
        If the folder holds something else, or cannot be looked into.
    """
    try:
        if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not _is_cohort(folder))):
            raise InputError(f"{folder}: holds something else than a cohort", hint="name a new folder")
    except OSError as error:
        raise write_error(folder, error, is_kept=False) from error


def _is_cohort(folder: Path) -> bool:
    known = {CONTENT, STAGES, *(f"{name}.parquet" for name in FOLDER_TABLES)}
    return {path.name for path in folder.iterdir()} & known != set()


def read_cohort_folder(folder: Path | str) -> CohortTables:
    """Read a built cohort.

    Raises
    ------
    InputError
        If the folder is none, is not whole, or a file of it is damaged.
    """
    folder = Path(folder)
    refuse_closed(folder)
    if not (folder / CONTENT).is_file():
        raise InputError(
            f"{folder}: is no folder of a built cohort, there is no {CONTENT} in it",
            hint="cereblon cohort build SOURCE --out FOLDER makes one",
        )
    content: dict[str, Any] = _content(folder / CONTENT)
    tables = {name: _table(folder / f"{name}.parquet", content["tables"], name) for name in FOLDER_TABLES}
    unknown = sorted({str(one) for one in tables["responses"]["best_response"].to_pylist()} - set(CATEGORIES))
    if unknown:
        said = f"{unknown[0]!r} is no response; {', '.join(CATEGORIES)} are"
        raise InputError(f"{folder / 'responses.parquet'}: {said}", hint="build the cohort again")
    for name, key in _KEYS.items():
        twice = pl.DataFrame(pl.from_arrow(tables[name])).select(key).is_duplicated()
        if twice.any():
            said = ", ".join(
                map(str, tables[name].select(key).slice(twice.arg_max() or 0, 1).to_pylist()[0].values())
            )
            raise InputError(f"{folder / name}.parquet: {said} stands twice", hint="build the cohort again")
    return CohortTables(
        tables,
        find_definition(content["definition"]),
        content["source"],
        content["counts"],
        tuple(content["remarks"]),
    )


def _table(path: Path, checksums: Mapping[str, Any], name: str) -> pa.Table:
    """Read a table whose bytes are those that were written."""
    ordinary_status(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error})", hint="build the cohort again") from error
    if sha256(content).hexdigest() != checksums.get(path.name):
        raise InputError(f"{path}: is not what was written, by its checksum", hint="build the cohort again")
    return own_table(pa.BufferReader(content), FOLDER_TABLES[name], where=str(path))


def _content(path: Path) -> dict[str, Any]:
    raw = read_bytes(path)
    content = parse_json(decode(raw, where=str(path)), where=str(path))
    if not isinstance(content, dict):
        raise InputError(f"{path}: holds no description of a cohort", hint="build the cohort again")
    try:
        content = unsealed(raw)
    except BrokenSealError as error:
        raise InputError(f"{path}: {error}", hint="build the cohort again") from error
    missing = [name for name in ("definition", "source", "counts", "remarks", "tables") if name not in content]
    if missing:
        raise InputError(f"{path}: has no {', '.join(missing)}", hint="build the cohort again")
    kinds = {"definition": dict, "source": dict, "counts": dict, "remarks": list, "tables": dict}
    wrong = [name for name, kind in kinds.items() if not isinstance(content[name], kind)]
    wrong = wrong or ["remarks"] * any(not isinstance(one, str) for one in content["remarks"])
    if wrong:
        raise InputError(f"{path}: {wrong[0]} is nothing that was written here", hint="build the cohort again")
    return dict(content)
