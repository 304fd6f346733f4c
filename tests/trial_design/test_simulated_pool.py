"""Patients of the model as a pool, and trials drawn from them beside trials that were simulated one by one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from tests.plain_tables import plain

from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.outcomes import time_to_event
from cereblon.outcomes.cohort import read_cohort
from cereblon.outcomes.response_rates import mrd_negative_at
from cereblon.trial_design.evaluation import boundaries_of, evaluate
from cereblon.trial_design.looks import hold_looks
from cereblon.trial_design.operating_characteristics import course
from cereblon.trial_design.replicates import fresh_trials
from cereblon.trial_design.setup import setup_of
from cereblon.trial_design.simulated_pool import best_guess_plan, draws_plan, pool_of_run
from cereblon.trials.design_plan import MRD_WITH_CR, DesignPlan
from cereblon.trials.estimand_plan import EstimandPlan

if TYPE_CHECKING:
    import pyarrow as pa

    from cereblon.trials.folder import RunFolder
    from cereblon.trials.trial import TrialPlan

DESIGN = {"looks": [{"events": 20}, {"events": 40}], "stratify_by": ["iss", "sex"], "accrual": {"per_month": 20}}


def planned(plan: TrialPlan, *, size: int, **fields: object) -> TrialPlan:
    arms = {key: arm.model_copy(update={"size": size}) for key, arm in plan.arms.items()}
    design = DesignPlan.model_validate({**DESIGN, **fields})
    return plan.model_copy(update={"arms": arms, "design": design, "enrolment_months": 0.0})


def test_the_pool_holds_the_events_of_the_run(
    small_plan: TrialPlan, small_run: RunFolder, small_tables: dict[str, pa.Table]
) -> None:
    found = pool_of_run(small_run, planned(small_plan, size=12), control="rd")
    times = plain(
        time_to_event(small_tables["subjects"], small_tables["events"], small_tables["responses"], "pfs")
    ).sort("subject_id")
    seen = times.filter(pl.col("observed"))
    assert np.isfinite(found.event).sum() == len(seen)
    np.testing.assert_array_equal(np.sort(found.event[np.isfinite(found.event)]), np.sort(np.ceil(seen["day"])))
    assert (found.arm == 1).sum() == (plain(small_tables["subjects"])["arm"] == "rd").sum()
    strata = plain(small_tables["subjects"]).select("iss", "sex").unique()
    assert found.strata == len(strata)
    assert found.trials == small_plan.replicates


def test_a_progression_is_known_at_the_next_visit(small_plan: TrialPlan, small_run: RunFolder) -> None:
    """Visits are 28 days apart; a death is known on its day."""
    found = pool_of_run(small_run, planned(small_plan, size=12), control="rd")
    progressed = np.isfinite(found.event)
    waits = found.known[progressed] - found.event[progressed]
    assert waits.min() == 0
    assert set(np.unique(waits[waits > 0]).tolist()) >= {28.0}
    assert (waits >= 0).all()


def test_the_convention_of_the_fda_ends_the_time_of_who_is_censored_by_it(
    small_plan: TrialPlan, small_run: RunFolder, small_tables: dict[str, pa.Table]
) -> None:
    """Events after a new therapy or two missed visits count by the EMA alone; days are those of `time_to_event`."""
    trial = planned(small_plan, size=12)
    strict = trial.model_copy(update={"estimands": EstimandPlan(pfs="fda")})
    ema, fda = (pool_of_run(small_run, one, control="rd") for one in (trial, strict))
    assert ema.left is None
    assert fda.left is not None
    assert np.isfinite(fda.event).sum() <= np.isfinite(ema.event).sum()
    times = plain(
        time_to_event(
            small_tables["subjects"],
            small_tables["events"],
            small_tables["responses"],
            "pfs",
            censoring=strict.choices.censoring,
        )
    )
    ends = np.where(np.isfinite(fda.event), fda.event, fda.left)
    np.testing.assert_array_equal(
        np.sort(ends), np.sort(np.where(times["observed"], np.ceil(times["day"]), times["day"]))
    )


def test_negativity_at_a_landmark_is_that_of_the_outcomes(small_plan: TrialPlan, small_run: RunFolder) -> None:
    landmark = {"primary_endpoint": MRD_WITH_CR, "landmark_months": 9, "looks": [{"months": 20}]}
    trial = planned(small_plan, size=12, **landmark)
    found = pool_of_run(small_run, trial, control="rd")
    tables = {name: small_run.tables()[name] for name in ("subjects", "events", "responses")}
    negative = mrd_negative_at(read_cohort(**tables), 9 * DAYS_PER_MONTH)
    assert np.isfinite(found.event).sum() == negative.sum()
    assert set(found.event[np.isfinite(found.event)]) <= {np.ceil(9 * DAYS_PER_MONTH)}
    assert found.landmark == pytest.approx(9 * DAYS_PER_MONTH)


def test_patients_of_the_pool_are_followed_to_the_data_cut_and_none_is_lost(small_plan: TrialPlan) -> None:
    trial = planned(small_plan, size=12)
    best, draws = best_guess_plan(trial, 100), draws_plan(trial, 7)
    assert best.subjects >= 200
    assert draws.replicates == 14
    for one in (best, draws):
        assert (one.dropout_per_year, one.enrolment_months, one.design) == (0.0, 0.0, None)
        assert one.longest_follow_up_months == trial.longest_follow_up_months
    assert best.parameters["clones"]["between_trial_sd"] == 0.0
    assert draws.parameters == trial.parameters


@pytest.mark.slow
def test_trials_of_a_pool_succeed_as_often_as_fresh_trials(
    small_plan: TrialPlan, compiled_programs: str, tmp_path: Path
) -> None:
    """Two hundred fresh trials of 2 x 30 beside 1,000 drawn from 100 others: within 3.3 standard errors of both."""
    from cereblon.trials.run import prepare
    from cereblon.trials.running import run_trial

    trial = planned(small_plan, size=30, stratify_by=[])
    # Rd is tested against dexamethasone, which hardly ever does better: the other way round no trial would succeed.
    trial = trial.model_copy(
        update={"follow_up_months": small_plan.longest_follow_up_months - 1.5, "comparator": "dex"}
    )
    simulated = best_guess_plan(trial, 9000).model_copy(update={"study": None})
    run = run_trial(prepare(simulated), tmp_path / "run")
    pool, setup = pool_of_run(run, trial, control="dex"), setup_of(trial)
    drawn = evaluate(setup, pool.chosen(pool.trial < 100), trials=1000, seed=1)
    rest = pool.chosen(pool.trial >= 100)
    rest = type(rest)(
        arm=rest.arm,
        event=rest.event,
        known=rest.known,
        stratum=rest.stratum,
        trial=rest.trial - 100,
        followed=rest.followed,
        visit=rest.visit,
    )
    results = hold_looks(fresh_trials(rest, setup.enrolment, seed=2), setup.looks, setup.test)
    fresh = course(results, boundaries_of(setup, results)).success
    assert len(fresh) == 200
    error = np.hypot(drawn.characteristics.power.error, fresh.std(ddof=1) / np.sqrt(len(fresh)))
    assert abs(drawn.characteristics.power.value - fresh.mean()) < 3.3 * error
    assert 0.05 < fresh.mean() < 0.95
