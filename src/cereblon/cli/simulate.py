"""`cereblon simulate`: run a virtual trial from a trial file."""

from __future__ import annotations

import json
from pathlib import Path

import typer

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def simulate(
    trial: Path = typer.Argument(help="Trial file (YAML); see docs/reference/trials.md. - reads standard input."),
    out: Path | None = typer.Option(None, "--out", help="Run folder; runs/ID unless given."),
    replicates: int | None = typer.Option(None, "--replicates", min=1, help="Number of virtual trials."),
    seed: int | None = typer.Option(None, "--seed", min=0, help="Seed of the run."),
    check: bool = typer.Option(False, "--check", help="Check the file and stop."),
    json_: bool = typer.Option(False, "--json", help="Print the outcomes as JSON."),
    csv_: bool = typer.Option(False, "--csv", help="Print the outcomes as CSV."),
) -> None:
    """Run a virtual trial: any regimens, population, size and follow-up.

    The run folder holds all subject tables, the outcomes and report.html. For research, not for treating a patient.

    Example: cereblon simulate docs/examples/vrd-lite.yaml --replicates 4
    """
    import sys

    from cereblon.cli.running import print_csv, run_and_report
    from cereblon.trials.run import prepare
    from cereblon.trials.trial import parse_trial, read_trial
    from cereblon.yaml_files import parse_yaml

    if str(trial) == "-":
        plan = parse_trial(parse_yaml(sys.stdin.read(), where="standard input"), where="standard input")
    else:
        plan = read_trial(trial)
    changes = {key: value for key, value in (("replicates", replicates), ("seed", seed)) if value is not None}
    plan = plan.model_validate(plan.model_dump() | changes)
    if check:
        prepare(plan)
        typer.echo(f"{trial}: can be simulated, {plan.replicates} trials of {plan.size} subjects")
        return
    options = "".join(f" --{key} {value}" for key, value in changes.items())
    run, predictions, _ = run_and_report(
        plan, out or Path("runs") / plan.id, command=f"cereblon simulate {trial}{options}"
    )
    rows = predictions.spread.to_pylist()
    if json_:
        typer.echo(json.dumps({"trial": plan.id, "seed": plan.seed, "rows": rows}, indent=2))
    elif csv_:
        print_csv(rows)
    else:
        _print_outcomes(rows)
    typer.echo(f"report: {run.path / 'report.html'}", err=json_ or csv_)


def _print_outcomes(rows: list[dict[str, object]]) -> None:
    """Print the main outcomes with their spread over the virtual trials."""
    import os

    from rich.console import Console
    from rich.table import Table

    table = Table("outcome", "arm", "month", "predicted", "90 % of trials", "unit")
    for row in rows:
        name, arm = str(row["endpoint"]), str(row["arm"])
        if name.startswith("baseline_") or (name.startswith("ae_") and row["grade"] != "3-4"):
            continue
        name = f"{name} grade {row['grade']}" if row["grade"] else name
        arm = f"{arm} v {row['versus']}" if row["versus"] else arm
        month = "" if row["month"] is None else f"{row['month']:g}"
        low, high = _shown(row["low"]), _shown(row["high"])
        table.add_row(name, arm, month, _shown(row["centre"]), f"{low} to {high}", str(row["unit"]))
    Console(width=None if os.isatty(1) else 120).print(table)


def _shown(value: object) -> str:
    return "not reached" if value is None else f"{float(str(value)):.3g}"
