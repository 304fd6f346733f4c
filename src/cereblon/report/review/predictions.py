"""What the simulator predicts for a trial: from a run folder, or simulated for the document with its seed stated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from markupsafe import Markup

from cereblon.core.errors import InputError
from cereblon.core.rows import Row, interval, number, text
from cereblon.evidence import load_study
from cereblon.model.engine.batch import BATCH
from cereblon.model.engine.ensemble import load_ensemble
from cereblon.report.document import Block, Paragraph, Section, Table
from cereblon.report.review.naming import meaning_of
from cereblon.report.review.traces import Traces
from cereblon.trials.comparison import ComparisonRow, compare, predict
from cereblon.trials.folder import RunFolder, open_run
from cereblon.trials.library import load_trial
from cereblon.trials.run import prepare
from cereblon.trials.run_counts import count_run
from cereblon.trials.running import run_trial
from cereblon.trials.shipped_runs import changed_since, shipped_run, shipped_studies
from cereblon.trials.trial import TrialPlan, change_trial, parse_trial
from cereblon.vocabulary.endpoints import headline_endpoints

REPLICATES = 8
SHOWN: tuple[str, ...] = headline_endpoints()
ROLES = {
    "calibration": "The model was adjusted to this study, so agreement is no test.",
    "validation": "The model was never adjusted to this study.",
    "context": "The model was not adjusted to this study.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialPrediction:
    """The predictions for one trial, beside what it published."""

    study: str
    role: str
    arms: dict[str, str]
    seed: int
    replicates: int
    subjects: int
    made: str
    rows: tuple[ComparisonRow, ...]


def simulate_trials(
    studies: Sequence[str],
    *,
    replicates: int = REPLICATES,
    seed: int | None = None,
    report: Callable[[str], None] | None = None,
) -> list[TrialPrediction]:
    """Simulate trials of the library with few replicates and compare them with what was published.

    A trial's results are those of `cereblon compare` with so many replicates.

    Parameters
    ----------
    studies
        Names of trials of the library.
    replicates
        Virtual trials of the published size; the spread of a few is rough.
    seed
        That of each trial's plan if absent.
    report
        Told what is being simulated.

    Raises
    ------
    CereblonError
        If a trial is unknown or cannot be simulated.
    """
    plans = [change_trial(load_trial(study), replicates=replicates, seed=seed) for study in studies]
    ensemble, found = load_ensemble(), []
    with TemporaryDirectory(prefix="cereblon-review-") as folder:
        for plan in plans:
            prepared = prepare(plan, ensemble=ensemble)
            if report:
                report(f"simulating {plan.id}: seed {plan.seed}, {plan.extent}")
            run = run_trial(prepared, Path(folder) / plan.id, block_size=BATCH)
            found.append(_prediction(run, plan, made="simulated for this document"))
    return found


def read_run(path: Path) -> TrialPrediction:
    """Take the predictions of a run folder that `cereblon compare` has written.

    Raises
    ------
    InputError
        If the run is not of a published trial, or a subject of it failed.
    RunFolderError
        If the folder is none or not complete.
    """
    run = open_run(path)
    plan = parse_trial(dict(run.header.get("plan", {})), where=str(path / "run.json"))
    if plan.study is None:
        raise InputError(f"{path}: is a run of no published trial", hint="give a folder of `cereblon compare`")
    return _prediction(run, plan, made=f"from the run folder {path.name}, run {run.run_id}")


def shipped_prediction(study: str) -> TrialPrediction:
    """Take the predictions of the comparison that comes with the package.

    Raises
    ------
    UnknownNameError
        If none comes with it.
    """
    kept = shipped_run(study)
    arms = {text(row, "arm"): row for row in kept.data.arms}
    changed = changed_since(study)
    age = f", before {' and '.join(changed)} changed" if changed else ""
    return TrialPrediction(
        study=study,
        role=load_study(study).role,
        arms={arm: text(row, "label") for arm, row in arms.items()},
        seed=kept.data.seed,
        replicates=kept.data.replicates,
        subjects=kept.data.replicates * sum(int(number(row, "n") or 0) for row in arms.values()),
        made=f"made for the package on {kept.data.created}{age}, run {kept.data.run_id}",
        rows=tuple(_kept_row(row) for row in kept.data.comparison),
    )


def _kept_row(row: Row) -> ComparisonRow:
    """Give a row of a report as it was compared: words that are not there are empty, intervals are pairs."""
    found = {name: "" if row.get(name) is None else row[name] for name in ("versus", "grade", "cut")}
    pairs = {name: interval(row, name) for name in ("published_interval", "predicted_interval")}
    return ComparisonRow(**{**row, **found, **pairs})  # type: ignore[arg-type]


def _prediction(run: RunFolder, plan: TrialPlan, *, made: str) -> TrialPrediction:
    study = load_study(str(plan.study))
    found = count_run(run, plan, study)
    if found.failures:
        raise InputError(f"{plan.study}: {found.failures} subjects could not be simulated, so nothing is predicted")
    spread = load_ensemble().between_trial_sd() if run.header.get("draws") else None
    return TrialPrediction(
        study=study.id,
        role=study.role,
        arms={key: arm.label or key for key, arm in plan.arms.items()},
        seed=plan.seed,
        replicates=plan.replicates,
        subjects=plan.subjects,
        made=made,
        rows=tuple(compare(plan, predict(found, plan, between_trials=spread))),
    )


def prediction_section(prediction: TrialPrediction | None, trial: str, traces: Traces) -> Section:
    """Set predictions beside the figures of the trial."""
    title = "What the simulator predicts"
    study = load_study(trial)
    if prediction is None:
        words = Markup(
            "{} was not simulated for this document. To include it: <code>cereblon review</code> without "
            "<code>--no-simulation</code>, or with <code>--run</code> and a run folder."
        )
        return Section(title, [Paragraph(words.format(traces.name(study.name)))])
    describe_simulation(prediction, traces)
    rows = [
        [
            traces.name(meaning_of(row.endpoint)),
            _qualifier(row, trial, traces, index),
            traces.name(_arms(row, prediction)),
            _published(row, trial, traces),
            _predicted(row, trial, traces, index),
            Markup({True: "inside", False: "outside", None: "not judged"}[row.inside]),
        ]
        for index, row in shown_rows(prediction)
    ]
    blocks: list[Block] = [_opening(prediction, study.name, trial, traces)]
    blocks.append(Table(["what", "at", "arm", "published", "predicted", "published is"], rows))
    blocks.append(_verdict(prediction, trial, traces))
    return Section(title, blocks)


def shown_rows(prediction: TrialPrediction) -> list[tuple[int, ComparisonRow]]:
    """Give the rows that a chapter shows: the main results, predicted and published as a number."""
    return [
        (index, row)
        for index, row in enumerate(prediction.rows)
        if row.endpoint in SHOWN
        and row.published is not None
        and (row.predicted is not None or row.predicted_interval)
    ]


def _opening(prediction: TrialPrediction, name: str, trial: str, traces: Traces) -> Paragraph:
    per_trial = prediction.subjects // prediction.replicates
    words = Markup("{} in the simulator: {}. {}").format(
        traces.name(name),
        traces.simulation(
            trial,
            "design",
            f"seed {prediction.seed}, {prediction.replicates} virtual trials of {per_trial} patients",
        ),
        ROLES[prediction.role],
    )
    return Paragraph(words)


def _qualifier(row: ComparisonRow, trial: str, traces: Traces, index: int) -> Markup:
    parts = [f"month {row.month:g}" if row.month is not None else "", f"grade {row.grade}" if row.grade else ""]
    words = ", ".join(part for part in (*parts, f"cut {row.cut}" if row.cut else "") if part)
    return traces.simulation(trial, f"{index}-of", words) if words else Markup("")


def _arms(row: ComparisonRow, prediction: TrialPrediction) -> str:
    first = prediction.arms.get(row.arm, row.arm)
    return f"{first} v {prediction.arms.get(row.versus, row.versus)}" if row.versus else first


def _published(row: ComparisonRow, trial: str, traces: Traces) -> Markup:
    """Link the published value to its fact: the one of this value, endpoint and source."""
    study = load_study(trial)
    wanted = (row.endpoint, row.published, row.grade, row.month, row.cut, None)
    for fact in study.facts:
        if (fact.endpoint, fact.value, fact.grade or "", fact.month, fact.cut or "", fact.subgroup) == wanted:
            return traces.fact(study, fact)
    raise InputError(f"{trial}, {row.endpoint}: the published value {row.published} is not a fact of the study")


def _predicted(row: ComparisonRow, trial: str, traces: Traces, index: int) -> Markup:
    form = ".2f" if row.unit == "ratio" else ".1f"
    value = "not reached" if row.predicted is None else f"{row.predicted:{form}}"
    words = value
    if row.predicted_interval is not None:
        low, high = (("open" if end is None else f"{end:{form}}") for end in row.predicted_interval)
        words = f"{value} ({low} to {high})"
    return traces.simulation(trial, f"{index}-predicted", words)


def describe_simulation(prediction: TrialPrediction, traces: Traces) -> None:
    """Enter how the predictions were made into the list that their numbers link to."""
    how = (
        f"{load_study(prediction.study).name}, seed {prediction.seed}, {prediction.replicates} virtual trials of"
        f" {prediction.subjects // prediction.replicates} patients, {prediction.made};"
        " intervals hold 90% of trials of that size"
    )
    traces.simulate(prediction.study, how)


def judged_rows(prediction: TrialPrediction) -> list[bool]:
    """Tell of each published value that can be judged whether it lies in the range: as terminal and report count."""
    return [row.inside for row in prediction.rows if row.inside is not None]


def _verdict(prediction: TrialPrediction, trial: str, traces: Traces) -> Paragraph:
    judged = judged_rows(prediction)
    if not judged:
        return Paragraph(Markup("No published value could be judged: that needs more than one virtual trial."))
    words = Markup(
        "{} published values of this trial, including those that the table leaves out, lie inside the predicted"
        " range: expect about this error. A range from few virtual trials is itself uncertain."
    )
    counted = traces.simulation(trial, "verdict", f"{sum(judged)} of {len(judged)}")
    return Paragraph(words.format(counted), tone="caution")


def predictions_for(
    trials: Sequence[str],
    *,
    runs: Sequence[Path] = (),
    simulate: bool = True,
    replicates: int = REPLICATES,
    seed: int | None = None,
    shipped: bool = False,
    report: Callable[[str], None] | None = None,
) -> dict[str, TrialPrediction]:
    """Give the predictions of several trials: those of run folders first, then those at hand, others simulated.

    Parameters
    ----------
    trials
        Names of trials of the library.
    runs
        Run folders of `cereblon compare`.
    simulate
        Simulate what no run folder gives.
    replicates, seed, report
        As for `simulate_trials`.
    shipped
        Take the comparisons that come with the package; those that are older than code and data only where nothing
        is simulated.

    Raises
    ------
    InputError
        If a run is of a trial that no chapter uses, or two runs are of the same trial.
    """
    found: dict[str, TrialPrediction] = {}
    for run in runs:
        prediction = read_run(run)
        if prediction.study not in trials:
            raise InputError(f"{run}: is a run of {prediction.study}; the chapters use {', '.join(trials)}")
        if prediction.study in found:
            raise InputError(f"{run}: is a second run of {prediction.study}", hint="name one run of each trial")
        found[prediction.study] = prediction
    at_hand = set(shipped_studies()) if shipped else set()
    for trial in dict.fromkeys(trials):
        if trial in at_hand and trial not in found and not (simulate and changed_since(trial)):
            found[trial] = shipped_prediction(trial)
    wanted = [trial for trial in dict.fromkeys(trials) if simulate and trial not in found]
    if not wanted:
        return found
    made = simulate_trials(wanted, replicates=replicates, seed=seed, report=report)
    return found | {prediction.study: prediction for prediction in made}
