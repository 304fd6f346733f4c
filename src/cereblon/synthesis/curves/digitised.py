"""Points read off a printed survival curve and the numbers at risk below it, checked before anything is rebuilt.

What digitising does to a curve is mended up to a stated tolerance, and every mend is counted and shown; anything
larger is refused, because it means that points of two curves were mixed or a line of the table was mistyped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cereblon.core.bounds import BOUNDS
from cereblon.core.errors import InputError
from cereblon.core.given_tables import GivenTable, read_table
from cereblon.core.number_arrays import as_numbers
from cereblon.core.problems import refuse_problems
from cereblon.evidence.study import SURVIVAL_TOLERANCE
from cereblon.synthesis.curves.subject_columns import alike, months_of, names_of, rows_by_name, unused

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TIME_TOLERANCE = 0.02  # of the length of the time axis
_FRACTIONS = ("survival", "surv", "s")
_PERCENTS = ("percent", "survival_percent", "surv_percent", "surv_pct")
_COUNTS = ("at_risk", "n_risk", "nrisk", "n_at_risk")
_PERCENT_FROM = 10.0  # a value above it can be no fraction, whatever the digitiser did


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
    reading
        How the file was read, in words.
    """

    arm: str
    month: Floats
    survival: Floats
    notes: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RiskTable:
    """Numbers at risk printed below a curve, from month 0 on.

    Parameters
    ----------
    month, count
        Time in months; patients still followed and free of the event.
    reading
        How the file was read, in words.
    """

    month: Floats
    count: Ints
    reading: tuple[str, ...] = ()


def digitised_curve(month: ArrayLike, survival: ArrayLike, *, arm: str = "curve", where: str = "") -> DigitisedCurve:
    """Check points read off a curve and bring them into the order of time.

    Parameters
    ----------
    month
        Time in months, in any order.
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
        Listing every problem: a curve that rises, probabilities outside 0 to 1, negative times.
    """
    place = ", ".join(part for part in (where, f"arm {arm}") if part)
    t, s = as_numbers(month, f"{place}: times"), as_numbers(survival, f"{place}: survival")
    if t.shape != s.shape or t.ndim != 1 or len(t) < 2:
        raise InputError(f"{place}: {len(t)} times and {len(s)} survival values; at least two points are needed")
    if not (np.isfinite(t).all() and np.isfinite(s).all()):
        raise InputError(f"{place}: a time or a survival value is not a finite number")
    order = np.lexsort((-s, t))
    t, s = t[order], s[order]
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
    t, s = np.maximum(t, 0.0), np.clip(s, 0.0, 1.0)
    level = np.minimum.accumulate(s)
    rises = int((np.diff(s) > 1e-9).sum())
    if rises:
        largest = 100 * float((s - level).max())
        notes.append(
            f"{rises} points rose, by at most {largest:.2g} percentage points; levelled to the lowest so far"
        )
    at_start = float(level[t <= 0].min(initial=1.0))
    if at_start < 1:
        notes.append(f"the points at month 0 fall to {at_start:.3g}; the curve is taken to start at 1")
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
    if t.max() <= 0:
        problems.append(f"{place}: no point lies after month 0, so there is no curve")
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
    return "look for points of another curve, or give one file per arm or a column arm"


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
        From 0, in any order, each once.
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
    t, n = as_numbers(month, f"{place}: times"), as_numbers(count, f"{place}: numbers at risk")
    if t.shape != n.shape or t.ndim != 1 or not len(t):
        raise InputError(f"{place}: {t.size} times and {n.size} numbers at risk do not belong together")
    problems = []
    if not (np.isfinite(t).all() and np.isfinite(n).all()):
        raise InputError(f"{place}: a time or number at risk is not a finite number")
    order = np.argsort(t, kind="stable")
    t, n = t[order], n[order]
    if t[0] != 0:
        problems.append(f"{place}: the first time is month {t[0]:g}; the number at month 0 is needed")
    problems += [f"{place}: month {t[index]:g} stands twice" for index in np.flatnonzero(np.diff(t) == 0)]
    for index in np.flatnonzero((n < 0) | (n != np.round(n))):
        problems.append(f"{place}: {n[index]:g} at risk at month {t[index]:g}; a whole number of patients is needed")
    most = BOUNDS["number of patients"]
    if n.max() > most.high:
        problems.append(
            f"{place}: {n.max():g} at risk; each patient is rebuilt, at most {most.high:,.0f} ({most.reason})"
        )
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


