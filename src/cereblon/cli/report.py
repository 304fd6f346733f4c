"""`cereblon report`: write the report of a run folder again."""

from __future__ import annotations

from pathlib import Path

import typer

from cereblon.cli.applies import CheckedCommand

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command(cls=CheckedCommand)
def report(
    run: Path = typer.Argument(help="Run folder, e.g. runs/swog-s0777."),
    with_failures: bool = typer.Option(False, "--with-failures", help="Make it even if subjects failed."),
) -> None:
    """Write report.html of a finished run again, without simulating.

    Example: cereblon report runs/swog-s0777
    """
    from cereblon.cli.running import parameter_draws, write_report
    from cereblon.core.errors import RunFolderError
    from cereblon.trials.folder import open_run
    from cereblon.trials.run import header, prepare
    from cereblon.trials.trial import parse_trial

    folder = open_run(run)
    plan = parse_trial(dict(folder.header.get("plan", {})), where=str(run / "run.json"))
    draws = int(folder.header.get("draws", 0))
    prepared = prepare(plan, ensemble=parameter_draws(draws) if draws else None, draws=draws or None)
    now, then = header(prepared, folder.header["block_size"])["checksums"], folder.header.get("checksums", {})
    changed = [name for name, checksum in now.items() if then.get(name) != checksum]
    if changed:
        raise RunFolderError(
            f"{run}: the {' and '.join(changed)} of this version differ from those of the run",
            hint="repeat the run, or write the report with the version that made the run",
        )
    write_report(folder, prepared, command=f"cereblon report {run}", with_failures=with_failures)
    typer.echo(f"report: {run / 'report.html'}")
