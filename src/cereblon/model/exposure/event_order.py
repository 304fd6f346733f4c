"""The order of the rows of an event data set: that of time, unless the user says that the file's counts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cereblon.core.problems import refuse_problems
from cereblon.model.exposure.event_columns import RESET, RESET_AND_DOSE
from cereblon.model.exposure.event_table import EventTable

_ROW_FIELDS = (
    "subject",
    "line",
    "hours",
    "shown",
    "evid",
    "mg",
    "infusion_h",
    "absorbed",
    "more",
    "every_h",
    "steady",
)
RESETS, SETTLES, OBSERVES, GIVES = 0, 1, 2, 3
"""What happens first at one time, where the order of the file does not count."""


def is_reset(table: EventTable) -> NDArray[np.bool_]:
    """Say which rows take all drug away."""
    return np.isin(table.evid, (RESET, RESET_AND_DOSE))


def order_rows(table: EventTable, where: str) -> EventTable:
    """Put the rows of each subject in the order of time; or keep that of the file, if it counts.

    Raises
    ------
    InputError
        Listing rows whose order would change the result though it does not count, and rows that are out of order
        where it does.
    """
    problems = _file_problems(table, where) if table.in_order else _doubtful_rows(table, where)
    problems += _antibody_problems(table, where)
    hint = (
        None if table.in_order else "write the rows at times that differ, or use --in-order if the file is in order"
    )
    refuse_problems(problems, hint=hint)
    if table.in_order:
        order = np.argsort(table.subject, kind="stable")
    else:
        settles = np.where(is_reset(table), RESETS, np.where(table.steady > 0, SETTLES, OBSERVES))
        order = np.lexsort(
            (
                table.line,
                table.mg,
                table.evid,
                table.is_dose,
                table.steady,
                settles,
                _clean(table.hours),
                table.subject,
            )
        )
    rows: dict[str, Any] = {name: getattr(table, name)[order] for name in _ROW_FIELDS}
    covariates = {name: values[order] for name, values in table.covariates.items()}
    return replace(table, covariates=covariates, **rows)


def _clean(hours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give times without what rounding leaves behind, a few nanoseconds."""
    return np.round(hours, 9)


def _file_problems(table: EventTable, where: str) -> list[str]:
    """Find subjects that come back, and times that fall without a reset."""
    same = np.diff(table.subject) == 0
    begins = np.concatenate([[True], ~same])
    starts = table.subject[begins]
    _, first = np.unique(starts, return_index=True)
    again = np.setdiff1d(np.arange(len(starts)), first)
    rows = np.flatnonzero(begins)[again]
    problems = [
        f"{where}, line {table.line[row]}, ID: {table.subjects[table.subject[row]]} came before; keep its rows "
        "together"
        for row in rows
    ]
    falls = np.flatnonzero(same & (np.diff(table.hours) < 0.0) & ~is_reset(table)[1:]) + 1
    return problems + [
        f"{where}, line {table.line[row]}, TIME: {table.shown[row]:g} after {table.shown[row - 1]:g} in line "
        f"{table.line[row - 1]}; time may go back only with a reset (EVID 3 or 4)"
        for row in falls
    ]


def _doubtful_rows(table: EventTable, where: str) -> list[str]:
    """Find rows of which it matters whether they stand before or behind another one at the same time."""
    problems = []
    reset = is_reset(table)
    by_subject = np.argsort(table.subject, kind="stable")
    subject, hours = table.subject[by_subject], table.hours[by_subject]
    falls = by_subject[1:][(np.diff(subject) == 0) & (np.diff(hours) < 0.0)]
    resetting = np.isin(table.subject[falls], table.subject[reset])
    for row in falls[resetting]:
        problems.append(
            f"{where}, line {table.line[row]}, TIME: goes back in a subject with a reset (EVID 3 or 4), so the order "
            "of rows would say to which course they belong"
        )
    order = np.lexsort((table.line, _clean(table.hours), table.subject))
    first = np.concatenate(
        [[True], (np.diff(table.subject[order]) != 0) | (np.diff(_clean(table.hours)[order]) != 0.0)]
    )
    starts = np.flatnonzero(first)
    sizes = np.diff(np.append(starts, len(order)))
    at_once = table.is_dose & ~table.absorbed & (table.infusion_h == 0.0)
    matters = np.maximum.reduceat((reset | at_once | (table.steady > 0))[order], starts)
    for values in table.covariates.values():
        matters |= np.maximum.reduceat(values[order], starts) != np.minimum.reduceat(values[order], starts)
    shared = (sizes > 1) & matters
    for start, size in zip(starts[shared].tolist(), sizes[shared].tolist(), strict=True):
        rows = order[start : start + size]
        if why := _doubt(table, rows, reset):
            lines = ", ".join(str(table.line[row]) for row in rows)
            problems.append(f"{where}, lines {lines}: {why}")
    return problems


def _doubt(table: EventTable, rows: NDArray[np.int64], reset: NDArray[np.bool_]) -> str | None:
    """Say why the order of rows at one time would change the result, or None; `rows` stand as in the file."""
    if any(len(np.unique(values[rows])) > 1 for values in table.covariates.values()):
        return "rows at one time differ in a covariate"
    dose, observed = table.is_dose[rows], table.is_observed[rows]
    if reset[rows].any():
        return "a reset and another row stand at one time"
    settles = table.steady[rows] > 0
    if settles.any():
        if (dose & ~settles).any() or np.count_nonzero(table.steady[rows] == 1) > 1:
            return "a steady state (SS) and another dose stand at one time"
        if observed.any() and np.flatnonzero(observed)[0] < np.flatnonzero(settles)[-1]:
            return "an observation stands before a steady state (SS) at the same time"
    at_once = dose & ~table.absorbed[rows] & (table.infusion_h[rows] == 0.0)
    if at_once.any() and observed.any() and np.flatnonzero(at_once)[0] < np.flatnonzero(observed)[-1]:
        return "an observation stands behind a dose that enters the centre at once, at the same time"
    return None


def _antibody_problems(table: EventTable, where: str) -> list[str]:
    """Refuse resets of an antibody after its first dose."""
    reset = is_reset(table)
    if table.kinetics.linear or not reset.any():
        return []
    first = np.full(len(table.subjects), np.inf)
    np.fmin.at(first, table.subject[table.is_dose], table.hours[table.is_dose])
    dosed = np.zeros(len(reset), bool)
    seen: set[int] = set()
    for row, (who, dose) in enumerate(zip(table.subject.tolist(), table.is_dose.tolist(), strict=True)):
        dosed[row] = who in seen if table.in_order else table.hours[row] > first[who]
        if dose:
            seen.add(who)
    return [
        f"{where}, line {table.line[row]}, EVID: a reset after a dose of {table.kinetics.drug} cannot be honoured: "
        "its elimination goes on changing from the first dose, which a reset does not undo"
        for row in np.flatnonzero(reset & dosed)
    ]
