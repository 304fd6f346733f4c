"""What makes a rule set impossible: contradictions, values nobody measures, doses off the ladder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from itertools import combinations

from cereblon.model.dosing.conditions import Conditions, together
from cereblon.model.dosing.measures import MEASURES
from cereblon.model.dosing.rule_set import Change, Rule, RuleSet
from cereblon.model.drugs import DRUGS

MOST_RULES = 96


def problems_of(rules: RuleSet, unseen: Collection[str] = (), written: Collection[str] = ()) -> list[str]:
    """List every problem of a rule set that is well-formed, each with rule and field.

    Parameters
    ----------
    rules
        The set.
    unseen
        Values that have a name and that whoever applies the rules does not measure.
    written
        Names of the rules that may not read them.
    """
    if too_many := list(_extent(rules)):
        return too_many  # each pair of rules is compared
    return [
        *_names(rules),
        *_drugs(rules),
        *_unseen(rules, unseen, written),
        *_start(rules),
        *_doses(rules),
        *_holds(rules),
        *_contradictions(rules),
    ]


def _extent(rules: RuleSet) -> Iterator[str]:
    rows = sum(max(len(rule.drug), 1) for rule in rules.rules)
    if rows > MOST_RULES:
        yield f"rules: {rows} rules, one for each drug; at most {MOST_RULES}"
    if len(rules.start) > MOST_RULES:
        yield f"start: {len(rules.start)} rules; at most {MOST_RULES}"


def _names(rules: RuleSet) -> Iterator[str]:
    ids = Counter([*(rule.id for rule in rules.start), *(rule.id for rule in rules.rules)])
    yield from (f"rule {name}, id: stands {count} times" for name, count in ids.items() if count > 1)
    own = {rule.id for rule in rules.rules}
    for rule in rules.rules:
        for condition in rule.when:
            if condition.measure == "earlier" and condition.of not in own:
                yield f"rule {rule.id}, when.after: there is no rule {condition.of!r}"


def _drugs(rules: RuleSet) -> Iterator[str]:
    for drug in rules.drugs:
        if drug not in DRUGS:
            yield f"drugs.{drug}: is no drug of the model ({', '.join(DRUGS)})"
    for start in rules.start:
        if start.drug not in DRUGS:
            yield f"rule {start.id}, drug: {start.drug} is no drug of the model ({', '.join(DRUGS)})"


def _unseen(rules: RuleSet, unseen: Collection[str], written: Collection[str]) -> Iterator[str]:
    for rule in rules.all_rules:
        if rule.id not in written:
            continue
        until: Conditions = rule.until if isinstance(rule, Rule) else ()
        for field, conditions in (("when", rule.when), ("until", until)):
            for condition in conditions:
                if condition.measure in unseen:
                    yield f"rule {rule.id}, {field}.{condition.measure}: is not measured in a simulation"


def _start(rules: RuleSet) -> Iterator[str]:
    for start in rules.start:
        for condition in start.when:
            kind = MEASURES[condition.measure].kind
            if kind not in ("patient", "course"):
                yield (
                    f"rule {start.id}, when.{condition.measure}: a starting dose cannot depend on a {kind}; "
                    "write a rule under rules"
                )
        if start.usual is None and not start.limits:
            yield f"rule {start.id}: says nothing about the dose; at_most, share, schedule or usual is needed"
        if start.usual is not None and start.limits:
            yield f"rule {start.id}, usual: a rule that limits the dose names no full one; write two rules"


def _doses(rules: RuleSet) -> Iterator[str]:
    for start in rules.start:
        yield from _on_ladder(rules, start.id, "at_most", start.drug, start.at_most)
    for rule in rules.rules:
        for drug in rule.drug:
            for change in rule.then:
                yield from _on_ladder(rules, rule.id, "then.at_most", drug, change.at_most)
                yield from _on_ladder(rules, rule.id, "then.raise_to", drug, change.raise_to)
                if (change.reduce or change.raise_levels) and not _levels(rules, drug):
                    yield f"rule {rule.id}, then: {drug} has no ladder to move on; add drugs.{drug}.ladders"


def _levels(rules: RuleSet, drug: str) -> tuple[float, ...]:
    return rules.drugs[drug].levels if drug in rules.drugs else ()


def _on_ladder(rules: RuleSet, rule: str, field: str, drug: str, dose: float | None) -> Iterator[str]:
    if dose is None or drug not in DRUGS:
        return
    levels = _levels(rules, drug)
    if dose not in levels:
        listed = ", ".join(f"{level:g}" for level in levels) or "none"
        yield f"rule {rule}, {field}: {dose:g} is not a dose level of {drug} (levels: {listed})"


def _measured(conditions: Conditions) -> Conditions:
    return tuple(c for c in conditions if MEASURES[c.measure].kind in ("count", "grade"))


def _holds(rules: RuleSet) -> Iterator[str]:
    for rule in rules.rules:
        if rule.do == "count":
            yield from _counts(rule)
        if rule.do == "delay" and any(c.measure == "cycle_day" for c in rule.when):
            yield f"rule {rule.id}, when.cycle_day: a delay acts on the first day of a cycle by itself; leave it out"
        if not rule.holds:
            continue
        seen = _measured(rule.when)
        if not rule.until and not seen:
            yield f"rule {rule.id}, until: nothing measured would end this {rule.do}; say when it ends"
        if rule.until and not _measured(rule.until):
            yield f"rule {rule.id}, until: a {rule.do} ends on a count or a grade; none is named"
        if rule.until and seen and together(seen, _measured(rule.until)):
            yield (
                f"rule {rule.id}, until: contradicts when; both hold at once for some values, so the {rule.do} would "
                "end "
                "while its reason lasts"
            )


def _counts(rule: Rule) -> Iterator[str]:
    """Refuse what a rule that has cells counted cannot know before that."""
    for condition in rule.when:
        if MEASURES[condition.measure].kind not in ("patient", "course", "grade") or condition.for_days:
            yield (
                f"rule {rule.id}, when.{condition.measure}: cells are counted on what is known before: patient, "
                "course, and the grades of today"
            )


def _contradictions(rules: RuleSet) -> Iterator[str]:
    for first, second in combinations([start for start in rules.start if start.limits], 2):
        same_table = {c.measure for c in first.when} == {c.measure for c in second.when}
        if first.drug == second.drug and same_table and together(first.when, second.when):
            doses = {(first.at_most, first.share, first.schedule), (second.at_most, second.share, second.schedule)}
            if len(doses) > 1:
                yield (
                    f"rule {second.id}, when: contradicts rule {first.id}; both apply to some patients and start "
                    f"{first.drug} differently"
                )
    for one, other in combinations(rules.rules, 2):
        shared = sorted(set(one.drug) & set(other.drug))
        # Rules on different values may meet in one patient: then the restraint counts, as after any hold.
        common = {c.measure for c in _measured(one.when)} & {c.measure for c in _measured(other.when)}
        if shared and common and together(one.when, other.when) and _opposed(one, other):
            yield (
                f"rule {other.id}, then: contradicts rule {one.id}; at some values one raises {shared[0]} and the "
                "other holds, lowers or stops it"
            )
        if shared and one.do == other.do == "change" and set(one.when) == set(other.when) and one.then != other.then:
            yield f"rule {other.id}, then: contradicts rule {one.id}; equal conditions, another change"


def _opposed(one: Rule, other: Rule) -> bool:
    return (_raises(one) and _restrains(other)) or (_raises(other) and _restrains(one))


def _raises(rule: Rule) -> bool:
    return rule.do == "change" and any(change.raises for change in rule.then)


def _restrains(rule: Rule) -> bool:
    changes: tuple[Change, ...] = rule.then
    return (
        rule.holds
        or rule.do in ("stop", "stop-all")
        or (rule.do == "change" and any(change.lowers for change in changes))
    )
