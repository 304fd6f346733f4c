"""Designs beside closed forms: `python -m scripts.design_table` writes the tables of their page.

Patients have constant hazards, or hazards that part late, so that what is right is known: the model is not asked.
Takes about a minute on one core.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from cereblon.core.marked_page import Markers
from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.statistics.distributions import normal_beyond, normal_tail
from cereblon.trial_design.boundaries import Boundaries, crossing_probabilities, efficacy_boundaries
from cereblon.trial_design.closed_forms import schoenfeld_events, schoenfeld_power
from cereblon.trial_design.look_data import Look
from cereblon.trial_design.looks import MAX_COMBO_TEST, Test, find_boundaries, hold_looks, information_shares
from cereblon.trial_design.operating_characteristics import characterise
from cereblon.trial_design.pool import Pool
from cereblon.trial_design.replicates import Enrolment, draw_trials
from cereblon.trial_design.spending import Spending
from cereblon.trials.accrual import steady
from scripts.reference_pages.markdown import table

PAGE = Path("docs/reference/design.md")
MARKERS = Markers("<!-- design tables -->", "<!-- end of design tables -->")
POOL, NULL_TRIALS, TRIALS, SEED = 40_000, 2000, 1000, 1
FOLLOWED, MEDIAN, PART_MONTH = 60 * DAYS_PER_MONTH, 24.0, 9.0
ENROLMENT = Enrolment(patients=400, accrual=steady(20.0, ramp_months=4.0), dropout_per_year=0.03)
LOOKS = tuple(Look(latest=FOLLOWED, events=events) for events in (75, 150, 225))
LANDMARK = 12 * DAYS_PER_MONTH
RESPONSE_LOOKS = (Look(latest=FOLLOWED, day=FOLLOWED),)
OBRIEN_FLEMING = Spending("obrien-fleming")
_LD98 = ("4.8769 3.3569 2.6803 2.2898 2.0310", "ld98, Reboussin 2000")
_SEQ_BOUNDS = ("3.7496 2.5399 2.0160 1.7201", "SeqBounds.jl")
TESTS = {
    "log-rank": Test(),
    "log-rank, stratified": Test(stratified=True),
    "Fleming-Harrington (0, 1)": Test(powers=((0.0, 1.0),)),
    "MaxCombo": MAX_COMBO_TEST,
    "restricted mean, 36 months": Test(kind="rmst", horizon=36 * DAYS_PER_MONTH),
}


def pool(ratio: float, *, late: bool = False) -> Pool:
    """Give patients whose control arm has a median of 24 months; equal arms are the same patients twice.

    `late`: the arms part at nine months.
    """
    dice = np.random.default_rng(SEED)
    base = dice.exponential(1.0, POOL)
    hazard = math.log(2.0) / (MEDIAN * DAYS_PER_MONTH)
    control, part = base / hazard, PART_MONTH * DAYS_PER_MONTH if late else 0.0
    # The same luck in both arms, so that the ratio in the pool is the one that was asked for.
    tested = np.where(control < part, control, part + (control - part) / ratio)
    days = np.concatenate([tested, control])
    event = np.where(days < FOLLOWED, np.ceil(days), np.inf)
    return Pool(
        arm=np.repeat([0, 1], POOL),
        event=event,
        known=event,
        stratum=np.tile(dice.integers(0, 4, POOL), 2),
        trial=np.zeros(2 * POOL, np.int64),
        followed=FOLLOWED,
    )


def power(
    patients: Pool, test: Test, trials: int, looks: tuple[Look, ...] = LOOKS
) -> tuple[float, float, Boundaries]:
    """Give the chance of success, its error, and the boundaries."""
    drawn = draw_trials(patients, ENROLMENT, trials, seed=SEED)
    results = hold_looks(drawn, looks, test, with_effect=False)
    shares = information_shares(results, looks, test)
    bounds = find_boundaries(results, shares, test, spending=OBRIEN_FLEMING, alpha=0.025)
    found = characterise(results, bounds).power
    return found.value, found.error, bounds


def responses(gain: float) -> Pool:
    """Give patients of whom 40 % of the control arm respond, more of the other; strata differ by 50 points.

    Equal arms are the same patients twice, as above.
    """
    dice = np.random.default_rng(SEED)
    stratum, luck = dice.integers(0, 2, POOL), dice.random(POOL)
    shares = [0.4 + more + np.where(stratum == 1, 0.25, -0.25) for more in (gain, 0.0)]
    day = np.concatenate([np.where(luck < share, LANDMARK, np.inf) for share in shares])
    return Pool(
        arm=np.repeat([0, 1], POOL),
        event=day,
        known=day,
        stratum=np.tile(stratum, 2),
        trial=np.zeros(2 * POOL, np.int64),
        followed=FOLLOWED,
        landmark=LANDMARK,
    )


def response_rows() -> list[list[str]]:
    """Compare responses at a landmark: error of equal arms, and power of twelve points."""
    rows = []
    for name, test in (
        ("Cochran-Mantel-Haenszel", Test(kind="response")),
        ("Cochran-Mantel-Haenszel, stratified", Test(kind="response", stratified=True)),
    ):
        asked = ((responses(0.0), NULL_TRIALS), (responses(0.12), TRIALS))
        cells = [power(patients, test, trials, looks=RESPONSE_LOOKS) for patients, trials in asked]
        rows.append([name, *(f"{100 * value:.1f} ({100 * error:.1f})" for value, error, _ in cells)])
        print(rows[-1], flush=True)
    return rows


def tables() -> str:
    """Make the tables of the page."""
    equal, proportional, late = pool(1.0), pool(0.68), pool(0.5, late=True)
    rows = []
    for name, test in TESTS.items():
        asked = ((equal, NULL_TRIALS), (proportional, TRIALS), (late, TRIALS))
        cells = [power(patients, test, trials) for patients, trials in asked]
        rows.append([name, *(f"{100 * value:.1f} ({100 * error:.1f})" for value, error, _ in cells)])
        print(rows[-1], flush=True)
    bounds = efficacy_boundaries([1 / 3, 2 / 3, 1.0], OBRIEN_FLEMING, 0.025)
    drift = -math.log(0.68) * math.sqrt(225 / 4)
    closed = 100 * sum(crossing_probabilities(bounds, drift).upper)
    gain = 0.12 / math.sqrt(2 * 0.46 * 0.54 / 200)
    head = ["test", "equal arms, % (error)", "ratio 0.68, % (error)", "ratio 0.5 from month 9, % (error)"]
    parts = [
        table(head, rows, right=range(1, 4)),
        f"By the closed form three looks of a log-rank test have a power of {closed:.1f} % at a ratio of 0.68, and "
        f"one look at 225 events {100 * schoenfeld_power(0.68, events=225, alpha=0.025):.1f} %.",
        "A response judged at a year, 40 % in the control arm, two strata that are 50 points apart, one look:",
        table(["test", "equal arms, % (error)", "12 points more, % (error)"], response_rows(), right=range(1, 3)),
        f"By the normal formula, which knows neither strata nor dropout, "
        f"{100 * normal_tail(normal_beyond(0.025) - gain):.1f} %.",
        "## Boundaries",
        table(["design", "ours", "printed", "where"], boundary_rows()),
        "## Events by Schoenfeld",
        table(["hazard ratio", "power, %", "events of both arms"], event_rows(), right=range(3)),
    ]
    return "\n\n".join(part.strip() for part in parts)


def boundary_rows() -> list[list[str]]:
    """Set boundaries beside printed ones."""
    five = [0.2, 0.4, 0.6, 0.8, 1.0]
    even, close = Spending("hwang-shih-decani", 0.0), Spending("hwang-shih-decani", -4.0)
    printed = (
        ("O'Brien-Fleming, 5 looks", five, OBRIEN_FLEMING, 0.025, *_LD98),
        ("O'Brien-Fleming, quarters", [0.25, 0.5, 0.75, 1.0], OBRIEN_FLEMING, 0.05, *_SEQ_BOUNDS),
        ("even spending, at 20, 40 and 100 %", [0.2, 0.4, 1.0], even, 0.03, "2.5121 2.4229 2.0280", "rpact"),
        ("Hwang-Shih-DeCani -4, thirds", [1 / 3, 2 / 3, 1.0], close, 0.025, "3.01 2.55 2.00", "gsDesign"),
    )
    return [
        [
            f"{name}, one-sided {alpha:g}",
            " ".join(f"{z:.4f}" for z in efficacy_boundaries(looks, how, alpha).upper),
            said,
            where,
        ]
        for name, looks, how, alpha, said, where in printed
    ]


def event_rows() -> list[list[str]]:
    """Count events by Schoenfeld, 5 % two-sided, equal arms."""
    wishes = [(ratio, power) for ratio in (0.6, 0.7, 0.74, 0.8) for power in (0.8, 0.9)]
    return [
        [f"{ratio:g}", f"{100 * power:.0f}", f"{math.ceil(schoenfeld_events(ratio, power=power, alpha=0.025))}"]
        for ratio, power in wishes
    ]


if __name__ == "__main__":
    MARKERS.write(PAGE, tables())
