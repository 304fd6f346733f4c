"""The calibration trials simulated with many sets of parameters; every finished run is kept, so a fit can go on."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from cereblon.calibration.longer_follow_up import months_for_medians
from cereblon.calibration.priors import FreeParameter, free_parameters, moved
from cereblon.calibration.role_check import calibration_study, calibration_trials
from cereblon.calibration.structures import MODEL, structure
from cereblon.calibration.targets import CalibrationTarget, targets
from cereblon.calibration.trial_panel import TrialPanel, build_panel, complete, on_scale, rules_of
from cereblon.core.durable_files import make_folders
from cereblon.core.errors import InputError, warn
from cereblon.core.fingerprint import checksum
from cereblon.core.json_files import parse_json
from cereblon.core.one_writer import one_writer
from cereblon.core.output_files import write_file
from cereblon.core.text_files import read_text
from cereblon.model.engine.ensemble import Ensemble
from cereblon.model.engine.parameters import Parameters, model_parameters
from cereblon.trials.comparison_scale import error_from_size
from cereblon.trials.library import load_trial
from cereblon.trials.trial import TrialPlan

_MOST_MEMBERS = 2000  # of one step; the next one begins with patients of its own
_LARGEST_RUN = 2**20  # bytes; one has some thousand
_SMALL = 4  # trials that are not worth a second compilation


@dataclass(frozen=True, kw_only=True)
class CalibrationSettings:
    """Sizes of a calibration.

    Parameters
    ----------
    members
        Of the ensemble.
    steps
        Assimilations of the smoother.
    per_arm
        Subjects of each arm in one run.
    longest_months
        Nobody is followed longer.
    draws, warmup
        Of the sampler on the emulator.
    seed
        Of everything.
    studies
        Fitted; all calibration studies that state a trial when empty.
    structure
        One of `structures.yaml`.
    held
        Further parameters held at a value, by group.name.
    """

    members: int = 120
    steps: int = 4
    per_arm: int = 102
    longest_months: float = 120.0
    draws: int = 400
    warmup: int = 300
    seed: int = 20261122
    studies: tuple[str, ...] = ()
    structure: str = MODEL
    held: tuple[tuple[str, float], ...] = ()


QUICK = CalibrationSettings(
    members=8,
    steps=1,
    per_arm=24,
    longest_months=18.0,
    draws=12,
    warmup=12,
    studies=("mm009-mm010-pooled", "len-single-agent-014"),
)
"""Small enough for a test; its ensemble is not for use."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is fitted to what.

    Parameters
    ----------
    panels
        The trials, in groups of similar follow-up.
    targets
        Of all panels, in order.
    place
        Panel of each target.
    free
        Parameters that move.
    base
        All parameters at the centre of their priors; without the spread between trials, which is estimated apart.
    simulation_variance
        Of each target's simulated value for given parameters.
    draws
        Of the parameters that stay: each member has those of its own draw. None where all stay at `base`.
    """

    settings: CalibrationSettings
    panels: tuple[TrialPanel, ...]
    targets: tuple[CalibrationTarget, ...]
    place: tuple[int, ...]
    free: tuple[FreeParameter, ...]
    base: Parameters
    simulation_variance: np.ndarray
    draws: Ensemble | None = None

    @property
    def published(self) -> np.ndarray:
        """Published values on the scales of comparison."""
        return np.array([target.z for target in self.targets])


def pose(settings: CalibrationSettings) -> Problem:
    """Look up trials, targets and priors.

    Raises
    ------
    InputError
        If a study may not be fitted, or a target contradicts its study.
    """
    names = settings.studies or calibration_trials()
    for name in names:
        calibration_study(name)  # refuses other roles before anything is read
    plans = [load_trial(name) for name in names]
    longer = {plan.id: months_for_medians(calibration_study(plan.study or plan.id), plan) for plan in plans}
    plans.sort(key=lambda plan: (-max(plan.longest_follow_up_months, longer[plan.id]), plan.id))
    groups = [group for alike in _by_rules(plans) for group in _halves(alike)]
    panels, found, place = [], [], []
    for number, group in enumerate(groups):
        own = [target for plan in group for target in _targets(plan, settings)]
        months = [target.month for target in own if target.month is not None]
        panel = build_panel(
            group,
            per_arm=settings.per_arm,
            months=months,
            longest_months=settings.longest_months,
            medians_until_months={plan.id: longer[plan.id] for plan in group},
        )
        panels.append(panel)
        found += own
        place += [number] * len(own)
    chosen = structure(settings.structure)
    held = {**chosen.hold, **dict(settings.held)}
    free = chosen.free(tuple(one for one in free_parameters() if not one.stage), held)
    size = np.array([panels[number].per_arm for number in place])
    noise = [error_from_size(t.kind, t.value, float(n)) ** 2 for t, n in zip(found, size, strict=True)]
    return Problem(
        settings=settings,
        panels=tuple(panels),
        targets=tuple(found),
        place=tuple(place),
        free=free,
        base=_base(held),
        simulation_variance=np.array(noise),
    )


def _by_rules(plans: Sequence[TrialPlan]) -> list[list[TrialPlan]]:
    """Put trials with the same dose rules together, since one program has one set of rules."""
    return [[plan for plan in plans if rules_of(plan) == one] for one in dict.fromkeys(map(rules_of, plans))]


def _halves(plans: list[TrialPlan]) -> list[list[TrialPlan]]:
    """Make two programs of many trials: short ones need not be computed to the end of the long ones."""
    half = -(-len(plans) // 2) if len(plans) > _SMALL else len(plans)
    return [group for group in (plans[:half], plans[half:]) if group]


def _base(held: dict[str, float]) -> Parameters:
    base = model_parameters()
    base["clones"]["between_trial_sd"] = 0.0
    for label, value in held.items():
        group, _, name = label.partition(".")
        if name not in base.get(group, {}):
            raise InputError(f"parameter {label} does not exist", hint="see `cereblon parameters`")
        base[group][name] = value
    return base


def _targets(plan: TrialPlan, settings: CalibrationSettings) -> list[CalibrationTarget]:
    arms = {plan.published_arm(key): arm.size for key, arm in plan.arms.items()}
    return targets(plan.study or plan.id, arms, longest_months=settings.longest_months)


def predict_once(problem: Problem, u: np.ndarray, *, member: int, block: int) -> np.ndarray:
    """Simulate every calibration trial with one set of parameters and give the targets on their scales."""
    base = problem.base if problem.draws is None else problem.draws.draw(member, problem.base)
    parameters = moved(base, problem.free, u)
    outcomes = [panel.run(parameters, seed=problem.settings.seed, block=block) for panel in problem.panels]
    values = []
    for target, number in zip(problem.targets, problem.place, strict=True):
        value = complete(target.key, outcomes[number], problem.panels[number].longest_months)
        values.append(on_scale(target.kind, value))
    return np.array(values)


class Evaluations:
    """Runs of the calibration trials, kept in a folder if one is given.

    Parameters
    ----------
    problem
        What is simulated.
    folder
        Finished runs are written there and read again; None keeps nothing.

    Raises
    ------
    InputError
        If the folder holds runs of another calibration.
    """

    def __init__(self, problem: Problem, folder: Path | None, *, workers: int = 2) -> None:
        self.problem, self.folder, self.workers = problem, folder, workers
        if folder is None:
            return
        note, stamp = folder / "calibration.json", fingerprint(problem)
        if note.exists():
            _need_same(note, stamp)
            return
        try:
            make_folders(folder)
        except OSError as error:
            raise InputError(f"{folder}: cannot be made a folder ({error.strerror})") from error
        write_file(note, (json.dumps(stamp, indent=1) + "\n").encode())

    def run(
        self, u: np.ndarray, *, step: str, block: int, report: Callable[[int, int], None] | None = None
    ) -> np.ndarray:
        """Simulate every member with patients and random numbers of its own: chance averages out over members.

        Parameters
        ----------
        u
            Coordinates, shape (member, parameter).
        step
            Names the runs in the folder.
        block
            Number of the step; another step has other patients and other random numbers.
        report
            Called with the members done and all members.

        Raises
        ------
        RunFolderError
            If another process writes the folder.
        """
        with nullcontext() if self.folder is None else one_writer(self.folder):
            return self._run(u, step, block, report)

    def _run(self, u: np.ndarray, step: str, block: int, report: Callable[[int, int], None] | None) -> np.ndarray:
        def one(member: int) -> np.ndarray:
            kept = None if self.folder is None else self.folder / f"{step}-{member:03d}.npz"
            if kept is not None and kept.exists():
                stored = stored_run(kept, u[member], targets=len(self.problem.targets))
                if stored is not None:
                    return stored
            y = predict_once(self.problem, u[member], member=member, block=block * _MOST_MEMBERS + member)
            if kept is not None:
                content = io.BytesIO()
                np.savez(content, u=u[member], y=y)
                write_file(kept, content.getvalue())
            return y

        found = [one(0)]  # compiles once, before members run side by side
        if report is not None:
            report(1, len(u))
        with ThreadPoolExecutor(max_workers=self.workers) as pool:
            for number, y in enumerate(pool.map(one, range(1, len(u))), start=2):
                found.append(y)
                if report is not None:
                    report(number, len(u))
        return np.stack(found)


def _need_same(note: Path, stamp: Mapping[str, Any]) -> None:
    found = parse_json(read_text(note), where=str(note), hint="remove the folder, or choose another with --work")
    if not isinstance(found, dict) or found.get("fingerprint") != stamp["fingerprint"]:
        raise InputError(
            f"{note.parent}: holds runs of a calibration with other settings, targets or parameters",
            hint="choose another folder with --work, or remove this one",
        )


def stored_run(kept: Path, coordinates: np.ndarray, *, targets: int) -> np.ndarray | None:
    """Give what a finished run predicted; None if it was run elsewhere in the space, or its file is damaged.

    Parameters
    ----------
    kept
        The file.
    coordinates
        Where in the space of the parameters.
    targets
        How many numbers a run predicts.
    """
    try:
        if kept.stat().st_size > _LARGEST_RUN:
            raise ValueError("larger than a run of a calibration")
        with kept.open("rb") as stream, np.load(stream) as stored:
            u, y = stored["u"], np.asarray(stored["y"])
            if y.shape != (targets,) or y.dtype != np.float64:
                raise ValueError("not the predictions of a run")
            return y if np.array_equal(u, coordinates) else None
    except (OSError, ValueError, KeyError, EOFError, TypeError, RuntimeError, MemoryError, BadZipFile, zlib.error):
        warn(f"{kept}: is damaged; this run of the calibration is simulated again")
        return None


def fingerprint(problem: Problem) -> dict[str, Any]:
    """Give what decides the result of a calibration, with checksums."""
    aims = [asdict(target) for target in problem.targets]
    parts = {
        "settings": asdict(problem.settings),
        "evidence": checksum(aims),
        "parameters": checksum(problem.base),
        "priors": checksum([asdict(one) for one in problem.free]),
    }
    if problem.draws is not None:
        parts["draws"] = checksum([list(map(list, problem.draws.names)), problem.draws.values.tolist()])
    return {**parts, "fingerprint": checksum(parts)}


def prior_members(count: int, parameters: int, seed: int) -> np.ndarray:
    """Draw an ensemble from the prior: a scrambled Sobol set through the normal quantile, more even than chance."""
    from scipy.stats import norm, qmc

    exponent = max(int(np.ceil(np.log2(max(count, 2)))), 1)
    points = qmc.Sobol(parameters, scramble=True, rng=seed).random_base2(exponent)[:count]
    return np.asarray(norm.ppf(np.clip(points, 1e-6, 1 - 1e-6)))


def normal_draws(shape: Sequence[int], seed: int, step: int) -> np.ndarray:
    """Draw standard normal numbers that depend on the seed and the step alone."""
    return np.random.default_rng([seed, step]).standard_normal(tuple(shape))
