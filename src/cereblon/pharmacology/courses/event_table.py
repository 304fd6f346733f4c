"""Reading a NONMEM-style event data set, and refusing what cannot be honoured, by row and column."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cereblon.errors import InputError
from cereblon.pharmacology.courses.event_columns import (
    COVARIATES,
    DOSE,
    MARKED,
    NEEDED,
    OPTIONAL,
    PASSED_OVER,
    RESET,
    RESET_AND_DOSE,
    centre,
    compartments,
    needed_columns,
)
from cereblon.pharmacology.kinetics import Kinetics
from cereblon.pharmacology.patient import covariate_problem

_MOST_PROBLEMS = 25


@dataclass(frozen=True, slots=True)
class Record:
    """One row.

    Parameters
    ----------
    line
        Number of the row in the file, the header being 1.
    subject
        ID as written.
    hours
        TIME, h.
    evid
        0 observation, 1 dose, 2 other, 3 reset, 4 reset and dose.
    mg
        AMT, mg.
    mg_per_h
        RATE, mg/h; 0 for a dose that enters at once.
    cmt
        Compartment.
    more, every
        ADDL, number of further doses, and II, hours between them.
    steady
        SS is 1.
    covariates
        By field of `Patient`.
    """

    line: int
    subject: str
    hours: float
    evid: int
    mg: float
    mg_per_h: float
    cmt: int
    more: int
    every: float
    steady: bool
    covariates: dict[str, float]

    @property
    def is_dose(self) -> bool:
        """Whether something is given."""
        return self.evid in (DOSE, RESET_AND_DOSE)


@dataclass(frozen=True, kw_only=True, slots=True)
class EventTable:
    """A data set that can be simulated.

    Parameters
    ----------
    kinetics
        The drug it is about.
    subjects
        Records of each subject, in order, by ID.
    ignored
        Columns that were not used.
    """

    kinetics: Kinetics
    subjects: dict[str, tuple[Record, ...]]
    ignored: tuple[str, ...] = field(default=())


def read_events(path: Path, kinetics: Kinetics) -> EventTable:
    """Read an event data set from a CSV file.

    Raises
    ------
    InputError
        If the file cannot be read, or listing every row and column that cannot be honoured.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error})", hint="an event data set is a CSV file") from error
    return parse_events(text, kinetics, where=path.name)


def parse_events(text: str, kinetics: Kinetics, *, where: str) -> EventTable:
    """Read an event data set from CSV text; `where` names it in errors.

    Times and intervals are hours, amounts mg, rates mg/h. Nothing is guessed: what the model cannot do is refused.

    Raises
    ------
    InputError
        Listing every row and column that cannot be honoured.
    """
    rows = list(csv.reader(text.splitlines()))
    if len(rows) < 2:
        raise InputError(f"{where}: no rows", hint="the first row names the columns, each further row is an event")
    columns = [name.strip().upper() for name in rows[0]]
    _refuse(_column_problems(columns, kinetics), where, kinetics)
    problems: list[str] = []
    records = [
        record
        for line, row in enumerate(rows[1:], start=2)
        if any(cell.strip() for cell in row)
        and (record := _record(line, row, columns, kinetics, problems)) is not None
    ]
    problems += _order_problems(records, kinetics)
    _refuse(problems, where, kinetics)
    subjects: dict[str, list[Record]] = {}
    for record in records:
        subjects.setdefault(record.subject, []).append(record)
    known = {*NEEDED, *OPTIONAL, *COVARIATES, *PASSED_OVER, MARKED}
    return EventTable(
        kinetics=kinetics,
        subjects={subject: tuple(found) for subject, found in subjects.items()},
        ignored=tuple(column for column in columns if column not in known),
    )


def _refuse(problems: Sequence[str], where: str, kinetics: Kinetics) -> None:
    if not problems:
        return
    shown = [f"{where}, {text}" for text in problems[:_MOST_PROBLEMS]]
    if len(problems) > _MOST_PROBLEMS:
        shown.append(f"{where}: and {len(problems) - _MOST_PROBLEMS} more problems")
    places = ", ".join(f"{number} {name}" for number, name in compartments(kinetics).items())
    raise InputError(
        "\n".join(shown),
        hint=f"TIME and II in hours, AMT in mg, RATE in mg/h; compartments of {kinetics.drug} to dose: {places}; "
        f"covariates: {', '.join(needed_columns(kinetics)) or 'none'}",
    )


