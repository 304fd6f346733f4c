"""`cb.review`: the published evidence as one document, from Python."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import cereblon as cb
from cereblon.cli.review import app
from cereblon.core.errors import ArgumentError, InputError, UnknownNameError


@pytest.fixture(scope="module")
def chapter() -> cb.Review:
    return cb.review("IRd", simulate=False, progress=False)


def test_a_chapter_is_the_page_that_the_command_writes(chapter: cb.Review, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["--regimen", "ird", "--no-simulation", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    written = (tmp_path / "review-ird.html").read_text(encoding="utf-8")
    assert written == chapter.page()


def test_a_chapter_is_told_in_brief(chapter: cb.Review) -> None:
    assert chapter.name == "review-ird"
    assert chapter.text().startswith("With ixazomib: a chapter of the living review")
    assert "<" not in chapter.text()
    content = json.loads(chapter.to_json())
    assert [one["key"] for one in content["chapters"]] == ["ird"]
    blocks = content["chapters"][0]["blocks"]
    assert "adding ixazomib to Rd" in blocks[0]["words"]
    assert {block["title"] for block in blocks if block.get("is_detail")} >= {"Schedule", "Dose adjustment"}
    assert "adding ixazomib to Rd" in chapter.text().replace("\n", " ").replace("  ", " ")


def test_references_are_numbered_as_in_the_page(chapter: cb.Review) -> None:
    table = chapter.table("references")
    assert table["number"].to_list() == list(range(1, table.height + 1))
    assert all(f'id="ref-{number}"' in chapter.page() for number in table["number"])


def test_a_chapter_is_saved_and_shown(chapter: cb.Review, tmp_path: Path) -> None:
    assert chapter.save(tmp_path / "r.csv").stat().st_size > 100
    assert chapter.save_in(tmp_path / "made") == [tmp_path / "made/review-ird.html"]
    assert "<img" in chapter._repr_html_()
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be made a folder"):
        chapter.save_in(tmp_path / "file")


def test_what_is_not_simulated_has_no_seed() -> None:
    with pytest.raises(ArgumentError, match="replicates, seed would change nothing: nothing is simulated"):
        cb.review(simulate=False, replicates=2, seed=3)
    with pytest.raises(UnknownNameError):
        cb.review("no-such-chapter", simulate=False)
