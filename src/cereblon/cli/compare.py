"""`cereblon compare`: replicate a published trial."""

from __future__ import annotations

from pathlib import Path

import typer

from cereblon.cli.applies import CheckedCommand
from cereblon.cli.running import AgainstRules, AsCsv, AsJson, Draws, Replicates, Seed, command_line

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command(cls=CheckedCommand)
def compare(
    study: str = typer.Argument(help="Key of a published trial, e.g. swog-s0777."),
    out: Path | None = typer.Option(None, "--out", help="Run folder; runs/STUDY unless given."),
    replicates: Replicates = None,
    seed: Seed = None,
    draws: Draws = None,
    against_rules: AgainstRules = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Simulate both arms of a published trial and set simulated beside published.

    Virtual trials of the published size give the prediction intervals. The run folder holds all tables and
    report.html. A run that was stopped goes on with the same command. For research, not for treating a patient.

    Example: cereblon compare swog-s0777
    """
    from cereblon.cli.running import print_comparison, run_and_report
    from cereblon.trials.trial import change_trial, load_trial

    plan = change_trial(load_trial(study), replicates=replicates, seed=seed)
    command = command_line(
        "compare", study, replicates=replicates, seed=seed, draws=draws, against_rules=against_rules or ()
    )
    run, predictions, rows = run_and_report(
        plan, out or Path("runs") / study, command=command, draws=draws, against=against_rules or ()
    )
    print_comparison(plan, rows, predictions.notes, as_json=as_json, as_csv=as_csv)
    judged = [row.inside for row in rows if row.inside is not None]
    beside = as_json or as_csv
    if judged:
        typer.echo(
            f"{sum(judged)} of {len(judged)} published values lie inside the 90 % prediction interval.", err=beside
        )
    else:
        typer.echo("No published value is judged: prediction intervals need more than one virtual trial.", err=beside)
    typer.echo(f"report: {run.path / 'report.html'}", err=beside)
