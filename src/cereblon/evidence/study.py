"""What a study file holds, as frozen values; `schema` checks a file, `library` loads one.

Plain dataclasses, because reading the packaged studies must not wait for a validation engine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, ClassVar, Literal

Kind = Literal["randomised", "single-arm", "real-world", "meta-analysis", "pharmacovigilance"]
Setting = Literal[
    "ndmm", "ndmm-te", "ndmm-tie", "rrmm", "maintenance-post-asct", "maintenance-no-asct", "mds-or-other"
]
Role = Literal["calibration", "validation", "context"]
Quality = Literal["primary", "secondary"]
Status = Literal["not_reached", "not_estimable"]
Reading = Literal["reported", "below", "not_reached", "not_estimable"]
SIMULATION_BLOCKS = ("patients", "trial", "regimens", "compared")
"""What the block `simulation` of a study file may hold; each is read by the part of the package that needs it."""

_STRICT: dict[str, Any] = {"extra": "forbid", "strict": True, "allow_inf_nan": False}


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One document; its address is written once and facts name it by key.

    `quality` is primary for an article, abstract, label or sponsor page, secondary for a digest of one. `title` is as
    printed; each of the `authors` is `Family, Given` or a body.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    quality: Quality
    citation: str | None = None
    title: str | None = None
    authors: tuple[str, ...] = ()
    doi: str | None = None
    pmid: str | None = None
    address: str | None = None
    note: str | None = None

    @property
    def document(self) -> str:
        """What tells the document from others: its DOI, its PMID, or its address or citation with its title."""
        by_words = ": ".join(part for part in (self.address or self.citation, self.title) if part)
        return (self.doi or self.pmid or by_words).lower()

    @property
    def link(self) -> str:
        """The address to open; empty when the document is only cited in words."""
        if self.doi:
            return f"https://doi.org/{self.doi}"
        if self.pmid:
            return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/"
        return self.address or ""

    @property
    def reference(self) -> str:
        """One line that identifies the document to a reader: citation, identifier, and a mark if secondary."""
        identifier = f"doi:{self.doi}" if self.doi else f"pmid:{self.pmid}" if self.pmid else self.address or ""
        text = ", ".join(part for part in (self.citation, identifier) if part)
        return f"{text} (secondary)" if self.quality == "secondary" else text


@dataclass(frozen=True, kw_only=True, slots=True)
class EnrolmentPeriod:
    """From when to when patients entered a study, each a month such as `2014-03` or a year, both included."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    first: str | int
    last: str | int
    source: str
    note: str | None = None

    @property
    def years(self) -> tuple[float, float]:
        """Beginning of the first and end of the last month or year, as calendar years.

        Raises
        ------
        ValueError
            If one is neither a month nor a year.
        """
        return _calendar_year(self.first, 0), _calendar_year(self.last, 1)

    @property
    def middle(self) -> float:
        """Calendar year of the middle, with its decimals."""
        return sum(self.years) / 2


def _calendar_year(written: str | int, further: int) -> float:
    match = re.fullmatch(r"(\d{4})(?:-(0[1-9]|1[0-2]))?", str(written))
    if match is None:
        raise ValueError(str(written))
    year = int(match[1])
    return year + further if match[2] is None else year + (int(match[2]) - 1 + further) / 12


