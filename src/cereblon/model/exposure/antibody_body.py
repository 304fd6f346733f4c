"""Amounts of an antibody in many subjects, stepped through its saturable and target-mediated loss.

The saturable loss is replaced by its tangent in the middle of each step and solved exactly, as the trial engine does;
exchange with the periphery is split in halves around it. Second order, stable at any rate.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cereblon.core.errors import InputError
from cereblon.model.drugs.pk_parameters import AntibodyPKParameters

Floats = NDArray[np.float64]
LONGEST_STEP = 1.0 / 12.0
"""Two hours, in days; daily averages are then right to 0.1 %."""


class AntibodyBody:
    """Amounts of an antibody in many subjects.

    Parameters
    ----------
    pk_parameters
        Arrays [subject] of float64.
    """

    def __init__(self, pk_parameters: AntibodyPKParameters) -> None:
        self._pk_parameters = pk_parameters
        n = len(np.asarray(pk_parameters.clearance))
        self._depot, self._centre, self._periphery = np.zeros(n), np.zeros(n), np.zeros(n)
        self._infusion, self._area = np.zeros(n), np.zeros(n)
        self._target = np.array(np.broadcast_to(np.asarray(pk_parameters.target, np.float64), (n,)))
        self._days = np.zeros(n)  # since the first dose
        self._begun = np.zeros(n, bool)

    @property
    def area(self) -> Floats:
        """Area under the concentration since the beginning, mg day/L, [subject]."""
        return self._area

    def give(self, mg: ArrayLike, *, absorbed: bool) -> None:
        """Put a dose into the depot or into the centre."""
        self._begun = self._begun | (np.asarray(mg) > 0.0)
        if absorbed:
            if self._pk_parameters.ka is None:
                raise InputError("the drug has no absorption", hint="give it into the vein")
            self._depot = self._depot + np.asarray(self._pk_parameters.available) * np.asarray(mg)
        else:
            self._centre = self._centre + np.asarray(mg)

    def infuse(self, mg_per_day: ArrayLike) -> None:
        """Change the rate of the infusion into the centre by so much."""
        self._begun = self._begun | (np.asarray(mg_per_day) > 0.0)
        rate = self._infusion + np.asarray(mg_per_day)
        self._infusion = np.where(np.abs(rate) < 1e-9 * np.abs(mg_per_day), 0.0, rate)

    def change(self, pk_parameters: AntibodyPKParameters) -> None:
        """Go on with other PK parameters; amounts and the target that is left stay."""
        self._pk_parameters = pk_parameters

    def empty(self, who: NDArray[np.bool_] | None = None) -> None:
        """Take all drug away and stop the infusion, in some or in all; the target that is gone stays gone."""
        kept = np.zeros(len(self._centre)) if who is None else np.where(who, 0.0, 1.0)
        self._depot, self._centre = self._depot * kept, self._centre * kept
        self._periphery, self._infusion = self._periphery * kept, self._infusion * kept

    def read(self, ahead: Floats) -> tuple[Floats, Floats]:
        """Move on to the last of some moments; concentration and area at each, [subject, moment].

        Parameters
        ----------
        ahead
            Days from now, rising: [moment] for all, or [subject, moment].
        """
        levels, areas = [], []
        ahead = np.broadcast_to(ahead, (len(self._centre), np.shape(ahead)[-1]))
        volume = np.asarray(self._pk_parameters.central_volume)
        for width in np.diff(ahead, axis=1, prepend=0.0).T:
            steps = np.ceil(width / LONGEST_STEP - 1e-9).astype(int)
            for k in range(int(steps.max(initial=0))):
                self._step(np.where(k < steps, width / np.maximum(steps, 1), 0.0))
            levels.append(self._centre / volume)
            areas.append(self._area)
        return np.stack(levels, axis=-1), np.stack(areas, axis=-1)

    def _step(self, h: Floats) -> None:
        """Move on by a step of each subject, 0 for one who waits; nothing happens before the first dose."""
        moves = self._begun & (h > 0.0)
        if not moves.any():
            return
        before = (self._depot, self._centre, self._periphery, self._target, self._area)
        self._move(np.where(moves, h, 1.0))
        if not moves.all():
            after = (self._depot, self._centre, self._periphery, self._target, self._area)
            self._depot, self._centre, self._periphery, self._target, self._area = (
                np.where(moves, new, old) for new, old in zip(after, before, strict=True)
            )
        self._days = self._days + np.where(moves, h, 0.0)

    def _move(self, h: Floats) -> None:
        from scipy.special import expit

        f = self._pk_parameters
        middle_day = self._days + 0.5 * h
        gone = expit(np.asarray(f.rise_steepness) * np.log(middle_day / np.asarray(f.rise_half)))
        clearance = np.asarray(f.clearance) * np.exp(np.asarray(f.rise) * (1.0 - gone))
        capacity = np.asarray(f.capacity) * np.exp(-np.asarray(f.capacity_decay) * middle_day)
        k_linear = (clearance + np.asarray(f.exchange)) / np.asarray(f.central_volume)
        half = np.asarray(f.half) * np.asarray(f.central_volume)

        self._return(0.5 * h)
        absorbed = np.zeros_like(self._depot) if f.ka is None else -self._depot * np.expm1(-f.ka * h)
        inflow = absorbed / h + self._infusion
        middle, _ = _tangent(self._centre, self._centre, inflow, k_linear, capacity, half, 0.5 * h)
        self._centre, mean = _tangent(self._centre, middle, inflow, k_linear, capacity, half, h)
        self._depot = self._depot - absorbed
        self._periphery = self._periphery + mean * h * f.exchange / f.central_volume
        self._return(0.5 * h)
        self._area = self._area + mean * h / f.central_volume

    def _return(self, h: Floats) -> None:
        """Let drug leave the periphery over h: back to the centre, or bound to the target there."""
        f = self._pk_parameters
        back, bound = f.exchange / f.peripheral_volume, f.uptake * self._target
        left = -self._periphery * np.expm1(-(back + bound) * h)
        share = back / (back + bound)
        self._periphery = self._periphery - left
        self._centre = self._centre + left * share
        self._target = np.maximum(self._target - left * (1.0 - share) / f.peripheral_volume, 0.0)


def _tangent(
    amount: Floats, at: Floats, inflow: Floats, k_linear: Floats, capacity: Floats, half: Floats, h: Floats
) -> tuple[Floats, Floats]:
    """Advance the central amount with the saturable loss replaced by its tangent at `at`; end and mean."""
    slope = k_linear + capacity * half / (half + at) ** 2
    limit = (inflow - capacity * (at / (half + at)) ** 2) / slope
    left = np.exp(-slope * h)
    end = limit + (amount - limit) * left
    mean = limit + (amount - limit) * (1.0 - left) / (slope * h)
    return np.maximum(end, 0.0), np.maximum(mean, 0.0)
