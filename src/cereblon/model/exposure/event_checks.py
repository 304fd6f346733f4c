"""What in an event data set the model cannot honour, by line and column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cereblon.core.bounds import BOUNDS
from cereblon.model.drugs.patient import covariate_problem
from cereblon.model.exposure.dose_bounds import LEAST_POSSIBLE_MG, MOST_POSSIBLE_MG, dose_bounds_mg
from cereblon.model.exposure.event_table import EventTable

MOST_DOSES = 2_000_000
"""Doses that ADDL may stand for in all; beyond, a slip is likelier than a wish."""
LONGEST_HOURS = 100.0 * 365.25 * 24.0
"""Hours of a life; beyond, TIME is in another unit or a date."""


def covariate_problems(covariate: str, values: NDArray[np.float64], place: Callable[[int], str]) -> list[str]:
    """Say where a covariate cannot be; missing values are told elsewhere."""
    wrong = {
        value: problem
        for value in np.unique(values[~np.isnan(values)]).tolist()
        if (problem := covariate_problem(covariate, value)) is not None
    }
    return (
        [f"{place(row)}: {wrong[value]}" for row, value in enumerate(values.tolist()) if value in wrong]
        if wrong
        else []
    )


def value_doubts(table: EventTable, where: str) -> list[str]:
    """Say which doses and times between doses can hardly be what they are given as."""
    low, high = dose_bounds_mg(table.kinetics)
    between, mg, each = BOUNDS["time between doses"], table.mg, table.every_h
    odd = table.is_dose & (mg > 0.0) & ((mg < low) | (mg > high))
    repeated = table.is_dose & ((table.more > 0) | (table.steady > 0)) & (each > 0.0)
    seldom = repeated & ((each < between.low) | (each > between.high))
    drug, hours = table.kinetics.drug, f"{between.low:g} to {between.high:g} h ({between.reason})"
    return [
        f"{where}, line {table.line[row]}, {column}: {values[row]:g} {why}"
        for column, values, wrong, why in (
            ("AMT", mg, odd, f"is outside {low:.3g} to {high:.3g} mg of {drug}; is it in mg?"),
            ("II", each, seldom, f"h is outside {hours}; is it in hours?"),
        )
        for row in np.flatnonzero(wrong)
    ]


def value_problems(table: EventTable, where: str) -> list[str]:
    """Say which doses and steady states cannot be honoured."""
    kinetics, dose = table.kinetics, table.is_dose
    lag = kinetics.values.get("lag", 0.0) * 24.0
    steady = dose & (table.steady > 0)
    each = table.every_h
    values: dict[str, NDArray[Any]] = {
        "AMT": table.mg,
        "RATE": table.mg / np.where(table.infusion_h > 0.0, table.infusion_h, 1.0),
    }
    values |= {"ADDL": table.more, "II": each, "SS": table.steady}
    checks: list[tuple[str, NDArray[np.bool_], str]] = [
        ("AMT", dose & ~(table.mg > 0.0), "is no dose; infusions without end are not done"),
        (
            "AMT",
            dose & (table.mg > 0.0) & ((table.mg < LEAST_POSSIBLE_MG) | (table.mg > MOST_POSSIBLE_MG)),
            f"is outside {LEAST_POSSIBLE_MG:g} to {MOST_POSSIBLE_MG:g} mg, and no option accepts it",
        ),
        (
            "RATE",
            dose & table.absorbed & (table.infusion_h > 0.0),
            "infuses into the depot; infusions go into the centre",
        ),
        ("ADDL", dose & (table.more > 0) & ~(each > 0.0), "further doses need II above 0"),
        ("II", each < 0.0, "is negative"),
        ("II", dose & (each > LONGEST_HOURS), "h is more than 100 years; is it in hours?"),
        ("SS", steady & (table.steady > 2), "is not one of 0, 1, 2"),
        (
            "SS",
            steady & (not kinetics.linear),
            f"asks for a steady state, which {kinetics.drug} has not: its elimination changes with time",
        ),
        ("II", steady & ~(each > 0.0), "is no interval; a steady state needs the time between doses"),
        (
            "SS",
            steady & (each > 0.0) & (table.infusion_h > each * (1.0 + 1e-9)),
            "asks for the steady state of an infusion that is longer than II",
        ),
        (
            "II",
            steady & table.absorbed & (each > 0.0) & (lag >= each),
            f"is shorter than the lag of absorption, {lag:g} h",
        ),
    ]
    far = table.hours > LONGEST_HOURS
    problems = [
        f"{where}, line {row}, TIME: {hours:g} h is more than 100 years; is it in another unit, or a date?"
        for row, hours in zip(table.line[far].tolist(), table.hours[far].tolist(), strict=True)
    ]
    last = table.hours + table.more * each
    checks.append(("ADDL", dose & (last > LONGEST_HOURS) & ~far, "further doses with this II go on for 100 years"))
    problems += [
        f"{where}, line {table.line[row]}, {column}: {values[column][row]:g} {why}"
        for column, wrong, why in checks
        for row in np.flatnonzero(wrong)
    ]
    if float(table.more[dose].sum()) > MOST_DOSES:
        problems.append(f"{where}, ADDL: stands for more than {MOST_DOSES:,} further doses")
    return problems
