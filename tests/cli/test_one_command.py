"""A command is one module and one entry: help, refusals and the reference page know it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cli_calls import is_one_paragraph

import cereblon

PACKAGE = Path(str(cereblon.__file__)).parent
ROOT = Path(__file__).parents[2]

_ENTRY = '    "anion-gap": ("cereblon.cli.anion_gap", "Compute the anion gap."),\n'
_MODULE = '''"""`cereblon anion-gap`: sodium less chloride and bicarbonate."""

from typing import Annotated

import typer

from cereblon.cli.applies import CheckedCommand
from cereblon.core.errors import InputError

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command(cls=CheckedCommand)
def anion_gap(
    sodium: Annotated[float, typer.Argument(help="mmol/L.")],
    chloride: Annotated[float, typer.Argument(help="mmol/L.")],
    bicarbonate: Annotated[float, typer.Argument(help="mmol/L.")],
) -> None:
    """Compute the anion gap of serum, which a large M-protein lowers.

    Example: cereblon anion-gap 140 104 24
    """
    if not 100 <= sodium <= 200:
        raise InputError(f"sodium {sodium:g} mmol/L is outside 100 to 200", hint="give mmol/L")
    typer.echo(f"{sodium - chloride - bicarbonate:g} mmol/L")
'''


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package with one module and one entry more."""
    shutil.copytree(PACKAGE, tmp_path / "cereblon", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "cereblon/cli/anion_gap.py").write_text(_MODULE, encoding="utf-8")
    main = tmp_path / "cereblon/cli/main.py"
    text = main.read_text(encoding="utf-8")
    first = text.index("    ", text.index("COMMANDS: "))
    main.write_text(text[:first] + _ENTRY + text[first:], encoding="utf-8")
    return tmp_path


@pytest.mark.slow
def test_an_invented_command_needs_one_module_and_one_entry(package: Path) -> None:
    """140 - 104 - 24 = 12."""

    def ask(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            env=os.environ | {"PYTHONPATH": f"{package}{os.pathsep}{ROOT}"},
            capture_output=True,
            text=True,
            check=False,
        )

    ours = ("-c", "from cereblon.cli.main import main; main()")
    assert "Compute the anion gap." in ask(*ours, "--help").stdout
    assert ask(*ours, "anion-gap", "140", "104", "24").stdout == "12 mmol/L\n"
    refused = ask(*ours, "anion-gap", "14", "104", "24")
    assert (refused.returncode, is_one_paragraph(refused.stderr)) == (1, True)
    tree = "from scripts.reference_pages.commands import command_tree as t; print([' '.join(p) for p, _, _ in t()])"
    assert "'cereblon anion-gap'" in ask("-c", tree).stdout
