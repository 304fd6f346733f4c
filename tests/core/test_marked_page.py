"""The part of a page that a program writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from cereblon.core.errors import InputError
from cereblon.core.marked_page import Markers

MARKERS = Markers("<!-- table -->", "<!-- end -->")


def test_what_stands_between_the_markers_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- table -->\nold\n<!-- end -->\nb", encoding="utf-8")
    MARKERS.write(page, "| new |\n")
    assert page.read_text(encoding="utf-8") == "a\n<!-- table -->\n\n| new |\n\n<!-- end -->\nb"


def test_a_page_without_markers_is_refused() -> None:
    with pytest.raises(InputError, match=r"page\.md: no lines <!-- table --> and <!-- end -->"):
        MARKERS.fill("# A page", "table", where="page.md")
