"""The treatments that the review has a chapter on, and which arms belong to each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cereblon.core.errors import unknown_name
from cereblon.evidence import Arm, Study
from cereblon.synthesis.real_world import TreatedCohort


@dataclass(frozen=True, kw_only=True, slots=True)
class Topic:
    """One treatment.

    Parameters
    ----------
    key, title
        As in `cereblon review --regimen`, and over the chapter.
    drugs
        What every arm of the chapter holds.
    partners
        What an arm may hold besides.
    maintenance
        True: studies of maintenance only; False: those are left out.
    ends_alone
        Only arms without transplantation whose last phase is lenalidomide alone, by their phases or their label.
    regimen
        Regimen of the library whose schedule is drawn.
    practice
        Regimen of `cereblon evidence practice`; empty if there is none.
    trial
        Trial that is simulated.
    """

    key: str
    title: str
    drugs: frozenset[str]
    partners: frozenset[str] = frozenset()
    maintenance: bool = False
    ends_alone: bool = False
    regimen: str
    practice: str = ""
    trial: str


# An arm whose drugs are not listed by phase, in the words of its label.
_LATER_ALONE = re.compile(r"\bthen (R|lenalidomide)\b")

_RD = frozenset({"lenalidomide", "dexamethasone"})
_ASCT = frozenset({"melphalan"})

TOPICS: dict[str, Topic] = {
    topic.key: topic
    for topic in (
        Topic(
            key="rd",
            title="Lenalidomide with dexamethasone",
            drugs=_RD,
            regimen="rd",
            practice="rd",
            trial="maia",
        ),
        Topic(
            key="vrd",
            title="With bortezomib",
            drugs=_RD | {"bortezomib"},
            partners=_ASCT,
            regimen="vrd-s0777",
            practice="vrd",
            trial="swog-s0777",
        ),
        Topic(
            key="ird",
            title="With ixazomib",
            drugs=_RD | {"ixazomib"},
            regimen="ird",
            practice="ird",
            trial="tourmaline-mm1",
        ),
        Topic(
            key="krd",
            title="With carfilzomib",
            drugs=_RD | {"carfilzomib"},
            partners=_ASCT,
            regimen="krd",
            practice="krd",
            trial="aspire",
        ),
        Topic(
            key="drd",
            title="With daratumumab",
            drugs=_RD | {"daratumumab"},
            partners=_ASCT | {"bortezomib"},
            regimen="drd",
            practice="drd",
            trial="maia",
        ),
        Topic(
            key="later-alone",
            title="Without transplantation, with lenalidomide alone later",
            drugs=frozenset({"lenalidomide"}),
            partners=frozenset({"dexamethasone", "bortezomib", "carfilzomib", "melphalan", "prednisone"}),
            ends_alone=True,
            regimen="rd-r",
            trial="emn01",
        ),
        Topic(
            key="maintenance",
            title="Maintenance after transplantation",
            drugs=frozenset({"lenalidomide"}),
            maintenance=True,
            regimen="r-maintenance",
            practice="maintenance",
            trial="calgb-100104",
        ),
    )
}


def find_topic(name: str) -> Topic:
    """Find a topic by its key, in any case.

    Raises
    ------
    UnknownNameError
        With the nearest known names.
    """
    if name.strip().lower() not in TOPICS:
        raise unknown_name("chapter", name, list(TOPICS))
    return TOPICS[name.strip().lower()]


def cohorts_of(topic: Topic, studies: Iterable[Study]) -> tuple[TreatedCohort, ...]:
    """Give the arms of trials and the cohorts of practice that a chapter is about, in the order of the studies."""
    found = []
    for study in studies:
        is_practice = study.kind == "real-world"
        if not is_practice and study.kind not in ("randomised", "single-arm"):
            continue
        if study.setting.startswith("maintenance") != topic.maintenance:
            continue
        cohorts = (TreatedCohort(study, key, "practice" if is_practice else "trial") for key in study.arms)
        found += [cohort for cohort in cohorts if _belongs(topic, cohort)]
    return tuple(found)


def _belongs(topic: Topic, cohort: TreatedCohort) -> bool:
    arm = cohort.study.arms[cohort.arm]
    if topic.ends_alone and not arm.drugs:
        return not cohort.is_transplanted and _LATER_ALONE.search(arm.label) is not None
    drugs = frozenset(arm.drugs) - {"placebo"}
    if not topic.drugs <= drugs or not drugs <= topic.drugs | topic.partners:
        return False
    if not topic.ends_alone:
        return True
    return not cohort.is_transplanted and _ends_alone(arm)


def _ends_alone(arm: Arm) -> bool:
    """Tell whether the last phase of several is lenalidomide alone."""
    phases = [phase for phase in arm.regimen if phase.drugs]
    return len(phases) > 1 and {order.drug for order in phases[-1].drugs} == {"lenalidomide"}
