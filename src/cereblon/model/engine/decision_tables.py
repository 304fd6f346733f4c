"""From packed weekly flags to rows: graded events, and what the dose rules decided on them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa

from cereblon.model.dosing.measures import GRADE_TERMS, SEEN
from cereblon.model.dosing.rule_set import Rule, RuleSet
from cereblon.model.dosing.tables import RuleRow
from cereblon.model.engine import trajectory
from cereblon.model.toxicity import events
from cereblon.model.toxicity.adverse_events import ADVERSE_EVENTS

WEEK = 7
ACTIONS = (
    "hold",
    "hold ends",
    "delay",
    "delay ends",
    "lower",
    "raise",
    "change",
    "stop",
    "give",
    "withdraw",
    "count",
)
COUNTS = "counts"
"""What stands in the place of a drug where a rule has blood cells counted."""


def seen_grades(weeks: trajectory.WeeklyValues, subject: np.ndarray, week: np.ndarray) -> dict[str, np.ndarray]:
    """Give the grades that the rules read, by term.

    The engine records adverse events as they stand at the end of a week; a visit at its start sees those of the week
    before. Neuropathy is recorded as it is seen.

    Parameters
    ----------
    weeks
        As simulated.
    subject, week
        Of each grade.
    """
    grades = {"peripheral_neuropathy": weeks.neuropathy[subject, week].astype(np.uint8)}
    before = np.where((week > 0)[:, None], weeks.adverse_events[subject, np.maximum(week - 1, 0)], np.uint32(0))
    for term in GRADE_TERMS:
        if term in SEEN and term not in grades:
            grades[term] = reduce(np.maximum, (events.unpack(before, part) for part in ADVERSE_EVENTS.members[term]))
    return grades


def grade_columns(weeks: trajectory.WeeklyValues) -> dict[str, Any]:
    """List each grade on the first day of the line's week on which it is seen, on treatment only."""
    on = (weeks.flags & trajectory.ON_TREATMENT) > 0
    subject, week = np.nonzero(on | decided(weeks))
    first = np.diff(subject, prepend=-1) != 0
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray, int]] = []
    terms = list(GRADE_TERMS)
    for term, value in seen_grades(weeks, subject, week).items():
        before = np.where(first, 0, np.r_[np.uint8(0), value[:-1]]) if len(subject) else value
        new = value != before
        found.append((subject[new], week[new], value[new], terms.index(term)))
    subject, week, value = (np.concatenate([part[i] for part in found]) for i in range(3))
    kind = np.concatenate([np.full(len(part[0]), part[3], np.int32) for part in found])
    order = np.lexsort((kind, week, subject))
    return {
        "subject": subject[order],
        "day": WEEK * week[order].astype(np.float64),
        "term": pa.DictionaryArray.from_arrays(pa.array(kind[order]), pa.array(terms)),
        "grade": value[order].astype(np.int8),
    }


def decided(weeks: trajectory.WeeklyValues) -> np.ndarray:
    """Tell the weeks in which a rule acted or ended; in the one that stops all treatment nobody is on it any more."""
    return np.asarray(trajectory.any_of(weeks.fired) | trajectory.any_of(weeks.ended))


