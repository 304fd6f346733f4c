"""The picture of a dosing calendar: days across, drugs down, one panel per kind of cycle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import altair as alt

from cereblon.core.rows import Row, distinct, grouped, number, text
from cereblon.core.units import shown_units
from cereblon.report import style
from cereblon.report.narrow import NarrowLine

_WEEKS = ("#f1f3f5", "#e4e8ec")
_HALF = 0.46  # of a day: a thin gap stays between neighbours
_CHARACTER = 0.58  # width of a bold figure, in font sizes
_LABELS = 172  # pixels left of the days
_ROW = 28
_WIDEST_DAY = 25
_DAILY = 4  # neighbouring days from which a bar is labelled as daily


def calendar_chart(rows: Sequence[Row], *, title: str = "") -> alt.VConcatChart:
    """Draw a dosing calendar.

    Days that follow each other with one dose become one bar; panels share the width of a day.

    Parameters
    ----------
    rows
        One per block, drug and day, with `block`, `cycle_days`, `day`, `mark` (dose, transplant, none), `drug`,
        `dose`, `unit`, `route` and `color` of the drug; as `calendar_rows` of `cereblon.model.regimens.calendar`
        gives them.
    title
        Above all panels; none if empty.
    """
    longest = max((_whole(row, "cycle_days") for row in rows), default=7)
    day_width = min(_WIDEST_DAY, (style.WIDTH - _LABELS) / longest)
    panels = [_panel(block, day_width) for block in grouped(rows, lambda row: text(row, "block")).values()]
    chart = alt.vconcat(*panels, spacing=16)
    if title:
        chart = chart.properties(title=alt.TitleParams(title, fontSize=17, offset=16))
    return style.styled(chart)


def calendar_lines(rows: Sequence[Row]) -> list[NarrowLine]:
    """Give the same calendar as lines of a list, one for each dose of a panel; rows as of `calendar_chart`."""
    return [
        NarrowLine(block if number == 0 else "", label, days)
        for block, panel in grouped(rows, lambda row: text(row, "block")).items()
        for number, (label, days) in enumerate(_told(panel))
    ]


def _told(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """Say what is given, and on which days."""
    for (mark, drug), own in grouped(rows, lambda row: (text(row, "mark"), text(row, "drug"))).items():
        if mark == "none":
            yield "no drug", ""
            continue
        days: dict[str, list[str]] = {}
        for first, last, row in _runs(own):
            is_dose = mark == "dose"
            label = f"{drug} {number(row, 'dose') or 0.0:g} {_form(row)}" if is_dose else "stem cells given back"
            days.setdefault(label, []).append(f"{first}" if first == last else f"{first} to {last}")
        for label, spans in days.items():
            yield label, f"{'day' if spans == [spans[0]] and 'to' not in spans[0] else 'days'} {', '.join(spans)}"


def _panel(rows: Sequence[Row], day_width: float) -> alt.LayerChart | alt.FacetChart:
    """Draw the cycles of one kind."""
    length = _whole(rows[0], "cycle_days")
    bars = list(_bars(rows, day_width))
    lanes = distinct(bars, "lane")
    days = alt.Scale(domain=[0.5, length + 0.5], nice=False, zero=False)
    axis, drugs = _day_axis(length), _drug_rows(lanes)
    start = alt.X("from:Q", scale=days, axis=axis)
    color = alt.Color("color:N", scale=None, legend=None)
    ground = style.chart(_ground(lanes, length)).mark_bar(cornerRadius=3)
    layers: list[alt.Chart] = [ground.encode(x=start, x2=alt.X2("to:Q"), y=drugs, color=color)]
    given = [bar for bar in bars if bar["label"]]
    if given:
        base = style.chart(given)
        block = base.mark_bar(cornerRadius=4)
        words = base.mark_text(color="white", fontWeight="bold")
        layers.append(
            block.encode(
                x=start,
                x2=alt.X2("to:Q"),
                y=drugs,
                color=color,
                tooltip=style.tips("about:N", "days:N"),
            )
        )
        layers.append(
            words.encode(
                x=alt.X("middle:Q", scale=days, axis=axis),
                y=drugs,
                text=alt.Text("label:N"),
                size=alt.Size("font:Q", scale=None, legend=None),
            )
        )
    title = alt.TitleParams(text(rows[0], "block"), offset=6)
    return alt.layer(*layers).properties(width=day_width * length, height=_ROW * len(lanes), title=title)


def _ground(lanes: Sequence[str], length: int) -> list[dict[str, object]]:
    """Lay a pale cell under every day, in two tints by week."""
    return [
        {"lane": lane, "from": day - _HALF, "to": day + _HALF, "color": _WEEKS[(day - 1) // 7 % 2]}
        for lane in lanes
        for day in range(1, length + 1)
    ]


def _day_axis(length: int) -> alt.Axis:
    """Number the first day of each week and the last day."""
    return alt.Axis(
        orient="top",
        title=None,
        values=sorted({*range(1, length + 1, 7), length}),
        labelExpr="datum.value == 1 ? 'day 1' : format(datum.value, 'd')",
        grid=False,
        ticks=False,
        domain=False,
        labelPadding=3,
        labelColor=style.QUIET,
        labelFontSize=11,
        labelOverlap=False,
    )


def _drug_rows(lanes: Sequence[str]) -> alt.Y:
    """Give each drug a row, its name in a column of the same width in every panel."""
    axis = alt.Axis(
        title=None,
        ticks=False,
        domain=False,
        labelPadding=10,
        labelLimit=_LABELS - 10,
        minExtent=_LABELS,
        maxExtent=_LABELS,
    )
    return alt.Y("lane:N", sort=list(lanes), scale=alt.Scale(paddingInner=0.18, paddingOuter=0.1), axis=axis)


def _bars(rows: Sequence[Row], day_width: float) -> Iterator[dict[str, object]]:
    """Join days that follow each other; a drug's unit and route stand beside its name."""
    for (mark, drug), own in grouped(rows, lambda row: (text(row, "mark"), text(row, "drug"))).items():
        if mark == "none":
            yield {"lane": "no drug", "label": ""}
            continue
        if mark == "transplant":
            day = _whole(own[0], "day")
            yield _bar("stem cells given back", "T", style.INK, (day, day), "transplant", day_width)
            continue
        forms = list(dict.fromkeys(_form(row) for row in own))
        lane = f"{drug}, {' and '.join(forms)}"
        color = text(own[0], "color")
        for first, last, row in _runs(own):
            dose = f"{number(row, 'dose') or 0.0:g}"
            about = f"{drug} {dose} {_form(row)}"
            if last - first + 1 >= _DAILY:
                yield _bar(lane, f"{dose} {_unit(row)} daily", color, (first, last), about, day_width)
            else:
                for day in range(first, last + 1):
                    yield _bar(lane, dose, color, (day, day), about, day_width)


