"""Which published numbers of a trial a synthesis uses, and why the others are left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from cereblon.evidence.study import Fact, Study
from cereblon.evidence.wording import value_text
from cereblon.synthesis.frequentist.measure import Row
from cereblon.synthesis.trial_networks.nodes import ArmRole, arm_role

Cut = Literal["latest", "first"]


@dataclass(frozen=True)
class UsedNumber:
    """A published number that a synthesis uses, with the page it stands on.

    Attributes
    ----------
    study, treatment, versus
        The trial and what was compared; `versus` is empty for a number of one arm.
    printed
        As published, in words.
    cut
        Data cut, empty when the source names none.
    reference, link
        The source.
    """

    study: str
    treatment: str
    versus: str
    printed: str
    cut: str
    reference: str
    link: str

    def to_row(self) -> Row:
        """Give the number as a table row."""
        return dict(self.__dict__)


@dataclass(frozen=True)
class ExcludedEvidence:
    """A study, or a comparison of it, that is not used, and why."""

    study: str
    what: str
    why: str

    def to_row(self) -> Row:
        """Give the entry as a table row."""
        return dict(self.__dict__)


def used_number(study: Study, fact: Fact, treatment: str, versus: str) -> UsedNumber:
    """Note a fact as used."""
    source = study.source_of(fact)
    return UsedNumber(study.id, treatment, versus, value_text(fact), fact.cut or "", source.reference, source.link)


def roles_in(study: Study, settings: Sequence[str]) -> dict[str, ArmRole]:
    """Give the arms of a study that were randomised in one of the settings."""
    roles = {name: arm_role(study, name) for name in study.arms}
    return {name: role for name, role in roles.items() if role is not None and role.setting in settings}


def is_whole(fact: Fact) -> bool:
    """Tell whether a fact is about all patients of its arms in the usual analysis of the study."""
    narrowed = (fact.subgroup, fact.versus_subgroup, fact.population, fact.phase, fact.drug, fact.event, fact.feature)
    return all(field is None for field in narrowed)


def cuts_in_order(facts: Iterable[Fact], cut: Cut) -> list[str | None]:
    """Name the data cuts of some facts in the order in which they are preferred."""
    # A study file lists the cuts of a number from the first to the last.
    order = list(dict.fromkeys(fact.cut for fact in facts))
    return order if cut == "first" else order[::-1]


def best_of(study: Study, facts: Sequence[Fact], is_better: Callable[[Fact], int]) -> Fact:
    """Choose among facts of one cut: by `is_better`, then a primary source before a secondary one, then the last."""
    ranked = [
        (is_better(fact), study.source_of(fact).quality == "primary", place) for place, fact in enumerate(facts)
    ]
    return facts[max(range(len(facts)), key=ranked.__getitem__)]
