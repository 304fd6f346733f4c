"""A rule set as arrays of a fixed shape, so that another set needs no other program.

Every condition becomes an interval, low <= value < high, in single precision; a row holds one rule about one drug.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cereblon.dosing.conditions import Conditions
from cereblon.dosing.measures import KNOWN, MEASURES, SHARED, SUPPORTS
from cereblon.dosing.rule_set import MOST_THEN, SCHEDULES, Rule, RuleSet, StartRule

OWN = ("dose", "days_unchanged", "earlier")
N_LADDERS, N_LEVELS = 3, 8
ROWS_AT_A_TIME = 8
Column: TypeAlias = Any
"""An array: of JAX inside the model, of numpy outside."""


class RuleTables(NamedTuple):
    """One rule set for the drugs of a trial; [rule], [start], [measure], [drug] and [time] name the axes."""

    when_low: Column  # [rule, measure]
    when_high: Column
    own_low: Column  # [rule, own]
    own_high: Column
    until_low: Column  # [rule, measure]
    until_high: Column
    until_is_met: Column  # [rule] True: the rule ends when `until` holds; False: when it no longer holds
    until_own: Column  # [rule] True: the rule also ends when the drug's own values leave its limits
    needs_count: Column  # [rule]
    until_needs_count: Column  # [rule]
    drug: Column  # [rule, drug]
    gives: Column  # [rule, support]
    holds: Column  # [rule]
    stops: Column  # [rule, time]
    stops_all: Column  # [rule, time]
    reduces: Column  # [rule, time], levels
    at_most: Column  # [rule, time], infinite for none
    schedule: Column  # [rule, time], place in SCHEDULES
    raises: Column  # [rule, time], levels
    raises_to: Column  # [rule, time], 0 for none
    n_then: Column  # [rule]
    cycles: Column  # [rule] True: after the last of `then` the first comes again
    earlier_of: Column  # [rule, rule], 1 where the second rule's actions are counted
    start_low: Column  # [start, known measure]
    start_high: Column
    start_drug: Column  # [start, drug]
    start_at_most: Column  # [start]
    start_share: Column  # [start]
    start_schedule: Column  # [start]
    ladder: Column  # [drug, ladder, level], 0 past the last
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
        if rule.do == "give":
            rows.append(RuleRow(rule, ""))
        rows.extend(RuleRow(rule, drug) for drug in drugs if drug in rule.drug)
    return rows


def rule_tables(rules: RuleSet, drugs: Sequence[str]) -> RuleTables:
    """Compile a rule set for the drugs of a trial.

    Parameters
    ----------
    rules
        A checked set.
    drugs
        In the order of the trial's layout.

    Returns
    -------
        Arrays in single precision; rows are filled up to a multiple of eight with rules that never act.
    """
    rows = rule_rows(rules, drugs)
    starts = [rule for rule in rules.start if rule.drug in drugs]
    count, first = _filled(len(rows)), _filled(len(starts))
    when = _intervals([row.rule.when for row in rows], count, SHARED)
    until = _intervals([_ending(row.rule) for row in rows], count, SHARED)
    own = _intervals([_own_limits(row) for row in rows], count, OWN)
    begin = _intervals([rule.when for rule in starts], first, KNOWN)
    return RuleTables(
        when_low=when[0],
        when_high=when[1],
        own_low=own[0],
        own_high=own[1],
        until_low=until[0],
        until_high=until[1],
        until_is_met=_column([bool(row.rule.until) for row in rows], count, np.bool_),
        until_own=_column([row.rule.do != "hold" for row in rows], count, np.bool_),
        needs_count=_column([_reads_counts(row.rule.when) for row in rows], count, np.bool_),
        until_needs_count=_column([_reads_counts(_ending(row.rule)) for row in rows], count, np.bool_),
        drug=_one_hot([row.drug for row in rows], drugs, count),
        gives=_one_hot([row.rule.give or "" for row in rows], SUPPORTS, count),
        holds=_column([row.rule.do == "hold" for row in rows], count, np.bool_),
        **_changes(rows, count),
        n_then=_column([len(row.rule.then) for row in rows], count, np.float32, fill=1),
        cycles=_column([row.rule.again == "cycle" for row in rows], count, np.bool_),
        earlier_of=_earlier(rows, count),
        start_low=begin[0],
        start_high=begin[1],
        start_drug=_one_hot([rule.drug for rule in starts], drugs, first),
        start_at_most=_column([_limit(rule.at_most) for rule in starts], first, np.float32, fill=np.inf),
        start_share=_column([rule.share for rule in starts], first, np.float32, fill=1),
        start_schedule=_column([SCHEDULES.index(rule.schedule) for rule in starts], first, np.int32),
        **_forms(rules, drugs),
    )


def _filled(count: int) -> int:
    return max(-(-count // ROWS_AT_A_TIME), 1) * ROWS_AT_A_TIME


def _limit(dose: float | None) -> float:
    return np.inf if dose is None else dose


def _column(values: Sequence[Any], count: int, kind: Any, fill: float = 0) -> NDArray[Any]:
    column = np.full(count, fill, kind)
    column[: len(values)] = values
    return column


def _one_hot(words: Sequence[str], columns: Sequence[str], count: int) -> NDArray[np.bool_]:
    table = np.zeros((count, len(columns)), np.bool_)
    for row, word in enumerate(words):
        if word in columns:
            table[row, list(columns).index(word)] = True
    return table


def _reads_counts(conditions: Conditions) -> bool:
    return any(MEASURES[condition.measure].kind == "count" for condition in conditions)


def _ending(rule: Rule | StartRule) -> Conditions:
    """Give the conditions by which a rule ends: `until`, or those whose end ends it."""
    if isinstance(rule, Rule) and rule.until:
        return rule.until
    if isinstance(rule, Rule) and rule.do != "hold":
        return rule.when
    return tuple(c for c in rule.when if MEASURES[c.measure].kind in ("count", "grade"))


def _own_limits(row: RuleRow) -> Conditions:
    return tuple(condition for condition in row.rule.when if condition.measure in OWN)


def _intervals(
    listed: Sequence[Conditions], count: int, columns: Sequence[str]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Write conditions as low <= value < high; rows that are filled up hold never."""
    low = np.full((count, len(columns)), -np.inf, np.float32)
    high = np.full((count, len(columns)), np.inf, np.float32)
    low[len(listed) :] = np.inf
    places = {name: place for place, name in enumerate(columns)}
    for row, conditions in enumerate(listed):
        for condition in conditions:
            if condition.measure not in places:
                continue
            at = places[condition.measure]
            low[row, at] = max(np.float32(condition.at_least), _above(condition.more_than))
            high[row, at] = min(np.float32(condition.less_than), _above(condition.at_most))
    return low, high


