"""`cereblon compare`: replicate a published trial."""

from __future__ import annotations

from pathlib import Path

import typer

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def compare(
    study: str = typer.Argument(help="Key of a published trial, e.g. swog-s0777."),
    out: Path | None = typer.Option(None, "--out", help="Run folder; runs/STUDY unless given."),
    replicates: int | None = typer.Option(None, "--replicates", min=1, help="Number of virtual trials."),
    seed: int | None = typer.Option(None, "--seed", min=0, help="Seed of the run."),
    json_: bool = typer.Option(False, "--json", help="Print the comparison as JSON."),
    csv_: bool = typer.Option(False, "--csv", help="Print the comparison as CSV."),
) -> None:
    """Simulate the arms of a published trial and set simulated beside published.

    Virtual trials of the published size give the prediction intervals. The run folder holds all tables and
    report.html. A run that was stopped goes on with the same command. For research, not for treating a patient.

    Example: cereblon compare swog-s0777
    """
    from cereblon.cli.running import print_comparison, run_and_report
    from cereblon.trials.trial import load_trial

    plan = load_trial(study)
    changes = {key: value for key, value in (("replicates", replicates), ("seed", seed)) if value is not None}
    plan = plan.model_validate(plan.model_dump() | changes)
    folder = out or Path("runs") / study
    options = "".join(f" --{key} {value}" for key, value in changes.items())
    run, _, rows = run_and_report(plan, folder, command=f"cereblon compare {study}{options}")
    print_comparison(plan, rows, as_json=json_, as_csv=csv_)
    judged = [row.inside for row in rows if row.inside is not None]
    typer.echo(
        f"{sum(judged)} of {len(judged)} published values lie inside the 90 % prediction interval.", err=json_ or csv_
    )
    typer.echo(f"report: {run.path / 'report.html'}", err=json_ or csv_)
