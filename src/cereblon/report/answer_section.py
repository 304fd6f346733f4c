"""What opens a trial report: the answer in words and numbers, the harms that differ most, and how sure it is."""

from __future__ import annotations

from collections.abc import Iterator

from cereblon.core.rows import Row, Rows, number, text
from cereblon.report import wording
from cereblon.report.answers import few_trials, inside_of, of_all
from cereblon.report.document import Block, Bullets, Paragraph, Section
from cereblon.report.labels import row_label
from cereblon.report.provenance import Page

_COUNTED = {"pfs": "progression or death", "os": "death"}
_TIMES = {"pfs": "progression-free survival", "os": "survival"}
_RESPONSES = {"orr": "respond (partial response or better)", "cr_or_better": "reach complete response or better"}
_MOST_HARMS = 3
_NOT_REACHED = "not reached"
NOTHING_PUBLISHED = "No published trial to compare with: how sure it is rests on the model alone."


def answer_section(page: Page) -> Section:
    """Build the first section of the page."""
    rows = page.relabelled(page.data.predicted)
    if not rows:
        return Section("Answer", [Paragraph("No results were given to this report.")])
    first, *others = _sentences(page.arms, rows)
    blocks: list[Block] = [Paragraph(first, tone="verdict"), *(Paragraph(words) for words in others)]
    harms = _harms(page, rows)
    if harms:
        blocks += [Paragraph("Adverse events of grade 3 or 4 that differ most, of 100 patients:"), Bullets(harms)]
    return Section("Answer", [*blocks, *map(Paragraph, _how_sure(page))])


def answer_lines(page: Page) -> list[str]:
    """Give the same answer as lines of text, for a terminal."""
    rows = page.relabelled(page.data.predicted)
    if not rows:
        return []
    harms = _harms(page, rows)
    return [
        *_sentences(page.arms, rows),
        *([f"Adverse events of grade 3 or 4, of 100 patients. {'. '.join(harms)}."] if harms else []),
        *_how_sure(page),
    ]


def main_sentence(arms: list[str], rows: Rows) -> str:
    """Say the main result of outcomes, before there is a report of them.

    Parameters
    ----------
    arms
        Labels of the arms, in order.
    rows
        Outcomes with these labels.
    """
    return next(_sentences(arms, rows))


def _sentences(arms: list[str], rows: Rows) -> Iterator[str]:
    """Say the hazard ratios with medians, then responses; medians alone where nothing is compared."""
    found = [words for endpoint in _COUNTED for words in _survival(rows, endpoint, arms)]
    yield from found
    for endpoint, reached in _RESPONSES.items():
        shares = [(arm, value) for arm in arms if (value := _value(rows, endpoint, arm)) is not None]
        if shares:
            listed = _and([f"{value:.0f} with {arm}" for arm, value in shares])
            yield f"Of 100 patients, {listed} {reached}."


def _survival(rows: Rows, endpoint: str, arms: list[str]) -> Iterator[str]:
    medians = {arm: _months(rows, f"{endpoint}_median", arm) for arm in arms}
    ratios = [row for row in rows if text(row, "endpoint") == f"{endpoint}_hr" and number(row, "value") is not None]
    for row in ratios:
        arm, versus = text(row, "arm"), text(row, "versus")
        ends = wording.span(_interval(row), "ratio")
        spread = f" ({wording.LEVEL_WORDS} {ends})" if ends else ""
        yield (
            f"{arm} against {versus}: hazard ratio for {_COUNTED[endpoint]} {number(row, 'value'):.2f}{spread};"
            f" median {_TIMES[endpoint]} {_pair(medians[arm], medians[versus])}."
        )
    if not ratios:
        listed = _and([f"{months} with {arm}" for arm, months in medians.items()])
        yield f"Median {_TIMES[endpoint]}: {listed}."


def _pair(first: str, second: str) -> str:
    return f"{_NOT_REACHED} in either arm" if first == second == _NOT_REACHED else f"{first} against {second}"


def _months(rows: Rows, endpoint: str, arm: str) -> str:
    value = _value(rows, endpoint, arm)
    return _NOT_REACHED if value is None else f"{value:.0f} months"


def _value(rows: Rows, endpoint: str, arm: str) -> float | None:
    for row in rows:
        if text(row, "endpoint") == endpoint and text(row, "arm") == arm and not text(row, "versus"):
            return number(row, "value")
    return None


def _interval(row: Row) -> tuple[float | None, float | None] | None:
    ends = number(row, "low"), number(row, "high")
    return None if ends == (None, None) else ends


def _harms(page: Page, rows: Rows) -> list[str]:
    """List the severe events with the largest difference between the highest and the lowest arm."""
    events: dict[str, dict[str, float]] = {}
    for row in rows:
        value = number(row, "value")
        if text(row, "endpoint").startswith("ae_") and value is not None:
            events.setdefault(row_label({**row, "grade": None}), {})[text(row, "arm")] = value
    spread = {name: max(found.values()) - min(found.values()) for name, found in events.items() if len(found) > 1}
    most = [name for name in sorted(spread, key=lambda name: -spread[name]) if spread[name] >= 0.5][:_MOST_HARMS]
    return [
        f"{name}: {_and([f'{events[name][arm]:.0f} with {arm}' for arm in page.arms if arm in events[name]])}"
        for name in most
    ]


def _how_sure(page: Page) -> list[str]:
    """Say how many published values the prediction met, and whether that is a test."""
    whole = of_all(page.data)
    if whole is None:
        return [NOTHING_PUBLISHED, *few_trials(page.data)]
    inside, judged = inside_of(whole)
    role = {
        "calibration": "; they were among those the model was fitted to, so this is no test of it",
        "validation": "; none of them was used to fit the model",
    }.get(page.data.role, "")
    level = wording.interval_of(page.data.comparison)
    return [f"{inside} of {judged} values that this trial published lie inside {level}{role}."]


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""
