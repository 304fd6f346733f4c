"""Interpret a rule set in plain Python: read the rules as they are written, one visit after the other.

Written apart from the engine, which evaluates the same rules as arrays: what both agree on is what the rules say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cereblon.model.dosing.conditions import FIRST_DAY, Condition, Conditions
from cereblon.model.dosing.measures import INDICATIONS, MEASURES
from cereblon.model.dosing.rule_set import SCHEDULES, Change, DrugForm, Rule, RuleSet, StartRule

Values = Mapping[str, float]
RELAPSED = float(INDICATIONS.index("relapsed"))


@dataclass(frozen=True)
class Act:
    """One thing a rule did at a visit."""

    drug: str  # or what is given; `all` when all treatment stops
    action: str  # hold, hold ends, delay, delay ends, lower, raise, change, stop, give, withdraw, count
    rule: str


@dataclass(frozen=True)
class PrescribedDose:
    """What a drug is given at: dose in the unit of the order, and schedule."""

    amount: float
    schedule: str
    rules: tuple[str, ...] = ()  # starting rules that made it so


@dataclass
class _DrugMemory:
    """What is remembered of one drug."""

    ceiling: float = float("inf")
    raised: float | None = None
    schedule: str = "as-ordered"
    ordered: float = 0.0
    changed_day: float | None = None
    stopped: bool = False
    stopped_by: str = ""
    pending: list[Change] = field(default_factory=list)
    holds: set[str] = field(default_factory=set)


@dataclass(frozen=True, eq=False)
class _DrugRule:
    """A rule and one drug it is about; what is seldom true is asked first."""

    rule: Rule
    drug: str
    key: tuple[str, str]
    when: Conditions
    ending: Conditions  # that end it, or whose end ends it
    reads: frozenset[str]
    ending_reads: frozenset[str]
    needs: str  # a count, or a grade above 0, without which it does not begin; empty if there is none

    @classmethod
    def of(cls, rule: Rule, drug: str) -> _DrugRule:
        ending = rule.until or rule.when
        if rule.holds and not rule.until:
            ending = tuple(c for c in rule.when if MEASURES[c.measure].kind in ("count", "grade"))
        begins = (*rule.when, FIRST_DAY) if rule.do == "delay" else rule.when
        seldom_first = sorted(begins, key=lambda c: MEASURES[c.measure].kind not in ("count", "grade"))
        needs = next((c.measure for c in seldom_first if _is_seldom(c)), "")
        return cls(rule, drug, (rule.id, drug), tuple(seldom_first), ending, _read(begins), _read(ending), needs)


def _is_seldom(condition: Condition) -> bool:
    kind = MEASURES[condition.measure].kind
    return kind == "count" or (kind == "grade" and not condition.holds(0.0))


class _DosesOfToday(dict[str, float]):
    """Doses that stand before anything is decided, worked out where a rule asks for one."""

    def __init__(self, interpreter: RuleInterpreter, known: Values) -> None:
        super().__init__()
        self._interpreter, self._of = interpreter, known

    def __missing__(self, drug: str) -> float:
        self[drug] = dose = self._interpreter.dose_before(drug, self._of)
        return dose


class RuleInterpreter:
    """One line of treatment under a rule set, and after `begin` another one.

    Parameters
    ----------
    rules
        The set.
    drugs
        That the lines may order.
    """

    def __init__(self, rules: RuleSet, drugs: tuple[str, ...]) -> None:
        self._forms = rules.drugs
        self._starts = rules.start
        self._pairs = [
            _DrugRule.of(rule, drug)
            for rule in rules.rules
            for drug in (rule.drug or ("",))
            if not drug or drug in drugs
        ]
        self._needing: dict[str, list[_DrugRule]] = defaultdict(list)
        for pair in self._pairs:
            self._needing[pair.needs].append(pair)
        self._delays = [pair for pair in self._pairs if pair.rule.do == "delay"]
        self._counting = [pair for pair in self._pairs if pair.rule.do == "count"]
        # What starting doses depend on; most visits ask for the same again.
        self._read = {
            drug: sorted({c.measure for rule in rules.start if rule.drug == drug for c in rule.when})
            for drug in drugs
        }
        self._known: dict[tuple[object, ...], PrescribedDose] = {}
        # Limits that must have held for some days.
        listed = (c for rule in rules.rules for c in (*rule.when, *rule.until) if c.for_days)
        self._lasting = {replace(condition, for_days=0.0) for condition in listed}
        self._names = drugs
        self.begin()

    def begin(self) -> None:
        """Forget everything: another line begins."""
        self._drugs = {drug: _DrugMemory() for drug in self._names}
        self._active: dict[tuple[str, str], _DrugRule] = {}
        self._count: dict[tuple[str, str], int] = {}
        self._since: dict[Condition, float] = {}  # the day since which each of the lasting limits has held
        self.stopped_all = False

    def starting_dose(self, drug: str, ordered: float, known: Values) -> PrescribedDose:
        """Give the starting dose of a drug for an ordered dose."""
        raised = self._drugs[drug].raised
        key = (drug, ordered, raised, *(known[name] for name in self._read[drug]))
        if key not in self._known:
            self._known[key] = self._starting(drug, ordered, known, raised)
        return self._known[key]

    def _starting(self, drug: str, ordered: float, known: Values, raised: float | None) -> PrescribedDose:
        share, limit, schedule, named = 1.0, float("inf"), "as-ordered", []
        for rule in self._starts:
            if rule.limits and rule.drug == drug and _all_hold(rule.when, known):
                share, limit = min(share, rule.share), min(limit, rule.at_most or float("inf"))
                schedule = sparser(schedule, rule.schedule)
                named.append(rule)
        if raised is not None:
            limit, schedule = raised, "as-ordered"
        amount = min(ordered * share, limit)
        return PrescribedDose(amount, schedule, tuple(rule.id for rule in named if _lowers(rule, ordered)))

    def current_dose(self, drug: str, ordered: float, known: Values) -> PrescribedDose:
        """Give the dose that stands for an ordered dose, 0 while held or stopped."""
        mine, start = self._drugs[drug], self.starting_dose(drug, ordered, known)
        amount = 0.0 if mine.holds or mine.stopped else min(start.amount, mine.ceiling)
        return PrescribedDose(amount, sparser(start.schedule, mine.schedule), start.rules)

    def dose_without_hold(self, drug: str, ordered: float, known: Values) -> float:
        """Give the dose that would stand without a hold."""
        return min(self.starting_dose(drug, ordered, known).amount, self._drugs[drug].ceiling)

    def usual(self, drug: str, known: Values) -> list[StartRule]:
        """List the rules that name the label's full dose of a drug."""
        return [
            rule
            for rule in self._starts
            if rule.usual is not None and rule.drug == drug and _all_hold(rule.when, known)
        ]

    def own_schedule(self, drug: str) -> str:
        """Give the schedule that rules of treatment have put a drug on."""
        return self._drugs[drug].schedule

    @property
    def stopped(self) -> set[str]:
        """The drugs that were stopped for good."""
        return {drug for drug, mine in self._drugs.items() if mine.stopped}

    def reduce_to(self, drug: str, dose: float) -> None:
        """Take over an earlier reduction."""
        if drug in self._drugs:
            self._drugs[drug].ceiling = min(self._drugs[drug].ceiling, dose)

    def visit(self, day: float, known: Values, seen: Values, ordered: Mapping[str, float]) -> list[Act]:
        """Decide on what is known of patient and course and seen today.

        Parameters
        ----------
        day
            Of the line.
        known
            Patient and course.
        seen
            Grades, and counts if there are any today.
        ordered
            Highest dose that this cycle orders of each drug, in the unit of the order.
        """
        values = {**known, **seen}
        for drug, mine in self._drugs.items():
            mine.ordered = ordered.get(drug, 0.0) or mine.ordered
            if mine.changed_day is None:
                mine.changed_day = day
        doses = _DosesOfToday(self, known)
        self._look_back(values, day)
        # All rules look at the same moment: first everybody is asked, then it is done.
        asked = [pair for pair in self._awake(values) if pair.key not in self._active]
        begun = {pair for pair in asked if self._begins(pair, values, doses, ordered, day)}
        over = {pair for pair in self._active.values() if self._is_over(pair, values, doses, day)}
        if not begun and not over:
            return []
        return self._done(begun, over, doses, known, day)

    def _awake(self, values: Values) -> list[_DrugRule]:
        """List the rules that may begin: who needs a count, or a grade above 0, has it today."""
        found: list[_DrugRule] = []
        for name, pairs in self._needing.items():
            if not name or (name in values and (values[name] or MEASURES[name].kind == "count")):
                found += pairs
        return found

    def _done(
        self, begun: set[_DrugRule], over: set[_DrugRule], doses: Values, known: Values, day: float
    ) -> list[Act]:
        """Do what the rules of today say, in their order."""
        held_before = {drug for drug, mine in self._drugs.items() if mine.holds}
        now: dict[str, list[tuple[Rule, Change]]] = {}
        acts = []
        for pair in self._pairs:
            rule, drug, key = pair.rule, pair.drug, pair.key
            if pair in over:
                del self._active[key]
                if drug:
                    self._drugs[drug].holds.discard(rule.id)
                acts += self._ended(rule, drug)
            if pair in begun:
                times = self._count.get(key, 0)
                self._count[key] = times + 1
                self._active[key] = pair
                acts.append(Act(_named(rule, drug), _begun(rule), rule.id))
                change = _change(rule, times)
                self.stopped_all = self.stopped_all or rule.do == "stop-all" or change.stop == "all"
                if drug and (rule.do == "stop" or change.stop == "drug"):
                    self._stop(drug, rule.id)
                if rule.holds:
                    self._drugs[drug].holds.add(rule.id)
                    self._drugs[drug].pending.append(change)
                elif drug:
                    now.setdefault(drug, []).append((rule, change))
        touched = {pair.drug for pair in begun | over}
        for drug in (drug for drug in self._drugs if drug in touched):
            self._apply(
                drug, [change for _, change in now.get(drug, [])], doses[drug], known, day, drug in held_before
            )
        return acts

    def dose_before(self, drug: str, known: Values) -> float:
        """Give the dose that would stand for the last order without a hold."""
        mine = self._drugs[drug]
        return min(mine.ceiling, self.starting_dose(drug, mine.ordered, known).amount)

    def _own(self, condition_of: str, measure: str, drug: str, doses: Values, day: float) -> float:
        if measure == "dose":
            return doses[drug]
        if measure == "days_unchanged":
            changed = self._drugs[drug].changed_day
            return 0.0 if changed is None else day - changed
        same = self._count.get((condition_of, drug))
        if same is not None:
            return float(same)
        return float(next((n for (rule, _), n in self._count.items() if rule == condition_of), 0))

    def _holds(self, conditions: Conditions, drug: str, values: Values, doses: Values, day: float) -> bool:
        for condition in conditions:
            if MEASURES[condition.measure].kind == "drug":
                value = self._own(condition.of, condition.measure, drug, doses, day)
            else:
                value = values[condition.measure]
            if not condition.holds(value):
                return False
            if condition.for_days and day - self._since[replace(condition, for_days=0.0)] < condition.for_days:
                return False
        return True

    def _look_back(self, values: Values, day: float) -> None:
        """Note since when limits have held, of those whose value is seen today."""
        for limits in self._lasting:
            if limits.measure not in values:
                continue
            if limits.holds(values[limits.measure]):
                self._since.setdefault(limits, day)
            else:
                self._since.pop(limits, None)

    @property
    def waits(self) -> bool:
        """Tell whether the cycle does not begin this week."""
        return any(pair.key in self._active for pair in self._delays)

    def asks_counts(self, known: Values, seen: Values) -> tuple[str, ...]:
        """Name the rules that have blood cells counted today."""
        values = {**known, **seen} if self._counting else {}
        return tuple(pair.rule.id for pair in self._counting if self._holds(pair.when, "", values, {}, 0.0))

    def _begins(
        self, pair: _DrugRule, values: Values, doses: Values, ordered: Mapping[str, float], day: float
    ) -> bool:
        drug = pair.drug
        if drug and (not ordered.get(drug, 0.0) > 0.0 or self._drugs[drug].stopped):
            return False
        return pair.reads <= values.keys() and self._holds(pair.when, drug, values, doses, day)

    def _is_over(self, pair: _DrugRule, values: Values, doses: Values, day: float) -> bool:
        if not pair.ending_reads <= values.keys():
            return False
        return self._holds(pair.ending, pair.drug, values, doses, day) == bool(pair.rule.until)

    def _ended(self, rule: Rule, drug: str) -> list[Act]:
        if rule.holds:
            return [Act(drug, f"{rule.do} ends", rule.id)]
        return [Act(str(rule.give), "withdraw", rule.id)] if rule.do == "give" else []

    def _stop(self, drug: str, rule: str) -> None:
        mine = self._drugs[drug]
        if not mine.stopped:
            mine.stopped, mine.stopped_by = True, rule

    def _apply(
        self, drug: str, changes: list[Change], dose: float, known: Values, day: float, was_held: bool
    ) -> None:
        """Make the strongest of the changes of today, and of a hold that has ended."""
        mine = self._drugs[drug]
        before = (mine.ceiling, mine.raised, mine.schedule, was_held)
        if was_held and not mine.holds:
            changes = [*changes, *mine.pending]
        if not mine.holds:
            mine.pending = [] if was_held else mine.pending
        start = self.starting_dose(drug, mine.ordered, known).amount
        form = self._forms.get(drug)
        ladder = _ladder(form, mine.ordered, is_relapsed=known["indication"] == RELAPSED)
        down = max((change.reduce for change in changes), default=0)
        up = max((change.raise_levels for change in changes), default=0)
        reach = max((change.raise_to for change in changes if change.raise_to is not None), default=None)
        if mine.holds:  # while a drug is held nothing raises it
            up, reach = 0, None
        limit = min((change.at_most for change in changes if change.at_most is not None), default=float("inf"))
        if down:
            lower = _below(ladder, dose, down)
            if lower is None and form is not None and form.below_lowest == "stop":
                self._stop(drug, "ladder")
            mine.ceiling = (min(ladder[-1], dose) if ladder else dose) if lower is None else lower
        if up:
            mine.ceiling = max(mine.ceiling, min(_higher(ladder, dose, up), start))
        if reach is not None:
            mine.ceiling = max(mine.ceiling, reach)
            mine.raised = reach if mine.raised is None else max(mine.raised, reach)
        mine.ceiling = min(mine.ceiling, limit)
        for change in changes:
            mine.schedule = sparser(mine.schedule, change.schedule)
        if before != (mine.ceiling, mine.raised, mine.schedule, bool(mine.holds)):
            mine.changed_day = day


