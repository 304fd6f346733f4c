"""Results of a regimen in trials and in practice, each cohort beside the largest trial arm of its setting."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from cereblon.evidence.library import latest_facts, published_facts
from cereblon.evidence.study import Fact, Study
from cereblon.synthesis.real_world.measures import Compared, Side, compare_medians, compare_rates
from cereblon.synthesis.real_world.regimens import DrugCombination, Group, TreatedCohort, find_cohorts
from cereblon.vocabulary.endpoints import vocabulary

MEDIANS: tuple[str, ...] = tuple(
    entry.name for entry in vocabulary().endpoints.values() if entry.in_practice and entry.kind == "time"
)
RATES: tuple[str, ...] = tuple(
    entry.name for entry in vocabulary().endpoints.values() if entry.in_practice and entry.kind == "percent"
)
ENDPOINTS: tuple[str, ...] = (*MEDIANS, *RATES)


@dataclass(frozen=True, kw_only=True, slots=True)
class PracticeRow:
    """One figure of one arm or cohort, and for practice what it is relative to the reference arm.

    Parameters
    ----------
    setting, endpoint, group, study, name, arm, label
        What was measured, where and in whom; `group` is trial or practice.
    value, low, high, level, unit
        As printed; `value` is None where a median was not reached.
    status
        reported, not_reached or below.
    n
        Patients behind the figure, if published.
    counted_from
        Start of the time, where it is not the start of treatment or randomisation.
    cut
        Data cut, if printed.
    reference
        Study whose arm the figure is compared with: the largest trial arm of the setting that has a value and was
        transplanted if and only if the cohort was.
    reference_name
        Its name.
    measure
        ratio (of medians) or difference (in percentage points); empty where nothing can be compared.
    compared, compared_low, compared_high
        Practice over, or minus, trial, with a 95% interval where one can be derived.
    method
        How the interval was derived.
    is_least_width
        Whether the interval is a bound: the true one is at least as wide.
    least, greatest
        The same against every such trial arm of the setting.
    why
        Why there is no comparison or no interval.
    fact, source, link, quality
        The fact, its reference, address and grade.
    """

    setting: str
    endpoint: str
    group: Group
    study: str
    name: str
    arm: str
    label: str
    value: float | None
    status: str
    low: float | None = None
    high: float | None = None
    level: float | None = None
    unit: str
    n: int | None
    counted_from: str | None = None
    cut: str | None = None
    reference: str = ""
    reference_name: str = ""
    measure: str = ""
    compared: float | None = None
    compared_low: float | None = None
    compared_high: float | None = None
    method: str = ""
    is_least_width: bool = False
    least: float | None = None
    greatest: float | None = None
    why: str = ""
    fact: Fact
    source: str
    link: str
    quality: str

    def as_row(self) -> dict[str, str | float | int | None]:
        """Give the row without the fact itself, for tables."""
        return {name: getattr(self, name) for name in COLUMNS}


COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(PracticeRow) if field.name != "fact")


def practice_rows(
    studies: Iterable[Study], regimen: DrugCombination, *, setting: str | None = None
) -> tuple[PracticeRow, ...]:
    """Set the results of a regimen in practice beside those of trials of the same setting.

    Only figures of whole arms at their last data cut are used; flagged facts are left out. Nothing is pooled.

    Parameters
    ----------
    studies
        From `load_all`.
    regimen
        From `find_regimen`.
    setting
        Keep one setting; None for all, each with its own reference.
    """
    cohorts = find_cohorts(studies, regimen, setting=setting)
    rows: list[PracticeRow] = []
    for place in dict.fromkeys(cohort.study.setting for cohort in cohorts):
        here = [cohort for cohort in cohorts if cohort.study.setting == place]
        for endpoint in ENDPOINTS:
            found = [(cohort, fact) for cohort in here if (fact := figure(cohort, endpoint)) is not None]
            trials = [(cohort, fact) for cohort, fact in found if cohort.group == "trial" and fact.value is not None]
            rows += [_row(cohort, fact, trials) for cohort, fact in found]
    return tuple(rows)


def not_used(studies: Iterable[Study], regimen: DrugCombination, *, setting: str | None = None) -> tuple[str, ...]:
    """Say which arms of the regimen, and which of their numbers, no row is made of, each with the reason."""
    told: list[str] = []
    for cohort in find_cohorts(studies, regimen, setting=setting):
        place = f"{cohort.study.id}, {cohort.arm}"
        if all(figure(cohort, endpoint) is None for endpoint in ENDPOINTS):
            told.append(f"{place}: has none of the figures that are compared, for the whole arm")
        told += [
            f"{place}, {fact.endpoint}: not used, because it is flagged: {fact.flag}"
            for fact in cohort.study.facts
            if fact.arm == cohort.arm and fact.endpoint in ENDPOINTS and fact.flag
        ]
    return tuple(told)


def figure(cohort: TreatedCohort, endpoint: str) -> Fact | None:
    """Choose the figure of an arm: last cut, no qualifier but the start of counting, the usual start first.

    Parameters
    ----------
    cohort
        The arm.
    endpoint
        A name of the vocabulary, in months or percent.

    Returns
    -------
        None if the study prints none.
    """
    facts = published_facts(cohort.study, endpoints=[endpoint], numbers_only=False)
    own = [
        fact
        for fact in latest_facts(cohort.study, facts)
        if fact.arm == cohort.arm
        and fact.unit in ("months", "percent")
        and not any((fact.phase, fact.at, fact.of, fact.feature, fact.drug, fact.month))
    ]
    # A later cut comes later in the file: take the last, among those counted from the usual start if there are any.
    usual = [fact for fact in own if fact.counted_from is None]
    chosen = usual or own
    return chosen[-1] if chosen else None


def _row(cohort: TreatedCohort, fact: Fact, trials: Sequence[tuple[TreatedCohort, Fact]]) -> PracticeRow:
    study, interval, source = cohort.study, fact.interval, cohort.study.source_of(fact)
    similar = [pair for pair in trials if pair[0].is_transplanted == cohort.is_transplanted]
    reference = max(similar, key=lambda pair: pair[0].patients or 0, default=None)
    if cohort.group == "trial":
        compared = Compared()
    elif fact.value is None:
        compared = Compared(why="no number in practice: the median was not reached")
    elif reference is None:
        compared = Compared(why=_no_reference(cohort, trials))
    else:
        is_median = fact.endpoint in MEDIANS
        against = Side(reference[1], patients_behind(reference[0], fact.endpoint), events(*reference))
        own = Side(fact, patients_behind(cohort, fact.endpoint), events(cohort, fact))
        others = [other for _, other in similar]
        compared = compare_medians(own, against, others) if is_median else compare_rates(own, against, others)
    is_compared = reference is not None and compared.value is not None
    return PracticeRow(
        setting=study.setting,
        endpoint=fact.endpoint,
        group=cohort.group,
        study=study.id,
        name=study.name,
        arm=cohort.arm,
        label=cohort.label,
        value=fact.value,
        status=fact.reading,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        level=interval.level if interval else None,
        unit=fact.unit,
        n=patients_behind(cohort, fact.endpoint),
        counted_from=fact.counted_from,
        cut=fact.cut,
        reference=reference[0].study.id if reference and is_compared else "",
        reference_name=reference[0].study.name if reference and is_compared else "",
        measure=compared.measure,
        compared=compared.value,
        compared_low=compared.low,
        compared_high=compared.high,
        method=compared.method,
        is_least_width=compared.is_least_width,
        least=compared.least,
        greatest=compared.greatest,
        why=compared.why,
        fact=fact,
        source=source.reference,
        link=source.link,
        quality=source.quality,
    )


def _no_reference(cohort: TreatedCohort, trials: Sequence[tuple[TreatedCohort, Fact]]) -> str:
    if not trials:
        return "no trial of this regimen in this setting reports it"
    state = "with" if cohort.is_transplanted else "without"
    return f"no trial of this regimen {state} transplantation in this setting reports it"


def patients_behind(cohort: TreatedCohort, endpoint: str) -> int | None:
    """Give the patients behind a figure: those evaluable for response where printed, else the arm."""
    if endpoint in RATES:
        for fact in cohort.study.facts:
            if fact.arm == cohort.arm and fact.endpoint == "n_evaluable" and fact.subgroup is None and fact.value:
                return int(fact.value)
    return cohort.patients


def events(cohort: TreatedCohort, fact: Fact) -> float | None:
    """Give the events behind a median where the study prints them for the same cut; None otherwise."""
    wanted = {"pfs_median": "pfs_events", "os_median": "deaths_total"}.get(fact.endpoint)
    for other in cohort.study.facts:
        whole = other.arm == cohort.arm and other.subgroup is None and other.population is None
        if other.endpoint == wanted and whole and other.cut == fact.cut and other.value:
            size = cohort.patients
            if other.unit == "patients":
                return other.value
            return other.value / 100 * size if size else None
    return None
