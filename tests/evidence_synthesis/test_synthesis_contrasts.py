import numpy as np
import pytest

from cereblon.core.errors import InputError
from cereblon.synthesis.frequentist import assemble, network_meta_analysis, parse_contrasts, read_contrasts
from cereblon.synthesis.frequentist.trial_contrasts import Contrast


def test_hazard_ratios_with_intervals_are_read_as_log_hazard_ratios():
    data = parse_contrasts("study,treatment,versus,hr,ci_low,ci_high\nX,Rd,MPT,0.72,0.61,0.85\n")
    assert data.measure == "log_hr"
    assert data.trials[0].contrast("Rd", "MPT")[0] == pytest.approx(np.log(0.72))
    # width of the log interval over twice the normal 97.5 % point 1.959964
    assert np.sqrt(data.trials[0].contrast("Rd", "MPT")[1]) == pytest.approx(np.log(0.85 / 0.61) / 3.919927969)


def test_every_interval_may_have_its_own_level():
    text = "study,treatment,versus,hr,ci_low,ci_high,level\nX,A,B,0.7,0.5,0.98,0.9\nY,A,B,0.7,0.5,0.98,\n"
    first, second = (np.sqrt(t.covariance[0, 0]) for t in parse_contrasts(text).trials)
    # normal quantiles 1.959964 over 1.644854
    assert first / second == pytest.approx(1.959963985 / 1.644853627)


def test_effects_semicolons_and_a_byte_order_mark_are_read(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("study;treatment;versus;effect;se;remark\ns;A;B;-0.1;0.2;x\n", encoding="utf-8-sig")
    data = read_contrasts(path)
    assert data.measure == "difference"
    assert data.notes[:2] == ("mine.csv: columns are separated by semicolons", "mine.csv: columns not used: remark")
    assert "effects are taken as differences as they stand" in data.notes[2]
    assert read_contrasts(path, measure="log_hr").measure == "log_hr"


def test_counts_become_odds_ratios_and_zero_cells_are_noted():
    data = parse_contrasts("study,treatment,events,n\ns,A,0,20\ns,B,4,20\n")
    assert data.measure == "log_or"
    # by hand: 0.5 and 20.5 against 4.5 and 16.5
    assert data.trials[0].contrast("A", "B")[0] == pytest.approx(np.log(0.5 / 20.5) - np.log(4.5 / 16.5))
    assert data.notes == ("study s: a cell is zero, 0.5 was added to events and non-events of every arm",)


def test_odds_ratios_and_counts_stand_in_one_table():
    text = "study,treatment,versus,or,ci_low,ci_high,events,n\ns,A,B,0.5,0.3,0.8333,,\nt,A,,,,,5,20\nt,C,,,,,9,20\n"
    assert network_meta_analysis(parse_contrasts(text)).treatments == ("A", "B", "C")


def test_all_problems_of_a_table_are_told_at_once_with_line_and_column():
    text = (
        "study,treatment,versus,hr,ci_low,ci_high,effect,se\n"
        "a,A,B,0.7,0.9,0.5,,\n"
        "b,A,B,0.7,,0.9,,\n"
        "c,A,B,abc,0.5,0.9,,\n"
        "d,A,B,,,,0.1,\n"
        "e,A,,0.7,0.5,0.9,,\n"
        "f,A,B,,,,,\n"
        "g,A,B,0.7,0.5,0.9,0.1,0.1\n"
    )
    with pytest.raises(InputError) as caught:
        parse_contrasts(text, name="t.csv")
    message = caught.value.message
    assert "t.csv, line 2, hr, ci_low, ci_high: ci_low 0.9 is not below ci_high 0.5" in message
    assert "t.csv, line 3, ci_low: is empty; hr needs its interval" in message
    assert "t.csv, line 4, hr: 'abc' is not a number" in message
    assert "t.csv, line 5, se: is empty" in message
    assert "t.csv, line 6, versus: is empty" in message
    assert "t.csv, line 8: gives hr and effect" in message


@pytest.mark.parametrize(
    ("se", "said"),
    [
        ("0", "got 0; a standard error is a positive number"),
        ("-0.1", "got -0.1; a standard error is a positive number"),
        ("nan", "is empty; an effect needs its standard error"),
        ("inf", "'inf' is not a number"),
        ("1e-300", "got 1e-300; no trial has such a standard error"),
    ],
)
def test_a_standard_error_that_is_none_is_refused(se, said):
    with pytest.raises(InputError, match=rf"line 2, se: {said}"):
        parse_contrasts(f"study,treatment,versus,effect,se\ns,A,B,0.1,{se}\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("study,versus,effect,se\ns,A,0.1,0.1\n", "column treatment is missing"),
        ("study,treatment,versus,effect\ns,A,B,0.1\n", "hold no complete effect"),
        ("study,treatment,versus,hr,ci_low\ns,A,B,0.7,0.5\n", "hold no complete effect"),
        ("study,treatment,events,n\n", "holds no row below the header"),
        ("study,treatment,events,n\ns,A,1\n", "line 2: 3 cells; the header has 4"),
        ("study,treatment,events,n,n\ns,A,1,2,2\n", "column 'n' appears twice"),
        ("study,treatment,events,n\ns,A,5,4\ns,B,1,4\n", "line 2, events: got 5; 0 to 4 patients are possible"),
        (
            "study,treatment,events,n\ns,A,1,4\ns,A,1,4\n",
            r"study s already has an arm A \(table, line 2\) with the same counts",
        ),
        ("study,treatment,events,n\ns,A,1,4\n", "study s: it has one arm only"),
        ("study,treatment,versus,effect,se\ns,A,A,0.1,0.1\n", "'A' is compared with itself"),
        (
            "study,treatment,versus,effect,se\ns,A,B,0.1,0.1\ns,B,A,-0.1,0.1\n",
            r"line 3: study s already compares B with A \(table, line 2\)",
        ),
        ("study,treatment,events,n\ns,A,0,4\ns,B,0,4\n", "no study is left to synthesise"),
        ("", "is empty"),
        ('study,treatment,events,n\ns,"A,1,4\n', "is no row of a table"),
    ],
)
def test_broken_tables_are_refused(text, said):
    with pytest.raises(InputError, match=said):
        parse_contrasts(text)


