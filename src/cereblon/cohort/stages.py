"""Parts of a build that wait in the folder of the cohort until it is whole, so that a build that was killed goes on.

A part counts where its description names the same source, definition, program and day, and the checksum of each of
its tables; whatever else lies there is made again.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cereblon.cohort.definition import CohortDefinition
from cereblon.core.durable_files import make_folders
from cereblon.core.errors import InputError
from cereblon.core.output import json_text
from cereblon.core.output_files import write_error, write_files
from cereblon.tables.parquet import parquet_bytes

STAGES = ".stages"
"""Folder within that of the cohort; gone once the cohort is whole."""


@dataclass(frozen=True, slots=True)
class BuiltPart:
    """Tables and counts of one step of a build."""

    tables: Mapping[str, pa.Table]
    counts: Mapping[str, int] = field(default_factory=dict)


class Stages:
    """Keeps the parts of a build, or gives those that a build before it kept.

    Parameters
    ----------
    folder
        Of the cohort; None keeps nothing.
    key
        What the parts depend on; parts of another key are made again.
    say
        Is called with a line on each part that is taken from a build before.
    """

    def __init__(
        self, folder: Path | None = None, key: str = "", say: Callable[[str], None] = lambda _: None
    ) -> None:
        self._folder = None if folder is None else folder / STAGES
        self._is_new = folder is not None and not folder.exists()
        self._key = key
        self._say = say

    def keep(self, name: str, make: Callable[[], BuiltPart]) -> BuiltPart:
        """Give a part: as it was kept, or else made now and kept.

        Parameters
        ----------
        name
            Of the part, for its files.
        make
            Makes it.

        Raises
        ------
        InputError
            If it cannot be written.
        """
        if self._folder is None:
            return make()
        kept = self._kept(self._folder, name)
        if kept is not None:
            self._say(f"{name.replace('_', ' ')}: of the build that was stopped")
            return kept
        part = make()
        self._write(self._folder, name, part)
        return part

    def end(self) -> None:
        """Remove the parts, since the cohort is whole or cannot be; with them a folder made for them alone."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            if self._is_new:
                with suppress(OSError):  # the cohort is in it
                    self._folder.parent.rmdir()

    def _kept(self, folder: Path, name: str) -> BuiltPart | None:
        try:
            said = json.loads((folder / f"{name}.json").read_bytes())
            if said["key"] != self._key:
                return None
            tables = {}
            for table, checksum in said["sha256"].items():
                content = (folder / f"{name}.{table}.parquet").read_bytes()
                if sha256(content).hexdigest() != checksum:
                    return None
                tables[table] = pq.read_table(pa.BufferReader(content), use_threads=False)
            return BuiltPart(tables, {str(one): int(count) for one, count in said["counts"].items()})
        except (OSError, ValueError, KeyError, TypeError, AttributeError, pa.ArrowException):
            return None  # missing, cut off or not ours: made again

    def _write(self, folder: Path, name: str, part: BuiltPart) -> None:
        contents = {table: parquet_bytes(rows) for table, rows in part.tables.items()}
        said = {
            "key": self._key,
            "sha256": {table: sha256(content).hexdigest() for table, content in contents.items()},
            "counts": dict(part.counts),
        }
        try:
            make_folders(folder.parent)
            make_folders(folder, mode=0o700)
        except OSError as error:
            raise write_error(folder, error, is_kept=False) from error
        tables = [(folder / f"{name}.{table}.parquet", content) for table, content in contents.items()]
        write_files([(folder / f"{name}.json", json_text(said).encode("utf-8")), *tables])


def stage_key(files: Iterable[Path], definition: CohortDefinition) -> str:
    """Give what the parts of a build depend on: files by size and time of change, definition, program, and today.

    Parameters
    ----------
    files
        Of the source.
    definition
        Of the cohort.

    Raises
    ------
    InputError
        If a file cannot be looked at.
    """
    try:
        states = [(str(path.resolve()), (now := path.stat()).st_size, now.st_mtime_ns) for path in sorted(files)]
    except OSError as error:
        raise InputError(f"{error.filename}: cannot be read ({error.strerror})") from error
    rows_in_the_future_depend_on = date.today().isoformat()
    whole = [states, definition.model_dump(mode="json"), version("cereblon"), rows_in_the_future_depend_on]
    return sha256(json_text(whole).encode("utf-8")).hexdigest()
