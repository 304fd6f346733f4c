"""Hazard ratios of weighted or adjusted patients, refused where the data have none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cereblon.core.errors import InputError
from cereblon.statistics.cox import NotSettledError, fit_cox
from cereblon.statistics.follow_up import FollowUp
from cereblon.statistics.hazard_ratio import RUN_AWAY, log_hazard_ratio
from cereblon.synthesis.adjustment.covariates import Floats

Bools = NDArray[np.bool_]


def weighted_log_hazard_ratio(month: Floats, observed: Bools, in_arm: Bools, weights: Floats) -> tuple[float, float]:
    """Give the log hazard ratio of a weighted Cox regression and its robust standard error.

    Raises
    ------
    InputError
        If an arm has no event, or all events of one arm come before those of the other can.
    """
    data, in_arm = _weighted(month, observed, in_arm, weights)
    return adjusted_log_hazard_ratio(data, in_arm[:, None].astype(np.float64))


def quick_log_hazard_ratio(month: Floats, observed: Bools, in_arm: Bools, weights: Floats) -> float:
    """Give the log hazard ratio alone, for the many fits of a bootstrap.

    Raises
    ------
    InputError
        If an arm has no event.
    """
    return log_hazard_ratio(*_weighted(month, observed, in_arm, weights))[0]


def adjusted_log_hazard_ratio(data: FollowUp, design: Floats) -> tuple[float, float]:
    """Give the first coefficient of a Cox regression, and its standard error; robust where there are weights.

    Raises
    ------
    InputError
        If the regression does not settle or its coefficient has no finite standard error.
    """
    try:
        fit = fit_cox(data, design)
    except NotSettledError as error:
        raise InputError(
            "the Cox regression does not settle: the covariates are tied to each other or to the times",
            hint="match fewer figures",
        ) from error
    errors = fit.errors if data.weight is None else fit.robust_errors
    log_ratio, deviation = float(fit.coefficients[0]), float(errors[0])
    if not (abs(log_ratio) < RUN_AWAY and np.isfinite(deviation) and deviation < RUN_AWAY):
        raise InputError(
            "the hazard ratio runs away: the covariates tell apart who has the event early",
            hint="match fewer figures",
        )
    return log_ratio, deviation


def _weighted(month: Floats, observed: Bools, in_arm: Bools, weights: Floats) -> tuple[FollowUp, Bools]:
    """Leave out who has no weight; refuse data in which an arm has no event while the other is at risk."""
    here = weights > 0
    month, observed, in_arm = month[here], observed[here], in_arm[here]
    for name, chosen in (("the arm", in_arm), ("the comparator", ~in_arm)):
        own = observed & chosen
        if not own.any():
            raise InputError(f"{name} has no event, so that there is no hazard ratio")
        if not (month[own] <= month[~chosen].max()).any():
            raise InputError(
                f"no event of {name} comes while the other is followed, so that there is no hazard ratio"
            )
    return FollowUp(month, observed, weight=weights[here]), in_arm