def decision_columns(
    weeks: trajectory.WeeklyValues, drugs: Sequence[str], rows: Sequence[RuleRow], rules: RuleSet
) -> dict[str, Any]:
    """List what every rule did, ordered by subject, day and rule."""
    listed = ["all", *drugs, *sorted({row.rule.give for row in rows if row.rule.give}), COUNTS]
    units = ["", *sorted({form.unit for form in rules.drugs.values()})]
    subject, week = np.nonzero(decided(weeks))
    fired, ended = weeks.fired[subject, week], weeks.ended[subject, week]
    parts: list[dict[str, np.ndarray]] = []
    for place, (rule, drug) in enumerate(rows):
        unit = rules.drugs[drug].unit if drug in rules.drugs else ""
        for happened, action in ((fired, _beginning(rule)), (ended, _ending(rule))):
            if action is None:
                continue
            here = np.flatnonzero(trajectory.unpack(happened, place))
            who, when = subject[here], week[here]
            named = "all" if rule.do == "stop-all" else drug or rule.give or COUNTS
            dose = weeks.dose[who, when, drugs.index(drug)] if drug else np.full(len(here), np.nan)
            parts.append(
                {
                    "subject": who,
                    "week": when,
                    "line": weeks.line[who, when].astype(np.int16) + 1,
                    "drug": np.full(len(here), listed.index(named), np.int32),
                    "action": np.full(len(here), ACTIONS.index(action), np.int32),
                    "rule": np.full(len(here), place, np.int32),
                    "dose": dose.astype(np.float64),
                    "unit": np.full(len(here), units.index(unit), np.int32),
                }
            )
    empty: dict[str, np.ndarray] = {
        "subject": np.zeros(0, np.int64),
        "week": np.zeros(0, np.int64),
        "line": np.zeros(0, np.int16),
    }
    empty |= {name: np.zeros(0, np.int32) for name in ("drug", "action", "rule", "unit")} | {"dose": np.zeros(0)}
    joined = {name: np.concatenate([part[name] for part in (empty, *parts)]) for name in empty}
    order = np.lexsort((joined["action"], joined["rule"], joined["week"], joined["subject"]))
    sorted_ = {name: column[order] for name, column in joined.items()}

    def words(name: str, listed: Sequence[str]) -> pa.DictionaryArray:
        codes = pa.array(sorted_[name], pa.int32())
        return pa.DictionaryArray.from_arrays(codes, pa.array(list(listed), pa.string()))

    return {
        "subject": sorted_["subject"],
        "line": sorted_["line"],
        "day": WEEK * sorted_["week"].astype(np.float64),
        "drug": words("drug", listed),
        "action": words("action", ACTIONS),
        "rule": words("rule", [row.rule.id for row in rows]),
        "dose": pa.array(sorted_["dose"], from_pandas=True),
        "unit": words("unit", units),
    }


def _beginning(rule: Rule) -> str:
    if rule.do == "change":
        lowers = [change.lowers for change in rule.then]
        return "lower" if all(lowers) else "raise" if not any(lowers) else "change"
    return "stop" if rule.do == "stop-all" else rule.do


def _ending(rule: Rule) -> str | None:
    return {"hold": "hold ends", "delay": "delay ends", "give": "withdraw"}.get(rule.do)


def stopped_drugs(
    weeks: trajectory.WeeklyValues, drugs: Sequence[str], rows: Sequence[RuleRow], end: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """List drugs stopped for good: subject, day, line from 1, and `drug: rule`.

    Parameters
    ----------
    end
        Last day of each subject.
    """
    subject, week = np.nonzero(weeks.stopped)
    place, drug = np.nonzero(weeks.stopped[subject, week][:, None] >> np.arange(len(drugs)) & 1)
    subject, week = subject[place], week[place]
    in_time = WEEK * week <= end[subject]
    subject, week, drug = subject[in_time], week[in_time], drug[in_time]
    causes = []
    for who, when, which in zip(subject, week, drug, strict=True):
        name = drugs[int(which)]
        acted = [
            row.rule
            for place, row in enumerate(rows)
            if row.drug == name
            and (trajectory.unpack(weeks.fired[who, when], place) or trajectory.unpack(weeks.ended[who, when], place))
        ]
        # A rule that stops comes before one whose reduction fell off the ladder.
        acted.sort(key=lambda rule: 0 if rule.do == "stop" or any(c.stop for c in rule.then) else 1)
        causes.append(f"{name}: {acted[0].id if acted else 'rules'}")
    return subject, WEEK * week.astype(np.float64), weeks.line[subject, week] + 1, causes
