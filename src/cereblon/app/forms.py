"""The fields of a form, and what a browser sent read into values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from cereblon.core import number_text
from cereblon.core.errors import InputError
from cereblon.core.names import shortened

Value = str | float | tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One field.

    Parameters
    ----------
    name, label
        In the address, and as shown.
    kind
        `choice` of options, `slider` in a unit, or `ticks` of options.
    start
        Value to begin with; for `ticks` those that are ticked.
    options
        Value and label of each.
    low, high, step, unit
        Of a slider.
    is_whole
        Whether a slider gives whole numbers alone.
    help
        Below the field.
    """

    name: str
    label: str
    kind: Literal["choice", "slider", "ticks"]
    start: Value = ""
    options: Sequence[tuple[str, str]] = ()
    low: float = 0.0
    high: float = 0.0
    step: float = 1.0
    unit: str = ""
    is_whole: bool = False
    help: str = ""

    def read(self, given: Sequence[str]) -> Value:
        """Read what the browser sent for this field.

        Raises
        ------
        InputError
            If it is not one of the options, no number, out of the range, or a part of what comes in wholes.
        """
        if self.kind == "ticks":
            known = {value for value, _ in self.options}
            unknown = [one for one in given if one and one not in known]
            if unknown:
                raise InputError(f"{self.label}: {unknown[0]!r} is not one of {', '.join(sorted(known))}")
            return tuple(one for one in given if one)
        words = given[-1]
        if self.kind == "slider":
            return self._number(words)
        if words not in {value for value, _ in self.options}:
            raise InputError(f"{self.label}: {words!r} is none of the choices")
        return words

    def _number(self, words: str) -> float:
        value = read_number(words, self.label)
        if not self.low <= value <= self.high:
            allowed = f"{self.low:g} to {self.high:g} {self.unit}".rstrip()
            raise InputError(f"{self.label}: got {value:g}; allowed is {allowed}")
        if self.is_whole and value != int(value):
            raise InputError(f"{self.label}: got {words}; a whole number is needed")
        return value


def read_number(words: str, called: str) -> float:
    """Read a number as a form sends it; an empty field is no number, and stands for none.

    Raises
    ------
    InputError
        If it is empty, no number, or could mean two things, with the name of the field.
    """
    if not words.strip():
        raise InputError(f"{called}: is empty; a number is needed")
    return number_text.read_number(called, words)


SENT = "sent"
"""Name in an address that says that a form was sent whole."""
_MOST_UNREAD = 5  # are named


def unread_names(asked: Iterable[str], known: Collection[str]) -> str:
    """Say which names of an address a page does not read, with those that it reads; empty if there are none.

    Parameters
    ----------
    asked, known
        Names that the address holds, and those that the page reads.
    """
    unread = [shortened(name) for name in dict.fromkeys(asked) if name not in known]
    if not unread:
        return ""
    more = f" and {len(unread) - _MOST_UNREAD} more" if len(unread) > _MOST_UNREAD else ""
    reads = f"it reads {', '.join(name for name in known if name != SENT)}" if known else "it reads none"
    return f"This page does not understand {', '.join(unread[:_MOST_UNREAD])}{more} in its address; {reads}."


@cache
def regimen_choices() -> tuple[tuple[str, str], ...]:
    """Give the regimens of the library as options of a field: name, and label; no strategies of several lines."""
    import cereblon as cb

    rows = cb.regimens().tables()["regimens"]
    return tuple((str(row["name"]), str(row["label"])) for row in rows if row["kind"] == "regimen")


def read_form(fields: Sequence[Field], given: Mapping[str, Sequence[str]]) -> dict[str, Value]:
    """Read a form; a field that was not sent keeps its start, unless the form was sent whole.

    Parameters
    ----------
    fields
        Of the form.
    given
        Values by name, as in an address. `sent` says that a box or list without a value was emptied.
    """
    is_whole = SENT in given
    values: dict[str, Value] = {}
    for field in fields:
        if field.name in given:
            values[field.name] = field.read(list(given[field.name]))
        elif is_whole and field.kind == "ticks":
            values[field.name] = field.read([])
        else:
            values[field.name] = field.start
    return values
