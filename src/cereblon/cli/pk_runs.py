"""What `cereblon pk` computes: one question answered for its subjects, and event data sets in and out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cereblon.core.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cereblon.cli.pk_questions import Question
    from cereblon.cli.pk_words import Change
    from cereblon.model.drugs.kinetics import Kinetics
    from cereblon.model.drugs.patient import Patient
    from cereblon.model.exposure.exposure import Exposure, Order

    Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What all questions of one call share.

    Parameters
    ----------
    kinetics
        The drug.
    n, seed
        Number of subjects, and seed of their draws.
    population
        Name of the population that they come from, or None.
    typical
        Leave out what varies between subjects.
    cycles, days
        Number of cycles and length of the curve; None for what suits the drug.
    steady_state
        Show a cycle at steady state.
    changes
        What is otherwise from some days on.
    measured
        Add residual error.
    """

    kinetics: Kinetics
    n: int
    seed: int
    population: str | None = None
    typical: bool = False
    cycles: int | None = None
    days: float | None = None
    steady_state: bool = False
    changes: tuple[Change, ...] = ()
    measured: bool = False


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A question with its subjects and their exposure."""

    question: Question
    patient: Patient
    order: Order
    exposure: Exposure


def answer(question: Question, setting: Setting) -> Answer:
    """Compute the exposure that a question asks for.

    Raises
    ------
    CereblonError
        If the question does not fit the drug or its patients.
    """
    from cereblon.cli.pk_questions import population_traits, read_order
    from cereblon.model.drugs.patient import patients
    from cereblon.model.exposure.exposure import expose

    kinetics = setting.kinetics
    n = 1 if setting.typical and setting.population is None else setting.n
    drawn = population_traits(setting.population, n, setting.seed) if setting.population else {}
    traits = {**drawn, **question.traits}
    patient = patients(traits, n=n)
    cycles = setting.cycles or (1 if kinetics.linear else 2)
    alone = setting.days or (3.0 if kinetics.linear else 84.0)
    changes = sorted(setting.changes, key=lambda one: one.day)
    order = read_order(question, kinetics, patient, cycles=cycles, days=alone, changes=changes)
    days = setting.days or _shown_days(order, setting)
    if setting.cycles is None and order.repeated and not setting.steady_state:
        # Whoever asks for a long curve wants doses up to its end.
        order = replace(order, cycles=max(cycles, math.ceil(days / order.schedule.length)))
    _refuse_idle_changes(order, changes, days)
    eta = draws(kinetics, n, setting.seed, typical=setting.typical)
    later, known = [], traits
    for change in changes:
        if change.traits:
            known = {**known, **change.traits}
            later.append((change.day, patients(known, n=n)))
    exposure = expose(kinetics, patient, eta, order, days=days, at_steady_state=setting.steady_state, changes=later)
    if setting.measured:
        exposure = replace(exposure, levels=_measured(kinetics, exposure, setting.seed))
    return Answer(question=question, patient=patient, order=order, exposure=exposure)


def _shown_days(order: Order, setting: Setting) -> float:
    """Choose the length of a curve: the cycles asked for, three dosing intervals, or the course of an antibody."""
    if not order.repeated:
        return order.schedule.length
    whole = order.cycles * order.schedule.length
    some = max(3.0 * order.schedule.first_interval, 1.0)
    shown = whole if setting.cycles is not None or not setting.kinetics.linear else min(whole, some)
    return max([shown, *(change.day + some for change in setting.changes)])


def _refuse_idle_changes(order: Order, changes: Sequence[Change], days: float) -> None:
    """Refuse changes after the end of the curve, and changes of a dose that is never given."""
    end = min(days, order.cycles * order.schedule.length)
    ends = [*(stage.day for stage in order.stages[1:]), end][: len(order.stages)]
    idle = [
        f"--change: no dose is given from {stage.day:g} to {until:g} days after the first, so it changes nothing"
        for stage, until in zip(order.stages, ends, strict=True)
        if not stage.doses_until(until, absorbed=order.absorbed, infusion=order.infusion)
    ]
    late = [
        f"--change: {change.day:g} days after the first dose is not before the end of the curve ({days:g} days)"
        for change in changes
        if change.day >= days
    ]
    if late or idle:
        raise InputError("\n".join(late or idle), hint="change it earlier, or make the curve longer with --days")


def notes_of(answers: Sequence[Answer], setting: Setting) -> list[str]:
    """Say what was understood of words: doses, schedules, changes."""
    from cereblon.cli.pk_questions import dose_of, say_change, schedule_of

    kinetics, notes = setting.kinetics, list[str]()
    for one in answers:
        question, route = one.question, one.order.route
        if question.dose is not None:
            amount, unit = dose_of(question, kinetics, route)
            notes.append(f"dose {question.dose!r} is read as {amount:g} {unit}")
        if question.schedule is not None:
            said = schedule_of(question, kinetics, route, days=setting.days).said
            notes.append(f"schedule {question.schedule!r} is read as {said}")
    first = answers[0]
    notes += [f"change: {say_change(one, kinetics, first.order.route, first.question)}" for one in setting.changes]
    unit = dose_of(first.question, kinetics, first.order.route)[1]
    if unit != "mg" and any("weight_kg" in one.traits for one in setting.changes):
        notes.append(f"a dose in {unit} stays that of the body size at the start")
    return list(dict.fromkeys(notes))


def draws(kinetics: Kinetics, n: int, seed: int, *, typical: bool) -> Floats:
    """Draw the standard normal numbers of subjects 0 to n - 1; zeros for typical ones."""
    import numpy as np

    from cereblon.core.random_streams import normals, root_key

    if typical:
        return np.zeros((n, kinetics.n_eta))
    return normals(root_key(seed), f"kinetics of {kinetics.drug}", np.arange(n), kinetics.n_eta).astype(np.float64)


def _measured(kinetics: Kinetics, exposure: Exposure, seed: int) -> Floats:
    """Give what an assay reports of a curve, in its unit."""
    import numpy as np

    from cereblon.core.random_streams import normals, root_key
    from cereblon.model.exposure.residual import measured

    subjects, times = exposure.levels.shape
    luck = normals(root_key(seed), f"assay of {kinetics.drug}", np.arange(subjects), 2 * times)
    since = np.broadcast_to(exposure.hours_after_dose, exposure.levels.shape)
    true = exposure.levels / kinetics.per_mg_l
    return measured(true, since, kinetics.values, luck[:, :times], luck[:, times:]) * kinetics.per_mg_l


def write_events(found: Answer, setting: Setting, path: Path) -> int:
    """Write the doses of an answer, observed hourly for three days and then daily, as an event data set.

    Returns
    -------
        Number of rows below the header.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    import numpy as np

    from cereblon.model.exposure.event_writing import event_csv

    if setting.steady_state or setting.changes:
        raise InputError(
            "--events writes a course from its first dose with one set of covariates",
            hint="leave --steady-state and --change out",
        )
    end = float(found.exposure.hours[-1])
    observe = np.unique(np.concatenate([np.arange(0.0, min(end, 72.0) + 0.5), np.arange(72.0, end + 1.0, 24.0)]))
    text = event_csv(setting.kinetics, found.patient, found.order.doses(), observe[observe <= end])
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})", hint="check the folder") from error
    return text.count("\n") - 1
