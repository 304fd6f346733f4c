"""A finished run summarised: what it predicts, what was published of it, and what its report shows."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from cereblon.core.errors import RunFolderError
from cereblon.core.output_files import as_utf8
from cereblon.evidence import load_study
from cereblon.model.engine.ensemble import Ensemble, load_ensemble
from cereblon.report import ReportData
from cereblon.report.renderer import Renderer
from cereblon.tables.parquet import parquet_bytes
from cereblon.trials.comparison import ComparisonRow, Predictions, compare, predict
from cereblon.trials.folder import RunFolder, open_run
from cereblon.trials.report_data import report_data
from cereblon.trials.run import Prepared, header, prepare
from cereblon.trials.run_counts import RunCounting
from cereblon.trials.single_subjects import PICTURED
from cereblon.trials.trial import TrialPlan, parse_trial


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """A run with what was made of it.

    Parameters
    ----------
    run, plan
        The run folder and its trial.
    predictions
        Outcomes of all virtual trials with their intervals.
    comparison
        Published values beside them; none where the trial replicates no study.
    data
        What the report shows.
    accepted
        Which doses were accepted although they are far from what labels give.
    """

    run: RunFolder
    plan: TrialPlan
    predictions: Predictions
    comparison: tuple[ComparisonRow, ...]
    data: ReportData
    accepted: tuple[str, ...] = ()


def parameter_draws(wanted: int | None) -> Ensemble | None:
    """Load the package's draws of the fitted parameters; one draw stands for the point values.

    Raises
    ------
    InputError
        If there are no draws of this version of the model.
    """
    return None if wanted == 1 else load_ensemble()


def reopen(path: Path) -> tuple[RunFolder, Prepared]:
    """Open a finished run with its trial looked up again.

    Raises
    ------
    RunFolderError
        If it is no run folder, or regimens, parameters or population of this version differ from those of the run.
    """
    run = open_run(path)
    plan = parse_trial(dict(run.header.get("plan", {})), where=str(path / "run.json"))
    draws = int(run.header.get("draws", 0))
    prepared = prepare(plan, ensemble=parameter_draws(draws) if draws else None, draws=draws or None)
    now, then = header(prepared, run.header["block_size"])["checksums"], run.header.get("checksums", {})
    changed = [name for name, checksum in now.items() if then.get(name) != checksum]
    if changed:
        raise RunFolderError(
            f"{path}: the {' and '.join(changed)} of this version differ from those of the run",
            hint="repeat the run, or read it with the version that made it",
        )
    return run, prepared


def summarise_run(
    run: RunFolder,
    prepared: Prepared,
    *,
    command: str,
    with_failures: bool = False,
    counting: RunCounting | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> RunSummary:
    """Summarise a run from its tables, block by block.

    Parameters
    ----------
    run, prepared
        The run and its trial.
    command
        Repeats the run, for the report.
    with_failures
        Whether to go on, without them, where subjects could not be simulated.
    counting
        Of the run, where some of its blocks are counted, with subjects for pictures.
    progress
        Called with the subjects read and all subjects.

    Raises
    ------
    RunFolderError
        If subjects failed, or a table cannot be read.
    """
    plan = prepared.plan
    study = load_study(plan.study) if plan.study else None
    with counting or RunCounting(plan, study, pictured=PICTURED) as blocks:
        found = blocks.found(run, progress=progress)
    if found.failures and not with_failures:
        raise RunFolderError(
            f"{run.path}: {found.failures} of {sum(found.results.values())} subjects could not be simulated, so no "
            "report is made",
            hint="result_code in the subjects table says why; for a report without these subjects: "
            f"cereblon report {run.path} --with-failures",
        )
    spread = prepared.ensemble.between_trial_sd() if prepared.ensemble is not None else None
    predictions = predict(found, plan, between_trials=spread)
    rows = compare(plan, predictions)
    data = report_data(run, prepared, found, predictions, rows, command=command, created=_today())
    return RunSummary(
        run=run,
        plan=plan,
        predictions=predictions,
        comparison=tuple(rows),
        data=data,
        accepted=prepared.accepted,
    )


def _today() -> date:
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    return (datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)).date()


def write_report(summary: RunSummary, renderer: Renderer) -> Path:
    """Write `outcomes.parquet` and `report.html` into the run folder.

    Parameters
    ----------
    summary
        Of the run.
    renderer
        Draws the pictures of the page.

    Raises
    ------
    RunFolderError
        If a file cannot be written.
    """
    from cereblon.report.trial_report import report_page

    run, page = summary.run, report_page(summary.data, renderer)
    run.write_file("outcomes.parquet", parquet_bytes(summary.predictions.rows))
    return run.write_file("report.html", as_utf8(page))
