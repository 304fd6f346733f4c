"""The patients of a built cohort as a target trial sees them: covariates, treatment and outcome from time zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from cereblon.cohort.known_before import age_at, last_values
from cereblon.cohort.marker_baselines import BASELINE_DAYS
from cereblon.cohort.regimen_names import need_regimens
from cereblon.cohort.target_trial.logistic import Bools, Floats
from cereblon.cohort.target_trial.protocol import TargetTrial
from cereblon.core.errors import InputError


@dataclass(frozen=True, slots=True)
class AtZero:
    """Eligible patients, one row each.

    Parameters
    ----------
    person
        Names.
    entry, time
        Days from time zero at which observation begins, and of outcome or censoring.
    event
        Whether the outcome came.
    treated
        Whether the line has a regimen of the strategy above the line; all false for maintenance.
    maintenance
        Day on which maintenance began, infinite without.
    design, names
        Covariates and their names; a missing value is the mean, with a column that says so.
    attrition
        Step and patients left.
    """

    person: tuple[str, ...]
    entry: Floats
    time: Floats
    event: Bools
    treated: Bools
    maintenance: Floats
    design: Floats
    names: tuple[str, ...]
    attrition: tuple[tuple[str, int], ...]


def patients_at_zero(tables: Mapping[str, pl.DataFrame], trial: TargetTrial) -> AtZero:
    """Find who is eligible, and what was known and happened.

    Parameters
    ----------
    tables
        Of a built cohort: persons, lines, labs, responses, progression.
    trial
        The target trial.

    Raises
    ------
    InputError
        If fewer than two patients of a strategy are left.
    UnknownNameError
        If there is no regimen of a name.
    """
    need_regimens([*trial.strategy.regimens, *trial.versus.regimens], tables["lines"]["regimen"].unique())
    steps: list[tuple[str, int]] = []
    rows = _eligible(tables, trial, steps)
    rows = _with_outcome(rows, tables, trial)
    rows = rows.filter((pl.col("time") > pl.col("entry")) & (pl.col("time") > 0))
    steps.append(("observed beyond time zero", rows.height))
    treated = rows["regimen"].is_in(list(trial.strategy.regimens)).to_numpy()
    begun = rows["maintenance"].to_numpy()
    above = treated if trial.time_zero == "line" else np.isfinite(begun)
    for label, count in ((trial.strategy.label, int(above.sum())), (trial.versus.label, int((~above).sum()))):
        if count < 2:
            kept = "\n".join(f"{step}: {left:,}" for step, left in steps)
            raise InputError(f"{trial.title}: {count} eligible patients with {label}\n{kept}")
    design, names = _design(rows, tables["labs"], trial.covariates)
    return AtZero(
        person=tuple(rows["person_id"]),
        entry=np.maximum(rows["entry"].to_numpy(), 0.0),
        time=rows["time"].to_numpy(),
        event=rows["event"].to_numpy(),
        treated=treated,
        maintenance=begun,
        design=design,
        names=names,
        attrition=tuple(steps),
    )


def _eligible(tables: Mapping[str, pl.DataFrame], trial: TargetTrial, steps: list[tuple[str, int]]) -> pl.DataFrame:
    wanted = trial.eligibility
    lines = tables["lines"].with_columns(next_start=pl.col("start_date").shift(-1).over("person_id", order_by="line"))
    rows = lines.filter(pl.col("line") == wanted.line).join(tables["persons"], on="person_id", suffix="_person")
    steps.append((f"with line {wanted.line}", rows.height))
    if trial.time_zero == "line":
        regimens = [*trial.strategy.regimens, *trial.versus.regimens]
        rows = rows.filter(pl.col("regimen").is_in(regimens)).with_columns(zero=pl.col("start_date"))
        steps.append((f"with {' or '.join(regimens)}", rows.height))
    else:
        rows = rows.filter(pl.col("transplant_date").is_not_null()).with_columns(zero=pl.col("transplant_date"))
        steps.append(("transplanted within it", rows.height))
    rows = rows.with_columns(age=age_at("zero")).filter(pl.col("age").is_between(wanted.youngest, wanted.oldest))
    steps.append((f"{wanted.youngest} to {wanted.oldest} years old", rows.height))
    rows = rows.filter(pl.col("zero").dt.year().is_between(wanted.first_year, wanted.last_year))
    if wanted.years_in_words:
        steps.append((wanted.years_in_words, rows.height))
    return rows


def _with_outcome(rows: pl.DataFrame, tables: Mapping[str, pl.DataFrame], trial: TargetTrial) -> pl.DataFrame:
    key = ["person_id", "line"]
    progression = tables["progression"].filter(pl.col("estimand") == trial.progression)
    rows = rows.join(progression.select(*key, progression_date="date"), on=key, how="left")
    reading = "strict" if trial.progression == "strict" else "relaxed"
    responses = tables["responses"].filter(pl.col("estimand") == reading)
    rows = rows.join(responses.select(*key, "last_assessment_date"), on=key, how="left")
    ends = {"progression": "progression_date", "next_line": "next_start"}
    dates = [ends[trial.outcome]] if trial.outcome in ends else []
    event = pl.min_horizontal(*dates, "death_date")
    last = "last_assessment_date" if trial.outcome == "progression" else "last_date"
    until = pl.coalesce(event, last, "zero")

    def days(column: pl.Expr) -> pl.Expr:
        return (column - pl.col("zero")).dt.total_days().cast(pl.Float64)

    return rows.with_columns(
        time=days(until),
        event=event.is_not_null(),
        entry=days(pl.col("entry_date")),
        maintenance=days(pl.col("maintenance_start")).fill_null(np.inf),
    ).sort("person_id")


def _design(rows: pl.DataFrame, labs: pl.DataFrame, covariates: Sequence[str]) -> tuple[Floats, tuple[str, ...]]:
    """Give covariates as columns; a value of the laboratory is the last within 90 days up to time zero."""
    own = rows.with_columns(
        male=(pl.col("sex") == "male").cast(pl.Float64),
        year=pl.col("zero").dt.year().cast(pl.Float64),
        days_since_diagnosis=(pl.col("zero") - pl.col("diagnosis_date")).dt.total_days(),
    )
    measured = last_values(labs, rows.select("person_id", "zero"), days=BASELINE_DAYS)
    columns, names = [], []
    for name in covariates:
        if name in own.columns:
            values = own[name].cast(pl.Float64).to_numpy()
        else:
            last = measured.filter(pl.col("test") == name).drop("test")
            known = rows.select("person_id").join(last, on="person_id", how="left", maintain_order="left")
            values = known["value"].cast(pl.Float64).to_numpy()
        missing = np.isnan(values)
        if missing.all():
            raise InputError(f"covariate {name}: nobody has a value", hint="leave it out")
        columns.append(np.where(missing, values[~missing].mean(), values))
        names.append(name)
        if missing.any():
            columns.append(missing.astype(np.float64))
            names.append(f"{name} missing")
    return np.column_stack(columns), tuple(names)
