"""Population files, study files, the mechanism and trial files: units read, contradictions and idle words refused."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

import cereblon as cb
from cereblon.core.errors import ArgumentError, InputError
from cereblon.model.patients.library import population_names, read_population
from cereblon.trials.trial import TrialPlan

_POPULATIONS = Path(str(files("cereblon.model.patients") / "populations"))
_STUDIES = Path(str(files("cereblon.evidence") / "studies"))
_SAID = "basis: assumed, source: invented"


def _population(folder: Path, blocks: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(f"extends: ndmm\nname: mine\n{blocks}", encoding="utf-8")
    return path


def _marginal(name: str, median: str, spread: str, kind: str = "normal") -> str:
    return f"{name}:\n  distribution: {kind}\n  median: {{{median}, {_SAID}}}\n  spread: {{{spread}, {_SAID}}}\n"


@pytest.mark.parametrize("name", population_names())
def test_the_populations_of_the_package_keep_their_numbers(name: str) -> None:
    """All are written in the units of their covariates, so reading changes none of them."""
    albumin = read_population(_POPULATIONS / f"{name}.yaml").albumin_g_l
    assert albumin.median.unit == "g/L"
    assert 30.0 < albumin.median.value < 45.0


def test_units_of_a_population_file_are_read(tmp_path: Path) -> None:
    """80 umol/L of creatinine are 0.905 mg/dL (113.12 g/mol), 3.65 g/dL of albumin 36.5 g/L."""
    both = "".join(
        f"  {sex}:\n    distribution: log_normal\n    median: {{value: 80, unit: umol/L, {_SAID}}}\n"
        f"    spread: {{value: 0.3, unit: '1', {_SAID}}}\n"
        for sex in ("female", "male")
    )
    blocks = f"creatinine_mg_dl:\n{both}" + _marginal(
        "albumin_g_l", "value: 3.65, unit: g/dL", "value: 0.6, unit: g/dL"
    )
    found = read_population(_population(tmp_path, blocks))
    assert found.creatinine_mg_dl.male.median.value == pytest.approx(0.905, abs=1e-3)
    assert found.albumin_g_l.median.value == pytest.approx(36.5)
    assert found.albumin_g_l.spread.value == pytest.approx(6.0)


@pytest.mark.parametrize(
    ("blocks", "why"),
    [
        (_marginal("age", "value: 66, unit: kg", "value: 11, unit: kg"), "age, median: unit 'kg' is no unit"),
        (_marginal("age", "value: 66, unit: year", "value: 110, unit: year"), "spread 110 year is wider than"),
        (_marginal("b2m_mg_l", "value: 4, unit: mg/L", "value: 65, unit: '1'", "log_normal"), "spread 65 of a log-n"),
        (_marginal("albumin_g_l", "value: 36, unit: mg/L", "value: 6, unit: mg/L"), "median 0.036 g/L cannot be"),
        ("setting: second line\n", "'second line' is no setting"),
    ],
)
def test_what_a_population_file_cannot_mean_is_refused(tmp_path: Path, blocks: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_population(_population(tmp_path, blocks))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("value: 78, unit: percent", "value: 0.78, unit: percent", "is less than a part of it, fact 5"),
        ("vgpr_or_better, value: 63", "vgpr_or_better, value: 83", "is less than a part of it, fact 5"),
        ("os_rate, month: 12, value: 94", "os_rate, month: 12, value: 60", "pfs_rate"),
        ("pfs_rate, month: 12", "pfs_rate, month: 365", "365 months is outside what a landmark can be"),
        ("NCT00064038", "NCT0006403", "NCT and eight digits are needed"),
    ],
)
def test_numbers_of_a_study_that_contradict_each_other_are_refused(
    tmp_path: Path, old: str, new: str, why: str
) -> None:
    text = (_STUDIES / "swog-s0232.yaml").read_text(encoding="utf-8").replace("id: swog-s0232", "id: mine")
    assert old in text
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    cb.evidence.check(path)
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=why):
        cb.evidence.check(path)


def test_the_mechanism_reads_numbers_with_their_unit() -> None:
    plain = cb.mechanism("dexamethasone", dose=10, crcl=45, every_hours=168)
    written = cb.mechanism("dexamethasone", dose="0.01 g", crcl="0.75 mL/s", every_hours=168)
    assert written.content() == plain.content()


def test_a_node_is_knocked_out_once() -> None:
    with pytest.raises(ArgumentError, match="cereblon is named twice"):
        cb.mechanism(knockout=["cereblon", "cereblon"])


def test_labels_of_arms_that_differ_in_capitals_are_refused() -> None:
    arm = {"size": 10, "strategy": "rd-first-line"}
    with pytest.raises(ValueError, match="differ in nothing but how they are written"):
        TrialPlan.model_validate(
            {
                "id": "mine",
                "title": "Mine",
                "population": {"base": "ndmm"},
                "arms": {"a": arm | {"label": "Rd"}, "b": arm | {"label": "RD"}},
                "comparator": "a",
                "enrolment_months": 12,
                "follow_up_months": 24,
                "sources": ["invented"],
            }
        )
