"""What a dose says in words: `25 mg to cycle 18, then 10 mg`, `40 mg (20 mg above 75 years)`, `10 mg/day`.

One closed grammar: an amount, and beside it how often, by which route, on which days, in which cycles or months, and
above which age. What is not of it is refused with the phrase that was not understood.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from cereblon.core.errors import InputError
from cereblon.model.regimens.dose_unit import house_dose
from cereblon.model.regimens.schedule import plain_days

EXAMPLES = "'25 mg', '25 mg to cycle 18, then 10 mg', '10 mg, 15 mg after 3 months', '40 mg (20 mg above 75 years)'"

Span = Literal["cycle", "month"]


@dataclass(frozen=True, kw_only=True)
class DoseStep:
    """A dose, and when it is given as far as the words say.

    Parameters
    ----------
    dose, unit
        Of one day of administration.
    route
        oral, iv or sc; None where not said.
    days
        Of the cycle.
    every_weeks
        Weeks between doses; 0 for every day.
    span
        Whether `first` and `last` count cycles or months, from 1.
    first, last, length
        First and last of them, and their number; None where not said.
    initial
        Given on the first two days of the first cycle only.
    """

    dose: float
    unit: str
    route: str | None = None
    days: tuple[int, ...] | None = None
    every_weeks: int | None = None
    span: Span = "cycle"
    first: int | None = None
    last: int | None = None
    length: int | None = None
    initial: bool = False


@dataclass(frozen=True, kw_only=True)
class OlderDose:
    """The dose above an age, or from it on."""

    age: int
    included: bool
    dose: float
    unit: str


@dataclass(frozen=True, kw_only=True)
class DoseWords:
    """What the words of a dose were understood as.

    Parameters
    ----------
    steps
        One dose after the other.
    older
        The dose of older patients, if it is another.
    remarks
        What of it stands for something simpler than was written.
    """

    steps: tuple[DoseStep, ...]
    older: OlderDose | None = None
    remarks: tuple[str, ...] = ()


_N = r"\d+(?:\.\d+)?"
_UNIT = r"(?:mg ?/ ?m2|mg ?/ ?kg|mg|g|ug|mcg)(?![a-z0-9])"
_DAY_LIST = r"\d+(?: ?(?:-|to) ?\d+)?(?: ?(?:,|, and|and|&) ?\d+(?: ?(?:-|to) ?\d+)?(?! ?(?:mg|g)\b))*"
_TOKENS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("pair", rf"({_N}) ?/ ?({_N}) ?({_UNIT})"),
        ("range", rf"({_N}) ?(?:-|to) ?({_N}) ?({_UNIT})"),
        ("amount", rf"({_N}) ?({_UNIT})"),
        ("twice", r"twice(?: a| per)?[ -]?(?:daily|day)|2x daily|bid\b|b\.i\.d\."),
        ("every", r"(?:every|q) ?(\d+)(?:-| )?w(?:ee)?ks?\b"),
        ("fortnight", r"every (?:other|second) week"),
        ("month", r"(?:once )?(?:monthly|(?:every|a|per) month)\b"),
        ("weekly", r"(?:once )?(?:weekly|(?:a|per|each|every) week)\b|/ ?w(?:ee)?k\b|qw\b"),
        ("daily", r"(?:once )?(?:daily|(?:a|per|each|every) day)\b|/ ?d(?:ay)?\b|qd\b|continuously\b"),
        ("route", r"(by mouth|orally|oral|po|intravenous(?:ly)?|iv|subcutaneous(?:ly)?|sc)\b"),
        ("of_cycle", r"of cycle (\d+)\b"),
        ("days", rf"(?:on )?days? ?({_DAY_LIST})(?: of (?:each|every|a|the)(?: \d+-day)? cycle)?"),
        ("to", r"(?:up )?(?:to|until|till|through|in the first)(?: the end of)? (cycle|month) (\d+)\b"),
        ("from", r"(?:starting |beginning )?(?:from|at|with|since) (cycle|month) (\d+)(?: on(?:wards?)?)?\b"),
        ("after", r"after (?:the first )?(\d+|one|two|three|four|six) (cycle|month|week|year)s?\b"),
        ("after", r"after (cycle|month) (\d+)\b"),
        ("for", r"(?:for|in) (?:the )?(?:first )?(\d+|a|one|two|three|four|six) (cycle|month|week|year)s?\b"),
        ("open", r"(?:in |during |for |of )?(cycle|month)s? (\d+) ?(?:\+|on(?:wards?)?\b|and (?:later|beyond)\b)"),
        ("within", r"(?:in |during |for |of )?(cycle|month)s? (\d+)(?: ?(?:-|to|through) ?(\d+))?"),
        (
            "age",
            r"(?:if |in |for )?(?:patients |those |people |subjects |participants )?(?:who (?:are|were) )?"
            r"(?:age |aged )?(above|over|older than|more than|>=|>|from) ?(\d{2})(?: ?-? ?(?:years?|y|yrs?)\b)?"
            r"(?: of age| old)?",
        ),
        (
            "age_from",
            r"(?:if |in |for )?(?:patients |those )?(?:aged )?(\d{2})(?: years)? (?:or|and) (?:older|above)",
        ),
        (
            "young",
            r"(?:if |in |for )?(?:patients |those )?(?:aged )?(?:(?:up to|<=) ?\d{2} years|\d{2} or younger)\b",
        ),
        (
            "ceiling",
            r"(?:escalated |raised |increased |titrated )?up to\b|escalated to\b|at most\b|maximum(?: of)?\b",
        ),
        ("tolerated", r"(?:if|as) tolerated"),
        ("then", r"(?:and )?then\b|thereafter\b|followed by\b|afterwards\b|->"),
        ("then", r"(?:(?:increas|rais|escalat|reduc|lower|decreas)(?:ed|ing)|cut|down|up) to\b"),
        ("plus", r"\+|plus\b"),
        ("end", r"until (?:disease )?progression"),
        ("number", rf"({_N})(?= ?(?:,? then\b|->))"),
        ("sep", r"[,;(]|and\b|but\b"),
        ("filler", r"[):.]|(?:starting|initial|target|full|fixed|flat|dose|given|at|a|the|total|of|once|each)\b"),
    )
)
_WORDS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "six": 6}
_MONTHLY = 4  # weeks
_YOUNGEST, _OLDEST = 50, 95  # years
_MONTHS = {"month": 1.0, "year": 12.0, "week": 12.0 / 52.0}


@dataclass(kw_only=True)
class _Clause:
    """What stands between two separators; the amounts of one clause are given on the same day."""

    amounts: list[tuple[float, str]] = field(default_factory=list)
    bare: float | None = None  # a number whose unit comes with the next amount
    routes: list[str] = field(default_factory=list)
    days: tuple[int, ...] | None = None
    every_weeks: int | None = None
    span: Span | None = None
    first: int | None = None
    last: int | None = None
    length: int | None = None
    age: tuple[int, bool] | None = None
    is_twice: bool = False
    is_sum: bool = False
    is_pair: bool = False

    @property
    def has_dose(self) -> bool:
        """Whether an amount stands in it."""
        return bool(self.amounts) or self.bare is not None

    def take_from(self, other: _Clause) -> None:
        """Take what another clause says beside its amounts."""
        self.routes += other.routes
        for name in ("days", "every_weeks", "span", "first", "last", "length", "age"):
            if getattr(other, name) is not None:
                setattr(self, name, getattr(other, name))
        self.is_twice, self.is_sum = self.is_twice or other.is_twice, self.is_sum or other.is_sum


def read_dose(text: str) -> DoseWords:
    """Read what a dose says in words.

    Parameters
    ----------
    text
        As published.

    Raises
    ------
    InputError
        With the phrase that is not understood, and how doses are written.
    """
    remarks: list[str] = []
    clauses = _joined(_clauses(_plain(text), text, remarks), text)
    older = [_older(clause, text) for clause in clauses if clause.age is not None]
    steps = [step for clause in clauses if clause.age is None for step in _steps(clause, text)]
    if not steps:
        raise _refused(text, text, "names no dose")
    if len(older) > 1:
        raise _refused(text, text, "gives several doses by age; one is allowed")
    return DoseWords(steps=tuple(steps), older=older[0] if older else None, remarks=tuple(remarks))


def _plain(text: str) -> str:
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", text.strip().lower())
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    text = text.replace("²", "2").replace("^2", "2").replace("≥", ">=").replace("≤", "<=").replace("µ", "u")
    return re.sub(r"\s+", " ", text.replace("→", "->"))


def _clauses(plain: str, text: str, remarks: list[str]) -> list[_Clause]:
    clauses = [_Clause()]
    position = 0
    while position < len(plain):
        if plain[position] == " ":
            position += 1
            continue
        kind, match = _token(plain, position, text)
        if kind in ("sep", "then"):
            clauses.append(_Clause())
        else:
            _TAKE[kind](match, clauses[-1], remarks)
        position = match.end()
    return clauses


def _token(plain: str, position: int, text: str) -> tuple[str, re.Match[str]]:
    for kind, pattern in _TOKENS:
        match = pattern.match(plain, position)
        if match is not None and match.end() > position:
            return kind, match
    raise _refused(text, plain[position:], "is not understood")


def _take_amount(match: re.Match[str], clause: _Clause, _: list[str]) -> None:
    clause.amounts.append(_amount(match[1], match[2]))


def _take_range(match: re.Match[str], clause: _Clause, remarks: list[str]) -> None:
    low, high = _amount(match[1], match[3]), _amount(match[2], match[3])
    clause.amounts.append(low)
    remarks.append(f"{match[0]!r} is given as {low[0]:g} {low[1]}; when it rises to {high[0]:g} is not said")


def _take_pair(match: re.Match[str], clause: _Clause, _: list[str]) -> None:
    clause.amounts += [_amount(match[1], match[3]), _amount(match[2], match[3])]
    clause.is_pair = True


def _take_number(match: re.Match[str], clause: _Clause, _: list[str]) -> None:
    clause.bare = float(match[1])


def _take_twice(_: re.Match[str], clause: _Clause, remarks: list[str]) -> None:
    clause.is_twice = True
    remarks.append("two doses a day stand as one of both together")


def _take_weeks(weeks: int) -> Callable[[re.Match[str], _Clause, list[str]], None]:
    def take(_: re.Match[str], clause: _Clause, remarks: list[str]) -> None:
        clause.every_weeks = weeks
        if weeks == _MONTHLY:
            remarks.append("monthly is every 4 weeks")

    return take


def _take_every(match: re.Match[str], clause: _Clause, _: list[str]) -> None:
    clause.every_weeks = int(match[1])


def _take_route(match: re.Match[str], clause: _Clause, _: list[str]) -> None:
    clause.routes.append("iv" if match[1].startswith("i") else "sc" if match[1].startswith("s") else "oral")


def _take_days(match: re.Match[str], clause: _Clause, _: list[str]) -> None:
    clause.days = plain_days(match[1])


def _take_of_cycle(match: re.Match[str], clause: _Clause, _: list[str]) -> None:
    clause.span, clause.first, clause.last = "cycle", int(match[1]), int(match[1])


def _take_to(match: re.Match[str], clause: _Clause, _: list[str]) -> None:
    clause.span, clause.last = _span(match[1]), int(match[2])


def _take_from(match: re.Match[str], clause: _Clause, _: list[str]) -> None:
    clause.span, clause.first = _span(match[1]), int(match[2])


def _take_within(match: re.Match[str], clause: _Clause, _: list[str]) -> None:
    clause.span, clause.first, clause.last = _span(match[1]), int(match[2]), int(match[3] or match[2])


def _take_length(match: re.Match[str], clause: _Clause, _: list[str]) -> None:
    clause.span, clause.length = _counted(match[1], match[2])


def _take_after(match: re.Match[str], clause: _Clause, _: list[str]) -> None:
    number, unit = (match[2], match[1]) if match[1] in ("cycle", "month") else (match[1], match[2])
    clause.span, before = _counted(number, unit)
    clause.first = before + 1


def _take_age(match: re.Match[str], clause: _Clause, _: list[str]) -> None:
    clause.age = (int(match[2]), match[1] in (">=", "from"))


def _take_age_from(match: re.Match[str], clause: _Clause, _: list[str]) -> None:
    clause.age = (int(match[1]), True)


def _take_plus(_: re.Match[str], clause: _Clause, __: list[str]) -> None:
    clause.is_sum = True


def _take_ceiling(_: re.Match[str], __: _Clause, remarks: list[str]) -> None:
    remarks.append("the largest dose that is named is given from the start; the dose rules lower it")


def _pass_over(_: re.Match[str], __: _Clause, ___: list[str]) -> None:
    """Take nothing: the words change nothing."""


_TAKE: dict[str, Callable[[re.Match[str], _Clause, list[str]], None]] = {
    "pair": _take_pair,
    "range": _take_range,
    "amount": _take_amount,
    "twice": _take_twice,
    "every": _take_every,
    "fortnight": _take_weeks(2),
    "month": _take_weeks(_MONTHLY),
    "weekly": _take_weeks(1),
    "daily": _take_weeks(0),
    "route": _take_route,
    "of_cycle": _take_of_cycle,
    "days": _take_days,
    "to": _take_to,
    "from": _take_from,
    "after": _take_after,
    "for": _take_length,
    "open": _take_from,
    "within": _take_within,
    "age": _take_age,
    "age_from": _take_age_from,
    "plus": _take_plus,
    "ceiling": _take_ceiling,
    "number": _take_number,
    **dict.fromkeys(("young", "tolerated", "end", "filler"), _pass_over),
}


def _span(word: str) -> Span:
    return "cycle" if word == "cycle" else "month"


def _counted(number: str, unit: str) -> tuple[Span, int]:
    """Give a length in cycles, or in months where it is a time."""
    count = float(_WORDS.get(number) or number)
    if unit == "cycle":
        return "cycle", max(round(count), 1)
    return "month", max(round(count * _MONTHS[unit]), 1)


def _amount(number: str, unit: str) -> tuple[float, str]:
    dose, known = house_dose(float(number), unit.replace(" ", ""))
    return dose, str(known)


def _joined(clauses: list[_Clause], text: str) -> list[_Clause]:
    """Put clauses without an amount to that before them, or, at the beginning, to the next one."""
    made: list[_Clause] = []
    waiting = _Clause()
    for clause in clauses:
        if clause.has_dose:
            if not made:
                waiting.take_from(clause)
                clause.take_from(waiting)
            made.append(clause)
        else:
            (made[-1] if made else waiting).take_from(clause)
    for place, clause in enumerate(made):
        if clause.bare is not None and not clause.amounts:
            after = made[place + 1] if place + 1 < len(made) else None
            if after is None or not after.amounts:
                raise _refused(text, f"{clause.bare:g}", "has no unit")
            clause.amounts.append((clause.bare, after.amounts[0][1]))
    return made


def _steps(clause: _Clause, text: str) -> list[DoseStep]:
    units = {unit for _, unit in clause.amounts}
    if len(units) > 1:
        raise _refused(text, text, "mixes units")
    step = DoseStep(
        dose=1.0,
        unit=units.pop(),
        route=clause.routes[0] if clause.routes else None,
        days=clause.days,
        every_weeks=clause.every_weeks,
        span=clause.span or "cycle",
        first=clause.first,
        last=clause.last,
        length=clause.length,
    )
    if clause.is_pair:
        first, then = (dose for dose, _ in clause.amounts)
        return [replace(step, dose=first, initial=True), replace(step, dose=then)]
    if len(clause.amounts) > 1 and not clause.is_sum:
        raise _refused(text, text, "names two doses and not which is given when")
    total = sum(dose for dose, _ in clause.amounts)
    return [replace(step, dose=total * (2.0 if clause.is_twice else 1.0))]


def _older(clause: _Clause, text: str) -> OlderDose:
    if len(clause.amounts) != 1 or clause.age is None:
        raise _refused(text, text, "names an age and not one dose for it")
    age, included = clause.age
    if not _YOUNGEST <= age <= _OLDEST:
        raise _refused(text, f"{age}", "is no age of patients")
    dose, unit = clause.amounts[0]
    return OlderDose(age=age, included=included, dose=dose, unit=unit)


def _refused(text: str, phrase: str, why: str) -> InputError:
    shown = phrase.strip() if len(phrase) <= 60 else phrase.strip()[:57] + "..."
    return InputError(f"dose {text!r}: {shown!r} {why}", hint=f"write a dose as {EXAMPLES}")
