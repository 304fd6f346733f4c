"""A look-up answers while one waits: it loads no library that it does not need, and the slow ones are named here."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

SLOW = ["numpy", "scipy.special", "scipy.optimize", "scipy.stats", "jax", "pyarrow", "polars", "pandas", "altair"]
SLOW += ["jinja2", "jaxtyping", "numpyro", "libsbml", "rich", "cereblon.statistics", "cereblon.trials.design_plan"]
"""Seconds of a processor to load them: 0.1 numpy, 0.3 scipy.special, 0.9 jax, 1.1 scipy.stats, 0.5 altair."""

EVIDENCE = [
    "evidence list",
    "evidence show swog-s0777",
    "evidence table --endpoint pfs_median --setting ndmm",
    "evidence endpoints",
    "evidence cite swog-s0777 --bibtex",
]
LIBRARY = [
    "regimen list",
    "regimen show vrd-s0777",
    "population list",
    "parameters clones",
    "dose vrd-s0777 --age 78 --crcl 45 --anc 0.8 --platelets 90 --neuropathy 2",
    "dose --explain us-label",
]
SYNTHESIS = [
    "evidence compare VRd DRd --setting ndmm-tie",
    "evidence forest --endpoint pfs_hr --setting rrmm",
    "evidence network --endpoint pfs_hr --setting rrmm",
    "evidence league --endpoint pfs_hr --setting rrmm",
]

_RUN = """
import contextlib, io, json, shlex, sys
from cereblon.cli.main import app
commands, slow = json.loads(sys.argv[1])
found = {}
for command in commands:
    sys.argv = ["cereblon", *shlex.split(command)]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        app(prog_name="cereblon", standalone_mode=False)
    found[command] = [name for name in slow if name in sys.modules]
print(json.dumps(found))
"""


@pytest.mark.parametrize(
    ("commands", "needed"),
    [
        (EVIDENCE, set()),
        (LIBRARY, {"numpy"}),
        (["evidence practice ird --setting rrmm"], {"numpy", "cereblon.statistics"}),
        (["evidence regimen griffin"], {"numpy", "scipy.special", "cereblon.trials.design_plan"}),
        (SYNTHESIS, {"numpy", "scipy.special", "scipy.optimize", "cereblon.statistics"}),
    ],
    ids=["published numbers", "library and dose", "routine care", "published regimens", "synthesis"],
)
def test_a_look_up_loads_only_the_slow_libraries_that_it_needs(commands: list[str], needed: set[str]) -> None:
    """One process answers the commands of a kind in turn; the first that loads more is the one to mend."""
    told = json.dumps([commands, SLOW])
    done = subprocess.run([sys.executable, "-c", _RUN, told], capture_output=True, text=True, check=True)
    loaded = json.loads(done.stdout)
    assert {command: found for command, found in loaded.items() if set(found) - needed} == {}


_VERSION = """
import os, sys
sys.argv = ["cereblon", "--version"]
from cereblon.cli.main import main
try:
    main()
except SystemExit:
    print(os.environ.get("OPENBLAS_NUM_THREADS"), "numpy" in sys.modules)
"""


@pytest.mark.parametrize(
    ("given", "left"),
    [({}, "1"), ({"OPENBLAS_NUM_THREADS": "3"}, "3"), ({"OMP_NUM_THREADS": "2"}, None)],
    ids=["nothing set", "set by the user", "set for all libraries"],
)
def test_a_command_leaves_linear_algebra_one_thread_unless_told(given: dict[str, str], left: str | None) -> None:
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    around = {name: value for name, value in os.environ.items() if name not in names} | given
    done = subprocess.run([sys.executable, "-c", _VERSION], env=around, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == f"{left} False"
