"""Who is in which arm and for how long: arms of exact size, even enrolment, dropout. Nothing is simulated here."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.trials.allocation import Allocation, allocate
from cereblon.trials.trial import TrialPlan, parse_trial

MONTH = 365.25 / 12


def plan(sizes: list[int], **fields: Any) -> TrialPlan:
    arms = {f"arm{place}": {"regimen": "rd", "size": size} for place, size in enumerate(sizes)}
    data = {"id": "t", "title": "t", "population": {"base": "ndmm"}, "arms": arms, "follow_up_months": 12, **fields}
    return parse_trial(data, where="test")


def everybody(trial: TrialPlan) -> Allocation:
    return allocate(trial, np.arange(trial.subjects))


@settings(max_examples=40)
@given(
    cuts=st.sets(st.integers(1, 29), max_size=5),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_replicate_has_arms_of_exactly_the_size_planned(cuts: set[int], seed: int) -> None:
    """Thirty subjects in 1 to 6 arms; the number is fixed because drawing is compiled anew for every other."""
    sizes = np.diff([0, *sorted(cuts), 30]).tolist()
    found = everybody(plan(sizes, replicates=4, seed=seed))
    for replicate in range(4):
        members = found.arm[found.replicate == replicate]
        assert np.bincount(members, minlength=len(sizes)).tolist() == sizes


@pytest.mark.parametrize("start", [0, 1, 34, 35, 300, 600, 699])
def test_a_subject_has_its_place_whatever_the_block(start: int) -> None:
    """Blocks that begin and end within, at the start and at the end of replicates of 35."""
    trial = plan([20, 15], replicates=20, seed=5, enrolment_months=6, dropout_per_year=0.2)
    ids = np.arange(start, min(start + 100, trial.subjects))
    whole, block = everybody(trial), allocate(trial, ids)
    for name in ("replicate", "arm", "follow_up_days", "dropped_out"):
        np.testing.assert_array_equal(getattr(block, name), getattr(whole, name)[ids])


def test_places_do_not_follow_the_number_of_the_subject() -> None:
    """With 400 replicates of 10 and 10, each number has arm 0 in about half; 5 standard errors are 12.5 %."""
    trial = plan([10, 10], replicates=400)
    share = everybody(trial).arm.reshape(400, 20).mean(axis=0)
    assert np.all(np.abs(share - 0.5) < 0.125)


def test_ages_are_alike_in_the_arms(small_frames: dict[str, pl.DataFrame]) -> None:
    """By chance alone a Kolmogorov-Smirnov test of the same people gives less than 0.001 once in 1,000 seeds."""
    subjects = small_frames["subjects"]
    one, other = (subjects.filter(pl.col("arm") == arm)["age"].to_numpy() for arm in ("dex", "rd"))
    assert (len(one), len(other)) == (720, 480)
    assert stats.ks_2samp(one, other).pvalue > 0.001


def test_all_are_followed_equally_long_without_enrolment_and_dropout() -> None:
    found = everybody(plan([30], replicates=2))
    assert set(found.follow_up_days) == {np.float32(12 * MONTH)}
    assert not found.dropped_out.any()
    assert DAYS_PER_MONTH == MONTH


def test_follow_up_is_even_over_the_enrolment_around_its_median() -> None:
    """20,000 subjects: the Kolmogorov-Smirnov distance of an even draw exceeds 1.95 / sqrt(n) once in 1,000."""
    found = everybody(plan([1000], replicates=20, enrolment_months=10))
    months = found.follow_up_days / MONTH
    assert months.min() >= 7 - 1e-4
    assert months.max() <= 17 + 1e-4
    assert stats.kstest(months, stats.uniform(7, 10).cdf).statistic < 1.95 / np.sqrt(20_000)
    assert np.median(months) == pytest.approx(12, abs=0.2)  # 5 standard errors of the median are 0.18


def test_dropout_takes_the_share_of_a_year_that_the_plan_says() -> None:
    """30 % a year: 0.7 are still there after one, 0.49 after two; 5 standard errors of 20,000 are 1.8 points."""
    trial = plan([1000], replicates=20, dropout_per_year=0.3, follow_up_months=24)
    found = everybody(trial)
    for years, left in ((1, 0.7), (2, 0.49)):
        assert np.mean(found.follow_up_days >= np.float32(years * 365.25)) == pytest.approx(left, abs=0.018)


def test_who_drops_out_leaves_before_the_data_cut_and_the_others_stay_until_it() -> None:
    plain = everybody(plan([500], replicates=4, enrolment_months=6))
    lossy = everybody(plan([500], replicates=4, enrolment_months=6, dropout_per_year=0.5))
    lost = lossy.dropped_out
    assert 0.4 < lost.mean() < 0.6
    np.testing.assert_array_equal(lossy.follow_up_days[~lost], plain.follow_up_days[~lost])
    assert np.all(lossy.follow_up_days[lost] < plain.follow_up_days[lost])
    assert np.all(lossy.follow_up_days > 0)


def test_the_last_contact_in_the_tables_is_the_end_of_follow_up(
    small_plan: TrialPlan, small_frames: dict[str, pl.DataFrame]
) -> None:
    found = everybody(small_plan)
    last = small_frames["events"].filter(pl.col("event") == "censored")
    ids = last["subject_id"].to_numpy()
    np.testing.assert_array_equal(last["day"].to_numpy(), found.follow_up_days[ids])
    causes = np.where(found.dropped_out[ids], "dropout", "end_of_follow_up")
    assert last["cause"].to_list() == causes.tolist()
    assert set(causes) == {"dropout", "end_of_follow_up"}


def test_everybody_is_followed_from_the_enrolment_day_to_the_data_cut(
    small_plan: TrialPlan, small_frames: dict[str, pl.DataFrame]
) -> None:
    """Single precision of the end of follow-up is good for a thousandth of a day."""
    enrolled = small_frames["subjects"].select("subject_id", "enrolment_day")
    last = small_frames["events"].filter(pl.col("cause") == "end_of_follow_up").join(enrolled, on="subject_id")
    cut = small_plan.longest_follow_up_months * DAYS_PER_MONTH
    assert (last["day"] + last["enrolment_day"]).to_numpy() == pytest.approx(cut, abs=1e-3)


def test_nobody_dies_after_the_end_of_follow_up(small_plan: TrialPlan, small_frames: dict[str, pl.DataFrame]) -> None:
    found = everybody(small_plan)
    deaths = small_frames["events"].filter(pl.col("event") == "death")
    assert len(deaths) > 50
    assert (deaths["day"].to_numpy() <= found.follow_up_days[deaths["subject_id"].to_numpy()]).all()


def test_arms_and_replicates_stand_in_the_tables_as_allocated(
    small_plan: TrialPlan, small_frames: dict[str, pl.DataFrame]
) -> None:
    found, subjects = everybody(small_plan), small_frames["subjects"]
    assert subjects["arm"].to_list() == np.array(["dex", "rd"])[found.arm].tolist()
    assert subjects["replicate"].to_list() == found.replicate.tolist()
    assert subjects["subject_id"].to_list() == list(range(1200))
