"""`cereblon verify` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

from cli_calls import Call, is_one_paragraph


def test_a_whole_run_ends_well(call: Call, finished: Path) -> None:
    answer = call("verify", str(finished))
    assert (answer.code, answer.err) == (0, "")
    assert "28 files, all are as they were written" in answer.out


def test_a_damaged_run_ends_with_one(call: Call, finished: Path) -> None:
    (finished / "blocks/00001/labs.parquet").write_bytes(b"")
    answer = call("verify", str(finished))
    assert answer.code == 1
    assert answer.out.startswith(
        "blocks/00001/labs.parquet: does not have the bytes that were written; repeat the command that made the run"
    )
    answer = call("verify", str(finished), "--json")
    assert answer.code == 1
    assert [row["file"] for row in json.loads(answer.out)["findings"]] == ["blocks/00001/labs.parquet"]


def test_a_folder_that_is_no_run_is_one_paragraph(call: Call, tmp_path: Path) -> None:
    answer = call("verify", str(tmp_path))
    assert (answer.code, answer.out) == (1, "")
    assert is_one_paragraph(answer.err)
