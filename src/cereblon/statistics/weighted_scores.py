"""Events less expected events of each arm, weighted over time after Fleming and Harrington, with their covariance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cereblon.core.errors import InputError
from cereblon.statistics.estimate import number_or_nan
from cereblon.statistics.follow_up import Floats

Weighting = tuple[float, float]
"""The two exponents of Fleming and Harrington, rho and gamma: a time of death weighs S^rho (1 - S)^gamma."""


@dataclass(frozen=True, slots=True)
class RiskSets:
    """Who is at risk and who has the event at each time of event, by group.

    Parameters
    ----------
    at_risk, died
        Of shape (..., group, time); sums of weights where subjects are weighted. A time without a death adds nothing.
    """

    at_risk: Floats
    died: Floats

    @property
    def everyone(self) -> Floats:
        """At risk at each time, of all groups."""
        return np.asarray(self.at_risk.sum(axis=-2), dtype=np.float64)

    @property
    def deaths(self) -> Floats:
        """Events at each time, in all groups."""
        return np.asarray(self.died.sum(axis=-2), dtype=np.float64)

    @property
    def share(self) -> Floats:
        """Share of each group among those at risk."""
        everyone = self.everyone[..., None, :]
        return np.divide(self.at_risk, everyone, out=np.zeros(self.at_risk.shape), where=everyone > 0)

    @property
    def hazard(self) -> Floats:
        """Share of all at risk that has the event at each time."""
        return np.divide(self.deaths, self.everyone, out=np.zeros(self.deaths.shape), where=self.everyone > 0)


@dataclass(frozen=True, slots=True)
class Scores:
    """Events and expected events under each weighting.

    Parameters
    ----------
    died, expected
        Of shape (..., weighting, group).
    covariance
        Of their difference, of shape (..., weighting, weighting, group, group).
    """

    died: Floats
    expected: Floats
    covariance: Floats

    def __add__(self, other: Scores) -> Scores:
        """Add another stratum."""
        return Scores(self.died + other.died, self.expected + other.expected, self.covariance + other.covariance)


def check_weightings(weightings: Sequence[Weighting]) -> list[Weighting]:
    """Refuse exponents of Fleming and Harrington that are negative or no numbers, and an empty list."""
    read = []
    for one in weightings:
        pair = [number_or_nan(part) for part in one] if isinstance(one, Sequence) and not isinstance(one, str) else []
        if len(pair) != 2 or not all(0 <= part < float("inf") for part in pair):
            raise InputError(
                f"weighting {one!r} is no pair of numbers from 0 on",
                hint="give rho and gamma of Fleming and Harrington: (0, 0) is the log-rank test, (0, 1) looks late",
            )
        read.append((pair[0], pair[1]))
    if not read:
        raise InputError("weightings: none is given", hint="(0, 0) is the log-rank test")
    return read


def worth_of_times(table: RiskSets, weightings: Sequence[Weighting]) -> Floats:
    """Give the weight of each time, from survival of all groups together just before it.

    Returns
    -------
        Of shape (..., weighting, time).

    Source
    ------
    Harrington and Fleming, Biometrika 1982;69:553.
    """
    kept = np.cumprod(1.0 - table.hazard, axis=-1)
    before = np.concatenate([np.ones((*kept.shape[:-1], 1)), kept], axis=-1)[..., None, :-1]
    rho, gamma = np.array(weightings, dtype=np.float64).T
    return np.asarray(before ** rho[:, None] * np.maximum(1.0 - before, 0.0) ** gamma[:, None])


def weighted_scores(table: RiskSets, worth: Floats) -> Scores:
    """Add up weighted events, those expected, and the hypergeometric covariance of their difference."""
    everyone, deaths, share = table.everyone, table.deaths, table.share
    left = np.divide(everyone - deaths, everyone - 1, out=np.zeros(deaths.shape), where=everyone > 1)
    pairs = -share[..., :, None, :] * share[..., None, :, :]
    groups = np.arange(share.shape[-2])
    pairs[..., groups, groups, :] += share
    products = worth[..., :, None, :] * worth[..., None, :, :] * (deaths * left)[..., None, None, :]
    return Scores(
        worth @ np.swapaxes(table.died, -1, -2),
        worth @ np.swapaxes(share * deaths[..., None, :], -1, -2),
        np.einsum("...wxt,...ght->...wxgh", products, pairs),
    )
