"""Run a virtual trial: draw people, allocate, simulate block by block, assess, write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from cereblon import luck
from cereblon.errors import InputError
from cereblon.outcomes import assess
from cereblon.patients import Likeness, Population
from cereblon.regimens import Regimen
from cereblon.regimens.grid import strategy_grid
from cereblon.simulation.batch import BATCH, simulate
from cereblon.simulation.inputs import Layout, Parameters, Program, build_program, model_parameters, subjects_of
from cereblon.simulation.rows import subject_tables
from cereblon.trials.folder import RunFolder, checksum, create_run
from cereblon.trials.trial import ArmPlan, TrialPlan

DAYS_PER_MONTH = 365.25 / 12
BLOCK = 8 * BATCH


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A trial with everything looked up."""

    plan: TrialPlan
    population: Population
    likeness: Likeness | None
    lines: dict[str, tuple[Regimen, ...]]
    program: Program
    layout: Layout
    parameters: Parameters


def prepare(plan: TrialPlan) -> Prepared:
    """Look up population, regimens and parameters of a trial.

    Raises
    ------
    InputError
        If a name is unknown, or a regimen cannot be simulated.
    """
    population, likeness = _population(plan)
    lines, grids = {}, []
    for key, arm in plan.arms.items():
        lines[key], gap_days = _lines(arm, where=f"{plan.id}, arm {key}")
        grids.append(strategy_grid(lines[key], gap_days=gap_days))
    program, drugs, routes = build_program(grids)
    layout = Layout(
        drugs=drugs,
        routes=routes,
        n_weeks=int(np.ceil(plan.longest_follow_up_months * DAYS_PER_MONTH / 7)) + 1,
        n_lines=max(len(arm_lines) for arm_lines in lines.values()),
        response_every_weeks=plan.visits.response_every_weeks,
        apply_rules=plan.rules == "us-label",
    )
    return Prepared(
        plan=plan,
        population=population,
        likeness=likeness,
        lines=lines,
        program=program,
        layout=layout,
        parameters=model_parameters(plan.parameters),
    )


def _population(plan: TrialPlan) -> tuple[Population, Likeness | None]:
    from cereblon.evidence import latest_facts, load_study, published_facts
    from cereblon.patients import load_population, people_like, pooled_baseline, read_population

    base = plan.population.base
    chosen = None
    if base is not None:
        is_path = base.endswith((".yaml", ".yml")) or "/" in base
        chosen = read_population(Path(base)) if is_path else load_population(base)
    if plan.population.like is None:
        if chosen is None:
            raise InputError(f"{plan.id}, population: neither base nor like")
        return chosen, None
    study = load_study(plan.population.like)
    sizes = {arm: size for arm in study.arms if (size := study.patients(arm)) is not None}
    facts = pooled_baseline(latest_facts(study, published_facts(study)), sizes)
    likeness = people_like(study.id, study.setting, facts, start=chosen)
    return likeness.population, likeness


def _lines(arm: ArmPlan, *, where: str) -> tuple[tuple[Regimen, ...], int]:
    from cereblon.regimens import load_regimen, load_strategy, parse_regimen, parse_strategy, resolve_lines

    if arm.regimen is not None:
        single = arm.regimen
        return (load_regimen(single) if isinstance(single, str) else parse_regimen(single, where=where),), 28
    given = arm.strategy
    if given is None:
        raise InputError(f"{where}: neither strategy nor regimen")
    strategy = load_strategy(given) if isinstance(given, str) else parse_strategy(given, where=where)
    return resolve_lines(strategy), strategy.gap_days


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """Replicate, arm and follow-up of subjects."""

    replicate: np.ndarray
    arm: np.ndarray
    follow_up_days: np.ndarray
    dropped_out: np.ndarray


