"""`cereblon replay`: derive a run's doses again from its measurements, and follow one subject."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cereblon.cli.applies import Applies, CheckedCommand, applies

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command(cls=CheckedCommand)
@applies(Applies("--most", without=("--subject",), because="one subject is followed"))
def replay(
    run: Annotated[Path, typer.Argument(help="Run folder, e.g. runs/swog-s0777.")],
    subject: Annotated[int | None, typer.Option(min=0, help="Follow this subject day by day instead.")] = None,
    most: Annotated[int | None, typer.Option(min=1, help="Look at so many subjects only, from the first.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print as CSV.")] = False,
) -> None:
    """Derive every dose, hold, reduction and stop of a run again, and list what disagrees.

    Plain Python, written apart from the engine, reads the recorded counts, grades and rule set. Exit code 1 if
    anything disagrees.

    Example: cereblon replay runs/swog-s0777 --most 200
    """
    from cereblon.cli.running import print_csv, print_json
    from cereblon.trials.folder import open_run
    from cereblon.verification.replay.checking import RunReplay, trace_rows

    folder = open_run(run)
    replayed = RunReplay(folder.header, folder.tables())
    if subject is not None:
        course = replayed.subject(subject)
        rows = trace_rows(replayed.of(course), replayed.rules)
        if as_json:
            print_json({"run": folder.run_id, "subject": subject, "arm": course.arm, "rows": rows})
        elif as_csv:
            print_csv(rows)
        else:
            typer.echo(f"subject {subject}, arm {course.arm}, rules {replayed.rules.id}; counts in 1e9/L and g/L\n")
            _print_trace(rows)
        return
    looked = len(replayed.courses[:most])
    found = list(replayed.disagreements(most=most))
    if as_json:
        print_json(
            {
                "run": folder.run_id,
                "rules": replayed.rules.id,
                "subjects": looked,
                "disagreements": [asdict(one) for one in found],
            }
        )
    elif as_csv:
        print_csv([asdict(one) for one in found])
    else:
        for one in found[:50]:
            place = f"subject {one.subject_id}, line {one.line}, day {one.day:g}, {one.drug}"
            typer.echo(f"{place}: {one.what}: run {one.run}, replay {one.replay}")
        if len(found) > 50:
            typer.echo(f"... and {len(found) - 50} more; --csv lists all")
        typer.echo(f"{looked} subjects, rules {replayed.rules.id}: {len(found)} disagreements")
    if found:
        raise typer.Exit(1)


def _print_trace(rows: list[dict[str, object]]) -> None:
    def number(value: object, digits: int) -> str:
        return "" if value is None else f"{float(str(value)):.{digits}f}"

    typer.echo(f"{'day':>5} {'line':>4} {'cycle':>5} {'ANC':>5} {'plt':>4} {'Hb':>4}  doses; reasons")
    for row in rows:
        counts = f"{number(row['anc'], 2):>5} {number(row['platelets'], 0):>4} {number(row['haemoglobin'], 0):>4}"
        place = f"{row['day']:>5} {row['line']:>4} {row['cycle']:>5}"
        typer.echo(f"{place} {counts}  {row['doses']}")
        for text in (row["grades"], row["reasons"]):
            if text:
                typer.echo(f"{'':>33}{text}")
