"""Predict the published numbers of many studies with the ensemble, in a few compiled programs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from cereblon.calibration.discrepancy import Discrepancy, shared_part
from cereblon.calibration.longer_follow_up import months_for_medians
from cereblon.calibration.priors import free_parameters
from cereblon.calibration.targets import facts_to_meet
from cereblon.calibration.trial_panel import Outcomes, TrialPanel, build_panel, complete, rules_of
from cereblon.evidence import Fact
from cereblon.model.engine.ensemble import Ensemble
from cereblon.model.engine.parameters import model_parameters
from cereblon.trials.alike import alike_arms, alike_pairs
from cereblon.trials.comparison_scale import (
    error_from_interval,
    error_from_size,
    from_scale,
    group_of,
    kind_of,
    to_scale,
)
from cereblon.trials.library import lines_of
from cereblon.trials.response_ascertainment import record_of, spread_between
from cereblon.trials.routine_care import practised, stop_ratio
from cereblon.trials.study_plan import StudyPlan
from cereblon.trials.uncertainty import Z90, Parts, assumed_sd, given_control, split
from cereblon.vocabulary.endpoints import simulated_endpoints

_LONGEST = 144.0
_UNKNOWN = 0.25  # of the runs may lack a number, as a median that is not reached; beyond, it is not predicted
_SHORT = 62.0  # months: longer trials get a program of their own


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How much is simulated.

    Parameters
    ----------
    draws
        Of the parameters, the first of the ensemble.
    per_arm
        Subjects of an arm in one replicate; each draw has two.
    seed
        Of patients and random numbers.
    """

    draws: int = 12
    per_arm: int = 64
    seed: int = 90210


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """One published number with its prediction, both as printed.

    Parameters
    ----------
    study, name, role, practice, setting
        Where it was published; `practice` for routine care.
    endpoint, arm, versus, month, unit, cut
        What was measured.
    published, published_low, published_high
        Value, and 95 % interval where one is printed.
    predicted, low, high
        Prediction with its 90 % interval, from the population alone.
    given, given_low, given_high
        The same once the control arm's number is known; None for the control arm itself and for numbers without one.
    sd_parameter, sd_trial, sd_sampling, sd_assumed
        Parts of the interval on the scale of the number: logit of shares, log of times and ratios.
    n
        Patients of the published arm.
    source
        Where the number is printed.
    in_trial_care
        For routine care: predicted for the same patients treated as in a trial.
    """

    study: str
    name: str
    role: str
    practice: bool
    setting: str
    endpoint: str
    arm: str
    versus: str
    month: float | None
    unit: str
    cut: str
    published: float
    published_low: float | None
    published_high: float | None
    predicted: float
    low: float
    high: float
    given: float | None
    given_low: float | None
    given_high: float | None
    sd_parameter: float
    sd_trial: float
    sd_sampling: float
    n: int
    source: str
    sd_assumed: float = 0.0
    in_trial_care: float | None = None

    @property
    def inside(self) -> bool:
        """Whether the published value lies inside the 90 % interval."""
        return self.low <= self.published <= self.high

    @property
    def inside_given(self) -> bool | None:
        """The same once the control arm is known."""
        if self.given_low is None or self.given_high is None:
            return None
        return self.given_low <= self.published <= self.given_high


@dataclass(frozen=True, kw_only=True)
class _SimulatedNumber:
    fact: Fact
    centre: float
    parts: Parts
    n: int


def predict_studies(
    plans: Sequence[StudyPlan],
    ensemble: Ensemble | None,
    sizes: Sizes,
    report: Callable[[str], None],
) -> list[Prediction]:
    """Predict every number of every study that has a plan.

    Parameters
    ----------
    plans
        From `study_plan.plan_study`.
    ensemble
        Draws of the parameters; None predicts with the point values.
    sizes
        How much is simulated.
    report
        Told what goes on.
    """
    able = [plan for plan in plans if plan.plan is not None and has_numbers(plan)]
    if not able:
        return []
    groups = [group for group in _groups(able) if group]
    panels = [_panel(group, sizes) for group in groups]
    report(f"arms to simulate: {sum(len(panel.names) for panel in panels)}")

    outcomes = []
    for group, by_care in zip(groups, _outcomes(groups, panels, ensemble, sizes), strict=True):
        outcomes.append(by_care)
        report(f"{', '.join(plan.study.id for plan in group)}: simulated")
    spread = Discrepancy(dict(ensemble.between_trial_sd())) if ensemble is not None else Discrepancy()
    usual = ensemble.over_draws_sd() if ensemble is not None else {}
    found = []
    for group, panel, (runs, *as_in_trials) in zip(groups, panels, outcomes, strict=True):
        for plan in group:
            known = {} if gives_drug_of_a_stage(plan) else usual
            own = _of_study(plan, panel, runs, spread, known)
            other = {
                _key(one): one.predicted
                for of_trials in as_in_trials
                for one in _of_study(plan, panel, of_trials, spread, known)
            }
            found += [replace(one, in_trial_care=other.get(_key(one))) for one in own]
    return found


