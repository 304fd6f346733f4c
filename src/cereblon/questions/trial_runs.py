"""Run a trial into a folder, and what the answers about a run share."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from cereblon.core.errors import InputError, unknown_name
from cereblon.evidence import load_study
from cereblon.questions.first_look import first_look
from cereblon.questions.progress import Progress, Reporter
from cereblon.questions.result import Result
from cereblon.report.answers import comparison_answers, verdict
from cereblon.report.document import Document
from cereblon.tables.schemas import SUBJECT_TABLES
from cereblon.trials.beginning import writing_run
from cereblon.trials.comparison import spread_rows
from cereblon.trials.engines import LocalEngine, TrialEngine
from cereblon.trials.folder import RUN, RunFolder
from cereblon.trials.run import Prepared, prepare
from cereblon.trials.run_counts import RunCounting
from cereblon.trials.running import run_trial
from cereblon.trials.single_subjects import PICTURED
from cereblon.trials.summary import RunSummary, parameter_draws, summarise_run, write_report
from cereblon.trials.trial import TrialPlan, change_trial
from cereblon.trials.under_rules import MOST_SUBJECTS, prepare_under, under_rules, write_under_rules

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

_FEW_BLOCKS = 4  # of a run that is over before its first block is read
_MAIN_CHARTS = ("pfs", "os", "forest")
_CHART_NAMES = {"response-rates": "response"}


class TrialResult(Result):
    """An answer that rests on a run: its charts are those of the report, its tables also those of the subjects."""

    summary: RunSummary

    @property
    def notes(self) -> tuple[str, ...]:
        """What was accepted all the same, and understood or left out in summarising the run."""
        return (*self.summary.accepted, *self.summary.predictions.notes)

    @property
    def plan(self) -> TrialPlan:
        """The trial."""
        return self.summary.plan

    @property
    def run(self) -> Path:
        """The run folder."""
        return self.summary.run.path

    def table(self, name: str | None = None) -> pl.DataFrame:
        """Give a table of the answer, or one of the subject tables of the run, for example `labs`.

        Parameters
        ----------
        name
            Which; the main one if None.

        Raises
        ------
        UnknownNameError
            If there is no table of this name.
        RunFolderError
            If the run folder was removed or is damaged.
        """
        if name in SUBJECT_TABLES:
            import polars as pl

            frame = pl.DataFrame(pl.from_arrow(self.summary.run.table(name)))
            return frame.with_columns(pl.col(pl.Categorical).cast(pl.String))
        if name is not None and name not in self.tables():
            raise unknown_name("table", name, [*self.tables(), *SUBJECT_TABLES])
        return super().table(name)

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw the figures of the report: `pfs`, `os`, `forest`, `response`, `adverse_events`, `waterfall`, ..."""
        return self._drawn

    @cached_property
    def _drawn(self) -> Mapping[str, alt.TopLevelMixin]:
        from cereblon.report.trial_report import report_charts

        made = report_charts(self.summary.data)
        drawn = {_CHART_NAMES.get(key, key.replace("-", "_")): chart for key, chart in made.items()}
        first = [name for name in _MAIN_CHARTS if name in drawn]
        return {name: drawn[name] for name in (*first, *(name for name in drawn if name not in first))}

    def document(self) -> Document:
        """Give the report of the run as a document."""
        from cereblon.report.trial_report import report_document

        return report_document(self.summary.data)

    def page(self) -> str:
        """Write the report of the run, one HTML page that works offline."""
        from cereblon.report.page import page_text
        from cereblon.report.static import renderer

        with renderer() as beside:
            return page_text(self.document(), beside)

    def write_report(self) -> Path:
        """Write `report.html` and `outcomes.parquet` of the run folder again.

        Raises
        ------
        RunFolderError
            If they cannot be written.
        """
        from cereblon.report.static import renderer

        with renderer() as beside:
            return write_report(self.summary, beside)


def outcome_rows(summary: RunSummary) -> list[dict[str, object]]:
    """Give every outcome of a run, as predicted and with its spread over the virtual trials."""
    values = summary.predictions.values
    return [{**row, "predicted": values.get(_key(row))} for row in spread_rows(summary.predictions)]


def _key(row: Mapping[str, object]) -> tuple[str, str, str, str, float | None]:
    endpoint, arm, versus, grade = (str(row[name] or "") for name in ("endpoint", "arm", "versus", "grade"))
    month = row["month"]
    return endpoint, arm, versus, grade, None if month is None else float(str(month))


def comparison_rows(summary: RunSummary) -> list[dict[str, object]]:
    """Give every published value with its prediction; an interval fills two columns."""
    return [dict(_flat(asdict(row))) for row in summary.comparison]


