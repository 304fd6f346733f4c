"""`cb.adjust`: an indirect comparison adjusted for the population, as a user asks for it from Python."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

import cereblon as cb
from cereblon.cli.evidence import app
from cereblon.core.errors import ArgumentError, InputError, UnknownNameError

EXAMPLES = Path(__file__).parents[2] / "docs/examples"
PEOPLE, TARGETS = EXAMPLES / "adjust-patients.csv", EXAMPLES / "adjust-targets.csv"
RATIO = cb.PublishedRatio(0.75, 0.60, 0.94)


def printed(*arguments: object) -> dict[str, object]:
    """Give what the command prints as JSON."""
    done = CliRunner().invoke(app, ["adjust", *map(str, arguments), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    content: dict[str, object] = json.loads(done.stdout)
    return content


@pytest.fixture(scope="module")
def anchored() -> cb.PopulationAdjustment:
    return cb.adjust(PEOPLE, TARGETS, against=RATIO, arm="new", control="control")


def test_weights_bring_people_to_the_published_baseline(anchored: cb.PopulationAdjustment) -> None:
    """That is what the weights are solved for; their mean is 1 by definition."""
    for row in anchored.balance:
        assert row["after"] == pytest.approx(row["target"], abs=1e-6)
    assert sum(anchored.weights) / len(anchored.weights) == pytest.approx(1)
    assert anchored.effects[-1]["step"] == "indirect, adjusted"


def test_adjust_and_its_command_give_the_same(anchored: cb.PopulationAdjustment) -> None:
    options = ("--arm", "new", "--control", "control", "--ratio", "0.75,0.60,0.94")
    assert json.loads(anchored.to_json()) == printed("--data", PEOPLE, "--targets", TARGETS, *options)


def test_people_and_baseline_may_be_tables_in_memory(anchored: cb.PopulationAdjustment) -> None:
    baseline = pl.read_csv(TARGETS).to_dict(as_series=False)
    found = cb.adjust(pl.read_csv(PEOPLE), baseline, against=RATIO, arm="new", control="control")
    assert [row["value"] for row in found.effects] == pytest.approx([row["value"] for row in anchored.effects])


def test_an_adjustment_is_saved_and_shown(anchored: cb.PopulationAdjustment, tmp_path: Path) -> None:
    for name in ("a.html", "a.json", "a.csv", "a.svg"):
        assert anchored.save(tmp_path / name).stat().st_size > 300
    assert "Adjusted comparison with comparator" in (tmp_path / "a.html").read_text(encoding="utf-8")
    with anchored.save_weights(tmp_path / "w.csv").open() as file:
        assert len(list(csv.DictReader(file))) == len(anchored.weights)
    assert "<img" in anchored._repr_html_()
    assert "effective sample size" in anchored.text()
    assert anchored.table("balance").columns == ["label", "statistic", "before", "after", "target", "source"]


def test_a_population_by_name_gives_weights_for_a_study() -> None:
    """ASPIRE, both arms together: 19.5 % had ISS stage III, as the library has it."""
    found = cb.adjust("rrmm-1-3", "aspire", match=["baseline_age_median", "baseline_iss_3"])
    after = {row["label"]: row["after"] for row in found.balance}
    assert after["baseline_iss_3"] == pytest.approx(0.195, abs=0.001)
    assert found.comparator == "aspire"
    options = ("--study", "aspire", "--match", "baseline_age_median,baseline_iss_3")
    assert json.loads(found.to_json()) == printed("--population", "rrmm-1-3", *options)


def test_a_regression_has_no_weights(tmp_path: Path) -> None:
    found = cb.adjust(PEOPLE, TARGETS, against=RATIO, arm="new", control="control", method="stc")
    assert list(found.tables()) == ["effects"]
    with pytest.raises(InputError, match="a regression has none"):
        found.save_weights(tmp_path / "w.csv")


def test_a_printed_curve_is_a_comparator() -> None:
    """Without a control to anchor on, which the warning says."""
    points = pl.read_csv(EXAMPLES / "curve-points.csv").filter(pl.col("arm") == "control")
    at_risk = pl.read_csv(EXAMPLES / "curve-at-risk.csv")
    columns = ["month", "control"] if "control" in at_risk.columns else ["month", "at_risk"]
    kept = at_risk if "control" in at_risk.columns else at_risk.filter(pl.col("arm") == "control")
    curve = cb.PrintedCurve(points.drop("arm"), kept.select(columns), events=146)
    found = cb.adjust(PEOPLE, TARGETS, against=curve, arm="new", comparator="old")
    assert [row["versus"] for row in found.effects] == ["old", "old"]
    assert any("without an anchor" in text for text in found.warnings)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "magic"}, "method is 'magic'; allowed: maic, stc"),
        ({"method": "stc"}, "method stc needs a comparator"),
        ({"bootstrap": 20}, "at least 100 replicates"),
        ({"control": "control"}, "control would change nothing: there is no comparator"),
        ({"against": cb.Responders(3, 9), "outcome": "time"}, "outcome would change nothing: responders and curves"),
        ({"against": RATIO, "method": "stc", "median_rule": "half"}, "a regression takes a median for the mean"),
        ({"median_rule": "half"}, "median_rule applies only where a median is matched"),
        ({"leave_out_missing": True}, "leave_out_missing changes nothing: no matched covariate is missing"),
        ({"baseline_arm": "x"}, "baseline_arm would change nothing: a baseline table is of one population"),
        ({"patients": "rrmm-1-3", "arm": "x"}, "arm would change nothing: patients of a population have one arm"),
        ({"patients": "rrmm-1-3", "time_unit": "days"}, "time_unit would change nothing: no table of times is read"),
    ],
)
def test_arguments_that_say_nothing_are_refused(arguments: dict[str, Any], message: str, tmp_path: Path) -> None:
    targets = tmp_path / "t.csv"
    targets.write_text("covariate,statistic,value\nage,mean,62\n", encoding="utf-8")
    given = {"patients": PEOPLE, "baseline": targets} | arguments
    with pytest.raises(ArgumentError, match=message):
        cb.adjust(**given)


def test_a_name_that_is_nothing_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="file, run folder or population 'rrmm-13' is not known"):
        cb.adjust("rrmm-13", TARGETS)
    with pytest.raises(UnknownNameError, match="study 'aspir' is not known"):
        cb.adjust(PEOPLE, "aspir")
    with pytest.raises(InputError, match="no such file"):
        cb.adjust(PEOPLE, "nowhere.csv")
