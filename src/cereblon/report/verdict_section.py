"""The verdict: how many published values lie inside the prediction intervals, and which."""

from __future__ import annotations

from cereblon.core.rows import Row, Rows, interval, number, text, truth
from cereblon.report import wording
from cereblon.report.answers import few_trials, inside_of, of_all
from cereblon.report.document import Block, Bullets, Figure, Paragraph, Said, Section, Table, Tallies
from cereblon.report.forest import forest, forest_lines
from cereblon.report.labels import GROUPS, endpoint_group, row_label
from cereblon.report.provenance import Page

TITLE = "Published against predicted"
NOTHING_PUBLISHED = "No published trial to compare with: everything on this page is simulated only."
_ROLES = {
    "calibration": "This study is a calibration study: its results were among those used to fit the model. "
    "Agreement here shows that the model can describe this trial, not that it can predict another.",
    "validation": "This study is a validation study: its results were never used to fit the model.",
    "context": "This study is context: its results were not used to fit the model, nor set aside to test it.",
    "": "",
}


def verdict_section(page: Page) -> Section:
    """Build the section that judges the prediction."""
    data = page.data
    if not data.comparison:
        return Section(TITLE, [Paragraph(NOTHING_PUBLISHED)], key="verdict")
    rows = page.relabelled(data.comparison)
    blocks: list[Block] = [*_headline(page, rows)]
    blocks.append(
        Figure(
            forest(rows, page.arms),
            "One line per published value: a black diamond for what was published, a coloured dot with a band for "
            "the prediction and its interval. The same numbers are in the table below.",
            key="forest",
            lines=forest_lines(rows, page.arms),
            origin=page.origin(simulated=True, published=data.comparison),
        )
    )
    blocks.append(_table(page, rows))
    return Section(TITLE, blocks, key="verdict")


def _headline(page: Page, rows: Rows) -> list[Block]:
    verdict, whole = page.data.verdict, of_all(page.data)
    if whole is None:
        return [Paragraph("The published values were not judged against the prediction intervals.")]
    inside, judged = inside_of(whole)
    blocks: list[Block] = [
        Paragraph(
            f"{inside} of {judged} published values lie inside {wording.interval_of(rows)}.",
            tone="verdict",
        ),
        Tallies([(text(row, "group"), *inside_of(row)) for row in verdict if row is not whole]),
        *map(Paragraph, few_trials(page.data)),
        Paragraph(_meaning(whole, rows)),
    ]
    if _ROLES[page.data.role]:
        blocks.append(Paragraph(_ROLES[page.data.role]))
    missed = [row for row in rows if truth(row, "inside") is False]
    if missed:
        blocks += [Paragraph("Outside the interval:"), Bullets([_miss(row) for row in missed])]
    return blocks


def _meaning(whole: Row, rows: Rows) -> str:
    """Say what the count means, and how many values have no counterpart."""
    level = wording.level_of(rows)
    expected = f"about {wording.level(level)}" if level is not None else "most"
    said = (
        f"If the model and its uncertainty were right, {expected} would. Well below that, the model is wrong or its "
        "intervals are too narrow; all of them inside very wide intervals would mean little."
    )
    skipped = int(number(whole, "not_judged") or 0)
    if skipped:
        values, them = ("value", "it") if skipped == 1 else ("values", "them")
        said += f" {skipped} published {values} could not be judged: the simulation has no counterpart of {them}."
    return said


def _miss(row: Row) -> str:
    unit = text(row, "unit")
    ends = wording.span(interval(row, "predicted_interval"), unit)
    cut = f" ({text(row, 'cut')})" if text(row, "cut") else ""
    arm = f"{text(row, 'arm')} against {text(row, 'versus')}" if text(row, "versus") else text(row, "arm")
    predicted = _amount(wording.predicted(row), unit) + (f" ({ends})" if ends else "")
    return f"{row_label(row)}, {arm}{cut}: published {_amount(wording.published(row), unit)}, predicted {predicted}"


def _amount(shown: str, unit: str) -> str:
    """Write a number with its unit; words such as `not reached` have none."""
    label = wording.unit_label(unit)
    return f"{shown} {label}" if label and any(one.isdigit() for one in shown) else shown


def _table(page: Page, rows: Rows) -> Table:
    noted = any(text(row, "note") for row in rows)
    lines: list[list[Said]] = []
    for group in GROUPS:
        own = [row for row in rows if endpoint_group(text(row, "endpoint")) == group]
        if own:
            lines.append([Said(group, tone="head")])
        lines += [_line(page, row)[: 7 if noted else 6] for row in sorted(own, key=lambda row: _first(own, row))]
    predicted = f"predicted ({wording.level(wording.level_of(rows))} interval)"
    head = ("endpoint", "arm", "data cut", "published", predicted, "verdict", "note")
    widths = ("21%", "12%", "11%", "17%", "17%", "9%", "13%")
    return Table(
        head if noted else head[:6],
        lines,
        title="Every published value with its prediction",
        folded=True,
        key="comparison",
        origin=page.origin(simulated=True, published=page.data.comparison),
        widths=widths if noted else ("28%", "15%", "14%", "17%", "17%", "9%"),
    )


def _first(rows: Rows, row: Row) -> int:
    """Place a row beside the first row of the same endpoint."""
    return next(index for index, other in enumerate(rows) if row_label(other) == row_label(row))


def _line(page: Page, row: Row) -> list[Said]:
    unit = text(row, "unit")
    arm = f"{text(row, 'arm')} against {text(row, 'versus')}" if text(row, "versus") else text(row, "arm")
    judged = truth(row, "inside")
    return [
        Said(f"{row_label(row)}" + (f",\u00a0{wording.unit_label(unit)}" if wording.unit_label(unit) else "")),
        Said(arm),
        Said(text(row, "cut"), tone="quiet"),
        Said(_with_span(wording.published(row), row, "published_interval"), page.references.cite(row), tone="number"),
        Said(_with_span(wording.predicted(row), row, "predicted_interval"), tone="number"),
        Said(wording.verdict(row), tone="quiet" if judged is None else "good" if judged else "bad"),
        Said(text(row, "note"), tone="quiet"),
    ]


def _with_span(shown: str, row: Row, column: str) -> str:
    ends = wording.span(interval(row, column), text(row, "unit"))
    return f"{shown} ({ends})" if ends else shown
