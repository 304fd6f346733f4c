"""Estimands in a trial file: read, refused in the words of the field, and said in the report."""

from __future__ import annotations

from typing import Any

import pytest

from cereblon.core.errors import InputError
from cereblon.outcomes import Censoring
from cereblon.trials.trial import TrialPlan, parse_trial


def plan(**changes: Any) -> TrialPlan:
    data = {
        "id": "mine",
        "title": "A trial",
        "population": {"base": "ndmm"},
        "arms": {"rd": {"regimen": "rd", "size": 10}},
        "follow_up_months": 24,
    }
    return parse_trial(data | changes, where="mine.yaml")


def test_without_estimands_outcomes_are_counted_as_before_and_nothing_is_said() -> None:
    trial = plan()
    assert trial.choices.censoring == Censoring()
    assert trial.estimand_sentences == []


def test_the_convention_of_the_fda_takes_the_visits_of_the_trial() -> None:
    trial = plan(estimands={"pfs": "fda"}, visits={"response_every_weeks": 8})
    assert trial.choices.censoring == Censoring(next_therapy="censor", missed_visits=2, visit_days=56.0)
    (said,) = trial.estimand_sentences
    assert "FDA" in said
    assert "every 56 days" in said


def test_fewer_categories_and_a_landmark_are_said() -> None:
    trial = plan(estimands={"without": "sCR", "mrd_with_cr_months": [9, 12]})
    assert (trial.choices.without, trial.choices.mrd_with_cr_months) == (("sCR",), (9.0, 12.0))
    assert len(trial.estimand_sentences) == 3
    assert "at month 9 and 12" in trial.estimand_sentences[2]


@pytest.mark.parametrize(
    ("estimands", "said"),
    [
        ({"pfs": "pmda"}, "estimands.pfs: 'pmda' is no convention of progression-free survival; ema, fda are known"),
        ({"without": ["PR"]}, "estimands.without: 'PR' cannot be left out; sCR and MR can"),
        ({"without": 3}, "estimands.without: 3 cannot be left out; sCR and MR can"),
        ({"mrd_with_cr_months": [0]}, "estimands.mrd_with_cr_months.0: should be above 0; got 0"),
        ({"os": "fda"}, "estimands.os: is not a known field"),
    ],
)
def test_what_is_no_estimand_is_refused_with_its_field(estimands: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as refused:
        plan(estimands=estimands)
    assert f"mine.yaml, {said}" in str(refused.value)
