"""What a rule set says for one patient type: starting doses, and what it does now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from cereblon.dosing.measures import GRADE_TERMS
from cereblon.dosing.rule_set import RuleSet
from cereblon.regimens import Regimen
from cereblon.replay.course import Cycle, cycles_of
from cereblon.replay.doctor import Act, Doctor
from cereblon.replay.replaying import course_values


@dataclass(frozen=True)
class DrugDecision:
    """What one drug is given at, and why.

    Parameters
    ----------
    drug
        Or what is given besides.
    dose, unit
        Dose that stands; 0 while held, None for what is given besides.
    action
        start, continue, hold, lower, raise, change, stop, give.
    rule, source
        Rules that decided, and where they were read; empty where none did.
    schedule
        How often, where a rule changed that.
    days
        Days of the cycle on which the regimen orders it.
    """

    drug: str
    dose: float | None
    unit: str
    action: str
    rule: str
    source: str
    schedule: str
    days: str

    def as_dict(self) -> dict[str, object]:
        """Give the fields by name."""
        return asdict(self)


def decide_now(
    rules: RuleSet,
    regimen: Regimen,
    patient: Mapping[str, float],
    seen: Mapping[str, float],
    *,
    cycle: int = 1,
    reduced_to: Mapping[str, float] | None = None,
) -> list[DrugDecision]:
    """Give the doses of one cycle of a regimen for a patient, and what the rules do on what is seen today.

    Parameters
    ----------
    rules
        The rule set.
    regimen
        What is ordered.
    patient
        Values of the patient by the names of `measures.MEASURES`, and `surface` in m2.
    seen
        Counts and grades of today; empty for starting doses alone.
    cycle
        Cycle of the regimen, from 1.
    reduced_to
        Doses to which earlier decisions have brought a drug, in the unit of its order.
    """
    cycles = cycles_of(regimen)
    plan = cycles[min(cycle, len(cycles)) - 1]
    known = {**patient, **course_values(plan, 1, cycle - 1, 0, 28 * (cycle - 1))}
    doctor = Doctor(rules, tuple(plan.highest))
    for drug, dose in (reduced_to or {}).items():
        doctor.reduce_to(drug, dose)
    acts = doctor.visit(0.0, known, {**dict.fromkeys(GRADE_TERMS, 0.0), **seen}, plan.highest)
    found = [_drug(doctor, drug, plan, known, acts, rules, bool(seen)) for drug in plan.highest]
    given = [act for act in acts if act.action == "give"]
    return [*found, *(_besides(act, rules) for act in given)]


def _drug(
    doctor: Doctor,
    drug: str,
    plan: Cycle,
    known: Mapping[str, float],
    acts: list[Act],
    rules: RuleSet,
    looked: bool,
) -> DrugDecision:
    ordered = [order for order in plan.orders if order.drug == drug]
    mine = [act for act in acts if act.drug in (drug, "all") and act.action != "hold ends"]
    start = doctor.starting(drug, plan.highest[drug], known)
    now = doctor.standing(drug, plan.highest[drug], known)
    named = tuple(act.rule for act in mine) or start.rules
    actions = [act.action for act in mine]
    action = next((kind for kind in ("stop", "hold", "lower", "raise", "change") if kind in actions), None)
    sources = {rule.id: rules.source_of(rule.source) for rule in rules.all_rules}
    return DrugDecision(
        drug=drug,
        dose=0.0 if doctor.stopped_all else now.amount,
        unit=ordered[0].unit,
        action=action or ("continue" if looked else "start"),
        rule=", ".join(named),
        source="; ".join(dict.fromkeys(sources[name] for name in named)),
        schedule=now.schedule,
        days=", ".join(dict.fromkeys(str(day) for order in ordered for day in order.days)),
    )


def _besides(act: Act, rules: RuleSet) -> DrugDecision:
    source = next(rules.source_of(rule.source) for rule in rules.rules if rule.id == act.rule)
    return DrugDecision(act.drug, None, "", "give", act.rule, source, "", "")
