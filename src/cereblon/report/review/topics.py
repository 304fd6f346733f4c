"""The treatments that the review has a chapter on, and which arms belong to each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cereblon.core.errors import unknown_name
from cereblon.evidence import Study
from cereblon.report.review.naming import drugs_of
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
    is_transplant
        Only arms for whom transplantation was intended.
    regimen
        Regimen of the library whose schedule is drawn.
    practice
        Regimen of `cereblon evidence practice`; empty if there is none.
    trial
        Trial that is simulated.
    added
        Drugs whose addition the chapter is about, the most important first; where none is, the duration of
        lenalidomide.
    """

    key: str
    title: str
    drugs: frozenset[str]
    partners: frozenset[str] = frozenset()
    maintenance: bool = False
    is_transplant: bool = False
    regimen: str
    practice: str = ""
    trial: str
    added: tuple[str, ...] = ("lenalidomide",)


_RD = frozenset({"lenalidomide", "dexamethasone"})
_ASCT = frozenset({"melphalan"})

TOPICS: dict[str, Topic] = {
    topic.key: topic
    for topic in (
        Topic(
            key="rd",
            title="With dexamethasone",
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
            added=("bortezomib",),
        ),
        Topic(
            key="ird",
            title="With ixazomib",
            drugs=_RD | {"ixazomib"},
            regimen="ird",
            practice="ird",
            trial="tourmaline-mm1",
            added=("ixazomib",),
        ),
        Topic(
            key="krd",
            title="With carfilzomib",
            drugs=_RD | {"carfilzomib"},
            partners=_ASCT,
            regimen="krd",
            practice="krd",
            trial="aspire",
            added=("carfilzomib",),
        ),
        Topic(
            key="drd",
            title="With daratumumab, isatuximab or elotuzumab",
            drugs=_RD | {"daratumumab"},
            partners=_ASCT | {"bortezomib"},
            regimen="drd",
            practice="drd",
            trial="maia",
            added=("daratumumab", "isatuximab", "elotuzumab"),
        ),
        Topic(
            key="transplant",
            title="Transplant or not?",
            drugs=frozenset({"lenalidomide"}),
            partners=_RD | {"bortezomib", "carfilzomib", "daratumumab", "isatuximab", "melphalan", "prednisone"},
            is_transplant=True,
            regimen="vrd-asct",
            trial="determination",
            added=(),
        ),
        Topic(
            key="maintenance",
            title="Maintenance",
            drugs=frozenset({"lenalidomide"}),
            maintenance=True,
            regimen="r-maintenance",
            practice="maintenance",
            trial="calgb-100104",
        ),
    )
}

NEWEST_FIRST: dict[str, str] = {drug: key for key in ("drd", "krd", "ird", "vrd") for drug in TOPICS[key].added}
"""Chapter of a comparison by the drug in which its arms differ; the first that does counts."""


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
        if not (study.is_practice or study.is_trial):
            continue
        if study.setting.startswith("maintenance") != topic.maintenance:
            continue
        cohorts = (TreatedCohort(study, key, "practice" if study.is_practice else "trial") for key in study.arms)
        found += [cohort for cohort in cohorts if _belongs(topic, cohort)]
    return tuple(found)


def _belongs(topic: Topic, cohort: TreatedCohort) -> bool:
    drugs = drugs_of(cohort.study, cohort.arm)
    if topic.is_transplant and cohort.study.setting != "ndmm-te":
        return False
    return topic.drugs <= drugs <= topic.drugs | topic.partners
