"""The closed list of endpoints: what a published number may be about, and in which unit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from cereblon.core.errors import unknown_name
from cereblon.core.words import Words
from cereblon.vocabulary.endpoints import endpoint_data, safety_terms

SECTIONS: tuple[str, ...] = ("baseline", "disposition", "response", "time-to-event", "comparison", "safety")


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """A unit of published numbers: its kind (percent, count, time, ratio ...) and the range of what is possible."""

    name: str
    kind: str
    lower: float = -math.inf
    upper: float = math.inf
    whole: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """One endpoint of the vocabulary.

    Parameters
    ----------
    name
        As facts and outcome tables write it.
    section
        One of `SECTIONS`.
    kind
        Kind of its usual unit: percent, count, time, ratio, p_value, clearance, rate or shape.
    units
        Units a fact may have, the usual one first.
    requires
        Qualifiers without which the number cannot be understood.
    negative
        Whether the value may be below zero.
    meaning
        In words.
    """

    name: str
    section: str
    kind: str
    units: tuple[str, ...]
    requires: tuple[str, ...]
    negative: bool
    meaning: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Vocabulary:
    """All endpoints in the order of a study file, with their units and the closed values of the qualifiers."""

    units: Mapping[str, Unit]
    endpoints: Mapping[str, Endpoint]
    grades: tuple[str, ...]
    events: tuple[str, ...]
    compared: tuple[str, ...]

    def endpoint(self, name: str) -> Endpoint:
        """Find an endpoint; case, spaces, hyphens and underscores make no difference.

        Raises
        ------
        UnknownNameError
            With the nearest known names.
        """
        word = Words("endpoint", tuple(self.endpoints)).find(name)
        if word is None:
            raise unknown_name("endpoint", name, list(self.endpoints))
        return self.endpoints[word]


@cache
def vocabulary() -> Vocabulary:
    """Load the vocabulary of the package."""
    data = endpoint_data()
    units = {name: Unit(name=name, **fields) for name, fields in data["units"].items()}
    endpoints = {
        name: Endpoint(
            name=name,
            section=section,
            kind=units[fields["unit"][0]].kind,
            units=tuple(fields["unit"]),
            requires=tuple(fields.get("requires", ())),
            negative=fields.get("negative", False),
            meaning=fields["meaning"],
        )
        for section, entries in data["endpoints"].items()
        for name, fields in entries.items()
    }
    return Vocabulary(
        units=units,
        endpoints=endpoints,
        grades=tuple(data["grades"]),
        events=safety_terms(),
        compared=(*endpoints, *data["compared"]),
    )
