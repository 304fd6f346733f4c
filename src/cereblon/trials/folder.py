"""The run folder: one folder per block, written under a temporary name and renamed when whole.

run.json               plan, seed, versions, checksums: enough to repeat the run
blocks/00000/*.parquet one Parquet file per subject table
report.html            written last
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cereblon.errors import RunFolderError
from cereblon.tables.schemas import SUBJECT_TABLES

FORMAT = 1
_RUN = "run.json"
_BLOCKS = "blocks"


class RunFolder:
    """A folder that holds one run.

    Parameters
    ----------
    path
        The folder; `open_run` and `create_run` check it.
    header
        What `run.json` says.
    """

    def __init__(self, path: Path, header: Mapping[str, Any]) -> None:
        self.path = path
        self.header = header

    @property
    def run_id(self) -> str:
        """Short name of the run, from the checksum of its plan and inputs."""
        return str(self.header["run_id"])

    def has_block(self, number: int) -> bool:
        """Tell whether a block is written and whole."""
        return self._block(number).is_dir()

    def write_block(self, number: int, tables: Mapping[str, pa.Table]) -> None:
        """Write one block's tables; a kill or a full disk leaves either the whole block or none of it.

        Raises
        ------
        RunFolderError
            If the disk is full or the folder cannot be written.
        """
        final = self._block(number)
        temporary = final.with_name(f".{final.name}.{os.getpid()}.part")
        try:
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir(parents=True)
            for name in SUBJECT_TABLES:
                pq.write_table(tables[name], temporary / f"{name}.parquet", compression="zstd")
            temporary.replace(final)
        except OSError as error:
            shutil.rmtree(temporary, ignore_errors=True)
            raise _cannot_write(self.path, error) from error

    def table(self, name: str) -> pa.Table:
        """Read one subject table of the whole run, rows ordered by subject.

        Raises
        ------
        RunFolderError
            If the run is not complete.
        """
        missing = [n for n in range(self.header["blocks"]) if not self.has_block(n)]
        if missing:
            raise RunFolderError(
                f"{self.path}: {len(missing)} of {self.header['blocks']} blocks are not there yet",
                hint="continue the run with the same command",
            )
        parts = [pq.read_table(self._block(n) / f"{name}.parquet") for n in range(self.header["blocks"])]
        return pa.concat_tables(parts).unify_dictionaries().combine_chunks()

    def tables(self) -> dict[str, pa.Table]:
        """Read all subject tables."""
        return {name: self.table(name) for name in SUBJECT_TABLES}

    def _block(self, number: int) -> Path:
        return self.path / _BLOCKS / f"{number:05d}"


def checksum(content: Any) -> str:
    """Give the SHA-256 of a JSON-like value in its canonical form."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def create_run(path: Path, header: Mapping[str, Any]) -> RunFolder:
    """Begin a run folder, or continue the one that is there if it is the same run.

    Parameters
    ----------
    path
        Created if missing.
    header
        JSON-like; `fingerprint` decides whether a run is the same.

    Raises
    ------
    RunFolderError
        If the folder holds another run, another version's run, or something else.
    """
    header = {"format": FORMAT, **header}
    if (path / _RUN).exists():
        run = open_run(path)
        if run.header["fingerprint"] != header["fingerprint"]:
            raise RunFolderError(
                f"{path}: holds another run ({_difference(run.header, header)})",
                hint="choose another folder with --out, or remove this one",
            )
        return run
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise RunFolderError(f"{path}: is there and is no run folder", hint="choose another folder with --out")
    try:
        (path / _BLOCKS).mkdir(parents=True, exist_ok=True)
        temporary = path / f".{_RUN}.{os.getpid()}.part"
        temporary.write_text(json.dumps(header, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        temporary.replace(path / _RUN)
    except OSError as error:
        raise _cannot_write(path, error) from error
    return RunFolder(path, header)


def open_run(path: Path) -> RunFolder:
    """Open a run folder.

    Raises
    ------
    RunFolderError
        If it is none, damaged, or of another format.
    """
    try:
        header = json.loads((path / _RUN).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RunFolderError(f"{path}: no run folder, {_RUN} is missing") from error
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{path / _RUN}: cannot be read ({error})") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        found = header.get("format") if isinstance(header, dict) else None
        raise RunFolderError(
            f"{path}: format {found!r}, this version reads {FORMAT}",
            hint="repeat the run with this version, or read it with the version that wrote it",
        )
    return RunFolder(path, header)


def _difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    if old.get("versions") != new.get("versions"):
        return f"written by {old.get('versions')}, this is {new.get('versions')}"
    plans = old.get("plan", {}), new.get("plan", {})
    changed = sorted(key for key in {*plans[0], *plans[1]} if plans[0].get(key) != plans[1].get(key))
    return f"its {', '.join(changed)} differ" if changed else "its inputs differ"


def _cannot_write(path: Path, error: OSError) -> RunFolderError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return RunFolderError(
            f"{path}: the disk is full; what was finished is kept",
            hint="make room and continue with the same command",
        )
    return RunFolderError(f"{path}: cannot be written ({error.strerror or error})")
