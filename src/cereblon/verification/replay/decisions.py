"""What a rule set says for one patient type: starting doses, and what it does now."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby

from cereblon.core.errors import InputError
from cereblon.model.dosing.description import describe_rule, describe_starting_dose
from cereblon.model.dosing.measures import GRADE_TERMS, MEASURES, UNSIMULATED
from cereblon.model.dosing.rule_set import Rule, RuleSet
from cereblon.model.regimens import Order, Regimen
from cereblon.model.regimens.schedule import format_days, parse_days
from cereblon.verification.replay.replaying import course_values, days_taken
from cereblon.verification.replay.rule_interpreter import Act, RuleInterpreter
from cereblon.verification.replay.subject_course import WEEK, Cycle, cycles_of

ORDERED, REDUCED_BEFORE = "as-ordered", "lowered-before"
"""What stands in the place of a rule where the regimen, or an earlier reduction, makes the dose."""
_PATIENT = ("age", "crcl", "weight", "bmi", "frailty", "prior_lines")


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
        start, continue, not started, hold, delay, lower, raise, change, stop, give, count.
    rule, source
        Rules that decided, and where they were read; `as-ordered` with the source of the regimen where none did.
    because
        What those rules say, with their remarks.
    schedule
        How often, where a rule changed that.
    days
        Days of the cycle on which the regimen orders this dose, `1-14` or `1, 2, 8`.
    is_lowered
        Whether an earlier reduction keeps the dose below its starting dose.
    """

    drug: str
    dose: float | None
    unit: str
    action: str
    rule: str
    source: str
    because: str
    schedule: str
    days: str
    is_lowered: bool = False

    @property
    def taken_days(self) -> tuple[int, ...]:
        """Days of the cycle, from 1, on which the dose is taken: of those ordered, what the schedule leaves."""
        weeks = groupby((day - 1 for day in parse_days(self.days)), key=lambda day: day // WEEK)
        return tuple(day + 1 for _, week in weeks for day in days_taken(self.schedule, tuple(week), 0))

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
    allow_implausible: bool = False,
) -> list[DrugDecision]:
    """Give the doses of one cycle of a regimen for a patient, and what the rules do on what is seen today.

    Parameters
    ----------
    rules
        The rule set.
    regimen
        What is ordered.
    patient
        Values of the patient by the names of `measures.MEASURES`: age, crcl, weight, bmi, frailty, prior_lines; 1 for
        dialysis or marrow_infiltration.
    seen
        Counts and grades of today; empty for starting doses alone.
    cycle
        Cycle of the regimen, from 1.
    reduced_to
        Doses to which earlier decisions have brought a drug, in the unit of its order.
    allow_implausible
        Whether numbers beyond what a rule may ask for are accepted.

    Returns
    -------
        One for each dose of a drug that stands in the cycle, by its first day, and for what is given besides; empty
        where the cycle orders nothing.

    Raises
    ------
    InputError
        If a value is missing, not known or not possible, the regimen has no such cycle, or it does not order a drug
        that is said to be lowered.
    """
    _check(patient, seen, allow_implausible=allow_implausible)
    plan = cycle_plan(regimen, cycle)
    strangers = [drug for drug in reduced_to or {} if drug not in plan.highest]
    if strangers:
        raise InputError(f"{regimen.id}, cycle {cycle}: does not order {', '.join(strangers)}")
    known = known_values(regimen, patient, cycle)
    interpreter = RuleInterpreter(rules, tuple(plan.highest))
    for drug, dose in (reduced_to or {}).items():
        interpreter.reduce_to(drug, dose)
    acts = interpreter.visit(0.0, known, {**dict.fromkeys(GRADE_TERMS, 0.0), **seen}, plan.highest)
    first = {drug: _first_cycle(regimen, drug) == cycle for drug in plan.highest}
    told = _Told(rules, regimen)
    moment = _Moment(interpreter, known, acts, told, frozenset(reduced_to or {}))
    found = [
        moment.decide(drug, orders, is_first=first[drug], is_highest=is_highest)
        for drug in plan.highest
        for orders, is_highest in moment.by_dose([order for order in plan.orders if order.drug == drug])
    ]
    return [*found, *(told.besides(act) for act in acts if act.action in ("give", "count"))]


