"""How well a model fits: residual deviance, effective parameters, and the deviance information criterion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cereblon.synthesis.bayes.likelihood import CountedTrials, IndependentContrasts
from cereblon.synthesis.frequentist.measure import FloatArray


@dataclass(frozen=True)
class ModelFit:
    """What speaks for and against a model.

    Attributes
    ----------
    residual_deviance
        Posterior mean of the deviance against a model that fits every data point; near `data_points` in a good model.
    effective_parameters
        pD: the residual deviance less its value at the posterior means of the fitted values.
    data_points
        Arms of trials given by counts, and contrasts of all others.

    Source
    ------
    Spiegelhalter, Best, Carlin and van der Linde, JRSS B 2002; 64: 583-639. With fitted values: Dias, Welton, Sutton
    and Ades, NICE DSU Technical Support Document 2, section 3.
    """

    residual_deviance: float
    effective_parameters: float
    data_points: int

    @property
    def dic(self) -> float:
        """Deviance information criterion; of two models of the same data, 3 to 5 less is meaningful."""
        return self.residual_deviance + self.effective_parameters

    def to_row(self) -> dict[str, float | int]:
        """Give the numbers as columns of one row."""
        return {
            "residual_deviance": self.residual_deviance,
            "effective_parameters": self.effective_parameters,
            "data_points": self.data_points,
            "dic": self.dic,
        }


def _share(observed: FloatArray, fitted: FloatArray) -> FloatArray:
    """Compute observed log(observed / fitted), which is 0 where nothing was observed."""
    some = observed > 0
    ratio = np.where(some, observed, 1.0) / np.where(some, fitted, 1.0)
    return np.asarray(np.where(some, observed * np.log(ratio), 0.0))


def _deviance_of_counts(counted: CountedTrials, expected: FloatArray) -> FloatArray:
    """Give the residual deviance of each arm."""
    events = np.broadcast_to(counted.events, expected.shape)
    if counted.are_rates:
        return 2.0 * (_share(events, expected) - (events - expected))
    return 2.0 * (_share(events, expected) + _share(counted.n - events, counted.n - expected))


def fit_of_counts(counted: CountedTrials, expected: FloatArray) -> ModelFit:
    """Compute the fit of events per arm.

    Parameters
    ----------
    counted
        Trials.
    expected
        Draws of the expected events, shape (draw, arm).
    """
    mean = float(_deviance_of_counts(counted, expected).sum(axis=1).mean())
    at_mean = float(_deviance_of_counts(counted, expected.mean(axis=0)).sum())
    return ModelFit(mean, mean - at_mean, counted.events.size)


def fit_of_contrasts(printed: IndependentContrasts, effect: FloatArray, tau: FloatArray) -> ModelFit:
    """Compute the fit of printed contrasts to the effects of their trials, whose posterior given a draw is normal.

    Parameters
    ----------
    printed
        Contrasts, turned so that their sampling variance is 1.
    effect, tau
        Draws, shapes (draw, treatment - 1) and (draw,).
    """
    middle = effect @ printed.design.T
    between = tau[:, None] ** 2 * printed.growth
    kept = between / (1.0 + between)
    own = middle + kept * (printed.effect - middle)
    mean = float(((printed.effect - own) ** 2 + kept).sum(axis=1).mean())
    at_mean = float(((printed.effect - own.mean(axis=0)) ** 2).sum())
    return ModelFit(mean, mean - at_mean, printed.effect.size)


def together(parts: list[ModelFit]) -> ModelFit:
    """Add up the fit of parts of the data."""
    return ModelFit(
        sum(part.residual_deviance for part in parts),
        sum(part.effective_parameters for part in parts),
        sum(part.data_points for part in parts),
    )
