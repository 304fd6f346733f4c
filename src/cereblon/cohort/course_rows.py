"""Rows for pictures and answers of a built cohort: flows from line to line, courses of patients, regimens."""

from __future__ import annotations

from collections import Counter

import polars as pl

from cereblon.cohort.folder import CohortTables
from cereblon.cohort.pathways import PathwayRules, pathway
from cereblon.cohort.treatment_concepts import STEROID, with_additions
from cereblon.core.rows import Row
from cereblon.core.time_units import DAYS_PER_MONTH

NO_LINE, OTHER = "none", "other"
MOST_LINES = 4
MOST_REGIMENS = 8


def regimen_rows(built: CohortTables) -> list[Row]:
    """Count the regimens of each line, the commonest first."""
    lines = built.frame("lines")
    counted = lines.group_by("line", "regimen").agg(patients=pl.len())
    total = lines.group_by("line").agg(all=pl.len())
    rows = counted.join(total, on="line").sort("line", "patients", "regimen", descending=[False, True, False])
    share = 100 * pl.col("patients") / pl.col("all")
    return [*rows.select("line", "regimen", "patients", percent=share).to_dicts()]


def flow_rows(built: CohortTables, *, fewest: int) -> list[Row]:
    """Count which regimen follows which; regimens of fewer patients than `fewest`, or rarer ones, are `other`."""
    lines = built.frame("lines").filter(pl.col("line") <= MOST_LINES)
    common = (
        lines.group_by("line", "regimen").agg(patients=pl.len()).filter(pl.col("patients") >= fewest)
        .sort("line", "patients", "regimen", descending=[False, True, False])
        .group_by("line", maintain_order=True).head(MOST_REGIMENS)
    )  # fmt: skip
    lines = lines.join(common, on=["line", "regimen"], how="left")
    lines = lines.with_columns(
        name=pl.when(pl.col("patients").is_null()).then(pl.lit(OTHER)).otherwise(pl.col("regimen"))
    )
    after = pl.col("name").shift(-1).over("person_id", order_by="line").fill_null(NO_LINE)
    # of the last line that is shown nothing is said of what follows
    flows = lines.with_columns(next_regimen=after).filter((pl.col("line") < MOST_LINES) | (lines["line"].max() == 1))
    counted = flows.group_by("line", "name", "next_regimen").agg(patients=pl.len())
    counted = counted.filter(pl.col("patients") >= fewest)
    rows = counted.sort("line", "patients", "name", "next_regimen", descending=[False, True, False, False])
    return [*rows.select("line", "next_regimen", "patients", regimen="name").to_dicts()]


def pathway_rows(built: CohortTables) -> list[Row]:
    """Count the pathways of drugs given at the same time, steroids aside: a second look that knows no lines."""
    concepts = with_additions(built.definition.concepts)
    given: dict[str, list[tuple[str, int, int]]] = {}
    eras = built.frame("eras").with_columns(pl.col("start_date", "end_date").cast(pl.Int32))
    for person, drug, start, end in eras.select("person_id", "drug", "start_date", "end_date").iter_rows():
        if concepts.class_of(drug) != STEROID:
            given.setdefault(person, []).append((drug, start, end))
    counted = Counter(" - ".join(pathway(one, PathwayRules())) for one in given.values())
    ordered = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    return [{"pathway": path, "patients": count} for path, count in ordered]


def course_rows(built: CohortTables, *, patients: int) -> tuple[list[Row], list[Row]]:
    """Give the courses of some patients, evenly over their length: lines, and events, in months from the index date.

    Patients are numbered anew; their names in the source do not show.
    """
    people = built.frame("persons").sort(
        (pl.col("last_date") - pl.col("index_date")), "person_id", descending=[True, False]
    )
    step = max(people.height // patients, 1)
    chosen = people.gather_every(step).head(patients).with_row_index("subject", offset=1)
    lines = built.frame("lines").join(chosen, on="person_id")

    def months(column: str) -> pl.Expr:
        return (pl.col(column) - pl.col("index_date")).dt.total_days() / DAYS_PER_MONTH

    lines = lines.filter(pl.col("start_date") >= pl.col("index_date"))
    rows = lines.select("subject", "line", "regimen", start=months("start_date"), end=months("end_date")).sort(
        "subject", "line"
    )
    progression = built.frame("progression").filter(pl.col("estimand") == "relaxed")
    dated = [
        (lines, "transplant_date", "transplant"),
        (chosen.join(progression, on="person_id"), "date", "progression"),
        (chosen, "death_date", "death"),
        (chosen.filter(pl.col("death_date").is_null()), "last_date", "censored"),
    ]
    events = [
        table.filter(pl.col(column).is_not_null() & (pl.col(column) >= pl.col("index_date"))).select(
            "subject", event=pl.lit(event), month=months(column)
        )
        for table, column, event in dated
    ]
    return [*rows.to_dicts()], [*pl.concat(events).sort("subject", "month").to_dicts()]
