"""The subjects of a trial, or of several stacked in one program, simulated and followed from randomisation."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pyarrow as pa

from cereblon.model.dosing.rule_set import RuleSet
from cereblon.model.engine.inputs import subjects_of
from cereblon.model.engine.parameters import Drawn, Parameters
from cereblon.model.engine.program import Layout, Program, ordered_drugs
from cereblon.model.engine.run_in import from_randomisation
from cereblon.model.engine.simulation import Results, Simulator
from cereblon.model.engine.subject_tables import subject_tables
from cereblon.model.patients.virtual_patients import VirtualPatients
from cereblon.trials.allocation import Allocation


def randomised_tables(
    patients: VirtualPatients,
    place: Allocation,
    in_program: np.ndarray,
    program: Program,
    simulator: Simulator,
    *,
    layout: Layout,
    parameters: Parameters,
    rules: RuleSet,
    arms: Sequence[str],
    source_id: str,
    n_weeks: int,
    drawn: Drawn | None = None,
    replicate: int | None = None,
    left_out: Collection[str] = (),
) -> dict[str, pa.Table]:
    """Simulate subjects in their arms, and give the subject tables of those who are randomised, without responses.

    Parameters
    ----------
    patients, place, in_program, program, simulator, n_weeks, drawn
        As in `simulate_randomised`.
    layout, parameters, rules
        Of the program.
    arms
        Names of the arms in which `place` puts subjects.
    source_id
        Of the run, in every table.
    replicate
        Number of the virtual trial in the tables, where it is not that of `place`.
    left_out
        Names of tables that are not wanted.
    """
    results, patients, place = simulate_randomised(
        patients, place, in_program, program, simulator, n_weeks=n_weeks, drawn=drawn
    )
    return subject_tables(
        results,
        patients,
        arm=place.arm,
        arms=arms,
        replicate=place.replicate if replicate is None else np.full(len(place.arm), replicate, np.int32),
        follow_up_days=place.follow_up_days,
        dropped_out=place.dropped_out,
        drugs=layout.drugs,
        parameters=parameters,
        rules=rules,
        ordered=ordered_drugs(program, layout),
        source_id=source_id,
        left_out=left_out,
    )


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
        years_since_2010=place.years_since_2010,
    )
    results = simulator.simulate(subjects, n_weeks, drawn)
    results, patients, randomised = from_randomisation(results, patients, before)
    return results, patients, place.of(randomised)
