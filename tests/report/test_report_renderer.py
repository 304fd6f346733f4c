"""Drawing in another process: the same drawings, also where that process cannot start or ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cereblon.report.kept_script import keep_script, kept_script
from cereblon.report.renderer import Renderer
from cereblon.report.report_data import ReportData
from cereblon.report.static import renderer, svg_text, vega_bundle
from cereblon.report.trial_report import report_page

POINTS = {
    "data": {"values": [{"a": 1.5, "b": "né <b>"}]},
    "mark": {"type": "line", "clip": True},
    "encoding": {"x": {"field": "a"}, "color": {"field": "a", "type": "quantitative"}},
}
WRONG = {"data": {"values": []}, "mark": "no such mark"}


@pytest.fixture(scope="module")
def working() -> Iterator[Renderer]:
    with renderer() as found:
        yield found


def test_drawings_are_those_of_this_process(working: Renderer) -> None:
    assert [working.svg(POINTS), working.svg(POINTS)] == [svg_text(POINTS)] * 2


def test_a_page_is_the_same_whoever_draws(working: Renderer, bare: ReportData) -> None:
    page = report_page(bare, working)
    assert page == report_page(bare)
    assert vega_bundle()[:100] in page


@pytest.mark.parametrize("command", [("/no/such/program",), (sys.executable, "-c", """print('"half', end="")""")])
def test_this_process_draws_when_the_other_does_not(command: tuple[str, ...], working: Renderer) -> None:
    with Renderer(working.version, command=command) as broken:
        assert broken.svg(POINTS) == svg_text(POINTS)


def test_what_cannot_be_drawn_is_refused_as_in_this_process() -> None:
    with renderer() as other:
        with pytest.raises(ValueError, match="conversion failed"):
            other.svg(WRONG)
        assert other.svg(POINTS) == svg_text(POINTS)


def test_an_unfinished_process_is_ended(working: Renderer) -> None:
    with Renderer(working.version, command=(sys.executable, "-c", "import time; time.sleep(600)")) as slow:
        process = slow.process
    assert process is not None
    assert process.returncode


def test_a_character_that_no_drawing_can_hold_does_not_abort_the_process() -> None:
    """Over one of these vl-convert 1 ends the whole process with code 134; escaped backslashes are none of them."""
    values = [{"a": f"x{sign}y", "b": 1} for sign in ("\x07", "\x08", "\x0c", "\x1b", "\ufffe", "\uffff")]
    values += [{"a": "c:\\b \\u0007", "b": 1}, {"a": "\U0001f600 tab\t", "b": 1}]
    drawn = svg_text(
        {
            "data": {"values": values},
            "mark": "bar",
            "encoding": {"x": {"field": "a", "type": "nominal"}, "y": {"field": "b", "type": "quantitative"}},
        }
    )
    assert drawn.count("x\ufffdy") >= 1
    assert "\U0001f600" in drawn
    assert "\\u0007" in drawn


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "cereblon" / "pages"


def test_the_script_of_pages_is_put_together_once(empty_cache: Path) -> None:
    keep_script("6", "let a = 'né';")
    assert kept_script("6") == "let a = 'né';"
    assert kept_script("5") == ""
    with Renderer("6", script=kept_script("6"), command=("/no/such/program",)) as drawn:
        assert drawn.script() == "let a = 'né';"


@pytest.mark.parametrize("change", ["damaged", "of others", "a link"])
def test_a_kept_script_that_may_be_anybodys_or_is_damaged_is_not_used(empty_cache: Path, change: str) -> None:
    keep_script("6", "let a = 1;")
    (path,) = empty_cache.iterdir()
    if change == "damaged":
        path.write_bytes(path.read_bytes()[:-1])
    elif change == "of others":
        path.chmod(0o666)
    else:
        path.rename(empty_cache / "elsewhere")
        path.symlink_to(empty_cache / "elsewhere")
    assert kept_script("6") == ""


def test_nothing_is_kept_where_the_cache_folder_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    keep_script("6", "let a = 1;")
    assert kept_script("6") == ""
