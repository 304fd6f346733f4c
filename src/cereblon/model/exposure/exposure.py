"""Exposure of many subjects to one drug: concentration over time and its metrics."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cereblon.core.errors import InputError
from cereblon.model.drugs.kinetics import Kinetics
from cereblon.model.drugs.patient import Patient
from cereblon.model.drugs.pk_parameters import AntibodyPKParameters, PKParameters
from cereblon.model.exposure.antibody_body import AntibodyBody
from cereblon.model.exposure.course import Dose, Schedule, body_of, follow, lag_of, steady_body, stretches
from cereblon.model.exposure.linear_body import LinearBody

Floats = NDArray[np.float64]
_HOURS = 24.0
_FINE = 400  # readings within the first dosing interval, dense after the dose
_LONG = 400.0  # days by which a single dose of an antibody is gone
_MOST = 900  # readings of a curve
_MOMENT = 1e-6  # day, a tenth of a second


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Metric:
    """One number of exposure for each subject."""

    values: Floats
    unit: str
    meaning: str


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Exposure:
    """Concentrations and metrics of many subjects.

    Parameters
    ----------
    drug, unit
        Drug, and unit of concentrations.
    hours
        [reading], since the first dose, or since the start of a cycle at steady state.
    hours_after_dose
        [reading], since the latest dose.
    levels
        [subject, reading], in `unit`.
    metrics
        By name.
    """

    drug: str
    unit: str
    hours: Floats
    hours_after_dose: Floats
    levels: Floats
    metrics: dict[str, Metric]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Stage:
    """Doses from a day of a course on.

    Parameters
    ----------
    day
        When it begins.
    mg
        Each dose, mg, [subject].
    schedule
        Days within a cycle.
    origin
        Day on which a cycle of `schedule` begins.
    """

    day: float
    mg: Floats
    schedule: Schedule
    origin: float

    def doses_until(self, end: float, *, absorbed: bool, infusion: float) -> list[Dose]:
        """Write the doses out, from the beginning of the stage to right before a day."""
        length = self.schedule.length
        cycles = range(int((self.day - self.origin) // length), math.ceil((end - self.origin) / length))
        days = [self.origin + cycle * length + start for cycle in cycles for start in self.schedule.starts]
        within = [day for day in days if self.day - _MOMENT <= day < end - _MOMENT]
        return [Dose(day=day, mg=self.mg, absorbed=absorbed, infusion=infusion) for day in within]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Dosing:
    """What is given: amounts, route, schedule.

    Parameters
    ----------
    mg
        Each dose, mg, [subject].
    route
        oral, iv or sc.
    schedule
        Days within a cycle.
    cycles
        Number of cycles.
    infusion
        Length of an infusion, day.
    fed
        Taken with a high-fat meal.
    repeated
        False for a single dose, which has no steady state.
    stages
        Other doses or another schedule from some days on, in the order of time.
    """

    mg: Floats
    route: str
    schedule: Schedule
    cycles: int = 1
    infusion: float = 0.0
    fed: bool = False
    repeated: bool = True
    stages: tuple[Stage, ...] = ()

    @property
    def absorbed(self) -> bool:
        """Whether the dose has to be absorbed."""
        return self.route != "iv"

    def doses(self, cycles: int | None = None) -> list[Dose]:
        """Write the doses out; stages that begin later take the place of the first one."""
        count = self.cycles if cycles is None else cycles
        first = self.schedule.doses(self.mg, absorbed=self.absorbed, infusion=self.infusion, cycles=count)
        if not self.stages:
            return first
        found = [dose for dose in first if dose.day < self.stages[0].day - _MOMENT]
        ends = [*(stage.day for stage in self.stages[1:]), count * self.schedule.length]
        for stage, end in zip(self.stages, ends, strict=True):
            found += stage.doses_until(end, absorbed=self.absorbed, infusion=self.infusion)
        return found


def expose(
    kinetics: Kinetics,
    patient: Patient,
    eta: Floats,
    order: Dosing,
    *,
    days: float,
    at_steady_state: bool = False,
    changes: Sequence[tuple[float, Patient]] = (),
) -> Exposure:
    """Compute the exposure of many subjects.

    Parameters
    ----------
    kinetics
        The drug.
    patient
        Covariates, one entry for each subject.
    eta
        [subject, draw] standard normal numbers.
    order
        What is given.
    days
        Length of the curve.
    at_steady_state
        Begin the curve at the start of a cycle at steady state rather than with the first dose.
    changes
        Day and new covariates, which act from then on. Metrics of steady state are then left out: there is none.

    Returns
    -------
        Curve and metrics. Steady state is reached by closed form; an antibody, whose elimination changes with time,
        has none: its metrics are those around the last dose of `order.cycles`.

    Raises
    ------
    InputError
        If a covariate is missing, or steady state is asked of an antibody or together with changes.
    """
    course = course_of(kinetics, patient, eta, order, days=days, at_steady_state=at_steady_state, changes=changes)
    levels = [level for level, _ in course.stretches()]
    return Exposure(
        drug=kinetics.drug,
        unit=kinetics.unit,
        hours=course.reads * _HOURS,
        hours_after_dose=course.hours_after_dose,
        levels=np.concatenate(levels, axis=1) * kinetics.per_mg_l,
        metrics=exposure_metrics(kinetics, course, order),
    )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ExposureCourse:
    """Subjects, their doses and when their concentrations are read.

    Parameters
    ----------
    pk_parameters
        At the start, arrays [subject].
    doses
        All that are given.
    reads
        [reading], day.
    changes
        Day and the PK parameters from then on.
    body
        What subjects have in them at the start.
    """

    pk_parameters: PKParameters | AntibodyPKParameters
    doses: list[Dose]
    reads: Floats
    changes: list[tuple[float, PKParameters | AntibodyPKParameters]]
    body: LinearBody | AntibodyBody

    @property
    def hours_after_dose(self) -> Floats:
        """Hours since the latest dose, [reading]."""
        starts = np.asarray([dose.day for dose in self.doses])
        latest = starts[np.maximum(np.searchsorted(starts, self.reads, side="left") - 1, 0)]
        since: Floats = (self.reads - latest) * _HOURS
        return since

    def stretches(self) -> Iterator[tuple[Floats, Floats]]:
        """Follow the subjects once: concentration, mg/L, and area of each stretch, [subject, reading]."""
        return stretches(self.pk_parameters, self.doses, self.reads, changes=self.changes, body=self.body)


def course_of(
    kinetics: Kinetics,
    patient: Patient,
    eta: Floats,
    order: Dosing,
    *,
    days: float,
    at_steady_state: bool = False,
    changes: Sequence[tuple[float, Patient]] = (),
) -> ExposureCourse:
    """Look up what `expose` follows.

    Raises
    ------
    InputError
        As `expose`.
    """
    pk_parameters = kinetics.pk_parameters(patient, eta, fed=order.fed)
    changing = bool(changes or order.stages)
    if at_steady_state and (isinstance(pk_parameters, AntibodyPKParameters) or changing or not order.repeated):
        why = "doses or covariates change" if changing else "a single dose"
        why = "its elimination changes with time" if isinstance(pk_parameters, AntibodyPKParameters) else why
        raise InputError(f"{kinetics.drug} has no steady state here: {why}", hint="ask for more cycles instead")
    if at_steady_state and isinstance(pk_parameters, PKParameters):
        body: LinearBody | AntibodyBody = steady_body(pk_parameters, order.doses(1), order.schedule.length)
    else:
        body = body_of(pk_parameters)
    needed = max(order.cycles, int(np.ceil(days / order.schedule.length)) if at_steady_state else 1)
    return ExposureCourse(
        pk_parameters=pk_parameters,
        doses=order.doses(needed),
        reads=curve_days(order, days, lag_of(pk_parameters)),
        changes=[(day, kinetics.pk_parameters(new, eta, fed=order.fed)) for day, new in changes],
        body=body,
    )


def exposure_metrics(kinetics: Kinetics, course: ExposureCourse, order: Dosing) -> dict[str, Metric]:
    """Give the metrics of subjects: of the first dose, and of a steady state if there is one."""
    metrics = _metrics(kinetics, course.pk_parameters, order)
    if course.changes:
        metrics = {name: replace(one, meaning=f"{one.meaning}, before any change") for name, one in metrics.items()}
    if order.repeated and not (course.changes or order.stages):
        metrics |= _late_metrics(kinetics, course.pk_parameters, order)
    return metrics


def curve_days(order: Dosing, days: float, lag: float = 0.0) -> Floats:
    """Choose when a curve is read: densely after each dose, at the end of infusions, and at the end."""
    starts = [dose.day for dose in order.doses(max(order.cycles, 1)) if dose.day < days]
    per_dose = int(np.clip(_MOST / max(len(starts), 1), 8, 120))
    spread = np.linspace(0.0, 1.0, per_dose, endpoint=False) ** 2
    found = [0.0, days]
    for start, end in zip(starts, [*starts[1:], days], strict=True):
        found += list(start + (end - start) * spread)
        # A dose put into the vein at once makes the concentration jump: read right before and right after it.
        turn = lag if order.absorbed else order.infusion or _MOMENT
        found.append(min(start + turn, days))
    return np.unique(np.asarray(found))


def _metrics(
    kinetics: Kinetics, pk_parameters: PKParameters | AntibodyPKParameters, order: Dosing
) -> dict[str, Metric]:
    """Give the metrics of the first dose."""
    interval = order.schedule.first_interval
    start = order.schedule.starts[0]
    fine = start + interval * np.linspace(0.0, 1.0, _FINE) ** 2
    fine = np.unique([*fine, start + _MOMENT, start + lag_of(pk_parameters), start + order.infusion, start + 1.0])
    levels, areas = follow(pk_parameters, order.doses(), fine)
    within = fine <= start + interval
    at = np.argmax(levels[:, within], axis=1)
    rows = np.arange(len(levels))
    unit, scale = kinetics.unit, kinetics.per_mg_l
    area_unit = f"{unit.split('/')[0]} h/{unit.split('/')[1]}"
    day_one = areas[:, int(np.searchsorted(fine, start + 1.0))]
    if isinstance(pk_parameters, PKParameters):
        to_infinity = LinearBody(pk_parameters).area_of_dose(order.mg, absorbed=order.absorbed)
        half = LinearBody(pk_parameters).half_life(absorbed=order.absorbed)
        half_meaning = "terminal half-life"
    else:
        alone = [Dose(day=0.0, mg=order.mg, absorbed=order.absorbed, infusion=order.infusion)]
        to_infinity = follow(pk_parameters, alone, [_LONG])[1][:, -1]
        half = LinearBody(linear_part(pk_parameters)).half_life(absorbed=order.absorbed)
        half_meaning = "terminal half-life of the linear elimination, late in treatment"
    return {
        "auc_24h": Metric(
            values=day_one * scale * _HOURS, unit=area_unit, meaning="area in the 24 h from the first dose"
        ),
        "auc_inf": Metric(
            values=to_infinity * scale * _HOURS, unit=area_unit, meaning="area of the first dose alone, to infinity"
        ),
        "cmax": Metric(values=levels[rows, at] * scale, unit=unit, meaning="peak after the first dose"),
        "tmax": Metric(values=(fine[at] - start) * _HOURS, unit="h", meaning="time of the peak after the first dose"),
        "half_life": Metric(values=half * _HOURS, unit="h", meaning=half_meaning),
    }


def linear_part(pk_parameters: AntibodyPKParameters) -> PKParameters:
    """Give an antibody's linear elimination alone, late in treatment."""
    return PKParameters(
        cl=pk_parameters.clearance,
        v1=pk_parameters.central_volume,
        q2=pk_parameters.exchange,
        v2=pk_parameters.peripheral_volume,
        ka=pk_parameters.ka,
        available=pk_parameters.available,
    )


