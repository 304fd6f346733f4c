"""The columns of one table that a user brings, read as the subject tables need them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from cereblon.core.errors import InputError
from cereblon.core.words import Words, is_missing
from cereblon.tables.cells import Cells
from cereblon.tables.checks import words_of
from cereblon.tables.column_names import CDISC_DAYS, names_of
from cereblon.tables.lab_units import house_factor
from cereblon.tables.schemas import SUBJECT_TABLES
from cereblon.vocabulary.clinical import cause_words, isotype_with_chain, vocabulary_of
from cereblon.vocabulary.drugs import find_drug
from cereblon.vocabulary.laboratory import POSITIVE_OR_NEGATIVE, TESTS
from cereblon.vocabulary.staging import ISS_STAGE

_YES_OR_NO = Words(
    "yes or no",
    ("yes", "no"),
    dict.fromkeys(("y", "true", "1", "1.0"), "yes") | dict.fromkeys(("n", "false", "0", "0.0"), "no"),
)
_WITHOUT_COLUMN: dict[str, Any] = {"origin": "observed", "replicate": 0, "result_code": 0, "cause": "", "related": ""}
_UNKNOWN = ("sex", "isotype")  # whose vocabulary has a word for what nobody knows


def column_of(name: str, cells: Cells, column: str) -> str | None:
    """Find the column of a table that is meant by one of the schema; the schema's own name comes first."""
    return next((other for other in names_of(name, column) if other in cells.columns), None)


