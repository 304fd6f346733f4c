"""Concentrations of one kind of patient, or of a population, from a request as it is written."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cereblon.core.bounds import LIFT, find_doubt
from cereblon.core.errors import InputError
from cereblon.model.drugs.covariates import option_of
from cereblon.model.drugs.kinetics import Kinetics
from cereblon.model.drugs.patient import Patient, patients
from cereblon.model.exposure.bands import Assay, ExposureBands, expose_many
from cereblon.model.exposure.dose_bounds import dose_problem
from cereblon.model.exposure.event_writing import event_csv
from cereblon.model.exposure.exposure import Dosing, Stage
from cereblon.model.exposure.request import DoseRequest, describe_change, dose_of, read_order, schedule_of
from cereblon.model.exposure.residual import measured
from cereblon.model.exposure.subjects import Subjects
from cereblon.model.exposure.variations import ScheduledChange

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class ExposureSetting:
    """What all requests of one call share.

    Parameters
    ----------
    kinetics
        The drug.
    subjects
        Whom to draw.
    cycles, days
        Number of cycles and length of the curve; None for what suits the drug.
    steady_state
        Show a cycle at steady state.
    changes
        What is otherwise from some days on.
    """

    kinetics: Kinetics
    subjects: Subjects
    cycles: int | None = None
    days: float | None = None
    steady_state: bool = False
    changes: tuple[ScheduledChange, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A request with its subjects and their exposure."""

    request: DoseRequest
    patient: Patient
    order: Dosing
    exposure: ExposureBands


def profile(request: DoseRequest, setting: ExposureSetting, drawn: Mapping[str, ArrayLike]) -> Profile:
    """Compute the exposure that a request asks for.

    Parameters
    ----------
    request
        Who gets what.
    setting
        What all requests share.
    drawn
        Covariates of the patients of a population, by field of `Patient`; empty without one.

    Raises
    ------
    CereblonError
        If the request does not fit the drug or its patients.
    """
    kinetics, subjects = setting.kinetics, setting.subjects
    n, seed = subjects.count, subjects.root_seed
    covariates: dict[str, ArrayLike] = {**drawn, **request.covariates}
    patient = patients(covariates, n=n)
    cycles = setting.cycles or (1 if kinetics.linear else 2)
    alone = setting.days or (3.0 if kinetics.linear else 84.0)
    changes = sorted(setting.changes, key=lambda one: one.day)
    _refuse_double_changes(changes)
    order = read_order(request, kinetics, patient, cycles=cycles, days=alone, changes=changes)
    _refuse_held(changes, patient, order)
    days = setting.days or _shown_days(order, setting)
    if setting.cycles is None and order.repeated and not setting.steady_state:
        # Whoever asks for a long curve wants doses up to its end.
        order = replace(order, cycles=max(cycles, math.ceil(days / order.schedule.length)))
    _refuse_idle_changes(order, changes, days)
    eta = draws(kinetics, n, seed, typical=subjects.typical)
    later, known = [], covariates
    for change in changes:
        if change.covariates:
            known = {**known, **change.covariates}
            later.append((change.day, patients(known, n=n)))
    exposure = expose_many(
        kinetics,
        patient,
        eta,
        order,
        days=days,
        at_steady_state=setting.steady_state,
        changes=later,
        assay=_assay(kinetics, seed) if subjects.measured else None,
    )
    return Profile(request=request, patient=patient, order=order, exposure=exposure)


def _shown_days(order: Dosing, setting: ExposureSetting) -> float:
    """Choose the length of a curve: the cycles asked for, three dosing intervals, or the course of an antibody."""
    if not order.repeated:
        return order.schedule.length
    whole = order.cycles * order.schedule.length
    some = max(3.0 * order.schedule.first_interval, 1.0)
    shown = whole if setting.cycles is not None or not setting.kinetics.linear else min(whole, some)
    return max([shown, *(change.day + some for change in setting.changes)])


def _refuse_double_changes(changes: Sequence[ScheduledChange]) -> None:
    """Refuse two changes of one thing on one day: which of them holds would follow from their order."""
    seen: set[tuple[float, str]] = set()
    for change in changes:
        told = [*change.covariates, *(name for name in ("dose", "schedule") if getattr(change, name) is not None)]
        twice = [option_of(name) for name in told if (change.day, name) in seen]
        if twice:
            raise InputError(
                f"--change: {', '.join(twice)} changes twice at {change.day:g} days after the first dose",
                hint="keep the one that is meant",
            )
        seen |= {(change.day, name) for name in told}


