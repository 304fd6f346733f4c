"""Patients and events over the calendar, and when the next look will be, from the start or from a trial under way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cereblon.core.errors import InputError
from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.statistics.follow_up import Floats
from cereblon.trial_design.look_data import Look
from cereblon.trial_design.replicates import Trials, random_source

_BAND = (0.05, 0.5, 0.95)
_PRIOR_EVENTS = 10.0  # of the trial's own rate: so many events have the weight of the simulation


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialState:
    """Where a trial that is under way stands.

    Parameters
    ----------
    month
        Since the first patient.
    enrolled, events
        Up to then.
    """

    month: float
    enrolled: int
    events: int

    def check(self, patients: int, data_cut: float) -> None:
        """Refuse a state that cannot be in a trial of so many patients, whose data are cut in that month.

        Raises
        ------
        InputError
            Naming every number that is wrong.
        """
        problems = []
        if not self.month > 0.0:
            problems.append(f"month: {self.month:g} is no month of a trial under way")
        elif not self.month < data_cut:
            problems.append(
                f"month: {self.month:g} is not before the data cut in month {data_cut:.1f}; follow_up_months of the "
                "trial file moves it"
            )
        if not 0 < self.enrolled <= patients:
            problems.append(f"enrolled: {self.enrolled} of {patients} planned patients cannot be")
        if not 0 <= self.events <= self.enrolled:
            problems.append(f"events: {self.events} of {self.enrolled} enrolled patients cannot be")
        if problems:
            raise InputError("\n".join(problems))


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """Counts over the calendar, shape (month, 3) for the 5th, 50th and 95th of a hundred trials.

    Parameters
    ----------
    month
        Months since the first patient.
    enrolled, events
        Bands.
    looks
        Month of each look, three numbers; None where fewer than half of the trials come that far before the data cut,
        and of looks that are past.
    """

    month: Floats
    enrolled: Floats
    events: Floats
    looks: tuple[tuple[float, ...] | None, ...]


def forecast(trials: Trials, looks: Sequence[Look], *, state: TrialState | None = None, seed: int = 1) -> Forecast:
    """Count patients and events month by month.

    Parameters
    ----------
    trials
        Drawn.
    looks
        Of the design; those at months are where they are.
    state
        Of a trial under way. Its patients follow on from those enrolled, at the planned rate; its events come at the
        rate of the simulation times a factor that the events so far tell: gamma distributed, with ten events' worth
        of trust in the simulation.
    seed
        Of the factor.
    """
    latest = looks[-1].latest
    days: Floats = np.arange(0.0, np.floor(latest / DAYS_PER_MONTH) + 1.0) * DAYS_PER_MONTH
    entry, calendar = np.sort(trials.entry, axis=1), np.sort(trials.calendar, axis=1)
    enrolled, events = _counted(entry, days), _counted(calendar, days)
    if state is not None:
        state.check(trials.patients, latest / DAYS_PER_MONTH)
        enrolled, events, days = _from(state, trials, enrolled, events, days, seed)
    return Forecast(
        month=days / DAYS_PER_MONTH,
        enrolled=np.quantile(enrolled, _BAND, axis=0).T,
        events=np.quantile(events, _BAND, axis=0).T,
        looks=tuple(_when(look, events, days, state) for look in looks),
    )


def _counted(sorted_days: Floats, until: Floats) -> Floats:
    return np.stack([np.searchsorted(row, until, side="right") for row in sorted_days]).astype(np.float64)


def _from(
    state: TrialState, trials: Trials, enrolled: Floats, events: Floats, days: Floats, seed: int
) -> tuple[Floats, Floats, Floats]:
    """Go on from the state: what the simulation adds from now on, events at the trial's own rate.

    The simulated trial is taken at the time when it had enrolled as many; its clock is moved to that of the trial.
    """
    now = state.month * DAYS_PER_MONTH
    there = np.sort(trials.entry, axis=1)[:, state.enrolled - 1]
    known = np.sort(trials.calendar, axis=1)
    entries = np.sort(trials.entry, axis=1)
    ahead = days[days >= now]
    ahead = np.concatenate([[now], ahead[ahead > now]])
    complete = state.enrolled == trials.patients
    at_now = np.full(trials.count, now) if complete else there
    factor = random_source(seed, "rate of events").gamma(state.events + _PRIOR_EVENTS, 1.0, trials.count)
    before = np.array([np.searchsorted(row, day, side="right") for row, day in zip(known, at_now, strict=True)])
    factor /= before + _PRIOR_EVENTS
    moved = at_now[:, None] + (ahead - now)[None, :]
    later = np.stack([np.searchsorted(row, when, side="right") for row, when in zip(known, moved, strict=True)])
    came = np.stack([np.searchsorted(row, when, side="right") for row, when in zip(entries, moved, strict=True)])
    enrolled = np.maximum(came, state.enrolled).astype(np.float64)
    events = state.events + np.maximum(later - before[:, None], 0) * factor[:, None]
    return enrolled, np.minimum(events, trials.patients), ahead


def _when(look: Look, events: Floats, days: Floats, state: TrialState | None) -> tuple[float, ...] | None:
    """Give the month of a look in the band of trials, events counted straight between months."""
    if look.events is None:
        month = (look.day or 0.0) / DAYS_PER_MONTH
        return None if state is not None and month < state.month else (month,) * 3
    if state is not None and state.events >= look.events:
        return None
    months = np.full(len(events), np.inf)
    for number, row in enumerate(events):
        if row[-1] >= look.events:
            rising = np.maximum.accumulate(row + np.arange(len(row)) * 1e-9)
            months[number] = np.interp(look.events, rising, days) / DAYS_PER_MONTH
    if np.isfinite(months).mean() < 0.5:
        return None
    found = np.quantile(np.where(np.isfinite(months), months, look.latest / DAYS_PER_MONTH), _BAND)
    return tuple(float(one) for one in found)
