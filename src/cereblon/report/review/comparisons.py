"""Which published comparison belongs to which chapter, and which arm of it was given the treatment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from cereblon.evidence import Fact, Study, latest_facts, published_facts
from cereblon.evidence.wording import value_text
from cereblon.report.review.naming import SETTINGS, drugs_of
from cereblon.report.review.topics import NEWEST_FIRST, Topic
from cereblon.synthesis.real_world import TreatedCohort
from cereblon.vocabulary.endpoints import headline_endpoints, vocabulary

COUNTED: dict[str, str] = {name: vocabulary().endpoints[name].counted for name in headline_endpoints("comparison")}
"""Hazard ratios that the review reads, and what each counts."""


@dataclass(frozen=True, slots=True)
class ComparedArms:
    """A hazard ratio of two whole arms of `last_ratios`, with the arm that was given the treatment first."""

    study: Study
    fact: Fact
    treated: str
    control: str
    added: tuple[str, ...] = ("lenalidomide",)

    @property
    def is_turned(self) -> bool:
        """Whether the ratio was published as control over treatment."""
        return self.fact.arm == self.control

    @property
    def shows(self) -> str:
        """What its interval carries for the treatment: better, worse, unclear, or bare where there is none."""
        if self.ends is None:
            return "bare"
        low, high = self.ends
        if low <= 1.0 <= high:
            return "unclear"
        return "better" if high < 1.0 else "worse"

    @property
    def value(self) -> float | None:
        """The ratio of treatment over control."""
        published = self.fact.value
        return 1 / published if published and self.is_turned else published

    @property
    def ends(self) -> tuple[float, float] | None:
        """The interval of treatment over control; None where an end was not published."""
        interval = self.fact.interval
        if interval is None or not interval.low or not interval.high:
            return None
        return (1 / interval.high, 1 / interval.low) if self.is_turned else (interval.low, interval.high)

    @property
    def words(self) -> str:
        """The ratio of treatment over control with its interval, or with its p value where it has none."""
        fact = self.fact
        if not self.is_turned or self.value is None:
            return value_text(replace(fact, p=None) if fact.interval is not None else fact)
        if fact.interval is None or self.ends is None:
            return f"{self.value:.2f}"
        return f"{self.value:.2f} ({100 * fact.interval.level:.4g}% {self.ends[0]:.2f}-{self.ends[1]:.2f})"

    @property
    def patients(self) -> int:
        """Patients of both arms, as far as published."""
        return sum(self.study.patients(arm) or 0 for arm in (self.treated, self.control))

    @property
    def drugs(self) -> tuple[frozenset[str], frozenset[str]]:
        """Drugs of both arms, without placebo."""
        return drugs_of(self.study, self.treated), drugs_of(self.study, self.control)

    @property
    def place(self) -> int:
        """Place in `added` of the drug that one arm had alone; 0 where only the duration differs, else the last."""
        first, second = self.drugs
        places = [place for place, drug in enumerate(self.added) if drug in first ^ second]
        return min(places, default=len(self.added) if first ^ second else 0)

    @property
    def is_of_another_drug(self) -> bool:
        """Whether it is about a drug that the chapter tells beside its first one."""
        return 0 < self.place < len(self.added)

    @property
    def chapter(self) -> str:
        """The chapter it belongs to: by setting, transplantation, then the newest drug that differs; maybe none."""
        first, second = self.drugs
        transplanted = [_is_transplanted(self, arm) for arm in (self.treated, self.control)]
        alone = all(_ends_in_maintenance(self.study, arm) for arm in (self.treated, self.control))
        if self.study.setting.startswith("maintenance") or (alone and not any(transplanted)):
            return "maintenance"
        if transplanted[0] != transplanted[1]:
            return "transplant"
        is_of_lenalidomide = "lenalidomide" in first | second
        for drugs in (first ^ second, first & second if is_of_lenalidomide else frozenset[str]()):
            for drug, chapter in NEWEST_FIRST.items():
                if drug in drugs:
                    return chapter
        if not is_of_lenalidomide:
            return ""
        return "rd" if "dexamethasone" in first | second else "maintenance"

    @property
    def is_of_individual_patients(self) -> bool:
        """Whether the individual patients of several randomised trials were analysed together."""
        return "individual patient data" in (self.study.design or "")

    @property
    def differing(self) -> int:
        """Number of things in which the arms differ: drugs, and transplantation."""
        first, second = self.drugs
        steroids = {"dexamethasone", "prednisone"}
        differ = (first ^ second) - {"melphalan"} - (steroids if first & steroids and second & steroids else set())
        melphalan = ("melphalan" in first) != ("melphalan" in second)
        return len(differ) + (
            melphalan or _is_transplanted(self, self.treated) != _is_transplanted(self, self.control)
        )


def comparisons_of(topic: Topic, studies: Iterable[Study]) -> tuple[ComparedArms, ...]:
    """Give the comparisons of a chapter, those of the main endpoint first, in the order of the studies."""
    found = []
    for study in studies:
        if study.kind not in ("randomised", "meta-analysis") or study.setting == "mds-or-other":
            continue
        for fact in last_ratios(study):
            if fact.versus is None or fact.month is not None:
                continue
            compared = ComparedArms(study, fact, fact.arm, fact.versus)
            if compared.chapter == topic.key:
                found.append(_turned(compared, topic))
    return tuple(sorted(found, key=lambda one: list(COUNTED).index(one.fact.endpoint)))


def last_ratios(study: Study) -> tuple[Fact, ...]:
    """Give each hazard ratio of a study at the last cut that gave an interval, or at the last where none did."""
    facts = published_facts(study, endpoints=list(COUNTED))
    sure = {fact.quantity for fact in facts if fact.interval is not None}
    return latest_facts(study, [fact for fact in facts if fact.interval is not None or fact.quantity not in sure])


def decides(fact: Fact) -> bool:
    """Tell whether the interval of a ratio excludes one."""
    interval = fact.interval
    return interval is not None and ((interval.high or 2) < 1 or (interval.low or 0) > 1)


def earlier_differences(study: Study, fact: Fact) -> list[Fact]:
    """Find differences that earlier cuts of a trial showed, where the interval of this ratio includes one."""
    if fact.interval is None or decides(fact):
        return []
    return [
        other
        for other in published_facts(study, endpoints=[fact.endpoint])
        if other is not fact
        and other.quantity == fact.quantity
        and (decides(other) or (other.p is not None and (other.p.number or 1) < 0.05))
    ]


def leading(comparisons: Sequence[ComparedArms]) -> list[ComparedArms]:
    """Choose one comparison for each setting: of progression, randomised, arms that differ in one thing, the largest.

    One arm at least was given lenalidomide. Of trials of induction and maintenance, maintenance alone is compared
    before both together. Where a setting has only ratios without interval, or only ratios of death, the best of these
    stands for it.
    """
    best: dict[str, tuple[tuple[bool | int, ...], ComparedArms]] = {}
    for one in comparisons:
        if not any("lenalidomide" in drugs for drugs in one.drugs):
            continue
        rank = (
            one.fact.endpoint == "pfs_hr",
            one.study.kind == "randomised" or one.is_of_individual_patients,
            one.differing <= 1,
            -one.place,
            one.chapter != "maintenance" or one.study.setting.startswith("maintenance") or one.differing == 0,
            one.shows != "bare",
            one.is_of_individual_patients,
            one.patients,
        )
        setting = one.study.setting
        if setting not in best or rank > best[setting][0]:
            best[setting] = (rank, one)
    return sorted((one for _, one in best.values() if not one.is_of_another_drug), key=_setting_order)


def _setting_order(one: ComparedArms) -> tuple[bool, int]:
    """Put settings of maintenance first, which only the chapter on maintenance has."""
    setting = one.study.setting
    return not setting.startswith("maintenance"), list(SETTINGS).index(setting)


def _is_transplanted(one: ComparedArms, arm: str) -> bool:
    return TreatedCohort(one.study, arm, "trial").is_transplanted


def _ends_in_maintenance(study: Study, arm: str) -> bool:
    """Tell whether an arm is a maintenance of its own, by its phases or its label."""
    phases = {phase.phase for phase in study.arms[arm].regimen if phase.drugs}
    return phases == {"maintenance"} or "maintenance" in study.arms[arm].label.lower()


def _turned(one: ComparedArms, topic: Topic) -> ComparedArms:
    """Put the arm that was given the treatment of the chapter first."""
    first, second = one.drugs
    if topic.is_transplant:
        is_turned = _is_transplanted(one, one.control)
    else:
        is_turned = any(drug in second - first for drug in topic.added)
    arms = (one.control, one.treated) if is_turned else (one.treated, one.control)
    return ComparedArms(one.study, one.fact, *arms, topic.added)
