"""Simulated patients that trials are drawn from, as arrays: one entry a patient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cereblon.core.errors import InputError
from cereblon.statistics.follow_up import Bools, Floats, Ints

TESTED, CONTROL = 0, 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Pool:
    """Patients of two arms, followed long enough and without dropout.

    Parameters
    ----------
    arm
        0 for the arm that is tested, 1 for the one it is compared with.
    event
        Whole days from day 0 to the event; infinite where it was not seen in the simulation.
    known
        Day on which the event is known, as a progression must be confirmed; infinite without an event.
    stratum
        Number of the patient's stratum, from 0.
    trial
        Simulated trial that the patient belongs to, from 0.
    followed
        Days that everybody is followed.
    visit
        Days between assessments, where patients without an event are censored at the last one; 0 where they are
        censored at the last contact.
    left
        Day after which a convention of censoring looks at a patient no more; infinite where it does not end that.
    landmark
        Days after which a patient counts at all, where the endpoint is judged on that day alone; 0 elsewhere.
    """

    arm: Ints
    event: Floats
    known: Floats
    stratum: Ints
    trial: Ints
    followed: float
    visit: float = 0.0
    left: Floats | None = None
    landmark: float = 0.0

    def __post_init__(self) -> None:
        columns = (self.arm, self.event, self.known, self.stratum, self.trial)
        lengths = {len(values) for values in (*columns, *(() if self.left is None else (self.left,)))}
        if len(lengths) != 1:
            raise InputError(f"pool: columns have different lengths {sorted(lengths)}")
        if not all((self.arm == arm).any() for arm in (TESTED, CONTROL)):
            raise InputError("pool: one of the arms has no patients")

    @property
    def strata(self) -> int:
        """Number of strata."""
        return int(self.stratum.max()) + 1

    @property
    def trials(self) -> int:
        """Number of simulated trials."""
        return int(self.trial.max()) + 1

    def rows(self, arm: int) -> Ints:
        """Give the rows of an arm."""
        return np.flatnonzero(self.arm == arm)

    def one(self, trial: int) -> Pool:
        """Give the patients of one simulated trial."""
        return self.chosen(self.trial == trial)

    def chosen(self, rows: Bools | Ints) -> Pool:
        """Give some of the patients."""
        return Pool(
            arm=self.arm[rows],
            event=self.event[rows],
            known=self.known[rows],
            stratum=self.stratum[rows],
            trial=self.trial[rows],
            followed=self.followed,
            visit=self.visit,
            left=None if self.left is None else self.left[rows],
            landmark=self.landmark,
        )

    def hazard(self, arm: int, days: float) -> float:
        """Give events per day of follow-up among the patients of an arm, up to a day."""
        own = self.event[self.arm == arm]
        until = (
            np.minimum(own, days)
            if self.left is None
            else np.minimum(own, np.minimum(self.left[self.arm == arm], days))
        )
        return float((own <= days).sum() / until.sum())
