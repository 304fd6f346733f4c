"""What practice found, beside the trials of the same setting."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from cereblon.evidence import Study
from cereblon.evidence.wording import value_text
from cereblon.report.document import Block, Bullets, Figure, Paragraph, Section, Table
from cereblon.report.points import point_lines, points_chart
from cereblon.report.review.document import WrittenReview
from cereblon.report.review.naming import SETTINGS, meaning_of
from cereblon.report.review.traces import Traces
from cereblon.report.style import Composed
from cereblon.synthesis.real_world import (
    CAUTIONS,
    NAMES,
    DrugCombination,
    PopulationRow,
    PracticeRow,
    compared_words,
    find_regimen,
    population_rows,
    practice_rows,
    readings,
)


def real_world_section(studies: Sequence[Study], regimen: str, traces: Traces) -> Section:
    """Write trial against practice for a regimen of `cereblon evidence practice`; empty for one without."""
    if not regimen:
        return Section(
            "Results in routine care", [Paragraph(Markup("Our library has no cohort of routine care of this kind."))]
        )
    blocks: list[Block] = []
    found = find_regimen(regimen)
    rows, people = practice_rows(studies, found), population_rows(studies, found)
    by_id = {study.id: study for study in studies}
    for setting in dict.fromkeys(row.setting for row in rows if row.group == "practice"):
        here = [row for row in rows if row.setting == setting]
        blocks += _setting(here, [row for row in people if row.setting == setting], regimen, setting, by_id, traces)
    if not blocks:
        return Section("Results in routine care", [Paragraph(Markup("Our library has no result from routine care."))])
    blocks.append(Bullets([Markup("{}").format(text) for text in CAUTIONS]))
    return Section("Results in routine care", blocks)


def _setting(
    rows: Sequence[PracticeRow],
    people: Sequence[PopulationRow],
    regimen: str,
    setting: str,
    studies: dict[str, Study],
    traces: Traces,
) -> list[Block]:
    sentences = practice_sentences(rows, people, regimen, setting, studies, traces)
    blocks: list[Block] = [
        Bullets(sentences),
        *_pictures(rows, SETTINGS[setting]),
        _table(rows, regimen, studies, traces),
    ]
    if people:
        blocks.append(_people(people, studies, traces))
    return blocks


def practice_sentences(
    rows: Sequence[PracticeRow],
    people: Sequence[PopulationRow],
    regimen: str,
    setting: str,
    studies: dict[str, Study],
    traces: Traces,
) -> list[Markup]:
    """Write what `readings` says of one setting, each number a link to how it was computed.

    Parameters
    ----------
    rows, people
        Of the setting.
    regimen
        Key of the regimen.
    setting
        Which.
    studies
        By id.
    traces
        Of the document.
    """
    compared = [name for name in NAMES if any(row.endpoint == name and row.compared is not None for row in rows)]
    facts = [[(studies[row.study], row.fact) for row in rows if row.endpoint == name] for name in compared]
    names = [row.reference_name for row in rows]
    return [
        traces.sentence(
            f"practice-{regimen}-{setting}-{number}",
            text,
            facts[number - 1] if number <= len(facts) else [],
            "practice over (or minus) the largest comparable trial arm; see `cereblon evidence practice`",
            names=names,
        )
        for number, text in enumerate(readings(rows, people, setting), start=1)
    ]


def _pictures(rows: Sequence[PracticeRow], setting: str) -> list[Figure]:
    """Draw one picture per endpoint, so that a printed page can break between them."""
    endpoints = list(dict.fromkeys(row.endpoint for row in rows))
    return [
        Figure(
            practice_chart([row for row in rows if row.endpoint == endpoint], has_legend=endpoint == endpoints[0]),
            Markup("{}: {}, published results of trials and of routine care.").format(setting, NAMES[endpoint]),
            "Figures of trials and practice, listed in the table below",
            lines=point_lines(_points([row for row in rows if row.endpoint == endpoint])),
        )
        for endpoint in endpoints
    ]


def written_practice(studies: Sequence[Study], regimen: DrugCombination) -> WrittenReview:
    """Give trial against practice of one regimen as a review of its own."""
    traces = Traces()
    section = real_world_section(studies, regimen.key, traces)
    chapter = Section(f"{regimen.name[0].upper()}{regimen.name[1:]}", [section], key=regimen.key)
    return WrittenReview(title="Routine care against trials", opening=(), chapters=[chapter], traces=traces)


def practice_chart(rows: Sequence[PracticeRow], *, with_setting: bool = False, has_legend: bool = True) -> Composed:
    """Draw the figures of a regimen, trials above practice; with the setting in the headings if there are several."""
    return points_chart(_points(rows, with_setting=with_setting), has_legend=has_legend)


def _points(rows: Sequence[PracticeRow], *, with_setting: bool = False) -> list[dict[str, object]]:
    return [
        {
            "panel": f"{SETTINGS[row.setting]}: {NAMES[row.endpoint]}" if with_setting else NAMES[row.endpoint],
            "label": f"{row.name.split(' (')[0]}: {row.label}",
            "group": row.group,
            "value": row.value,
            "low": row.low,
            "high": row.high,
            "unit": row.unit,
            "words": chart_words(row),
        }
        for row in rows
    ]


def chart_words(row: PracticeRow) -> str:
    """Write a figure, and what it is relative to the trial, as the picture and tables show it."""
    words = value_text(row.fact).replace(" mo", "")
    return f"{words}  ·  {compared_words(row)}" if row.compared is not None else words


def _table(rows: Sequence[PracticeRow], regimen: str, studies: dict[str, Study], traces: Traces) -> Table:
    cells = []
    for row in rows:
        study = studies[row.study]
        compared = Markup("")
        if row.compared is not None:
            other = next(r for r in rows if r.study == row.reference and r.endpoint == row.endpoint and r.value)
            compared = traces.computation(
                f"{regimen}-{row.endpoint}-{row.study}-{row.arm}",
                compared_words(row),
                [(study, row.fact), (studies[other.study], other.fact)],
                f"{row.measure} of practice to trial; {row.method or row.why}",
            )
        elif row.group == "practice":
            compared = Markup("{}").format(row.why)
        cells.append(
            [
                Markup("{}").format(NAMES[row.endpoint]),
                Markup("{}").format(row.group),
                traces.name(row.name),
                traces.name(row.label),
                traces.fact(study, row.fact),
                compared,
            ]
        )
    return Table(["what", "where", "study", "arm", "published", "against the largest trial arm"], cells)


def _people(rows: Sequence[PopulationRow], studies: dict[str, Study], traces: Traces) -> Table:
    cells = [
        [
            traces.name(meaning_of(row.endpoint)),
            Markup("{}").format(row.group),
            traces.name(row.name),
            Markup("the whole study") if row.whole else traces.name(studies[row.study].arms[row.arm].label),
            traces.fact(studies[row.study], row.fact),
        ]
        for row in rows
    ]
    return Table(
        ["trait", "where", "study", "arm", "published"], cells, Markup("Who was treated, as far as published.")
    )
