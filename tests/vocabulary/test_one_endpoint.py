"""An endpoint is one entry of the vocabulary: everything else reads it there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import cereblon
from cereblon.report.labels import GROUPS, endpoint_group
from cereblon.trials.comparison_scale import group_of, kind_of
from cereblon.vocabulary.endpoints import (
    SECTIONS,
    counts_in_any_line,
    endpoint_label,
    fitted_endpoints,
    headline_endpoints,
    is_hazard_ratio,
    simulated_endpoints,
    vocabulary,
)

_ENTRY = (
    "    bone_healing: {unit: [percent], meaning: 'healed bone lesions; at any time', label: Healed bones,"
    " between_trials: depth, simulated: true, fitted: true, headline: true, in_practice: true}\n"
)
_FACT = "  - {arm: krd, endpoint: bone_healing, cut: interim, value: 12.5, unit: percent, source: stewart-2015}\n"

_ASK = """
import json
import pyarrow as pa
import cereblon as cb
from cereblon.calibration.targets import facts_to_meet
from cereblon.evidence import load_study
from cereblon.report.labels import endpoint_group, row_label
from cereblon.report.review.efficacy import COLUMNS
from cereblon.report.review.predictions import SHOWN
from cereblon.synthesis.real_world import NAMES
from cereblon.trials.comparison import Predictions, compare
from cereblon.trials.comparison_scale import group_of
from cereblon.trials.library import load_trial
from cereblon.vocabulary.clinical import vocabulary_of
from cereblon.vocabulary.endpoints import fitted_endpoints, simulated_endpoints