def test_two_scales_in_one_table_are_refused():
    text = "study,treatment,versus,hr,or,ci_low,ci_high\ns,A,B,0.7,,0.5,0.9\nt,A,B,,0.7,0.5,0.9\n"
    with pytest.raises(InputError, match=r"two scales in one table: log_hr \(table, line 2\) and log_or"):
        parse_contrasts(text)
    counts = "study,treatment,versus,hr,ci_low,ci_high,events,n\ns,A,B,0.7,0.5,0.9,,\nt,A,,,,,1,9\nt,B,,,,,2,9\n"
    with pytest.raises(InputError, match="are not on one scale"):
        parse_contrasts(counts)
    unsaid = "study,treatment,versus,effect,se,events,n\ns,A,B,0.7,0.5,,\nt,A,,,,1,9\nt,B,,,,2,9\n"
    with pytest.raises(InputError, match="without saying on which scale"):
        parse_contrasts(unsaid)
    assert parse_contrasts(unsaid, measure="log_rr").measure == "log_rr"
    with pytest.raises(InputError, match="measure log_or was asked for"):
        parse_contrasts("study,treatment,versus,hr,ci_low,ci_high\nX,A,B,0.7,0.5,0.9\n", measure="log_or")


def test_a_missing_file_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_contrasts(tmp_path / "none.csv")


def test_a_ratio_far_from_the_middle_of_its_interval_is_noted():
    data = parse_contrasts("study,treatment,versus,hr,ci_low,ci_high\nX,A,B,0.55,0.5,0.9\n")
    assert "the ratio was kept" in data.notes[0]


THREE = "study,treatment,versus,effect,se\n"


