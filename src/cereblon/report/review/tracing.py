"""Reading a finished review back: which of its numbers lead nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser

from cereblon.core.units import shown_units
from cereblon.report.review.traces import Origin, numbers_of

_EMPTY = {"br", "hr", "img", "meta", "link", "input", "col"}
_LEFT_OUT = {"style", "script", "svg", "title"}


class Reader(HTMLParser):
    """Walk through a document and judge each number by the element it stands in."""

    def __init__(self, origins: Mapping[str, Origin], names: set[str]) -> None:
        super().__init__(convert_charrefs=True)
        self._origins, self._names = origins, {shown_units(name) for name in names}
        self._open: list[tuple[str, str]] = []
        self.problems: list[str] = []
        self.traced = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the element says about the numbers in it."""
        if tag in _EMPTY:
            return
        given = dict(attrs)
        role = ""
        if tag in _LEFT_OUT or "data-target" in given or given.get("class") == "lines":  # a picture as a list
            role = "left out"
        elif "data-name" in given:
            role = "name"
        elif given.get("data-trace"):
            role = str(given["data-trace"])
        self._open.append((tag, role))

    def handle_endtag(self, tag: str) -> None:
        """Leave the element."""
        while self._open:
            left, _ = self._open.pop()
            if left == tag:
                return

    def handle_data(self, data: str) -> None:
        """Judge the numbers of a piece of text."""
        found = numbers_of(data)
        roles = [role for _, role in self._open if role]
        if not found or "left out" in roles:
            return
        role = roles[-1] if roles else ""
        said = " ".join(data.split())[:80]
        if role == "name":
            if data not in self._names:
                self.problems.append(f"{said!r} passes for a name and is none")
        elif not role:
            self.problems.append(f"{said!r} holds a number without a link")
        elif role not in self._origins:
            self.problems.append(f"{said!r} leads to {role}, which does not exist")
        else:
            self.traced += len(found)
            wrong = [number for number in found if number not in self._origins[role].numbers]
            if wrong:
                self.problems.append(f"{said!r} shows {', '.join(wrong)}, not a number of {role}")


def untraced(html: str, origins: Mapping[str, Origin], names: set[str]) -> list[str]:
    """List the numbers of a finished document that cannot be traced to where they came from.

    Parameters
    ----------
    html
        The document.
    origins
        Origin of every traced number.
    names
        Names that may hold digits.

    Returns
    -------
        One line per number that stands outside a link, or in a link that leads elsewhere; empty if all are traced.
        Styles, pictures, and the lists at the end, to which the links lead, are left out.
    """
    reader = Reader(origins, names)
    reader.feed(html)
    return reader.problems
