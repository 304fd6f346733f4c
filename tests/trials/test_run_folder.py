"""The run folder: refused when it is not the same run, whole after every failure. Nothing is simulated here."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from cereblon.core.errors import InputError, RunFolderError
from cereblon.core.fingerprint import checksum
from cereblon.core.sealed_json import sealed
from cereblon.outcomes import best_change, m_protein_courses, swimmer_lanes
from cereblon.trials.beginning import create_run, writing_run
from cereblon.trials.block import DamagedError, block_contents
from cereblon.trials.comparison import predict
from cereblon.trials.folder import RunFolder, open_run
from cereblon.trials.run import Prepared, header, prepare
from cereblon.trials.run_counts import SUMMARISED_TESTS, count_tables
from cereblon.trials.running import run_trial
from cereblon.trials.trial import TrialPlan, change_trial
from run_headers import rewrite

Write = Callable[[Path, bytes], int]


@pytest.fixture
def copy(small_run: RunFolder, tmp_path: Path) -> Path:
    """A finished run to damage."""
    path = tmp_path / "run"
    shutil.copytree(small_run.path, path)
    return path


def part(small_tables: dict[str, pa.Table]) -> dict[str, pa.Table]:
    return {name: table[:5] for name, table in small_tables.items()}


# What the folder says of a run.


def test_the_header_holds_what_repeats_a_run(small_run: RunFolder, small_plan: TrialPlan) -> None:
    written = json.loads((small_run.path / "run.json").read_text(encoding="utf-8"))
    # Without a design the header does not name one, so that runs from before there were designs are the same runs.
    assert written["plan"] == small_plan.model_dump(mode="json", exclude={"design"})
    assert set(written["versions"]) == {"cereblon", "jax", "jaxlib", "numpy", "model code", "kernel"}
    assert set(written["checksums"]) == {"plan", "regimens", "population", "parameters", "rules"}
    assert written["plan"]["seed"] == 3
    assert written["parameter_draw"] == "point estimate"
    assert [line["id"] for line in written["regimens"]["rd"]] == ["rd18", "dex-high"]


def test_a_checksum_does_not_depend_on_the_order_of_keys() -> None:
    assert checksum({"a": 1, "b": [2, 3]}) == checksum({"b": [2, 3], "a": 1})
    assert checksum({"a": 1}) != checksum({"a": 2})


def test_the_block_size_is_not_part_of_what_makes_a_run_the_same(small_prepared: Prepared) -> None:
    assert header(small_prepared, 512)["fingerprint"] == header(small_prepared, 4096)["fingerprint"]


# Another run in the folder.


def test_another_plan_is_refused_and_what_differs_is_named(copy: Path, small_plan: TrialPlan) -> None:
    other = prepare(change_trial(small_plan, seed=4, replicates=61))
    with pytest.raises(
        RunFolderError, match=r"another run \(its plan has replicates 60, not 61; seed 3, not 4\)"
    ) as e:
        run_trial(other, copy)
    assert "--out" in str(e.value.hint)


def test_a_long_difference_is_cut_short(copy: Path, small_plan: TrialPlan) -> None:
    other = small_plan.model_copy(update={"title": "A title that goes on and on, longer than anybody would read"})
    with pytest.raises(RunFolderError, match=r"not A title that goes on and on, longer t\.\.\.\)"):
        run_trial(prepare(other), copy)


def test_another_version_is_refused_by_its_number(copy: Path, small_prepared: Prepared) -> None:
    versions = json.loads((copy / "run.json").read_text(encoding="utf-8"))["versions"]
    rewrite(copy, versions=versions | {"cereblon": "0.0.1"}, fingerprint="older")
    with pytest.raises(RunFolderError, match=r"written by cereblon 0\.0\.1, not 0\.1"):
        run_trial(small_prepared, copy)


def test_the_kernel_that_began_a_run_continues_it(
    copy: Path, small_prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = json.loads((copy / "run.json").read_text(encoding="utf-8"))["versions"]["kernel"]
    monkeypatch.setattr("cereblon.trials.run.chosen_kernel", lambda: "another")
    with pytest.raises(RunFolderError, match=f"written by kernel {began}, not another") as e:
        run_trial(small_prepared, copy)
    assert f"set CEREBLON_KERNEL={began} to continue it" in str(e.value.hint)


def test_other_code_of_the_same_version_is_refused(
    copy: Path, small_prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cereblon.trials.run.model_code", lambda: "edited")
    with pytest.raises(RunFolderError, match=r"written by model code [0-9a-f]{12}, not edited"):
        run_trial(small_prepared, copy)


def test_other_inputs_are_refused_by_name(copy: Path, small_prepared: Prepared) -> None:
    """The plan is the same word by word; a parameter file of the package has changed in between."""
    checksums = json.loads((copy / "run.json").read_text(encoding="utf-8"))["checksums"]
    rewrite(copy, checksums=checksums | {"parameters": "older"}, fingerprint="older")
    with pytest.raises(RunFolderError, match=r"other inputs: parameters\)"):
        run_trial(small_prepared, copy)


def test_another_format_is_refused(copy: Path) -> None:
    rewrite(copy, format=3)
    with pytest.raises(RunFolderError, match="format 3, this version reads 2"):
        open_run(copy)


def test_a_run_from_before_checksums_is_refused_with_what_can_be_done(copy: Path, small_prepared: Prepared) -> None:
    (copy / "run.json").write_text('{"format": 1, "run_id": "old", "fingerprint": "old"}')
    for use in (open_run, lambda path: run_trial(small_prepared, path)):
        with pytest.raises(RunFolderError, match="format 1, from before tables had checksums") as error:
            use(copy)
        assert "any program that knows Parquet reads the tables" in str(error.value.hint)


# What is no run folder, or a damaged one.


def test_a_foreign_folder_is_refused_and_left_alone(tmp_path: Path, small_prepared: Prepared) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(RunFolderError, match="is there and is no run folder"):
        run_trial(small_prepared, tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("foreign", ["blocks/00000/subjects.parquet", ".run.json.old", "blocks"])
def test_a_folder_that_looks_a_little_like_a_run_is_foreign_too(
    foreign: str, tmp_path: Path, small_prepared: Prepared
) -> None:
    (tmp_path / foreign).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / foreign).write_text("mine")
    with pytest.raises(RunFolderError, match="is no run folder"):
        run_trial(small_prepared, tmp_path)


def test_a_file_is_no_run_folder(tmp_path: Path, small_prepared: Prepared) -> None:
    (tmp_path / "run").write_text("mine")
    with pytest.raises(RunFolderError, match="is there and is no run folder"):
        run_trial(small_prepared, tmp_path / "run")


def test_an_empty_folder_becomes_a_run(tmp_path: Path) -> None:
    assert create_run(tmp_path, minimal()).run_id == "by-hand"


def test_a_kill_before_run_json_stood_there_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "blocks").mkdir()
    (tmp_path / ".run.json.1.part").write_text('{"format": 1, "run_')
    create_run(tmp_path, minimal())
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["blocks", "run.json"]


def minimal() -> dict[str, Any]:
    return {"run_id": "by-hand", "fingerprint": "by-hand", "blocks": 1, "block_size": 512}


def test_a_folder_without_run_json_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"no run folder, run\.json is missing"):
        open_run(tmp_path)


DAMAGED = [b"", b'{"format": 1, "run_id": "sma', b"\xff\xfe\x00", b"[]", b"null", b"1", b"[" * 100_000]


@pytest.mark.parametrize("content", DAMAGED)
def test_a_run_json_that_cannot_be_read_is_refused(content: bytes, copy: Path) -> None:
    (copy / "run.json").write_bytes(content)
    with pytest.raises(RunFolderError, match=r"run\.json: is no JSON with its checksum") as error:
        open_run(copy)
    assert "it keeps the blocks that are whole" in str(error.value.hint)


@pytest.mark.parametrize("content", DAMAGED[:2])
def test_a_damaged_run_json_is_written_again_beside_whole_blocks(
    content: bytes, copy: Path, small_prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run keeps the size of its blocks, 512, though this call would make one block of them all."""
    monkeypatch.setattr("cereblon.trials.engines.simulate_block", lambda *_, **__: pytest.fail("simulated again"))
    whole = (copy / "run.json").read_bytes()
    (copy / "run.json").write_bytes(content)
    said: list[str] = []
    run_trial(small_prepared, copy, block_size=2048, say=said.append)
    assert (copy / "run.json").read_bytes() == whole
    assert said == [f"{copy}/run.json: is no JSON with its checksum; it is written again"]


