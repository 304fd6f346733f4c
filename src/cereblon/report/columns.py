"""The columns of every table that a report is given, with their meaning, and the check that they are there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cereblon.report.table_rows import Rows

Kind = Literal["text", "number", "truth", "interval"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    kind
        text, number, truth (yes or no) or interval (a pair low, high; an open end is None).
    meaning
        What it holds, with unit.
    null
        Whether a cell may be None, or the column be left out.
    lower, upper
        What is possible.
    """

    kind: Kind
    meaning: str
    null: bool = False
    lower: float = -math.inf
    upper: float = math.inf


def _percent(meaning: str, *, null: bool = False) -> Column:
    return Column("number", f"{meaning}, percent", null, 0, 100)


_ARM = Column("text", "key of the arm, as in `arms`")
_SUBJECT = Column("number", "number of the subject within the run")
_ORIGIN = Column("text", "simulated or published")
_CUT = Column("text", "data cut of a published value, e.g. 2020 update", null=True)
_SOURCE = Column("text", "where a published value was read: doi:..., an address, or words", null=True)
_QUALITY = Column("text", "primary, or secondary when read in a digest of the publication", null=True)

TABLES: dict[str, dict[str, Column]] = {
    "arms": {
        "arm": _ARM,
        "label": Column("text", "short name shown in figures, best under 15 characters"),
        "regimen": Column("text", "what is given, in words"),
        "n": Column("number", "subjects simulated per replicate trial", lower=1),
        "published_n": Column("number", "patients in the publication", null=True, lower=1),
    },
    "publications": {
        "label": Column("text", "author, year, journal"),
        "address": Column("text", "doi:... or web address", null=True),
    },
    "comparison": {
        "endpoint": Column("text", "name of the evidence vocabulary"),
        "arm": _ARM,
        "versus": Column("text", "other arm of a comparison", null=True),
        "month": Column("number", "time point of a rate, months", null=True, lower=0),
        "grade": Column("text", "grade range of an adverse event", null=True),
        "unit": Column("text", "percent, months, ratio, years, ..."),
        "cut": _CUT,
        "published": Column("number", "published value in `unit`", null=True),
        "published_interval": Column("interval", "as published", null=True),
        "published_status": Column("text", "reported or not_reached", null=True),
        "source": _SOURCE,
        "source_quality": _QUALITY,
        "predicted": Column("number", "predicted value in `unit`; None when not reached", null=True),
        "predicted_interval": Column("interval", "prediction interval over replicate trials", null=True),
        "predicted_level": Column("number", "its level, e.g. 0.9", null=True, lower=0, upper=1),
        "inside": Column("truth", "published value inside the prediction interval; None: not judged", null=True),
        "note": Column("text", "what differs between the two definitions, if anything", null=True),
    },
    "verdict": {
        "group": Column("text", "group of endpoints; one row is named all"),
        "inside": Column("number", "published values inside the prediction interval", lower=0),
        "outside": Column("number", "published values outside", lower=0),
        "not_judged": Column("number", "published values without a prediction", null=True, lower=0),
    },
    "followed": {
        "arm": _ARM,
        "subject_id": _SUBJECT,
        "kind": Column("text", "count, dose, event, decision or end"),
        "name": Column("text", "test, drug, or adverse event"),
        "day": Column("number", "days since randomisation"),
        "end": Column("number", "last day of a dose or an event", null=True),
        "value": Column("number", "count in its unit; given of planned, percent; grade", null=True),
        "words": Column("text", "what was done, and by which rule", null=True),
    },
    "km": {
        "endpoint": Column("text", "pfs or os"),
        "arm": _ARM,
        "month": Column("number", "months from randomisation", lower=0),
        "survival": Column("number", "share without the event, 0 to 1", lower=0, upper=1),
        "low": Column("number", "lower end of the band, 0 to 1", null=True, lower=0, upper=1),
        "high": Column("number", "upper end of the band, 0 to 1", null=True, lower=0, upper=1),
        "at_risk": Column("number", "subjects at risk", null=True, lower=0),
    },
    "km_published": {
        "endpoint": Column("text", "pfs or os"),
        "arm": _ARM,
        "kind": Column("text", "median (a point at 50 percent) or rate (a landmark)"),
        "month": Column("number", "the median, or the time of the landmark, months", lower=0),
        "percent": _percent("rate at the landmark; None for a median", null=True),
        "interval": Column("interval", "of the median in months, of the rate in percent", null=True),
        "cut": _CUT,
        "source": _SOURCE,
        "source_quality": _QUALITY,
    },
    "response_bars": {
        "arm": _ARM,
        "origin": _ORIGIN,
        "category": Column(
            "text", "orr, vgpr_or_better, cr_or_better, scr (cumulative), or best response sCR ... NE"
        ),
        "percent": _percent("share of the arm"),
        "low": _percent("lower end of the interval", null=True),
        "high": _percent("upper end of the interval", null=True),
        "cut": _CUT,
        "source": _SOURCE,
        "source_quality": _QUALITY,
    },
    "waterfall": {
        "arm": _ARM,
        "subject": _SUBJECT,
        "change": Column(
            "number", "largest fall (or least rise) of serum M-protein from baseline, percent", lower=-100
        ),
        "response": Column("text", "best confirmed response, sCR to NE"),
    },
    "spaghetti": {
        "arm": _ARM,
        "subject": _SUBJECT,
        "month": Column("number", "months from randomisation", lower=0),
        "m_protein": Column("number", "measured serum M-protein, g/L; 0 below the limit of quantification", lower=0),
    },
    "swimmer": {
        "arm": _ARM,
        "subject": _SUBJECT,
        "line": Column("number", "line of therapy within the trial, from 1; 0 for time without treatment", lower=0),
        "regimen": Column("text", "name of the regimen", null=True),
        "start": Column("number", "months from randomisation", lower=0),
        "end": Column("number", "months from randomisation", lower=0),
    },
    "swimmer_events": {
        "arm": _ARM,
        "subject": _SUBJECT,
        "month": Column("number", "months from randomisation", lower=0),
        "event": Column("text", "response, progression, death, transplant or censored"),
        "detail": Column("text", "e.g. the category reached, or the cause", null=True),
    },
    "dose_intensity": {
        "arm": _ARM,
        "drug": Column("text", "name of the drug"),
        "month": Column("number", "months from randomisation", lower=0),
        "relative_dose_intensity": Column(
            "number", "given of planned in those on treatment, percent", null=True, lower=0
        ),
        "on_treatment": _percent("share of the arm still on this drug", null=True),
    },
    "rule_effects": {
        "arm": _ARM,
        "rules": Column("text", "name of the rule set"),
        "endpoint": Column("text", "endpoint of the vocabulary"),
        "grade": Column("text", "grade range of an adverse event, otherwise empty"),
        "value": Column("number", "estimate", null=True),
        "low": Column("number", "lower end of its 95 % interval", null=True),
        "high": Column("number", "upper end of its 95 % interval", null=True),
        "unit": Column("text", "of the estimate"),
    },
    "rule_doses": {
        "arm": _ARM,
        "rules": Column("text", "name of the rule set"),
        "drug": Column("text", "name of the drug"),
        "month": Column("number", "months from randomisation", lower=0),
        "relative_dose_intensity": Column("number", "given of planned, percent", lower=0),
    },
    "adverse_events": {
        "arm": _ARM,
        "event": Column("text", "safety endpoint of the vocabulary, with or without ae_"),
        "grade": Column("text", "grade range, e.g. 3-4"),
        "origin": _ORIGIN,
        "percent": _percent("share of the arm with the event"),
        "low": _percent("lower end of the interval", null=True),
        "high": _percent("upper end of the interval", null=True),
        "cut": _CUT,
        "source": _SOURCE,
        "source_quality": _QUALITY,
    },
    "population": {
        "variable": Column("text", "what was described at baseline, with unit"),
        "arm": _ARM,
        "simulated": Column("text", "summary of the simulated subjects", null=True),
        "published": Column("text", "summary as published", null=True),
        "source": _SOURCE,
        "source_quality": _QUALITY,
    },
    "parameters": {
        "group": Column("text", "parameter file"),
        "name": Column("text", "name in the file"),
        "value": Column("number", "in `unit`"),
        "unit": Column("text", "as pint reads it; 1 for none"),
        "basis": Column("text", "assumed, fitted, derived or published"),
        "meaning": Column("text", "one sentence"),
        "source": Column("text", "where the value comes from"),
    },
    "failure_reasons": {
        "reason": Column("text", "why the subject could not be simulated"),
        "subjects": Column("number", "how many", lower=1),
    },
}