def _refuse_held(changes: Sequence[ScheduledChange], patient: Patient, order: Dosing) -> None:
    """Refuse changes to what holds already."""
    known: dict[str, ArrayLike] = patient._asdict()
    held = []
    for change in changes:
        held += [
            f"--change: {option_of(name)} is {value:g} already at {change.day:g} days, so it changes nothing"
            for name, value in change.covariates.items()
            if np.all(np.asarray(known[name]) == value)
        ]
        known |= change.covariates
    before = Stage(day=0.0, mg=order.mg, schedule=order.schedule, origin=0.0)
    for stage in order.stages:
        in_step = (stage.origin - before.origin) % stage.schedule.length == 0.0
        if np.array_equal(stage.mg, before.mg) and stage.schedule == before.schedule and in_step:
            held.append(f"--change: dose and schedule are the same before {stage.day:g} days, so it changes nothing")
        before = stage
    if held:
        raise InputError("\n".join(held), hint="name what is otherwise from that day on")


def _refuse_idle_changes(order: Dosing, changes: Sequence[ScheduledChange], days: float) -> None:
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


def notes_of(profiles: Sequence[Profile], setting: ExposureSetting) -> list[str]:
    """Say what was understood of words: doses, schedules, changes."""
    kinetics, notes = setting.kinetics, list[str]()
    for one in profiles:
        request, route = one.request, one.order.route
        if request.dose is not None:
            amount, unit = dose_of(request, kinetics, route)
            if str(request.dose) != (said := f"{amount:g} {unit}"):
                notes.append(f"dose {request.dose!r} is read as {said}")
            if problem := dose_problem(kinetics, amount, unit, route):
                notes.append(f"dose {request.dose!r} was accepted by {LIFT}: {problem}")
        if request.schedule is not None:
            said = schedule_of(request, kinetics, route, days=setting.days).said
            notes.append(f"schedule {request.schedule!r} is read as {said}")
    first = profiles[0]
    notes += [
        f"change: {describe_change(one, kinetics, first.order.route, first.request)}" for one in setting.changes
    ]
    notes += [doubt for one in profiles if (doubt := _doubt(one.request.covariates))]
    notes += [doubt for one in setting.changes if (doubt := _doubt(one.covariates))]
    if any(one.covariates for one in setting.changes):
        notes.append(
            "the metrics are those of the covariates at the start; a change of covariates acts on the curve alone"
        )
    unit = dose_of(first.request, kinetics, first.order.route)[1]
    if unit != "mg" and any("weight_kg" in one.covariates for one in setting.changes):
        notes.append(f"a dose in {unit} stays that of the body size at the start")
    return list(dict.fromkeys(notes))


def _doubt(covariates: Mapping[str, float]) -> str | None:
    return find_doubt("creatinine clearance", covariates.get("crcl_ml_min", math.nan))


def draws(kinetics: Kinetics, n: int, seed: int, *, typical: bool) -> Floats:
    """Draw the standard normal numbers of subjects 0 to n - 1; zeros for typical ones."""
    if typical:
        return np.zeros((n, kinetics.n_eta))
    from cereblon.core.random_streams import normals, root_key

    return normals(root_key(seed), f"kinetics of {kinetics.drug}", np.arange(n), kinetics.n_eta).astype(np.float64)


def _assay(kinetics: Kinetics, seed: int) -> Assay:
    """Give what an assay reports of concentrations in the unit of the drug.

    Each subject has a stream of draws: the relative errors of all readings, then the additive ones.
    """
    from cereblon.core.random_streams import normals_by_number, root_key

    def reported(levels: Floats, since: Floats, who: slice, readings: slice) -> Floats:
        subjects, stream = np.arange(who.start, who.stop), f"assay of {kinetics.drug}"
        numbers = np.arange(readings.start, readings.stop)
        first, second = (
            normals_by_number(root_key(seed), stream, subjects, numbers + behind) for behind in (0, len(since))
        )
        hours = np.broadcast_to(since[readings], levels.shape)
        return measured(levels / kinetics.per_mg_l, hours, kinetics.values, first, second) * kinetics.per_mg_l

    return reported


def event_data(found: Profile, setting: ExposureSetting) -> str:
    """Write the doses of a profile, observed hourly for three days and then daily, as an event data set.

    Raises
    ------
    InputError
        If the course is at steady state or changes, which a data set with one set of covariates cannot say.
    """
    if setting.steady_state or setting.changes:
        raise InputError(
            "--events writes a course from its first dose with one set of covariates",
            hint="leave --steady-state and --change out",
        )
    end = float(found.exposure.hours[-1])
    observe = np.unique(np.concatenate([np.arange(0.0, min(end, 72.0) + 0.5), np.arange(72.0, end + 1.0, 24.0)]))
    return event_csv(setting.kinetics, found.patient, found.order.doses(), observe[observe <= end])
