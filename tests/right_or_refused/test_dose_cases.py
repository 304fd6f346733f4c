"""`cereblon dose` answers what a label says for the indication, or says why it cannot."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cereblon.core.errors import InputError
from cereblon.model.dosing.library import load_rule_set
from cereblon.model.dosing.phrases import ADVERSE_EVENT_NAMES, read_dose, read_grade
from cereblon.model.regimens import load_regimen, regimen_names
from cereblon.verification.replay.decisions import decide_now
from cereblon.verification.replay.subject_course import cycles_of

PATIENT = {"age": 65.0, "crcl": 90.0, "weight": 75.0, "bmi": 26.0, "frailty": 0.0, "prior_lines": 0.0}


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Call `cereblon dose` and give exit code, standard output and standard error."""
    from cereblon.cli.main import main

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["cereblon", "dose", *arguments])
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def lenalidomide(call: Any, *arguments: str) -> dict[str, Any]:
    code, out, err = call(*arguments, "--json")
    assert code == 0, err
    return next(row for row in json.loads(out)["decisions"] if row["drug"] == "lenalidomide")


@pytest.mark.parametrize("name", regimen_names())
def test_every_cycle_of_every_regimen_is_answered_with_rule_and_source(name: str) -> None:
    """16 of 50 regimens ended in a traceback; a cycle that orders nothing gives no decision."""
    regimen, rules = load_regimen(name), load_rule_set("us-label")
    for number, cycle in enumerate(cycles_of(regimen), start=1):
        found = decide_now(rules, regimen, PATIENT, {}, cycle=number)
        assert {one.drug for one in found if one.dose is not None} == set(cycle.highest)
        assert all(one.rule and one.source and one.because for one in found)


@pytest.mark.parametrize(
    "arguments", [("observation",), ("dvrd-perseus", "--cycle", "5", "--anc", "0.4"), ("vrd-asct", "--cycle", "5")]
)
def test_a_cycle_without_orders_says_so(call: Any, arguments: tuple[str, ...]) -> None:
    code, out, err = call(*arguments)
    assert (code, "Nothing is ordered in cycle" in out) == (0, True), err


def test_relapsed_disease_is_not_started_below_75_under_the_eu_label(call: Any) -> None:
    """Revlimid, section 4.2, at least one prior therapy: not below 75, dependent on marrow infiltration 30."""
    row = lenalidomide(call, "rd", "--rules", "eu-label", "--prior-lines", "2", "--platelets", "60", "--anc", "1.5")
    assert (row["action"], row["dose"]) == ("not started", 0.0)
    assert "not to be started below 75, or below 30 where marrow infiltration" in row["because"]
    assert "relapsed disease" in row["source"]


@pytest.mark.parametrize(
    ("regimen", "arguments", "starts"),
    [
        # Newly diagnosed: neutrophils 1.0, platelets 50 (section 4.2, revision of 2024).
        ("rd", ("--platelets", "60"), True),
        ("rd", ("--platelets", "50"), True),
        ("rd", ("--platelets", "49.9"), False),
        ("rd", ("--anc", "0.99"), False),
        ("vrd-s0777", ("--platelets", "49"), False),
        # Relapsed: 75, or 30 with infiltration.
        ("rd", ("--prior-lines", "1", "--platelets", "75"), True),
        ("rd", ("--prior-lines", "1", "--platelets", "74.9"), False),
        ("rd", ("--prior-lines", "1", "--platelets", "60", "--marrow-infiltration"), True),
        ("rd", ("--prior-lines", "1", "--platelets", "29", "--marrow-infiltration"), False),
        ("rd", ("--prior-lines", "1", "--anc", "0.99"), False),
        # Maintenance after transplant: 1.0 and 75.
        ("r-maintenance", ("--platelets", "75"), True),
        ("r-maintenance", ("--platelets", "74"), False),
        ("r-maintenance", ("--anc", "0.9"), False),
    ],
)
def test_the_eu_label_starts_by_indication(call: Any, regimen: str, arguments: tuple[str, ...], starts: bool) -> None:
    row = lenalidomide(call, regimen, "--rules", "eu-label", *arguments)
    assert row["action"] == ("start" if starts else "not started")


@pytest.mark.parametrize(
    ("anc", "platelets", "starts"), [("1.0", "75", True), ("0.99", "75", False), ("1.0", "74.9", False)]
)
def test_the_us_label_begins_maintenance_once_counts_are_back(
    call: Any, anc: str, platelets: str, starts: bool
) -> None:
    """Revlimid, section 2.1: neutrophils of at least 1.0 and/or platelets of at least 75, read as both."""
    row = lenalidomide(call, "r-maintenance", "--anc", anc, "--platelets", platelets)
    assert row["action"] == ("start" if starts else "not started")


