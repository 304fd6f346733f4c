"""A cohort beside simulation and publications: groups, what is known of patients, published numbers, gaps."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from cohort_records import Records, add_three_patients, write_folder
from typer.testing import CliRunner

import cereblon as cb
from cereblon.calibration.prediction import Prediction
from cereblon.calibration.targets import facts_to_meet
from cereblon.cli.cohort import app
from cereblon.cohort.beside import comparison
from cereblon.cohort.beside.adverse_events import EVENT_COLUMNS, event_rows
from cereblon.cohort.beside.own_study import own_plan, own_study
from cereblon.cohort.beside.reference_trial import ReferenceTrial, published_figures, reference_trial
from cereblon.cohort.beside.treated_groups import TreatedGroup, known_of, treated_groups
from cereblon.cohort.folder import CohortTables, read_cohort_folder
from cereblon.cohort.schemas import CONDITIONS, LABS_OF_COHORT
from cereblon.core.errors import ArgumentError, InputError
from cereblon.evidence.library import load_all
from cereblon.model.patients import load_population
from cereblon.model.patients.known_patients import known_patients
from cereblon.trials.study_plan import StudyPlan
from cereblon.trials.trial import RecordPlan
from cereblon.vocabulary.endpoints import simulated_endpoints


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine women of 1950 on Rd in 2015, three of whom go on to DPd; VRd with transplantation; creatinine of some."""
    records, place = add_three_patients(Records()), tmp_path_factory.mktemp("beside")
    for person in range(10, 18):
        records.patient(person, last=1200)
        records.fills(person, "lenalidomide", 0, 12, supply=21, quantity=21)
        records.fills(person, "dexamethasone", 0, 12)
        for when, value in ((-5, 30.0), (80, 10.0), (140, 9.0), (300, 9.0 if person > 13 else 20.0), (340, 20.0)):
            records.lab(person, "m_protein", when, value, "g/L")
        if person < 13:
            records.lab(person, "x", -20, 1.5, "mg/dL", measurement_concept_id=3016723)
            records.lab(person, "x", -200, 3.0, "mg/dL", measurement_concept_id=3016723)
            records.fills(person, "daratumumab", 400, 8, supply=None)
            records.fills(person, "pomalidomide", 400, 8, supply=21, quantity=21)
            records.fills(person, "dexamethasone", 400, 8)
    cb.cohort.build(
        write_folder(records.tables, place / "cdm"),
        definition={"name": "a", "label": "Ours", "small_cell": 3},
        out=place / "out",
        progress=False,
    )
    return place / "out"


@pytest.fixture(scope="module")
def built(folder: Path) -> CohortTables:
    return read_cohort_folder(folder)


@pytest.fixture(scope="module")
def rd(built: CohortTables) -> TreatedGroup:
    (group,), _ = treated_groups(built, fewest=3)
    return group


def test_a_group_is_a_regimen_in_a_setting_and_small_ones_are_left_out_with_the_reason(built: CohortTables) -> None:
    groups, left = treated_groups(built, fewest=3)
    assert [(one.key, one.label, one.lines.height) for one in groups] == [("ndmm-rd", "Rd, newly diagnosed", 9)]
    assert left == [("VRd", 1, "fewer than 3 lines")]


def test_values_of_the_last_90_days_are_known_and_others_are_not(rd: TreatedGroup, built: CohortTables) -> None:
    """1.5 mg/dL was measured 20 days before, 3.0 mg/dL 200 days before the line; five patients have neither."""
    known = known_of(rd, built)
    creatinine = known["creatinine_mg_dl"]
    assert sorted(creatinine[~np.isnan(creatinine)].tolist()) == [1.5, 1.5, 1.5]
    assert set(known["age"].tolist()) == {65.0}
    assert known["male"].tolist() == [0.0] * 9
    assert known["prior_lines"].tolist() == known["lenalidomide_refractory"].tolist() == [0.0] * 9


def test_earlier_lines_say_who_had_bortezomib_and_who_progressed_on_lenalidomide(folder: Path) -> None:
    """The later lines: three after Rd in which the M-protein rose from 9 to 20 g/L, one after VRd."""
    built = read_cohort_folder(folder)
    definition = built.definition.model_copy(
        update={"index": built.definition.index.model_copy(update={"line": None, "regimens": ("DPd",)})}
    )
    later = CohortTables(built.tables, definition, built.source, built.counts, built.remarks)
    groups, _ = treated_groups(later, fewest=1)
    (group,) = [one for one in groups if one.setting == "rrmm"]
    known = known_of(group, later)
    assert known["prior_lines"].tolist() == [1.0] * 4
    assert sum(known["bortezomib_exposed"]) == 1
    assert sum(known["lenalidomide_refractory"]) == 4


