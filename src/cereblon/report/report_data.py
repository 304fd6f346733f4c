"""What a report shows: ready tables and texts, checked on construction; nothing is computed from them here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Literal

from cereblon.core.errors import InputError
from cereblon.core.rows import Rows, distinct, number, text, truth

Role = Literal["calibration", "validation", "context", ""]
_ORIGINS = ("simulated", "published")
_OTHER_ARMS = ("all",)


INTERVAL_PARTS = "The interval of"
"""How a sentence on the parts of an interval begins; pages keep these apart from limits."""


@dataclass(frozen=True, kw_only=True)
class ReportData:
    """Everything one report page shows.

    Tables are sequences of mappings (`polars.DataFrame.to_dicts()`, `pyarrow.Table.to_pylist()` or plain lists).
    Their columns, with meaning and unit, are in `cereblon.report.schemas.TABLES` under the name of the field; a
    column marked `null` there may be left out. An empty table leaves its section out, with a sentence that says so.

    Parameters
    ----------
    title
        Heading of the page.
    trial
        Study key (`swog-s0777`) or name of the trial file.
    description
        One or two sentences: what was simulated, and what it is compared with.
    population_name
        The virtual population, in words.
    run_id
        Identifies the run folder; printed under each figure and table.
    created
        Date of the run, as given by the caller (ISO, so that equal runs give equal pages).
    seed
        Seed of the run.
    versions
        Program to version, e.g. `{"cereblon": "0.1.0"}`.
    command
        The command that makes this report again.
    arms
        The arms in the order of the page; the order fixes their colours.
    replicates
        Number of replicate trials behind the prediction intervals; 1 for a single trial.
    role
        Role of the published study in the model: `calibration` (its results were used to fit parameters),
        `validation` (never used) or `context`; empty when nothing published is shown.
    publications
        The study's publications.
    predicted
        The main results as predicted: hazard ratios, medians, response and severe adverse events, for the answer.
    comparison
        One row per published value with its prediction.
    verdict
        Counts per group of endpoints and for `all`; `all` must agree with `comparison`.
    km, km_published
        Survival curves (band over replicate trials or confidence band, see `km_band`) and the published medians and
        landmarks to mark on them.
    km_band
        What the band is, in words; needed when `km` has one.
    response_bars, waterfall, spaghetti, swimmer, swimmer_events
        Response and single subjects. For the last four give a sample; the page thins what is too much.
    followed
        One eventful subject of each arm, day by day.
    calendars
        Name of a regimen to the rows of `cereblon.report.calendar.calendar_chart`.
    dose_intensity, adverse_events, population, parameters
        As their columns say.
    rule_effects, rule_doses, rule_subjects
        The same subjects under several sets of dose rules: outcomes, doses, and how many subjects under each.
    limits
        What the result cannot tell, one sentence each.
    failures
        Number of subjects that could not be simulated; when not 0 the page says so at its top.
    failure_reasons
        Their reasons.
    timings
        Seconds per step of the run.

    Raises
    ------
    InputError
        Listing every missing, unknown, mistyped or impossible cell, by table, row and column.
    """

    title: str
    trial: str
    description: str
    population_name: str
    run_id: str
    created: str
    seed: int
    versions: Mapping[str, str]
    command: str
    arms: Rows
    replicates: int = 1
    role: Role = ""
    publications: Rows = ()
    predicted: Rows = ()
    comparison: Rows = ()
    verdict: Rows = ()
    km: Rows = ()
    km_published: Rows = ()
    km_band: str = ""
    response_bars: Rows = ()
    waterfall: Rows = ()
    spaghetti: Rows = ()
    swimmer: Rows = ()
    swimmer_events: Rows = ()
    followed: Rows = ()
    calendars: Mapping[str, Rows] = field(default_factory=dict)
    dose_intensity: Rows = ()
    rule_effects: Rows = ()
    rule_doses: Rows = ()
    rule_subjects: int = 0
    adverse_events: Rows = ()
    population: Rows = ()
    parameters: Rows = ()
    limits: Sequence[str] = ()
    failures: int = 0
    failure_reasons: Rows = ()
    timings: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        from cereblon.report.schemas import TABLES, table_problems  # Arrow, which no text needs

        problems = []
        for name, schema in TABLES.items():
            problems += table_problems(name, getattr(self, name), schema)
        if not problems:  # the following read cells, so the cells must be sound
            problems = _arm_problems(self) + _origin_problems(self) + _band_problems(self) + _verdict_problems(self)
        if problems:
            raise InputError("\n".join(f"report, {problem}" for problem in problems))


def _arm_problems(data: ReportData) -> list[str]:
    """Name every arm that a table uses but `arms` does not hold."""
    from cereblon.report.schemas import TABLES

    known = distinct(data.arms, "arm")
    if not known:
        return ["arms: empty; at least one arm is needed"]
    problems = []
    if len(known) != len(data.arms):
        problems.append("arms: a key is there twice")
    for name in (f.name for f in fields(data) if f.name in TABLES and "arm" in TABLES[f.name].names):
        rows: Rows = getattr(data, name)
        used = distinct(rows, "arm") + [other for other in distinct(rows, "versus") if other]
        problems += [
            f"{name}: arm {arm!r} is not one of {', '.join(known)}"
            for arm in dict.fromkeys(used)
            if arm not in known and arm not in _OTHER_ARMS
        ]
    return problems


def _origin_problems(data: ReportData) -> list[str]:
    tables: dict[str, Rows] = {
        "response_bars": data.response_bars,
        "adverse_events": data.adverse_events,
    }
    return [
        f"{name}: origin {origin!r} is not one of {', '.join(_ORIGINS)}"
        for name, rows in tables.items()
        for origin in distinct(rows, "origin")
        if origin not in _ORIGINS
    ]


def _band_problems(data: ReportData) -> list[str]:
    if not data.km_band and any(number(row, "low") is not None for row in data.km):
        return ["km_band: empty, but km has a band; say what it is, e.g. 90 % of replicate trials"]
    return []


def _verdict_problems(data: ReportData) -> list[str]:
    """Refuse a headline that the table below it contradicts."""
    if not data.verdict:
        return []
    whole = [row for row in data.verdict if text(row, "group") == "all"]
    if len(whole) != 1:
        return [f"verdict: {len(whole)} rows for the group 'all'; one is needed"]
    judged = [truth(row, "inside") for row in data.comparison]
    return [
        f"verdict: {whole[0][column]} values {column}, but the comparison has {judged.count(claim)}"
        for column, claim in (("inside", True), ("outside", False))
        if whole[0][column] != judged.count(claim)
    ]
