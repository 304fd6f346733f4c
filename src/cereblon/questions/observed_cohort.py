"""What happened to a user's own patients: build a cohort from a database, and report what is in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from cereblon.cohort.attrition import masked_steps
from cereblon.cohort.building import STEPS, build_cohort
from cereblon.cohort.course_rows import course_rows, flow_rows, pathway_rows, regimen_rows
from cereblon.cohort.definition import ESTIMANDS_SAID, CohortDefinition, find_definition
from cereblon.cohort.diagnosed_events import diagnosed_event_rows
from cereblon.cohort.dose_intensity import DOSE_COLUMNS, dose_rows
from cereblon.cohort.engine import MOST_MINUTES, engine_for
from cereblon.cohort.folder import CohortTables, check_folder, read_cohort_folder, write_cohort
from cereblon.cohort.laboratory_events import adverse_event_rows
from cereblon.cohort.line_outcomes import LANDMARK_MONTHS, WITHOUT_MARROW, masked, outcome_rows
from cereblon.cohort.patient_weights import read_patient_weights
from cereblon.cohort.sharing import shared_content
from cereblon.cohort.small_cells import shown_of
from cereblon.cohort.source import open_source, source_files, source_name
from cereblon.cohort.stages import Stages, stage_key
from cereblon.core.arguments import need_text
from cereblon.core.errors import ArgumentError
from cereblon.core.names import find_needed_name_problem
from cereblon.core.output import json_text
from cereblon.core.output_files import write_text
from cereblon.core.plain_text import capital
from cereblon.core.rows import Row, number
from cereblon.questions.progress import Progress, Reporter
from cereblon.questions.result import Result
from cereblon.report.document import Bullets, Document, Paragraph, Section, part
from cereblon.report.wording import span

if TYPE_CHECKING:
    import altair as alt

_SHOWN_PATIENTS = 30


@dataclass(frozen=True, eq=False, repr=False)
class ObservedCohort(Result):
    """A built cohort: who is in it, lines of therapy, response and outcomes.

    Numbers of fewer patients than the small-cell limit of the definition are masked in everything that is shown or
    written by this answer; the tables of the folder hold rows of patients.

    Parameters
    ----------
    built
        Tables, definition, source and remarks.
    estimand
        By which kind of response and progression outcomes are given.
    weights
        Of patients, for outcomes; None where all count alike.
    """

    built: CohortTables
    estimand: str
    weights: pl.DataFrame | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What was missing, left out or read as something else."""
        return self.built.remarks if self.weights is None else (*self.built.remarks, _WEIGHTED)

    @property
    def _limit(self) -> int:
        return self.built.definition.small_cell

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `outcomes`, `adverse_events`, `doses`, `regimens` by line, `pathways`, and who is left out.

        Adverse events are those of blood counts and of diagnoses; `attrition` has the steps, `not_evaluable` the
        lines that could not be judged by reason.
        """
        return self._tables

    @cached_property
    def _tables(self) -> dict[str, Sequence[Row]]:
        return {
            "outcomes": masked(outcome_rows(self.built, estimand=self.estimand, weights=self.weights), self._limit),
            "adverse_events": masked(
                [*adverse_event_rows(self.built), *diagnosed_event_rows(self.built)], self._limit
            ),
            "doses": dose_rows(self.built),
            "regimens": self._regimens(),
            "pathways": _shown(pathway_rows(self.built), self._limit),
            "attrition": self._attrition(),
            "not_evaluable": self._not_evaluable(),
        }

    def columns(self) -> Mapping[str, Sequence[str]]:
        """Name the columns of tables that may be without a row."""
        return {
            "adverse_events": _GRADED_COLUMNS,
            "doses": DOSE_COLUMNS,
            "pathways": ("pathway", "patients"),
            "regimens": ("line", "regimen", "patients", "percent"),
            "not_evaluable": ("estimand", "reason", "lines"),
        }

    def _regimens(self) -> list[Row]:
        by_line = groupby(regimen_rows(self.built), key=itemgetter("line"))
        return [row for _, rows in by_line for row in _shown(list(rows), self._limit)]

    def _attrition(self) -> list[Row]:
        return masked_steps(self.built.frame("attrition").to_dicts(), self._limit)

    def share(self, path: Path | str, *, site: str) -> Path:
        """Write what may leave the house: estimates and counts, no row of a patient, small numbers masked.

        Parameters
        ----------
        path
            JSON file, for `cereblon.cohort.pool`.
        site
            Name of the site in the pooled results.

        Raises
        ------
        InputError
            If the file cannot be written.
        ArgumentError
            If the site has no name, or one that shows something else than it holds.
        """
        need_text(site=site)
        if problem := find_needed_name_problem(site):
            raise ArgumentError(f"site {problem}", hint="give the name that the pooled results will show")
        content = shared_content(self.built, self.tables(), site=site, estimand=self.estimand)
        write_text(Path(path), json_text(content))
        return Path(path)

    def _not_evaluable(self) -> list[Row]:
        counted = (
            self.built.frame("responses")
            .filter(~pl.col("evaluable"))
            .group_by("estimand", "reason")
            .agg(lines=pl.len())
            .sort("estimand", "reason")
        )
        return [row for row in counted.to_dicts() if row["lines"] >= self._limit]

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw `lines` (which regimen follows which), `attrition`, and `courses` of some patients."""
        from cereblon.report.observed import attrition_chart, courses_chart, sankey_chart

        flows = flow_rows(self.built, fewest=self._limit)
        courses, events = course_rows(self.built, patients=_SHOWN_PATIENTS)
        drawn: dict[str, alt.TopLevelMixin] = {"lines": sankey_chart(flows)} if flows else {}
        drawn["attrition"] = attrition_chart(self._attrition())
        if courses and self.built.tables["persons"].num_rows >= self._limit:
            drawn["courses"] = courses_chart(courses, events)
        return drawn

    def answer(self) -> str:
        """Give size, commonest regimens and main outcomes in a few sentences."""
        return "\n".join(self._sentences())

    def _sentences(self) -> list[str]:
        people, lines = (self.built.tables[name].num_rows for name in ("persons", "lines"))
        first = [row for row in self.tables()["regimens"] if row["line"] == 1][:5]
        listed = ", ".join(f"{row['regimen']} {row['percent']:.0f} %" for row in first)
        said = [f"{self.built.definition.label}: {people:,} patients with {lines:,} lines of therapy."]
        if listed:
            said.append(f"First line: {listed}.")
        said += [_sentence(row) for row in self.tables()["outcomes"] if row["arm"] == "all"]
        return said

    def text(self) -> str:
        """Give the answer, outcomes by regimen, and attrition."""
        steps = [
            f"  {'few' if row['kept'] is None else format(row['kept'], ','):>12}  {row['criterion']}"
            for row in self._attrition()
        ]
        by_regimen = [
            f"  {row['arm']}: {_sentence(row)}"
            for row in self.tables()["outcomes"]
            if row["arm"] != "all" and row["endpoint"] in ("orr", "pfs_median", "os_median")
            if row["n"] is not None or row["value"] is not None
        ]
        parts = [self.answer()]
        if by_regimen:
            parts.append("\n".join([f"By regimen ({self.estimand})", *by_regimen]))
        parts.append("\n".join(["Patients left by each criterion", *steps]))
        return "\n\n".join(parts)

    def content(self) -> Mapping[str, object]:
        """Give definition, source and tables."""
        return {
            "definition": self.built.definition.model_dump(mode="json", by_alias=True),
            "source": dict(self.built.source),
            "estimand": self.estimand,
            **{name: list(rows) for name, rows in self.tables().items()},
        }

    def document(self) -> Document:
        """Give the answer, lines, outcomes, attrition, definition and courses as a document."""
        from cereblon.report.observed import attrition_lines

        tables, charts = self.tables(), self.charts()
        sections = []
        if "lines" in charts:
            sections.append(part("Lines of therapy", charts["lines"], tables["regimens"], folded="Regimens by line"))
        sections += [
            part(
                title="Outcomes",
                rows=tables["outcomes"],
                sentences=(ESTIMANDS_SAID[self.estimand], "Time is counted from the start of the line."),
                folded="Outcomes of all lines and by regimen",
            ),
            Section("Who is in the cohort", [Bullets(self.built.definition.in_words())]),
            part(
                "Patients left by each criterion",
                charts["attrition"],
                tables["attrition"],
                lines=attrition_lines(self._attrition()),
                folded="Patients left",
            ),
        ]
        if tables["adverse_events"]:
            sections.append(
                part(
                    title="Adverse events",
                    rows=tables["adverse_events"],
                    sentences=(_GRADED, _DIAGNOSED),
                    folded="Adverse events by regimen and grade",
                )
            )
        if tables["doses"]:
            sections.append(part(title="Dose intensity", rows=tables["doses"], sentences=(_DOSES,), folded="Doses"))
        if tables["not_evaluable"]:
            sections.append(part(title="Lines that could not be judged", rows=tables["not_evaluable"]))
        if "courses" in charts:
            sections.append(part(title=f"Courses of up to {_SHOWN_PATIENTS} patients", chart=charts["courses"]))
        if self.notes:
            sections.append(Section("What was missing or left out", [Bullets(self.notes)]))
        cautions = [Paragraph(text, "caution") for text in _CAUTIONS]
        sections.append(Section("What this cannot tell", cautions))
        whole, *outcomes = map(capital, self._sentences())
        return Document(
            title=self.built.definition.label,
            lead=[whole],
            head=[Bullets(outcomes)],
            sections=sections,
            is_live=True,
        )


