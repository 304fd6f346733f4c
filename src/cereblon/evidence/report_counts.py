"""Counts of spontaneous reports from files: a table, answers of openFDA, or single reports."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from cereblon.errors import InputError
from cereblon.evidence.disproportionality import ReportCounts, find_count_problems

COLUMNS = ("drug", "event", "reports", "drug_reports", "event_reports", "all_reports")
HINT = (
    "a table has the columns drug, event, reports, drug_reports, event_reports, all_reports; an answer of openFDA"
    " counts one drug and needs the file of all drugs (--all-drugs) and both totals (--drug-reports, --all-reports)"
)


def read_count_table(text: str, *, where: str) -> tuple[ReportCounts, ...]:
    """Read counts from CSV, one row per drug and event.

    Parameters
    ----------
    text
        With a header line that holds `COLUMNS`.
    where
        Name of the file, for messages.

    Raises
    ------
    InputError
        Naming every row whose counts are no counts or contradict each other.
    """
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise InputError(f"{where}: column {', '.join(missing)} is missing", hint=HINT)
    return _rows([{name: row.get(name) for name in COLUMNS} for row in reader], where=where, first=2)


def _rows(rows: Sequence[Mapping[str, Any]], *, where: str, first: int) -> tuple[ReportCounts, ...]:
    found: list[ReportCounts] = []
    problems: list[str] = []
    seen: dict[tuple[str, str], int] = {}
    for number, row in enumerate(rows, start=first):
        place = f"{where}, row {number}"
        wrong = [name for name in COLUMNS[2:] if not str(row.get(name, "")).strip().isdigit()]
        if wrong or not row.get("drug") or not row.get("event"):
            got = ", ".join(f"{name} {row.get(name)!r}" for name in wrong) or "no drug or no event"
            problems.append(f"{place}: got {got}; whole numbers of reports and both names are needed")
            continue
        counts = ReportCounts(
            drug=str(row["drug"]).strip(), event=str(row["event"]).strip(), **_whole(row, both="reports")
        )
        pair = (counts.drug.lower(), counts.event.lower())
        if pair in seen:
            problems.append(f"{place}: {counts.drug} and {counts.event} stand in row {seen[pair]} already")
        seen.setdefault(pair, number)
        problems += [f"{place}: {problem}" for problem in find_count_problems(counts)]
        found.append(counts)
    if problems:
        raise InputError("\n".join(problems), hint=HINT)
    if not found:
        raise InputError(f"{where}: holds no row", hint=HINT)
    return tuple(found)


def _whole(row: Mapping[str, Any], *, both: str) -> dict[str, int]:
    return {
        "both": int(row[both]),
        **{name: int(row[name]) for name in ("drug_reports", "event_reports", "all_reports")},
    }


def read_count_json(text: str, *, where: str) -> tuple[ReportCounts, ...]:
    """Read counts from JSON: a list of rows with `COLUMNS`, or single reports as openFDA gives them.

    Single reports count once per case number, of which the last is kept; only suspected drugs count. These counts
    describe the file, which is a background only if it holds reports on all drugs.

    Raises
    ------
    InputError
        If the JSON is of neither kind, or naming every row that is wrong.
    """
    content = parse_json(text, where=where)
    if isinstance(content, dict) and "patient" in content:
        content = {"results": [content]}
    results = content.get("results") if isinstance(content, dict) else content
    if not isinstance(results, list) or not results or not all(isinstance(row, dict) for row in results):
        raise InputError(f"{where}: a list of counts or of reports is needed", hint=HINT)
    if all("term" in row and "count" in row for row in results):
        raise InputError(f"{where}: is an answer of openFDA for one drug; counts of all drugs are needed", hint=HINT)
    if "patient" in results[0]:
        return count_single_reports(results, where=where)
    return _rows(results, where=where, first=1)


def parse_json(text: str, *, where: str) -> object:
    """Parse JSON with an error that names the place."""
    try:
        return json.loads(text.lstrip("\ufeff"))
    except json.JSONDecodeError as error:
        raise InputError(f"{where}, line {error.lineno}, column {error.colno}: not JSON ({error.msg})") from error


def read_openfda_counts(
    text: str, background: str, *, drug: str, drug_reports: int, all_reports: int, where: str, background_where: str
) -> tuple[ReportCounts, ...]:
    """Join two answers of openFDA: events counted with one drug, and with all drugs.

    Parameters
    ----------
    text, background
        JSON with `results` of `term` and `count`: of the drug, and of all reports.
    drug
        Name to write.
    drug_reports, all_reports
        Reports of the drug, and of all drugs; a count query does not give them.
    where, background_where
        Names of the files, for messages.

    Raises
    ------
    InputError
        If a file is of another kind, an event is not in the background, or counts contradict each other.
    """
    of_drug, of_all = _terms(text, where), _terms(background, background_where)
    lacking = [term for term in of_drug if term not in of_all]
    if lacking:
        raise InputError(
            f"{background_where}: holds no count of {', '.join(lacking[:5])}"
            + (" and others" if len(lacking) > 5 else ""),
            hint="openFDA lists 100 events unless asked for more: give both queries the same limit, up to 1000",
        )
    rows = [
        {
            "drug": drug,
            "event": term,
            "reports": count,
            "drug_reports": drug_reports,
            "event_reports": of_all[term],
            "all_reports": all_reports,
        }
        for term, count in of_drug.items()
    ]
    return _rows(rows, where=where, first=1)


def _terms(text: str, where: str) -> dict[str, int]:
    content = parse_json(text, where=where)
    results = content.get("results") if isinstance(content, dict) else None
    if isinstance(content, dict) and "error" in content:
        raise InputError(f"{where}: is an error message of openFDA: {str(content['error'])[:120]}")
    if not isinstance(results, list) or not all(
        isinstance(row, dict) and isinstance(row.get("count"), int) and row.get("term") for row in results
    ):
        raise InputError(f"{where}: results of term and count are needed, as openFDA gives them", hint=HINT)
    terms: dict[str, int] = {}
    for row in results:
        term = str(row["term"]).lower()
        if term in terms:
            raise InputError(f"{where}: {term} is counted twice")
        terms[term] = row["count"]
    return terms


def count_single_reports(reports: Sequence[Mapping[str, Any]], *, where: str) -> tuple[ReportCounts, ...]:
    """Count drugs, events and pairs over single reports of openFDA or FAERS."""
    cases: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
    for number, report in enumerate(reports, start=1):
        patient = report.get("patient")
        if not isinstance(patient, dict):
            raise InputError(f"{where}, report {number}: has no patient; a FAERS report is needed", hint=HINT)
        case = str(report.get("safetyreportid") or report.get("@case_number") or f"report {number}")
        drugs = _named(patient.get("drug"), "medicinalproduct", suspected=True)
        events = _named(patient.get("reaction"), "reactionmeddrapt")
        cases[case] = (drugs, events)
    of_drug: dict[str, int] = {}
    of_event: dict[str, int] = {}
    of_pair: dict[tuple[str, str], int] = {}
    for drugs, events in cases.values():
        for drug in drugs:
            of_drug[drug] = of_drug.get(drug, 0) + 1
        for event in events:
            of_event[event] = of_event.get(event, 0) + 1
        for pair in product(drugs, events):
            of_pair[pair] = of_pair.get(pair, 0) + 1
    if not of_pair:
        raise InputError(f"{where}: no report names a suspected drug and an event", hint=HINT)
    return tuple(
        ReportCounts(
            drug=drug,
            event=event,
            both=count,
            drug_reports=of_drug[drug],
            event_reports=of_event[event],
            all_reports=len(cases),
        )
        for (drug, event), count in sorted(of_pair.items())
    )


def _named(entries: object, field: str, *, suspected: bool = False) -> frozenset[str]:
    if not isinstance(entries, list):
        return frozenset()
    return frozenset(
        str(entry[field]).strip().lower()
        for entry in entries
        if isinstance(entry, dict)
        and entry.get(field)
        and (not suspected or str(entry.get("drugcharacterization", "1")) == "1")
    )