def test_published_numbers_are_of_the_same_drugs_setting_and_transplantation(rd: TreatedGroup) -> None:
    found = published_figures(load_all(), rd)
    assert {one.arm.group for one in found} == {"trial"}  # practice of Rd in first line is of transplanted patients
    assert all(set(one.arm.study.arms[one.arm.arm].drugs) - {"placebo"} == rd.regimen.drugs for one in found)
    assert all(one.arm.study.setting.startswith("ndmm") and not one.arm.is_transplanted for one in found)


def test_the_reference_is_a_trial_with_the_arm_alone(rd: TreatedGroup) -> None:
    like = reference_trial(load_all(), rd)
    assert like is not None and like.arm.group == "trial"
    assert list(like.plan.arms) == [like.arm_key]
    assert like.plan.published_arm(like.arm_key) == like.arm.arm


@pytest.mark.parametrize("recorded", [None, RecordPlan(deep_response=0.6, source="assumed")])
def test_responses_get_on_record_as_in_the_trial_that_a_group_is_simulated_like(
    rd: TreatedGroup, built: CohortTables, recorded: RecordPlan | None
) -> None:
    found = reference_trial(load_all(), rd)
    assert found is not None
    planned = replace(found.planned, plan=found.plan.model_copy(update={"recorded": recorded}))
    study = own_study(rd, [], label="Ours")
    patients = known_patients(known_of(rd, built), load_population("ndmm"))
    plan = own_plan(rd, study, ReferenceTrial(arm=found.arm, planned=planned), patients).plan
    assert plan is not None and plan.recorded == recorded


def _as_if_predicted(plans: Sequence[StudyPlan], *_: object) -> list[Prediction]:
    """Give 70 % and 30 months for everything, 2 % more without what routine care changes."""
    found = []
    for plan in plans:
        assert plan.plan is not None
        arms = {plan.plan.published_arm(key) for key in plan.plan.arms}
        for fact in facts_to_meet(plan.study, simulated_endpoints()):
            value = 70.0 if fact.unit == "percent" else 190.0 if fact.endpoint == "ttnt_median" else 30.0
            if fact.arm in arms:
                found.append(
                    Prediction(
                        study=plan.study.id,
                        name=plan.study.name,
                        role=plan.study.role,
                        practice=plan.is_practice,
                        setting=plan.study.setting,
                        endpoint=fact.endpoint,
                        arm=fact.arm,
                        versus="",
                        month=fact.month,
                        unit=fact.unit,
                        cut="",
                        published=float(fact.value or 0.0),
                        published_low=None,
                        published_high=None,
                        predicted=value,
                        low=0.8 * value,
                        high=1.1 * value,
                        given=None,
                        given_low=None,
                        given_high=None,
                        sd_parameter=0.0,
                        sd_trial=0.0,
                        sd_sampling=0.0,
                        n=1,
                        source="",
                        in_trial_care=1.02 * value if plan.is_practice else None,
                    )
                )
    return found


