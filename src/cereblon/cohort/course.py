"""What was given to one patient, and the lines that follow from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Era(NamedTuple):
    """A stretch of days on one drug; days are whole numbers from any day 0.

    Parameters
    ----------
    drug
        Name.
    start, end
        First and last day covered.
    last_start
        First day of its last exposure: a drug is still given on a day where this is not before it.
    row
        Where it stands, as table:row.
    """

    drug: str
    start: int
    end: int
    last_start: int
    row: str = ""


class Graft(NamedTuple):
    """A transplantation."""

    day: int
    row: str = ""


class Progression(NamedTuple):
    """Confirmed progression.

    Parameters
    ----------
    day
        Of the first value that meets it.
    confirmed
        Of the next value of a marker, which confirmed it; the same day where something else did.
    """

    day: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class Course:
    """The treatment of one patient.

    Parameters
    ----------
    eras
        In any order.
    transplants
        In any order.
    progressions
        Confirmed ones.
    last_day
        Last day of observation, or of death.
    died
        Whether the last day is that of death.
    """

    eras: tuple[Era, ...]
    transplants: tuple[Graft, ...] = ()
    progressions: tuple[Progression, ...] = ()
    last_day: int | None = None
    died: bool = False


class LineDecision(NamedTuple):
    """What a rule decided about something on a day; line 0 is none."""

    day: int
    line: int
    rule: str
    said: str
    row: str


@dataclass(slots=True)
class Line:
    """A line of therapy while it is made, and after.

    Parameters
    ----------
    start, end
        First day, and last day covered.
    rule
        What opened it.
    regimen
        Drugs that its name is made of, without steroids.
    drugs
        All drugs with the last day that each covers.
    transplants
        Days.
    maintenance_start
        First day of maintenance.
    end_reason
        One of the reasons of the table of lines.
    rows
        What made it.
    """

    start: int
    rule: str
    end: int = 0
    regimen: set[str] = field(default_factory=set)
    drugs: dict[str, int] = field(default_factory=dict)
    transplants: list[int] = field(default_factory=list)
    maintenance_start: int | None = None
    end_reason: str = ""
    rows: list[str] = field(default_factory=list)
    progression_day: int | None = None

    @property
    def last_covered(self) -> int:
        """Last day that a drug of the line covers, or of its transplantation."""
        return max([self.start, *self.drugs.values(), *self.transplants])
