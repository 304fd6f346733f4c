"""`cereblon app`: the library in the browser, on this machine only."""

from __future__ import annotations

from pathlib import Path

import typer

from cereblon.cli.applies import CheckedCommand
from cereblon.cli.outputs import folder_place

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command(cls=CheckedCommand)
def app_(
    port: int | None = typer.Option(
        None,
        min=0,
        max=65535,
        help="Port on 127.0.0.1; 8491 or, where that is taken, a free one, which 0 always takes.",
    ),
    folder: Path = typer.Option(
        Path("cereblon-app"), help="Folder that keeps the simulations; made if absent.", callback=folder_place
    ),
    browser: bool = typer.Option(True, "--browser/--no-browser", help="Open the browser."),
) -> None:
    """Open the library in the browser: evidence, doses, comparisons, a trial of your own, the review.

    Runs on this machine only, needs no network and no account; needs the extra `app`. Simulations go on while windows
    are closed, and a simulation that was stopped can be resumed. For research, not for treating a patient.

    Example: cereblon app
    """
    from cereblon.core.errors import InputError

    try:
        from cereblon.app.server import serve
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        raise InputError(
            f"the app needs {package}, which is not installed", hint='pip install "cereblon[app]"'
        ) from error
    serve(folder, port, opens_browser=browser, say=typer.echo)
