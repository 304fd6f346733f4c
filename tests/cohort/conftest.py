"""Small databases of the Common Data Model, written by the tests."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cohort_records import Records, add_three_patients, write_folder

import cereblon as cb


@pytest.fixture
def records() -> Records:
    """Records without a row."""
    return Records()


@pytest.fixture
def three_patients(records: Records) -> Records:
    """VRd with transplantation and maintenance, then DPd; Rd until progression and death; one code alone."""
    return add_three_patients(records)


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the three patients as `omop` and their cohort as `cohort`. To be read, not written to."""
    home = tmp_path_factory.mktemp("built")
    source = write_folder(add_three_patients(Records()).tables, home / "omop")
    cb.cohort.build(source, out=home / "cohort", progress=False)
    return home


@pytest.fixture
def built(built_once: Path, tmp_path: Path) -> Path:
    """The cohort of the three patients, to be changed; beside it is `omop`, which it was built from."""
    for name in ("omop", "cohort"):
        shutil.copytree(built_once / name, tmp_path / name)
    return tmp_path / "cohort"