def _column_problems(columns: Sequence[str], kinetics: Kinetics) -> list[str]:
    problems = [f"column {name} is missing" for name in NEEDED if name not in columns]
    for name, covariate in needed_columns(kinetics).items():
        if name == "BSA" and {"WT", "HT"} <= set(columns):
            continue
        if name not in columns:
            instead = " (or WT and HT)" if name == "BSA" else ""
            problems.append(f"column {name}{instead} is missing: {covariate} acts on {kinetics.drug}")
    problems += [f"column {name} stands there twice" for name in sorted({c for c in columns if columns.count(c) > 1})]
    return problems


def _record(
    line: int, row: Sequence[str], columns: Sequence[str], kinetics: Kinetics, problems: list[str]
) -> Record | None:
    """Read one row; what is wrong goes to `problems`."""
    if len(row) != len(columns):
        problems.append(f"row {line}: {len(row)} cells for {len(columns)} columns")
        return None
    cells = {column: cell.strip() for column, cell in zip(columns, row, strict=True)}
    found: list[str] = []
    numbers = {name: _number(cells.get(name, ""), line, name, found) for name in (*NEEDED[1:], *OPTIONAL)}
    if not cells["ID"]:
        found.append(f"row {line}, column ID: empty")
    if cells.get(MARKED, "") not in ("", ".", "0"):
        found.append(
            f"row {line}, column {MARKED}: {cells[MARKED]!r} marks a row that a control stream may leave out; take "
            "the row out of the file, or the mark out of the row"
        )
    for name in ("TIME", "EVID"):
        if cells[name] in ("", "."):
            found.append(f"row {line}, column {name}: empty; nothing is assumed for it")
    covariates = _covariates(line, cells, kinetics, found)
    if not found:
        found += _value_problems(line, numbers, kinetics)
    if found:
        problems += found
        return None
    return Record(
        line=line,
        subject=cells["ID"],
        hours=numbers["TIME"],
        evid=int(numbers["EVID"]),
        mg=numbers["AMT"],
        mg_per_h=numbers["RATE"],
        cmt=int(numbers["CMT"]),
        more=int(numbers["ADDL"]),
        every=numbers["II"],
        steady=numbers["SS"] == 1,
        covariates=covariates,
    )


def _number(cell: str, line: int, column: str, found: list[str]) -> float:
    """Read a number; an empty cell or a point is 0, as in NONMEM."""
    if cell in ("", "."):
        return 0.0
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        found.append(f"row {line}, column {column}: {cell!r} is not a number")
        return 0.0
    return value


def _covariates(line: int, cells: Mapping[str, str], kinetics: Kinetics, found: list[str]) -> dict[str, float]:
    needed = dict(needed_columns(kinetics))
    if needed.pop("BSA", None):
        needed |= {"BSA": "bsa_m2"} if "BSA" in cells else {"WT": "weight_kg", "HT": "height_cm"}
    values: dict[str, float] = {}
    for column, name in needed.items():
        if cells[column] in ("", "."):
            found.append(f"row {line}, column {column}: empty; nothing is filled in for a covariate that acts")
            continue
        before = len(found)
        value = _number(cells[column], line, column, found)
        problem = covariate_problem(name, value) if len(found) == before else None
        if problem:
            found.append(f"row {line}, column {column}: {problem}")
        values[name] = value
    return values


def _value_problems(line: int, numbers: Mapping[str, float], kinetics: Kinetics) -> list[str]:
    """Say what cannot be honoured in one row."""
    at = {name: f"row {line}, column {name}: " for name in numbers}
    found = []
    for name in ("EVID", "CMT", "ADDL", "SS"):
        if numbers[name] != int(numbers[name]):
            found.append(f"{at[name]}{numbers[name]:g} is not a whole number")
    if numbers["EVID"] not in range(5):
        found.append(f"{at['EVID']}{numbers['EVID']:g} is not one of 0, 1, 2, 3, 4")
    if numbers["EVID"] in (DOSE, RESET_AND_DOSE):
        return found + _dose_problems(at, numbers, kinetics)
    for name in ("AMT", "RATE", "ADDL", "SS"):
        if numbers[name]:
            found.append(f"{at[name]}{numbers[name]:g} on a row that is no dose (EVID {numbers['EVID']:g})")
    if numbers["CMT"] < 0.0:
        found.append(f"{at['CMT']}{numbers['CMT']:g} switches a compartment off, which is not done")
    elif numbers["EVID"] == 0 and numbers["CMT"] not in (0, centre(kinetics)):
        found.append(
            f"{at['CMT']}{numbers['CMT']:g} cannot be observed; concentrations are those of {centre(kinetics)}"
        )
    return found


