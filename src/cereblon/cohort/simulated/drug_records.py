"""Drug records as hospitals keep them: a fill for each cycle of capsules, a record for each injection."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa

from cereblon.cohort.simulated import concepts
from cereblon.cohort.simulated.records import numbered
from cereblon.cohort.simulated.subjects import SimulatedCohort
from cereblon.model.regimens.grid import StrategyGrid

_MOBILISATION_DAYS = range(-12, -6)  # before the transplant
_KINDS = {"oral": concepts.DISPENSED, "injection": concepts.ADMINISTERED}


def drug_records(cohort: SimulatedCohort, transplants: pl.DataFrame) -> pl.DataFrame:
    """Write the doses that were given as drug records.

    Of the ordered days of a cycle the first count as given; a cycle of capsules is one fill on its first day, of the
    strength nearest to the mean dose.

    Parameters
    ----------
    cohort
        Simulated.
    transplants
        Of `Records`; filgrastim stands before each.
    """
    given = _given(cohort.tables["exposures"], cohort.arms)
    oral = given.filter(pl.col("drug").is_in(list(concepts.STRENGTHS_MG)))
    injected = given.filter(pl.col("drug").is_in(list(concepts.INJECTIONS)))
    parts = [_fills(oral), _injections(injected, cohort.grids), _mobilisation(transplants)]
    order = ["person", "day", "line", "drug"]
    return numbered(pl.concat(part.select(_COLUMNS) for part in parts).sort(order))


_COLUMNS = (
    pl.col("person").cast(pl.Int64),
    pl.col("line").cast(pl.Int64),
    "drug",
    pl.col("day").cast(pl.Int64),
    pl.col("end_day").cast(pl.Int64),
    pl.col("supply_days").cast(pl.Int64),
    pl.col("quantity").cast(pl.Float64),
    pl.col("mg").cast(pl.Float64),
    pl.col("concept").cast(pl.Int64),
    "source_value",
    pl.col("kind").cast(pl.Int64),
    pl.col("route").cast(pl.Int64),
)


def _given(exposures: pa.Table, arms: tuple[str, ...]) -> pl.DataFrame:
    frame = pl.DataFrame(pl.from_arrow(exposures.select(list(_OF_EXPOSURES))))
    place = {name: number for number, name in enumerate(arms)}
    return (
        frame.with_columns(pl.col("arm", "drug").cast(pl.String))
        .filter(pl.col("given_doses") > 0)
        .with_columns(pl.col("arm").replace_strict(place, return_dtype=pl.Int64), pl.col("day").cast(pl.Int64))
        .rename({"subject_id": "person"})
    )


_OF_EXPOSURES = ("arm", "subject_id", "line", "cycle", "day", "drug", "given_doses", "given_mg")


def _fills(oral: pl.DataFrame) -> pl.DataFrame:
    products = {
        drug: [product for product in concepts.PRODUCTS if product.drug == drug] for drug in concepts.STRENGTHS_MG
    }
    dose = (oral["given_mg"] / oral["given_doses"]).to_numpy()
    concept, strength = np.zeros(len(oral), np.int64), np.zeros(len(oral))
    for drug, known in products.items():
        here = np.flatnonzero((oral["drug"] == drug).to_numpy())
        sizes = np.array([product.strength_mg for product in known])
        nearest = np.abs(dose[here][:, None] - sizes).argmin(axis=1)
        concept[here] = np.array([product.concept for product in known])[nearest]
        strength[here] = sizes[nearest]
    names = {product.concept: product.name for product in concepts.PRODUCTS}
    doses = pl.col("given_doses").round()
    return oral.with_columns(
        concept=pl.Series(concept),
        mg=pl.Series(strength) * oral["given_doses"].round(),
        supply_days=doses,
        quantity=doses,
    ).with_columns(
        end_day=pl.col("day") + pl.col("supply_days").cast(pl.Int64) - 1,
        source_value=pl.col("concept").replace_strict(names, return_dtype=pl.String),
        kind=pl.lit(_KINDS["oral"]),
        route=pl.lit(concepts.ORAL_ROUTE),
    )


def _injections(injected: pl.DataFrame, grids: tuple[StrategyGrid, ...]) -> pl.DataFrame:
    frame = injected.join(_ordered_days(injected, grids), on=["arm", "line", "cycle", "drug"], how="left")
    frame = frame.with_columns(pl.col("offsets").list.head(pl.col("given_doses").round().cast(pl.UInt32)))
    frame = frame.with_columns(mg=pl.col("given_mg") / pl.col("offsets").list.len()).explode("offsets")
    frame = frame.with_columns(day=pl.col("day") + pl.col("offsets"))
    codes = {drug: code for drug, (code, _) in concepts.INJECTIONS.items()}
    amounts = {drug: amount for drug, (_, amount) in concepts.INJECTIONS.items()}
    drug = pl.col("drug")
    return frame.with_columns(
        end_day=pl.col("day"),
        supply_days=pl.lit(1),
        quantity=(pl.col("mg") / drug.replace_strict(amounts, return_dtype=pl.Float64)).ceil(),
        concept=drug.replace_strict(concepts.INGREDIENTS, return_dtype=pl.Int64),
        source_value=drug.replace_strict(codes, return_dtype=pl.String),
        kind=pl.lit(_KINDS["injection"]),
        route=pl.when(drug == "bortezomib").then(concepts.SUBCUTANEOUS).otherwise(concepts.INTRAVENOUS),
    )


def _ordered_days(injected: pl.DataFrame, grids: tuple[StrategyGrid, ...]) -> pl.DataFrame:
    """Give the days of a cycle, from 0, on which a drug is ordered."""
    from cereblon.model.drugs import DRUGS

    names = list(DRUGS)
    wanted = injected.select("arm", "line", "cycle", "drug").unique()
    offsets = []
    for arm, line, cycle, drug in wanted.iter_rows():
        grid = grids[arm]
        last = int(grid.n_cycles[line - 1]) - 1
        template = int(grid.cycle_template[line - 1, min(cycle - 1, last)])
        offsets.append(np.flatnonzero(grid.template_dose[template, :, names.index(drug)]).tolist())
    return wanted.with_columns(offsets=pl.Series(offsets, dtype=pl.List(pl.Int64)))


def _mobilisation(transplants: pl.DataFrame) -> pl.DataFrame:
    frame = transplants.with_columns(offset=pl.lit(list(_MOBILISATION_DAYS))).explode("offset")
    return frame.with_columns(
        day=pl.col("day") + pl.col("offset"),
        end_day=pl.col("day") + pl.col("offset"),
        line=pl.lit(0),
        drug=pl.lit("filgrastim"),
        supply_days=pl.lit(1),
        quantity=pl.lit(1.0),
        mg=pl.lit(0.48),
        concept=pl.lit(concepts.FILGRASTIM),
        source_value=pl.lit("filgrastim 480 ug"),
        kind=pl.lit(concepts.ADMINISTERED),
        route=pl.lit(concepts.SUBCUTANEOUS),
    )
