"""Which group of the results is which arm of the protocol; what is not plain becomes an arm of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from cereblon.evidence.registry.record import Branch
from cereblon.vocabulary.drugs import find_drugs


@dataclass(slots=True)
class DraftArm:
    """An arm of a draft: label, drugs, and what a person should read before naming it."""

    key: str
    label: str
    drugs: tuple[str, ...] = ()
    comments: list[str] = field(default_factory=list)


class _KnownGroups(dict[str, str]):
    """Arms by group id; an id that no module defines becomes an arm of its own, and says so."""

    def __init__(self, arms: Arms) -> None:
        super().__init__()
        self._arms = arms

    def __missing__(self, group: str) -> str:
        comment = "the record gives numbers for this group and does not say who it is"
        self[group] = self._arms.add(f"group {group or 'without id'}", comment=comment).key
        return self[group]


@dataclass(slots=True)
class Arms:
    """The arms of a draft, found again by the title of a group of the results."""

    by_key: dict[str, DraftArm] = field(default_factory=dict)
    _by_title: dict[str, str] = field(default_factory=dict)

    def add(self, label: str, drugs: tuple[str, ...] = (), comment: str = "") -> DraftArm:
        """Enter an arm under a free key."""
        key = free_key(label, self.by_key)
        arm = DraftArm(key, label, drugs, [comment] if comment else [])
        self.by_key[key] = arm
        self._by_title.setdefault(_plain(label), key)
        return arm

    def whole(self) -> str:
        """Give the arm `all`, entered when first asked for."""
        if "all" not in self.by_key:
            self.by_key["all"] = DraftArm("all", "all patients")
        return "all"

    def of_groups(self, groups: list[Branch]) -> dict[str, str]:
        """Give the arm of each group of a results module by the group's id."""
        found = _KnownGroups(self)
        for group in groups:
            title, description = group.text("title"), group.text("description")
            known = self._by_title.get(_plain(title))
            if known is None and re.match(r"total\b|all participants", title, re.IGNORECASE):
                known = self.whole()
            if known is None:
                arm = self.add(
                    re.sub(r"\s*\([^()]*\)\s*$", "", title) or title,
                    comment="a group of the results without an arm of this name; merge it with its arm if it is one",
                )
                if description:
                    arm.comments.append(f"registry: {description[:300]}")
                known = arm.key
            found[group.text("id")] = known
        return found


def free_key(label: str, taken: dict[str, DraftArm]) -> str:
    """Make a short key from a label: lower-case words and digits with hyphens."""
    words = re.findall(r"[a-z0-9]+", label.lower())
    key = ""
    for word in words:
        if key and len(key) + len(word) > 24:
            break
        key = f"{key}-{word}" if key else word
    key = key or "arm"
    number, free = 1, key
    while free in taken or free == "all":
        number += 1
        free = f"{key}-{number}"
    return free


def _plain(title: str) -> str:
    """Compare titles without case, punctuation, and a set named in brackets at the end, such as (FAS)."""
    return " ".join(re.findall(r"[a-z0-9]+", re.sub(r"\([^()]*\)\s*$", "", title.lower())))


def read_arms(protocol: Branch) -> Arms:
    """Give the arms of the protocol with their drugs."""
    arms = Arms()
    module = protocol.branch("armsInterventionsModule")
    drugs = {}
    for intervention in module.items("interventions"):
        kind, name = intervention.text("type"), intervention.text("name")
        drugs[name] = kind in ("DRUG", "BIOLOGICAL", "COMBINATION_PRODUCT") or "placebo" in name.lower()
    for group in module.items("armGroups"):
        names = [name.partition(": ")[2] or name for name in group.texts("interventionNames")]
        given: dict[str, None] = {}
        read_as = []
        for name in names:
            if drugs.get(name, True):
                found = _substances(name)
                given |= dict.fromkeys(found)
                read_as += [f"{name} was read as {' and '.join(found)}"] if found != (name.lower(),) else []
        description = group.text("description")
        arm = arms.add(group.text("label"), tuple(given))
        arm.comments += read_as
        if group.text("type"):
            arm.comments.append(f"registry: {group.text('type').replace('_', ' ').lower()}")
        if description:
            arm.comments.append(f"registry: {description[:600]}")
        others = [name for name in names if not drugs.get(name, True)]
        if others:
            arm.comments.append(f"not a drug: {', '.join(others)}")
    return arms


def _substances(name: str) -> tuple[str, ...]:
    """Give the active substances of an intervention; a placebo, or a name that is not known, stays one."""
    if re.search(r"\bplacebo\b", name, re.IGNORECASE):
        return ("placebo",)
    return tuple(sorted(find_drugs(name))) or (name.lower(),)
