"""Tables that users of netmeta, metafor, multinma and gemtc bring: read right, or refused with the reason.

Cases of kinds that went wrong; each expected number says where it is from.
"""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cereblon as cb
from cereblon.core.errors import InputError
from cereblon.synthesis.frequentist import network_meta_analysis, parse_contrasts, read_contrasts

DATA = Path(__file__).parent / "data"

# Off-time reduction in Parkinson's disease, difference to the first arm and its standard error; in the row of the
# first arm the standard error of its own mean. NICE DSU TSD 2, example 5, in the columns of R multinma.
PARKINSONS = """studyn,trtn,diff,se_diff
1,placebo,NA,0.504
1,T3,-0.31,0.668
2,placebo,NA,0.282
2,T2,-1.70,0.382
3,placebo,NA,0.505
3,T2,-2.30,0.718
3,T4,-0.90,0.695
4,T3,NA,0.265
4,T4,-0.35,0.442
5,T3,NA,0.335
5,T4,0.55,0.555
6,T4,NA,0.197
6,T5,-0.30,0.274
7,T4,NA,0.2
7,T5,-0.30,0.320
"""


def test_a_table_with_semicolons_is_read_and_said() -> None:
    """By hand: weights 25 and 16, mean (-0.5 * 25 - 0.3 * 16) / 41."""
    data = read_contrasts(DATA / "semicolon-network.csv")
    effect = network_meta_analysis(data, model="fixed").compare("T", "C")
    assert effect.effect == pytest.approx(-17.3 / 41)
    assert any("semicolons" in note for note in data.notes)


def test_a_treatment_that_goes_with_a_trial_without_events_is_named() -> None:
    data = read_contrasts(DATA / "lost-treatment.csv")
    assert data.treatments == ("A", "C")
    assert data.lost == (("X", "study S3: no arm has an event, so a ratio is not informed"),)
    assert any(note.startswith("treatment X is lost") for note in data.notes)


def test_two_contrasts_of_three_arms_ask_for_an_option_of_the_command_line() -> None:
    with pytest.raises(InputError, match="no contrast for C versus B") as caught:
        read_contrasts(DATA / "three-arm-two-contrasts.csv")
    assert "--equal-arms" in str(caught.value.hint) or "--equal-arms" in caught.value.message
    assert "missing_pairs" not in f"{caught.value.message}{caught.value.hint}"


def test_the_standard_error_of_the_reference_arm_joins_contrasts() -> None:
    """By hand: var(C - B) = 0.15^2 + 0.17^2 - 2 * 0.1^2."""
    text = (DATA / "three-arm-two-contrasts.csv").read_text(encoding="utf-8")
    lines = text.strip().split("\n")
    given_column = "\n".join([lines[0] + ",se_reference", *(line + ",0.1" for line in lines[1:])])
    trial = next(t for t in parse_contrasts(given_column).trials if t.study == "YY")
    assert trial.contrast("C", "B")[1] == pytest.approx(0.15**2 + 0.17**2 - 2 * 0.1**2)


def test_the_reference_rows_of_multinma_and_gemtc_are_read() -> None:
    """TSD 2, Parkinson's example, fixed effects: T2 -1.81, T3 -0.47, T4 -0.52, T5 -0.82.

    Tolerance 0.015: the published values are posterior means rounded to two digits.
    """
    result = network_meta_analysis(parse_contrasts(PARKINSONS), model="fixed")
    found = [result.compare(name, "placebo").effect for name in ("T2", "T3", "T4", "T5")]
    assert found == pytest.approx([-1.81, -0.47, -0.52, -0.82], abs=0.015)


def test_columns_of_netmeta_are_read_and_said() -> None:
    data = parse_contrasts("studlab,treat1,treat2,TE,seTE\nA,X,P,-0.4,0.2\nB,X,P,-0.2,0.2\n", measure="log_hr")
    assert network_meta_analysis(data, model="fixed").compare("X", "P").effect == pytest.approx(-0.3)
    assert "sete as se" in data.notes[0]


