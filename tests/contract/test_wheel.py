"""The wheel that users install: every file of the package is in it, and it runs where nothing of the checkout is."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
_TRIAL = "import cereblon as cb; print(cb.simulate('small.yaml', out='run', draws=1).table('subjects').height)"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _python("-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT), at=folder)
    (made,) = folder.glob("*.whl")
    return made


def _python(*arguments: str, at: Path, **environment: str) -> str:
    # With the settings of the compiler, what other tests have compiled of the same code is found.
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "XLA_FLAGS") if name in os.environ}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=at,
        env=kept | {"HOME": str(at), "PIP_DISABLE_PIP_VERSION_CHECK": "1"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_file_of_the_package_is_in_the_wheel(wheel: Path) -> None:
    source = ROOT / "src"
    files = {
        path.relative_to(source).as_posix()
        for path in (source / "cereblon").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert len([name for name in files if not name.endswith(".py")]) > 100  # studies, regimens, parameters, pages
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert packed == files


def test_the_wheel_names_its_extras_and_no_development_packages(wheel: Path) -> None:
    content = zipfile.ZipFile(wheel)
    (name,) = [name for name in content.namelist() if name.endswith(".dist-info/METADATA")]
    told = Parser().parsestr(content.read(name).decode("utf-8"))
    needs = told.get_all("Requires-Dist", [])
    assert told.get_all("Provides-Extra") == ["adam", "app", "cohort", "dask", "docx", "pdf", "postgres", "spark"]
    assert [line for line in needs if line.startswith("weasyprint")] == ["weasyprint>=63; extra == 'pdf'"]
    assert not [line for line in needs if line.startswith(("pytest", "lifelines", "diffrax", "beartype"))]


def test_the_installed_wheel_answers_from_an_empty_folder(
    wheel: Path, tmp_path: Path, small_file: Path, compiled_programs: str
) -> None:
    """The small trial has 20 people in each of 60 replicates."""
    _python("-m", "pip", "install", "-q", "--no-deps", "--target", "site", str(wheel), at=tmp_path)
    empty = tmp_path / "empty"
    empty.mkdir()
    here = {"PYTHONPATH": str(tmp_path / "site"), "XDG_CACHE_HOME": compiled_programs}
    ours = str(tmp_path / "site/bin/cereblon")
    assert _python("-c", "import cereblon; print(cereblon.__file__)", at=empty, **here).startswith(str(tmp_path))
    assert _python(ours, "--version", at=empty, **here).startswith("cereblon ")
    assert "lenalidomide" in _python(ours, "regimen", "show", "rd", at=empty, **here)
    assert "0.69" in _python(ours, "evidence", "show", "aspire", at=empty, **here)
    (empty / "small.yaml").write_bytes(small_file.read_bytes())
    assert _python("-c", _TRIAL, at=empty, **here).strip() == "1200"
