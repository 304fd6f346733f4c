"""What is known of patients at the start of something: their age, and the last laboratory values before it."""

from __future__ import annotations

import polars as pl

from cereblon.core.time_units import DAYS_PER_YEAR


def age_at(day: str) -> pl.Expr:
    """Give the age on the date in a column, of rows with the age on `index_date`."""
    return (pl.col(day) - pl.col("index_date")).dt.total_days() / DAYS_PER_YEAR + pl.col("age")


def last_values(labs: pl.DataFrame, starts: pl.DataFrame, *, days: int) -> pl.DataFrame:
    """Give the last value of each test within some days up to a start.

    Parameters
    ----------
    labs
        Columns person_id, date, test and value.
    starts
        Columns person_id and zero, the date of the start, and what else tells starts of one patient apart.
    days
        How long before the start a value may lie.

    Returns
    -------
        The columns of `starts` but zero, test and value.
    """
    before = (pl.col("zero") - pl.col("date")).dt.total_days()
    near = labs.join(starts, on="person_id").filter(before.is_between(0, days)).sort("date", maintain_order=True)
    return near.group_by(*starts.drop("zero").columns, "test").agg(pl.col("value").last())
