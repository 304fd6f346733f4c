"""Run a virtual trial and give its outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from cereblon.core.rows import Row
from cereblon.questions.progress import Progress
from cereblon.questions.trial_runs import TrialResult, carry_out, comparison_rows, outcome_rows
from cereblon.report.answer_section import answer_lines
from cereblon.report.provenance import Page
from cereblon.report.terminal import outcomes_text
from cereblon.trials.chosen_engine import LOCAL, chosen_engine
from cereblon.trials.library import load_trial
from cereblon.trials.summary import RunSummary
from cereblon.trials.trial import TrialPlan


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class Simulation(TrialResult):
    """Outcomes of a virtual trial with their spread over the replicates.

    Tables: `outcomes`, and the subject tables of the run (`subjects`, `exposures`, `labs`, `responses`, ...); beside
    them `comparison` where the trial names a study. Charts: those of the report.

    Parameters
    ----------
    summary
        Of the run.
    """

    summary: RunSummary

    def answer(self) -> str:
        """Say hazard ratios, medians, response, the adverse events that differ most, and how sure that is."""
        data = self.summary.data
        return "\n".join([self.plan.title, data.description, *answer_lines(Page(data))])

    def text(self) -> str:
        """Give the answer, then the main outcomes with the interval of 90 % of the trials."""
        return f"{self.answer()}\n\n{self.outcomes()}"

    def outcomes(self, *, is_short: bool = True) -> str:
        """Give outcomes as a table for a terminal.

        Parameters
        ----------
        is_short
            Only the main ones; else every outcome.
        """
        rows: Any = Page(self.summary.data).relabelled(outcome_rows(self.summary))
        return outcomes_text(rows, is_short=is_short)

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `outcomes`, and `comparison` with published values where the trial names a study."""
        compared = comparison_rows(self.summary)
        return {"outcomes": outcome_rows(self.summary), **({"comparison": compared} if compared else {})}

    def content(self) -> Mapping[str, object]:
        """Give trial, seed and rows."""
        return {"trial": self.plan.id, "seed": self.plan.seed, "rows": outcome_rows(self.summary)}


def simulate(
    trial: str | Path | Mapping[str, Any] | TrialPlan,
    *,
    out: Path | str | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    draws: int | None = None,
    against_rules: Sequence[str | Path] = (),
    engine: str = LOCAL,
    scheduler: str | None = None,
    progress: Progress = None,
) -> Simulation:
    """Run a virtual trial: any regimens, population, size and follow-up.

    The run folder keeps all subject tables, the outcomes and the report; a run that was stopped goes on with the same
    call, and one that is finished is read.

    Parameters
    ----------
    trial
        A trial file, its fields, a study file that states its trial, a trial, or the key of a published one.
    out, replicates, seed, draws, against_rules, progress
        As for `compare`.
    engine
        Where blocks of subjects are computed: `local`, or `dask` by the workers of a scheduler that is running. The
        tables are the same.
    scheduler
        Of the engine `dask`: its address, for example `tcp://HOST:8786`, or the file that it has written.

    Raises
    ------
    InputError
        If the trial cannot be simulated; all problems at once.
    EngineError
        If no scheduler answers, or its workers have another version of the package.
    RunFolderError
        If the folder holds another run, cannot be written, or subjects could not be simulated.

    Examples
    --------
    >>> import cereblon as cb
    >>> simulation = cb.simulate("docs/examples/vrd-lite.yaml", replicates=4)  # doctest: +SKIP
    >>> simulation.table("labs")  # doctest: +SKIP
    """
    with chosen_engine(engine, scheduler=scheduler) as chosen:
        summary = carry_out(
            "simulate",
            trial,
            load_trial(trial),
            out=out,
            replicates=replicates,
            seed=seed,
            draws=draws,
            against_rules=against_rules,
            engine=chosen,
            progress=progress,
        )
    return Simulation(summary=summary)
