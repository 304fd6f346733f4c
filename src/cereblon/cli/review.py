"""`cereblon review`: the living review as one offline document."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from cereblon.cli.applies import Applies, CheckedCommand, applies
from cereblon.cli.outputs import folder_place

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command(cls=CheckedCommand)
@applies(
    Applies("--replicates", without=("--no-simulation",)),
    Applies("--seed", without=("--no-simulation",)),
)
def review(
    regimen: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="One chapter: rd, vrd, ird, krd, drd, transplant or maintenance."),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Folder to write to; it is made if absent.", callback=folder_place)
    ] = Path("review"),
    pdf: Annotated[bool, typer.Option("--pdf", help="Write a PDF too; needs the extra `pdf`.")] = False,
    run: Annotated[
        Optional[list[Path]],  # noqa: UP045
        typer.Option(help="Run folder of `cereblon compare` to take predictions from; may be given more than once."),
    ] = None,
    simulation: Annotated[
        bool,
        typer.Option(
            "--simulation/--no-simulation", help="Simulate the trials that neither --run nor the package gives."
        ),
    ] = True,
    replicates: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(
            min=1, max=100, help="Virtual trials per chapter, two for each draw of the parameters; 8 if absent."
        ),
    ] = None,
    seed: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(min=0, max=2**32 - 1, help="Seed of the simulations; that of each trial if absent."),
    ] = None,
) -> None:
    """Write the living review from the evidence as it is now.

    One HTML file that works offline: a summary, how lenalidomide works, the kidney, a chapter for each treatment,
    safety, routine care and what is unknown. Each chapter answers in a few sentences with their certainty and one
    picture; tables and reasons open on a click. Every number is a link to where it came from. For research, not for
    treating a patient.

    Example: cereblon review --regimen ird --no-simulation
    """
    import cereblon as cb
    from cereblon.cli.running import tell
    from cereblon.questions.review import check_printer

    if pdf:
        check_printer()
    found = cb.review(regimen, runs=run or (), simulate=simulation, replicates=replicates, seed=seed, progress=tell)
    for path in found.save_in(out, pdf=pdf):
        typer.echo(str(path))
