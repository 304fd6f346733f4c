"""What is known at a look, for many trials at once: who is enrolled, days followed, events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cereblon.statistics.follow_up import Bools, Floats, Ints
from cereblon.trial_design.replicates import Trials


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """When a look is held: at so many events, or on a calendar day; never after `latest`, the data cut."""

    latest: float
    events: int | None = None
    day: float | None = None

    def days(self, trials: Trials) -> Floats:
        """Give the calendar day of the look in each trial; a look whose events do not come is held at the latest."""
        if self.events is None:
            return np.full(trials.count, min(self.latest if self.day is None else self.day, self.latest))
        if self.events > trials.patients:
            return np.full(trials.count, self.latest)
        known = np.partition(trials.calendar, self.events - 1, axis=1)[:, self.events - 1]
        return np.minimum(known, self.latest)


@dataclass(frozen=True, kw_only=True, slots=True)
class LookData:
    """Patients as they stand at a look, shape (trial, patient).

    Parameters
    ----------
    day
        Calendar day of the look in each trial.
    time
        Whole days to the event or to censoring.
    observed
        Whether the event is known.
    enrolled
        Whether the patient is in the trial by then, and has come to a landmark; the others do not count.
    arm, stratum
        As in `Pool`.
    """

    day: Floats
    time: Ints
    observed: Bools
    enrolled: Bools
    arm: Ints
    stratum: Ints

    @property
    def events(self) -> Ints:
        """Known events of each trial."""
        return np.asarray(self.observed.sum(axis=1), dtype=np.int64)


def data_at(trials: Trials, day: Floats) -> LookData:
    """Cut trials on a calendar day of each."""
    left = day[:, None] - trials.entry
    enrolled = left >= trials.landmark
    observed = enrolled & (trials.calendar <= day[:, None])
    until = np.minimum(np.maximum(left, 0.0), trials.lost)
    if trials.visit:
        until = np.floor(until / trials.visit) * trials.visit
    time = np.where(observed, np.ceil(trials.event), np.floor(until))
    return LookData(
        day=day,
        time=time.astype(np.int64),
        observed=observed,
        enrolled=enrolled,
        arm=trials.arm,
        stratum=trials.stratum,
    )
