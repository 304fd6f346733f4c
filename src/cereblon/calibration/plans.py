"""How a published study is simulated: by its trial file, or by a plan made from its evidence file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from cereblon.core.errors import CereblonError
from cereblon.core.yaml_files import parse_yaml
from cereblon.evidence import Arm, Study, latest_facts, published_facts
from cereblon.model.drugs.drug import of_class
from cereblon.model.patients import Population, load_population, people_like, pooled_baseline, population_for_setting
from cereblon.model.regimens import regimen_names
from cereblon.trials.trial import TrialPlan, load_trial, parse_trial, trial_names

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
    people
        Population, where the plan does not name it.
    reasons
        Why arms, or the whole study, cannot be simulated; by arm.
    notes
        What was assumed.
    """

    study: Study
    plan: TrialPlan | None
    people: Population | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def is_practice(self) -> bool:
        """Whether the study is of routine care."""
        return self.study.kind == "real-world"


@cache
def rules() -> dict[str, Any]:
    """Read how studies without a trial file are simulated."""
    text = (files("cereblon.calibration") / "automatic_plans.yaml").read_text(encoding="utf-8")
    return parse_yaml(text, where="automatic_plans.yaml")


def plan_study(study: Study, *, packaged: bool = True) -> StudyPlan:
    """Find or make the trial that stands for a study.

    Parameters
    ----------
    study
        Published.
    packaged
        Whether it is one of the package; a trial file belongs to such a study only.

    Returns
    -------
        With a reason for each arm that cannot be simulated.
    """
    if packaged and study.id in trial_names():
        plan = load_trial(study.id)
        simulated = {plan.published_arm(key) for key in plan.arms}
        left = {arm: "not in the trial file" for arm in study.arms if arm != "all" and arm not in simulated}
        return StudyPlan(study=study, plan=plan, reasons=left)
    return _automatic(study)


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
        people = _people(study, before and load_population(before["people"]))
        plan = parse_trial(_plan(study, chosen, before and before["regimen"]), where=study.id)
    except CereblonError as error:
        return StudyPlan(study=study, plan=None, reasons={**reasons, "all": error.message})
    notes = [f"arm {key} simulated as {regimen}, later lines assumed" for key, regimen in chosen.items()]
    if before:
        notes.append(f"randomised after {before['regimen']}, assumed for all")
    notes += [f"arm {key} without a size, {_SIZE} assumed" for key in chosen if study.patients(key) is None]
    if not any(fact.endpoint == "follow_up_median" and fact.value is not None for fact in study.facts):
        notes.append(f"follow-up not published, {_FOLLOW_UP:g} months assumed")
    return StudyPlan(study=study, plan=plan, people=people, reasons=reasons, notes=tuple(notes))


def regimen_of(study: Study, key: str, arm: Arm) -> tuple[str | None, str]:
    """Choose the library's regimen of an arm by its drugs and the setting.

    Returns
    -------
        Name and nothing, or None and the reason.
    """
    named = rules()["arms"].get(study.id, {})
    if key in named:
        return str(named[key]), ""
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


def _people(study: Study, start: Population | None) -> Population:
    sizes = {arm: size for arm in study.arms if (size := study.patients(arm)) is not None}
    facts = pooled_baseline(latest_facts(study, published_facts(study)), sizes)
    return people_like(study.id, study.setting, facts, start=start).population


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
