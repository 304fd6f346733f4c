"""How much of what is published can be predicted at all, and why the rest cannot: coverage beside accuracy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cereblon.calibration.prediction import alike_published_arms
from cereblon.calibration.targets import compared_of, facts_to_meet
from cereblon.evidence import Fact, Study, latest_facts, published_facts
from cereblon.trials.alike import CANNOT_BE_TOLD_APART
from cereblon.trials.study_plan import StudyPlan
from cereblon.vocabulary.endpoints import endpoint_label, simulated_endpoints, vocabulary

KINDS = ("hazard ratio", "response", "median")
LENALIDOMIDE = "hazard ratio, randomised trials with lenalidomide"
_TREATED = ("randomised", "single-arm", "real-world")


@dataclass(frozen=True, kw_only=True, slots=True)
class CoverageRow:
    """How many published numbers of a kind can be predicted.

    Parameters
    ----------
    kind
        One of `KINDS`, or `LENALIDOMIDE`.
    published, predicted
        Numbers of whole arms, each once.
    """

    kind: str
    published: int
    predicted: int

    @property
    def share(self) -> float | None:
        """Of the published numbers; None where there is none."""
        return self.predicted / self.published if self.published else None


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """A reason for which published numbers cannot be predicted, with their number by kind."""

    reason: str
    numbers: int
    studies: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """Which share of the published hazard ratios, responses and medians can be predicted, and why not the rest."""

    rows: tuple[CoverageRow, ...]
    left_out: tuple[LeftOut, ...]

    def as_json(self) -> dict[str, object]:
        """Give rows and reasons for machines."""
        rows = [
            {"kind": row.kind, "published": row.published, "predicted": row.predicted, "share": row.share}
            for row in self.rows
        ]
        reasons = [
            {"reason": one.reason, "numbers": one.numbers, "studies": list(one.studies)} for one in self.left_out
        ]
        return {"rows": rows, "left_out": reasons}


NOTHING_COVERED = Coverage(rows=(), left_out=())


def coverage(plans: Sequence[StudyPlan], unseen: Iterable[tuple[str, Fact]] = ()) -> Coverage:
    """Count what can be predicted of what studies of treatment published.

    Parameters
    ----------
    plans
        Of the studies.
    unseen
        Study and number that were simulated and not seen, as a median that was not reached.
    """
    lost = {(study, *_key(fact)) for study, fact in unseen}
    counted: Counter[str] = Counter()
    predicted: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = {}
    for plan in plans:
        if plan.study.kind not in _TREATED:
            continue
        can = _Can(plan)
        for fact in _published(plan.study):
            why = can.not_be_predicted(fact)
            if not why and (plan.study.id, *_key(fact)) in lost:
                why = "not reached in a quarter or more of the simulated trials"
            for kind in _kinds(plan.study, fact):
                counted[kind] += 1
                predicted[kind] += not why
            if why:
                reasons.setdefault(why, Counter())[plan.study.id] += 1
    rows = tuple(
        CoverageRow(kind=kind, published=counted[kind], predicted=predicted[kind]) for kind in (*KINDS, LENALIDOMIDE)
    )
    left = [
        LeftOut(reason=reason, numbers=studies.total(), studies=tuple(studies)) for reason, studies in reasons.items()
    ]
    return Coverage(rows=rows, left_out=tuple(sorted(left, key=lambda one: -one.numbers)))


def _key(fact: Fact) -> tuple[str, str, str, float | None]:
    return fact.endpoint, fact.arm, fact.versus or "", fact.month


def _kind(fact: Fact) -> str | None:
    section = vocabulary().endpoint(fact.endpoint).section
    if fact.endpoint.endswith("_hr"):
        return "hazard ratio" if section == "comparison" else None
    if section == "response" and fact.unit == "percent":
        return "response"
    return "median" if section == "time-to-event" and fact.endpoint.endswith("_median") else None


def _kinds(study: Study, fact: Fact) -> list[str]:
    kind = _kind(fact)
    with_lenalidomide = any("lenalidomide" in arm.drugs for arm in study.arms.values())
    is_goal = kind == "hazard ratio" and study.kind == "randomised" and with_lenalidomide
    return [*([kind] if kind else []), *([LENALIDOMIDE] if is_goal else [])]


def _published(study: Study) -> list[Fact]:
    """Give the hazard ratios, responses and medians of whole arms, the last cut of each."""
    facts = latest_facts(study, published_facts(study))
    return [fact for fact in facts if fact.value is not None and _kind(fact) is not None]


class _Can:
    """Tells of each number of a study whether it can be predicted."""

    def __init__(self, plan: StudyPlan) -> None:
        self._plan = plan
        self._met = {_key(fact) for fact in facts_to_meet(plan.study, simulated_endpoints())}
        self._alike = alike_published_arms(plan)
        compared = compared_of(plan.study)
        self._without = compared.without_counterpart if compared else ()

    def not_be_predicted(self, fact: Fact) -> str:
        """Say why a number cannot be predicted; nothing where it can."""
        for arm in filter(None, (fact.arm, fact.versus)):
            if reason := self._of_arm(arm):
                return reason
        if fact.endpoint not in simulated_endpoints():
            return f"{endpoint_label(fact.endpoint)} is not simulated"
        if fact.endpoint in self._without:
            return "the number means something else in the study than in the model"
        if (fact.arm, fact.versus) in self._alike:
            return CANNOT_BE_TOLD_APART
        if _key(fact) not in self._met:
            return "a number of a part of follow-up or of the arm, not of the whole"
        return ""

    def _of_arm(self, arm: str) -> str:
        reasons: Mapping[str, str] = self._plan.reasons
        if arm == "all":
            return "a number of several arms together"
        if arm in reasons:
            of_parts = [reasons[part] for part in self._plan.study.arms[arm].pooled_of if part in reasons]
            return _in_short(of_parts[0] if of_parts else reasons[arm])
        return "" if self._plan.plan is not None else _in_short(reasons.get("all", "the study cannot be simulated"))


def _in_short(reason: str) -> str:
    """Leave out of a reason what is of one study alone, so that equal ones are counted together."""
    return "the arm is pooled of others" if reason.startswith("is pooled of") else reason
