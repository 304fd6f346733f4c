"""An event data set as arrays, one entry for each row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cereblon.model.drugs.kinetics import Kinetics
from cereblon.model.exposure.event_columns import DOSE, OBSERVE, OTHER, RESET_AND_DOSE

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class EventTable:
    """A data set that can be simulated; each array has one entry for each row, by subject and time.

    Parameters
    ----------
    kinetics
        The drug it is about.
    subjects
        ID of each subject, in their order.
    subject
        Number of the row's subject.
    line
        Line of the file.
    hours
        TIME, h.
    shown, time_unit
        TIME as in the file, and its unit; hours since the earliest record where times of day are given.
    evid
        0 observation, 1 dose, 2 other, 3 reset, 4 reset and dose.
    mg
        AMT, mg.
    infusion_h
        Length of an infusion, h; 0 for a dose that enters at once.
    absorbed
        Whether the dose goes into the depot.
    more, every_h
        ADDL, number of further doses, and II, hours between them.
    steady
        SS.
    covariates
        By field of `Patient`.
    in_order
        Whether rows at one time stand in the order of the file rather than observations before doses.
    notes
        What was understood, and what was not used, in sentences for the user.
    unused
        Columns that were not used.
    """

    kinetics: Kinetics
    subjects: tuple[str, ...]
    subject: Integers
    line: Integers
    hours: Floats
    shown: Floats
    time_unit: str
    evid: Integers
    mg: Floats
    infusion_h: Floats
    absorbed: NDArray[np.bool_]
    more: Integers
    every_h: Floats
    steady: Integers
    covariates: Mapping[str, Floats]
    in_order: bool
    notes: tuple[str, ...]
    unused: tuple[str, ...]

    @property
    def is_dose(self) -> NDArray[np.bool_]:
        """Whether something is given."""
        return np.isin(self.evid, (DOSE, RESET_AND_DOSE))

    @property
    def is_observed(self) -> NDArray[np.bool_]:
        """Whether a concentration is asked for."""
        return np.isin(self.evid, (OBSERVE, OTHER))
