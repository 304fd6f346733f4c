"""The run folder: refused when it is not the same run, whole after every failure. Nothing is simulated here."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cereblon.core.errors import InputError, RunFolderError
from cereblon.outcomes import best_change, m_protein_courses, swimmer_lanes
from cereblon.trials.comparison import predict
from cereblon.trials.contents import SUMMARISED_TESTS
from cereblon.trials.folder import RunFolder, checksum, create_run, open_run
from cereblon.trials.run import Prepared, header, prepare, run_trial
from cereblon.trials.trial import TrialPlan, change_trial

Write = Callable[..., None]


@pytest.fixture
def copy(small_run: RunFolder, tmp_path: Path) -> Path:
    """A finished run to damage."""
    path = tmp_path / "run"
    shutil.copytree(small_run.path, path)
    return path


def rewrite(path: Path, **changes: Any) -> None:
    """Change what run.json says; None takes a field away."""
    content = json.loads((path / "run.json").read_text(encoding="utf-8")) | changes
    kept = {name: value for name, value in content.items() if value is not None}
    (path / "run.json").write_text(json.dumps(kept), encoding="utf-8")


def part(small_tables: dict[str, pa.Table]) -> dict[str, pa.Table]:
    return {name: table[:5] for name, table in small_tables.items()}


# What the folder says of a run.


def test_the_header_holds_what_repeats_a_run(small_run: RunFolder, small_plan: TrialPlan) -> None:
    written = json.loads((small_run.path / "run.json").read_text(encoding="utf-8"))
    assert written["plan"] == small_plan.model_dump(mode="json")
    assert set(written["versions"]) == {"cereblon", "jax", "jaxlib", "numpy", "model code"}
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
    rewrite(copy, format=2)
    with pytest.raises(RunFolderError, match="format 2, this version reads 1"):
        open_run(copy)


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


@pytest.mark.parametrize("content", [b"", b'{"format": 1, "run_id": "sma', b"\xff\xfe\x00", b"[]", b"null", b"1"])
def test_a_run_json_that_cannot_be_read_is_refused(content: bytes, copy: Path, small_prepared: Prepared) -> None:
    (copy / "run.json").write_bytes(content)
    with pytest.raises(RunFolderError, match=r"run\.json: cannot be read|format None"):
        run_trial(small_prepared, copy)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("fingerprint", None),
        ("run_id", 3),
        ("block_size", "512"),
        ("blocks", None),
        ("plan", "swog-s0777"),
        ("versions", [1]),
    ],
)
def test_a_damaged_field_of_run_json_is_named(field: str, value: Any, copy: Path) -> None:
    rewrite(copy, **{field: value})
    with pytest.raises(RunFolderError, match=f"damaged, {field} cannot be read") as error:
        open_run(copy)
    assert "repeat the run" in str(error.value.hint)


def test_numbers_of_blocks_that_cannot_be_are_damage(copy: Path) -> None:
    rewrite(copy, block_size=0)
    with pytest.raises(RunFolderError, match="damaged"):
        open_run(copy)


def test_a_run_that_is_not_finished_gives_no_tables(copy: Path) -> None:
    shutil.rmtree(copy / "blocks/00001")
    with pytest.raises(RunFolderError, match="1 of 3 blocks are not there yet") as error:
        open_run(copy).table("subjects")
    assert "same command" in str(error.value.hint)


@pytest.mark.parametrize("damage", ["missing", "cut", "foreign"])
def test_a_damaged_table_is_named_with_a_way_out(damage: str, copy: Path, small_prepared: Prepared) -> None:
    file = copy / "blocks/00001/labs.parquet"
    whole = open_run(copy).table("labs")
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:-100])
    else:
        file.unlink()
    if damage == "foreign":
        file.write_text("not a table")
    with pytest.raises(RunFolderError, match=r"00001/labs\.parquet: cannot be read") as error:
        open_run(copy).table("labs")
    assert str(file.parent) in str(error.value.hint)
    shutil.rmtree(file.parent)  # what the hint says
    assert run_trial(small_prepared, copy).table("labs").equals(whole)


# A disk that is full, a folder that cannot be written.


def failing(number: int, at: int, write: Write = pq.write_table) -> Write:
    """Give a writer of tables that fails with an error of the system at its n-th table, after half of it."""
    tables = iter(range(1000))

    def fail(table: pa.Table, path: Path, **options: Any) -> None:
        write(table, path, **options)
        if next(tables) == at:
            path.write_bytes(path.read_bytes()[:50])
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
        full.setattr("cereblon.trials.folder.pq.write_table", failing(number, at=2))
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

    def full(self: Path, *_: object, **__: object) -> int:
        self.touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as disk:
        disk.setattr(Path, "write_text", full)
        with pytest.raises(RunFolderError, match="the disk is full"):
            create_run(path, minimal())
    assert create_run(path, minimal()).run_id == "by-hand"


def test_a_full_disk_at_another_file_keeps_the_old_one(copy: Path) -> None:
    run = open_run(copy)
    (copy / "outcomes.parquet").write_text("old")

    def full(path: Path) -> None:
        path.write_text("ne")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(RunFolderError, match="the disk is full"):
        run.write_file("outcomes.parquet", full)
    assert (copy / "outcomes.parquet").read_text() == "old"
    assert list(copy.glob(".*.part")) == []


def test_a_folder_that_may_not_be_written_is_refused(
    copy: Path, small_tables: dict[str, pa.Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rights do not stop the superuser, so the system's answer is made up."""
    monkeypatch.setattr("cereblon.trials.folder.pq.write_table", failing(errno.EACCES, at=0))
    with pytest.raises(RunFolderError, match=r"cannot be written \(Permission denied\)"):
        open_run(copy).write_block(3, part(small_tables))


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


def test_a_block_that_another_process_wrote_meanwhile_is_no_error(
    tmp_path: Path, small_tables: dict[str, pa.Table]
) -> None:
    """Both computed the same block; the second finds the place taken when it renames its own."""
    run = create_run(tmp_path / "run", minimal())
    run.write_block(0, part(small_tables))
    first = (tmp_path / "run/blocks/00000/labs.parquet").stat().st_ino
    run.write_block(0, part(small_tables))
    assert (tmp_path / "run/blocks/00000/labs.parquet").stat().st_ino == first
    assert [block.name for block in (tmp_path / "run/blocks").iterdir()] == ["00000"]


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
    assert predict(chosen, small_plan, None).rows.equals(predict(small_tables, small_plan, None).rows)
    for read in (best_change, m_protein_courses, swimmer_lanes):
        assert read(chosen).equals(read(small_tables))
