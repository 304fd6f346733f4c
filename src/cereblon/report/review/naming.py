"""Words that several sections share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from markupsafe import Markup

from cereblon.core.plain_text import capital
from cereblon.evidence import Study
from cereblon.report.review.traces import Traces
from cereblon.synthesis.real_world import TreatedCohort
from cereblon.vocabulary.drugs import drug_names, find_regimen
from cereblon.vocabulary.endpoints import vocabulary
from cereblon.vocabulary.settings import SETTING_NAMES

SETTINGS = {name: capital(words) for name, words in SETTING_NAMES.items()}


# The vocabulary says where the month of a fact belongs; tables have it in a column of its own.
_MONTH = {"`month` months": "the months stated", "`month`": "the month stated"}


def meaning_of(endpoint: str) -> str:
    """Say what an endpoint is, in the words of the vocabulary, without what is said there about qualifiers."""
    words = vocabulary().endpoint(endpoint).description
    for place, said in _MONTH.items():
        words = words.replace(place, said)
    return words


def short_name(study: Study, traces: Traces) -> Markup:
    """Name a study without its numbers in brackets and what follows a comma."""
    return traces.name(study.name.split(" (")[0].split(",")[0])


def arm_name(study: Study, arm: str, traces: Traces) -> Markup:
    """Name an arm by its label, which may hold digits."""
    return traces.name(study.arms[arm].label)


def drugs_of(study: Study, arm: str) -> frozenset[str]:
    """Give the drugs of an arm by its regimen, else as far as its label names them; placebo is left out."""
    entry = study.arms[arm]
    if entry.drugs:
        return frozenset(entry.drugs) - {"placebo"}
    named = find_regimen(re.split(r" or | then | induction", entry.label)[0])
    if named is not None:
        return named.drugs
    words = entry.label.lower()
    return frozenset(drug for drug in drug_names() if drug in words and f"no {drug}" not in words)


def size_of(study: Study, arm: str, traces: Traces) -> Markup:
    """Give the size of an arm as a link; words where our library does not have it."""
    size = study.patients(arm)
    for endpoint in ("n_randomised", "n_patients", "n_analysed", "n_safety"):
        for fact in study.facts:
            if fact.arm == arm and fact.endpoint == endpoint and fact.subgroup is None and fact.value == size:
                return traces.fact(study, fact, f"{size}")
    return Markup("not in our library")


def studies_of(cohorts: Iterable[TreatedCohort]) -> list[Study]:
    """Give the studies of some cohorts, each once, in order."""
    return list({cohort.study.id: cohort.study for cohort in cohorts}.values())


def joined(parts: Sequence[Markup | str], between: str = ", ") -> Markup:
    """Join markup; plain text in it is escaped."""
    return Markup(between).join(parts)


def listed(parts: Sequence[Markup | str]) -> Markup:
    """Join markup as a sentence lists: A, B and C."""
    *before, last = parts
    return joined([joined(before), last], " and ") if before else joined([last])