def test_a_damaged_run_json_beside_blocks_of_another_run_is_left_alone(copy: Path, small_plan: TrialPlan) -> None:
    (copy / "run.json").write_bytes(b"")
    with pytest.raises(RunFolderError, match="no JSON with its checksum"):
        run_trial(prepare(change_trial(small_plan, seed=4)), copy)
    assert (copy / "run.json").read_bytes() == b""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("fingerprint", None),
        ("run_id", 3),
        ("block_size", "512"),
        ("blocks", None),
        ("plan", "swog-s0777"),
        ("versions", [1]),
        ("arms", 5),
        ("arms", ["dex", 5]),
    ],
)
def test_a_damaged_field_of_run_json_is_named(field: str, value: Any, copy: Path) -> None:
    rewrite(copy, **{field: value})
    with pytest.raises(RunFolderError, match=f"{field} cannot be read") as error:
        open_run(copy)
    assert "repeat the run" in str(error.value.hint)


def test_numbers_of_blocks_that_cannot_be_are_damage(copy: Path) -> None:
    rewrite(copy, block_size=0)
    with pytest.raises(RunFolderError, match="blocks cannot be read"):
        open_run(copy)


def test_a_run_that_is_not_finished_gives_no_tables(copy: Path) -> None:
    shutil.rmtree(copy / "blocks/00001")
    with pytest.raises(RunFolderError, match="1 of 3 blocks are not there yet") as error:
        open_run(copy).table("subjects")
    assert "same command" in str(error.value.hint)


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def swap(one: Path, other: Path) -> None:
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "table missing": (lambda block: (block / "labs.parquet").unlink(), r"labs\.parquet is missing"),
    "table cut": (lambda block: os.truncate(block / "labs.parquet", 9000), r"labs\.parquet does not have the bytes"),
    "table flipped": (lambda block: flip(block / "labs.parquet"), r"labs\.parquet does not have the bytes"),
    "tables of two blocks swapped": (
        lambda block: swap(block / "labs.parquet", block.parent / "00000" / "labs.parquet"),
        r"labs\.parquet does not have the bytes",
    ),
    "blocks swapped": (
        lambda block: [swap(file, block.parent / "00000" / file.name) for file in block.iterdir()],
        r"block\.json is that of another block or run",
    ),
    "manifest missing": (lambda block: (block / "block.json").unlink(), r"block\.json is missing"),
    "manifest flipped": (lambda block: flip(block / "block.json"), r"block\.json (does not have|is no JSON)"),
    "a link for a table": (
        lambda block: (block / "labs.parquet").rename(block / "x") and (block / "labs.parquet").symlink_to("x"),
        r"labs\.parquet is no regular file",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_block_is_refused_and_simulated_again_with_a_word(
    damage: str, copy: Path, small_prepared: Prepared, small_tables: dict[str, pa.Table]
) -> None:
    do, problem = DAMAGES[damage]
    do(copy / "blocks/00001")
    with pytest.raises(RunFolderError, match=r"0000[01]/labs\.parquet: cannot be used, ") as error:
        open_run(copy).table("labs")
    assert "it simulates that block again, and no other" in str(error.value.hint)
    said: list[str] = []
    again = run_trial(small_prepared, copy, say=said.append).tables()
    both = "swapped" in damage
    assert len(said) == 1 + both
    assert re.search(rf"block 1 is damaged \({problem}.*\) and is simulated again", said[-1])
    assert [name for name, table in small_tables.items() if not again[name].equals(table)] == []


# A disk that is full, a folder that cannot be written.


def failing(number: int, at: int, write: Write = Path.write_bytes) -> Write:
    """Give a writer of tables that fails with an error of the system at its n-th table, after half of it."""
    tables = iter(range(1000))

    def fail(path: Path, content: bytes) -> int:
        if next(tables) != at:
            return write(path, content)
        write(path, content[: len(content) // 2])
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_keeps_finished_blocks_and_the_same_command_goes_on(
    number: int,
    copy: Path,
    small_prepared: Prepared,
    small_tables: dict[str, pa.Table],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.rmtree(copy / "blocks/00002")
    with monkeypatch.context() as full:
        full.setattr(Path, "write_bytes", failing(number, at=2))
        with pytest.raises(RunFolderError, match="the disk is full; what was finished is kept") as error:
            run_trial(small_prepared, copy)
    assert "continue with the same command" in str(error.value.hint)
    assert sorted(block.name for block in (copy / "blocks").iterdir()) == ["00000", "00001"]
    again = run_trial(small_prepared, copy).tables()
    assert [name for name, table in small_tables.items() if not again[name].equals(table)] == []


def test_a_full_disk_at_run_json_leaves_nothing_that_stands_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run"

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(RunFolderError, match="the disk is full"):
            create_run(path, minimal())
    assert create_run(path, minimal()).run_id == "by-hand"


def test_a_full_disk_at_another_file_keeps_the_old_one(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = open_run(copy)
    run.write_file("outcomes.parquet", b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunFolderError, match="the disk is full"):
        run.write_file("outcomes.parquet", b"new")
    assert run.read_file("outcomes.parquet") == b"old"
    assert list(copy.glob(".*.part")) == []


@pytest.mark.parametrize("name", ["outcomes.parquet", "files.json"])
def test_another_file_of_a_run_is_checked_too(name: str, copy: Path) -> None:
    run = open_run(copy)
    run.write_file("outcomes.parquet", b"what was computed")
    flip(copy / name)
    with pytest.raises(DamagedError, match="does not have the bytes that were written"):
        run.read_file("outcomes.parquet")
    run.write_file("outcomes.parquet", b"computed again")
    assert run.read_file("outcomes.parquet") == b"computed again"


def test_a_folder_that_may_not_be_written_is_refused(
    copy: Path, small_tables: dict[str, pa.Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rights do not stop the superuser, so the system's answer is made up."""
    monkeypatch.setattr(Path, "write_bytes", failing(errno.EACCES, at=0))
    with pytest.raises(RunFolderError, match=r"cannot be written \(Permission denied\)"):
        open_run(copy).write_block(3, block_contents(part(small_tables)))


@pytest.mark.skipif(os.geteuid() == 0, reason="rights do not stop the superuser")
def test_a_read_only_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(RunFolderError, match="Permission denied"):
        create_run(tmp_path / "run", minimal())


def test_a_folder_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(RunFolderError, match="cannot be written"):
        create_run(tmp_path / "file" / "run", minimal())


# Two processes in one folder.


def test_a_block_that_is_there_is_not_replaced(tmp_path: Path, small_tables: dict[str, pa.Table]) -> None:
    run = create_run(tmp_path / "run", minimal())
    run.write_block(0, block_contents(part(small_tables)))
    with pytest.raises(RunFolderError, match="cannot be written"):
        run.write_block(0, block_contents(part(small_tables)))
    assert [block.name for block in (tmp_path / "run/blocks").iterdir()] == ["00000"]


def test_a_run_that_another_process_writes_is_refused(copy: Path, small_prepared: Prepared) -> None:
    """The other process holds the lock in another thread, for which the system treats it as a stranger."""
    with ThreadPoolExecutor(1) as pool, writing_run(copy):
        for use in (lambda: run_trial(small_prepared, copy), lambda: open_run(copy).write_file("x", b"")):
            with pytest.raises(RunFolderError, match=f"is being written by process {os.getpid()} on .* since 20"):
                pool.submit(use).result()
    run_trial(small_prepared, copy)


def test_a_block_size_that_batches_do_not_fill_is_refused(small_prepared: Prepared, tmp_path: Path) -> None:
    for size in (0, -512, 100, 513):
        with pytest.raises(InputError, match=f"block size {size} is not a multiple of 512"):
            run_trial(small_prepared, tmp_path / "run", block_size=size)
    assert not (tmp_path / "run").exists()


# What a summary reads.


def test_a_summary_needs_the_laboratory_rows_that_it_is_given_and_no_others(
    small_run: RunFolder, small_plan: TrialPlan, small_tables: dict[str, pa.Table]
) -> None:
    chosen = small_run.tables(tests=SUMMARISED_TESTS)
    assert set(chosen["labs"]["test"].to_pylist()) <= set(SUMMARISED_TESTS)
    assert chosen["labs"].num_rows < small_tables["labs"].num_rows
    predicted = [predict(count_tables(tables, small_plan, None), small_plan) for tables in (chosen, small_tables)]
    assert predicted[0].rows.equals(predicted[1].rows)
    for read in (best_change, m_protein_courses, swimmer_lanes):
        assert read(chosen).equals(read(small_tables))


@pytest.mark.parametrize("files", [[1], "x", {"report.html": 5}, {"../x": "0"}, {"a": ["b"]}, None])
def test_a_list_of_files_that_somebody_made_up_is_refused_and_written_again(files: object, copy: Path) -> None:
    run = open_run(copy)
    run.write_file("report.html", b"<p>")
    (copy / "files.json").write_bytes(sealed({"run": run.header["fingerprint"], "files": files}))
    with pytest.raises(DamagedError, match="cannot be checked"):
        run.sums()
    run.write_file("report.html", b"<p>")
    assert run.read_file("report.html") == b"<p>"


def test_a_name_that_no_folder_can_have_is_refused() -> None:
    for name in ("x" * 5000, "a\0b"):
        with pytest.raises(RunFolderError, match="no run folder"):
            open_run(Path(name))
        with pytest.raises(RunFolderError), writing_run(Path(name)):
            pass
