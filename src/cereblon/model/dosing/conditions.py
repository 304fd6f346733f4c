"""Conditions of dose rules: limits on measured values, and what may be written there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cereblon.model.dosing.measures import MEASURES, Measure
from cereblon.model.drugs import DRUGS
from cereblon.vocabulary.drugs import find_drug

LIMITS = ("from", "above", "to", "below")

# What people write that rules cannot say, and why.
_INEXPRESSIBLE: dict[str, str] = {
    "or": "a rule is one list of conditions that hold together; write one rule for each alternative",
    "any": "a rule is one list of conditions that hold together; write one rule for each alternative",
    "any_of": "a rule is one list of conditions that hold together; write one rule for each alternative",
    "not": "write the opposite limit, for example from instead of below",
    "duration": "write for_days beside the limit: it has held at every look for at least so many days",
    "trend": "a rule reads the value of today; what changed since the last visit is not kept",
    "change": "a rule reads the value of today; what changed since the last visit is not kept",
    "m_protein": "a dose rule acts on adverse events and on the patient, not on the tumour; lines follow progression",
    "response": "a dose rule acts on adverse events and on the patient, not on the tumour; lines follow progression",
    "bilirubin": "bilirubin is not simulated",
    "creatinine": "creatinine is not simulated over time; crcl at day 0 is",
    "temperature": "temperature is not simulated; febrile_neutropenia is graded",
    "probability": "rules decide without chance",
}


_LEAST, _MOST = -20.0, 20_001.0  # whole numbers that a measure can be, with room
_LONGEST = 1000.0  # days that a rule may wait for


@dataclass(frozen=True, slots=True)
class Condition:
    """Limits on one value; all that are given must hold.

    Parameters
    ----------
    measure
        Name of the value.
    at_least, more_than, at_most, less_than
        Infinite where there is no such limit.
    of
        For `earlier`: the rule whose actions are counted.
    for_days
        The value was within the limits at every look since at least so many days; 0 asks for today alone.
    """

    measure: str
    at_least: float = -math.inf
    more_than: float = -math.inf
    at_most: float = math.inf
    less_than: float = math.inf
    of: str = ""
    for_days: float = 0.0

    def holds(self, value: float) -> bool:
        """Tell whether a value is within the limits today."""
        return self.at_least <= value <= self.at_most and self.more_than < value < self.less_than

    @property
    def is_empty(self) -> bool:
        """Whether no value fulfils it."""
        low, high = max(self.at_least, self.more_than), min(self.at_most, self.less_than)
        if MEASURES[self.measure].whole:
            at_least, more_than = (min(max(end, _LEAST - 1), _MOST + 1) for end in (self.at_least, self.more_than))
            at_most, less_than = (min(max(end, _LEAST - 1), _MOST + 1) for end in (self.at_most, self.less_than))
            first = max(math.ceil(at_least), math.floor(more_than) + 1)
            last = min(math.floor(at_most), math.ceil(less_than) - 1)
            return first > last
        closed = self.at_least > self.more_than and self.at_most < self.less_than
        return low > high or (low == high and not (closed or (self.at_least == low and self.at_most == high)))

    def overlaps(self, other: Condition) -> bool:
        """Tell whether a value exists that fulfils both conditions."""
        both = Condition(
            self.measure,
            max(self.at_least, other.at_least),
            max(self.more_than, other.more_than),
            min(self.at_most, other.at_most),
            min(self.less_than, other.less_than),
        )
        return not both.is_empty


Conditions = tuple[Condition, ...]
FIRST_DAY = Condition("cycle_day", at_least=1.0, at_most=1.0)
"""On the first day of a cycle."""


def read_conditions(data: Any) -> Conditions:
    """Read a mapping from value to limits.

    Parameters
    ----------
    data
        For example `{platelets: {below: 30}, use: combination, with: [bortezomib]}`.

    Raises
    ------
    ValueError
        Listing everything that is not known, not measured or not possible.
    """
    if not isinstance(data, Mapping):
        raise ValueError("a mapping from value to limits is needed, e.g. {platelets: {below: 30}}")
    found: list[Condition] = []
    problems: list[str] = []
    for name, content in data.items():
        try:
            found.extend(_conditions(str(name), content))
        except ValueError as error:
            problems.append(str(error))
    doubled = {c.measure for c in found if sum(c.measure == d.measure and c.of == d.of for d in found) > 1}
    problems.extend(f"{name} is limited twice" for name in sorted(doubled))
    if problems:
        raise ValueError("; ".join(problems))
    return tuple(found)


def model_drug(written: str) -> str:
    """Give a drug of the model by its INN, where a brand or short name leads to it; else what is written."""
    found = find_drug(written)
    return found if found in DRUGS else written


def _conditions(name: str, content: Any) -> list[Condition]:
    if name in ("with", "without"):
        drugs = [content] if isinstance(content, str) else content
        if not isinstance(drugs, (list, tuple)) or not all(isinstance(drug, str) for drug in drugs):
            raise ValueError(f"{name}: {str(content)[:40]!r} is no list of drugs")
        drugs = [model_drug(drug) for drug in drugs]
        strangers = [drug for drug in drugs if drug not in DRUGS]
        if strangers:
            raise ValueError(f"{name}: {', '.join(strangers)} is no drug of the model ({', '.join(DRUGS)})")
        value = 1.0 if name == "with" else 0.0
        return [Condition(f"with_{drug}", at_least=value, at_most=value) for drug in drugs]
    if name in _INEXPRESSIBLE:
        raise ValueError(f"{name}: cannot be said in a rule; {_INEXPRESSIBLE[name]}")
    if name == "after":
        return [_after(content)]
    measure = MEASURES.get(name)
    if measure is None or name == "earlier" or name.startswith("with_"):
        known = [key for key in MEASURES if not key.startswith("with_") and key != "earlier"]
        raise ValueError(f"{name} is not measured; rules may read {', '.join(known)}, with, without, after")
    return [_limited(measure, content)]


def _after(content: Any) -> Condition:
    if not isinstance(content, Mapping) or set(content) != {"rule", "times"}:
        raise ValueError("after: needs rule and times, e.g. {rule: anc-low, times: {from: 2}}")
    plain = _limited(MEASURES["earlier"], content["times"])
    return Condition(
        "earlier", plain.at_least, plain.more_than, plain.at_most, plain.less_than, of=str(content["rule"])
    )


def _limited(measure: Measure, content: Any) -> Condition:
    if not isinstance(content, Mapping):
        value = _number(measure, content)
        return Condition(measure.name, at_least=value, at_most=value)
    strangers = [str(key) for key in content if key not in (*LIMITS, "for_days")]
    if strangers:
        hints = [f"; {_INEXPRESSIBLE[key]}" for key in strangers if key in _INEXPRESSIBLE]
        raise ValueError(
            f"{measure.name}: {', '.join(strangers)} is no limit; {', '.join(LIMITS)} are, and for_days"
            f"{''.join(hints)}"
        )
    numbers = {key: value for key, value in content.items() if key != "for_days"}
    if not numbers:
        raise ValueError(f"{measure.name}: no limit is given")
    values = {key: _number(measure, value) for key, value in numbers.items()}
    condition = Condition(
        measure.name,
        at_least=values.get("from", -math.inf),
        more_than=values.get("above", -math.inf),
        at_most=values.get("to", math.inf),
        less_than=values.get("below", math.inf),
        for_days=_days(measure, content["for_days"]) if "for_days" in content else 0.0,
    )
    if condition.is_empty:
        limits = ", ".join(f"{key} {value:g}" for key, value in values.items())
        raise ValueError(f"{measure.name}: no value fulfils {limits}")
    return condition


def _number(measure: Measure, value: Any) -> float:
    if isinstance(value, bool):
        value = "yes" if value else "no"
    if isinstance(value, str):
        if value not in measure.words:
            allowed = f"one of {', '.join(measure.words)}" if measure.words else "a number"
            raise ValueError(f"{measure.name}: {value!r} is not {allowed}")
        return float(measure.words.index(value))
    if not isinstance(value, (int, float)):
        raise ValueError(f"{measure.name}: {value!r} is not a number")
    number = float(value)
    if not measure.lowest <= number <= measure.highest:
        raise ValueError(
            f"{measure.name}: {number:g} {measure.unit} is outside {measure.lowest:g} to {measure.highest:g}"
        )
    return number


def _days(measure: Measure, value: Any) -> float:
    """Read how long a value must have been within its limits."""
    if measure.kind not in ("count", "grade"):
        raise ValueError(f"{measure.name}: for_days belongs to a count or a grade, and this is neither")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 1 <= value <= _LONGEST:
        raise ValueError(f"{measure.name}: for_days {value!r} is no number of days; 1 to {_LONGEST:g} are possible")
    return float(value)


def together(first: Conditions, second: Conditions) -> bool:
    """Tell whether both lists of conditions can hold at one visit."""
    return all(
        one.overlaps(other)
        for one in first
        for other in second
        if one.measure == other.measure and one.of == other.of
    )