def test_columns_of_gemtc_and_metafor_are_read() -> None:
    counts = parse_contrasts("study,treatment,responders,sampleSize\nA,X,5,20\nA,P,9,21\n")
    assert [arm.n for arm in counts.counts] == [21, 20]
    variances = parse_contrasts("trial,treatment,versus,yi,vi\nA,X,P,-0.4,0.04\n", measure="log_or")
    assert variances.trials[0].covariance[0, 0] == pytest.approx(0.04)


def test_events_over_person_years_become_rate_ratios() -> None:
    """By hand: log(10 / 100) - log(20 / 110), variance 1 / 10 + 1 / 20."""
    data = parse_contrasts("study,trt,r,n,E\nA,X,10,50,100\nA,P,20,50,110\n")
    effect, variance = data.trials[0].contrast("X", "P")
    assert data.measure == "log_irr"
    assert effect == pytest.approx(np.log(0.1) - np.log(20 / 110))
    assert variance == pytest.approx(0.15)
    assert any("--measure log_or compares risks" in note for note in data.notes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("study,treatment,versus,hr,ci_low,ci_high\nA,X,P,70,60,80\n", "70 is outside what a hazard ratio can be"),
        ("study,treatment,events,n\nA,X,10.5,20\nA,P,3,20\n", "10.5 is not a whole number"),
        ("study,treatment,versus,hr,ci_low,ci_high,se\nA,X,P,0.7,0.6,0.82,0.5\n", "0.5 contradicts 0.6 to 0.82"),
        ("study,treatment,versus,effect,se,ci_low,ci_high\nA,X,P,-0.3,0.5,-0.5,-0.1\n", "contradicts -0.5 to -0.1"),
    ],
)
def test_an_implausible_number_is_refused_or_accepted_by_name(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        parse_contrasts(text)
    assert "--allow-implausible accepts it" in caught.value.message
    assert any(
        "accepted by --allow-implausible" in note for note in parse_contrasts(text, allow_implausible=True).notes
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("study,treatment,versus,hr,ci_low,ci_high,level\nA,X,P,0.7,0.6,0.82,95\n", "write 0.95 for 95 %"),
        ("study,treatment,events,n\nA,X,30,20\nA,P,3,20\n", "0 to 20 patients are possible"),
        ("study,treatment,versus,effect,se\nA,X,P,-0.3,-0.1\n", "got -0.1; a standard error is a positive number"),
        ("study,treatment,versus,effect,ci_low,ci_high\nA,X,P,0.5,0.2,1.25\n", "is it a ratio"),
        ("study,treatment,events,n,person_time\nA,X,3,20,0\nA,P,3,20,9\n", "time at risk is a positive number"),
        ("study,trt,y,se\nA,X,NA,0.1\nA,P,NA,0.1\nA,Q,1,0.2\n", "study A has two rows without an effect"),
        ("study,treatment,versus,effect,diff,se\nA,X,P,1,1,0.1\n", "say the same thing"),
        ("study,treatment,versus,effect,se\nA,X\x01,P,1,0.1\n", r"line 2: holds the control character U\+0001"),
        ("study,treatment,versus,effect,se\nA,X\u200b,P,1,0.1\n", "cannot be seen"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse_contrasts(text, allow_implausible=True)


def test_two_names_of_one_regimen_are_joined_and_said() -> None:
    text = "study,treatment,versus,effect,se\nA,D-Rd,Rd,-0.4,0.2\nB,Dara-Rd,Rd,-0.2,0.2\nC,DRd,Placebo,-1,0.2\n"
    data = parse_contrasts(text + "D,Rd,placebo,-1,0.2\n")
    assert len(data.treatments) == 3
    assert sum("two names of one regimen" in note for note in data.notes) == 3


def test_names_that_differ_in_capitals_alone_are_kept_apart_and_said() -> None:
    text = "study,treatment,versus,effect,se\nA,RD,Dex,-0.4,0.2\nB,Rd,Dex,-0.2,0.2\n"
    data = parse_contrasts(text)
    assert data.treatments == ("Dex", "RD", "Rd")
    assert any("'RD' and 'Rd' differ in capitals" in note for note in data.notes)


def test_parts_that_a_spelling_keeps_apart_are_pointed_at() -> None:
    data = parse_contrasts("study,treatment,versus,effect,se\nA,X,Ctrl,1,0.2\nB,Y,ctrl,1,0.2\n")
    with pytest.raises(InputError, match="not connected") as caught:
        network_meta_analysis(data)
    assert "Ctrl and ctrl look alike" in str(caught.value.hint)


def test_two_arms_of_one_treatment_are_added_up_and_one_line_twice_is_refused() -> None:
    text = "study,treatment,events,n\nA,X,5,20\nA,X,7,30\nA,P,9,21\n"
    data = parse_contrasts(text)
    once = parse_contrasts("study,treatment,events,n\nA,X,12,50\nA,P,9,21\n")
    assert data.trials[0].contrast("X", "P") == pytest.approx(once.trials[0].contrast("X", "P"))
    assert "study A: its 2 arms of X are added up" in data.notes
    with pytest.raises(InputError, match="is it the same line twice"):
        parse_contrasts(text + "A,X,7,30\n")


ROWS = (
    "A,X,5,20",
    "A,X,7,30",
    "A,P,9,21",
    "B,Y,3,40",
    "B,X,8,41",
    "B,P,11,38",
    "C 2,Y,0,33",
    "C 2,P,4,30",
    "C 10,Y,2,28",
    "C 10,P,6,29",
)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25)
def test_the_order_of_arms_changes_nothing(seed: int) -> None:
    shuffled = list(ROWS)
    random.Random(seed).shuffle(shuffled)
    first, second = (
        network_meta_analysis(parse_contrasts("study,treatment,events,n\n" + "\n".join(rows)))
        for rows in (ROWS, shuffled)
    )
    assert first.to_rows() == second.to_rows()
    assert first.data.studies == second.data.studies == ("A", "B", "C 2", "C 10")


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25)
def test_the_order_of_contrasts_changes_nothing(seed: int) -> None:
    header, *rows = PARKINSONS.strip().split("\n")
    random.Random(seed).shuffle(rows)
    first, second = (
        network_meta_analysis(parse_contrasts(text)) for text in (PARKINSONS, "\n".join([header, *rows]))
    )
    assert first.to_rows() == second.to_rows()


# --- rows that are no estimate, and rows that should not be pooled ---


def test_a_row_without_an_estimate_is_left_out_and_named_with_what_goes_with_it() -> None:
    """R netmeta and metafor leave such rows out with a warning; the others keep their result, by hand 0.7 and 0.8."""
    rows = ["S1,A,B,0.7,0.5,0.98", "S2,D,B,NA,NA,NA", "S3,C,B,0.8,0.6,1.07"]
    head = "study,treatment,versus,hr,ci_low,ci_high"
    for order in (rows, rows[::-1]):
        data = parse_contrasts("\n".join([head, *order]) + "\n")
        assert data.studies == ("S1", "S3")
        assert dict(data.excluded)["S2"].startswith("no estimate for D versus B (table, line ")
        assert [name for name, _ in data.lost] == ["D"]
        assert any("treatment D is lost" in note for note in data.notes)
        assert network_meta_analysis(data).compare("C", "A").effect == pytest.approx(np.log(0.8 / 0.7))


def test_a_study_left_with_one_arm_does_not_sink_the_others() -> None:
    """By hand: log(4 * 34 / (36 * 6)) from S1 alone."""
    text = "study,treatment,events,n\nS1,A,4,40\nS1,B,6,40\nS2,A,NA,40\nS2,C,5,40\nS3,A,1,9\n"
    data = parse_contrasts(text)
    assert data.studies == ("S1",)
    assert dict(data.excluded) == {
        "S2": "it has one arm only (C) and a contrast needs two; no estimate for A (table, line 4)",
        "S3": "it has one arm only (A) and a contrast needs two",
    }
    assert [name for name, _ in data.lost] == ["C"]
    assert network_meta_analysis(data).compare("A", "B").effect == pytest.approx(np.log(4 * 34 / (36 * 6)))


@pytest.mark.parametrize("column", ["endpoint", "outcome", "PARAMCD"])
def test_two_endpoints_in_one_table_are_not_pooled(column: str) -> None:
    text = f"study,treatment,versus,{column},hr,ci_low,ci_high\nS1,A,B,pfs,0.7,0.5,0.98\nS2,A,B,os,0.8,0.6,1.07\n"
    with pytest.raises(InputError, match=rf"column {column.lower()} names 2 endpoints \(os, pfs\)"):
        parse_contrasts(text)
    assert parse_contrasts(text.replace("os,", "pfs,")).studies == ("S1", "S2")


def test_the_line_of_sums_is_no_further_study() -> None:
    text = "study,treatment,events,n\nS1,A,5,40\nS1,B,7,40\nTotal,A,50,400\nTotal,B,70,400\n"
    with pytest.raises(InputError, match="'Total' reads as the sum of other lines"):
        parse_contrasts(text)
    assert parse_contrasts(text, allow_implausible=True).studies == ("S1", "Total")


@pytest.mark.parametrize(("column", "measure"), [("logHR", "log_hr"), ("lnOR", "log_or"), ("log_rr", "log_rr")])
def test_a_column_of_log_ratios_says_its_scale(column: str, measure: str) -> None:
    data = parse_contrasts(f"study,treatment,versus,{column},se\nS1,A,B,-0.3,0.1\nS2,A,B,-0.2,0.15\n")
    assert data.measure == measure
    with pytest.raises(InputError, match="is it a ratio"):
        parse_contrasts(f"study,treatment,versus,{column},se\nS1,A,B,70,0.1\n")


PAIRS = """studlab,treat1,event1,n1,treat2,event2,n2,country
S1,A,10,50,B,20,50,x
S2,A,12,60,B,15,60,x
S2,A,12,60,C,20,60,x
S2,B,15,60,C,20,60,x
"""


def test_two_arms_in_one_line_are_the_arms_one_by_one() -> None:
    """The three lines of a trial of three arms are three arms, not six."""
    arms = "study,treatment,events,n\nS1,A,10,50\nS1,B,20,50\nS2,A,12,60\nS2,B,15,60\nS2,C,20,60\n"
    found, same = parse_contrasts(PAIRS), parse_contrasts(arms)
    assert found.to_rows() == same.to_rows()
    assert [(arm.study, arm.treatment, arm.events, arm.n) for arm in found.counts] == [
        (arm.study, arm.treatment, arm.events, arm.n) for arm in same.counts
    ]
    assert any("columns not used: country" in note for note in found.notes)
    with pytest.raises(InputError, match="line 5: study S2 has other counts of C"):
        parse_contrasts(PAIRS.replace("S2,B,15,60,C,20,60", "S2,B,15,60,C,21,60"))


def test_trials_are_named_by_any_number_of_digits_in_the_order_of_their_size(tmp_path: Path) -> None:
    """Python turns no more than 4,300 digits into a number."""
    names = ["A2", "A10", "B0", f"C{'9' * 190}", f"C{'9' * 191}"]
    rows = "".join(f"{name},X,P,0.1,0.2\n" for name in reversed(names))
    (tmp_path / "n.csv").write_text(f"study,treatment,versus,effect,se\n{rows}")
    trials = cb.forest(data=tmp_path / "n.csv").table("trials")["study"].to_list()
    assert [name for name in trials if name in names] == names


@pytest.mark.parametrize("cell", [object(), ["a"], {"b": 1}, b"\xff", "\ud800"], ids=lambda cell: type(cell).__name__)
def test_a_table_in_memory_of_what_no_text_holds_is_refused(cell: object) -> None:
    with pytest.raises(InputError, match="the table given"):
        cb.network(data={"study": [cell, cell], "treatment": ["X", "P"], "events": [1, 2], "n": [10, 10]})