@pytest.mark.parametrize(
    ("regimen", "rules", "crcl", "dose", "schedule"),
    [
        ("rd", "us-label", ("--crcl", "60"), 25.0, "as ordered"),
        ("rd", "us-label", ("--crcl", "45"), 10.0, "as ordered"),
        ("rd", "us-label", ("--crcl", "20"), 15.0, "every other day"),
        ("rd", "us-label", ("--dialysis",), 5.0, "as ordered"),
        ("r-maintenance", "us-label", ("--crcl", "45"), 5.0, "as ordered"),
        ("r-maintenance", "us-label", ("--crcl", "20", "--dialysis"), 2.5, "as ordered"),
        ("rd", "eu-label", ("--crcl", "55"), 25.0, "as ordered"),
        ("rd", "eu-label", ("--crcl", "45"), 10.0, "as ordered"),
        ("rd", "eu-label", ("--crcl", "20"), 15.0, "every other day"),
        ("rd", "eu-label", ("--dialysis", "--prior-lines", "1"), 5.0, "as ordered"),
        ("r-maintenance", "eu-label", ("--crcl", "45"), 10.0, "as ordered"),
    ],
)
def test_the_starting_dose_by_kidney(
    call: Any, regimen: str, rules: str, crcl: tuple[str, ...], dose: float, schedule: str
) -> None:
    """Renal tables of the labels: the EU one was read whole (section 4.2), of the US one dialysis is from memory."""
    row = lenalidomide(call, regimen, "--rules", rules, *crcl)
    assert (row["dose"], row["schedule"]) == (dose, schedule)
    assert row["source"]


def test_the_full_dose_names_the_label_and_another_dose_the_regimen(call: Any) -> None:
    row = lenalidomide(call, "rd", "--crcl", "90")
    assert (row["rule"], row["dose"]) == ("lenalidomide-full-dose", 25.0)
    assert "US prescribing information" in row["source"]
    other = lenalidomide(call, "vrd-lite")
    assert (other["rule"], other["dose"]) == ("as-ordered", 15.0)
    assert other["source"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("rd", "--pain"), "--pain applies only with --neuropathy"),
        (("vrd-s0777", "--pain", "--neuropathy", "0"), "neuropathy of grade 0 does not hurt"),
        (("rd", "--neuropathy", "2"), "no rule on lenalidomide or dexamethasone reads it (US labels of all drugs)"),
        (("rd", "--given", "bortezomib=1"), "bortezomib is not ordered here; ordered: lenalidomide, dexamethasone"),
        (("rd", "--given", "thalidomid=1"), "drug 'thalidomid' is not known"),
        (("rd", "--given", "lenalidomide=40"), "at most the ordered 25 mg"),
        (("rd", "--given", "lenalidomide=0"), "above 0"),
        (("rd", "--given", "lenalidomide=15 mg/m2"), "the order is in mg"),
        (("rd", "--given", "lenalidomide=15", "--given", "Revlimid 10"), "given twice"),
        (("rd", "--given", "lenalidomide"), "is no dose of a drug"),
        (("rd", "--grade", "rush=2"), "did you mean rash?"),
        (("rd", "--grade", "rash=2.5"), "a grade is 0, 1, 2, 3 or 4"),
        (("rd", "--grade", "hypertension=3"), "reads hypertension (US labels of all drugs); read are: infection"),
        (("rd", "--grade", "rash=2", "--grade", "skin rash=3"), "graded twice"),
        (("vrd-s0777", "--grade", "neuropathy=2"), "use --neuropathy GRADE"),
        (("rd18", "--cycle", "19"), "rd18 has 18 cycles"),
        (("--explain", "us-label", "--age", "80"), "--age does not apply with --explain"),
        (("rd", "--explain", "us-label"), "rd would change nothing"),
        (
            ("rd", "--marrow-infiltration", "--platelets", "60"),
            "no rule reads it in this cycle and indication (US labels of all drugs)",
        ),
        (
            ("rd", "--rules", "eu-label", "--prior-lines", "1", "--marrow-infiltration"),
            "applies only with --platelets",
        ),
        (("rd", "--dialysis", "--crcl", "50"), "--dialysis and --crcl 50"),
        (("rd", "--anc", "1500"), "is it in /uL?"),
        (("rd", "--haemoglobin", "9.5"), "is it in g/dL?"),
        (("rd", "--platelets", "nan"), "is not a number"),
        (("rd", "--weight", "7"), "outside what a weight can be"),
        (("rd", "--frailty", "weak"), "allowed: fit, intermediate, frail"),
    ],
)
def test_what_does_not_apply_is_refused_with_what_is_allowed(
    call: Any, arguments: tuple[str, ...], told: str
) -> None:
    code, out, err = call(*arguments)
    flat = " ".join(err.replace("│", " ").split())
    assert (code in (1, 2), out) == (True, "")
    assert told in flat


@pytest.mark.parametrize(
    "written", ["lenalidomide=15", "Revlimid 15 mg", "len: 15mg", "LENALIDOMIDE = 0.015 g", "rev=15,0"]
)
def test_a_dose_given_before_is_read_and_echoed(call: Any, written: str) -> None:
    code, out, _ = call("rd", "--given", written)
    assert code == 0
    assert "lenalidomide lowered before to 15 mg" in out
    assert "start     15 mg" in out


