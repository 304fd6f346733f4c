"""Whether a follow-up time ends in an event: the usual codings read, anything else refused with its row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cereblon.core.errors import InputError
from cereblon.core.number_arrays import ArrayInput
from cereblon.core.words import is_missing, plain

Coding = Literal["0/1", "1/2", "cnsr"]

CODINGS: dict[str, str] = {
    "0/1": "0 censored, 1 event",
    "1/2": "1 censored, 2 event, as in R's survival",
    "cnsr": "0 event, 1 or more censored, as CNSR of CDISC ADTTE",
}

_WORDS: dict[str, bool] = {
    **dict.fromkeys(("true", "t", "yes", "y", "event", "dead", "death", "died"), True),
    **dict.fromkeys(("false", "f", "no", "n", "censored", "censor", "alive", "no event"), False),
}

ALLOWED = "0 or 1, true or false, yes or no, event or censored, dead or alive; 1/2 and CNSR when named"


def read_event_indicator(
    values: ArrayInput,
    *,
    place: Callable[[int], str] = lambda position: f"event, row {position + 1}",
    coding: str | None = None,
) -> NDArray[np.bool_]:
    """Read who had the event.

    Parameters
    ----------
    values
        One per subject: numbers, truth values or text.
    place
        Name of the place of a value by its position, for messages.
    coding
        One of `CODINGS` for numbers; None for 0/1. A column of 1 and 2 without it is refused, as it may mean either.

    Raises
    ------
    InputError
        If the coding is unknown, or naming each value that is missing or no indicator of an event.
    """
    if coding is not None and coding not in CODINGS:
        raise InputError(f"event coding {coding!r} is not one of {', '.join(CODINGS)}")
    if isinstance(values, np.ma.MaskedArray):
        values = values.tolist()
    array = np.asarray(values, dtype=None if isinstance(values, np.ndarray) else object)
    if array.ndim != 1:
        raise InputError(f"event indicators of shape {array.shape}; one per subject is needed")
    if array.dtype == np.bool_ and coding is None:
        return array
    numeric = array.dtype.kind in "iuf"
    if numeric and coding in (None, "0/1") and bool(np.isin(array, (0, 1)).all()):
        return np.asarray(array == 1)
    cells: list[Any] = array.tolist()
    numbers = {number for cell in cells if (number := _number(cell)) is not None}
    if coding is None and 2.0 in numbers and numbers <= {1.0, 2.0}:
        raise InputError(
            f"{place(0)}: the events are coded 1 and 2, which may mean either way round",
            hint="name the coding: 1/2 if 2 is the event (as in R's survival), or write 0 and 1",
        )
    problems: list[str] = []
    found = [_read(cell, coding or "0/1", position, place, problems) for position, cell in enumerate(cells)]
    if problems:
        more = [f"and {len(problems) - 20} more"] if len(problems) > 20 else []
        raise InputError("\n".join(problems[:20] + more), hint=f"allowed: {ALLOWED}")
    return np.array(found, dtype=np.bool_)


def _number(cell: object) -> float | None:
    if isinstance(cell, bool) or cell is None:
        return None
    try:
        return float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def _read(cell: object, coding: str, position: int, place: Callable[[int], str], problems: list[str]) -> bool:
    if is_missing(cell):
        problems.append(f"{place(position)}: is missing; whether there was an event must be known")
        return False
    if isinstance(cell, (bool, np.bool_)):
        return bool(cell) != (coding == "cnsr")
    number = _number(cell)
    if number is None:
        word = _WORDS.get(plain(str(cell)))
        if word is None:
            problems.append(f"{place(position)}: {cell!r} is no indicator of an event")
        return bool(word)
    if coding == "cnsr" and number >= 0 and number == int(number):
        return number == 0
    low = 1.0 if coding == "1/2" else 0.0
    if coding == "cnsr" or number not in (low, low + 1):
        problems.append(f"{place(position)}: {cell!r} is no indicator of an event ({CODINGS[coding]})")
        return False
    return number == low + 1
