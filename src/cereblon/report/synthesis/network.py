"""The network plot: treatments as circles, trials as lines between them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations

import altair as alt

from cereblon.core.rows import Row
from cereblon.report import style
from cereblon.report.narrow import NarrowLine

_SIZE = 430
_ROOM, _TALL = 1.75, 1.3


def network_plot(
    treatments: Sequence[str],
    trials: Mapping[tuple[str, str], int],
    patients: Mapping[str, int],
    incomplete: Sequence[str] = (),
    *,
    reference: str,
) -> alt.VConcatChart:
    """Draw a network.

    Parameters
    ----------
    treatments
        In any order; they are set around the circle so that few lines cross.
    trials
        Trials per pair of treatments, each pair once.
    patients
        Patients per treatment; the size of its circle. One that is absent gets a dashed circle of its own size.
    incomplete
        Treatments that have more patients than is known.
    reference
        Treatment to mark.
    """
    treatments = _around(treatments, [pair for pair, count in trials.items() if count])
    angle = {name: 2 * math.pi * i / len(treatments) - math.pi / 2 for i, name in enumerate(treatments)}
    place = {name: (math.cos(a), math.sin(a)) for name, a in angle.items()}
    layers = [
        *_line_layers(_edges(trials, place)),
        *_circle_layers(_nodes(patients, incomplete, place, reference)),
    ]
    plot = alt.layer(*layers).properties(width=_SIZE * 1.35, height=round(_SIZE * _TALL / _ROOM * 1.1))
    foot = style.footnote(
        "The larger a circle, the more patients (in brackets; +: and some arms of unknown size; ?: unknown). The "
        "number on a line counts trials. Dark: what the others are compared with.",
        round(_SIZE * 1.35),
    )
    return style.styled(alt.vconcat(plot, foot))


def network_lines(
    trials: Mapping[tuple[str, str], int], patients: Mapping[str, int], incomplete: Sequence[str] = ()
) -> list[NarrowLine]:
    """Give the same network as a list, each treatment with those that it met; parameters as of `network_plot`."""
    met = [(pair, count) for pair, count in trials.items() if count]
    lines: list[NarrowLine] = []
    for name in dict.fromkeys(one for pair, _ in met for one in pair):
        heading = f"{name}, {_size(name, patients, incomplete)}"
        for pair, count in met:
            if name in pair:
                other = pair[pair[0] == name]
                lines.append(NarrowLine(heading, f"against {other}", f"{count} trial{'' if count == 1 else 's'}"))
                heading = ""
    return lines


def _size(name: str, patients: Mapping[str, int], incomplete: Sequence[str]) -> str:
    if name not in patients:
        return "patients not in our library"
    return f"{patients[name]}{'+' if name in incomplete else ''} patients"


def _nodes(
    patients: Mapping[str, int], incomplete: Sequence[str], place: Mapping[str, tuple[float, float]], reference: str
) -> list[dict[str, object]]:
    most = max([*patients.values(), 1])
    nodes = list[dict[str, object]]()
    for name, (x, y) in place.items():
        known, more = name in patients, "+" if name in incomplete else ""
        radius = 6.0 + 22.0 * math.sqrt(patients[name] / most) if known else 11.0
        out = 1.0 + (radius + 9.0) / (_SIZE / (2 * _ROOM))
        nodes.append(
            {
                "treatment": name,
                "x": x,
                "y": y,
                "label_x": x * out,
                "label_y": y * out,
                "area": math.pi * radius**2,
                "fill": "#35618f" if name == reference else "#9db8d2",
                "known": known,
                "size": _size(name, patients, incomplete),
                "label": f"{name} ({patients[name]}{more})" if known else f"{name} (?)",
                "side": "left" if x > 0.15 else "right" if x < -0.15 else "center",
                "drop": 0.0 if abs(x) > 0.15 else (8.0 if y > 0 else -8.0),
            }
        )
    return nodes


def _edges(
    trials: Mapping[tuple[str, str], int], place: Mapping[str, tuple[float, float]]
) -> list[dict[str, object]]:
    return [
        {
            "x": place[a][0],
            "y": place[a][1],
            "x2": place[b][0],
            "y2": place[b][1],
            "middle_x": (place[a][0] + place[b][0]) / 2,
            "middle_y": (place[a][1] + place[b][1]) / 2,
            "trials": count,
            "width": 1.5 + 2.2 * (count - 1),
            "pair": f"{a} - {b}: {count} {'trial' if count == 1 else 'trials'}",
        }
        for (a, b), count in trials.items()
        if count
    ]


def _x(column: str) -> alt.X:
    return alt.X(f"{column}:Q", axis=None, scale=dict(domain=[-_ROOM, _ROOM], nice=False, zero=False))


def _y(column: str) -> alt.Y:
    tall = dict(domain=[-_TALL, _TALL], nice=False, zero=False, reverse=True)
    return alt.Y(f"{column}:Q", axis=None, scale=tall)


def _line_layers(edges: Sequence[Row]) -> list[alt.Chart]:
    """Draw trials as lines with their number in the middle."""
    lines = style.chart(edges)
    return [
        lines.mark_rule(color="#7d8790").encode(
            x=_x("x"),
            y=_y("y"),
            x2=alt.X2("x2:Q"),
            y2=alt.Y2("y2:Q"),
            strokeWidth=alt.StrokeWidth("width:Q", scale=None, legend=None),
            tooltip=style.tips("pair:N"),
        ),
        lines.mark_point(size=190, shape="circle", filled=True, color="white", opacity=1).encode(
            x=_x("middle_x"), y=_y("middle_y")
        ),
        lines.mark_text(fontSize=11, color=style.QUIET).encode(
            x=_x("middle_x"), y=_y("middle_y"), text=alt.Text("trials:Q")
        ),
    ]


def _circle_layers(nodes: Sequence[Row]) -> list[alt.Chart]:
    """Draw treatments as circles with their names outside; dashed where the number of patients is not known."""
    layers = list[alt.Chart]()
    for known in (True, False):
        some = [node for node in nodes if node["known"] is known]
        if not some:
            continue
        base = style.chart(some)
        if known:
            marks = base.mark_point(shape="circle", filled=True, opacity=1, stroke=style.INK, strokeWidth=1.0)
            marks = marks.encode(fill=alt.Fill("fill:N", scale=None, legend=None))
        else:
            marks = base.mark_point(shape="circle", opacity=1, fill="white", stroke=style.INK, strokeDash=[3, 2])
        layers.append(
            marks.encode(
                x=_x("x"),
                y=_y("y"),
                size=alt.Size("area:Q", scale=None, legend=None),
                tooltip=style.tips("treatment:N", "size:N"),
            )
        )
    dots = style.chart(nodes)
    for side in ("left", "right", "center"):
        words = dots.transform_filter(f"datum.side == '{side}'").mark_text(align=side, fontSize=12, color=style.INK)
        layers.append(words.encode(x=_x("label_x"), y=_y("label_y"), text=alt.Text("label:N")))
    return layers


def _around(treatments: Sequence[str], pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Order the treatments around the circle by exchanging two as long as fewer lines cross or they get shorter."""
    order = list(treatments)
    best = _tangle(order, pairs)
    improved = True
    while improved:
        improved = False
        for i, j in combinations(range(len(order)), 2):
            order[i], order[j] = order[j], order[i]
            now = _tangle(order, pairs)
            if now < best:
                best, improved = now, True
            else:
                order[i], order[j] = order[j], order[i]
    return order


def _tangle(order: Sequence[str], pairs: Sequence[tuple[str, str]]) -> tuple[int, int]:
    """Count the crossings of lines between places on a circle, and add up how many places they span."""
    place = {name: i for i, name in enumerate(order)}
    lines = [tuple(sorted((place[a], place[b]))) for a, b in pairs]
    crossings = sum(a < c < b < d or c < a < d < b for (a, b), (c, d) in combinations(lines, 2))
    return crossings, sum(min(b - a, len(order) - b + a) for a, b in lines)