def _all_hold(conditions: Conditions, values: Values) -> bool:
    return all(condition.holds(values[condition.measure]) for condition in conditions)


def _lowers(rule: StartRule, ordered: float) -> bool:
    return rule.share < 1.0 or rule.schedule != "as-ordered" or (rule.at_most is not None and rule.at_most < ordered)


def _read(conditions: Conditions) -> frozenset[str]:
    """Name what must have been seen to answer the conditions."""
    return frozenset(c.measure for c in conditions if MEASURES[c.measure].kind != "drug")


def _change(rule: Rule, times: int) -> Change:
    if rule.again == "cycle":
        return rule.then[times % len(rule.then)]
    return rule.then[min(times, len(rule.then) - 1)]


def _named(rule: Rule, drug: str) -> str:
    return "all" if rule.do == "stop-all" else drug or rule.give or "counts"


def _begun(rule: Rule) -> str:
    if rule.do in ("hold", "delay", "give", "count"):
        return rule.do
    if rule.do in ("stop", "stop-all"):
        return "stop"
    lowering = {change.lowers for change in rule.then}
    return {frozenset({True}): "lower", frozenset({False}): "raise"}.get(frozenset(lowering), "change")


def sparser(one: str, other: str) -> str:
    """Give the schedule with fewer doses."""
    return max(one, other, key=SCHEDULES.index)


def _ladder(form: DrugForm | None, ordered: float, *, is_relapsed: bool) -> tuple[float, ...]:
    """Take the ladder with the lowest top that reaches the ordered dose, or the highest; levels from the top down.

    A drug with a ladder of its own for relapsed disease is on that one there.
    """
    if form is not None and is_relapsed and form.relapsed:
        return form.relapsed
    if form is None or not form.ladders:
        return ()
    ladders = sorted(form.ladders)
    return next((ladder for ladder in ladders if ladder[0] >= ordered), ladders[-1])


def _below(ladder: tuple[float, ...], dose: float, levels: int) -> float | None:
    """Give the dose so many levels lower, None past the lowest."""
    lower = [level for level in ladder if level < dose]
    return lower[levels - 1] if levels <= len(lower) else None


def _higher(ladder: tuple[float, ...], dose: float, levels: int) -> float:
    higher = [level for level in reversed(ladder) if level > dose]
    return higher[min(levels, len(higher)) - 1] if higher else dose
