"""A built cohort beside published trials of the same regimens: response and progression-free survival."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cereblon.core.errors import UnknownNameError
from cereblon.core.rows import Row, number, text
from cereblon.report.document import Figure, Section
from cereblon.report.points import point_lines, points_chart
from cereblon.report.wording import cut_words

_ENDPOINTS = {"orr": "partial response or better", "pfs_median": "median progression-free survival"}
_MOST_REGIMENS, _MOST_STUDIES = 4, 6
_GROUPS = {"randomised": "trial", "single-arm": "trial", "real-world": "practice"}


def beside_section(folder: Path, estimand: str) -> Section | None:
    """Draw a cohort beside published trials; nothing where no study has numbers of its regimens.

    Parameters
    ----------
    folder, estimand
        As for `beside_rows`.
    """
    rows = beside_rows(folder, estimand)
    if not rows:
        return None
    caption = (
        "Your patients first, then the largest studies that published the number for the same drugs, at their last "
        "data cut. Nothing is adjusted: patients of practice are older, sicker and followed otherwise than those of "
        "trials."
    )
    return Section("Beside published trials", [Figure(points_chart(rows), caption, lines=point_lines(rows))])


def beside_rows(folder: Path, estimand: str) -> list[Row]:
    """Give points of a cohort and of published studies, for `points_chart`.

    Parameters
    ----------
    folder
        Of a built cohort.
    estimand
        Kind of response and progression of the cohort.

    Returns
    -------
        A panel for each regimen and endpoint: your patients first, then the largest studies with that number.
    """
    import cereblon as cb

    outcomes = cb.cohort.report(folder, estimand=estimand).tables()["outcomes"]
    own = [row for row in outcomes if text(row, "endpoint") in _ENDPOINTS and number(row, "value") is not None]
    regimens = list(dict.fromkeys(text(row, "arm") for row in own if text(row, "arm") != "all"))[:_MOST_REGIMENS]
    rows: list[Row] = []
    for regimen in regimens:
        for row in (one for one in own if text(one, "arm") == regimen):
            published = _published(text(row, "endpoint"), regimen)
            if published:
                rows += [_own_point(row, regimen), *published]
    return rows


def _panel(endpoint: str, regimen: str) -> str:
    return f"{regimen}: {_ENDPOINTS[endpoint]}"


def _own_point(row: Row, regimen: str) -> Row:
    low, high = number(row, "low"), number(row, "high")
    ends = "" if low is None else f" ({low:.0f} to {'not reached' if high is None else f'{high:.0f}'})"
    return {
        "panel": _panel(text(row, "endpoint"), regimen),
        "label": f"your patients, n {number(row, 'n') or 0:.0f}",
        "group": "observed",
        "value": number(row, "value"),
        "low": low,
        "high": high,
        "unit": text(row, "unit"),
        "words": f"{number(row, 'value') or 0.0:.0f}{ends}",
    }


def _published(endpoint: str, regimen: str) -> Sequence[Row]:
    """Give the latest number of each study that has one of whole arms, the largest studies first."""
    import cereblon as cb

    try:
        facts = cb.evidence.table(endpoint, regimen=regimen).tables()["facts"]
    except UnknownNameError:
        return ()
    whole = [
        row
        for row in facts
        if number(row, "value") is not None and not any(row[name] for name in ("subgroup", "versus", "flag", "phase"))
    ]
    latest = {(text(row, "study"), text(row, "arm")): row for row in whole}
    largest = sorted(latest.values(), key=lambda row: -(number(row, "n") or 0.0))[:_MOST_STUDIES]
    return [_study_point(row, regimen) for row in largest]


def _study_point(row: Row, regimen: str) -> Row:
    from cereblon.evidence import load_study

    low, high = number(row, "ci_low"), number(row, "ci_high")
    ends = "" if low is None or high is None else f" ({low:.0f} to {high:.0f})"
    size = "" if number(row, "n") is None else f", n {number(row, 'n'):.0f}"
    relapsed = ", relapsed" if text(row, "setting") == "rrmm" else ""
    cut = f" ({cut_words(text(row, 'cut'))})" if row.get("cut") else ""
    return {
        "panel": _panel(text(row, "endpoint"), regimen),
        "label": f"{load_study(text(row, 'study')).name.split(' (')[0]} {text(row, 'regimen')}{size}{relapsed}",
        "group": _GROUPS.get(text(row, "kind"), "trial"),
        "value": number(row, "value"),
        "low": low,
        "high": high,
        "unit": text(row, "unit"),
        "words": f"{number(row, 'value') or 0.0:.0f}{ends}{cut}",
    }
