"""Trials that randomise after treatment has begun: what is counted from randomisation, and who gets that far."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cereblon.model.engine import trajectory
from cereblon.model.engine.simulation import Results
from cereblon.model.patients.virtual_patients import VirtualPatients

WEEK = 7
_MEASURED = {
    "marrow_plasma_cells_percent": "plasma_cells",
    "neutrophils_1e9_l": "neutrophils",
    "platelets_1e9_l": "platelets",
    "haemoglobin_g_l": "haemoglobin",
    "baseline_neuropathy_grade": "neuropathy",
}


def from_randomisation(
    results: Results, patients: VirtualPatients, run_in_weeks: np.ndarray
) -> tuple[Results, VirtualPatients, np.ndarray]:
    """Count weeks and days from randomisation, which comes so many weeks after the simulation begins.

    Who by then has progressed, died, stopped treatment or left is not randomised. A subject that could not be
    simulated stays, so that it is seen.

    Parameters
    ----------
    results
        From `simulation.simulate`.
    patients
        The subjects in the same order, as they were when the simulation began.
    run_in_weeks
        Weeks of treatment before randomisation, one entry for each subject; 0 for none.

    Returns
    -------
        Results and people of those who are randomised, and who they are, one entry for each subject. Plasma cells,
        counts and neuropathy of the people are those of randomisation. The rest is that of the beginning: stage, and
        M-protein and light chains, against which response is judged and which say what is followed.
    """
    if not run_in_weeks.any():
        return results, patients, np.ones(len(run_in_weeks), np.bool_)
    at = (np.arange(len(run_in_weeks)), run_in_weeks)
    flags, line = results.weeks.flags[at], results.weeks.line[at]
    treated = ((flags & trajectory.ON_TREATMENT) > 0) & (line == 0)
    chosen = (run_in_weeks == 0) | (results.result_code != 0) | treated
    later = run_in_weeks[chosen]
    weeks = trajectory.WeeklyValues(*(_shifted(column[chosen], later) for column in results.weeks))
    restaged = np.where(weeks.flags[:, 0] & trajectory.IMMUNOFIXATION_POSITIVE, 0, trajectory.VISIT_MARROW)
    restaged = np.where(later > 0, restaged | trajectory.VISIT_RESPONSE, 0)  # nobody is randomised unseen
    weeks.flags[:, 0] |= restaged.astype(weeks.flags.dtype)
    randomised = Results(weeks, _events(results.events, chosen, later), results.result_code[chosen])
    return randomised, _people(patients.take(chosen), weeks, later > 0), chosen


def _shifted(column: np.ndarray, weeks: np.ndarray) -> np.ndarray:
    """Move each subject's weeks forward, in place; weeks after the end of the simulation are empty."""
    for count in np.unique(weeks[weeks > 0]):
        rows, end = weeks == count, column.shape[1] - count
        column[rows, :end] = column[rows, count:]
        column[rows, end:] = 0
    return column


def _events(events: trajectory.DatedEvents, chosen: np.ndarray, weeks: np.ndarray) -> trajectory.DatedEvents:
    """Date events from randomisation; but for the start of treatment, what came before is left out."""

    def dated(days: np.ndarray) -> np.ndarray:
        moved = days[chosen] - WEEK * weeks.reshape(-1, *(1,) * (days.ndim - 1))
        return np.where(moved < 0.0, np.inf, moved).astype(days.dtype)

    start = dated(events.start_day)
    start[:, 0] = (events.start_day[chosen, 0] - WEEK * weeks).astype(start.dtype)
    return trajectory.DatedEvents(
        start_day=start,
        stop_day=dated(events.stop_day),
        stop_cause=events.stop_cause[chosen],
        progression_day=dated(events.progression_day),
        confirmed_day=dated(events.confirmed_day),
        transplant_day=dated(events.transplant_day),
        death_day=dated(events.death_day),
        death_cause=events.death_cause[chosen],
    )


def _people(patients: VirtualPatients, weeks: trajectory.WeeklyValues, later: np.ndarray) -> VirtualPatients:
    """Take over what was measured at randomisation."""
    found = {}
    for field, name in _MEASURED.items():
        before = getattr(patients, field)
        found[field] = np.where(later, getattr(weeks, name)[:, 0], before).astype(before.dtype)
    return replace(patients, **found)
