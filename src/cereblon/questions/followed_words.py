"""The weeks of a followed subject in words: adverse events by their names, decisions by what the rules look at."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cereblon.core.rows import Row
from cereblon.model.dosing.description import describe_rule, describe_starting_dose
from cereblon.model.dosing.rule_set import RuleSet, StartRule
from cereblon.vocabulary.endpoints import endpoint_label

_DONE = {
    "hold": "held",
    "hold ends": "resumed after",
    "delay": "the cycle waits",
    "delay ends": "the cycle begins after",
    "lower": "lowered",
    "raise": "raised",
    "change": "changed",
    "stop": "stopped",
    "give": "given",
    "withdraw": "no longer given",
    "count": "blood cells counted",
}
"""What a decision did, by its name in the table of decisions."""


def weeks_in_words(weeks: Sequence[Row], rules: RuleSet) -> tuple[Row, ...]:
    """Say grades and reasons of weeks in words; the names of the rules go into a column of their own.

    Parameters
    ----------
    weeks
        As `trace_rows` gives them.
    rules
        The rule set that decided.
    """
    return tuple(
        {
            **{name: value for name, value in row.items() if name != "sources"},
            "grades": ", ".join(map(_grade, _parts(row["grades"], ", "))),
            "reasons": "; ".join(_reason(one, rules) for one in _parts(row["reasons"], "; ")),
            "by_rules": "; ".join(one.rpartition(": ")[2] for one in _parts(row["reasons"], "; ")),
            "sources": row["sources"],
        }
        for row in weeks
    )


def _parts(text: object, between: str) -> list[str]:
    return [one for one in str(text).split(between) if one]


def _grade(text: str) -> str:
    """Say `vte 3` as `venous thromboembolism of grade 3`."""
    term, _, grade = text.rpartition(" ")
    return f"{_small(endpoint_label(f'ae_{term}'))} of grade {grade}"


def _reason(text: str, rules: RuleSet) -> str:
    """Say `lenalidomide hold: lenalidomide-fatigue` as `lenalidomide held: fatigue of grade 3 or worse`."""
    done, _, name = text.rpartition(": ")
    rule = next((one for one in rules.all_rules if one.id == name), None)
    if rule is None:
        return text
    if isinstance(rule, StartRule):
        return _small(describe_starting_dose(rules, rule))
    found = re.fullmatch(rf"(.*) ({'|'.join(sorted(_DONE, key=len, reverse=True))})", done)
    when = _small(describe_rule(rules, rule).partition(": ")[0])
    what = f"{found[1]} {_DONE[found[2]]}" if found else done
    return f"{what}: {when}"


def _small(words: str) -> str:
    """Begin with a small letter, but for an abbreviation."""
    return words[:1].lower() + words[1:] if words[1:2].islower() else words