def test_every_table_is_written_and_a_gap_moves_by_what_the_prediction_changes(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The patients take a time up by 2 %, the treatment down again; what remains is all of the gap."""
    monkeypatch.setattr(comparison, "predict_studies", _as_if_predicted)
    answer = cb.cohort.compare(folder, draws=1, progress=False)
    (gap,) = [row for row in answer.tables()["gaps"] if row["endpoint"] == "pfs_median"]
    assert gap["with_patients"] == pytest.approx(1.02 * float(str(gap["trial"])))
    assert gap["with_treatment"] == pytest.approx(float(str(gap["trial"])))
    for name, rows in answer.tables().items():
        if name == "adverse_events":  # of which none is on record here
            continue
        assert list(rows[0]) == list(answer.columns()[name])
        assert answer.to_csv(name).count("\n") >= len(rows)
    assert "simulated 70 %" in answer.answer() and "ndmm-rd" not in answer.text()
    (beyond,) = [row for row in answer.tables()["endpoints"] if row["endpoint"] == "ttnt_median"]
    assert (beyond["simulated"], beyond["simulated_beyond"]) == (None, 60.0)
    assert "above 60" in answer.text() and "190" not in answer.text()
    assert "observed patients" in answer.chart("ndmm-rd").to_json()
    page = answer.save(tmp_path / "beside.html").read_text(encoding="utf-8")
    assert "with the patients of the cohort" in page


def test_adverse_events_stand_beside_those_of_the_same_regimen_and_grade(
    rd: TreatedGroup, built: CohortTables
) -> None:
    """Of nine lines two have pneumonia, and neutrophils of seven were counted, of two at 0.8: grade 3."""
    patients = rd.lines["person_id"].to_list()
    march = date(2015, 3, 1)
    coded = [{"person_id": one, "date": march, "event": "pneumonia", "row": "x:1"} for one in patients[:2]]
    counted = [
        {"person_id": one, "date": march, "test": "neutrophils", "value": 0.8 if place < 2 else 3.0, "unit": "1e9/L"}
        | {"limit": "", "unit_basis": "stated", "row": "x:2"}
        for place, one in enumerate(patients[:7])
    ]
    tables = {
        **built.tables,
        "conditions": pa.Table.from_pylist(coded, schema=CONDITIONS),
        "labs": pa.Table.from_pylist(counted, schema=LABS_OF_COHORT),
    }
    with_events = CohortTables(tables, built.definition, built.source, built.counts, built.remarks)
    rows = {(row["endpoint"], row["grade"]): row for row in event_rows(with_events, load_all(), rd, fewest=1)}
    assert all(tuple(row) == EVENT_COLUMNS for row in rows.values())
    assert rows["ae_pneumonia", "any"]["observed"] == pytest.approx(100 * 2 / 9)
    low = rows["ae_neutropenia", "3+"]
    assert (low["n"], low["observed"]) == (7, pytest.approx(100 * 2 / 7))
    assert int(str(low["trials"])) >= 1
    # 27.8 % with continuous Rd, as the trial of Rd against MPT prints for all of the arm; not the 28.4 % of a region
    assert float(str(low["trial_least"])) <= 27.8 <= float(str(low["trial_greatest"]))
    hidden = {(row["endpoint"], row["grade"]): row for row in event_rows(with_events, load_all(), rd, fewest=3)}
    assert hidden["ae_neutropenia", "3+"]["observed"] is None


def test_maintenance_stands_beside_what_is_published_of_it_by_times_alone(tmp_path: Path) -> None:
    """After a transplantation on day 140: six on lenalidomide from day 230, and one on bortezomib."""
    records = Records()
    for person in range(1, 8):
        drug = "lenalidomide" if person < 7 else "bortezomib"
        records.patient(person)
        records.fills(person, "bortezomib", 0, 4, supply=None)
        records.fills(person, "lenalidomide", 0, 4, supply=21, quantity=21)
        records.transplant(person, 140)
        records.fills(person, drug, 230, 20 if person < 7 else 60, supply=28)
        for when, value in ((-10, 40.0), (120, 3.0), (300, 3.0), (700, 3.0)):
            records.lab(person, "m_protein", when, value, "g/L")
    source = write_folder(records.tables, tmp_path / "cdm")
    cb.cohort.build(source, definition="maintenance", out=tmp_path / "out", progress=False)
    answer = cb.cohort.compare(tmp_path / "out", draws=1, progress=False)
    tables = answer.tables()
    assert {row["group"] for row in tables["endpoints"]} == {"maintenance-asct"}
    endpoints = {row["endpoint"]: row for row in tables["endpoints"]}
    assert int(str(endpoints["pfs_median"]["trials"])) > 0 and "orr" not in endpoints
    assert all(row["simulated"] is None for row in endpoints.values())
    assert "Lenalidomide maintenance, after transplantation: not simulated" in " ".join(answer.notes)
    assert [row["why"] for row in tables["left_out"]] == ["not lenalidomide alone"]


@pytest.mark.slow
def test_observed_simulated_and_published_stand_beside_each_other_and_parts_add_up(
    folder: Path, tmp_path: Path
) -> None:
    answer = cb.cohort.compare(folder, draws=1, per_arm=16, progress=False)
    rows = {row["endpoint"]: row for row in answer.tables()["endpoints"]}
    response = rows["orr"]
    assert response["observed"] is not None and response["n"] == 9
    assert 0 < float(str(response["simulated_low"])) < float(str(response["simulated_high"])) < 100
    assert int(str(response["trials"])) > 0
    gaps = answer.tables()["gaps"]
    assert {"orr", "pfs_median"} <= {row["endpoint"] for row in gaps}
    for row in gaps:
        if row["unit"] == "months":
            parts = [float(str(row[name])) for name in ("part_population", "part_treatment", "part_remainder")]
            whole = math.log(float(str(row["observed"])) / float(str(row["trial"])))
            assert sum(parts) == pytest.approx(whole, abs=1e-9)
    page = answer.save(tmp_path / "beside.html").read_text(encoding="utf-8")
    assert "Rd, newly diagnosed" in page
    content = json.loads(answer.to_json())
    assert content["left_out"] == [{"regimen": "VRd", "n_lines": None, "why": "fewer than 3 lines"}]


def test_a_kind_of_progression_or_number_that_cannot_be_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="estimand 'loose' is not known"):
        cb.cohort.compare(folder, estimand="loose")
    with pytest.raises(ArgumentError, match="per_arm: 8 is outside 16 to 5000"):
        cb.cohort.compare(folder, per_arm=8)
    done = CliRunner().invoke(app, ["compare", str(tmp_path)])
    assert isinstance(done.exception, InputError)
