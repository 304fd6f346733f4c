"""An adjusted comparison as text: effects, baseline before and after, and effective sample sizes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cereblon.core.plain_text import table_text
from cereblon.synthesis.adjustment.comparison import AdjustedEffect
from cereblon.synthesis.adjustment.weights import MatchedWeights


def adjustment_sentences(
    comparator: str, effects: Sequence[AdjustedEffect], matched: MatchedWeights | None
) -> list[str]:
    """Say the adjusted effect beside the unadjusted one, and how many patients the weights are worth."""
    said = []
    if effects:
        last = effects[-1]
        same = [one for one in effects if (one.treatment, one.versus) == (last.treatment, last.versus)]
        unadjusted = f"; unadjusted {_span(same[0])}" if len(same) > 1 else ""
        said.append(
            f"{last.treatment} against {last.versus}, patients weighted to the published baseline of {comparator}:"
            f" {last.scale} {_span(last)}{unadjusted}."
        )
    if matched is None:
        return said
    total, kept = sum(matched.n_by_arm.values()), sum(matched.effective_by_arm.values())
    return [
        *said,
        f"Weighted to that baseline, the effective sample size is {kept:.0f} of {total} patients "
        f"({100 * kept / total:.0f} %).",
    ]


def _span(effect: AdjustedEffect) -> str:
    return f"{effect.value:.2f} (95 % interval {effect.low:.2f} to {effect.high:.2f})"


def adjustment_text(effects: Sequence[AdjustedEffect], matched: MatchedWeights | None) -> Iterator[str]:
    """Lay out the tables that there are."""
    if effects:
        yield _effects(effects)
    if matched is not None:
        names, cells = balance_cells(matched)
        yield table_text(names, cells, folded=("source",))
        yield table_text(*size_cells(matched))


def _effects(effects: Sequence[AdjustedEffect]) -> str:
    cells = [
        [
            line.step,
            f"{line.treatment} versus {line.versus}",
            f"{line.value:.3f}",
            f"{line.low:.3f} to {line.high:.3f}",
            line.method,
        ]
        for line in effects
    ]
    return table_text(("step", "comparison", effects[0].scale, "95 % interval", "method"), cells, folded=("method",))


def balance_cells(matched: MatchedWeights) -> tuple[list[str], list[list[str]]]:
    """Write the baseline before and after weighting: headings, and a row for each published figure."""
    cells = [
        [
            row.label,
            row.statistic,
            *(_figure(value, row.statistic) for value in (row.before, row.after, row.target)),
            row.source,
        ]
        for row in matched.balance
    ]
    return ["figure", "statistic", "before", "after", "published", "source"], cells


def size_cells(matched: MatchedWeights) -> tuple[list[str], list[list[str]]]:
    """Write patients and effective sample sizes: headings, and a row for each arm."""
    effective = matched.effective_by_arm
    cells = [
        [name, str(n), f"{effective[name]:.1f}", f"{100 * effective[name] / n:.0f} %"]
        for name, n in matched.n_by_arm.items()
    ]
    return ["arm", "patients", "effective sample size", "kept"], cells


def _figure(value: float, statistic: str) -> str:
    return f"{100 * value:.1f} %" if statistic == "share" else f"{value:.4g}"
