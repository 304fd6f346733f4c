"""One drug has many names, and one text names one thing or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cereblon.core.errors import UnknownNameError
from cereblon.vocabulary.drugs import (
    drug_names,
    drug_words,
    find_drug,
    find_drugs,
    find_regimen,
    need_drug,
    need_regimen,
)


@pytest.mark.parametrize(
    ("written", "drug"),
    [
        ("REVLIMID", "lenalidomide"),
        ("Revlimid® 25 mg capsules", "lenalidomide"),
        ("LENALIDOMIDE.", "lenalidomide"),
        ("Revlimid (lenalidomide)", "lenalidomide"),
        ("Lenalidomide Mylan", "lenalidomide"),
        ("LENALIDOMIDE /01735501/", "lenalidomide"),
        ("len", "lenalidomide"),
        ("velcade 3.5 mg/mL", "bortezomib"),
        ("BORTEZOMIB FOR INJECTION", "bortezomib"),
        ("bortezomib mannitol", "bortezomib"),
        ("Ixazomib Citrate", "ixazomib"),
        ("dexamethasone sodium phosphate", "dexamethasone"),
        ("Darzalex Faspro", "daratumumab"),
        ("daratumumab and hyaluronidase-fihj", "daratumumab"),
        ("DARATUMUMAB\\HYALURONIDASE", "daratumumab"),
        ("isatuximab-irfc", "isatuximab"),
        ("Imnovid", "pomalidomide"),
        ("POMALYST", "pomalidomide"),
        ("Evomela", "melphalan"),
        ("melphalan hydrochloride", "melphalan"),
        ("melphalan flufenamide", "melphalan flufenamide"),
        ("Empliciti", "elotuzumab"),
        ("Kyprolis", "carfilzomib"),
        ("Ninlaro", "ixazomib"),
        ("Sarclisa", "isatuximab"),
    ],
)
def test_a_drug_is_found_by_any_of_its_names(written: str, drug: str) -> None:
    """Brands, salts and suffixes as the labels of FDA and EMA and FAERS print them."""
    assert find_drug(written) == drug


@pytest.mark.parametrize(
    "written",
    [
        *("R", "d", "V", "", "25 mg", "capsules", "blinded lenalidomide", "lenvatinib", "pred"),
        *("Revlimid (thalidomide)", "tobramycin and dexamethasone", "lenalidomide/dexamethasone", "mylan", "("),
    ],
)
def test_what_could_mean_two_things_or_nothing_names_no_drug(written: str) -> None:
    assert find_drug(written) is None


def test_a_combination_names_each_of_its_drugs() -> None:
    assert find_drugs("LENALIDOMIDE\\DEXAMETHASONE") == {"lenalidomide", "dexamethasone"}
    assert find_drugs("Revlimid + unknown thing") == frozenset()


@pytest.mark.parametrize(
    ("written", "name", "drugs"),
    [
        ("Rd", "Rd", "dexamethasone lenalidomide"),
        ("RVd", "VRd", "bortezomib dexamethasone lenalidomide"),
        ("VRD", "VRd", "bortezomib dexamethasone lenalidomide"),
        ("D-Rd", "DRd", "daratumumab dexamethasone lenalidomide"),
        ("Dara-Rd", "DRd", "daratumumab dexamethasone lenalidomide"),
        ("DRd", "DRd", "daratumumab dexamethasone lenalidomide"),
        ("daratumumab plus Rd", "DRd", "daratumumab dexamethasone lenalidomide"),
        ("D-VRd", "DVRd", "bortezomib daratumumab dexamethasone lenalidomide"),
        ("Dara-VRd", "DVRd", "bortezomib daratumumab dexamethasone lenalidomide"),
        ("D-RVd", "DVRd", "bortezomib daratumumab dexamethasone lenalidomide"),
        ("IRd", "IRd", "dexamethasone ixazomib lenalidomide"),
        ("KRd", "KRd", "carfilzomib dexamethasone lenalidomide"),
        ("Elo-Rd", "ERd", "dexamethasone elotuzumab lenalidomide"),
        ("Isa-VRd", "IsaVRd", "bortezomib dexamethasone isatuximab lenalidomide"),
        ("Vd", "Vd", "bortezomib dexamethasone"),
        ("DVd", "DVd", "bortezomib daratumumab dexamethasone"),
        ("Pd", "Pd", "dexamethasone pomalidomide"),
        ("CyBorD", "VCd", "bortezomib cyclophosphamide dexamethasone"),
        ("VCd", "VCd", "bortezomib cyclophosphamide dexamethasone"),
        ("D-VMP", "DVMP", "bortezomib daratumumab melphalan prednisone"),
        ("MPR", "MPR", "lenalidomide melphalan prednisone"),
        ("TD", "Td", "dexamethasone thalidomide"),
        ("Len/Dex", "Rd", "dexamethasone lenalidomide"),
        ("Revlimid + low-dose dexamethasone", "Rd", "dexamethasone lenalidomide"),
        ("bortezomib, lenalidomide, and dexamethasone", "VRd", "bortezomib dexamethasone lenalidomide"),
        ("lenalidomide", "lenalidomide", "lenalidomide"),
    ],
)
def test_a_regimen_is_found_by_letters_or_by_drugs(written: str, name: str, drugs: str) -> None:
    """The letters of the trials: MAIA and POLLUX, PERSEUS and GRIFFIN, ELOQUENT-2, IMROZ, ALCYONE, MM-015."""
    found = find_regimen(written)
    assert found is not None
    assert (found.name, " ".join(sorted(found.drugs))) == (name, drugs)


@pytest.mark.parametrize("written", ["R", "MPR-R", "Rd-MPR", "VRd+ASCT", "Rd18", "BVd", "placebo", "", "and"])
def test_a_sequence_or_a_doubtful_name_is_no_regimen(written: str) -> None:
    assert find_regimen(written) is None


def test_a_refusal_names_the_nearest_drug_or_the_one_that_is_meant() -> None:
    assert need_drug("revlimid", ("lenalidomide", "bortezomib")) == "lenalidomide"
    with pytest.raises(UnknownNameError, match=r"did you mean Revlimid"):
        need_drug("Revlmid", ("lenalidomide",))
    with pytest.raises(UnknownNameError, match=r"'Imnovid' is pomalidomide, which is not known here"):
        need_drug("Imnovid", ("lenalidomide",))


def test_a_column_of_drugs_says_which_names_were_read_as_which_drug() -> None:
    problems: list[str] = []
    remarks: list[str] = []
    read = drug_words(("lenalidomide",)).read(["REVLIMID", "lenalidomide"], str, problems, remarks)
    assert (read, problems) == (["lenalidomide", "lenalidomide"], [])
    assert remarks == ["drug: 'REVLIMID' was read as lenalidomide in 1 row"]


@given(st.sampled_from(drug_names()), st.sampled_from(["{}", " {} ", "{} tablets", "{} (Teva)", "{} 10 mg"]))
def test_every_drug_is_found_in_any_case_and_with_its_form(drug: str, frame: str) -> None:
    assert find_drug(frame.format(drug.upper())) == drug


@given(st.text(max_size=40))
def test_no_text_is_more_than_not_found(text: str) -> None:
    assert find_drug(text) in {None, *drug_names()}
    find_regimen(text)


def test_a_regimen_that_is_not_known_is_refused_with_the_nearest() -> None:
    assert need_regimen("RVd").name == "VRd"
    with pytest.raises(UnknownNameError, match="regimen 'VRdx' is not known"):
        need_regimen("VRdx")
