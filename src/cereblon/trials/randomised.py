"""The subjects of a trial, or of several stacked in one program, simulated and followed from randomisation."""

from __future__ import annotations

import numpy as np

from cereblon.model.engine.inputs import subjects_of
from cereblon.model.engine.parameters import Drawn
from cereblon.model.engine.program import Program
from cereblon.model.engine.run_in import from_randomisation
from cereblon.model.engine.simulation import Results, Simulator
from cereblon.model.patients.virtual_patients import VirtualPatients
from cereblon.trials.allocation import Allocation


def simulate_randomised(
    patients: VirtualPatients,
    place: Allocation,
    in_program: np.ndarray,
    program: Program,
    simulator: Simulator,
    *,
    n_weeks: int,
    drawn: Drawn | None = None,
) -> tuple[Results, VirtualPatients, Allocation]:
    """Simulate subjects in their arms, and give those who are randomised with their places.

    Parameters
    ----------
    patients, place
        One entry for each subject.
    in_program
        Arm of the program in which each is simulated; several stand for one arm where there are several run-ins.
    program, simulator
        The arms' orders, and what simulates them.
    n_weeks, drawn
        As in `cereblon.model.engine.simulation.Simulator.simulate`.
    """
    before = np.asarray(program.randomised_week)[in_program]
    subjects = subjects_of(
        patients,
        replicate=place.replicate,
        arm=in_program,
        follow_up_days=place.follow_up_days,
        run_in_weeks=before,
    )
    results = simulator.simulate(subjects, n_weeks, drawn)
    results, patients, randomised = from_randomisation(results, patients, before)
    return results, patients, place.of(randomised)
