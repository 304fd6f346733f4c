"""How certain a published comparison is: a stated rule in the manner of GRADE and CINeMA, with its reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cereblon.report.review.comparisons import ComparedArms

LEVELS = ("very low", "low", "moderate", "high")
_LOWEST_LEVEL = 0.9
"""An interval of a lower level excludes one too easily to count as precise."""

RULE = (
    "A randomised trial, or an analysis of the individual patients of such trials, begins at high; an indirect or"
    " pooled comparison at low. One level is taken away for each of these: imprecision (the interval includes one,"
    " its ends differ more than threefold, its level is below ninety percent, or none was published),"
    " inconsistency (the intervals of two trials of the same comparison do not meet), indirectness (the arms"
    " differ in more than one thing), risk of bias (stopped or unblinded early, patients changed over, or the"
    " number could only be read in a secondary source). That a trial was open-label is not counted against it,"
    " because progression is judged from laboratory values."
)


@dataclass(frozen=True, slots=True)
class Certainty:
    """A level of `LEVELS`, and the reasons for which it is not high."""

    level: str
    reasons: tuple[str, ...]


def certainty_of(one: ComparedArms, others: Sequence[ComparedArms]) -> Certainty:
    """Rate a comparison by `RULE`.

    Parameters
    ----------
    one
        What is rated.
    others
        Comparisons of the same chapter; they tell of inconsistency.
    """
    design = (one.study.design or "").lower()
    is_indirect = one.study.kind == "meta-analysis" and not one.is_of_individual_patients
    reasons = [
        reason
        for reason in (
            _imprecision(one),
            _inconsistency(one, others),
            _indirectness(one),
            _risk_of_bias(one, design),
        )
        if reason
    ]
    level = max(0, (1 if is_indirect else 3) - len(reasons))
    if is_indirect:
        reasons.insert(0, "not a randomised comparison: begins at low")
    return Certainty(LEVELS[level], tuple(reasons))


def _imprecision(one: ComparedArms) -> str:
    if one.ends is None:
        return "imprecision: no interval was published"
    interval = one.fact.interval
    if interval is not None and interval.level < _LOWEST_LEVEL:
        return f"imprecision: the interval is one of {100 * interval.level:g} % only"
    low, high = one.ends
    if low <= 1.0 <= high:
        return "imprecision: the interval includes one"
    if high > 3.0 * low:
        return "imprecision: the ends of the interval differ more than threefold"
    return ""


def _inconsistency(one: ComparedArms, others: Sequence[ComparedArms]) -> str:
    for other in others:
        if other.study is one.study or other.fact.endpoint != one.fact.endpoint:
            continue
        if other.study.setting != one.study.setting or other.drugs != one.drugs:
            continue
        ends, theirs = one.ends, other.ends
        if ends and theirs and (ends[1] < theirs[0] or theirs[1] < ends[0]):
            return f"inconsistency: {other.study.name} found otherwise"
    return ""


def _indirectness(one: ComparedArms) -> str:
    return "indirectness: the arms differ in more than one thing" if one.differing > 1 else ""


def _risk_of_bias(one: ComparedArms, design: str) -> str:
    if "stopped early" in design:
        return "risk of bias: stopped early"
    if "unblinded" in design or "crossover" in design:
        return "risk of bias: unblinded, and patients changed over"
    if one.study.source_of(one.fact).quality == "secondary":
        return "risk of bias: read in a secondary source only"
    return ""
