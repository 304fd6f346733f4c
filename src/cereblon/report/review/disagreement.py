"""Where sources disagree, found by rules: recorded conflicts, trials that point apart, and the simulator."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from markupsafe import Markup

from cereblon.evidence import Fact, Study
from cereblon.report.document import Bullets, Paragraph, Section
from cereblon.report.review.comparisons import COUNTED, decides, earlier_differences
from cereblon.report.review.efficacy import hazard_ratios
from cereblon.report.review.naming import SETTINGS, arm_name, meaning_of, studies_of
from cereblon.report.review.predictions import TrialPrediction, shown_rows
from cereblon.report.review.traces import Traces
from cereblon.synthesis.real_world import NAMES, PracticeRow, TreatedCohort


def disagreement_section(
    cohorts: Sequence[TreatedCohort],
    practice: Sequence[PracticeRow],
    prediction: TrialPrediction | None,
    traces: Traces,
) -> Section:
    """List disagreements; silence when none is found is said to be silence.

    Parameters
    ----------
    cohorts
        Arms and cohorts of the chapter.
    practice
        Rows of trial against practice.
    prediction
        Of the simulator; None if nothing was simulated.
    traces
        Of the document.
    """
    trials = [cohort for cohort in cohorts if cohort.group == "trial"]
    items = [*_trials(trials, traces), *_cuts(trials, traces), *_survival(trials, traces)]
    items += [*_practice(cohorts, practice, traces), *_conflicts(cohorts, traces)]
    if prediction is not None:
        items += _simulator(prediction, traces)
    if not items:
        words = "We found no disagreement between the sources in our library; few trials here could disagree."
        return Section("Where sources disagree", [Paragraph(Markup("{}").format(words))])
    return Section("Where sources disagree", [Bullets(items)])


def _trials(cohorts: Sequence[TreatedCohort], traces: Traces) -> list[Markup]:
    """Find two trials of the same drugs on both sides whose intervals do not meet, or of which one alone decides."""
    ratios = [
        (study, fact)
        for study, fact in hazard_ratios(cohorts)
        if fact.interval and fact.interval.low and fact.interval.high and fact.versus
    ]
    found = []
    for (one, fact), (two, other) in combinations(ratios, 2):
        if one is two or fact.endpoint != other.endpoint or one.setting != two.setting:
            continue
        if _contents(one, fact) != _contents(two, other):
            continue
        apart = decides(fact) != decides(other)
        if apart:
            words = Markup(
                "{}, {}: {} ({}) found {} and {} ({}) found {}; only one of the two intervals excludes one."
            )
            found.append(
                words.format(
                    Markup("{}").format(SETTINGS[one.setting]),
                    COUNTED[fact.endpoint],
                    traces.name(one.name),
                    _arms(one, fact, traces),
                    traces.fact(one, fact),
                    traces.name(two.name),
                    _arms(two, other, traces),
                    traces.fact(two, other),
                )
            )
    return found


def _arms(study: Study, fact: Fact, traces: Traces) -> Markup:
    """Name the arms of a ratio in the order in which it was published."""
    first, second = arm_name(study, fact.arm, traces), arm_name(study, str(fact.versus), traces)
    return Markup("{} against {}").format(first, second)


def _contents(study: Study, fact: Fact) -> tuple[frozenset[str], frozenset[str]]:
    sides = (study.arms[fact.arm].drugs, study.arms[str(fact.versus)].drugs)
    first, second = (frozenset(drugs) - {"placebo"} for drugs in sides)
    return first, second


def _cuts(cohorts: Sequence[TreatedCohort], traces: Traces) -> list[Markup]:
    """Find a difference that an earlier cut of a trial showed and the last does not."""
    found = []
    for study, fact in hazard_ratios(cohorts):
        for other in earlier_differences(study, fact):
            words = Markup("{}, {}, {}: an earlier cut showed a difference, {}, that the last does not, {}.")
            found.append(
                words.format(
                    traces.name(study.name),
                    _arms(study, fact, traces),
                    COUNTED[fact.endpoint],
                    traces.fact(study, other),
                    traces.fact(study, fact),
                )
            )
    return found


def _survival(cohorts: Sequence[TreatedCohort], traces: Traces) -> list[Markup]:
    """Find trials in which progression was delayed and no difference in survival was shown."""
    ratios = [pair for pair in hazard_ratios(cohorts) if pair[1].interval is not None]
    found = []
    for study, fact in ratios:
        for other_study, other in ratios:
            same = other_study is study and (other.arm, other.versus) == (fact.arm, fact.versus)
            if same and fact.endpoint == "pfs_hr" and other.endpoint == "os_hr" and decides(fact):
                if decides(other):
                    continue
                words = Markup(
                    "{}, {}: the hazard ratio for progression or death, {}, shows a difference, that for death, {},"
                    " none."
                )
                found.append(
                    words.format(
                        traces.name(study.name),
                        _arms(study, fact, traces),
                        traces.fact(study, fact),
                        traces.fact(study, other),
                    )
                )
    return found


def _practice(cohorts: Sequence[TreatedCohort], rows: Sequence[PracticeRow], traces: Traces) -> list[Markup]:
    """Find figures of practice whose interval against the trial excludes equality; a bound of one does not count."""
    by_id = {cohort.study.id: cohort.study for cohort in cohorts}
    found = []
    for row in rows:
        low, high = row.compared_low, row.compared_high
        if low is None or high is None or row.is_least_width or row.study not in by_id:
            continue
        none = 1.0 if row.measure == "ratio" else 0.0
        if not low <= none <= high:
            words = Markup(
                "Routine care and trial, {}: {} reported {} and {} {}, further apart than sampling error alone"
                " explains."
            )
            other = next(one for one in rows if one.study == row.reference and one.endpoint == row.endpoint)
            found.append(
                words.format(
                    NAMES[row.endpoint],
                    traces.name(row.name),
                    traces.fact(by_id[row.study], row.fact),
                    traces.name(row.reference_name),
                    traces.fact(by_id[other.study], other.fact),
                )
            )
    return found


def _conflicts(cohorts: Sequence[TreatedCohort], traces: Traces) -> list[Markup]:
    """Give the conflicts that the study files record; their numbers are those of the file."""
    found = []
    for study in studies_of(cohorts):
        for number, text in enumerate(study.conflicts, start=1):
            key = f"conflict-{study.id}-{number}"
            how = f"recorded in the file of {study.name}"
            shown = traces.sentence(key, text, [], how, names=[study.name])
            found.append(Markup("{}: {}").format(traces.name(study.name), shown))
    return found


def _simulator(prediction: TrialPrediction, traces: Traces) -> list[Markup]:
    from cereblon.evidence import load_study

    study = load_study(prediction.study)
    outside = [row for _, row in shown_rows(prediction) if row.inside is False]
    if not outside:
        return []
    what = dict.fromkeys((meaning_of(row.endpoint), row.arm, row.versus) for row in outside)
    named = [
        Markup("{} ({})").format(
            traces.name(meaning),
            traces.name(prediction.arms.get(arm, arm))
            if not versus
            else traces.name(f"{prediction.arms.get(arm, arm)} v {prediction.arms.get(versus, versus)}"),
        )
        for meaning, arm, versus in what
    ]
    words = Markup("The simulator misses {} in: {}.")
    return [words.format(traces.name(study.name), Markup("; ").join(named))]
