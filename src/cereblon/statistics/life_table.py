"""Life tables: how many subjects leave at each time, and how many of them by the event. They add up without loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cereblon.statistics.follow_up import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class LifeTable:
    """Everybody's end of follow-up, counted; nobody enters late and all count once.

    What an estimator of survival needs of such subjects: days are few where subjects are many.

    Parameters
    ----------
    time
        Distinct, increasing.
    left
        Subjects whose follow-up ends at the time.
    events
        Of these, with the event.
    """

    time: Floats
    left: Ints
    events: Ints

    @property
    def n(self) -> int:
        """Number of subjects."""
        return int(self.left.sum())

    @property
    def at_risk(self) -> Ints:
        """Subjects followed just before each time."""
        return np.cumsum(self.left[::-1])[::-1]

    def until(self, end: float) -> LifeTable:
        """Give the follow-up up to a time, at which everybody who is still followed leaves without the event."""
        within = self.time <= end
        later = int(self.left[~within].sum())
        if later == 0:
            return self
        time, left, events = self.time[within], self.left[within], self.events[within]
        if len(time) and time[-1] == end:
            return LifeTable(time, np.append(left[:-1], left[-1] + later), events)
        return LifeTable(np.append(time, end), np.append(left, later), np.append(events, 0))

    def at_risk_at(self, times: Floats) -> Ints:
        """Count who is followed just before some times."""
        return np.concatenate([self.at_risk, [0]])[np.searchsorted(self.time, times, side="left")]

    def events_at(self, times: Floats) -> Ints:
        """Count the events at some times."""
        place = np.searchsorted(self.time, times, side="left")
        there = place < len(self.time)
        there[there] = self.time[place[there]] == times[there]
        found = np.zeros(len(times), np.int64)
        found[there] = self.events[place[there]]
        return found


def life_table(time: Floats, observed: Bools) -> LifeTable:
    """Count the follow-up of subjects that all enter at 0 and count once."""
    distinct, place = np.unique(time, return_inverse=True)
    count = len(distinct)
    return LifeTable(distinct, np.bincount(place, minlength=count), np.bincount(place[observed], minlength=count))
