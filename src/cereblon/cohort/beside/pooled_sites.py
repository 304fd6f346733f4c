"""Results of several sites pooled: one random-effects meta-analysis for each endpoint and group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cereblon.cohort.sharing import SharedOutcome, SharedResults
from cereblon.core.rows import Row
from cereblon.synthesis.frequentist.pairwise import PairwiseResult, pool
from cereblon.trials.comparison_scale import Kind, error_from_interval, from_scale, kind_of, to_scale


def pooled_rows(sites: Sequence[SharedResults], *, level: float = 0.95) -> list[Row]:
    """Pool every endpoint of every group over the sites that have it.

    Shares are pooled as logits, with the error of their counts, times as logarithms, with that of their intervals;
    random effects by restricted likelihood, intervals by Hartung and Knapp and never narrower than without.

    Parameters
    ----------
    sites
        Of `read_shared`.
    level
        Of intervals.
    """
    every = [(site.site, one) for site in sites for one in site.estimates]
    rows = []
    for key in dict.fromkeys(_key(one) for _, one in every):
        own = [(site, one) for site, one in every if _key(one) == key]
        found = [(site, one, error) for site, one in own if (error := _error(one)) is not None]
        if found:
            rows.append(_pooled(found, level))
    return rows


def _key(one: SharedOutcome) -> tuple[str, str, str, str]:
    return one.arm, one.endpoint, one.grade, one.unit


def _pooled(found: Sequence[tuple[str, SharedOutcome, float]], level: float) -> Row:
    first = found[0][1]
    kind = kind_of(first.unit)
    several = len(found) > 1
    made = pool(
        np.array([_on_scale(kind, one) for _, one, _ in found]),
        np.array([error for _, _, error in found]),
        studies=[site for site, _, _ in found],
        interval="hartung-knapp-adhoc" if several else "wald",
        level=level,
    )
    sizes = [one.n for _, one, _ in found if one.n is not None]
    return {
        "arm": first.arm,
        "endpoint": first.endpoint,
        "grade": first.grade,
        "unit": first.unit,
        "value": from_scale(kind, made.effect),
        "low": from_scale(kind, made.low),
        "high": from_scale(kind, made.high),
        **_expected(made, kind),
        "level": level,
        "sites": len(found),
        "n": sum(sizes) if len(sizes) == len(found) else None,
        "tau2": made.tau2 if several else None,
        "i2_from_tau2": made.i2_from_tau2 if several else None,
    }


def _expected(made: PairwiseResult, kind: Kind) -> dict[str, float | None]:
    ends = {"prediction_low": made.prediction_low, "prediction_high": made.prediction_high}
    return {name: None if end is None else from_scale(kind, end) for name, end in ends.items()}


def _on_scale(kind: Kind, one: SharedOutcome) -> float:
    """Put a value on its scale; a share of nobody or everybody moves half a patient inwards."""
    assert one.value is not None
    if kind == "share" and one.n:
        return to_scale(kind, 100.0 * (one.value / 100.0 * one.n + 0.5) / (one.n + 1))
    return to_scale(kind, one.value)


def _error(one: SharedOutcome) -> float | None:
    """Give the standard error on the scale; None for what cannot be pooled.

    A rate has that of its interval, which knows the censored; where nobody or everybody had the event it has no
    width, and the count is taken.
    """
    if one.value is None:
        return None
    kind = kind_of(one.unit)
    has_width = one.low is None or one.low != one.high
    by_interval = one.endpoint.endswith("_rate") and has_width
    if kind == "share" and one.n is not None and not by_interval:
        share = (one.value / 100.0 * one.n + 0.5) / (one.n + 1)
        return float(1 / np.sqrt(one.n * share * (1 - share)))
    if not has_width or (kind != "share" and one.value <= 0):
        return None
    error = error_from_interval(kind, one.low, one.high, one.value, one.level)
    return error if error is not None and np.isfinite(error) and error > 0 else None
