"""A regimen is one file: in the library it is listed, shown, drawn, simulated and followed by the mechanism."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

import cereblon

pytestmark = pytest.mark.slow  # another package is imported and its mechanism compiled
PACKAGE = Path(str(cereblon.__file__)).parent
GUIDE = Path(__file__).parents[2] / "docs/how-to/add-a-regimen.md"

_ASK = """
import json
import cereblon as cb
from cereblon.trials.run import prepare
from cereblon.trials.trial import parse_trial

trial = parse_trial({
    "id": "mine", "title": "Ten cycles", "population": {"base": "ndmm"}, "follow_up_months": 6,
    "arms": {"ten": {"regimen": "rd-ten", "size": 8}, "rd": {"regimen": "rd", "size": 8}}, "comparator": "rd",
}, where="mine")
found = cb.regimen("rd-ten")
print(json.dumps({
    "listed": [row for row in cb.regimens().table().to_dicts() if "rd-ten" in row.values()],
    "warnings": list(cb.check_regimen(json.loads(found.to_json())).warnings),
    "orders": found.table().select("drug", "dose", "unit", "days").rows(),
    "drawn": "lenalidomide" in json.dumps(found.chart().to_dict()),
    "simulated": [regimen.id for regimen in prepare(trial).lines["ten"]],
    "followed": cb.mechanism(regimen="rd-ten").text(),
}))
"""


def test_a_regimen_of_the_guide_needs_one_file(tmp_path: Path) -> None:
    """The file of `add-a-regimen.md`, in a copy of the package, so that nothing but it is added."""
    text, *_ = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), flags=re.DOTALL)
    shutil.copytree(PACKAGE, tmp_path / "cereblon", ignore=shutil.ignore_patterns("__pycache__"))
    library = tmp_path / "cereblon/model/regimens/library"
    (library / "rd-ten.yaml").write_text(dedent(text), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", _ASK],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert ["ten cycles" in json.dumps(row) for row in found["listed"]] == [True]
    assert found["warnings"] == []
    assert found["orders"] == [["lenalidomide", 25.0, "mg", "1-21"], ["dexamethasone", 40.0, "mg", "1,8,15,22"]]
    assert found["drawn"]
    assert found["simulated"] == ["rd-ten"]
    assert "over 28 days: rd-ten" in found["followed"]
