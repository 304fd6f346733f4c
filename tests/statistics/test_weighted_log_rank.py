"""Weighted log-rank tests and MaxCombo: what they must be, what they refuse, and fits that are none."""

from __future__ import annotations

import numpy as np
import pytest

from cereblon.core.errors import InputError
from cereblon.statistics import log_rank, max_combo
from cereblon.statistics.multivariate_normal import box_probability
from runtime_types import misused


def test_a_single_weighting_is_the_weighted_log_rank_test_with_a_sign() -> None:
    time, observed, group = [3, 5, 7, 2, 1, 4], [1, 1, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0]
    signed = max_combo(time, observed, group, weightings=[(0, 1)])
    whole = log_rank(time, observed, group, gamma=1)
    assert signed.z[0] < 0  # group 1 dies later
    assert signed.z[0] ** 2 == pytest.approx(whole.statistic)
    assert signed.p == pytest.approx(whole.p)
    less = max_combo(time, observed, group, weightings=[(0, 1)], alternative="less")
    assert less.p == pytest.approx(whole.p / 2)


def test_weights_of_one_each_change_no_weighted_score() -> None:
    """With weights the variance is robust; events and expected events are those without."""
    time, observed, group = [3, 5, 7, 2, 1, 4], [1, 1, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0]
    plain, weighted = (log_rank(time, observed, group, rho=1, weights=w) for w in (None, np.ones(6)))
    np.testing.assert_allclose(weighted.observed, plain.observed)
    np.testing.assert_allclose(weighted.expected, plain.expected)


def test_a_subject_twice_is_a_subject_of_weight_two_in_the_robust_score() -> None:
    """Scores count weights; the squared part of a subject of weight two is four times that of one."""
    time, observed, group = [3.0, 5, 7, 2, 1, 4], [1, 1, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0]
    whole = log_rank(time, observed, group, gamma=1, weights=np.full(6, 2.0))
    half = log_rank(time, observed, group, gamma=1, weights=np.full(6, 1.0))
    assert whole.statistic == pytest.approx(half.statistic)


@pytest.mark.parametrize(
    ("observed", "group", "status"),
    [
        ([1, 1, 1, 1], [1, 1, 1, 1], "no_subjects"),
        ([0, 0, 0, 0], [1, 0, 1, 0], "no_events"),
        ([0, 0, 1, 1], [1, 1, 0, 0], "not_identified"),
    ],
)
def test_a_test_of_nothing_says_so(observed: list[int], group: list[int], status: str) -> None:
    """One arm; no event; everybody of one arm censored before the first event."""
    for found in (log_rank([1, 2, 3, 4], observed, group), max_combo([1, 2, 3, 4], observed, group)):
        assert (found.status, found.p) == (status, 1.0)


def test_all_of_one_arm_before_the_other_is_tested() -> None:
    """A hazard ratio runs away here; the score test has a value."""
    found = log_rank([1, 2, 3, 4, 5, 6], [1] * 6, [1, 1, 1, 0, 0, 0])
    assert found.status == "estimated"
    assert found.p < 0.05


@misused
def test_a_weighting_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="no pair of numbers from 0 on"):
        log_rank([1, 2], [1, 1], [0, 1], rho=-1)
    with pytest.raises(InputError, match="none is given"):
        max_combo([1, 2], [1, 1], [0, 1], weightings=[])
    with pytest.raises(InputError, match="alternative"):
        max_combo([1, 2], [1, 1], [0, 1], alternative="one-sided")


def test_probability_of_independent_numbers_is_a_product() -> None:
    """0.95 to the power of the count for ends of 1.959964, by quadrature and by the lattice."""
    for count, slack in ((1, 1e-12), (2, 1e-12), (3, 1e-12), (6, 1e-6)):
        high = np.full(count, 1.959963984540054)
        assert box_probability(-high, high, np.eye(count)) == pytest.approx(0.95**count, abs=slack)


def test_probability_of_numbers_that_follow_from_each_other() -> None:
    """Equal numbers are one; a number and its opposite leave nothing where both must exceed 0."""
    high = np.full(3, 1.959963984540054)
    assert box_probability(-high, high, np.ones((3, 3))) == pytest.approx(0.95, abs=1e-12)
    opposite = np.array([[1.0, -1.0], [-1.0, 1.0]])
    assert box_probability(np.zeros(2), np.full(2, np.inf), opposite) == pytest.approx(0.0, abs=1e-12)
    corner = box_probability(np.zeros(2), np.full(2, np.inf), np.array([[1.0, 0.5], [0.5, 1.0]]))
    assert corner == pytest.approx(1 / 3, abs=1e-12)  # 1/4 + asin(0.5) / (2 pi)
