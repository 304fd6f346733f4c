"""Counts of spontaneous reports from files: a table, answers of openFDA, or single reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from cereblon.core.delimited_text import parse_table
from cereblon.core.errors import InputError
from cereblon.core.json_files import parse_json
from cereblon.core.names import find_name_problem
from cereblon.core.number_text import is_whole_number
from cereblon.core.problems import refuse_problems
from cereblon.synthesis.spontaneous_reports.disproportionality import ReportCounts, find_count_problems
from cereblon.vocabulary.drugs import find_drug, find_drugs

COLUMNS = ("drug", "event", "reports", "drug_reports", "event_reports", "all_reports")
HINT = (
    "a table has the columns drug, event, reports, drug_reports, event_reports, all_reports; an answer of openFDA"
    " counts one drug and needs the file of all drugs (--all-drugs) and both totals (--drug-reports, --all-reports)"
)


@dataclass(frozen=True, slots=True)
class ReportReading:
    """What a file of report counts gave.

    Parameters
    ----------
    counts
        One row for each drug and event.
    remarks
        What was understood otherwise than written, and what was passed over.
    left_out
        Events, reports or cases that are not counted, each with the reason.
    """

    counts: tuple[ReportCounts, ...]
    remarks: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def read_count_table(text: str, *, where: str) -> ReportReading:
    """Read counts from a table, one row per drug and event.

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
    table = parse_table(text, where=where)
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise InputError(f"{where}: column {', '.join(missing)} is missing", hint=HINT)
    problems: list[str] = []
    numbers = {name: table.numbers(name, problems) for name in COLUMNS[2:]}
    refuse_problems(problems, hint=HINT)
    rows: list[dict[str, Any]] = [
        {"drug": row["drug"], "event": row["event"], **{name: numbers[name][place] for name in numbers}}
        for place, row in enumerate(table.rows)
    ]
    reading = _rows(rows, places=[f"{where}, line {line}" for line in table.lines])
    unused = table.unused(COLUMNS)
    said = [f"{where}: column{'s' if len(unused) > 1 else ''} {', '.join(unused)} not used"] if unused else []
    return ReportReading(reading.counts, (*table.remarks, *said, *reading.remarks))


def _rows(rows: Sequence[Mapping[str, Any]], *, places: Sequence[str]) -> ReportReading:
    found: list[ReportCounts] = []
    problems: list[str] = []
    seen: dict[tuple[str, str], str] = {}
    totals: dict[tuple[str, str], tuple[int, str]] = {}
    read_as: Counter[tuple[str, str]] = Counter()
    for place, row in zip(places, rows, strict=True):
        wrong = [name for name in COLUMNS[2:] if _whole(row.get(name)) is None]
        if wrong or not str(row.get("drug") or "").strip() or not str(row.get("event") or "").strip():
            got = ", ".join(f"{name} {row.get(name)!r}" for name in wrong) or "no drug or no event"
            problems.append(f"{place}: got {got}; whole numbers of reports and both names are needed")
            continue
        if long := [why for name in COLUMNS[:2] if (why := find_name_problem(str(row[name]).strip()))]:
            problems += [f"{place}: {why}" for why in long]
            continue
        written = str(row["drug"]).strip()
        drug = find_drug(written) or written
        if drug != written:
            read_as[written, drug] += 1
        numbers = {name: _whole(row[name]) or 0 for name in COLUMNS[2:]}
        counts = ReportCounts(drug=drug, event=str(row["event"]).strip(), both=numbers.pop("reports"), **numbers)
        pair = (drug.casefold(), counts.event.casefold())
        if pair in seen:
            problems.append(
                f"{place}: {written} and {counts.event} stand in {seen[pair]} already"
                + (f", as names of {drug}; reports that name both would count twice" if drug != written else "")
            )
        seen.setdefault(pair, place.rpartition(", ")[2])
        problems += [f"{place}: {problem}" for problem in find_count_problems(counts)]
        for total, of in (("drug_reports", pair[0]), ("event_reports", pair[1]), ("all_reports", "all")):
            value, where = totals.setdefault((total, of), (numbers[total], place.rpartition(", ")[2]))
            if value != numbers[total]:
                problems.append(
                    f"{place}: {total} is {numbers[total]}, and {value} in {where}; it is one number of {of}"
                )
        found.append(counts)
    refuse_problems(problems, hint=HINT)
    return ReportReading(tuple(found), _drug_remarks(read_as, "row"))