def allocate(plan: TrialPlan, subject_id: np.ndarray) -> Allocation:
    """Randomise subjects to arms of fixed size within each replicate trial, and draw enrolment and dropout.

    Each subject's place depends on seed and number only. A trial's subjects are ranked by luck; the first fill the
    first arm, the next the second.
    """
    root = luck.root_key(plan.seed)
    replicate = subject_id // plan.size
    first, last = int(replicate[0]) * plan.size, (int(replicate[-1]) + 1) * plan.size
    whole = np.arange(first, last)
    score = luck.uniforms(root, "allocation", whole, 1)[:, 0].reshape(-1, plan.size)
    rank = np.argsort(np.argsort(score, axis=1, kind="stable"), axis=1, kind="stable").reshape(-1)
    ends = np.cumsum([arm.size for arm in plan.arms.values()])
    arm = np.searchsorted(ends, rank, side="right")[subject_id - first]
    draw = luck.uniforms(root, "follow-up", subject_id, 2)
    until_cut = plan.follow_up_months + plan.enrolment_months * (0.5 - draw[:, 0])
    until_cut = until_cut * DAYS_PER_MONTH
    lost = np.full(len(subject_id), np.inf)
    if plan.dropout_per_year > 0.0:
        lost = -np.log1p(-draw[:, 1].astype(np.float64)) * 365.25 / -np.log1p(-plan.dropout_per_year)
    return Allocation(
        replicate=replicate,
        arm=arm,
        follow_up_days=np.minimum(until_cut, lost).astype(np.float32),
        dropped_out=lost < until_cut,
    )


def simulate_block(prepared: Prepared, start: int, stop: int, *, source_id: str) -> dict[str, pa.Table]:
    """Simulate subjects `start` to `stop` and assess their responses; `start` is a multiple of the batch size."""
    plan = prepared.plan
    ids = np.arange(start, stop)
    root = luck.root_key(plan.seed)
    people = prepared.population.draw(root, ids)
    place = allocate(plan, ids)
    subjects = subjects_of(people, replicate=place.replicate, arm=place.arm, follow_up_days=place.follow_up_days)
    results = simulate(subjects, root, prepared.program, prepared.parameters, prepared.layout)
    tables = subject_tables(
        results,
        people,
        arm=place.arm,
        arms=list(plan.arms),
        replicate=place.replicate,
        follow_up_days=place.follow_up_days,
        dropped_out=place.dropped_out,
        layout=prepared.layout,
        parameters=prepared.parameters,
        source_id=source_id,
    )
    return {**tables, **assess(tables)}


def run_trial(
    prepared: Prepared, path: Path, *, block_size: int = BLOCK, progress: Callable[[int, int], None] | None = None
) -> RunFolder:
    """Run a trial into a folder, or continue it.

    Parameters
    ----------
    prepared
        From `prepare`.
    path
        Run folder.
    block_size
        Subjects per block, a multiple of the batch size; results do not depend on it.
    progress
        Called with the subjects done and all subjects.

    Raises
    ------
    InputError
        If the block size does not fit.
    RunFolderError
        If the folder holds another run or cannot be written.
    """
    if block_size < BATCH or block_size % BATCH:
        raise InputError(f"block size {block_size} is not a multiple of {BATCH}")
    total = prepared.plan.subjects
    starts = range(0, total, block_size)
    run = create_run(path, header(prepared, block_size))
    if run.header["block_size"] != block_size:
        starts = range(0, total, run.header["block_size"])
    for number, start in enumerate(starts):
        stop = min(start + starts.step, total)
        if not run.has_block(number):
            run.write_block(number, simulate_block(prepared, start, stop, source_id=run.run_id))
        if progress is not None:
            progress(stop, total)
    return run


def header(prepared: Prepared, block_size: int) -> dict[str, Any]:
    """Give what `run.json` says of a run: plan, versions and checksums of everything that decides the results."""
    plan = prepared.plan.model_dump(mode="json")
    regimens = {arm: [line.model_dump(mode="json") for line in lines] for arm, lines in prepared.lines.items()}
    inputs = {
        "plan": checksum(plan),
        "regimens": checksum(regimens),
        "population": checksum(prepared.population.model_dump(mode="json")),
        "parameters": checksum(prepared.parameters),
    }
    versions = _versions()
    fingerprint = checksum({"inputs": inputs, "versions": versions})
    return {
        "run_id": f"{prepared.plan.id}-{fingerprint[:8]}",
        "fingerprint": fingerprint,
        "plan": plan,
        "regimens": regimens,
        "checksums": inputs,
        "versions": versions,
        "parameter_draw": "point estimate",
        "block_size": block_size,
        "blocks": -(-prepared.plan.subjects // block_size),
    }


def _versions() -> Mapping[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in ("cereblon", "jax", "jaxlib", "numpy")}
