"""What the draws say: effects, ranks and convergence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cereblon.synthesis.frequentist.measure import FloatArray, Measure, Row, back_transform, shown_as
from cereblon.synthesis.frequentist.ranking import Ranking, near_ties

RHAT_LIMIT = 1.01
EFFECTIVE_LIMIT = 400.0


@dataclass(frozen=True)
class PosteriorEffect:
    """One treatment against another, on the scale of pooling.

    Attributes
    ----------
    treatment, versus
        Above and below the line.
    mean, sd, median, low, high
        Of the posterior; `low` and `high` are the ends of the central credible interval.
    prediction_low, prediction_high
        Of the true effect in a further trial.
    p_below_zero
        Probability that the effect is below 0, which for a ratio is below 1.
    """

    treatment: str
    versus: str
    mean: float
    sd: float
    median: float
    low: float
    high: float
    prediction_low: float
    prediction_high: float
    p_below_zero: float

    def to_row(self, measure: Measure, level: float) -> Row:
        """Give the effect as a table row: `effect` and `se` as mean and sd, the rest on the natural scale."""
        shown = {
            name: back_transform(measure, getattr(self, source))
            for name, source in (
                ("value", "median"),
                ("low", "low"),
                ("high", "high"),
                ("prediction_low", "prediction_low"),
                ("prediction_high", "prediction_high"),
            )
        }
        row: Row = {"treatment": self.treatment, "versus": self.versus, "effect": self.mean, "se": self.sd}
        row.update(shown)
        row.update(unit=shown_as(measure), level=level, p_below_null=self.p_below_zero)
        return row


def describe_draws(
    treatment: str, versus: str, draws: FloatArray, further: FloatArray, level: float
) -> PosteriorEffect:
    """Summarise the draws of one comparison.

    Parameters
    ----------
    treatment, versus
        Names.
    draws, further
        Of the mean effect, and of the effect in a further trial.
    level
        Of the intervals.
    """
    ends = [0.5 - level / 2.0, 0.5, 0.5 + level / 2.0]
    low, median, high = np.quantile(draws, ends)
    prediction_low, _, prediction_high = np.quantile(further, ends)
    return PosteriorEffect(
        treatment,
        versus,
        float(draws.mean()),
        float(draws.std(ddof=1)),
        float(median),
        float(low),
        float(high),
        float(prediction_low),
        float(prediction_high),
        float((draws < 0).mean()),
    )


def convergence_rows(names: list[str], r_hat: FloatArray, effective: FloatArray) -> list[Row]:
    """Give R-hat and effective number of draws per quantity, and whether both are good enough."""
    return [
        {
            "quantity": name,
            "r_hat": float(r),
            "effective_draws": float(n),
            "good": bool(r <= RHAT_LIMIT and n >= EFFECTIVE_LIMIT),
        }
        for name, r, n in zip(names, r_hat, effective, strict=True)
    ]


def rank_draws(
    treatments: tuple[str, ...], effects: FloatArray, *, smaller_is_better: bool, level: float, seed: int
) -> Ranking:
    """Rank the treatments in every draw.

    Parameters
    ----------
    treatments
        Names.
    effects
        Against the first treatment, shape (draw, treatment), with a first column of 0.
    smaller_is_better
        Direction.
    level
        Of the interval of ranks.
    seed
        Kept with the result.

    Returns
    -------
        With the mean probability of being better than another treatment as P-score, which equals SUCRA here.
    """
    n, tail = len(treatments), (1.0 - level) / 2.0
    order = np.argsort(effects if smaller_is_better else -effects, axis=1)
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.broadcast_to(np.arange(n), order.shape), axis=1)
    mean = ranks.mean(axis=0) + 1.0
    sucra = (n - mean) / (n - 1)
    best_first = np.argsort(-sucra, kind="stable")
    limits = np.quantile(ranks + 1, [tail, 1.0 - tail], axis=0, method="inverted_cdf").astype(float)
    probability = np.stack([(ranks == rank).mean(axis=0) for rank in range(n)], axis=1)
    place = {name: i for i, name in enumerate(treatments)}

    def p_better(first: str, second: str) -> float:
        gap = effects[:, place[first]] - effects[:, place[second]]
        return float((gap < 0).mean() if smaller_is_better else (gap > 0).mean())

    return Ranking(
        treatments=tuple(treatments[i] for i in best_first),
        p_score=sucra[best_first],
        sucra=sucra[best_first],
        rank_probability=probability[best_first],
        mean_rank=mean[best_first],
        rank_low=limits[0][best_first],
        rank_high=limits[1][best_first],
        level=level,
        draws=int(effects.shape[0]),
        seed=seed,
        smaller_is_better=smaller_is_better,
        near_ties=near_ties([treatments[i] for i in best_first], p_better),
    )
