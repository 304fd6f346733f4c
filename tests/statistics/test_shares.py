"""Intervals of shares and of their differences."""

from __future__ import annotations

import pytest

from cereblon.statistics import newcombe_interval


def test_a_difference_in_response_has_the_published_interval_of_newcombe() -> None:
    """Newcombe 1998, table II, method 10, examples a and c: 56/70 - 48/80 and 9/10 - 3/10."""
    assert newcombe_interval(56 / 70, 70, 48 / 80, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert newcombe_interval(9 / 10, 10, 3 / 10, 10) == pytest.approx((0.1705, 0.8090), abs=5e-5)
