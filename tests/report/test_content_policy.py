"""What a page may do: ask nothing of a network, run no script but its own, link nowhere but to the web."""

from __future__ import annotations

import base64
import hashlib
from html.parser import HTMLParser

import altair as alt
import pytest

from cereblon.report.document import Document, Figure, Paragraph, Section, is_link, table_of
from cereblon.report.page import page_text
from cereblon.report.references import address

CHART = alt.Chart(alt.Data(values=[{"x": 1, "y": 2}])).mark_point().encode(x="x:Q", y="y:Q")
EVIL = "<script>alert(1)</script>\"' onmouseover='alert(1)"


class _Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.policy = ""
        self._runs = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.attributes += attrs
        self._runs = tag == "script" and "type" not in given
        if self._runs:
            self.scripts.append("")
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = str(given["content"])

    def handle_endtag(self, tag: str) -> None:
        self._runs = False

    def handle_data(self, data: str) -> None:
        if self._runs:
            self.scripts[-1] += data


def _page(*, is_live: bool) -> _Page:
    rows = [{"name": EVIL, "where": "javascript:alert(1)"}, {"name": "x", "where": "https://x.org/a"}]
    section = Section(EVIL, [Figure(CHART, EVIL), table_of(rows), Paragraph(EVIL)])
    return _Page(page_text(Document(title=EVIL, sections=[section], is_live=is_live)))


@pytest.mark.parametrize("is_live", [True, False])
def test_a_page_runs_its_own_scripts_by_their_checksums_and_no_other(is_live: bool) -> None:
    page = _page(is_live=is_live)
    rules = dict(rule.split(" ", 1) for rule in page.policy.split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    allowed = rules["script-src"].split()
    assert "'unsafe-inline'" not in allowed
    assert ("'unsafe-eval'" in allowed) == is_live  # a page of still pictures can do without
    sums = [f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in page.scripts]
    assert len(sums) == (2 if is_live else 1)
    assert set(sums) == set(allowed) - {"'unsafe-eval'"}


def test_nothing_on_a_page_answers_to_the_mouse_by_an_attribute_or_links_to_a_script() -> None:
    page = _page(is_live=False)
    assert [name for name, _ in page.attributes if name.startswith("on")] == []
    links = [value for name, value in page.attributes if name == "href"]
    assert "https://x.org/a" in links
    assert all(is_link(link) for link in links)


@pytest.mark.parametrize(
    "text",
    [
        *("javascript:alert(1)", "JAVASCRIPT:x", "data:text/html,x", "vbscript:x", "file:///etc", "//x.org", ""),
        *("https://x y", 'https://x.org/"onmouseover=', "https://x.org/<b>", " https://x.org", "#a b", None),
    ],
)
def test_only_addresses_of_the_web_are_links(text: str | None) -> None:
    assert not is_link(text)
    assert text is None or address(text) is None


@pytest.mark.parametrize("text", ["https://x.org/a?b=c&d=(e)", "http://x.org", "HTTPS://x.org", "#ref-1"])
def test_addresses_of_the_web_and_of_the_page_are_links(text: str) -> None:
    assert is_link(text)
