"""The run folder: one folder per block, written under a temporary name and renamed when whole.

run.json               plan, arms in their order, comparator, seed, versions, checksums: enough to repeat the run
blocks/00000/*.parquet one Parquet file per subject table
outcomes.parquet       what was computed from them
report.html            written last

Temporary names begin with a dot and end with `.part`; what a killed run leaves of them is removed when the run is
continued.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cereblon.core.errors import RunFolderError
from cereblon.tables import name_arms
from cereblon.tables.schemas import SUBJECT_TABLES

FORMAT = 1
_RUN = "run.json"
_BLOCKS = "blocks"
_NEEDED: dict[str, type] = {"run_id": str, "fingerprint": str, "block_size": int, "blocks": int}
_PARTS = ("plan", "versions", "checksums")  # what a fingerprint is made of


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

    @property
    def arms(self) -> tuple[str, ...]:
        """Arms in the order of the trial file."""
        plan = self.header.get("plan", {})
        return tuple(self.header.get("arms", plan.get("arms", ())))

    @property
    def comparator(self) -> str | None:
        """Arm that the others are read over; None in a run of one arm, and of a version that did not name it."""
        return self.header.get("comparator")

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
            if not self.has_block(number):  # another process may have written the same block meanwhile
                raise _cannot_write(self.path, error) from error
        for left in final.parent.glob(f".{final.name}.*.part"):
            shutil.rmtree(left, ignore_errors=True)

    def write_file(self, name: str, write: Callable[[Path], None]) -> Path:
        """Write one more file of the run; it appears whole or not at all.

        Parameters
        ----------
        name
            Of the file in the run folder.
        write
            Writes to the path that it is given.

        Raises
        ------
        RunFolderError
            If the disk is full or the folder cannot be written.
        """
        temporary = self.path / f".{name}.{os.getpid()}.part"
        try:
            write(temporary)
            temporary.replace(self.path / name)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise _cannot_write(self.path, error) from error
        return self.path / name

    def table(self, name: str, *, tests: Sequence[str] | None = None) -> pa.Table:
        """Read one subject table of the whole run, rows ordered by subject; it knows the order of the arms.

        Parameters
        ----------
        name
            Of the table.
        tests
            For `labs`: the tests to read; all unless given. Half of a run's memory is blood counts, which no summary
            needs.

        Raises
        ------
        RunFolderError
            If the run is not complete, or a file of it is damaged.
        """
        missing = [n for n in range(self.header["blocks"]) if not self.has_block(n)]
        if missing:
            raise RunFolderError(
                f"{self.path}: {len(missing)} of {self.header['blocks']} blocks are not there yet",
                hint="continue the run with the same command",
            )
        chosen = pc.field("test").isin(list(tests)) if tests is not None else None
        parts = [self._read(n, name, chosen) for n in range(self.header["blocks"])]
        return self._with_arms(pa.concat_tables(parts).unify_dictionaries().combine_chunks())

    def tables(self, *, tests: Sequence[str] | None = None) -> dict[str, pa.Table]:
        """Read all subject tables; of `labs` only some tests, if `tests` names them."""

        def read(name: str) -> pa.Table:
            return self.table(name, tests=tests if name == "labs" else None)

        with ThreadPoolExecutor(max_workers=2) as pool:
            return dict(zip(SUBJECT_TABLES, pool.map(read, SUBJECT_TABLES), strict=True))

    def block(self, number: int) -> dict[str, pa.Table]:
        """Read all subject tables of one block, counts included.

        Raises
        ------
        RunFolderError
            If a file of it is damaged.
        """
        return {name: self._with_arms(self._read(number, name, None)) for name in SUBJECT_TABLES}

    def _with_arms(self, table: pa.Table) -> pa.Table:
        return name_arms(table, self.arms, comparator=self.comparator) if self.arms else table

    def _read(self, number: int, name: str, chosen: pc.Expression | None) -> pa.Table:
        path = self._block(number) / f"{name}.parquet"
        try:
            return pq.read_table(path, schema=SUBJECT_TABLES[name], filters=chosen)
        except (OSError, pa.ArrowException) as error:
            raise RunFolderError(
                f"{path}: cannot be read ({error})",
                hint=f"remove {path.parent} and repeat the command: only that block is simulated again",
            ) from error

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
    try:
        if (path / _RUN).exists():
            return _same_run(open_run(path), header)
        if path.exists() and not _only_begun(path):
            raise RunFolderError(f"{path}: is there and is no run folder", hint="choose another folder with --out")
        (path / _BLOCKS).mkdir(parents=True, exist_ok=True)
        temporary = path / f".{_RUN}.{os.getpid()}.part"
        temporary.write_text(json.dumps(header, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        temporary.replace(path / _RUN)
        _remove_left_files(path)
    except OSError as error:
        raise _cannot_write(path, error) from error
    return RunFolder(path, header)


def _same_run(run: RunFolder, header: Mapping[str, Any]) -> RunFolder:
    if run.header["fingerprint"] != header["fingerprint"]:
        raise RunFolderError(
            f"{run.path}: holds another run ({_difference(run.header, header)})",
            hint="choose another folder with --out, or remove this one",
        )
    _remove_left_files(run.path)
    return run


def _remove_left_files(path: Path) -> None:
    """Remove what a killed run was writing beside the blocks."""
    for left in path.glob(".*.part"):
        left.unlink(missing_ok=True)


def _only_begun(path: Path) -> bool:
    """Tell whether a folder is empty, or holds no more than a run that was killed before run.json stood there."""
    if not path.is_dir():
        return False
    return all(
        (entry.name == _BLOCKS and entry.is_dir() and not any(entry.iterdir()))
        or (entry.name.startswith(f".{_RUN}.") and entry.name.endswith(".part"))
        for entry in path.iterdir()
    )


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
    arms, comparator = header.get("arms", []), header.get("comparator")
    damaged = [] if isinstance(arms, list) and all(isinstance(arm, str) for arm in arms) else ["arms"]
    damaged += [] if comparator is None or comparator in arms else ["comparator"]
    damaged += [name for name, kind in _NEEDED.items() if not isinstance(header.get(name), kind)]
    damaged += [name for name in _PARTS if not isinstance(header.get(name, {}), dict)]
    if damaged or header["block_size"] < 1 or header["blocks"] < 1:
        raise RunFolderError(
            f"{path / _RUN}: damaged, {', '.join(damaged or ['blocks'])} cannot be read",
            hint="remove the folder and repeat the run",
        )
    return RunFolder(path, header)


def _difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    for part, text in (("versions", "written by"), ("plan", "its plan has"), ("checksums", "other inputs:")):
        before, now = old.get(part, {}), new.get(part, {})
        changed = [key for key in {**now, **before} if before.get(key) != now.get(key)]
        told = [f"{key} {_short(before.get(key))}, not {_short(now.get(key))}" for key in changed]
        if changed:
            return f"{text} {', '.join(changed) if part == 'checksums' else '; '.join(told)}"
    return "its inputs differ"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _cannot_write(path: Path, error: OSError) -> RunFolderError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return RunFolderError(
            f"{path}: the disk is full; what was finished is kept",
            hint="make room and continue with the same command",
        )
    return RunFolderError(f"{path}: cannot be written ({error.strerror or error})")
