"""Units of time as users write them, and how long each is."""

from __future__ import annotations

from cereblon.core.errors import InputError
from cereblon.core.words import Words

DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = DAYS_PER_YEAR / 12

EARLIEST_YEAR, LATEST_YEAR = 1950, 2100
"""Years in which a trial or study may have enrolled."""

DAYS_PER: dict[str, float] = {"days": 1.0, "weeks": 7.0, "months": DAYS_PER_MONTH, "years": DAYS_PER_YEAR}
"""Length of each unit in days; a month is a twelfth of 365.25 days."""

MONTHS_PER: dict[str, float] = {unit: days / DAYS_PER_MONTH for unit, days in DAYS_PER.items()}
"""Length of each unit in months."""

TIME_UNITS = Words(
    "unit of time",
    tuple(DAYS_PER),
    {
        **dict.fromkeys(("d", "day"), "days"),
        **dict.fromkeys(("w", "wk", "wks", "week"), "weeks"),
        **dict.fromkeys(("mo", "mos", "mon", "mth", "mths", "month"), "months"),
        **dict.fromkeys(("y", "yr", "yrs", "year"), "years"),
    },
)
"""`m` is not among them: it may be minutes or months."""


def read_time_unit(text: str, *, where: str = "time unit") -> str:
    """Read a unit of time: days, weeks, months or years, or a usual abbreviation.

    Raises
    ------
    InputError
        If it is none of them.
    """
    found = TIME_UNITS.find(text)
    if found is None:
        raise InputError(f"{where} {text!r} is not one of {', '.join(DAYS_PER)}")
    return found