@dataclass(frozen=True, kw_only=True, slots=True)
class DrugOrder:
    """One drug of a phase as printed; what the source does not state is absent.

    `cycles` and `months` count from 1 within the phase. `above_75` is the dose of those who are older than 75, and an
    order with a `condition` is given only to those who meet it. `source` is where it is read, if not where its phase
    is.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    drug: str
    dose: str | None = None
    above_75: str | None = None
    route: Literal["oral", "iv", "sc"] | None = None
    days: str | None = None
    every: Literal["day", "week", "2 weeks", "3 weeks", "4 weeks", "6 weeks", "8 weeks"] | None = None
    cycles: str | None = None
    months: str | None = None
    condition: str | None = None
    source: str | None = None
    note: str | None = None
    flag: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedPhase:
    """One phase of a published regimen: drugs by day of the cycle, a procedure, or nothing, which is observation.

    `transplants` counts those of the procedure; `randomised` says what part of the arm had besides by a randomisation
    of its own. `source` is where the phase is read, if not where the regimen is; `assumed` says why its numbers have
    none.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    phase: str
    cycle_days: int | None = None
    cycles: int | None = None
    until: str | None = None
    duration: str | None = None
    procedure: str | None = None
    transplants: int | None = None
    randomised: str | None = None
    drugs: tuple[DrugOrder, ...] = ()
    source: str | None = None
    assumed: str | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Arm:
    """An arm or cohort; `all` is the whole study. A regimen with numbers has a source, or says it is assumed."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    label: str
    regimen: tuple[PublishedPhase, ...] = ()
    regimen_source: str | None = None
    regimen_assumed: str | None = None
    pooled_of: tuple[str, ...] = ()

    @property
    def drugs(self) -> tuple[str, ...]:
        """Names of the drugs of the regimen, in order of appearance."""
        return tuple(dict.fromkeys(order.drug for phase in self.regimen for order in phase.drugs))

    @property
    def cited(self) -> tuple[tuple[str, str], ...]:
        """Sources that the regimen names, each after its place in the file."""
        named = [("regimen_source", self.regimen_source)]
        for phase in self.regimen:
            place = f"regimen, {phase.phase}"
            named += [(f"{place}, source", phase.source)]
            named += [(f"{place}, {order.drug}, source", order.source) for order in phase.drugs]
        return tuple((place, key) for place, key in named if key is not None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """An interval of the stated level; an end that is absent was printed as open."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    level: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PValue:
    """A p value, or the bound it was printed to be below."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    value: float | None = None
    below: float | None = None
    sided: Literal["one", "two"] | None = None

    @property
    def number(self) -> float | None:
        """The printed number, be it the value or the bound it is below."""
        return self.value if self.value is not None else self.below


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """One published number: what was measured, in whom, when, and where it is printed.

    Exactly one of `value`, `below` (printed as below this) and `status` is set. Hazard and odds ratios read `arm`
    over `versus`, or `subgroup` over `versus_subgroup`.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    arm: str
    endpoint: str
    unit: str
    source: str
    value: float | None = None
    below: float | None = None
    status: Status | None = None
    interval: Interval | None = None
    p: PValue | None = None
    versus: str | None = None
    of: str | None = None
    event: str | None = None
    feature: str | None = None
    drug: str | None = None
    grade: str | None = None
    month: float | None = None
    phase: str | None = None
    at: str | None = None
    counted_from: str | None = None
    subgroup: str | None = None
    versus_subgroup: str | None = None
    population: str | None = None
    cut: str | None = None
    derived: str | None = None
    flag: str | None = None
    note: str | None = None

    @property
    def number(self) -> float | None:
        """The printed number, be it the value or the bound it is below; `reading` tells which."""
        return self.value if self.value is not None else self.below

    @property
    def reading(self) -> Reading:
        """How to read `number`: reported, below, not_reached or not_estimable."""
        if self.status is not None:
            return self.status
        return "reported" if self.below is None else "below"

    @property
    def is_early_ratio(self) -> bool:
        """Whether it is a hazard ratio of the first months of follow-up alone."""
        return self.month is not None and self.unit == "ratio" and self.endpoint.endswith("_hr")

    @property
    def quantity(self) -> tuple[str | float | None, ...]:
        """What the fact measures, without when and where it was published: equal for two cuts of one number."""
        return (
            *(self.arm, self.versus, self.endpoint, self.unit, self.of, self.event, self.feature, self.drug),
            *(self.grade, self.month, self.phase, self.at, self.counted_from),
            *(self.subgroup, self.versus_subgroup, self.population),
        )


