"""In a narrow window labelled lines are a list of words above bars."""

from __future__ import annotations

import pytest

import cereblon as cb
from cereblon.report import wording
from cereblon.report.forest import forest_lines
from cereblon.report.narrow import narrow_line, place_on
from cereblon.report.points import point_lines
from cereblon.report.subjects import waterfall


@pytest.mark.parametrize(
    ("amount", "is_log", "place"),
    [(50.0, False, 50.0), (120.0, False, 100.0), (-3.0, False, 0.0), (None, False, None), (1.0, True, 50.0)],
)
def test_a_number_has_its_place_on_the_axis(amount: float | None, is_log: bool, place: float | None) -> None:
    """One is the middle between a half and two on a logarithmic axis."""
    assert place_on((0.5, 2.0) if is_log else (0.0, 100.0), amount, is_log=is_log) == place


def test_an_interval_of_no_length_is_seen() -> None:
    line = narrow_line((0.0, 10.0), {"low": 5.0, "high": 5.0}, ("", "a", "5"))
    assert line.width > 0


def test_every_compared_value_is_a_line_with_its_verdict() -> None:
    row = {
        "endpoint": "orr",
        "arm": "VRd",
        "unit": "percent",
        "published": 95.0,
        "predicted": 80.0,
        "predicted_interval": (70.0, 90.0),
        "predicted_level": 0.9,
        "inside": False,
    }
    (line,) = forest_lines([row], ["VRd"])
    assert (line.low, line.high, line.value, line.mark) == (70.0, 90.0, 80.0, 95.0)
    assert line.is_outside
    assert line.words == "published 95.0, predicted 80.0 (70.0–90.0), outside"


def test_own_patients_are_filled_and_studies_outlined() -> None:
    shared = {"panel": "VRd: median", "unit": "months", "low": None, "high": None, "words": ""}
    own, study = point_lines(
        [
            {**shared, "label": "your patients", "group": "observed", "value": 40.0},
            {**shared, "label": "s0777", "group": "trial", "value": 41.0},
        ]
    )
    assert own.value is not None and own.mark is None
    assert study.mark is not None and study.value is None
    assert (own.heading, study.heading) == ("VRd: median", "")


def test_every_picture_of_a_network_has_its_list() -> None:
    """What is drawn wider than a phone scrolled sideways there."""
    answer = cb.network("rrmm")
    lists = answer.lists()
    assert set(lists) == set(answer.charts())
    ranks = [line for line in lists["ranks"] if line.words != "0 %"]
    assert lists["ranks"][0].heading.startswith("DRd, SUCRA ")
    assert sum(float(line.words.rstrip(" %")) for line in lists["ranks"][:5]) == pytest.approx(100, abs=2)
    assert all(line.low == 0 and line.high is not None for line in ranks)
    funnel = lists["funnel"]
    assert len(funnel) == len(answer.result.data.studies)
    assert all(line.low is not None and line.low < 50 < (line.high or 0) for line in funnel)
    assert {line.words for line in funnel} == {f"0.00, standard error {se}" for se in ("0.10", "0.12")}  # not -0.00
    page = answer.page()
    assert "No comparison has two trials" in page
    assert page.count('class="chart has-lines"') == page.count('class="chart')


def test_no_bar_of_a_deep_fall_is_pale() -> None:
    """A subject whose M-protein vanished but was confirmed as partial response only fell as far as one in VGPR."""
    rows = [
        {"arm": "VRd", "subject": 1, "change": -100.0, "response": "PR"},
        {"arm": "VRd", "subject": 2, "change": -100.0, "response": "CR"},
        {"arm": "VRd", "subject": 3, "change": -60.0, "response": "MR"},
        {"arm": "VRd", "subject": 4, "change": 40.0, "response": "NE"},
    ]
    sets = waterfall(rows, ["VRd"]).to_dict()["datasets"].values()
    colours = {row["subject"]: row["response"] for data in sets for row in data if "subject" in row}
    assert colours == {1: "VGPR", 2: "CR", 3: "PR", 4: "PD"}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.05, "0.05"),
        (36520.0, "36\u202f520"),
        (7.83e-5, "7.83\u00a0×\u00a010⁻⁵"),
        (1e-9, "1\u00a0×\u00a010⁻⁹"),
        (0.0, "0"),
    ],
)
def test_no_number_has_the_letter_e(value: float, shown: str) -> None:
    assert wording.amount(value) == shown
