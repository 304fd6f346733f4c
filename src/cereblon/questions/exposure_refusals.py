"""What would change nothing for a drug, a dose and a course: refused with the reason."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np

from cereblon.core.errors import InputError
from cereblon.model.drugs.covariates import COVARIATES, read_covariate
from cereblon.model.drugs.kinetics import Kinetics
from cereblon.model.exposure.profile import ExposureSetting, Profile
from cereblon.model.exposure.request import DoseRequest, dose_of, schedule_of
from cereblon.model.exposure.subjects import Subjects


def draw_problems(subjects: Subjects) -> list[str]:
    """Say what of a draw changes nothing because nobody is drawn."""
    if not subjects.typical or subjects.population is not None:
        return []
    problems = []
    if subjects.n is not None:
        problems.append("--subjects changes nothing: --typical shows one typical subject")
    if subjects.seed is not None and not subjects.measured:
        problems.append("--seed changes nothing: --typical leaves out what is drawn")
    return problems


def refuse_idle(
    given: Collection[str], compared: Mapping[str, str], requests: Sequence[DoseRequest], setting: ExposureSetting
) -> None:
    """Refuse what changes nothing for this drug, dose and course.

    Parameters
    ----------
    given
        Names of what was stated of patient and order.
    compared
        Names and values of the second patient.
    requests
        What is asked, one or two.
    setting
        What all requests share.

    Raises
    ------
    InputError
        Naming each with the reason.
    """
    kinetics = setting.kinetics
    acting = set().union(*(acting_covariates(request, kinetics) for request in requests))
    changed = {covariate for change in setting.changes for covariate in change.covariates}
    later = [name for name, (covariate, _) in COVARIATES.items() if covariate in changed]
    listed = ", ".join(name for name in COVARIATES if name in acting) or "no covariate"
    problems = [
        f"{where}{name} changes nothing: it does not act on {kinetics.drug} (what acts: {listed})"
        for where, names in (("--", given), ("--compare: ", compared), ("--change: ", later))
        for name in names
        if name in COVARIATES and name not in acting
    ]
    problems += draw_problems(setting.subjects) + _course_problems(requests, setting)
    if {"regimen", "dose", "schedule", "route"} <= set(given):
        problems.append("--regimen changes nothing: dose, schedule and route are stated")
    if setting.subjects.measured and not any(name.startswith("residual") for name in kinetics.values):
        problems.append(f"--measured changes nothing: no residual error of {kinetics.drug} is known")
    if problems:
        raise InputError("\n".join(problems), hint="leave it out")


def refuse_same(compared: Mapping[str, str], profiles: Sequence[Profile], kinetics: Kinetics) -> None:
    """Refuse a second patient or dose of whom something is named that holds for the first one too.

    Raises
    ------
    InputError
        Naming each.
    """
    if len(profiles) < 2:
        return
    first, second = profiles

    def same(name: str) -> bool:
        if name in COVARIATES:
            field, value = read_covariate(name, compared[name])
            return bool(np.all(getattr(first.patient, field) == value))
        ask: Callable[[Profile], object] = {
            "dose": lambda one: dose_of(one.request, kinetics, one.order.route),
            "schedule": lambda one: one.order.schedule,
            "route": lambda one: one.order.route,
            "infusion": lambda one: one.order.infusion,
            "fed": lambda one: one.order.fed,
        }[name]
        return ask(first) == ask(second)

    problems = [
        f"--compare: {name}={value} holds for the first one too, so it changes nothing"
        for name, value in compared.items()
        if same(name)
    ]
    if problems:
        raise InputError("\n".join(problems), hint="name what is otherwise")


def acting_covariates(request: DoseRequest, kinetics: Kinetics) -> set[str]:
    """Name the covariates that act on a drug or on the size of its dose."""
    unit = dose_of(request, kinetics, kinetics.checked_route(request.route))[1]
    sizes = {"mg/m2": {"bsa_m2"}, "mg/kg": {"weight_kg"}}.get(unit, set())
    covariates = {*kinetics.covariates, *sizes}
    if "bsa_m2" in covariates:
        covariates |= {"weight_kg", "height_cm"}
    return {name for name, (covariate, _) in COVARIATES.items() if covariate in covariates}


def _course_problems(requests: Sequence[DoseRequest], setting: ExposureSetting) -> list[str]:
    """Say why a number of cycles would change nothing."""
    kinetics, cycles = setting.kinetics, setting.cycles
    if cycles is not None and setting.steady_state:
        return ["--cycles changes nothing: at steady state it has been repeated for ever; --days sets its length"]
    problems = []
    for request in requests if cycles is not None else ():
        phrase = schedule_of(request, kinetics, kinetics.checked_route(request.route), days=setting.days)
        if not phrase.repeated:
            problems.append("--cycles changes nothing: a single dose is given")
        elif kinetics.linear and setting.days is not None and (int(cycles or 0) - 1) * phrase.length >= setting.days:
            problems.append(
                f"--cycles {cycles} changes nothing: the last of them begins after the curve of {setting.days:g} days"
            )
    return list(dict.fromkeys(problems))
