"""Pictures of an observed cohort: who was left out at which step, how lines follow each other, and single courses."""

from __future__ import annotations

import altair as alt

from cereblon.core.rows import Rows, number, text
from cereblon.report import style
from cereblon.report.narrow import NarrowLine, narrow_line

_STEPS = 24  # points of one side of a ribbon
_GAP = 0.012  # between blocks, as a share of the height
_BLOCK = 0.09  # width of a block
_OTHER = "#c3c9cf"


def attrition_chart(rows: Rows) -> alt.VConcatChart:
    """Draw how many patients each step leaves, and how many it leaves out.

    Parameters
    ----------
    rows
        criterion, kept and left_out, in order; a masked number is None.
    """
    drawn = [
        {
            "criterion": text(row, "criterion"),
            "place": place,
            "kept": number(row, "kept") or 0,
            "shown": _shown(row, "kept") + (f"   ({_shown(row, 'left_out')} left out)" if place else ""),
        }
        for place, row in enumerate(rows)
    ]
    y = alt.Y(
        "criterion:N", sort=alt.SortField("place"), axis=style.words_axis([str(one["criterion"]) for one in drawn])
    )
    most = max([float(str(one["kept"])) for one in drawn] + [1.0])
    x = alt.X("kept:Q", scale=dict(domain=[0, most * 1.35]), axis=dict(title="patients", tickCount=5, format=",d"))
    base = style.chart(drawn)
    bars = base.mark_bar(color=style.SIMULATED[4], height=18).encode(y=y, x=x)
    words = base.mark_text(align="left", dx=6, color=style.INK).encode(y=y, x=x, text=alt.Text("shown:N"))
    drawing = alt.layer(bars, words).properties(width=style.WIDTH - 340, height=30 * len(drawn))
    return style.styled(alt.vconcat(drawing))


def attrition_lines(rows: Rows) -> list[NarrowLine]:
    """Give the same as a list, for narrow windows."""
    most = max([number(row, "kept") or 0.0 for row in rows] + [1.0])
    return [
        narrow_line(
            (0.0, most),
            {"low": 0.0, "high": number(row, "kept")},
            (
                "",
                text(row, "criterion"),
                _shown(row, "kept") + (f" ({_shown(row, 'left_out')} left out)" if place else ""),
            ),
            color=style.SIMULATED[4],
        )
        for place, row in enumerate(rows)
    ]


def _shown(row: object, name: str) -> str:
    found = number(row, name)  # type: ignore[arg-type]
    return "few" if found is None else f"{int(found):,}"


def sankey_chart(rows: Rows) -> alt.LayerChart | alt.FacetChart:
    """Draw which regimen follows which from line to line.

    Parameters
    ----------
    rows
        line, regimen, next_regimen and patients: flows out of each line; `none` where no line follows.
    """
    blocks, ribbons = _laid_out(rows)
    names = [block["regimen"] for block in blocks]
    order = list(dict.fromkeys(str(name) for name in names))
    palette = [*style.SIMULATED, "#7a4f9a", "#8c564b", "#4d7c0f", "#b45309"]
    colours = [
        _OTHER if name in ("none", "other") else palette[place % len(palette)] for place, name in enumerate(order)
    ]
    color = alt.Color("regimen:N", scale=dict(domain=order, range=colours), legend=None)
    last = max(float(str(block["x2"])) for block in blocks)
    needed = style.label_space([str(block["said"]) for block in blocks if block["x2"] == last], 60, 10)
    scale = dict(domain=[0, last * style.WIDTH / (style.WIDTH - needed)], nice=False)  # words of the last blocks fit
    x = alt.X("x:Q", scale=scale, axis=None)
    y = alt.Y("low:Q", scale=dict(domain=[0, 1], nice=False), axis=None)
    flows = (
        style.chart(ribbons)
        .mark_area(opacity=0.35, interpolate="monotone")
        .encode(x=x, y=y, y2=alt.Y2("high:Q"), color=color, detail=alt.Detail("flow:N"), tooltip=style.tips("said:N"))
    )
    boxes = (
        style.chart(blocks)
        .mark_rect(stroke=style.INK, strokeWidth=0.5)
        .encode(x=x, x2=alt.X2("x2:Q"), y=y, y2=alt.Y2("high:Q"), color=color, tooltip=style.tips("said:N"))
    )
    words = (
        style.chart([block for block in blocks if float(str(block["size"])) > 0.03])
        .mark_text(align="left", dx=4, fontSize=11, color=style.INK)
        .encode(
            x=alt.X("x2:Q", scale=scale, axis=None),
            y=alt.Y("middle:Q", scale=dict(domain=[0, 1]), axis=None),
            text=alt.Text("said:N"),
        )
    )
    layers = alt.layer(flows, boxes, words)
    return layers.properties(width=style.WIDTH, height=420, view=dict(stroke=None))


