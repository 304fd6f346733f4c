"""Options of the commands that run a trial, and how every command prints."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

Replicates = Annotated[int | None, typer.Option("--replicates", min=1, max=10_000, help="Number of virtual trials.")]
Seed = Annotated[int | None, typer.Option("--seed", min=0, max=2**32 - 1, help="Seed of the run.")]
Draws = Annotated[
    int | None,
    typer.Option(
        "--draws",
        min=1,
        max=10_000,
        help="Draws of the fitted parameters, each for two virtual trials; as many as that takes unless given. "
        "1 means the point values, which is faster.",
    ),
]
AgainstRules = Annotated[
    list[str] | None,
    typer.Option(
        "--against-rules",
        help="Simulate the first patients again under these dose rules (a name or a YAML file) and show in the "
        "report what the rules change; more than once if wished.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print as JSON.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print as CSV.")]


def tell(text: str) -> None:
    """Give a line of progress on stderr."""
    from cereblon.core.control_characters import visible
    from cereblon.core.plain_text import fit_terminal
    from cereblon.core.units import shown_units

    typer.echo(fit_terminal(visible(shown_units(text)), sys.stderr), err=True)


def print_notes(notes: Sequence[str]) -> None:
    """Print on stderr what was converted, understood, left out or not used, one line each."""
    for note in notes:
        tell(f"note: {note}")
