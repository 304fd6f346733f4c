"""The run folder: what a run needs to be repeated, its blocks, and the files that were made from them.

run.json               plan, arms in their order, comparator, seed, versions, checksums: enough to repeat the run
blocks/00000/*.parquet one Parquet file per subject table
blocks/00000/block.json which bytes they have
files.json             which bytes the files below have
outcomes.parquet       what was computed from the tables
report.html            written last

Everything gets its name when it is whole and on the disk. Temporary names begin with a dot and end with `.part`; what
a killed run leaves of them is removed when the run is continued. The JSON files carry their own checksum.
"""

from __future__ import annotations

import errno
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cereblon.core.durable_files import write_durably
from cereblon.core.errors import RunFolderError
from cereblon.core.one_writer import one_writer
from cereblon.core.sealed_json import BrokenSealError, sealed, unsealed
from cereblon.tables import name_arms
from cereblon.tables.schemas import SUBJECT_TABLES
from cereblon.trials.block import Block, BlockPlace, DamagedError, regular_bytes

FORMAT = 2
FILES = "files.json"
RUN = "run.json"
BLOCKS = "blocks"
_NEEDED: dict[str, type] = {"run_id": str, "fingerprint": str, "block_size": int, "blocks": int}
_PARTS = ("plan", "versions", "checksums")  # what a fingerprint is made of
_LARGEST_JSON = 64 * 2**20
MOST_BLOCKS = 100_000
"""Their names have five digits; in blocks of the usual size a run of 200 million subjects has as many."""


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

    def block(self, number: int) -> Block:
        """Give the folder of a block, whether it is there or not."""
        place = BlockPlace(
            run=self.header["fingerprint"],
            block=number,
            blocks=self.header["blocks"],
            block_size=self.header["block_size"],
        )
        return Block(self.path / BLOCKS / f"{number:05d}", place)

    def blocks(self) -> Iterator[Block]:
        """Give all blocks, those that are not there yet too."""
        return (self.block(number) for number in range(self.header["blocks"]))

    def write_block(self, number: int, contents: Mapping[str, bytes]) -> None:
        """Write one block; a kill, a power cut or a full disk leaves the whole block or none of it.

        Parameters
        ----------
        number
            Of the block.
        contents
            From `block_contents`.

        Raises
        ------
        RunFolderError
            If the disk is full, the folder cannot be written, or the block is there.
        """
        try:
            self.block(number).write(contents)
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def remove_damaged_blocks(self) -> dict[int, str]:
        """Remove the blocks whose bytes are not those that were written, and say by number what was wrong.

        Raises
        ------
        RunFolderError
            If a block cannot be removed.
        """
        found: dict[int, str] = {}
        for number, block in enumerate(self.blocks()):
            problem = next(block.problems(), None) if block.is_there() else None
            if problem is not None:
                found[number] = " ".join(problem)
                try:
                    block.remove()
                except OSError as error:
                    raise cannot_write(self.path, error) from error
        return found

    def write_file(self, name: str, content: bytes) -> Path:
        """Write one more file of the run, and its checksum; it appears whole and on the disk, or not at all.

        Parameters
        ----------
        name
            Of the file in the run folder.
        content
            All of it.

        Raises
        ------
        RunFolderError
            If the disk is full, the folder cannot be written, or another process writes it.
        """
        try:
            with one_writer(self.path):
                write_durably(self.path / name, content)
                sums = {**self._sums_or_none(), name: hashlib.sha256(content).hexdigest()}
                write_durably(self.path / FILES, sealed({"run": self.header["fingerprint"], "files": sums}))
        except OSError as error:
            raise cannot_write(self.path, error) from error
        return self.path / name

    def read_file(self, name: str) -> bytes:
        """Read a file that `write_file` wrote.

        Raises
        ------
        DamagedError
            If it is missing, or its bytes or those of `files.json` are not what was written.
        """
        content = regular_bytes(self.path / name)
        if hashlib.sha256(content).hexdigest() != self.sums().get(name):
            raise DamagedError("does not have the bytes that were written")
        return content

    def sums(self) -> Mapping[str, str]:
        """Give the SHA-256 of each file that `write_file` wrote.

        Raises
        ------
        DamagedError
            If `files.json` is damaged, or that of another run.
        """
        try:
            told = unsealed(regular_bytes(self.path / FILES, most=_LARGEST_JSON))
        except BrokenSealError as error:
            raise DamagedError(f"cannot be checked, since {FILES} {error}") from error
        except DamagedError as error:
            raise DamagedError(f"cannot be checked, since {FILES} {error}") from error
        sums = told.get("files")
        if told.get("run") != self.header["fingerprint"] or not isinstance(sums, dict):
            raise DamagedError(f"cannot be checked, since {FILES} is that of another run")
        if not all(name == Path(name).name and isinstance(wanted, str) for name, wanted in sums.items()):
            raise DamagedError(f"cannot be checked, since {FILES} names what no run has")
        return sums

    def _sums_or_none(self) -> Mapping[str, str]:
        try:
            return self.sums()
        except DamagedError:
            return {}  # what it listed is written again by the commands that wrote it

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
        self.refuse_unfinished()
        chosen = pc.field("test").isin(list(tests)) if tests is not None else None
        parts = [self._read(block, name, chosen) for block in self.blocks()]
        return self._with_arms(pa.concat_tables(parts).unify_dictionaries().combine_chunks())

    def tables(self, *, tests: Sequence[str] | None = None) -> dict[str, pa.Table]:
        """Read all subject tables; of `labs` only some tests, if `tests` names them."""

        def read(name: str) -> pa.Table:
            return self.table(name, tests=tests if name == "labs" else None)

        with ThreadPoolExecutor(max_workers=2) as pool:
            return dict(zip(SUBJECT_TABLES, pool.map(read, SUBJECT_TABLES), strict=True))

    def block_tables(
        self,
        number: int,
        names: Sequence[str] = tuple(SUBJECT_TABLES),
        *,
        tests: Sequence[str] | None = None,
        subjects: Sequence[int] | None = None,
    ) -> dict[str, pa.Table]:
        """Read subject tables of one block.

        Parameters
        ----------
        number
            Of the block.
        names
            Of the tables.
        tests
            For `labs`: the tests to read; all unless given.
        subjects
            Whose rows to read; everybody's unless given.

        Raises
        ------
        RunFolderError
            If the block is not there yet, or a file of it is damaged.
        """
        tables = {}
        for name in names:
            chosen = None if subjects is None else pc.field("subject_id").isin(list(subjects))
            if name == "labs" and tests is not None:
                of_tests = pc.field("test").isin(list(tests))
                chosen = of_tests if chosen is None else chosen & of_tests
            tables[name] = self._with_arms(self._read(self.block(number), name, chosen))
        return tables

    def refuse_unfinished(self) -> None:
        """Refuse a run whose blocks are not all there.

        Raises
        ------
        RunFolderError
            Saying how many are missing.
        """
        missing = sum(not block.is_there() for block in self.blocks())
        if missing:
            raise RunFolderError(
                f"{self.path}: {missing} of {self.header['blocks']} blocks are not there yet",
                hint="continue the run with the same command",
            )

    def _with_arms(self, table: pa.Table) -> pa.Table:
        return name_arms(table, self.arms, comparator=self.comparator) if self.arms else table

    def _read(self, block: Block, name: str, chosen: pc.Expression | None) -> pa.Table:
        try:
            return block.read(name, chosen)
        except DamagedError as error:
            raise RunFolderError(
                f"{block.path / name}.parquet: cannot be used, {error}",
                hint="repeat the command that made the run: it simulates that block again, and no other",
            ) from error