def _dose_problems(at: Mapping[str, str], numbers: Mapping[str, float], kinetics: Kinetics) -> list[str]:
    found = []
    places = compartments(kinetics)
    if numbers["CMT"] not in places:
        listed = " or ".join(f"{number} ({name})" for number, name in places.items())
        found.append(f"{at['CMT']}{numbers['CMT']:g} of {kinetics.drug} cannot be dosed; {listed} can")
    if not numbers["AMT"] > 0.0:
        found.append(f"{at['AMT']}{numbers['AMT']:g} is no dose; infusions without end are not done")
    if numbers["RATE"] < 0.0:
        found.append(f"{at['RATE']}{numbers['RATE']:g} asks the model for a rate, which it has not; state it")
    elif numbers["RATE"] > 0.0 and places.get(int(numbers["CMT"])) == "depot":
        found.append(f"{at['RATE']}{numbers['RATE']:g} into the depot; infusions go into the centre")
    if numbers["ADDL"] < 0.0 or (numbers["ADDL"] > 0.0 and not numbers["II"] > 0.0):
        found.append(f"{at['ADDL']}{numbers['ADDL']:g} further doses need II above 0")
    if numbers["II"] < 0.0:
        found.append(f"{at['II']}{numbers['II']:g} hours are negative")
    return found + (_steady_problems(at, numbers, kinetics) if numbers["SS"] else [])


def _steady_problems(at: Mapping[str, str], numbers: Mapping[str, float], kinetics: Kinetics) -> list[str]:
    if numbers["SS"] != 1:
        return [f"{at['SS']}{numbers['SS']:g} is not done; 0 and 1 are"]
    if not kinetics.linear:
        return [f"{at['SS']}{kinetics.drug} has no steady state: its elimination changes with time"]
    if not numbers["II"] > 0.0:
        return [f"{at['II']}steady state (SS 1) needs the hours between doses"]
    if numbers["RATE"] > 0.0 and numbers["AMT"] / numbers["RATE"] > numbers["II"] * (1.0 + 1e-9):
        length = numbers["AMT"] / numbers["RATE"]
        return [f"{at['SS']}the infusion of {length:g} h is longer than II ({numbers['II']:g} h)"]
    lag = kinetics.values.get("lag", 0.0) * 24.0
    if lag >= numbers["II"]:
        return [f"{at['II']}{numbers['II']:g} h are shorter than the lag of absorption ({lag:g} h)"]
    return []


def _order_problems(records: Sequence[Record], kinetics: Kinetics) -> list[str]:
    """Find times that fall, subjects that come back, and resets that cannot be honoured."""
    problems, seen = [], set()
    before: Record | None = None
    dosed = False
    for record in records:
        if before is None or record.subject != before.subject:
            if record.subject in seen:
                problems.append(f"row {record.line}, column ID: {record.subject} came before; keep its rows together")
            seen.add(record.subject)
            dosed = False
        elif record.hours < before.hours and record.evid not in (RESET, RESET_AND_DOSE):
            problems.append(
                f"row {record.line}, column TIME: {record.hours:g} h after {before.hours:g} h in row {before.line}; "
                "time may go back only with a reset (EVID 3 or 4)"
            )
        if record.evid in (RESET, RESET_AND_DOSE) and dosed and not kinetics.linear:
            problems.append(
                f"row {record.line}, column EVID: {record.evid} after a dose of {kinetics.drug} cannot be honoured: "
                "its elimination goes on changing from the first dose, which a reset does not undo"
            )
        dosed = dosed or record.is_dose
        before = record
    return problems
