"""Arms of several trials as one simulation: the same compiled program for every set of parameters."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from cereblon.core import random_streams
from cereblon.core.errors import InputError
from cereblon.core.time_units import DAYS_PER_MONTH
from cereblon.model.dosing.rule_set import RuleSet
from cereblon.model.engine.batch import BATCH
from cereblon.model.engine.parameters import Parameters
from cereblon.model.engine.program import Layout, Program, build_program
from cereblon.model.engine.simulation import Simulator
from cereblon.model.patients import patients_from_arrays
from cereblon.model.patients.known_patients import PatientsToDraw
from cereblon.model.regimens.grid import StrategyGrid
from cereblon.outcomes import assess, summarise
from cereblon.outcomes.data_cut import follow_until
from cereblon.trials.allocation import Allocation, draw_follow_up
from cereblon.trials.comparison_scale import from_scale, to_scale
from cereblon.trials.randomised import randomised_tables
from cereblon.trials.response_ascertainment import ResponseRecord, on_record, record_of
from cereblon.trials.run import Prepared, prepare
from cereblon.trials.trial import TrialPlan

YEARS = tuple(12.0 * year for year in range(1, 11))
_IDS = 2**32
_SUBJECTS = 2**21
"""How many subjects apart trials begin; two that begin alike share random numbers, not patients."""

_UNREAD = ("exposures", "adverse_events", "grades", "decisions")
"""Subject tables that no target is read from."""

Key = tuple[str, str, str, float | None]
"""Endpoint, study/arm, study/versus or empty, month."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """One number of a simulated arm, as printed, with the ends of its 95 % interval."""

    value: float | None
    low: float | None
    high: float | None
    n: int


Outcomes = Mapping[Key, Simulated]


@dataclass(frozen=True, kw_only=True)
class Enrolled:
    """One trial of a panel."""

    prepared: Prepared  # its arms begin at `first_arm` of the panel's program
    population: PatientsToDraw
    arms: tuple[str, ...]  # study/published arm
    medians_until_months: float = 0.0  # patients are followed so long for medians that the trial does not reach

    @property
    def plan(self) -> TrialPlan:
        """The trial as planned."""
        return self.prepared.plan


@dataclass(frozen=True, kw_only=True)
class TrialPanel:
    """Arms of several trials, ready to be simulated with any parameters.

    Subjects of the arms of one trial are the same patients with the same random numbers, so that a hazard ratio moves
    smoothly with a parameter.

    Parameters
    ----------
    trials
        In the order of their arms in the program.
    per_arm
        Subjects of each arm in one run.
    program, layout
        Orders of all arms and the shape of the compiled program.
    n_weeks
        Weeks from the beginning of treatment to the end of the longest follow-up.
    rules
        Dose rules of all arms.
    months
        Landmarks of progression-free and overall survival.
    ratios_months
        Hazard ratios of so many first months, besides those of the whole follow-up.
    longest_months
        Nobody is followed longer.
    predicts_record
        Whether complete response is as a report is predicted to confirm it; a fit takes it as measured, but for what
        a trial itself tells of its record.
    """

    trials: tuple[Enrolled, ...]
    per_arm: int
    program: Program
    layout: Layout
    n_weeks: int
    rules: RuleSet
    months: tuple[float, ...]
    longest_months: float
    ratios_months: tuple[float, ...] = ()
    predicts_record: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Arms as study/arm."""
        return tuple(name for trial in self.trials for name in trial.arms)

    def run(self, parameters: Parameters, *, seed: int, block: int, workers: int = 1) -> Outcomes:
        """Simulate every arm once and summarise it.

        Parameters
        ----------
        parameters
            Bare numbers of the model.
        seed
            Of patients and random numbers.
        block
            Another block has other patients with other random numbers, in another replicate of each trial.
        workers
            Batches computed side by side.

        Returns
        -------
            By endpoint, arm, versus and month.
        """
        tables = self.tables(parameters, seed=seed, block=block, workers=workers)
        longer = self._outcomes(tables)
        if not self._follows_longer:
            return longer
        found = self._outcomes(self._at_its_cut(tables, seed))
        return {key: one if one.value is not None else _later(key, one, longer) for key, one in found.items()}

    def _outcomes(self, tables: Mapping[str, pa.Table]) -> dict[Key, Simulated]:
        measured = summarise(
            tables, landmarks_months=self.months, comparisons=self._pairs(), ratios_months=self.ratios_months
        )
        rows = on_record(measured, self._records()).to_pylist()
        return {
            (row["endpoint"], row["arm"], row["versus"] or "", row["month"]): Simulated(
                row["value"], row["low"], row["high"], int(row["n"] or 0)
            )
            for row in rows
            if not row["grade"]
        }

    @property
    def _follows_longer(self) -> bool:
        return any(trial.medians_until_months > 0 for trial in self.trials)

    def _at_its_cut(self, tables: Mapping[str, pa.Table], seed: int) -> dict[str, pa.Table]:
        """Give the tables as each trial had them at the end of its own follow-up."""
        subjects, root = tables["subjects"], random_streams.root_key(seed)
        ids, arm = subjects["subject_id"].to_numpy(), np.asarray(subjects["arm"].to_pylist())
        days = np.full(len(ids), np.inf)
        for trial in self.trials:
            rows = np.isin(arm, trial.arms)
            days[rows] = draw_follow_up(trial.plan, root, ids[rows], longest_months=self.longest_months)[0]
        return follow_until(tables, days)

    def tables(
        self, parameters: Parameters, *, seed: int, block: int, workers: int = 1, whole: bool = False
    ) -> dict[str, pa.Table]:
        """Simulate every arm once and give the assessed subject tables; parameters as in `run`.

        What targets do not read, doses and adverse events among them, is left out unless `whole`.
        """
        root = random_streams.root_key(seed)
        parts, arms, in_program, follow_up, lost, years = [], [], [], [], [], []
        for number, (trial, ids) in enumerate(self._ids(block)):
            drawn = trial.population.draw(root, ids).arrays()
            until, dropped = draw_follow_up(trial.plan, root, ids, longest_months=self.longest_months)
            longer = min(trial.medians_until_months, self.longest_months) * DAYS_PER_MONTH
            until, dropped = np.maximum(until, longer), dropped & (until >= longer)
            first = sum(len(other.arms) for other in self.trials[:number])
            for place in range(len(trial.arms)):
                parts.append(drawn)
                arms.append(np.full(self.per_arm, first + place))
                in_program.append(trial.prepared.place_in_program(root, ids, place))
                follow_up.append(until)
                lost.append(dropped)
                years.append(np.full(self.per_arm, trial.prepared.years_since_2010))
        patients = patients_from_arrays({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
        allocated = Allocation(
            replicate=np.full(len(parts) * self.per_arm, block),
            arm=np.concatenate(arms),
            follow_up_days=np.concatenate(follow_up).astype(np.float32),
            dropped_out=np.concatenate(lost),
            years_since_2010=np.concatenate(years),
        )
        with Simulator(root, self.program, parameters, self.layout, workers=workers) as simulator:
            tables = randomised_tables(
                patients,
                allocated,
                np.concatenate(in_program),
                self.program,
                simulator,
                layout=self.layout,
                parameters=parameters,
                rules=self.rules,
                arms=self.names,
                source_id="calibration",
                n_weeks=self.n_weeks,
                replicate=0,
                left_out=() if whole else _UNREAD,
            )
        return assess(tables)

    def _ids(self, block: int) -> Iterator[tuple[Enrolled, np.ndarray]]:
        for trial in self.trials:
            start = _first_subject(trial.plan.id) + block * self.per_arm
            yield trial, np.arange(start, start + self.per_arm) % _IDS

    def _records(self) -> dict[str, ResponseRecord | None]:
        return {
            arm: record
            for trial in self.trials
            for record in (record_of(trial.plan, predicted=self.predicts_record),)
            for arm in trial.arms
        }

    def _pairs(self) -> list[tuple[str, str]]:
        return [(arm, other) for trial in self.trials for arm in trial.arms for other in trial.arms if arm != other]


def _first_subject(trial_id: str) -> int:
    """Give the number of the first subject of a trial, whatever trials are beside it."""
    return zlib.crc32(trial_id.encode()) // _SUBJECTS * _SUBJECTS


def _later(key: Key, one: Simulated, longer: Mapping[Key, Simulated]) -> Simulated:
    """Give a median or landmark that a trial's own follow-up does not reach as longer follow-up shows it."""
    return longer.get(key, one) if key[0].endswith(("_median", "_rate")) else one


def build_panel(
    plans: Sequence[TrialPlan],
    *,
    per_arm: int,
    months: Sequence[float] = (),
    longest_months: float = math.inf,
    ratios_months: Sequence[float] = (),
    predicts_record: bool = False,
    patients: Mapping[str, PatientsToDraw] | None = None,
    medians_until_months: Mapping[str, float] | None = None,
) -> TrialPanel:
    """Look up the trials' patients and regimens, and stack all arms.

    Parameters
    ----------
    plans
        Trials; every one names its published study.
    per_arm
        Subjects wished for in each arm; rounded so that the last batch is full or nearly so.
    months
        Landmarks besides the yearly ones.
    longest_months
        Nobody is followed longer.
    ratios_months
        Hazard ratios of so many first months, besides those of the whole follow-up.
    predicts_record
        Whether complete response is as a report is predicted to confirm it.
    patients
        By trial, whom to draw instead of the population that its plan names.
    medians_until_months
        By trial, how long its patients are followed for the medians that its own follow-up does not reach.

    Raises
    ------
    InputError
        If a trial cannot be prepared, or the trials have different dose rules or response visits.
    """
    grids: list[StrategyGrid] = []
    trials, rules = [], {}
    for plan in plans:
        ready = prepare(plan)
        rules[ready.rules.id] = ready.rules
        trials.append(
            Enrolled(
                prepared=replace(ready, first_arm=len(grids)),
                population=(patients or {}).get(plan.id, ready.population),
                arms=tuple(f"{plan.study or plan.id}/{plan.published_arm(key)}" for key in plan.arms),
                medians_until_months=(medians_until_months or {}).get(plan.id, 0.0),
            )
        )
        grids += ready.grids
    if len(rules) > 1:
        raise InputError(
            f"trials with different dose rules ({', '.join(sorted(rules))}) cannot be one simulation",
            hint="simulate them one by one",
        )
    common = next(iter(rules.values()))
    weeks = [weeks for trial in trials for weeks in trial.prepared.run_in_weeks]
    visits = [trial.plan.visits.response_every_weeks for trial in trials for _ in trial.prepared.grids]
    program, layout = build_program(grids, common, weeks, visits)
    ends = [max(one.plan.longest_follow_up_months, one.medians_until_months) for one in trials]
    followed = min(longest_months, max(ends))
    return TrialPanel(
        trials=tuple(trials),
        per_arm=_filling(per_arm, sum(len(trial.arms) for trial in trials)),
        program=program,
        layout=layout,
        n_weeks=int(np.ceil(followed * DAYS_PER_MONTH / 7)) + 1 + max(weeks),
        rules=common,
        months=tuple(sorted({*YEARS, *months} - {month for month in months if month <= 0})),
        longest_months=followed,
        ratios_months=tuple(ratios_months),
        predicts_record=predicts_record,
    )


def rules_of(plan: TrialPlan) -> str:
    """Name the dose rules of a trial: trials of one panel have the same."""
    return plan.rules if isinstance(plan.rules, str) else str(plan.rules["id"])


def _filling(per_arm: int, arms: int) -> int:
    """Give the subjects per arm near the wished number that fill whole batches."""
    if per_arm * arms < BATCH:
        return per_arm
    return round(per_arm * arms / BATCH) * BATCH // arms


def complete(key: Key, outcomes: Outcomes, longest_months: float) -> float | None:
    """Give a simulated value as printed; a median that was not reached is read off an exponential tail.

    The tail starts at the last yearly landmark that can be estimated. A share of nobody or everybody is moved half a
    subject inwards.

    Parameters
    ----------
    key
        Endpoint, arm, versus, month.
    outcomes
        From `Panel.run`.
    longest_months
        Of follow-up.

    Returns
    -------
        None when nothing can be said.
    """
    found = outcomes.get(key)
    if found is None:
        return None
    endpoint, arm, versus, _ = key
    if found.value is not None:
        if endpoint.endswith(("_median", "_hr")):
            return found.value
        return 100.0 * (found.value / 100.0 * found.n + 0.5) / (found.n + 1) if found.n else found.value
    if not endpoint.endswith("_median"):
        return None
    curve = {"pfs_median": "pfs_rate", "ttp_median": "pfs_rate", "os_median": "os_rate"}.get(endpoint)
    rates = [outcomes.get((curve, arm, versus, month)) for month in YEARS] if curve else []
    known = [
        (month, rate.value) for month, rate in zip(YEARS, rates, strict=False) if rate and rate.value is not None
    ]
    if not known:
        # of a dozen responders half may stay without progression by chance, and there is no curve to read on
        return None if endpoint == "dor_median" else 1.5 * longest_months
    month, rate_at = known[-1]
    survival = min(max(rate_at / 100.0, 0.02), 0.98)
    return max(month * math.log(0.5) / math.log(survival), month)


def on_scale(target_kind: str, value: float | None) -> float:
    """Put a simulated value on the scale of its target; NaN for none."""
    if value is None:
        return math.nan
    return to_scale(target_kind, value)  # type: ignore[arg-type]


def printed(target_kind: str, z: float) -> float:
    """Give a value on the scale as it is printed."""
    return from_scale(target_kind, z)  # type: ignore[arg-type]
