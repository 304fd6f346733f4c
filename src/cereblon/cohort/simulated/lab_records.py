"""Laboratory records: each hospital's laboratory reports in its own units."""

from __future__ import annotations

import polars as pl

from cereblon.cohort.simulated import concepts
from cereblon.cohort.simulated.records import numbered
from cereblon.cohort.simulated.subjects import SimulatedCohort

_BASELINE = {"albumin": "albumin_g_l", "b2m": "b2m_mg_l", "creatinine": "creatinine_mg_dl"}


def measured(cohort: SimulatedCohort, persons: pl.DataFrame) -> pl.DataFrame:
    """Give what was measured: person, day, test and value in the house unit, light chains by their kind.

    Parameters
    ----------
    cohort
        Simulated.
    persons
        With the columns person, chain (involved), albumin_g_l, b2m_mg_l and creatinine_mg_dl.
    """
    columns = ["subject_id", "day", "test", "value"]
    frame = pl.DataFrame(pl.from_arrow(cohort.tables["labs"].select(columns))).rename({"subject_id": "person"})
    frame = frame.with_columns(pl.col("test").cast(pl.String), pl.col("day").cast(pl.Int64))
    frame = frame.join(persons.select("person", "chain"), on="person")
    other = pl.when(pl.col("chain") == "kappa").then(pl.lit("lambda")).otherwise(pl.lit("kappa"))
    test = (
        pl.when(pl.col("test") == "involved_flc")
        .then(pl.concat_str(pl.col("chain"), pl.lit("_flc")))
        .when(pl.col("test") == "uninvolved_flc")
        .then(pl.concat_str(other, pl.lit("_flc")))
        .otherwise(pl.col("test"))
        .alias("test")
    )
    baseline = persons.select("person", *(pl.col(column).alias(name) for name, column in _BASELINE.items()))
    baseline = baseline.unpivot(index="person", variable_name="test", value_name="value")
    first = baseline.with_columns(day=pl.lit(0, pl.Int64)).select("person", "day", "test", "value")
    return pl.concat([frame.with_columns(test).select("person", "day", "test", "value"), first]).sort(
        "person", "day", "test"
    )


def lab_records(values: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """Write measurements as laboratory records; every other laboratory reports in other units.

    Parameters
    ----------
    values
        As `measured` gives them.
    persons
        With the columns person and site.
    """
    assays = pl.DataFrame(
        [
            {
                "test": test,
                "concept": assay.concept,
                "source_value": f"{assay.code} {assay.name}".strip(),
                "has_unit": bool(assay.unit),
                **{f"{place}_unit": unit for place, unit in (("own", assay.unit), ("other", assay.other_unit))},
                "own_factor": assay.factor,
                "other_factor": assay.other_factor,
            }
            for test, assay in concepts.ASSAYS.items()
        ]
    )
    frame = values.join(assays, on="test").join(persons.select("person", "site"), on="person")
    is_other = pl.col("site") % 2 == 1
    factor = pl.when(is_other).then(pl.col("other_factor")).otherwise(pl.col("own_factor"))
    unit = pl.when(is_other).then(pl.col("other_unit")).otherwise(pl.col("own_unit"))
    number = pl.when(pl.col("has_unit")).then((pl.col("value") * factor).round(4))
    return numbered(
        frame.with_columns(
            written=number,
            unit=pl.when(pl.col("has_unit")).then(unit),
            positive=pl.when(~pl.col("has_unit")).then(pl.col("value") > 0.5),
        )
        .sort("person", "day", "test")
        .select(
            "person", "test", "day", pl.col("written").alias("value"), "unit", "concept", "source_value", "positive"
        )
    )
