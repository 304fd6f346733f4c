"""A hundred patients as icons: what a share comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

import altair as alt

from cereblon.report import style

_CELL, _LINES, _COLUMNS = 8, 5, 20
_MOST_BESIDE, _GAP = 3, 30
_TITLE_LETTERS, _LETTERS = 18, 26  # of capitals, as wide as a panel: beyond the last one they would be cut off


@dataclass(frozen=True, slots=True)
class Hundred:
    """A hundred patients of one arm.

    Parameters
    ----------
    label
        Name of the arm.
    counts
        State, patients in it and colour, in the order in which they are filled in; the rest stays grey.
    """

    label: str
    counts: Sequence[tuple[str, int, str]]

    @property
    def words(self) -> str:
        """The counts in words."""
        return ", ".join(f"{count} of 100 {state}" for state, count, _ in self.counts)


def icon_array(arms: Sequence[Hundred]) -> alt.VConcatChart:
    """Draw a hundred patients of each arm, three arms in a row."""
    lines = [arms[start : start + _MOST_BESIDE] for start in range(0, len(arms), _MOST_BESIDE)]
    return style.styled(alt.vconcat(*(alt.hconcat(*_panels(line), spacing=_GAP) for line in lines)))


def _panels(arms: Sequence[Hundred]) -> list[alt.Chart]:
    """Draw arms beside each other: no heading reaches into the next, and all have as many lines."""
    titles = [wrap(arm.label, _TITLE_LETTERS) for arm in arms]
    most = max(len(title) for title in titles)
    return [_panel(arm, [*title, *[""] * (most - len(title))]) for arm, title in zip(arms, titles, strict=True)]


def _panel(arm: Hundred, title: Sequence[str]) -> alt.Chart:
    filled = [color for _, count, color in arm.counts for _ in range(count)]
    colors = [*filled, *[style.GRID] * (100 - len(filled))][:100]
    rows = [
        {"column": number % _COLUMNS, "line": number // _COLUMNS, "color": color}
        for number, color in enumerate(colors)
    ]
    told = [wrap(f"{count} of 100 {state}", _LETTERS) for state, count, _ in arm.counts]
    subtitle = [line for lines in told for line in lines]
    drawn: alt.Chart = (
        style.chart(rows)
        .properties(width=_CELL * _COLUMNS, height=_CELL * _LINES)
        .properties(title=alt.Title(list(title), subtitle=subtitle, anchor="start", fontSize=13, offset=6))
        .mark_circle(size=36, opacity=1)
        .encode(
            x=alt.X("column:O", axis=None),
            y=alt.Y("line:O", axis=None),
            color=alt.Color("color:N", scale=None, legend=None),
        )
    )
    return drawn
