"""The rankogram: how often each treatment has each rank, as a picture and as a list."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from cereblon.report import style
from cereblon.report.narrow import NarrowLine, narrow_line

_WIDTH, _HEIGHT, _COLUMNS = 170, 90, 4
_COLOR = "#35618f"


def rankogram(
    treatments: Sequence[str], probability: Sequence[Sequence[float]], scores: Sequence[str]
) -> alt.VConcatChart:
    """Draw the rank probabilities of each treatment.

    Parameters
    ----------
    treatments
        Best first.
    probability
        Per treatment, the probability of rank 1, 2, and so on.
    scores
        Words beside each name, for example its SUCRA with interval.
    """
    most = max(max(row) for row in probability)
    charts = []
    for name, row, score in zip(treatments, probability, scores, strict=True):
        bars = [{"rank": rank, "share": share} for rank, share in enumerate(row, start=1)]
        chart = style.chart(bars).mark_bar(color=_COLOR, size=max(4, 110 // len(row)))
        charts.append(
            chart.encode(
                x=alt.X("rank:O", axis=dict(title="rank", labelAngle=0, grid=False)),
                y=alt.Y("share:Q", scale=dict(domain=[0, most]), axis=dict(title="", format="%", tickCount=3)),
                tooltip=style.tips("rank:O", "share:Q"),
            ).properties(
                width=_WIDTH,
                height=_HEIGHT,
                title=alt.Title(name, subtitle=score, subtitleColor=style.QUIET, subtitleFontSize=11),
            )
        )
    lines = [alt.hconcat(*charts[i : i + _COLUMNS], spacing=18) for i in range(0, len(charts), _COLUMNS)]
    return style.styled(alt.vconcat(*lines, spacing=14))


def rank_lines(
    treatments: Sequence[str], probability: Sequence[Sequence[float]], scores: Sequence[str]
) -> list[NarrowLine]:
    """Give the same chances as a list, a line for each rank; parameters as of `rankogram`."""
    lines: list[NarrowLine] = []
    for name, row, score in zip(treatments, probability, scores, strict=True):
        heading = f"{name}, {score}"
        for rank, share in enumerate(row, start=1):
            bar = {"low": 0.0, "high": share} if share else {}
            lines.append(
                narrow_line((0.0, 1.0), bar, (heading, f"rank {rank}", f"{100 * share:.0f} %"), color=_COLOR)
            )
            heading = ""
    return lines