table = cb.evidence.table("bone healing")
key = ("bone_healing", "krd", "", "", None)
none = pa.table({})
made = Predictions(values={key: 14.0}, intervals={key: (8.0, 20.0)}, rows=none, spread=none)
row = next(row for row in compare(load_trial("aspire"), made) if row.endpoint == "bone_healing")
met = facts_to_meet(load_study("aspire"), fitted_endpoints())
print(json.dumps({
    "evidence": [(fact["study"], fact["value"], fact["unit"]) for fact in table.tables()["facts"]],
    "text": table.text(),
    "listed": [row for row in cb.evidence.endpoints().tables()["endpoints"] if row["endpoint"] == "bone_healing"],
    "compared": [row.unit, row.published, row.predicted, row.inside],
    "label": row_label({"endpoint": "bone_healing"}),
    "group": endpoint_group("bone_healing"),
    "between_trials": group_of("bone_healing", "share"),
    "simulated": "bone_healing" in simulated_endpoints(),
    "fitted": [fact.value for fact in met if fact.endpoint == "bone_healing"],
    "review": [COLUMNS["bone_healing"], "bone_healing" in SHOWN],
    "practice": NAMES["bone_healing"],
    "outcome": vocabulary_of("endpoint").find("Bone healing"),
}))
"""


def test_an_invented_endpoint_needs_one_entry(tmp_path: Path) -> None:
    """In a copy of the package with one more line in the vocabulary, and one number of it in a study."""
    package = tmp_path / "src" / "cereblon"
    shutil.copytree(Path(str(cereblon.__file__)).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    words, study = package / "vocabulary" / "endpoints.yaml", package / "evidence" / "studies" / "aspire.yaml"
    before = words.read_text(encoding="utf-8")
    words.write_text(before.replace("\n    ttr_median:", f"\n{_ENTRY}    ttr_median:"), encoding="utf-8")
    facts = study.read_text(encoding="utf-8")
    scr = "  - {arm: krd, endpoint: scr,"
    study.write_text(facts.replace(scr, _FACT + scr, 1), encoding="utf-8")

    environment = os.environ | {"PYTHONPATH": str(tmp_path / "src")}
    done = subprocess.run([sys.executable, "-c", _ASK], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["evidence"] == [["aspire", 12.5, "percent"]]
    assert "12.5" in found["text"]
    assert found["listed"][0]["meaning"] == "healed bone lesions; at any time"
    assert found["compared"] == ["percent", 12.5, 14.0, True]
    assert found["label"] == "Healed bones"
    assert found["group"] == "Response"
    assert found["between_trials"] == "depth"
    assert found["simulated"]
    assert found["fitted"] == [12.5]
    assert found["review"] == ["Healed bones, %", True]
    assert found["practice"] == "healed bone lesions"
    assert found["outcome"] == "bone_healing"


def test_each_entry_has_a_label_and_a_group_of_reports() -> None:
    entries = vocabulary().endpoints
    assert {entry.group for entry in entries.values()} == set(GROUPS)
    assert {entry.section for entry in entries.values()} == set(SECTIONS)
    for name, entry in entries.items():
        assert endpoint_label(name) == entry.label
        assert endpoint_group(name) == entry.group
        assert "`" not in entry.label
        assert entry.label[:1] == entry.label[:1].upper()


def test_two_endpoints_of_a_group_have_different_labels() -> None:
    seen = [(entry.group, entry.label) for entry in vocabulary().endpoints.values()]
    assert [pair for pair in dict.fromkeys(seen) if seen.count(pair) > 1] == []


def test_what_is_fitted_is_simulated_and_has_a_scale() -> None:
    words = vocabulary()
    assert set(fitted_endpoints()) <= set(simulated_endpoints())
    for name in simulated_endpoints():
        entry = words.endpoints[name]
        assert group_of(name, kind_of(entry.units[0]))
    assert set(headline_endpoints("comparison")) <= {
        name for name, entry in words.endpoints.items() if entry.is_hazard_ratio
    }


def test_a_median_time_names_the_hazard_ratio_of_such_times() -> None:
    """And a hazard ratio is known by what it counts, not by the end of its name."""
    words = vocabulary().endpoints
    paired = {name: entry.hazard_ratio for name, entry in words.items() if entry.hazard_ratio}
    assert paired == {f"{time}_median": f"{time}_hr" for time in ("pfs", "pfs2", "ttp", "efs", "ttnt", "os")}
    assert {name for name in words if name.endswith("_hr")} == {name for name in words if is_hazard_ratio(name)}
    assert not is_hazard_ratio("or")


def test_shares_that_differ_alike_between_trials_are_those_of_the_fitted_spreads() -> None:
    """A saved ensemble keeps one spread for each of these groups."""
    from cereblon.calibration.discrepancy import GROUPS as SPREADS

    groups = {entry.between_trials for entry in vocabulary().endpoints.values()}
    assert groups == set(SPREADS) - {"time", "ratio"}


@pytest.mark.parametrize(("unit", "kind"), [("percent", "share"), ("months", "time"), ("ratio", "ratio")])
def test_the_scale_of_comparison_is_that_of_the_unit(unit: str, kind: str) -> None:
    assert kind_of(unit) == kind


def test_other_ways_to_write_an_adverse_event_stand_in_its_entry() -> None:
    """In data tables and at the bedside; an event that counts under a wider name is read as that."""
    from cereblon.model.dosing.phrases import read_grade
    from cereblon.vocabulary.clinical import vocabulary_of

    words = vocabulary_of("adverse_event")
    for name, entry in vocabulary().endpoints.items():
        for written in entry.also:
            assert words.find(written) == name.removeprefix("ae_")
    assert read_grade("ischemic heart disease grade 3") == ("ischaemic_heart_disease", 3.0)
    assert read_grade("deep vein thrombosis=2") == ("vte", 2.0)
    assert read_grade("second cancer=2") == ("spm", 2.0)


def test_second_cancers_alone_count_in_any_line() -> None:
    """They come years later; what else happens in a later line belongs to its treatment."""
    found = {name for name, entry in vocabulary().endpoints.items() if entry.in_any_line}
    assert found == {"ae_spm", "ae_spm_invasive", "ae_spm_haematological", "ae_spm_solid"}
    assert counts_in_any_line("spm_solid")
    assert not counts_in_any_line("infection")
