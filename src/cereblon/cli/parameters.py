"""`cereblon parameters`: the model's numbers with basis and source."""

from __future__ import annotations

import typer

from cereblon.cli.running import AsCsv, AsJson, one_format

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def parameters(
    group: str | None = typer.Argument(None, help="Parameter file, e.g. clones or lenalidomide; all unless given."),
    basis: str | None = typer.Option(None, "--basis", help="assumed, fitted, derived or published."),
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List the model's numbers: value, unit, basis, meaning, source.

    Example: cereblon parameters clones --basis assumed
    """
    one_format(as_json, as_csv)
    from dataclasses import asdict

    from cereblon.cli.running import print_csv, print_json
    from cereblon.errors import unknown_name
    from cereblon.parameter import BASES, all_parameters, load_parameters

    if basis is not None and basis not in BASES:
        raise unknown_name("basis", basis, BASES)
    chosen = all_parameters() if group is None else {group: load_parameters(group)}
    rows: list[dict[str, object]] = [
        {"group": name, **{key: _finite(value) for key, value in asdict(parameter).items()}}
        for name, loaded in chosen.items()
        for parameter in loaded.values()
        if basis is None or parameter.basis == basis
    ]
    if as_json:
        print_json(rows)
    elif as_csv:
        print_csv(rows)
    else:
        for row in rows:
            typer.echo(f"{row['group']}.{row['name']} = {row['value']:g} {row['unit']}  [{row['basis']}]")
            typer.echo(f"    {row['meaning']}; {row['source']}")


def _finite(value: object) -> object:
    """Give None for a bound that is not there: JSON has no infinity."""
    return None if isinstance(value, float) and value in (float("inf"), float("-inf")) else value
