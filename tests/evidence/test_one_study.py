"""A study is one file: what was published and what a simulation assumes; everything else reads it there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

import cereblon as cb
from cereblon.core.errors import InputError
from cereblon.trials.comparison import Predictions, compare
from cereblon.trials.run import prepare
from cereblon.trials.study_plan import plan_study

_PAGE = (Path(__file__).parents[2] / "docs/reference/evidence.md").read_text(encoding="utf-8")
_ASK = """
import json
import pyarrow as pa
import cereblon as cb
from cereblon.evidence import load_all
from cereblon.trials.comparison import Predictions, compare
from cereblon.trials.library import trial_names
from cereblon.trials.run import prepare

none = pa.table({})
plan = cb.load_trial("my-trial")
prepared = prepare(plan)
listed = next(row for row in cb.populations().tables()["populations"] if row["population"] == "rrmm-1-3")
print(json.dumps({
    "evidence": [
        fact["value"] for fact in cb.evidence.table("orr").tables()["facts"] if fact["study"] == "my-trial"
    ],
    "studies": [row["role"] for row in cb.evidence.studies().tables()["studies"] if row["study"] == "my-trial"],
    "trials": "my-trial" in trial_names(),
    "compared": [row.endpoint for row in compare(plan, Predictions(values={}, intervals={}, rows=none, spread=none))],
    "population": [prepared.population.name, listed["studies"]],
    "regimens": [row["lines"] for row in cb.regimens().tables()["regimens"] if row["name"] == "my-trial-krd"],
}))
"""


def example() -> str:
    """Give the study file of the reference page."""
    return re.findall(r"```yaml\n(id: my-trial\n.*?)```", _PAGE, flags=re.DOTALL)[0]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "my-trial.yaml"
    path.write_text(example(), encoding="utf-8")
    return path


def test_an_invented_study_needs_one_file(tmp_path: Path) -> None:
    """In a copy of the package with the example of the page among the studies."""
    package = tmp_path / "src" / "cereblon"
    shutil.copytree(Path(str(cb.__file__)).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "evidence" / "studies" / "my-trial.yaml").write_text(example(), encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "src")}
    done = subprocess.run([sys.executable, "-c", _ASK], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["evidence"] == [87.1]
    assert found["studies"] == ["validation"]
    assert found["trials"]
    assert set(found["compared"]) >= {"orr", "pfs_rate", "pfs_hr", "ae_neutropenia"}
    assert found["population"][0] == "like my-trial"
    assert "my-trial" in found["population"][1]
    assert found["regimens"] == ["krd > vd"]


def test_a_file_of_ones_own_is_used_from_where_it_is(own: Path) -> None:
    (row,) = cb.evidence.check(own).rows
    assert (row["study"], row["facts"], row["simulation"]) == ("my-trial", 7, "patients, trial")
    plan = cb.load_trial(own)
    assert (plan.id, plan.study, plan.population.like) == ("my-trial", str(own), str(own))
    prepared = prepare(plan)
    assert prepared.population.name == "like my-trial"
    assert [line.id for line in prepared.lines["krd"]] == ["krd", "vd"]
    none = pa.table({})
    assert {row.endpoint for row in compare(plan, Predictions(values={}, intervals={}, rows=none, spread=none))} >= {
        "orr",
        "pfs_hr",
    }
    assert cb.population("rrmm-1-3", like=str(own)).matched is not None
    predicted = plan_study(cb.load_study(own))
    assert predicted.plan is not None
    assert list(predicted.plan.arms) == ["krd", "rd"]
    assert not predicted.notes  # nothing is assumed beyond the file


def test_a_study_that_is_shown_is_read_again_with_what_it_assumes(own: Path) -> None:
    shown = cb.evidence.show(own)
    own.write_text(shown.to_json(), encoding="utf-8")
    assert cb.load_study(own) == shown.study


@pytest.mark.parametrize(
    ("written", "instead", "says"),
    [
        (
            "  patients:",
            "  people:",
            "simulation.people: is not a block; allowed: patients, trial",
        ),
        ("population: rrmm-1-3", "population: rrmm", "simulation, patients, population: 'rrmm' is not one of"),
        (
            "baseline_male:",
            "baseline_shoes:",
            "patients, baseline: patients cannot be moved to 'baseline_shoes'",
        ),
        ("prior_lines_max: {value: 3", "prior_lines_max: {value: none", "'none' is text; a number is needed"),
        ("lines: [krd, vd]", "lines: [krdd, vd]", "simulation, trial, arm krd: regimen 'krdd' is not known"),
        ("    comparator: rd", "    comparator: vrd", "simulation, trial, comparator vrd is no arm of the trial"),
        ("      rd:\n", "      vrd:\n", "simulation, trial, arms: vrd is no arm of the study; its arms: krd, rd"),
        ("    seed: 2020", "    study: maia", "simulation, trial, study: is not a field here; the study gives it"),
        ("    seed: 2020", "    rules: my-rules", "simulation, trial, rules: "),
        (
            "  trial:\n",
            "  compared: {cuts: {orr: 2021}, reason: ours}\n  trial:\n",
            "simulation, compared, cuts.orr: is a number; text is needed; got 2021",
        ),
        (
            "  trial:\n",
            "  compared: {cuts: {orr: '2021'}, reason: ours}\n  trial:\n",
            "simulation, compared, cuts: no fact of orr has the cut '2021'",
        ),
        ("  trial:\n", "  regimens: {krd: krd}\n  trial:\n", "simulation, regimens: has no effect beside trial"),
    ],
)
def test_a_problem_of_a_block_is_named_with_its_place(written: str, instead: str, says: str, own: Path) -> None:
    assert written in example()
    own.write_text(example().replace(written, instead, 1), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        cb.evidence.check(own)
    assert says in refused.value.message
    assert all(line.startswith(str(own)) for line in refused.value.message.split("\n") if "problems" not in line)


def test_problems_of_all_blocks_are_listed_at_once(own: Path) -> None:
    text = example().replace("value: 87.1", "value: 187.1").replace("population: rrmm-1-3", "population: rrmm")
    text = text.replace("lines: [krd, vd]", "lines: [krdd, vd]").replace("enrolment_months: 18", "enrolment: 18")
    own.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        cb.evidence.check(own)
    for says in (
        "fact 3 (krd, orr), value: got 187.1",
        "'rrmm' is not one of",
        "'krdd' is not known",
        "trial, enrolment:",
    ):
        assert says in refused.value.message


def test_criteria_that_nobody_meets_are_found_once_the_file_is_sound(own: Path) -> None:
    young = "age_max: {value: 19, unit: year, basis: assumed, source: ours}"
    text = example().replace("      criteria:\n", f"      criteria:\n        {young}\n")
    own.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="simulation, patients"):
        cb.evidence.check(own)
    own.write_text(text.replace("value: 87.1", "value: 187.1"), encoding="utf-8")
    with pytest.raises(InputError, match=r"got 187\.1"):
        cb.evidence.check(own)


def test_a_study_file_without_a_trial_is_compared_by_the_regimens_it_publishes(own: Path) -> None:
    own.write_text(example().split("simulation:")[0], encoding="utf-8")
    plan = cb.load_trial(own)
    assert (plan.study, plan.comparator) == (str(own), "rd")
