"""Examples damaged, built and set beside their truth."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import polars as pl

from cereblon.cohort.building import build_cohort
from cereblon.cohort.definition import find_definition
from cereblon.cohort.scoring import Found, found_in, matched_lines, read_otherwise, score_cohort
from cereblon.cohort.simulated.dirt import read_rates
from cereblon.cohort.simulated.example import CleanExample, clean_example, damaged_example
from cereblon.cohort.simulated.writing import write_example
from cereblon.cohort.source import open_source

ESTIMAND = "relaxed"


@dataclass(frozen=True)
class Built:
    """A damaged example, as it was built and as it is true.

    Parameters
    ----------
    found
        Of the builder.
    truth, true_labs
        Lines and values of the example.
    labs
        Values that the builder read.
    """

    found: Found
    truth: pl.DataFrame
    true_labs: pl.DataFrame
    labs: pl.DataFrame

    @cached_property
    def scores(self) -> dict[str, float]:
        """All scores, by name."""
        return score_cohort(self.found, self.truth, self.true_labs, estimand=ESTIMAND)


clean = cache(clean_example)
"""An example before damage, made once in a run."""


def built(example: CleanExample, dirt: str | Mapping[str, float], rules: str, *, seed: int) -> Built:
    """Damage an example, and build it by some rules of lines.

    Parameters
    ----------
    example
        Before damage.
    dirt
        Preset, or rates by kind.
    rules
        Name of a preset.
    seed
        Of the damage.
    """
    made = damaged_example(example, read_rates(dirt), seed=seed, made_by="scripts.cohort_scores")
    with tempfile.TemporaryDirectory() as folder:
        write_example(Path(folder) / "example", made, form="parquet", about={})
        definition = find_definition("treated").model_copy(update={"line_rules": rules})
        cohort = build_cohort(open_source(Path(folder) / "example" / "omop"), definition)
    found = found_in({name: cohort.frame(name) for name in ("persons", "lines", "responses", "progression")})
    truth, labs = (pl.DataFrame(pl.from_arrow(one)) for one in (made.truth, made.truth_labs))
    return Built(found, truth, labs, cohort.frame("labs"))


def whole(example: CleanExample, dirt: str, rules: str, *, seed: int) -> dict[str, Any]:
    """Score an example, and say what keeps the response to first lines from being read.

    Parameters
    ----------
    example, dirt, rules, seed
        As of `built`.

    Returns
    -------
        `scores`; `gone`, the share of first lines of which no drug is on record; `responders`, the share of true
        responses that are partial or better; and `causes` with how many were not judged, and judged otherwise.
    """
    one = built(example, dirt, rules, seed=seed)
    first = one.truth.filter((pl.col("line") == 1) & (pl.col("best_response") != "NE"))
    shares = first.select(
        gone=(~pl.col("on_record")).mean(),
        responders=pl.col("best_response").is_in(["sCR", "CR", "VGPR", "PR"]).mean(),
    )
    return {"scores": one.scores, **shares.row(0, named=True), "causes": _causes(one)}


def _causes(one: Built) -> list[dict[str, Any]]:
    """Count first lines whose response was read otherwise than it is true, by the first cause that applies."""
    seen = one.labs.group_by("person_id").agg(
        first_value=pl.col("date").min(),
        first_marker=pl.col("date").filter(pl.col("test").is_in(["kappa_flc", "lambda_flc"])).min(),
        first_protein=pl.col("date").filter((pl.col("test") == "m_protein") & (pl.col("value") >= 10)).min(),
    )
    rows = read_otherwise(matched_lines(one.found, one.truth, ESTIMAND)).join(seen, on="person_id", how="left")
    start = pl.col("start_date")
    before = (pl.min_horizontal("first_marker", "first_protein") <= start).fill_null(False)
    overlapping = pl.col("found_line").is_null() | (pl.col("found_line") != pl.col("line"))
    cause = (
        pl.when(~pl.col("on_record"))
        .then(pl.lit("no drug of the line is recorded"))
        .when(pl.col("first_value").is_null() | (pl.col("first_value") > start))
        .then(pl.lit("the records begin after the treatment"))
        .when(~before)
        .then(pl.lit("no measurable marker is recorded before treatment"))
        .when(overlapping)
        .then(pl.lit("the line was merged with another, or split"))
        .otherwise(pl.lit("values are wrong or rare"))
    )
    counted = rows.group_by(cause=cause).agg(
        not_judged=(pl.col("read") == "NE").sum(), judged=(pl.col("read") != "NE").sum()
    )
    return counted.sort("not_judged", "judged", descending=True).to_dicts()
