"""A virtual trial made ready, and a block of it: draw patients, allocate, simulate, assess."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from jax import Array

from cereblon.core import random_streams
from cereblon.core.errors import InputError, unknown_name
from cereblon.core.fingerprint import checksum, code_checksum
from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.model.dosing.library import find_rule_set
from cereblon.model.dosing.measures import UNSEEN
from cereblon.model.dosing.rule_set import RuleSet
from cereblon.model.engine.ensemble import Ensemble
from cereblon.model.engine.native.compiler import chosen_kernel
from cereblon.model.engine.parameters import Drawn, Parameters
from cereblon.model.engine.program import Layout, Program, build_program
from cereblon.model.engine.simulation import Simulator
from cereblon.model.patients import MatchedPopulation, Population
from cereblon.model.regimens import Regimen, joined
from cereblon.model.regimens.accepted_doses import accepted_doses
from cereblon.model.regimens.grid import StrategyGrid, strategy_grid
from cereblon.outcomes import assess
from cereblon.trials.allocation import allocate, enrolment_days
from cereblon.trials.changes import changed_parameters
from cereblon.trials.enrolment_year import years_since_2010
from cereblon.trials.library import lines_of
from cereblon.trials.problems import Problems
from cereblon.trials.randomised import randomised_tables
from cereblon.trials.routine_care import is_routine_care, practised, stop_ratio
from cereblon.trials.run_in import RunIn, look_up_run_ins, which_run_in
from cereblon.trials.study_trial import study_population
from cereblon.trials.trial import TrialPlan

WEEK = 7
LARGEST_DOSE = 1e6
DECIDING = (
    *("core/body.py", "core/draws_by_number.py", "core/random_streams.py", "core/time_units.py"),
    *("trials/allocation.py", "trials/randomised.py", "trials/run.py", "trials/run_in.py"),
    *("criteria", "model", "outcomes", "statistics", "tables"),
)
"""Files and folders of code that decide the results of trials."""
NO_PART_OF_TRIALS = (
    *("model/dosing/description.py", "model/drugs/kinetics.py", "model/exposure"),
    *("model/regimens/calendar.py", "model/regimens/description.py", "tables/adam", "tables/answers"),
)
"""What in these folders no trial needs."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A trial with everything looked up.

    `lines` are those after randomisation. Of `grids` and in the program each arm has all run-ins, in turn, which take
    `run_in_weeks` before it: none where the trial counts from their start.
    """

    plan: TrialPlan
    population: Population
    matched: MatchedPopulation | None
    lines: dict[str, tuple[Regimen, ...]]
    grids: tuple[StrategyGrid, ...]
    program: Program
    layout: Layout
    parameters: Parameters
    rules: RuleSet
    run_ins: tuple[RunIn, ...] = ()
    run_in_weeks: tuple[int, ...] = (0,)
    years_since_2010: float = 0.0
    stop_ratio: float = 1.0  # times as often as in a trial, for other reasons than progression
    ensemble: Ensemble | None = None
    draws: int = 0
    first_arm: int = 0  # place in the program, in which a panel has the arms of other trials too

    @property
    def n_weeks(self) -> int:
        """Weeks from the beginning of treatment to the end of the longest follow-up."""
        followed = int(np.ceil(self.plan.longest_follow_up_months * DAYS_PER_MONTH / WEEK)) + 1
        return max(self.run_in_weeks) + followed

    def simulator(self, workers: int = 1) -> Simulator:
        """Give what simulates subjects of the trial, batches of so many workers side by side."""
        root = random_streams.root_key(self.plan.seed)
        return Simulator(root, self.program, self.parameters, self.layout, workers=workers)

    @property
    def accepted(self) -> tuple[str, ...]:
        """Which doses were accepted although they are far from what labels give."""
        every = [regimen for lines in self.lines.values() for regimen in lines]
        return tuple(dict.fromkeys(accepted_doses([*(one.regimen for one in self.run_ins), *every])))

    def place_in_program(self, root: Array, subject_id: np.ndarray, arm: np.ndarray | int) -> np.ndarray:
        """Give the arm of the program in which each subject is simulated."""
        which = which_run_in(self.run_ins, root, subject_id)
        return self.first_arm + arm * max(len(self.run_ins), 1) + which

    def drawn(self, replicate: np.ndarray) -> Drawn | None:
        """Give each subject's parameters of the draw of its replicate trial; None without an ensemble."""
        if self.ensemble is None:
            return None
        held = [(group, name) for group, values in self.plan.parameters.items() for name in values]
        return practised(self.ensemble.of_replicates(replicate, draws=self.draws, held=held), self.stop_ratio)


