"""The patients of a built cohort as subject tables: one subject a patient, day 0 the start of the index line."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pyarrow as pa

from cereblon.cohort.assessment import judged_tables
from cereblon.cohort.folder import CohortTables
from cereblon.cohort.known_before import last_values
from cereblon.cohort.laboratory_events import graded
from cereblon.cohort.marker_baselines import line_values
from cereblon.tables import conform
from cereblon.tables.schemas import ADVERSE_EVENTS, EVENTS, LABS, RESPONSES, SUBJECTS

_BASELINES = {
    "albumin": "albumin_g_l",
    "b2m": "b2m_mg_l",
    "neutrophils": "neutrophils_1e9_l",
    "platelets": "platelets_1e9_l",
    "haemoglobin": "haemoglobin_g_l",
    "marrow_plasma_cells": "marrow_plasma_cells_percent",
}
_MARKERS = {
    "m_protein": "m_protein_g_l",
    "involved_flc": "involved_flc_mg_l",
    "uninvolved_flc": "uninvolved_flc_mg_l",
}


def first_index_day(built: CohortTables) -> date:
    """Give the date of the earliest start of an index line, from which `enrolment_day` counts."""
    day = _patients(built)["start_date"].min()
    assert isinstance(day, date)
    return day


def observed_subject_tables(built: CohortTables, *, estimand: str = "relaxed") -> dict[str, pa.Table]:
    """Give the patients of a cohort as subject tables: subjects, events, responses, labs and adverse_events.

    The arm is the regimen of the index line; response and progression are those of this line. Weight, height,
    cytogenetics and doses by cycle are not in the tables of a cohort: subjects have none, and there is no table of
    exposures; see `observed_stretches`. Adverse events are those that blood counts show.

    Parameters
    ----------
    built
        The cohort.
    estimand
        strict or relaxed.
    """
    patients = _patients(built)
    lines = patients.select("person_id", "line", "start_date", "until", "next_line", "died")
    values = line_values(lines, built.frame("labs"), baseline_days=built.definition.baseline_days)
    judged = judged_tables(values)[estimand]
    patients = values.lines.select("subject", "person_id").join(
        patients.drop("next_line", "died", "until"), on="person_id", maintain_order="left"
    )
    base = values.baseline.pivot("test", index="subject", values="value")
    patients = patients.join(base, on="subject", how="left", maintain_order="left", suffix="_marker")
    chains = patients.select("person_id").join(values.chains, on="person_id", how="left", maintain_order="left")
    patients = patients.with_columns(chain=chains["chain"])
    return {
        "subjects": conform(_subjects(patients, built), SUBJECTS, name="subjects"),
        "events": conform(_events(patients, judged["events"]), EVENTS, name="events"),
        "responses": _named(judged["responses"], patients, RESPONSES, "responses"),
        "labs": conform(_labs(patients, built), LABS, name="labs"),
        "adverse_events": conform(_adverse_events(patients, built), ADVERSE_EVENTS, name="adverse_events"),
    }


def observed_stretches(built: CohortTables) -> pa.Table:
    """Give the stretches of days on one drug from the start of the index line on.

    Parameters
    ----------
    built
        The cohort.

    Returns
    -------
        arm, subject_id, line (1 for the index line), drug, start_day, end_day (from the start of the index line),
        days (both ends counted), records and given_mg (null where an amount is not known), by patient, day and drug.
    """
    patients = _patients(built).select("person_id", "regimen", "index_line", zero="start_date")
    patients = patients.with_row_index("subject")
    eras = built.frame("eras").join(patients, on="person_id").filter(pl.col("start_date") >= pl.col("zero"))
    lines = built.frame("lines").select("person_id", "line", "start_date").sort("start_date")
    placed = eras.sort("start_date").join_asof(lines, on="start_date", by="person_id", check_sortedness=False)
    begins, ends = _day("start_date", "zero"), _day("end_date", "zero")
    rows = placed.sort("subject", "start_date", "drug").select(
        arm="regimen",
        subject_id=pl.col("subject").cast(pl.Int64),
        line=pl.col("line") - pl.col("index_line") + 1,
        drug="drug",
        start_day=begins,
        end_day=ends,
        days=ends - begins + 1.0,
        records="exposures",
        given_mg="given_mg",
    )
    return rows.to_arrow()


def _patients(built: CohortTables) -> pl.DataFrame:
    """Give each patient with the index line, and the last day of it."""
    lines = built.frame("lines").with_columns(
        next_start=pl.col("start_date").shift(-1).over("person_id", order_by="line")
    )
    rows = built.frame("persons").join(lines, on="person_id").filter(pl.col("line") == pl.col("index_line"))
    rows = rows.with_columns(next_line=(pl.col("next_start") <= pl.col("last_date")).fill_null(False))
    return rows.with_columns(
        until=pl.when("next_line").then("next_start").otherwise(pl.max_horizontal("last_date", "start_date")),
        died=pl.col("death_date").is_not_null() & ~pl.col("next_line"),
        other_start=pl.when("next_line").then("next_start"),
    ).sort("person_id")


def _day(column: str, zero: str = "start_date") -> pl.Expr:
    """Give a date as days from another, of the same row."""
    return (pl.col(column) - pl.col(zero)).dt.total_days().cast(pl.Float64)


def _key(patients: pl.DataFrame) -> dict[str, object]:
    return {
        "origin": "observed",
        "source_id": "cohort",
        "arm": patients["regimen"].to_arrow(),
        "subject_id": patients["subject"].cast(pl.Int64).to_arrow(),
    }


def _subjects(patients: pl.DataFrame, built: CohortTables) -> dict[str, object]:
    count = patients.height
    columns: dict[str, object] = {field.name: pa.nulls(count, field.type) for field in SUBJECTS}
    starts = patients.select("person_id", zero="start_date")
    last = last_values(built.frame("labs"), starts, days=built.definition.baseline_days)
    for test, name in _BASELINES.items():
        columns[name] = _of(patients, last.filter(pl.col("test") == test).drop("test"))
    for test, name in _MARKERS.items():
        if test in patients.columns:
            columns[name] = patients[test].cast(pl.Float64).to_arrow()
    earlier = built.frame("lines").join(patients.select("person_id", "index_line"), on="person_id")
    earlier = earlier.filter(pl.col("line") < pl.col("index_line"))
    exposed = earlier.group_by("person_id").agg(value=pl.col("drugs").list.contains("bortezomib").any())
    return columns | {
        **_key(patients),
        "replicate": 0,
        "enrolment_day": (patients["start_date"] - first_index_day(built))
        .dt.total_days()
        .cast(pl.Float64)
        .to_arrow(),
        "age": patients["age"].to_arrow(),
        "sex": patients["sex"].to_arrow(),
        "isotype": "unknown",
        "involved_light_chain": patients["chain"].to_arrow(),
        "prior_lines": (patients["index_line"] - 1).to_arrow(),
        "bortezomib_exposed": pl.Series(_joined(patients, exposed)).fill_null(False).to_arrow(),
        "result_code": 0,
    }


def _joined(patients: pl.DataFrame, values: pl.DataFrame) -> pl.Series:
    return patients.select("person_id").join(values, on="person_id", how="left", maintain_order="left")["value"]


def _of(patients: pl.DataFrame, values: pl.DataFrame) -> pa.Array:
    return _joined(patients, values).cast(pl.Float64).to_arrow()


def _events(patients: pl.DataFrame, judged: pa.Table) -> pl.DataFrame:
    """Give start, transplantation, progression, next line, and death or the last day alive."""
    dated = [
        ("treatment_start", "start_date", 1, pl.lit(True)),
        ("transplant", "transplant_date", 1, pl.col("transplant_date").is_not_null()),
        ("next_therapy", "other_start", 2, pl.col("other_start").is_not_null()),
        ("death", "death_date", 1, pl.col("death_date").is_not_null()),
        ("censored", "last_date", 1, pl.col("death_date").is_null()),
    ]
    parts = [
        patients.filter(happened).select(
            "subject", "regimen", event=pl.lit(event), day=_day(column), line=pl.lit(line), cause=pl.lit("")
        )
        for event, column, line, happened in dated
    ]
    found = pl.DataFrame(pl.from_arrow(judged.select(["subject_id", "event", "day", "cause"])))
    found = found.filter(pl.col("event").cast(pl.String) == "progression").select(
        pl.col("subject_id").cast(pl.UInt32).alias("subject"),
        pl.col("event").cast(pl.String),
        "day",
        line=pl.lit(1),
        cause=pl.col("cause").cast(pl.String),
    )
    parts.append(found.join(patients.select("subject", "regimen"), on="subject").select(parts[0].columns))
    return _keyed(pl.concat(parts).with_columns(pl.max_horizontal("day", pl.lit(0.0)).alias("day")))


def _keyed(rows: pl.DataFrame) -> pl.DataFrame:
    rows = rows.sort("subject", "day", maintain_order=True)
    return rows.select(
        pl.lit("observed").alias("origin"),
        pl.lit("cohort").alias("source_id"),
        pl.col("regimen").alias("arm"),
        pl.col("subject").cast(pl.Int64).alias("subject_id"),
        pl.exclude("subject", "regimen"),
    )


def _named(table: pa.Table, patients: pl.DataFrame, schema: pa.Schema, name: str) -> pa.Table:
    """Give a judged table the regimens for arms."""
    arms = np.asarray(patients["regimen"].to_list(), dtype=object)[table["subject_id"].to_numpy()]
    columns: dict[str, object] = {one: table[one] for one in table.column_names}
    return conform(columns | {"arm": pa.array(arms.tolist(), pa.string())}, schema, name=name)


def _labs(patients: pl.DataFrame, built: CohortTables) -> pl.DataFrame:
    labs = built.frame("labs").join(patients.select("person_id", "subject", "regimen", "start_date"), on="person_id")
    labs = labs.with_columns(day=_day("date")).filter(pl.col("day") >= -built.definition.baseline_days)
    return _keyed(labs.select("subject", "regimen", "day", "test", "value", "unit"))


def _adverse_events(patients: pl.DataFrame, built: CohortTables) -> pl.DataFrame:
    """Give runs of consecutive values with a grade as episodes of their worst grade."""
    within = patients.with_columns(zero="start_date", next_start="other_start")
    values = graded(built, within).sort("person_id", "event", "date")
    run = (
        (pl.col("grade") > 0).ne((pl.col("grade") > 0).shift(1)).fill_null(True).cum_sum().over("person_id", "event")
    )
    episodes = (
        values.with_columns(run=run)
        .filter(pl.col("grade") > 0)
        .group_by("person_id", "event", "run")
        .agg(pl.col("grade").max(), first=pl.col("date").min(), last=pl.col("date").max())
        .join(patients.select("person_id", "subject", "regimen", "start_date"), on="person_id")
    )
    rows = episodes.with_columns(start_day=_day("first"), end_day=_day("last")).select(
        "subject",
        "regimen",
        "event",
        "grade",
        "start_day",
        "end_day",
        line=pl.lit(1),
        related=pl.lit(""),
        action=pl.lit("none"),
    )
    return _keyed(rows.rename({"start_day": "day"})).rename({"day": "start_day"})
