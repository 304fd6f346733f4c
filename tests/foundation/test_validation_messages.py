"""What pydantic refuses becomes one message with every problem of a file."""

from __future__ import annotations

import pytest
from pydantic import ValidationError, field_validator

from cereblon.core.errors import InputError
from cereblon.core.validation import StrictModel, validate


class Dose(StrictModel):
    mg: float
    days: tuple[int, ...]

    @field_validator("mg")
    @classmethod
    def _is_positive(cls, mg: float) -> float:
        if mg <= 0:
            raise ValueError("a dose is more than 0 mg")
        return mg


class Plan(StrictModel):
    name: str
    doses: tuple[Dose, ...] = ()


def test_a_good_plan_is_built_and_frozen() -> None:
    plan = validate(Plan, {"name": "x", "doses": [{"mg": 5, "days": [1, 2]}]}, where="p.yaml")
    assert plan.doses[0].days == (1, 2)
    with pytest.raises(ValidationError, match="frozen"):
        plan.name = "y"


def test_all_problems_are_told_with_place_and_value() -> None:
    data = {"doses": [{"mg": -1, "days": [1]}, {"mg": "much", "days": 3}], "colour": "red"}
    with pytest.raises(InputError) as refusal:
        validate(Plan, data, where="p.yaml")
    lines = refusal.value.message.splitlines()
    assert "p.yaml, name: is missing" in lines
    assert "p.yaml, doses.0.mg: a dose is more than 0 mg; got -1" in lines
    assert "p.yaml, doses.1.mg: 'much' is text; a number is needed" in lines
    assert any(line.startswith("p.yaml, doses.1.days: ") for line in lines)
    assert any(line.startswith("p.yaml, colour: is not a known field") for line in lines)


@pytest.mark.parametrize("mg", [float("nan"), float("inf")])
def test_a_number_that_is_not_finite_is_refused(mg: float) -> None:
    with pytest.raises(InputError, match=r"doses\.0\.mg: should be a finite number"):
        validate(Plan, {"name": "x", "doses": [{"mg": mg, "days": [1]}]}, where="p.yaml")
