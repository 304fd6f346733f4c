"""Words, options and values of `cereblon pk`: read rightly and said back, or refused with the reason."""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "cli"))

from cli_calls import Answer, Call, is_one_paragraph

from cereblon.core.errors import InputError
from cereblon.model.drugs import DRUGS
from cereblon.model.drugs.covariates import COVARIATES
from cereblon.model.drugs.kinetics import load_kinetics
from cereblon.model.exposure.request import DoseRequest
from cereblon.model.exposure.variations import CHANGEABLE, COMPARABLE
from cereblon.model.regimens.schedule import parse_days
from cereblon.model.regimens.schedule_phrase import read_schedule_phrase
from cereblon.questions.exposure_refusals import acting_covariates

DAYS_1_TO_21 = tuple(float(day) for day in range(21))


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    from cli_calls import call_main

    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Answer:
        code = call_main(arguments)
        said = capsys.readouterr()
        return Answer(code, said.out, said.err)

    return run


def _refused(found: Answer) -> bool:
    return found.code in (1, 2) and "Traceback" not in found.err


@pytest.mark.parametrize(
    "written",
    [
        *("1-21/28", "21/28", "21 of 28", "21 of 28 days", "21 days of 28", "1-21 of 28 days", "days 1-21 of 28"),
        *("d1-21 q28d", "D1\u201321 q4w", "days 1 to 21 of each 28-day cycle", "21 days on, 7 days off"),
        *("once daily on days 1-21 of 28", "days 1 through 21 every 28 days", "days 1-21 (28-day cycle)"),
    ],
)
def test_days_1_to_21_of_28_are_read_however_they_are_written(written: str) -> None:
    phrase = read_schedule_phrase(written)
    assert (phrase.starts, phrase.length, phrase.repeated) == (DAYS_1_TO_21, 28.0, True)
    assert phrase.said == "21 doses a cycle, days 1 to 21 of 28"


@pytest.mark.parametrize(
    ("written", "days", "length"),
    [
        ("1,4,8,11/21", (1, 4, 8, 11), 21),
        ("days 1, 8, 15 every 28 days", (1, 8, 15), 28),
        ("days 1, 8, 15 and 22 of a 28-day cycle", (1, 8, 15, 22), 28),
        ("day 21 of 28", (21,), 28),
        ("weekly for 3 of 4 weeks", (1, 8, 15), 28),
        *((written, (1,), 1) for written in ("QD", "q24h", "once daily", "q.d.", "daily", "every day")),
        *((written, (1,), 0.5) for written in ("BID", "q12h", "twice daily")),
        *((written, (1,), 7) for written in ("weekly", "q7d", "q1w", "once a week", "every week")),
        *((written, (1,), 2) for written in ("every other day", "q48h", "QOD", "q2d")),
        ("every three weeks", (1,), 21),
    ],
)
def test_usual_notations_of_a_schedule_are_read(written: str, days: tuple[int, ...], length: float) -> None:
    phrase = read_schedule_phrase(written)
    assert (phrase.starts, phrase.length) == (tuple(day - 1.0 for day in days), length)


@pytest.mark.parametrize(
    ("written", "one", "other"),
    [
        ("21", "day 21", "days 1 to 21"),
        ("3 weeks", "every 3 weeks", "daily for 3 weeks"),
        ("biweekly", "twice a week", "every two weeks"),
        ("3 weeks on, 1 week off", "1-21/28", "1,8,15/28"),
        ("twice weekly", "1,4/7", "1,2/7"),
        ("monthly", "q28d", "q30d"),
        ("q28", "q28h", "q28d"),
        ("days 21 of 28", "day 21 alone", "days 1 to 21"),
    ],
)
def test_a_schedule_that_could_mean_two_things_is_refused_with_both(written: str, one: str, other: str) -> None:
    with pytest.raises(InputError, match="could mean two things") as caught:
        read_schedule_phrase(written)
    assert one in str(caught.value)
    assert other in str(caught.value)


@pytest.mark.parametrize(
    "written", ["", "often", "1-30/28", "0/28", "q0h", "1-21", "q24h x 3", "21/", "1-21/28/7", "q1m"]
)
def test_a_schedule_that_cannot_be_read_is_refused(written: str) -> None:
    with pytest.raises(InputError):
        read_schedule_phrase(written)


@given(st.sets(st.integers(1, 28), min_size=2))
def test_days_mean_the_same_in_a_phrase_and_in_a_regimen(days: set[int]) -> None:
    listed = ", ".join(map(str, sorted(days)))
    phrase = read_schedule_phrase(f"days {listed} of 28")
    assert phrase.starts == tuple(day - 1.0 for day in parse_days(f"days {listed}"))


def test_a_regimen_refuses_days_that_name_a_cycle() -> None:
    with pytest.raises(ValueError, match="name a cycle too"):
        parse_days("21 of 28")


