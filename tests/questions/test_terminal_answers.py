"""What answers print where a terminal is 80 columns wide: no table broken, the answer first, nothing twice."""

from __future__ import annotations

import re

import pytest

import cereblon as cb
from cereblon.core.errors import InputError
from cereblon.core.plain_text import table_text


@pytest.fixture(autouse=True)
def _eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def longest_line(text: str) -> int:
    """Longest line of tables; sentences and references are broken where they are printed."""
    return max(len(line) for line in text.split("\n") if "  " in line.strip())


def test_columns_that_find_no_room_stand_below_beside_the_first_one_again() -> None:
    columns = ["row", *(f"column {number}" for number in range(6))]
    lines = table_text(columns, [["one", *("long enough a cell" for _ in range(6))]]).split("\n")
    assert longest_line("\n".join(lines)) <= 80
    assert [line.split("  ")[0] for line in lines if line.startswith("row")] == ["row", "row"]
    assert [line for line in lines if line.startswith("one")][1].count("long enough") == 2


def test_a_league_table_fits_the_terminal() -> None:
    assert longest_line(cb.league("rrmm").text()) <= 80


def test_the_mechanism_table_fits_the_terminal() -> None:
    assert longest_line(cb.mechanism(knockout="cereblon").text()) <= 80
    assert longest_line(cb.mechanism().text()) <= 80


def test_trials_beside_practice_fit_the_terminal() -> None:
    """What they say comes first, each outcome is named once, and a study stands in one line with its value."""
    said = cb.real_world("ird", setting="rrmm").text()
    assert longest_line(said) <= 80
    assert said.startswith("Relapsed or refractory\n- Median progression-free survival in 4 cohorts of routine care")
    assert said.count("\nmedian progression-free survival\n") == 1
    assert re.search(r"\n  tourmaline-mm1 +trial +20 mo", said)
    assert "baseline_" not in said


def test_tables_of_published_numbers_name_the_outcome_first() -> None:
    """What files of studies need to know of it (`counted_from`) says nothing to a reader."""
    said = cb.evidence.table(endpoint="pfs_median", setting="ndmm").text()
    assert said.startswith("Median progression-free survival (pfs_median)\n") and "counted_from" not in said
    assert re.match(r"\d+ studies\.\n\nrandomised", cb.evidence.studies().text())


def test_an_order_of_a_published_regimen_is_printed_once_below_the_phases() -> None:
    text = cb.evidence.regimen("swog-s0777").text()
    assert text.split("\n\n")[1].startswith("Phases\n  induction: 8 cycles of 21 days")
    assert len(re.findall(r"bortezomib +1\.3 mg/m2", text)) == 1


def test_an_arm_that_the_trial_of_the_file_gives_is_shown_as_given_and_one_that_it_leaves_out_is_named() -> None:
    """EMN01 publishes no doses of its Rd arm; its trial gives rd-r-emn01 and leaves the maintenance arms out."""
    shown = cb.evidence.regimen("emn01")
    assert "arm rd cannot be simulated" not in shown.text()
    assert "the file states no regimen for it; the trial of the file gives rd-r-emn01" in shown.text()
    assert "arm maint-r is not simulated: the trial in the file leaves it out" in shown.left_out


def test_two_treatments_are_compared_in_a_sentence_before_the_table() -> None:
    text = cb.compare_treatments("VRd", "DRd", setting="ndmm-tie").text()
    assert text.index("in favour of") < text.index("evidence  hazard ratio")


def test_a_forest_of_many_comparisons_is_answered_by_how_many_differ() -> None:
    sentence = cb.forest("rrmm", endpoint="pfs_hr").sentence
    assert re.match(
        r"Hazard ratio: \d+ of \d+ comparisons favour the treatment named first, most DRd against Rd", sentence
    )
    assert "Not shown to differ: IRd against Rd" in sentence
    assert len(sentence) < 220


def test_a_forest_of_few_comparisons_gives_each() -> None:
    assert cb.forest("rrmm", treatment="KRd").sentence == "Hazard ratio: KRd against Rd 0.69 (0.57 to 0.83)."


@pytest.mark.parametrize("name", ["a" * 3000, "x/" * 1500])
def test_a_source_with_an_endless_name_is_refused_in_a_line(name: str) -> None:
    with pytest.raises(InputError, match=r"cannot be read|no such file") as refused:
        cb.cohort.check(name)
    assert len(str(refused.value).split("\n")[0]) < 250


def test_a_word_is_not_cut_where_a_column_gives_way() -> None:
    rows = [["Thrombocytopenia, grade 3+", "x" * 20, "y" * 20, "z" * 18]]
    said = table_text(("event", "one", "two", "three"), rows, folded=("event",))
    assert "Thrombocytopenia," in said


def test_the_calendar_of_a_published_regimen_is_a_list_in_a_narrow_window() -> None:
    """The picture, of one column for each day of a cycle, ran off a phone."""
    answer = cb.evidence.regimen("swog-s0777")
    assert answer.lists()["calendar"] and 'class="lines"' in answer.page()
