"""Facts of a draft, and the reasons why a number of the record did not become one."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TypeAlias

from cereblon.core.bounds import find_problem
from cereblon.vocabulary.endpoints import is_hazard_ratio

Value: TypeAlias = str | float | int | dict[str, float]
Fields: TypeAlias = dict[str, Value]
SOURCE = "ctgov"


@dataclass(frozen=True, slots=True)
class DraftFact:
    """Fields of a fact as a file holds them, and a comment for the person who completes the draft."""

    fields: Fields
    comment: str = ""

    @property
    def quantity(self) -> tuple[object, ...]:
        """What the fact is about, to find two of the same."""
        named = ("arm", "versus", "endpoint", "of", "unit", "grade", "month", "phase", "population", "at")
        return tuple(self.fields.get(name) for name in named)


@dataclass(slots=True)
class Harvest:
    """What one part of a record gave."""

    facts: list[DraftFact] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def add(self, other: Harvest) -> None:
        """Take over what another part gave."""
        self.facts += other.facts
        self.unread += other.unread


def find_impossible(fields: Fields) -> str | None:
    """Say why a number cannot be what the record gives it as, or None."""
    value, interval = fields.get("value"), fields.get("interval")
    ends = interval if isinstance(interval, dict) else {}
    numbers = [value] if isinstance(value, (int, float)) else []
    endpoint, unit = str(fields["endpoint"]), str(fields["unit"])
    for one in [*numbers, *(ends[name] for name in ("low", "high") if name in ends)]:
        if unit == "percent" and (problem := find_problem("percent", one)):
            return problem
        if unit == "ratio" and numbers and one == value and is_hazard_ratio(endpoint):
            problem = find_problem("hazard ratio", one)
            if problem:
                return problem
        if one < 0:
            return f"{one:g} {unit} is below 0"
    low, high = ends.get("low"), ends.get("high")
    if low is not None and high is not None and low > high:
        return f"the interval runs from {low:g} to {high:g}"
    if numbers and ((low is not None and numbers[0] < low) or (high is not None and numbers[0] > high)):
        return f"{numbers[0]:g} lies outside its interval"
    return None


def number(text: str) -> float | None:
    """Read a number as the registry writes it; None for `NA`, nothing, words, and digits without end."""
    plain = text.replace(",", "").strip()
    value = float(plain) if re.fullmatch(r"-?\d+(\.\d+)?", plain) else math.inf
    return value if math.isfinite(value) else None


def count(text: str) -> int | None:
    """Read a count of participants; None where it is not one."""
    value = number(text)
    return int(value) if value is not None and value >= 0 and value == int(value) else None


def rounded(value: float) -> float:
    """Keep four figures of a number that we computed."""
    return float(f"{value:.4g}")


def share(affected: int, participants: int) -> Fields:
    """Give a count of participants as a percentage that says what it was computed from."""
    return {
        "value": rounded(100 * affected / participants),
        "unit": "percent",
        "derived": f"{affected} of {participants}",
    }
