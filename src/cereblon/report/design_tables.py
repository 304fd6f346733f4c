"""The looks and the numbers of a design as a protocol shows them: percent with their error, bounds, months."""

from __future__ import annotations

import math

from cereblon.core.rows import Row, Rows, number
from cereblon.report.document import Table
from cereblon.report.wording import chance


def looks_table(rows: Rows, *, effect: str) -> Table:
    """Give one row for each look.

    Parameters
    ----------
    rows
        Rows of `looks`.
    effect
        What is estimated, in words.
    """
    has_futility = any(row["z_futility"] is not None for row in rows)
    head = ["look", "held at", "month", "patients", "events", "success here", "success by then (error)"]
    head += ["stops, futile"] * has_futility + ["z to succeed", "one-sided p"] + ["z, futile"] * has_futility
    return Table([*head, f"{effect}, nine of ten", "succeeds from"], [_look(row, has_futility) for row in rows])


def _look(row: Row, has_futility: bool) -> list[str]:
    low, middle, high = (_digits(row, f"effect_{name}", 2) for name in ("low", "middle", "high"))
    error = number(row, "monte_carlo_error") or 0.0
    return [
        str(row["look"]),
        str(row["held_at"]),
        _digits(row, "look_month", 1),
        _digits(row, "patients_enrolled", 0),
        _digits(row, "events_known", 0),
        chance(number(row, "chance_success") or 0.0),
        f"{chance(number(row, 'chance_by_then') or 0.0, error)} ({100 * error:.1f})",
        *([chance(number(row, "chance_futility") or 0.0)] * has_futility),
        _digits(row, "z_success", 3),
        _digits(row, "p_success", 4),
        *([_digits(row, "z_futility", 3)] * has_futility),
        f"{middle} ({low} to {high})",
        _digits(row, "effect_needed", 2),
    ]


def numbers_table(rows: Rows) -> Table:
    """Give the numbers of a design with their error: chances in percent, the others as they are.

    Parameters
    ----------
    rows
        Rows of `summary`.
    """
    cells = []
    for row in rows:
        name = str(row["design_number"])
        value, error = (number(row, key) or 0.0 for key in ("value", "monte_carlo_error"))
        if name.startswith("expected"):
            digits = 1 if name.endswith("months") else 0
            cells.append([name, f"{value:.{digits}f}", f"{error:.1f}"])
        else:
            cells.append([name, chance(value, error), f"{100 * error:.1f} points"])
    return Table(["number", "value", "Monte Carlo error"], cells)


def closed_forms_table(rows: Rows) -> Table:
    """Give what formulas say of a design: a chance in percent, and events and patients as the least whole number.

    Parameters
    ----------
    rows
        Rows of `closed_forms`.
    """
    cells = []
    for row in rows:
        name, value = str(row["design_number"]), number(row, "value") or 0.0
        if name.startswith("power"):
            shown = chance(value, 0.0)
        else:
            shown = f"{value:.2f}" if name.startswith("ratio") else f"{math.ceil(value):,}"
        cells.append([name, shown])
    return Table(["number", "value"], cells)


def search_table(rows: Rows, *, quantity: str) -> Table:
    """Give one row for each size, number of events or month that was tried.

    Parameters
    ----------
    rows
        Rows of `search`.
    quantity
        What was tried, in words.
    """
    head = [quantity, "chance of success", "Monte Carlo error, points", "patients, expected", "months, expected"]
    cells = [
        [
            _digits(row, "tried", 0),
            chance(number(row, "power") or 0.0, number(row, "monte_carlo_error")),
            f"{100 * (number(row, 'monte_carlo_error') or 0.0):.1f}",
            _digits(row, "expected_patients", 0),
            _digits(row, "expected_months", 1),
        ]
        for row in rows
    ]
    return Table(head, cells)


def grid_table(rows: Rows, *, until: str) -> Table:
    """Give one row for each size and end of the trial.

    Parameters
    ----------
    rows
        Rows of `grid`.
    until
        What ends the trial, in words.
    """
    cells = [
        [_digits(row, "patients_planned", 0), _digits(row, "until", 0), chance(number(row, "power") or 0.0)]
        for row in rows
    ]
    return Table(["patients of both arms", until, "chance of success"], cells)


def _digits(row: Row, name: str, digits: int) -> str:
    value = number(row, name)
    return "" if value is None else f"{value:.{digits}f}"
