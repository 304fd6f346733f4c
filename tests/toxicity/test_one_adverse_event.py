"""An adverse event is one thing: a declaration, its parameters and a function of its name; no order to keep."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jax.numpy as jnp
import pytest

import cereblon
from cereblon.core.errors import InputError
from cereblon.core.parameter import values
from cereblon.model.toxicity import events
from cereblon.model.toxicity.adverse_events import ADVERSE_EVENTS, AdverseEvent, AdverseEvents, read_adverse_events
from cereblon.model.toxicity.risk_factors import DiseaseState, PatientFactors, RiskFactors, no_doses
from cereblon.outcomes import summarise
from cereblon.trials.folder import RunFolder, open_run

PACKAGE = Path(str(cereblon.__file__)).parent
DECLARED = PACKAGE / "model" / "toxicity" / "parameters"

UNTREATED = RiskFactors(
    patient=PatientFactors(*map(jnp.float32, (65.0, 0.5, 24.0, 0.0))),
    recent=no_doses(jnp.float32(0.0)),
    disease_state=DiseaseState(*map(jnp.float32, (0.0, 1.0 / jnp.e, 0.0, 0.0, 0.0))),
    prophylaxis=jnp.float32(0.0),
    years_of_line=jnp.float32(1000.0),
)
"""65 years old, of middle frailty, without disease and drugs, neutrophils one e-fold below 1e9/L."""


def _expected() -> dict[str, float]:
    """Hazards of that person, 1/year: what each parameter file says of somebody without disease and drugs."""
    p = {group: values(group) for group in events.GROUPS}
    infected = p["infection"]["rate_background"] * (1.0 + p["infection"]["by_neutropenia"])
    return {
        "infection": infected,
        "pneumonia": p["infection"]["pneumonia_ratio"] * infected,
        "febrile_neutropenia": p["infection"]["rate_febrile_neutropenia"],
        "dvt": p["thrombosis"]["rate"] * (1.0 - p["thrombosis"]["pe_share"]),
        "pe": p["thrombosis"]["rate"] * p["thrombosis"]["pe_share"],
        "cardiac_failure": p["heart"]["rate_cardiac_failure"],
        "hypertension": p["heart"]["rate_hypertension"],
        "ischaemic_heart_disease": p["heart"]["rate_ischaemic_heart_disease"],
        "diarrhoea": p["diarrhoea"]["rate_background"],
        "rash": p["rash"]["rate_background"],
        "fatigue": 0.0,
        "hepatotoxicity": p["liver"]["rate_background"],
        "spm_solid": p["second_cancers"]["rate_solid"],
        "spm_haematological": p["second_cancers"]["rate_haematological"],
        "spm_skin": p["second_cancers"]["rate_skin"],
    }


def test_each_hazard_is_that_of_its_own_name() -> None:
    """Two that are swapped differ here; the values are those of the parameter files."""
    p = {group: {name: jnp.float32(value) for name, value in values(group).items()} for group in events.GROUPS}
    found = events.hazards(UNTREATED, p)
    assert {term: float(rate) for term, rate in found.items()} == pytest.approx(_expected(), rel=1e-5)
    assert len(set(_expected().values())) >= 14  # so that a swap shows


def test_the_order_of_declarations_means_nothing(tmp_path: Path) -> None:
    """Files and entries in another order give the same events at the same places of the shared draws."""
    reversed_events = AdverseEvents(
        events=ADVERSE_EVENTS.events[::-1], wider_in_dose_rules=ADVERSE_EVENTS.wider_in_dose_rules
    )
    assert reversed_events == ADVERSE_EVENTS
    for place, path in enumerate(sorted(DECLARED.glob("*.yaml"), reverse=True)):
        shutil.copy(path, tmp_path / f"{place:02d}.yaml")
    again = read_adverse_events(tmp_path)
    assert again.terms == ADVERSE_EVENTS.terms
    assert list(again.members.items()) == list(ADVERSE_EVENTS.members.items())
    assert again.in_dose_rules == ADVERSE_EVENTS.in_dose_rules


def test_places_in_the_shared_draws_are_those_of_the_first_version() -> None:
    """A place that moved would give every simulated person other adverse events; set once, to be kept."""
    assert {event.term: event.draw for event in ADVERSE_EVENTS.events if event.draw is not None} == {
        term: place for place, term in enumerate(_expected())
    }


def test_wrong_declarations_are_all_named() -> None:
    wrong = (
        AdverseEvent(term="rash", parameters="rash", draw=3, counted_as=("skin_harm",)),
        AdverseEvent(term="green_hair", parameters="rash", draw=3),
        AdverseEvent(term="fatigue", parameters="fatigue", draw=15),
    )
    with pytest.raises(InputError) as caught:
        AdverseEvents(events=wrong, wider_in_dose_rules={"vte": True})
    for part in (
        "ae_green_hair is no endpoint of the vocabulary",
        "skin_harm counts adverse events and is not declared",
        "vte counts no adverse event",
        "draw 3 is declared twice",
        "draw 15 is outside 0 to 14",
    ):
        assert part in str(caught.value)


_CATARACT = '''"""Cataract: dexamethasone."""

from jax import Array

from cereblon.model.toxicity.risk_factors import RiskFactors, Values


def cataract(now: RiskFactors, p: Values) -> Array:
    """Give the hazard of any grade, 1/year."""
    return p["rate_dexamethasone"] * now.recent.dexamethasone
'''
_NUMBERS = {
    "rate_dexamethasone": (20.0, "1/year"),
    "grade_2_cataract": (0.9, "1"),
    "grade_3_cataract": (0.5, "1"),
    "fatal_cataract": (0.0, "1"),
    "duration_cataract": (60.0, "day"),
    "stop_cataract": (0.0, "1"),
}

_RUN = """
import json, sys
from pathlib import Path
from cereblon.model.dosing.measures import MEASURES
from cereblon.model.dosing.phrases import read_grade
from cereblon.model.engine.batch import use_compilation_cache
from cereblon.model.engine.parameters import model_parameters
from cereblon.model.toxicity.adverse_events import ADVERSE_EVENTS
from cereblon.outcomes import summarise
from cereblon.vocabulary.endpoints import endpoint_label
from cereblon.trials.run import prepare
from cereblon.trials.running import run_trial
from cereblon.trials.library import load_trial

