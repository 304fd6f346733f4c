"""`cereblon compare`: replicate a published trial."""

from __future__ import annotations

from pathlib import Path

import typer

from cereblon.cli.applies import CheckedCommand
from cereblon.cli.outputs import folder_place
from cereblon.cli.running import AgainstRules, AsCsv, AsJson, Draws, Replicates, Seed

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command(cls=CheckedCommand)
def compare(
    study: str = typer.Argument(
        help="Key of a published study, e.g. swog-s0777, a study file, or a trial file that names a study."
    ),
    out: Path | None = typer.Option(None, "--out", help="Run folder; runs/ID unless given.", callback=folder_place),
    replicates: Replicates = None,
    seed: Seed = None,
    draws: Draws = None,
    against_rules: AgainstRules = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Simulate the arms of a published trial and set simulated beside published.

    A study that states no trial is simulated by the regimens that it publishes; cereblon evidence regimen shows them.
    Virtual trials of the published size give the prediction intervals. The run folder holds all tables and
    report.html. A run that was stopped goes on with the same command. For research, not for treating a patient.

    Example: cereblon compare swog-s0777
    """
    import cereblon as cb
    from cereblon.cli.outputs import print_result
    from cereblon.cli.running import tell

    comparison = cb.compare(
        study,
        out=out,
        replicates=replicates,
        seed=seed,
        draws=draws,
        against_rules=against_rules or (),
        progress=tell,
    )
    print_result(comparison, as_json=as_json, as_csv=as_csv)
    beside = as_json or as_csv
    if beside:
        typer.echo(comparison.verdict, err=True)
    typer.echo(f"report: {comparison.run / 'report.html'}", err=beside)