def _bar(lane: str, label: str, color: str, span: tuple[int, int], about: str, day_width: float) -> dict[str, object]:
    first, last = span
    room = (last - first + 1) * day_width - 3
    return {
        "lane": lane,
        "label": label,
        "color": color,
        "from": first - _HALF,
        "to": last + _HALF,
        "middle": (first + last) / 2,
        "font": round(max(7.0, min(11.0, room / (_CHARACTER * len(label)))), 1),
        "about": about,
        "days": f"day {first}" if first == last else f"days {first} to {last}",
    }


def _runs(rows: Sequence[Row]) -> Iterator[tuple[int, int, Row]]:
    """Give first day, last day and a row of each run of days with one dose."""
    ordered = sorted(rows, key=lambda row: _whole(row, "day"))
    start = 0
    for position in range(1, len(ordered) + 1):
        before = ordered[position - 1]
        if position < len(ordered):
            here = ordered[position]
            follows = _whole(here, "day") == _whole(before, "day") + 1
            if follows and (number(here, "dose"), _unit(here)) == (number(before, "dose"), _unit(before)):
                continue
        yield _whole(ordered[start], "day"), _whole(before, "day"), before
        start = position


def _form(row: Row) -> str:
    route = text(row, "route")
    return f"{_unit(row)} {route.upper() if route in ('iv', 'sc') else route}"


def _unit(row: Row) -> str:
    return shown_units(text(row, "unit"))


def _whole(row: Row, column: str) -> int:
    return int(number(row, column) or 0)