def _late_metrics(
    kinetics: Kinetics, pk_parameters: PKParameters | AntibodyPKParameters, order: Dosing
) -> dict[str, Metric]:
    """Give the metrics of a cycle at steady state, by the geometric series, or of an antibody's last cycle."""
    if isinstance(pk_parameters, PKParameters):
        one, length = order.doses(1), order.schedule.length
        steady = steady_body(pk_parameters, one, length)
        return _around_last(kinetics, pk_parameters, order, one, length, steady, ("ss", "at steady state"))
    doses = order.doses()
    end = order.cycles * order.schedule.length
    return _around_last(kinetics, pk_parameters, order, doses, end, None, ("last", f"of {len(doses)}"))


def _around_last(
    kinetics: Kinetics,
    pk_parameters: PKParameters | AntibodyPKParameters,
    order: Dosing,
    doses: Sequence[Dose],
    end: float,
    body: LinearBody | AntibodyBody | None,
    words: tuple[str, str],
) -> dict[str, Metric]:
    """Give the metrics of the last cycle, and of its last dose followed without the one after it."""
    last, interval, cycle = doses[-1].day, order.schedule.last_interval, order.schedule.length
    fine = last + interval * np.linspace(0.0, 1.0, _FINE) ** 2
    marks = [0.0, end - cycle, end, last + _MOMENT, last + lag_of(pk_parameters), last + order.infusion]
    fine = np.unique([*fine, *marks])
    levels, areas = follow(pk_parameters, doses, fine, body=body)
    at = {day: int(np.searchsorted(fine, day)) for day in (end - cycle, end, last, last + interval)}
    whole = (areas[:, at[end]] - areas[:, at[end - cycle]]) / cycle
    start = order.schedule.starts[0]
    first = follow(pk_parameters, order.doses(1)[:1], [start + interval])[1][:, 0]
    late = areas[:, at[last + interval]] - areas[:, at[last]]
    around = levels[:, at[last] : at[last + interval] + 1]
    unit, scale = kinetics.unit, kinetics.per_mg_l
    suffix, when = words
    hours = f"{interval * _HOURS:g} h"
    return {
        f"auc_24h_{suffix}": Metric(
            values=whole * scale * _HOURS,
            unit=f"{unit.split('/')[0]} h/{unit.split('/')[1]}",
            meaning=f"area per 24 h, mean of a cycle {when}" if suffix == "ss" else "area per 24 h, last cycle",
        ),
        f"cmax_{suffix}": Metric(
            values=around.max(axis=1) * scale, unit=unit, meaning=f"peak after the last dose {when}"
        ),
        "trough": Metric(values=around[:, -1] * scale, unit=unit, meaning=f"{hours} after the last dose {when}"),
        "accumulation": Metric(
            values=late / first,
            unit="1",
            meaning=f"area over {hours} after the last dose {when}, to that of the first dose",
        ),
    }
