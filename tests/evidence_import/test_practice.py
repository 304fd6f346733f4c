"""Trial against practice: the right arms, ratios and differences with the intervals that the prints allow."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cereblon.cli.evidence import app
from cereblon.core.errors import InputError, UnknownNameError
from cereblon.evidence import Study, load_all
from cereblon.evidence.schema import parse_study
from cereblon.synthesis.real_world import (
    REGIMENS,
    PracticeRow,
    TreatedCohort,
    find_cohorts,
    find_regimen,
    population_rows,
    practice_rows,
    readings,
)

STUDY = """
id: {id}
name: {name}
kind: {kind}
setting: rrmm
population: relapsed
role: context
role_reason: made up for a test
sources: {{a: {{citation: A 2020, quality: primary}}}}
arms:
  ird:
    label: IRd
    regimen: [{{phase: all, drugs: [{{drug: ixazomib}}, {{drug: lenalidomide}}, {{drug: dexamethasone}}]}}]
facts:
  - {{arm: ird, endpoint: n_patients, value: {n}, unit: patients, source: a}}
{facts}
"""


def study(name: str, kind: str, n: int, *facts: str) -> Study:
    lines = "\n".join(f"  - {{arm: ird, {fact}, source: a}}" for fact in facts)
    return parse_study(STUDY.format(id=name.lower(), name=name, kind=kind, n=n, facts=lines), where=name)


def median(value: float, low: float | None = None, high: float | None = None) -> str:
    ends = ", ".join(f"{name}: {end}" for name, end in (("low", low), ("high", high)) if end is not None)
    interval = f", interval: {{{ends}, level: 0.95}}" if ends else ""
    return f"endpoint: pfs_median, value: {value}, unit: months{interval}"


def only_practice(*studies: Study) -> PracticeRow:
    (row,) = [row for row in practice_rows(studies, REGIMENS["ird"]) if row.group == "practice"]
    return row


def test_a_ratio_of_medians_takes_its_interval_from_both_prints() -> None:
    """Log SE of 10 (8-12.5) is ln(12.5/8)/3.92 = 0.1139, of 20 (16-25) the same; 0.5 exp(-+1.96*0.1610)."""
    row = only_practice(
        study("Trial", "randomised", 100, median(20, 16, 25)), study("Cohort", "real-world", 50, median(10, 8, 12.5))
    )
    assert row.compared == pytest.approx(0.5)
    assert row.compared_low == pytest.approx(0.5 * math.exp(-1.96 * 0.1610), rel=1e-3)  # the SE has four figures
    assert row.compared_high == pytest.approx(0.5 * math.exp(1.96 * 0.1610), rel=1e-3)
    assert not row.is_least_width


def test_without_a_printed_interval_only_a_least_width_is_given() -> None:
    """Exponential times with at most 100 and 50 events: log SE sqrt(1/100 + 1/50) = 0.1732."""
    row = only_practice(study("Trial", "randomised", 100, median(20)), study("Cohort", "real-world", 50, median(10)))
    assert row.is_least_width
    assert row.compared_low == pytest.approx(0.5 * math.exp(-1.96 * 0.1732), rel=1e-3)  # the SE has four figures
    assert "at most 50 events" in row.method


def test_a_median_not_reached_is_kept_and_not_compared() -> None:
    trial = study("Trial", "randomised", 100, median(20))
    cohort = study("Cohort", "real-world", 50, "endpoint: pfs_median, status: not_reached, unit: months")
    row = only_practice(trial, cohort)
    assert (row.value, row.compared) == (None, None)
    assert "not reached" in row.why


def test_a_cohort_without_a_trial_says_so() -> None:
    assert only_practice(study("Cohort", "real-world", 50, median(10))).why.startswith("no trial of this regimen")


def test_transplanted_patients_are_not_compared_with_others() -> None:
    """Of the cohort in Emory all were transplanted, of S0777 and ENDURANCE none: no ratio is made."""
    (row,) = [
        row
        for row in practice_rows(load_all(), REGIMENS["vrd"])
        if row.study == "rw-vrd-emory1000" and row.endpoint == "pfs_median"
    ]
    assert row.compared is None
    assert "with transplantation" in row.why


def test_melphalan_by_mouth_is_no_transplantation() -> None:
    """MM-015 gave melphalan tablets to patients who were not transplanted; DETERMINATION transplanted one arm."""
    by_id = {study.id: study for study in load_all()}
    assert not TreatedCohort(by_id["mm015"], "mpr-r", "trial").is_transplanted
    assert TreatedCohort(by_id["determination"], "rvd-asct", "trial").is_transplanted
    assert not TreatedCohort(by_id["determination"], "rvd-alone", "trial").is_transplanted


def test_arms_are_found_by_drugs_and_settings_are_kept_apart() -> None:
    ird = {(cohort.study.id, cohort.group) for cohort in find_cohorts(load_all(), REGIMENS["ird"])}
    assert ("tourmaline-mm1", "trial") in ird
    assert ("rw-ird-insure", "practice") in ird
    maintenance = find_cohorts(load_all(), REGIMENS["maintenance"])
    assert {cohort.study.setting for cohort in maintenance} == {"maintenance-post-asct"}
    rows = practice_rows(load_all(), REGIMENS["drd"])
    by_id = {row.study: row.setting for row in rows}
    assert all(by_id[row.reference] == row.setting for row in rows if row.reference)


def test_the_reference_is_the_largest_trial_arm() -> None:
    rows = practice_rows(load_all(), REGIMENS["ird"])
    assert {row.reference for row in rows if row.compared is not None} == {"tourmaline-mm1"}


def test_a_bound_never_counts_as_an_interval_that_excludes_equality() -> None:
    trial = study("Trial", "randomised", 1000, median(40))
    cohort = study("Cohort", "real-world", 1000, median(10))
    rows = practice_rows((trial, cohort), REGIMENS["ird"])
    said = readings(rows, (), "rrmm")[0]
    assert "its interval, which may be too narrow, excludes 1" in said
    assert "intervals that can be derived" not in said


def test_readings_follow_the_evidence() -> None:
    trial = study("Trial", "randomised", 100, median(20))
    for value, words in ((10, "was 0.50 times"), (30, "was 1.50 times")):
        rows = practice_rows((trial, study("Cohort", "real-world", 50, median(value))), REGIMENS["ird"])
        assert words in readings(rows, (), "rrmm")[0]


def test_patients_are_described_only_where_published() -> None:
    rows = population_rows(load_all(), REGIMENS["ird"])
    assert {row.group for row in rows} == {"practice"}
    assert all(row.value == row.fact.number for row in rows)


def test_flagged_numbers_take_no_part() -> None:
    cohort = study("Cohort", "real-world", 50, median(10))
    flagged = replace(cohort, facts=tuple(replace(fact, flag="misprint") for fact in cohort.facts))
    assert practice_rows((flagged,), REGIMENS["ird"]) == ()


def test_an_unknown_regimen_is_refused_with_those_known() -> None:
    with pytest.raises(UnknownNameError, match="known: drd, ird"):
        find_regimen("xyzzy")


def test_the_command_prints_json_and_writes_pictures(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["practice", "ird", "--json", "--svg", str(tmp_path / "p.svg")], catch_exceptions=False
    )
    content = json.loads(done.stdout)
    assert content["results"][0]["setting"] == "rrmm"
    assert any("not by lot" in caution for caution in content["cautions"])
    assert (tmp_path / "p.svg").read_text(encoding="utf-8").startswith("<svg")


def test_the_command_refuses_what_it_cannot_do() -> None:
    with pytest.raises(InputError, match="no cohort of practice"):
        CliRunner().invoke(app, ["practice", "drd", "--setting", "ndmm-tie"], catch_exceptions=False)
    wrong = CliRunner().invoke(app, ["practice", "ird", "--png", "picture.gif"])
    assert wrong.exit_code == 2


@pytest.mark.parametrize(("written", "key"), [("D-Rd", "drd"), ("Dara-Rd", "drd"), ("RVd", "vrd"), ("Len/Dex", "rd")])
def test_a_regimen_is_found_by_any_name_of_its_drugs(written: str, key: str) -> None:
    assert find_regimen(written).key == key
