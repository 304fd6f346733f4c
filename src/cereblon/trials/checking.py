"""Check a run folder byte by byte, also one that came from elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cereblon.core.errors import InputError
from cereblon.core.fingerprint import checksum
from cereblon.core.one_writer import LOCK
from cereblon.tables.schemas import SUBJECT_TABLES
from cereblon.trials.block import LARGEST_MANIFEST, MANIFEST, Block, DamagedError, regular_bytes
from cereblon.trials.folder import BLOCKS, FILES, RUN, RunFolder
from cereblon.trials.trial import parse_trial

_AGAIN = "repeat the command that made the run: it simulates what is missing or damaged"
_DERIVED = "cereblon report RUN writes it again"
_ELSEWHERE = "get the run from where it was made again"
_OF_A_BLOCK = (*(f"{name}.parquet" for name in SUBJECT_TABLES), MANIFEST)


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was written.

    Parameters
    ----------
    file
        In the run folder.
    problem, remedy
        What is wrong, and what can be done.
    """

    file: str
    problem: str
    remedy: str


def check_run(run: RunFolder) -> Iterator[Finding]:
    """Give everything in a run folder that is missing, damaged, of another run, or contradicts itself."""
    yield from (Finding(RUN, problem, _ELSEWHERE) for problem in _header_problems(run.header))
    for number, block in enumerate(run.blocks()):
        place = f"{BLOCKS}/{block.path.name}"
        if not block.is_there():
            yield Finding(place, "is not there yet", _AGAIN)
            continue
        found = list(block.problems())
        yield from (Finding(f"{place}/{file}", problem, _AGAIN) for file, problem in found)
        if not found:
            yield from _content_problems(run, number, block, place)
    yield from _other_files(run)


def check_count(run: RunFolder) -> int:
    """Count the files of a run that have a checksum."""
    try:
        derived = len(run.sums()) + 1
    except DamagedError:
        derived = 0
    return 1 + derived + sum(len(_OF_A_BLOCK) for block in run.blocks() if block.is_there())


def run_checksum(run: RunFolder) -> str:
    """Give one checksum of plan and tables; the same run in blocks of the same size has it everywhere."""
    digest = hashlib.sha256(regular_bytes(run.path / RUN))
    for block in run.blocks():
        with suppress(DamagedError):  # told by the check
            digest.update(regular_bytes(block.path / MANIFEST, most=LARGEST_MANIFEST))
    return digest.hexdigest()


def strangers(run: RunFolder) -> list[str]:
    """Name what lies in a run folder and is no part of the run; its bytes are not checked."""
    known = {RUN, BLOCKS, FILES, LOCK} | set(_sums(run))
    found = [entry for entry in run.path.iterdir() if entry.name not in known]
    blocks = {block.path.name for block in run.blocks()}
    for entry in (run.path / BLOCKS).iterdir() if (run.path / BLOCKS).is_dir() else ():
        if entry.name not in blocks:
            found.append(entry)
        elif entry.is_dir():
            found += [inner for inner in entry.iterdir() if inner.name not in _OF_A_BLOCK]
    return sorted(str(entry.relative_to(run.path)) for entry in found)


def _sums(run: RunFolder) -> Mapping[str, str]:
    try:
        return run.sums()
    except DamagedError:
        return {}


def _other_files(run: RunFolder) -> Iterator[Finding]:
    if not (run.path / FILES).exists():
        return  # of a run whose outcomes were not written yet
    try:
        sums = run.sums()
    except DamagedError as error:
        yield Finding(FILES, str(error), _DERIVED)
        return
    for name in sums:
        try:
            run.read_file(name)
        except DamagedError as error:
            yield Finding(name, str(error), _DERIVED)


def _header_problems(header: Mapping[str, Any]) -> Iterator[str]:
    """Compare what a header says with its own checksums: a program that writes a false one must falsify them all."""
    plan, sums = header.get("plan", {}), header.get("checksums", {})
    arms = plan.get("arms", {})
    told = {
        "plan": [plan, list(arms) if isinstance(arms, dict) else arms],
        "regimens": [header.get("regimens"), header.get("run_ins")],
        "rules": header.get("rules"),
    }
    wrong = [name for name, content in told.items() if sums.get(name) != checksum(content)]
    if wrong:
        yield f"its checksums are those of other {' and '.join(wrong)}"
    if header["fingerprint"] != checksum({"inputs": sums, "versions": header.get("versions")}):
        yield "its fingerprint is not that of its checksums and versions"
    try:
        subjects = parse_trial(dict(plan), where=RUN).subjects
    except InputError as error:
        yield f"its plan cannot be read: {error.message}"
        return
    if header["blocks"] != -(-subjects // header["block_size"]):
        yield f"{header['blocks']} blocks of {header['block_size']} do not hold {subjects} subjects"


def _content_problems(run: RunFolder, number: int, block: Block, place: str) -> Iterator[Finding]:
    start = number * run.header["block_size"]
    for name in SUBJECT_TABLES:
        try:
            table = block.read(name)
        except DamagedError as error:
            yield Finding(f"{place}/{name}.parquet", str(error), _ELSEWHERE)
            continue
        for problem in _strange_rows(table, run, start):
            yield Finding(f"{place}/{name}.parquet", problem, _ELSEWHERE)


def _strange_rows(table: pa.Table, run: RunFolder, start: int) -> Iterator[str]:
    if table.num_rows == 0:
        return
    if pc.unique(table["source_id"].cast(pa.string())).to_pylist() != [run.run_id]:
        yield f"has rows of another run than {run.run_id}"
    if set(pc.unique(table["arm"].cast(pa.string())).to_pylist()) - set(run.arms):
        yield "has rows of an arm that the plan does not name"
    ends = pc.min_max(table["subject_id"]).as_py()
    if ends["min"] < start or ends["max"] >= start + run.header["block_size"]:
        yield f"has subjects {ends['min']} to {ends['max']}, which belong to other blocks"
