"""The rankogram: how often each treatment has each rank."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from cereblon.report import style

_WIDTH, _HEIGHT, _COLUMNS = 170, 90, 4


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
        chart = style.chart(bars).mark_bar(color="#35618f", size=max(4, 110 // len(row)))
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
