"""Commands about curves and patients, called in this process, and the files of their cases."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import HealthCheck, settings
from typer.testing import CliRunner

from cereblon.cli.evidence import app
from cereblon.core.errors import InputError

DATA = Path(__file__).parent / "data"

EXAMPLES = Path(__file__).parents[2] / "docs/examples"

QUICK = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)


def file(name: str) -> str:
    return str(DATA / name)


def answer(*arguments: str) -> dict[str, list[dict[str, object]]]:
    """Give what a command prints as JSON."""
    done = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found: dict[str, list[dict[str, object]]] = json.loads(done.stdout)
    return found


def refusal(*arguments: str) -> str:
    """Give the sentence with which a command refuses its input."""
    done = CliRunner().invoke(app, list(arguments))
    if isinstance(done.exception, InputError):
        return str(done.exception)
    assert done.exit_code == 2
    return " ".join(done.output.split())


def write(path: Path, header: str, rows: list[str]) -> str:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return str(path)


MALE = ("--targets", file("time-unit-targets.csv"), "--arm", "new")
