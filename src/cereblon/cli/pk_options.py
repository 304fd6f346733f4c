"""Which option of `cereblon pk` applies when; one that would change nothing is refused with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cereblon.cli.applies import Applies
from cereblon.cli.pk_words import TRAITS
from cereblon.core.errors import InputError

if TYPE_CHECKING:
    import typer

    from cereblon.cli.pk_questions import Question
    from cereblon.cli.pk_runs import Setting
    from cereblon.model.drugs.kinetics import Kinetics

_DOSES = ("--dose", "--schedule", "--route", "--regimen", "--infusion", "--fed", "--cycles", "--compare", "--change")
_CURVE = ("--days", "--steady-state", "--parquet", "--html", "--png", "--svg", "--log", "--events")
_PEOPLE = (*(f"--{trait}" for trait in TRAITS), "--population", "--subjects")
_EVENTS = ("--time-unit", "--in-order")
_BOTH = ("--seed", "--typical", "--measured", "--allow-implausible", *_EVENTS)

CONDITIONS: tuple[Applies, ...] = (
    *(Applies(option, without=("--checks", "--simulate-events")) for option in (*_DOSES, *_CURVE, *_PEOPLE)),
    *(Applies(option, without=("--checks",)) for option in (*_BOTH, "--simulate-events")),
    *(Applies(option, with_any=("--simulate-events",)) for option in _EVENTS),
    Applies("--log", with_any=("--png", "--svg"), because="it is the axis of the picture"),
    Applies("--cycles", without=("--steady-state",), because="it has been repeated for ever; --days sets its length"),
    Applies("--events", without=("--compare",), because="a data set holds one of the two"),
    Applies("--events", without=("--change", "--steady-state"), because="it is a course from its first dose on"),
)
"""Whatever the drug is."""


def options_given(context: typer.Context) -> tuple[str, ...]:
    """Name the options that stand on the command line, without dashes."""
    options = [one for one in context.command.params if one.param_type_name == "option"]
    return tuple(
        next(name for name in one.opts if name.startswith("--")).removeprefix("--")
        for one in options
        if one.name is not None and str(context.get_parameter_source(one.name)).endswith("COMMANDLINE")
    )


def draw_problems(given: Sequence[str]) -> list[str]:
    """Say which options of chance change nothing because nobody is drawn."""
    if "typical" not in given or "population" in given:
        return []
    problems = ["--subjects changes nothing: --typical shows one typical subject"] if "subjects" in given else []
    if "seed" in given and "measured" not in given:
        problems.append("--seed changes nothing: --typical leaves out what is drawn")
    return problems


def refuse_idle(
    given: Sequence[str], compared: Mapping[str, str], questions: Sequence[Question], setting: Setting
) -> None:
    """Refuse what changes nothing for this drug, dose and course.

    Parameters
    ----------
    given
        Names of the options on the command line.
    compared
        Names and values of --compare.
    questions
        What is asked, one or two.
    setting
        What all questions share.

    Raises
    ------
    InputError
        Naming each with the reason.
    """
    kinetics = setting.kinetics
    acting = set().union(*(acting_traits(question, kinetics) for question in questions))
    changed = {covariate for change in setting.changes for covariate in change.traits}
    later = [name for name, (covariate, _) in TRAITS.items() if covariate in changed]
    listed = ", ".join(name for name in TRAITS if name in acting) or "no covariate"
    problems = [
        f"{where}{name} changes nothing: it does not act on {kinetics.drug} (what acts: {listed})"
        for where, names in (("--", given), ("--compare: ", compared), ("--change: ", later))
        for name in names
        if name in TRAITS and name not in acting
    ]
    problems += draw_problems(given) + _course_problems(questions, setting)
    if {"regimen", "dose", "schedule", "route"} <= set(given):
        problems.append("--regimen changes nothing: dose, schedule and route are stated")
    if setting.measured and not any(name.startswith("residual") for name in kinetics.values):
        problems.append(f"--measured changes nothing: no residual error of {kinetics.drug} is known")
    if problems:
        raise InputError("\n".join(problems), hint="leave it out")


def acting_traits(question: Question, kinetics: Kinetics) -> set[str]:
    """Name the options of covariates that act on a drug or on the size of its dose."""
    from cereblon.cli.pk_questions import dose_of

    unit = dose_of(question, kinetics, kinetics.checked_route(question.route))[1]
    sizes = {"mg/m2": {"bsa_m2"}, "mg/kg": {"weight_kg"}}.get(unit, set())
    covariates = {*kinetics.covariates, *sizes}
    if "bsa_m2" in covariates:
        covariates |= {"weight_kg", "height_cm"}
    return {name for name, (covariate, _) in TRAITS.items() if covariate in covariates}


def _course_problems(questions: Sequence[Question], setting: Setting) -> list[str]:
    """Say why a number of cycles would change nothing."""
    from cereblon.cli.pk_questions import schedule_of

    kinetics, cycles = setting.kinetics, setting.cycles
    problems = []
    for question in questions if cycles is not None else ():
        phrase = schedule_of(question, kinetics, kinetics.checked_route(question.route), days=setting.days)
        if not phrase.repeated:
            problems.append("--cycles changes nothing: a single dose is given")
        elif kinetics.linear and setting.days is not None and (int(cycles or 0) - 1) * phrase.length >= setting.days:
            problems.append(
                f"--cycles {cycles} changes nothing: the last of them begins after the curve of {setting.days:g} days"
            )
    return list(dict.fromkeys(problems))
