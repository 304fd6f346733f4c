"""`cereblon parameters`: the model's numbers with basis and source."""

from __future__ import annotations

from collections.abc import Mapping

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
    from dataclasses import asdict

    from cereblon.cli.running import print_csv, print_json
    from cereblon.core.errors import InputError, unknown_name
    from cereblon.core.parameter import BASES, all_parameters, load_parameters
    from cereblon.model.engine.ensemble import load_ensemble

    if basis is not None and basis not in BASES:
        raise unknown_name("basis", basis, BASES)
    drawn: dict[str, Mapping[str, float]] = {}
    try:
        drawn = {row["parameter"]: row for row in load_ensemble().provenance["parameters"]}
    except InputError as error:  # numbers are looked at while they are being changed
        typer.echo(f"without draws: {error.message}", err=True)
    chosen = all_parameters() if group is None else {group: load_parameters(group)}
    rows: list[dict[str, object]] = [
        {
            "group": name,
            **{key: _finite(value) for key, value in asdict(parameter).items()},
            **_draws(drawn.get(f"{name}.{parameter.name}", {})),
        }
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
            if row["draws_median"] is not None:
                typer.echo(
                    f"    draws: {row['draws_median']:.3g} (90 % {row['draws_low']:.3g} to {row['draws_high']:.3g}), "
                    f"{row['draws_over_prior']:.2f} of the width of the prior "
                    f"({row['prior_low']:.3g} to {row['prior_high']:.3g})"
                )


def _draws(row: Mapping[str, float]) -> dict[str, float | None]:
    """Give 5, 50 and 95 % of the draws and of the prior, and the ratio of their standard deviations."""
    names = {
        **{f"draws_{name}": name for name in ("median", "low", "high")},
        **{name: name for name in ("prior_low", "prior_high")},
        "draws_over_prior": "posterior_sd_over_prior",
    }
    return {shown: row.get(name) for shown, name in names.items()}


def _finite(value: object) -> object:
    """Give None for a bound that is not there: JSON has no infinity."""
    return None if isinstance(value, float) and value in (float("inf"), float("-inf")) else value
