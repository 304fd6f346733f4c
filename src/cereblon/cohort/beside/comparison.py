"""Observed, simulated and published beside each other, and why trial and practice differ."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cereblon.calibration.longer_follow_up import months_for_medians
from cereblon.calibration.prediction import Prediction, Sizes, predict_studies
from cereblon.calibration.real_world import Gap, gap_between
from cereblon.cohort.beside.adverse_events import event_rows
from cereblon.cohort.beside.own_study import ENDPOINTS, FOLLOWED_MONTHS, own_plan, own_study
from cereblon.cohort.beside.reference_trial import (
    RESPONSES,
    PrintedFigure,
    ReferenceTrial,
    published_figures,
    reference_trial,
)
from cereblon.cohort.beside.treated_groups import TreatedGroup, known_of, treated_groups
from cereblon.cohort.folder import CohortTables
from cereblon.cohort.line_outcomes import LANDMARK_MONTHS, group_outcomes, masked
from cereblon.core.rows import Row
from cereblon.evidence.study import Study
from cereblon.model.engine.ensemble import Ensemble
from cereblon.model.patients import load_population
from cereblon.model.patients.known_patients import KNOWN, KnownPatients, known_patients
from cereblon.synthesis.real_world.comparison import ENDPOINTS as COMPARED
from cereblon.trials.study_plan import StudyPlan


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class GroupBeside:
    """One group with all that stands beside it.

    Parameters
    ----------
    group
        Its lines.
    observed
        Outcomes, masked.
    known
        What is known of its patients.
    published
        Numbers of the same regimen, setting and use of transplantation.
    adverse_events
        Observed, masked, beside the range of what is published.
    like
        The trial that it is simulated like; None where none can be.
    patients
        Its own patients for the simulation; None without a trial.
    """

    group: TreatedGroup
    observed: Sequence[Row]
    known: Mapping[str, np.ndarray]
    published: Sequence[PrintedFigure]
    adverse_events: Sequence[Row]
    like: ReferenceTrial | None
    patients: KnownPatients | None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Beside:
    """All groups, the predictions of their patients, and the gaps.

    Parameters
    ----------
    groups
        Largest first.
    predictions
        By key of the group and endpoint.
    gaps
        By key of the group, for each endpoint that a trial prints and that was observed.
    left_out
        Regimen, lines, why it is not compared.
    followed
        By key of the group, the months for which its patients are simulated.
    """

    groups: Sequence[GroupBeside]
    predictions: Mapping[tuple[str, str], Prediction]
    gaps: Sequence[tuple[str, Gap]]
    left_out: Sequence[tuple[str, int, str]]
    followed: Mapping[str, float]


def compare_beside(
    built: CohortTables,
    studies: Sequence[Study],
    *,
    estimand: str,
    ensemble: Ensemble | None,
    sizes: Sizes,
    report: Callable[[str], None],
) -> Beside:
    """Set a cohort beside simulation and publications.

    Parameters
    ----------
    built
        The cohort.
    studies
        The evidence.
    estimand
        Of response and progression: strict, relaxed or real_world.
    ensemble
        Draws of the parameters; None for the point values.
    sizes
        How much is simulated.
    report
        Is told what goes on.
    """
    limit = built.definition.small_cell
    found, left = treated_groups(built, fewest=limit)
    every = [_beside(group, built, studies, estimand, limit) for group in found]
    groups = [one for one in every if one.like is not None or one.published]
    left += [
        (one.group.name, one.group.lines.height, f"{one.group.label}: no published result in the library")
        for one in every
        if one not in groups
    ]
    plans, trials = _plans(groups, built.definition.label)
    if not plans:
        return Beside(groups=groups, predictions={}, gaps=[], left_out=left, followed={})
    report(f"{sum(one.group.lines.height for one in groups if one.like):,} lines in {len(plans)} groups, simulated")
    predicted = predict_studies([*plans.values(), *trials.values()], ensemble, sizes, report)
    own = {one.study: key for key, plan in plans.items() for one in predicted if one.study == plan.study.id}
    of_groups = {(own[one.study], one.endpoint): one for one in predicted if one.study in own}
    followed = {key: _followed(plan) for key, plan in plans.items()}
    gaps = [
        (each.group.key, gap)
        for each in groups
        if each.like is not None
        for gap in _gaps(each, each.like, of_groups, predicted, followed[each.group.key])
    ]
    return Beside(groups=groups, predictions=of_groups, gaps=gaps, left_out=left, followed=followed)


def _beside(
    group: TreatedGroup, built: CohortTables, studies: Sequence[Study], estimand: str, limit: int
) -> GroupBeside:
    outcomes = group_outcomes(built, group.lines, group.key, estimand=estimand)
    observed = [
        {**row, "month": float(LANDMARK_MONTHS) if str(row["endpoint"]).endswith("_rate") else None}
        for row in masked(outcomes, limit)
        if not (group.is_maintenance and row["endpoint"] in RESPONSES)
    ]
    known = known_of(group, built)
    like = reference_trial(studies, group)
    patients = known_patients(known, load_population(group.population)) if like is not None else None
    return GroupBeside(
        group=group,
        observed=observed,
        known=known,
        published=published_figures(studies, group),
        adverse_events=event_rows(built, studies, group, fewest=limit),
        like=like,
        patients=patients,
    )


def _plans(
    groups: Sequence[GroupBeside], label: str
) -> tuple[dict[str, StudyPlan], dict[tuple[str, str], StudyPlan]]:
    """Plan the simulation of each group, and of each trial that one is compared with."""
    plans, trials = {}, {}
    for one in groups:
        if one.like is None or one.patients is None:
            continue
        study = own_study(one.group, one.observed, label=label)
        plans[one.group.key] = own_plan(one.group, study, one.like, one.patients)
        trials[one.like.arm.study.id, one.like.arm_key] = one.like.planned
    return plans, trials


def _followed(plan: StudyPlan) -> float:
    longer = months_for_medians(plan.study, plan.plan) if plan.plan is not None else 0.0
    return max(FOLLOWED_MONTHS, longer)


def _gaps(
    each: GroupBeside,
    like: ReferenceTrial,
    of_groups: Mapping[tuple[str, str], Prediction],
    predicted: Sequence[Prediction],
    followed: float,
) -> list[Gap]:
    trials = {one.endpoint: one for one in predicted if (one.study, one.arm) == (like.arm.study.id, like.arm.arm)}
    found = []
    for endpoint in COMPARED:
        own, trial = of_groups.get((each.group.key, endpoint)), trials.get(endpoint)
        if own is None or trial is None or own.in_trial_care is None or math.isnan(own.published):
            continue
        if endpoint.endswith("_median") and max(own.predicted, own.in_trial_care) > followed:
            continue  # read off the risk of the followed years, and no number
        found.append(replace(gap_between(own, own.in_trial_care, trial), regimen=each.group.key, study=trial.study))
    return sorted(found, key=lambda gap: ENDPOINTS.index(gap.endpoint))


def endpoint_rows(beside: Beside) -> list[Row]:
    """Give a row for every group and endpoint: observed, simulated, and the range of what is published."""
    rows: list[Row] = []
    for one in beside.groups:
        observed = {str(row["endpoint"]): row for row in one.observed}
        for endpoint in (name for name in ENDPOINTS if not (one.group.is_maintenance and name in RESPONSES)):
            seen = observed.get(endpoint, {})
            predicted = beside.predictions.get((one.group.key, endpoint))
            rows.append(
                {
                    "group": one.group.key,
                    "label": one.group.label,
                    "endpoint": endpoint,
                    "month": seen.get("month"),
                    "unit": seen.get("unit") or (predicted.unit if predicted else "percent"),
                    **{f"observed{end}": seen.get(name) for end, name in _ENDS.items()},
                    "n": seen.get("n"),
                    **_simulated(predicted, beside.followed.get(one.group.key, FOLLOWED_MONTHS)),
                    **_published(one, endpoint),
                }
            )
    return rows


_ENDS = {"": "value", "_low": "low", "_high": "high"}


def _simulated(predicted: Prediction | None, followed: float) -> dict[str, object]:
    """Give a prediction; of a median that the followed time does not reach, that it is beyond it.

    Read off the risk of the followed years it would be a number of its own for each endpoint, so that a median time
    to the next treatment could be longer than that of survival.
    """
    ends = {"simulated": None, "simulated_low": None, "simulated_high": None}
    if predicted is None:
        return {**ends, "simulated_beyond": None}
    is_median = predicted.endpoint.endswith("_median")
    found = dict(zip(ends, (predicted.predicted, predicted.low, predicted.high), strict=True))
    kept = {name: value if not is_median or value <= followed else None for name, value in found.items()}
    return {**kept, "simulated_beyond": followed if kept["simulated"] is None else None}


def _published(one: GroupBeside, endpoint: str) -> dict[str, object]:
    figures = [found for found in one.published if found.endpoint == endpoint and found.fact.value is not None]
    row: dict[str, object] = {}
    for group in ("trial", "practice"):
        values = [float(found.fact.value or 0.0) for found in figures if found.arm.group == group]
        row |= {
            f"{group}s": len(values),
            f"{group}_least": min(values, default=None),
            f"{group}_greatest": max(values, default=None),
        }
    return row


def published_rows(beside: Beside) -> list[Row]:
    """Give every published number that stands beside a group, with its source."""
    return [
        {
            "group": one.group.key,
            "endpoint": found.endpoint,
            "kind": found.arm.group,
            "study": found.arm.study.id,
            "name": found.arm.study.name,
            "arm": found.arm.label,
            "value": found.fact.value,
            "low": found.fact.interval.low if found.fact.interval else None,
            "high": found.fact.interval.high if found.fact.interval else None,
            "unit": found.fact.unit,
            "status": found.fact.reading,
            "n": found.arm.patients,
            "source": found.arm.study.source_of(found.fact).reference,
            "link": found.arm.study.source_of(found.fact).link,
        }
        for one in beside.groups
        for found in sorted(
            one.published, key=lambda each: (ENDPOINTS.index(each.endpoint), each.arm.group != "trial")
        )
    ]


def gap_rows(beside: Beside) -> list[Row]:
    """Give each gap: the trial's number, as it moves with patients and treatment, and what was observed."""
    names = {one.group.key: one.like.arm.study.name for one in beside.groups if one.like is not None}
    labels = {one.group.key: one.group.label for one in beside.groups}
    return [
        {
            "group": key,
            "label": labels[key],
            "endpoint": gap.endpoint,
            "study": gap.study,
            "name": names[key],
            "unit": gap.unit,
            "trial": gap.trial,
            "with_patients": gap.after(gap.population),
            "with_treatment": gap.after(gap.population, gap.treatment),
            "observed": gap.practice,
            "part_population": gap.population,
            "part_treatment": gap.treatment,
            "part_remainder": gap.remainder,
        }
        for key, gap in beside.gaps
    ]


def patient_rows(beside: Beside, *, fewest: int) -> list[Row]:
    """Say what is known of the patients of each group, and of whom: mean of a share, median of all else."""
    rows: list[Row] = []
    for one in beside.groups:
        for name, unit in KNOWN.items():
            values = one.known[name][~np.isnan(one.known[name])]
            is_share = name in ("male", "bortezomib_exposed", "lenalidomide_refractory")
            count = int((values > 0.5).sum()) if is_share else len(values)
            few = len(values) < fewest or (is_share and (0 < count < fewest or 0 < len(values) - count < fewest))
            middle = 100 * float(values.mean()) if is_share and len(values) else _median(values)
            rows.append(
                {
                    "group": one.group.key,
                    "covariate": name,
                    "unit": "percent" if is_share else unit,
                    "value": None if few else middle,
                    "n": None if 0 < len(values) < fewest else len(values),
                    "patients": one.group.lines.height,
                }
            )
    return rows


def _median(values: np.ndarray) -> float | None:
    return float(np.median(values)) if len(values) else None