def _whole(value: object) -> int | None:
    """Read a whole number of reports, also from text; None for anything else."""
    if isinstance(value, bool):
        return None
    text = f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value).strip()
    return int(text) if is_whole_number(text.removeprefix("-")) else None


def _drug_remarks(read_as: Mapping[tuple[str, str], int], unit: str) -> tuple[str, ...]:
    return tuple(
        f"drug: {written!r} was read as {drug} in {count} {unit}{'s' if count > 1 else ''}"
        for (written, drug), count in sorted(read_as.items())
    )


def read_count_json(text: str, *, where: str) -> ReportReading:
    """Read counts from JSON: a list of rows with `COLUMNS`, or single reports as openFDA gives them.

    Single reports count once per case, in its latest version; only suspected drugs count. These counts describe the
    file, which is a background only if it holds reports on all drugs.

    Raises
    ------
    InputError
        If the JSON is of neither kind, or naming every row that is wrong.
    """
    content = parse_json(text, where=where)
    if isinstance(content, dict) and "patient" in content:
        content = {"results": [content]}
    if isinstance(content, dict) and "error" in content:
        raise InputError(f"{where}: is an error message of openFDA: {str(content['error'])[:120]}")
    results = content.get("results") if isinstance(content, dict) else content
    if not isinstance(results, list) or not results or not all(isinstance(row, dict) for row in results):
        raise InputError(f"{where}: a list of counts or of reports is needed", hint=HINT)
    if all("term" in row and "count" in row for row in results):
        raise InputError(f"{where}: is an answer of openFDA for one drug; counts of all drugs are needed", hint=HINT)
    if any("patient" in row for row in results):
        return count_single_reports(results, where=where)
    reading = _rows(results, places=[f"{where}, row {number}" for number in range(1, len(results) + 1)])
    unused = sorted({str(name) for row in results for name in row} - set(COLUMNS))
    said = [f"{where}: {', '.join(unused)} not used"] if unused else []
    return ReportReading(reading.counts, (*said, *reading.remarks))


def is_openfda_answer(text: str) -> bool:
    """Say whether a text is an answer of openFDA that counts terms, or its message of an error."""
    try:
        content = parse_json(text, where="")
    except InputError:
        return False
    if not isinstance(content, dict):
        return False
    results = content.get("results")
    counted = isinstance(results, list) and bool(results) and isinstance(results[0], dict) and "term" in results[0]
    return counted or "error" in content


def read_openfda_counts(
    text: str, background: str, *, drug: str, drug_reports: int, all_reports: int, where: str, background_where: str
) -> ReportReading:
    """Join two answers of openFDA: events counted with one drug, and with all drugs.

    An event that the background does not count is left out and named: openFDA counts only the most frequent ones.

    Parameters
    ----------
    text, background
        JSON with `results` of `term` and `count`: of the drug, and of all reports.
    drug
        Name of the drug, by any of its names.
    drug_reports, all_reports
        Reports of the drug, and of all drugs; a count query does not give them.
    where, background_where
        Names of the files, for messages.

    Raises
    ------
    InputError
        If a file is of another kind, no event is in the background, or counts contradict each other.
    """
    of_drug, of_all = _terms(text, where), _terms(background, background_where)
    lacking = [term for term in of_drug if term not in of_all]
    hint = "openFDA lists 100 events unless asked for more: give both queries the same limit, up to 1000"
    if len(lacking) == len(of_drug):
        raise InputError(f"{background_where}: holds no count of any event of {where}", hint=hint)
    shared = {term: count for term, count in of_drug.items() if term in of_all}
    rows = [
        {
            "drug": drug,
            "event": term,
            "reports": count,
            "drug_reports": drug_reports,
            "event_reports": of_all[term],
            "all_reports": all_reports,
        }
        for term, count in shared.items()
    ]
    reading = _rows(rows, places=[f"{where}, {term}" for term in shared])
    found = find_drug(drug)
    remarks = (f"drug: {drug!r} was read as {found}",) if found and found != drug else ()
    left = tuple(f"{term}: {of_drug[term]} reports, not counted in {background_where}; {hint}" for term in lacking)
    return ReportReading(reading.counts, remarks, left)


