"""An answer in a notebook: tables keep their columns on a narrow screen, sentences are wrapped."""

from __future__ import annotations

import re

import pytest

from cereblon.report.notebook import notebook_html, words_html

TABLE = "metric   value\n<auc>    3574"


def parts(html: str) -> list[tuple[str, str]]:
    """Give how each part is set, and its text."""
    return re.findall(r'<pre style="[^"]*white-space:([a-z-]+)[^"]*">(.*?)</pre>', html, re.DOTALL)


def test_tables_are_not_broken_and_sentences_are() -> None:
    found = parts(words_html(f"a sentence\nanother\n{TABLE}\n\nand a last one"))
    escaped = "metric   value\n&lt;auc&gt;    3574"
    assert found == [("pre-wrap", "a sentence\nanother"), ("pre", escaped), ("pre-wrap", "and a last one")]


def test_the_rest_of_a_folded_cell_stays_with_its_table() -> None:
    folded = f"{TABLE}\n         to 4000"
    assert [how for how, _ in parts(words_html(folded))] == ["pre"]


@pytest.mark.parametrize("words", ["", "\n \n"])
def test_no_words_are_no_part(words: str) -> None:
    assert words_html(words) == ""


def test_every_part_has_letters_of_one_width() -> None:
    """Notebooks set `pre` in an answer in the letters of their text, where columns do not meet."""
    shown = notebook_html(f"one\n\n{TABLE}", None, [("note", "a < b")])
    assert shown.count("<pre") == shown.count("font-family:monospace") == 2
    assert "note: a &lt; b" in shown
