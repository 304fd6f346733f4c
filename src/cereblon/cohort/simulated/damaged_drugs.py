"""Damage to drug records."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from cereblon.cohort.simulated import concepts
from cereblon.cohort.simulated.draws import of_lines, of_persons, of_rows
from cereblon.cohort.simulated.records import Records

_START_DAYS = 28
_LATE_DAYS, _SHIFT_DAYS, _PAUSE_DAYS, _PAUSE_AFTER = (1, 21), (1, 3), (70, 150), (60, 300)


def miss_first_line(records: Records, rate: float, generator: np.random.Generator) -> Records:
    """Leave out drugs and transplant of the first line."""
    missed = of_persons(records, generator).filter(pl.col("draw") < rate).select("person")
    first = records.drugs.filter(pl.col("line") == 1).group_by("person").agg(last=pl.col("day").max())
    last = missed.join(first, on="person")

    def kept(frame: pl.DataFrame) -> pl.DataFrame:
        known = frame.join(last, on="person", how="left")
        return known.filter(pl.col("last").is_null() | (pl.col("day") > pl.col("last"))).drop("last")

    return replace(records, drugs=kept(records.drugs), transplants=kept(records.transplants))


def miss_starts(records: Records, rate: float, generator: np.random.Generator) -> Records:
    """Leave out the first records of drugs of a line."""
    draws = of_lines(records, generator, by_drug=True)
    drugs = records.drugs.join(draws, on=["person", "line", "drug"], how="left")
    first = pl.col("day").min().over("person", "line", "drug")
    is_missing = (pl.col("draw") < rate) & (pl.col("line") > 0) & (pl.col("day") < first + _START_DAYS)
    return replace(records, drugs=drugs.filter(~is_missing.fill_null(False)).drop("draw"))


def delay_fills(records: Records, rate: float, generator: np.random.Generator) -> Records:
    """Move fills to later days."""
    return _moved(records, rate, generator, _LATE_DAYS, pl.col("kind") == concepts.DISPENSED, both_ways=False)


def shift_dates(records: Records, rate: float, generator: np.random.Generator) -> Records:
    """Move records by a few days either way."""
    return _moved(records, rate, generator, _SHIFT_DAYS, pl.lit(True), both_ways=True)


def _moved(
    records: Records,
    rate: float,
    generator: np.random.Generator,
    days: tuple[int, int],
    which: pl.Expr,
    *,
    both_ways: bool,
) -> Records:
    drugs = of_rows(records.drugs, generator)
    width = days[1] - days[0] + 1
    by = days[0] + (pl.col("other") * width).floor().cast(pl.Int64)
    sign = pl.when(pl.lit(both_ways) & (pl.col("third") < 0.5)).then(-1).otherwise(1)
    moved = pl.when((pl.col("draw") < rate) & which).then(by * sign).otherwise(0)
    drugs = drugs.with_columns(moved=moved)
    drugs = drugs.with_columns(pl.col("day") + pl.col("moved"), pl.col("end_day") + pl.col("moved"))
    return replace(records, drugs=drugs.drop("draw", "other", "third", "moved"))


def pause(records: Records, rate: float, generator: np.random.Generator) -> Records:
    """Leave out all drugs of a line for a while, as in a pause of treatment."""
    draws = of_lines(records, generator, by_drug=False)
    start = pl.col("day").min().over("person", "line")
    drugs = records.drugs.join(draws, on=["person", "line"], how="left")
    begins = start + _PAUSE_AFTER[0] + (pl.col("other") * (_PAUSE_AFTER[1] - _PAUSE_AFTER[0])).floor()
    ends = begins + _PAUSE_DAYS[0] + (pl.col("third") * (_PAUSE_DAYS[1] - _PAUSE_DAYS[0])).floor()
    inside = (pl.col("draw") < rate) & (pl.col("day") >= begins) & (pl.col("day") < ends) & (pl.col("line") > 0)
    return replace(records, drugs=drugs.filter(~inside.fill_null(False)).drop("draw", "other", "third"))


def duplicate(records: Records, rate: float, generator: np.random.Generator) -> Records:
    """Write records twice: the second is the order that led to the first."""
    drugs = of_rows(records.drugs, generator)
    again = drugs.filter(pl.col("draw") < rate).with_columns(kind=pl.lit(concepts.ORDERED, pl.Int64))
    both = pl.concat([drugs, again]).drop("draw", "other", "third")
    return replace(records, drugs=both.sort("person", "day", "row", "kind"))
