"""Outcomes of weighted people: log odds, log hazard ratio and survival, with robust standard errors."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cereblon.core.errors import InputError
from cereblon.synthesis.adjustment.covariates import Floats

if TYPE_CHECKING:
    import pandas as pd

Bools = NDArray[np.bool_]
_RUN_AWAY = 12.0


def weighted_log_odds(response: Floats, weights: Floats) -> tuple[float, float]:
    """Give the log odds of a response and their sandwich standard error.

    Raises
    ------
    InputError
        If nobody or everybody with weight responds.
    """
    p = float(np.average(response, weights=weights))
    if not 0 < p < 1:
        raise InputError(f"{'nobody' if p == 0 else 'everybody'} responds, so that the odds have no finite logarithm")
    variance = float((weights**2 * (response - p) ** 2).sum() / weights.sum() ** 2)
    return float(np.log(p / (1 - p))), float(np.sqrt(variance) / (p * (1 - p)))


def weighted_log_hazard_ratio(month: Floats, observed: Bools, in_arm: Bools, weights: Floats) -> tuple[float, float]:
    """Give the log hazard ratio of a weighted Cox regression and its robust standard error (lifelines, Efron ties).

    Raises
    ------
    InputError
        If an arm has no event, or all events of one arm come before those of the other can.

    Source
    ------
    Lin and Wei, J Am Stat Assoc 1989;84:1074 (robust variance).
    """
    import pandas as pd

    _check_events(month, observed, in_arm, weights)
    # the robust error of lifelines depends on the order within ties
    order = np.lexsort((weights, in_arm, observed, month))
    month, observed, in_arm, weights = month[order], observed[order], in_arm[order], weights[order]
    frame = pd.DataFrame({"month": month, "observed": observed, "arm": in_arm.astype(np.float64), "weight": weights})
    return fitted_cox(frame[weights > 0], "arm", weights="weight")


def fitted_cox(frame: pd.DataFrame, covariate: str, *, weights: str | None = None) -> tuple[float, float]:
    """Give a coefficient of a Cox regression by lifelines, and its standard error; robust where there are weights.

    Raises
    ------
    InputError
        If the regression does not settle or its coefficient has no finite standard error.
    """
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError

    with warnings.catch_warnings():
        # lifelines warns when an arm and its times are correlated, which they are wherever treatment works
        warnings.simplefilter("ignore")
        try:
            fit = CoxPHFitter().fit(frame, "month", "observed", weights_col=weights, robust=weights is not None)
        except (ConvergenceError, ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
            raise InputError(
                "the Cox regression does not settle: the covariates are tied to each other or to the times",
                hint="match fewer figures",
            ) from error
    log_ratio, deviation = float(fit.params_[covariate]), float(fit.standard_errors_[covariate])
    if not (abs(log_ratio) < _RUN_AWAY and np.isfinite(deviation) and deviation < _RUN_AWAY):
        raise InputError(
            "the hazard ratio runs away: the covariates tell apart who has the event early",
            hint="match fewer figures",
        )
    return log_ratio, deviation


def quick_log_hazard_ratio(month: Floats, observed: Bools, in_arm: Bools, weights: Floats) -> float:
    """Give the log hazard ratio alone, by Newton's method with Efron's ties; for the many fits of a bootstrap.

    Raises
    ------
    InputError
        If an arm has no event.
    """
    _check_events(month, observed, in_arm, weights)
    order = np.argsort(month, kind="stable")
    t, seen, above, w = month[order], observed[order], in_arm[order], weights[order]
    times = np.unique(t[seen])
    first = np.searchsorted(t, times, side="left")

    def at_risk(chosen: Bools) -> Floats:
        return np.concatenate([np.cumsum((w * chosen)[::-1])[::-1], [0.0]])[first]

    place = np.searchsorted(times, t[seen])
    count = np.bincount(place)
    died_above = np.bincount(place, weights=(w * above)[seen])
    died_below = np.bincount(place, weights=(w * ~above)[seen])
    risk_above, risk_below = at_risk(above), at_risk(~above)
    # one term per death; each has the mean weight of those who died then
    index = np.repeat(np.arange(len(times)), count)
    part = (np.arange(len(index)) - np.repeat(np.cumsum(count) - count, count)) / count[index]
    mean_weight = ((died_above + died_below) / count)[index]
    top = risk_above[index] - part * died_above[index]
    rest = risk_below[index] - part * died_below[index]
    beta = 0.0
    for _ in range(50):
        weighted = top * np.exp(beta)
        share = weighted / (weighted + rest)
        information = float((mean_weight * share * (1 - share)).sum())
        if information <= 1e-12:
            break
        change = (float(died_above.sum()) - float((mean_weight * share).sum())) / information
        beta += max(-1.0, min(1.0, change))
        if abs(change) < 1e-10 or abs(beta) > _RUN_AWAY:
            break
    return beta


def _check_events(month: Floats, observed: Bools, in_arm: Bools, weights: Floats) -> None:
    """Refuse data without a finite hazard ratio: no event in an arm while the other is at risk."""
    here = weights > 0
    for name, chosen in (("the arm", in_arm), ("the comparator", ~in_arm)):
        own = here & observed & chosen
        if not own.any():
            raise InputError(f"{name} has no event, so that there is no hazard ratio")
        others = month[here & ~chosen]
        if not (month[own] <= others.max()).any():
            raise InputError(
                f"no event of {name} comes while the other is followed, so that there is no hazard ratio"
            )


def weighted_survival(month: Floats, observed: Bools, weights: Floats) -> tuple[Floats, Floats]:
    """Give the weighted product-limit curve: times with an event and survival from then on, starting at (0, 1)."""
    times, which = np.unique(month, return_inverse=True)
    events = np.bincount(which, weights=weights * observed, minlength=len(times))
    leaving = np.bincount(which, weights=weights, minlength=len(times))
    at_risk = np.cumsum(leaving[::-1])[::-1]
    heights = np.cumprod(1 - np.divide(events, at_risk, out=np.zeros(len(times)), where=at_risk > 0))
    kept = events > 0
    return np.concatenate([[0.0], times[kept]]), np.concatenate([[1.0], heights[kept]])
