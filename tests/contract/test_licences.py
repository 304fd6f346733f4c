"""Every package that is installed with this one may be used with it: licences are read from what is installed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
PERMISSIVE = re.compile(
    r"\b(MIT|MIT-CMU|BSD|0BSD|BSD-[23]-Clause|Apache|Apache-2\.0|ISC|PSF-2\.0|Python Software Foundation|Zlib)\b"
)
FILE_WISE = re.compile(r"MPL|Mozilla Public License")  # asks for the source of its own files alone
# Read by a person where the words of the package are no licence of the list.
JUDGED = {
    "python-libsbml": "LGPL-2.1: used as a library of its own, unchanged, and may be replaced",
    "psycopg": "LGPL-3.0: used as a library of its own, unchanged, and may be replaced",
    "psycopg-binary": "LGPL-3.0, likewise; libpq in it under the PostgreSQL licence",
    "axe-playwright-python": "MIT by its LICENSE, and axe-core in it MPL-2.0; for tests only",
    "libroadrunner": "Apache-2.0 by its LICENSE; for tests only",
}


def _installed(needed: Iterable[str]) -> dict[str, Distribution]:
    """Give what is installed for requirements, and for theirs in turn."""
    found: dict[str, Distribution] = {}
    waiting = list(needed)
    while waiting:
        one = Requirement(waiting.pop())
        name = re.sub(r"[-_.]+", "-", one.name).lower()
        if name in found or (one.marker is not None and not one.marker.evaluate({"extra": ""})):
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue  # of another platform
        waiting += found[name].requires or []
    return found


def _licence(package: Distribution) -> str:
    told = package.metadata
    classified = [line.split(" :: ")[-1] for line in told.get_all("Classifier") or [] if line.startswith("License")]
    return told.get("License-Expression") or "; ".join(classified) or (told.get("License") or "").split("\n")[0]


@pytest.mark.parametrize("group", ["dependencies", "dev"])
def test_every_licence_allows_what_we_do(group: str) -> None:
    extras = [one for extra in PROJECT["project"]["optional-dependencies"].values() for one in extra]
    project = [*PROJECT["project"]["dependencies"], *extras]
    packages = _installed(project if group == "dependencies" else [*project, *PROJECT["dependency-groups"]["dev"]])
    assert len(packages) > 20
    strange = {
        name: licence
        for name, package in packages.items()
        if name not in JUDGED
        and not PERMISSIVE.search(licence := _licence(package))
        and not FILE_WISE.search(licence)
    }
    assert strange == {}