def read_points(
    given: GivenTable, *, time_unit: str | None = None, allow_implausible: bool = False
) -> dict[str, DigitisedCurve]:
    """Read digitised points from a text table, by arm.

    Parameters
    ----------
    given
        A text file, or a table in memory.
        Columns: month (or week, day, year, or time with `time_unit`); survival (fraction) or percent; optionally arm.
        A column survival with values beyond 10 holds percentages, which is said.
    time_unit
        Of a column called time, which does not say it.
    allow_implausible
        Whether times beyond what a follow-up can be are accepted.

    Raises
    ------
    InputError
        Listing every problem of the file.
    """
    table = read_table(given)
    problems, notes = list[str](), list(table.remarks)
    t = months_of(table, time_unit, problems, notes, allow_implausible=allow_implausible, before_zero=True)
    column = table.need((*_FRACTIONS, *_PERCENTS), "survival (survival as a fraction, or percent)")
    s = np.array(table.numbers(column, problems))
    arms = names_of(table, "arm", problems) if "arm" in table.columns else ["curve"] * len(table)
    refuse_problems(problems)
    s, said = _as_fractions(s, column, table.where)
    notes += [*said, *alike(arms, f"{table.where}: arms")]
    notes += unused(table, (table.time_column(time_unit)[0], column, "arm"))
    curves, hint = dict[str, DigitisedCurve](), None
    for arm, rows in rows_by_name(arms).items():
        try:
            found = digitised_curve(t[rows], s[rows], arm=arm, where=table.where)
            curves[arm] = replace(found, reading=tuple(notes))
        except InputError as error:
            problems.append(error.message)
            hint = error.hint
    refuse_problems(problems, hint=hint)
    return curves


def _as_fractions(heights: Floats, column: str, where: str) -> tuple[Floats, list[str]]:
    """Bring survival to fractions by the name of the column, held against its values."""
    largest = float(heights.max())
    below_one = float(heights[heights < 1].max(initial=0.0))
    if largest > _PERCENT_FROM and _PERCENT_FROM / 100 <= below_one <= heights[heights > 1].min() / 100:
        raise InputError(
            f"{where}, {column}: holds {largest:g} and {below_one:g}, as a fraction the curve goes on with it; "
            "are fractions and percentages mixed?",
            hint="write all of them as percentages, or all as fractions",
        )
    if column in _PERCENTS:
        if largest <= 1 + SURVIVAL_TOLERANCE:
            raise InputError(
                f"{where}, {column}: the largest value is {largest:g}; percentages of a curve start at 100",
                hint="call the column survival if it holds fractions",
            )
        return heights / 100, []
    if largest > _PERCENT_FROM and largest <= 100 * (1 + SURVIVAL_TOLERANCE):
        return heights / 100, [f"{where}, {column}: the largest value is {largest:g}, so the values are percentages"]
    return heights, []


def read_risk_table(
    given: GivenTable, *, time_unit: str | None = None, allow_implausible: bool = False
) -> dict[str, RiskTable]:
    """Read numbers at risk from a text table, by arm.

    Parameters
    ----------
    given
        A text file, or a table in memory.
        Columns: a time as in `read_points`; at_risk, and optionally arm. Or, instead of at_risk, one column per arm
        that carries the arm's name.
    time_unit, allow_implausible
        As in `read_points`.

    Raises
    ------
    InputError
        Listing every problem of the file.
    """
    table = read_table(given)
    problems, notes, tables = list[str](), list(table.remarks), dict[str, RiskTable]()
    t = months_of(table, time_unit, problems, notes, allow_implausible=allow_implausible)
    time, counts = table.time_column(time_unit)[0], table.find(_COUNTS)
    names = sorted(name for name in table.columns if name not in (time, "arm"))
    if counts is None and (not names or "arm" in table.columns):
        raise InputError(
            f"{table.where}: there is no column at_risk among {', '.join(table.columns)}",
            hint="columns: month, at_risk and, for several arms, arm; or month and one column for each arm",
        )
    parts: list[tuple[str, str, list[int]]] = [(name, name, list(range(len(table)))) for name in names]
    if counts is not None:
        arms = names_of(table, "arm", problems) if "arm" in table.columns else ["curve"] * len(table)
        parts = [(arm, counts, rows) for arm, rows in rows_by_name(arms).items()]
        notes += unused(table, (time, counts, "arm"))
    read = {
        cells: np.array(table.numbers(cells, problems)) for cells in dict.fromkeys(cells for _, cells, _ in parts)
    }
    refuse_problems(problems)
    for arm, cells, rows in parts:
        try:
            found = risk_table(t[rows], read[cells][rows], arm=arm, where=table.where)
            tables[arm] = replace(found, reading=tuple(notes))
        except InputError as error:
            problems.append(error.message)
    refuse_problems(problems, hint="columns: month, at_risk and, for several arms, arm")
    return tables


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
    said = [*alike(curves, f"{where}: arms of the points"), *alike(tables, f"{where}: arms of the numbers at risk")]
    if said:
        raise InputError("\n".join(said), hint="write the name of an arm in one way")
    problems = [f"{where}: arm {arm} has points and no numbers at risk" for arm in curves if arm.lower() not in lower]
    known = {arm.lower() for arm in curves}
    problems += [
        f"{where}: arm {arm} has numbers at risk and no points" for arm in tables if arm.lower() not in known
    ]
    if problems:
        raise InputError("\n".join(problems), hint="the column arm must hold the same names in both files")
    return {arm: lower[arm.lower()] for arm in curves}
