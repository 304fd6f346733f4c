from __future__ import annotations

import csv
import io
import json

import pytest
from typer.testing import CliRunner

from cereblon.cli.population import app
from cereblon.core.errors import UnknownNameError
from cereblon.tables.schemas import SUBJECTS

run = CliRunner()


def test_list_names_every_population_and_its_studies() -> None:
    result = run.invoke(app, ["list", "--json"])
    rows = {row["population"]: row for row in json.loads(result.stdout)}
    assert set(rows) == {"maintenance-post-asct", "ndmm", "ndmm-te", "ndmm-tie", "rrmm-1-3", "rrmm-heavy"}
    assert "swog-s0777" in rows["ndmm"]["studies"]
    assert "rrmm-heavy" in run.invoke(app, ["list"]).stdout


def test_show_prints_figures_numbers_and_sources() -> None:
    text = run.invoke(app, ["show", "ndmm"]).stdout
    for part in ("10,000 patients drawn with seed 1", "numbers, ", "of them assumed", "doi:10.4065/78.1.21"):
        assert part in text


def test_show_like_a_study_says_what_was_reached_and_what_not() -> None:
    text = run.invoke(app, ["show", "rrmm-1-3", "--like", "aspire"]).stdout
    assert "not used: Earlier lenalidomide 20" in text
    content = json.loads(run.invoke(app, ["show", "ndmm", "--like", "swog-s0777", "--json"]).stdout)
    figures = {row["endpoint"]: row for row in content["like"]["used"]}
    assert figures["baseline_age_median"]["published"] == 63.0
    assert figures["baseline_age_median"]["reached"]
    found = {(row["covariate"], row["statistic"]): row["value"] for row in content["drawn"]["findings"]}
    assert found["crcl_ml_min", "< 30"] == 0.0


def test_draw_prints_one_row_for_each_person_and_the_seed() -> None:
    result = run.invoke(app, ["draw", "rrmm-1-3", "--n", "5", "--seed", "7", "--csv"])
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert len(rows) == 5
    assert list(rows[0])[1:] == SUBJECTS.names[SUBJECTS.names.index("age") : SUBJECTS.names.index("result_code")]
    assert "seed 7" in result.stderr


def test_draw_gives_the_same_person_in_json_and_in_a_larger_draw() -> None:
    few = json.loads(run.invoke(app, ["draw", "ndmm", "--n", "2", "--json"]).stdout)
    many = json.loads(run.invoke(app, ["draw", "ndmm", "--n", "9", "--json"]).stdout)
    assert few == many[:2]


def test_both_formats_at_once_is_wrong_usage() -> None:
    assert run.invoke(app, ["draw", "ndmm", "--csv", "--json"]).exit_code == 2


@pytest.mark.parametrize("arguments", [["show", "nddm"], ["show", "ndmm", "--like", "swog-s077"], ["draw", "nope"]])
def test_unknown_names_are_refused(arguments: list[str]) -> None:
    assert isinstance(run.invoke(app, arguments).exception, UnknownNameError)


@pytest.mark.parametrize("command", [[], ["list"], ["show"], ["draw"]])
def test_help_ends_with_an_example(command: list[str]) -> None:
    assert "Example: cereblon population" in run.invoke(app, [*command, "--help"]).stdout
