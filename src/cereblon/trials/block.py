"""One block of a run: a Parquet file for each subject table, and a manifest that says which bytes they have."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cereblon.core.durable_files import making_folder, temporary_path
from cereblon.core.sealed_json import BrokenSealError, sealed, unsealed
from cereblon.tables.parquet import parquet_bytes
from cereblon.tables.schemas import SUBJECT_TABLES

MANIFEST = "block.json"
LARGEST_MANIFEST = 2**20
_LARGEST_FILE = 2**30  # the largest table of a block has some hundred megabytes


class DamagedError(ValueError):
    """A file of a run is missing, or has other bytes than were written; the text says which of it."""


def block_contents(tables: Mapping[str, pa.Table]) -> dict[str, bytes]:
    """Give the bytes of the file of each subject table."""
    return {name: parquet_bytes(tables[name]) for name in SUBJECT_TABLES}


@dataclass(frozen=True, kw_only=True)
class BlockPlace:
    """What binds a block to its run.

    Parameters
    ----------
    run
        Fingerprint of the run.
    block, blocks
        Number of the block, and of how many.
    block_size
        Subjects of a block.
    """

    run: str
    block: int
    blocks: int
    block_size: int


@dataclass(frozen=True)
class Block:
    """The folder of a block.

    Parameters
    ----------
    path
        Of the folder.
    place
        That its manifest must name.
    """

    path: Path
    place: BlockPlace

    def is_there(self) -> bool:
        """Tell whether the block is written; whether its bytes are those that were written is another question."""
        return self.path.is_dir()

    def write(self, contents: Mapping[str, bytes]) -> None:
        """Write files and, last, the manifest; the block appears whole and on the disk or not at all.

        Parameters
        ----------
        contents
            From `block_contents`.

        Raises
        ------
        OSError
            If the disk is full, the folder cannot be written, or the block is there.
        """
        with making_folder(self.path) as folder:
            sums = {}
            for name in SUBJECT_TABLES:
                content = contents[name]
                sums[name] = hashlib.sha256(content).hexdigest()
                (folder / f"{name}.parquet").write_bytes(content)
            (folder / MANIFEST).write_bytes(sealed({**asdict(self.place), "tables": sums}))

    def read(self, name: str, chosen: pc.Expression | None = None) -> pa.Table:
        """Read a table, or the chosen rows of it.

        Raises
        ------
        DamagedError
            If its bytes are not those that were written, or the manifest is damaged or that of another block.
        """
        content = self._content(name, self._sums()[name])
        try:
            return pq.read_table(pa.BufferReader(content), schema=SUBJECT_TABLES[name], filters=chosen)
        except (OSError, pa.ArrowException) as error:
            raise DamagedError(f"is no table of {name} ({error})") from error

    def problems(self) -> Iterator[tuple[str, str]]:
        """Give file and problem of everything whose bytes are not those that were written."""
        try:
            sums = self._sums()
        except DamagedError as error:
            yield MANIFEST, str(error)
            return
        for name, wanted in sums.items():
            try:
                self._content(name, wanted)
            except DamagedError as error:
                yield f"{name}.parquet", str(error)

    def remove(self) -> None:
        """Remove the block, with a name that no block has first, so that half of it never stands there.

        Raises
        ------
        OSError
            If it cannot be removed.
        """
        shutil.rmtree(self.path.rename(temporary_path(self.path)))

    def _content(self, name: str, wanted: str) -> bytes:
        content = regular_bytes(self.path / f"{name}.parquet")
        if hashlib.sha256(content).hexdigest() != wanted:
            raise DamagedError("does not have the bytes that were written")
        return content

    def _sums(self) -> Mapping[str, str]:
        try:
            told = unsealed(regular_bytes(self.path / MANIFEST, most=LARGEST_MANIFEST))
        except BrokenSealError as error:
            raise DamagedError(str(error)) from error
        sums = told.pop("tables", None)
        if told != asdict(self.place) or not isinstance(sums, dict) or list(sums) != list(SUBJECT_TABLES):
            raise DamagedError("is that of another block or run")
        return sums


def regular_bytes(path: Path, *, most: int = _LARGEST_FILE) -> bytes:
    """Read a file of a run; what a stranger's folder has in its place, such as a link or a pipe, is not read.

    Raises
    ------
    DamagedError
        If there is none, it is no regular file, is larger than `most` bytes, or cannot be read.
    """
    try:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise DamagedError("is no regular file")
        if path.exists() and path.stat().st_size > most:
            raise DamagedError(f"is larger than {most:,} bytes")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise DamagedError("is missing") from error
    except OSError as error:
        raise DamagedError(f"cannot be read ({error.strerror or error})") from error
