"""Which adverse events are simulated: read from the parameter files, so that one file and its equations make one.

A parameter file of `toxicity` that has a mapping `adverse_events` declares adverse events by their name in the
evidence vocabulary without `ae_`, which gives their label too. The module of the same name holds a function for each,
which gives its hazard. Order in files means nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cereblon.core.errors import InputError
from cereblon.core.yaml_files import read_yaml
from cereblon.vocabulary.endpoints import safety_terms

DRAWN_TOGETHER = 15
"""Numbers in each shared draw. A new event takes no place in it but a stream of its own, so it moves no other."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AdverseEvent:
    """One adverse event that begins by chance.

    Parameters
    ----------
    term
        Name of the evidence vocabulary without `ae_`, and of the function that gives the hazard.
    parameters
        Stem of its parameter file and of its module.
    draw
        Its place in the shared draws, never to be changed; None where it has a stream of its own.
    counted_as
        Wider names under which it counts too.
    is_lasting
        Whether it never ends, does not depend on tolerance, and counts after treatment too, as second cancers do.
    is_reported
        Whether it is reported under its own name.
    in_dose_rules
        Whether dose rules may read its grade.
    """

    term: str
    parameters: str
    draw: int | None = None
    counted_as: tuple[str, ...] = ()
    is_lasting: bool = False
    is_reported: bool = True
    in_dose_rules: bool = False


@dataclass(frozen=True, kw_only=True)
class AdverseEvents:
    """All adverse events that begin by chance, and the wider names under which several are counted.

    Parameters
    ----------
    events
        In any order; they are kept in the order of their draws and names.
    wider_in_dose_rules
        By wider name that is no event itself: whether dose rules may read its grade.

    Raises
    ------
    InputError
        Listing names that are unknown or doubled, and places that are.
    """

    events: tuple[AdverseEvent, ...]
    wider_in_dose_rules: Mapping[str, bool]

    def __post_init__(self) -> None:
        ordered = sorted(self.events, key=lambda event: (event.draw is None, event.draw or 0, event.term))
        object.__setattr__(self, "events", tuple(ordered))
        object.__setattr__(self, "wider_in_dose_rules", dict(sorted(self.wider_in_dose_rules.items())))
        problems = [*self._wrong_names(), *self._wrong_draws()]
        if problems:
            raise InputError("\n".join(problems))

    def _wrong_names(self) -> list[str]:
        terms = [*self.terms, *self.wider_in_dose_rules]
        known = set(safety_terms())
        reported = {event.term for event in self.events if event.is_reported} | set(self.wider_in_dose_rules)
        wider = {name for event in self.events for name in event.counted_as}
        return [
            *(f"adverse event {term} is declared twice" for term in sorted({t for t in terms if terms.count(t) > 1})),
            *(f"ae_{term} is no endpoint of the vocabulary" for term in sorted(reported - known)),
            *(f"{name} counts adverse events and is not declared" for name in sorted(wider - set(terms))),
            *(f"{name} counts no adverse event" for name in sorted(set(self.wider_in_dose_rules) - wider)),
        ]

    def _wrong_draws(self) -> list[str]:
        draws = [event.draw for event in self.events if event.draw is not None]
        outside = [draw for draw in draws if not 0 <= draw < DRAWN_TOGETHER]
        return [
            *(f"draw {draw} is declared twice" for draw in sorted({d for d in draws if draws.count(d) > 1})),
            *(f"draw {draw} is outside 0 to {DRAWN_TOGETHER - 1}" for draw in outside),
        ]

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """Name every event."""
        return tuple(event.term for event in self.events)

    @cached_property
    def members(self) -> dict[str, tuple[str, ...]]:
        """Give the terms that count under each name that is reported."""
        own = {event.term: (event.term,) for event in self.events if event.is_reported}
        parts = {
            name: (*own.get(name, ()), *(event.term for event in self.events if name in event.counted_as))
            for name in (*own, *self.wider_in_dose_rules)
        }
        wider = sorted(self.wider_in_dose_rules, key=lambda name: self.terms.index(parts[name][0]))
        return {name: parts[name] for name in (*own, *wider)}

    @cached_property
    def lasting(self) -> frozenset[str]:
        """Name those, of events and wider names, that never end and count after treatment too."""
        terms = {event.term for event in self.events if event.is_lasting}
        return frozenset(terms | {name for name, parts in self.members.items() if terms.issuperset(parts)})

    @cached_property
    def in_dose_rules(self) -> tuple[str, ...]:
        """Name those whose grade dose rules may read."""
        own = {event.term: event.in_dose_rules for event in self.events} | dict(self.wider_in_dose_rules)
        return tuple(name for name in self.members if own[name])

    @cached_property
    def with_own_stream(self) -> tuple[str, ...]:
        """Name the events that have no place in the shared draws."""
        return tuple(event.term for event in self.events if event.draw is None)


def read_adverse_events(folder: Path) -> AdverseEvents:
    """Read what the parameter files of a folder declare.

    Raises
    ------
    InputError
        If a declaration has an unknown field, or as `AdverseEvents` says.
    """
    events: list[AdverseEvent] = []
    wider: dict[str, bool] = {}
    for path in sorted(folder.glob("*.yaml")):
        data = read_yaml(path)
        for term, fields in (data.get("adverse_events") or {}).items():
            events.append(_event(term, path.stem, fields or {}))
        for name, fields in (data.get("counted_together") or {}).items():
            wider[name] = bool((fields or {}).get("dose_rules", False))
    return AdverseEvents(events=tuple(events), wider_in_dose_rules=wider)


def _event(term: str, parameters: str, fields: dict[str, Any]) -> AdverseEvent:
    unknown = set(fields) - {"draw", "counted_as", "lasting", "reported", "dose_rules"}
    if unknown:
        raise InputError(f"{parameters}.yaml, {term}: unknown field {', '.join(sorted(unknown))}")
    return AdverseEvent(
        term=term,
        parameters=parameters,
        draw=fields.get("draw"),
        counted_as=tuple(fields.get("counted_as", ())),
        is_lasting=fields.get("lasting", False),
        is_reported=fields.get("reported", True),
        in_dose_rules=fields.get("dose_rules", False),
    )


ADVERSE_EVENTS: AdverseEvents = read_adverse_events(Path(__file__).parent / "parameters")
"""The adverse events of the model."""
