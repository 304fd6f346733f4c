"""Points read off a printed survival curve and the numbers at risk below it, checked before anything is rebuilt.

What digitising does to a curve is mended up to a stated tolerance, and every mend is counted and shown; anything
larger is refused, because it means that points of two curves were mixed or a line of the table was mistyped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cereblon.errors import InputError
from cereblon.evidence.curves.csv_columns import CsvTable, read_csv

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SURVIVAL_TOLERANCE = 0.02  # two percentage points: about a line's width of a printed curve
TIME_TOLERANCE = 0.02  # of the length of the time axis
_FRACTIONS = ("survival", "surv", "s")
_PERCENTS = ("percent", "survival_percent", "surv_percent", "surv_pct")
_COUNTS = ("at_risk", "n_risk", "nrisk", "n_at_risk")


@dataclass(frozen=True, slots=True)
class DigitisedCurve:
    """A survival curve as read off a figure: rising times, falling survival, starting at 1 at time 0.

    Parameters
    ----------
    arm
        Name of the arm.
    month, survival
        Time in months; fraction free of the event.
    notes
        What was mended, in words.
    """

    arm: str
    month: Floats
    survival: Floats
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RiskTable:
    """Numbers at risk printed below a curve, from month 0 on.

    Parameters
    ----------
    month, count
        Time in months; patients still followed and free of the event.
    """

    month: Floats
    count: Ints


def digitised_curve(month: ArrayLike, survival: ArrayLike, *, arm: str = "curve", where: str = "") -> DigitisedCurve:
    """Check points read off a curve and bring them into order.

    Parameters
    ----------
    month
        Time in months, in the order of the curve.
    survival
        Fractions.
    arm, where
        Name of the arm and of the file, for messages.

    Returns
    -------
        Starts at (0, 1). Jitter of the digitiser up to `SURVIVAL_TOLERANCE` and `TIME_TOLERANCE` is levelled, with a
        note that says how often and how much.

    Raises
    ------
    InputError
        Listing every problem: a curve that rises, probabilities outside 0 to 1, times that run backwards or are
        negative.
    """
    place = ", ".join(part for part in (where, f"arm {arm}") if part)
    t, s = np.asarray(month, dtype=np.float64), np.asarray(survival, dtype=np.float64)
    if t.shape != s.shape or t.ndim != 1 or len(t) < 2:
        raise InputError(f"{place}: {len(t)} times and {len(s)} survival values; at least two points are needed")
    if not (np.isfinite(t).all() and np.isfinite(s).all()):
        raise InputError(f"{place}: a time or a survival value is not a finite number")
    problems = _problems(t, s, place)
    if problems:
        raise InputError("\n".join(problems), hint=_hint(s))
    notes = list[str]()
    outside = int(((s > 1) | (s < 0)).sum())
    if outside:
        notes.append(
            f"{outside} survival values lay outside 0 to 1 by less than the tolerance and were set to the bound"
        )
    if (t < 0).any():
        notes.append(f"{int((t < 0).sum())} points lay left of month 0 by less than the tolerance and were set to 0")
    if (np.diff(t) < 0).any():
        notes.append(f"{int((np.diff(t) < 0).sum())} points stepped back in time by less than the tolerance; sorted")
    t, s = np.maximum(t, 0.0), np.clip(s, 0.0, 1.0)
    order = np.argsort(t, kind="stable")
    t, s = t[order], s[order]
    level = np.minimum.accumulate(s)
    rises = int((np.diff(s) > 1e-9).sum())
    if rises:
        largest = 100 * float((s - level).max())
        notes.append(
            f"{rises} points rose, by at most {largest:.2g} percentage points; levelled to the lowest so far"
        )
    t, s = _one_value_per_time(t, level)
    return DigitisedCurve(arm, t, s, tuple(notes))


def _problems(t: Floats, s: Floats, place: str) -> list[str]:
    span = float(t.max() - min(t.min(), 0.0))
    problems = []
    outside = np.flatnonzero((s > 1 + SURVIVAL_TOLERANCE) | (s < -SURVIVAL_TOLERANCE))
    if len(outside):
        first = outside[0]
        problems.append(f"{place}: survival is {s[first]:g} at month {t[first]:g}; a fraction from 0 to 1 is needed")
    early = np.flatnonzero(t < -TIME_TOLERANCE * span)
    if len(early):
        problems.append(f"{place}: time is {t[early[0]]:g} months; time starts at 0")
    back = np.flatnonzero(np.maximum.accumulate(t) - t > TIME_TOLERANCE * span)
    if len(back):
        problems.append(
            f"{place}: times are not sorted: month {t[back[0]]:g} comes after month {t[: back[0]].max():g}"
        )
        return problems  # whether the curve rises cannot be told
    rise = s - np.minimum.accumulate(s)
    worst = int(np.argmax(rise))
    if rise[worst] > SURVIVAL_TOLERANCE and not len(outside):
        low = float(np.minimum.accumulate(s)[worst])
        problems.append(
            f"{place}: the curve rises, from {low:.3g} to {s[worst]:.3g} at month {t[worst]:g}; "
            f"survival cannot rise (up to {SURVIVAL_TOLERANCE:g} is taken as noise of digitising)"
        )
    return problems


def _hint(s: Floats) -> str:
    if s.max() > 1 + SURVIVAL_TOLERANCE:
        return "call the column percent if it holds percentages"
    return "look for points of another curve, or give one file per arm; sort points by time"


def _one_value_per_time(t: Floats, s: Floats) -> tuple[Floats, Floats]:
    """Keep the lowest value at each time, and start at (0, 1)."""
    distinct = np.unique(t)
    last = np.searchsorted(t, distinct, side="right") - 1
    t, s = distinct, s[last]
    if t[0] > 0:
        return np.concatenate([[0.0], t]), np.concatenate([[1.0], s])
    s = s.copy()
    s[0] = 1.0
    return t, s


def risk_table(month: ArrayLike, count: ArrayLike, *, arm: str = "curve", where: str = "") -> RiskTable:
    """Check numbers at risk.

    Parameters
    ----------
    month
        Rising, from 0.
    count
        Whole numbers, never growing, at least one patient at month 0.
    arm, where
        Name of the arm and of the file, for messages.

    Raises
    ------
    InputError
        Listing every problem.
    """
    place = ", ".join(part for part in (where, f"arm {arm}") if part)
    t, n = np.asarray(month, dtype=np.float64), np.asarray(count, dtype=np.float64)
    if t.shape != n.shape or t.ndim != 1 or not len(t):
        raise InputError(f"{place}: {t.size} times and {n.size} numbers at risk do not belong together")
    problems = []
    if not (np.isfinite(t).all() and np.isfinite(n).all()):
        raise InputError(f"{place}: a time or number at risk is not a finite number")
    if t[0] != 0:
        problems.append(f"{place}: the first time is month {t[0]:g}; the number at month 0 is needed")
    for earlier, later in pairwise(t):
        if later <= earlier:
            problems.append(f"{place}: times are not sorted: month {later:g} follows month {earlier:g}")
    for index in np.flatnonzero((n < 0) | (n != np.round(n))):
        problems.append(f"{place}: {n[index]:g} at risk at month {t[index]:g}; a whole number of patients is needed")
    if n[0] < 1:
        problems.append(f"{place}: {n[0]:g} at risk at the start; at least one patient is needed")
    for index in np.flatnonzero(np.diff(n) > 0):
        problems.append(
            f"{place}: the number at risk grows from {n[index]:g} at month {t[index]:g} to {n[index + 1]:g} "
            f"at month {t[index + 1]:g}"
        )
    if problems:
        raise InputError("\n".join(problems), hint="numbers at risk stand below the figure, one row per arm")
    return RiskTable(t, n.astype(np.int64))


def read_points(path: Path, *, time_unit: str | None = None) -> dict[str, DigitisedCurve]:
    """Read digitised points from a CSV file, by arm.

    Parameters
    ----------
    path
        Columns: month (or week, day, year, or time with `time_unit`); survival (fraction) or percent; optionally arm.
    time_unit
        Of a column called time; months if None.

    Raises
    ------
    InputError
        Listing every problem of the file.
    """
    table = read_csv(path)
    problems = list[str]()
    t = table.months(time_unit, problems)
    heights = table.find((*_FRACTIONS, *_PERCENTS))
    if heights is None:
        raise InputError(
            f"{path}: there is no column survival (fraction) or percent among {', '.join(table.columns)}"
        )
    s = np.array(table.numbers(heights, problems)) / (100 if heights in _PERCENTS else 1)
    if problems:
        raise InputError("\n".join(problems))
    curves = dict[str, DigitisedCurve]()
    for arm, rows in _arms(table).items():
        try:
            curves[arm] = digitised_curve(t[rows], s[rows], arm=arm, where=str(path))
        except InputError as error:
            problems.append(error.message)
            hint = error.hint
    if problems:
        raise InputError("\n".join(problems), hint=hint)
    return curves


def read_risk_table(path: Path, *, time_unit: str | None = None) -> dict[str, RiskTable]:
    """Read numbers at risk from a CSV file, by arm.

    Parameters
    ----------
    path
        Columns: a time as in `read_points`; at_risk, and optionally arm. Or, instead of at_risk, one column per arm
        that carries the arm's name.
    time_unit
        Of a column called time; months if None.

    Raises
    ------
    InputError
        Listing every problem of the file.
    """
    table = read_csv(path)
    column, scale = table.time_column(time_unit)
    counts = table.find(_COUNTS)
    names = [name for name in table.columns if name not in (column, "arm")]
    if counts is None and not names:
        raise InputError(f"{path}: there is no column at_risk among {', '.join(table.columns)}")
    problems, tables = list[str](), dict[str, RiskTable]()
    t = np.array(table.numbers(column, problems)) * scale
    parts: list[tuple[str, str, list[int]]] = (
        [(arm, counts, rows) for arm, rows in _arms(table).items()]
        if counts is not None
        else [(name, name, list(range(len(table.rows)))) for name in names]
    )
    for arm, cells, rows in parts:
        n = np.array(table.numbers(cells, problems))
        if problems:
            continue
        try:
            tables[arm] = risk_table(t[rows], n[rows], arm=arm, where=str(path))
        except InputError as error:
            problems.append(error.message)
    if problems:
        raise InputError(
            "\n".join(dict.fromkeys(problems)), hint="columns: month, at_risk and, for several arms, arm"
        )
    return tables


def _arms(table: CsvTable) -> dict[str, list[int]]:
    rows = dict[str, list[int]]()
    for index, row in enumerate(table.rows):
        rows.setdefault(row.get("arm", "curve"), []).append(index)
    return rows


def match_arms(curves: Sequence[str], tables: Sequence[str], where: str) -> dict[str, str]:
    """Say which table belongs to which curve: by name, without regard to case; a single one of each belongs together.

    Raises
    ------
    InputError
        If an arm has points but no numbers at risk, or the reverse.
    """
    if len(curves) == 1 and len(tables) == 1:
        return {curves[0]: tables[0]}
    lower = {name.lower(): name for name in tables}
    problems = [f"{where}: arm {arm} has points and no numbers at risk" for arm in curves if arm.lower() not in lower]
    known = {arm.lower() for arm in curves}
    problems += [
        f"{where}: arm {arm} has numbers at risk and no points" for arm in tables if arm.lower() not in known
    ]
    if problems:
        raise InputError("\n".join(problems), hint="the column arm must hold the same names in both files")
    return {arm: lower[arm.lower()] for arm in curves}
