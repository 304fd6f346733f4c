"""How a published study is simulated: by the trial of its file, or by the regimens that the file publishes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cereblon.core.errors import CereblonError, InputError, unknown_name
from cereblon.evidence import Study
from cereblon.model.dosing.library import load_rule_set
from cereblon.model.drugs.drug import of_class
from cereblon.model.patients import find_population, load_population, population_for_setting
from cereblon.model.patients.known_patients import PatientsToDraw
from cereblon.model.regimens import Regimen, load_regimen, regimen_names
from cereblon.trials.enrolment_year import study_enrolment_year
from cereblon.trials.published_regimen import UnderstoodArm, understand_arm, understand_study
from cereblon.trials.published_regimen.completion import automatic_rules
from cereblon.trials.routine_care import stop_ratio
from cereblon.trials.study_trial import has_trial, recorded_in, start_of, study_population, trial_apart, trial_of
from cereblon.trials.trial import TrialPlan, parse_trial

_FOLLOW_UP, _SIZE = 36.0, 100
_LATER = "the trial in the file leaves it out"


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
        Whom to draw; the plan names only the population that they start from.
    reasons
        Why arms, or the whole study, cannot be simulated; by arm.
    notes
        What was assumed.
    """

    study: Study
    plan: TrialPlan | None
    patients: PatientsToDraw | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def is_practice(self) -> bool:
        """Whether the study is of routine care."""
        return self.study.is_practice


def plan_study(study: Study, *, found_at: str | None = None) -> StudyPlan:
    """Find or make the trial that stands for a study.

    Parameters
    ----------
    study
        Published.
    found_at
        Key or path that the study is loaded by, which the trial then names; None for a trial that stands alone.

    Returns
    -------
        With a reason for each arm that cannot be simulated.
    """
    found = _of_its_trial(study, found_at) if has_trial(study) else _automatic(study, found_at)
    if found.plan is None or found_at is not None:
        return found
    # A trial that stands alone names no study in which its habits could be looked up.
    return replace(found, plan=found.plan.model_copy(update={"recorded": recorded_in(study)}))


def _of_its_trial(study: Study, found_at: str | None) -> StudyPlan:
    patients = None
    if found_at is None:
        plan = trial_apart(study, start=start_of(study))
        patients = study_population(study, find_population(str(plan.population.base))).population
    else:
        plan = trial_of(study, found_at=found_at)
    return StudyPlan(study=study, plan=plan, patients=patients, reasons=arms_left_out(study, plan))


def arms_left_out(study: Study, plan: TrialPlan) -> dict[str, str]:
    """Give the arms of a study that its trial does not simulate, with the reason."""
    shown = {plan.published_arm(arm) for arm in plan.arms}
    others = [arm for arm in study.arms if arm != "all" and arm not in shown]
    return {arm: understand_arm(study, arm).reason or _LATER for arm in others}


def given_in(study: Study) -> dict[str, UnderstoodArm]:
    """Give what the arms of a study without a trial are given: as published, or the regimen that its file names."""
    named = named_regimens(study)
    return {
        key: replace(arm, regimen=load_regimen(named[key]), reason="", assumed=(f"the file names {named[key]}",))
        if key in named
        else arm
        for key, arm in understand_study(study).items()
    }


def _automatic(study: Study, found_at: str | None) -> StudyPlan:
    understood = given_in(study)
    reasons = {key: arm.reason for key, arm in understood.items() if arm.regimen is None}
    chosen = {key: arm for key, arm in understood.items() if arm.regimen is not None}
    if not any(arm.regimen.drugs for arm in chosen.values() if arm.regimen):
        reasons |= {key: "observation alone orders no drug" for key in chosen}
        chosen = {}
    if not chosen:
        return StudyPlan(study=study, plan=None, reasons=reasons or {"all": "no arm describes a regimen"})
    try:
        before = None if _has_transplant(chosen) else automatic_rules()["run_in"].get(study.setting)
        start = before["patients"] if before else None
        patients = study_population(study, before and load_population(start)).population
        plan = parse_trial(_plan(study, chosen, before and before["regimen"], start, found_at), where=study.id)
    except CereblonError as error:
        return StudyPlan(study=study, plan=None, reasons={**reasons, "all": error.message})
    notes = [f"arm {key}: {line}" for key, arm in chosen.items() for line in (*arm.assumed, "later lines assumed")]
    if before:
        notes.append(f"randomised after {before['regimen']}, assumed for all")
    notes += [f"arm {key} without a size, {_SIZE} assumed" for key in chosen if study.patients(key) is None]
    if study_enrolment_year(study) is None:
        notes.append("years of enrolment not in the file: simulated as in 2010, with the later lines of today")
    if not any(fact.endpoint == "follow_up_median" and fact.value is not None for fact in study.facts):
        notes.append(f"follow-up not in the file, {_FOLLOW_UP:g} months assumed")
    return StudyPlan(study=study, plan=plan, patients=patients, reasons=reasons, notes=tuple(notes))


def _has_transplant(chosen: Mapping[str, UnderstoodArm]) -> bool:
    return any(phase.procedure for arm in chosen.values() if arm.regimen for phase in arm.regimen.phases)


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


