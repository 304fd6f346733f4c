"""Endpoint names, numbers and sources in words, and the text table of the terminal."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cereblon.core.rows import evenly, rounded
from cereblon.report import forest, style, wording
from cereblon.report.design_tables import closed_forms_table
from cereblon.report.exposure_text import main_metrics
from cereblon.report.labels import GROUPS, endpoint_group, row_label
from cereblon.report.references import References, address
from cereblon.report.report_data import ReportData
from cereblon.report.terminal import comparison_text
from cereblon.vocabulary.endpoints import endpoint_label


@pytest.mark.parametrize(
    ("endpoint", "label", "group"),
    [
        ("orr", "Overall response (PR or better)", "Response"),
        ("mrd_negative_1e-5", "MRD negative at 1e-5", "Response"),
        ("pfs_median", "Median PFS", "Time to event"),
        ("os_rate", "OS rate", "Time to event"),
        ("ttnt_median", "Median TTNT", "Time to event"),
        ("dor_median", "Median duration of response", "Response"),
        ("pfs2_hr", "PFS2 hazard ratio", "Comparison of arms"),
        ("cardiac_failure_hr", "Heart failure hazard ratio", "Comparison of arms"),
        ("treatment_duration_median", "Median time on treatment", "Treatment"),
        ("ae_febrile_neutropenia", "Febrile neutropenia", "Adverse events"),
        ("deaths_total", "Deaths", "Adverse events"),
        ("baseline_age_median", "Median age", "Baseline"),
    ],
)
def test_endpoint_names_are_put_into_words_and_groups(endpoint: str, label: str, group: str) -> None:
    assert endpoint_label(endpoint) == label
    assert endpoint_group(endpoint) == group
    assert group in GROUPS


def test_grade_and_time_point_belong_to_the_label() -> None:
    assert row_label({"endpoint": "ae_infection", "grade": "3-4"}) == "Infection, grade 3–4"
    assert row_label({"endpoint": "pfs_rate", "month": 24.0}) == "PFS rate at 24 months"


def test_numbers_have_the_decimals_of_their_unit() -> None:
    assert wording.value(0.7424, "ratio") == "0.74"
    assert wording.value(81.54, "percent") == "81.5"
    assert wording.value(None, "months") == "–"


def test_open_ends_are_said() -> None:
    assert wording.span((71.0, None), "months") == "71.0 to not reached"
    assert wording.short_span((None, 12.0), "months") == " (?–12.0)"
    assert wording.span(None, "months") == ""


def test_a_median_that_was_not_reached_is_said() -> None:
    assert wording.published({"published_status": "not_reached", "unit": "months"}) == "not reached"
    assert (
        wording.predicted({"predicted": None, "predicted_interval": (80.0, None), "unit": "months"}) == "not reached"
    )


@pytest.mark.parametrize(
    ("source", "link"),
    [
        ("doi:10.1038/s41408-020-0311-8", "https://doi.org/10.1038/s41408-020-0311-8"),
        ("pmid:32393732", "https://pubmed.ncbi.nlm.nih.gov/32393732"),
        ("https://example.org/a", "https://example.org/a"),
        ("ASH 2018, abstract 1", None),
        ("javascript:alert(1)", None),
    ],
)
def test_sources_become_links_where_they_have_an_address(source: str, link: str | None) -> None:
    assert address(source) == link


def test_references_are_numbered_in_order_of_appearance() -> None:
    references = References()
    first, second = {"source": "doi:b", "source_quality": "secondary"}, {"source": "doi:a"}
    assert references.cite(first) == [(1, True)]
    assert references.cite_all([second, first, second]) == [(1, True), (2, False)]
    assert [entry.label for entry in references.entries()] == ["doi:b", "doi:a"]
    assert references.cite({"source": None}) == []


def test_thinning_keeps_both_ends_and_a_short_list_whole() -> None:
    assert evenly(range(101), 5) == [0, 25, 50, 75, 100]
    assert evenly([1, 2], 5) == [1, 2]


def test_rounding_is_to_significant_digits_and_leaves_text_alone() -> None:
    assert rounded([{"a": 123.456, "b": 0.000123456, "c": "x", "d": 0.0}]) == [
        {"a": 123.5, "b": 0.0001235, "c": "x", "d": 0.0}
    ]


def test_the_text_table_fits_80_columns_and_carries_no_colour(
    data: ReportData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = comparison_text(data.comparison)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "\x1b" not in text
    assert text.count("inside") == 22
    assert text.count("OUTSIDE") == 5
    assert text.count("not judged") == 1
    assert "41.0 (33.0–51.0)" in text


def test_square_brackets_of_a_trial_are_printed_as_they_are(
    data: ReportData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    row = {**data.comparison[0], "cut": "[bold]2017[/nothing]"}
    assert "[bold]2017[/nothing]" in comparison_text([row])


def test_importing_the_report_pulls_in_nothing_heavy() -> None:
    code = "import sys, cereblon.report, cereblon.report.terminal; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"altair", "jinja2", "rich", "vl_convert", "polars", "pyarrow", "jax"} & set(loaded)


def test_a_cut_called_by_its_months_is_not_read_as_a_median() -> None:
    assert (wording.cut_words("44.3 months"), wording.cut_words("2017 primary")) == (
        "cut at 44.3 months",
        "2017 primary",
    )


def test_a_median_that_was_not_reached_has_room_for_its_interval() -> None:
    """It ran into the verdict beside it."""
    assert forest._with_span("not reached", " (40.4\u2013NR)") == "NR (40.4\u2013NR)"
    assert forest._with_span("not reached", "") == "not reached"


def test_a_half_life_of_weeks_is_said_in_days() -> None:
    row = {"patient": "a", "metric": "half_life", "unit": "h", "p5": 1.0, "p95": 1.0, "meaning": "terminal half-life"}
    assert main_metrics("daratumumab", [row | {"median": 691.0}]).endswith("terminal half-life is 28.8 days.")
    assert main_metrics("lenalidomide", [row | {"median": 4.2}]).endswith("terminal half-life is 4.2 h.")


@pytest.mark.parametrize(
    ("end", "days", "ticks"),
    [(72.0, False, [0, 6, 12, 18]), (56.0, True, [0, 7, 14, 21]), (10.0, True, [0, 1, 2, 3])],
)
def test_axes_of_time_are_divided_as_days_and_weeks_are(end: float, days: bool, ticks: list[float]) -> None:
    assert style.hours_ticks(end, days)[:4] == ticks


def test_formulas_of_a_design_ask_for_whole_events_and_patients() -> None:
    """73.25 events and 245.2 patients were asked for."""
    numbers = {"ratio of mean hazards": 0.4688, "power of a test": 0.9998, "events": 73.25, "patients": 245.2}
    table = closed_forms_table([{"design_number": name, "value": value} for name, value in numbers.items()])
    assert [row[1] for row in table.rows] == ["0.47", "more than 99.9 %", "74", "246"]
