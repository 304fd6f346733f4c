"""A regimen: phases in sequence, each dose with its source, and what must hold between them."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo, model_validator

from cereblon.core.errors import InputError
from cereblon.core.names import LONGEST_NAME, shortened
from cereblon.core.validation import Name, StrictModel
from cereblon.model.drugs import DRUGS
from cereblon.model.regimens.order import RegimenSource
from cereblon.model.regimens.phase import Phase, is_complete, refuse
from cereblon.vocabulary.settings import SETTING

_IDENTIFIER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def _check_identifier(text: str) -> str:
    if not _IDENTIFIER.fullmatch(text) or len(text) > 60:
        raise ValueError(f"{text!r} is no name; lower-case letters, digits and single hyphens are allowed")
    return text


Identifier = Annotated[str, AfterValidator(_check_identifier)]


def _read_setting(text: str) -> str:
    word = SETTING.find(text)
    if word is None:
        raise ValueError(SETTING.refusal(text))
    return word


SettingName = Annotated[str, AfterValidator(_read_setting)]
"""A setting of `cereblon.vocabulary.settings`, or a synonym of one, which is read as it."""


class Regimen(StrictModel):
    """One line of treatment: phases in sequence, each dose with its source."""

    id: Identifier
    label: Name
    setting: tuple[SettingName, ...] = ()
    phases: tuple[Phase, ...]
    sources: dict[str, RegimenSource]
    notes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> Regimen:
        refuse(regimen_problems(self, complete=is_complete(info)))
        return self

    @property
    def repeats(self) -> bool:
        """Say whether the last cycle goes on until progression."""
        return self.phases[-1].until is not None

    @property
    def drugs(self) -> tuple[str, ...]:
        """Drugs that are ordered anywhere, in the order of `DRUGS`."""
        ordered = {order.drug for phase in self.phases for order in phase.orders}
        return tuple(drug for drug in DRUGS if drug in ordered)


def length_days(regimen: Regimen) -> int:
    """Give the length of a regimen that ends, in days."""
    return sum(phase.cycle_days * (phase.cycles or 0) for phase in regimen.phases)


def joined(first: Regimen, then: Regimen) -> Regimen:
    """Make one line of treatment of two regimens, the second beginning after the last cycle of the first.

    Raises
    ------
    InputError
        If a source has the same key in both and is another one.
    """
    for key in sorted(first.sources.keys() & then.sources.keys()):
        if first.sources[key] != then.sources[key]:
            raise InputError(
                f"{first.id} and {then.id} both have a source {key!r}, and they differ",
                hint="give one of them another key",
            )
    return Regimen(
        id=then.id,
        label=shortened(f"{first.label}; {then.label}", LONGEST_NAME),
        setting=first.setting,
        phases=(*first.phases, *then.phases),
        sources={**first.sources, **then.sources},
        notes=(*first.notes, *then.notes),
    )


def regimen_problems(regimen: Regimen, *, complete: bool = True) -> list[str]:
    """List what does not fit between the phases of a regimen, and sources that are missing.

    Parameters
    ----------
    regimen
        Its phases are valid.
    complete
        False if faulty phases were left out.
    """
    problems: list[str] = []
    if complete and not regimen.phases:
        problems.append("phases: at least one is needed")
    for phase, follower in zip(regimen.phases, regimen.phases[1:], strict=False):
        if phase.until is not None:
            problems.append(f"phase {phase.name}: goes on until progression, yet phase {follower.name} follows")
    uses: dict[str, int] = defaultdict(int)
    for phase in regimen.phases:
        uses[phase.name] += 1
    problems.extend(f"phase {name}: the name is used {count} times" for name, count in uses.items() if count > 1)
    for phase in regimen.phases:
        problems.extend(_source_problems(phase, regimen))
    return problems


def _source_problems(phase: Phase, regimen: Regimen) -> list[str]:
    known = ", ".join(regimen.sources) or "none"
    problems: list[str] = []
    if phase.source and phase.source not in regimen.sources:
        problems.append(f"phase {phase.name}: source {phase.source!r} is not among the sources ({known})")
    if not phase.source and not phase.orders:
        problems.append(f"phase {phase.name}: no source")
    for order in phase.orders:
        place = f"phase {phase.name}, {order.drug}"
        if not order.source:
            problems.append(f"{place}: no source")
        elif order.source not in regimen.sources and order.source != phase.source:
            problems.append(f"{place}: source {order.source!r} is not among the sources ({known})")
    return problems
