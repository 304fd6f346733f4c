"""Dose units and how each drug is given."""

from __future__ import annotations

import pytest

from cereblon.model.regimens.dose_unit import form_problem, house_dose


@pytest.mark.parametrize(
    ("dose", "unit", "expected"),
    [
        (25.0, "mg", (25.0, "mg")),
        (1.3, "mg/m^2", (1.3, "mg/m2")),
        (1.3, "mg/m²", (1.3, "mg/m2")),
        (1.3, "mg / m2", (1.3, "mg/m2")),
        (1.8, "g", (1800.0, "mg")),
        (16.0, "milligram / kilogram", (16.0, "mg/kg")),
    ],
)
def test_variants_of_a_unit_become_the_house_unit(dose: float, unit: str, expected: tuple[float, str]) -> None:
    """Expected by the definition of the prefixes; 1e-12 covers the rounding of one multiplication."""
    converted, known = house_dose(dose, unit)
    assert known == expected[1]
    assert converted == pytest.approx(expected[0], rel=1e-12)


@pytest.mark.parametrize("unit", ["", "%", "mL", "mg/day", "banana", "mg/", "1/0", "IU", "days"])
def test_a_unit_that_is_no_dose_is_refused(unit: str) -> None:
    with pytest.raises(ValueError, match="unit"):
        house_dose(1.0, unit)


def test_a_drug_refuses_a_unit_that_does_not_fit() -> None:
    assert form_problem("bortezomib", "mg", "iv") == ("bortezomib is given as mg/m2 iv or mg/m2 sc, not as mg iv")


def test_a_drug_without_stated_forms_may_be_given_any_way() -> None:
    assert form_problem("isatuximab", "mg/kg", "iv") is None
