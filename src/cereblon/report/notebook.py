"""An answer as a piece of a notebook: words, the main picture, and what has to be known of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

import altair as alt

from cereblon.core.units import page_with_shown_units
from cereblon.report.document import RESEARCH
from cereblon.report.page import templates
from cereblon.report.static import image

_COLUMNS = re.compile(r"\S {2,}\S")


def notebook_html(words: str, chart: tuple[str, alt.TopLevelMixin] | None, said: Sequence[tuple[str, str]]) -> str:
    """Write an answer as a piece of a notebook.

    Parameters
    ----------
    words
        The answer in sentences and tables.
    chart
        Name and picture, or None.
    said
        What has to be known of it: `warning` or `note`, and the sentence.
    """
    picture = None if chart is None else {"name": chart[0], **image(chart[1])}
    template = templates().get_template("notebook.html.j2")
    written = template.render(parts=list(_parts(words)), picture=picture, said=said, research=RESEARCH)
    return page_with_shown_units(written)


def words_html(words: str) -> str:
    """Write words as they stand in an answer, without the rest."""
    return templates().get_template("notebook_words.html.j2").render(parts=list(_parts(words)))


def _parts(words: str) -> Iterator[tuple[bool, str]]:
    """Give the parts of a text, and of each whether it is a table, whose lines must not be broken."""
    for is_blank, block in groupby(words.splitlines(), key=lambda line: not line.strip()):
        if is_blank:
            continue
        lines = list(block)
        rows = [place for place, line in enumerate(lines) if _COLUMNS.search(line)]
        first, end = (rows[0], rows[-1] + 1) if rows else (len(lines), len(lines))
        while rows and end < len(lines) and lines[end].startswith(" "):  # the rest of a folded cell
            end += 1
        for is_table, part in ((False, lines[:first]), (True, lines[first:end]), (False, lines[end:])):
            if part:
                yield is_table, "\n".join(part)
