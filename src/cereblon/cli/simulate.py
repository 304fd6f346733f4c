"""`cereblon simulate`: run a virtual trial from a trial file."""

from __future__ import annotations

from pathlib import Path

import typer

from cereblon.cli.applies import Applies, CheckedCommand, applies
from cereblon.cli.outputs import folder_place
from cereblon.cli.running import AgainstRules, AsCsv, AsJson, Draws, Replicates, Seed

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command(cls=CheckedCommand)
@applies(
    *(
        Applies(option, without=("--check",), because="the file is checked and nothing is simulated")
        for option in ("--out", "--seed", "--draws", "--against-rules", "--engine", "--all", "--json", "--csv")
    ),
    Applies("--scheduler", with_any=("--engine=dask",)),
)
def simulate(
    trial: Path = typer.Argument(
        help="Trial file or study file (YAML); see docs/reference/trials.md. - reads a trial from stdin."
    ),
    out: Path | None = typer.Option(None, "--out", help="Run folder; runs/ID unless given.", callback=folder_place),
    replicates: Replicates = None,
    seed: Seed = None,
    draws: Draws = None,
    against_rules: AgainstRules = None,
    check: bool = typer.Option(False, "--check", help="Check the file and stop."),
    engine: str = typer.Option(
        "local", "--engine", help="Where blocks are computed: local, or dask, by the workers of a scheduler."
    ),
    scheduler: str | None = typer.Option(
        None, "--scheduler", help="Address (tcp://HOST:8786) or file of a Dask scheduler that is running."
    ),
    every: bool = typer.Option(False, "--all", help="Print every outcome, not only the main ones."),
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Run a virtual trial: any regimens, population, size and follow-up.

    The run folder holds all subject tables, the outcomes and report.html. For research, not for treating a patient.

    Example: cereblon simulate docs/examples/vrd-lite.yaml --replicates 4
    """
    import cereblon as cb
    from cereblon.cli.outputs import print_result
    from cereblon.cli.running import tell

    if check:
        print_result(cb.check_trial(trial, replicates=replicates))
        return
    simulation = cb.simulate(
        trial,
        out=out,
        replicates=replicates,
        seed=seed,
        draws=draws,
        against_rules=against_rules or (),
        engine=engine,
        scheduler=scheduler,
        progress=tell,
    )
    print_result(simulation, as_json=as_json, as_csv=as_csv)
    if every and not (as_json or as_csv):
        typer.echo(f"\nEvery outcome\n\n{simulation.outcomes(is_short=False)}")
    typer.echo(f"report: {simulation.run / 'report.html'}", err=as_json or as_csv)
