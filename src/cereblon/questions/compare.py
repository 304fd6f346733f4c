"""Simulate a published trial and set the results beside what was published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import final

from cereblon.core.errors import InputError
from cereblon.core.rows import Row
from cereblon.evidence import load_study
from cereblon.questions.progress import Progress
from cereblon.questions.trial_runs import TrialResult, carry_out, comparison_rows, outcome_rows
from cereblon.report.answers import comparison_answers, few_trials, verdict
from cereblon.report.provenance import Page
from cereblon.report.terminal import comparison_text
from cereblon.trials.alike import alike_sentences
from cereblon.trials.comparison import ComparisonRow
from cereblon.trials.library import load_trial
from cereblon.trials.study_plan import arms_left_out
from cereblon.trials.summary import RunSummary
from cereblon.trials.trial import TrialPlan


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class Comparison(TrialResult):
    """Published values of a trial beside what virtual trials of the same size predict.

    Tables: `comparison` (one row a published value), `outcomes` (every outcome with its spread over the virtual
    trials), and the subject tables of the run. Charts: those of the report, `pfs`, `os`, `forest`, `response`, ...

    Parameters
    ----------
    summary
        Of the run.
    """

    summary: RunSummary

    @property
    def rows(self) -> tuple[ComparisonRow, ...]:
        """One for each published value."""
        return self.summary.comparison

    @property
    def verdict(self) -> str:
        """How many published values lie inside their prediction intervals, as a sentence."""
        return verdict(self.summary.data)

    def answer(self) -> str:
        """Give hazard ratios, medians and response, predicted and published, and how many values lie inside."""
        data = self.summary.data
        told = [*self.left_out, self.plan.title, self.verdict, *few_trials(data), *comparison_answers(data)]
        return "\n".join(told)

    @property
    def left_out(self) -> tuple[str, ...]:
        """What the published trial compares and a simulation does not: arms left out, and arms simulated alike."""
        study = load_study(str(self.plan.study))
        reasons = arms_left_out(study, self.plan)
        told = [
            f"{study.arms[arm].label} of {study.name} is not simulated: {reason}" for arm, reason in reasons.items()
        ]
        return (*told, *alike_sentences(self.plan))

    def text(self) -> str:
        """Give the answer, then every published value with its prediction."""
        rows = Page(self.summary.data).relabelled([asdict(row) for row in self.rows])
        return f"{self.answer()}\n\n{comparison_text(rows)}"

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `comparison`, one row a published value, and `outcomes`, one row a predicted outcome."""
        return {"comparison": comparison_rows(self.summary), "outcomes": outcome_rows(self.summary)}

    def content(self) -> Mapping[str, object]:
        """Give study, seed and rows."""
        return {"study": self.plan.study, "seed": self.plan.seed, "rows": [asdict(row) for row in self.rows]}


def compare(
    study: str | Path | TrialPlan,
    *,
    out: Path | str | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    draws: int | None = None,
    against_rules: Sequence[str | Path] = (),
    progress: Progress = None,
) -> Comparison:
    """Simulate a published trial and set simulated beside published.

    Virtual trials of the published size give the prediction intervals. The run folder keeps all tables and the
    report; a run that was stopped goes on with the same call, and one that is finished is read.

    Parameters
    ----------
    study
        Key of a published study, for example `swog-s0777`, or a study file: simulated by its trial, or, where it
        states none, by the regimens that it publishes. Or a trial file, or a trial, that names a study.
    out
        Run folder; `runs/ID`, with the id of the trial, if None.
    replicates
        Number of virtual trials, at least 2 for prediction intervals; what the trial says if None.
    seed
        Of the run; what the trial says if None.
    draws
        Draws of the fitted parameters, each for two virtual trials; as many as that takes if None, 1 for the point
        values.
    against_rules
        Sets of dose rules, names or YAML files, under which the first subjects are simulated again; the report shows
        what they change.
    progress
        Whether bars and lines are shown on stderr: where somebody watches if None; or a function that is given each
        line.

    Raises
    ------
    UnknownNameError
        If there is no such study.
    InputError
        If the trial replicates no study, names no comparator of its arms, or cannot be simulated.
    RunFolderError
        If the folder holds another run, cannot be written, or subjects could not be simulated.

    Examples
    --------
    >>> import cereblon as cb
    >>> comparison = cb.compare("swog-s0777")  # doctest: +SKIP
    >>> comparison.table()  # doctest: +SKIP
    >>> comparison.save("s0777.html")  # doctest: +SKIP
    """
    plan = load_trial(study)
    if plan.study is None:
        raise InputError(
            f"{plan.id}: names no study, so there is nothing published to compare it with",
            hint="give `study` in the trial file, or simulate it without comparison: cereblon simulate",
        )
    if plan.uncompared:
        raise InputError(plan.uncompared)
    summary = carry_out(
        "compare",
        study,
        plan,
        out=out,
        replicates=replicates,
        seed=seed,
        draws=draws,
        against_rules=against_rules,
        progress=progress,
    )
    return Comparison(summary=summary)
