"""When doses are given, as people write it: `1-21/28`, `21 of 28 days`, `d1-21 q28d`, `once daily`, `q7d`.

What is read can be said back in one line; what could mean two things is refused with both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cereblon.core.errors import InputError
from cereblon.model.regimens.schedule import LONGEST_CYCLE, format_days, parse_days, plain_days

SHORTEST_INTERVAL_H = 1.0
EXAMPLES = '"1-21/28", "days 1, 8, 15 of 28", "21 of 28 days", "once daily", q12h, q7d, "every other day", once'

_NUMBER = r"\d+(?:\.\d+)?"
_HOURS = {"h": 1.0, "d": 24.0, "w": 168.0}
_UNIT = r"(h(?:ours?|rs?)?|d(?:ays?)?|w(?:eeks?|ks?)?)"
_EVERY = re.compile(rf"(?:q|every|each) ?({_NUMBER}) ?{_UNIT}")
_EVERY_BARE = re.compile(rf"(?:q|every) ?({_NUMBER})(?: ?(m|mo|months?|min(?:utes)?))?")
_CYCLE = r"(\d+)(?:[ -]?(d|days?|w|wks?|weeks?))?(?:[ -]cycles?)?"
_LEADS = r"(?:/|of|out of|in|per|q|every|repeated every)(?: ?(?:a|an|each|every|repeated|the|q))? ?"
_IN_CYCLE = re.compile(rf"(.*?[\da-z]),? ?(?:{_LEADS}{_CYCLE}|\({_CYCLE}\))")
_ON_OFF = re.compile(r"(\d+) ?(d|days?|w|wks?|weeks?)? on,?(?: and|/)? ?(\d+) ?(d|days?|w|wks?|weeks?)? off")
_WEEKLY_OF = re.compile(r"(?:for )?(\d+) ?(?:weeks? )?(?:of|/|out of) ?(\d+) ?(?:weeks?)?")
_COUNT = re.compile(r".*(?:\bx ?\d+|\bfor \d+ (?:doses|days|weeks)|\d+ (?:doses|times))$")

_INTERVAL_H: dict[str, float] = {
    **dict.fromkeys(
        (
            "daily",
            "once daily",
            "once a day",
            "once per day",
            "every day",
            "each day",
            "qd",
            "od",
            "qday",
            "nightly",
            "at bedtime",
            "qhs",
            "1x/day",
            "1x daily",
            "continuous",
            "continuously",
            "continuous daily",
            "daily continuous",
        ),
        24.0,
    ),
    **dict.fromkeys(("bid", "bd", "twice daily", "twice a day", "twice per day", "2x/day", "2x daily"), 12.0),
    **dict.fromkeys(("tid", "tds", "three times a day", "3 times a day", "3 times daily", "3x/day"), 8.0),
    **dict.fromkeys(("qid", "qds", "four times a day", "4 times a day", "4 times daily", "4x/day"), 6.0),
    **dict.fromkeys(
        ("every other day", "every second day", "every 2nd day", "on alternate days", "alternate days", "qod", "eod"),
        48.0,
    ),
    **dict.fromkeys(
        ("weekly", "once weekly", "once a week", "once per week", "every week", "each week", "qw"), 168.0
    ),
    **dict.fromkeys(("every other week", "every second week", "fortnightly", "once a fortnight", "qow"), 336.0),
}
_ONCE = ("once", "single", "single dose", "one dose", "1 dose", "a single dose", "once only", "one time", "stat")

_TWO_MEANINGS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("biweekly", "bi-weekly", "bi weekly"), ("twice a week (1,4/7)", "every two weeks (q14d)")),
    **dict.fromkeys(
        ("twice weekly", "twice a week", "twice per week", "2x weekly", "2x/week", "semiweekly", "2 times a week"),
        ("days 1 and 4 of each week (1,4/7)", "days 1 and 2 of each week (1,2/7)"),
    ),
    **dict.fromkeys(
        ("three times a week", "3 times a week", "thrice weekly", "3x weekly", "3x/week", "tiw"),
        ("days 1, 3 and 5 of each week (1,3,5/7)", "days 1 to 3 of each week (1-3/7)"),
    ),
    **dict.fromkeys(
        ("monthly", "once monthly", "once a month", "every month", "qm", "q month"),
        ("every 28 days (q28d)", "every 30 days (q30d)"),
    ),
    "bimonthly": ("twice a month (q14d)", "every two months (q56d)"),
    "biannually": ("twice a year (q26w)", "every two years"),
}
_NUMBER_WORDS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
_DIGITS = {word: str(number) for number, word in enumerate(re.findall(r"\w+", _NUMBER_WORDS), start=1)} | {
    "twenty-one": "21",
    "twenty one": "21",
    "twenty-eight": "28",
    "twenty eight": "28",
}


@dataclass(frozen=True, slots=True)
class SchedulePhrase:
    """When doses are given: at some days of a cycle that is repeated, or once.

    Parameters
    ----------
    starts
        Days from the start of the cycle, from 0, rising.
    length
        Of the cycle, day.
    repeated
        False for a single dose.
    said
        What was understood, in a line.
    """

    starts: tuple[float, ...]
    length: float
    repeated: bool
    said: str


def read_schedule_phrase(written: str, *, once_days: float = 365.0) -> SchedulePhrase:
    """Read when doses are given.

    Parameters
    ----------
    written
        Days of a cycle, an interval, a frequency, or once.
    once_days
        Days for which a single dose is followed.

    Raises
    ------
    InputError
        If the phrase cannot be read, could mean two things, or names days outside its cycle.
    """
    text = _plain(written)
    if text in _ONCE:
        return SchedulePhrase((0.0,), max(once_days, 1.0), False, "a single dose")
    if text in _INTERVAL_H:
        return _interval(_INTERVAL_H[text], written)
    if text in _TWO_MEANINGS:
        raise _doubtful(written, *_TWO_MEANINGS[text])
    if found := _EVERY.fullmatch(text):
        return _interval(float(found[1]) * _HOURS[found[2][0]], written)
    _refuse_doubtful(written, text)
    if found := _ON_OFF.fullmatch(_without_daily(text)):
        return _on_off(found, written)
    if text.startswith(("weekly ", "once weekly ")) and (found := _WEEKLY_OF.fullmatch(text.split("weekly ", 1)[1])):
        on, cycle = int(found[1]), 7 * int(found[2])
        return _days(tuple(range(1, 7 * on, 7)), cycle, written)
    if found := _IN_CYCLE.fullmatch(_without_daily(text)):
        return _in_cycle(found, written)
    raise InputError(f"schedule {written!r} cannot be read", hint=f"for example {EXAMPLES}")


def _plain(written: str) -> str:
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", written.strip().lower())
    text = re.sub(r"\b([a-z])\.(?=[a-z]\b|$|\s)", r"\1", text)  # q.d. and b.i.d.
    text = re.sub(r"\b([a-z])\.(?=[a-z]\b|$|\s)", r"\1", text)
    text = re.sub(r"\s+", " ", text)
    for word, digits in sorted(_DIGITS.items(), key=lambda one: -len(one[0])):
        text = re.sub(rf"\b{word}(?=[ -](?:days?|weeks?|hours?|of|out|on|off)\b)", digits, text)
    return text.strip(" .")


def _without_daily(text: str) -> str:
    """Leave out words that say no more than that a dose is given on each of the days."""
    return re.sub(r"^(?:once )?(?:daily|a day|qd|given|orally|po)?,? ?(?:on |for |x )?(?=d|\d)", "", text)


def _interval(hours: float, written: str) -> SchedulePhrase:
    if not SHORTEST_INTERVAL_H <= hours <= LONGEST_CYCLE * 24.0:
        raise InputError(
            f"schedule {written!r}: an interval of {hours:g} h is outside {SHORTEST_INTERVAL_H:g} h to "
            f"{LONGEST_CYCLE} days"
        )
    said = f"a dose every {hours:g} h" if hours < 48.0 else f"a dose every {hours / 24.0:g} days"
    return SchedulePhrase((0.0,), hours / 24.0, True, said)


def _days(days: tuple[int, ...], cycle: int, written: str) -> SchedulePhrase:
    if not 1 <= cycle <= LONGEST_CYCLE:
        raise InputError(f"schedule {written!r}: a cycle of {cycle} days is outside 1 to {LONGEST_CYCLE}")
    if days[-1] > cycle:
        raise InputError(
            f"schedule {written!r}: day {days[-1]} is outside the {cycle}-day cycle", hint="days count from 1"
        )
    return SchedulePhrase(tuple(day - 1.0 for day in days), float(cycle), True, say_days(days, cycle))


def say_days(days: tuple[int, ...], cycle: int) -> str:
    """Say days of a cycle in words: `21 doses a cycle, days 1 to 21 of 28`."""
    spans = format_days(days).replace("-", " to ").replace(",", ", ")
    many = f"{len(days)} doses a cycle, days" if len(days) > 1 else "1 dose a cycle, day"
    return f"{many} {spans} of {cycle}"


def _on_off(found: re.Match[str], written: str) -> SchedulePhrase:
    on, off = int(found[1]), int(found[3])
    units = {unit[0] for unit in (found[2], found[4]) if unit}
    daily = written.strip().lower().startswith(("daily", "once daily", "qd"))
    if len(units) > 1:
        raise InputError(f"schedule {written!r} mixes days and weeks", hint='write "1-21/28"')
    if units == {"w"} and not daily:
        weekly = ",".join(str(1 + 7 * week) for week in range(on))
        cycle = 7 * (on + off)
        raise _doubtful(written, f"daily for {on} weeks (1-{7 * on}/{cycle})", f"weekly ({weekly}/{cycle})")
    if not units:
        cycle = on + off
        raise _doubtful(written, f"days 1 to {on} of {cycle} (1-{on}/{cycle})", f"weeks (1-{7 * on}/{7 * cycle})")
    scale = 7 if units == {"w"} else 1
    return _days(tuple(range(1, on * scale + 1)), (on + off) * scale, written)


def _in_cycle(found: re.Match[str], written: str) -> SchedulePhrase:
    days, cycle, unit = found[1].strip(), int(found[2] or found[4]), found[3] or found[5] or "d"
    if re.fullmatch(r"\d+ ?(w|wks?|weeks?)", days) or (unit[0] == "w" and re.fullmatch(r"\d+", days)):
        on, length = int(re.match(r"\d+", days)[0]), 7 * cycle  # type: ignore[index]
        if on > cycle:
            raise InputError(f"schedule {written!r}: {on} weeks do not fit {cycle}")
        weekly = ",".join(str(1 + 7 * week) for week in range(on))
        raise _doubtful(written, f"daily for {on} weeks (1-{7 * on}/{length})", f"weekly ({weekly}/{length})")
    length = cycle * 7 if unit[0] == "w" else cycle
    if count := re.fullmatch(r"(\d+) ?(?:days?|d)?", days):
        if count[1].strip("0") == "":
            raise InputError(f"schedule {written!r} gives no dose", hint=f"for example {EXAMPLES}")
        return _days(tuple(range(1, int(count[1]) + 1)), length, written)
    if (many := re.fullmatch(r"days (\d+)", days)) and int(many[1]) > 1:
        raise _doubtful(
            written, f"day {many[1]} alone (day {many[1]} of {length})", f"days 1 to {many[1]} (1-{many[1]}/{length})"
        )
    try:
        listed = parse_days(days)
    except ValueError as error:
        raise InputError(f"schedule {written!r}: {error}", hint=f"for example {EXAMPLES}") from error
    return _days(listed, length, written)


def _refuse_doubtful(written: str, text: str) -> None:
    """Refuse phrases that could mean two things, or leave out what is needed, saying what they may mean."""
    if found := re.fullmatch(r"(\d+)(?: ?d(?:ays?)?)?", text):
        raise _doubtful(
            written,
            f"day {found[1]} of a cycle, e.g. day {found[1]} of 28",
            f"days 1 to {found[1]}, e.g. {found[1]}/28",
        )
    if found := re.fullmatch(r"(\d+) ?(?:w|wks?|weeks?)", text):
        raise _doubtful(written, f"every {found[1]} weeks (q{found[1]}w)", f"daily for {found[1]} weeks of a cycle")
    if found := _EVERY_BARE.fullmatch(text):
        if found[2]:
            raise InputError(
                f"schedule {written!r}: months have no fixed length, minutes are too short",
                hint="write it in days: q28d",
            )
        raise _doubtful(written, f"every {found[1]} hours (q{found[1]}h)", f"every {found[1]} days (q{found[1]}d)")
    if _COUNT.fullmatch(text) and not re.search(r"\bof\b|/", text):
        raise InputError(
            f"schedule {written!r} says how many doses; a schedule says when, and is repeated",
            hint='write the days of a cycle, e.g. "1-5/28", and --cycles 1',
        )
    if plain_days(text) is not None:
        raise InputError(
            f"schedule {written!r} names days but not the length of the cycle", hint=f'write e.g. "{text}/28"'
        )


def _doubtful(written: str, one: str, other: str) -> InputError:
    return InputError(
        f"schedule {written!r} could mean two things: {one}, or {other}", hint=f"write which; for example {EXAMPLES}"
    )
