"""Baseline and course of the markers in each line of therapy, as the subject tables that IMWG response is read from.

A line is a subject of its own, day 0 its start. The baseline of a marker is its highest value within some days before
the start, else its earliest in the line; of light chains the pair of one sample. Progression is measured from the
last value before the start, so all values of these days are kept. Which chain is involved follows from the ratio at
the first baseline and holds for the patient.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from cereblon.criteria.rules import IMWG_2016
from cereblon.tables import conform
from cereblon.tables.schemas import EVENTS, LABS, SUBJECTS, TESTS

BASELINE_DAYS = 90
MARKERS = ("m_protein", "urine_m_protein", "immunofixation_serum", "immunofixation_urine", "marrow_plasma_cells")
LIGHT_CHAINS = ("kappa_flc", "lambda_flc")
_KEY = {"origin": "observed", "source_id": "cohort", "arm": "cohort"}


@dataclass(frozen=True, slots=True)
class LineValues:
    """Marker values by line.

    Parameters
    ----------
    lines
        Columns subject, person_id, line, start_date, until, next_line, died.
    baseline
        Columns subject, test, value: what response is measured from.
    earlier
        Columns subject, day, test, value: some days before the start, up to day 0.
    later
        Columns subject, day, test, value: after day 0.
    chains
        Columns person_id, chain: kappa, lambda or null.
    """

    lines: pl.DataFrame
    baseline: pl.DataFrame
    earlier: pl.DataFrame
    later: pl.DataFrame
    chains: pl.DataFrame


def line_values(lines: pl.DataFrame, labs: pl.DataFrame, *, baseline_days: int = BASELINE_DAYS) -> LineValues:
    """Arrange laboratory values by line.

    Parameters
    ----------
    lines
        Columns person_id, line, start_date, until (start of the next line, or last day of observation), next_line and
        died (whether the next line, or death, comes then).
    labs
        Columns person_id, date, test, value, in house units.
    baseline_days
        How long before a start a baseline may lie.
    """
    lines = lines.sort("person_id", "line").with_row_index("subject")
    labs = labs.filter(pl.col("test").is_in([*MARKERS, *LIGHT_CHAINS])).select("person_id", "date", "test", "value")
    chains = _involved_chains(lines, labs, baseline_days)
    named = _by_involvement(labs, chains)
    rows = named.join(lines.select("person_id", "subject", "start_date", "until"), on="person_id")
    rows = rows.with_columns(day=(pl.col("date") - pl.col("start_date")).dt.total_days())
    rows = rows.filter((pl.col("day") >= -baseline_days) & (pl.col("date") <= pl.col("until")))
    rows = rows.select("subject", "day", "test", "value", "pair")
    wanted, is_later = ["subject", "day", "test", "value"], pl.col("day") > 0
    earlier, later = rows.filter(~is_later).select(wanted), rows.filter(is_later).select(wanted)
    return LineValues(lines, _baselines(rows), earlier, later, chains)


def _involved_chains(lines: pl.DataFrame, labs: pl.DataFrame, days: int) -> pl.DataFrame:
    """Find the involved chain of each patient from the first abnormal ratio, the one at the first baseline before."""
    pairs = _pairs(labs).join(lines.group_by("person_id").agg(first_start=pl.col("start_date").min()), on="person_id")
    ratio = pl.col("kappa_flc") / pl.col("lambda_flc")
    pairs = pairs.with_columns(
        chain=pl.when(ratio > IMWG_2016.flc_ratio_high)
        .then(pl.lit("kappa"))
        .when(ratio < IMWG_2016.flc_ratio_low)
        .then(pl.lit("lambda"))
    ).filter(pl.col("chain").is_not_null())
    away = (pl.col("date") - pl.col("first_start")).dt.total_days()
    pairs = pairs.with_columns(is_later=(away > 0) | (away < -days), gap=away.abs())
    return (
        pairs.sort("person_id", "is_later", "gap", "date", "chain")
        .unique("person_id", keep="first", maintain_order=True)
        .select("person_id", "chain")
    )


def _pairs(labs: pl.DataFrame) -> pl.DataFrame:
    kappa = labs.filter(pl.col("test") == "kappa_flc").select("person_id", "date", kappa_flc="value")
    lambda_ = labs.filter(pl.col("test") == "lambda_flc").select("person_id", "date", lambda_flc="value")
    return kappa.join(lambda_, on=["person_id", "date"])


def _by_involvement(labs: pl.DataFrame, chains: pl.DataFrame) -> pl.DataFrame:
    """Name light chains by involvement; kappa where nobody knows. `pair` is the involved value of the sample."""
    pairs = _pairs(labs).join(chains, on="person_id", how="left")
    is_lambda = (pl.col("chain") == "lambda").fill_null(False)
    pairs = pairs.with_columns(
        involved_flc=pl.when(is_lambda).then("lambda_flc").otherwise("kappa_flc"),
        uninvolved_flc=pl.when(is_lambda).then("kappa_flc").otherwise("lambda_flc"),
    )
    light = pairs.with_columns(pair=pl.col("involved_flc")).unpivot(
        ["involved_flc", "uninvolved_flc"],
        index=["person_id", "date", "pair"],
        variable_name="test",
        value_name="value",
    )
    others = labs.filter(~pl.col("test").is_in(LIGHT_CHAINS)).with_columns(pair=pl.col("value"))
    return pl.concat([others, light.select(others.columns)])


def _baselines(rows: pl.DataFrame) -> pl.DataFrame:
    """Choose the highest value up to day 0, else the earliest after it; light chains by their pair."""
    ranked = rows.with_columns(is_late=pl.col("day") > 0)
    order = pl.when(pl.col("is_late")).then(pl.col("day").cast(pl.Float64)).otherwise(-pl.col("pair"))
    ranked = ranked.with_columns(order=order).sort("subject", "test", "is_late", "order", "day", "value")
    return ranked.unique(["subject", "test"], keep="first", maintain_order=True).select("subject", "test", "value")


def subject_tables(values: LineValues, *, leave_out: pl.DataFrame | None = None) -> dict[str, pa.Table]:
    """Give the subject tables of all lines.

    Parameters
    ----------
    values
        Marker values by line.
    leave_out
        Columns subject, test: markers that are not looked at.
    """
    late = values.baseline.join(values.earlier, on=["subject", "test"], how="anti")
    start = late.select("subject", pl.lit(0, pl.Int64).alias("day"), "test", "value")
    rows = pl.concat([values.earlier, start, values.later])
    if leave_out is not None:
        rows = rows.join(leave_out, on=["subject", "test"], how="anti")
    rows = rows.sort("subject", "day", "test")
    count = values.lines.height
    chain = values.lines.select("person_id").join(values.chains, on="person_id", how="left", maintain_order="left")
    subjects = {field.name: pa.nulls(count, field.type) for field in SUBJECTS} | {
        **_KEY,
        "subject_id": np.arange(count),
        "replicate": 0,
        "sex": "unknown",
        "isotype": "unknown",
        "involved_light_chain": chain["chain"].to_arrow(),
        "result_code": 0,
    }
    labs = {
        **_KEY,
        "subject_id": rows["subject"].cast(pl.Int64).to_arrow(),
        "day": rows["day"].cast(pl.Float64).to_arrow(),
        "test": rows["test"].to_arrow(),
        "value": rows["value"].to_arrow(),
        "unit": rows["test"].replace_strict(TESTS, return_dtype=pl.String).to_arrow(),
    }
    return {
        "subjects": conform(subjects, SUBJECTS, name="subjects"),
        "labs": conform(labs, LABS, name="labs"),
        "events": conform(_events(values.lines), EVENTS, name="events"),
    }


def _events(lines: pl.DataFrame) -> dict[str, object]:
    day = (lines["until"] - lines["start_date"]).dt.total_days().to_numpy().astype(np.float64)
    everyone = np.arange(lines.height)
    followed, died = lines["next_line"].to_numpy(), lines["died"].to_numpy()
    who = [everyone, everyone[followed], everyone]
    names = [
        np.full(lines.height, "treatment_start"),
        np.full(int(followed.sum()), "next_therapy"),
        np.where(died, "death", "censored"),
    ]
    return {
        **_KEY,
        "subject_id": np.concatenate(who),
        "event": np.concatenate(names),
        "day": np.concatenate([np.zeros(lines.height), day[followed], day]),
        "line": np.concatenate(
            [np.ones(lines.height), np.full(int(followed.sum()), 2), np.ones(lines.height)]
        ).astype(int),
        "cause": "",
    }
