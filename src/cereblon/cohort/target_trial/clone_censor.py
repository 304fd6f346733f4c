"""A treatment that begins during a grace period, or not: every patient is copied into both strategies.

At time zero nobody can tell which strategy a patient will follow. A copy is censored when it leaves its strategy;
those that remain are weighted by the inverse of the probability of remaining.

Source
------
Hernan et al., J Clin Epidemiol 2016;79:70 (immortal time); Maringe et al., Int J Epidemiol 2020;49:1719 (copies; here
one model of treatment by the end of grace, and one of not having begun so far).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cereblon.cohort.target_trial.effects import ArmRows, Ints
from cereblon.cohort.target_trial.logistic import Bools, Fit, Floats, fit_logistic
from cereblon.core.errors import InputError

_STEPS = 12  # into which the grace period is divided; a weight stands still within one


@dataclass(frozen=True, slots=True)
class Candidates:
    """Patients at time zero.

    Parameters
    ----------
    time, event
        Of outcome or censoring, days from time zero.
    start
        Day on which the treatment began, infinite without.
    design
        Covariates at time zero, shape (patient, covariate).
    """

    time: Floats
    event: Bools
    start: Floats
    design: Floats

    def take(self, rows: Ints) -> Candidates:
        """Give some patients, who may occur several times."""
        return Candidates(self.time[rows], self.event[rows], self.start[rows], self.design[rows])

    @property
    def begun(self) -> Floats:
        """Day of the start where it came before the outcome and the end of follow-up, else infinite."""
        return np.where(self.start < self.time, self.start, np.inf)


def cloned(patients: Candidates, *, grace: float, fit: Fit = fit_logistic) -> ArmRows:
    """Copy patients into both strategies, and censor and weigh the copies.

    Parameters
    ----------
    patients
        At time zero.
    grace
        Days in which the treatment may begin.
    fit
        How the probabilities to begin are fitted.

    Returns
    -------
        Rows in which the arm above the line begins within the grace period.

    Raises
    ------
    InputError
        If nobody, or everybody, who is followed to the end of grace has begun.
    """
    one, other = _treated_copies(patients, grace, fit), _untreated_copies(patients, grace, fit)
    parts = [np.concatenate(pair) for pair in zip(one, other, strict=True)]
    above = np.repeat([True, False], [len(one[0]), len(other[0])])
    entry, time, event, weight = parts
    return ArmRows(time, event, above, weight, entry)


_Rows = tuple[Floats, Floats, Bools, Floats]  # entry, time, event, weight


def _treated_copies(patients: Candidates, grace: float, fit: Fit) -> _Rows:
    """Give the copies that begin within grace: until its end nobody has left the strategy."""
    begun = patients.begun <= grace
    beyond = patients.time > grace
    if begun[beyond].all() or not begun[beyond].any():
        raise InputError(f"of the patients followed to day {grace:g} all, or none, have begun by then")
    chance = fit(patients.design[beyond], begun[beyond]).probability(patients.design)
    stays = beyond & begun
    zero = np.zeros(len(begun))
    first = (zero, np.minimum(patients.time, grace), patients.event & ~beyond, np.ones(len(begun)))
    later = (zero[stays] + grace, patients.time[stays], patients.event[stays], 1 / chance[stays])
    return _joined([first, later])


def _untreated_copies(patients: Candidates, grace: float, fit: Fit) -> _Rows:
    """Give the copies that never begin within grace: they leave when they do."""
    edges = np.linspace(0.0, grace, _STEPS + 1)
    remaining = np.ones(len(patients.time))
    chances = _chances_to_begin(patients, edges, fit)
    parts = []
    begun = patients.begun
    until = np.where(begun <= grace, begun, patients.time)
    event = patients.event & (begun > grace)
    for step, (low, high) in enumerate(pairwise(edges)):
        here = until > low
        last = until <= high
        # The weight of a step is that of its middle: half of the step's chance of leaving is behind the copy.
        weight = 1 / (remaining * np.sqrt(1 - chances[step]))
        parts.append((low, np.minimum(until, high)[here], (event & last)[here], weight[here]))
        remaining = remaining * (1 - chances[step])
    beyond = until > grace
    parts.append((grace, until[beyond], event[beyond], (1 / remaining)[beyond]))
    return _joined([(np.full(len(time), low), time, seen, weight) for low, time, seen, weight in parts])


def _chances_to_begin(patients: Candidates, edges: Floats, fit: Fit) -> Floats:
    """Give each patient's probability of beginning in each step, who has not so far: shape (step, patient)."""
    begun, steps = patients.begun, len(edges) - 1
    designs, outcomes = [], []
    marks = np.eye(steps)[:, 1:]
    for step in range(steps):
        at_risk = (np.minimum(begun, patients.time) > edges[step]) & (
            (patients.time > edges[step + 1]) | (begun <= edges[step + 1])
        )
        designs.append(np.column_stack([patients.design[at_risk], np.tile(marks[step], (int(at_risk.sum()), 1))]))
        outcomes.append(begun[at_risk] <= edges[step + 1])
    counts = [int(outcome.sum()) for outcome in outcomes]
    kept = [step for step in range(steps) if counts[step]]  # in a step without a start nobody leaves
    if not kept:
        raise InputError("nobody begins within the grace period")
    columns = np.r_[np.arange(patients.design.shape[1]), patients.design.shape[1] + np.array(kept[1:], np.int64) - 1]
    fitted = fit(np.vstack([designs[step] for step in kept])[:, columns], np.concatenate([outcomes[s] for s in kept]))
    chances = np.zeros((steps, len(begun)))
    for step in kept:
        design = np.column_stack([patients.design, np.tile(marks[step], (len(begun), 1))])[:, columns]
        chances[step] = fitted.probability(design)
    return chances


def _joined(parts: list[_Rows]) -> _Rows:
    entry, time, event, weight = (np.concatenate([part[place] for part in parts]) for place in range(4))
    return entry, time, event, weight


def naive(patients: Candidates) -> ArmRows:
    """Group patients by whether they ever began, as if that were known at time zero: immortal time, to be shown."""
    above = np.isfinite(patients.begun)
    return ArmRows(patients.time, patients.event, above, np.ones(len(above)))


def at_landmark(patients: Candidates, day: float) -> tuple[ArmRows, Floats, Ints]:
    """Group those who are followed beyond a day by whether they had begun by then; time runs from that day.

    Returns
    -------
        The rows, unweighted; the covariates of those patients; and their numbers.
    """
    there = np.flatnonzero(patients.time > day)
    above = patients.begun[there] <= day
    rows = ArmRows(patients.time[there] - day, patients.event[there], above, np.ones(len(there)))
    return rows, patients.design[there], there