SURVIVAL_TOLERANCE = 0.02
"""By how much points that were read off a figure may let survival rise: about a line's width of a printed curve."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedCurve:
    """A printed survival curve of an arm, read off its figure: pairs of month and percent, in order of time."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    arm: str
    endpoint: Literal["pfs", "os"]
    source: str
    points: tuple[tuple[float, float], ...]
    figure: str | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Study:
    """One study file. `role` says what its numbers may be used for: to fit the model, to test it, or to read.

    All but `simulation` is published; that is what a simulation of the study assumes, as the file has it.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    id: str
    name: str
    kind: Kind
    setting: Setting
    population: str
    role: Role
    role_reason: str
    sources: Mapping[str, Source]
    arms: Mapping[str, Arm]
    facts: tuple[Fact, ...]
    curves: tuple[PublishedCurve, ...] = ()
    publications: tuple[str, ...] = ()
    phase: str | None = None
    registry: tuple[str, ...] = ()
    design: str | None = None
    enrolled: EnrolmentPeriod | None = None
    conflicts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    simulation: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_trial(self) -> bool:
        """Whether it is a clinical trial, randomised or of a single arm."""
        return self.kind in ("randomised", "single-arm")

    @property
    def is_practice(self) -> bool:
        """Whether the patients are of routine care."""
        return self.kind == "real-world"

    def source_of(self, fact: Fact) -> Source:
        """Give the document a fact was read in."""
        return self.sources[fact.source]

    def patients(self, arm: str) -> int | None:
        """Give the size of an arm: randomised, else enrolled, else analysed, else treated; None if not published."""
        for endpoint in ("n_randomised", "n_patients", "n_analysed", "n_safety"):
            for fact in self.facts:
                if fact.arm == arm and fact.endpoint == endpoint and fact.subgroup is None and fact.value is not None:
                    return int(fact.value)
        return None


def cycle_day_numbers(days: str) -> list[int]:
    """Read days of a cycle such as `1-4, 9, 11-12`.

    Raises
    ------
    ValueError
        If the text is not a list of days and rising ranges.
    """
    numbers: list[int] = []
    for part in days.split(","):
        match = re.fullmatch(r"\s*(\d+)(?:-(\d+))?\s*", part)
        if match is None or (match[2] and int(match[2]) < int(match[1])):
            raise ValueError(part.strip())
        numbers += range(int(match[1]), int(match[2] or match[1]) + 1)
    return numbers


def build_study(data: Mapping[str, Any]) -> Study:
    """Make a study of the content of a checked file; numbers may be text, as a reader that guesses no types gives."""
    built = dict(data)
    built["sources"] = {key: _source(source) for key, source in data["sources"].items()}
    built["arms"] = {key: _arm(arm) for key, arm in data["arms"].items()}
    built["facts"] = tuple(_fact(fact) for fact in data["facts"])
    built["curves"] = tuple(_curve(curve) for curve in data.get("curves", ()))
    for key in ("publications", "registry", "conflicts", "notes"):
        built[key] = tuple(data.get(key, ()))
    if "enrolled" in data:
        ends = {key: str(data["enrolled"][key]) for key in ("first", "last")}
        built["enrolled"] = EnrolmentPeriod(**{**data["enrolled"], **ends})
    return Study(**built)


def _curve(data: Mapping[str, Any]) -> PublishedCurve:
    points = tuple((float(month), float(percent)) for month, percent in data["points"])
    return PublishedCurve(**{**data, "points": points})


def _source(data: Mapping[str, Any]) -> Source:
    return Source(**{**data, "authors": tuple(data.get("authors", ()))})


def _arm(data: Mapping[str, Any]) -> Arm:
    built = dict(data)
    built["regimen"] = tuple(_phase(phase) for phase in data.get("regimen", ()))
    built["pooled_of"] = tuple(data.get("pooled_of", ()))
    return Arm(**built)


def _phase(data: Mapping[str, Any]) -> PublishedPhase:
    built = dict(data)
    built["drugs"] = tuple(DrugOrder(**order) for order in data.get("drugs", ()))
    for key in ("cycle_days", "cycles", "transplants"):
        if key in built:
            built[key] = int(built[key])
    return PublishedPhase(**built)


def _fact(data: Mapping[str, Any]) -> Fact:
    built = dict(data)
    for key in ("value", "below", "month"):
        if key in built:
            built[key] = float(built[key])
    if "interval" in built:
        built["interval"] = Interval(**{key: float(end) for key, end in built["interval"].items()})
    if "p" in built:
        p = built["p"]
        numbers = {key: float(p[key]) for key in ("value", "below") if key in p}
        built["p"] = PValue(sided=p.get("sided"), **numbers)
    return Fact(**built)


def as_written(value: object) -> Any:
    """Give a study, or a part of one, as the mappings, lists and scalars that a file holds: the way back."""
    if is_dataclass(value):
        pairs = ((part.name, getattr(value, part.name)) for part in fields(value))
        return {name: as_written(item) for name, item in pairs if item is not None and item not in ((), {})}
    if isinstance(value, Mapping):
        return {key: as_written(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [as_written(item) for item in value]
    return value