def _above(limit: float) -> np.float32:
    """Give the next number above a limit; above 0 the smallest that processors do not take for 0."""
    if not np.isfinite(limit):
        return np.float32(limit)
    return np.float32(np.finfo(np.float32).tiny if limit == 0 else np.nextafter(np.float32(limit), np.float32(np.inf)))


def _changes(rows: Sequence[RuleRow], count: int) -> dict[str, NDArray[Any]]:
    shape = (count, MOST_THEN)
    table = {
        "stops": np.zeros(shape, np.bool_),
        "stops_all": np.zeros(shape, np.bool_),
        "reduces": np.zeros(shape, np.float32),
        "at_most": np.full(shape, np.inf, np.float32),
        "schedule": np.zeros(shape, np.int32),
        "raises": np.zeros(shape, np.float32),
        "raises_to": np.zeros(shape, np.float32),
    }
    for number, (rule, _) in enumerate(rows):
        for time, change in enumerate(rule.then):
            table["stops"][number, time] = change.stop == "drug" or rule.do == "stop"
            table["stops_all"][number, time] = change.stop == "all" or rule.do == "stop-all"
            table["reduces"][number, time] = change.reduce
            table["at_most"][number, time] = _limit(change.at_most)
            table["schedule"][number, time] = SCHEDULES.index(change.schedule)
            table["raises"][number, time] = change.raise_levels
            table["raises_to"][number, time] = change.raise_to or 0.0
    return table


def _earlier(rows: Sequence[RuleRow], count: int) -> NDArray[np.float32]:
    """Point from each rule that counts another one's actions to that one, on the same drug if it is about it."""
    table = np.zeros((count, count), np.float32)
    for number, row in enumerate(rows):
        for condition in row.rule.when:
            if condition.measure == "earlier":
                found = [place for place, other in enumerate(rows) if other.rule.id == condition.of]
                same = [place for place in found if rows[place].drug == row.drug]
                for place in (same or found)[:1]:
                    table[number, place] = 1.0
    return table


def _forms(rules: RuleSet, drugs: Sequence[str]) -> dict[str, NDArray[Any]]:
    ladder = np.zeros((len(drugs), N_LADDERS, N_LEVELS), np.float32)
    stops, cap = np.zeros(len(drugs), np.bool_), np.full(len(drugs), np.inf, np.float32)
    for number, drug in enumerate(drugs):
        form = rules.drugs.get(drug)
        if form is None:
            continue
        for place, levels in enumerate(form.ladders):
            ladder[number, place, : len(levels)] = levels
        stops[number] = form.below_lowest == "stop"
        cap[number] = _limit(form.surface_cap)
    return {"ladder": ladder, "stops_at_lowest": stops, "surface_cap": cap}