_GRADED_COLUMNS = ("grade", "endpoint", "arm", "value", "unit", "low", "high", "level", "n", "events", "method")
_GRADED = (
    "Worst grade by CTCAE version 5 of the values from the day after the start of a line to 30 days after treatment, "
    "at most up to the next line. Counts were not taken at set times, so mild grades are missed; a count gives no "
    "grade 4 of anaemia. Where sex is unknown the limits of men are taken, which differ in grade 1 alone."
)
_WEIGHTED = "outcomes are weighted; counts, regimens, adverse events and doses are not"
_DOSES = (
    "Milligrams per week while a drug was given, pauses of over 30 days left out, in lines of which every amount is "
    "on record. What was dispensed may not have been taken."
)
_DIAGNOSED = (
    "Events with grade any are diagnoses that were coded in the same time and not in the year before; a code has no "
    "grade, and what was not coded is missed."
)
_CAUTIONS = (
    "Groups by regimen were not drawn by lot: a difference between them is no effect of treatment.",
    "Lines, response and progression follow from rules; the folder keeps the rule and the rows behind each.",
)


def _number(value: object) -> int:
    return int(str(value))


def _count(row: Row) -> int:
    return _number(row["patients"])


_WORDS = {
    "evaluable": "response could be judged",
    "orr": "partial response or better",
    "vgpr_or_better": "very good partial response or better",
    "cr_or_better": "complete response or better",
    "pfs_median": "median PFS",
    "pfs_rate": "free of progression",
    "ttnt_median": "median time to next treatment",
    "os_median": "median overall survival",
    "os_rate": "alive",
    "dor_median": "median duration of response",
    "treatment_duration_median": "median duration of treatment",
}


