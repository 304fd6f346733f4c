"""The closed list of endpoints: what a published or simulated number may be about, and all that is known of it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from cereblon.core.errors import UnknownNameError, unknown_name
from cereblon.core.plain_text import capital
from cereblon.core.words import Words
from cereblon.core.yaml_files import read_yaml

SECTIONS: tuple[str, ...] = ("baseline", "disposition", "response", "time-to-event", "comparison", "safety")
"""Sections of the list, in the order of a study file."""
OTHER_SHARES = "stopping"
"""Group of the shares that differ alike between trials, where an entry names none."""
Scale = Literal["share", "time", "ratio"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """A unit of published numbers.

    Parameters
    ----------
    name
        As facts write it.
    kind
        percent, count, time, ratio, p_value, clearance, rate or shape.
    lower, upper, whole
        What is possible.
    scale
        How published and simulated numbers of this unit are compared; None where they are not.
    """

    name: str
    kind: str
    lower: float = -math.inf
    upper: float = math.inf
    whole: bool = False
    scale: Scale | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """One endpoint of the vocabulary.

    Parameters
    ----------
    name
        As facts and outcome tables write it.
    section
        One of `SECTIONS`.
    group
        Group in reports, the title of its section.
    kind
        Kind of its usual unit: percent, count, time, ratio, p_value, clearance, rate or shape.
    units
        Units a fact may have, the usual one first.
    requires
        Qualifiers without which the number cannot be understood.
    negative
        Whether the value may be below zero.
    meaning
        In words, with what qualifiers add after a semicolon.
    label
        As reports and charts write it.
    between_trials
        Of a share: the group of shares that differ alike between trials.
    watched
        Heading under which the review lists it among what to watch, if any.
    also
        Other ways to write an adverse event.
    in_any_line
        Of an adverse event: whether it counts whenever it comes, not only in the first line.
    counted
        Of a hazard ratio, and only there: what counts as its event.
    hazard_ratio
        Of a median time: the endpoint that compares such times between arms, if any.
    simulated, fitted, headline, in_practice
        Whether the model predicts it, a fit aims at it, an overview begins with it, and trials and routine care are
        compared by it.
    """

    name: str
    section: str
    group: str
    kind: str
    units: tuple[str, ...]
    requires: tuple[str, ...]
    negative: bool
    meaning: str
    label: str
    between_trials: str
    watched: str | None
    also: tuple[str, ...]
    in_any_line: bool
    counted: str
    hazard_ratio: str | None
    simulated: bool
    fitted: bool
    headline: bool
    in_practice: bool

    @property
    def is_hazard_ratio(self) -> bool:
        """Whether it is a hazard ratio of two arms."""
        return bool(self.counted)

    @property
    def description(self) -> str:
        """What it is, without what is said of qualifiers."""
        return described(self.meaning)


@dataclass(frozen=True, kw_only=True, slots=True)
class Vocabulary:
    """All endpoints in the order of a study file, with their units and the closed values of the qualifiers."""

    units: Mapping[str, Unit]
    endpoints: Mapping[str, Endpoint]
    groups: tuple[str, ...]
    watched: tuple[str, ...]
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
        if found := self.endpoints.get(name):
            return found
        word = Words("endpoint", tuple(self.endpoints)).find(name)
        if word is None:
            raise self._unknown(name)
        return self.endpoints[word]

    def _unknown(self, name: str) -> UnknownNameError:
        """Refuse a name; the endpoints that its words describe are named, before those spelled alike."""
        words = set(re.findall(r"\w+", name.lower()))
        meant = [one for one in self.endpoints.values() if words <= set(re.findall(r"\w+", one.meaning.lower()))]
        if not words or not meant:
            return unknown_name("endpoint", name, list(self.endpoints))
        near = " or ".join(one.name for one in sorted(meant, key=lambda one: len(one.meaning))[:4])
        hint = f"did you mean {near}? `cereblon evidence endpoints` says what each is"
        return UnknownNameError(f"endpoint {name!r} is not known", hint=hint)


@cache
def endpoint_data() -> dict[str, Any]:
    """Read endpoints.yaml: units, grades, events and endpoints by section."""
    return read_yaml(Path(__file__).parent / "endpoints.yaml")


@cache
def vocabulary() -> Vocabulary:
    """Load the vocabulary of the package."""
    data = endpoint_data()
    units = {name: Unit(name=name, **fields) for name, fields in data["units"].items()}
    endpoints = {
        name: _endpoint(name, section, fields, units)
        for section, entries in data["endpoints"].items()
        for name, fields in entries.items()
    }
    return Vocabulary(
        units=units,
        endpoints=endpoints,
        groups=tuple(data["groups"].values()),
        watched=tuple(data["watched"].values()),
        grades=tuple(data["grades"]),
        events=safety_terms(),
        compared=(*endpoints, *data["compared"]),
    )


def _endpoint(name: str, section: str, fields: Mapping[str, Any], units: Mapping[str, Unit]) -> Endpoint:
    data = endpoint_data()
    words = described(fields["meaning"])
    return Endpoint(
        name=name,
        section=section,
        group=data["groups"][section],
        kind=units[fields["unit"][0]].kind,
        units=tuple(fields["unit"]),
        requires=tuple(fields.get("requires", ())),
        negative=fields.get("negative", False),
        meaning=fields["meaning"],
        label=fields.get("label", words[:1].upper() + words[1:]),
        between_trials=fields.get("between_trials", OTHER_SHARES),
        watched=data["watched"][fields["watched"]] if "watched" in fields else None,
        also=tuple(fields.get("also", ())),
        in_any_line=fields.get("in_any_line", False),
        counted=fields.get("counted", ""),
        hazard_ratio=fields.get("hazard_ratio"),
        simulated=fields.get("simulated", False),
        fitted=fields.get("fitted", False),
        headline=fields.get("headline", False),
        in_practice=fields.get("in_practice", False),
    )


def described(meaning: str) -> str:
    """Give what a meaning says before its semicolon, without what it says of qualifiers."""
    return meaning.partition(";")[0]


@cache
def endpoint_names() -> tuple[str, ...]:
    """Name the endpoints in the order of the file."""
    return tuple(name for entries in endpoint_data()["endpoints"].values() for name in entries)


def simulated_endpoints() -> tuple[str, ...]:
    """Name the endpoints that the model predicts; baseline figures, to which the patients are made, are none."""
    return tuple(entry.name for entry in vocabulary().endpoints.values() if entry.simulated)


def fitted_endpoints() -> tuple[str, ...]:
    """Name the endpoints that a fit aims at."""
    return tuple(entry.name for entry in vocabulary().endpoints.values() if entry.fitted)


def headline_endpoints(*sections: str) -> tuple[str, ...]:
    """Name the endpoints that an overview begins with, of some sections or of all."""
    return tuple(
        entry.name
        for entry in vocabulary().endpoints.values()
        if entry.headline and (not sections or entry.section in sections)
    )


def endpoint_label(name: str) -> str:
    """Put an endpoint name into the words of the vocabulary; one that is not there is spelled out."""
    entry = vocabulary().endpoints.get(name)
    return capital(name.removeprefix("ae_").replace("_", " ")) if entry is None else entry.label


def is_hazard_ratio(name: str) -> bool:
    """Tell whether a name is that of a hazard ratio of two arms."""
    entry = vocabulary().endpoints.get(name)
    return entry is not None and entry.is_hazard_ratio


def counts_in_any_line(term: str) -> bool:
    """Tell whether an adverse event, named without ae_, counts whenever it comes, as second cancers do."""
    entry = vocabulary().endpoints.get(f"ae_{term}")
    return entry is not None and entry.in_any_line


@cache
def safety_terms() -> tuple[str, ...]:
    """Name what an adverse event may be: safety endpoints without ae_, and system organ classes."""
    safety = (name.removeprefix("ae_") for name in endpoint_names() if name.startswith("ae_"))
    return (*safety, *endpoint_data()["events"])
