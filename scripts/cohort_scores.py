"""Score the builder of cohorts: `python -m scripts.cohort_scores [PATIENTS [ALONE]]` writes docs/reference/cohort.md.

Simulates one example, damages it in every way, builds each and sets it beside the truth and the goals. With 5,000
patients it takes about half an hour on two quiet cores; ALONE, a smaller number of patients for the kinds of dirt one
by one, takes most of that away.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import polars as pl

from cereblon.cohort.building import build_cohort
from cereblon.cohort.definition import find_definition
from cereblon.cohort.scoring import (
    SCORES,
    Found,
    coverage,
    found_in,
    matched_lines,
    median_months,
    progression_free,
    read_otherwise,
    score_cohort,
    true_progression_free,
)
from cereblon.cohort.simulated.dirt import KINDS, read_rates
from cereblon.cohort.simulated.example import CleanExample, clean_example, damaged_example
from cereblon.cohort.simulated.writing import write_example
from cereblon.cohort.source import open_source
from cereblon.cohort.target_trial.clone_censor import Candidates, at_landmark, cloned, naive
from cereblon.cohort.target_trial.effects import effect_of
from scripts.reference_pages.markdown import table

PAGE = Path("docs/reference/cohort.md")
PATIENTS, SEED, OF_ONE_SAMPLE, FEWEST_SAMPLES = 5000, 1, 100, 20
ASKED_KAPPA, FEWEST_MISSED = 0.83, 0.10
PLANTED, SAMPLES, GRACE, LANDMARK, HORIZON = 0.6, 12, 180.0, 100.0, 1095.0
ALONE = (
    "exact",
    "ceiling",
    "exact_identifiable",
    "one_line_exact",
    "progression_exact",
    "evaluable",
    "response_kappa",
    "response_ceiling",
    "depth_kappa",
    "median_error",
)
Scored = tuple[dict[str, float], Found, pl.DataFrame, pl.DataFrame, pl.DataFrame]


def planted_patients(seed: int, count: int = 4000) -> Candidates:
    """Draw patients of whom the fitter begin maintenance sooner, which takes the hazard down to 0.6 of what it was.

    The planted ratio holds from the day on which maintenance begins, in days 5 to 180; few have the outcome before.
    """
    dice = np.random.default_rng(seed)
    frailty, due, waits = dice.normal(size=count), dice.exponential(size=count), dice.exponential(size=count)
    hazard = 0.0002 * np.exp(0.3 * frailty)
    start = 5 + waits / (0.008 * np.exp(-0.5 * frailty))
    start = np.where(start <= GRACE, start, np.inf)
    before = np.where(np.isfinite(start), hazard * start, np.inf)
    after = start + (due - np.where(np.isfinite(before), before, 0)) / (PLANTED * hazard)
    time = np.where(due < before, due / hazard, after)
    end = dice.uniform(3600, 6000, size=count)
    return Candidates(np.minimum(time, end), time <= end, start, frailty[:, None])


def scored(clean: CleanExample, dirt: str | Mapping[str, float], rules: str, estimand: str = "relaxed") -> Scored:
    """Damage an example, build it and score what was built."""
    made = damaged_example(clean, read_rates(dirt), seed=SEED, made_by="scripts.cohort_scores")
    with tempfile.TemporaryDirectory() as folder:
        write_example(Path(folder) / "example", made, form="parquet", about={})
        definition = find_definition("treated").model_copy(update={"line_rules": rules})
        built = build_cohort(open_source(Path(folder) / "example" / "omop"), definition)
    found = found_in({name: built.frame(name) for name in ("persons", "lines", "responses", "progression")})
    truth, labs = (pl.DataFrame(pl.from_arrow(one)) for one in (made.truth, made.truth_labs))
    return score_cohort(found, truth, labs, estimand=estimand), found, truth, labs, built.frame("labs")


def page(patients: int, alone: int) -> Iterator[str]:
    """Write the page, part by part.

    Parameters
    ----------
    patients
        Of the example.
    alone
        Of the example that each kind of dirt is added to by itself.
    """
    clean = clean_example(patients, seed=SEED)
    yield _HEAD.format(patients=patients, seed=SEED)
    wholes = {
        (dirt, rules): scored(clean, dirt, rules)
        for dirt in ("clean", "published")
        for rules in ("imwg2015", "ohdsi_mm")
    }
    yield table(
        ["score", *(f"{dirt}, {rules}" for dirt, rules in wholes), "meaning"],
        [[f"`{name}`", *(_number(one[0][name]) for one in wholes.values()), said] for name, said in SCORES.items()],
    )
    by_imwg = {dirt: wholes[dirt, "imwg2015"] for dirt in ("clean", "published")}
    covered = _coverages(by_imwg, patients)
    yield _covered(covered, patients)
    planted = _planted_logs()
    yield _GOALS.format(patients=patients, error=0.5 / np.sqrt(patients))
    yield table(
        ["goal", "measured", "met"],
        goal_rows({dirt: one[0] for dirt, one in by_imwg.items()}, covered, planted, _samples(patients)),
    )
    yield _why(by_imwg["published"][0], by_imwg["published"][2])
    yield from _otherwise(*by_imwg["published"][1:3], by_imwg["published"][4])
    yield _ALONE.format(patients=alone, seed=SEED)
    fewer = clean if alone == patients else clean_example(alone, seed=SEED)
    kinds = {kind: {kind: known.rate} for kind, known in KINDS.items()} | {
        "death_missed, from the record alone": {"death_missed": 0.34}
    }
    rows = []
    for name, rates in kinds.items():
        scores = scored(fewer, rates, "imwg2015")[0]
        rows.append([f"{name} ({next(iter(rates.values())):g})", *(_number(scores[one]) for one in ALONE)])
    yield table(["dirt (rate)", *(f"`{one}`" for one in ALONE)], rows)
    yield _planted(planted)


def goal_rows(
    scores: Mapping[str, Mapping[str, float]],
    covered: Mapping[str, float],
    planted: Mapping[str, np.ndarray],
    samples: int,
) -> list[list[str]]:
    """Set what was asked for beside what was measured, with rules `imwg2015`.

    Parameters
    ----------
    scores
        Of the clean and the published example.
    covered
        Share of the intervals that hold the true median, by example.
    planted
        Logarithms of the hazard ratios of the samples, by analysis.
    samples
        Of which the intervals were counted; fewer than 20 tell nothing.
    """
    clean, dirty = scores["clean"], scores["published"]
    off = {name: float(logs.mean() - np.log(PLANTED)) for name, logs in planted.items()}
    asked = [
        ("clean: lines exact in at least 0.99", clean["exact"], clean["exact"] >= 0.99),
        (
            "clean: day of progression exact in at least 0.99",
            clean["progression_exact"],
            clean["progression_exact"] >= 0.99,
        ),
        (
            "published: exact in at least 0.92 of the patients whose lines the records show",
            dirty["exact_identifiable"],
            dirty["exact_identifiable"] >= 0.92,
        ),
        (
            "published: over all within 0.03 of the ceiling",
            dirty["ceiling"] - dirty["exact"],
            dirty["ceiling"] - dirty["exact"] <= 0.03,
        ),
        (
            "published: kappa of partial response or better at least 0.83",
            dirty["response_kappa"],
            dirty["response_kappa"] >= 0.83,
        ),
        ("published: kappa of depth at least 0.65", dirty["depth_kappa"], dirty["depth_kappa"] >= 0.65),
        ("published: median within 0.05 of the true one", dirty["median_error"], abs(dirty["median_error"]) <= 0.05),
        (
            "published: 90 % intervals hold the true median in 0.85 to 0.95",
            covered["published"],
            0.85 <= covered["published"] <= 0.95,
        ),
        ("planted ratio: logarithm off by at most 0.05", off[_CLONED], abs(off[_CLONED]) <= 0.05),
        ("planted ratio: the naive analysis is off by more", off[_NAIVE], abs(off[_NAIVE]) > 0.05),
    ]
    rows = [[goal, _number(value), "yes" if met else "**no**"] for goal, value, met in asked]
    for row in rows:
        ceiling = next((dirty[name] for words, name in _CEILINGS.items() if words in row[0]), np.inf)
        row[2] += f"; of a perfect reader {_number(ceiling)}" if row[2] != "yes" and np.isfinite(ceiling) else ""
    if samples < FEWEST_SAMPLES:
        rows = [[*row[:2], f"{samples} samples are too few"] if "intervals" in row[0] else row for row in rows]
    return rows


_CEILINGS = {"kappa of partial response": "response_ceiling", "kappa of depth": "depth_ceiling"}


def _number(value: float) -> str:
    return f"{value:.3f}" if np.isfinite(value) else "none"


def _samples(patients: int) -> int:
    return max(patients // OF_ONE_SAMPLE, 2)


def _coverages(wholes: Mapping[str, Scored], patients: int) -> dict[str, float]:
    samples = _samples(patients)
    shares = {}
    for dirt, (_, found, truth, labs, _) in wholes.items():
        true = median_months(true_progression_free(truth, labs))[0]
        shares[dirt] = coverage(progression_free(found, "relaxed"), true, samples=samples, seed=SEED)
    return shares


def _why(scores: Mapping[str, float], truth: pl.DataFrame) -> str:
    first = truth.filter((pl.col("line") == 1) & (pl.col("best_response") != "NE"))
    gone = 1 - float(first["on_record"].mean() or 0.0)  # type: ignore[arg-type]
    responders = float(first["best_response"].is_in(["sCR", "CR", "VGPR", "PR"]).mean() or 0.0)  # type: ignore[arg-type]
    return _WHY.format(
        gone=100 * gone,
        ceiling=scores["response_ceiling"],
        depth=scores["depth_ceiling"],
        measured=scores["response_kappa"],
        depth_measured=scores["depth_kappa"],
        on_record=scores["response_kappa_on_record"],
        judged=scores["response_kappa_evaluable"],
        responders=100 * responders,
        asked=ASKED_KAPPA,
        at_most=100 * (1 - read_share(ASKED_KAPPA, responders)),
        of_fewest=kappa_of(1 - FEWEST_MISSED, responders),
        fewest=100 * FEWEST_MISSED,
    )


def kappa_of(read: float, responders: float) -> float:
    """Give the kappa of who reads a share of lines right and none of the others.

    Parameters
    ----------
    read
        Share of lines that are read, as many of those with a response as of the others.
    responders
        Share of lines with a partial response or better.
    """
    chance = read * (responders**2 + (1 - responders) ** 2)
    return (read - chance) / (1 - chance)


def read_share(kappa: float, responders: float) -> float:
    """Give the share of lines that must be read for a kappa; the other way round of `kappa_of`."""
    chance = responders**2 + (1 - responders) ** 2
    return kappa / (1 - chance + kappa * chance)


def _otherwise(found: Found, truth: pl.DataFrame, labs: pl.DataFrame) -> Iterator[str]:
    """Count first lines whose response was read otherwise than it is true, by the first cause that applies."""
    seen = labs.group_by("person_id").agg(
        first_value=pl.col("date").min(),
        first_marker=pl.col("date").filter(pl.col("test").is_in(["kappa_flc", "lambda_flc"])).min(),
        first_protein=pl.col("date").filter((pl.col("test") == "m_protein") & (pl.col("value") >= 10)).min(),
    )
    rows = read_otherwise(matched_lines(found, truth, "relaxed")).join(seen, on="person_id", how="left")
    start = pl.col("start_date")
    before = (pl.min_horizontal("first_marker", "first_protein") <= start).fill_null(False)
    overlapping = pl.col("found_line").is_null() | (pl.col("found_line") != pl.col("line"))
    cause = (
        pl.when(~pl.col("on_record"))
        .then(pl.lit("no drug of the line is on record"))
        .when(pl.col("first_value").is_null() | (pl.col("first_value") > start))
        .then(pl.lit("the records begin after treatment has"))
        .when(~before)
        .then(pl.lit("no measurable marker before treatment is on record"))
        .when(overlapping)
        .then(pl.lit("the line was taken together with another, or divided"))
        .otherwise(pl.lit("values are damaged or rare"))
    )
    counted = rows.group_by(cause=cause).agg(
        judged=(pl.col("read") != "NE").sum(), not_judged=(pl.col("read") == "NE").sum()
    )
    yield _OTHERWISE
    yield table(
        ["cause", "not judged", "judged otherwise"],
        [
            [row["cause"], str(row["not_judged"]), str(row["judged"])]
            for row in counted.sort("not_judged", "judged", descending=True).to_dicts()
        ],
    )


def _covered(covered: Mapping[str, float], patients: int) -> str:
    samples = _samples(patients)
    shares = [f"{dirt} {100 * share:.0f} %" for dirt, share in covered.items()]
    return (
        f"\nThe 90 % interval of median progression-free survival, of {samples} samples of about {OF_ONE_SAMPLE}\n"
        f"patients each, holds the true median of all: {', '.join(shares)}.\n"
    )


_CLONED, _NAIVE = "copied, censored and weighed", "naive: began or not, from time zero"


def _planted_logs() -> dict[str, np.ndarray]:
    drawn = [planted_patients(seed) for seed in range(SAMPLES)]
    ways = {
        _CLONED: [cloned(one, grace=GRACE) for one in drawn],
        f"landmark at day {LANDMARK:g}, unweighted": [at_landmark(one, LANDMARK)[0] for one in drawn],
        _NAIVE: [naive(one) for one in drawn],
    }
    return {
        name: np.array([effect_of(one, HORIZON).log_hazard_ratio for one in samples])
        for name, samples in ways.items()
    }


def _planted(planted: Mapping[str, np.ndarray]) -> str:
    rows = []
    for name, logs in planted.items():
        error = logs.std(ddof=1) / np.sqrt(len(logs))
        off = logs.mean() - np.log(PLANTED)
        rows.append([name, f"{np.exp(logs.mean()):.3f}", f"{off:+.3f}", f"{error:.3f}"])
    head = ["analysis", "mean hazard ratio", "logarithm off by", "standard error of that"]
    return _PLANTED.format(planted=PLANTED, samples=SAMPLES) + table(head, rows)


_HEAD = """# Scores of cohorts

