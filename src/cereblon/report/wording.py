"""Numbers and intervals in words: one way for the page, the figures and the terminal."""

from __future__ import annotations

from cereblon.core.rows import Interval, Row, Rows, interval, number, text, truth

NOTHING = "–"
LEVEL_WORDS = "90 % of trials"
_SUPERSCRIPTS = str.maketrans("-0123456789", "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")
_DECIMALS = {"ratio": 2, "p": 3, "patients": 0, "cycles": 0, "lines": 0}
_WHOLE_PERCENT = 0.005
"""Monte Carlo error from which a tenth of a percent says nothing."""


def value(amount: float | None, unit: str) -> str:
    """Write a number with the decimals its unit deserves; None is a dash."""
    if amount is None:
        return NOTHING
    return f"{amount:.{_DECIMALS.get(unit, 1)}f}"


def span(ends: Interval | None, unit: str) -> str:
    """Write an interval, e.g. `28.9 to 38.3`; an open end is `not reached` (upper) or `?` (lower)."""
    if ends is None:
        return ""
    low, high = ends
    return f"{'?' if low is None else value(low, unit)} to {'not reached' if high is None else value(high, unit)}"


def chance(value: float, error: float | None = None) -> str:
    """Write a chance in percent; simulated trials show that none is sure, so the ends are `more` and `less than`.

    Parameters
    ----------
    value
        From 0 to 1.
    error
        Monte Carlo error, which decides whether a tenth of a percent says anything; None for whole percent.
    """
    digits = 0 if error is None or error >= _WHOLE_PERCENT else 1
    shown, step = f"{100 * value:.{digits}f}", 10.0**-digits
    if float(shown) >= 100.0:
        return f"more than {100.0 - step:.{digits}f} %"
    if float(shown) <= 0.0:
        return f"less than {step:.{digits}f} %"
    return f"{shown} %"


def short_span(ends: Interval | None, unit: str) -> str:
    """Write an interval in parentheses for a figure, e.g. `(28.9–38.3)`; an open upper end is NR."""
    if ends is None:
        return ""
    low, high = ends
    return f" ({'?' if low is None else value(low, unit)}–{'NR' if high is None else value(high, unit)})"


def published(row: Row) -> str:
    """Write the published value of a comparison row, without its interval."""
    if text(row, "published_status") == "not_reached":
        return "not reached"
    return value(number(row, "published"), text(row, "unit"))


def predicted(row: Row) -> str:
    """Write the predicted value of a comparison row, without its interval."""
    amount = number(row, "predicted")
    if amount is None and interval(row, "predicted_interval") is not None:
        return "not reached"
    return value(amount, text(row, "unit"))


def cut_words(cut: str) -> str:
    """Name a data cut so that one called by its follow-up is not read as the value before it."""
    return f"cut at {cut}" if cut.endswith("months") else cut


def verdict(row: Row) -> str:
    """Write the judgement of a comparison row."""
    return {True: "inside", False: "outside", None: "not judged"}[truth(row, "inside")]


def unit_label(unit: str) -> str:
    """Write a unit as a suffix: `%`, `months`; nothing for a ratio."""
    return {"percent": "%", "ratio": "", "1": ""}.get(unit, unit)


def amount(number_: float) -> str:
    """Write a parameter value: four significant digits, and a power of ten only below a thousandth."""
    shown = f"{number_:.4g}"
    if "e" not in shown:
        return shown
    digits, power = shown.split("e")
    if int(power) > 0:
        return count(float(shown))
    return f"{digits}\u00a0\u00d7\u00a010{str(int(power)).translate(_SUPERSCRIPTS)}"


def count(number_: float) -> str:
    """Write a whole number with thin spaces between thousands."""
    return f"{number_:,.0f}".replace(",", "\u202f")


def level(share: float | None) -> str:
    """Write the level of an interval, `90 %`; where it is not known, `prediction`."""
    return "prediction" if share is None else f"{share * 100:g}\u00a0%"


def level_of(rows: Rows) -> float | None:
    """Give the level of the first prediction interval among comparison rows, or None."""
    return next((share for row in rows if (share := number(row, "predicted_level")) is not None), None)


def interval_of(rows: Rows) -> str:
    """Name the prediction interval of comparison rows, with its level where known."""
    share = level_of(rows)
    return "the prediction interval" if share is None else f"the {level(share)} prediction interval"