def cycle_plan(regimen: Regimen, cycle: int) -> Cycle:
    """Give one cycle of a regimen, from 1.

    Raises
    ------
    InputError
        If the regimen ends before it.
    """
    cycles = cycles_of(regimen)
    if cycle < 1 or (cycle > len(cycles) and not regimen.repeats):
        count = "1 cycle" if len(cycles) == 1 else f"{len(cycles)} cycles"
        raise InputError(
            f"{regimen.id} has {count}; there is no cycle {cycle}", hint=f"choose --cycle 1 to {len(cycles)}"
        )
    return cycles[min(cycle, len(cycles)) - 1]


def known_values(regimen: Regimen, patient: Mapping[str, float], cycle: int) -> dict[str, float]:
    """Give what rules may read of patient and course on the first day of a cycle; see `decide_now`."""
    cycles = cycles_of(regimen)
    earlier = sum(cycles[min(number, len(cycles) - 1)].days for number in range(cycle - 1))
    whole = {**dict.fromkeys(UNSIMULATED, 0.0), **patient}
    return {**whole, **course_values(cycle_plan(regimen, cycle), 1, cycle - 1, 0, earlier, whole["prior_lines"])}


def values_read(rules: RuleSet, drugs: Collection[str], known: Mapping[str, float]) -> frozenset[str]:
    """Name the values that can matter for some drugs.

    Parameters
    ----------
    rules
        The rule set.
    drugs
        That are ordered.
    known
        Values that are fixed; a rule that they rule out is passed over.
    """
    found: set[str] = set()
    for rule in rules.all_rules:
        about = set(rule.drug) if isinstance(rule, Rule) else {rule.drug}
        if about and not about & set(drugs):
            continue
        if any(c.measure in known and not c.holds(known[c.measure]) for c in rule.when):
            continue
        found |= {c.measure for c in rule.when}
        found |= {c.measure for c in rule.until} if isinstance(rule, Rule) else set()
    return frozenset(found)


def _check(patient: Mapping[str, float], seen: Mapping[str, float], *, allow_implausible: bool) -> None:
    problems = [f"patient, {name}: is missing" for name in _PATIENT if name not in patient]
    for where, values, kinds in (("patient", patient, ("patient",)), ("seen", seen, ("count", "grade"))):
        for name, value in values.items():
            measure = MEASURES.get(name)
            if measure is None or measure.kind not in kinds:
                allowed = ", ".join(key for key, one in MEASURES.items() if one.kind in kinds)
                problems.append(f"{where}, {name}: is not known; known: {allowed}")
            elif not (math.isfinite(value) and (allow_implausible or measure.lowest <= value <= measure.highest)):
                limits = f"{measure.lowest:g} to {measure.highest:g} {measure.unit}"
                problems.append(f"{where}, {name}: {value:g} is outside {limits}")
    if problems:
        raise InputError("\n".join(problems))


def _first_cycle(regimen: Regimen, drug: str) -> int:
    return next(number for number, cycle in enumerate(cycles_of(regimen), start=1) if drug in cycle.highest)


class _Told:
    """Where rules and orders stand, and what they say."""

    def __init__(self, rules: RuleSet, regimen: Regimen) -> None:
        self._rules, self._regimen = rules, regimen
        self._by_name = {rule.id: rule for rule in rules.all_rules}

    def sources(self, names: Iterable[str], orders: Iterable[Order]) -> str:
        """Name the sources of rules, or of the orders of a regimen."""
        found = []
        for name in names:
            if name == ORDERED:
                found += [self._of_order(order) for order in orders]
            elif name == REDUCED_BEFORE:
                found.append("stated by the user")
            else:
                rule = self._by_name[name]
                doubt = f" [{rule.basis}]" if rule.basis != "published" else ""
                found.append(self._rules.source_of(rule.source) + doubt)
        return "; ".join(dict.fromkeys(found))

    def words(self, names: Iterable[str], unit: str = "") -> str:
        """Say what rules do to a dose that is ordered in `unit`, with their remarks."""
        said = []
        for name in names:
            rule = self._by_name.get(name)
            if rule is not None:
                text = (
                    describe_rule(self._rules, rule)
                    if isinstance(rule, Rule)
                    else describe_starting_dose(self._rules, rule, unit)
                )
                said.append(f"{text} ({rule.note})" if rule.note else text)
            elif name == ORDERED:
                said.append(f"No rule names or changes the ordered dose ({self._rules.title})")
            elif name == REDUCED_BEFORE:
                said.append("An earlier reduction stands")
        return ". ".join(said)

    def is_about_the_start(self, name: str) -> bool:
        """Tell whether a rule holds a drug on the first day of a line alone."""
        rule = self._by_name.get(name)
        return rule is not None and any(c.measure == "line_days" and c.at_most == 0.0 for c in rule.when)

    def besides(self, act: Act) -> DrugDecision:
        """Say what is given besides the drugs."""
        names = (act.rule,)
        return DrugDecision(
            act.drug, None, "", act.action, act.rule, self.sources(names, ()), self.words(names), "", ""
        )

    def _of_order(self, order: Order) -> str:
        source = self._regimen.sources.get(order.source)
        if source is None:
            return f"regimen {self._regimen.id}"
        parts = (source.citation, f"doi:{source.doi}" if source.doi else "", source.address)
        return " ".join(part for part in parts if part)


