"""Sobol indices of surfaces whose indices are known, and the choice of what is varied."""

import numpy as np
import pytest

from cereblon.calibration.emulator import fit_emulator
from cereblon.calibration.sensitivity import (
    ParameterEffect,
    Sensitivity,
    left_open,
    outcome_words,
    ranked,
    sobol_indices,
    varied_parameters,
)
from cereblon.calibration.sensitivity_page import sensitivity_page
from cereblon.model.engine.ensemble import Ensemble


def test_indices_of_a_sum_and_of_a_product_are_those_of_algebra():
    """Standard normal x: of 2 x1 + x2 the shares are 4/5 and 1/5; of x1 x2 each first index is 0, each total 1."""
    x = np.random.default_rng(1).normal(size=(400, 3))
    y = np.stack([2 * x[:, 0] + x[:, 1], x[:, 0] * x[:, 1]], axis=1)
    first, total = sobol_indices(fit_emulator(x, y), 3, seed=2)
    # 2048 points of a Sobol set and the shrinkage of the surface leave a few percent.
    assert first[:, 0] == pytest.approx([0.8, 0.2, 0.0], abs=0.05)
    assert total[:, 0] == pytest.approx([0.8, 0.2, 0.0], abs=0.05)
    assert first[:, 1] == pytest.approx([0.0, 0.0, 0.0], abs=0.1)
    assert total[:, 1] == pytest.approx([1.0, 1.0, 0.0], abs=0.1)


def test_fitted_parameters_vary_with_the_ensemble_and_assumed_ones_by_a_factor():
    ensemble = Ensemble(
        names=(("clones", "growth"),), values=np.array([[0.001], [0.002], [0.004]]), provenance={"fixed": {}}
    )
    varied = {one.label: one for one in varied_parameters(ensemble)}
    assert varied["clones.growth"].value(0.0) == pytest.approx(0.002)
    assert varied["clones.growth"].value(9.0) == pytest.approx(0.004)  # not beyond the draws
    assumed = varied["clones.growth_high_risk"]
    assert assumed.basis == "assumed"
    assert assumed.value(1.644854) == pytest.approx(1.5 * assumed.value(0.0))
    usual = varied["mortality.frailty_usual_76_to_80"]  # its file says how well it is known
    assert usual.value(1.644854) == pytest.approx(1.3 * usual.value(0.0))
    assert "lenalidomide.kill" not in varied  # fitted, and not in this ensemble


def test_parameters_are_ranked_by_their_mean_share():
    effects = [
        ParameterEffect(outcome=o, parameter=p, basis=b, first=t, total=t, low=0.0, high=1.0)
        for o, p, b, t in [("x", "a", "fitted", 0.2), ("y", "a", "fitted", 0.4), ("x", "b", "assumed", 0.5)]
    ]
    assert ranked(effects) == [("b", "assumed", 0.5), ("a", "fitted", pytest.approx(0.3))]
    assert [row[0] for row in ranked(effects, basis="fitted")] == ["a"]


def test_what_assumed_numbers_leave_open_adds_up_in_squares_over_numbers_and_is_averaged_over_outcomes():
    """Numbers that move the logarithm of a ratio by 0.3 and 0.4 make 0.5; an outcome none moves halves the square."""
    width = 2.0 * 1.644854

    def effect(outcome: str, parameter: str, basis: str, times: float) -> ParameterEffect:
        return ParameterEffect(
            outcome=outcome,
            parameter=parameter,
            basis=basis,
            first=0.1,
            total=0.1,
            low=1.0,
            high=float(np.exp(times * width)),
        )

    one = [effect("a, pfs_hr", "x", "assumed", 0.3), effect("a, pfs_hr", "y", "assumed", 0.4)]
    assert left_open([*one, effect("a, pfs_hr", "z", "fitted", 2.0)]) == {"ratio": pytest.approx(0.5)}
    assert left_open([*one, effect("b, pfs_hr", "x", "assumed", 0.0)]) == {"ratio": pytest.approx(0.5 / 2**0.5)}


def test_the_page_ranks_all_and_the_assumed_alone_and_shows_each_outcome():
    shares = {("x", "a", "fitted"): 0.2, ("y", "a", "fitted"): 0.4}
    shares |= {("x", "b", "assumed"): 0.1, ("y", "b", "assumed"): 0.7}
    effects = tuple(
        ParameterEffect(outcome=o, parameter=f"clones.{p}", basis=b, first=t, total=t, low=0.5, high=0.9)
        for (o, p, b), t in shares.items()
    )
    found = Sensitivity(
        effects=effects, centres={"x": 0.7, "y": 80.0}, unexplained={"x": 0.1, "y": 0.2}, runs=64, per_arm=32
    )
    page = sensitivity_page(found, command="cereblon sensitivity --docs page.md", picture="../images/tornado.svg")
    whole, assumed = page.split("## Assumed numbers alone")
    assert whole.index("`clones.b` | assumed | 0.400") < whole.index("`clones.a` | fitted | 0.300")
    assert "clones.a" not in assumed.split("## By outcome")[0]
    assert "| y | 80 | 20 % | `clones.b` (assumed) | 0.5 | 0.9 | 0.70 |" in page
    assert page.endswith("(../images/tornado.svg)\n")


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("VRd against Rd, pfs_hr", "VRd against Rd, PFS hazard ratio"),
        ("VRd, pfs_rate at 24 months", "VRd, PFS rate at 24 months"),
        ("VRd, orr", "VRd, overall response (PR or better)"),
    ],
)
def test_an_outcome_is_named_in_words(outcome: str, words: str) -> None:
    assert outcome_words(outcome) == words
