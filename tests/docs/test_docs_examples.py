"""Python and YAML on the pages run."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pyarrow as pa
import pytest
import yaml
from docs_pages import DOCS, ROOT, blocks

from cereblon.cohort.definition import find_definition
from cereblon.cohort.hospital_tables import read_mapping
from cereblon.cohort.target_trial.protocol import find_target_trial
from cereblon.core.validation import validate
from cereblon.model.dosing.library import parse_rule_set, read_rule_set
from cereblon.model.dosing.measures import UNSEEN
from cereblon.model.drugs.drug import Drug
from cereblon.model.engine.parameters import model_parameters
from cereblon.model.regimens import Regimen, load_regimen, parse_regimen
from cereblon.tables import conform
from cereblon.tables.schemas import ADVERSE_EVENTS, DECISIONS, EVENTS, EXPOSURES, GRADES, LABS, RESPONSES, SUBJECTS
from cereblon.trials.beginning import create_run
from cereblon.trials.block import block_contents
from cereblon.trials.folder import RunFolder
from cereblon.trials.library import load_trial
from cereblon.trials.run import prepare
from cereblon.trials.trial import TrialPlan, parse_trial

_TESTED_BESIDE_THEIR_CODE = ("docs/reference/evidence.md",)
_BY_TEXT = {text: name for name, text in blocks("python") if not name.startswith(_TESTED_BESIDE_THEIR_CODE)}
PYTHON = [(name, text) for text, name in _BY_TEXT.items()]  # what two pages show runs once
_ANSWERS_DEPEND_ON_THE_RUN = ("docs/how-to/use-the-tables.md",)
YAML = [(name, text) for name, text in blocks("yaml") if not name.startswith("docs/reference/")]
EXAMPLES = [path for place in ("examples", "examples/with-mrd") for path in sorted((DOCS / place).glob("*.yaml"))]
OBSERVED = sorted((DOCS / "examples/observed").glob("*.yaml"))
RULES = sorted((DOCS / "examples/rules").glob("*.yaml"))


def _subjects(key: dict[str, object]) -> dict[str, object]:
    covariates: dict[str, object] = {
        "age": 63.0,
        "sex": "female",
        "frailty": "fit",
        "weight_kg": 70.0,
        "height_cm": 165.0,
        "crcl_ml_min": 80.0,
        "isotype": "IgG",
        "m_protein_g_l": 35.0,
        "involved_flc_mg_l": 80.0,
        "uninvolved_flc_mg_l": 8.0,
        "neutrophils_1e9_l": 4.0,
        "platelets_1e9_l": 220.0,
        "haemoglobin_g_l": 110.0,
        "prior_lines": 0,
        "result_code": 0,
        "replicate": [0, 0, 1, 1],
    }
    return {name: None for name in SUBJECTS.names} | covariates | key


@pytest.fixture
def run_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run of two replicate trials with one subject in each arm, written by hand."""
    key: dict[str, object] = {
        "origin": "simulated",
        "source_id": "by-hand",
        "arm": ["vrd", "rd", "vrd", "rd"],
        "subject_id": [0, 1, 2, 3],
    }
    event = {"event": "treatment_stopped", "day": 200.0, "line": 1, "cause": "other"}
    death = {"event": "death", "day": [900.0, 700.0, 800.0, 600.0], "line": 1, "cause": "myeloma"}
    lab = {"day": 28.0, "test": "m_protein", "value": 10.0, "unit": "g/L"}
    response = {"line": 1, "day": 28.0, "category": "PR", "confirmed": "PR", "mrd_negative": None}
    dose = {"line": 1, "cycle": 1, "day": 0.0, "drug": "lenalidomide"} | dict.fromkeys(EXPOSURES.names[-4:], 14.0)
    harm = {"event": "neutropenia", "grade": 3, "start_day": 14.0, "end_day": None, "line": 1}
    events = [conform(key | rows, EVENTS, name="events") for rows in (event, death)]
    tables = {
        "subjects": conform(_subjects(key), SUBJECTS, name="subjects"),
        "exposures": conform(key | dose, EXPOSURES, name="exposures"),
        "labs": conform(key | lab, LABS, name="labs"),
        "responses": conform(key | response, RESPONSES, name="responses"),
        "events": pa.concat_tables(events).unify_dictionaries(),
        "adverse_events": conform(key | harm | {"related": "", "action": "held"}, ADVERSE_EVENTS, name="ae"),
        "grades": GRADES.empty_table(),
        "decisions": DECISIONS.empty_table(),
    }
    path = tmp_path / "runs" / "swog-s0777"
    header = {"run_id": "by-hand", "fingerprint": "by-hand", "blocks": 1, "block_size": 512}
    header |= {"arms": ["vrd", "rd"], "comparator": "rd"}
    create_run(path, header).write_block(0, block_contents(tables))
    (tmp_path / "docs").symlink_to(ROOT / "docs")  # pages name its example files
    monkeypatch.chdir(tmp_path)
    return path


_RUNS_A_TRIAL = ("cb.compare(", "cb.simulate(")


