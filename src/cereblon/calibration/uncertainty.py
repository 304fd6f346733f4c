"""Why a published number differs from its prediction: parameters, trial, chance; each apart.

A number is simulated in several sets, each a draw of the parameters; each set in two replicate trials. On the scale
of the number (logit or log) the variance splits as in a nested analysis of variance: between draws, between trials
of one draw, and the play of chance within a trial, which the interval of each simulated trial gives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cereblon.calibration.scores import Z90


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Standard deviations of a predicted number on its scale.

    Parameters
    ----------
    parameter
        Of what the number is expected to be, over draws of the parameters.
    trial
        Between trials with the same parameters, beyond chance.
    sampling
        Chance in a trial of the published size.
    """

    parameter: float
    trial: float
    sampling: float

    @property
    def total(self) -> float:
        """All three together."""
        return float(np.sqrt(self.parameter**2 + self.trial**2 + self.sampling**2))

    @property
    def half_width(self) -> float:
        """Half of the 90 % prediction interval, on the scale."""
        return Z90 * self.total


def split(
    values: np.ndarray, errors: np.ndarray, *, simulated_n: float, published_n: float, between_trials: float
) -> Parts:
    """Split the variance of a number over draws and replicate trials.

    Parameters
    ----------
    values
        On the scale, shape (draw, 2): two replicate trials of each draw.
    errors
        Standard errors of `values` within their simulated trials.
    simulated_n, published_n
        Patients of the arm in a simulated trial and in the published one.
    between_trials
        Standard deviation between trials that the calibration estimated for numbers of this kind. The model's own
        spread of growth between trials is part of it: the larger of the two counts.

    Returns
    -------
        Variances that come out negative are 0.
    """
    chance = float(np.nanmean(errors**2))
    pairs = np.nanmean(values, axis=1)
    within = float(np.nanmean((values[:, 0] - values[:, 1]) ** 2 / 2.0)) if values.shape[1] > 1 else chance
    across = float(np.nanvar(pairs, ddof=1)) if len(pairs) > 1 else 0.0
    return Parts(
        parameter=float(np.sqrt(max(across - within / 2.0, 0.0))) if len(pairs) > 1 else 0.0,
        trial=float(np.sqrt(max(within - chance, between_trials**2, 0.0))),
        sampling=float(np.sqrt(chance * simulated_n / max(published_n, 1.0))),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shifted:
    """A prediction after the control arm of its study was seen."""

    centre: float
    sd: float


def given_control(
    centre: float, parts: Parts, control_published: float, control_centre: float, control: Parts, shared: float
) -> Shifted:
    """Correct the prediction of an arm by what its control arm showed.

    Draw and trial act on both arms alike, so the part of the control's miss that is not its chance is expected in
    the other arm too.

    Parameters
    ----------
    centre, parts
        Prediction of the arm on the scale.
    control_published, control_centre, control
        The control arm: published value, prediction and its parts.
    shared
        Part of the variance between trials that arms of one trial have in common.
    """
    common = control.parameter**2 + shared * control.trial**2
    weight = common / (control.total**2)
    own = parts.sampling**2 + (1.0 - shared) * parts.trial**2
    left = (parts.parameter**2 + shared * parts.trial**2) * (1.0 - weight)
    return Shifted(centre=centre + weight * (control_published - control_centre), sd=float(np.sqrt(own + left)))
