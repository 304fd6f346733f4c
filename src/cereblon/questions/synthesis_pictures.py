"""Charts of a synthesis, from its results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from cereblon.core.plain_text import capital

if TYPE_CHECKING:
    import altair as alt

    from cereblon.report.narrow import NarrowLine
    from cereblon.report.synthesis.forest import ForestLine
    from cereblon.synthesis.bayes import BayesianNetwork
    from cereblon.synthesis.frequentist import NetworkResult, PairwiseResult, Ranking


def favours(smaller_is_better: bool, treatment: str = "treatment", versus: str = "comparator") -> tuple[str, str]:
    """Say which side of a forest plot favours which treatment."""
    sides = (f"favours {treatment}", f"favours {versus}")
    return sides if smaller_is_better else sides[::-1]


def pairwise_lines(heading: str, result: PairwiseResult, labels: Sequence[str] | None = None) -> list[ForestLine]:
    """Give the lines of one pairwise synthesis: its trials, and with several the diamond and prediction interval."""
    from cereblon.report.synthesis.forest import ForestLine

    rows = result.to_rows()
    trials = [row for row in rows if row["row"] == "study"]
    lines = [ForestLine("heading", heading)]
    for place, row in enumerate(trials):
        label = str(row["study"]) if labels is None else labels[place]
        weight = _number(row["weight"]) if len(trials) > 1 else None
        lines.append(
            ForestLine("trial", label, _number(row["value"]), _number(row["low"]), _number(row["high"]), weight)
        )
    if len(trials) > 1:
        kind = "random effects" if result.model == "random" else "fixed effect"
        i2 = result.heterogeneity.i2
        label = f"{kind}" + ("" if i2 is None else f", I2 {100 * i2:.0f} %")
        for row in rows[len(trials) :]:
            low, high = _number(row["low"]), _number(row["high"])
            if row["row"] == "pooled":
                lines.append(ForestLine("pooled", label, _number(row["value"]), low, high))
            else:
                lines.append(ForestLine("prediction", "prediction interval", None, low, high))
    return [*lines, ForestLine("gap", "")]


def draw_forest(
    lines: Sequence[ForestLine], measure: str, sides: tuple[str, str], title: str = ""
) -> alt.VConcatChart:
    """Draw lines on the axis of a measure."""
    from cereblon.report.synthesis.forest import forest_plot
    from cereblon.synthesis.frequentist.measure import check_measure, is_ratio, shown_as

    kept = list(lines)
    while kept and kept[-1].kind == "gap":
        kept.pop()
    scale = check_measure(measure)
    return forest_plot(kept, measure=shown_as(scale), is_ratio=is_ratio(scale), favours=sides, title=title)


def list_forest(lines: Sequence[ForestLine], measure: str) -> list[NarrowLine]:
    """Give a forest as a list."""
    from cereblon.report.synthesis.forest import forest_lines
    from cereblon.synthesis.frequentist.measure import check_measure, is_ratio

    return forest_lines(lines, is_ratio=is_ratio(check_measure(measure)))


def network_effects(result: NetworkResult, posterior: BayesianNetwork | None = None) -> list[ForestLine]:
    """Give the lines of all treatments against the reference."""
    from cereblon.report.synthesis.forest import ForestLine

    rows = sorted(result.to_rows(result.reference), key=lambda row: _number(row["value"]) or 0.0)
    lines = [ForestLine("heading", f"network, versus {result.reference}")]
    for row in rows:
        name = str(row["treatment"])
        value, low, high = (_number(row[column]) for column in ("value", "low", "high"))
        lines.append(ForestLine("network", name, value, low, high))
        if posterior is not None:
            own = posterior.compare(name, result.reference).to_row(result.measure, posterior.level)
            value, low, high = (_number(own[column]) for column in ("value", "low", "high"))
            lines.append(ForestLine("bayesian", "    Bayesian", value, low, high))
    return lines


def network_forest(
    result: NetworkResult, smaller_is_better: bool, posterior: BayesianNetwork | None = None
) -> alt.VConcatChart:
    """Draw all treatments against the reference."""
    sides = favours(smaller_is_better, versus=result.reference)
    return draw_forest(network_effects(result, posterior), result.measure, sides)


def draw_network(
    result: NetworkResult, patients: Mapping[str, int], incomplete: Sequence[str] = ()
) -> alt.VConcatChart:
    """Draw the network of trials."""
    from cereblon.report.synthesis.network import network_plot

    return network_plot(result.treatments, _trials(result), patients, incomplete, reference=result.reference)


def list_network(
    result: NetworkResult, patients: Mapping[str, int], incomplete: Sequence[str] = ()
) -> list[NarrowLine]:
    """Give the network of trials as a list."""
    from cereblon.report.synthesis.network import network_lines

    return network_lines(_trials(result), patients, incomplete)


def _trials(result: NetworkResult) -> dict[tuple[str, str], int]:
    names = result.treatments
    return {(names[i], names[j]): int(result.direct_trials[i, j]) for i, j in combinations(range(len(names)), 2)}


def draw_league(result: NetworkResult, order: Sequence[str], smaller_is_better: bool) -> alt.VConcatChart:
    """Draw the league table."""
    from cereblon.report.synthesis.league import league_plot
    from cereblon.synthesis.frequentist.measure import is_ratio, shown_as

    treatments, cells = _league_cells(result, order)
    caption = (
        f"{capital(shown_as(result.measure))} with its interval. Below the diagonal: column against row, the whole "
        "network. Above: row against column, from direct trials alone. Blue favours the one named first."
    )
    return league_plot(
        treatments,
        cells,
        is_ratio=is_ratio(result.measure),
        smaller_is_better=smaller_is_better,
        caption=caption,
    )


def list_league(result: NetworkResult, order: Sequence[str]) -> list[NarrowLine]:
    """Give the league table as a list."""
    from cereblon.report.synthesis.league import league_lines

    return league_lines(*_league_cells(result, order))


def _league_cells(
    result: NetworkResult, order: Sequence[str]
) -> tuple[Sequence[str], dict[tuple[int, int], tuple[float, float, float]]]:
    """Give the treatments in order, and value, low and high of each cell that has a number."""
    import numpy as np

    from cereblon.synthesis.frequentist import league_table

    table = league_table(result, order)
    n = len(table.treatments)
    return table.treatments, {
        (i, j): (float(table.value[i, j]), float(table.low[i, j]), float(table.high[i, j]))
        for i in range(n)
        for j in range(n)
        if i != j and not np.isnan(table.value[i, j])
    }


def draw_ranks(ranking: Ranking) -> alt.VConcatChart:
    """Draw the rankogram."""
    from cereblon.report.synthesis.ranks import rankogram

    return rankogram(ranking.treatments, ranking.rank_probability.tolist(), _scores(ranking))


def list_ranks(ranking: Ranking) -> list[NarrowLine]:
    """Give the chances of each rank as a list."""
    from cereblon.report.synthesis.ranks import rank_lines

    return rank_lines(ranking.treatments, ranking.rank_probability.tolist(), _scores(ranking))


def _scores(ranking: Ranking) -> list[str]:
    return [
        f"SUCRA {row['sucra']:.2f} ({row['sucra_low']:.2f} to {row['sucra_high']:.2f})" for row in ranking.to_rows()
    ]


def draw_funnel(result: NetworkResult, best_first: Sequence[str]) -> alt.VConcatChart:
    """Draw the comparison-adjusted funnel; each contrast is the better ranked treatment against the other."""
    from cereblon.report.synthesis.funnel import funnel_plot
    from cereblon.synthesis.frequentist.measure import quantile

    axis = "effect minus the mean of its comparison, scale of pooling"
    return funnel_plot(_adjusted(result, best_first), centre=0.0, z=quantile(result.level), axis=axis)


def list_funnel(result: NetworkResult, best_first: Sequence[str]) -> list[NarrowLine]:
    """Give the trials of the comparison-adjusted funnel as a list."""
    from cereblon.report.synthesis.funnel import funnel_lines
    from cereblon.synthesis.frequentist.measure import quantile

    return funnel_lines(_adjusted(result, best_first), centre=0.0, z=quantile(result.level))


def _adjusted(result: NetworkResult, best_first: Sequence[str]) -> list[dict[str, str | float]]:
    from cereblon.synthesis.frequentist import comparison_adjusted_funnel

    return [
        {"study": p.study, "comparison": f"{p.treatment} versus {p.versus}", "x": p.adjusted, "se": p.se}
        for p in comparison_adjusted_funnel(result, list(reversed(best_first)))
    ]


def pairwise_funnel(comparison: str, result: PairwiseResult) -> alt.VConcatChart:
    """Draw the funnel of one comparison around its pooled effect."""
    from cereblon.report.synthesis.funnel import funnel_plot
    from cereblon.synthesis.frequentist.measure import is_ratio, quantile, shown_as

    points: list[dict[str, str | float]] = [
        {"study": study, "comparison": comparison, "x": float(effect), "se": float(se)}
        for study, effect, se in zip(result.studies, result.study_effect, result.study_se, strict=True)
    ]
    axis = f"{'log ' if is_ratio(result.measure) else ''}{shown_as(result.measure)}"
    return funnel_plot(points, centre=result.effect, z=quantile(result.level), axis=axis)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
