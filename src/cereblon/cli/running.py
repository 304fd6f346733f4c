"""What `compare`, `simulate` and `report` share: progress, report, output."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cereblon.evidence import Study
    from cereblon.model.engine.ensemble import Ensemble
    from cereblon.trials.comparison import ComparisonRow, Predictions
    from cereblon.trials.folder import RunFolder
    from cereblon.trials.run import Prepared
    from cereblon.trials.trial import TrialPlan


Replicates = Annotated[int | None, typer.Option("--replicates", min=1, max=10_000, help="Number of virtual trials.")]
Seed = Annotated[int | None, typer.Option("--seed", min=0, max=2**32 - 1, help="Seed of the run.")]
Draws = Annotated[
    int | None,
    typer.Option(
        "--draws",
        min=1,
        max=10_000,
        help="Draws of the fitted parameters, each for two virtual trials; as many as that takes unless given. "
        "1 means the point values, which is faster.",
    ),
]
AgainstRules = Annotated[
    list[str] | None,
    typer.Option(
        "--against-rules",
        help="Simulate the first people again under these dose rules (a name or a YAML file) and show in the report "
        "what the rules change; more than once if wished.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print as JSON.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print as CSV.")]


def one_format(as_json: bool, as_csv: bool) -> None:
    """Refuse two formats at once."""
    if as_json and as_csv:
        raise typer.BadParameter("--json and --csv: choose one of them")


def command_line(
    command: str,
    subject: str,
    *,
    replicates: int | None,
    seed: int | None,
    draws: int | None = None,
    against_rules: Sequence[str] = (),
) -> str:
    """Give the command that repeats a run, for the report."""
    given = {"replicates": replicates, "seed": seed, "draws": draws}
    options = [f" --{name} {value}" for name, value in given.items() if value is not None]
    options += [f" --against-rules {shlex.quote(rules)}" for rules in against_rules]
    return f"cereblon {command} {shlex.quote(subject)}{''.join(options)}"


def parameter_draws(wanted: int | None) -> Ensemble | None:
    """Load the package's ensemble; one draw stands for the point values.

    Raises
    ------
    InputError
        If there is no ensemble of this model.
    """
    from cereblon.model.engine.ensemble import load_ensemble

    return None if wanted == 1 else load_ensemble()


def run_and_report(
    plan: TrialPlan, out: Path, *, command: str, draws: int | None = None, against: Sequence[str] = ()
) -> tuple[RunFolder, Predictions, list[ComparisonRow]]:
    """Run a trial, or continue it, and write its report.

    Parameters
    ----------
    plan
        The trial.
    out
        Run folder.
    command
        Repeats the run; for the report.
    draws
        Draws of the fitted parameters; None for one for every two replicate trials, 1 for the point values.
    against
        Sets of dose rules under which the first subjects are simulated again.

    Raises
    ------
    CereblonError
        If the plan cannot be run, the folder cannot be written, or a subject failed.
    """
    from cereblon.model.engine.batch import use_compilation_cache
    from cereblon.trials.run import prepare, run_trial
    from cereblon.trials.under_rules import MOST_SUBJECTS, prepare_under, under_rules, write_under_rules

    use_compilation_cache()
    typer.echo(f"seed {plan.seed}, {plan.replicates} trials of {plan.size} subjects", err=True)
    ensemble = parameter_draws(draws)
    prepared = prepare(plan, ensemble=ensemble, draws=draws)
    others = prepare_under(plan, against, ensemble=ensemble, draws=draws) if against else []
    Thread(target=_import_report, daemon=True).start()
    with _progress("simulating", plan.subjects) as step:
        run = run_trial(prepared, out, progress=step)
    if others:
        with _progress("under other dose rules", min(plan.subjects, MOST_SUBJECTS) * len(others)) as step:
            write_under_rules(run, under_rules(others, progress=step))
    predictions, rows = write_report(run, prepared, command=command)
    return run, predictions, rows


def _import_report() -> None:
    """Import what the report needs while the first subjects are simulated; an error shows again when it is made."""
    with suppress(Exception):
        import cereblon.report.page
        import cereblon.trials.contents  # noqa: F401


def write_report(
    run: RunFolder, prepared: Prepared, *, command: str, with_failures: bool = False
) -> tuple[Predictions, list[ComparisonRow]]:
    """Summarise a run folder and write `report.html` and `outcomes.parquet` into it."""
    from datetime import UTC, datetime
    from functools import partial

    import pyarrow.parquet as pq

    from cereblon.core.errors import RunFolderError
    from cereblon.report.page import write_report as write_page
    from cereblon.report.static import painter
    from cereblon.trials.comparison import compare, predict
    from cereblon.trials.contents import SUMMARISED_TESTS, report_contents

    with painter() as beside:  # it makes ready while the run is summarised
        tables = run.tables(tests=SUMMARISED_TESTS)
        codes = tables["subjects"]["result_code"].to_pylist()
        failures = sum(code != 0 for code in codes)
        if failures and not with_failures:
            raise RunFolderError(
                f"{run.path}: {failures} of {len(codes)} subjects could not be simulated, so no report is made",
                hint="result_code in the subjects table says why; for a report without these subjects: "
                f"cereblon report {run.path} --with-failures",
            )
        study = _study(prepared.plan)
        spread = prepared.ensemble.between_trial_sd() if prepared.ensemble is not None else None
        predictions = predict(tables, prepared.plan, study, between_trials=spread)
        print_notes(predictions.notes)
        rows = compare(prepared.plan, predictions)
        run.write_file("outcomes.parquet", partial(pq.write_table, predictions.rows, compression="zstd"))
        epoch = os.environ.get("SOURCE_DATE_EPOCH")
        today = datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)
        contents = report_contents(run, prepared, tables, predictions, rows, command=command, created=today.date())
        typer.echo("writing the report", err=True)
        write_page(contents, run.path / "report.html", beside)
    return predictions, rows


def _study(plan: TrialPlan) -> Study | None:
    from cereblon.evidence import load_study

    return load_study(plan.study) if plan.study else None


def print_comparison(
    plan: TrialPlan, rows: Sequence[ComparisonRow], notes: Sequence[str], *, as_json: bool, as_csv: bool
) -> None:
    """Print the comparison: a table for people, JSON or CSV for machines."""
    from dataclasses import asdict

    if as_json:
        from cereblon.trials.comparison import as_json as to_json

        print_json(to_json(plan, rows, notes))
    elif as_csv:
        print_csv([asdict(row) for row in rows])
    else:
        from rich.console import Console

        from cereblon.report.terminal import comparison_table

        Console(width=None if os.isatty(1) else 120).print(comparison_table([asdict(row) for row in rows]))


def print_json(content: object) -> None:
    """Print JSON; it has neither NaN nor infinity, so a number that is not finite becomes null."""
    from cereblon.core.output import json_text

    typer.echo(json_text(content))


def print_notes(notes: Sequence[str]) -> None:
    """Print on stderr what was converted, understood, left out or not used, one line each."""
    for note in notes:
        typer.echo(f"note: {note}", err=True)


def print_csv(rows: Sequence[Mapping[str, object]], columns: Sequence[str] = ()) -> None:
    """Print rows as CSV, with the heading even where there are none if columns are named; intervals fill two."""
    import sys

    from cereblon.core.output import csv_text

    typer.echo(csv_text(rows, columns), nl=False)
    sys.stdout.flush()  # a reader that has gone is noticed here, not at exit


def _progress(text: str, total: int) -> AbstractContextManager[Callable[[int, int], None]]:
    from contextlib import contextmanager

    @contextmanager
    def bar():  # type: ignore[no-untyped-def]
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn(text), BarColumn(), TextColumn("{task.completed:,.0f} of {task.total:,.0f} subjects"))
        with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
            task = progress.add_task(text, total=total)
            yield lambda done, _: progress.update(task, completed=done)

    made: AbstractContextManager[Callable[[int, int], None]] = bar()
    return made
