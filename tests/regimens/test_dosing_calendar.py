"""The dosing calendar as rows, as text and as a picture."""

from __future__ import annotations

from typing import Any

import pytest

from cereblon.model.regimens import load_regimen, parse_regimen
from cereblon.model.regimens.calendar import calendar_rows, text_calendar
from cereblon.model.regimens.description import describe_regimen
from cereblon.model.regimens.library import regimen_names
from cereblon.report.calendar import calendar_chart


def test_equal_cycles_appear_once_and_are_named() -> None:
    blocks = list(dict.fromkeys(row["block"] for row in calendar_rows(load_regimen("krd"))))
    assert blocks == [
        "KRd: cycle 1, 28 days",
        "KRd: cycles 2-12, 28 days each",
        "KRd, fewer carfilzomib days: cycles 1-6, 28 days each",
        "Rd: every cycle until progression, 28 days each",
    ]


def test_cycles_that_alternate_are_named_apart(raw: dict[str, Any]) -> None:
    raw["phases"][0]["orders"][0]["cycles"] = "2"
    raw["phases"][0]["cycles"] = 3
    titles = {row["block"] for row in calendar_rows(parse_regimen(raw, where="x.yaml"))}
    assert "induction: cycles 1 and 3, 21 days each" in titles


def test_a_row_states_day_dose_unit_and_route() -> None:
    rows = [row for row in calendar_rows(load_regimen("ird")) if row["drug"] == "ixazomib"]
    assert [(row["day"], row["dose"], row["unit"], row["route"]) for row in rows] == [
        (1, 4.0, "mg", "oral"),
        (8, 4.0, "mg", "oral"),
        (15, 4.0, "mg", "oral"),
    ]


def test_transplant_and_rest_have_a_row_of_their_own() -> None:
    marks = [(row["mark"], row["day"]) for row in calendar_rows(load_regimen("vrd-asct-ifm2009")) if not row["drug"]]
    assert marks == [("none", 0), ("transplant", 3), ("none", 0)]


def test_the_text_calendar_has_one_sign_per_day() -> None:
    lines = text_calendar(load_regimen("vrd-s0777")).split("\n")
    assert lines[2] == "  bortezomib    x..x... x..x... ......."
    assert lines[5].startswith("  bortezomib    1.3 mg/m2 iv, days 1, 4, 8, 11")


def test_the_text_of_every_regimen_fits_eighty_columns() -> None:
    for name in regimen_names():
        lines = describe_regimen(load_regimen(name)).split("\n")
        assert [line for line in lines if len(line) > 79 and "https://" not in line] == []


@pytest.mark.parametrize("name", ["krd", "dvrd-perseus", "vrd-imroz", "observation"])
def test_each_block_becomes_a_panel(name: str) -> None:
    rows = calendar_rows(load_regimen(name))
    panels = calendar_chart(rows).to_dict(validate=False)["vconcat"]
    assert [panel["title"]["text"] for panel in panels] == list(dict.fromkeys(row["block"] for row in rows))


def _drawn(name: str) -> list[list[dict[str, Any]]]:
    """Give the bars of each panel."""
    chart = calendar_chart(calendar_rows(load_regimen(name))).to_dict()
    return [chart["datasets"][panel["layer"][1]["data"]["name"]] for panel in chart["vconcat"]]


def test_days_in_a_row_become_one_bar_and_two_days_stay_two() -> None:
    assert [bar["label"] for bar in _drawn("vrd-s0777")[0]] == ["1.3"] * 4 + ["25 mg daily"] + ["20"] * 8


def test_figures_fit_into_their_day() -> None:
    """The width of a bold figure is 0.58 of its size, as the chart assumes; 880 pixels is the page's width."""
    single = [bar for panel in _drawn("drd-sc") for bar in panel if bar["label"] == "1800"]
    assert len(single) == 4 + 2 + 1
    assert max(0.58 * bar["font"] * len(bar["label"]) for bar in single) <= (880 - 172) / 28
