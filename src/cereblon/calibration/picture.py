"""Pictures of the predictive record and of the fitted parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from cereblon.calibration.predictive_record import PredictiveRecord
from cereblon.vocabulary.endpoints import vocabulary

_PANELS = ("orr", "cr_or_better", "pfs_median", "pfs_hr")  # those that the record is scored by
_UNITS = {"percent": ", %", "months": ", months", "ratio": ""}
_COLOURS = {"validation trial": "#0b6e75", "routine care": "#b4552d", "calibration": "#9aa3ab"}


def picture_rows(record: PredictiveRecord) -> list[dict[str, Any]]:
    """Give what the picture shows, one row for each point."""
    return [
        {
            "endpoint": one.endpoint,
            "group": one.role
            if one.role != "validation"
            else ("routine care" if one.practice else "validation trial"),
            "study": one.name,
            "arm": one.arm,
            "published": one.published,
            "predicted": one.predicted,
            "low": one.low,
            "high": one.high,
            "verdict": "inside" if one.inside else "outside",
        }
        for one in record.predictions
        if one.endpoint in _PANELS
    ]


def chart(record: PredictiveRecord) -> Any:
    """Draw the four panels."""
    import altair as alt

    rows = picture_rows(record)
    panels = []
    for endpoint in _PANELS:
        own = [row for row in rows if row["endpoint"] == endpoint]
        if not own:
            continue
        entry = vocabulary().endpoints[endpoint]
        unit = entry.units[0]
        ends = [row[name] for row in own for name in ("published", "low", "high")]
        kind: Literal["log", "linear"] = "linear" if vocabulary().units[unit].scale == "share" else "log"
        low, high = (min(ends) * 0.9, max(ends) * 1.1) if kind == "log" else (0.0, 100.0)
        scale = alt.Scale(type=kind, domain=[low, high], nice=False)
        axis = alt.Axis(tickCount=6, labelOverlap=True)
        base = alt.Chart(_data(own)).encode(
            x=alt.X("published:Q", scale=scale, axis=axis, title="published"),
            color=alt.Color(
                "group:N",
                scale=alt.Scale(domain=list(_COLOURS), range=list(_COLOURS.values())),
                legend=_whole_labels(),
                title=None,
            ),
        )
        bars = base.mark_rule(opacity=0.55).encode(
            y=alt.Y("low:Q", scale=scale, axis=axis, title="predicted, 90 % interval"), y2=alt.Y2("high:Q")
        )
        points = base.mark_point(filled=True, size=45, opacity=0.95).encode(
            y=alt.Y("predicted:Q", scale=scale, axis=axis, title="predicted, 90 % interval"),
            shape=alt.Shape(
                "verdict:N",
                scale=alt.Scale(domain=["inside", "outside"], range=["circle", "cross"]),
                legend=_whole_labels(),
                title=None,
            ),
            tooltip=[
                alt.Tooltip(one)
                for one in ("study:N", "arm:N", "published:Q", "predicted:Q", "low:Q", "high:Q", "verdict:N")
            ],
        )
        line = (
            alt.Chart(_data([{"v": low}, {"v": high}]))
            .mark_line(color="#555", strokeDash=[4, 3], strokeWidth=1)
            .encode(x=alt.X("v:Q", scale=scale), y=alt.Y("v:Q", scale=scale))
        )
        panels.append((line + bars + points).properties(width=330, height=330, title=entry.label + _UNITS[unit]))
    # A grid that is nothing but itself is drawn without size in a browser.
    whole = alt.vconcat(alt.concat(*panels, columns=2))
    return whole.configure_view(stroke=None).configure_axis(grid=False)


def _whole_labels() -> Any:
    import altair as alt

    return alt.Legend(title=None, orient="top", labelLimit=0)


def kept_of_prior(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Draw how much of its prior's spread each fitted parameter kept: near 0 the published numbers say much.

    Parameters
    ----------
    rows
        With parameter and posterior_sd_over_prior.
    """
    import altair as alt

    shown = [{name: row[name] for name in ("parameter", "posterior_sd_over_prior")} for row in rows]
    title = "standard deviation of the draws over that of the prior"
    return (
        alt.Chart(_data(shown))
        .mark_bar(height=9, color="#0b6e75")
        .encode(
            y=alt.Y("parameter:N", sort="x", title=None, axis=alt.Axis(labelLimit=320)),
            x=alt.X("posterior_sd_over_prior:Q", title=title, scale=alt.Scale(domainMin=0)),
        )
        .properties(width=420)
    )


def _data(rows: list[dict[str, Any]]) -> Any:
    import altair as alt

    return alt.Data(values=rows)  # type: ignore[no-untyped-call]
