"""What dose rules change: the same patients with the same random numbers under several rule sets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from cereblon.core.errors import InputError, RunFolderError
from cereblon.model.engine.batch import BATCH
from cereblon.model.engine.ensemble import Ensemble
from cereblon.outcomes import dose_intensity_by_month, summarise
from cereblon.trials.block import DamagedError
from cereblon.trials.folder import RunFolder
from cereblon.trials.run import Prepared, prepare, simulate_block
from cereblon.trials.trial import TrialPlan

MOST_SUBJECTS = 4 * BATCH
_FILE = "rules.json"
SHOWN: tuple[tuple[str, str], ...] = (
    ("orr", ""),
    ("vgpr_or_better", ""),
    ("pfs_median", ""),
    ("ae_neutropenia", "3-4"),
    ("ae_thrombocytopenia", "3-4"),
    ("ae_infection", "3-5"),
    ("ae_peripheral_neuropathy", "3-4"),
    ("ae_cardiac_failure", "3-5"),
    ("discontinued_ae", ""),
    ("deaths_treatment_related", ""),
)
"""Endpoints that are compared, with the grade of an adverse event."""


@dataclass(frozen=True, slots=True)
class UnderRules:
    """Outcomes and doses of the arms of a trial under each rule set.

    Parameters
    ----------
    subjects
        Simulated under each.
    effects
        Rows of arm, rules, endpoint, grade, value, low, high (95 % interval of that many subjects) and unit.
    doses
        Rows of arm, rules, drug, month and relative_dose_intensity (given of planned, percent).
    """

    subjects: int
    effects: list[dict[str, Any]]
    doses: list[dict[str, Any]]


def prepare_under(
    plan: TrialPlan, others: Sequence[str | Path], *, ensemble: Ensemble | None = None, draws: int | None = None
) -> list[Prepared]:
    """Prepare a trial under its own dose rules and under others.

    Parameters
    ----------
    plan
        The trial.
    others
        Names of the library, or rule files.
    ensemble, draws
        As for `run.prepare`.

    Raises
    ------
    InputError
        If a rule set is named twice, or cannot be used.
    """
    sets: list[str | Mapping[str, Any]] = [plan.rules, *map(str, others)]
    ready = [prepare(plan.model_copy(update={"rules": rules}), ensemble=ensemble, draws=draws) for rules in sets]
    names = [one.rules.id for one in ready]
    if len(set(names)) < len(names):
        doubled = sorted({name for name in names if names.count(name) > 1})
        raise InputError(f"rule sets to compare: {', '.join(doubled)} is there twice", hint="give files another id")
    return ready


def under_rules(ready: Sequence[Prepared], *, progress: Callable[[int, int], None] | None = None) -> UnderRules:
    """Simulate the first subjects of a trial under several sets of dose rules.

    Parameters
    ----------
    ready
        From `prepare_under`.
    progress
        Called with the subjects done and all.
    """
    subjects = min(ready[0].plan.subjects, MOST_SUBJECTS)
    effects, doses = [], []
    for number, prepared in enumerate(ready):
        blocks = []
        for start in range(0, subjects, BATCH):
            stop = min(start + BATCH, subjects)
            blocks.append(simulate_block(prepared, start, stop, source_id="rules"))
            if progress is not None:
                progress(number * subjects + stop, len(ready) * subjects)
        name, tables = prepared.rules.id, _joined(blocks)
        effects += [{"rules": name, **row} for row in _effects(tables)]
        doses += [{"rules": name, **row} for row in _doses(tables)]
    return UnderRules(subjects, effects, doses)


def write_under_rules(run: RunFolder, found: UnderRules) -> None:
    """Keep the comparison in the run folder, so that a report made again shows it."""
    run.write_file(_FILE, (json.dumps(asdict(found), indent=1) + "\n").encode())


def read_under_rules(run: RunFolder) -> UnderRules | None:
    """Read the comparison of a run folder; None if there is none.

    Raises
    ------
    RunFolderError
        If it is damaged.
    """
    if not (run.path / _FILE).exists():
        return None
    try:
        return UnderRules(**json.loads(run.read_file(_FILE)))
    except (DamagedError, ValueError, TypeError) as error:
        raise RunFolderError(
            f"{run.path / _FILE}: {error}",
            hint="repeat the command with --against-rules, or remove the file",
        ) from error


def _joined(blocks: Sequence[Mapping[str, pa.Table]]) -> dict[str, pa.Table]:
    return {name: pa.concat_tables([block[name] for block in blocks]).unify_dictionaries() for name in blocks[0]}


def _effects(tables: Mapping[str, pa.Table]) -> Iterator[dict[str, Any]]:
    rows = summarise(tables, comparisons=()).to_pylist()
    wanted = [row for row in rows if (row["endpoint"], row["grade"]) in SHOWN]
    for row in sorted(wanted, key=lambda row: SHOWN.index((row["endpoint"], row["grade"]))):
        yield {name: row[name] for name in ("arm", "endpoint", "grade", "value", "low", "high", "unit")}


def _doses(tables: Mapping[str, pa.Table]) -> Iterator[dict[str, Any]]:
    for row in dose_intensity_by_month(tables["subjects"], tables["exposures"], every=2.0).to_pylist():
        if row["relative_dose_intensity"] is not None:
            yield {name: row[name] for name in ("arm", "drug", "month", "relative_dose_intensity")}