def _laid_out(rows: Rows) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Place a block for each regimen of each line, and a ribbon for each flow."""
    flows = [
        (
            int(number(row, "line") or 1),
            text(row, "regimen"),
            text(row, "next_regimen"),
            float(number(row, "patients") or 0),
        )
        for row in rows
    ]
    last = max(line for line, *_ in flows)
    sizes: dict[tuple[int, str], float] = {}
    coming: dict[tuple[int, str], float] = {}
    for line, regimen, after, patients in flows:
        sizes[line, regimen] = sizes.get((line, regimen), 0.0) + patients
        coming[line + 1, after] = coming.get((line + 1, after), 0.0) + patients
    sizes |= {key: max(size, sizes.get(key, 0.0)) for key, size in coming.items()}  # rare flows are not shown
    total = max(sum(size for (line, _), size in sizes.items() if line == one) for one in range(1, last + 2))
    blocks: list[dict[str, object]] = []
    top: dict[tuple[int, str], float] = {}
    for line in range(1, last + 2):
        here = sorted(
            (key for key in sizes if key[0] == line), key=lambda key: (key[1] == "none", -sizes[key], key[1])
        )
        unit = (1 - _GAP * max(len(here) - 1, 0)) / total
        high = 1.0
        for key in here:
            size = sizes[key] * unit
            top[key] = high
            name = "no further line" if key[1] == "none" else key[1]
            blocks.append(
                {
                    "regimen": key[1],
                    "x": float(line - 1),
                    "x2": line - 1 + _BLOCK,
                    "low": high - size,
                    "high": high,
                    "middle": high - size / 2,
                    "size": size,
                    "said": f"{name} ({int(sizes[key]):,})",
                }
            )
            high -= size + _GAP
    return blocks, _ribbons(flows, top, total, sizes)


def _ribbons(
    flows: list[tuple[int, str, str, float]],
    top: dict[tuple[int, str], float],
    total: float,
    sizes: dict[tuple[int, str], float],
) -> list[dict[str, object]]:
    leaving, coming = dict(top), dict(top)
    units = {line: (1 - _GAP * (sum(key[0] == line for key in sizes) - 1)) / total for line, _ in sizes}
    found: list[dict[str, object]] = []
    for number_of_flow, (line, regimen, after, patients) in enumerate(
        sorted(flows, key=lambda one: (one[0], one[1], one[2]))
    ):
        start, end = leaving[line, regimen], coming[line + 1, after]
        left, right = patients * units[line], patients * units[line + 1]
        leaving[line, regimen] -= left
        coming[line + 1, after] -= right
        said = f"{regimen} to {'no further line' if after == 'none' else after}: {int(patients):,}"
        for step in range(_STEPS + 1):
            share = step / _STEPS
            bend = share * share * (3 - 2 * share)
            high = start + (end - start) * bend
            thick = left + (right - left) * bend
            found.append(
                {
                    "flow": f"{number_of_flow:04d}",
                    "regimen": regimen,
                    "x": line - 1 + _BLOCK + (1 - _BLOCK) * share,
                    "high": high,
                    "low": high - thick,
                    "said": said,
                }
            )
    return found


_MARKS: dict[str, tuple[style.Mark, str, str, str]] = {
    "transplant": ("square", "square", "#ffffff", "transplantation"),
    "progression": ("cross", "cross", style.INK, "progression"),
    "death": ("square", "square", style.INK, "death"),
    "censored": ("arrow", "triangle-right", style.INK, "observation ends"),
}
"""By event: mark of the legend, shape, fill and words."""


def courses_chart(rows: Rows, events: Rows) -> style.Composed:
    """Draw the courses of single patients: lines of therapy as bars, events as marks, the longest first.

    Parameters
    ----------
    rows
        subject, line, regimen, start and end in months from the index date.
    events
        subject, event and month.
    """
    lines = [{**row, "name": _line_name(int(number(row, "line") or 0))} for row in rows]
    marks = [
        {**row, "shape": _MARKS[text(row, "event")][1], "fill": _MARKS[text(row, "event")][2]}
        for row in events
        if text(row, "event") in _MARKS
    ]
    ends: dict[float, float] = {}
    for row, column in [*((row, "end") for row in rows), *((row, "month") for row in events)]:
        who = number(row, "subject") or 0.0
        ends[who] = max(ends.get(who, 0.0), number(row, column) or 0.0)
    order = sorted(ends, key=lambda who: (-ends[who], who))
    spans = [{"subject": who, "start": 0.0, "end": end} for who, end in ends.items()]
    y = alt.Y("subject:O", sort=order, axis=None)
    x_axis = style.months_axis("months from the index date", max(ends.values()))
    scale = dict(domain=[0, max(ends.values()) * 1.02], nice=False)
    x = alt.X("start:Q", scale=scale, axis=x_axis)
    names = list(style.LINES)
    color = alt.Color("name:N", scale=dict(domain=names, range=list(style.LINES.values())), legend=None)
    layers = [
        style.chart(spans).mark_rule(color="#c3c9cf", strokeWidth=1.2).encode(y=y, x=x, x2=alt.X2("end:Q")),
        style.chart(lines)
        .mark_bar(height=8)
        .encode(
            y=y, x=x, x2=alt.X2("end:Q"), color=color, tooltip=style.tips("name:N", "regimen:N", "start:Q", "end:Q")
        ),
        style.chart(marks)
        .mark_point(size=58, opacity=1, stroke=style.INK, strokeWidth=1.2)
        .encode(
            y=y,
            x=alt.X("month:Q", scale=scale, axis=x_axis),
            shape=alt.Shape("shape:N", scale=None, legend=None),
            fill=alt.Fill("fill:N", scale=None, legend=None),
            tooltip=style.tips("event:N", "month:Q"),
        ),
    ]
    drawn = alt.layer(*layers).properties(width=style.WIDTH - 40, height=15 * len(order))
    here = {str(row["name"]) for row in lines}
    seen = {text(row, "event") for row in marks}
    keys = [style.Key("bar", name, style.LINES[name]) for name in names if name in here]
    keys += [
        style.Key(mark, words, style.INK, fill) for event, (mark, _, fill, words) in _MARKS.items() if event in seen
    ]
    return style.with_legend(drawn, keys)


def _line_name(line: int) -> str:
    return f"line {line}" if line <= 3 else "line 4 or later"
