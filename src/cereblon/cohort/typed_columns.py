"""Tables of a source with the columns of the model in their types; what cannot be read is counted and said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any

from cereblon.cohort.cdm import TABLES
from cereblon.cohort.engine import load_ibis
from cereblon.core.errors import InputError
from cereblon.core.names import shortened
from cereblon.core.problems import refuse_problems

_MOST_NAMES = 5
_NEEDED = [name for name, table in TABLES.items() if not table.what]
_TABLES_TO_GIVE = (
    f"call each file or table as OMOP does: {', '.join(_NEEDED)} are needed, "
    f"{', '.join(name for name in TABLES if name not in _NEEDED)} may be missing; "
    "tables of your own need a mapping file (.yaml) beside them"
)
_WORDS = {
    "int64": "a whole number",
    "float64": "a number with a point before its decimals",
    "date": "a date such as 2014-01-31",
}


def typed_tables(
    found: Mapping[str, Any], where: str, remarks: list[str], strangers: Sequence[str] = ()
) -> dict[str, Any]:
    """Give each table with the columns of the model in their types; what is missing or unreadable is noted.

    Rows without a patient or a day, or dated after today, or of an observation that ends before it begins, are left
    out, and an observation that ends after today has no end; a code that nobody mapped is code 0, and a row that has
    no number is called so; any other value that cannot be read counts as missing.

    Parameters
    ----------
    found
        Tables by name of the model, columns in any case and of any type.
    where
        What the source is called.
    remarks
        Gains a sentence on all that is missing or cannot be read, with counts.
    strangers
        Files of the source that are no table of the model: named where one is missing.

    Raises
    ------
    InputError
        Naming every table and column that is needed and missing, or of which no row can be read.
    """
    problems = [
        f"{where}: there is no table {name}" for name, table in TABLES.items() if name not in found and not table.what
    ]
    hint = _TABLES_TO_GIVE if problems else None
    if problems and strangers:
        problems.append(f"{where}: {_listed(strangers)} not among the tables that are read")
    columns = {}
    for name, described in TABLES.items():
        if name not in found:
            if described.what:
                remarks.append(f"{name}: is missing, and with it {described.what}")
            continue
        given = {column.lower(): column for column in found[name].columns}
        lost = [column for column in described.needed if column not in given]
        if lost:
            problems.append(f"{where}, {name}: has no column {', '.join(lost)}")
        else:
            columns[name] = given
    refuse_problems(problems, hint=hint)
    return {name: _typed_table(name, found[name], given, where, remarks) for name, given in columns.items()}


def _listed(names: Sequence[str]) -> str:
    shown = [shortened(name) for name in names[:_MOST_NAMES]]
    more = [f"{len(names) - _MOST_NAMES} more"] if len(names) > _MOST_NAMES else []
    *first, last = [*shown, *more]
    return f"{', '.join(first)} and {last} are" if first else f"{last} is"


def _typed_table(name: str, table: Any, given: Mapping[str, str], where: str, remarks: list[str]) -> Any:
    """Read all columns of a table, and count in one pass what cannot be read and what is dated after today."""
    ibis, described = load_ibis(), TABLES[name]
    columns, asked = {}, {}
    for column, kind in described.columns.items():
        if column not in given:
            columns[column] = ibis.null(kind)
            continue
        written, columns[column] = _read_as(table[given[column]], column, kind)
        if _may_fail(written.type(), kind):
            asked[column] = written.notnull() & columns[column].isnull()
        if kind == "date" and getattr(written.type(), "timezone", None):
            remarks.append(f"{name}, {column}: is a time with a zone; its day in universal time counts")
    needed = [column for column, kind in described.needed.items() if column == "person_id" or kind == "date"]
    asked = {column: each for column, each in asked.items() if column not in needed}
    if needed:
        asked[_LOST] = reduce(or_, [columns[column].isnull() for column in needed])
    days = [column for column in needed if column != "person_id"]
    if days and name not in _COUNTED_WITH_THEIR_DRUG:
        asked[_LATER] = (columns[days[0]] > ibis.today()).fill_null(False)
        if len(days) > 1:
            asked[_OPEN] = (columns[days[1]] > ibis.today()).fill_null(False) & ~asked[_LATER]
            asked[_BACKWARDS] = (columns[days[1]] < columns[days[0]]).fill_null(False)
    key = f"{name}_id"
    if key in described.needed and key not in needed:
        asked[_UNNUMBERED] = columns[key].isnull()
        columns[key] = columns[key].fill_null("without a number")
    sums = {one: each.cast("int64").sum() for one, each in asked.items()}
    (counted,) = table.aggregate(**{_ALL: table.count()}, **sums).to_pyarrow().to_pylist()
    total = counted.pop(_ALL)
    remarks += [f"{name}: has no rows"] * (total == 0)
    if total and counted.get(_LOST) == total and not described.what:
        raise InputError(
            f"{where}, {name}: none of {total:,} rows has a readable {' and '.join(needed)}",
            hint="days are read as 2014-01-31 or 20140131, with a mapping file in the order of its dates",
        )
    remarks += [_said(name, one, count, needed) for one, count in counted.items() if count]
    unknown = {days[1]: asked[_OPEN].ifelse(ibis.null("date"), columns[days[1]])} if counted.get(_OPEN) else {}
    out = [asked[one] for one in (_LOST, _LATER, _BACKWARDS) if counted.get(one)]
    typed = (table.filter(~reduce(or_, out)) if out else table).select(**{**columns, **unknown})
    codes = [column for column in described.needed if column.endswith("_concept_id")]
    return typed.mutate(**{column: typed[column].fill_null(0) for column in codes}) if codes else typed


_ALL, _LOST, _LATER, _OPEN = "of all", "of no patient or day", "of a later day", "of a later end"
_BACKWARDS, _UNNUMBERED = "of an end before the start", "of no number"
_COUNTED_WITH_THEIR_DRUG = ("drug_exposure",)


def _said(name: str, key: str, count: int, needed: Sequence[str]) -> str:
    """Say how many rows or values of a table could not be used, and what became of them."""
    if key == _LOST:
        return f"{name}: {count:,} rows without a readable {' or '.join(needed)} are left out"
    if key == _LATER:
        return f"{name}: {count:,} rows dated after today are left out"
    if key == _OPEN:
        return f"{name}: {count:,} rows end after today; the last row of the patient stands for their end"
    if key == _BACKWARDS:
        return f"{name}: {count:,} rows end before they begin, and are left out"
    if key == _UNNUMBERED:
        return f"{name}: {count:,} rows have no {name}_id; decisions cannot name them"
    words = _WORDS[TABLES[name].columns[key]]
    return f"{name}, {key}: {count:,} values cannot be read as {words}, and count as missing"


def _read_as(column: Any, name: str, kind: str) -> tuple[Any, Any]:
    """Give a column as it was written, null where nothing was, and as it is read."""
    if column.type().is_string():
        text = column.strip().nullif("")
        return text, text if kind == "string" else _date(text) if kind == "date" else _finite(text.try_cast(kind))
    if column.type().is_floating():
        column = column.isnan().ifelse(load_ibis().null(column.type()), column)  # a table of numbers knows no null
    if kind == "string":  # a name that was kept as a number with a point is a whole number all the same
        is_name = name.endswith("_id") and (column.type().is_floating() or column.type().is_decimal())
        return column, (column.try_cast("int64") if is_name else column).cast(kind)
    if kind == "date" and column.type().is_integer():
        return column, _date(column.cast("string"))
    return column, _finite(column.try_cast(kind))


def _finite(number: Any) -> Any:
    """Leave out infinity, which no record means."""
    is_number = number.type().is_floating()
    return number.isinf().ifelse(load_ibis().null(number.type()), number) if is_number else number


def _may_fail(written: Any, kind: str) -> bool:
    """Say whether values of a type may be unreadable as a kind."""
    if kind == "string" or written.is_null():
        return False
    if kind == "date":
        return not (written.is_date() or written.is_timestamp())
    return not (written.is_integer() or written.is_boolean() or (kind == "float64" and written.is_decimal()))


def _date(text: Any) -> Any:
    """Read a day as 2014-01-31 or 20140131, with or without a time."""
    ibis = load_ibis()
    day = text.substr(0, 10)
    dashed = day.substr(0, 4) + "-" + day.substr(4, 2) + "-" + day.substr(6, 2)
    return ibis.ifelse(text.length() == 8, dashed, day).try_cast("date")