@pytest.mark.parametrize("written", ["21 of 28 days", "1-21 of 28 days"])
def test_21_of_28_days_are_21_doses(call: Call, written: str) -> None:
    """25 mg x 21 / (CL/F 12.0 L/h x 28 days) = 1562 ng h/mL a day; day 21 alone gives 74.4."""
    found = json.loads(call("pk", "lenalidomide", "--schedule", written, "--typical", "--json").out)
    assert found["metrics"]["auc_24h_ss"]["median"] == pytest.approx(25.0e3 / 12.0 * 21 / 28, rel=1e-3)
    assert f"schedule {written!r} is read as 21 doses a cycle, days 1 to 21 of 28" in found["notes"]


def test_a_dose_changes_within_a_course(call: Call) -> None:
    """Elimination is quick (half-life 4 h), so the peak after day 14 is 15/25 of the one before."""
    found = json.loads(call("pk", "lenalidomide", "--change", "14: dose=15 mg", "--typical", "--json").out)
    before = max(row["median"] for row in found["curve"] if row["time_h"] < 14 * 24)
    after = max(row["median"] for row in found["curve"] if row["time_h"] > 15 * 24)
    assert after / before == pytest.approx(15 / 25, rel=0.01)
    assert found["notes"] == ["change: from 14 days after the first dose (day 15): dose 15 mg"]


def test_a_schedule_changes_within_a_course(call: Call) -> None:
    arguments = ("--schedule", "QD", "--change", "3: schedule=q48h", "--days", "9", "--typical", "--json")
    curve = json.loads(call("pk", "lenalidomide", *arguments).out)["curve"]
    rising = {
        round(row["time_h"] / 24, 3)
        for row, after in pairwise(curve)
        if after["median"] > row["median"] and row["time_h"] % 24 < 0.01
    }
    assert rising == {0.0, 1.0, 2.0, 3.0, 5.0, 7.0}


@pytest.mark.parametrize(
    ("option", "written", "accepted"),
    [("--change", "14: dosis=15 mg", CHANGEABLE), ("--compare", "dosis=15 mg", COMPARABLE)],
)
def test_the_hint_lists_what_is_accepted(call: Call, option: str, written: str, accepted: tuple[str, ...]) -> None:
    found = call("pk", "lenalidomide", option, written)
    assert found.code == 1
    assert f"hint: names: {', '.join(accepted)}" in found.err


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("25", "has no unit"),
        ("25 mg BID", "also says when"),
        ("25 mg x 21", "also says when"),
        ("25 g", "is outside 0.5 to 125 mg"),
        ("25 ug", "is outside 0.5 to 125 mg"),
        ("1,300 mg", "could mean two things: 1300 or 1.300"),
        ("1e308 mg", "and no option accepts it"),
        ("1e-300 mg", "and no option accepts it"),
    ],
)
def test_a_dose_that_cannot_be_meant_is_refused(call: Call, written: str, words: str) -> None:
    found = call("pk", "lenalidomide", "--dose", written)
    assert found.code == 1
    assert words in found.err
    assert is_one_paragraph(found.err)


@pytest.mark.parametrize("written", ["1e308 mg", "1e-300 mg"])
def test_a_dose_that_nobody_can_mean_is_accepted_by_no_option(call: Call, written: str) -> None:
    """Levels became infinite, and the sketch in the terminal a traceback."""
    found = call("pk", "lenalidomide", "--dose", written, "--allow-implausible")
    assert found.code == 1
    assert "and no option accepts it" in found.err


@pytest.mark.parametrize(("written", "said"), [("0.025 g", "25 mg"), ("12,5 mg", "12.5 mg"), ("25mg", "25 mg")])
def test_a_dose_is_said_back(call: Call, written: str, said: str) -> None:
    found = call("pk", "lenalidomide", "--dose", written, "--typical")
    assert f"note: dose {written!r} is read as {said}\n" in found.err


def test_a_change_after_every_curve_is_refused(call: Call) -> None:
    found = call("pk", "lenalidomide", "--change", f"{'9' * 400}: crcl=30")
    assert found.code == 1
    assert "the longest curve" in found.err


def test_what_holds_from_the_first_dose_on_is_no_change(call: Call) -> None:
    """The area to infinity was that of 25 mg, the area of the first day that of 15 mg."""
    found = call("pk", "lenalidomide", "--change", "0: dose=15 mg", "--typical")
    assert found.code == 1
    assert "state it by its own option, such as --dose" in found.err


def test_one_thing_does_not_change_twice_on_one_day(call: Call) -> None:
    changes = ["--change", "14: crcl=30", "--change", "14: dose=15 mg", "--change", "14: crcl=50"]
    found = call("pk", "lenalidomide", "--typical", *changes)
    assert found.code == 1
    assert "crcl changes twice at 14 days" in found.err


def test_an_implausible_dose_is_accepted_by_name(call: Call) -> None:
    assert call("pk", "lenalidomide", "--dose", "400 mg", "--typical", "--allow-implausible").code == 0


def test_a_covariate_is_read_in_its_unit(call: Call) -> None:
    """1.5 mL/s are 90 mL/min, those of the reference patient."""
    one, two = (call("pk", "lenalidomide", "--crcl", crcl, "--typical", "--csv").out for crcl in ("1.5 mL/s", "90"))
    assert one.replace("CrCl 1.5 mL/s", "CrCl 90 mL/min") == two


