"""The records of an example before they are written: what the damage works on."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

SITES = 20
"""Hospitals, each with its own laboratory and units."""


@dataclass(frozen=True, kw_only=True)
class Records:
    """Records of persons; days count from the first treatment, which is day 0.

    Parameters
    ----------
    persons
        One row each: person, index_date, birth_year, sex, site, has_myeloma, first_day and last_day of observation,
        death_day (null for the living), diagnosis_day, index_age.
    diagnoses
        person, day.
    drugs
        row, person, line (0 where it belongs to none), drug, day, end_day, supply_days, quantity, mg, concept,
        source_value, kind (of record), route.
    transplants
        person, line, day.
    labs
        row, person, test, day, value (as written), unit (as written, null without), concept, source_value, positive
        (null for numbers).
    """

    persons: pl.DataFrame
    diagnoses: pl.DataFrame
    drugs: pl.DataFrame
    transplants: pl.DataFrame
    labs: pl.DataFrame


def numbered(frame: pl.DataFrame) -> pl.DataFrame:
    """Number the rows of a frame from 0, so that a draw belongs to a row wherever it moves to."""
    return frame.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
