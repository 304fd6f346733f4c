"""A drug is one thing: a module with its kinetics and a parameter file with its description; every list follows."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

import cereblon
from cereblon.core.errors import InputError
from cereblon.core.parameter import load_parameters
from cereblon.model.drugs import DRUGS
from cereblon.model.drugs.drug import all_drugs, needed_numbers, of_class, read_drugs
from cereblon.model.drugs.drugs import kinetic_model

PACKAGE = Path(str(cereblon.__file__)).parent
DECLARED = PACKAGE / "model" / "drugs" / "parameters"

_MODULE = '''"""Inventomib by mouth: one compartment."""

import jax.numpy as jnp

from cereblon.model.drugs.pk_parameters import PKParameters

N_ETA = 1  # clearance


def pk_parameters(patient, eta, p):
    """Give clearance, volume and absorption of one subject."""
    cl = p["clearance"] * patient.weight_kg / 75.0 * jnp.exp(p["clearance_sd"] * eta[0])
    return PKParameters(cl, jnp.full_like(cl, p["volume"]), ka=jnp.full_like(cl, p["absorption_rate"]))
'''
_DRUG = {
    "class": "pi",
    "forms": [{"unit": "mg", "route": "oral", "largest": 6, "source": "made up for a test"}],
    "usual": {"oral": {"dose": 6, "unit": "mg", "days": "1,8,15", "cycle": 28}},
    "covariates": ["weight_kg"],
    "concentrations": "ng/mL",
    "week": 4.5,
    "network_days": "1,8,15",
    "color": "#123456",
}
_NUMBERS = {
    "clearance": (2.0, "L/h"),
    "volume": (100.0, "L"),
    "absorption_rate": (1.0, "1/h"),
    "kill": (0.05, "1/day"),
    "occupancy_on": (50.0, "L/(mg*h)"),
    "occupancy_off": (0.5, "1/h"),
    "release_block": (1.0, "1"),
    "nerve_days": (2.0, "day/mg"),
}
_REGIMEN = """
id: invd
label: inventomib and dexamethasone
phases:
  - name: continuous
    cycle_days: 28
    until: progression
    source: us
    orders:
      - {drug: inventomib, dose: 6, unit: mg, route: oral, days: [1, 8, 15]}
      - {drug: dexamethasone, dose: 40, unit: mg, route: oral, days: [1, 8, 15, 22]}
sources:
  us: {citation: made up for a test, quality: recalled}
"""
_TRIAL = """
id: invented
title: Inventomib against dexamethasone
population: {base: ndmm}
arms:
  inv: {label: inv, size: 6, strategy: {id: inv, label: inv, lines: [REGIMEN], basis: assumed, notes: [x]}}
  dex: {size: 6, strategy: {id: dex, label: dex, lines: [dex-high], basis: assumed, notes: [x]}}
comparator: dex
enrolment_months: 1
follow_up_months: 6
dropout_per_year: 0
replicates: 2
seed: 1
rules:
  extends: us-label
  id: with-inventomib
  sources: {made-up: {citation: made up for a test, quality: recalled}}
  drugs: {inventomib: {unit: mg, ladders: [[6, 4, 2]], source: made-up}}
  start: [{id: inventomib-old, drug: inventomib, when: {age: {above: 60}}, at_most: 4, source: made-up}]
"""
_ASK = """
import json, sys
from pathlib import Path
import cereblon as cb
from cereblon.core.yaml_files import read_yaml

