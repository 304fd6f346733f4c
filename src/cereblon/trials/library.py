"""Trials and strategies by name: those of the published studies, and files of the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cereblon.core.errors import InputError, UnknownNameError, unknown_name
from cereblon.core.kinds import kind_of
from cereblon.core.yaml_files import read_yaml, read_yaml_input
from cereblon.evidence import Study, load_all, load_study, study_ids
from cereblon.model.regimens import (
    Regimen,
    Strategy,
    load_regimen,
    parse_regimen,
    parse_strategy,
    regimen_names,
    resolve_lines,
)
from cereblon.model.regimens.library import is_file_name, parse_entry, read_strategy, unknown_regimen
from cereblon.trials.study_trial import has_trial, strategies_of

if TYPE_CHECKING:  # look-ups of regimens load neither
    from cereblon.trials.study_plan import StudyPlan
    from cereblon.trials.trial import ArmPlan, TrialPlan


def trial_names() -> list[str]:
    """Name the published studies whose file states its trial."""
    return [study.id for study in load_all() if has_trial(study)]


def load_trial(trial: str | Path | Mapping[str, Any] | TrialPlan) -> TrialPlan:
    """Load a trial: that of a published study by its key, a trial file, a study file, or a trial in full.

    Parameters
    ----------
    trial
        Key of a study, for example `swog-s0777`; the path of a trial file or of a study file, or - for standard
        input; or the fields of a trial. A study that states no trial is simulated by the regimens that it publishes.
        What ends in .yaml or .yml, or holds a slash, is a path. A trial that is loaded already is checked and given
        back.

    Raises
    ------
    UnknownNameError
        If there is no study of that name.
    InputError
        If the study cannot be simulated, or the file is missing, malformed or impossible; all problems at once.

    Examples
    --------
    >>> load_trial("swog-s0777").arms["vrd"].size
    264
    """
    from cereblon.trials.trial import TrialPlan, is_path, parse_trial

    if isinstance(trial, TrialPlan):  # checked again: a copy with changes is not
        return parse_trial(trial.model_dump(), where=trial.id)
    if isinstance(trial, Mapping):
        return parse_trial(dict(trial), where="trial")
    if not isinstance(trial, (str, Path)):
        raise InputError(f"trial: a study key, a path or the fields of a trial are needed, got {kind_of(trial)}")
    if str(trial) == "-":
        return parse_trial(read_yaml_input(), where="standard input")
    if isinstance(trial, Path) or is_path(trial):
        data = read_yaml(Path(trial))
        if "facts" in data or "simulation" in data:
            return trial_of_study(load_study(trial), found_at=str(trial))
        return parse_trial(data, where=str(trial))
    return _of_package(trial)


def _of_package(study: str) -> TrialPlan:
    if study in study_ids():
        return trial_of_study(load_study(study), found_at=study)
    error = unknown_name("study", study, study_ids())
    stop = "" if str(error.hint).endswith("?") else "."
    raise UnknownNameError(error.message, hint=f"{error.hint}{stop} Or give the path of a trial file (.yaml)")


def trial_of_study(study: Study, *, found_at: str) -> TrialPlan:
    """Give the trial that stands for a study: that of its file, or one made of the regimens that it publishes.

    Parameters
    ----------
    study
        Published.
    found_at
        Key or path that the study is loaded by.

    Raises
    ------
    InputError
        If no arm can be simulated, with the reason of each; or listing every problem of the trial in its file.
    """
    from cereblon.trials.study_plan import plan_study

    made = plan_study(study, found_at=found_at)
    if made.plan is None:
        raise InputError(
            f"study {study.id!r} cannot be simulated\n{_reasons(made)}",
            hint=f"cereblon evidence regimen {found_at} shows what was understood of its arms",
        )
    return made.plan


def _reasons(made: StudyPlan) -> str:
    return "\n".join(f"arm {arm}: {reason}" if arm != "all" else reason for arm, reason in made.reasons.items())


def lines_of(arm: ArmPlan, *, where: str) -> tuple[tuple[Regimen, ...], int]:
    """Look up the lines of treatment of an arm of a trial, and the days between them.

    Raises
    ------
    InputError
        If a regimen or strategy is not known, or not valid.
    """
    if arm.regimen is not None:
        return (regimen_given(arm.regimen, where=where),), 28
    given = arm.strategy
    if given is None:
        raise InputError(f"{where}: neither strategy nor regimen")
    strategy = load_strategy(given) if isinstance(given, str) else parse_strategy(given, where=where)
    return resolve_lines(strategy), strategy.gap_days


def regimen_given(given: str | dict[str, Any], *, where: str) -> Regimen:
    """Look up a regimen that a trial names, or read one that it writes out."""
    return load_regimen(given) if isinstance(given, str) else parse_regimen(given, where=where)


def strategy_names() -> tuple[str, ...]:
    """Name the strategies of the published studies, after study and arm: `swog-s0777-vrd`."""
    return tuple(sorted(name for study in load_all() for name in strategies_of(study)))


def load_strategy(name_or_path: str | Path) -> Strategy:
    """Load the strategy of an arm of a published study by its name, or a strategy from a YAML file.

    Raises
    ------
    UnknownNameError
        If no study has an arm of this name.
    InputError
        If the file cannot be read, is not a valid strategy or names a regimen that does not exist; every problem is
        listed.
    """
    if isinstance(name_or_path, Path) or is_file_name(name_or_path):
        return read_strategy(read_yaml(Path(name_or_path)), where=str(name_or_path))
    name = name_or_path.lower()
    found = _find_strategy(name)
    if found is None:
        raise unknown_name("strategy", name, strategy_names())
    return found


def _find_strategy(name: str) -> Strategy | None:
    for study in study_ids():
        if name.startswith(f"{study}-") and name in (strategies := strategies_of(load_study(study))):
            return read_strategy(strategies[name], where=f"{study}, simulation, trial, {name}")
    return None


def load_entry(name_or_path: str) -> Regimen | Strategy:
    """Load a regimen of the library, a strategy of a published study, or a file of either.

    Raises
    ------
    UnknownNameError
        If there is neither.
    InputError
        If the file is neither; every problem is listed.
    """
    if is_file_name(name_or_path):
        return parse_entry(read_yaml(Path(name_or_path)), where=name_or_path)
    if name_or_path.lower() in regimen_names():
        return load_regimen(name_or_path)
    found = _find_strategy(name_or_path.lower())
    if found is None:
        raise unknown_regimen("regimen or strategy", name_or_path, [*regimen_names(), *strategy_names()])
    return found


def load_one_line(name_or_path: str) -> Regimen:
    """Load a regimen where a strategy, which has several lines, will not do.

    Raises
    ------
    UnknownNameError
        If there is none.
    InputError
        If it is a strategy, or a file that is no regimen.
    """
    entry = load_entry(name_or_path)
    if not isinstance(entry, Regimen):
        raise InputError(f"{name_or_path} is a strategy of several lines", hint="name one of its regimens")
    return entry
