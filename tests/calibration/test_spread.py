"""The spread between trials comes from every calibration study while it was not fitted."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from cereblon.calibration import spread
from cereblon.calibration.role_check import calibration_studies
from cereblon.calibration.spread import UnseenNumber, score_unseen, spread_of, unseen_numbers, with_spread
from cereblon.core.errors import InputError
from cereblon.model.engine.ensemble import read_ensemble


def responses(count: int, *, sd: float, chance: float, seed: int) -> list[UnseenNumber]:
    """Make response rates of as many studies, off by a spread between trials and by chance."""
    misses = np.random.default_rng(seed).normal(scale=np.hypot(sd, chance), size=count)
    return [
        UnseenNumber(study=f"s{place}", group="response", residual=float(miss), variance=chance**2)
        for place, miss in enumerate(misses)
    ]


def test_the_spread_is_that_of_misses_beyond_chance():
    """400 numbers tell a spread of 0.4 to about 0.02."""
    assert spread_of(responses(400, sd=0.4, chance=0.2, seed=3)).sd["response"] == pytest.approx(0.4, abs=0.06)


def test_intervals_hold_nine_in_ten_of_other_studies():
    """The share of 400 that lies inside 90 % has a standard error of 1.5 points."""
    scores = score_unseen(responses(400, sd=0.4, chance=0.2, seed=4))
    assert scores.inside_90 == pytest.approx(0.9, abs=0.045)
    assert scores.n == 400


def test_the_shipped_spread_is_that_of_its_calibration_studies():
    made = read_ensemble().provenance
    numbers = unseen_numbers(made)
    assert spread_of(numbers).sd == pytest.approx(made["between_trial_sd"])
    assert made["unseen"]["n"] == len(numbers)
    assert {one.study for one in numbers} <= set(calibration_studies())


def test_studies_that_nothing_was_fitted_to_count_and_no_others_are_simulated(monkeypatch: pytest.MonkeyPatch):
    """The simulator here is far off in every number of one study, so that response rates differ by more."""
    shipped = read_ensemble()
    fitted = {row["study"] for row in shipped.provenance["left_out"]}
    asked: list[str] = []

    def predict(plans, ensemble, sizes, report):
        asked.extend(plan.study.id for plan in plans)
        of_one = {"study": "evd-phase2", "arm": "ebd", "versus": "", "month": None, "unit": "percent"}
        numbers = {"published": 95.0, "predicted": 5.0, "sd_parameter": 0.1, "sd_sampling": 0.1}
        return [SimpleNamespace(endpoint="orr", **of_one, **numbers)] * 5

    monkeypatch.setattr(spread, "predict_studies", predict)
    found = with_spread(shipped, lambda _: None)
    assert set(asked) == set(calibration_studies()) - fitted
    assert found.between_trial_sd()["response"] > 1.5 * shipped.between_trial_sd()["response"]
    assert np.array_equal(found.values, shipped.values)


def test_draws_that_do_not_say_how_uncertain_a_prediction_was_are_refused():
    made = read_ensemble().provenance
    rows = [{name: value for name, value in row.items() if name != "sd_within"} for row in made["left_out"]]
    with pytest.raises(InputError, match="how uncertain"):
        unseen_numbers({**made, "left_out": rows})
