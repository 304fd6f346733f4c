"""Event data sets: what they mean, what is refused, and that they come back as they were written."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from cereblon.core.errors import InputError
from cereblon.model.drugs.kinetics import load_kinetics
from cereblon.model.drugs.patient import patients
from cereblon.model.exposure.course import Dose, Schedule, follow
from cereblon.model.exposure.event_reading import parse_events
from cereblon.model.exposure.event_simulation import simulate_events
from cereblon.model.exposure.event_writing import event_csv
from cereblon.model.exposure.exposure import Dosing, expose

# The same closed forms on both sides; rounding of a few exponentials remains.
EXACT = 1e-9
HEAD = "ID,TIME,EVID,AMT,RATE,CMT,ADDL,II,SS,WT,CRCL"


def _levels(drug: str, text: str, *, in_order: bool = False) -> np.ndarray:
    """Compute what a data set in hours asks for."""
    table = parse_events(text, load_kinetics(drug), where="events.csv", time_unit="hours", in_order=in_order)
    return simulate_events(table).level


def _lenalidomide(*rows: str, in_order: bool = False) -> np.ndarray:
    return _levels("lenalidomide", "\n".join([HEAD, *rows]), in_order=in_order)


def _one_compartment(hours: np.ndarray, doses: list[float], mg: float = 25.0) -> np.ndarray:
    """Lenalidomide of the reference patient by the textbook: k = 12.0/68.8, ka = 6.55 per hour; ng/mL."""
    k, ka = 12.0 / 68.8, 6.55
    total = np.zeros_like(hours)
    for start in doses:
        t = np.maximum(hours - start, 0.0)
        total += mg / 68.8 * ka / (ka - k) * (np.exp(-k * t) - np.exp(-ka * t)) * 1000.0
    return total


def test_a_dose_and_observations_give_the_textbook_curve() -> None:
    found = _lenalidomide(
        "1,0,1,25,0,1,0,0,0,75,90", "1,1,0,.,.,2,.,.,.,75,90", "1,6,2,.,.,2,.,.,.,75,90", "1,30,0,.,.,2,.,.,.,75,90"
    )
    np.testing.assert_allclose(found, _one_compartment(np.asarray([1.0, 6.0, 30.0]), [0.0]), rtol=EXACT)


def test_further_doses_come_at_their_interval() -> None:
    found = _lenalidomide("1,0,1,25,0,1,2,24,0,75,90", "1,50,0,.,.,2,.,.,.,75,90", "1,80,0,.,.,2,.,.,.,75,90")
    np.testing.assert_allclose(found, _one_compartment(np.asarray([50.0, 80.0]), [0.0, 24.0, 48.0]), rtol=EXACT)


def test_steady_state_is_that_of_a_hundred_doses() -> None:
    """After 100 daily doses at CrCl 5 mL/min (half-life 18 h) nothing of the beginning is left."""
    settled = _lenalidomide("1,0,1,25,0,1,0,24,1,75,5", "1,7,0,.,.,2,.,.,.,75,5")
    long = _lenalidomide("1,0,1,25,0,1,100,24,0,75,5", "1,2407,0,.,.,2,.,.,.,75,5")
    np.testing.assert_allclose(settled, long, rtol=EXACT)


@pytest.mark.parametrize(("drug", "cmt", "rate"), [("ixazomib", 1, 0), ("bortezomib", 2, 1.2), ("bortezomib", 2, 0)])
def test_steady_state_with_a_lag_or_an_infusion_is_that_of_many_doses(drug: str, cmt: int, rate: float) -> None:
    """400 doses 12 h apart last 200 days, fourteen and more half-lives of the deepest compartment."""
    tail = ",1.9"
    head = "ID,TIME,EVID,AMT,RATE,CMT,ADDL,II,SS,BSA"
    seen = [f"1,{t},0,.,.,2,.,.,.{tail}" for t in (0.1, 0.6, 5.0, 11.9)]
    later = [f"1,{400 * 12 + t},0,.,.,2,.,.,.{tail}" for t in (0.1, 0.6, 5.0, 11.9)]
    settled = _levels(drug, "\n".join([head, f"1,0,1,2.4,{rate},{cmt},0,12,1{tail}", *seen]))
    long = _levels(drug, "\n".join([head, f"1,0,1,2.4,{rate},{cmt},400,12,0{tail}", *later]))
    # Ixazomib's slowest half-life is 9.5 days: 2^-21 of the level is missing.
    np.testing.assert_allclose(settled, long, rtol=1e-6)


def test_a_reset_takes_the_drug_away_and_cancels_what_was_to_come() -> None:
    found = _lenalidomide(
        "1,0,1,25,0,1,9,24,0,75,90",
        "1,30,3,.,.,.,.,.,.,75,90",
        "1,31,0,.,.,2,.,.,.,75,90",
        "1,75,0,.,.,2,.,.,.,75,90",
        "1,0,4,10,0,1,0,0,0,75,90",
        "1,2,0,.,.,2,.,.,.,75,90",
        in_order=True,
    )
    np.testing.assert_array_equal(found[:2], 0.0)
    np.testing.assert_allclose(found[2:], _one_compartment(np.asarray([2.0]), [0.0], mg=10.0), rtol=EXACT)


def test_covariates_hold_from_the_row_before_to_their_own() -> None:
    """As in NONMEM: the clearance between 10 and 20 h is that of the row at 20 h."""
    rows = ("1,0,1,25,0,1,0,0,0,75,90", "1,10,0,.,.,2,.,.,.,75,90", "1,20,0,.,.,2,.,.,.,75,{}")
    slow, quick = (_lenalidomide(*rows[:2], rows[2].format(crcl)) for crcl in (10, 90))
    assert slow[0] == pytest.approx(quick[0], rel=EXACT)
    kinetics = load_kinetics("lenalidomide")
    pk_parameters = [
        kinetics.pk_parameters(patients({"crcl_ml_min": crcl}, n=1), np.zeros((1, 2))) for crcl in (90.0, 10.0)
    ]
    expected, _ = follow(
        pk_parameters[0],
        [Dose(day=0.0, mg=25.0, absorbed=True)],
        [20.0 / 24.0],
        changes=[(10.0 / 24.0, pk_parameters[1])],
    )
    assert slow[1] == pytest.approx(expected[0, 0] * 1000.0, rel=EXACT)
    assert slow[1] > 1.5 * quick[1]


def test_subjects_with_other_times_do_not_disturb_each_other() -> None:
    first = ("7,0,1,25,0,1,0,0,0,75,90", "7,3,0,.,.,2,.,.,.,75,90")
    second = ("8,2,1,50,0,1,0,0,0,60,30", "8,4,0,.,.,2,.,.,.,60,30", "8,9,0,.,.,2,.,.,.,60,30")
    together = _lenalidomide(*first, *second)
    np.testing.assert_allclose(together, [*_lenalidomide(*first), *_lenalidomide(*second)], rtol=EXACT)


@pytest.mark.parametrize(
    ("drug", "route"),
    [
        *(("lenalidomide", "oral"), ("dexamethasone", "oral"), ("bortezomib", "iv"), ("bortezomib", "sc")),
        *(("ixazomib", "oral"), ("carfilzomib", "iv"), ("melphalan", "iv"), ("pomalidomide", "oral")),
        *(("daratumumab", "sc"), ("isatuximab", "iv"), ("elotuzumab", "iv")),
    ],
)
def test_doses_come_back_as_they_were_written(drug: str, route: str) -> None:
    kinetics = load_kinetics(drug)
    patient = patients({"weight_kg": [60.0, 101.3], "height_cm": [160.0, 180.0], "crcl_ml_min": [22.0, 91.0]})
    eta = np.random.default_rng(9).standard_normal((2, kinetics.n_eta))
    order = Dosing(
        mg=np.asarray([11.0, 23.7]),
        route=route,
        schedule=Schedule(starts=(0.0, 1.0, 2.0, 7.0, 10.0), length=14.0),
        infusion=kinetics.infusion(route),
    )
    shown = expose(kinetics, patient, eta, order, days=14.0)
    text = event_csv(kinetics, patient, order.doses(), shown.hours)
    table = parse_events(text, kinetics, where="events.csv", allow_implausible=True)
    found = simulate_events(table, eta)
    assert table.unused == ("DV", "MDV")
    scale = shown.levels.max()
    # Times are written in hours and computed in days: one more rounding. An antibody's solver begins anew at each
    # reading of event data, and takes other steps.
    rtol, atol = (1e-6, 1e-9) if kinetics.linear else (1e-4, 1e-5)
    np.testing.assert_allclose(found.level.reshape(2, -1), shown.levels, rtol=rtol, atol=atol * scale)


def test_columns_of_doses_hold_numbers_in_every_row() -> None:
    """R reads a column with a point in it as text, and mrgsolve drops columns of text (its test-mrgindata.R)."""
    doses = Schedule(starts=(0.0, 1.0), length=7.0).doses(25.0, absorbed=True, cycles=2)
    text = event_csv(load_kinetics("lenalidomide"), patients({}, n=1), doses, [0.0, 24.0])
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) > 3
    for row in rows:
        assert all(np.isfinite(float(value)) for column, value in row.items() if column != "DV")


def test_equal_doses_become_one_row() -> None:
    doses = Schedule(starts=tuple(float(day) for day in range(21)), length=28.0).doses(25.0, absorbed=True, cycles=2)
    text = event_csv(load_kinetics("lenalidomide"), patients({}, n=1), doses, [0.0, 24.0])
    given = [line for line in text.splitlines() if line.split(",")[3] == "1"]
    assert [line.split(",")[1:9] for line in given] == [
        ["0", "0", "1", "25", "0", "1", "20", "24"],
        ["672", "672", "1", "25", "0", "1", "20", "24"],
    ]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("1,5,1,25,0,3,0,0,0,75,90", "line 3, CMT: 3 of lenalidomide cannot be dosed; 1 \\(depot\\) can"),
        ("1,5,1,25,0,2,0,0,0,75,90", "line 3, CMT: 2 of lenalidomide cannot be dosed"),
        ("1,5,1,0,0,1,0,0,0,75,90", "line 3, AMT: 0 is no dose"),
        ("1,5,1,25000,0,1,0,0,0,75,90", "line 3, AMT: 25000 is outside 0.5 to 125 mg of lenalidomide; is it in mg"),
        ("1,5,1,25,-2,1,0,0,0,75,90", "line 3, RATE: -2 asks the model for the length of an infusion"),
        ("1,5,1,25,-1,1,0,0,0,75,90", "line 3, RATE: -1 asks the model for a rate"),
        ("1,5,1,25,5,1,0,0,0,75,90", "line 3, RATE: 5 infuses into the depot"),
        ("1,5,1,25,0,1,3,0,0,75,90", "line 3, ADDL: 3 further doses need II above 0"),
        ("1,5,1,25,0,1,0,0,1,75,90", "line 3, II: 0 is no interval; a steady state"),
        ("1,5,1,25,0,1,0,24,3,75,90", "line 3, SS: 3 is not one of 0, 1, 2"),
        ("1,5,7,.,.,2,.,.,.,75,90", "line 3, EVID: 7 is not one of"),
        ("1,5,101,.,.,2,.,.,.,75,90", "line 3, EVID: 101 is the coding of RxODE"),
        ("1,5,,.,.,2,.,.,.,75,90", "line 3, EVID: is missing"),
        ("1,5,0,3,.,2,.,.,.,75,90", "line 3, AMT: 3 stands on a row that is no dose"),
        ("1,5,0,.,.,1,.,.,.,75,90", "line 3, CMT: 1 cannot be observed"),
        ("1,5,2,.,.,-1,.,.,.,75,90", "line 3, CMT: -1 switches a compartment off"),
        ("1,5,3,.,.,-2,.,.,.,75,90", "line 3, CMT: -2 switches a compartment off"),
        ("1,,0,.,.,2,.,.,.,75,90", "line 3, time: '' is not a number; it is missing"),
        ("1,five,0,.,.,2,.,.,.,75,90", "line 3, time: 'five' is not a number"),
        ("1,5,0,.,.,2,.,.,.,0,90", "line 3, WT: weight_kg 0 is not possible"),
        ("1,5,0,.,.,2,.,.,.,75,-4", "line 3, CRCL: crcl_ml_min -4 is not possible"),
        ("1,5,0,.,.,2,.,.,.,75,.", "line 3, CRCL: . is missing; nothing is filled in"),
        ("1,-1,0,.,.,2,.,.,.,75,90", "line 3, time: -1 is before time zero"),
        ("1,5,0,.,.,2,.,.,75,90", "line 3: 10 cells; the header has 11"),
    ],
)
def test_a_row_that_cannot_be_honoured_is_refused_by_row_and_column(row: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        _lenalidomide("1,0,1,25,0,1,0,0,0,75,90", row)


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        _lenalidomide("1,0,1,25,0,9,0,0,0,75,90", "1,1,0,.,.,2,.,.,.,0,90")
    assert "line 2, CMT" in str(caught.value)
    assert "line 3, WT" in str(caught.value)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("ID,TIME,EVID,MG,CMT,WT,CRCL,DV", "column AMT is missing"),
        ("ID,TIME,EVID,AMT,CMT,WT,DV,MDV", "column CRCL is missing: crcl_ml_min acts on lenalidomide"),
        ("ID,TIME,EVID,AMT,CMT,WT,CRCL,WT", "column 'wt' appears twice"),
        ("ID,TIME,EVID,AMT,CMT,WT,CRCL,WEIGHT", "the columns wt and weight say the same thing"),
    ],
)
def test_columns_that_are_missing_or_double_are_named(head: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_events(f"{head}\n1,0,0,0,2,75,90,1", load_kinetics("lenalidomide"), where="a", time_unit="hours")


def test_a_subject_that_comes_back_is_gathered_unless_the_order_counts() -> None:
    rows = ("1,0,1,25,0,1,0,0,0,75,90", "2,0,1,25,0,1,0,0,0,75,90", "1,9,0,.,.,2,.,.,.,75,90")
    np.testing.assert_allclose(_lenalidomide(*rows), _one_compartment(np.asarray([9.0]), [0.0]), rtol=EXACT)
    with pytest.raises(InputError, match="line 4, ID: 1 came before"):
        _lenalidomide(*rows, in_order=True)


def test_time_that_falls_is_refused_where_the_order_counts() -> None:
    rows = ("1,5,1,25,0,1,0,0,0,75,90", "1,2,0,.,.,2,.,.,.,75,90")
    with pytest.raises(InputError, match="line 3, TIME: 2 after 5 in line 2"):
        _lenalidomide(*rows, in_order=True)


def test_an_infusion_longer_than_its_interval_has_no_steady_state() -> None:
    with pytest.raises(InputError, match="line 2, SS: 1 asks for the steady state of an infusion that is longer"):
        _levels("carfilzomib", "ID,TIME,EVID,AMT,RATE,CMT,II,SS,BSA\n1,0,1,60,2,1,24,1,1.9")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("1,0,1,700,0,1,14,1,75,3.9,1,1,0", "line 3, SS: 1 asks for a steady state, which isatuximab has not"),
        ("1,9,3,.,.,.,.,.,75,3.9,1,1,0", "EVID: a reset after a dose of isatuximab cannot be honoured"),
    ],
)
def test_what_an_antibody_cannot_do_is_refused(row: str, words: str) -> None:
    head = "ID,TIME,EVID,AMT,RATE,CMT,II,SS,WT,B2M,IGG,MALE,ASIAN"
    first = "1,0,1,700,0,1,0,0,75,3.9,1,1,0"
    with pytest.raises(InputError, match=words):
        _levels("isatuximab", "\n".join([head, first, row]))


def test_columns_that_are_not_used_are_told() -> None:
    text = "ID,HOURS,EVID,AMT,CMT,WT,CRCL,DV,STUDY\n1,0,1,25,1,75,90,.,A"
    table = parse_events(text, load_kinetics("lenalidomide"), where="events.csv")
    assert table.unused == ("DV", "STUDY")
    assert "columns not used: DV, STUDY" in table.notes
