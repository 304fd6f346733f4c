"""The trial and the patients that stand for a published study: the block `simulation` of its file.

What makes trials and reads regimens is loaded by those who need it: look-ups of populations and strategies do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cereblon.core.errors import InputError
from cereblon.core.validation import validate
from cereblon.evidence import Study, latest_facts, published_facts
from cereblon.trials.enrolment_year import study_enrolment_year

if TYPE_CHECKING:
    from cereblon.model.patients import MatchedPopulation, Population, StudyPatients
    from cereblon.trials.trial import RecordPlan, TrialPlan

_PUBLISHED = "published"
"""As a line of an arm: the regimen that the study file publishes for the arm."""
_OF_THE_STUDY = ("id", "study", "study_arms")


def has_trial(study: Study) -> bool:
    """Say whether the file of a study states the trial that stands for it."""
    return "trial" in study.simulation


def study_patients(study: Study) -> StudyPatients | None:
    """Give what a study states of its patients; None for nothing.

    Raises
    ------
    InputError
        Listing every problem of the block.
    """
    from cereblon.model.patients import parse_study_patients

    block = study.simulation.get("patients")
    return None if block is None else parse_study_patients(dict(block), where=f"{study.id}, simulation, patients")


def study_population(study: Study, start: Population | None = None) -> MatchedPopulation:
    """Give the population of a study: its entry criteria and baseline figures, those that are published first.

    Parameters
    ----------
    study
        Published.
    start
        Population to start from; the one the study names, or that of its setting, if None.

    Raises
    ------
    UnknownNameError
        If the study names no population and its setting has none.
    InputError
        If hardly anybody meets the entry criteria, or a figure is impossible.
    """
    from cereblon.model.patients import match_study, pooled_baseline

    sizes = {arm: size for arm in study.arms if (size := study.patients(arm)) is not None}
    facts = pooled_baseline(latest_facts(study, published_facts(study)), sizes)
    return match_study(study.id, study.setting, facts, patients=study_patients(study), start=start)


def trial_of(study: Study, *, found_at: str) -> TrialPlan:
    """Give the trial that stands for a study; it names the study, its arms are arms of the study.

    Parameters
    ----------
    study
        With a trial.
    found_at
        Key or path that the study is loaded by.

    Raises
    ------
    InputError
        Listing every problem of the block, or if there is none.
    """
    fields = _fields(study)
    chosen = fields.get("population", {})
    population = {**chosen, "like": found_at} if isinstance(chosen, Mapping) else chosen
    return _parsed(study, {**fields, "study": found_at, "population": population})


def start_of(study: Study) -> str:
    """Name the population that a study starts from: the one it states, or that of its setting.

    Raises
    ------
    UnknownNameError
        If the study states none and its setting has none.
    InputError
        Listing every problem of what it states of its patients.
    """
    from cereblon.model.patients import population_for_setting

    patients = study_patients(study)
    return patients.population if patients else population_for_setting(study.setting)


def trial_apart(study: Study, *, start: str) -> TrialPlan:
    """Give the trial of a study without the study, so that it can be prepared where the study cannot be loaded.

    Parameters
    ----------
    study
        With a trial; it may be one that was changed, or has a problem elsewhere.
    start
        Population that is enrolled, unless the trial names one.

    Raises
    ------
    InputError
        Listing every problem of the block, or if there is none.
    """
    return _parsed(study, {"population": {"base": start}, **_fields(study)})


def tests_mrd(study: Study) -> bool:
    """Tell whether a study publishes residual disease, and so looked for it in those with a deep response."""
    return any(fact.endpoint.startswith("mrd_") for fact in study.facts)


def recorded_in(study: Study) -> RecordPlan | None:
    """Say what a study tells of its record, and whether it looked for residual disease; None for routine care."""
    from cereblon.trials.trial import RecordPlan

    if not study.is_trial:
        return None
    block = study.simulation.get("trial", {}).get("recorded", {"source": f"study file {study.id}"})
    stated = validate(RecordPlan, dict(block), where=f"{study.id}, recorded")
    return stated if stated.mrd_tested is not None else stated.model_copy(update={"mrd_tested": tests_mrd(study)})


def strategies_of(study: Study) -> dict[str, dict[str, Any]]:
    """Give the strategies that a study writes out for its arms, each under its name, as they stand there."""
    arms = _fields(study)["arms"] if has_trial(study) else None
    plans = arms.values() if isinstance(arms, Mapping) else ()
    written = [
        plan["strategy"] for plan in plans if isinstance(plan, Mapping) and isinstance(plan.get("strategy"), dict)
    ]
    return {strategy["id"]: strategy for strategy in written}


def _fields(study: Study) -> dict[str, Any]:
    """Give the fields of the trial file that the block amounts to, but for study and population."""
    if not has_trial(study):
        raise InputError(
            f"study {study.id!r} can be read, but its file has no trial to simulate it by (simulation, trial)",
            hint="write the block, as the page on adding a study says",
        )
    block = study.simulation["trial"]
    arms = block.get("arms")
    named = {key: _named(study, key, arm) for key, arm in arms.items()} if isinstance(arms, Mapping) else arms
    return {"enrolment_year": study_enrolment_year(study), **block, "arms": named, "id": study.id}


def _named(study: Study, key: str, arm: Any) -> Any:
    """Name the strategy of an arm after study and arm, and write out the line that is the published regimen."""
    strategy = arm.get("strategy") if isinstance(arm, Mapping) else None
    if not isinstance(strategy, Mapping):
        return arm
    lines = strategy.get("lines")
    if isinstance(lines, list) and _PUBLISHED in lines and key in study.arms:
        lines = [_published_line(study, key) if line == _PUBLISHED else line for line in lines]
    return {**arm, "strategy": {**strategy, "id": f"{study.id}-{key}", **({"lines": lines} if lines else {})}}


def _published_line(study: Study, key: str) -> dict[str, Any]:
    from cereblon.trials.published_regimen import understand_arm

    understood = understand_arm(study, key)
    if understood.regimen is None:
        raise InputError(f"{study.id}, simulation, trial, {key}: the published regimen: {understood.reason}")
    return understood.regimen.model_dump(mode="json")


def _parsed(study: Study, fields: dict[str, Any]) -> TrialPlan:
    from cereblon.trials.trial import parse_trial

    where = f"{study.id}, simulation, trial"
    block = study.simulation["trial"]
    own = [name for name in _OF_THE_STUDY if name in block]
    problems = [f"{where}, {name}: is not a field here; the study gives it" for name in own]
    population = block.get("population")
    if isinstance(population, Mapping) and "like" in population:
        problems.append(f"{where}, population.like: is not a field here; patients are those of the study")
    known = [arm for arm in study.arms if arm != "all"]
    strange = [key for key in fields["arms"] if key not in known] if isinstance(fields["arms"], Mapping) else []
    problems += [f"{where}, arms: {key} is no arm of the study; its arms: {', '.join(known)}" for key in strange]
    try:
        plan = parse_trial(fields, where=where)
    except InputError as error:
        problems = [*error.message.split("\n"), *problems]
    if problems:
        raise InputError("\n".join(problems))
    return plan