@pytest.mark.parametrize("written", ["rash=3", "skin rash: grade 3", "rash G3", "Rash 3"])
def test_a_grade_is_read_and_echoed(call: Any, written: str) -> None:
    code, out, _ = call("rd", "--grade", written)
    assert (code, "rash grade 3" in out, "lenalidomide-rash:" in out) == (0, True, True)


def test_what_no_rule_reads_is_named(call: Any) -> None:
    code, out, err = call("rd", "--haemoglobin", "95", "--frailty", "frail", "--json")
    assert code == 0
    assert [f"note: {note}" for note in json.loads(out)["notes"]] == err.splitlines()
    notes = json.loads(out)["notes"]
    assert [note.split(" was ")[0] for note in notes] == ["frailty", "haemoglobin"]


def test_a_reduction_that_lowers_nothing_is_named(call: Any) -> None:
    code, _, err = call("rd", "--crcl", "45", "--given", "lenalidomide=15")
    assert (code, "lenalidomide lowered before to 15 mg changes nothing" in err) == (0, True)


@pytest.mark.parametrize(
    ("patient", "seen", "told"),
    [
        ({"age": 65.0}, {}, "patient, crcl: is missing"),
        (PATIENT | {"height": 1.8}, {}, "patient, height: is not known"),
        (PATIENT, {"anc": float("nan")}, "seen, anc: nan is outside"),
        (PATIENT, {"rush": 1.0}, "seen, rush: is not known"),
        (PATIENT, {"rash": 7.0}, "seen, rash: 7 is outside 0 to 4"),
    ],
)
def test_the_library_call_refuses_in_our_words(patient: dict[str, float], seen: dict[str, float], told: str) -> None:
    with pytest.raises(InputError, match=told):
        decide_now(load_rule_set("us-label"), load_regimen("rd"), patient, seen)


@given(
    dose=st.integers(1, 250).map(lambda tenths: tenths / 10),
    name=st.sampled_from(["lenalidomide", "Revlimid", "REV", "CC-5013"]),
    between=st.sampled_from(["=", " = ", ": ", " "]),
    unit=st.sampled_from(["", "mg", " mg", " MG"]),
)
def test_every_usual_notation_of_a_dose_is_read_as_that_dose(dose: float, name: str, between: str, unit: str) -> None:
    assert read_dose(f"{name}{between}{dose:g}{unit}", {"lenalidomide": (25.0, "mg")}) == ("lenalidomide", dose)


@given(text=st.text(max_size=20))
def test_any_text_is_a_grade_or_refused_in_our_words(text: str) -> None:
    for reader in (read_grade, lambda written: read_dose(written, {"lenalidomide": (25.0, "mg")})):
        try:
            name, value = reader(text)
        except InputError:
            continue
        assert name in (*ADVERSE_EVENT_NAMES.allowed, "lenalidomide")
        assert 0.0 <= value <= 25.0


OPTIONS = {
    "--age": st.sampled_from(["40", "80"]),
    "--crcl": st.sampled_from(["20", "45", "100"]),
    "--frailty": st.sampled_from(["fit", "frail", "unfit"]),
    "--prior-lines": st.sampled_from(["0", "2"]),
    "--anc": st.sampled_from(["0.3", "0.9", "2"]),
    "--platelets": st.sampled_from(["5", "28", "60", "200"]),
    "--neuropathy": st.sampled_from(["0", "2", "4"]),
    "--grade": st.sampled_from(["rash=3", "vte=3", "hypertension=3"]),
    "--given": st.sampled_from(["lenalidomide=10", "bortezomib=1.0", "dex 12"]),
    "--rules": st.sampled_from(["us-label", "eu-label", "none"]),
}


@settings(max_examples=25)
@given(
    regimen=st.sampled_from(["rd", "vrd-s0777", "ird", "krd", "drd", "r-maintenance", "observation"]),
    chosen=st.fixed_dictionaries({}, optional=OPTIONS),
)
def test_every_option_is_used_named_or_refused(regimen: str, chosen: dict[str, str]) -> None:
    """An option stands in the line that says what was read, in a note, or in the refusal."""
    import io
    import sys
    from contextlib import redirect_stderr, redirect_stdout

    from cereblon.cli.main import main

    kept, out, err = sys.argv, io.StringIO(), io.StringIO()
    sys.argv = ["cereblon", "dose", regimen, *(part for pair in chosen.items() for part in pair), "--json"]
    code = 0
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main()
    except SystemExit as stop:
        code = int(stop.code or 0)
    finally:
        sys.argv = kept
    if code:
        assert any(option in err.getvalue() for option in chosen)
        return
    answer = json.loads(out.getvalue())
    assert all(row["rule"] and row["source"] for row in answer["decisions"])
    told = answer["read_as"] + " ".join(answer["notes"])
    for option, words in {"--anc": "anc", "--platelets": "platelets", "--neuropathy": "neuropathy"}.items():
        assert (option in chosen) <= (words in told)
    if "--given" in chosen:
        assert "lowered before" in told