def test_a_three_arm_trial_needs_all_three_contrasts_or_a_said_assumption():
    text = THREE + "s,A,C,0.1,0.2\ns,B,C,0.3,0.25\n"
    with pytest.raises(InputError, match=r"study s has 3 arms .* but no contrast for B versus A"):
        parse_contrasts(text)
    data = parse_contrasts(text, missing_pairs="equal-arms")
    assert "correlation 0.5 was assumed" in data.notes[-1]
    assert data.trials[0].covariance[0, 1] == pytest.approx(0.5 * 0.2 * 0.25)
    # the direction of a line does not matter
    turned = parse_contrasts(THREE + "s,A,C,0.1,0.2\ns,C,B,-0.3,0.25\n", missing_pairs="equal-arms")
    assert turned.trials[0].contrast("B", "A") == pytest.approx(data.trials[0].contrast("B", "A"))


def test_equal_arms_cannot_be_assumed_without_a_common_comparator():
    text = THREE + "s,A,B,0.1,0.2\ns,C,D,0.3,0.25\n"
    with pytest.raises(InputError, match="no contrast for"):
        parse_contrasts(text, missing_pairs="equal-arms")


def test_contrasts_of_one_trial_that_contradict_each_other_are_refused():
    with pytest.raises(InputError, match=r"study s: its contrasts contradict each other by 0.0667 \(allowed 0.02\)"):
        parse_contrasts(THREE + "s,A,B,0.1,0.2\ns,B,C,0.2,0.2\ns,A,C,0.5,0.2\n")


def test_rounding_within_a_trial_is_reconciled_and_noted():
    """0.1 + 0.2 against 0.303: least squares moves each of three contrasts by a third of the gap."""
    data = parse_contrasts(THREE + "s,A,B,0.1,0.2\ns,B,C,0.2,0.2\ns,A,C,0.303,0.2\n")
    assert data.trials[0].contrast("A", "C")[0] == pytest.approx(0.302)
    assert data.notes[-1] == "study s: contrasts reconciled, largest change 0.001"


def test_standard_errors_that_cannot_belong_to_one_trial_are_refused():
    with pytest.raises(InputError, match=r"the standard error 0.5 of .* is larger than the two others allow"):
        parse_contrasts(THREE + "s,A,B,0.1,0.1\ns,B,C,0.2,0.1\ns,A,C,0.3,0.5\n")


def test_a_published_three_arm_trial_with_two_of_three_contrasts_joins_its_arms():
    """MM-020/FIRST, PFS, continuous Rd: 0.72 (0.61-0.85) against MPT, 0.70 (0.60-0.82) against Rd18 as printed.

    doi:10.1038/leu.2017.111 and the manufacturer's efficacy page. By hand with correlation 0.5: log(0.72 / 0.70) and
    sqrt(s1^2 + s2^2 - s1 s2) from the two printed intervals.
    """
    text = "study,treatment,versus,hr,ci_low,ci_high\nFIRST,Rd,MPT,0.72,0.61,0.85\nFIRST,Rd,Rd18,0.70,0.60,0.82\n"
    result = network_meta_analysis(parse_contrasts(text, missing_pairs="equal-arms")).compare("Rd18", "MPT")
    s1, s2 = np.log(0.85 / 0.61) / 3.919927969, np.log(0.82 / 0.60) / 3.919927969
    assert result.effect == pytest.approx(np.log(0.72 / 0.70))
    assert result.se == pytest.approx(np.sqrt(s1**2 + s2**2 - s1 * s2))


def test_a_study_gives_contrasts_or_counts_not_both():
    text = "study,treatment,versus,or,ci_low,ci_high,events,n\ns,A,B,0.7,0.5,0.9,,\ns,A,,,,,5,20\ns,C,,,,,9,20\n"
    with pytest.raises(InputError, match="study s gives contrasts and counts per arm"):
        parse_contrasts(text)


def test_counts_cannot_become_hazard_ratios():
    with pytest.raises(InputError, match="cannot be put on the scale log_hr"):
        parse_contrasts("study,treatment,events,n\ns,A,1,20\ns,B,4,20\n", measure="log_hr")


def test_assembling_nothing_is_refused():
    with pytest.raises(InputError, match="there is no row"):
        assemble(measure="log_hr")
    with pytest.raises(InputError, match="effect: got inf"):
        assemble([Contrast("s", "A", "B", float("inf"), 0.1)], measure="log_hr")