def gives_drug_of_a_stage(plan: StudyPlan) -> bool:
    """Tell whether an arm has a drug that few trials tell of: draws of its study differ more than is usual."""
    lines = [lines_of(arm, where=plan.study.id)[0] for arm in plan.plan.arms.values()] if plan.plan else []
    given = {drug for line in lines for regimen in line for drug in regimen.drugs}
    return any(one.group in given for one in free_parameters() if one.stage)


def _key(one: Prediction) -> tuple[str, str, str, float | None]:
    return one.endpoint, one.arm, one.versus, one.month


def has_numbers(plan: StudyPlan) -> bool:
    """Tell whether the study prints anything that its simulated arms can be set beside."""
    arms = {plan.plan.published_arm(key) for key in plan.plan.arms} if plan.plan else set()
    return any(fact.arm in arms for fact in facts_to_meet(plan.study, simulated_endpoints()))


def _groups(plans: Sequence[StudyPlan]) -> list[list[StudyPlan]]:
    """Put studies of similar length, of routine care, and of the same dose rules into one program."""
    sets = dict.fromkeys(_rules_of(plan) for plan in plans)
    return [group for rules in sets for group in _by_length([one for one in plans if _rules_of(one) == rules])]


def _rules_of(plan: StudyPlan) -> str:
    return rules_of(plan.plan) if plan.plan else ""


def _by_length(plans: Sequence[StudyPlan]) -> list[list[StudyPlan]]:
    practice = [plan for plan in plans if plan.is_practice]
    trials = [plan for plan in plans if not plan.is_practice]
    lengths = {
        id(plan): max(plan.plan.longest_follow_up_months, _longer(plan)) if plan.plan else 0.0 for plan in trials
    }
    long = [plan for plan in trials if lengths[id(plan)] > _SHORT]
    return [long, practice, [plan for plan in trials if lengths[id(plan)] <= _SHORT]]


def _longer(plan: StudyPlan) -> float:
    return months_for_medians(plan.study, plan.plan) if plan.plan is not None else 0.0


def _panel(group: Sequence[StudyPlan], sizes: Sizes) -> TrialPanel:
    months = {fact.month for plan in group for fact in plan.study.facts if fact.month is not None}
    return build_panel(
        [plan.plan for plan in group if plan.plan is not None],
        per_arm=sizes.per_arm,
        months=sorted(month for month in months if 0 < month <= _LONGEST),
        ratios_months=sorted(
            {
                fact.month
                for plan in group
                for fact in plan.study.facts
                if fact.is_early_ratio and fact.month is not None
            }
        ),
        longest_months=_LONGEST,
        predicts_record=True,
        patients={
            plan.plan.id: plan.patients for plan in group if plan.plan is not None and plan.patients is not None
        },
        medians_until_months={plan.plan.id: _longer(plan) for plan in group if plan.plan is not None},
    )


def _outcomes(
    groups: Sequence[Sequence[StudyPlan]], panels: Sequence[TrialPanel], ensemble: Ensemble | None, sizes: Sizes
) -> Iterator[list[list[Outcomes]]]:
    """Give what was simulated for each group, by care; two runs go side by side."""
    wanted = [
        [list(_runs(panel, ensemble, sizes, practice=as_in)) for as_in in _care(group)]
        for group, panel in zip(groups, panels, strict=True)
    ]
    # The first run of a panel waits for its program: with those of all panels first, two are compiled at a time.
    runs = [run for kinds in wanted for of_kind in kinds for run in of_kind]
    first = [kinds[0][0] for kinds in wanted]
    with ThreadPoolExecutor(max_workers=2) as pool:
        try:
            waiting = {run: pool.submit(run) for run in dict.fromkeys((*first, *runs))}
            for kinds in wanted:
                yield [[waiting[run].result() for run in of_kind] for of_kind in kinds]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _care(group: Sequence[StudyPlan]) -> tuple[bool, ...]:
    """Tell in which care a group is simulated: routine care also as if it were a trial."""
    return (True, False) if group[0].is_practice else (False,)


def _runs(
    panel: TrialPanel, ensemble: Ensemble | None, sizes: Sizes, *, practice: bool
) -> Iterator[Callable[[], Outcomes]]:
    """Give what simulates the arms once, for each draw and replicate trial in turn."""
    base = model_parameters()
    draws = sizes.draws if ensemble is not None else 1
    replicates = 2 if ensemble is not None else 2 * sizes.draws
    for draw in range(draws):
        parameters = base
        if ensemble is not None:
            parameters = ensemble.draw(draw, base)
        if practice:
            parameters = practised(parameters, stop_ratio())
        for replicate in range(replicates):
            yield partial(panel.run, parameters, seed=sizes.seed, block=draw * replicates + replicate)


def _of_study(
    plan: StudyPlan, panel: TrialPanel, runs: Sequence[Outcomes], spread: Discrepancy, known: Mapping[str, float]
) -> list[Prediction]:
    same = alike_published_arms(plan)
    record = None if plan.plan is None else record_of(plan.plan)
    spread = Discrepancy(spread_between(spread.sd, record))
    seen = {
        (fact.endpoint, fact.arm, fact.versus or "", fact.month): found
        for fact in facts_to_meet(plan.study, simulated_endpoints())
        if (fact.arm, fact.versus) not in same
        and (found := _seen(plan, fact, panel, runs, spread, known)) is not None
    }
    control = _control(plan)
    return [
        _prediction(plan, one, None if arm == control or versus else seen.get((endpoint, control, "", month)))
        for (endpoint, arm, versus, month), one in seen.items()
    ]


