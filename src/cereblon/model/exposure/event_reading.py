"""Reading an event data set as NONMEM, Monolix, mrgsolve and nlmixr2 users keep it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from cereblon.core.bounds import LIFT
from cereblon.core.delimited_text import parse_table
from cereblon.core.errors import InputError
from cereblon.core.names import find_name_problem
from cereblon.core.problems import refuse_problems
from cereblon.core.text_files import read_text
from cereblon.core.text_tables import TextTable
from cereblon.core.words import is_missing
from cereblon.model.drugs.kinetics import Kinetics
from cereblon.model.exposure.event_cells import EventCells
from cereblon.model.exposure.event_checks import value_doubts, value_problems
from cereblon.model.exposure.event_columns import (
    compartments,
    find_columns,
    needed_columns,
)
from cereblon.model.exposure.event_order import order_rows
from cereblon.model.exposure.event_table import EventTable
from cereblon.model.exposure.event_times import HOURS_PER, read_times


def read_events(
    path: Path | str,
    kinetics: Kinetics,
    *,
    time_unit: str | None = None,
    in_order: bool = False,
    allow_implausible: bool = False,
) -> EventTable:
    """Read an event data set from a text file; see `parse_events`.

    Raises
    ------
    InputError
        If the file cannot be read, or listing every row and column that cannot be honoured.
    """
    return parse_events(
        read_text(path),
        kinetics,
        where=str(path),
        time_unit=time_unit,
        in_order=in_order,
        allow_implausible=allow_implausible,
    )


def parse_events(
    text: str,
    kinetics: Kinetics,
    *,
    where: str,
    time_unit: str | None = None,
    in_order: bool = False,
    allow_implausible: bool = False,
) -> EventTable:
    """Read an event data set from text.

    Parameters
    ----------
    text
        A table with a header; separators, decimals and names of columns as users of NONMEM, Monolix, mrgsolve and
        nlmixr2 write them.
    kinetics
        The drug it is about.
    where
        Name of the file, for messages.
    time_unit
        hours or days, for a column TIME; None where the column names its unit or holds times of day.
    in_order
        Whether the order of rows counts, as in NONMEM: which of two rows at one time comes first, and to which course
        rows behind a reset belong. Without it rows may stand in any order, and one that would count is refused.
    allow_implausible
        Whether amounts far outside what is given are meant.

    Raises
    ------
    InputError
        Listing every row and column that cannot be honoured.
    """
    table, notes = _without_marked(parse_table(_with_header(text), where=where))
    columns = find_columns(table)
    refuse_problems(_missing_columns(table, columns, kinetics))
    problems: list[str] = []
    ids = table.cells(columns["ID"])
    problems += [f"{table.place('ID')(row)}: is missing" for row, cell in enumerate(ids) if is_missing(cell)]
    first = {name: row for row, name in reversed(list(enumerate(ids)))}
    problems += [
        f"{table.place('ID')(row)}: {why}" for name, row in first.items() if (why := find_name_problem(name))
    ]
    subjects = tuple(sorted(set(ids), key=_natural))
    number = {subject: k for k, subject in enumerate(subjects)}
    subject = np.array([number[one] for one in ids])
    times = read_times(table, subject, time_unit, problems, notes)
    cells = EventCells(table, columns, kinetics, HOURS_PER[times.unit], problems, notes)
    covariates = cells.covariates()
    doses = cells.doses(cells.event_kinds())
    refuse_problems(problems, hint=_hint(kinetics))
    used = (*columns.values(), *times.columns)
    unused = tuple(column.upper() for column in table.unused(used))
    unused += tuple(name for name in columns if name not in {"ID", "IGNORE", *cells.used})
    found = EventTable(
        kinetics=kinetics,
        subjects=subjects,
        subject=subject,
        line=np.array(table.lines),
        hours=times.hours,
        shown=times.shown,
        time_unit=times.unit,
        covariates=covariates,
        in_order=in_order,
        notes=(*notes, *([f"columns not used: {', '.join(unused)}"] if unused else [])),
        unused=unused,
        **doses,  # type: ignore[arg-type]
    )
    found = replace(found, notes=(*found.notes, *_doses_twice(found)))
    undosed = sorted(set(range(len(subjects))) - set(subject[found.is_dose].tolist()))
    if undosed:
        shown = ", ".join(subjects[one] for one in undosed[:10]) + (", ..." if len(undosed) > 10 else "")
        note = f"{len(undosed)} subjects have no dose, so that nothing is in them: {shown}"
        found = replace(found, notes=(*found.notes, note))
    problems, doubts = value_problems(found, where), value_doubts(found, where)
    if doubts and allow_implausible:
        more = f", and {len(doubts) - 1} more" if len(doubts) > 1 else ""
        found = replace(found, notes=(*found.notes, f"accepted by {LIFT}: {doubts[0]}{more}"))
    elif doubts:
        problems += [f"{doubt} {LIFT} accepts it" for doubt in doubts]
    refuse_problems(problems, hint=_hint(kinetics))
    return order_rows(found, where)


def _with_header(text: str) -> str:
    """Take the mark of a comment from a header such as `#ID,TIME`, which would be passed over with it."""
    text = text.removeprefix("\ufeff")
    text = re.sub(r"\A\s*TABLE NO\.[^\n]*\n", "", text)  # the line that NONMEM writes above a table
    first = next((line for line in text.split("\n") if line.strip()), "")
    named = re.fullmatch(r"\s*[#@]\s*\"?(?:id|c|subject)\b.*", first, re.I)
    return text.replace(first, re.sub(r"[#@]", "", first, count=1), 1) if named else text


def _without_marked(table: TextTable) -> tuple[TextTable, list[str]]:
    """Leave out rows that are marked: by C or IGNORE, or by a first cell that begins with C, # or @."""
    notes = list(table.remarks)
    column = table.find(("c", "ignore", "ignored_line"))
    marks = table.cells(column) if column is not None else [""] * len(table)
    first = table.cells(table.columns[0])
    known = {pair: _is_marked(*pair) for pair in set(zip(marks, first, strict=True))}
    marked = [known[pair] for pair in zip(marks, first, strict=True)]
    if not any(marked):
        return table, notes
    lines = [str(line) for line, out in zip(table.lines, marked, strict=True) if out]
    more = f" and {len(lines) - 10} more" if len(lines) > 10 else ""
    notes.append(f"{len(lines)} rows marked to be ignored are left out: lines {', '.join(lines[:10])}{more}")
    if len(lines) == len(table):
        raise InputError(f"{table.where}: every row is marked to be ignored")
    kept = [k for k, out in enumerate(marked) if not out]
    rows, numbers = tuple(table.rows[k] for k in kept), tuple(table.lines[k] for k in kept)
    return replace(table, rows=rows, lines=numbers), notes


