"""Design a trial: chance of success, size, looks and duration."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

from cereblon.core.arguments import need_one_of, out_of_range
from cereblon.core.errors import ArgumentError, InputError
from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.questions.progress import Progress, Reporter
from cereblon.questions.trial_design import Aim, Search, TrialDesign
from cereblon.trial_design.co_primary import evaluate_beside
from cereblon.trial_design.evaluation import Evaluation, assure, evaluate
from cereblon.trial_design.forecast import TrialState, forecast
from cereblon.trial_design.pool import Pool
from cereblon.trial_design.search import Searched, Searching
from cereblon.trial_design.setup import Setup, setup_of
from cereblon.trial_design.simulated_pool import best_guess_of, best_guess_plan, draws_plan, pool_of_run
from cereblon.trials.library import load_trial
from cereblon.trials.run import prepare
from cereblon.trials.running import run_trial
from cereblon.trials.trial import TrialPlan, change_trial

_GRID_SIZES = (0.4, 0.6, 0.8, 1.0, 1.25)
_GRID_ENDS = (0.5, 0.75, 1.0)
_SEARCH_TRIALS, _GRID_TRIALS = 1000, 400


def design(
    trial: str | Path | Mapping[str, Any] | TrialPlan,
    *,
    out: Path | str | None = None,
    seed: int | None = None,
    patients: int = 10_000,
    draws: int = 50,
    replicates: int = 1000,
    search: Search | None = None,
    aim: Aim = "power",
    wanted: float | None = None,
    enrolled: int | None = None,
    events: int | None = None,
    month: float | None = None,
    progress: Progress = None,
) -> TrialDesign:
    """Find what a planned trial can be expected to do: chance of success, looks, size, duration.

    Patients of both arms are simulated once, at the best guess of the parameters and with draws of them; trials are
    drawn from these patients, enrolled, lost and looked at as the `design` of the trial file says.

    Parameters
    ----------
    trial
        A trial file with a `design`, its fields, or a trial.
    out
        Folder of the runs; runs/ID-design unless given. Runs of as many patients and draws that are there are read.
    seed
        Instead of that of the file.
    patients
        Simulated at the best guess, of each arm. The error of the answer contains that of so many.
    draws
        Of the fitted parameters for assurance, each for two trials of the planned size; 0 leaves assurance out.
    replicates
        Trials that are drawn at the best guess.
    search
        Find the smallest `size`, number of `events` or last look (`months`) with the wanted chance of success.
    aim
        The chance that is meant: `power` at the best guess, among trials up to twice as large as planned, or
        `assurance`, among the trials over draws of the parameters, which have the planned size.
    wanted
        That chance; the power of the design unless given.
    enrolled, events, month
        Of a trial under way: patients and events so far, and months since the first patient; all three.
    progress
        As for `compare`.

    Raises
    ------
    InputError
        If the trial has no design, cannot be simulated, or a number cannot be; all problems at once.
    RunFolderError
        If a folder holds another run or cannot be written.

    Examples
    --------
    >>> import cereblon as cb
    >>> found = cb.design("docs/examples/dvrd-against-vrd.yaml", draws=0)  # doctest: +SKIP
    >>> found.table("looks")  # doctest: +SKIP
    """
    plan = change_trial(load_trial(trial), seed=seed)
    setup = setup_of(plan)
    state = _state(enrolled, events, month)
    _check_search(setup, search, aim, draws)
    _check_numbers(setup, patients=patients, draws=draws, replicates=replicates, wanted=wanted, state=state)
    folder = Path(out) if out is not None else Path("runs") / f"{plan.id}-design"
    pools = _simulated(plan, setup, folder, patients=patients, draws=draws, progress=progress)
    command = _command(trial, out, folder, seed, patients, draws, replicates, search, aim, wanted, state)
    return design_from_pools(
        plan, *pools, replicates=replicates, search=search, aim=aim, wanted=wanted, state=state, command=command
    )


def design_from_pools(
    plan: TrialPlan,
    pool: Pool,
    drawn: Pool | None,
    beside: Pool | None = None,
    beside_drawn: Pool | None = None,
    *,
    replicates: int,
    between_trials: float | None = None,
    search: Search | None = None,
    aim: Aim = "power",
    wanted: float | None = None,
    state: TrialState | None = None,
    command: str = "",
) -> TrialDesign:
    """Answer from patients that are simulated already.

    Parameters
    ----------
    plan
        With a design.
    pool
        Patients at the best guess.
    drawn
        Trials with draws of the parameters, two with each; None leaves assurance out.
    beside, beside_drawn
        The same patients with the events of the endpoint beside the primary one, where the design has one.
    replicates, search, aim, wanted, state
        As in `design`.
    between_trials
        Standard deviation of the log hazard ratio between trials; that of the calibration unless given.
    command
        Repeats the answer.
    """
    setup = setup_of(plan)
    evaluation = evaluate(setup, pool, trials=replicates, seed=plan.seed)
    assurance, spread = None, 0.0
    if drawn is not None:
        spread = _between_trials() if between_trials is None else between_trials
        assurance = assure(setup, drawn, evaluation.boundaries, between_trials=spread, seed=plan.seed)
    second = None if beside is None else evaluate_beside(evaluation, beside, beside_drawn, seed=plan.seed)
    wish = setup.power if wanted is None else wanted
    searched: Sequence[Searched] = ()
    found, grid = None, []
    if search is not None:
        if aim == "assurance" and drawn is not None:
            searching = Searching.for_assurance(setup, drawn, between_trials=spread, seed=plan.seed)
        else:
            count = min(replicates, _SEARCH_TRIALS)
            searching = Searching.for_power(setup, pool, trials=count, seed=plan.seed)
        found, searched = searching.smallest(search, wish)
        size = setup.enrolment.patients
        sizes = [round(size * share) for share in _GRID_SIZES]
        cells = searching.grid(sizes, _GRID_ENDS, trials=_GRID_TRIALS)
        grid = [
            {"patients_planned": cell["patients"], "until": cell["until"], "power": cell["power"]} for cell in cells
        ]
    return TrialDesign(
        plan=plan,
        setup=setup,
        evaluation=evaluation,
        assurance=assurance,
        co_primary=second,
        calendar=forecast(evaluation.trials, setup.looks, state=state, seed=plan.seed),
        pool=pool,
        state=state,
        searched=searched,
        search=search,
        aim=aim,
        wanted=wish,
        found=found,
        grid_rows=grid,
        seed=plan.seed,
        command=command,
        remarks=_remarks(setup, evaluation),
    )


def _remarks(setup: Setup, evaluation: Evaluation) -> tuple[str, ...]:
    remarks = []
    for number, (look, result) in enumerate(zip(setup.looks, evaluation.results, strict=True), start=1):
        short = 0.0 if look.events is None else float((result.events < look.events).mean())
        if short > 0.05:
            remarks.append(
                f"look {number}: {look.events} events have not come by the data cut in {100 * short:.0f} % of the "
                "trials; it is held then, with fewer"
            )
    return tuple(remarks)


def _between_trials() -> float:
    from cereblon.trials.summary import parameter_draws

    ensemble = parameter_draws(None)
    return 0.0 if ensemble is None else float(ensemble.between_trial_sd().get("ratio", 0.0))


def _state(enrolled: int | None, events: int | None, month: float | None) -> TrialState | None:
    given = [one is not None for one in (enrolled, events, month)]
    if not any(given):
        return None
    if enrolled is None or events is None or month is None:
        raise ArgumentError("enrolled, events and month of a trial under way belong together; give all three")
    return TrialState(month=month, enrolled=enrolled, events=events)


def _check_search(setup: Setup, search: str | None, aim: str, draws: int) -> None:
    if search is not None:
        need_one_of("search", search, get_args(Search))
        setup.refuse_search(search)
    need_one_of("aim", aim, get_args(Aim))
    if aim == "assurance" and not draws:
        raise ArgumentError("aim: assurance is averaged over draws of the parameters, and draws is 0")


def _check_numbers(
    setup: Setup, *, patients: int, draws: int, replicates: int, wanted: float | None, state: TrialState | None
) -> None:
    problems = out_of_range(
        patients=(patients, 100, 200_000), draws=(draws, 0, 1000), replicates=(replicates, 100, 100_000)
    )
    if wanted is not None and not 0.0 < wanted < 1.0:
        problems.append(f"wanted: {wanted:g} is no chance of success; it lies between 0 and 1")
    if draws == 1:
        problems.append("draws: one draw says nothing of their spread; 0 leaves assurance out")
    if problems:
        raise ArgumentError("\n".join(problems))
    if state is not None:
        state.check(setup.enrolment.patients, setup.latest / DAYS_PER_MONTH)


class _Pools(NamedTuple):
    """Simulated patients with the events of the primary endpoint, and of the one beside it."""

    best_guess: Pool
    draws: Pool | None
    beside: Pool | None = None
    beside_draws: Pool | None = None


def _simulated(
    plan: TrialPlan, setup: Setup, folder: Path, *, patients: int, draws: int, progress: Progress
) -> _Pools:
    """Simulate the patients at the best guess, and the trials of assurance, or read them where they are."""
    from cereblon.model.engine.batch import use_compilation_cache
    from cereblon.trials.summary import parameter_draws

    ensemble = parameter_draws(None)
    if ensemble is None:
        raise InputError("there are no draws of the parameters")
    use_compilation_cache()
    reporter = Reporter(progress)
    reporter.say(f"seed {plan.seed}")
    jobs = [(f"best-guess-{patients}", best_guess_plan(plan, patients), best_guess_of(ensemble), 1)]
    if draws:
        jobs.append((f"draws-{draws}", draws_plan(plan, draws), ensemble, draws))
    pools: list[Pool] = []
    beside: list[Pool] = []
    for name, trials, values, count in jobs:
        prepared = prepare(trials, ensemble=values, draws=count)
        with reporter.count(f"simulating, {name}", trials.subjects) as step:
            run = run_trial(prepared, folder / name, progress=step, say=reporter.warn)
        pools.append(pool_of_run(run, plan, control=setup.control))
        if setup.beside is not None:
            beside.append(pool_of_run(run, plan, control=setup.control, co_primary=True))
    return _Pools(pools[0], pools[1] if draws else None, *beside)


def _command(
    trial: object,
    out: Path | str | None,
    folder: Path,
    seed: int | None,
    patients: int,
    draws: int,
    replicates: int,
    search: Search | None,
    aim: Aim,
    wanted: float | None,
    state: TrialState | None,
) -> str:
    if not isinstance(trial, (str, Path)) or str(trial) == "-":
        return f"cereblon design TRIAL.yaml --out {shlex.quote(str(folder))}"
    options: dict[str, object] = {"seed": seed, "patients": patients, "draws": draws, "replicates": replicates}
    options |= {"out": shlex.quote(str(out)) if out is not None else None}
    options |= {"search": search, "aim": aim if search and aim != "power" else None, "wanted": wanted}
    if state is not None:
        options |= {"enrolled": state.enrolled, "events": state.events, "month": state.month}
    said = "".join(f" --{name} {value}" for name, value in options.items() if value is not None)
    return f"cereblon design {shlex.quote(str(trial))}{said}"
