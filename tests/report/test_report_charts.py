"""The charts: valid Vega-Lite, thinned, and published never drawn like simulated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import altair as alt
import pytest

from cereblon.report import adverse_events, curves, doses, forest, response, style, subjects
from cereblon.report.icons import Hundred, icon_array
from cereblon.report.report_data import ReportData

ARMS = ["vrd", "rd"]
DRAWN: dict[str, Callable[[ReportData], Any]] = {
    "forest": lambda c: forest.forest(c.comparison, ARMS),
    "curves": lambda c: curves.survival_curves(
        [row for row in c.km if row["endpoint"] == "pfs"],
        [row for row in c.km_published if row["endpoint"] == "pfs"],
        ARMS,
        quantity="alive without progression, %",
        band="90 % of replicate trials",
    ),
    "rates": lambda c: response.rate_bars(
        [row for row in c.response_bars if not response.is_best_response(row)], ARMS
    ),
    "best response": lambda c: response.best_response(
        [row for row in c.response_bars if response.is_best_response(row)], ARMS
    ),
    "waterfall": lambda c: subjects.waterfall(c.waterfall, ARMS),
    "spaghetti": lambda c: subjects.spaghetti(c.spaghetti, ARMS),
    "swimmer": lambda c: subjects.swimmer(c.swimmer, c.swimmer_events, ARMS),
    "doses": lambda c: doses.dose_intensity(c.dose_intensity, ARMS),
    "harm": lambda c: adverse_events.adverse_events(c.adverse_events, ARMS),
}


@pytest.fixture(scope="module")
def specs(data: ReportData) -> dict[str, dict[str, Any]]:
    """Specifications, each checked by altair against the Vega-Lite schema on the way."""
    return {name: draw(data).to_dict() for name, draw in DRAWN.items()}


def nodes(tree: object) -> Iterator[dict[str, Any]]:
    """Walk through all mappings of a specification."""
    if isinstance(tree, dict):
        yield tree
        for branch in tree.values():
            yield from nodes(branch)
    elif isinstance(tree, list):
        for branch in tree:
            yield from nodes(branch)


def layers(spec: dict[str, Any], field: str) -> list[dict[str, Any]]:
    """Find the points and bars whose horizontal place is `field`."""
    return [
        node
        for node in nodes({key: value for key, value in spec.items() if key != "datasets"})
        if node.get("mark", {}).get("type") in ("point", "bar", "rule")
        and node["encoding"].get("x", {}).get("field") == field
    ]


def rows(spec: dict[str, Any], column: str) -> list[dict[str, Any]]:
    return [row for data in spec["datasets"].values() for row in data if column in row]


def words(spec: dict[str, Any]) -> set[str]:
    """Collect the words of the legend."""
    return {row["label"] for row in rows(spec, "mark") if "start" in row}


@pytest.mark.parametrize("name", DRAWN)
def test_every_chart_is_valid_and_not_empty(specs: dict[str, dict[str, Any]], name: str) -> None:
    assert sum(len(data) for data in specs[name]["datasets"].values()) > 3


@pytest.mark.parametrize("name", ["forest", "curves", "rates", "harm"])
def test_legends_say_what_is_simulated_and_what_is_published(specs: dict[str, dict[str, Any]], name: str) -> None:
    told = words(specs[name])
    assert "vrd, simulated" in told
    assert any("published" in label for label in told)


def test_published_and_simulated_styles_share_no_colour_and_no_shape() -> None:
    simulated = {color.lower() for color in style.SIMULATED}
    assert not simulated & {style.PUBLISHED, *style.PUBLISHED_FILLS}
    assert style.SIMULATED_SHAPE != style.PUBLISHED_SHAPE


@pytest.mark.parametrize(("name", "simulated", "published"), [("forest", "pred", "pub"), ("harm", "percent", "pub")])
def test_dots_are_simulated_and_diamonds_published(
    specs: dict[str, dict[str, Any]], name: str, simulated: str, published: str
) -> None:
    ours, theirs = layers(specs[name], simulated), layers(specs[name], published)
    assert ours
    assert theirs
    assert {node["mark"]["shape"] for node in ours} == {style.SIMULATED_SHAPE}
    assert {(node["mark"]["shape"], node["mark"]["stroke"]) for node in theirs} == {
        (style.PUBLISHED_SHAPE, style.PUBLISHED)
    }
    assert {row["color"] for row in rows(specs[name], "pub_low")} <= set(style.SIMULATED)


def test_a_legend_keeps_the_colours_when_an_arm_is_absent() -> None:
    rows = [{"arm": "rd"}]
    assert [key.color for key in style.simulated_keys(rows, ARMS)] == [style.arm_color(ARMS, "rd")]
    assert [key.fill for key in style.published_keys(rows, ARMS)] == [style.published_fill(ARMS, "rd")]


def test_published_bars_are_outlines_and_simulated_ones_solid(specs: dict[str, dict[str, Any]]) -> None:
    bars = rows(specs["rates"], "series")
    assert {row["fill"] for row in bars if row["origin"] == "published"} == {"#ffffff"}
    assert {row["stroke"] for row in bars if row["origin"] == "published"} == {style.PUBLISHED}
    assert {row["fill"] for row in bars if row["origin"] == "simulated"} == set(style.SIMULATED[:2])


def test_published_marks_on_curves_are_black_diamonds_of_two_fills(specs: dict[str, dict[str, Any]]) -> None:
    marks = rows(specs["curves"], "foot")
    assert {(row["arm"], row["fill"]) for row in marks} == {("vrd", "#000000"), ("rd", "#ffffff")}


def test_medians_are_marked_at_half_and_said_in_words(specs: dict[str, dict[str, Any]]) -> None:
    marks = rows(specs["curves"], "foot")
    assert {row["percent"] for row in marks} == {50.0}
    assert "rd 29 months (2020 update)" in {row["words"] for row in marks}


def test_labels_of_medians_do_not_lie_upon_each_other(specs: dict[str, dict[str, Any]]) -> None:
    heights = [row["label_at"] for row in rows(specs["curves"], "foot")]
    assert len(set(heights)) == len(heights) == 4


def test_numbers_at_risk_are_those_of_the_table(specs: dict[str, dict[str, Any]], data: ReportData) -> None:
    given = {(row["arm"], row["month"]): str(row["at_risk"]) for row in data.km if row["endpoint"] == "pfs"}
    drawn = rows(specs["curves"], "count")
    assert len(drawn) == 2 * 9  # two arms, every year from 0 to 8
    assert all(row["count"] == given[row["arm"], row["month"]] for row in drawn)


def test_an_open_interval_and_a_median_not_reached_run_to_the_edge(specs: dict[str, dict[str, Any]]) -> None:
    lines = [row for row in rows(specs["forest"], "pub_open") if row["label"] == "Median OS"]
    unreached = next(row for row in lines if row["published"] == "not reached")
    assert unreached["pub"] is None
    assert unreached["pub_open"] == unreached["pred_open"] == unreached["pred_high"]
    assert unreached["predicted"] == "84.0 (71.0–NR)"


def test_a_large_sample_is_thinned(data: ReportData) -> None:
    many = [
        {"arm": "vrd", "subject": subject, "month": float(month), "m_protein": 10.0}
        for subject in range(300)
        for month in range(200)
    ]
    drawn = rows(subjects.spaghetti(many, ARMS).to_dict(), "m_protein")
    assert len(drawn) == subjects.SPAGHETTI_SUBJECTS * subjects.SPAGHETTI_POINTS


def test_the_deepest_and_the_least_response_survive_thinning(data: ReportData) -> None:
    many = [{"arm": "rd", "subject": i, "change": -100.0 + i / 10, "response": "PR"} for i in range(1000)]
    drawn = rows(subjects.waterfall(many, ARMS).to_dict(), "change")
    assert len(drawn) == subjects.WATERFALL_SUBJECTS
    assert {-100.0, -0.1} <= {row["change"] for row in drawn}


def test_numbers_in_a_picture_are_rounded(specs: dict[str, dict[str, Any]]) -> None:
    assert all(len(repr(abs(row["m_protein"]))) <= 7 for row in rows(specs["spaghetti"], "m_protein"))


def test_the_calendar_is_in_the_page(data: ReportData, html: str) -> None:
    assert 'id="calendar-0"' in html


def test_points_of_a_published_curve_are_drawn_as_a_line_over_the_simulated_one(data: ReportData) -> None:
    points = [(0.0, 100.0), (24.0, 70.0), (48.0, 45.0)]
    printed = [{"arm": "vrd", "kind": "curve", "month": month, "percent": percent} for month, percent in points]
    km = [row for row in data.km if row["endpoint"] == "pfs"]
    spec = curves.survival_curves(km, printed, ARMS, quantity="alive without progression, %", band="").to_dict()
    line = next(one for one in nodes(spec) if one.get("mark", {}) and one["mark"].get("color") == style.PUBLISHED)
    assert line["mark"]["type"] == "line"
    assert [(row["month"], row["percent"]) for row in spec["datasets"][line["data"]["name"]]] == points
    assert "published curve, read off its figure" in words(spec)
    assert "vrd, published" not in words(spec)  # no diamond was drawn


def test_a_chart_is_drawn_as_one_that_altair_copies_with_all_its_parts() -> None:
    rows = [{"a": 1.5, "b": "né"}, {"a": 2.5, "b": None}]

    def composed(begin: alt.Chart) -> dict[str, Any]:
        base = begin.encode(x=alt.X("a:Q"), tooltip=style.tips("b:N"))
        hover = alt.selection_point(fields=["b"], on="pointerover", name="hover")
        lines = alt.layer(
            base.mark_line().add_params(hover), base.mark_point(), base.mark_text().properties(width=90)
        )
        return alt.vconcat(lines, base.mark_bar(), base.mark_bar().facet("b:N")).to_dict()

    assert composed(style.chart(rows)) == composed(alt.Chart(alt.InlineData(values=tuple(rows))))


def test_layers_of_a_picture_share_the_parts_that_they_were_given() -> None:
    """A copy of all parts of all layers, at each step of putting a page together, was most of the time of a page."""
    one = style.chart([{"a": 1.0}]).mark_point().encode(x="a:Q")
    drawn = style.with_legend(alt.layer(one, one), [style.Key("dot", "a", "#000000")])
    assert all(layer.encoding is one.encoding for layer in drawn.vconcat[1].layer)


def test_headings_of_a_hundred_patients_are_no_wider_than_their_panel() -> None:
    """The heading of D-VRd reached into that of VRd, whose last word was cut off: bold capitals need 9 px each."""
    labels = ("D-VRd, ASCT, D-VRd, then D-R", "VRd, ASCT, VRd, then R")
    drawn = icon_array([Hundred(label, [("alive without progression", 70, style.INK)]) for label in labels]).to_dict()
    panels = drawn["vconcat"][0]["hconcat"]
    assert [" ".join(one["title"]["text"]) for one in panels] == list(labels)
    for panel in panels:
        assert max(9 * len(line) for line in panel["title"]["text"]) <= panel["width"] + 9
        assert max(6 * len(line) for line in panel["title"]["subtitle"]) <= panel["width"] + 9


@pytest.mark.parametrize(
    ("end", "months"),
    [(5.0, [0, 1, 2, 3, 4, 5]), (23.9, [0, 3, 6, 9, 12, 15, 18, 21]), (61.0, [0, 12, 24, 36, 48, 60])],
)
def test_axes_of_months_are_divided_as_years_are(end: float, months: list[float]) -> None:
    """They stood at 10, 20, 30 months below curves that stood at 12, 24, 36."""
    assert style.months_axis("months", end)["values"] == months


@pytest.mark.parametrize("name", ["spaghetti", "swimmer", "doses"])
def test_single_subjects_are_shown_on_the_months_of_the_curves(specs: dict[str, dict[str, Any]], name: str) -> None:
    axes = [node for node in nodes(specs[name]) if str(node.get("title", "")).startswith("months")]
    assert axes
    assert all("values" in axis for axis in axes)


def test_a_curve_ends_where_hardly_anybody_is_followed() -> None:
    """Of 100 at the start, one death among the last two would halve it."""
    at_risk = {0.0: 100, 12.0: 40, 24.0: 2, 25.0: 1}
    rows = [{"arm": "A", "month": month, "survival": 0.5, "at_risk": many} for month, many in at_risk.items()]
    spec = curves.survival_curves(rows, [], ["A"], quantity="alive, %", band="").to_dict()
    drawn = [rows for rows in spec["datasets"].values() if "percent" in rows[0]]
    assert [[row["month"] for row in rows] for rows in drawn] == [[0.0, 12.0, 24.0]]


def test_the_dose_given_is_not_drawn_where_hardly_anybody_takes_it() -> None:
    on = {0.0: 100.0, 12.0: 30.0, 24.0: 1.0}
    rows = [
        {"arm": "A", "drug": "lenalidomide", "month": month, "relative_dose_intensity": 80.0, "on_treatment": many}
        for month, many in on.items()
    ]
    drawn = [one for one in doses.dose_intensity(rows, ["A"]).to_dict()["datasets"].values() if "drug" in one[0]]
    assert sorted(one[-1]["month"] for one in drawn) == [12.0, 24.0]


@pytest.mark.parametrize(
    ("heights", "placed"),
    [
        ([70.6, 55.6, 52.5, 29.0], [70.6, 56.8, 51.3, 29.0]),  # MAIA: two words stood on each other
        ([50.0, 50.0, 50.0], [55.5, 50.0, 44.5]),
        ([20.0, 80.0], [20.0, 80.0]),
        ([], []),
    ],
)
def test_words_beside_published_points_do_not_stand_on_each_other(heights: list[float], placed: list[float]) -> None:
    assert curves._apart(heights, 5.5) == pytest.approx(placed)
