"""A group of a cohort as a study of routine care: what was observed as its numbers, its own patients to simulate."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cereblon.cohort.beside.reference_trial import ReferenceTrial
from cereblon.cohort.beside.treated_groups import TreatedGroup
from cereblon.core.rows import Row
from cereblon.evidence.study import Arm, Fact, Interval, Source, Study
from cereblon.model.patients.known_patients import KnownPatients
from cereblon.trials.study_plan import StudyPlan
from cereblon.trials.trial import parse_trial

ENDPOINTS = (
    "orr",
    "vgpr_or_better",
    "cr_or_better",
    "pfs_median",
    "pfs_rate",
    "ttnt_median",
    "os_median",
    "os_rate",
    "dor_median",
    "treatment_duration_median",
)
"""In the order of tables and pictures."""

_ARM, _SOURCE = "cohort", "cohort"
FOLLOWED_MONTHS = 60.0
"""For which the patients of a group are simulated."""


def own_study(group: TreatedGroup, observed: Sequence[Row], *, label: str) -> Study:
    """Write what was observed in a group as a study of routine care.

    Parameters
    ----------
    group
        Which lines.
    observed
        Outcomes of the group, masked; a number that is not there becomes NaN, so that it is simulated all the same.
    label
        Of the cohort.
    """
    facts = [_fact(row) for row in observed if row["endpoint"] in ENDPOINTS]
    size = Fact(arm=_ARM, endpoint="n_patients", unit="patients", source=_SOURCE, value=float(group.lines.height))
    return Study(
        id=f"cohort-{group.key}",
        name=label,
        kind="real-world",
        setting=group.setting,  # type: ignore[arg-type]
        population=group.label,
        role="context",
        role_reason="observed patients of a user, who play no part in fitting",
        sources={_SOURCE: Source(quality="primary", citation=label)},
        arms={_ARM: Arm(label=group.label)},
        facts=(size, *facts),
    )


def _fact(row: Row) -> Fact:
    value, low, high, level, month = (row.get(name) for name in ("value", "low", "high", "level", "month"))
    ends = [None if end is None else float(str(end)) for end in (low, high)]
    interval = None if ends == [None, None] else Interval(level=float(str(level)), low=ends[0], high=ends[1])
    return Fact(
        arm=_ARM,
        endpoint=str(row["endpoint"]),
        unit=str(row["unit"]),
        source=_SOURCE,
        value=math.nan if value is None else float(str(value)),
        interval=interval,
        month=None if month is None else float(str(month)),
    )


def own_plan(group: TreatedGroup, study: Study, like: ReferenceTrial, patients: KnownPatients) -> StudyPlan:
    """Plan the simulation of a group's own patients, treated as in a trial of the regimen.

    Parameters
    ----------
    group, study
        Of which lines, and what was observed in them.
    like
        The trial whose regimen and later lines are given, and how it put responses on record.
    patients
        Whom to simulate.
    """
    arm = like.plan.arms[like.arm_key]
    year = int(np.median(group.lines["zero"].dt.year().to_numpy()))
    plan = parse_trial(
        {
            "id": study.id,
            "title": study.population,
            "population": {"base": group.population},
            "arms": {_ARM: {**arm.model_dump(), "label": group.label, "size": group.lines.height}},
            "follow_up_months": FOLLOWED_MONTHS,
            "enrolment_year": year,
            "visits": like.plan.visits.model_dump(),
            "recorded": None if like.plan.recorded is None else like.plan.recorded.model_dump(),
        },
        where=study.id,
    )
    return StudyPlan(study=study, plan=plan, patients=patients)
