"""`cereblon regimen`: list, show and check treatment regimens and strategies."""

from __future__ import annotations

from typing import Annotated

import typer

from cereblon.cli.applies import CheckedCommand
from cereblon.cli.help_text import command_group
from cereblon.cli.outputs import Png, Svg
from cereblon.cli.running import AsCsv, AsJson

app = command_group(
    help="List, show and check treatment regimens and strategies.\n\nExample: cereblon regimen show vrd-s0777",
)


@app.command("list", cls=CheckedCommand)
def list_all(as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """List the regimens and strategies of the library.

    Example: cereblon regimen list --csv
    """
    import cereblon as cb
    from cereblon.cli.outputs import print_result

    print_result(cb.regimens(), as_json=as_json, as_csv=as_csv)


@app.command(cls=CheckedCommand)
def show(
    name: Annotated[str, typer.Argument(help="Name in the library, or a YAML file.")],
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    svg: Svg = None,
    png: Png = None,
) -> None:
    """Show the dosing calendar, sources and notes of a regimen or strategy, or draw the calendar.

    Example: cereblon regimen show vrd-s0777
    """
    import cereblon as cb
    from cereblon.cli.outputs import print_result, save_result

    found = cb.regimen(name)
    save_result(found, svg, png)
    if as_json or as_csv or not (svg or png):
        print_result(found, as_json=as_json, as_csv=as_csv)


@app.command(cls=CheckedCommand)
def check(
    file: Annotated[str, typer.Argument(help="YAML file of a regimen or strategy; - for standard input.")],
) -> None:
    """Check a file of your own: OK with a summary, or every problem at once.

    Example: cereblon regimen show rd18 --json | cereblon regimen check -
    """
    import cereblon as cb
    from cereblon.cli.outputs import print_result

    print_result(cb.check_regimen(file))