def test_a_brand_is_the_drug(call: Call) -> None:
    found = call("pk", "Revlimid", "--typical")
    assert "\nlenalidomide 25 mg oral" in found.out
    assert "note: drug 'Revlimid' is read as lenalidomide" in found.err


VALUES = {
    **{"dose": "10 mg", "schedule": "1,8/28", "route": "sc", "regimen": "vrd-s0777", "infusion": "20", "fed": None},
    **{"cycles": "3", "days": "5", "steady-state": None, "sex": "female", "weight": "60", "height": "160"},
    **{"crcl": "30", "albumin": "28", "isotype": "IgA", "b2m": "8", "m-protein": "50", "protein": "95"},
    **{"asian": "yes", "partner": "pomalidomide", "population": "ndmm", "subjects": "7", "seed": "5"},
    **{"typical": None, "measured": None, "compare": "dose=20 mg", "change": "1: dose=10 mg", "log": None},
    **{"json": None, "csv": None, "time-unit": "hours", "in-order": None, "checks": None},
    **{"parquet": "a.parquet", "html": "a.html", "png": "a.png", "svg": "a.svg", "events": "e.csv"},
    "simulate-events": "data.csv",
}
"""Each option of `cereblon pk` with a value that is not the default; those without a value are None."""
PERMISSIONS = {"allow-implausible", "in-order"}
"""They accept what would be refused, and change nothing where nothing would be."""
OF_A_DRUG = frozenset(
    {"sex", "weight", "height", "crcl", "albumin", "isotype", "b2m", "m-protein", "protein", "asian", "partner"}
    | {"fed", "infusion", "route", "dose"}
)
"""Options of which a drug takes those that act on it."""
DATA = "ID,HOURS,EVID,AMT,CMT,WT,CRCL\n1,0,1,25,1,75,90\n1,4,0,.,2,75,90\n"
MODES: dict[str, tuple[str, ...]] = {
    "a patient": ("lenalidomide", "--subjects", "5"),
    "a typical patient": ("lenalidomide", "--typical"),
    "steady state": ("lenalidomide", "--steady-state", "--typical"),
    "a drug with all its own": ("elotuzumab", "--typical"),
    "a drug without covariates": ("dexamethasone", "--typical"),
    "a single dose": ("melphalan", "--schedule", "once", "--typical"),
    "checks": ("melphalan", "--checks"),
    "event data": ("lenalidomide", "--simulate-events", "data.csv", "--typical"),
}


def _names() -> list[str]:
    import typer

    from cereblon.cli.pk import app

    parameters = typer.main.get_command(app).params
    return [name[2:] for one in parameters for name in one.opts if name.startswith("--") and name != "--help"]


def test_every_option_is_walked() -> None:
    assert set(_names()) == set(VALUES) | PERMISSIONS


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.slow
def test_no_option_is_passed_over(call: Call, mode: str, tmp_path: Path) -> None:
    """An option that applies changes what is printed or written; one that does not is refused."""
    (tmp_path / "data.csv").write_text(DATA, encoding="utf-8")
    plain = call("pk", *MODES[mode])
    assert plain.code == 0, plain.err
    idle = []
    for name, value in VALUES.items():
        if f"--{name}" in MODES[mode] or name in PERMISSIONS or (name == "csv" and "event" in mode):
            continue  # concentrations of event data are CSV by default
        written = [f"--{name}"] + ([] if value is None else [value])
        if name in ("png", "html", "svg") and mode != "a typical patient":
            continue  # drawn once: that takes seconds
        if mode == "a drug with all its own" and name not in OF_A_DRUG:
            continue  # an antibody is followed step by step: the others are walked with drugs that take less
        before = set(tmp_path.iterdir())
        found = call("pk", *MODES[mode], *written)
        changed = (found.out, set(tmp_path.iterdir())) != (plain.out, before)
        for path in set(tmp_path.iterdir()) - {tmp_path / "data.csv"}:
            path.unlink()
        if not (_refused(found) or (found.code == 0 and changed)):
            idle.append(name)
    assert idle in ([], ["time-unit"])  # the data set of this walk names its unit already


@pytest.mark.parametrize("drug", DRUGS)
@pytest.mark.slow
def test_covariates_that_do_not_act_are_refused(call: Call, drug: str) -> None:
    kinetics = load_kinetics(drug)
    acting = acting_covariates(DoseRequest(label="", covariates={}), kinetics)
    stated = [word for name in COVARIATES if name in acting for word in (f"--{name}", VALUES[name] or "")]
    taken = call("pk", drug, *stated, "--typical")
    assert taken.code == 0, taken.err
    assert "changes nothing" not in taken.err
    for name in COVARIATES:
        if name not in acting:
            found = call("pk", drug, f"--{name}", VALUES[name] or "", "--typical")
            assert f"--{name} changes nothing: it does not act on {drug}" in found.err
