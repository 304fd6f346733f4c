"""A run folder is checked byte by byte, and so is what it says of itself."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import cereblon as cb
from cereblon.core.errors import InputError, RunFolderError
from cereblon.core.sealed_json import sealed, unsealed
from cereblon.trials.folder import RunFolder, open_run
from run_headers import rewrite


@pytest.fixture
def copy(small_run: RunFolder, tmp_path: Path) -> Path:
    """A finished run with a file of outcomes, to damage."""
    path = tmp_path / "run"
    shutil.copytree(small_run.path, path)
    open_run(path).write_file("outcomes.parquet", b"what was computed")
    return path


def problems(path: Path) -> list[str]:
    return [f"{one.file} {one.problem}" for one in cb.verify(path).findings]


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_run_as_it_was_written_is_whole(copy: Path) -> None:
    """Three blocks of eight tables and a manifest, run.json, files.json and the outcomes are 30 files."""
    found = cb.verify(copy)
    assert found.is_whole
    assert found.files == 30
    assert "30 files, all are as they were written" in found.text()
    assert found.notes == ()
    assert json.loads(found.to_json())["whole"] is True


def test_the_checksum_is_that_of_plan_and_tables(copy: Path, small_run: RunFolder) -> None:
    """The outcomes do not belong to it: a report that is written again would change it."""
    assert cb.verify(copy).checksum == cb.verify(small_run.path).checksum
    rewrite(copy, draws=3)
    assert cb.verify(copy).checksum != cb.verify(small_run.path).checksum


@pytest.mark.parametrize(
    "name", ["outcomes.parquet", "files.json", "blocks/00001/block.json", "blocks/00002/labs.parquet"]
)
def test_one_bit_is_found(name: str, copy: Path) -> None:
    flip(copy / name)
    (found,) = cb.verify(copy).findings
    assert found.file == name
    assert found.remedy


def test_one_bit_of_the_header_is_refused(copy: Path) -> None:
    flip(copy / "run.json")
    with pytest.raises(RunFolderError, match=r"run\.json: "):
        cb.verify(copy)


def test_what_is_missing_is_found(copy: Path) -> None:
    shutil.rmtree(copy / "blocks/00001")
    (copy / "blocks/00002/events.parquet").unlink()
    (copy / "outcomes.parquet").unlink()
    assert problems(copy) == [
        "blocks/00001 is not there yet",
        "blocks/00002/events.parquet is missing",
        "outcomes.parquet is missing",
    ]


def _plan(path: Path) -> None:
    rewrite(path, plan=unsealed((path / "run.json").read_bytes())["plan"] | {"seed": 4})


def _blocks(path: Path) -> None:
    rewrite(path, blocks=2)
    for number in (0, 1):
        manifest = path / f"blocks/0000{number}/block.json"
        manifest.write_bytes(sealed(unsealed(manifest.read_bytes()) | {"blocks": 2}))


FALSE: dict[str, tuple[Callable[[Path], None], str]] = {
    "another seed": (_plan, "run.json its checksums are those of other plan"),
    "another fingerprint": (lambda path: rewrite(path, fingerprint="00"), "run.json its fingerprint is not that"),
    "another version": (lambda path: rewrite(path, versions={}), "run.json its fingerprint is not that"),
    "a block left out": (_blocks, "run.json 2 blocks of 512 do not hold 1200 subjects"),
    "another name": (
        lambda path: rewrite(path, run_id="other"),
        "blocks/00000/subjects.parquet has rows of another run",
    ),
    "other arms": (
        lambda path: rewrite(path, arms=["vrd"], comparator=None),
        "subjects.parquet has rows of an arm that",
    ),
}


@pytest.mark.parametrize("change", FALSE)
def test_a_header_with_a_checksum_of_its_own_must_still_fit_the_rest(change: str, copy: Path) -> None:
    do, problem = FALSE[change]
    do(copy)
    assert any(problem in found for found in problems(copy))


def test_a_block_with_a_manifest_of_its_own_must_hold_its_subjects(copy: Path) -> None:
    """The tables of block 1 in the place of block 0, with a manifest written for them."""
    one, other = copy / "blocks/00000", copy / "blocks/00001"
    manifest = sealed(unsealed((other / "block.json").read_bytes()) | {"block": 0})
    shutil.rmtree(one)
    shutil.copytree(other, one)
    (one / "block.json").write_bytes(manifest)
    assert "blocks/00000/subjects.parquet has subjects 512 to 1023, which belong to other blocks" in problems(copy)


def test_what_is_no_part_of_a_run_is_named(copy: Path) -> None:
    (copy / "notes.txt").write_text("mine")
    (copy / "blocks/00000/more.parquet").write_text("?")
    found = cb.verify(copy)
    assert found.is_whole
    assert found.notes == ("no part of the run, so not checked: blocks/00000/more.parquet, notes.txt",)


def test_what_is_no_path_is_refused() -> None:
    with pytest.raises(InputError, match="the path of a run folder is needed, got a number"):
        cb.verify(3)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("outcomes.parquet", "1,073,741,824"),
        ("blocks/00000/labs.parquet", "1,073,741,824"),
        ("blocks/00000/block.json", "1,048,576"),
        ("files.json", "67,108,864"),
    ],
)
def test_a_file_without_measure_is_named_before_it_is_read(name: str, most: str, copy: Path) -> None:
    """A file with holes takes no room on the disk of a stranger, and a hundred gigabytes of memory."""
    with (copy / name).open("ab") as file:
        file.truncate(100 * 2**30)
    assert any(found.startswith(name) and f"is larger than {most} bytes" in found for found in problems(copy))


@pytest.mark.parametrize("kind", ["none", "file"])
def test_a_run_without_its_folder_of_blocks_lacks_blocks(kind: str, copy: Path) -> None:
    shutil.rmtree(copy / "blocks")
    if kind == "file":
        (copy / "blocks").write_text("?")
    assert "blocks/00000 is not there yet" in problems(copy)


def test_a_plan_of_another_shape_is_named(copy: Path) -> None:
    rewrite(copy, plan={"arms": 5})
    assert any("its plan cannot be read" in found for found in problems(copy))


def test_more_blocks_than_a_run_can_have_are_not_looked_for(copy: Path) -> None:
    rewrite(copy, blocks=10**12)
    with pytest.raises(RunFolderError, match="blocks cannot be read"):
        cb.verify(copy)