def prepare(plan: TrialPlan, *, ensemble: Ensemble | None = None, draws: int | None = None) -> Prepared:
    """Look up population, regimens and parameters of a trial.

    Parameters
    ----------
    plan
        The trial; parameters that it changes are the same in every draw.
    ensemble
        Draws of the parameters for the replicate trials; None for the point values.
    draws
        Number of draws to use; all unless given.

    Raises
    ------
    InputError
        If a name is unknown, a parameter out of bounds, or a regimen cannot be simulated; all problems at once.
    """
    problems = Problems(plan.id)
    lines: dict[str, tuple[Regimen, ...]] = {}
    grids: list[StrategyGrid] = []
    run_in_weeks: list[int] = []
    with problems.of("study"):
        _check_study(plan)
    with problems.of("population"):
        population, matched = _population(plan)
    run_ins: tuple[RunIn, ...] = ()
    with problems.of("run_in"):
        run_ins = look_up_run_ins(plan)
    for key, arm in plan.arms.items():
        with problems.of(f"arm {key}"):
            lines[key], gap_days = lines_of(arm, where=f"{plan.id}, arm {key}")
            for run_in in run_ins or (None,):
                grids.append(strategy_grid(_after(run_in, lines[key]), gap_days=gap_days))
                _check_doses(grids[-1])
                run_in_weeks.append(run_in.weeks if run_in and plan.counted_from == "randomisation" else 0)
    with problems.of("parameters"):
        parameters = changed_parameters(plan.parameters)
    with problems.of("rules"):
        rules = find_rule_set(plan.rules, where=f"{plan.id}, rules", unseen=UNSEEN)
    problems.refuse()
    every = [*(regimen for arm_lines in lines.values() for regimen in arm_lines), *(one.regimen for one in run_ins)]
    if not any(regimen.drugs for regimen in every):
        raise InputError(
            f"{plan.id}, arms: none orders a drug", hint="observation can be simulated beside an arm that has one"
        )
    visits = [plan.visits.response_every_weeks] * len(grids)
    program, layout = build_program(grids, rules, run_in_weeks, visits)
    stated = "stop_rate" in plan.parameters.get("mortality", {})
    ratio = stop_ratio() if is_routine_care(plan) and not stated else 1.0
    return Prepared(
        plan=plan,
        population=population,
        matched=matched,
        lines=lines,
        grids=tuple(grids),
        program=program,
        layout=layout,
        parameters=practised(parameters, ratio),
        rules=rules,
        run_ins=run_ins,
        run_in_weeks=tuple(run_in_weeks),
        years_since_2010=years_since_2010(plan),
        stop_ratio=ratio,
        ensemble=ensemble,
        draws=0 if ensemble is None else min(draws or ensemble.size, ensemble.size),
    )


def _check_doses(grid: StrategyGrid) -> None:
    """Refuse doses that single precision cannot tell from infinity, long before it comes to that."""
    highest = grid.template_dose.max(initial=0.0)
    if highest > LARGEST_DOSE:
        raise InputError(
            f"a dose of {highest:g} cannot be simulated; at most {LARGEST_DOSE:g} mg, mg/m2 or mg/kg can"
        )


def _check_study(plan: TrialPlan) -> None:
    from cereblon.evidence import load_study

    if plan.study is None:
        return
    study = load_study(plan.study)
    for arm in plan.study_arms.values():
        if arm not in study.arms:
            raise unknown_name(f"study_arms: arm of {study.id}", arm, list(study.arms))


def _population(plan: TrialPlan) -> tuple[Population, MatchedPopulation | None]:
    from cereblon.evidence import load_study
    from cereblon.model.patients import find_population

    base = plan.population.base
    chosen = None
    if base is not None:
        chosen = find_population(base)
    if plan.population.like is None:
        if chosen is None:
            raise InputError(f"{plan.id}, population: neither base nor like")
        return chosen, None
    matched = study_population(load_study(plan.population.like), chosen)
    return matched.population, matched