def _plan(
    study: Study, chosen: Mapping[str, UnderstoodArm], run_in: str | None, start: str | None, found_at: str | None
) -> dict[str, Any]:
    comparator = _comparator(study, chosen)
    order = sorted(chosen, key=lambda key: (key == comparator, -len(study.arms[key].drugs)))
    follow_up = max(_follow_up(study), 12.0)
    whose = {"base": start or population_for_setting(study.setting)} if found_at is None else {"like": found_at}
    return {
        "id": study.id,
        "title": study.name,
        "study": found_at,
        "population": {**whose, "base": start} if found_at is not None and start else whose,
        "run_in": run_in,
        "arms": {
            key: {
                "strategy": _strategy(chosen[key], study_enrolment_year(study)),
                "label": study.arms[key].label,
                "size": study.patients(key) or _SIZE,
            }
            for key in order
        },
        "comparator": order[-1] if len(order) > 1 else None,
        "enrolment_months": min(24.0, follow_up),
        "enrolment_year": study_enrolment_year(study),
        "follow_up_months": follow_up,
        "dropout_per_year": 0.02,
        "rules": _rules(study, chosen),
        "sources": [f"made from the evidence file {study.id}; enrolment and dropout assumed", *_care(study)],
    }


def _care(study: Study) -> list[str]:
    if not study.is_practice:
        return []
    return [f"routine care: treatment is stopped {stop_ratio():g} times as often as in a trial, judged"]


def _comparator(study: Study, chosen: Mapping[str, UnderstoodArm]) -> str:
    """Give the arm that the study's own ratios are read over, else the one of fewest drugs."""
    over = Counter(fact.versus for fact in study.facts if fact.versus in chosen and fact.arm in chosen)
    fewest = sorted(chosen, key=lambda key: -len(study.arms[key].drugs))[-1]
    return next((str(arm) for arm, _ in over.most_common(1)), fewest)


def _follow_up(study: Study) -> float:
    found = [fact.value for fact in study.facts if fact.endpoint == "follow_up_median" and fact.value is not None]
    return max(found, default=_FOLLOW_UP)


def _strategy(arm: UnderstoodArm, year: float | None) -> dict[str, Any]:
    regimen = _given(arm)
    salvage = _later_lines(year)
    if set(regimen.drugs) & set(of_class("pi")):
        later = salvage["with proteasome inhibitor"]
    else:
        later = salvage["with CD38 antibody" if set(regimen.drugs) & set(of_class("cd38")) else "otherwise"]
    is_of_library = regimen.id in regimen_names() and load_regimen(regimen.id) == regimen
    return {
        "id": f"{regimen.id}-then-salvage"[:60].rstrip("-"),
        "label": f"{regimen.label}, then {' and '.join(later)}",
        "lines": [regimen.id if is_of_library else regimen.model_dump(mode="json"), *later],
        "basis": "assumed",
        "notes": ["later lines are our judgement"],
    }


def _later_lines(year: float | None) -> dict[str, list[str]]:
    """Give what usually followed in studies that enrolled then; what follows now, where the year is not known."""
    eras = automatic_rules()["later lines"]
    return next(era for era in eras if year is None or year >= era["from"])


def _given(arm: UnderstoodArm) -> Regimen:
    if arm.regimen is None:
        raise InputError(f"arm {arm.arm}: {arm.reason}")
    return arm.regimen


def _rules(study: Study, chosen: Mapping[str, UnderstoodArm]) -> str | dict[str, Any]:
    """Give the dose rules: those of the label, with the doses of older patients that the file states.

    Raises
    ------
    InputError
        If the arms differ in them: one trial has one set of dose rules.
    """
    by_drug: dict[str, set[object]] = {}
    for arm in chosen.values():
        for drug in _given(arm).drugs:
            by_drug.setdefault(drug, set()).add(dict(arm.older).get(drug))
    differ = [drug for drug, found in by_drug.items() if len(found) > 1]
    if differ:
        raise InputError(f"{' and '.join(differ)}: the dose of older patients differs between the arms")
    older = {drug: dose for arm in chosen.values() for drug, dose in arm.older}
    if not older:
        return "us-label"
    rules = [
        {
            "id": f"{drug}-by-age",
            "drug": drug,
            "when": {"age": {"from" if dose.included else "above": dose.age}},
            "at_most": dose.dose,
            "source": "published",
        }
        for drug, dose in older.items()
    ]
    return {
        "id": f"trial:{study.id}",
        "title": f"{study.name}: doses by age as published; otherwise the US labels",
        "extends": "us-label",
        "without": ["dexamethasone-above-75"] if "dexamethasone" in older else [],
        "sources": {"published": {"citation": f"study file {study.id}", "quality": "secondary"}},
        "drugs": {drug: form for drug, dose in older.items() if (form := _levels_with(drug, dose.dose))},
        "start": rules,
    }


def _levels_with(drug: str, dose: float) -> dict[str, Any]:
    """Give the dose levels of a drug with the dose of older patients among them; nothing where the label has it."""
    form = load_rule_set("us-label").drugs.get(drug)
    if form is None or dose in form.levels:
        return {}
    ladders = [sorted({*ladder, dose}, reverse=True) if dose < ladder[0] else list(ladder) for ladder in form.ladders]
    note = f"{dose:g} {form.unit}, the dose of older patients in this study, is one more level"
    return {**form.model_dump(mode="json", exclude_defaults=True), "ladders": ladders, "note": note}
