"""The review in a real browser: what axe calls serious, the width of a phone, and a print."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from cereblon.report.review.document import WrittenReview
from real_browser import IN_BROWSER, printed_pages, serious_findings, small_texts, wide_pictures

pytestmark = IN_BROWSER


@pytest.fixture(scope="module")
def written(document: WrittenReview, page: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("review") / "review.html"
    path.write_text(page, encoding="utf-8")
    return path


def test_the_review_can_be_used_without_seeing_it_and_prints_on_twelve_pages(written: Path, browser: Browser) -> None:
    """Findings of axe that it calls serious or critical, and nothing beyond the edge of a phone in the dark.

    What is folded, and the lists that numbers lead to, stay in the file, which the first page of a print says.
    """
    context = browser.new_context(viewport={"width": 390, "height": 900}, color_scheme="dark")
    context.set_default_timeout(90_000)
    page = context.new_page()
    page.goto(written.as_uri())
    assert serious_findings(page) == []
    assert (small_texts(page), wide_pictures(page)) == ([], [])
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.emulate_media(media="print")
    assert "Left out of this print" in page.locator(".printed").inner_text()
    assert 6 < printed_pages(page) <= 12
    context.close()
