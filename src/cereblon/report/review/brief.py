"""A chapter in brief: what its largest trials, routine care, adverse events and the simulator come to, by rules."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from cereblon.evidence import Fact, Study
from cereblon.report.document import Block, Bullets, Paragraph, Section
from cereblon.report.review.adverse_events import differing_events
from cereblon.report.review.efficacy import HAZARDS, hazard_ratios, hazard_sentence
from cereblon.report.review.naming import SETTINGS, arm_name, joined
from cereblon.report.review.predictions import TrialPrediction, describe_simulation, judged_rows
from cereblon.report.review.real_world import practice_sentences
from cereblon.report.review.traces import Traces
from cereblon.synthesis.real_world import PopulationRow, PracticeRow, TreatedCohort


def brief_section(
    studies: Sequence[Study],
    cohorts: Sequence[TreatedCohort],
    practice: Sequence[PracticeRow],
    people: Sequence[PopulationRow],
    prediction: TrialPrediction | None,
    regimen: str,
    traces: Traces,
) -> Section:
    """Sum a chapter up in a few sentences.

    For each setting the trial is shown that compares an arm of the treatment with an arm of fewer drugs, the largest
    of these; where there is none, the largest comparison. Ratios without an interval are left to the chapter.

    Parameters
    ----------
    studies
        The evidence.
    cohorts
        Arms and cohorts of the chapter.
    practice, people
        Rows of trial against practice.
    prediction
        Of the simulator; None if nothing was simulated.
    regimen
        Of `cereblon evidence practice`; empty if there is none.
    traces
        Of the document.
    """
    trials = [cohort for cohort in cohorts if cohort.group == "trial"]
    chosen = _chosen(trials)
    items = [
        Markup("{}. {}").format(SETTINGS[study.setting], hazard_sentence(study, fact, traces, with_earlier=False))
        for study, fact in chosen
    ]
    items += _harm(trials, chosen, traces)
    items += _practice(studies, practice, people, regimen, traces)
    if prediction is not None and judged_rows(prediction):
        judged = judged_rows(prediction)
        describe_simulation(prediction, traces)
        counted = traces.simulation(prediction.study, "verdict", f"{sum(judged)} of {len(judged)}")
        items.append(
            Markup("The simulator met {} published values of {}.").format(counted, traces.name(_name(prediction)))
        )
    if not items:
        return Section("In brief", [Paragraph(Markup("The evidence set holds too little to sum up."))])
    words = (
        "Of each setting the largest trial that printed an interval, of those whose other arm held fewer drugs where"
        " there are any. The chapter holds the other trials, and what limits these."
    )
    blocks: list[Block] = [Bullets(items), Paragraph(Markup("{}").format(words), tone="caution")]
    return Section("In brief", blocks)


def _name(prediction: TrialPrediction) -> str:
    from cereblon.evidence import load_study

    return load_study(prediction.study).name


def _sides(study: Study, fact: Fact, own: set[tuple[str, str]]) -> tuple[str, str]:
    """Give the arm of the chapter, the one that stands above the line if both are, and the other."""
    arm, versus = fact.arm, str(fact.versus)
    return (arm, versus) if (study.id, arm) in own else (versus, arm)


def _chosen(trials: Sequence[TreatedCohort]) -> list[tuple[Study, Fact]]:
    """Choose one comparison per setting and endpoint, in the order of settings and of endpoints."""
    own = {(cohort.study.id, cohort.arm) for cohort in trials}
    best: dict[tuple[str, str], tuple[tuple[bool, int], Study, Fact]] = {}
    for study, fact in hazard_ratios(trials):
        if fact.interval is None or fact.versus is None or fact.month is not None:
            continue
        sides = _sides(study, fact, own)
        drugs = [frozenset(study.arms[arm].drugs) - {"placebo"} for arm in sides]
        size = sum(study.patients(arm) or 0 for arm in sides)
        rank = (bool(drugs[1]) and drugs[1] < drugs[0], size)
        key = (study.setting, fact.endpoint)
        if key not in best or rank > best[key][0]:
            best[key] = (rank, study, fact)
    order = [(setting, endpoint) for setting in SETTINGS for endpoint in HAZARDS]
    return [best[key][1:] for key in order if key in best]


def _harm(trials: Sequence[TreatedCohort], chosen: Sequence[tuple[Study, Fact]], traces: Traces) -> list[Markup]:
    """Name the events that differed between the arms of the chosen comparisons."""
    own = {(cohort.study.id, cohort.arm) for cohort in trials}
    pairs = {(study.id, *_sides(study, fact, own)): study for study, fact in chosen}
    found = []
    for (_, first, second), study in pairs.items():
        parts = [
            Markup("{} often {}").format(word, joined([traces.name(event) for event in events]))
            for word, events in zip(("more", "less"), differing_events(study, first, second), strict=True)
            if events
        ]
        if parts:
            words = Markup("Adverse events in {}, {} against {}: {}.")
            arms = [arm_name(study, arm, traces) for arm in (first, second)]
            found.append(words.format(traces.name(study.name), *arms, joined(parts, "; ")))
    return found


def _practice(
    studies: Sequence[Study],
    practice: Sequence[PracticeRow],
    people: Sequence[PopulationRow],
    regimen: str,
    traces: Traces,
) -> list[Markup]:
    """Take the first sentence of each setting in which a figure of practice stands beside a trial."""
    by_id = {study.id: study for study in studies}
    found = []
    for setting in dict.fromkeys(row.setting for row in practice if row.compared is not None):
        here = [row for row in practice if row.setting == setting]
        own = [row for row in people if row.setting == setting]
        said = practice_sentences(here, own, regimen, setting, by_id, traces)[0]
        found.append(Markup("{}, practice. {}").format(SETTINGS[setting], said))
    return found or [Markup("No figure of practice in the evidence set can be set beside a trial.")]
