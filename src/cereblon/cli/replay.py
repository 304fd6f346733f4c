"""`cereblon replay`: derive a run's doses again from its measurements, and follow one subject."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cereblon.cli.applies import Applies, CheckedCommand, applies

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command(cls=CheckedCommand)
@applies(Applies("--most", without=("--subject",), because="one subject is followed"))
def replay(
    run: Annotated[Path, typer.Argument(help="Run folder, e.g. runs/swog-s0777.")],
    subject: Annotated[int | None, typer.Option(min=0, help="Follow this subject day by day instead.")] = None,
    most: Annotated[int | None, typer.Option(min=1, help="Look at so many subjects only, from the first.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print as CSV.")] = False,
) -> None:
    """Derive every dose, hold, reduction and stop of a run again, and list what disagrees.

    Plain Python, written apart from the engine, reads the recorded counts, grades and rule set. Exit code 1 if
    anything disagrees.

    Example: cereblon replay runs/swog-s0777 --most 200
    """
    import cereblon as cb
    from cereblon.cli.outputs import print_result

    if subject is not None:
        print_result(cb.replay(run, subject=subject), as_json=as_json, as_csv=as_csv)
        return
    replayed = cb.replay(run, most=most)
    print_result(replayed, as_json=as_json, as_csv=as_csv)
    if replayed.disagreements:
        raise typer.Exit(1)
