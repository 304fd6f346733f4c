"""What was asked for beside what was measured, and how far kappa can come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from scripts.cohort_scores.planted import CLONED, NAIVE, PLANTED

ASKED_KAPPA, FEWEST_MISSED, FEWEST_SAMPLES = 0.83, 0.10, 20
_CEILINGS = {"kappa of partial response": "response_ceiling", "kappa of depth": "depth_ceiling"}


def number(value: float) -> str:
    """Write a score."""
    return f"{value:.3f}" if np.isfinite(value) else "none"


def goal_rows(
    scores: Mapping[str, Mapping[str, float]],
    covered: float,
    planted: Mapping[str, Sequence[float]],
    samples: int,
) -> list[list[str]]:
    """Set what was asked for beside what was measured, with rules `imwg2015`.

    Parameters
    ----------
    scores
        Of the clean and the published example.
    covered
        Share of the intervals over seeds that hold the true median.
    planted
        Logarithms of the hazard ratios of the samples, by analysis.
    samples
        How many intervals were counted; fewer than 20 tell nothing.
    """
    clean, dirty = scores["clean"], scores["published"]
    off = {name: float(np.mean(logs) - np.log(PLANTED)) for name, logs in planted.items()}
    exact, shown, kappa = dirty["exact"], dirty["exact_identifiable"], dirty["response_kappa"]
    asked = [
        ("clean: lines exact in at least 0.99", clean["exact"], clean["exact"] >= 0.99),
        (
            "clean: day of progression exact in at least 0.99",
            clean["progression_exact"],
            clean["progression_exact"] >= 0.99,
        ),
        ("published: exact in at least 0.92 of the patients whose lines the records show", shown, shown >= 0.92),
        (
            "published: exact over all patients within 0.03 of the ceiling",
            dirty["ceiling"] - exact,
            dirty["ceiling"] - exact <= 0.03,
        ),
        (f"published: kappa of partial response or better at least {ASKED_KAPPA:g}", kappa, kappa >= ASKED_KAPPA),
        ("published: kappa of depth at least 0.65", dirty["depth_kappa"], dirty["depth_kappa"] >= 0.65),
        ("published: median within 0.05 of the true one", dirty["median_error"], abs(dirty["median_error"]) <= 0.05),
        (
            "published: 90 % intervals contain the true median in 0.85 to 0.95",
            covered,
            0.85 <= covered <= 0.95,
        ),
        ("planted ratio: logarithm off by at most 0.05", off[CLONED], abs(off[CLONED]) <= 0.05),
        ("planted ratio: the naive analysis is off by more", off[NAIVE], abs(off[NAIVE]) > 0.05),
    ]
    rows = [[goal, number(value), "yes" if met else "**no**"] for goal, value, met in asked]
    for row in rows:
        ceiling = next((dirty[name] for words, name in _CEILINGS.items() if words in row[0]), np.inf)
        row[2] += f"; of a perfect reader {number(ceiling)}" if row[2] != "yes" and np.isfinite(ceiling) else ""
    if samples < FEWEST_SAMPLES:
        rows = [[*row[:2], f"{samples} samples are too few"] if "intervals" in row[0] else row for row in rows]
    return rows


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
