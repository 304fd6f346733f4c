"""Commands that compute for minutes look at their places first."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_calls import Call


@pytest.fixture(autouse=True)
def nothing_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    def computed(*_: object, **__: object) -> None:
        raise AssertionError("a job began before its places were looked at")

    for name in (
        "sensitivity.analyse",
        "calibrate.pose",
        "compare_structures.fit_and_score",
        "validate.make_record",
    ):
        monkeypatch.setattr(f"cereblon.questions.{name}", computed)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("sensitivity", "--docs", "{}/missing/page.md"), "there is no folder {}/missing"),
        (("sensitivity", "--picture", "{}/tornado.bmp"), "a picture ends in .png or .svg"),
        (("validate", "--docs", "{}"), "{}: is a folder, a file name is needed"),
        (("validate", "--html", "{}/record.pdf"), "a picture ends in .html or .png or .svg"),
        (("calibrate", "--quick", "--out", "{}/file"), "{}/file is no folder, a folder is needed"),
        (("calibrate", "--quick", "--work", "{}/file/runs"), "{}/file is no folder, a folder is needed"),
        (("calibrate", "--compare-structures", "--docs", "{}/missing/page.md"), "there is no folder {}/missing"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused_before_anything_is_computed(
    call: Call, tmp_path: Path, given: tuple[str, ...], words: str
) -> None:
    (tmp_path / "file").write_text("kept")
    answer = call(*(part.format(tmp_path) for part in given))
    assert answer.code == 1
    assert words.format(tmp_path) in answer.err
    assert "nothing was computed yet" in answer.err
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_every_wrong_place_is_named(call: Call, tmp_path: Path) -> None:
    answer = call("sensitivity", "--docs", str(tmp_path / "a" / "b.md"), "--picture", str(tmp_path / "c" / "d.gif"))
    assert answer.err.count("there is no folder") == 2
    assert "a picture ends in" in answer.err
