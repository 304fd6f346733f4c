"""The commands for curves and adjusted comparisons: what they print, write and refuse."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from cereblon.cli.evidence import app
from cereblon.core.errors import InputError, UnknownNameError

EXAMPLES = Path(__file__).parents[2] / "docs/examples"
POINTS, AT_RISK = str(EXAMPLES / "curve-points.csv"), str(EXAMPLES / "curve-at-risk.csv")
PEOPLE, TARGETS = str(EXAMPLES / "adjust-patients.csv"), str(EXAMPLES / "adjust-targets.csv")
REBUILD = ("curve", "--points", POINTS, "--at-risk", AT_RISK, "--events", "new=111", "--events", "control=146")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments], catch_exceptions=False)


def failing(*arguments: str) -> Result:
    found = CliRunner().invoke(app, [*arguments])
    assert found.exit_code == 2
    return found


@pytest.fixture(scope="module")
def individuals(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("curve") / "people.csv"
    assert run(*REBUILD, "--models", "none", "--individuals", str(path)).exit_code == 0
    return str(path)


def test_curve_rebuilds_the_events_that_were_given() -> None:
    """The invented trial behind the example files had 111 and 146 events among 200 and 200 people."""
    content = json.loads(run(*REBUILD, "--models", "none", "--json").stdout)
    counts = {
        (row["arm"], row["quantity"]): row["value"]
        for row in content["rows"]
        if row["quantity"] in ("events", "patients")
    }
    assert counts["new", "patients"] == counts["control", "patients"] == 200
    assert counts["new", "events"] == pytest.approx(111, abs=1)
    assert counts["control", "events"] == pytest.approx(146, abs=1)
    assert content["origin"] == "reconstructed"
    assert len(content["individuals"]) == 400


def test_curve_prints_fits_with_what_lies_beyond_marked() -> None:
    rows = list(
        csv.DictReader(
            io.StringIO(run(*REBUILD, "--models", "weibull,exponential", "--landmark", "24,90", "--csv").stdout)
        )
    )
    rates = [row for row in rows if row["model"] == "Weibull" and row["quantity"] == "rate" and row["arm"] == "new"]
    assert [(row["month"], row["extrapolated"]) for row in rates] == [
        ("24.0", "no"),
        ("90.0", "yes"),
        ("96.0", "yes"),
    ]


def test_curve_writes_pictures_pages_and_subject_tables(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("c.html", "c.png", "c.svg")]
    done = run(
        *REBUILD, "--models", "weibull", "--html", str(files[0]), "--png", str(files[1]), "--svg", str(files[2]),
        "--tables", str(tmp_path / "tables"),
    )  # fmt: skip
    assert done.exit_code == 0
    assert all(file.stat().st_size > 1000 for file in files)
    page = re.sub(r"<script.*?</script>", "", files[0].read_text(encoding="utf-8"), flags=re.DOTALL)
    assert 'class="live"' in page  # a picture as wide as the window
    assert not re.search(r"https?://(?!www\.w3\.org)", page)
    subjects = pq.read_table(tmp_path / "tables" / "subjects.parquet")
    assert set(subjects["origin"].to_pylist()) == {"reconstructed"}


def test_curve_of_a_study_shows_what_was_published() -> None:
    """POLLUX: median PFS 44.5 months with daratumumab, 17.5 without (Bahlis 2020)."""
    rows = json.loads(run("curve", "pollux", "--json").stdout)["rows"]
    assert {(row["arm"], row["value"]) for row in rows if row["quantity"] == "median"} >= {
        ("drd", 44.5),
        ("rd", 17.5),
    }


def test_curve_rebuilds_nobody_from_a_study_alone() -> None:
    output = " ".join(failing("curve", "pollux", "--individuals", "x.csv").output.split())
    assert "the library holds medians and rates of a study, not its curve" in output


def test_curve_needs_something_to_work_on() -> None:
    assert "give a study, --points FILE.csv or --data FILE.csv" in " ".join(failing("curve").output.split())


def test_curve_names_an_arm_that_is_not_there() -> None:
    with pytest.raises(UnknownNameError, match="arm 'newer' is not known"):
        run(*REBUILD, "--models", "none", "--versus", "newer")


def test_curve_refuses_points_that_rise(tmp_path: Path) -> None:
    file = tmp_path / "points.csv"
    file.write_text("month,survival\n0,1\n6,0.5\n12,0.8\n")
    with pytest.raises(InputError, match="the curve rises"):
        run("curve", "--points", str(file), "--patients", "100")


def test_over_time_reads_the_individuals_that_curve_writes(individuals: str) -> None:
    """Weibull arms with shapes 1.1 and 1 and scales 42 and 24: ratios near 0.5 throughout, from 130 events."""
    rows = json.loads(
        run(
            "over-time",
            "--data",
            individuals,
            "--reference",
            "control",
            "--changes",
            "12",
            "--months",
            "6,24",
            "--json",
        ).stdout
    )["effects"]
    stepwise = [row for row in rows if row["model"].startswith("piecewise")]
    assert [row["month"] for row in stepwise] == [6, 24]
    assert all(row["low"] < 0.6 and row["high"] > 0.45 for row in stepwise)


def test_over_time_draws(individuals: str, tmp_path: Path) -> None:
    page = tmp_path / "ratios.html"
    done = run("over-time", "--data", individuals, "--reference", "control", "--powers", "0", "--html", str(page))
    assert done.exit_code == 0
    assert "Hazard ratio over time" in page.read_text(encoding="utf-8")


def test_adjust_prints_effects_balance_and_effective_size() -> None:
    content = json.loads(
        run("adjust", "--data", PEOPLE, "--targets", TARGETS, "--arm", "new", "--control", "control",
            "--ratio", "0.75,0.60,0.94", "--json").stdout
    )  # fmt: skip
    assert content["effects"][-1]["step"] == "indirect, adjusted"
    for row in content["balance"]:
        assert row["after"] == pytest.approx(row["target"], abs=1e-6)
    assert all(0 < row["effective"] < row["n"] for row in content["effective_sample_size"])
    assert len(content["weights"]) == 300


def test_adjust_by_regression_prints_no_weights() -> None:
    content = json.loads(
        run("adjust", "--data", PEOPLE, "--targets", TARGETS, "--arm", "new", "--control", "control",
            "--ratio", "0.75,0.60,0.94", "--method", "stc", "--json").stdout
    )  # fmt: skip
    assert "weights" not in content
    assert content["effects"][-1]["step"] == "indirect, adjusted"


def test_adjust_of_a_virtual_population_gives_weights_for_a_study(tmp_path: Path) -> None:
    out, picture = tmp_path / "weights.csv", tmp_path / "weights.svg"
    done = run(
        "adjust", "--population", "rrmm-1-3", "--study", "aspire", "--match", "baseline_age_median,baseline_iss_3",
        "--weights", str(out), "--svg", str(picture), "--csv",
    )  # fmt: skip
    rows = {row["label"]: row for row in csv.DictReader(io.StringIO(done.stdout))}
    assert float(rows["baseline_iss_3"]["after"]) == pytest.approx(0.195, abs=0.001)
    assert len(out.read_text().splitlines()) == 2001
    assert picture.stat().st_size > 1000


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A run folder of two arms of 40 people with ages 50 to 69.5, half with an event of PFS, from month 6 or 3 on."""
    from cereblon.synthesis.curves.guyot import Rebuilt
    from cereblon.synthesis.curves.individuals import subject_tables
    from cereblon.trials.beginning import create_run
    from cereblon.trials.block import block_contents

    seen = np.arange(40) % 2 == 0
    month = np.linspace(1, 3, 40)
    arms = [Rebuilt(name, month * by, seen, 0, 0, None, ()) for name, by in (("vrd", 6.0), ("rd", 3.0))]
    tables = subject_tables(arms, endpoint="pfs", source_id="a-run")
    place = tables["subjects"].schema.get_field_index("age")
    ages = np.tile(np.linspace(50, 69.5, 40), 2)
    tables["subjects"] = tables["subjects"].set_column(place, tables["subjects"].schema.field(place), [ages])
    folder = create_run(
        tmp_path_factory.mktemp("runs") / "one",
        {"run_id": "one", "fingerprint": "one", "block_size": 80, "blocks": 1},
    )
    folder.write_block(0, block_contents(tables))
    return str(folder.path)