@pytest.fixture
def trials_are_small(
    small_run: RunFolder, small_plan: TrialPlan, run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A finished run of the small trial stands for every trial of a page, with the point values of the parameters."""
    shutil.copytree(small_run.path, run_folder.parent / "small")
    for question in ("compare", "simulate"):
        monkeypatch.setattr(f"cereblon.questions.{question}.load_trial", lambda _: small_plan)
    monkeypatch.setattr("cereblon.questions.trial_runs.parameter_draws", lambda _: None)
    monkeypatch.setattr("cereblon.report.trial_report.report_page", lambda *_: "")  # `save` makes the same page


@pytest.mark.parametrize(("name", "code"), PYTHON, ids=[name for name, _ in PYTHON])
def test_python_on_a_page_prints_the_answer_it_shows(
    name: str,
    code: str,
    run_folder: Path,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What a block prints stands behind `# -> ` in it, line for line; a block that prints nothing shows nothing."""
    runs_a_trial = any(call in code for call in _RUNS_A_TRIAL)
    if runs_a_trial:
        request.getfixturevalue("trials_are_small")
    exec(compile(code, name, "exec"), {})
    shown = re.findall(r"# -> (.*)$", code, re.MULTILINE)
    if not (runs_a_trial or name.startswith(_ANSWERS_DEPEND_ON_THE_RUN)):
        assert capsys.readouterr().out.splitlines() == shown


@pytest.mark.parametrize(("name", "text"), YAML, ids=[name for name, _ in YAML])
def test_yaml_on_a_page_is_accepted(name: str, text: str, tmp_path: Path) -> None:
    data = yaml.safe_load(text)
    if "arms" in data:
        parse_trial(data, where=name)
    elif "phases" in data:
        parse_regimen(data, where=name)
    elif "rules" in data:
        parse_rule_set(data, where=name, unseen=UNSEEN)
    elif "drug" in data:
        validate(Drug, {"name": "example", **data["drug"]}, where=name)
    elif "tables" in data:
        (tmp_path / "mapping.yaml").write_text(text, encoding="utf-8")
        assert list(read_mapping(tmp_path / "mapping.yaml").tables) == list(data["tables"])
    elif "case" in data:
        assert find_definition(data).name == data["name"]
    elif "versus" in data:
        assert find_target_trial(data).title == data["title"]
    else:
        assert list(data) == ["parameters"]
        model_parameters(data["parameters"])


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_trial_can_be_simulated(path: Path) -> None:
    assert prepare(load_trial(path)).plan.id == path.stem


@pytest.mark.parametrize("path", OBSERVED, ids=lambda path: path.stem)
def test_an_example_of_a_question_to_a_cohort_is_accepted(path: Path) -> None:
    assert find_target_trial(path).title


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_an_example_of_dose_rules_is_accepted(path: Path) -> None:
    assert read_rule_set(path, unseen=UNSEEN).id


@pytest.mark.parametrize(
    ("page", "example"),
    [
        ("tutorial/replicate-a-trial", "subcutaneous-bortezomib"),
        ("tutorial/design-a-trial", "dvrd-against-vrd"),
        ("how-to/compare-observed-treatments", "observed/drd-against-rd"),
        ("how-to/write-dose-rules", "rules/flexible-rules"),
    ],
)
def test_a_page_shows_its_example_as_it_is(page: str, example: str) -> None:
    written = (ROOT / f"docs/examples/{example}.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(dict(YAML)[f"docs/{page}.md:1"]) == yaml.safe_load(written)


def test_the_network_outside_gives_the_numbers_of_the_command() -> None:
    """The page prints what libRoadRunner makes of the SBML; our own solver must say the same."""
    from cereblon.model.mechanism.scenarios import treatment
    from cereblon.model.mechanism.solve import solve
    from cereblon.model.mechanism.treatment import adult

    markers = solve([treatment(["dexamethasone"], adult())], days=28)[0].markers
    page = (DOCS / "how-to/explore-the-mechanism.md").read_text(encoding="utf-8")
    mean, most = (float(text) for text in re.findall(r"# -> .* ([\d.]+)$", page, re.MULTILINE))
    # Half a unit of the digits shown, and as much again for the times at which each solver looks.
    assert float(markers["irf4"].mean()) == pytest.approx(mean, abs=0.01)
    assert float(markers["caspase_3"].max()) == pytest.approx(most, abs=0.01)


def test_the_example_of_the_tutorial_changes_one_thing() -> None:
    """The tutorial says that its regimen is that of the library but for the route of bortezomib."""
    text = (
        (DOCS / "examples/subcutaneous-bortezomib.yaml").read_text(encoding="utf-8").replace("route: sc", "route: iv")
    )
    shown = parse_regimen(yaml.safe_load(text)["arms"]["sc"]["strategy"]["lines"][0], where="example")
    original = load_regimen("vrd-s0777")

    def orders(regimen: Regimen) -> list[object]:
        return [
            (phase.cycle_days, phase.cycles, phase.until, [o.model_dump(exclude={"source"}) for o in phase.orders])
            for phase in regimen.phases
        ]

    assert orders(shown) == orders(original)
