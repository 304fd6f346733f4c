"""The records of an example before any damage, and the true lines behind them."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from cereblon.cohort.simulated.drug_records import drug_records
from cereblon.cohort.simulated.lab_records import lab_records, measured
from cereblon.cohort.simulated.records import SITES, Records
from cereblon.cohort.simulated.subjects import SimulatedCohort
from cereblon.core.body import creatinine_of_clearance

_FIRST_INDEX, _LAST_INDEX = date(2012, 1, 1), date(2016, 12, 31)
_OBSERVED_BEFORE = (400, 2000)  # days before the first treatment
_DIAGNOSIS_BEFORE = (35, 75)  # days before the first treatment, with a second code on the way


def clean_persons(cohort: SimulatedCohort, seed: int) -> pl.DataFrame:
    """Give the persons of an example, with calendar dates, a hospital each, and what the records need to know."""
    subjects = pl.DataFrame(pl.from_arrow(cohort.tables["subjects"].select(list(_OF_SUBJECTS)))).rename(
        {"subject_id": "person", "involved_light_chain": "chain"}
    )
    subjects = subjects.with_columns(pl.col("sex", "chain", "isotype").cast(pl.String))
    generator = np.random.default_rng([seed, 1])
    count = len(subjects)
    span = (_LAST_INDEX - _FIRST_INDEX).days
    draws = generator.random((count, 4))
    creatinine = creatinine_of_clearance(
        subjects["age"].to_numpy(),
        subjects["weight_kg"].to_numpy(),
        (subjects["sex"] == "male").to_numpy(),
        subjects["crcl_ml_min"].to_numpy(),
    )
    index = np.datetime64(_FIRST_INDEX, "D") + (draws[:, 0] * span).astype(np.int64)
    age_days = (subjects["age"].to_numpy() * 365.25).astype(np.int64)
    persons = subjects.with_columns(
        index_date=pl.Series(index.astype("datetime64[ms]")).cast(pl.Date),
        birth_year=pl.Series((index - age_days).astype("datetime64[Y]").astype(np.int64) + 1970),
        site=pl.Series((draws[:, 1] * SITES).astype(np.int64)),
        first_day=pl.Series(-_between(_OBSERVED_BEFORE, draws[:, 2])),
        diagnosis_day=pl.Series(-_between(_DIAGNOSIS_BEFORE, draws[:, 3])),
        has_myeloma=pl.lit(True),
        creatinine_mg_dl=pl.Series(creatinine),
    )
    return persons.join(_ends(cohort), on="person", how="left").sort("person")


_OF_SUBJECTS = (
    "subject_id",
    "age",
    "sex",
    "weight_kg",
    "crcl_ml_min",
    "albumin_g_l",
    "b2m_mg_l",
    "isotype",
    "involved_light_chain",
)


def _between(ends: tuple[int, int], draw: np.ndarray) -> np.ndarray:
    return (ends[0] + draw * (ends[1] - ends[0])).astype(np.int64)


def dated_events(cohort: SimulatedCohort) -> pl.DataFrame:
    """Give the events of subjects, with whole days: a day begins in the morning."""
    columns = ["subject_id", "event", "day", "line"]
    frame = pl.DataFrame(pl.from_arrow(cohort.tables["events"].select(columns))).rename({"subject_id": "person"})
    return frame.with_columns(
        pl.col("event").cast(pl.String), pl.col("day").floor().cast(pl.Int64), pl.col("line").cast(pl.Int64)
    )


def _ends(cohort: SimulatedCohort) -> pl.DataFrame:
    events = dated_events(cohort)
    death = events.filter(pl.col("event") == "death").select("person", death_day="day")
    contact = events.filter(pl.col("event").is_in(["death", "censored"])).select("person", last_day="day")
    return contact.join(death, on="person", how="left")


def clean_records(cohort: SimulatedCohort, persons: pl.DataFrame) -> tuple[Records, pl.DataFrame]:
    """Write simulated subjects as records, and give what was measured besides.

    Parameters
    ----------
    cohort
        Simulated.
    persons
        Of `clean_persons`.

    Returns
    -------
        The records; and the measurements: person, day, test, value in the house unit.
    """
    transplants = dated_events(cohort).filter(pl.col("event") == "transplant").select("person", "line", "day")
    values = measured(cohort, persons)
    codes = pl.DataFrame({"after": [0, 35, 400, 800, 1200]}).with_columns(pl.col("after").cast(pl.Int64))
    diagnoses = (
        persons.select("person", "diagnosis_day", "last_day")
        .join(codes, how="cross")
        .with_columns(day=pl.col("diagnosis_day") + pl.col("after"))
        .filter((pl.col("day") <= pl.col("last_day")) | (pl.col("after") == 0))
        .select("person", "day")
    )
    records = Records(
        persons=persons,
        diagnoses=diagnoses,
        drugs=drug_records(cohort, transplants).filter(pl.col("day") >= 0),
        transplants=transplants,
        labs=lab_records(values, persons),
    )
    return records, values
