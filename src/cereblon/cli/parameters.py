"""`cereblon parameters`: the model's numbers with basis and source."""

from __future__ import annotations

import typer

from cereblon.cli.applies import CheckedCommand
from cereblon.cli.running import AsCsv, AsJson

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command(cls=CheckedCommand)
def parameters(
    group: str | None = typer.Argument(None, help="Parameter file, e.g. clones or lenalidomide; all unless given."),
    basis: str | None = typer.Option(None, "--basis", help="assumed, fitted, derived or published."),
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List the model's numbers: value, unit, basis, meaning, source; of fitted ones the draws that predictions use.

    Example: cereblon parameters clones --basis assumed
    """
    import cereblon as cb
    from cereblon.cli.outputs import print_result

    print_result(cb.parameters(group, basis=basis), as_json=as_json, as_csv=as_csv)
