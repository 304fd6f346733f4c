"""Read the subject tables that a user brings: names, words, units and days are understood and said, or refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from cereblon.core.errors import InputError
from cereblon.core.problems import refuse_problems
from cereblon.core.words import is_missing
from cereblon.tables.cells import Cells, cells_of
from cereblon.tables.column_reader import ColumnReader, column_of, subject_name
from cereblon.tables.conform import accepted_numbers, conform
from cereblon.tables.light_chains import by_involvement
from cereblon.tables.schemas import SUBJECT_TABLES
from cereblon.tables.subject_arms import check_arms


@dataclass(frozen=True, slots=True)
class SubjectTables:
    """Subject tables as the outcome functions take them.

    Parameters
    ----------
    tables
        By name, each in its schema.
    remarks
        What was read as something else, filled in or not used, in sentences.
    subject_numbers
        Number of each subject by the text that named it; empty where subjects came with numbers.
    """

    tables: dict[str, pa.Table]
    remarks: tuple[str, ...]
    subject_numbers: dict[str, int] = field(default_factory=dict)


def read_subject_tables(
    given: Path | str | Mapping[str, Any], *, source_id: str = "user", allow_implausible: bool = False
) -> SubjectTables:
    """Read subject tables of observed patients.

    Columns may have names of CDISC or OMOP; words their synonyms; laboratory values any unit of their test, which is
    converted; subjects any text. Study days of CDISC, which have no day 0, become days from day 0.

    Parameters
    ----------
    given
        A folder with files named by table (`subjects.csv`, `labs.parquet` ...), or tables by name: paths, data
        frames, Arrow tables or mappings of columns.
    source_id
        Name of the source, where the tables have no such column.
    allow_implausible
        Accept numbers outside what their quantity can be, unless nobody can mean them; remarks say which.

    Raises
    ------
    InputError
        Naming every cell that cannot be read, with what is allowed.
    """
    remarks: list[str] = []
    paths = _files(Path(given), remarks) if isinstance(given, (str, Path)) else given
    unknown = [name for name in paths if name not in SUBJECT_TABLES]
    if unknown or not paths:
        raise InputError(
            f"no subject table is called {', '.join(unknown) or 'anything here'}",
            hint=f"tables: {', '.join(SUBJECT_TABLES)}",
        )
    tables = {name: cells_of(table, name) for name, table in paths.items()}
    problems: list[str] = []
    numbers = _subject_numbers(tables, problems, remarks)
    arms = _arms(tables)
    columns = {
        name: ColumnReader(name, cells, problems, remarks).read(numbers, arms, source_id)
        for name, cells in tables.items()
    }
    refuse_problems(problems)
    read = {
        name: conform(columns[name], SUBJECT_TABLES[name], name=name, allow_implausible=allow_implausible)
        for name in columns
    }
    if allow_implausible:
        remarks += [told for name, table in read.items() for told in accepted_numbers(table, name)]
    remarks += check_arms(read)
    if {"labs", "subjects"} <= set(read):
        told = by_involvement(read["labs"], read["subjects"])
        read |= {"labs": told.labs, "subjects": told.subjects}
        remarks += told.remarks
    return SubjectTables(read, tuple(remarks), numbers)


def _files(folder: Path, remarks: list[str]) -> dict[str, Path]:
    if not folder.is_dir():
        raise InputError(f"{folder}: is no folder", hint="give a folder with subjects.csv, labs.csv, events.csv ...")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.stem.lower() not in SUBJECT_TABLES or path.suffix.lower() not in (".csv", ".tsv", ".txt", ".parquet"):
            remarks.append(f"{path}: is not used; its name is none of a subject table's")
        elif path.stem.lower() in found:
            raise InputError(f"{folder}: {path.name} and {found[path.stem.lower()].name} are the same table")
        else:
            found[path.stem.lower()] = path
    return found


def _subject_numbers(tables: Mapping[str, Cells], problems: list[str], remarks: list[str]) -> dict[str, int]:
    """Number the subjects of all tables together, in the order of their names, unless they are whole numbers."""
    names: set[str] = set()
    for name, cells in tables.items():
        column = column_of(name, cells, "subject_id")
        if column is None:
            problems.append(f"{cells.where}: there is no column of subjects, such as subject_id or usubjid")
            continue
        for row, cell in enumerate(cells.columns[column]):
            if is_missing(cell):
                problems.append(f"{cells.place(column)(row)}: is missing; whose row it is must be known")
            else:
                names.add(subject_name(cell))
    refuse_problems(problems)
    if all(name.isdecimal() and len(name) < 19 and str(int(name)) == name for name in names):
        return {}
    remarks.append(f"subjects: {len(names)} are named by text and were numbered in the order of their names")
    return {name: number for number, name in enumerate(sorted(names), start=1)}


def _arms(tables: Mapping[str, Cells]) -> dict[str, str]:
    """Give the arm of each subject by name, where the subjects table tells one for everybody."""
    cells = tables.get("subjects")
    if cells is None:
        return {}
    who, arm = column_of("subjects", cells, "subject_id"), column_of("subjects", cells, "arm")
    if who is None or arm is None:
        return {}
    names = [subject_name(cell) for cell in cells.columns[who]]
    arm_of = dict(zip(names, map(str, cells.columns[arm]), strict=True))
    return arm_of if len(arm_of) == cells.rows else {}
