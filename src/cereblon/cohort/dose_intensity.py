"""Dose intensity in the lines of a built cohort: mg per week of each drug, where amounts are known."""

from __future__ import annotations

import polars as pl

from cereblon.cohort.folder import CohortTables
from cereblon.cohort.line_outcomes import line_groups
from cereblon.cohort.treatment_concepts import TreatmentConcepts, with_additions
from cereblon.core.rows import Row

_BY_MOUTH_OR_VEIN = frozenset({"alkylator", "steroid"})
"""Classes whose drugs are given either way, so that nothing tells how long a dose lasts."""


def dose_rows(built: CohortTables, *, fewest: int | None = None) -> list[Row]:
    """Give the mg per week of each drug, of all lines and by regimen: median and quartiles over lines.

    What is dispensed lasts as long as its fills cover; what is injected lasts until the next time, the last dose as
    long as those before it on average. A stretch of a drug counts in the line in which it begins. Lines in which an
    amount is unknown do not count.

    Parameters
    ----------
    built
        The cohort.
    fewest
        Lines that a number rests on at least; the small-cell limit of the definition unless given.

    Returns
    -------
        Rows with arm, drug, value, low, high, unit, n and method.
    """
    limit = built.definition.small_cell if fewest is None else fewest
    eras = _weekly(built.frame("eras"), with_additions(built.definition.concepts))
    rows: list[Row] = []
    for name, lines in line_groups(built, fewest=limit):
        spans = lines.select("person_id", "line", begin="start_date", end="end_date")
        within = spans.join(eras, on="person_id").filter(
            pl.col("start_date").is_between(pl.col("begin"), pl.col("end"))
        )
        each = within.group_by("person_id", "line", "drug").agg(
            weekly=7 * pl.col("given_mg").sum() / pl.col("lasts").sum(),
            is_known=(pl.col("given_mg").is_not_null() & pl.col("lasts").is_not_null()).all(),
        )
        found = (
            each.filter("is_known")
            .group_by("drug")
            .agg(
                value=pl.col("weekly").median(),
                low=pl.col("weekly").quantile(0.25, "linear"),
                high=pl.col("weekly").quantile(0.75, "linear"),
                n=pl.len(),
            )
        )
        kept = found.filter(pl.col("n") >= max(limit, 1)).sort("drug")
        rows += [{"arm": name, **row, "unit": "mg/week", "method": _METHOD} for row in kept.to_dicts()]
    return [{key: row[key] for key in DOSE_COLUMNS} for row in rows]


DOSE_COLUMNS = ("arm", "drug", "value", "low", "high", "unit", "n", "method")
_METHOD = "median and quartiles over lines with every amount known"


def _weekly(eras: pl.DataFrame, concepts: TreatmentConcepts) -> pl.DataFrame:
    """Give how many days each stretch of a drug lasts; null where that cannot be told."""
    filled = [name for name, drug in concepts.drugs.items() if drug.cycle_fill]
    injected = [
        name
        for name, drug in concepts.drugs.items()
        if drug.hcpcs_mg and not drug.cycle_fill and drug.drug_class not in _BY_MOUTH_OR_VEIN
    ]
    between = (pl.col("end_date") - pl.col("start_date")).dt.total_days()
    times = pl.col("exposures")
    return eras.filter(pl.col("drug").is_in([*filled, *injected])).with_columns(
        lasts=pl.when(pl.col("drug").is_in(filled))
        .then(between + 1.0)
        .when((times > 1) & (between > 0))
        .then(between * times / (times - 1))
    )