def alike_published_arms(plan: StudyPlan) -> frozenset[tuple[str, str]]:
    """Give the pairs of published arms that are simulated alike, in both orders."""
    if plan.plan is None:
        return frozenset()
    return alike_pairs(
        tuple((plan.plan.published_arm(a), plan.plan.published_arm(b)) for a, b in alike_arms(plan.plan))
    )


def _control(plan: StudyPlan) -> str:
    """Name the arm that the others are compared with; nothing for a study of one arm."""
    control = None if plan.plan is None else plan.plan.comparator
    return "" if plan.plan is None or control is None else plan.plan.published_arm(control)


def _seen(
    plan: StudyPlan,
    fact: Fact,
    panel: TrialPanel,
    runs: Sequence[Outcomes],
    spread: Discrepancy,
    known: Mapping[str, float],
) -> _SimulatedNumber | None:
    study = plan.study.id
    key = (fact.endpoint, f"{study}/{fact.arm}", f"{study}/{fact.versus}" if fact.versus else "", fact.month)
    kind = kind_of(fact.unit)
    values, errors = [], []
    if not runs:
        return None
    for outcomes in runs:
        value = complete(key, outcomes, panel.longest_months)
        if value is None:
            values.append(math.nan)
            errors.append(math.nan)
            continue
        found = outcomes[key]
        error = error_from_interval(kind, found.low, found.high, value, 0.95) if found.value is not None else None
        values.append(to_scale(kind, value))
        errors.append(error or error_from_size(kind, value, found.n or panel.per_arm))
    if np.isnan(values).mean() > _UNKNOWN:
        return None
    n = _size(plan, fact)
    z, error_of = np.array(values).reshape(-1, 2), np.array(errors).reshape(-1, 2)
    there = ~np.isnan(z).all(axis=1)
    z, error_of = z[there], error_of[there]
    parts = split(
        z,
        error_of,
        simulated_n=panel.per_arm,
        published_n=n,
        between_trials=spread.of(fact.endpoint, kind),
        over_draws=known.get(group_of(fact.endpoint, kind)),
        assumed=assumed_sd(fact.endpoint, kind, routine_care=plan.is_practice),
    )
    return _SimulatedNumber(fact=fact, centre=float(np.nanmean(z)), parts=parts, n=n)


def _size(plan: StudyPlan, fact: Fact) -> int:
    sizes = [plan.study.patients(arm) for arm in (fact.arm, fact.versus) if arm]
    known = [size for size in sizes if size]
    if len(known) == 2:
        return int(2.0 / (1.0 / known[0] + 1.0 / known[1]))
    if known:
        return known[0]
    arms = plan.plan.arms if plan.plan else {}
    return next(
        (arm.size for key, arm in arms.items() if plan.plan and plan.plan.published_arm(key) == fact.arm), 100
    )


def _prediction(plan: StudyPlan, one: _SimulatedNumber, control: _SimulatedNumber | None) -> Prediction:
    from cereblon.trials.comparison import source_text

    fact, study, kind = one.fact, plan.study, kind_of(one.fact.unit)
    half = one.parts.half_width
    given: tuple[float | None, float | None, float | None] = (None, None, None)
    if control is not None:
        shown = to_scale(kind, float(control.fact.value or math.nan))
        shared = shared_part(fact.endpoint, kind)
        after = given_control(one.centre, one.parts, shown, control.centre, control.parts, shared)
        reach = Z90 * after.sd
        given = (
            from_scale(kind, after.centre),
            from_scale(kind, after.centre - reach),
            from_scale(kind, after.centre + reach),
        )
    interval = fact.interval
    return Prediction(
        study=study.id,
        name=study.name,
        role=study.role,
        practice=plan.is_practice,
        setting=study.setting,
        endpoint=fact.endpoint,
        arm=fact.arm,
        versus=fact.versus or "",
        month=fact.month,
        unit=fact.unit,
        cut=fact.cut or "",
        published=float(fact.value or 0.0),
        published_low=interval.low if interval else None,
        published_high=interval.high if interval else None,
        predicted=from_scale(kind, one.centre),
        low=from_scale(kind, one.centre - half),
        high=from_scale(kind, one.centre + half),
        given=given[0],
        given_low=given[1],
        given_high=given[2],
        sd_parameter=one.parts.parameter,
        sd_trial=one.parts.trial,
        sd_sampling=one.parts.sampling,
        sd_assumed=one.parts.assumed,
        n=one.n,
        source=source_text(study.source_of(fact)),
    )


def as_row(prediction: Prediction) -> Mapping[str, object]:
    """Give a prediction for machines, with its verdicts."""
    from dataclasses import asdict

    return {**asdict(prediction), "inside": prediction.inside, "inside_given": prediction.inside_given}
