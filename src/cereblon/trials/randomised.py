"""The subjects of a trial, or of several stacked in one program, simulated and followed from randomisation."""

from __future__ import annotations

import numpy as np
from jax import Array

from cereblon.model.engine.batch import Results, simulate
from cereblon.model.engine.inputs import Layout, Program, subjects_of
from cereblon.model.engine.parameters import Drawn, Parameters
from cereblon.model.engine.run_in import from_randomisation
from cereblon.model.patients.virtual_patients import VirtualPatients
from cereblon.trials.allocation import Allocation


def simulate_randomised(
    patients: VirtualPatients,
    place: Allocation,
    in_program: np.ndarray,
    root: Array,
    program: Program,
    parameters: Parameters,
    layout: Layout,
    *,
    n_weeks: int | None = None,
    workers: int = 1,
    drawn: Drawn | None = None,
) -> tuple[Results, VirtualPatients, Allocation]:
    """Simulate subjects in their arms, and give those who are randomised with their places.

    Parameters
    ----------
    people, place
        One entry for each subject.
    in_program
        Arm of the program in which each is simulated; several stand for one arm where there are several run-ins.
    root, program, parameters, layout, workers, drawn
        As in `cereblon.model.engine.batch.simulate`.
    n_weeks
        Weeks from the beginning that are kept; all unless given.
    """
    before = np.asarray(program.randomised_week)[in_program]
    subjects = subjects_of(
        patients,
        replicate=place.replicate,
        arm=in_program,
        follow_up_days=place.follow_up_days,
        run_in_weeks=before,
    )
    results = simulate(subjects, root, program, parameters, layout, workers=workers, drawn=drawn)
    if n_weeks is not None:
        results = results.until(n_weeks)
    results, patients, randomised = from_randomisation(results, patients, before)
    return results, patients, place.of(randomised)
