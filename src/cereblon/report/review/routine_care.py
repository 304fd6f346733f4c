"""The chapter on routine care: how far what was reached there lies from the trials, and whom it was given to."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from cereblon.evidence import Study
from cereblon.report.document import Block, Bullets, Figure, Paragraph, Section
from cereblon.report.points import point_lines, points_chart
from cereblon.report.review.naming import SETTINGS, joined
from cereblon.report.review.real_world import real_world_section
from cereblon.report.review.topics import TOPICS
from cereblon.report.review.traces import Traces
from cereblon.synthesis.real_world import (
    NAMES,
    DrugCombination,
    PracticeRow,
    find_regimen,
    population_rows,
    practice_rows,
)

_MEDIANS = ("pfs_median", "os_median")


def routine_care_chapter(studies: Sequence[Study], traces: Traces) -> Section:
    """Write the chapter: one sentence for each regimen, one picture, and the details of each behind a fold."""
    regimens = [find_regimen(topic.practice) for topic in TOPICS.values() if topic.practice]
    found = {regimen.key: practice_rows(studies, regimen) for regimen in regimens}
    compared = [row for rows in found.values() for row in rows if row.compared is not None]
    opening = [_opening(compared, traces), _population_words(studies, regimens, traces)]
    blocks: list[Block] = [Paragraph(joined(opening, " "))]
    chart_rows = [row for row in compared if row.measure == "ratio"]
    if chart_rows:
        caption = Markup(
            "Medians in routine care, as a multiple of those of the largest comparable trial arm; below one is"
            " shorter."
        )
        points = [_point(row) for row in chart_rows]
        blocks.append(Figure(points_chart(points, has_legend=False), caption, lines=point_lines(points)))
    told = (_regimen_words(regimen, found[regimen.key], studies, traces) for regimen in regimens)
    blocks.append(Bullets([words for words in told if words]))
    folds = [
        Section(
            f"{topic.title.rstrip('?')}: every figure",
            real_world_section(studies, topic.practice, traces).blocks,
            folded=True,
        )
        for topic in TOPICS.values()
        if topic.practice
    ]
    return Section("Routine care against trials", [*blocks, *folds], key="practice")


def _opening(compared: Sequence[PracticeRow], traces: Traces) -> Markup:
    medians = [row for row in compared if row.measure == "ratio"]
    shorter = sum((row.compared or 1.0) < 1.0 for row in medians)
    key = "practice-medians-shorter"
    counted = traces.computation(
        key,
        f"{shorter} of {len(medians)}",
        [],
        "medians of routine care over those of the largest comparable trial arm",
    )
    return Markup(
        "Times to progression and death are mostly shorter in routine care than in trials: {} medians lie below that"
        " of the largest comparable trial arm. Patients, doses and follow-up differ and nobody was randomised between"
        " the two, so the gap measures no effect of a drug."
    ).format(counted)


def _regimen_words(
    regimen: DrugCombination, rows: Sequence[PracticeRow], studies: Sequence[Study], traces: Traces
) -> Markup:
    by_id = {study.id: study for study in studies}
    parts: list[Markup] = []
    named: set[str] = set()
    for setting in dict.fromkeys(row.setting for row in rows):
        for endpoint in _MEDIANS:
            here = [row for row in rows if row.setting == setting and row.endpoint == endpoint]
            own = sorted(
                (row for row in here if row.group == "practice" and row.value is not None and row.reference),
                key=lambda row: row.value or 0.0,
            )
            if not own:
                continue
            other = next(row for row in here if row.study == own[0].reference and row.value is not None)
            ends = [traces.fact(by_id[row.study], row.fact, f"{row.value:g}") for row in (own[0], own[-1])]
            span = ends[0] if len(own) == 1 else Markup("{} to {}").format(*ends)
            parts.append(
                Markup("{}{} {} months in {} against {} in {}").format(
                    "" if setting in named else f"{SETTINGS[setting].lower()}, ",
                    NAMES[endpoint],
                    span,
                    _cohorts(own, regimen.key, setting, endpoint, traces),
                    traces.fact(by_id[other.study], other.fact, f"{other.value:g}"),
                    traces.name(other.name.split(" (")[0]),
                )
            )
            named.add(setting)
    if not parts:
        return Markup("")
    return Markup("<strong>{}</strong>: {}.").format(
        traces.name(regimen.name[0].upper() + regimen.name[1:]), joined(parts, "; ")
    )


def _cohorts(rows: Sequence[PracticeRow], regimen: str, setting: str, endpoint: str, traces: Traces) -> Markup:
    if len(rows) == 1:
        return Markup("one cohort ({})").format(traces.name(rows[0].name.split(" (")[0]))
    counted = traces.computation(f"cohorts-{regimen}-{setting}-{endpoint}", f"{len(rows)}", [], "cohorts counted")
    return Markup("{} cohorts").format(counted)


def _population_words(studies: Sequence[Study], regimens: Sequence[DrugCombination], traces: Traces) -> Markup:
    """Say how old patients were in trials and in routine care."""
    by_id = {study.id: study for study in studies}
    ages: dict[str, list[tuple[float, Markup]]] = {"trial": [], "practice": []}
    for regimen in regimens:
        for row in population_rows(studies, regimen):
            if row.endpoint == "baseline_age_median" and row.fact.value is not None:
                shown = traces.fact(by_id[row.study], row.fact, f"{row.fact.value:g}")
                ages[row.group].append((row.fact.value, shown))
    if not ages["trial"] or not ages["practice"]:
        return Markup("No cohort in our library reported the age of its patients.")
    spans = [(min(found, key=_first)[1], max(found, key=_first)[1]) for found in (ages["practice"], ages["trial"])]
    return Markup("Median ages were {} to {} years in routine care and {} to {} in trials.").format(
        *spans[0], *spans[1]
    )


def _first(pair: tuple[float, Markup]) -> float:
    return pair[0]


def _point(row: PracticeRow) -> dict[str, object]:
    return {
        "panel": f"{NAMES[row.endpoint]}, routine care over trial",
        "label": f"{row.name.split(' (')[0]}: {row.label}",
        "group": "practice",
        "value": row.compared,
        "low": row.compared_low,
        "high": row.compared_high,
        "unit": "ratio",
        "words": f"{row.compared:.2f} of {row.reference_name.split(' (')[0]}",
    }
