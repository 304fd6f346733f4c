"""A rule set as arrays of one fixed shape: another set is other data for the same compiled program.

Every condition becomes an interval, low <= value < high, in single precision, and one bit. A rule is a row: the bits
that must be set, and for each time of acting the changes it makes, as bits too. The engine goes through as many rows
as there are, so that a short rule set costs little.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cereblon.dosing.conditions import Condition, Conditions
from cereblon.dosing.measures import KNOWN, MEASURES, SHARED, SUPPORTS
from cereblon.dosing.rule_set import MOST_THEN, SCHEDULES, Change, Rule, RuleSet
from cereblon.errors import InputError

N_LADDERS, N_LEVELS = 3, 8
BITS, WORDS = 32, 3
MOST_ROWS = MOST_CONDITIONS = BITS * WORDS
HALF = 16  # bits that a number in single precision holds with room to spare
AFTERS = 4
LIMITS, REACHES = 4, 2  # distinct `at_most` and `raise_to` of one drug
NO_DRUG = 31
MOST_STARTS = 24

# Bits of a change; of several the union is the strongest.
REDUCE, SCHEDULE, AT_MOST, RAISE, RAISE_TO, STOP, STOP_ALL = 0, 3, 6, 10, 12, 14, 15
MOST_LEVELS, MOST_RISE = 3, 2

# Bits of a rule's kind.
HOLDS, UNTIL_IS_MET, NEEDS_COUNT, UNTIL_NEEDS_COUNT, CYCLES, N_THEN, COUNTED, GIVES = 0, 1, 2, 3, 4, 5, 8, 12

Column: TypeAlias = Any
"""An array: of JAX inside the model, of numpy outside."""


class RuleTables(NamedTuple):
    """One rule set for the drugs of a trial."""

    n_rows: Column
    read: Column  # [value, condition], 1 where a condition reads a value
    low: Column  # [condition]
    high: Column  # [condition]
    when: Column  # [row, word]: conditions that must hold
    until: Column  # [row, word]: conditions that end it, or whose end ends it
    kind: Column  # [row]
    drug: Column  # [row]
    changes: Column  # [row, time]
    n_starts: Column
    start_low: Column  # [start, known value]
    start_high: Column
    start_drug: Column  # [start, drug]
    start_at_most: Column  # [start]
    start_share: Column  # [start]
    start_schedule: Column  # [start]
    ladder: Column  # [drug, ladder, level], 0 past the last
    at_most: Column  # [drug, limit], infinite where there is none
    raise_to: Column  # [drug, reach], 0 where there is none
    stops_at_lowest: Column  # [drug]
    surface_cap: Column  # [drug]
    hold_counts: Column  # [word]: rows that hold until a count is back


class RuleRow(NamedTuple):
    """What a row of the tables is about."""

    rule: Rule
    drug: str  # empty for a rule that gives something


def rule_rows(rules: RuleSet, drugs: Sequence[str]) -> list[RuleRow]:
    """List the rows of a rule set for the drugs of a trial: one for each rule and drug."""
    rows = []
    for rule in rules.rules:
        if rule.do == "give":
            rows.append(RuleRow(rule, ""))
        rows.extend(RuleRow(rule, drug) for drug in drugs if drug in rule.drug)
    return rows


def value_names(drugs: Sequence[str]) -> list[str]:
    """Name the values that conditions read, in their order."""
    own = [f"{name} {drug}" for name in ("dose", "days_unchanged") for drug in drugs]
    return [*SHARED, *own, *(f"after {place}" for place in range(AFTERS))]


def rule_tables(rules: RuleSet, drugs: Sequence[str]) -> RuleTables:
    """Compile a rule set for the drugs of a trial.

    Parameters
    ----------
    rules
        A checked set.
    drugs
        In the order of the trial's layout.

    Raises
    ------
    InputError
        If the set needs more rows, conditions or limits than there is room for.
    """
    rows = rule_rows(rules, drugs)
    counted = sorted({c.of for row in rows for c in row.rule.when if c.measure == "earlier"})
    book = _Book(value_names(drugs), counted)
    when, until = np.zeros((MOST_ROWS, WORDS), np.uint32), np.zeros((MOST_ROWS, WORDS), np.uint32)
    kind, drug = np.zeros(MOST_ROWS, np.uint32), np.full(MOST_ROWS, NO_DRUG, np.int32)
    changes, hold_counts = np.zeros((MOST_ROWS, MOST_THEN), np.uint32), np.zeros(WORDS, np.uint32)
    limits = {name: _limits(rules, name) for name in drugs}
    _check_room(rules, rows, counted, limits)
    for number, row in enumerate(rows):
        when[number], until[number] = book.mask(row.rule.when, row.drug), book.mask(_ending(row.rule), row.drug)
        kind[number] = _kind(row.rule, counted)
        drug[number] = drugs.index(row.drug) if row.drug else NO_DRUG
        for time, change in enumerate(row.rule.then):
            changes[number, time] = _bits(row.rule, change, *limits.get(row.drug, ((), ())))
        if row.rule.do == "hold" and _reads_counts(_ending(row.rule)):
            hold_counts[number // BITS] |= np.uint32(1 << number % BITS)
    return RuleTables(
        n_rows=np.int32(len(rows)),
        **book.tables(rules.id),
        when=when,
        until=until,
        kind=kind,
        drug=drug,
        changes=changes,
        **_starts(rules, drugs),
        **_forms(rules, drugs, limits),
        hold_counts=hold_counts,
    )


class _Book:
    """The conditions of a rule set, each once."""

    def __init__(self, names: Sequence[str], counted: Sequence[str]) -> None:
        self._names, self._counted = {name: place for place, name in enumerate(names)}, list(counted)
        self._found: dict[tuple[str, Condition], int] = {}

    def mask(self, conditions: Conditions, drug: str) -> NDArray[np.uint32]:
        mask = np.zeros(WORDS, np.uint32)
        for condition in conditions:
            name = condition.measure
            if name == "earlier":
                name = f"after {self._counted.index(condition.of)}"
            elif MEASURES[name].kind == "drug":
                name = f"{name} {drug}"
            place = self._found.setdefault((name, condition), len(self._found))
            if place < MOST_CONDITIONS:
                mask[place // BITS] |= np.uint32(1 << place % BITS)
        return mask

    def tables(self, rule_set: str) -> dict[str, NDArray[np.float32]]:
        if len(self._found) > MOST_CONDITIONS:
            raise InputError(f"rule set {rule_set}: {len(self._found)} conditions; at most {MOST_CONDITIONS}")
        read = np.zeros((len(self._names), MOST_CONDITIONS), np.float32)
        low, high = np.zeros(MOST_CONDITIONS, np.float32), np.zeros(MOST_CONDITIONS, np.float32)
        for (name, condition), place in self._found.items():
            read[self._names[name], place] = 1.0
            low[place], high[place] = interval(condition)
        return {"read": read, "low": low, "high": high}


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


def _ending(rule: Rule) -> Conditions:
    """Give the conditions by which a rule ends: `until`, or those whose end ends it."""
    if rule.until:
        return rule.until
    if rule.do != "hold":
        return rule.when
    return tuple(c for c in rule.when if MEASURES[c.measure].kind in ("count", "grade"))


def _reads_counts(conditions: Conditions) -> bool:
    return any(MEASURES[condition.measure].kind == "count" for condition in conditions)


def _kind(rule: Rule, counted: Sequence[str]) -> int:
    return (
        (rule.do == "hold") << HOLDS
        | bool(rule.until) << UNTIL_IS_MET
        | _reads_counts(rule.when) << NEEDS_COUNT
        | _reads_counts(_ending(rule)) << UNTIL_NEEDS_COUNT
        | (rule.again == "cycle") << CYCLES
        | (len(rule.then) - 1) << N_THEN
        | (1 << COUNTED + list(counted).index(rule.id) if rule.id in counted else 0)
        | (1 << GIVES + SUPPORTS.index(rule.give) if rule.give else 0)
    )


def _limits(rules: RuleSet, drug: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    changes = [change for rule in rules.rules if drug in rule.drug for change in rule.then]
    limits = {change.at_most for change in changes if change.at_most is not None}
    reaches = {change.raise_to for change in changes if change.raise_to is not None}
    return tuple(sorted(limits)), tuple(sorted(reaches))


def _check_room(
    rules: RuleSet,
    rows: Sequence[RuleRow],
    counted: Sequence[str],
    limits: dict[str, tuple[tuple[float, ...], tuple[float, ...]]],
) -> None:
    problems = []
    if len(rows) > MOST_ROWS:
        problems.append(f"{len(rows)} rules, one for each drug; at most {MOST_ROWS}")
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


def _starts(rules: RuleSet, drugs: Sequence[str]) -> dict[str, Any]:
    starts = [rule for rule in rules.start if rule.drug in drugs]
    count = MOST_STARTS
    if len(starts) > count:
        raise InputError(f"rule set {rules.id}, start: {len(starts)} starting doses; at most {count}")
    low = np.full((count, len(KNOWN)), -np.inf, np.float32)
    high = np.full((count, len(KNOWN)), np.inf, np.float32)
    low[len(starts) :] = np.inf
    own = np.zeros((count, len(drugs)), np.bool_)
    at_most, share = np.full(count, np.inf, np.float32), np.ones(count, np.float32)
    schedule = np.zeros(count, np.int32)
    for number, rule in enumerate(starts):
        for condition in rule.when:
            at = KNOWN.index(condition.measure)
            low[number, at], high[number, at] = interval(condition)
        own[number, drugs.index(rule.drug)] = True
        at_most[number] = np.inf if rule.at_most is None else rule.at_most
        share[number], schedule[number] = rule.share, SCHEDULES.index(rule.schedule)
    return {
        "n_starts": np.int32(len(starts)),
        "start_low": low,
        "start_high": high,
        "start_drug": own,
        "start_at_most": at_most,
        "start_share": share,
        "start_schedule": schedule,
    }


def _forms(
    rules: RuleSet, drugs: Sequence[str], limits: dict[str, tuple[tuple[float, ...], tuple[float, ...]]]
) -> dict[str, NDArray[Any]]:
    ladder = np.zeros((len(drugs), N_LADDERS, N_LEVELS), np.float32)
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
        stops[number] = form.below_lowest == "stop"
        cap[number] = np.inf if form.surface_cap is None else form.surface_cap
    return {
        "ladder": ladder,
        "at_most": at_most,
        "raise_to": raise_to,
        "stops_at_lowest": stops,
        "surface_cap": cap,
    }
