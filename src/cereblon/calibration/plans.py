"""How a published study is simulated: by the trial of its file, or by a plan made from what it published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from cereblon.core.errors import CereblonError, InputError, unknown_name
from cereblon.core.yaml_files import parse_yaml
from cereblon.evidence import Arm, Study
from cereblon.model.drugs.drug import of_class
from cereblon.model.patients import Population, find_population, load_population, population_for_setting
from cereblon.model.regimens import regimen_names
from cereblon.trials.study_trial import has_trial, start_of, study_population, trial_apart
from cereblon.trials.trial import TrialPlan, parse_trial

_SECTIONS = {"ndmm": "newly diagnosed", "rrmm": "relapsed", "maintenance-post-asct": "maintenance"}
_FOLLOW_UP, _SIZE = 36.0, 100


@dataclass(frozen=True, kw_only=True)
class StudyPlan:
    """A study with the trial that stands for it.

    Parameters
    ----------
    study
        Published.
    plan
        None when no arm can be simulated.
    patients
        Population; the plan names only the one that it starts from.
    reasons
        Why arms, or the whole study, cannot be simulated; by arm.
    notes
        What was assumed.
    """

    study: Study
    plan: TrialPlan | None
    patients: Population | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def is_practice(self) -> bool:
        """Whether the study is of routine care."""
        return self.study.kind == "real-world"


@cache
def rules() -> dict[str, Any]:
    """Read how studies that state no trial are simulated."""
    text = (files("cereblon.calibration") / "automatic_plans.yaml").read_text(encoding="utf-8")
    return parse_yaml(text, where="automatic_plans.yaml")


def plan_study(study: Study) -> StudyPlan:
    """Find or make the trial that stands for a study.

    Parameters
    ----------
    study
        Published.

    Returns
    -------
        With a reason for each arm that cannot be simulated.
    """
    if not has_trial(study):
        return _automatic(study)
    plan = trial_apart(study, start=start_of(study))
    patients = study_population(study, find_population(str(plan.population.base))).population
    left = {arm: "not in the trial file" for arm in study.arms if arm != "all" and arm not in plan.arms}
    return StudyPlan(study=study, plan=plan, patients=patients, reasons=left)


def _automatic(study: Study) -> StudyPlan:
    chosen: dict[str, str] = {}
    reasons: dict[str, str] = {}
    for key, arm in study.arms.items():
        if key == "all":
            continue
        regimen, reason = regimen_of(study, key, arm)
        if regimen is None:
            reasons[key] = reason
        else:
            chosen[key] = regimen
    if all(regimen == "observation" for regimen in chosen.values()):
        reasons |= {key: "observation alone orders no drug" for key in chosen}
        chosen = {}
    if not chosen:
        return StudyPlan(study=study, plan=None, reasons=reasons or {"all": "no arm describes a regimen"})
    try:
        before = rules()["run_in"].get(_section(study))
        patients = study_population(study, before and load_population(before["people"])).population
        plan = parse_trial(_plan(study, chosen, before and before["regimen"]), where=study.id)
    except CereblonError as error:
        return StudyPlan(study=study, plan=None, reasons={**reasons, "all": error.message})
    notes = [f"arm {key} simulated as {regimen}, later lines assumed" for key, regimen in chosen.items()]
    if before:
        notes.append(f"randomised after {before['regimen']}, assumed for all")
    notes += [f"arm {key} without a size, {_SIZE} assumed" for key in chosen if study.patients(key) is None]
    if not any(fact.endpoint == "follow_up_median" and fact.value is not None for fact in study.facts):
        notes.append(f"follow-up not published, {_FOLLOW_UP:g} months assumed")
    return StudyPlan(study=study, plan=plan, patients=patients, reasons=reasons, notes=tuple(notes))


def regimen_of(study: Study, key: str, arm: Arm) -> tuple[str | None, str]:
    """Choose the library's regimen of an arm by its drugs and the setting.

    Returns
    -------
        Name and nothing, or None and the reason.
    """
    named = named_regimens(study)
    if key in named:
        return named[key], ""
    section = _section(study)
    if section is None:
        return None, f"setting {study.setting} has no regimens"
    if any(phase.procedure for phase in arm.regimen):
        return None, "a transplant at varying times has no trial file"
    if not arm.drugs:
        is_control = section == "maintenance" and key.startswith(("no-", "obs"))
        return ("observation", "") if is_control else (None, "the study names no regimen for it")
    known = rules()["regimens"][section]
    found = next((regimen for drugs, regimen in known.items() if set(drugs.split()) == set(arm.drugs)), None)
    found = found or _of_library(arm.drugs)
    if found is None:
        return None, f"no regimen of the library for {', '.join(arm.drugs)} in this setting"
    return str(found), ""


def named_regimens(study: Study) -> dict[str, str]:
    """Give the regimens of the library that the file of a study names for its arms (block `regimens`).

    Raises
    ------
    InputError
        If an arm or a regimen is not known, or the study states a trial, whose strategies count instead.
    """
    named = {str(arm): str(regimen) for arm, regimen in study.simulation.get("regimens", {}).items()}
    where = f"{study.id}, simulation, regimens"
    problems = [f"{where}, {arm}: is no arm of the study" for arm in named if arm not in study.arms]
    for arm, regimen in named.items():
        if regimen not in regimen_names():
            error = unknown_name("regimen", regimen, regimen_names())
            problems.append(f"{where}, {arm}: {error.message} ({error.hint})")
    if named and has_trial(study):
        problems.append(f"{where}: has no effect beside trial, whose strategies say what is given")
    if problems:
        raise InputError("\n".join(problems))
    return named


def _section(study: Study) -> str | None:
    return next((name for start, name in _SECTIONS.items() if study.setting.startswith(start)), None)


def _of_library(drugs: tuple[str, ...]) -> str | None:
    """Find a regimen that gives exactly these drugs to progression, for drugs that the rules do not know."""
    from cereblon.model.regimens import load_regimen

    known = {drug for section in rules()["regimens"].values() for names in section for drug in names.split()}
    if set(drugs) <= known:
        return None
    for name in regimen_names():
        if set(load_regimen(name).drugs) == set(drugs):
            return name
    return None


def _plan(study: Study, chosen: Mapping[str, str], run_in: str | None) -> dict[str, Any]:
    order = sorted(chosen, key=lambda key: -len(study.arms[key].drugs))  # the arm of fewest drugs is the comparator
    follow_up = max(_follow_up(study), 12.0)
    return {
        "id": study.id,
        "title": study.name,
        "population": {"base": population_for_setting(study.setting)},
        "run_in": run_in,
        "arms": {
            key: {
                "strategy": _strategy(chosen[key], study.arms[key].drugs),
                "label": study.arms[key].label,
                "size": study.patients(key) or _SIZE,
            }
            for key in order
        },
        "comparator": order[-1] if len(order) > 1 else None,
        "enrolment_months": min(24.0, follow_up),
        "follow_up_months": follow_up,
        "dropout_per_year": 0.02,
        "sources": [f"made from the evidence file {study.id}; enrolment and dropout assumed"],
    }


def _follow_up(study: Study) -> float:
    found = [fact.value for fact in study.facts if fact.endpoint == "follow_up_median" and fact.value is not None]
    return max(found, default=_FOLLOW_UP)


def _strategy(regimen: str, drugs: tuple[str, ...]) -> dict[str, Any]:
    salvage = rules()["salvage"]
    if set(drugs) & set(of_class("pi")):
        later = salvage["with proteasome inhibitor"]
    else:
        later = salvage["with CD38 antibody" if set(drugs) & set(of_class("cd38")) else "otherwise"]
    return {
        "id": f"{regimen}-then-salvage",
        "label": f"{regimen}, then {' and '.join(later)}",
        "lines": [regimen, *later],
        "basis": "assumed",
        "notes": ["later lines are our judgement"],
    }
