"""Inputs that contradict themselves, mix units or name a drug otherwise: refused with the reason, or understood."""

from __future__ import annotations

from typing import Any

import pytest

import cereblon as cb
from cereblon.core.errors import InputError
from cereblon.model.dosing.library import parse_rule_set
from cereblon.synthesis.adjustment.patients import read_patients
from cereblon.synthesis.curves.digitised import read_points

_MONTHS = [0, 2, 4, 6]


@pytest.mark.parametrize("survival", [[100, 90, 0.8, 0.7], [100, 90, 80, 0.7]])
def test_percentages_that_go_on_as_fractions_are_refused(survival: list[float]) -> None:
    with pytest.raises(InputError, match="are fractions and percentages mixed"):
        read_points({"month": _MONTHS, "survival": survival})


def test_percentages_that_end_below_one_are_a_curve() -> None:
    """0.5 % after 12 % is the end of a curve: as a fraction it would rise."""
    curve = read_points({"month": _MONTHS, "survival": [100, 50, 12, 0.5]})["curve"]
    assert curve.survival.tolist() == pytest.approx([1, 0.5, 0.12, 0.005])


def test_columns_of_men_and_of_women_that_contradict_each_other_are_refused() -> None:
    people = {"arm": ["a", "a"], "response": [0, 1], "male": [1, 0], "female": [1, 1]}
    with pytest.raises(InputError, match="line 2, female: 1 contradicts male, 1"):
        read_patients(people)
    assert read_patients(people | {"female": [0, 1]}).n == 2


@pytest.mark.parametrize("patient", [{"prior_lines": 1.5}, {"neuropathy": 0.5}, {"prior_lines": True}])
def test_what_is_counted_is_a_whole_number(patient: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="a whole number is needed"):
        cb.dose("vrd-s0777", **patient)


def test_a_haemoglobin_in_grams_per_decilitre_is_refused_as_grams_per_litre() -> None:
    """12 g/L is not lived with; 12 g/dL is nearly normal."""
    with pytest.raises(InputError, match="12 g/L is outside what a haemoglobin can be, 20 to 250 g/L"):
        cb.dose("rd", haemoglobin=12)


def test_a_dose_in_the_unit_of_another_route_names_the_route() -> None:
    with pytest.raises(InputError, match="daratumumab sc is not given in mg/kg") as told:
        cb.pk("daratumumab", dose="16 mg/kg", subjects=cb.Subjects(typical=True))
    assert told.value.hint == "its unit is mg; iv it is mg/kg"


def _rules(**changed: Any) -> dict[str, Any]:
    rule = {"id": "wait", "drug": "lenalidomide", "when": {"anc": {"below": 1.0}}, "do": "hold", "source": "invented"}
    return {"id": "mine", "title": "mine", "rules": [rule | changed]}


def test_rule_files_know_a_drug_by_its_brand() -> None:
    brands = _rules(drug=["Revlimid", "Velcade"], when={"with": "Kyprolis", "anc": {"below": 1.0}})
    drugs = _rules(drug=["lenalidomide", "bortezomib"], when={"with": "carfilzomib", "anc": {"below": 1.0}})
    assert parse_rule_set(brands, where="mine") == parse_rule_set(drugs, where="mine")


def test_a_reduction_by_no_level_is_refused() -> None:
    with pytest.raises(InputError, match=r"rule wait, then\.0\.reduce: 0 levels change nothing"):
        parse_rule_set(_rules(then={"reduce": 0}), where="mine")