def _is_marked(mark: str, first: str) -> bool:
    return mark not in ("", ".", "0") or first.startswith("@") or first.lower() in ("c", "#")


def _missing_columns(table: TextTable, columns: Mapping[str, str], kinetics: Kinetics) -> list[str]:
    problems = [f"{table.where}: column {name} is missing" for name in ("ID", "AMT") if name not in columns]
    for name, covariate in needed_columns(kinetics).items():
        if name in columns or (name == "BSA" and {"WT", "HT"} <= set(columns)):
            continue
        if (name == "MALE" and {"SEX", "FEMALE"} & set(columns)) or (name == "IGG" and "ISOTYPE" in columns):
            continue
        instead = {"BSA": " (or WT and HT)", "MALE": " (or SEX in words)", "IGG": " (or ISOTYPE in words)"}.get(
            name, ""
        )
        problems.append(f"{table.where}: column {name}{instead} is missing: {covariate} acts on {kinetics.drug}")
    if problems:
        problems.append(f"{table.where}: columns found: {', '.join(table.columns)}")
    return problems


def _doses_twice(found: EventTable) -> list[str]:
    """Say which lines repeat a dose of a subject at one time: two capsules, or a line copied by mistake."""
    doses = np.flatnonzero(found.is_dose)
    told = zip(found.subject[doses].tolist(), found.hours[doses].tolist(), found.mg[doses].tolist(), strict=True)
    first: dict[tuple[int, float, float], int] = {}
    again = [
        str(found.line[row])
        for key, row in zip(told, doses.tolist(), strict=True)
        if first.setdefault(key, row) != row
    ]
    if not again:
        return []
    shown = ", ".join(again[:10]) + (", ..." if len(again) > 10 else "")
    return [f"{len(again)} doses repeat an equal dose of the subject at the same time, and count: lines {shown}"]


def _natural(text: str) -> tuple[float, str]:
    """Order IDs that are numbers by their size, and others by their letters behind them."""
    try:
        return float(text), ""
    except ValueError:
        return float("inf"), text


def _hint(kinetics: Kinetics) -> str:
    places = ", ".join(f"{number} {name}" for number, name in compartments(kinetics).items())
    return (
        f"AMT in mg, RATE in mg per unit of TIME; compartments of {kinetics.drug} to dose: {places}; "
        f"covariates: {', '.join(needed_columns(kinetics)) or 'none'}"
    )
