"""Answers as pieces of HTML."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import jinja2
from altair.utils.schemapi import debug_mode
from markupsafe import Markup

from cereblon.app.forms import Field, Value, unread_names
from cereblon.app.tabs.tab import Part
from cereblon.core.errors import CereblonError
from cereblon.report.document import RESEARCH
from cereblon.report.static import specification

if TYPE_CHECKING:
    from cereblon.questions.result import Result
    from cereblon.report.narrow import NarrowLine

_HERE = Path(__file__).parent
_MOST_ROWS = 100
_MOST_KEPT = 200
_KEPT: dict[tuple[int, str | None], tuple[Result, Markup]] = {}  # with the answer, so that its number is not reused


@dataclass(frozen=True, slots=True)
class ShownPart:
    """One answer as the page shows it."""

    part: Part
    number: int
    error: str = ""
    hint: str = ""
    sentence: str = ""
    lines: Sequence[str] = ()
    misses: Sequence[str] = ()
    warnings: Sequence[str] = ()
    notes: Sequence[str] = ()
    chart: str = ""
    listed: Sequence[NarrowLine] = ()
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    left: int = 0


def render(template: str, **values: object) -> str:
    """Fill a template of the app."""
    return _environment().get_template(template).render(research=RESEARCH, **values)


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [jinja2.FileSystemLoader(_HERE / "templates"), jinja2.PackageLoader("cereblon.report")]
        ),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def page(tabs: Mapping[str, str], here: str, content: str, asked: Iterable[str], known: Collection[str]) -> str:
    """Write a page of the app around the content of a tab.

    Parameters
    ----------
    tabs, here
        Titles by key, and which of them.
    content
        HTML.
    asked, known
        Names that the address holds, and those that the page reads: what it does not read is said.
    """
    unread = unread_names(asked, known)
    return render("page.html.j2", tabs=tabs, here=here, title=tabs[here], content=Markup(content), unread=unread)


def script_text(text: str) -> Markup:
    """Write JSON so that no text in it can end the script element that it stands in."""
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


def show(part: Part, number: int) -> ShownPart:
    """Ask for a part and make it ready to be shown; an error of the question is shown in its place."""
    try:
        result = part.call()
        lines = result.answer().splitlines() if part.has_words else []
        return ShownPart(
            part=part,
            number=number,
            sentence=lines.pop(0) if part.has_open_words else result.sentence if part.has_words else "",
            lines=lines,
            misses=result.known_misses if part.has_words else (),
            warnings=result.warnings if part.has_words else (),
            notes=result.notes if part.has_words else (),
            chart=_chart(result, part),
            listed=_listed(result, part.chart),
            **_rows(result, part),  # type: ignore[arg-type]
        )
    except CereblonError as error:
        return ShownPart(part=part, number=number, error=error.message, hint=error.hint or "")


def _chart(result: Result, part: Part) -> Markup:
    """Give the specification of a picture; that of an answer that was made before is written once."""
    if part.call.kept is None or part.chart == "":
        return _written(result, part.chart)
    key = (id(result), part.chart)
    if key not in _KEPT:
        if len(_KEPT) >= _MOST_KEPT:
            _KEPT.clear()
        _KEPT[key] = result, _written(result, part.chart)
    return _KEPT[key][1]


def _written(result: Result, name: str | None) -> Markup:
    """Write a specification so that no text in it can end the element that it stands in."""
    if name == "":
        return Markup("")
    with debug_mode(False):  # altair would check each piece against its schema, which takes longer than all else
        charts = result.charts()
        chart = next(iter(charts.values()), None) if name is None else charts.get(name)
        return (
            Markup("")
            if chart is None
            else script_text(json.dumps(specification(chart), separators=(",", ":"), allow_nan=False))
        )


def _listed(result: Result, name: str | None) -> Sequence[NarrowLine]:
    """Give a picture as a list, for windows too narrow for it; none where it fits."""
    lists = result.lists()
    if not lists or name == "":
        return ()
    return lists.get(next(iter(lists)) if name is None else name, ())


def _rows(result: Result, part: Part) -> dict[str, object]:
    from cereblon.report.cells import written

    tables, name = result.tables(), part.table
    rows = () if name == "" else next(iter(tables.values()), ()) if name is None else tables.get(name, ())
    if not rows:
        return {}
    head, cells = written(rows[:_MOST_ROWS], part.columns)
    return {"head": head, "rows": cells, "left": max(0, len(rows) - _MOST_ROWS)}


def address_of(fields: Sequence[Field], values: Mapping[str, Value]) -> str:
    """Write the state of a form as the query of an address."""
    pairs: list[tuple[str, str]] = [("sent", "1")]
    for field in fields:
        value = values[field.name]
        if isinstance(value, tuple):
            pairs += [(field.name, one) for one in value]
        else:
            pairs.append((field.name, f"{value:g}" if isinstance(value, float) else value))
    return urlencode(pairs)
