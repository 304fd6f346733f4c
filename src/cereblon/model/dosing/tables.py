"""A rule set as arrays of one fixed shape: another set is other data for the same compiled program.

Every condition becomes an interval, low <= value < high, in single precision, with the rules that need it. A rule is
a row, whose flags are one bit of some words, and for each time of acting the changes it makes, as bits too. The
engine goes through as many conditions as there are, so that a short rule set costs little.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cereblon.core.errors import InputError
from cereblon.model.dosing.conditions import FIRST_DAY, Condition, Conditions
from cereblon.model.dosing.measures import MEASURES, SHARED, SUPPORTS
from cereblon.model.dosing.rule_set import MOST_THEN, SCHEDULES, Change, Rule, RuleSet, StartRule

N_LADDERS, N_LEVELS = 3, 8
BITS, WORDS = 32, 3
MOST_ROWS, MOST_CONDITIONS, MOST_STARTS = BITS * WORDS, 128, BITS
NEEDS = 2 * WORDS + 1  # words of a condition: rules that begin with it, rules that end by it, starting doses
AFTERS = 4
LASTING = 8  # distinct limits that must have held for some days
LIMITS, REACHES = 4, 2  # distinct `at_most` and `raise_to` of one drug

# Bits of a change; of several the union is the strongest.
REDUCE, SCHEDULE, AT_MOST, RAISE, RAISE_TO, STOP, STOP_ALL = 0, 3, 6, 10, 12, 14, 15
MOST_LEVELS, MOST_RISE = 3, 2

Column: TypeAlias = Any
"""An array: of JAX inside the model, of numpy outside."""


class RuleTables(NamedTuple):
    """One rule set for the drugs of a trial."""

    n_shared: Column  # conditions that read what all drugs share; they stand first
    n_conditions: Column
    reads: Column  # [condition]: which value, among those of its kind
    low: Column  # [condition]
    high: Column  # [condition]
    needs: Column  # [condition, word]: rules and starting doses that need it
    until_is_met: Column  # [word]: rules that end when `until` holds, and not when their reason is gone
    needs_count: Column  # [word]
    until_needs_count: Column  # [word]
    holds: Column  # [word]
    delays: Column  # [word]: rules of them that keep a cycle from beginning
    cycles: Column  # [word]: rules whose changes begin again
    last_low: Column  # [word]: place of the last change, low and high bit
    last_high: Column  # [word]
    of_drug: Column  # [drug, word]
    of_nobody: Column  # [word]: rules about no drug
    gives: Column  # [support, word]
    counts: Column  # [counted rule, word]
    hold_counts: Column  # [word]: rules that hold until a count is back
    asks_counts: Column  # [word]: rules that have blood cells counted
    n_lasting: Column
    lasting_reads: Column  # [lasting limit]: which value, among `measures.SHARED`
    lasting_low: Column  # [lasting limit]
    lasting_high: Column  # [lasting limit]
    lasting_counts: Column  # [lasting limit]: whether it is seen only where cells are counted
    place: Column  # [row]: where its changes are gathered
    changes: Column  # [row, time]
    n_starts: Column
    start_drug: Column  # [start]
    start_at_most: Column  # [start]
    start_share: Column  # [start]
    start_schedule: Column  # [start]
    ladder: Column  # [drug, ladder, level], 0 past the last
    relapsed: Column  # [drug, level]: ladder of relapsed disease, 0 where it is no other
    at_most: Column  # [drug, limit], infinite where there is none
    raise_to: Column  # [drug, reach], 0 where there is none
    stops_at_lowest: Column  # [drug]
    surface_cap: Column  # [drug]


class RuleRow(NamedTuple):
    """What a row of the tables is about."""

    rule: Rule
    drug: str  # empty for a rule that gives something


def rule_rows(rules: RuleSet, drugs: Sequence[str]) -> list[RuleRow]:
    """List the rows of a rule set for the drugs of a trial: one for each rule and drug."""
    rows = []
    for rule in rules.rules:
        if rule.do in ("give", "count"):
            rows.append(RuleRow(rule, ""))
        rows.extend(RuleRow(rule, drug) for drug in drugs if drug in rule.drug)
    return rows


def own_names(drugs: Sequence[str]) -> list[str]:
    """Name the values besides `measures.SHARED` that conditions read, in their order."""
    own = [f"{name} {drug}" for name in ("dose", "days_unchanged") for drug in drugs]
    after = [f"after {place}" for place in range(AFTERS)]
    return [*own, *after, *(f"lasting {place}" for place in range(LASTING))]


def rule_tables(rules: RuleSet, drugs: Sequence[str], ordered: Sequence[str] | None = None) -> RuleTables:
    """Compile a rule set for the drugs of a trial.

    Parameters
    ----------
    rules
        A checked set.
    drugs
        In the order of the trial's layout.
    ordered
        Those of them that can be ordered, which alone take rows; all unless given.

    Raises
    ------
    InputError
        If the set needs more rows, conditions or limits than there is room for.
    """
    there = drugs if ordered is None else ordered
    rows, starts = rule_rows(rules, there), [rule for rule in rules.start if rule.drug in there and rule.limits]
    counted = sorted({c.of for row in rows for c in row.rule.when if c.measure == "earlier"})
    limits = {name: _limits(rules, name) if name in there else ((), ()) for name in drugs}
    _check_room(rules, len(rows), len(starts), counted, limits)
    book = _Book(drugs, counted)
    for number, row in enumerate(rows):
        book.need(_beginning(row.rule), row.drug, number)
        book.need(_ending(row.rule), row.drug, MOST_ROWS + number)
    for number, start in enumerate(starts):
        book.need(start.when, start.drug, 2 * MOST_ROWS + number)
    n_drugs = len(drugs)
    place, changes = np.full(MOST_ROWS, n_drugs, np.int32), np.zeros((MOST_ROWS, MOST_THEN), np.uint32)
    for number, row in enumerate(rows):
        if row.drug:
            place[number] = drugs.index(row.drug) + (n_drugs + 1 if row.rule.holds else 0)
        for time, change in enumerate(row.rule.then):
            changes[number, time] = _bits(row.rule, change, *limits.get(row.drug, ((), ())))
    return RuleTables(
        **book.tables(rules.id),
        **_flags(rows, drugs, counted),
        place=place,
        changes=changes,
        **_starts(starts, drugs),
        **_forms(rules, drugs, limits),
    )


class _Book:
    """The conditions of a rule set, each once, with the bits of what needs it."""

    def __init__(self, drugs: Sequence[str], counted: Sequence[str]) -> None:
        self._shared = {name: place for place, name in enumerate(SHARED)}
        self._own = {name: place for place, name in enumerate(own_names(drugs))}
        self._counted = list(counted)
        self._lasting: list[Condition] = []  # without their days
        self._found: dict[tuple[str, Condition], set[int]] = {}

    def need(self, conditions: Conditions, drug: str, bit: int) -> None:
        for condition in conditions:
            name = condition.measure
            if name == "earlier":
                name = f"after {self._counted.index(condition.of)}"
            elif MEASURES[name].kind == "drug":
                name = f"{name} {drug}"
            elif condition.for_days:
                limits = replace(condition, for_days=0.0)
                if limits not in self._lasting:
                    self._lasting.append(limits)
                name = f"lasting {self._lasting.index(limits)}"
                condition = Condition(condition.measure, at_least=condition.for_days)
            self._found.setdefault((name, condition), set()).add(bit)

    def tables(self, rule_set: str) -> dict[str, Any]:
        if len(self._found) > MOST_CONDITIONS:
            raise InputError(f"rule set {rule_set}: {len(self._found)} conditions; at most {MOST_CONDITIONS}")
        if len(self._lasting) > LASTING:
            raise InputError(f"rule set {rule_set}: {len(self._lasting)} limits with for_days; at most {LASTING}")
        size = MOST_CONDITIONS + 1  # the last is one that nobody needs
        reads, needs = np.zeros(size, np.int32), np.zeros((size, NEEDS), np.uint32)
        low, high = np.zeros(size, np.float32), np.zeros(size, np.float32)
        ordered = sorted(self._found.items(), key=lambda item: item[0][0] not in self._shared)
        for place, ((name, condition), bits) in enumerate(ordered):
            reads[place] = self._shared[name] if name in self._shared else self._own[name]
            low[place], high[place] = interval(condition)
            for bit in bits:
                needs[place, bit // BITS] |= np.uint32(1 << bit % BITS)
        shared = sum(name in self._shared for name, _ in self._found)
        return {
            "n_shared": np.int32(shared),
            "n_conditions": np.int32(len(ordered)),
            "reads": reads,
            "low": low,
            "high": high,
            "needs": needs,
            **self._lasting_tables(),
        }

    def _lasting_tables(self) -> dict[str, Any]:
        reads, counts = np.zeros(LASTING, np.int32), np.zeros(LASTING, np.bool_)
        low, high = np.zeros(LASTING, np.float32), np.zeros(LASTING, np.float32)
        for place, limits in enumerate(self._lasting):
            reads[place], counts[place] = self._shared[limits.measure], _reads_counts((limits,))
            low[place], high[place] = interval(limits)
        return {
            "n_lasting": np.int32(len(self._lasting)),
            "lasting_reads": reads,
            "lasting_low": low,
            "lasting_high": high,
            "lasting_counts": counts,
        }


def interval(condition: Condition) -> tuple[np.float32, np.float32]:
    """Write a condition as low <= value < high."""
    low = max(np.float32(condition.at_least), _above(condition.more_than))
    return low, min(np.float32(condition.less_than), _above(condition.at_most))


def _above(limit: float) -> np.float32:
    """Give the next number above a limit; above 0 the smallest that processors do not take for 0."""
    if not np.isfinite(limit):
        return np.float32(limit)
    return np.float32(
        np.finfo(np.float32).tiny if limit == 0 else np.nextafter(np.float32(limit), np.float32(np.inf))
    )


def _beginning(rule: Rule) -> Conditions:
    """Give the conditions by which a rule begins: a delay looks at the first day of a cycle alone."""
    return (*rule.when, FIRST_DAY) if rule.do == "delay" else rule.when


def _ending(rule: Rule) -> Conditions:
    """Give the conditions by which a rule ends: `until`, or those whose end ends it."""
    if rule.until:
        return rule.until
    if not rule.holds:
        return rule.when
    return tuple(c for c in rule.when if MEASURES[c.measure].kind in ("count", "grade"))


def _reads_counts(conditions: Conditions) -> bool:
    return any(MEASURES[condition.measure].kind == "count" for condition in conditions)


def _flags(rows: Sequence[RuleRow], drugs: Sequence[str], counted: Sequence[str]) -> dict[str, NDArray[np.uint32]]:
    """Write what each row is like as bits."""

    def those(applies: Callable[[RuleRow], bool]) -> NDArray[np.uint32]:
        words = np.zeros(WORDS, np.uint32)
        for number, row in enumerate(rows):
            words[number // BITS] |= np.uint32(applies(row) << number % BITS)
        return words

    def sets(kinds: Sequence[Callable[[RuleRow], bool]]) -> NDArray[np.uint32]:
        return np.stack([those(kind) for kind in kinds])

    return {
        "until_is_met": those(lambda row: bool(row.rule.until)),
        "needs_count": those(lambda row: _reads_counts(row.rule.when)),
        "until_needs_count": those(lambda row: _reads_counts(_ending(row.rule))),
        "holds": those(lambda row: row.rule.holds),
        "delays": those(lambda row: row.rule.do == "delay"),
        "hold_counts": those(lambda row: row.rule.holds and _reads_counts(_ending(row.rule))),
        "asks_counts": those(lambda row: row.rule.do == "count"),
        "cycles": those(lambda row: row.rule.again == "cycle"),
        "last_low": those(lambda row: bool(len(row.rule.then) - 1 & 1)),
        "last_high": those(lambda row: len(row.rule.then) > 2),
        "of_drug": sets([partial(_is_about, drug) for drug in drugs]),
        "of_nobody": those(partial(_is_about, "")),
        "gives": sets([partial(_gives, support) for support in SUPPORTS]),
        "counts": sets([partial(_is, name) for name in [*counted, *[None] * (AFTERS - len(counted))]]),
    }


def _is_about(drug: str, row: RuleRow) -> bool:
    return row.drug == drug


def _gives(support: str, row: RuleRow) -> bool:
    return row.rule.give == support


def _is(name: str | None, row: RuleRow) -> bool:
    return row.rule.id == name


def _limits(rules: RuleSet, drug: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    changes = [change for rule in rules.rules if drug in rule.drug for change in rule.then]
    limits = {change.at_most for change in changes if change.at_most is not None}
    reaches = {change.raise_to for change in changes if change.raise_to is not None}
    return tuple(sorted(limits)), tuple(sorted(reaches))


def _check_room(
    rules: RuleSet,
    rows: int,
    starts: int,
    counted: Sequence[str],
    limits: dict[str, tuple[tuple[float, ...], tuple[float, ...]]],
) -> None:
    problems = []
    if rows > MOST_ROWS:
        problems.append(f"{rows} rules, one for each drug; at most {MOST_ROWS}")
    if starts > MOST_STARTS:
        problems.append(f"start: {starts} starting doses; at most {MOST_STARTS}")
    if len(counted) > AFTERS:
        problems.append(f"after: {len(counted)} rules are counted; at most {AFTERS}")
    for drug, (caps, reaches) in limits.items():
        if len(caps) > LIMITS:
            problems.append(f"{drug}: {len(caps)} values of then.at_most; at most {LIMITS}")
        if len(reaches) > REACHES:
            problems.append(f"{drug}: {len(reaches)} values of then.raise_to; at most {REACHES}")
    if problems:
        raise InputError("\n".join(f"rule set {rules.id}, {problem}" for problem in problems))


def _bits(rule: Rule, change: Change, limits: Sequence[float], reaches: Sequence[float]) -> int:
    """Write a change as bits."""
    bits = (
        (1 << change.reduce) - 1 << REDUCE
        | (1 << SCHEDULES.index(change.schedule)) - 1 << SCHEDULE
        | (1 << change.raise_levels) - 1 << RAISE
        | (change.stop == "drug" or rule.do == "stop") << STOP
        | (change.stop == "all" or rule.do == "stop-all") << STOP_ALL
    )
    if change.at_most is not None:
        bits |= 1 << AT_MOST + limits.index(change.at_most)
    if change.raise_to is not None:
        bits |= 1 << RAISE_TO + reaches.index(change.raise_to)
    return bits


def _starts(starts: Sequence[StartRule], drugs: Sequence[str]) -> dict[str, Any]:
    drug, schedule = np.zeros(MOST_STARTS, np.int32), np.zeros(MOST_STARTS, np.int32)
    at_most, share = np.full(MOST_STARTS, np.inf, np.float32), np.ones(MOST_STARTS, np.float32)
    for number, rule in enumerate(starts):
        drug[number], schedule[number] = drugs.index(rule.drug), SCHEDULES.index(rule.schedule)
        at_most[number], share[number] = np.inf if rule.at_most is None else rule.at_most, rule.share
    return {
        "n_starts": np.int32(len(starts)),
        "start_drug": drug,
        "start_at_most": at_most,
        "start_share": share,
        "start_schedule": schedule,
    }


def _forms(
    rules: RuleSet, drugs: Sequence[str], limits: dict[str, tuple[tuple[float, ...], tuple[float, ...]]]
) -> dict[str, NDArray[Any]]:
    ladder = np.zeros((len(drugs), N_LADDERS, N_LEVELS), np.float32)
    relapsed = np.zeros((len(drugs), N_LEVELS), np.float32)
    at_most = np.full((len(drugs), LIMITS), np.inf, np.float32)
    raise_to = np.zeros((len(drugs), REACHES), np.float32)
    stops, cap = np.zeros(len(drugs), np.bool_), np.full(len(drugs), np.inf, np.float32)
    for number, drug in enumerate(drugs):
        caps, reaches = limits[drug]
        at_most[number, : len(caps)], raise_to[number, : len(reaches)] = caps, reaches
        form = rules.drugs.get(drug)
        if form is None:
            continue
        for place, levels in enumerate(form.ladders):
            ladder[number, place, : len(levels)] = levels
        relapsed[number, : len(form.relapsed)] = form.relapsed
        stops[number] = form.below_lowest == "stop"
        cap[number] = np.inf if form.surface_cap is None else form.surface_cap
    return {
        "ladder": ladder,
        "relapsed": relapsed,
        "at_most": at_most,
        "raise_to": raise_to,
        "stops_at_lowest": stops,
        "surface_cap": cap,
    }