def outcome_words(endpoint: str) -> str:
    """Name an outcome of lines in words; empty for what is none, as adverse events."""
    at = f" at {LANDMARK_MONTHS} months" if endpoint.endswith("_rate") else ""
    return f"{_WORDS[endpoint]}{at}" if endpoint in _WORDS else ""


def _sentence(row: Row) -> str:
    name = outcome_words(str(row["endpoint"]))
    if row["value"] is None:
        return f"{name} {_why_without_number(row)}"
    unit = "%" if row["unit"] == "percent" else row["unit"]
    ends = span((number(row, "low"), number(row, "high")), str(row["unit"]))
    return f"{name} {row['value']:.1f} {unit}{_in_brackets(ends, row)}"


def _why_without_number(row: Row) -> str:
    """Say why an outcome has no number: `not reached (above 65.3 months; n 35)`, `not shown (...)`."""
    few, comma, hidden = str(row["method"]).partition(", not shown")
    if comma and not hidden:
        counted = "" if row["n"] is None else f" with it or without it; n {row['n']}"
        return f"not shown ({few}{counted})"
    if row["method"] == WITHOUT_MARROW:
        return f"{WITHOUT_MARROW}{_in_brackets('', row)}"
    if not str(row["endpoint"]).endswith("_median"):
        return f"cannot be estimated{_in_brackets('', row)}"
    above = "" if row["low"] is None else f"above {row['low']:.1f} months"
    return f"not reached{_in_brackets(above, row)}"


