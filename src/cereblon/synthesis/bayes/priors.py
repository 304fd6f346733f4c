"""What is believed before the trials are seen, in numbers and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from cereblon.core.errors import InputError, unknown_name
from cereblon.synthesis.frequentist.contrast_data import ContrastData
from cereblon.synthesis.frequentist.measure import is_ratio

Family = Literal["half-normal", "uniform", "log-normal"]

_RATIO_SCALE = 0.5
_VAGUE = 100.0


@dataclass(frozen=True)
class HeterogeneityPrior:
    """Prior of the heterogeneity between trials.

    Attributes
    ----------
    family
        `half-normal` and `uniform` are of the standard deviation tau, `log-normal` of the variance tau2, which is how
        empirical priors are published.
    first, second
        Half-normal: scale, not used. Uniform: lower and upper limit. Log-normal: mean and standard deviation of the
        logarithm of tau2.
    """

    family: Family
    first: float
    second: float = 0.0

    def __post_init__(self) -> None:
        """Refuse numbers that make no distribution."""
        if self.family not in get_args(Family):
            raise unknown_name("prior", self.family, get_args(Family))
        if not (np.isfinite(self.first) and np.isfinite(self.second)):
            raise InputError(f"prior {self}: its numbers must be finite")
        if self.family == "half-normal" and self.first <= 0:
            raise InputError(f"half-normal prior: the scale {self.first:g} is not positive", hint="e.g. 0.5")
        if self.family == "uniform" and not 0 <= self.first < self.second:
            raise InputError(f"uniform prior: {self.first:g} to {self.second:g} is no range of standard deviations")
        if self.family == "log-normal" and self.second <= 0:
            raise InputError(f"log-normal prior: the standard deviation {self.second:g} is not positive")

    def __str__(self) -> str:
        """Say the prior in words."""
        if self.family == "half-normal":
            return f"tau half-normal with scale {self.first:g}"
        if self.family == "uniform":
            return f"tau uniform from {self.first:g} to {self.second:g}"
        return f"tau2 log-normal, log mean {self.first:g} and log sd {self.second:g}"


@dataclass(frozen=True)
class Priors:
    """All priors of a Bayesian network.

    Attributes
    ----------
    effect_sd
        Standard deviation of the normal prior, with mean 0, of each treatment's effect against the reference.
    baseline_sd
        The same for the log odds in the first arm of each trial given by counts.
    heterogeneity
        Between trials.
    """

    effect_sd: float
    baseline_sd: float
    heterogeneity: HeterogeneityPrior

    def __post_init__(self) -> None:
        """Refuse standard deviations that are not positive."""
        for name in ("effect_sd", "baseline_sd"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value > 0):
                raise InputError(f"prior {name}: got {value:g}; a standard deviation is positive")

    def sentences(self, *, random: bool, counts: bool) -> tuple[str, ...]:
        """Say the priors that matter in words."""
        said = [f"effects against the reference: normal with mean 0 and standard deviation {self.effect_sd:g}"]
        if counts:
            said.append(f"log odds in the first arm of a trial: normal with mean 0, sd {self.baseline_sd:g}")
        if random:
            said.append(f"between trials: {self.heterogeneity}")
        return tuple(said)


def default_priors(data: ContrastData) -> Priors:
    """Choose priors that say little about effects and keep tau in the range seen in trials.

    For log ratios tau is half-normal with scale 0.5, a value above which trials of one comparison would differ many
    times over; for other scales the scale is the spread of the printed contrasts. Effects have standard deviation
    100, as in R multinma.

    Parameters
    ----------
    data
        Trials, for their scale and spread.

    Source
    ------
    Röver et al., Research Synthesis Methods 2021; 12: 448-474 (half-normal scales for log ratios).
    """
    if is_ratio(data.measure) or data.measure == "logit":
        return Priors(_VAGUE, _VAGUE, HeterogeneityPrior("half-normal", _RATIO_SCALE))
    effects = np.concatenate([trial.effect for trial in data.trials])
    errors = np.concatenate([np.sqrt(np.diag(trial.covariance)) for trial in data.trials])
    spread = float(np.sqrt(np.mean(effects**2) + np.mean(errors**2)))
    return Priors(_VAGUE * max(1.0, spread), _VAGUE, HeterogeneityPrior("half-normal", spread))


def parse_heterogeneity_prior(text: str) -> HeterogeneityPrior:
    """Read a prior of the heterogeneity as written on a command line.

    Parameters
    ----------
    text
        `half-normal:0.5`, `uniform:0,2`, or `log-normal:-2.56,1.74` (of tau2).

    Raises
    ------
    InputError
        If it is none of these forms.
    """
    family, _, numbers = text.partition(":")
    form = "half-normal:0.5, uniform:0,2 or log-normal:-2.56,1.74"
    try:
        values = [float(part) for part in numbers.split(",")]
    except ValueError:
        raise InputError(f"prior {text!r} is not understood", hint=f"write {form}") from None
    if family == "half-normal" and len(values) == 1:
        return HeterogeneityPrior("half-normal", values[0])
    if family == "uniform" and len(values) == 2:
        return HeterogeneityPrior("uniform", *values)
    if family == "log-normal" and len(values) == 2:
        return HeterogeneityPrior("log-normal", *values)
    raise InputError(f"prior {text!r} is not understood", hint=f"write {form}")
