"""Arrow schemas of every table that a report is given, and the check that its rows keep to them."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import islice

import pyarrow as pa

from cereblon.core.rows import Rows
from cereblon.tables.fields import INTERVAL, NUMBER, TEXT, TRUTH, bounds, field, said


def _percent(name: str, meaning: str, *, null: bool = False) -> pa.Field:
    return field(name, NUMBER, f"{meaning}, percent", null=null, lower=0, upper=100)


_ARM = field("arm", TEXT, "key of the arm, as in `arms`")
_SUBJECT = field("subject", NUMBER, "number of the subject within the run")
_ORIGIN = field("origin", TEXT, "simulated or published")
_CUT = field("cut", TEXT, "data cut of a published value, e.g. 2020 update", null=True)
_SOURCE = field("source", TEXT, "where a published value was read: doi:..., an address, or words", null=True)
_QUALITY = field("source_quality", TEXT, "primary, or secondary when read in a report of the publication", null=True)

TABLES: dict[str, pa.Schema] = {
    "arms": pa.schema(
        [
            _ARM,
            field("label", TEXT, "short name shown in figures, best under 15 characters"),
            field("regimen", TEXT, "what is given, in words"),
            field("n", NUMBER, "subjects simulated per replicate trial", lower=1),
            field("published_n", NUMBER, "patients in the publication", null=True, lower=1),
        ]
    ),
    "publications": pa.schema(
        [
            field("label", TEXT, "author, year, journal"),
            field("address", TEXT, "doi:... or web address", null=True),
        ]
    ),
    "comparison": pa.schema(
        [
            field("endpoint", TEXT, "name of the evidence vocabulary"),
            _ARM,
            field("versus", TEXT, "other arm of a comparison", null=True),
            field("month", NUMBER, "time point of a rate, months", null=True, lower=0),
            field("grade", TEXT, "grade range of an adverse event", null=True),
            field("unit", TEXT, "percent, months, ratio, years, ..."),
            _CUT,
            field("published", NUMBER, "published value in `unit`", null=True),
            field("published_interval", INTERVAL, "as published", null=True),
            field("published_status", TEXT, "reported or not_reached", null=True),
            _SOURCE,
            _QUALITY,
            field("predicted", NUMBER, "predicted value in `unit`; None when not reached", null=True),
            field("predicted_interval", INTERVAL, "prediction interval over replicate trials", null=True),
            field("predicted_level", NUMBER, "its level, e.g. 0.9", null=True, lower=0, upper=1),
            field("inside", TRUTH, "published value inside the prediction interval; None: not judged", null=True),
            field("note", TEXT, "what differs between the two definitions, if anything", null=True),
        ]
    ),
    "predicted": pa.schema(
        [
            field("endpoint", TEXT, "name of the evidence vocabulary"),
            _ARM,
            field("versus", TEXT, "other arm of a comparison", null=True),
            field("grade", TEXT, "grade range of an adverse event", null=True),
            field("unit", TEXT, "percent, months or ratio"),
            field("value", NUMBER, "predicted by all replicate trials together; None when not reached", null=True),
            field("low", NUMBER, "lower end of the prediction interval", null=True),
            field("high", NUMBER, "upper end; None when not reached", null=True),
        ]
    ),
    "verdict": pa.schema(
        [
            field("group", TEXT, "group of endpoints; one row is named all"),
            field("inside", NUMBER, "published values inside the prediction interval", lower=0),
            field("outside", NUMBER, "published values outside", lower=0),
            field("not_judged", NUMBER, "published values without a prediction", null=True, lower=0),
        ]
    ),
    "followed": pa.schema(
        [
            _ARM,
            _SUBJECT.with_name("subject_id"),
            field("kind", TEXT, "count, dose, event, decision or end"),
            field("name", TEXT, "test, drug, or adverse event"),
            field("day", NUMBER, "days since randomisation"),
            field("end", NUMBER, "last day of a dose or an event", null=True),
            field("value", NUMBER, "count in its unit; given of planned, percent; grade", null=True),
            field("words", TEXT, "what was done, and by which rule", null=True),
        ]
    ),
    "km": pa.schema(
        [
            field("endpoint", TEXT, "pfs or os"),
            _ARM,
            field("month", NUMBER, "months from randomisation", lower=0),
            field("survival", NUMBER, "share without the event, 0 to 1", lower=0, upper=1),
            field("low", NUMBER, "lower end of the band, 0 to 1", null=True, lower=0, upper=1),
            field("high", NUMBER, "upper end of the band, 0 to 1", null=True, lower=0, upper=1),
            field("at_risk", NUMBER, "subjects at risk", null=True, lower=0),
        ]
    ),
    "km_published": pa.schema(
        [
            field("endpoint", TEXT, "pfs or os"),
            _ARM,
            field("kind", TEXT, "median (a point at 50 percent), rate (a landmark) or curve (read off a figure)"),
            field("month", NUMBER, "the median, or the time of the landmark or point, months", lower=0),
            _percent("percent", "share at the landmark or point; None for a median", null=True),
            field("interval", INTERVAL, "of the median in months, of the rate in percent", null=True),
            _CUT,
            _SOURCE,
            _QUALITY,
        ]
    ),
    "response_bars": pa.schema(
        [
            _ARM,
            _ORIGIN,
            field(
                "category", TEXT, "orr, vgpr_or_better, cr_or_better, scr (cumulative), or best response sCR ... NE"
            ),
            _percent("percent", "share of the arm"),
            _percent("low", "lower end of the interval", null=True),
            _percent("high", "upper end of the interval", null=True),
            _CUT,
            _SOURCE,
            _QUALITY,
        ]
    ),
    "waterfall": pa.schema(
        [
            _ARM,
            _SUBJECT,
            field(
                "change", NUMBER, "largest fall (or least rise) of serum M-protein from baseline, percent", lower=-100
            ),
            field("response", TEXT, "best confirmed response, sCR to NE"),
        ]
    ),
    "spaghetti": pa.schema(
        [
            _ARM,
            _SUBJECT,
            field("month", NUMBER, "months from randomisation", lower=0),
            field("m_protein", NUMBER, "measured serum M-protein, g/L; 0 below the limit of quantification", lower=0),
        ]
    ),
    "swimmer": pa.schema(
        [
            _ARM,
            _SUBJECT,
            field("line", NUMBER, "line of therapy within the trial, from 1; 0 for time without treatment", lower=0),
            field("regimen", TEXT, "name of the regimen", null=True),
            field("start", NUMBER, "months from randomisation", lower=0),
            field("end", NUMBER, "months from randomisation", lower=0),
        ]
    ),
    "swimmer_events": pa.schema(
        [
            _ARM,
            _SUBJECT,
            field("month", NUMBER, "months from randomisation", lower=0),
            field("event", TEXT, "response, progression, death, transplant or censored"),
            field("detail", TEXT, "e.g. the category reached, or the cause", null=True),
        ]
    ),
    "dose_intensity": pa.schema(
        [
            _ARM,
            field("drug", TEXT, "name of the drug"),
            field("month", NUMBER, "months from randomisation", lower=0),
            field(
                "relative_dose_intensity",
                NUMBER,
                "given of planned in those on treatment, percent",
                null=True,
                lower=0,
            ),
            _percent("on_treatment", "share of the arm still on this drug", null=True),
        ]
    ),
    "rule_effects": pa.schema(
        [
            _ARM,
            field("rules", TEXT, "name of the rule set"),
            field("endpoint", TEXT, "endpoint of the vocabulary"),
            field("grade", TEXT, "grade range of an adverse event, otherwise empty"),
            field("value", NUMBER, "estimate", null=True),
            field("low", NUMBER, "lower end of its 95 % interval", null=True),
            field("high", NUMBER, "upper end of its 95 % interval", null=True),
            field("unit", TEXT, "of the estimate"),
        ]
    ),
    "rule_doses": pa.schema(
        [
            _ARM,
            field("rules", TEXT, "name of the rule set"),
            field("drug", TEXT, "name of the drug"),
            field("month", NUMBER, "months from randomisation", lower=0),
            field("relative_dose_intensity", NUMBER, "given of planned, percent", lower=0),
        ]
    ),
    "adverse_events": pa.schema(
        [
            _ARM,
            field("event", TEXT, "safety endpoint of the vocabulary, with or without ae_"),
            field("grade", TEXT, "grade range, e.g. 3-4"),
            _ORIGIN,
            _percent("percent", "share of the arm with the event"),
            _percent("low", "lower end of the interval", null=True),
            _percent("high", "upper end of the interval", null=True),
            _CUT,
            _SOURCE,
            _QUALITY,
        ]
    ),
    "population": pa.schema(
        [
            field("variable", TEXT, "what was described at baseline, with unit"),
            _ARM,
            field("simulated", TEXT, "summary of the simulated subjects", null=True),
            field("published", TEXT, "summary as published", null=True),
            _SOURCE,
            _QUALITY,
        ]
    ),
    "parameters": pa.schema(
        [
            field("group", TEXT, "parameter file"),
            field("name", TEXT, "name in the file"),
            field("value", NUMBER, "in `unit`"),
            field("unit", TEXT, "as pint reads it; 1 for none"),
            field("basis", TEXT, "assumed, fitted, derived or published"),
            field("meaning", TEXT, "one sentence"),
            field("source", TEXT, "where the value comes from"),
        ]
    ),
    "failure_reasons": pa.schema(
        [
            field("reason", TEXT, "why the subject could not be simulated"),
            field("subjects", NUMBER, "how many", lower=1),
        ]
    ),
}


def table_problems(name: str, rows: Rows, schema: pa.Schema) -> list[str]:
    """Say what is wrong with the rows of one table, one sentence per column, naming the first bad row."""
    known = schema.names
    unknown = dict.fromkeys(column for row in rows for column in row if column not in known)
    problems = [f"{name}, {column}: not a column of this table ({', '.join(known)})" for column in unknown]
    for column in schema:
        complain = _complaints(column)
        found = ((index, said) for index, row in enumerate(rows) if (said := complain(row.get(column.name))))
        problems += [f"{name}, row {index}, {column.name}: {said}" for index, said in islice(found, 1)]
    return problems


def _complaints(column: pa.Field) -> Callable[[object], str | None]:
    """Give what complains about a cell; what Arrow says of the column is read once."""
    kind, may_miss, meaning = column.type, column.nullable, said(column, "meaning")
    lower, upper = bounds(column)

    def complaint(value: object) -> str | None:
        if value is None:
            return None if may_miss else f"missing; needed: {meaning}"
        return of_kind(value)

    def number(value: object) -> str | None:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            return f"got {value!r}; a finite number is needed: {meaning}"
        return None if lower <= value <= upper else f"{value} is outside {lower:g} to {upper:g} ({meaning})"

    def text(value: object) -> str | None:
        return None if isinstance(value, str) else f"got {value!r}; a text is needed: {meaning}"

    def truth(value: object) -> str | None:
        return None if isinstance(value, bool) else f"got {value!r}; true, false or None is needed: {meaning}"

    def interval(value: object) -> str | None:
        return _interval_complaint(value, meaning)

    of_kind = {TEXT: text, TRUTH: truth, INTERVAL: interval, NUMBER: number}[kind]
    return complaint


def _interval_complaint(value: object, meaning: str) -> str | None:
    needed = f"a pair (low, high) of finite numbers or None is needed: {meaning}"
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        return f"got {value!r}; {needed}"
    if any(end is not None and not (isinstance(end, (int, float)) and math.isfinite(end)) for end in value):
        return f"got {value!r}; {needed}"
    low, high = value
    if low is not None and high is not None and low > high:
        return f"the interval {low:g} to {high:g} is upside down"
    return None
