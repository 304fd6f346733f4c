"""Events per arm from printed percentages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cereblon.evidence.study import Fact, Study
from cereblon.synthesis.frequentist.trial_contrasts import ArmCount
from cereblon.synthesis.trial_networks.nodes import ArmRole
from cereblon.synthesis.trial_networks.selection import (
    Cut,
    ExcludedEvidence,
    UsedNumber,
    best_of,
    cuts_in_order,
    is_whole,
    used_number,
)


@dataclass
class GatheredArms:
    """Arms found in one study."""

    arms: list[ArmCount] = field(default_factory=list)
    used: list[UsedNumber] = field(default_factory=list)
    left_out: list[ExcludedEvidence] = field(default_factory=list)


def arm_size(study: Study, arm: str, *, safety: bool) -> int | None:
    """Give the patients an arm's percentages refer to: treated for adverse events where printed, else randomised."""
    if safety:
        for fact in study.facts:
            if fact.arm == arm and fact.endpoint == "n_safety" and is_whole(fact) and fact.value is not None:
                return int(fact.value)
    return study.patients(arm)


def arm_counts(
    study: Study,
    facts: Sequence[Fact],
    roles: Mapping[str, ArmRole],
    *,
    grades: Sequence[str],
    at: str | None,
    cut: Cut,
    safety: bool,
) -> GatheredArms:
    """Turn the percentages of a study into events per arm, all of one data cut.

    Parameters
    ----------
    study
        The study.
    facts
        Its facts of one endpoint.
    roles
        Arms of the wanted setting.
    grades
        Grades of an adverse event to use, the preferred one first; empty for all others.
    at
        Clinical time point; None for facts that name none.
    cut
        `latest` or `first`.
    safety
        Whether percentages are of treated patients.
    """
    found = GatheredArms()
    mine = [fact for fact in facts if fact.arm in roles and is_whole(fact)]
    if not mine:
        return found
    usable = [
        fact
        for fact in mine
        if fact.at == at
        and fact.month is None
        and (not grades or fact.grade in grades)
        and fact.flag is None
        and fact.value is not None
        and fact.unit in ("percent", "patients")
    ]
    best: list[Fact] = []
    for grade in (*grades,) or (None,):
        for name in cuts_in_order([f for f in usable if grade is None or f.grade == grade], cut):
            own = [f for f in usable if f.cut == name and (grade is None or f.grade == grade)]
            by_arm = {arm: [f for f in own if f.arm == arm] for arm in dict.fromkeys(f.arm for f in own)}
            chosen = [best_of(study, same, lambda f: int(f.unit == "patients")) for same in by_arm.values()]
            if len(chosen) > len(best):
                best = chosen
    if len(best) < 2:
        found.left_out.append(ExcludedEvidence(study.id, "all", _why_not(mine, usable, grades, at)))
        return found
    _count(study, best, roles, safety, found)
    return found


def _count(
    study: Study, facts: Sequence[Fact], roles: Mapping[str, ArmRole], safety: bool, found: GatheredArms
) -> None:
    names = [roles[fact.arm].treatment for fact in facts]
    if len(set(names)) < len(names):
        found.left_out.append(
            ExcludedEvidence(study.id, " and ".join(names), "two arms are the same treatment of the network")
        )
        return
    sizes = [arm_size(study, fact.arm, safety=safety) for fact in facts]
    if any(size is None for size in sizes):
        found.left_out.append(
            ExcludedEvidence(study.id, " versus ".join(names), "the number of patients per arm is not known")
        )
        return
    for fact, name, size in zip(facts, names, sizes, strict=True):
        assert fact.value is not None and size is not None  # both were asked for
        events = fact.value if fact.unit == "patients" else round(fact.value * size / 100.0)
        found.arms.append(ArmCount(study.id, name, float(events), float(size), f"study {study.id}, {name}"))
        found.used.append(used_number(study, fact, name, ""))


def _why_not(mine: Sequence[Fact], usable: Sequence[Fact], grades: Sequence[str], at: str | None) -> str:
    """Say why a study with facts of the endpoint gives no two arms."""
    if usable:
        return "only one arm is published in one data cut"
    other_grades = sorted({fact.grade for fact in mine if fact.grade} - set(grades))
    if grades and other_grades:
        return f"published for grade {', '.join(other_grades)}, not {' or '.join(grades)}"
    other_times = sorted({fact.at or "no time point named" for fact in mine if fact.at != at})
    if other_times:
        return f"published for another time point: {', '.join(other_times)}"
    flags = [fact.flag for fact in mine if fact.flag]
    return f"flagged: {flags[0]}" if flags else "no usable number"
