"""`import cereblon as cb` offers the public functions, loads nothing before that, and no room hides one of them."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import cereblon


@pytest.mark.parametrize("name", cereblon.__all__)
def test_every_public_name_is_at_home_where_the_front_door_says(name: str) -> None:
    assert getattr(cereblon, name).__doc__


def test_no_room_has_the_name_of_a_public_function() -> None:
    """Importing a room sets it as an attribute of the package, where it would hide a function of the same name."""
    rooms = {module.name for module in pkgutil.iter_modules([str(Path(cereblon.__file__).parent)])}
    assert rooms & set(cereblon.__all__) <= {"evidence"}  # which is asked by its own functions: cb.evidence.table


def test_public_names_are_functions_after_every_module_was_imported() -> None:
    code = (
        "import cereblon, pkgutil, importlib, types\n"
        "for module in pkgutil.walk_packages(cereblon.__path__, 'cereblon.'):\n"
        "    importlib.import_module(module.name)\n"
        "names = set(cereblon.__all__) - {'evidence'}\n"
        "print([name for name in names if isinstance(getattr(cereblon, name), types.ModuleType)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'comparee'"):
        cereblon.comparee  # noqa: B018