class DamagedRunError(RunFolderError):
    """`run.json` does not have the bytes that were written."""


def open_run(path: Path) -> RunFolder:
    """Open a run folder.

    Raises
    ------
    RunFolderError
        If it is none, damaged, or of another format.
    """
    header = _header(path)
    if header.get("format") != FORMAT:
        raise _other_format(path, header.get("format"))
    arms, comparator = header.get("arms", []), header.get("comparator")
    damaged = [] if isinstance(arms, list) and all(isinstance(arm, str) for arm in arms) else ["arms"]
    damaged += [] if damaged or comparator is None or comparator in arms else ["comparator"]
    damaged += [name for name, kind in _NEEDED.items() if not isinstance(header.get(name), kind)]
    damaged += [name for name in _PARTS if not isinstance(header.get(name, {}), dict)]
    if damaged or header["block_size"] < 1 or not 1 <= header["blocks"] <= MOST_BLOCKS:
        raise RunFolderError(
            f"{path / RUN}: {', '.join(damaged or ['blocks'])} cannot be read",
            hint="it was not written by this program; repeat the run in another folder",
        )
    return RunFolder(path, header)


def _header(path: Path) -> dict[str, Any]:
    try:
        if not (path / RUN).exists():
            raise RunFolderError(f"{path}: no run folder, {RUN} is missing")
    except OSError as error:  # a name that is too long, a folder that is closed
        raise RunFolderError(f"{path}: no run folder ({error.strerror or error})") from error
    try:
        raw = regular_bytes(path / RUN, most=_LARGEST_JSON)
    except DamagedError as error:
        raise RunFolderError(f"{path / RUN}: {error}") from error
    try:
        return unsealed(raw)
    except BrokenSealError as error:
        if (found := _format_without_seal(raw)) is not None:
            raise _other_format(path, found) from error
        raise DamagedRunError(
            f"{path / RUN}: {error}",
            hint="repeat the command that made the run: it keeps the blocks that are whole",
        ) from error


def _format_without_seal(raw: bytes) -> object:
    """Give the format of a header from before checksums; None of any other."""
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return content.get("format") if isinstance(content, dict) and "sha256" not in content else None


def _other_format(path: Path, found: object) -> RunFolderError:
    before = ", from before tables had checksums" if found == 1 else ""
    return RunFolderError(
        f"{path}: format {found!r}{before}, this version reads {FORMAT}",
        hint="repeat the run in another folder; any program that knows Parquet reads the tables under blocks",
    )


def cannot_write(path: Path, error: OSError) -> RunFolderError:
    """Give the refusal of the system as an error that says what is safe."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return RunFolderError(
            f"{path}: the disk is full; what was finished is kept",
            hint="make room and continue with the same command",
        )
    return RunFolderError(f"{path}: cannot be written ({error.strerror or error})")
