"""Ranking of treatments, with how little a rank may mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cereblon.core.errors import InputError
from cereblon.statistics.distributions import normal_cdf
from cereblon.synthesis.frequentist.measure import FloatArray, Row, check_level
from cereblon.synthesis.frequentist.network_result import NetworkResult

NEAR_TIE = 0.6
"""Two treatments whose order is right with less probability than this, where 0.5 is a coin, are nearly tied."""


@dataclass(frozen=True)
class Ranking:
    """Ranks of all treatments of a network.

    Attributes
    ----------
    treatments
        Best to worst by P-score.
    p_score
        Mean probability of being better than another treatment, 0 to 1; without simulation.
    sucra
        Surface under the cumulative ranking curve from the simulated ranks, 0 to 1; equals the P-score up to chance.
    rank_probability
        Share of draws in which the row treatment has rank 1, 2, ... (columns).
    mean_rank, rank_low, rank_high
        Mean rank, and the central interval of the simulated ranks.
    level, draws, seed, smaller_is_better
        How it was made.
    near_ties
        Neighbours in rank of which the first is the better one with a probability under `NEAR_TIE`, with it.
    """

    treatments: tuple[str, ...]
    p_score: FloatArray
    sucra: FloatArray
    rank_probability: FloatArray
    mean_rank: FloatArray
    rank_low: FloatArray
    rank_high: FloatArray
    level: float
    draws: int
    seed: int
    smaller_is_better: bool
    near_ties: tuple[tuple[str, str, float], ...] = ()

    def notes(self) -> list[str]:
        """Say which ranks could as well be the other way round."""
        return [
            f"rank: {first} before {second} is nearly a tie, the probability that it is better is {probability:.2f}"
            for first, second, probability in self.near_ties
        ]

    def to_rows(self) -> list[Row]:
        """Give one row per treatment, best first; the interval of SUCRA follows from that of the rank."""
        n = len(self.treatments)
        return [
            {
                "treatment": name,
                "p_score": float(self.p_score[i]),
                "sucra": float(self.sucra[i]),
                "sucra_low": (n - float(self.rank_high[i])) / (n - 1),
                "sucra_high": (n - float(self.rank_low[i])) / (n - 1),
                "p_best": float(self.rank_probability[i, 0]),
                "mean_rank": float(self.mean_rank[i]),
                "rank_low": float(self.rank_low[i]),
                "rank_high": float(self.rank_high[i]),
            }
            for i, name in enumerate(self.treatments)
        ]


def p_scores(result: NetworkResult, *, smaller_is_better: bool) -> dict[str, float]:
    """Give each treatment's mean probability of being better than the others.

    Parameters
    ----------
    result
        Of a network meta-analysis.
    smaller_is_better
        True for hazard ratios of progression or death and for adverse events; False for response.

    Returns
    -------
        0 (surely worst) to 1 (surely best), in the order of `result.treatments`.

    Source
    ------
    Rücker and Schwarzer, BMC Medical Research Methodology 2015; 15: 58.
    """
    sign = -1.0 if smaller_is_better else 1.0
    safe = np.where(result.se > 0, result.se, 1.0)
    better = normal_cdf(sign * result.effect / safe)
    np.fill_diagonal(better, 0.0)
    scores = better.sum(axis=1) / (len(result.treatments) - 1)
    return dict(zip(result.treatments, scores.tolist(), strict=True))


def rank_treatments(
    result: NetworkResult, *, smaller_is_better: bool, seed: int = 0, draws: int = 20_000, level: float = 0.95
) -> Ranking:
    """Rank treatments by P-score and by simulation from the joint distribution of the network estimates.

    Parameters
    ----------
    result
        Of a network meta-analysis.
    smaller_is_better
        True for hazard ratios of progression or death and for adverse events; False for response.
    seed
        Of the simulation; the same seed gives the same ranks.
    draws
        Simulated sets of effects; a rank probability has a standard error of at most 0.5 / sqrt(draws).
    level
        Of the interval of ranks.

    Raises
    ------
    InputError
        If fewer than 100 draws are asked for, or the seed is negative.

    Source
    ------
    Salanti, Ades and Ioannidis, Journal of Clinical Epidemiology 2011; 64: 163-171 (SUCRA).
    """
    if draws < 100:
        raise InputError(f"{draws} draws are too few for ranks", hint="10,000 or more")
    if seed < 0:
        raise InputError(f"seed {seed} is negative")
    tail, n = (1.0 - check_level(level)) / 2.0, len(result.treatments)
    values, vectors = np.linalg.eigh(result.covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    noise = np.random.default_rng(seed).standard_normal((draws, n))
    effects = result.basic + noise @ root.T
    order = np.argsort(effects if smaller_is_better else -effects, axis=1)
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.broadcast_to(np.arange(n), order.shape), axis=1)
    probability = np.stack([(ranks == rank).mean(axis=0) for rank in range(n)], axis=1)
    score = np.array(list(p_scores(result, smaller_is_better=smaller_is_better).values()))
    best_first = np.argsort(-score, kind="stable")
    limits = np.quantile(ranks + 1, [tail, 1.0 - tail], axis=0, method="inverted_cdf").astype(float)
    mean = ranks.mean(axis=0) + 1.0
    ordered = [result.treatments[i] for i in best_first]
    return Ranking(
        treatments=tuple(result.treatments[i] for i in best_first),
        p_score=score[best_first],
        sucra=((n - mean) / (n - 1))[best_first],
        rank_probability=probability[best_first],
        mean_rank=mean[best_first],
        rank_low=limits[0][best_first],
        rank_high=limits[1][best_first],
        level=level,
        draws=draws,
        seed=seed,
        smaller_is_better=smaller_is_better,
        near_ties=near_ties(ordered, lambda first, second: _p_better(result, first, second, smaller_is_better)),
    )


def _p_better(result: NetworkResult, first: str, second: str, smaller_is_better: bool) -> float:
    effect = result.compare(first, second)
    sign = -1.0 if smaller_is_better else 1.0
    return float(normal_cdf(sign * effect.effect / effect.se)) if effect.se > 0 else 0.5


def near_ties(best_first: Sequence[str], p_better: Callable[[str, str], float]) -> tuple[tuple[str, str, float], ...]:
    """Find the neighbours in rank of which it is hardly known which is the better.

    Parameters
    ----------
    best_first
        Treatments in the order of their ranks.
    p_better
        Probability that the first of two is better than the second.
    """
    pairs = [(first, second, p_better(first, second)) for first, second in pairwise(best_first)]
    return tuple(pair for pair in pairs if pair[2] < NEAR_TIE)
