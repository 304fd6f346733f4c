"""`evidence.check`: study files of one's own, checked whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cereblon.core.errors import ArgumentError, InputError
from cereblon.core.yaml_files import read_yaml
from cereblon.evidence.facts_table import Row
from cereblon.evidence.schema import file_problems, refuse
from cereblon.evidence.study import Study, build_study
from cereblon.questions.facts_answer import EvidenceList
from cereblon.report.document import Document

if TYPE_CHECKING:
    from cereblon.trials.trial import TrialPlan


def check(*files: str | Path) -> StudyCheck:
    """Check study files and name every problem in them: in what was published, and in what a simulation assumes.

    Parameters
    ----------
    files
        Paths of study files.

    Returns
    -------
        Table `files`: file, study, number of facts and blocks of `simulation`, of files without a problem. Arms whose
        regimen cannot be simulated are named in notes, with the reason.

    Raises
    ------
    InputError
        With every problem of every file.

    Examples
    --------
    >>> import cereblon as cb
    >>> from importlib.resources import files
    >>> cb.evidence.check(files("cereblon.evidence") / "studies" / "maia.yaml").rows[0]["facts"]
    70
    """
    if not files:
        raise ArgumentError("no study file is given")
    strange = [file for file in files if not isinstance(file, (str, os.PathLike))]
    if strange:
        raise ArgumentError(f"{strange[0]!r} is no path of a study file")
    from cereblon.trials.published_regimen import understand_study

    problems, rows, remarks = list[InputError](), list[Row](), list[str]()
    for file in files:
        try:
            study = _checked(Path(file))
        except InputError as error:
            problems.append(error)
        else:
            assumed = ", ".join(study.simulation)
            rows.append({"file": str(file), "study": study.id, "facts": len(study.facts), "simulation": assumed})
            refused = [arm for arm in understand_study(study).values() if arm.regimen is None]
            remarks += [f"{file}: arm {arm.arm} cannot be simulated: {arm.reason}" for arm in refused]
    if problems:
        raise InputError("\n".join(error.message for error in problems), hint=problems[0].hint)
    return StudyCheck(tuple(rows), tuple(remarks))


@dataclass(frozen=True, repr=False)
class StudyCheck(EvidenceList):
    """Study files without a problem."""

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give one row per file."""
        return {"files": self.rows}

    @property
    def title(self) -> str:
        """What is listed."""
        return "Study files"

    def text(self) -> str:
        """Give a line per file."""
        return "\n".join(
            f"{row['file']}: {row['facts']} facts, no problem"
            + (f"; simulation: {row['simulation']}" if row["simulation"] else "")
            for row in self.rows
        )

    def document(self) -> Document:
        """Give the list as a document."""
        return replace(super().document(), lead=["No problem was found."])


def _checked(path: Path) -> Study:
    from cereblon.trials.study_trial import study_population

    data = read_yaml(path)
    problems = file_problems(data, path)
    study = _outline(data) if problems else build_study(data)
    problems += _assumed_problems(study, path)
    if "patients" in study.simulation and not problems:
        problems = _refusal(path, study, "patients", partial(study_population, study))
    refuse(problems)
    return study


def _outline(data: Mapping[str, Any]) -> Study:
    """Give as much of a faulty file as the blocks of its simulation refer to."""
    arms, facts, blocks = data.get("arms"), data.get("facts"), data.get("simulation")
    named = [fact for fact in facts if isinstance(fact, dict)] if isinstance(facts, list) else []
    written = blocks if isinstance(blocks, dict) else {}
    return build_study(
        {
            **dict.fromkeys(("id", "name", "kind", "setting", "population", "role", "role_reason"), ""),
            **{key: str(data[key]) for key in ("id", "setting") if key in data},
            "sources": {},
            "arms": {str(key): {"label": ""} for key in arms} if isinstance(arms, dict) else {},
            "facts": [
                {"arm": "", "unit": "", "source": "", "endpoint": fact.get("endpoint"), "cut": fact.get("cut")}
                for fact in named
            ],
            "simulation": {name: block for name, block in written.items() if isinstance(block, dict)},
        }
    )


def _assumed_problems(study: Study, path: Path) -> list[str]:
    """List what is wrong with the blocks of the simulation, by those who read them."""
    from cereblon.calibration.targets import compared_of
    from cereblon.trials.study_plan import named_regimens
    from cereblon.trials.study_trial import study_patients

    readers: Mapping[str, Callable[[Study], object]] = {
        "patients": study_patients,
        "regimens": named_regimens,
        "compared": compared_of,
    }
    stated = {name: partial(read, study) for name, read in readers.items() if name in study.simulation}
    found = [line for name, read in stated.items() for line in _refusal(path, study, name, read)]
    found += _trial_problems(study, path) if "trial" in study.simulation else []
    return found


def _trial_problems(study: Study, path: Path) -> list[str]:
    from cereblon.model.regimens.library import read_strategy
    from cereblon.trials.run import prepare
    from cereblon.trials.study_trial import strategies_of, trial_apart

    def trial() -> TrialPlan:
        return trial_apart(study, start="ndmm")  # what the study starts from is read with its patients

    found = _refusal(path, study, "trial", trial)
    if not found:
        return _refusal(path, study, "trial", lambda: prepare(trial()))
    for name, strategy in strategies_of(study).items():
        found += _refusal(path, study, "trial", partial(read_strategy, strategy, where=name))
    return found


def _refusal(path: Path, study: Study, block: str, read: Callable[[], object]) -> list[str]:
    """Read a block, and give what is wrong with it, each line with its place in the file."""
    try:
        read()
    except InputError as error:
        advice = f" ({error.hint})" if error.hint else ""
        lines = [line.removeprefix(f"{study.id}, ") for line in (error.message + advice).split("\n")]
        return [
            f"{path}, {line}" if line.startswith("simulation, ") else f"{path}, simulation, {block}, {line}"
            for line in lines
        ]
    return []
