"""`cereblon export` as a user meets it."""

from __future__ import annotations

import errno
import itertools
import json
import os
from pathlib import Path

import pytest
from cli_calls import Call, is_one_paragraph

from cereblon.tables.adam import read_dataset_json, read_transport


def test_a_trial_of_a_run_is_written_and_read_back(call: Call, finished: Path, tmp_path: Path) -> None:
    answer = call("export", str(finished), str(tmp_path / "adam"), "--json")
    assert answer.code == 0
    assert "no dates" in answer.err
    files = {row["dataset"]: row for row in json.loads(answer.out)["files"]}
    assert list(files) == ["ADSL", "ADTTE", "ADRS", "ADLB", "ADEX", "ADAE"]
    for row in files.values():
        found = read_dataset_json((tmp_path / "adam" / row["file"]).read_text(), where=row["file"])
        assert len(found.rows) == row["records"]
    subjects = read_dataset_json((tmp_path / "adam/adsl.json").read_text(), where="adsl.json")
    assert len(set(subjects.rows["USUBJID"].to_pylist())) == files["ADSL"]["records"]


def test_transport_files_hold_the_same_records(call: Call, finished: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyreadstat")
    for form in ("adam-json", "adam-xpt"):
        assert call("export", str(finished), str(tmp_path), "--format", form).code == 0
    text = read_dataset_json((tmp_path / "adtte.json").read_text(), where="adtte.json")
    assert read_transport(tmp_path / "adtte.xpt").rows.to_pylist() == text.rows.to_pylist()


def test_a_full_disk_leaves_the_datasets_of_before(
    call: Call, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New subjects beside old times would look like one trial."""
    adam = tmp_path / "adam"
    assert call("export", str(finished), str(adam)).code == 0
    before = {one.name: one.read_bytes() for one in adam.iterdir()}
    waits, synced = os.fsync, itertools.count()

    def fail(descriptor: int) -> None:
        if next(synced) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        waits(descriptor)

    monkeypatch.setattr(os, "fsync", fail)
    answer = call("export", str(finished), str(adam), "--replicate", "1")
    assert (answer.code, answer.out) == (1, "")
    assert "adlb.json: cannot be written (No space left on device)" in answer.err
    assert "nor was any of the 3 files that belong to it written" in answer.err
    assert {one.name: one.read_bytes() for one in adam.iterdir()} == before


def test_a_trial_or_format_that_is_none_is_one_paragraph(call: Call, finished: Path, tmp_path: Path) -> None:
    for given in (("--replicate", "1000"), ("--format", "sas")):
        answer = call("export", str(finished), str(tmp_path / "adam"), *given)
        assert (answer.code, answer.out) == (1, "")
        assert is_one_paragraph(answer.err)


def test_a_first_day_that_is_no_date_or_long_ago_is_refused(call: Call, finished: Path, tmp_path: Path) -> None:
    for day, words in (("31.1.2026", "is no date; write it as 2026-01-31"), ("1066-10-14", "is outside 1960-01-01")):
        answer = call("export", str(finished), str(tmp_path / "adam"), "--first-day", day)
        assert (answer.code, answer.out) == (2, "")
        assert f"first_day: '{day}' {words}" in answer.err or f"first_day: {day} {words}" in answer.err
