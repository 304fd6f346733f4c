"""What a phase says in words of its length: cycles of an order, duration, what ends it, and transplantation."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cereblon.core.errors import InputError
from cereblon.core.time_units import DAYS_PER_MONTH, DAYS_PER_YEAR
from cereblon.model.regimens.schedule import CycleRange, parse_cycles

_DAYS_OF = {"day": 1.0, "week": 7.0, "month": DAYS_PER_MONTH, "year": DAYS_PER_YEAR}
_WORDS = {"a": 1, "one": 1, "two": 2, "three": 3}
_LENGTH = re.compile(
    r"(?:a |for |of |fixed |total |duration |up to |at most |max(?:imum)?(?: of)? |over )*"
    r"(\d+(?:\.\d+)?|a|one|two|three)[ -](cycle|day|week|month|year)s?"
)
_PROGRESSION = re.compile(
    r"(?:(?:until|to|or|and|and/or|disease|confirmed|progressive|unacceptable|intolerable|patient|physician|consent|"
    r"of|the|first|documented|due|excessive|limiting)\s+)*"
    r"(?:progression|progressive disease|disease|pd|relapse|death|toxicity|intolerance|intolerability|withdrawal|"
    r"withdrawal of consent|consent|discontinuation|decision|indefinite(?:ly)?|continuous(?:ly)?|continued)"
)
_COLLECTION = re.compile(
    r"(?:peripheral |blood |stem[ -]cell |and |, )*(?:collection|mobili[sz]ation|harvest(?:ing)?|apheresis)"
    r"(?: (?:and|of) (?:stem[ -]cells?|collection|harvest|apheresis))?"
)
_TRANSPLANT = re.compile(
    r"(?:single |one |tandem |double |two |high-dose (?:therapy|melphalan) (?:and|with) |melphalan (?:and|with) |"
    r"up-?front |early |or |autologous |peripheral |blood |haematopoietic |hematopoietic |stem[ -]cell |second )*"
    r"(?:transplant(?:ation)?s?|asct|hdt-asct|auto-?sct)"
    r"(?:,? (?:single|tandem|single or tandem|two courses|twice|with melphalan(?: 200(?: ?mg/m2)?)?|"
    r"up-?front or deferred|early or (?:late|deferred)))?"
)


@dataclass(frozen=True, kw_only=True)
class Length:
    """How long a phase goes on: some days or cycles, or until progression."""

    cycles: int | None = None
    days: float | None = None
    until: bool = False

    def in_cycles(self, cycle_days: int) -> int | None:
        """Give the number of cycles of some length; None until progression."""
        if self.cycles is not None or self.days is None:
            return self.cycles
        return max(round(self.days / cycle_days), 1)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"[\u2010-\u2015\u2212]", "-", text.strip().lower())).strip(" .")


def read_cycles(text: str) -> tuple[CycleRange, ...]:
    """Read cycles: `1`, `1-2`, `3+`, `3 on`, `from cycle 3`, `1, 3 and 5`.

    Raises
    ------
    InputError
        If they cannot be read.
    """
    plain = re.sub(r"\bcycles?\b ?", "", _plain(text)).replace(" to ", "-").replace("first ", "1-")
    parts = [part.strip() for part in re.split(r",| and (?!later|beyond)", plain) if part.strip()]
    found = []
    for part in parts:
        if opened := re.fullmatch(
            r"(?:from |>= ?|≥ ?)?(\d+) ?(?:\+|on|onwards?|and later|and beyond|or later)?", part
        ):
            is_open = not part.isdigit()
            found.append(parse_cycles(f"{opened[1]}+" if is_open else opened[1]))
            continue
        try:
            found.append(parse_cycles(re.sub(r"^(?:up to|until) ", "1-", part)))
        except ValueError as error:
            raise InputError(f"cycles {text!r}: {part!r} is not understood", hint="write 3, 1-2 or 3+") from error
    if not found:
        raise InputError(f"cycles {text!r} names none", hint="write 3, 1-2 or 3+")
    return tuple(found)


def read_length(text: str, *, field: str) -> Length:
    """Read how long a phase goes on: `2 years`, `up to 26 cycles (2 years)`, `progression or toxicity`.

    Raises
    ------
    InputError
        With the phrase that is not understood.
    """
    lengths: list[Length] = []
    until = False
    for part in re.split(r",|;|\(|\)|\bor\b|\band/or\b|\band\b|\bwhichever .*", _plain(text)):
        phrase = part.strip()
        if not phrase:
            continue
        if found := _LENGTH.fullmatch(phrase):
            number = float(_WORDS.get(found[1]) or found[1])
            is_cycles = found[2] == "cycle"
            lengths.append(Length(cycles=int(number)) if is_cycles else Length(days=number * _DAYS_OF[found[2]]))
        elif _PROGRESSION.fullmatch(phrase):
            until = True
        else:
            raise InputError(
                f"{field} {text!r}: {phrase!r} is not understood",
                hint="write until: progression, cycles: 9, or duration: 2 years",
            )
    in_cycles = next((one for one in lengths if one.cycles is not None), None)
    others = [one.days for one in lengths if one.days is not None]
    if in_cycles is None and len(set(others)) > 1:
        raise InputError(f"{field} {text!r}: names two lengths", hint="write the one that ends treatment")
    if in_cycles is not None:
        return in_cycles
    return Length(days=others[0]) if others else Length(until=until)


def read_procedure(text: str) -> int:
    """Read a procedure: the number of autologous transplants, 0 for the collection of stem cells.

    Raises
    ------
    InputError
        If it is another procedure, or done in part of the patients or at varying times.
    """
    plain = _plain(text)
    if _COLLECTION.fullmatch(plain):
        return 0
    if not _TRANSPLANT.fullmatch(plain):
        raise InputError(
            f"procedure {text!r} is not understood",
            hint="write 'autologous transplantation', 'tandem autologous transplantation' or 'stem cell collection'",
        )
    several = re.search(r"tandem|double|two|twice|second", plain) and "single or tandem" not in plain
    return 2 if several else 1


def cycles_of_name(name: str) -> int | None:
    """Give the number of cycles that the name of a phase says, as in `cycles 13-18`; None for none."""
    found = re.search(r"\bcycles? (\d+)(?: ?(?:-|to) ?(\d+))?\b(?! on|\+)", _plain(name))
    return None if found is None or not found[2] else int(found[2]) - int(found[1]) + 1
