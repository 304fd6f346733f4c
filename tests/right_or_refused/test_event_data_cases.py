"""Event data as NONMEM, Monolix, mrgsolve and nlmixr2 users keep them: read rightly, or refused with the cause."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cereblon.core.errors import InputError
from cereblon.model.drugs.kinetics import load_kinetics
from cereblon.model.exposure.event_reading import parse_events, read_events
from cereblon.model.exposure.event_simulation import simulate_events
from cereblon.model.exposure.event_table import EventTable

DATA = Path(__file__).parent / "data"
# The same closed forms on both sides; rounding of a few exponentials remains.
EXACT = 1e-9


def _read(text: str, drug: str = "lenalidomide", **how: object) -> EventTable:
    return parse_events(text, load_kinetics(drug), where="a.csv", **how)  # type: ignore[arg-type]


def _levels(text: str, drug: str = "lenalidomide", **how: object) -> np.ndarray:
    return simulate_events(_read(text, drug, **how)).level


def _one_compartment(hours: float, doses: tuple[float, ...] = (0.0,), mg: float = 25.0) -> float:
    """Lenalidomide of the reference patient by the textbook: k = 12.0/68.8, ka = 6.55 per hour; ng/mL."""
    k, ka = 12.0 / 68.8, 6.55
    since = [hours - start for start in doses if hours > start]
    return sum(mg / 68.8 * ka / (ka - k) * (np.exp(-k * t) - np.exp(-ka * t)) * 1000.0 for t in since)


@pytest.mark.parametrize("name", ["semicolons.csv", "one_dose.csv"])
def test_one_dose_is_read_whatever_separates_its_columns(name: str) -> None:
    found = simulate_events(read_events(DATA / name, load_kinetics("lenalidomide"), time_unit="hours"))
    assert found.level == pytest.approx([_one_compartment(1.0)], rel=EXACT)


@pytest.mark.parametrize("name", ["semicolons.csv", "one_dose.csv"])
def test_a_time_without_unit_is_asked_for(name: str) -> None:
    with pytest.raises(InputError, match="the column TIME does not say its unit"):
        read_events(DATA / name, load_kinetics("lenalidomide"))


@pytest.mark.parametrize(
    "text",
    [
        "ID,HOURS,EVID,AMT,CMT,CRCL,WT\n1,0,1,25,1,90,75\n1,6,0,.,2,90,75\n",
        "id\ttime_h\tevid\tamt\tcmt\tcrcl\twt\n1\t0\t1\t25\t1\t90\t75\n1\t6\t0\t.\t2\t90\t75\n",
        "ID TIME_H  EVID AMT CMT CRCL WT\n1 0 1 25 1 90 75\n1 6 0 . 2 90 75\n",
        "ID;DAYS;EVID;AMT;CMT;CRCL;WT\n1;0;1;25,0;1;90;75,0\n1;0,25;0;.;2;90;75,0\n",
        "\ufeff#ID,HOURS,AMT,MDV,CRCL,WT\n1,0,25,1,90,75\n1,6,.,0,90,75\n",
        "ID,HOURS,AMOUNT,Y,ADM,CRCL,WT\n1,0,25,.,1,90,75\n1,6,.,12.5,.,90,75\n",
        'id,hours,evid,amt,cmt,clcr,weight\n1,0,1,25,"depot",90,75\n1,6,0,0,"central",90,75\n',
        "C,ID,HOURS,AMT,CRCL,WT\n.,1,0,25,90,75\nC,1,3,25,90,75\n.,1,6,.,90,75\n",
        "# a comment\nID,HOURS,AMT,CRCL,WT\n1,0,25,90,75\n1,6,0,90,75\n",
        "ID,TIME,AMT,CRCL,WT\n1,08:30,25,90,75\n1,14:30,.,90,75\n",
        "ID,DATE,TIME,AMT,CRCL,WT\n1,2024-02-28,20:30,25,90,75\n1,2024-02-29,02:30,.,90,75\n",
        "ID,DAT1,TIME,AMT,CRCL,WT\n1,28/02/2024,20:30,25,90,75\n1,29/02/2024,02:30,.,90,75\n",
        "ID,DATE,TIME,AMT,CRCL,WT\n1,28/02/2024,8:30 pm,25,90,75\n1,29/02/2024,2:30 am,.,90,75\n",
        "ID,DAT2,TIME,AMT,CRCL,WT\n1,2024/02/28,20.5,25,90,75\n1,2024/02/29,2.5,.,90,75\n",
        "ID,DAY,TIME,AMT,CRCL,WT\n1,1,20:30,25,90,75\n1,2,02:30,.,90,75\n",
        "ID,TIME,AMT,CRCL,WT\n1,2024-02-28T20:30,25,90,75\n1,2024-02-29T02:30,.,90,75\n",
    ],
)
def test_one_dose_and_one_observation_are_read_in_every_dialect(text: str) -> None:
    assert _levels(text) == pytest.approx([_one_compartment(6.0)], rel=EXACT)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ID,TIME,AMT,CRCL,WT\n1,0,25,90,75\n", "the column TIME does not say its unit"),
        ("ID,DATE,TIME,AMT,CRCL,WT\n1,02/03/2024,20:30,25,90,75\n", "may have the day or the month first"),
        ("ID,TIME,AMT,CRCL,WT\n1,20:30,25,90,75\n1,02:30,.,90,75\n", "there is no date"),
        ("ID,HOURS,AMT,CRCL,WT\n1,0,25000,90,75\n", "25000 is outside 0.5 to 125 mg of lenalidomide"),
        ("ID,HOURS,EVID,AMT,CRCL,WT\n1,0,101,25,90,75\n", "101 is the coding of RxODE"),
        ("ID,HOURS,AMT,CRCL\n1,0,25,90\n", "column WT is missing"),
        ("ID\n1\n2\n", "one column found"),
        ("", "is empty"),
        ("ID,HOURS,DAYS,AMT,CRCL,WT\n1,0,0,25,90,75\n", "hours and days are columns of time"),
        ("ID,HOURS,AMT,ADDL,II,CRCL,WT\n1,0,25,9000000,24,90,75\n1,5,.,.,.,90,75\n", "more than 2,000,000"),
    ],
)
def test_what_could_mean_two_things_is_refused_with_the_cause(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        _read(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ID,HOURS,AMT,CRCL,WT\n1,0,1e308,90,75\n", "line 2, AMT: 1e.308 is outside 1e-09 to 1e.09 mg"),
        ("ID,HOURS,AMT,CRCL,WT\n1,0,1e-300,90,75\n", "line 2, AMT: 1e-300 is outside 1e-09 to 1e.09 mg"),
        ("ID,HOURS,AMT,CRCL,WT\n\u202e1,0,25,90,75\n", r"line 2, ID: .*U\+202E, which cannot be seen"),
        (f"ID,HOURS,AMT,CRCL,WT\n{'x' * 201},0,25,90,75\n", "line 2, ID: .* name of 201 characters"),
    ],
)
def test_what_nobody_can_mean_is_accepted_by_no_option(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        _read(text, allow_implausible=True)


def test_a_unit_that_contradicts_the_column_is_refused() -> None:
    with pytest.raises(InputError, match="the column HOURS contradicts --time-unit days"):
        _read("ID,HOURS,AMT,CRCL,WT\n1,0,25,90,75\n", time_unit="days")


def test_days_mean_days_for_times_intervals_and_rates() -> None:
    """60 mg over an hour, daily: RATE is 1440 mg a day."""
    head = "ID,TIME,EVID,AMT,RATE,ADDL,II,BSA\n"
    hours = _levels(head + "1,0,1,60,60,3,24,1.9\n1,80,0,.,.,.,.,1.9\n", "carfilzomib", time_unit="hours")
    days = _levels(head + f"1,0,1,60,1440,3,1,1.9\n1,{80 / 24},0,.,.,.,.,1.9\n", "carfilzomib", time_unit="days")
    np.testing.assert_allclose(days, hours, rtol=1e-9)


def test_rate_minus_2_is_the_infusion_of_the_model() -> None:
    """Carfilzomib is infused over a time of the model; bortezomib, which enters at once, has none."""
    usual = load_kinetics("carfilzomib").infusion("iv") * 24.0
    head = "ID,HOURS,AMT,RATE,BSA\n1,0,60,{},1.9\n1,1.5,.,.,1.9\n"
    table = _read(head.format(-2), "carfilzomib")
    assert table.infusion_h[0] == pytest.approx(usual)
    np.testing.assert_allclose(
        simulate_events(table).level, _levels(head.format(60 / usual), "carfilzomib"), rtol=1e-9
    )
    with pytest.raises(InputError, match="RATE: -2 asks the model"):
        _read("ID,HOURS,AMT,RATE,CRCL,WT\n1,0,25,-2,90,75\n")


def test_ss_2_adds_its_steady_state_to_what_is_there() -> None:
    """Linear kinetics: morning and evening doses at steady state are those of 60 days of both."""
    head = "ID,HOURS,EVID,AMT,CMT,ADDL,II,SS,CRCL,WT\n"
    settled = "1,0,1,10,1,5,24,1,20,75\n1,8,1,15,1,5,24,2,20,75\n1,9,0,.,2,.,.,.,20,75\n1,26,0,.,2,.,.,.,20,75\n"
    long = "1,0,1,10,1,99,24,0,20,75\n1,8,1,15,1,99,24,0,20,75\n1,1449,0,.,2,.,.,.,20,75\n1,1466,0,.,2,.,.,.,20,75\n"
    np.testing.assert_allclose(_levels(head + settled), _levels(head + long), rtol=EXACT)


def test_a_compartment_that_is_not_named_is_said_or_asked_for() -> None:
    table = _read("ID,HOURS,AMT,CRCL,WT\n1,0,25,90,75\n1,6,.,90,75\n")
    assert "1 doses name no compartment and go into the depot" in table.notes
    with pytest.raises(InputError, match="the dose names no compartment; it may be 1 \\(depot\\) or 2 \\(centre\\)"):
        _read("ID,HOURS,AMT,BSA\n1,0,2.4,1.9\n", "bortezomib")


def test_sex_in_numbers_is_asked_for_and_in_words_read() -> None:
    head, row = "ID,HOURS,AMT,WT,TPRO,{}\n", "1,0,4,75,73,{}\n1,3,.,75,73,{}\n"
    with pytest.raises(InputError, match="SEX holds numbers, which may mean either sex"):
        _read(head.format("SEX") + row.format(1, 1), "pomalidomide")
    named = [("SEX", "F"), ("SEX", "female"), ("FEMALE", 1), ("MALE", 0)]
    found = [_levels(head.format(name) + row.format(value, value), "pomalidomide") for name, value in named]
    np.testing.assert_array_equal(found, [found[0]] * 4)


def test_columns_and_rows_that_are_not_used_are_named() -> None:
    table = _read("C,ID,HOURS,AMT,DV,DVID,CRCL,WT\n.,1,0,25,.,1,90,75\nC,1,2,.,9,1,90,75\n.,1,6,.,9,1,90,75\n")
    assert table.unused == ("DV", "DVID")
    assert any("1 rows marked to be ignored are left out: lines 3" in note for note in table.notes)


ROWS = (
    *("1,0,1,25,1,2,24,0,90,75", "1,0,0,.,2,.,.,.,90,75", "1,5,0,.,2,.,.,.,90,75", "1,48,2,.,2,.,.,.,90,75"),
    *("2,3,1,10,1,0,24,1,30,75", "2,4,0,.,2,.,.,.,30,75", "2,30,0,.,2,.,.,.,50,75", "10,1,1,15,1,0,0,0,60,80"),
    *("10,9,0,.,2,.,.,.,60,80", "10,9,0,.,2,.,.,.,60,80"),
)
HEAD = "ID,HOURS,EVID,AMT,CMT,ADDL,II,SS,CRCL,WT\n"


@settings(max_examples=15)
@given(st.permutations(ROWS))
def test_the_order_of_rows_means_nothing(rows: list[str]) -> None:
    one, other = (simulate_events(_read(HEAD + "\n".join(order))) for order in (ROWS, rows))
    assert one.subject == other.subject
    np.testing.assert_array_equal(one.level, other.level)
    np.testing.assert_array_equal(one.hours_after_dose, other.hours_after_dose)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("1,0,60,0,1,1.9\n1,0,.,0,0,1.9\n", "an observation stands behind a dose that enters the centre at once"),
        ("1,0,60,0,1,1.9\n1,5,.,0,3,1.9\n1,5,.,0,0,1.9\n", "a reset and another row stand at one time"),
        ("1,9,60,0,1,1.9\n1,0,60,0,4,1.9\n", "goes back in a subject with a reset"),
        ("1,0,60,30,1,1.9\n1,5,.,0,0,1.9\n1,5,.,0,0,2.1\n", "rows at one time differ in a covariate"),
    ],
)
def test_rows_whose_order_would_count_are_refused(rows: str, words: str) -> None:
    text = "ID,HOURS,AMT,RATE,EVID,BSA\n" + rows
    with pytest.raises(InputError, match=words) as caught:
        _read(text, "carfilzomib")
    assert "--in-order" in str(caught.value)
    assert len(_read(text, "carfilzomib", in_order=True).hours) == rows.count("\n")


def test_subjects_with_their_own_times_are_followed_as_if_alone() -> None:
    draw = np.random.default_rng(3)
    subjects = []
    for one in range(1, 8):
        times = np.sort(draw.uniform(0.0, 90.0, 1 + 3 * one))
        rows = [f"{one},{time:.3f},0,.,2,.,.,.,{30 + 10 * one},75" for time in times]
        subjects.append("\n".join([f"{one},{one % 3},1,25,1,{one % 4},24,0,{30 + 10 * one},75", *rows]))
    alone = [_levels(HEAD + rows) for rows in subjects]
    np.testing.assert_allclose(_levels(HEAD + "\n".join(subjects)), np.concatenate(alone), rtol=1e-12)


def test_antibodies_with_their_own_times_are_followed_as_if_alone() -> None:
    head = "ID,HOURS,AMT,CMT,ADDL,II,WT,ALB,IGG,MALE\n"
    one = "1,0,1800,1,3,168,75,37,1,1\n1,100,.,.,.,.,75,37,1,1\n1,700,.,.,.,.,75,37,1,1\n"
    two = "2,10,1200,2,0,0,60,30,0,0\n2,10.5,.,.,.,.,60,30,0,0\n2,55,.,.,.,.,60,30,0,0\n2,341,.,.,.,.,60,25,0,0\n"
    alone = [_levels(head + rows, "daratumumab") for rows in (one, two)]
    np.testing.assert_allclose(_levels(head + one + two, "daratumumab"), np.concatenate(alone), rtol=1e-12)


def test_the_isotype_is_read_in_words_where_it_acts() -> None:
    rows = "\n1,0,1200,4,2,75,37,M,{0}\n1,24,.,.,.,75,37,M,{0}\n"
    head = "ID,TIME,AMT,DUR,CMT,WT,ALB,SEX,"
    numbers = {one: _levels(f"{head}IGG{rows.format(one)}", "daratumumab", time_unit="hours") for one in "10"}
    for word, number in (("IgG kappa", "1"), ("IGG", "1"), ("IgA", "0"), ("light chain only", "0")):
        found = _levels(f"{head}ISOTYPE{rows.format(word)}", "daratumumab", time_unit="hours")
        assert found == pytest.approx(numbers[number], rel=EXACT)
    with pytest.raises(InputError, match="unk is not known"):
        _read(f"{head}ISOTYPE{rows.format('unk')}", "daratumumab", time_unit="hours")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ID,TIME,AMT,II,CRCL,WT\n1,0,25,24,90,75\n1,48,.,.,90,75\n", "II stands on 1 doses without ADDL or SS"),
        ("ID,TIME,AMT,CRCL,WT\n1,0,25,90,75\n1,1,.,90,75\n2,1,.,90,75\n", "1 subjects have no dose"),
        ("ID,TIME,AMT,CRCL,WT,ALB,HT\n1,0,25,90,75,37,172\n1,1,.,90,75,37,172\n", "columns not used: HT, ALB"),
    ],
)
def test_what_adds_no_dose_and_does_not_act_is_named(text: str, said: str) -> None:
    assert said in " | ".join(_read(text, time_unit="hours").notes)


def test_a_covariate_that_is_missing_is_refused_under_the_name_of_its_column() -> None:
    text = "ID,TIME,AMT,DUR,CMT,WT,ALB,FEMALE,IGG\n1,0,1200,4,2,75,37,,1\n1,4,.,.,.,75,37,0,1\n"
    with pytest.raises(InputError, match="line 2, FEMALE: is missing"):
        _read(text, "daratumumab", time_unit="hours")


def test_a_table_as_nonmem_writes_it_is_read() -> None:
    text = "TABLE NO.  1\n ID TIME EVID AMT CRCL WT\n 1.0E+00 0 1 25 90 75\n 1.0E+00 1 0 0 90 75\n"
    assert _levels(text, time_unit="hours") == pytest.approx([_one_compartment(1.0)], rel=EXACT)


def test_a_date_of_two_readings_is_shown_as_written() -> None:
    with pytest.raises(InputError, match="'01/02/2020' may have the day or the month first"):
        _read("ID,DATE,TIME,AMT,CRCL,WT\n1,01/02/2020,08:00,25,90,75\n1,01/03/2020,09:00,.,90,75\n")


def test_an_equal_dose_at_the_same_time_counts_and_is_said() -> None:
    rows = ["1,0,1,25,1,90,75", "1,0,1,25,1,90,75", "1,1,0,.,2,90,75"]
    found = _read("\n".join(["ID,HOURS,EVID,AMT,CMT,CRCL,WT", *rows]))
    assert "1 doses repeat an equal dose of the subject at the same time, and count: lines 3" in found.notes


@pytest.mark.parametrize("column", ["ADDL", "SS"])
@pytest.mark.parametrize("number", ["9" * 30, "1e18", "1e300"])
def test_a_number_beyond_all_whole_numbers_is_refused(column: str, number: str) -> None:
    cells = {"ADDL": "3", "SS": "0"} | {column: number}
    with pytest.raises(InputError, match=rf"line 2, {column}: .* is (beyond|not 0)"):
        _read(
            f"ID,HOURS,EVID,AMT,CMT,ADDL,II,SS,WT,CRCL\n1,0,1,25,1,{cells['ADDL']},24,{cells['SS']},75,90\n"
            "1,2,0,.,2,0,0,0,75,90\n"
        )
