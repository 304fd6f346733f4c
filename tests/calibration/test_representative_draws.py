"""The first few draws stand for all."""

import numpy as np
import pytest

from cereblon.calibration.representative_draws import representative_order


@pytest.fixture(scope="module")
def points():
    """Two clouds, one of three quarters of the points, as a skewed posterior has."""
    rng = np.random.default_rng(1)
    return np.concatenate([rng.normal(0.0, 1.0, (60, 3)), rng.normal(6.0, 1.0, (20, 3))])


def test_every_point_comes_once(points):
    assert sorted(representative_order(points)) == list(range(80))


def test_the_first_is_in_the_middle(points):
    first = representative_order(points)[0]
    apart = np.linalg.norm(points[:, None] - points[None], axis=-1).mean(axis=1)
    assert first == apart.argmin()


@pytest.mark.parametrize("count", [8, 12, 20])
def test_the_first_few_have_mean_and_spread_of_all(points, count):
    """Ten drawn at random miss the mean by 0.9 (standard deviation 2.8 over the root of ten); these by a third."""
    few = points[representative_order(points)[:count]]
    assert np.abs(few.mean(axis=0) - points.mean(axis=0)).max() < 0.3
    assert few.std(axis=0) == pytest.approx(points.std(axis=0), rel=0.2)


def test_the_order_does_not_depend_on_the_order_given(points):
    turned = np.arange(len(points))[::-1]
    assert turned[representative_order(points[turned])].tolist() == representative_order(points).tolist()


def test_one_point_is_an_order():
    assert representative_order(np.zeros((1, 2))).tolist() == [0]
