"""`cb.curve` and `cb.over_time`: the individuals behind printed curves, as a user asks for them from Python."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import altair as alt
import polars as pl
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import cereblon as cb
from cereblon.cli.evidence import app
from cereblon.core.errors import ArgumentError, InputError, UnknownNameError

EXAMPLES = Path(__file__).parents[2] / "docs/examples"
POINTS, AT_RISK = EXAMPLES / "curve-points.csv", EXAMPLES / "curve-at-risk.csv"
EVENTS = {"new": 111, "control": 146}


def printed(*arguments: object) -> dict[str, object]:
    """Give what the command prints as JSON."""
    done = CliRunner().invoke(app, [*map(str, arguments), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    content: dict[str, object] = json.loads(done.stdout)
    return content


@pytest.fixture(scope="module")
def rebuilt() -> cb.SurvivalCurves:
    return cb.curve(points=POINTS, at_risk=AT_RISK, events=EVENTS, models="weibull", landmark=[24, "3 years"])


def test_the_invented_trial_is_rebuilt(rebuilt: cb.SurvivalCurves) -> None:
    """The trial behind the example files had 111 and 146 events among 200 and 200 people."""
    found = rebuilt.table("individuals").group_by("arm").agg(pl.len(), pl.col("event").sum()).sort("arm")
    assert found["len"].to_list() == [200, 200]
    assert found["event"].to_list() == pytest.approx([146, 111], abs=1)
    assert rebuilt.origin == "reconstructed"
    assert "Weibull" in rebuilt.text()


def test_curve_and_its_command_give_the_same(rebuilt: cb.SurvivalCurves) -> None:
    options = ("--events", "new=111", "--events", "control=146", "--models", "weibull", "--landmark", "24,3 years")
    assert json.loads(rebuilt.to_json()) == printed("curve", "--points", POINTS, "--at-risk", AT_RISK, *options)


@pytest.mark.parametrize(("event", "status"), [([0] * 8, "no_events"), ([0, 0, 0, 0, 1, 1, 1, 1], "not_identified")])
def test_a_log_rank_test_of_nothing_has_no_p(event: list[int], status: str) -> None:
    """Without an event, and with events only when one arm is left, nothing is tested; it was printed as p = 1."""
    data = {"arm": [*"AAAABBBB"], "month": [1, 2, 3, 4, 5, 6, 7, 8], "event": event}
    found = cb.curve(data=data, models="none").table()
    (row,) = found.filter(pl.col("quantity") == "log_rank_p").to_dicts()
    assert (row["value"], row["status"]) == (None, status)


def test_points_may_be_a_table_in_memory(rebuilt: cb.SurvivalCurves) -> None:
    points, at_risk = pl.read_csv(POINTS), pl.read_csv(AT_RISK).to_dict(as_series=False)
    found = cb.curve(points=points, at_risk=at_risk, events=EVENTS, models="none")
    assert found.table("individuals").drop("study").equals(rebuilt.table("individuals").drop("study"))
    assert found.source == "the table given"


def test_a_curve_is_saved_in_every_form(rebuilt: cb.SurvivalCurves, tmp_path: Path) -> None:
    for name in ("c.html", "c.json", "c.csv", "c.parquet", "c.svg"):
        assert rebuilt.save(tmp_path / name).stat().st_size > 500
    assert "Survival curves" in (tmp_path / "c.html").read_text(encoding="utf-8")
    with (tmp_path / "c.csv").open() as file:
        assert len(list(csv.DictReader(file))) == len(rebuilt.table())


def test_individuals_are_saved_for_a_synthesis_over_time(rebuilt: cb.SurvivalCurves, tmp_path: Path) -> None:
    assert rebuilt.table("individuals").columns == ["study", "arm", "month", "event"]
    people = rebuilt.save_individuals(tmp_path / "people.csv")
    found = cb.over_time(people, reference="control", changes=12, months=[6, 24])
    assert [row["month"] for row in found.effects] == [6, 24, 6, 24]
    options = ("--reference", "control", "--changes", "12", "--months", "6,24")
    assert json.loads(found.to_json()) == printed("over-time", "--data", people, *options)
    assert "piecewise" in found.text()
    assert found.table("models").height == 2
    assert found.save(tmp_path / "ratios.svg").stat().st_size > 1000
    assert "<img" in found._repr_html_()


def test_individuals_are_saved_as_subject_tables(rebuilt: cb.SurvivalCurves, tmp_path: Path) -> None:
    folder = rebuilt.save_tables(tmp_path / "tables")
    assert pq.read_table(folder / "subjects.parquet").num_rows == 400
    with pytest.raises(InputError, match="name a folder that is not there"):
        rebuilt.save_tables(folder)


def test_a_notebook_shows_numbers_picture_and_warnings(rebuilt: cb.SurvivalCurves) -> None:
    shown = rebuilt._repr_html_()
    assert "restricted mean" in shown
    assert "<img" in shown
    assert all(text.split("'")[0] in shown for text in rebuilt.notes)
    assert isinstance(rebuilt.chart(), alt.TopLevelMixin)


def test_of_a_study_alone_nobody_is_rebuilt(tmp_path: Path) -> None:
    """POLLUX: median PFS 44.5 months with daratumumab, 17.5 without (Bahlis 2020)."""
    found = cb.curve("pollux")
    assert found.origin == "reported"
    medians = {(row["arm"], row["value"]) for row in found.numbers if row["quantity"] == "median"}
    assert medians >= {("drd", 44.5), ("rd", 17.5)}
    with pytest.raises(InputError, match="the library holds medians and rates of a study, not its curve"):
        found.save_individuals(tmp_path / "x.csv")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "give a study, points or data"),
        ({"study": "pollux", "models": "weibull"}, "models would change nothing: the library holds medians"),
        ({"data": POINTS, "points": POINTS}, "data would change nothing: the individuals are rebuilt from points"),
        ({"points": POINTS, "at_risk": AT_RISK, "patients": 9}, "patients would change nothing: the numbers at risk"),
        ({"points": POINTS, "patients": 200}, "say of which arm"),
        ({"points": POINTS, "at_risk": AT_RISK, "landmark": "soon"}, "numbers separated by commas are needed"),
        ({"points": 7, "patients": 200}, "a table is needed, not a number"),
        ({"study": "pollux", "endpoint": "efs"}, "endpoint is 'efs'; allowed: pfs, os, ttnt"),
    ],
)
def test_arguments_that_say_nothing_are_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        cb.curve(**arguments)  # type: ignore[arg-type]


def test_an_unknown_arm_and_an_unknown_study_are_named() -> None:
    with pytest.raises(UnknownNameError, match="arm 'newer' is not known"):
        cb.curve(points=POINTS, at_risk=AT_RISK, events={"newer": 3})
    with pytest.raises(UnknownNameError, match="study 'polux' is not known"):
        cb.curve("polux")


def test_a_step_function_has_no_powers() -> None:
    with pytest.raises(ArgumentError, match="powers would change nothing: the ratio is a step function"):
        cb.over_time({"study": ["a"]}, reference="x", changes=6, powers=[1])


def test_arms_and_study_are_called_as_they_are_printed_elsewhere() -> None:
    """Files for programs keep the keys."""
    found = cb.curve("maia")
    assert found.text().startswith("Median 61.9 months with D-Rd; median 34.4 months with Rd.")
    assert "drd" not in found.text() + json.dumps(found.chart().to_dict())
    assert found.document().title == "Survival curves: MAIA (MMY3008)"
    assert set(found.table()["arm"]) == {"drd", "rd"}
