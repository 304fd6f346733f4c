"""One reader of numbers with units; changes that change nothing; columns that contradict each other."""

from __future__ import annotations

import numpy as np
import pytest

import cereblon as cb
from cereblon.core.errors import ArgumentError, InputError
from cereblon.model.drugs.kinetics import load_kinetics
from cereblon.model.exposure.event_reading import parse_events
from cereblon.model.exposure.event_table import EventTable

_ONE = cb.Subjects(typical=True)


def _read(text: str, drug: str = "lenalidomide", **how: object) -> EventTable:
    return parse_events(text, load_kinetics(drug), where="a.csv", **how)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "written", "read_as"),
    [
        ("crcl", "1.5 mL/s", "creatinine clearance 90 mL/min"),
        ("anc", "900/uL", "neutrophils 0.9 x 10^9/L"),
        ("platelets", "60 x10^3/uL", "platelets 60 x 10^9/L"),
        ("haemoglobin", "9 g/dL", "haemoglobin 90 g/L"),
        ("haemoglobin", "5.6 mmol/L", "haemoglobin 90.2384 g/L"),
        ("weight", "80 kg", "80 kg"),
        ("height", "1.7 m", "75 kg, 1.88 m2"),
    ],
)
def test_dose_reads_numbers_with_their_unit(name: str, written: str, read_as: str) -> None:
    found = cb.dose("rd", **{name: written})  # type: ignore[arg-type]
    assert read_as in found.decided.read_as


@pytest.mark.parametrize("written", ["abc", "9 mg", "1,300/uL", "nan"])
def test_dose_refuses_what_is_no_count(written: str) -> None:
    with pytest.raises(
        ArgumentError, match=r"--anc '.*' (is not a number|could mean two things|: unit)|--anc '9 mg'"
    ):
        cb.dose("rd", anc=written)


def test_a_clearance_that_may_be_meant_by_the_second_is_named() -> None:
    """1 to 2 mL/s is the normal clearance, 60 to 120 mL/min."""
    said = "a creatinine clearance of 1.5 mL/min is that of kidneys that have failed; 1.5 mL/s would be 90 mL/min"
    assert said in cb.dose("rd", crcl=1.5).notes
    assert said in cb.pk("lenalidomide", crcl=1.5, subjects=_ONE).notes
    assert not cb.dose("rd", crcl=15).notes


def test_metrics_before_a_change_of_covariates_say_so() -> None:
    found = cb.pk("lenalidomide", change={14: {"crcl": 30}}, subjects=_ONE)
    assert any("the metrics are those of the covariates at the start" in note for note in found.notes)
    metrics = found.profiles[0].exposure.metrics
    assert all(one.meaning.endswith("before any change") for one in metrics.values())
    later = cb.pk("lenalidomide", change={14: {"dose": "10 mg"}}, subjects=_ONE)
    assert not any("metrics are those" in note for note in later.notes)


@pytest.mark.parametrize("change", ["14: crcl=90", "14: dose=25 mg", "28: schedule=1-21/28"])
def test_a_change_to_what_holds_is_refused(change: str) -> None:
    with pytest.raises(InputError, match="so it changes nothing"):
        cb.pk("lenalidomide", change=[change], days=56, subjects=_ONE)


def test_a_change_back_is_a_change() -> None:
    cb.pk("lenalidomide", change=["7: crcl=30", "14: crcl=90"], subjects=_ONE)
    with pytest.raises(InputError, match="crcl is 30 already at 14 days"):
        cb.pk("lenalidomide", change=["7: crcl=30", "14: crcl=30"], subjects=_ONE)


@pytest.mark.parametrize("compare", ["crcl=90", "dose=25 mg,crcl=30", "fed=no,crcl=30", "schedule=1-21/28,crcl=30"])
def test_comparing_with_what_holds_is_refused(compare: str) -> None:
    with pytest.raises(InputError, match="holds for the first one too"):
        cb.pk("lenalidomide", compare=compare, subjects=_ONE)


def test_columns_of_sex_that_contradict_each_other_are_refused() -> None:
    text = "ID,TIME,AMT,CMT,WT,ALB,{},IGG\n1,0,1200,2,75,37,{},1\n1,4,.,.,75,37,{},1\n"
    for columns, row in (("MALE,SEX", "1,F"), ("MALE,FEMALE", "1,1")):
        with pytest.raises(InputError, match=r"line 2, (SEX|FEMALE): (F|1) contradicts MALE"):
            _read(text.format(columns, row, row), "daratumumab", time_unit="hours")
    agreeing = _read(text.format("MALE,SEX", "1,M", "1,M"), "daratumumab", time_unit="hours")
    np.testing.assert_equal(agreeing.covariates["male"], [1.0, 1.0])


def test_isotype_in_two_columns_is_refused() -> None:
    text = "ID,TIME,AMT,CMT,WT,ALB,MALE,IGG,ISOTYPE\n1,0,1200,2,75,37,1,1,IgA\n"
    with pytest.raises(InputError, match="IGG and ISOTYPE say the same thing"):
        _read(text, "daratumumab", time_unit="hours")


def test_administrations_of_monolix_that_choose_a_compartment_are_refused() -> None:
    text = "ID,HOURS,AMOUNT,ADM,CRCL,WT,HT\n1,0,2,2,90,75,170\n1,6,.,.,90,75,170\n"
    with pytest.raises(InputError, match="ADM 2 chooses a compartment of a Monolix model"):
        _read(text, "bortezomib")
    two = "ID,HOURS,AMOUNT,ADM,CRCL,WT\n1,0,25,1,90,75\n1,24,25,2,90,75\n1,30,.,.,90,75\n"
    with pytest.raises(InputError, match="ADM 1 and 2"):
        _read(two)
    with_cmt = _read(text.replace("ADM", "CMT"), "bortezomib")
    assert with_cmt.absorbed.tolist()[0] is False


@pytest.mark.parametrize("row", ["1,1e9,0,0,0,0", "1,0,1,25,1000000,24"])
def test_times_beyond_a_life_are_refused(row: str) -> None:
    text = f"ID,HOURS,EVID,AMT,ADDL,II,CRCL,WT\n1,0,1,25,0,0,90,75\n{row},90,75\n"
    with pytest.raises(InputError, match="100 years"):
        _read(text)
