"""What is true of the subjects of an example: lines, progression, response, and what damage leaves of the lines."""

from __future__ import annotations

import polars as pl

from cereblon.cohort.simulated.clean import dated_events
from cereblon.cohort.simulated.records import Records
from cereblon.cohort.simulated.subjects import SimulatedCohort

STEROIDS = ("dexamethasone",)
_SUPPORTIVE = ("filgrastim",)
_JOIN_DAYS, _RESTART_DAYS = 60, 180


def true_lines(cohort: SimulatedCohort, clean: Records) -> pl.DataFrame:
    """Give the true lines: person, line, drugs, start, end, progression, best_response; days from first treatment.

    A line is what the engine gave between two changes of treatment; it begins with its first dose that is no steroid.
    Melphalan before a transplant belongs to the transplant and names no regimen.

    Parameters
    ----------
    cohort
        Simulated.
    clean
        Its records before any damage.
    """
    drugs = _of_lines(clean)
    is_steroid = pl.col("drug").is_in(STEROIDS)
    lines = drugs.group_by("person", "line").agg(
        drugs=pl.col("drug").unique().sort(),
        start=pl.col("day").filter(~is_steroid).min(),
        end=pl.col("end_day").max(),
    )
    lines = lines.filter(pl.col("start").is_not_null())
    events = dated_events(cohort).filter(pl.col("event") == "progression")
    progression = events.select("person", "line", progression="day")
    responses = pl.DataFrame(
        pl.from_arrow(cohort.tables["responses"].select(["subject_id", "line", "day", "confirmed"]))
    ).with_columns(pl.col("confirmed").cast(pl.String), pl.col("line").cast(pl.Int64))
    best = (
        responses.sort("day")
        .group_by(pl.col("subject_id").alias("person"), "line")
        .agg(best_response=pl.col("confirmed").last())
    )
    lines = lines.join(progression, on=["person", "line"], how="left").join(best, on=["person", "line"], how="left")
    lines = lines.join(clean.persons.select("person", "last_day", "death_day"), on="person").sort("person", "line")
    following = pl.col("start").shift(-1).over("person")
    return lines.with_columns(
        pl.col("best_response").fill_null("NE"),
        source_line=pl.col("line"),
        line=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("person"),
        end=pl.min_horizontal("end", following - 1, "last_day"),
    )


def _of_lines(records: Records) -> pl.DataFrame:
    """Give the drug records that make lines: conditioning and mobilisation are none."""
    return records.drugs.filter((pl.col("line") > 0) & ~pl.col("drug").is_in([*_SUPPORTIVE, "melphalan"]))


def recorded_lines(lines: pl.DataFrame, records: Records) -> pl.DataFrame:
    """Tell which lines damage left any trace of: person, source_line and on_record, by a drug that is no steroid.

    Parameters
    ----------
    lines
        Of `true_lines`.
    records
        Damaged.
    """
    left = _of_lines(records).filter(~pl.col("drug").is_in(STEROIDS))
    left = left.select("person", source_line="line").unique().with_columns(on_record=True)
    rows = lines.select("person", "source_line").join(left, on=["person", "source_line"], how="left")
    return rows.with_columns(pl.col("on_record").fill_null(False))


def identifiable_persons(lines: pl.DataFrame, records: Records) -> pl.DataFrame:
    """Tell whose lines the records left after damage still show: person and identifiable.

    They do where every line still has a record of a drug that is no steroid on its true first day and none before, a
    record of each of its drugs within 60 days of it (of a steroid at any time), and no gap of more than 180 days in
    its drugs. Nothing of the rules of a builder is used.

    Parameters
    ----------
    lines
        Of `true_lines`.
    records
        Damaged.
    """
    found = _of_lines(records).rename({"line": "source_line"})
    found = found.join(lines.select("person", "source_line", "start"), on=["person", "source_line"], how="semi")
    is_steroid = pl.col("drug").is_in(STEROIDS)
    active = found.filter(~is_steroid).sort("person", "source_line", "day")
    covered = pl.col("end_day").cum_max().shift(1).over("person", "source_line")
    seen = (
        active.with_columns(gap=pl.col("day") - covered)
        .group_by("person", "source_line")
        .agg(first=pl.col("day").min(), gap=pl.col("gap").max())
    )
    first_of_drug = found.group_by("person", "source_line", "drug").agg(drug_day=pl.col("day").min())
    wanted = lines.select("person", "source_line", "start", drug="drugs").explode("drug")
    wanted = wanted.join(first_of_drug, on=["person", "source_line", "drug"], how="left")
    in_time = pl.col("drug_day") <= pl.col("start") + _JOIN_DAYS
    is_there = pl.when(is_steroid).then(pl.col("drug_day").is_not_null()).otherwise(in_time.fill_null(False))
    drugs_there = wanted.group_by("person", "source_line").agg(is_there.all().alias("drugs_there"))
    judged = lines.join(seen, on=["person", "source_line"], how="left").join(
        drugs_there, on=["person", "source_line"], how="left"
    )
    good = (
        (pl.col("first") == pl.col("start")).fill_null(False)
        & pl.col("drugs_there").fill_null(False)
        & (pl.col("gap").fill_null(0) <= _RESTART_DAYS)
    )
    return judged.group_by("person").agg(identifiable=good.all()).sort("person")
