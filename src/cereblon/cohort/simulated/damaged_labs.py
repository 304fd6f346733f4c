"""Damage to laboratory records."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from cereblon.cohort.simulated import concepts
from cereblon.cohort.simulated.draws import of_persons, of_rows, of_tests
from cereblon.cohort.simulated.records import Records

_LIGHT_CHAINS = ("kappa_flc", "lambda_flc")
_VISIT_DAYS, _SPARSE_DAYS = 28, 42
_TOTAL_PROTEIN_G_L = 60.0  # without the M-protein


def miss_serum_baseline(records: Records, rate: float, generator: np.random.Generator) -> Records:
    """Leave out M-protein and immunofixation before the first line."""
    return _without_baseline(records, rate, generator, ("m_protein", "immunofixation_serum"))


def miss_flc_baseline(records: Records, rate: float, generator: np.random.Generator) -> Records:
    """Leave out light chains before the first line."""
    return _without_baseline(records, rate, generator, _LIGHT_CHAINS)


def _without_baseline(
    records: Records, rate: float, generator: np.random.Generator, tests: tuple[str, ...]
) -> Records:
    labs = records.labs.join(of_persons(records, generator).select("person", "draw"), on="person", how="left")
    missing = pl.col("test").is_in(tests) & (pl.col("day") <= 0) & (pl.col("draw") < rate)
    return replace(records, labs=labs.filter(~missing.fill_null(False)).drop("draw"))


def thin_flc(records: Records, rate: float, generator: np.random.Generator) -> Records:
    """Leave out light chains of some visits, so that those left are 42 days apart on average; the first stays."""
    persons = of_persons(records, generator).select("person", sparse=pl.col("draw") < rate)
    visits = (
        records.labs.filter(pl.col("test").is_in(_LIGHT_CHAINS) & (pl.col("day") > 0))
        .select("person", "day")
        .unique()
    )
    visits = visits.sort("person", "day").join(persons, on="person", how="left")
    kept = pl.Series(generator.random(len(visits)) < _VISIT_DAYS / _SPARSE_DAYS)
    visits = visits.with_columns(gone=~kept & pl.col("sparse").fill_null(False))
    labs = records.labs.join(visits.select("person", "day", "gone"), on=["person", "day"], how="left")
    gone = pl.col("gone").fill_null(False) & pl.col("test").is_in(_LIGHT_CHAINS)
    return replace(records, labs=labs.filter(~gone).drop("gone"))


def multiply_flc(records: Records, rate: float, generator: np.random.Generator) -> Records:
    """Write light chains ten times too high, as when mg/dL is read as mg/L the wrong way."""
    labs = of_rows(records.labs, generator)
    wrong = pl.col("test").is_in(_LIGHT_CHAINS) & (pl.col("draw") < rate)
    value = pl.when(wrong).then(pl.col("value") * 10).otherwise(pl.col("value"))
    return replace(records, labs=labs.with_columns(value.alias("value")).drop("draw", "other", "third"))


def swap_flc(records: Records, rate: float, generator: np.random.Generator) -> Records:
    """Write kappa as lambda and lambda as kappa in some samples."""
    samples = records.labs.filter(pl.col("test").is_in(_LIGHT_CHAINS)).select("person", "day").unique()
    samples = samples.sort("person", "day")
    samples = samples.with_columns(swapped=pl.Series(generator.random(len(samples)) < rate))
    labs = records.labs.join(samples, on=["person", "day"], how="left")
    swapped = pl.col("swapped").fill_null(False)
    other = {"kappa_flc": "lambda_flc", "lambda_flc": "kappa_flc"}
    for column, of in (("concept", _concept), ("source_value", _source_value)):
        for test, instead in other.items():
            is_it = swapped & (pl.col("test") == test)
            labs = labs.with_columns(pl.when(is_it).then(pl.lit(of(instead))).otherwise(pl.col(column)).alias(column))
    return replace(records, labs=labs.drop("swapped"))


def _concept(test: str) -> int:
    return concepts.ASSAYS[test].concept


def _source_value(test: str) -> str:
    return f"{concepts.ASSAYS[test].code} {concepts.ASSAYS[test].name}"


def add_fractions(records: Records, rate: float, generator: np.random.Generator) -> Records:
    """Write the share of total protein beside the M-protein, in g/dL as if it were a concentration."""
    persons = of_persons(records, generator).filter(pl.col("draw") < rate).select("person")
    grams = pl.when(pl.col("unit") == "g/dL").then(pl.col("value") * 10).otherwise(pl.col("value"))
    shares = records.labs.filter(pl.col("test") == "m_protein").join(persons, on="person", how="semi")
    shares = shares.with_columns(
        value=(100 * grams / (_TOTAL_PROTEIN_G_L + grams)).round(1),
        test=pl.lit("m_protein_fraction"),
        unit=pl.lit("g/dL"),
        concept=pl.lit(_concept("m_protein_fraction"), pl.Int64),
        source_value=pl.lit(_source_value("m_protein_fraction")),
    )
    return replace(records, labs=pl.concat([records.labs, shares]).sort("person", "day", "test"))


def drop_units(records: Records, rate: float, generator: np.random.Generator) -> Records:
    """Leave the unit out in some tests of some laboratories."""
    labs = _with_tests(records, generator)
    unit = pl.when(pl.col("draw") < rate).then(None).otherwise(pl.col("unit"))
    return replace(records, labs=labs.with_columns(unit.alias("unit")).drop("draw", "site"))


def unmap(records: Records, rate: float, generator: np.random.Generator) -> Records:
    """Leave some tests of some laboratories without a standard concept."""
    labs = _with_tests(records, generator)
    concept = pl.when(pl.col("draw") < rate).then(0).otherwise(pl.col("concept"))
    return replace(records, labs=labs.with_columns(concept.alias("concept")).drop("draw", "site"))


def _with_tests(records: Records, generator: np.random.Generator) -> pl.DataFrame:
    labs = records.labs.join(records.persons.select("person", "site"), on="person", how="left")
    return labs.join(of_tests(generator), on=["site", "test"], how="left")