*Written by `python -m scripts.cohort_scores`; do not edit.*

An [example](../how-to/make-an-example-cohort.md) of {patients:,} simulated patients (seed {seed}) whose truth is
known is damaged, built by the definition `treated` and compared with the truth. Response and progression are
`relaxed`.
Kinds of dirt and their rates stand with the example; in `published` all are there together.

## All together

"""
_GOALS = """
## What was asked for

Goals were set for 5,000 patients before anything was measured. A share of {patients:,} patients has a standard error
of up to {error:.3f}.

"""
_WHY = """
Kappa counts all patients with a true response, and "not evaluable" is a category that the truth never has. With
these rates the records of {gone:.0f} % of the first lines hold none of their drugs, so that a perfect reader, who
names the true response of every line of which anything is left, would have a kappa of {ceiling:.2f} (depth
{depth:.2f}); {measured:.2f} was measured (depth {depth_measured:.2f}), {on_record:.2f} over the lines of which
anything is left, and {judged:.2f} over the patients who were judged.
That is arithmetic: {responders:.0f} % of the true responses are partial or better, so chance alone agrees often, and
every line that nobody can read costs much. For a kappa of {asked:g} at most {at_most:.1f} % of the first lines may
be unread, however well the others are; {fewest:.0f} %, the least that is published of first lines which claims miss,
allow {of_fewest:.2f}. No reading of drugs reaches what was asked for at published rates.
The perfect reader is an upper bound: where records begin only after treatment has, or none of its values stands
before it, no baseline is in them, and what is first measured in the line stands for it.

Response and progression are compared in the found line that shares most days of treatment with the true one,
whatever its first day, which dirt moves; one that was not found counts as not evaluable, its progression as missed.
"""
_OTHERWISE = """
First lines of the published example whose response (partial or better, or not) was read otherwise than it is true,
each by the first cause that applies:

"""
_ALONE = """
## Each kind of dirt alone

An example of {patients:,} patients (seed {seed}), rules `imwg2015`, response and progression `relaxed`.

"""
_PLANTED = """
## A planted hazard ratio

Maintenance that begins within 180 days takes the hazard to {planted:g} of what it was, and the fitter begin sooner.
Means of {samples} samples of 4,000 patients.

"""


def main() -> None:
    """Write the page, for as many patients as are asked for."""
    patients = int(sys.argv[1]) if len(sys.argv) > 1 else PATIENTS
    alone = int(sys.argv[2]) if len(sys.argv) > 2 else patients
    PAGE.write_text("\n".join(page(patients, alone)).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
