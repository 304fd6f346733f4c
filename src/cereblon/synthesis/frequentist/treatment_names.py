"""Names of treatments in a patient's table: two names of one regimen are joined, names that look alike are said."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from cereblon.core.words import plain
from cereblon.synthesis.frequentist.trial_contrasts import ArmCount, Contrast, MissingRow
from cereblon.vocabulary.drugs import find_regimen

_PLACEBO = ("placebo", "pbo", "plc")
_SAYS_MORE = re.compile(r"\d|dose|week|month|cycle|cont|fixed|maint", re.IGNORECASE)


def look_alikes(names: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Group names that differ in nothing but capitals, spaces, hyphens and underscores."""
    groups: dict[str, set[str]] = {}
    for name in names:
        groups.setdefault(plain(name).replace(" ", ""), set()).add(name)
    return tuple(tuple(sorted(group)) for group in groups.values() if len(group) > 1)


def _meaning(name: str) -> str | None:
    """Give the one regimen that a name stands for; None where it may say more than the drugs, as a dose does."""
    if plain(name) in _PLACEBO:
        return "placebo"
    regimen = None if _SAYS_MORE.search(name) else find_regimen(name)
    return None if regimen is None else regimen.name


def _joined(counted: Counter[str]) -> dict[str, str]:
    """Find the names that mean one regimen, each with the one that is most frequent in the table."""
    groups: dict[str, list[str]] = {}
    for name in sorted(counted):
        meaning = _meaning(name)
        if meaning is not None:
            groups.setdefault(meaning, []).append(name)
    chosen = dict[str, str]()
    for meaning, names in groups.items():
        kept = min(names, key=lambda name: (-counted[name], name))
        chosen |= {
            name: kept
            for name in names
            if name != kept and (meaning == "placebo" or not _differ_in_capitals(name, kept))
        }
    return chosen


def _differ_in_capitals(one: str, other: str) -> bool:
    letters, others = (re.sub(r"[\s_-]", "", name) for name in (one, other))
    return letters != others and letters.casefold() == others.casefold()


def join_names(counted: Counter[str]) -> tuple[dict[str, str], list[str]]:
    """Find the names of treatments that are one regimen, and say which others merely look alike.

    Parameters
    ----------
    counted
        Names, with how often each stands in the table: the most frequent one of a regimen is kept.

    Returns
    -------
        The kept name by the names that it replaces, and sentences for the user.
    """
    other = _joined(counted)
    notes = [f"treatment {old!r} was read as {new!r}: two names of one regimen" for old, new in sorted(other.items())]
    notes += [
        f"treatments {' and '.join(map(repr, group))} differ in capitals, spaces or hyphens alone and are taken as "
        "different; write them alike if they are one"
        for group in look_alikes(set(counted) - set(other))
    ]
    return other, notes


def unify_names(
    contrasts: Sequence[Contrast], arms: Sequence[ArmCount], missing: Sequence[MissingRow] = ()
) -> tuple[list[Contrast], list[ArmCount], list[MissingRow], list[str]]:
    """Join treatments that are one regimen under two names, and say which names merely look alike.

    Names that differ in capitals are not joined by that alone: RD and Rd are two doses of dexamethasone.

    Returns
    -------
        Contrasts, arms and rows without an estimate with joined names, and sentences for the user.
    """
    other, notes = join_names(
        Counter([name for c in contrasts for name in (c.treatment, c.versus)] + [arm.treatment for arm in arms])
    )
    notes += [
        f"studies {' and '.join(map(repr, group))} differ in capitals, spaces or hyphens alone and are taken as "
        "different; write them alike if they are one"
        for group in look_alikes([c.study for c in contrasts] + [arm.study for arm in arms])
    ]
    return (
        [
            replace(c, treatment=other.get(c.treatment, c.treatment), versus=other.get(c.versus, c.versus))
            for c in contrasts
        ],
        [replace(arm, treatment=other.get(arm.treatment, arm.treatment)) for arm in arms],
        [replace(row, treatments=tuple(other.get(name, name) for name in row.treatments)) for row in missing],
        notes,
    )
