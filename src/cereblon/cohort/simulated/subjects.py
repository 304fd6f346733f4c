"""The simulated subjects of an example, and what is kept of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from cereblon.cohort.simulated.strategies import LINES, choose_strategy, example_trials
from cereblon.core import random_streams
from cereblon.core.errors import CereblonError
from cereblon.model.engine.program import build_program
from cereblon.model.engine.simulation import Simulator
from cereblon.model.regimens.grid import StrategyGrid
from cereblon.outcomes import assess
from cereblon.trials.allocation import Allocation, draw_follow_up
from cereblon.trials.randomised import randomised_tables
from cereblon.trials.run import Prepared, prepare
from cereblon.trials.running import BLOCK

KEPT = ("subjects", "exposures", "labs", "events", "responses")
MOST_SIMULATED = 20_000
"""Subjects that are simulated; a larger example shows each of them several times, at other dates."""


@dataclass(frozen=True, kw_only=True)
class SimulatedCohort:
    """Subjects of an example, numbered from 0.

    Parameters
    ----------
    tables
        Subject tables by name, those of `KEPT`.
    grids
        Orders of each strategy, in the order of `strategies.LINES`.
    arms
        Names of the strategies, in the same order.
    """

    tables: dict[str, pa.Table]
    grids: tuple[StrategyGrid, ...]
    arms: tuple[str, ...]


def simulate_subjects(size: int, *, seed: int, progress: Callable[[int, int], None] | None = None) -> SimulatedCohort:
    """Simulate newly diagnosed patients through up to three lines of treatment.

    A line is changed at confirmed progression, 28 days later; who stops for toxicity waits for progression. Both are
    how the engine sequences lines.

    Parameters
    ----------
    size
        Subjects, at most `MOST_SIMULATED`.
    seed
        Of everything that happens to them.
    progress
        Called with the subjects done and all subjects.

    Raises
    ------
    CereblonError
        If a subject could not be simulated.
    """
    trials = [prepare(plan) for plan in example_trials(seed)]
    grids = tuple(grid for trial in trials for grid in trial.grids)
    program, layout = build_program(grids, trials[0].rules)
    together = replace(trials[0], grids=grids, program=program, layout=layout)
    blocks = []
    with together.simulator(workers=2) as simulator:
        for start in range(0, size, BLOCK):
            blocks.append(_block(together, simulator, start, min(start + BLOCK, size)))
            if progress is not None:
                progress(min(start + BLOCK, size), size)
    tables = {name: pa.concat_tables(block[name] for block in blocks).unify_dictionaries() for name in KEPT}
    failed = int(np.count_nonzero(tables["subjects"]["result_code"].to_numpy()))
    if failed:
        raise CereblonError(
            f"{failed} of {size} subjects of the example could not be simulated", hint="try another seed"
        )
    return SimulatedCohort(tables=tables, grids=grids, arms=tuple(LINES))


def _block(prepared: Prepared, simulator: Simulator, start: int, stop: int) -> dict[str, pa.Table]:
    """Simulate some subjects; the program holds the arms of all trials, and population and follow-up are the same."""
    ids = np.arange(start, stop)
    root = random_streams.root_key(prepared.plan.seed)
    patients = prepared.population.draw(root, ids)
    arm = choose_strategy(patients.age, random_streams.uniforms(root, "strategy of a cohort", ids, 2))
    until, lost = draw_follow_up(prepared.plan, root, ids)
    place = Allocation(
        replicate=np.zeros(len(ids), np.int64),
        arm=arm,
        follow_up_days=until.astype(np.float32),
        dropped_out=lost,
        years_since_2010=np.full(len(ids), prepared.years_since_2010),
    )
    tables = randomised_tables(
        patients,
        place,
        arm,
        prepared.program,
        simulator,
        layout=prepared.layout,
        parameters=prepared.parameters,
        rules=prepared.rules,
        arms=list(LINES),
        source_id="cohort-example",
        n_weeks=prepared.n_weeks,
    )
    assessed = assess(tables)
    return {name: assessed[name] for name in KEPT}


def repeated(cohort: SimulatedCohort, size: int) -> SimulatedCohort:
    """Show subjects again under further numbers until there are `size`; nothing else of them differs."""
    there = cohort.tables["subjects"].num_rows
    if size <= there:
        return cohort
    tables = {name: _repeat(table, there, size) for name, table in cohort.tables.items()}
    return replace(cohort, tables=tables)


def _repeat(table: pa.Table, there: int, size: int) -> pa.Table:
    number = table["subject_id"].to_numpy()
    place = table.schema.get_field_index("subject_id")
    copies = []
    for first in range(0, size, there):
        copy = table.set_column(place, table.schema.field(place), pa.array(number + first))
        copies.append(copy if first + there <= size else copy.filter(pa.array(number + first < size)))
    return pa.concat_tables(copies)