def subject_name(cell: Any) -> str:
    """Give the text that names a subject; a whole number read as a float is that number."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


@dataclass(frozen=True, slots=True)
class ColumnReader:
    """Reads the columns of one table; problems and remarks gather in the lists."""

    name: str
    cells: Cells
    problems: list[str]
    remarks: list[str]

    def read(self, numbers: Mapping[str, int], arms: Mapping[str, str], source_id: str) -> dict[str, list[Any]]:
        """Read every column of the table's schema."""
        self.remarks.extend(self.cells.remarks)
        used: dict[str, str] = {}
        found: dict[str, list[Any]] = {}
        empty: list[str] = []
        for column in SUBJECT_TABLES[self.name]:
            own = column_of(self.name, self.cells, column.name)
            if own is None:
                found[column.name] = self._without(column, arms, source_id, empty)
                continue
            used[column.name] = own
            if own != column.name:
                self.remarks.append(f"{self.cells.where}: the column {own} was read as {column.name}")
            found[column.name] = self._read(column, own, numbers)
        if empty:
            self.remarks.append(f"{self.cells.where}: there is no column {', '.join(empty)}; they stay empty")
        unused = [column for column in self.cells.columns if column not in used.values()]
        if unused:
            self.remarks.append(f"{self.cells.where}: not used: {', '.join(unused)}")
        if self.name == "subjects":
            self._split_isotypes(found, used)
        if self.name == "labs" and {"test", "unit"} <= set(used):
            self._convert(found, used)
        if self.name == "events" and "cause" in used:
            found["cause"] = self._causes(found["event"], used["cause"])
        return found

    def _without(self, column: pa.Field, arms: Mapping[str, str], source_id: str, empty: list[str]) -> list[Any]:
        """Give a column that the table lacks, or say that it is needed."""
        rows, name = self.cells.rows, column.name
        if name == "arm" and arms:
            ids = [
                str(cell).strip() for cell in self.cells.columns[str(column_of(self.name, self.cells, "subject_id"))]
            ]
            if all(one in arms for one in ids):
                self.remarks.append(f"{self.cells.where}: there is no column arm; it was taken from subjects")
                return [arms[one] for one in ids]
        if column.nullable:
            empty.append(name)
            return [None] * rows
        filled = {"source_id": source_id, **dict.fromkeys(_UNKNOWN, "unknown"), **_WITHOUT_COLUMN}.get(name)
        if filled is None:
            listed = ", ".join(names_of(self.name, name))
            self.problems.append(f"{self.cells.where}: there is no column {name}; it may be called {listed}")
            return [None] * rows
        if filled != "":
            self.remarks.append(f"{self.cells.where}: there is no column {name}; it is {filled} in every row")
        return [filled] * rows

    def _read(self, column: pa.Field, own: str, numbers: Mapping[str, int]) -> list[Any]:
        cells, place = self.cells.columns[own], self.cells.place(own)
        if column.name == "subject_id":
            return [numbers[subject_name(cell)] if numbers else int(subject_name(cell)) for cell in cells]
        if (self.name, column.name) == ("labs", "value"):
            return list(cells)
        vocabulary = words_of(column)
        if vocabulary is not None:
            return self._words(vocabulary_of(vocabulary), column, own)
        if column.name == "iss":
            return self._stages(own)
        if pa.types.is_boolean(column.type):
            said = _YES_OR_NO.read([str(c).lower() for c in cells], place, self.problems, [], may_miss=True)
            return [None if word is None else word == "yes" for word in said]
        if column.name == "drug":
            return self._drugs(own)
        if pa.types.is_dictionary(column.type):
            return [
                None if is_missing(cell) and column.nullable else "" if is_missing(cell) else str(cell)
                for cell in cells
            ]
        values: list[Any] = list(self.cells.numbers(own, self.problems, may_miss=column.nullable))
        return self._from_study_days(values, own) if own in CDISC_DAYS else values

    def _words(self, words: Words, column: pa.Field, own: str) -> list[Any]:
        cells = list(self.cells.columns[own])
        if column.name == "isotype":
            cells = [both[0] if (both := isotype_with_chain(str(cell))) else cell for cell in cells]
        blank = "unknown" if column.name in _UNKNOWN else "" if "" in words.allowed else None
        missing = sum(is_missing(cell) and words.find(str(cell)) is None for cell in cells)
        if blank == "unknown" and missing:
            self.remarks.append(f"{self.cells.where}, {own}: missing in {missing} rows, read as unknown")
        if blank is not None:
            cells = [blank if is_missing(cell) and words.find(str(cell)) is None else cell for cell in cells]
        return words.read(cells, self.cells.place(own), self.problems, self.remarks, may_miss=column.nullable)

    def _stages(self, own: str) -> list[Any]:
        """Read stages, 1 to 3 or I to III; what a number can be is checked with the others."""
        if all(is_missing(cell) or self.cells.number(cell) is not None for cell in self.cells.columns[own]):
            return list(self.cells.numbers(own, self.problems, may_miss=True))
        cells, place = self.cells.columns[own], self.cells.place(own)
        stages = ISS_STAGE.read(cells, place, self.problems, self.remarks, may_miss=True)
        return [None if stage in (None, "unknown") else int(str(stage)) for stage in stages]

    def _drugs(self, own: str) -> list[Any]:
        """Read names of drugs; one that is not known, as of a regimen of the user's own, stays as it is."""
        cells = ["" if is_missing(cell) else str(cell).strip() for cell in self.cells.columns[own]]
        known = {cell: find_drug(cell) or cell for cell in set(cells)}
        self.remarks.extend(
            f"{self.cells.where}, {own}: {cell!r} was read as {name}"
            for cell, name in sorted(known.items())
            if cell != name
        )
        return [known[cell] for cell in cells]

    def _from_study_days(self, values: list[Any], own: str) -> list[Any]:
        place = self.cells.place(own)
        nought = [row for row, day in enumerate(values) if day == 0]
        self.problems.extend(f"{place(row)}: study days of CDISC have no day 0" for row in nought)
        self.remarks.append(f"{self.cells.where}, {own}: study days, which count from 1, were read as days from 0")
        return [day - 1 if day is not None and day > 0 else day for day in values]

    def _split_isotypes(self, found: dict[str, list[Any]], used: Mapping[str, str]) -> None:
        """Take the light chain from an isotype that names it, such as IgA kappa."""
        if "isotype" not in used:
            return
        place, taken = self.cells.place(used["isotype"]), 0
        for row, cell in enumerate(self.cells.columns[used["isotype"]]):
            both = isotype_with_chain(str(cell))
            if both is None:
                continue
            if found["involved_light_chain"][row] not in (None, both[1]):
                self.problems.append(f"{place(row)}: {cell!r} contradicts {found['involved_light_chain'][row]}")
            found["involved_light_chain"][row] = both[1]
            taken += 1
        if taken:
            self.remarks.append(f"{self.cells.where}: {taken} isotypes name the involved light chain; it was taken")

    def _convert(self, found: dict[str, list[Any]], used: Mapping[str, str]) -> None:
        """Read laboratory values in the unit of their row and give them in house units."""
        raw, changed = found["value"], dict[tuple[str, str], int]()
        values: list[float | None] = []
        for row, (test, unit) in enumerate(zip(found["test"], found["unit"], strict=True)):
            if test is None:
                values.append(None)
                continue
            values.append(self._value(row, test, str(unit), raw[row], used))
            found["unit"][row] = TESTS[test].unit
            if unit != TESTS[test].unit and not TESTS[test].is_yes_or_no:
                changed[test, str(unit)] = changed.get((test, str(unit)), 0) + 1
        found["value"] = values
        self.remarks.extend(
            f"{self.cells.where}: {count} values of {test} were converted from {unit} to {TESTS[test].unit}"
            for (test, unit), count in sorted(changed.items())
        )

    def _value(self, row: int, test: str, unit: str, cell: Any, used: Mapping[str, str]) -> float | None:
        """Read one laboratory value and give it in the house unit of its test."""
        place = f"{self.cells.place(used.get('value', 'value'))(row)}"
        if TESTS[test].is_yes_or_no:
            word = POSITIVE_OR_NEGATIVE.read([cell], lambda _: place, self.problems, [])[0]
            return None if word is None else float(word == "positive")
        value = self.cells.read_number(cell, place, self.problems)
        try:
            return None if value is None else value * house_factor(test, unit)
        except InputError as error:
            self.problems.append(f"{self.cells.place(used['unit'])(row)}: {error.message}")
            return None

    def _causes(self, events: list[Any], own: str) -> list[Any]:
        """Read each cause by the words of its event."""
        found: list[Any] = []
        place, taken = self.cells.place(own), dict[str, int]()
        for row, (event, cell) in enumerate(zip(events, self.cells.columns[own], strict=True)):
            words = cause_words(event) if event is not None else None
            text = "" if is_missing(cell) else str(cell)
            word = text if words is None else words.find(text)
            if word is None and words is not None:
                self.problems.append(f"{place(row)}: {words.refusal(text)}")
            elif word != text and words is not None:
                said = f"{words.kind}: {text!r} was read as {word}"
                taken[said] = taken.get(said, 0) + 1
            found.append(word)
        self.remarks.extend(
            f"{said} in {count} row{'s' if count > 1 else ''}" for said, count in sorted(taken.items())
        )
        return found
