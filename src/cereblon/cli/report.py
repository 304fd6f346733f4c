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
    import cereblon as cb
    from cereblon.cli.running import print_notes

    answer = cb.read_run(run, with_failures=with_failures)
    print_notes(answer.notes)
    typer.echo("writing the report", err=True)
    typer.echo(f"report: {answer.write_report()}")
