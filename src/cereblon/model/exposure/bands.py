"""Exposure of very many subjects, summarised as it is computed: memory does not grow with curves of single subjects.

Metrics are computed for some subjects after others. The curve is followed for all of them from one dose to the next,
and its percentiles are taken before the next stretch. Numbers are those of all subjects at once, whatever the blocks,
but for the error of the solver of an antibody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cereblon.model.drugs.kinetics import Kinetics
from cereblon.model.drugs.patient import Patient
from cereblon.model.exposure.exposure import Dosing, ExposureCourse, Metric, course_of, exposure_metrics

Floats = NDArray[np.float64]
Assay = Callable[[Floats, Floats, slice, slice], Floats]
PERCENTILES = (5.0, 50.0, 95.0)
BLOCK = 2048
"""Subjects that are computed at once; metrics take some four hundred readings of each, 150 megabytes together."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ExposureBands:
    """Percentiles of concentrations over subjects, and the metrics of each subject.

    Parameters
    ----------
    drug, unit
        Drug, and unit of concentrations.
    hours
        [reading], since the first dose, or since the start of a cycle at steady state.
    band
        [percentile, reading]: 5, 50 and 95 % of subjects, in `unit`.
    metrics
        By name.
    """

    drug: str
    unit: str
    hours: Floats
    band: Floats
    metrics: dict[str, Metric]


def expose_many(
    kinetics: Kinetics,
    patient: Patient,
    eta: Floats,
    order: Dosing,
    *,
    days: float,
    at_steady_state: bool = False,
    changes: Sequence[tuple[float, Patient]] = (),
    assay: Assay | None = None,
    block: int = BLOCK,
) -> ExposureBands:
    """Compute percentiles of the exposure of very many subjects; see `expose`.

    Parameters
    ----------
    kinetics, patient, eta, order, days, at_steady_state, changes
        As of `expose`.
    assay
        What is reported of concentrations [subject, reading]; it gets them, the hours since the latest dose of all
        readings, which subjects and which readings they are.
    block
        Subjects that are computed at once; the numbers do not depend on it.

    Raises
    ------
    InputError
        As `expose`.
    """

    def part(which: slice) -> tuple[ExposureCourse, Dosing]:
        some = _orders_of(order, which)
        later = [(day, _patients_of(new, which)) for day, new in changes]
        course = course_of(
            kinetics,
            _patients_of(patient, which),
            eta[which],
            some,
            days=days,
            at_steady_state=at_steady_state,
            changes=later,
        )
        return course, some

    parts = [slice(start, min(start + block, len(eta))) for start in range(0, len(eta), block)]
    metrics = [exposure_metrics(kinetics, *part(which)) for which in parts]
    courses = [part(which)[0] for which in parts]
    return ExposureBands(
        drug=kinetics.drug,
        unit=kinetics.unit,
        hours=courses[0].reads * 24.0,
        band=_band(courses, parts, kinetics.per_mg_l, assay),
        metrics=_joined(metrics),
    )


def _patients_of(patient: Patient, which: slice) -> Patient:
    return Patient(*(np.asarray(values)[which] for values in patient))  # type: ignore[arg-type]  # numpy outside jax


def _orders_of(order: Dosing, which: slice) -> Dosing:
    stages = tuple(replace(stage, mg=stage.mg[which]) for stage in order.stages)
    return replace(order, mg=order.mg[which], stages=stages)


def _joined(metrics: Sequence[dict[str, Metric]]) -> dict[str, Metric]:
    return {
        name: replace(first, values=np.concatenate([one[name].values for one in metrics]))
        for name, first in metrics[0].items()
    }


def _band(courses: Sequence[ExposureCourse], parts: Sequence[slice], per_mg_l: float, assay: Assay | None) -> Floats:
    """Follow all subjects from one dose to the next, and take the percentiles of each stretch."""
    since, done = courses[0].hours_after_dose, 0
    band = np.empty((len(PERCENTILES), len(since)))
    walks = [course.stretches() for course in courses]
    while done < len(since):
        first, _ = next(walks[0])
        which = slice(done, done + first.shape[1])
        of_all = np.empty((first.shape[1], parts[-1].stop))
        for number, (walk, who) in enumerate(zip(walks, parts, strict=True)):
            levels = (next(walk)[0] if number else first) * per_mg_l
            of_all[:, who] = (levels if assay is None else assay(levels, since, who, which)).T
        band[:, which] = np.percentile(of_all, PERCENTILES, axis=1, overwrite_input=True)
        done = which.stop
    return band
