"""The main outcomes of a published trial in a few lines: predicted beside published."""

from __future__ import annotations

from cereblon.core.rows import Row, grouped, interval, number, text
from cereblon.report import wording
from cereblon.report.labels import row_label
from cereblon.report.provenance import Page
from cereblon.report.report_data import ReportData

FEWEST_TRIALS, ENOUGH_TRIALS = 10, 20
"""Virtual trials below which an interval of nine in ten is not to be relied on, and how many are better."""
HEADLINES = ("pfs_hr", "pfs_median", "os_hr", "os_median", "orr", "cr_or_better")


def inside_of(row: Row) -> tuple[int, int]:
    """Give how many published values of a row of `verdict` lie inside their intervals, and how many are judged."""
    inside, outside = (int(number(row, name) or 0) for name in ("inside", "outside"))
    return inside, inside + outside


def of_all(data: ReportData) -> Row | None:
    """Give the row of `verdict` that counts all values; None where nothing was published."""
    return next((row for row in data.verdict if text(row, "group") == "all"), None)


def verdict(data: ReportData) -> str:
    """Say how many published values lie inside their prediction intervals."""
    inside, judged = inside_of(of_all(data) or {})
    if judged == 0 and not any(number(row, "predicted") is not None for row in data.comparison):
        return "No published value is judged: none is of a number that a virtual trial gives."
    if judged == 0:
        return "No published value is judged: prediction intervals need more than one virtual trial."
    return f"{inside} of {judged} published values lie inside the 90 % prediction interval."


def few_trials(data: ReportData) -> list[str]:
    """Warn of an interval that rests on a few virtual trials; nothing where they are enough, or there is none."""
    if not 1 < data.replicates < FEWEST_TRIALS:
        return []
    whole = of_all(data)
    if whole is None:
        return [
            f"With only {data.replicates} virtual trials the range of 90 % of trials is rough and often too narrow. "
            f"Use {ENOUGH_TRIALS} or more (replicates)."
        ]
    if inside_of(whole)[1] == 0:
        return []
    return [
        f"With only {data.replicates} virtual trials the prediction interval is rough and often too narrow: more "
        f"values lie outside than should. Use {ENOUGH_TRIALS} or more (replicates)."
    ]


def comparison_answers(data: ReportData) -> list[str]:
    """Say what was predicted and what was published of the main outcomes, one sentence each.

    Parameters
    ----------
    data
        Of a report; what it compares.
    """
    rows = [row for row in Page(data).relabelled(data.comparison) if number(row, "predicted") is not None]
    found = []
    for endpoint in HEADLINES:
        own = [row for row in rows if text(row, "endpoint") == endpoint]
        for same in grouped(own, _whose).values():
            published = ", ".join(_published(row) for row in same)
            ends = interval(same[0], "predicted_interval")
            predicted = wording.predicted(same[0]) + _span(ends, text(same[0], "unit"))
            found.append(f"{_whose(same[0])}: predicted {predicted}, published {published}")
    return found


def _whose(row: Row) -> str:
    versus = text(row, "versus")
    unit = wording.unit_label(text(row, "unit"))
    arm = f"{text(row, 'arm')} against {versus}" if versus else text(row, "arm")
    return f"{row_label(row)}, {arm}" + (f", {unit}" if unit else "")


def _published(row: Row) -> str:
    cut = f", {text(row, 'cut')}" if text(row, "cut") else ""
    ends = interval(row, "published_interval")
    if ends is None:
        return wording.published(row) + (f" ({text(row, 'cut')})" if cut else "")
    return f"{wording.published(row)} ({wording.span(ends, text(row, 'unit'))}{cut})"


def _span(ends: tuple[float | None, float | None] | None, unit: str) -> str:
    return "" if ends is None else f" ({wording.span(ends, unit)})"
