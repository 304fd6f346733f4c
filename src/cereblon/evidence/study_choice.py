"""Choosing studies by setting, role and kind, in the words that people write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from cereblon.core.arguments import need_text
from cereblon.core.errors import unknown_name
from cereblon.core.words import Words
from cereblon.evidence import study as types
from cereblon.evidence.library import load_all, select_studies
from cereblon.evidence.study import Study
from cereblon.vocabulary.settings import ASKED_SETTING

_SYNONYMS = {
    **ASKED_SETTING.synonyms,
    **dict.fromkeys(("randomized", "RCT"), "randomised"),
    **dict.fromkeys(("RWE", "RWD", "observational"), "real-world"),
}
"""Other ways to write a setting or a kind of study."""


def choose_studies(setting: str | None, role: str | None, kind: str | None, notes: list[str]) -> tuple[Study, ...]:
    """Give the studies of the package that fit.

    Parameters
    ----------
    setting, role, kind
        None for all.
    notes
        Gains a sentence for each word that was read as another.

    Raises
    ------
    UnknownNameError
        If no study may have such a value, with those it may have.
    """
    return select_studies(
        load_all(),
        setting=read_setting(setting, notes),
        role=_read("role", role, get_args(types.Role), notes),
        kind=_read("kind of study", kind, get_args(types.Kind), notes),
    )


def read_setting(given: str | None, notes: list[str]) -> str | None:
    """Find the setting that was meant, and note where it is written otherwise.

    Raises
    ------
    UnknownNameError
        If there is none, with the nearest ones.
    """
    return _read("setting", given, ASKED_SETTING.allowed, notes)


def _read(name: str, given: str | None, allowed: Sequence[str], notes: list[str]) -> str | None:
    if given is None:
        return None
    need_text(**{name: given})
    synonyms = {written: word for written, word in _SYNONYMS.items() if word in allowed}
    word = Words(name, tuple(allowed), synonyms).find(given)
    if word is None:
        raise unknown_name(name, given, allowed)
    if word != given:
        notes.append(f"{name} {given} is read as {word}")
    return word
