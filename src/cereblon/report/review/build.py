"""Putting the review together: which chapters, in which order, from which evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from markupsafe import Markup

from cereblon.evidence import Study, load_all
from cereblon.report.document import Paragraph, Section
from cereblon.report.review.answer import answer_blocks, certainty_section, setting_section
from cereblon.report.review.beside import beside_figure, simulator_sentence
from cereblon.report.review.comparisons import ComparedArms, comparisons_of
from cereblon.report.review.disagreement import disagreement_section
from cereblon.report.review.document import WrittenReview
from cereblon.report.review.efficacy import efficacy_section
from cereblon.report.review.held_out import held_out_sentence
from cereblon.report.review.predictions import (
    REPLICATES,
    TrialPrediction,
    prediction_section,
    predictions_for,
)
from cereblon.report.review.routine_care import routine_care_chapter
from cereblon.report.review.safety import safety_chapter
from cereblon.report.review.schedule import adjustment_section, schedule_section
from cereblon.report.review.summary import summary_section
from cereblon.report.review.topics import TOPICS, Topic, cohorts_of, find_topic
from cereblon.report.review.traces import Traces
from cereblon.report.review.unknown import unknown_chapter
from cereblon.report.review.without_ratio import sentences_without_ratio
from cereblon.synthesis.real_world import find_regimen, practice_rows


def build_review(
    *,
    regimen: str | None = None,
    studies: Sequence[Study] | None = None,
    runs: Sequence[Path] = (),
    simulate: bool = True,
    replicates: int = REPLICATES,
    seed: int | None = None,
    shipped: bool = True,
    report: Callable[[str], None] | None = None,
) -> WrittenReview:
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
        Simulate the trials that neither a run folder nor the package gives; without, their sections say that nothing
        was simulated.
    replicates, seed, report
        As for `simulate_trials`.
    shipped
        As for `predictions_for`.

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
        shipped=shipped,
        report=report,
    )
    traces = Traces()
    opening = [_opening(evidence, traces)]
    comparisons = {topic.key: comparisons_of(topic, evidence) for topic in topics}
    chapters = [treatment_chapter(topic, evidence, comparisons[topic.key], predictions, traces) for topic in topics]
    if regimen is None:
        every = [one for found in comparisons.values() for one in found]
        besides = {
            key: sentences_without_ratio(TOPICS[key], evidence, found, traces) for key, found in comparisons.items()
        }
        chapters = [
            summary_section(comparisons, besides, traces),
            *_introduction(evidence, traces, report),
            *chapters,
            safety_chapter(evidence, every, traces),
            routine_care_chapter(evidence, traces),
            unknown_chapter(evidence, traces),
        ]
    title = "Lenalidomide in multiple myeloma: a living review"
    if regimen is not None:
        title = f"{topics[0].title}: a chapter of the living review of lenalidomide"
    return WrittenReview(title=title, opening=opening, chapters=chapters, traces=traces)


def _introduction(studies: Sequence[Study], traces: Traces, report: Callable[[str], None] | None) -> list[Section]:
    from cereblon.report.review.kinetics import kinetics_chapter
    from cereblon.report.review.mechanism import mechanism_chapter

    if report:
        report("solving the mechanism and the pharmacokinetics")
    return [mechanism_chapter(traces), kinetics_chapter(studies, traces)]


def treatment_chapter(
    topic: Topic,
    studies: Sequence[Study],
    comparisons: Sequence[ComparedArms],
    predictions: Mapping[str, TrialPrediction],
    traces: Traces,
) -> Section:
    """Write the chapter of one treatment: the answer, one picture, and all details behind folds.

    Parameters
    ----------
    topic
        From `find_topic`.
    studies
        The evidence.
    comparisons
        Of the chapter.
    predictions
        By study.
    traces
        Of the document.
    """
    cohorts = cohorts_of(topic, studies)
    prediction = predictions.get(topic.trial)
    practice = practice_rows(studies, find_regimen(topic.practice)) if topic.practice else ()
    beside = beside_figure(comparisons, cohorts, prediction)
    held_out = held_out_sentence(topic.key, traces)
    besides = sentences_without_ratio(topic, studies, comparisons, traces)
    answer = answer_blocks(comparisons, traces, besides=besides)
    told = " ".join(block.words for block in answer if isinstance(block, Paragraph))
    folds = [
        *([settings] if (settings := setting_section(comparisons, told, traces)).blocks else []),
        certainty_section(comparisons, traces),
        efficacy_section(cohorts, traces),
        schedule_section(topic, traces),
        adjustment_section(topic, traces),
        prediction_section(prediction, topic.trial, traces),
        disagreement_section(cohorts, practice, prediction, traces),
    ]
    return Section(
        topic.title,
        [
            *answer,
            *([beside] if beside else []),
            *([Paragraph(words)] if (words := simulator_sentence(prediction, comparisons, traces)) else []),
            *([Paragraph(held_out)] if held_out else []),
            *(replace(fold, folded=True) for fold in folds),
        ],
        key=topic.key,
    )


def _opening(studies: Sequence[Study], traces: Traces) -> Markup:
    facts = sum(len(study.facts) for study in studies)
    words = (
        f"What is published about lenalidomide, from {facts} numbers of {len(studies)} studies. Each chapter answers"
        " in a few sentences; tables and reasons open on a click. Sentences are written by rules from the numbers,"
        " so the text changes with the evidence. Nothing is pooled, and what our library lacks may still be"
        " published."
    )
    return traces.sentence("evidence-set", words, [], "counted in the evidence set of this version")
