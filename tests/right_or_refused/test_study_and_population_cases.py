"""Study and population files whose numbers cannot be, and words on the command line as people write them."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from cereblon.cli.evidence import app
from cereblon.core.errors import InputError
from cereblon.core.yaml_files import read_yaml
from cereblon.evidence import study_ids
from cereblon.evidence.schema import find_problems
from cereblon.model.patients import read_population

SIZE = {"endpoint": "n_randomised", "value": 100, "unit": "patients", "source": "report"}
STUDY: dict[str, Any] = {
    "id": "mine",
    "name": "Mine",
    "kind": "randomised",
    "setting": "ndmm",
    "population": "invented",
    "role": "context",
    "role_reason": "a test",
    "sources": {"report": {"citation": "invented", "quality": "primary"}},
    "arms": {name: {"label": name.upper()} for name in ("a", "b")},
    "facts": [{"arm": arm, **SIZE} for arm in ("a", "b")],
}


def study(**fact: Any) -> list[str]:
    """Give the problems of a study of 100 patients in each of two arms, with one more fact."""
    more = {"arm": "a", "unit": "ratio", "source": "report", **fact}
    return find_problems(STUDY | {"facts": [*STUDY["facts"], more]}, where="mine.yaml")


def ratio(value: float, low: float, high: float, **more: Any) -> list[str]:
    interval = {"level": 0.95, "low": low, "high": high}
    return study(endpoint="pfs_hr", versus="b", value=value, interval=interval, **more)


def test_a_plausible_ratio_passes() -> None:
    """SWOG S0777, progression-free survival: 0.742 (0.594 to 0.928)."""
    assert ratio(0.742, 0.594, 0.928) == []


@pytest.mark.parametrize(
    ("told", "fact"),
    [
        ("70 is outside what a hazard ratio can be, 0.02 to 50", {"endpoint": "pfs_hr", "versus": "b", "value": 70}),
        ("got 140 percent; 0 to 100 is allowed", {"endpoint": "orr", "value": 140, "unit": "percent"}),
        ("got 130 patients; arm a has 100", {"endpoint": "cr", "value": 130, "unit": "patients"}),
        ("got 10.5 patients; a whole number", {"endpoint": "n_safety", "value": 10.5, "unit": "patients"}),
        (
            "650 years is outside what",
            {"endpoint": "baseline_age_median", "value": 650, "unit": "years"},
        ),
        ("2000 months is outside", {"endpoint": "pfs_median", "value": 2000, "unit": "months"}),
        ("got -3 months", {"endpoint": "pfs_median", "value": -3, "unit": "months"}),
        ("is it a fraction, 92.9 percent?", {"endpoint": "orr", "value": 0.929, "unit": "percent"}),
        ("got True", {"endpoint": "orr", "value": True, "unit": "percent"}),
        ("is not a field; did you mean value?", {"endpoint": "orr", "valeu": 3, "unit": "percent"}),
    ],
    ids=lambda told: told if isinstance(told, str) else "",
)
def test_a_number_that_cannot_be_is_refused_with_its_fact(told: str, fact: dict[str, Any]) -> None:
    assert any(told in problem and problem.startswith("mine.yaml, fact 3") for problem in study(**fact))


def test_an_interval_that_belongs_to_another_ratio_is_refused() -> None:
    """The middle of 0.594 to 0.928 on the log scale is 0.742; 0.90 has a digit wrong."""
    assert "belongs to a ratio near 0.74, not 0.9" in ratio(0.9, 0.594, 0.928)[0]


def test_a_flag_that_says_why_lets_a_strange_number_stand() -> None:
    assert ratio(0.9, 0.594, 0.928, flag="printed so") == []
    assert study(endpoint="pfs_hr", versus="b", value=70, flag="printed so") == []


@given(st.floats(0.1, 10), st.floats(0.05, 1.0))
def test_a_symmetric_interval_is_never_refused(value: float, half: float) -> None:
    low, high = value / 2.718281828**half, value * 2.718281828**half
    assert not [text for text in ratio(value, low, high) if "belongs to" in text]


def test_no_number_of_the_library_is_refused() -> None:
    folder = Path(str(files("cereblon.evidence") / "studies"))
    problems = [find_problems(read_yaml(path), where=path.name) for path in sorted(folder.glob("*.yaml"))]
    assert len(problems) == len(study_ids())
    assert [text for found in problems for text in found] == []


@pytest.mark.parametrize(
    ("block", "told"),
    [
        (
            "age: {distribution: normal, median: {value: 650, unit: year, source: s, basis: assumed}, "
            "spread: {value: 10, unit: year, source: s, basis: assumed}}",
            "age: median 650 year cannot be; 18 to 100 can",
        ),
        ("male: {value: true, unit: '1', source: s, basis: assumed}", "male.value: true is a yes or no; a number"),
        ("male: {value: 56, unit: percent, source: s, basis: assumed}", "56.0 percent is not a share"),
        ("mael: 1", "mael: is not a known field; did you mean male?"),
    ],
    ids=["age", "yes", "percent", "unknown"],
)
def test_a_population_that_cannot_be_is_refused(block: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"extends: ndmm\n{block}\n", encoding="utf-8")
    with pytest.raises(InputError) as refusal:
        read_population(path)
    assert told in refusal.value.message


def said(*words: str) -> tuple[int, str]:
    answer = CliRunner().invoke(app, list(words))
    return answer.exit_code, answer.output


@pytest.mark.parametrize(
    ("option", "written", "word"),
    [
        ("--setting", "RRMM", "rrmm"),
        ("--setting", "newly diagnosed", "ndmm"),
        ("--setting", "transplant-ineligible", "ndmm-tie"),
        ("--kind", "RCT", "randomised"),
        ("--kind", "real world", "real-world"),
        ("--role", "Validation", "validation"),
    ],
)
def test_a_word_is_understood_and_said(option: str, written: str, word: str) -> None:
    code, text = said("list", option, written, "--csv")
    assert code == 0
    assert f"{written} is read as {word}" in text
    assert said("list", option, word, "--csv") == (0, "\n".join(text.splitlines()[:-1]) + "\n")


def test_a_regimen_is_known_by_its_letters_in_another_order() -> None:
    assert said("table", "--regimen", "RVd", "--endpoint", "pfs_hr", "--csv")[1].count("\n") > 2
    drug = said("table", "--regimen", "Velcade", "--endpoint", "pfs_hr", "--csv")
    assert drug == said("table", "--regimen", "bortezomib", "--endpoint", "pfs_hr", "--csv")


def test_an_empty_table_says_why() -> None:
    code, text = said("table", "--endpoint", "orr", "--setting", "maintenance-post-asct", "--csv")
    assert code == 0
    assert "note: no such number is in the set: none of" in text
    answer = CliRunner().invoke(app, ["table", "--regimen", "xyzzy"])
    assert "regimen or drug 'xyzzy' is not known" in str(answer.exception)


def test_practice_names_the_arms_it_does_not_use() -> None:
    """Two cohorts of ixazomib in the evidence set print neither medians nor response of the whole arm."""
    answer = CliRunner().invoke(app, ["practice", "ird", "--setting", "RRMM", "--json"])
    read, *notes = json.loads(answer.stdout)["notes"]
    assert read == "setting RRMM is read as rrmm"
    assert [note.partition(":")[0] for note in notes] == ["rw-chari-vrd-krd-ird, ird", "rw-ird-north-italy, ird"]
    assert all(f"note: {note}" in answer.stderr for note in notes)


def test_practice_knows_a_regimen_by_other_letters() -> None:
    assert said("practice", "RVd", "--csv") == said("practice", "vrd", "--csv")


@pytest.mark.parametrize(
    ("dose", "is_fine"), [("25 g", False), ("25 mg", True), ("4 g/m2", True), ("10/20 g", False)]
)
def test_grams_for_milligrams_in_a_study_file_are_refused(dose: str, is_fine: bool, tmp_path: Path) -> None:
    text = files("cereblon.evidence").joinpath("studies/pollux.yaml").read_text(encoding="utf-8")
    path = tmp_path / "pollux.yaml"
    path.write_text(text.replace("dose: 25 mg, route: oral, days: 1-21", f"dose: {dose}, route: oral, days: 1-21"))
    shown = CliRunner().invoke(app, ["check", str(path)])
    assert (shown.exit_code == 0) is is_fine
    assert is_fine or "is it mg?" in str(shown.exception)
