"""Amounts of a drug with linear kinetics in many subjects, moved on exactly over any length of time.

The exchange matrix of a mammillary model is symmetric once amounts are divided by the root of their volume; its
eigenvectors turn the compartments into independent modes. Amounts survive a change of the PK parameters, so a
clearance that follows kidney function needs no differential equation: it is constant between two changes.

Absorption enters mode `k` as `ka D b_k (exp(-ka t) - exp(-rate_k t)) / (rate_k - ka)`, written so that equal rates
do no harm.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cereblon.core.errors import InputError
from cereblon.model.drugs.pk_parameters import PKParameters

Floats = NDArray[np.float64]


class Body(Protocol):
    """What holds a drug: amounts of many subjects at one moment."""

    @property
    def area(self) -> Floats:
        """Area under the concentration since the beginning, mg day/L, [subject]."""
        ...

    def give(self, mg: ArrayLike, *, absorbed: bool) -> None:
        """Put a dose into the depot or into the centre."""
        ...

    def infuse(self, mg_per_day: ArrayLike) -> None:
        """Change the rate of the infusion into the centre by so much."""
        ...

    def read(self, ahead: Floats) -> tuple[Floats, Floats]:
        """Move on to the last of some moments, days ahead; concentration and area at each, [subject, moment]."""
        ...

    def change(self, pk_parameters: PKParameters) -> None:
        """Go on with other PK parameters; amounts stay."""
        ...

    def empty(self, who: NDArray[np.bool_] | None = None) -> None:
        """Take all drug away and stop the infusion, in some subjects or in all."""
        ...


class LinearBody:
    """Amounts of a linear drug in many subjects.

    Parameters
    ----------
    pk_parameters
        Arrays [subject] of float64.
    """

    def __init__(self, pk_parameters: PKParameters) -> None:
        self._solve(pk_parameters)
        n = len(self._scale)
        self._modes = np.zeros_like(self._rate)
        self._depot, self._infusion, self._area = np.zeros(n), np.zeros(n), np.zeros(n)

    def _solve(self, pk_parameters: PKParameters) -> None:
        volumes = [volume for volume in (pk_parameters.v1, pk_parameters.v2, pk_parameters.v3) if volume is not None]
        exchanges = [
            np.asarray(exchange) for exchange in (pk_parameters.q2, pk_parameters.q3) if exchange is not None
        ]
        v = np.sqrt(np.stack([np.asarray(volume, np.float64) for volume in volumes], axis=-1))
        matrix = np.zeros((*v.shape, v.shape[-1]))
        matrix[:, 0, 0] = (np.asarray(pk_parameters.cl) + sum(exchanges, np.zeros(len(v)))) / v[:, 0] ** 2
        for k, exchange in enumerate(exchanges, start=1):
            matrix[:, k, k] = exchange / v[:, k] ** 2
            matrix[:, 0, k] = matrix[:, k, 0] = -exchange / (v[:, 0] * v[:, k])
        if not (np.isfinite(matrix).all() and (np.asarray(pk_parameters.cl) > 0.0).all()):
            raise InputError("a clearance or volume is not a positive number", hint="look at the covariates")
        self._rate, self._vectors = np.linalg.eigh(matrix)
        self._roots = v
        self._scale = v[:, 0]
        self._into = self._vectors[:, 0, :] / self._scale[:, None]  # what 1 mg adds to each mode; also reads them
        self._ka = None if pk_parameters.ka is None else np.asarray(pk_parameters.ka, np.float64)
        self._available = np.asarray(pk_parameters.available, np.float64)

    @property
    def area(self) -> Floats:
        """Area under the concentration since the beginning, mg day/L, [subject]."""
        return self._area

    def amounts(self) -> Floats:
        """Give the amounts in the compartments, mg, [subject, compartment]; the depot is left out."""
        held: Floats = self._roots * np.einsum("nck,nk->nc", self._vectors, self._modes)
        return held

    def give(self, mg: ArrayLike, *, absorbed: bool) -> None:
        """Put a dose into the depot or into the centre."""
        if absorbed:
            if self._ka is None:
                raise InputError("the drug has no absorption", hint="give it into the vein")
            self._depot = self._depot + self._available * np.asarray(mg)
        else:
            each = np.broadcast_to(np.asarray(mg, np.float64), self._scale.shape)
            self._modes = self._modes + self._into * each[:, None]

    def infuse(self, mg_per_day: ArrayLike) -> None:
        """Change the rate of the infusion into the centre by so much."""
        rate = self._infusion + np.asarray(mg_per_day)
        self._infusion = np.where(np.abs(rate) < 1e-9 * np.abs(mg_per_day), 0.0, rate)

    def _ahead(self, times: Floats) -> tuple[Floats, Floats]:
        """Give the modes [subject, time, mode] and the depot [subject, time] some days ahead, [subject, time]."""
        long = times[:, :, None]
        z = self._rate[:, None, :] * long
        modes = self._modes[:, None, :] * np.exp(-z)
        if self._infusion.any():
            modes = modes + (self._into * self._infusion[:, None])[:, None, :] * long * _mean_decay(z)
        if self._ka is None or not self._depot.any():
            return modes, np.broadcast_to(self._depot[:, None], z.shape[:2]).copy()
        ka = self._ka[:, None, None]
        slower = np.minimum(ka, self._rate[:, None, :]) * long
        apart = np.abs(ka - self._rate[:, None, :]) * long
        share = long * np.exp(-slower) * _mean_decay(apart)
        modes = modes + (self._into * (self._ka * self._depot)[:, None])[:, None, :] * share
        return modes, self._depot[:, None] * np.exp(-self._ka[:, None] * times)

    def read(self, ahead: Floats) -> tuple[Floats, Floats]:
        """Move on to the last of some moments; concentration and area at each, [subject, moment].

        Parameters
        ----------
        ahead
            Days from now, rising: [moment] for all, or [subject, moment].
        """
        ahead = np.broadcast_to(ahead, (len(self._scale), np.shape(ahead)[-1]))
        modes, depot = self._ahead(ahead)
        # What left a mode is what entered it and is not there: the area needs no further integral.
        entered = (self._depot[:, None] - depot) + self._infusion[:, None] * ahead
        gone = self._modes[:, None, :] - modes + self._into[:, None, :] * entered[:, :, None]
        area = self._area[:, None] + np.sum(gone / self._rate[:, None, :] * self._into[:, None, :], axis=-1)
        level = np.maximum(np.sum(modes * self._into[:, None, :], axis=-1), 0.0)  # rounding may leave -1e-18
        # Copies, since a view would keep all moments in memory.
        self._modes, self._depot, self._area = modes[:, -1, :].copy(), depot[:, -1].copy(), area[:, -1].copy()
        return level, area

    def change(self, pk_parameters: PKParameters) -> None:
        """Go on with other PK parameters; amounts stay."""
        held = self.amounts()
        self._solve(pk_parameters)
        self._modes = np.einsum("nck,nc->nk", self._vectors, held / self._roots)

    def empty(self, who: NDArray[np.bool_] | None = None) -> None:
        """Take all drug away and stop the infusion, in some subjects or in all."""
        kept = np.zeros(len(self._scale)) if who is None else np.where(who, 0.0, 1.0)
        self._modes, self._depot = self._modes * kept[:, None], self._depot * kept
        self._infusion = self._infusion * kept

    def add(self, other: LinearBody, who: NDArray[np.bool_]) -> None:
        """Put what is in the bodies of some subjects, of the same kinetics, beside what these subjects have."""
        modes, depot = self._modes.copy(), self._depot.copy()
        modes[who] += other._modes
        depot[who] += other._depot
        self._modes, self._depot = modes, depot

    def settle(self, length: ArrayLike, once: Callable[[], None]) -> None:
        """Go to the steady state of a cycle that is repeated for ever, at its start.

        Doses add up as a geometric series: what a cycle leaves behind, over 1 minus what is left of a mode after
        its length.

        Parameters
        ----------
        length
            Of the cycle, day; one for all or one for each subject.
        once
            Gives the doses of one cycle to this body and moves it on by `length`.
        """
        area, length = self._area, np.asarray(length)
        self.empty()
        once()
        depot = self._depot if self._ka is None else self._depot / -np.expm1(-self._ka * length)
        self.empty()
        self._depot = depot
        once()
        modes = self._modes / -np.expm1(-self._rate * np.reshape(length, (-1, 1)))
        self.empty()
        self._modes, self._depot, self._area = modes, depot, area

    def half_life(self, *, absorbed: bool) -> Floats:
        """Give the terminal half-life, day, [subject]; a slow absorption governs it (flip-flop kinetics)."""
        slowest = self._rate.min(axis=-1)
        if absorbed and self._ka is not None:
            slowest = np.minimum(slowest, self._ka)
        half: Floats = np.log(2.0) / slowest
        return half

    def area_of_dose(self, mg: ArrayLike, *, absorbed: bool) -> Floats:
        """Give the area under the concentration of one dose from then to infinity, mg day/L, [subject]."""
        per_mg: Floats = np.sum(self._into**2 / self._rate, axis=-1)
        area: Floats = np.asarray(mg) * per_mg * (self._available if absorbed else 1.0)
        return area


def _mean_decay(z: Floats) -> Floats:
    """Average exp(-s) over s from 0 to z, for z >= 0; 1 at z = 0."""
    safe = np.where(z > 0.0, z, 1.0)
    return np.where(z > 0.0, -np.expm1(-safe) / safe, 1.0)
