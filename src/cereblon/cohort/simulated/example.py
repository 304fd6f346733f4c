"""An example from end to end: subjects simulated, written as records, damaged, and the truth behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl
import pyarrow as pa

from cereblon.cohort.regimen_names import regimen_name
from cereblon.cohort.schemas import TRUTH_LABS, TRUTH_OF_LINES
from cereblon.cohort.simulated.clean import clean_persons, clean_records
from cereblon.cohort.simulated.dirt import damaged
from cereblon.cohort.simulated.omop_tables import omop_tables
from cereblon.cohort.simulated.records import Records
from cereblon.cohort.simulated.subjects import MOST_SIMULATED, repeated, simulate_subjects
from cereblon.cohort.simulated.truth import identifiable_persons, recorded_lines, true_lines
from cereblon.vocabulary.laboratory import TESTS


@dataclass(frozen=True, kw_only=True)
class CleanExample:
    """An example before damage, from which several are made that differ in nothing else.

    Parameters
    ----------
    records
        Clean.
    values
        What was measured: person, day, test, value in the house unit.
    lines
        Of `true_lines`.
    """

    records: Records
    values: pl.DataFrame
    lines: pl.DataFrame


@dataclass(frozen=True, kw_only=True)
class Example:
    """An example as it is written.

    Parameters
    ----------
    omop
        Tables of the common data model.
    truth, truth_labs
        In the schemas of `cereblon.cohort.schemas`.
    """

    omop: dict[str, pa.Table]
    truth: pa.Table
    truth_labs: pa.Table


def clean_example(size: int, *, seed: int, progress: Callable[[int, int], None] | None = None) -> CleanExample:
    """Simulate the persons of an example and write their records, undamaged.

    Parameters
    ----------
    size
        Persons with myeloma. Beyond `MOST_SIMULATED` each subject stands for several persons, at other dates.
    seed
        Of subjects and dates.
    progress
        Called with the subjects done and all subjects.
    """
    cohort = repeated(simulate_subjects(min(size, MOST_SIMULATED), seed=seed, progress=progress), size)
    records, values = clean_records(cohort, clean_persons(cohort, seed))
    return CleanExample(records=records, values=values, lines=true_lines(cohort, records))


def damaged_example(clean: CleanExample, rates: Mapping[str, float], *, seed: int, made_by: str) -> Example:
    """Damage an example and give it as tables.

    Parameters
    ----------
    clean
        Of `clean_example`.
    rates
        Of `dirt.read_rates`.
    seed
        Of the damage.
    made_by
        For `cdm_source`.
    """
    records = damaged(clean.records, rates, seed=seed)
    return Example(
        omop=omop_tables(records, made_by=made_by),
        truth=_truth_table(clean, records),
        truth_labs=_labs_table(clean),
    )


def _truth_table(clean: CleanExample, records: Records) -> pa.Table:
    lines = clean.lines.join(identifiable_persons(clean.lines, records), on="person")
    lines = lines.join(recorded_lines(clean.lines, records), on=["person", "source_line"])
    lines = lines.join(clean.records.persons.select("person", "index_date"), on="person")
    lines = lines.sort("person", "line").select(
        _name(),
        "line",
        pl.col("drugs")
        .map_elements(lambda drugs: regimen_name(list(drugs)), return_dtype=pl.String)
        .alias("regimen"),
        *(
            (pl.col("index_date") + pl.duration(days=pl.col(day))).alias(f"{day}_date")
            for day in ("start", "end", "progression")
        ),
        "best_response",
        (pl.col("index_date") + pl.duration(days=pl.col("death_day"))).alias("death_date"),
        "identifiable",
        "on_record",
    )
    return _as(lines, TRUTH_OF_LINES)


def _labs_table(clean: CleanExample) -> pa.Table:
    units = {test: told.unit for test, told in TESTS.items()}
    labs = clean.values.filter(pl.col("test").is_in(list(units)))
    labs = labs.join(clean.records.persons.select("person", "index_date"), on="person").sort("person", "day", "test")
    labs = labs.select(
        _name(),
        (pl.col("index_date") + pl.duration(days=pl.col("day"))).alias("date"),
        "test",
        "value",
        pl.col("test").replace_strict(units, return_dtype=pl.String).alias("unit"),
    )
    return _as(labs, TRUTH_LABS)


def _name() -> pl.Expr:
    return (pl.col("person") + 1).cast(pl.String).alias("person_id")


def _as(frame: pl.DataFrame, schema: pa.Schema) -> pa.Table:
    return frame.select(schema.names).to_arrow(compat_level=pl.CompatLevel.oldest()).cast(schema)
