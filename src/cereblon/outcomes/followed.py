"""One eventful subject of each arm, day by day: counts, doses, adverse events, and every decision with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cereblon.outcomes.subject_index import in_order
from cereblon.tables import arm_order

Row = dict[str, Any]
COUNTS = ("neutrophils", "platelets", "haemoglobin")
_KINDS = ("count", "dose", "event", "decision", "end")
_ENDS = ("treatment_stopped", "progression", "death")
_CYCLE = 28.0  # days that a last cycle is taken to last


def followed_subjects(tables: Mapping[str, pa.Table], *, days: float = 730.0) -> list[Row]:
    """Follow one subject of each arm through its first line.

    The subject with most decisions and severe adverse events is taken: it shows the rules at work and is not typical.

    Parameters
    ----------
    tables
        Subject tables; without `decisions` the reasons of changes are left out, without `grades` an adverse event has
        its highest grade on all its days.
    days
        Days from randomisation that are shown.

    Returns
    -------
        Rows with arm, subject_id, kind (count, dose, event, decision, end), name, day, end, value and words, by arm
        and day.
    """
    tables = {**tables, "subjects": in_order(tables["subjects"])}
    rows: list[Row] = []
    for arm in _arms(tables["subjects"]):
        own = {name: table.filter(pc.equal(table["arm"].cast(pa.string()), arm)) for name, table in tables.items()}
        subject = _most_eventful(own, days)
        one = {name: table.filter(pc.equal(table["subject_id"], subject)) for name, table in own.items()}
        found = [row for row in _rows(one) if row["day"] <= days]
        rows += [{"arm": arm, "subject_id": subject, **row} for row in sorted(found, key=_place)]
    return rows


def _arms(subjects: pa.Table) -> list[str]:
    there = sorted(pc.unique(subjects["arm"].cast(pa.string())).to_pylist())
    known = arm_order(subjects)
    return sorted(there, key=known.arms.index) if known and set(there) <= set(known.arms) else there


def _place(row: Row) -> tuple[Any, ...]:
    """Give what rows are ordered by: the day, then what is seen before what is done about it."""
    return row["day"], _KINDS.index(row["kind"]), row["name"], row["words"], row["value"] or 0.0, row["end"] or 0.0


def _most_eventful(tables: Mapping[str, pa.Table], days: float) -> int:
    ids = np.asarray(tables["subjects"]["subject_id"])
    busy = np.zeros(len(ids))
    place = {int(number): row for row, number in enumerate(ids)}
    happened = tables["adverse_events"]
    severe = happened.filter(pc.and_(pc.greater_equal(happened["grade"], 3), pc.equal(happened["line"], 1)))
    decisions = tables.get("decisions")
    for table, column in ((severe, "start_day"), (decisions, "day")):
        if table is not None:
            shown = table.filter(pc.less_equal(table[column], days))
            who = [place[number] for number in shown["subject_id"].to_pylist()]
            np.add.at(busy, who, 1.0)
    return int(ids[int(np.argmax(busy))])


def _rows(one: Mapping[str, pa.Table]) -> Iterator[Row]:
    for lab in one["labs"].to_pylist():
        if lab["test"] in COUNTS:
            yield _row("count", lab["test"], lab["day"], value=lab["value"])
    yield from _doses(one["exposures"].to_pylist())
    for event in one["adverse_events"].to_pylist():
        if event["line"] == 1:
            yield from _graded(event, one["grades"].to_pylist() if "grades" in one else [])
    for decision in one["decisions"].to_pylist() if "decisions" in one else ():
        if decision["line"] == 1:
            dose = "" if decision["dose"] is None else f"; now {decision['dose']:g} {decision['unit']}"
            words = f"{decision['action']} by {decision['rule']}{dose}"
            yield _row("decision", decision["drug"], decision["day"], words=words)
    for event in one["events"].to_pylist():
        if event["event"] in _ENDS and event["line"] == 1:
            yield _row("end", event["event"], event["day"], words=event["cause"])


def _graded(event: Row, grades: list[Row]) -> Iterator[Row]:
    """Cut an episode where its grade changes; one that is not graded day by day has its highest grade throughout."""
    start, end = event["start_day"], event["end_day"]
    seen = sorted((row["day"], row["grade"]) for row in grades if row["term"] == event["event"])
    within = [(day, grade) for day, grade in seen if day > start and (end is None or day < end)]
    before = [grade for day, grade in seen if day <= start][-1:]
    first = (before or [grade for _, grade in within[:1]] or [event["grade"]])[0]
    pieces = [(start, first or event["grade"]), *within]
    for (day, grade), (until, _) in zip(pieces, [*pieces[1:], (end, 0)], strict=True):
        if grade > 0:
            words = f"grade {grade}, highest {event['grade']}, {event['action']}"
            yield _row("event", event["event"], day, until, grade, words)


def _doses(exposures: list[Row]) -> Iterator[Row]:
    first = [row for row in exposures if row["line"] == 1 and row["planned_mg"] > 0]
    starts = sorted({row["day"] for row in first})
    following = dict(zip(starts, [*starts[1:], starts[-1] + _CYCLE] if starts else [], strict=True))
    for row in first:
        share = 100.0 * row["given_mg"] / row["planned_mg"]
        words = f"{row['given_doses']:g} of {row['planned_doses']:g} doses, {row['given_mg']:.4g} mg"
        yield _row("dose", row["drug"], row["day"], following[row["day"]], share, words)


def _row(
    kind: str, name: str, day: float, end: float | None = None, value: float | None = None, words: str = ""
) -> Row:
    return {"kind": kind, "name": name, "day": day, "end": end, "value": value, "words": words}
