"""How patients and doses that are compared are called."""

from __future__ import annotations

import pytest

from cereblon.model.exposure.request import DoseRequest, other_request, request_label, told_apart


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({}, "reference patient"),
        ({"crcl": 40}, "CrCl 40 mL/min"),
        ({"crcl": "0.75 mL/s", "weight": 60.5}, "CrCl 0.75 mL/s, weight 60.5 kg"),
        ({"isotype": "IgA", "sex": "female"}, "isotype IgA, sex female"),
    ],
)
def test_a_patient_is_called_in_words_with_units(stated: dict[str, str | float], said: str) -> None:
    assert request_label(stated) == said


def test_of_two_doses_both_are_named() -> None:
    """With the clearance of one and the dose of the other, a reader could not tell which dose is compared."""
    first = DoseRequest(label="CrCl 40 mL/min", covariates={"crcl_ml_min": 40.0}, dose="10 mg")
    asked = "crcl=90,dose=25 mg"
    assert other_request(first, asked).label == "25 mg, CrCl 90 mL/min"
    assert told_apart(first, asked).label == "10 mg, CrCl 40 mL/min"
    assert told_apart(first, "crcl=90").label == "CrCl 40 mL/min"
