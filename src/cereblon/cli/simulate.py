"""`cereblon simulate`: run a virtual trial from a trial file."""

from __future__ import annotations

from pathlib import Path

import typer

from cereblon.cli.applies import Applies, CheckedCommand, applies
from cereblon.cli.running import AgainstRules, AsCsv, AsJson, Draws, Replicates, Seed, command_line

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command(cls=CheckedCommand)
@applies(
    *(
        Applies(option, without=("--check",), because="the file is checked and nothing is simulated")
        for option in ("--out", "--seed", "--draws", "--against-rules", "--json", "--csv")
    )
)
def simulate(
    trial: Path = typer.Argument(help="Trial file (YAML); see docs/reference/trials.md. - reads standard input."),
    out: Path | None = typer.Option(None, "--out", help="Run folder; runs/ID unless given."),
    replicates: Replicates = None,
    seed: Seed = None,
    draws: Draws = None,
    against_rules: AgainstRules = None,
    check: bool = typer.Option(False, "--check", help="Check the file and stop."),
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Run a virtual trial: any regimens, population, size and follow-up.

    The run folder holds all subject tables, the outcomes and report.html. For research, not for treating a patient.

    Example: cereblon simulate docs/examples/vrd-lite.yaml --replicates 4
    """
    from cereblon.cli.running import print_csv, print_json, run_and_report
    from cereblon.core.yaml_files import read_yaml_input
    from cereblon.trials.comparison import spread_rows
    from cereblon.trials.run import prepare
    from cereblon.trials.trial import change_trial, parse_trial, read_trial

    plan = parse_trial(read_yaml_input(), where="standard input") if str(trial) == "-" else read_trial(trial)
    plan = change_trial(plan, replicates=replicates, seed=seed)
    if check:
        prepare(plan)
        typer.echo(f"{trial}: can be simulated, {plan.replicates} trials of {plan.size} subjects")
        return
    command = command_line(
        "simulate", str(trial), replicates=replicates, seed=seed, draws=draws, against_rules=against_rules or ()
    )
    run, predictions, _ = run_and_report(
        plan, out or Path("runs") / plan.id, command=command, draws=draws, against=against_rules or ()
    )
    rows = spread_rows(predictions)
    if as_json:
        print_json({"trial": plan.id, "seed": plan.seed, "rows": rows, "notes": list(predictions.notes)})
    elif as_csv:
        print_csv(rows)
    else:
        _print_outcomes(rows)
    typer.echo(f"report: {run.path / 'report.html'}", err=as_json or as_csv)


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
