"""Patients simulated for a design: which trials are run for them, and what is taken from their tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cereblon.core.errors import InputError
from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.model.engine.ensemble import Ensemble
from cereblon.model.engine.parameters import model_parameters
from cereblon.outcomes.cohort import Cohort, read_cohort
from cereblon.outcomes.data_cut import known_day
from cereblon.outcomes.estimands import without_categories
from cereblon.outcomes.response_category import CR, PR, VGPR
from cereblon.outcomes.response_rates import mrd_negative_at
from cereblon.outcomes.subject_index import Bools, Floats, text_values
from cereblon.outcomes.time_to_event import Censoring, event_times
from cereblon.trial_design.pool import CONTROL, TESTED, Pool
from cereblon.trials.design_plan import MRD_WITH_CR
from cereblon.trials.folder import RunFolder
from cereblon.trials.trial import TrialPlan

_LEAST = {"orr": PR, "vgpr_or_better": VGPR, "cr_or_better": CR}
_LAST_ASSESSMENT = ("pfs", "ttp")  # endpoints whose patients without event are censored there
_TABLES = ("subjects", "events", "responses")


def best_guess_plan(plan: TrialPlan, patients: int) -> TrialPlan:
    """Give the trials to simulate at the best guess: everybody followed to the end, trials that do not differ.

    Parameters
    ----------
    plan
        The planned trial.
    patients
        Of each arm, at least.
    """
    smallest = min(arm.size for arm in plan.arms.values())
    clones = {"between_trial_sd": 0.0, **plan.parameters.get("clones", {})}
    return _followed(plan, "best-guess", -(-patients // smallest), {**plan.parameters, "clones": clones})


def draws_plan(plan: TrialPlan, draws: int) -> TrialPlan:
    """Give the trials to simulate for assurance: two of the planned size with each draw of the parameters."""
    return _followed(plan, "draws", 2 * draws, plan.parameters)


def _followed(plan: TrialPlan, name: str, replicates: int, parameters: dict[str, dict[str, float]]) -> TrialPlan:
    return plan.model_copy(
        update={
            "id": f"{plan.id[:50]}-{name}",
            "study": None,
            "study_arms": {},
            "enrolment_months": 0.0,
            "follow_up_months": plan.longest_follow_up_months,
            "dropout_per_year": 0.0,
            "replicates": replicates,
            "parameters": parameters,
            "design": None,
        }
    )


def best_guess_of(ensemble: Ensemble) -> Ensemble:
    """Give the point values as an ensemble of one draw, so that the program of the draws serves them too."""
    parameters = model_parameters()
    values = np.array([[float(parameters[group][name]) for group, name in ensemble.names]])
    return replace(ensemble, values=values)


def pool_of_run(run: RunFolder, plan: TrialPlan, *, control: str, co_primary: bool = False) -> Pool:
    """Read the patients of a run.

    Parameters
    ----------
    run
        Of one of the plans above.
    plan
        The planned trial, for endpoint, strata and visits.
    control
        Arm that the other is compared with.
    co_primary
        Whether the events are those of the endpoint beside the primary one; patients and their order are the same.

    Raises
    ------
    RunFolderError
        If the run is not finished or damaged.
    """
    design = plan.design
    if design is None:
        raise InputError(f"{plan.id}: has no design")
    endpoint, months = design.primary_endpoint, design.landmark_months
    if co_primary and design.co_primary is not None:
        endpoint, months = design.co_primary.endpoint, design.co_primary.landmark_months
    landmark = (months or 0.0) * DAYS_PER_MONTH
    run.refuse_unfinished()
    arms, days, known, lefts, strata, trials = [], [], [], [], [], []
    for number, _ in enumerate(run.blocks()):
        tables = run.block_tables(number, _TABLES)
        cohort = read_cohort(tables["subjects"], tables["events"], tables["responses"])
        cohort = without_categories(cohort, plan.choices.without)
        day, observed = _endpoint(cohort, endpoint, landmark, plan.choices.censoring)
        seen = known_day(cohort, day, observed)
        whole = cohort.is_whole
        arms.append(np.where(text_values(cohort.subjects["arm"]) == control, CONTROL, TESTED)[whole])
        days.append(np.where(observed, np.ceil(day), np.inf)[whole])
        known.append(np.where(observed, np.ceil(seen), np.inf)[whole])
        lefts.append(np.where(observed, np.inf, day)[whole])
        strata.append(_strata(cohort.subjects, design.stratify_by)[whole])
        trials.append(cohort.replicate[whole])
    names, stratum = np.unique(np.concatenate(strata), return_inverse=True)
    return Pool(
        arm=np.concatenate(arms).astype(np.int64),
        event=np.concatenate(days),
        known=np.concatenate(known),
        stratum=stratum.astype(np.int64) if len(names) > 1 else np.zeros(len(stratum), np.int64),
        trial=np.concatenate(trials).astype(np.int64),
        followed=float(np.floor(plan.longest_follow_up_months * DAYS_PER_MONTH)),
        visit=7.0 * plan.visits.response_every_weeks if endpoint in _LAST_ASSESSMENT else 0.0,
        left=np.concatenate(lefts) if _ends_by_convention(endpoint, plan.choices.censoring) else None,
        landmark=landmark,
    )


def _ends_by_convention(endpoint: str, censoring: Censoring) -> bool:
    """Tell whether a convention may end the time of a patient before the end of follow-up."""
    is_censored = censoring.next_therapy == "censor" or censoring.missed_visits is not None
    return endpoint in _LAST_ASSESSMENT and is_censored


def _endpoint(cohort: Cohort, endpoint: str, landmark: float, censoring: Censoring) -> tuple[Floats, Bools]:
    """Give day and event of every subject of the cohort; without event the end of its follow-up."""
    if endpoint == MRD_WITH_CR:
        negative = mrd_negative_at(cohort, landmark)
        return np.full(cohort.index.count, landmark), negative
    if endpoint in _LEAST:
        day = cohort.first_response(_LEAST[endpoint])
        return day, np.isfinite(day)
    times = event_times(cohort, endpoint, censoring)
    day, observed = cohort.last_contact(), np.zeros(cohort.index.count, np.bool_)
    day[times.row], observed[times.row] = times.day, times.observed
    return day, observed


def _strata(subjects: pa.Table, columns: Sequence[str]) -> NDArray[np.str_]:
    """Name the stratum of each subject."""
    if not columns:
        return np.full(subjects.num_rows, "")
    texts = [np.array([str(value) for value in subjects[column].to_pylist()]) for column in columns]
    joined = texts[0]
    for text in texts[1:]:
        joined = np.char.add(np.char.add(joined, "|"), text)
    return joined
