"""Results that took long, kept in a folder until the program changes, so that a run which was stopped goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

FOLDER = Path("build/cohort-scores")
_PACKAGE = Path("src/cereblon")
_COMPUTING = ("cohort", "core", "criteria", "model", "outcomes", "statistics", "tables", "trials", "vocabulary")


def kept(name: str, make: Callable[[], Any], *, folder: Path = FOLDER) -> Any:
    """Give what was computed under a name by this very program, or compute it.

    Parameters
    ----------
    name
        Of the part, sizes and seed included.
    make
        Gives what can be written as JSON.
    folder
        Of the parts.
    """
    path = folder / f"{name}.json"
    if path.is_file():
        known = json.loads(path.read_text(encoding="utf-8"))
        if known["program"] == _program():
            return known["found"]
    print(f"computing {name}", flush=True)
    found = json.loads(json.dumps(make()))
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"program": _program(), "found": found}), encoding="utf-8")
    return found


@cache
def _program() -> str:
    folders = [_PACKAGE / name for name in _COMPUTING]
    read = sorted(one for folder in folders for kind in ("*.py", "*.yaml") for one in folder.rglob(kind))
    total = sha256()
    for one in read:
        total.update(one.read_bytes())
    return total.hexdigest()