def _flat(row: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for name, value in row.items():
        if name.endswith("_interval"):
            low, high = value if isinstance(value, tuple) else (None, None)
            yield from ((f"{name}_low", low), (f"{name}_high", high))
        else:
            yield name, value


def carry_out(
    command: str,
    given: object,
    plan: TrialPlan,
    *,
    out: str | Path | None,
    replicates: int | None,
    seed: int | None,
    draws: int | None,
    against_rules: Sequence[str | Path],
    engine: TrialEngine | None = None,
    progress: Progress,
) -> RunSummary:
    """Run a trial, or continue it, and write its report.

    Parameters
    ----------
    command
        Name of the command that asks the same; for the report.
    given
        What named the trial.
    plan
        The trial that was named.
    out
        Run folder; runs/ID if None.
    replicates, seed
        Instead of those of the plan, if not None.
    draws
        Draws of the fitted parameters; None for one for every two replicate trials, 1 for the point values.
    against_rules
        Sets of dose rules under which the first subjects are simulated again.
    engine
        Computes the blocks of subjects; this process if None.
    progress
        How progress is shown.

    Raises
    ------
    CereblonError
        If the plan cannot be run, the folder cannot be written, or a subject failed.
    """
    from cereblon.model.engine.batch import use_compilation_cache
    from cereblon.report.static import renderer

    plan = change_trial(plan, replicates=replicates, seed=seed)
    folder = Path(out) if out is not None else Path("runs") / plan.id
    again = _command_line(
        command, given, out=folder, replicates=replicates, seed=seed, draws=draws, against_rules=against_rules
    )
    if draws is not None and draws < 1:
        raise InputError(f"draws: {draws}, at least 1 is needed; 1 takes the point values")
    use_compilation_cache()
    reporter = Reporter(progress)
    ensemble = parameter_draws(draws)
    prepared = prepare(plan, ensemble=ensemble, draws=draws)
    others = prepare_under(plan, against_rules, ensemble=ensemble, draws=draws) if against_rules else []
    reporter.say(f"seed {plan.seed}, {plan.extent}")
    if command == "compare" and not (folder / RUN).exists():
        _say_what_is_known(prepared, reporter)
    Thread(target=_import_report, daemon=True).start()
    study = load_study(plan.study) if plan.study else None
    with writing_run(folder), RunCounting(plan, study, pictured=PICTURED) as counting:
        run = _simulated(prepared, others, folder, engine or LocalEngine(), counting, reporter)
        with renderer() as beside:  # it makes ready while the run is summarised
            with reporter.count("summarising", plan.subjects) as step:
                summary = summarise_run(run, prepared, command=again, counting=counting, progress=step)
            reporter.say("writing the report")
            write_report(summary, beside)
    return summary


def _say_what_is_known(prepared: Prepared, reporter: Reporter) -> None:
    """Say what a run is going to give where the package has a simulation of the same plan by the same model."""
    from cereblon.trials.shipped_runs import differences, shipped_run, shipped_studies

    study = prepared.plan.study
    if study in shipped_studies() and not differences(study, prepared):
        data = shipped_run(study).data
        told = "\n".join([verdict(data), *comparison_answers(data)])
        reporter.say(
            f"simulated before with the same plan and model, {prepared.plan.subjects:,} virtual patients, as it "
            f"comes with the package:\n{told}\n"
            "this run simulates all patients again, for their tables and the report"
        )


def _simulated(
    prepared: Prepared,
    others: Sequence[Prepared],
    out: Path,
    engine: TrialEngine,
    counting: RunCounting,
    reporter: Reporter,
) -> RunFolder:
    subjects, looked = prepared.plan.subjects, False

    def written(run: RunFolder, number: int) -> None:
        nonlocal looked
        counted = counting.add(run, number)
        if not looked and run.header["blocks"] > _FEW_BLOCKS:
            reporter.say(first_look(counting.alone(counted), prepared.plan))
        looked = True

    with reporter.count("simulating", subjects, before=engine.waits_for) as step:
        run = run_trial(
            prepared, out, engine=engine, progress=step, written=written, say=reporter.warn, note=reporter.say
        )
    if others:
        with reporter.count("under other dose rules", min(subjects, MOST_SUBJECTS) * len(others)) as step:
            write_under_rules(run, under_rules(others, progress=step))
    return run


def _import_report() -> None:
    """Import what the report needs while the first subjects are simulated; an error shows again when it is made."""
    with suppress(Exception):
        import cereblon.report.trial_report  # noqa: F401


def _command_line(
    command: str,
    given: object,
    *,
    out: Path,
    replicates: int | None,
    seed: int | None,
    draws: int | None,
    against_rules: Sequence[str | Path],
) -> str:
    """Give the command that makes a report again; for a trial that stands in no file, from its run folder."""
    if not isinstance(given, (str, Path)) or str(given) == "-":
        return f"cereblon report {shlex.quote(str(out))}"
    numbers = {"replicates": replicates, "seed": seed, "draws": draws}
    options = [f" --{name} {value}" for name, value in numbers.items() if value is not None]
    options += [f" --against-rules {shlex.quote(str(rules))}" for rules in against_rules]
    return f"cereblon {command} {shlex.quote(str(given))}{''.join(options)}"