def _in_brackets(said: str, row: Row) -> str:
    """Give what is said and the size of the group, where it is shown."""
    parts = [one for one in (said, "" if row["n"] is None else f"n {row['n']}") if one]
    return f" ({'; '.join(parts)})" if parts else ""


def _shown(rows: Sequence[Row], limit: int) -> list[Row]:
    """Give the parts of a total from which no small number can be had."""
    shown = shown_of([_count(row) for row in rows], limit)
    return [row for row, is_shown in zip(rows, shown, strict=True) if is_shown]


def build(
    source: Path | str,
    *,
    definition: str | Path | Mapping[str, Any] | CohortDefinition = "treated",
    out: Path | str | None = None,
    estimand: str | None = None,
    minutes: float = MOST_MINUTES,
    progress: Progress = None,
) -> ObservedCohort:
    """Build a cohort from a database: lines of therapy, response, progression and outcomes.

    Parameters
    ----------
    source
        DuckDB file, folder with a CSV or Parquet file per table, address `postgresql://USER@HOST/DATABASE`, or schema
        of Spark `spark:SCHEMA`, of the OMOP Common Data Model 5.3 or 5.4; or a mapping file that describes tables of
        your own. It is opened read-only; a password in an address is neither printed nor kept.
    definition
        Name of a definition of the package (treated, newly_diagnosed, newly_diagnosed_strict, maintenance), a YAML
        file, or what such a file holds.
    out
        Folder for the tables; nothing is written unless given. A build that was killed goes on from there, unless the
        files of the source, the definition, the program or the day have changed.
    estimand
        Kind of response and progression that outcomes are given by: strict, relaxed or real_world; that of the
        definition unless given.
    minutes
        How long it may take: rows that all stand for one patient would join without end.
    progress
        As for `compare`.

    Raises
    ------
    InputError
        If the source cannot be read, or nobody in it belongs to the cohort.
    UnknownNameError
        If there is no definition or estimand of the name.

    Examples
    --------
    >>> import cereblon as cb
    >>> cb.cohort.build("cdm.duckdb", out="cohort").table("outcomes")  # doctest: +SKIP
    """
    asked = find_definition(definition)
    kind = asked.estimand_or(estimand)
    reporter = Reporter(progress)
    with engine_for(source_name(source), minutes) as engine, reporter.count("cohort", len(STEPS), "steps") as step:

        def say(text: str) -> None:
            reporter.say(text)
            if text in STEPS:
                step(STEPS.index(text), len(STEPS))

        opened = open_source(source, engine=engine, definition=asked, say=say)
        stages = _stages(source, asked, out, reporter.say)
        try:
            built = build_cohort(opened, asked, say, stages)
            step(len(STEPS), len(STEPS))
            if out is not None:
                write_cohort(built, Path(out))
        except Exception:
            if not engine.is_late:  # with more time it goes on
                stages.end()
            raise
    stages.end()
    return ObservedCohort(built, kind)


def _stages(
    source: Path | str, definition: CohortDefinition, out: Path | str | None, say: Callable[[str], None]
) -> Stages:
    """Give where the parts of a build are kept: in its folder, where the files of the source show their changes."""
    if out is not None:
        check_folder(Path(out))
    files = source_files(source)
    if out is None or files is None:
        return Stages()
    return Stages(Path(out), stage_key(files, definition), say)


def report(folder: Path | str, *, estimand: str | None = None, weights: Path | str | None = None) -> ObservedCohort:
    """Read a built cohort again, for its report or another estimand.

    Parameters
    ----------
    folder
        As `build` wrote it.
    estimand
        As for `build`.
    weights
        Table of person_id and weight, by which patients count in outcomes: of a sample to its population, or inverse
        probabilities. Taken as known; intervals come from drawing patients again.

    Raises
    ------
    InputError
        If the folder is none of a built cohort, or a patient has no weight.
    UnknownNameError
        If there is no estimand of the name.

    Examples
    --------
    >>> import cereblon as cb
    >>> cb.cohort.report("cohort").save("cohort.html")  # doctest: +SKIP
    """
    built = read_cohort_folder(folder)
    kind = built.definition.estimand_or(estimand)
    known = None if weights is None else read_patient_weights(weights, built.frame("persons"))
    return ObservedCohort(built, kind, known)
