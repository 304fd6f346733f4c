"""How much of an error a trial has spent when a share of the information is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cereblon.core.number_arrays import ArrayInput
from cereblon.statistics.distributions import normal_beyond, normal_cdf
from cereblon.statistics.follow_up import Floats

SpendingName = Literal["obrien-fleming", "pocock", "hwang-shih-decani"]


@dataclass(frozen=True, slots=True)
class Spending:
    """A spending function.

    Parameters
    ----------
    name
        `obrien-fleming` and `pocock` are those of Lan and DeMets, which come close to the boundaries of these names.
    gamma
        Of Hwang, Shih and DeCani: -4 is close to O'Brien-Fleming, 1 to Pocock, 0 spends evenly. The others have none.

    Source
    ------
    Lan and DeMets, Biometrika 1983;70:659; Hwang, Shih and DeCani, Stat Med 1990;9:1439.
    """

    name: SpendingName
    gamma: float = 0.0

    def spent(self, information: ArrayInput, error: float) -> Floats:
        """Give the error spent up to each share of the information.

        Parameters
        ----------
        information
            Shares, 0 to 1; what lies beyond counts as 1.
        error
            To be spent in all, one-sided.
        """
        share = np.minimum(np.asarray(information, dtype=np.float64), 1.0)
        if self.name == "obrien-fleming":
            with np.errstate(divide="ignore"):
                return 2.0 * normal_cdf(-normal_beyond(error / 2.0) / np.sqrt(share))
        if self.name == "pocock":
            return np.asarray(error * np.log1p((np.e - 1.0) * share))
        if self.gamma == 0.0:
            return np.asarray(error * share)
        return np.asarray(error * np.expm1(-self.gamma * share) / np.expm1(-self.gamma))

    @property
    def words(self) -> str:
        """Its name as people write it."""
        if self.name == "hwang-shih-decani":
            return f"Hwang-Shih-DeCani, gamma {self.gamma:g}"
        return {"obrien-fleming": "O'Brien-Fleming (Lan-DeMets)", "pocock": "Pocock (Lan-DeMets)"}[self.name]
