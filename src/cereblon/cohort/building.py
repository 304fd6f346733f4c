"""From a source to a cohort: who has myeloma, what was given, lines, laboratory values, response, progression.

Where the rules ask for it, lines are made again with the progression that was found in them, until nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
import pyarrow as pa

from cereblon.cohort.assessment import assess_lines
from cereblon.cohort.attrition import Attrition, index_lines, plausible_patients
from cereblon.cohort.course import Progression
from cereblon.cohort.courses import MadeLines, make_lines
from cereblon.cohort.definition import CohortDefinition
from cereblon.cohort.diagnosed_events import find_conditions
from cereblon.cohort.engine import load_ibis
from cereblon.cohort.exposure import find_eras, said_of_faults
from cereblon.cohort.folder import CohortTables
from cereblon.cohort.laboratory_concepts import with_tests
from cereblon.cohort.marker_baselines import LIGHT_CHAINS, MARKERS, LineValues, line_values
from cereblon.cohort.measurements import find_measurements
from cereblon.cohort.patients import count_patients, describe_patients, find_diagnoses, find_transplants
from cereblon.cohort.schemas import FOLDER_TABLES
from cereblon.cohort.source import CohortSource
from cereblon.cohort.stages import BuiltPart, Stages
from cereblon.cohort.treatment_concepts import TreatmentConcepts, with_additions
from cereblon.core.errors import InputError
from cereblon.vocabulary.laboratory import laboratory_words

Say = Callable[[str], None]
DIAGNOSES, DRUGS, VALUES = "diagnoses", "drugs", "laboratory values"
LINES, RESPONSES = "lines of therapy", "response and progression"
STEPS = (DIAGNOSES, DRUGS, VALUES, LINES, RESPONSES)
"""In their order."""
_MOST_PASSES = 4


@dataclass(frozen=True, slots=True)
class _Found:
    """What was read of a source."""

    people: pl.DataFrame
    eras: pl.DataFrame
    transplants: pl.DataFrame
    labs: pl.DataFrame
    conditions: pa.Table
    counts: Mapping[str, int]
    remarks: tuple[str, ...]


def build_cohort(
    source: CohortSource, definition: CohortDefinition, say: Say = lambda _: None, stages: Stages | None = None
) -> CohortTables:
    """Build a cohort.

    Parameters
    ----------
    source
        Opened source.
    definition
        Who is in it and how it is read.
    say
        Is called with a line on each step, one of `STEPS`.
    stages
        Keep the parts that are done; nothing is kept unless given.

    Raises
    ------
    InputError
        If nobody in the source has myeloma, or none of those belongs to the cohort.
    """
    stages = stages or Stages()
    steps = Attrition(count_patients(source))
    found = _read(source, definition, steps, say, stages)
    made, responses, progression = _lines_and_progression(found, definition, say, stages)
    lines = pl.DataFrame(pl.from_arrow(made.lines))
    people = index_lines(lines, found.people, definition, steps)
    if people.is_empty():
        rows = steps.table().to_pylist()
        said = "\n".join(f"{row['criterion']}: {row['kept']:,}" for row in rows)
        raise InputError(f"{source.where}: nobody belongs to the cohort\n{said}", hint=steps.hint)
    tables = {
        "persons": _persons(people),
        "lines": made.lines,
        "decisions": made.decisions,
        "eras": found.eras.drop("last_start_date").to_arrow(),
        "labs": found.labs.to_arrow(),
        "conditions": found.conditions,
        "responses": responses,
        "progression": progression,
    }
    who = people.select("person_id")
    kept = {name: _only(table, who, FOLDER_TABLES[name]) for name, table in tables.items()}
    return CohortTables(
        {**kept, "attrition": steps.table()},
        definition,
        {"kind": source.kind, "where": source.where},
        found.counts,
        found.remarks,
    )


def _lines_and_progression(
    found: _Found, definition: CohortDefinition, say: Say, stages: Stages
) -> tuple[MadeLines, pa.Table, pa.Table]:
    """Make lines, find progression in them, and make lines again with it until nothing changes."""
    rules, concepts = definition.rules(), with_additions(definition.concepts)
    say(LINES)
    made = make_lines(found.people, found.eras, found.transplants, {}, rules, concepts)
    say(RESPONSES)
    responses, progression = _assess(made, found, definition, stages, 1)
    for number in range(_MOST_PASSES if rules.progression_forces_a_line else 0):
        known = _progressions(progression, found.labs)
        again = make_lines(found.people, found.eras, found.transplants, known, rules, concepts)
        if again.lines.equals(made.lines):
            break
        made = again
        responses, progression = _assess(made, found, definition, stages, 2 + number)
    return made, responses, progression


def _read(source: CohortSource, definition: CohortDefinition, steps: Attrition, say: Say, stages: Stages) -> _Found:
    """Read patients, eras, transplantations and laboratory values of everybody with myeloma."""
    ibis = load_ibis()
    concepts = with_additions(definition.concepts)
    say(DIAGNOSES)
    described = stages.keep(
        "patients", lambda: BuiltPart({"people": describe_patients(source, find_diagnoses(source, concepts))})
    )
    people = pl.DataFrame(pl.from_arrow(described.tables["people"]))
    steps.step("with a code of myeloma", people.height)
    if people.is_empty():
        lost = "".join(f"\n{remark}" for remark in source.remarks if remark.startswith("condition_occurrence"))
        raise InputError(
            f"{source.where}: nobody has a code of myeloma{lost}",
            hint="are the codes mapped to standard concepts? Add your own under concepts, diagnoses of a definition",
        )
    if definition.case.codes == 2:
        apart = (pl.col("last_code") - pl.col("first_code")).dt.total_days()
        people = people.filter(apart >= definition.case.apart_days)
        steps.step(f"two codes at least {definition.case.apart_days} days apart", people.height)
    people = plausible_patients(people, steps)
    chosen = ibis.memtable(people.select("person_id", "death_date", pl.col("birth_year").cast(pl.Int64)).to_arrow())
    say(DRUGS)
    exposures = stages.keep("drugs", lambda: _drugs(source, chosen, concepts))
    transplants = pl.DataFrame(pl.from_arrow(exposures.tables["transplants"]))
    say(VALUES)
    measured = stages.keep("laboratory_values", lambda: _values(source, chosen, definition))
    labs = pl.DataFrame(pl.from_arrow(measured.tables["labs"]))
    eras = pl.DataFrame(pl.from_arrow(exposures.tables["eras"])).with_row_index("era", offset=1)
    eras = eras.with_columns(pl.col("era").cast(pl.Int64))
    people = _until_last_day(people, eras, labs)
    if definition.case.also == "drug_or_marker":
        markers = labs.filter(pl.col("test").is_in(["m_protein", "urine_m_protein", "kappa_flc", "lambda_flc"]))
        either = pl.concat([eras.select("person_id"), markers.select("person_id")]).unique()
        people = people.join(either, on="person_id", how="semi")
        steps.step("with a drug of myeloma or a marker", people.height)
    counts = {f"drug records: {name}": count for name, count in exposures.counts.items()}
    counts |= {f"laboratory values: {name}": count for name, count in measured.counts.items() if count}
    said = [_said_of_values(name, count) for name, count in measured.counts.items() if count]
    died_again = people.filter(pl.col("deaths") > 1).height
    deaths = [f"death: {died_again:,} patients have several days of death: the first counts"] * bool(died_again)
    remarks = (*source.remarks, *deaths, *said_of_faults(exposures.counts), *said)
    return _Found(people, eras, transplants, labs, exposures.tables["conditions"], counts, remarks)


def _said_of_values(name: str, count: int) -> str:
    """Say of how many laboratory values something is true, and of which test where only of one."""
    test, reason = name.split(": ", 1) if ": " in name else ("", name)
    return f"{count:,} laboratory values{f' of {laboratory_words(test)}' if test else ''}: {reason}"


def _drugs(source: CohortSource, people: Any, concepts: TreatmentConcepts) -> BuiltPart:
    exposures = find_eras(source, people, concepts)
    tables = {
        "eras": exposures.eras,
        "transplants": find_transplants(source, people, concepts),
        "conditions": find_conditions(source, people, concepts),
    }
    return BuiltPart(tables, exposures.counts)


def _values(source: CohortSource, people: Any, definition: CohortDefinition) -> BuiltPart:
    measured = find_measurements(source, people, with_tests(definition.tests))
    return BuiltPart({"labs": measured.rows}, measured.counts)


def _until_last_day(people: pl.DataFrame, eras: pl.DataFrame, labs: pl.DataFrame) -> pl.DataFrame:
    """Give the last day of each patient, of death or observation, and whether it is that of death."""
    seen = pl.concat([eras.select("person_id", day="end_date"), labs.select("person_id", day="date")])
    last = seen.group_by("person_id").agg(last_row=pl.col("day").max())
    people = people.join(last, on="person_id", how="left")
    observed = pl.coalesce("last_day", "last_row", "last_code")
    died = pl.col("death_date").is_not_null()
    return people.with_columns(
        last_day=pl.when(died).then(pl.col("death_date")).otherwise(observed),
        first_day=pl.coalesce("first_day", "first_code"),
        died=died,
    ).drop("last_row")


def _assess(
    made: MadeLines, found: _Found, definition: CohortDefinition, stages: Stages, number: int
) -> tuple[pa.Table, pa.Table]:
    """Judge the lines that begin within observation, for the first time or again."""

    def judged() -> BuiltPart:
        responses, progression = assess_lines(_line_values(made, found, definition))
        return BuiltPart({"responses": responses, "progression": progression})

    tables = stages.keep(f"response_and_progression_{number}", judged).tables
    return tables["responses"], tables["progression"]


def _line_values(made: MadeLines, found: _Found, definition: CohortDefinition) -> LineValues:
    lines = pl.DataFrame(pl.from_arrow(made.lines)).select("person_id", "line", "start_date")
    after = pl.col("start_date").shift(-1).over("person_id", order_by="line")
    lines = lines.with_columns(next_start=after).join(
        found.people.select("person_id", "last_day", "died"), on="person_id"
    )
    has_next = pl.col("next_start").is_not_null() & (pl.col("next_start") <= pl.col("last_day"))
    lines = lines.with_columns(next_line=has_next).with_columns(
        until=pl.when("next_line").then("next_start").otherwise("last_day"),
        died=pl.col("died") & ~pl.col("next_line"),
    )
    lines = lines.filter(pl.col("until") >= pl.col("start_date"))
    wanted = ["person_id", "line", "start_date", "until", "next_line", "died"]
    return line_values(lines.select(wanted), found.labs, baseline_days=definition.baseline_days)


def _progressions(progression: pa.Table, labs: pl.DataFrame) -> dict[str, list[Progression]]:
    """Give confirmed progression by the relaxed reading, with the day of the next value of a marker."""
    rows = pl.DataFrame(pl.from_arrow(progression)).filter(pl.col("estimand") == "relaxed")
    markers = labs.filter(pl.col("test").is_in([*MARKERS, *LIGHT_CHAINS])).select("person_id", later="date")
    after = rows.join(markers, on="person_id").filter(pl.col("later") > pl.col("date"))
    following = after.group_by("person_id", "line").agg(pl.col("later").min())
    rows = rows.join(following, on=["person_id", "line"], how="left", maintain_order="left")
    days = pl.col("date").cast(pl.Int32), pl.coalesce("later", "date").cast(pl.Int32)
    found: dict[str, list[Progression]] = {}
    for person, day, confirmed in rows.select("person_id", *days).iter_rows():
        found.setdefault(person, []).append(Progression(day, confirmed))
    return found


def _persons(people: pl.DataFrame) -> pa.Table:
    return people.select(
        "person_id",
        "index_date",
        pl.col("index_line").cast(pl.Int64),
        entry_date=pl.max_horizontal("index_date", "first_day"),
        last_date=pl.max_horizontal("index_date", "last_day"),
        death_date="death_date",
        diagnosis_date="first_code",
        birth_year=pl.col("birth_year").cast(pl.Int64),
        age="age",
        sex=pl.col("sex").fill_null("unknown"),
        lines=pl.col("lines").cast(pl.Int64),
    ).to_arrow()


def _only(table: Any, who: pl.DataFrame, schema: pa.Schema) -> pa.Table:
    """Keep the rows of patients of the cohort, in the schema of the folder."""
    rows = pl.DataFrame(pl.from_arrow(table)).join(who, on="person_id", how="semi", maintain_order="left")
    return rows.select(schema.names).to_arrow().cast(schema)
