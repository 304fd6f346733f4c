"""Damage to who is in the database, from when on, and whether the death is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from cereblon.cohort.simulated import concepts
from cereblon.cohort.simulated.draws import of_persons
from cereblon.cohort.simulated.records import SITES, Records

_TRUNCATED_DAYS = (30, 400)
_CODES_AFTER = (5, 60)  # days after late records begin
_STAYS_AT_LEAST = 90
_TESTED = 0.5  # of false cases: that is what makes tests raise the predictive value from 74 to 85 %
_FALSE_FOLLOW_UP = (200, 2500)
_FALSE_M_PROTEIN_G_L = (2.0, 15.0)


def miss_deaths(records: Records, rate: float, generator: np.random.Generator) -> Records:
    """Leave out deaths; observation then ends with the last laboratory record."""
    missed = of_persons(records, generator).select("person", missed=pl.col("draw") < rate)
    last = records.labs.group_by("person").agg(last_lab=pl.col("day").max())
    persons = records.persons.join(missed, on="person", how="left").join(last, on="person", how="left")
    hit = pl.col("missed").fill_null(False) & pl.col("death_day").is_not_null()
    return replace(
        records,
        persons=persons.with_columns(
            last_day=pl.when(hit).then(pl.min_horizontal("last_lab", "last_day")).otherwise(pl.col("last_day")),
            death_day=pl.when(hit).then(None).otherwise(pl.col("death_day")),
        )
        .drop("missed", "last_lab")
        .sort("person"),
    )


def truncate(records: Records, rate: float, generator: np.random.Generator) -> Records:
    """Begin the records of some persons only after treatment has begun."""
    width = _TRUNCATED_DAYS[1] - _TRUNCATED_DAYS[0]
    from_day = _TRUNCATED_DAYS[0] + (pl.col("other") * width).floor().cast(pl.Int64)
    hit = of_persons(records, generator).filter(pl.col("draw") < rate).select("person", from_day=from_day)
    hit = hit.join(records.persons.select("person", "last_day"), on="person")
    hit = hit.filter(pl.col("last_day") > pl.col("from_day") + _STAYS_AT_LEAST).select("person", "from_day")

    def later(frame: pl.DataFrame) -> pl.DataFrame:
        known = frame.join(hit, on="person", how="left")
        return known.filter(pl.col("from_day").is_null() | (pl.col("day") >= pl.col("from_day"))).drop("from_day")

    codes = hit.join(pl.DataFrame({"after": _CODES_AFTER}), how="cross")
    codes = codes.select("person", day=pl.col("from_day") + pl.col("after"))
    persons = records.persons.join(hit, on="person", how="left")
    return replace(
        records,
        persons=persons.with_columns(first_day=pl.coalesce("from_day", "first_day")).drop("from_day").sort("person"),
        diagnoses=pl.concat([later(records.diagnoses), codes]).unique().sort("person", "day"),
        drugs=later(records.drugs),
        transplants=later(records.transplants),
        labs=later(records.labs),
    )


def add_false_cases(records: Records, rate: float, generator: np.random.Generator) -> Records:
    """Add persons with two codes of myeloma who have none, half of them with a small M-protein."""
    real = int(records.persons["has_myeloma"].sum())
    count = round(real * rate / (1 - rate))
    draws = generator.random((count, 5))
    models = records.persons.filter(pl.col("has_myeloma"))[(draws[:, 0] * real).astype(np.int64)]
    follow_up = (_FALSE_FOLLOW_UP[0] + draws[:, 1] * (_FALSE_FOLLOW_UP[1] - _FALSE_FOLLOW_UP[0])).astype(np.int64)
    first_number = int(records.persons["person"].to_numpy().max(initial=-1)) + 1
    persons = models.with_columns(
        person=pl.Series(np.arange(first_number, first_number + count)),
        site=pl.Series((draws[:, 2] * SITES).astype(np.int64)),
        last_day=pl.Series(follow_up),
        death_day=pl.lit(None, pl.Int64),
        has_myeloma=pl.lit(False),
    )
    codes = persons.join(pl.DataFrame({"day": [0, 60]}), how="cross").select("person", "day")
    low, high = _FALSE_M_PROTEIN_G_L
    value = np.round(low + draws[:, 4] * (high - low), 1)
    assay = concepts.ASSAYS["m_protein"]
    tests = persons.select("person", "site").with_columns(value=pl.Series(value))
    tests = tests.filter(pl.Series(draws[:, 3] < _TESTED))
    is_other = pl.col("site") % 2 == 1
    row = int(records.labs["row"].to_numpy().max(initial=-1)) + 1
    labs = tests.select(
        row=pl.int_range(pl.len(), dtype=pl.Int64) + row,
        person="person",
        test=pl.lit("m_protein"),
        day=pl.lit(0, pl.Int64),
        value=pl.when(is_other).then(pl.col("value") * assay.other_factor).otherwise(pl.col("value")),
        unit=pl.when(is_other).then(pl.lit(assay.other_unit)).otherwise(pl.lit(assay.unit)),
        concept=pl.lit(assay.concept, pl.Int64),
        source_value=pl.lit(f"{assay.code} {assay.name}"),
        positive=pl.lit(None, pl.Boolean),
    )
    return replace(
        records,
        persons=pl.concat([records.persons, persons]),
        diagnoses=pl.concat([records.diagnoses, codes]),
        labs=pl.concat([records.labs, labs.select(records.labs.columns)]),
    )
