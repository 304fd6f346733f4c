"""Putting the review together: which chapters, in which order, from which evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from markupsafe import Markup

from cereblon.evidence import Study, load_all
from cereblon.report.document import Section
from cereblon.report.review.adverse_events import adverse_event_section
from cereblon.report.review.brief import brief_section
from cereblon.report.review.disagreement import disagreement_section
from cereblon.report.review.document import ReviewContents
from cereblon.report.review.efficacy import efficacy_section
from cereblon.report.review.predictions import REPLICATES, TrialPrediction, prediction_section, predictions_for
from cereblon.report.review.real_world import real_world_section
from cereblon.report.review.schedule import adjustment_section, schedule_section
from cereblon.report.review.topics import TOPICS, Topic, cohorts_of, find_topic
from cereblon.report.review.traces import Traces
from cereblon.report.review.unknown import unknown_section
from cereblon.synthesis.real_world import find_regimen, population_rows, practice_rows


def build_review(
    *,
    regimen: str | None = None,
    studies: Sequence[Study] | None = None,
    runs: Sequence[Path] = (),
    simulate: bool = True,
    replicates: int = REPLICATES,
    seed: int | None = None,
    report: Callable[[str], None] | None = None,
) -> ReviewContents:
    """Build the review, or one chapter of it, from the evidence as it is now.

    Parameters
    ----------
    regimen
        Key of a topic for one chapter; None for the whole review.
    studies
        The evidence; that of the package if None.
    runs
        Run folders of `cereblon compare`, whose predictions are used.
    simulate
        Simulate the trials that no run folder gives; without, their sections say that nothing was simulated.
    replicates, seed, report
        As for `simulate_trials`.

    Raises
    ------
    CereblonError
        If a name is unknown, or a trial cannot be simulated.
    """
    evidence = load_all() if studies is None else tuple(studies)
    topics = [find_topic(regimen)] if regimen else list(TOPICS.values())
    predictions = predictions_for(
        [topic.trial for topic in topics],
        runs=runs,
        simulate=simulate,
        replicates=replicates,
        seed=seed,
        report=report,
    )
    traces = Traces()
    opening = [_opening(evidence, traces)]
    chapters: list[Section] = []
    if regimen is None:
        chapters += _introduction(evidence, traces, report)
    chapters += [treatment_chapter(topic, evidence, predictions, traces) for topic in topics]
    title = "Lenalidomide in multiple myeloma: a living review"
    if regimen is not None:
        title = f"{topics[0].title}: a chapter of the living review of lenalidomide"
    return ReviewContents(title=title, opening=opening, chapters=chapters, traces=traces)


def _introduction(studies: Sequence[Study], traces: Traces, report: Callable[[str], None] | None) -> list[Section]:
    from cereblon.report.review.kinetics import kinetics_chapter
    from cereblon.report.review.mechanism import mechanism_chapter

    if report:
        report("solving the mechanism and the pharmacokinetics")
    return [mechanism_chapter(traces), kinetics_chapter(studies, traces)]


def treatment_chapter(
    topic: Topic, studies: Sequence[Study], predictions: Mapping[str, TrialPrediction], traces: Traces
) -> Section:
    """Write the chapter of one treatment.

    Parameters
    ----------
    topic
        From `find_topic`.
    studies
        The evidence.
    predictions
        By study.
    traces
        Of the document.
    """
    cohorts = cohorts_of(topic, studies)
    prediction = predictions.get(topic.trial)
    regimen = find_regimen(topic.practice) if topic.practice else None
    practice = practice_rows(studies, regimen) if regimen else ()
    people = population_rows(studies, regimen) if regimen else ()
    return Section(
        topic.title,
        [
            brief_section(studies, cohorts, practice, people, prediction, topic.practice, traces),
            schedule_section(topic, traces),
            efficacy_section(cohorts, traces),
            real_world_section(studies, topic.practice, traces),
            adverse_event_section(cohorts, traces),
            adjustment_section(topic, traces),
            prediction_section(prediction, topic.trial, traces),
            disagreement_section(cohorts, practice, prediction, traces),
            unknown_section(cohorts, traces),
        ],
        key=topic.key,
    )


def _opening(studies: Sequence[Study], traces: Traces) -> Markup:
    facts = sum(len(study.facts) for study in studies)
    words = (
        f"This document is made anew from {facts} published numbers of {len(studies)} studies. Its sentences are"
        " written by rules from these numbers: when the evidence changes, the text changes. It claims no more than"
        " the printed intervals carry, it pools nothing, and a number that was not printed is missing."
    )
    return traces.sentence("evidence-set", words, [], "counted in the evidence set of this version")
