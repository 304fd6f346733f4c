"""Regimens as people write them: known names are understood and said, a slip of the unit is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cereblon.core.errors import InputError
from cereblon.model.drugs.drug import Form, all_drugs
from cereblon.model.regimens import load_regimen, parse_regimen
from cereblon.model.regimens.reading import understood


def mine(**order: Any) -> dict[str, Any]:
    given_so = {"drug": "lenalidomide", "dose": 25, "unit": "mg", "route": "oral", "days": "1-21", **order}
    phase = {"name": "treatment", "cycle_days": 28, "until": "progression", "source": "a", "orders": [given_so]}
    sources = {"a": {"citation": "invented", "quality": "primary"}}
    return {"id": "mine", "label": "Mine", "phases": [phase], "sources": sources}


def dose_of(**order: Any) -> tuple[str, float]:
    found = parse_regimen(mine(**order), where="mine.yaml").phases[0].orders[0]
    return found.drug, found.dose


@pytest.mark.parametrize("name", ["Revlimid", "LENALIDOMIDE", "lenalidomide", "CC-5013", "len"])
def test_a_drug_is_known_by_its_names(name: str) -> None:
    assert dose_of(drug=name) == ("lenalidomide", 25.0)
    assert understood(mine(drug=name)) == ([] if name == "lenalidomide" else [f"{name} is read as lenalidomide"])


def test_grams_that_give_the_usual_dose_are_converted_and_said() -> None:
    assert dose_of(dose=0.025, unit="g") == ("lenalidomide", 25.0)
    assert understood(mine(dose=0.025, unit="g")) == ["0.025 g is read as 25 mg"]


def test_25_g_of_lenalidomide_is_refused_with_the_reason() -> None:
    with pytest.raises(InputError) as told:
        dose_of(unit="g")
    assert "mine.yaml, phase treatment, lenalidomide: 25000 mg is above three times" in told.value.message
    assert "25 mg (Revlimid, United States prescribing information" in told.value.message
    assert "allow_implausible: true in the order accepts it" in told.value.message
    assert dose_of(unit="g", allow_implausible=True) == ("lenalidomide", 25_000.0)


@given(st.sampled_from([(drug.name, form) for drug in all_drugs().values() for form in drug.forms]), st.data())
def test_a_slip_of_the_unit_by_a_thousand_is_refused(given_as: tuple[str, Form], data: st.DataObject) -> None:
    """Melphalan needs a transplant beside it, so its refusal may name that too."""
    drug, (unit, route) = given_as[0], (given_as[1].unit, given_as[1].route)
    usual = given_as[1].largest * data.draw(st.floats(0.1, 1.0))
    for slip in (usual * 1000, usual / 1000):
        with pytest.raises(InputError, match="is the unit right"):
            dose_of(drug=drug, unit=unit, route=route, dose=slip, days="1")


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ({"dose": True}, "True is not a number"),
        ({"dose": "25"}, "'25' is not a number"),
        ({"days": "21 of 28"}, "days '21 of 28' name a cycle too; write the days alone, as 1-21"),
        ({"days": "21/28"}, "days '21/28' name a cycle too; write the days alone, as 1-21"),
        ({"days": True}, "day True is not a whole number"),
        ({"unit": "ml"}, "is not a dose"),
        ({"drug": "aspirin"}, "drug 'aspirin' is not known here"),
        ({"doses": 3}, "doses: is not a known field; did you mean dose?"),
        ({"allow_implausible": "yes"}, "'yes' is not true or false"),
    ],
    ids=str,
)
def test_what_could_mean_two_things_is_refused(order: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError) as refusal:
        dose_of(**order)
    assert told in refusal.value.message


@pytest.mark.parametrize("name", ["RVd", "VRd", "bortezomib + lenalidomide + dexamethasone"])
def test_letters_of_a_regimen_lead_to_those_of_the_library(name: str) -> None:
    with pytest.raises(InputError) as told:
        load_regimen(name)
    assert "the library has vrd-" in str(told.value.hint)
    assert "vrd-s0777" in str(told.value.hint)
