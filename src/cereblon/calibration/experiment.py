"""All arms of all calibration trials as one simulation: the same compiled program for every set of parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cereblon import luck
from cereblon.calibration.targets import Target, targets
from cereblon.dosing.library import find_rule_set
from cereblon.outcomes import assess, summarise
from cereblon.patients import People, people_from_arrays
from cereblon.regimens.grid import StrategyGrid, strategy_grid
from cereblon.simulation.batch import simulate
from cereblon.simulation.findings import UNSEEN
from cereblon.simulation.inputs import Layout, Parameters, Program, Subject, build_program, subjects_of
from cereblon.simulation.rows import subject_tables
from cereblon.trials.run import prepare
from cereblon.trials.trial import load_trial

DAYS_PER_MONTH = 365.25 / 12


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """Arms of several trials, ready to be simulated with any parameters.

    Subjects of the arms of one trial are the same people with the same luck, so that a hazard ratio moves smoothly
    with a parameter.
    """

    names: tuple[str, ...]  # study/arm
    targets: tuple[Target, ...]
    people: People
    subjects: Subject
    arm: np.ndarray
    follow_up_days: np.ndarray
    program: Program
    layout: Layout

    def run(self, parameters: Parameters, *, seed: int = 20260101) -> dict[str, pa.Table]:
        """Simulate all arms and assess them."""
        results = simulate(self.subjects, luck.root_key(seed), self.program, parameters, self.layout)
        tables = subject_tables(
            results,
            self.people,
            arm=self.arm,
            arms=self.names,
            replicate=np.zeros(len(self.arm), np.int32),
            follow_up_days=self.follow_up_days,
            dropped_out=np.zeros(len(self.arm), bool),
            layout=self.layout,
            parameters=parameters,
            source_id="calibration",
            rules=find_rule_set("us-label", where="calibration", unseen=UNSEEN),
        )
        return {**tables, **assess(tables)}

    def outcomes(self, tables: Mapping[str, pa.Table]) -> dict[tuple[str, str, str, str], float | None]:
        """Summarise: value by endpoint, arm, versus and grade."""
        pairs = [(f"{t.study}/{t.arm}", f"{t.study}/{t.versus}") for t in self.targets if t.versus]
        rows = summarise(tables, comparisons=list(dict.fromkeys(pairs))).to_pylist()
        return {(row["endpoint"], row["arm"], row["versus"], row["grade"]): row["value"] for row in rows}

    def residuals(self, outcomes: Mapping[tuple[str, str, str, str], float | None]) -> np.ndarray:
        """Give each target's distance in standard deviations."""
        return np.array([t.residual(self.simulated(t, outcomes)) for t in self.targets])

    @staticmethod
    def simulated(target: Target, outcomes: Mapping[tuple[str, str, str, str], float | None]) -> float | None:
        """Look up what was simulated for a target."""
        versus = f"{target.study}/{target.versus}" if target.versus else ""
        return outcomes.get((target.endpoint, f"{target.study}/{target.arm}", versus, ""))


def build(
    studies: Sequence[str], *, per_arm: int, months: float, n_lines: int = 1, seed: int = 20260101
) -> Experiment:
    """Draw the people of each trial once, and stack all arms.

    Parameters
    ----------
    studies
        Study keys with a trial file and role `calibration`.
    per_arm
        Subjects per arm.
    months
        Follow-up of everyone.
    n_lines
        Lines simulated; one is enough for response and PFS.
    """
    grids: list[StrategyGrid] = []
    names: list[str] = []
    goals: list[Target] = []
    parts: list[dict[str, np.ndarray]] = []
    arms: list[np.ndarray] = []
    root = luck.root_key(seed)
    for number, study in enumerate(studies):
        prepared = prepare(load_trial(study))
        drawn = prepared.population.draw(root, np.arange(number * per_arm, (number + 1) * per_arm)).arrays()
        keys = [prepared.plan.published_arm(key) for key in prepared.plan.arms]
        goals += targets(study, keys)
        for key, lines in zip(keys, prepared.lines.values(), strict=True):
            arms.append(np.full(per_arm, len(grids)))
            parts.append(drawn)
            grids.append(strategy_grid(lines[:n_lines]))
            names.append(f"{study}/{key}")
    people = people_from_arrays({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
    program, drugs, routes = build_program(grids)
    follow_up = np.full(len(people.subject_id), months * DAYS_PER_MONTH, np.float32)
    arm = np.concatenate(arms)
    return Experiment(
        names=tuple(names),
        targets=tuple(goals),
        people=people,
        subjects=subjects_of(people, replicate=np.zeros(len(arm)), arm=arm, follow_up_days=follow_up),
        arm=arm,
        follow_up_days=follow_up,
        program=program,
        layout=Layout(
            drugs=drugs, routes=routes, n_weeks=int(np.ceil(months * DAYS_PER_MONTH / 7)) + 1, n_lines=n_lines
        ),
    )