regimen, trial, folder = map(Path, sys.argv[1:])
pk = cb.pk("inventomib", subjects=cb.Subjects(typical=True))
shown = cb.regimen(str(regimen))
rules = trial.parent / "rules.yaml"
rules.write_text(json.dumps(read_yaml(trial)["rules"]))
dosed = cb.dose(str(regimen), rules=str(rules), age=70, crcl=90).tables()["decisions"]
run = cb.simulate(str(trial), out=folder)
run.save(str(folder.parent / "report.html"))
given = run.table("exposures").to_dicts()
print(json.dumps({
    "metrics": {row["metric"]: row["median"] for row in pk.tables()["metrics"]},
    "check": str(cb.check_regimen(str(regimen))),
    "calendar": json.dumps(shown.chart().to_dict()),
    "dose": [row["dose"] for row in dosed if row["drug"] == "inventomib"],
    "given": sorted({row["planned_mg"] / row["planned_doses"] for row in given if row["drug"] == "inventomib"}),
    "network": cb.mechanism("inventomib", every_hours=168).text(),
}))
"""


def _copied(tmp_path: Path, module: str = _MODULE, **changed: Any) -> Path:
    """Copy the package and add the two files of the invented drug."""
    shutil.copytree(PACKAGE, tmp_path / "src" / "cereblon", ignore=shutil.ignore_patterns("__pycache__"))
    drugs = tmp_path / "src" / "cereblon" / "model" / "drugs"
    (drugs / "inventomib.py").write_text(module, encoding="utf-8")
    (drugs / "parameters" / "inventomib.yaml").write_text(json.dumps(_file(**changed)), encoding="utf-8")
    return tmp_path


def _file(**changed: Any) -> dict[str, Any]:
    numbers = {
        name: {"value": value, "unit": unit, "basis": "assumed", "meaning": "made up", "source": "made up for a test"}
        for name, (value, unit) in _NUMBERS.items()
    }
    return {"drug": {**_DRUG, **changed}, "parameters": numbers}


@pytest.mark.slow
def test_an_invented_drug_needs_one_module_and_one_parameter_file(tmp_path: Path) -> None:
    """In a copy of the package with two more files. AUC of 6 mg: 6 / (2 L/h) = 3,000 ng h/mL."""
    _copied(tmp_path)
    regimen, trial = tmp_path / "invd.yaml", tmp_path / "invented.yaml"
    regimen.write_text(_REGIMEN, encoding="utf-8")
    trial.write_text(_TRIAL.replace("REGIMEN", json.dumps(_plain(_REGIMEN))), encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "src")}
    command = [sys.executable, "-c", _ASK, str(regimen), str(trial), str(tmp_path / "run")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["metrics"]["auc_inf"] == pytest.approx(3000.0, rel=1e-3)
    assert "inventomib" in found["check"]
    assert "#123456" in found["calendar"]
    assert found["dose"] == [4.0]
    assert found["given"] == [4.0, 6.0]  # the rule for the old
    assert "inventomib" in found["network"]
    assert "inventomib" in (tmp_path / "report.html").read_text(encoding="utf-8")


def _plain(text: str) -> Any:
    from cereblon.core.yaml_files import parse_yaml

    return parse_yaml(text, where="a test")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"class": "imidd"}, "class"),
        ({"color": "blue"}, "color"),
        ({"place": 3}, "place 3 is that of two drugs"),
        ({"week": None}, "the class pi harms by the amount of a week"),
        ({"usual": {"iv": {"dose": 6, "unit": "mg", "days": "1", "cycle": 28}}}, "mg iv is none of its forms"),
        ({"routes": ["oral"]}, "routes"),
        ({"covariates": ["shoe_size"]}, "covariates"),
    ],
)
def test_a_wrong_description_is_refused_with_its_place(tmp_path: Path, changed: dict[str, Any], told: str) -> None:
    shutil.copy(DECLARED / "ixazomib.yaml", tmp_path / "ixazomib.yaml")
    (tmp_path / "inventomib.yaml").write_text(json.dumps(_file(**changed)), encoding="utf-8")
    with pytest.raises(InputError, match=told):
        read_drugs(tmp_path)


def test_the_order_of_files_means_nothing(tmp_path: Path) -> None:
    """Places decide, and a drug without one comes last."""
    for place, path in enumerate(sorted(DECLARED.glob("*.yaml"), reverse=True)):
        shutil.copy(path, tmp_path / f"{place:02d}.yaml")
    (tmp_path / "000.yaml").write_text(json.dumps(_file()), encoding="utf-8")
    found = read_drugs(tmp_path)
    assert [drug.color for drug in found] == [*(drug.color for drug in all_drugs().values()), "#123456"]


def test_places_are_those_of_the_first_version() -> None:
    """A drug that moved would give every simulated person another tumour; set once, to be kept."""
    assert DRUGS[:6] == ("lenalidomide", "dexamethasone", "bortezomib", "ixazomib", "carfilzomib", "daratumumab")
    assert DRUGS[6:] == ("melphalan", "pomalidomide", "isatuximab", "elotuzumab")


def test_a_further_draw_leaves_those_before_it_alone() -> None:
    """What a tumour is like is drawn in the order of the drugs, so a drug that comes last changes none."""
    key = jax.random.key(7)
    np.testing.assert_array_equal(jax.random.normal(key, (20,))[:15], jax.random.normal(key, (15,)))


@pytest.mark.parametrize("drug", DRUGS)
def test_every_drug_has_kinetics_and_the_numbers_of_its_class(drug: str) -> None:
    assert kinetic_model(drug).N_ETA >= 1
    assert set(needed_numbers(all_drugs()[drug])) <= set(load_parameters(drug))


def test_drugs_of_one_target_are_compared_with_the_first_of_their_class() -> None:
    assert of_class("imid") == ("lenalidomide", "pomalidomide")
    assert of_class("cd38") == ("daratumumab", "isatuximab")
    assert of_class("pi") == ("bortezomib", "ixazomib", "carfilzomib")


def test_colours_of_drugs_differ_and_bear_white_figures() -> None:
    """Contrast of 4.5 against white, by the relative luminance of WCAG 2."""

    def luminance(color: str) -> float:
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    colors = [drug.color for drug in all_drugs().values()]
    assert len(set(colors)) == len(colors)
    assert all(1.05 / (luminance(color) + 0.05) >= 4.5 for color in colors)
