"""Fit several structures the same way, score what each says of studies it was not fitted to, and write the page."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from cereblon.calibration.emulator import Emulator, fit_emulator
from cereblon.calibration.evaluation import CalibrationSettings, Evaluations, Problem, pose
from cereblon.calibration.fit import assimilated, leave_one_study_out
from cereblon.calibration.scores import PredictionScores, log_density, score
from cereblon.calibration.structures import MODEL, log_score_difference, structure, structures
from cereblon.trials.comparison_scale import from_scale

SIZES = CalibrationSettings(members=40, steps=2, per_arm=42, draws=300, warmup=300)
"""Smaller than a fit for use; every structure gets the same."""
_CHECKED = 8  # runs held back from the emulator, to see how well it predicts
_WATCHED = (
    ("swog-s0777", "vrd", "rd", "pfs_hr", "PFS hazard ratio of VRd against Rd, S0777"),
    ("pollux", "drd", "", "cr_or_better", "CR or better with DRd, POLLUX"),
    ("calgb-100104", "len", "", "pfs_median", "median PFS of maintenance, CALGB 100104"),
)
_PREFACE = (
    "# Structures compared",
    "",
    "*Written by `cereblon calibrate --compare-structures --docs docs/reference/structures.md`; do not edit.*",
    "",
    "Would a model with another structure predict better? Each structure is fitted to the calibration studies in the",
    "same way, with the same patients and random numbers. Then each study is left out in turn, on an emulator, and",
    "predicted from a fit to the others. The log score is the log predictive density summed over numbers; larger is",
    "better. The standard error of a difference comes from its spread over studies. Studies of role validation are",
    "not used.",
    "",
)
_HEAD = (
    "| structure | meaning | log score | difference | inside 90 % | rms | emulator error over chance |",
    "|---|---|---:|---:|---:|---:|---:|",
)
Report = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Scored:
    """A structure with its scores.

    Parameters
    ----------
    name
        Of the structure.
    left_out
        Of every number while its study was not fitted.
    by_study
        Log predictive density of each study's numbers together.
    emulator_rms
        Error of the surface at runs that it was not trained on, in units of the chance of such a run.
    watched
        Published and predicted value of some numbers, each predicted while its study was not fitted.
    """

    name: str
    left_out: PredictionScores
    by_study: dict[str, float]
    emulator_rms: float
    watched: tuple[tuple[str, float, float], ...]


def compare_structures(
    names: Sequence[str], settings: CalibrationSettings, work: Path | None, report: Report
) -> list[Scored]:
    """Fit each structure and score it by studies left out, one at a time.

    Parameters
    ----------
    names
        Of structures; all when empty.
    settings
        Sizes; the same patients and random numbers for each structure.
    work
        Finished runs are kept there, one folder for each structure.
    report
        Told what goes on.
    """
    found = []
    for name in names or list(structures()):
        problem = pose(replace(settings, structure=structure(name).name))
        report(f"{name}: {len(problem.free)} free parameters")
        evaluations = Evaluations(problem, None if work is None else work / name, workers=1)
        found.append(_scored(name, problem, evaluations, report))
        report(f"{name}: log score {found[-1].left_out.log_score:.3f} with the study left out")
    return found


def _scored(name: str, problem: Problem, evaluations: Evaluations, report: Report) -> Scored:
    inputs, outputs, _ = assimilated(problem, evaluations, report)
    u, y = np.concatenate(inputs), np.concatenate(outputs)
    emulator = fit_emulator(u, y)
    unseen = leave_one_study_out("sampler", problem, emulator)
    density = log_density(problem.published, unseen.centre, unseen.sd)
    study = np.array([target.study for target in problem.targets])
    return Scored(
        name=name,
        left_out=score(problem.published, unseen.centre, unseen.sd),
        by_study={one: float(density[study == one].sum()) for one in dict.fromkeys(study.tolist())},
        emulator_rms=_surprise(problem, u, y),
        watched=tuple(_watched(problem, unseen.centre)),
    )


def _surprise(problem: Problem, u: np.ndarray, y: np.ndarray) -> float:
    """Give the error of an emulator at runs held back, over the chance of one run."""
    held = np.linspace(0, len(u) - 1, min(_CHECKED, len(u) // 4)).round().astype(int)
    rest = np.setdiff1d(np.arange(len(u)), held)
    other: Emulator = fit_emulator(u[rest], y[rest])
    miss = (y[held] - other.predict(u[held])) / np.sqrt(problem.simulation_variance)
    return float(np.sqrt(np.median(miss**2) / 0.455))  # the median of a squared standard normal number


def _watched(problem: Problem, centre: np.ndarray) -> list[tuple[str, float, float]]:
    rows = []
    for study, arm, versus, endpoint, title in _WATCHED:
        for place, target in enumerate(problem.targets):
            if (target.study, target.arm, target.versus, target.endpoint) == (study, arm, versus, endpoint):
                rows.append((title, target.value, from_scale(target.kind, float(centre[place]))))
    return rows


def structure_page(found: Sequence[Scored], settings: CalibrationSettings) -> str:
    """Write the comparison as a page of the documentation."""
    reference = found[0]
    sizes = f"{settings.members} members, {settings.steps} assimilations, {settings.per_arm} patients in an arm"
    lines = [*_PREFACE, f"Sizes: {sizes}.", "", *_HEAD]
    for one in found:
        made = structure(one.name)
        total = sum(one.by_study.values())
        if one is reference:
            shown = ""
        else:
            difference, error = log_score_difference(one.by_study, reference.by_study)
            shown = f"{difference:+.1f} ± {error:.1f}"
        lines.append(
            f"| {made.title} | {made.meaning} | {total:.1f} | {shown} | {100 * one.left_out.inside_90:.0f} % "
            f"| {one.left_out.rms:.2f} | {one.emulator_rms:.2f} |"
        )
    lines += ["", "## Numbers the structures were meant for", "", "Each predicted while its study was left out.", ""]
    titles = [title for title, _, _ in reference.watched]
    lines.append("| structure | " + " | ".join(titles) + " |")
    lines.append("|---|" + "---:|" * len(titles))
    lines.append("| published | " + " | ".join(f"{value:.3g}" for _, value, _ in reference.watched) + " |")
    for one in found:
        cells = " | ".join(f"{predicted:.3g}" for _, _, predicted in one.watched)
        lines.append(f"| {structure(one.name).title} | {cells} |")
    lines += ["", "## By study", "", "Log score of each study's numbers while it was left out.", ""]
    lines.append("| study | " + " | ".join(structure(one.name).title for one in found) + " |")
    lines.append("|---|" + "---:|" * len(found))
    for study in reference.by_study:
        lines.append(f"| `{study}` | " + " | ".join(f"{one.by_study[study]:.1f}" for one in found) + " |")
    return "\n".join(lines) + "\n"


def as_json(found: Sequence[Scored]) -> str:
    """Give the comparison for machines."""
    return json.dumps([asdict(one) for one in found], indent=1)


__all__ = ["MODEL", "SIZES", "Scored", "as_json", "compare_structures", "structure_page"]
