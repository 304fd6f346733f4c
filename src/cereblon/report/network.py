"""Drawing of a signalling network as SVG: boxes for nodes, arrows that raise, bars that lower, width by strength."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from cereblon.report.style import FONT, GRID, INK, QUIET

WIDTH, HEIGHT = 1200, 880
_HALF_HEIGHT = 20.0
_LETTERS = 14.5  # pixels; a page shows the drawing at four fifths of its size
_CHARACTER = 7.4  # pixels of a letter
_UP, _DOWN, _FLAT = (213, 94, 0), (0, 114, 178), (255, 255, 255)
_IDLE = "#c3c9cf"


@dataclass(frozen=True, slots=True)
class Place:
    """A node of the drawing: where it stands, its words, and how far and in which direction it is from untreated."""

    name: str
    label: str
    x: float
    y: float
    change: float  # -1 to 1
    value: str = ""  # written below the label
    kind: str = "node"  # node, input, or held

    @property
    def half_width(self) -> float:
        """Half of the box, pixels."""
        return 14.0 + 0.5 * _CHARACTER * max(len(self.label), len(self.value))


@dataclass(frozen=True, slots=True)
class Link:
    """An influence between two places."""

    start: str
    end: str
    raises: bool
    strength: float  # 0 to 1
    tip: str = ""
    off: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """A box around the nodes of one kind of cell."""

    label: str
    box: tuple[float, float, float, float]


def network_svg(
    places: Sequence[Place], links: Sequence[Link], frames: Iterable[Frame], *, title: str, about: str, note: str
) -> str:
    """Draw a network.

    Parameters
    ----------
    places, links, frames
        What is drawn; links name places.
    title, about, note
        Words above, smaller below them, and below the drawing.

    Returns
    -------
        A complete SVG of 1200 x 880 pixels.
    """
    by_name = {place.name: place for place in places}
    ends = {(link.start, link.end) for link in links}
    drawn = sorted(links, key=lambda link: link.strength)  # the strongest on top
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="{escape(FONT, quote=True)}" font-size="{_LETTERS}" role="img" '
        f'aria-label="{escape(title, quote=True)}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="20" y="22" font-size="17" font-weight="bold" fill="{INK}">{escape(title)}</text>',
        f'<text x="20" y="40" fill="{QUIET}">{escape(about)}</text>',
        *(_frame(frame) for frame in frames),
        *(_link(link, by_name, mutual=(link.end, link.start) in ends) for link in drawn),
        *(_place(place) for place in places),
        *_key(note),
        "</svg>",
    ]
    return "\n".join(parts)


def _frame(frame: Frame) -> str:
    left, top, right, bottom = frame.box
    return (
        f'<rect x="{left:g}" y="{top:g}" width="{right - left:g}" height="{bottom - top:g}" rx="14" '
        f'fill="#f7f8fa" stroke="{GRID}"/>'
        f'<text x="{left + 12:g}" y="{top + 18:g}" fill="{QUIET}" font-style="italic">{escape(frame.label)}</text>'
    )


def _place(place: Place) -> str:
    w, h = place.half_width, _HALF_HEIGHT
    fill = "#ffffff" if place.kind == "held" else _mix(place.change)
    ink = "#ffffff" if abs(place.change) > 0.62 and place.kind != "held" else INK
    dash = ' stroke-dasharray="4 3"' if place.kind == "held" else ""
    round_ = h if place.kind == "input" else 6
    box = (
        f'<rect x="{place.x - w:.1f}" y="{place.y - h:.1f}" width="{2 * w:.1f}" height="{2 * h:.1f}" rx="{round_:g}" '
        f'fill="{fill}" stroke="{QUIET}"{dash}/>'
    )
    words = f'text-anchor="middle" x="{place.x:.1f}" fill="{ink}"'
    if not place.value:
        return f'{box}<text {words} y="{place.y + 5:.1f}">{escape(place.label)}</text>'
    return (
        f'{box}<text {words} y="{place.y - 3:.1f}">{escape(place.label)}</text>'
        f'<text {words} y="{place.y + 14:.1f}">{escape(place.value)}</text>'
    )


def _mix(change: float) -> str:
    """Colour a box: orange for more, blue for less, white for untreated."""
    end = _UP if change > 0 else _DOWN
    share = min(1.0, abs(change))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(_FLAT, end, strict=True))


def _link(link: Link, places: Mapping[str, Place], *, mutual: bool) -> str:
    a, b = places[link.start], places[link.end]
    bend = _bend(a, b, mutual=mutual)
    x0, y0 = _border(a, bend)
    x1, y1 = _border(b, bend, gap=4.0 if not link.raises else 2.0)
    width = 1.0 if link.off else 1.0 + 5.0 * link.strength
    color = INK if link.strength > 0.03 and not link.off else _IDLE
    dash = ' stroke-dasharray="5 4"' if link.off else ""
    angle = math.atan2(y1 - bend[1], x1 - bend[0])
    back = 3.2 + 1.5 * width if link.raises else 0.0
    xe, ye = x1 - back * math.cos(angle), y1 - back * math.sin(angle)
    tip = f"<title>{escape(link.tip)}</title>" if link.tip else ""
    curve = f"M{x0:.1f} {y0:.1f} Q{bend[0]:.1f} {bend[1]:.1f} {xe:.1f} {ye:.1f}"
    return (
        f'<g stroke="{color}" stroke-opacity="0.75" fill="none">{tip}'
        f'<path d="{curve}" stroke-width="{width:.2f}"{dash}/>'
        f"{_head(x1, y1, angle, width, color, arrow=link.raises)}</g>"
    )


def _head(x: float, y: float, angle: float, width: float, color: str, *, arrow: bool) -> str:
    cos, sin = math.cos(angle), math.sin(angle)
    size = 3.2 + 1.5 * width
    if arrow:
        corners = [(0.0, 0.0), (-size, 0.62 * size), (-size, -0.62 * size)]
        points = " ".join(f"{x + u * cos - v * sin:.1f},{y + u * sin + v * cos:.1f}" for u, v in corners)
        return f'<polygon points="{points}" fill="{color}" stroke="none" fill-opacity="0.85"/>'
    half = 4.0 + 1.1 * width
    return (
        f'<line x1="{x + half * sin:.1f}" y1="{y - half * cos:.1f}" x2="{x - half * sin:.1f}" '
        f'y2="{y + half * cos:.1f}" stroke-width="{max(2.0, 0.7 * width):.2f}"/>'
    )


def _bend(a: Place, b: Place, *, mutual: bool) -> tuple[float, float]:
    """Choose the control point of a link: straight when short, else bowed away from the line between the boxes."""
    dx, dy = b.x - a.x, b.y - a.y
    length = math.hypot(dx, dy)
    bow = 0.0 if length < 190 or abs(dy) < 4 else 0.10 * length
    if abs(dy) < 4 and length > 330:
        bow = 0.10 * length
    if mutual:
        bow = 22.0
    return a.x + dx / 2 + bow * dy / max(length, 1.0), a.y + dy / 2 - bow * dx / max(length, 1.0)


def _border(place: Place, towards: tuple[float, float], gap: float = 1.0) -> tuple[float, float]:
    """Find where a line from the middle of a box towards a point leaves the box."""
    dx, dy = towards[0] - place.x, towards[1] - place.y
    if dx == 0.0 and dy == 0.0:
        return place.x, place.y
    w, h = place.half_width + gap, _HALF_HEIGHT + gap
    share = min(w / abs(dx) if dx else math.inf, h / abs(dy) if dy else math.inf)
    return place.x + dx * share, place.y + dy * share


def _key(note: str) -> list[str]:
    y = HEIGHT - 12
    swatches = [("less than untreated", _mix(-0.8)), ("untreated", "#ffffff"), ("more", _mix(0.8))]
    parts, x = [], 440.0
    for words, color in swatches:
        parts.append(f'<rect x="{x:g}" y="{y - 11}" width="18" height="13" rx="3" fill="{color}" stroke="{QUIET}"/>')
        parts.append(f'<text x="{x + 24:g}" y="{y}" fill="{INK}">{words}</text>')
        x += 38 + 6.6 * len(words)
    parts.append(
        f'<text x="{x + 6:g}" y="{y}" fill="{INK}">arrow raises, bar lowers; width: strength; dashed: off</text>'
    )
    parts.append(f'<text x="20" y="{y}" fill="{QUIET}">{escape(note)}</text>')
    return parts