def table_problems(name: str, rows: Rows, columns: Mapping[str, Column]) -> list[str]:
    """Say what is wrong with the rows of one table, one sentence per column, naming the first bad row."""
    problems: dict[str, str] = {}
    for index, row in enumerate(rows):
        for column in row.keys() - columns.keys():
            problems.setdefault(column, f"{name}, {column}: not a column of this table ({', '.join(columns)})")
        for column, spec in columns.items():
            complaint = _complaint(row.get(column), spec)
            if complaint:
                problems.setdefault(column, f"{name}, row {index}, {column}: {complaint}")
    return list(problems.values())


def _complaint(value: object, column: Column) -> str | None:
    if value is None:
        return None if column.null else f"missing; needed: {column.meaning}"
    if column.kind == "text":
        return None if isinstance(value, str) else f"got {value!r}; a text is needed: {column.meaning}"
    if column.kind == "truth":
        return None if isinstance(value, bool) else f"got {value!r}; true, false or None is needed: {column.meaning}"
    if column.kind == "interval":
        return _interval_complaint(value, column)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return f"got {value!r}; a finite number is needed: {column.meaning}"
    if not column.lower <= value <= column.upper:
        return f"{value} is outside {column.lower:g} to {column.upper:g} ({column.meaning})"
    return None


def _interval_complaint(value: object, column: Column) -> str | None:
    needed = f"a pair (low, high) of finite numbers or None is needed: {column.meaning}"
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        return f"got {value!r}; {needed}"
    if any(end is not None and not (isinstance(end, (int, float)) and math.isfinite(end)) for end in value):
        return f"got {value!r}; {needed}"
    low, high = value
    if low is not None and high is not None and low > high:
        return f"the interval {low:g} to {high:g} is upside down"
    return None