@dataclass(frozen=True)
class _Moment:
    """One look of the rules at a cycle, and what they do to each dose in it."""

    interpreter: RuleInterpreter
    known: Mapping[str, float]
    acts: list[Act]
    told: _Told
    reduced: frozenset[str]

    def by_dose(self, orders: list[Order]) -> Iterator[tuple[list[Order], bool]]:
        """Gather the orders of a drug by the dose that stands, by first day, and whether the highest is in."""
        highest = max(order.dose for order in orders)
        found: dict[float, list[Order]] = {}
        for order in sorted(orders, key=lambda order: order.days):
            found.setdefault(self._stands(order.drug, order.dose), []).append(order)
        for together in found.values():
            yield together, any(order.dose == highest for order in together)

    def _stands(self, drug: str, ordered: float) -> float:
        is_off = self.interpreter.stopped_all or self.interpreter.waits
        return 0.0 if is_off else self.interpreter.current_dose(drug, ordered, self.known).amount

    def _acts_on(self, drug: str, *, is_unchanged: bool) -> list[Act]:
        """List what rules do to a drug; in a cycle that waits, all drugs wait."""
        mine = [act for act in self.acts if act.drug in (drug, "all") and not act.action.endswith(" ends")]
        if is_unchanged:
            mine = [act for act in mine if act.action not in ("lower", "raise", "change")]
        if not any(act.action in ("stop", "hold", "delay") for act in mine):
            mine += [Act(drug, act.action, act.rule) for act in self._delays()]
        return mine

    def _delays(self) -> list[Act]:
        return list({act.rule: act for act in self.acts if act.action == "delay"}.values())

    def decide(self, drug: str, orders: list[Order], *, is_first: bool, is_highest: bool) -> DrugDecision:
        """Say what one dose of a drug is, and why."""
        interpreter, known = self.interpreter, self.known
        ordered = max(order.dose for order in orders)
        start, now = interpreter.starting_dose(drug, ordered, known), interpreter.current_dose(drug, ordered, known)
        usual = tuple(rule.id for rule in interpreter.usual(drug, known) if rule.usual == start.amount == ordered)
        lowered = drug in self.reduced and interpreter.dose_without_hold(drug, ordered, known) < start.amount
        # A change that brings the highest dose down to one that is ordered earlier does nothing to that one.
        is_unchanged = not is_highest and (now.amount, now.schedule) == (start.amount, start.schedule)
        mine = self._acts_on(drug, is_unchanged=is_unchanged)
        before = (REDUCED_BEFORE,) if lowered else ()
        named = tuple(act.rule for act in mine) or before or start.rules or usual or (ORDERED,)
        actions = [act.action for act in mine]
        action: str | None = next(
            (kind for kind in ("stop", "hold", "delay", "lower", "raise", "change") if kind in actions), None
        )
        if action == "hold" and any(self.told.is_about_the_start(act.rule) for act in mine if act.action == "hold"):
            action = "not started"
        days = tuple(sorted({day for order in orders for day in order.days}))
        return DrugDecision(
            drug=drug,
            dose=self._stands(drug, ordered),
            unit=orders[0].unit,
            action=action or ("start" if is_first else "continue"),
            rule=", ".join(named),
            source=self.told.sources(named, orders),
            because=self.told.words(named, orders[0].unit),
            schedule=now.schedule,
            days=format_days(days).replace(",", ", "),
            is_lowered=bool(before),
        )