use_compilation_cache()
folder = run_trial(prepare(load_trial(Path(sys.argv[1]))), Path(sys.argv[2]), block_size=512)
outcomes = summarise(folder.tables()).to_pylist()
print(json.dumps({
    "terms": list(ADVERSE_EVENTS.terms),
    "outcomes": sorted({row["endpoint"] for row in outcomes}),
    "label": endpoint_label("ae_cataract"),
    "measure": MEASURES["cataract"].meaning if "cataract" in MEASURES else None,
    "phrase": read_grade("cataract=3") if "cataract" in MEASURES else None,
    "parameters": sorted(model_parameters().get("cataract", {})),
}))
"""


def _rows(folder: RunFolder) -> dict[str, list[tuple[object, ...]]]:
    """Adverse event rows by event, without the name of the run."""
    found: dict[str, list[tuple[object, ...]]] = {}
    for row in folder.table("adverse_events").to_pylist():
        found.setdefault(row["event"], []).append(
            tuple(value for name, value in row.items() if name not in ("event", "source_id"))
        )
    return found


def test_an_invented_adverse_event_needs_one_module_and_one_parameter_file(
    tmp_path: Path, small_file: Path, small_run: RunFolder
) -> None:
    """It is simulated, tabulated, labelled and read by dose rules, and moves no event that was there before.

    In a copy of the package, so that nothing but the two files is added. It stops nothing, so whoever had another
    event before has it on the same day.
    """
    shutil.copytree(PACKAGE, tmp_path / "src" / "cereblon", ignore=shutil.ignore_patterns("__pycache__"))
    toxicity = tmp_path / "src" / "cereblon" / "model" / "toxicity"
    (toxicity / "cataract.py").write_text(_CATARACT, encoding="utf-8")
    numbers = {
        name: {"value": value, "unit": unit, "basis": "assumed", "meaning": "made up", "source": "made up for a test"}
        for name, (value, unit) in _NUMBERS.items()
    }
    declared = {"adverse_events": {"cataract": {"dose_rules": True}}, "parameters": numbers}
    (toxicity / "parameters" / "cataract.yaml").write_text(json.dumps(declared), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(small_file), str(tmp_path / "run")],
        env=os.environ | {"PYTHONPATH": str(tmp_path / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)

    rows = _rows(open_run(tmp_path / "run"))
    assert len(rows.pop("cataract")) > 1000  # 20 a year on dexamethasone in 1,200 subjects
    assert rows == _rows(small_run)
    before = {row["endpoint"] for row in summarise(small_run.tables()).to_pylist()}
    assert set(found["outcomes"]) - before == {"ae_cataract"}
    assert found["terms"] == [*ADVERSE_EVENTS.terms, "cataract"]
    assert found["label"] == "Cataract"
    assert found["measure"] == "cataract, CTCAE grade"
    assert found["phrase"] == ["cataract", 3.0]
    assert "rate_dexamethasone" in found["parameters"]
