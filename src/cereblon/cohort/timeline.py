"""What happened to one patient and what each rule made of it, day by day."""

from __future__ import annotations

from typing import Any

import polars as pl

from cereblon.cohort.folder import CohortTables
from cereblon.core.errors import UnknownNameError
from cereblon.core.rows import Row
from cereblon.vocabulary.laboratory import TESTS, laboratory_words


def timeline_rows(built: CohortTables, person: str) -> list[Row]:
    """Give drugs, transplantations, decisions, markers, response, progression and death of a patient by day.

    Raises
    ------
    UnknownNameError
        If the patient is not in the cohort.
    """
    people = built.frame("persons").filter(pl.col("person_id") == person)
    if people.is_empty():
        raise UnknownNameError(f"patient {person!r} is not known", hint=_first_names(built))

    def own(name: str) -> list[dict[str, Any]]:
        return built.frame(name).filter(pl.col("person_id") == person).to_dicts()

    (who,) = people.to_dicts()
    rows: list[Row] = []

    def add(day: object, what: str, said: str, row: object = "", rule: object = "") -> None:
        if day is not None:
            rows.append({"date": day, "what": what, "said": said, "rule": rule, "row": row})

    for one in own("eras"):
        amount = "" if one["given_mg"] is None else f", {one['given_mg']:g} mg"
        add(
            one["start_date"],
            "drug",
            f"{one['drug']} until {one['end_date']}, {_records(one['exposures'])}{amount}",
            one["first_row"],
        )
    for one in own("decisions"):
        line = f"line {one['line']}: " if one["line"] else ""
        add(one["date"], "decision", f"{line}{one['decision']}", one["row"], one["rule"])
    for one in own("lines"):
        add(
            one["start_date"],
            "line",
            f"line {one['line']}, {one['regimen']}, until {one['end_date']} ({_ENDS[one['end_reason']]})",
            "",
            one["rule"],
        )
        add(one["maintenance_start"], "maintenance", f"line {one['line']}: maintenance begins")
    for one in own("labs"):
        inferred = ", unit inferred" if one["unit_basis"] == "inferred" else ""
        add(one["date"], "test", f"{laboratory_words(one['test'])} {_result(one)}{inferred}", one["row"])
    for one in own("responses"):
        add(
            one["response_date"],
            "response",
            f"line {one['line']}, {_kind(one)}: first response, best {one['best_response']}",
        )
    for one in own("progression"):
        add(one["date"], "progression", f"line {one['line']}, {_kind(one)}: {one['cause']}")
    add(who["diagnosis_date"], "diagnosis", "first code of myeloma")
    add(who["index_date"], "index", "time is counted from here")
    add(who["death_date"], "death", "death")
    order = (
        *("diagnosis", "drug", "decision", "line", "maintenance", "index"),
        *("test", "response", "progression", "death"),
    )
    return sorted(rows, key=lambda row: (str(row["date"]), order.index(str(row["what"])), str(row["said"])))


def _first_names(built: CohortTables) -> str:
    """Name a few patients, not all: a list of a thousand helps nobody."""
    names = built.frame("persons")["person_id"].sort()
    return f"it has {len(names):,} patients: {', '.join(names.head(5))}{', ...' if len(names) > 5 else ''}"


def _records(count: int) -> str:
    return f"{count} record" if count == 1 else f"{count} records"


def _result(lab: dict[str, Any]) -> str:
    """Write the result of a test as a laboratory does: `<0.1 g/L`, `positive`."""
    if TESTS[lab["test"]].is_yes_or_no:
        return "positive" if lab["value"] else "negative"
    sign = {"below": "<", "above": ">"}.get(str(lab["limit"]), "")
    unit = str(lab["unit"])
    return f"{sign}{_digits(lab['value'])}{_UNITS.get(unit, f' {unit}')}"


def _digits(value: float) -> str:
    return f"{float(f'{value:.{_DIGITS}g}'):g}"


def _kind(row: dict[str, Any]) -> str:
    return str(row["estimand"]).replace("_", "-")


_DIGITS = 4  # more than a laboratory reports
_ENDS = {"next_line": "another line begins", "death": "death", "stopped": "stopped", "end_of_record": "records end"}
_UNITS = {"1": "", "1e9/L": " x 10^9/L"}
