"""Weights of patients, as a user's table has them: of a sample to its population, or inverse probabilities."""

from __future__ import annotations

from collections import Counter
from math import inf, isfinite
from pathlib import Path

import polars as pl

from cereblon.core.errors import InputError
from cereblon.core.given_tables import read_table
from cereblon.core.problems import refuse_problems


def read_patient_weights(path: Path | str, persons: pl.DataFrame) -> pl.DataFrame:
    """Read a weight for every patient of a cohort.

    Parameters
    ----------
    path
        Of a table of person_id and weight, a row each.
    persons
        Patients of the cohort.

    Returns
    -------
    polars.DataFrame
        person_id and weight of the patients of the cohort; others of the table play no part.

    Raises
    ------
    InputError
        Naming each cell that is no weight, patients that stand twice, and how many of the cohort have none.
    """
    table = read_table(path)
    person = table.cells(table.need(["person_id"], "patients"))
    written = table.cells(table.need(["weight"], "weights"))
    place = table.place("weight")
    values = [_number(text) for text in written]
    problems = [
        f"{place(row)}: {written[row]!r} is no weight; a number from 0 on is"
        for row, value in enumerate(values)
        if not 0 <= value < inf
    ]
    problems += [
        f"{table.where}: {name} stands {count} times" for name, count in Counter(person).items() if count > 1
    ]
    refuse_problems(problems)
    rows = pl.DataFrame(
        {"person_id": person, "weight": values}, schema={"person_id": pl.String, "weight": pl.Float64}
    )
    found = persons.select("person_id").join(rows, on="person_id", maintain_order="left")
    if found.height < persons.height:
        without = persons.height - found.height
        raise InputError(
            f"{table.where}: {without:,} of {persons.height:,} patients of the cohort have no weight",
            hint="who is to be left out has weight 0; person_id is the identifier that the tables of the cohort have",
        )
    if not found["weight"].sum():
        raise InputError(f"{table.where}: every patient of the cohort has weight 0")
    return found


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return -1.0
    return value if isfinite(value) else -1.0