def test_adjust_takes_simulated_people_from_a_run_folder(run_folder: str, tmp_path: Path) -> None:
    """Mean age 59.75 moved to 62; the arms have the same ages, so the same weights and effective sizes."""
    targets = tmp_path / "targets.csv"
    targets.write_text("covariate,statistic,value\nage,mean,62\n")
    done = run(
        "adjust", "--run", run_folder, "--targets", str(targets), "--arm", "vrd", "--control", "rd",
        "--ratio", "0.8,0.7,0.91", "--json",
    )  # fmt: skip
    content = json.loads(done.stdout)
    assert content["balance"][0]["before"] == pytest.approx(59.75)
    assert content["balance"][0]["after"] == pytest.approx(62)
    sizes = [row["effective"] for row in content["effective_sample_size"]]
    assert sizes[0] == pytest.approx(sizes[1])
    assert content["effects"][0]["value"] < 1


def test_adjust_names_a_replicate_that_is_not_in_the_run(run_folder: str) -> None:
    with pytest.raises(InputError, match="replicate 7 is not among 0 to 0"):
        run("adjust", "--run", run_folder, "--targets", TARGETS, "--replicate", "7")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("adjust", "--targets", TARGETS), "give one of --data, --run and --population"),
        (("adjust", "--data", PEOPLE), "give --study ID or --targets FILE.csv"),
        (("adjust", "--data", PEOPLE, "--targets", TARGETS, "--ratio", "0.7"), "value,low,high is needed"),
        (("adjust", "--data", PEOPLE, "--targets", TARGETS, "--method", "magic"), "allowed: maic, stc"),
        (("adjust", "--data", PEOPLE, "--targets", TARGETS, "--method", "stc"), "needs a comparator"),
        (("curve", "--data", PEOPLE, "--points", POINTS), "--data does not apply with --points"),
        (("curve", "--data", PEOPLE, "--landmark", "a"), "numbers separated by commas are needed"),
        ((*REBUILD[:5], "--events", "120"), "say of which arm"),
        (
            ("over-time", "--data", PEOPLE, "--reference", "x", "--changes", "1", "--powers", "1"),
            "--powers does not apply with --changes",
        ),
    ],
)
def test_wrong_usage_is_named(arguments: tuple[str, ...], message: str) -> None:
    output = " ".join(failing(*arguments).output.replace("│", " ").split())
    assert message in output


@pytest.mark.parametrize("command", ["curve", "adjust"])
def test_the_example_in_the_help_works(command: str) -> None:
    help_text = run(command, "--help").stdout.split("Example: cereblon evidence ")[1]
    example = help_text.split("\n\n")[0].split()
    assert run(*example).exit_code == 0
