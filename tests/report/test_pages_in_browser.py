"""Reports in a real browser: what axe calls serious, the width of a phone, light and dark, and a print."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from cereblon.report.curves import survival_curves
from cereblon.report.document import Document, Figure, Section
from cereblon.report.followed import followed
from cereblon.report.icons import Hundred, icon_array
from cereblon.report.page import page_text
from cereblon.report.provenance import Page
from cereblon.report.report_data import ReportData
from cereblon.report.trial_design import calendar_chart
from cereblon.report.trial_report import report_page
from cereblon.trials.shipped_runs import shipped_run
from real_browser import IN_BROWSER, draw_pictures, printed_pages, serious_findings, small_texts, wide_pictures

pytestmark = IN_BROWSER
_HEIGHTS = (
    "all => [...new Set(all.filter(one => /\\d/.test(one.textContent)).map(one => one.getBoundingClientRect().top))]"
)


def _own_design() -> ReportData:
    """The same trial, as somebody's own design: nothing was published of it."""
    data = shipped_run("swog-s0777").data
    return replace(data, comparison=(), verdict=(), km_published=(), publications=(), role="")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for name, data in (("replication", shipped_run("swog-s0777").data), ("own design", _own_design())):
        found[name] = folder / f"{name}.html"
        found[name].write_text(report_page(data), encoding="utf-8")
    return found


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [("replication", 1400, "light"), ("replication", 390, "dark"), ("own design", 390, "light")],
)
def test_a_report_can_be_used_without_seeing_it_and_prints(
    name: str, width: int, scheme: str, pages: dict[str, Path], browser: Browser
) -> None:
    """Nothing that axe calls serious (drawings of Vega left out), beyond the edge or moved sideways; twelve pages."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page.set_default_timeout(90_000)
    page.goto(pages[name].as_uri())
    draw_pictures(page)
    assert serious_findings(page, ".vega-embed") == []
    assert wide_pictures(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert 2 < printed_pages(page) <= 12
    page.close()


def test_the_events_of_a_design_are_as_wide_as_a_phone(tmp_path: Path, browser: Browser) -> None:
    """Plot, axis and legend of a chart stand in the window; nothing is moved sideways."""
    names = [f"{what}_{end}" for what in ("enrolled", "events") for end in ("low", "middle", "high")]
    rows = [{"month": float(month), **dict.fromkeys(names, 20.0 * month)} for month in range(24)]
    figure = Figure(calendar_chart(rows, {1: 12.0}), description="Patients and events over the calendar")
    written = tmp_path / "design.html"
    document = Document(title="A design", sections=[Section("Events", [figure])], is_live=True)
    written.write_text(page_text(document), encoding="utf-8")
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto(written.as_uri())
    draw_pictures(page)
    assert (wide_pictures(page), small_texts(page)) == ([], [])


def test_one_subject_day_by_day_has_room_on_a_phone(tmp_path: Path, browser: Browser) -> None:
    """Legends stand below: beside the plot they left it a third of the window, and its days touched."""
    days = [7.0 * week for week in range(70)]
    rows = [
        *({"kind": "count", "name": "neutrophils", "day": day, "value": 2.0} for day in days),
        *({"kind": "dose", "name": "lenalidomide", "day": day, "end": day + 7, "value": 50.0} for day in days),
        {"kind": "decision", "name": "dexamethasone", "day": 40.0, "words": "less"},
        {"kind": "event", "name": "thrombocytopenia", "day": 40.0, "end": 90.0, "value": 3.0},
    ]
    written = tmp_path / "followed.html"
    figure = Figure(followed(rows), description="One subject")
    document = Document(title="A subject", sections=[Section("Day by day", [figure])], is_live=True)
    written.write_text(page_text(document), encoding="utf-8")
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto(written.as_uri())
    draw_pictures(page)
    plot, drawn = (page.locator(where).first.bounding_box() for where in (".live svg g.mark-line path", ".live svg"))
    assert plot and drawn
    assert plot["width"] > 0.4 * drawn["width"]
    assert (wide_pictures(page), small_texts(page)) == ([], [])


def test_three_arms_can_be_read_on_a_phone(tmp_path: Path, browser: Browser) -> None:
    """Icons stood beside each other in letters of 9 pixels, published words on each other, and a name was cut off."""
    data = shipped_run("first-mm020").data
    page_data = Page(data)
    km, marks = (
        [row for row in page_data.relabelled(rows) if row["endpoint"] == "pfs"]
        for rows in (data.km, data.km_published)
    )
    drawn = survival_curves(km, marks, page_data.arms, quantity="alive without progression, %", band=data.km_band)
    icons = icon_array([Hundred(arm, [("alive", 25, "#0072b2")]) for arm in page_data.arms])
    written = tmp_path / "three.html"
    blocks = [Figure(drawn, description="Curves"), Figure(icons, description="Icons")]
    written.write_text(
        page_text(Document(title="FIRST", sections=[Section("Three", blocks)], is_live=True)), encoding="utf-8"
    )
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto(written.as_uri())
    draw_pictures(page)
    assert (wide_pictures(page), small_texts(page)) == ([], [])
    told = page.locator(".live svg text").filter(has_text="months").evaluate_all(_HEIGHTS)
    assert len(told) == sum(row["kind"] in ("median", "rate") for row in marks)
    assert all(upper - lower > 10 for lower, upper in pairwise(sorted(told)))
    assert page.locator(".live svg").first.get_by_text("Rd continuous", exact=True).count() == 1
