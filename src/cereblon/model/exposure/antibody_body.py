"""Amounts of an antibody in many subjects, through its saturable and target-mediated loss.

The differential equations of `AntibodyPKParameters` are solved by LSODA of ODEPACK (Hindmarsh 1983), which changes
its order, its step and, where binding to the target is fast, its method. All subjects share the steps.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cereblon.core.errors import InputError
from cereblon.model.drugs.pk_parameters import AntibodyPKParameters

Floats = NDArray[np.float64]
RTOL, ATOL = 1e-6, 1e-5
"""Error of a step: a millionth of an amount, and 10 ng, which no assay finds in some litres."""
_NO_TIME = 1e-9  # day, of which there is a logarithm


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

        Raises
        ------
        InputError
            If the equations cannot be solved, as with amounts that no body holds.
        """
        volume = np.asarray(self._pk_parameters.central_volume)[:, None]
        if np.ndim(ahead) == 1:
            centre, area = self._follow(np.ones(len(volume)), np.asarray(ahead, np.float64))
            return centre / volume, area
        widths = np.diff(ahead, axis=1, prepend=0.0).T
        parts = [self._follow(width, np.ones(1)) for width in widths]
        centre, area = (np.concatenate(one, axis=1) for one in zip(*parts, strict=True))
        return centre / volume, area

    def _follow(self, pace: Floats, moments: Floats) -> tuple[Floats, Floats]:
        """Move on, each subject at its own pace in days; what is in the centre, and area, [subject, moment].

        Nothing happens before the first dose.
        """
        from scipy.integrate import odeint

        pace = np.where(self._begun, pace, 0.0)
        if not (pace * moments[-1]).any():
            still = np.ones(len(moments))
            return self._centre[:, None] * still, self._area[:, None] * still
        # Neighbours in the equations stand beside each other, so that few derivatives are taken.
        now = np.stack([self._depot, self._area, self._centre, self._periphery, self._target], axis=1)
        solved, told = odeint(
            self._equations(pace),
            now.ravel(),
            np.concatenate([[0.0], moments]),
            tfirst=True,
            rtol=RTOL,
            atol=ATOL,
            ml=2,
            mu=1,
            mxstep=100_000,
            full_output=True,
        )
        if told["message"] != "Integration successful.":
            raise InputError(
                f"the course of an antibody cannot be computed ({told['message']})",
                hint="are its doses, and weights of subjects, right?",
            )
        found = np.maximum(solved[1:].reshape(len(moments), *now.shape), 0.0).T
        self._depot, self._area, self._centre, self._periphery, self._target = found[..., -1].copy()
        self._days = self._days + pace * moments[-1]
        _, area, centre, _, _ = found
        return centre, area

    def _equations(self, pace: Floats) -> Callable[[float, Floats], Floats]:
        """Give the derivatives of all amounts by time, of which `pace` days pass in one."""
        from scipy.special import expit

        f = self._pk_parameters
        central, peripheral = np.asarray(f.central_volume), np.asarray(f.peripheral_volume)
        out, back = np.asarray(f.exchange) / central, np.asarray(f.exchange) / peripheral
        clearance, rise = np.asarray(f.clearance) / central, np.asarray(f.rise)
        steepness, half_rise = np.asarray(f.rise_steepness), np.log(np.asarray(f.rise_half))
        capacity, decay = np.asarray(f.capacity), np.asarray(f.capacity_decay)
        half, uptake = np.asarray(f.half) * central, np.asarray(f.uptake)
        ka = 0.0 if f.ka is None else np.asarray(f.ka)
        begun, infusion = self._days, self._infusion

        def flow(time: float, amounts: Floats) -> Floats:
            depot, _, centre, periphery, target = amounts.reshape(-1, 5).T
            day = begun + pace * time
            gone = expit(steepness * (np.log(np.maximum(day, _NO_TIME)) - half_rise))
            saturable = capacity * np.exp(-decay * day) / (half + np.maximum(centre, 0.0))
            lost = clearance * np.exp(rise * (1.0 - gone)) + saturable
            absorbed, bound = ka * depot, uptake * target * periphery
            there, returned = out * centre, back * periphery
            flows = (
                -absorbed,
                centre / central,
                absorbed + infusion - lost * centre - there + returned,
                there - returned - bound,
                -bound / peripheral,
            )
            return np.stack([pace * one for one in flows], axis=1).ravel()

        return flow
