"""Patients that are adjusted to a published population: closed words, figures that can be, medians with ties."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cereblon as cb
from cereblon.core.errors import InputError
from cereblon.synthesis.adjustment.covariates import FRAILTY, ISOTYPE, SEX
from cereblon.synthesis.adjustment.patients import read_patients
from cereblon.synthesis.adjustment.targets import read_targets
from right_or_refused.curve_calls import EXAMPLES, MALE, QUICK, answer, file, refusal, write

TIES = ("--data", file("median-ties-people.csv"), "--targets", file("median-ties-targets.csv"))


@pytest.mark.parametrize(("rule", "ratio"), [((), 1.096), (("--median-rule", "half"), 1.588)])
def test_medians_with_ties_follow_a_named_rule(rule: tuple[str, ...], ratio: float) -> None:
    """Odds ratios of the case: 1.299 unadjusted, 1.096 strictly above the median as R maicplus, 1.588 by halves."""
    content = answer("adjust", *TIES, "--responders", "50/100", *rule)
    plain, adjusted = (row["value"] for row in content["effects"])
    assert plain == pytest.approx(1.299, abs=0.0005)
    assert adjusted == pytest.approx(ratio, abs=0.0005)
    assert any("80 of 200 patients have exactly this value" in str(note) for note in content["notes"])


def test_a_rule_of_medians_without_a_median_is_refused() -> None:
    example = ("--data", file("time-unit-people-day.csv"), *MALE, "--median-rule", "half")
    assert "applies only where a median is matched" in refusal("adjust", *example)


def test_columns_of_people_that_cannot_be_matched_are_named(tmp_path: Path) -> None:
    rows = [f"A,{i},1,{'F' if i % 2 else 'M'},site {i}" for i in range(1, 13)]
    data = write(tmp_path / "p.csv", "arm,month,event,sex,centre", rows)
    targets = write(tmp_path / "t.csv", "covariate,statistic,value", ["male,percent,40"])
    notes = [str(note) for note in answer("adjust", "--data", data, "--targets", targets)["notes"]]
    assert any("centre is not used; column centre holds text" in note for note in notes)
    assert any("sex: 'F' was read as female in 6 rows" in note for note in notes)
    assert any("not matched: female" in note for note in notes)
    wanted = write(tmp_path / "c.csv", "covariate,statistic,value", ["centre,percent,40"])
    assert "centre: cannot be matched; column centre holds text" in refusal(
        "adjust", "--data", data, "--targets", wanted
    )


def test_a_person_who_stands_twice_is_refused(tmp_path: Path) -> None:
    data = write(tmp_path / "p.csv", "usubjid,arm,month,event", ["1,A,3,1", "2,A,4,1", "1,A,3,1"])
    with pytest.raises(InputError, match="line 4, usubjid: '1' stands in line 2 already"):
        read_patients(Path(data))


@pytest.mark.parametrize(
    ("column", "cell", "covariate"),
    [("sex", "M", "male"), ("gender", "F", "female"), ("isotype", "IGA", "iga"), ("frailty", "FRAIL", "frail")],
)
def test_known_words_become_covariates(column: str, cell: str, covariate: str, tmp_path: Path) -> None:
    data = write(tmp_path / "p.csv", f"{column},response", [f"{cell},1", ",0"])
    found = read_patients(Path(data)).covariates[covariate]
    assert found[0] == 1
    assert np.isnan(found[1])


@QUICK
@given(
    st.sampled_from([("sex", SEX), ("isotype", ISOTYPE), ("frailty", FRAILTY)]),
    st.text("abcdefgxyz", min_size=4, max_size=9),
)
def test_other_words_are_refused_with_their_row(tmp_path: Path, column: tuple[str, object], word: str) -> None:
    name, words = column
    if words.find(word) is not None:  # type: ignore[attr-defined]
        return
    data = write(tmp_path / "p.csv", f"{name},response", [f"{words.allowed[0]},1", f"{word},0"])  # type: ignore[attr-defined]
    with pytest.raises(InputError, match=rf"line 3, {name}: '{word}' is no {name}; allowed"):
        read_patients(Path(data))


def test_stages_in_roman_numbers_are_read(tmp_path: Path) -> None:
    data = write(tmp_path / "p.csv", "iss,response", ["I,1", "III,0", "Stage II,0"])
    assert read_patients(Path(data)).covariates["iss"].tolist() == [1, 3, 2]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["age,middle,60"], "'middle' is no statistic; allowed: mean, sd, median, share, percent"),
        (["male,percent,0.45"], "0.45 percent is less than 1; is it a share"),
        (["male,share,45"], "a share of 45 is above 1; percentages have the statistic percent"),
        (["age,sd,0"], "a standard deviation of 0; it is positive"),
    ],
)
def test_baseline_figures_that_cannot_be_are_refused(rows: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        read_targets(Path(write(tmp_path / "t.csv", "covariate,statistic,value", rows)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--ratio", "70,60,82"), "outside what a hazard ratio can be"),
        (("--ratio", "0.75,0.74,0.94"), "is not in the middle of its interval"),
        (("--ratio", "0.75,0.80,0.94"), "a ratio lies inside its interval"),
        (("--responders", "10.5/20"), "whole numbers of patients are needed"),
        (("--responders", "20/20"), "somebody must respond and somebody not"),
    ],
)
def test_comparators_that_cannot_be_are_refused(options: tuple[str, ...], message: str, tmp_path: Path) -> None:
    rows = [f"{arm},{m},{m % 2},{m % 3 % 2},{m % 2}" for arm in ("A", "B") for m in range(1, 31)]
    data = write(tmp_path / "p.csv", "arm,month,event,old,response", rows)
    targets = write(tmp_path / "t.csv", "covariate,statistic,value", ["old,percent,40"])
    control = ("--control", "B") if options[0] == "--ratio" else ()
    given = ("--data", data, "--targets", targets, "--arm", "A", *control, *options)
    assert message in refusal("adjust", *given)


def test_an_age_in_days_is_refused(tmp_path: Path) -> None:
    data = write(tmp_path / "p.csv", "age,response", ["64,1", "23376,0"])
    with pytest.raises(InputError, match="line 3, age: 23376 years is outside what an age can be"):
        read_patients(Path(data))
    with pytest.raises(InputError, match="no option accepts it: nobody was older"):
        read_patients(Path(data), allow_implausible=True)


def test_covariates_that_separate_responders_are_refused(tmp_path: Path) -> None:
    rows = [f"A,{60 + m},{int(m > 15)}" for m in range(30)]
    data = write(tmp_path / "p.csv", "arm,age,response", rows)
    targets = write(tmp_path / "t.csv", "covariate,statistic,value", ["age,mean,70"])
    given = ("--data", data, "--targets", targets, "--responders", "10/20", "--method", "stc")
    assert "the covariates separate responders from others" in refusal("adjust", *given)


def test_people_without_a_matched_covariate_are_refused_or_left_out_by_name(tmp_path: Path) -> None:
    """The weights of the others are those of a table without these people."""
    rows = [f"new,{50 + 7 * i % 31},{int(i % 3 == 0)}" for i in range(40)]
    targets = write(tmp_path / "targets.csv", "covariate,statistic,value", ["age,mean,66"])
    some = write(tmp_path / "some.csv", "arm,age,response", [*rows, "new,NA,1", "new,,0"])
    less = write(tmp_path / "less.csv", "arm,age,response", rows)
    shared = ("--targets", targets, "--responders", "30/60")
    assert "age: missing in 2 of 42 patients" in refusal("adjust", "--data", some, *shared)
    content = answer("adjust", "--data", some, *shared, "--leave-out-missing")
    assert any("2 of 42 patients are left out, since age is missing in 2" in str(note) for note in content["notes"])
    assert content["effects"] == answer("adjust", "--data", less, *shared)["effects"]
    assert "changes nothing" in refusal("adjust", "--data", less, *shared, "--leave-out-missing")


@pytest.mark.parametrize("spread", ["1e308", "1e155", "1000"])
def test_a_spread_beyond_what_people_span_is_refused(spread: str, tmp_path: Path) -> None:
    (tmp_path / "targets.csv").write_text(f"covariate,statistic,value\nage,mean,66.5\nage,sd,{spread}\n")
    with pytest.raises(InputError, match=r"age sd .* lies outside what the .* patients span"):
        cb.adjust(EXAMPLES / "adjust-patients.csv", tmp_path / "targets.csv", arm="new", match="age")


@pytest.mark.parametrize("name", ["VR\u202ed", "VR\u200bd", "VR\x1bd", "x" * 201])
def test_the_name_of_a_comparator_passes_the_gate_of_names(name: str) -> None:
    assert "comparator: " in refusal("adjust", *TIES, "--responders", "50/100", "--comparator", name)


def test_more_responders_than_there_are_patients_anywhere_are_accepted_only_on_insisting() -> None:
    """Twenty digits gave an interval without width on the side of the comparator."""
    many = (*TIES, "--responders", "999999999999999999/9999999999999999999")
    assert "is outside what a number of patients can be" in refusal("adjust", *many)
    assert answer("adjust", *many, "--allow-implausible")["effects"]