def _after(run_in: RunIn | None, lines: tuple[Regimen, ...]) -> tuple[Regimen, ...]:
    return lines if run_in is None else (joined(run_in.regimen, lines[0]), *lines[1:])


def simulate_block(
    prepared: Prepared, start: int, stop: int, *, source_id: str, simulator: Simulator | None = None
) -> dict[str, pa.Table]:
    """Simulate subjects `start` to `stop` and assess their responses, in a simulator that other blocks may share."""
    if simulator is None:
        with prepared.simulator() as own:
            return simulate_block(prepared, start, stop, source_id=source_id, simulator=own)
    plan = prepared.plan
    ids = np.arange(start, stop)
    root = random_streams.root_key(plan.seed)
    patients = prepared.population.draw(root, ids)
    place = allocate(plan, ids, prepared.years_since_2010)
    tables = randomised_tables(
        patients,
        place,
        prepared.place_in_program(root, ids, place.arm),
        prepared.program,
        simulator,
        layout=prepared.layout,
        parameters=prepared.parameters,
        rules=prepared.rules,
        arms=list(plan.arms),
        source_id=source_id,
        n_weeks=prepared.n_weeks,
        drawn=prepared.drawn(place.replicate),
    )
    randomised = tables["subjects"]["subject_id"].to_numpy()
    tables["subjects"] = _with_enrolment(tables["subjects"], enrolment_days(plan, root, randomised))
    return assess(tables)


def _with_enrolment(subjects: pa.Table, day: np.ndarray) -> pa.Table:
    place = subjects.schema.get_field_index("enrolment_day")
    return subjects.set_column(place, subjects.schema.field(place), pa.array(day, pa.float64()))


def header(prepared: Prepared, block_size: int) -> dict[str, Any]:
    """Give what `run.json` says of a run: plan, versions and checksums of everything that decides the results."""
    plan = prepared.plan.model_dump(mode="json")
    if prepared.plan.design is None:
        del plan["design"]  # as in runs from before there were designs
    regimens = {arm: [line.model_dump(mode="json") for line in lines] for arm, lines in prepared.lines.items()}
    run_ins = [one.regimen.model_dump(mode="json") for one in prepared.run_ins]
    rules = prepared.rules.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    inputs = {
        "plan": checksum([plan, list(plan["arms"])]),
        "regimens": checksum([regimens, run_ins]),
        "population": checksum(prepared.population.model_dump(mode="json")),
        "parameters": checksum(prepared.parameters),
        "rules": checksum(rules),
    }
    if prepared.ensemble is not None:
        inputs["draws"] = checksum([prepared.draws, prepared.ensemble.values.tolist()])
    versions = versions_here()
    fingerprint = checksum({"inputs": inputs, "versions": versions})
    return {
        "run_id": f"{prepared.plan.id}-{fingerprint[:8]}",
        "fingerprint": fingerprint,
        "plan": plan,
        "arms": list(prepared.plan.arms),
        "comparator": prepared.plan.comparator,
        "regimens": regimens,
        "run_ins": run_ins,
        "rules": rules,
        "checksums": inputs,
        "versions": versions,
        "parameter_draw": _draws_used(prepared),
        "draws": prepared.draws,
        "block_size": block_size,
        "blocks": -(-prepared.plan.subjects // block_size),
    }


def _draws_used(prepared: Prepared) -> str:
    if prepared.ensemble is None:
        return "point estimate"
    used = min(prepared.draws, -(-prepared.plan.replicates // 2))
    return f"{used} of {prepared.ensemble.size} draws, each for two replicate trials in turn"


def versions_here() -> Mapping[str, str]:
    """Give the versions and the kernel that decide the last digits of results on one machine kind."""
    from importlib.metadata import version

    versions = {name: version(name) for name in ("cereblon", "jax", "jaxlib", "numpy")}
    return versions | {"model code": model_code(), "kernel": chosen_kernel()}


def model_code() -> str:
    """Give a checksum of the code that decides results: between two releases the version does not tell it apart."""
    return code_checksum(*DECIDING, without=NO_PART_OF_TRIALS)