def _terms(text: str, where: str) -> dict[str, int]:
    content = parse_json(text, where=where)
    results = content.get("results") if isinstance(content, dict) else None
    if isinstance(content, dict) and "error" in content:
        raise InputError(f"{where}: is an error message of openFDA: {str(content['error'])[:120]}")
    if (
        not isinstance(results, list)
        or not results
        or not all(
            isinstance(row, dict) and _whole(row.get("count")) is not None and row.get("term") for row in results
        )
    ):
        raise InputError(f"{where}: results of term and count are needed, as openFDA gives them", hint=HINT)
    terms: dict[str, int] = {}
    for row in results:
        term = str(row["term"]).strip().lower()
        if term in terms:
            raise InputError(f"{where}: {term} is counted twice")
        terms[term] = _whole(row["count"]) or 0
    return terms


@dataclass(frozen=True, slots=True)
class _ReportedCase:
    """What one report names, and its version."""

    version: tuple[int, str]
    drugs: frozenset[str]
    events: frozenset[str]


def count_single_reports(reports: Sequence[Mapping[str, Any]], *, where: str) -> ReportReading:
    """Count drugs, events and pairs over single reports of openFDA or FAERS."""
    read_as: Counter[tuple[str, str]] = Counter()
    left_out: list[str] = []
    versions: dict[str, list[_ReportedCase]] = {}
    for number, report in enumerate(reports, start=1):
        patient = report.get("patient")
        if not isinstance(patient, dict):
            left_out.append(f"{where}, report {number}: has no patient, so it is no report of FAERS")
            continue
        case = str(report.get("safetyreportid") or report.get("@case_number") or f"report {number}")
        events = frozenset(str(one["reactionmeddrapt"]).strip().lower() for one in _entries(patient, "reaction"))
        version = (_whole(report.get("safetyreportversion")) or 0, str(report.get("receiptdate") or ""))
        versions.setdefault(case, []).append(_ReportedCase(version, _suspected(patient, read_as), events))
    cases = _latest(versions, left_out, where)
    of_drug, of_event = Counter[str](), Counter[str]()
    of_pair: Counter[tuple[str, str]] = Counter()
    for case_ in cases:
        of_drug.update(case_.drugs)
        of_event.update(case_.events)
        of_pair.update(product(case_.drugs, case_.events))
    if not of_pair:
        message = "\n".join([f"{where}: no report names a suspected drug and an event", *left_out])
        raise InputError(message, hint=HINT)
    counts = tuple(
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
    earlier = sum(map(len, versions.values())) - len(versions)
    remarks = [
        f"{where}: {earlier} report{'s' if earlier > 1 else ''} of a case that stands in a later one, or twice"
    ]
    return ReportReading(counts, (*(remarks if earlier else []), *_drug_remarks(read_as, "report")), tuple(left_out))


def _latest(versions: Mapping[str, Sequence[_ReportedCase]], left_out: list[str], where: str) -> list[_ReportedCase]:
    """Give the latest version of each case; a case with two different latest ones is left out and named."""
    cases = []
    for case, found in versions.items():
        last = max(one.version for one in found)
        latest = {one for one in found if one.version == last}
        if len(latest) > 1:
            left_out.append(f"{where}, case {case}: stands {len(found)} times with different content and no version")
        else:
            cases.append(latest.pop())
    return cases


def _entries(patient: Mapping[str, Any], part: str) -> list[dict[str, Any]]:
    named = {"drug": ("medicinalproduct", "activesubstance"), "reaction": ("reactionmeddrapt",)}[part]
    entries = patient.get(part)
    if not isinstance(entries, list):
        return []
    return [one for one in entries if isinstance(one, dict) and any(one.get(name) for name in named)]


def _suspected(patient: Mapping[str, Any], read_as: Counter[tuple[str, str]]) -> frozenset[str]:
    """Name the suspected drugs of a report by active substance, where it or the report's own entry tells it."""
    drugs: set[str] = set()
    said: set[tuple[str, str]] = set()
    for entry in _entries(patient, "drug"):
        if str(entry.get("drugcharacterization", "1")) != "1":
            continue
        substance = entry.get("activesubstance")
        active = str(substance.get("activesubstancename") or "") if isinstance(substance, dict) else ""
        written = entry.get("medicinalproduct")
        product_name = (written if isinstance(written, str) and written.strip() else active).strip()
        if not product_name:
            continue
        found = find_drugs(product_name) or find_drugs(active) or {(active or product_name).strip().lower()}
        drugs |= found
        said |= {(product_name, one) for one in found if one != product_name.lower()}
    read_as.update(said)
    return frozenset(drugs)
