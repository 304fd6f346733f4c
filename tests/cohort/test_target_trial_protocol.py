"""The file of a target trial: what it says in words, and what it cannot ask for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cereblon.cohort.target_trial.protocol import find_target_trial
from cereblon.core.errors import InputError

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "observed"
REGIMENS: dict[str, Any] = {
    "title": "DRd against Rd",
    "strategy": {"label": "DRd", "regimens": ["DRd"]},
    "versus": {"label": "Rd", "regimens": ["Rd"]},
}


@pytest.mark.parametrize("name", ["drd-against-rd.yaml", "maintenance-or-none.yaml"])
def test_the_examples_of_the_documentation_are_read(name: str) -> None:
    said = find_target_trial(EXAMPLES / name).in_words()
    assert said[0].startswith("Time zero is")
    assert said[-1].startswith("The effect is that in all patients")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"versus": {"label": "Rd", "regimens": ["DRd"]}}, "both strategies have DRd"),
        ({"versus": {"label": "Rd"}}, "Rd: regimens are missing"),
        ({"versus": {"label": "DRd", "regimens": ["Rd"]}}, "both strategies are labelled DRd"),
        ({"nested": True}, "nested applies to maintenance alone"),
        ({"covariates": ["blood group"]}, "blood group"),
        ({"covariates": ["age", "male", "age"]}, "covariates: age is named twice"),
        ({"versus": {"label": "Rd", "regimens": ["Rd", "Rd"]}}, "Rd is named twice"),
        ({"time_zero": "transplantation"}, "regimens say nothing of maintenance"),
    ],
)
def test_what_cannot_be_asked_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        find_target_trial(REGIMENS | change)


@pytest.mark.parametrize(
    ("years", "said"),
    [
        ({}, "at age 18 to 110 years."),
        ({"first_year": 2015}, "years, since 2015."),
        ({"last_year": 2019}, "years, until 2019."),
        ({"first_year": 2015, "last_year": 2019}, "years, in 2015 to 2019."),
    ],
)
def test_years_are_said_where_somebody_chose_them(years: dict[str, int], said: str) -> None:
    assert find_target_trial(REGIMENS | {"eligibility": years}).in_words()[0].endswith(said)
