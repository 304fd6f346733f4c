"""What a fit aims at: published numbers of studies with role `calibration`, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field

from cereblon.calibration.role_check import calibration_study
from cereblon.core.errors import InputError
from cereblon.core.validation import StrictModel, validate
from cereblon.evidence import Fact, Study, latest_facts, published_facts
from cereblon.trials.comparison_scale import Kind, error_from_interval, error_from_size, kind_of, to_scale
from cereblon.trials.published_regimen.stand_ins import stand_in
from cereblon.vocabulary.endpoints import fitted_endpoints


class ComparedNumbers(StrictModel):
    """Which numbers of a study a simulation is set beside: the block `compared` under `simulation` of its file.

    Parameters
    ----------
    cuts
        By endpoint the data cut whose numbers count, instead of the last.
    without_counterpart
        Endpoints that mean something else in this study than in the model.
    reason
        Why.
    """

    cuts: dict[str, str] = Field(default_factory=dict)
    without_counterpart: tuple[str, ...] = ()
    reason: str = Field(min_length=1)


def compared_of(study: Study) -> ComparedNumbers | None:
    """Read which numbers of a study a simulation is set beside; None for the last cut of each.

    Raises
    ------
    InputError
        Listing every problem of the block.
    """
    block = study.simulation.get("compared")
    if block is None:
        return None
    where = f"{study.id}, simulation, compared"
    compared = validate(ComparedNumbers, dict(block), where=where)
    printed = {(fact.endpoint, fact.cut) for fact in study.facts}
    problems = [
        f"{where}, cuts: no fact of {endpoint} has the cut {cut!r}"
        for endpoint, cut in compared.cuts.items()
        if (endpoint, cut) not in printed
    ]
    problems += [
        f"{where}, without_counterpart: the study has no fact of {endpoint}"
        for endpoint in compared.without_counterpart
        if endpoint not in {name for name, _ in printed}
    ]
    if problems:
        raise InputError("\n".join(problems))
    return compared


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationTarget:
    """One published number with the play of chance in its study.

    Parameters
    ----------
    study, arm, versus, endpoint, month
        What was measured.
    value
        As printed: percent, months or ratio.
    kind
        Scale of comparison.
    sampling_sd
        Standard error on that scale, from the printed interval or the size of the study.
    n
        Patients of the arm.
    """

    study: str
    endpoint: str
    arm: str
    versus: str
    month: float | None
    value: float
    kind: Kind
    sampling_sd: float
    n: int

    @property
    def z(self) -> float:
        """The published value on the scale of comparison."""
        return to_scale(self.kind, self.value)

    @property
    def key(self) -> tuple[str, str, str, float | None]:
        """Endpoint, arm, versus and month in the names of a panel."""
        versus = f"{self.study}/{self.versus}" if self.versus else ""
        return (self.endpoint, f"{self.study}/{self.arm}", versus, self.month)


def targets(study_id: str, arms: Mapping[str, int], *, longest_months: float = math.inf) -> list[CalibrationTarget]:
    """Choose the targets of one study: for each quantity the last data cut, or the one that its file names.

    Parameters
    ----------
    study_id
        Key of a study of role `calibration`.
    arms
        Published arms that are simulated, with the size of the virtual arm; it stands in where the publication gives
        none.
    longest_months
        Landmarks beyond it are left out.

    Raises
    ------
    InputError
        If the study's role is not `calibration`, an arm has no size, or its numbers contradict each other; all
        problems at once.
    """
    study = calibration_study(study_id)
    arms = {arm: size for arm, size in arms.items() if not _has_a_stand_in(study, arm)}
    chosen = [
        fact
        for fact in facts_to_meet(study, fitted_endpoints())
        if fact.arm in arms
        and (fact.versus is None or fact.versus in arms)
        and (fact.month is None or fact.month <= longest_months)
        and not fact.is_early_ratio  # a fit is set beside the ratio of the whole follow-up
    ]
    sizes = {arm: study.patients(arm) or size for arm, size in arms.items()}
    problems = contradictions(study_id, chosen)
    problems += [f"{study_id}, arm {arm}: no size" for arm, size in sizes.items() if size < 1]
    if problems:
        raise InputError("\n".join(problems), hint="correct the study file; a target must not contradict its study")
    found: dict[tuple[str, str, str, float | None], CalibrationTarget] = {}
    for fact in chosen:
        target = _target(study_id, fact, sizes[fact.arm])
        found[target.key] = target
    return list(found.values())


def facts_to_meet(study: Study, endpoints: Sequence[str] | None) -> list[Fact]:
    """Give the facts of whole arms that a simulation can be set beside, one of each quantity.

    Parameters
    ----------
    study
        Its numbers are chosen: the last data cut, or the one that its file names.
    endpoints
        Names of the vocabulary; None for all.
    """
    facts = published_facts(study, endpoints=endpoints)
    compared = compared_of(study)
    cut = compared.cuts if compared else {}
    chosen = [fact for fact in facts if fact.endpoint in cut and cut[fact.endpoint] == fact.cut]
    chosen += [fact for fact in latest_facts(study, facts) if fact.endpoint not in cut]
    plain = [fact for fact in chosen if not _qualified(fact) and fact.value is not None]
    left_out = compared.without_counterpart if compared else ()
    plain = [fact for fact in plain if fact.endpoint not in left_out]
    return [fact for fact in plain if fact.unit in ("percent", "months", "ratio") and not fact.grade]


def _has_a_stand_in(study: Study, arm: str) -> bool:
    """Whether another drug stands for one of an arm: how much of it does was fitted to such an arm by itself."""
    return any(stand_in(order, phase) for phase in study.arms[arm].regimen for order in phase.drugs)


def _qualified(fact: Fact) -> bool:
    return any((fact.phase, fact.drug, fact.at, fact.counted_from, fact.of, fact.event, fact.feature))


def _target(study_id: str, fact: Fact, n: int) -> CalibrationTarget:
    kind, value = kind_of(fact.unit), float(fact.value or 0.0)
    error = None
    if fact.interval is not None:
        error = error_from_interval(kind, fact.interval.low, fact.interval.high, value, fact.interval.level)
    return CalibrationTarget(
        study=study_id,
        endpoint=fact.endpoint,
        arm=fact.arm,
        versus=fact.versus or "",
        month=fact.month,
        value=value,
        kind=kind,
        sampling_sd=error or error_from_size(kind, value, n),
        n=n,
    )


def contradictions(where: str, facts: Iterable[Fact]) -> list[str]:
    """List numbers that cannot be: outside their own interval, shares beyond 100 %, a depth of response out of order.

    Parameters
    ----------
    where
        Names the study in messages.
    facts
        One of each quantity.
    """
    problems = []
    by_arm: dict[tuple[str, str | None], dict[str, float]] = {}
    for fact in facts:
        value = fact.value
        if value is None:
            continue
        place = f"{where}, {fact.arm}, {fact.endpoint}"
        if value < 0 or (fact.unit == "percent" and value > 100):
            problems.append(f"{place}: {value:g} {fact.unit} is impossible")
        ends = fact.interval
        low = ends.low if ends and ends.low is not None else -math.inf
        high = ends.high if ends and ends.high is not None else math.inf
        if not low <= value <= high:
            problems.append(f"{place}: {value:g} lies outside its own interval of {low:g} to {high:g}")
        if fact.versus is None and fact.month is None:
            by_arm.setdefault((fact.arm, fact.cut), {})[fact.endpoint] = value
    for (arm, _), values in by_arm.items():
        for deep, shallow in (("cr_or_better", "vgpr_or_better"), ("vgpr_or_better", "orr"), ("cr_or_better", "orr")):
            if values.get(deep, 0.0) > values.get(shallow, math.inf):
                problems.append(f"{where}, {arm}: {deep} {values[deep]:g} % exceeds {shallow} {values[shallow]:g} %")
    return problems
