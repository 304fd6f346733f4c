"""Small-study effects: funnel points and the regression test of asymmetry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from cereblon.core.errors import InputError
from cereblon.synthesis.frequentist.direct_evidence import pool_direct
from cereblon.synthesis.frequentist.measure import two_sided_p
from cereblon.synthesis.frequentist.meta_regression import regress
from cereblon.synthesis.frequentist.network_result import NetworkResult


@dataclass(frozen=True)
class AsymmetryTest:
    """Regression of effects on their standard errors.

    Attributes
    ----------
    slope, se, z, p
        Change of the effect per unit of standard error, normal test.
    limit_effect, limit_se
        Effect expected in a trial of infinite size.
    """

    slope: float
    se: float
    z: float
    p: float
    limit_effect: float
    limit_se: float


@dataclass(frozen=True)
class FunnelPoint:
    """One contrast of one trial in a comparison-adjusted funnel plot.

    Attributes
    ----------
    study, treatment, versus
        The contrast; `treatment` comes later in the order that was asked for.
    effect, se
        As in the trial.
    adjusted
        Effect minus the head-to-head mean of its comparison: the horizontal position.
    """

    study: str
    treatment: str
    versus: str
    effect: float
    se: float
    adjusted: float


def egger_test(effect: ArrayLike, se: ArrayLike, *, tau2_method: str = "REML") -> AsymmetryTest:
    """Test funnel asymmetry by regressing effects on standard errors with random effects.

    With fewer than ten trials the test says little; asymmetry has other causes than missing trials.

    Raises
    ------
    InputError
        If there are fewer than three trials, or all have the same standard error.

    Source
    ------
    Egger, Davey Smith, Schneider and Minder, BMJ 1997; 315: 629-634, in the mixed-effects form of metafor `regtest`.
    """
    errors = np.atleast_1d(np.asarray(se, float))
    if errors.size < 3:
        raise InputError(
            f"{errors.size} trials are too few for a test of asymmetry", hint="three at least, ten better"
        )
    if np.ptp(errors) == 0:
        raise InputError("all trials have the same standard error: small and large ones cannot be told apart")
    line = regress(effect, errors, {"se": errors}, tau2_method=tau2_method)
    b, s = float(line.coefficient[1]), float(line.se[1])
    return AsymmetryTest(b, s, b / s, two_sided_p(b / s), float(line.coefficient[0]), float(line.se[0]))


def comparison_adjusted_funnel(result: NetworkResult, order: Sequence[str]) -> tuple[FunnelPoint, ...]:
    """Give the points of a comparison-adjusted funnel plot.

    Parameters
    ----------
    result
        Of a network meta-analysis.
    order
        All treatments from the one expected to be favoured least (e.g. oldest) to the one favoured most, so that
        asymmetry has a meaning.

    Raises
    ------
    InputError
        If `order` is not the treatments of the network, each once.

    Source
    ------
    Chaimani and Salanti, Research Synthesis Methods 2012; 3: 161-176.
    """
    if sorted(order) != sorted(result.treatments):
        raise InputError(f"the order {', '.join(order)} is not the network's {', '.join(result.treatments)}")
    points = list[FunnelPoint]()
    for trial in result.data.trials:
        for versus, treatment in combinations(sorted(trial.treatments, key=list(order).index), 2):
            effect, variance = trial.contrast(treatment, versus)
            direct = pool_direct(result.data, treatment, versus, result.tau2)
            centre = effect if direct is None else direct.effect
            points.append(
                FunnelPoint(trial.study, treatment, versus, effect, float(np.sqrt(variance)), effect - centre)
            )
    return tuple(points)
