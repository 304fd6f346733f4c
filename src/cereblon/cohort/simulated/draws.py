"""Random numbers for damage, bound to persons, lines and clean rows: other damage does not move them."""

from __future__ import annotations

import numpy as np
import polars as pl

from cereblon.cohort.simulated import concepts
from cereblon.cohort.simulated.records import SITES, Records

_MOST_LINES = 8
_NAMES = ("draw", "other", "third")


def of_persons(records: Records, generator: np.random.Generator) -> pl.DataFrame:
    """Draw three numbers for each patient with myeloma."""
    persons = records.persons.filter(pl.col("has_myeloma")).select("person")
    numbers = generator.random((len(persons), len(_NAMES)))
    return persons.with_columns(pl.Series(name, numbers[:, place]) for place, name in enumerate(_NAMES))


def of_rows(frame: pl.DataFrame, generator: np.random.Generator) -> pl.DataFrame:
    """Add three numbers to each row, the same to all that came of one clean row."""
    rows = frame["row"].to_numpy()
    numbers = generator.random((int(rows.max(initial=-1)) + 1, len(_NAMES)))[rows]
    return frame.with_columns(pl.Series(name, numbers[:, place]) for place, name in enumerate(_NAMES))


def of_lines(records: Records, generator: np.random.Generator, *, by_drug: bool) -> pl.DataFrame:
    """Draw numbers for each line of each patient, or for each drug of it."""
    persons = records.persons.filter(pl.col("has_myeloma")).select("person")
    cells = persons.join(pl.DataFrame({"line": range(1, _MOST_LINES + 1)}), how="cross")
    if by_drug:
        cells = cells.join(pl.DataFrame({"drug": list(concepts.INGREDIENTS)}), how="cross")
    names = _NAMES[:1] if by_drug else _NAMES
    numbers = generator.random((len(cells), len(names)))
    return cells.with_columns(pl.Series(name, numbers[:, place]) for place, name in enumerate(names))


def of_tests(generator: np.random.Generator) -> pl.DataFrame:
    """Draw a number for each test of each laboratory."""
    cells = pl.DataFrame({"site": range(SITES)}).join(pl.DataFrame({"test": list(concepts.ASSAYS)}), how="cross")
    return cells.with_columns(draw=pl.Series(generator.random(len(cells))))
