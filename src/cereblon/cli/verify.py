"""`cereblon verify`: check that a run folder holds what was written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cereblon.cli.applies import CheckedCommand
from cereblon.cli.running import AsCsv, AsJson

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command(cls=CheckedCommand)
def verify(
    run: Annotated[Path, typer.Argument(help="Run folder, e.g. runs/swog-s0777.")],
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Check every byte of a run folder, for example of one that came from elsewhere.

    Exit code 1 if anything is missing, damaged or of another run. The checksum is that of plan and tables; the sender
    of a folder can tell it you in another way.

    Example: cereblon verify runs/swog-s0777
    """
    import cereblon as cb
    from cereblon.cli.outputs import print_result

    found = cb.verify(run)
    print_result(found, as_json=as_json, as_csv=as_csv)
    if not found.is_whole:
        raise typer.Exit(1)
