"""Chromium of this machine, for tests that need a real browser, and what they ask of a page.

The fixture `browser` starts it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from typing import TypeVar

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

Test = TypeVar("Test", bound=Callable[..., None])
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
IN_BROWSER = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]

LEAST_TEXT = 11.0  # px
_SMALL = """
least => Array.from(document.querySelectorAll("body *")).filter(one => {
  const words = Array.from(one.childNodes).some(node => node.nodeType === 3 && node.textContent.trim());
  if (!words || !one.checkVisibility() || one.closest("script, style, option")) { return false; }
  const drawn = one.getScreenCTM ? one.getScreenCTM() : null;
  return parseFloat(getComputedStyle(one).fontSize) * (drawn ? Math.hypot(drawn.a, drawn.b) : 1) < least - 0.05;
}).map(one => one.textContent.trim().slice(0, 60))
"""
_WIDER = """
() => Array.from(document.querySelectorAll(".chart"))
  .filter(one => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1)
  .map(one => one.textContent.trim().slice(0, 60))
"""


def in_browser(test: Test) -> Test:
    """Mark one test of a module whose others need no browser."""
    for mark in IN_BROWSER:
        test = mark(test)
    return test


def serious_findings(page: Page, *left_out: str) -> list[tuple[str, list[str]]]:
    """Give the findings of axe that it calls serious or critical, each with the first places; selectors leave out."""
    context = {"exclude": [[one] for one in left_out]} if left_out else None
    found = Axe().run(page, context, {"resultTypes": ["violations"]})
    serious = [one for one in found.response["violations"] if one["impact"] in ("serious", "critical")]
    return [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in serious]


def draw_pictures(page: Page) -> None:
    """Go through a report, whose pictures are drawn when they come near."""
    for chart in page.locator(".chart:visible").all():
        chart.scroll_into_view_if_needed()
        chart.locator(".live svg.marks").wait_for()


def small_texts(page: Page) -> list[str]:
    """Give the beginnings of words that are smaller on the screen than `LEAST_TEXT`."""
    found: list[str] = page.evaluate(_SMALL, LEAST_TEXT)
    return found


def wide_pictures(page: Page) -> list[str]:
    """Give the words of pictures that have to be moved sideways."""
    found: list[str] = page.evaluate(_WIDER)
    return found


def printed_pages(page: Page) -> int:
    """Count the A4 pages that a page prints on."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4", print_background=True)))
