"""What `forest`, `network`, `league` and `compare` are given: used, or refused or named with the reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cereblon.cli.evidence import app
from cereblon.core.errors import InputError, UnknownNameError

DATA = Path(__file__).parent / "data"
LOST = str(DATA / "lost-treatment.csv")
COMMANDS = (("forest",), ("network",), ("league",), ("compare", "A", "C"))
CONTRASTS = "study,treatment,versus,hr,ci_low,ci_high\nA,X,P,0.7,0.55,0.89\nB,X,P,0.8,0.6,1.07\nC,Y,P,0.6,0.45,0.8\n"


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def table(tmp_path: Path, text: str) -> str:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_lost_treatment_is_named_with_the_reason_in_every_command_and_form(command: tuple[str, ...]) -> None:
    why = "study S3: no arm has an event, so a ratio is not informed"
    content = json.loads(run(*command, "--data", LOST, "--json").stdout)
    assert content["treatments_left_out"] == [{"treatment": "X", "why": why}]
    assert [row["study"] for row in content["left_out"]] == ["S3"]
    assert f"treatment X is lost, since no other study has it ({why})" in run(*command, "--data", LOST).stdout
    assert "note: treatment X is lost" in run(*command, "--data", LOST, "--csv").stderr


def test_comparing_a_lost_treatment_says_where_it_went() -> None:
    with pytest.raises(UnknownNameError, match=r"treatment X is lost.*S3: no arm has an event"):
        run("compare", "X", "C", "--data", LOST)


def test_a_treatment_that_goes_with_an_excluded_study_is_named(tmp_path: Path) -> None:
    content = json.loads(run("network", "--data", table(tmp_path, CONTRASTS), "--exclude", "C", "--json").stdout)
    assert content["treatments_left_out"] == [{"treatment": "Y", "why": "study C: left out on request"}]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--correction", "0.1"), "no trial is given by counts"),
        (("--correction", "nan"), "a number from 0 on"),
        (("--equal-arms",), "no trial lacks a pair of its arms"),
        (("--at", "month 6"), "--at does not apply with --data"),
        (("--prior", "half-normal:1"), "--prior applies only with --bayes"),
    ],
)
def test_an_option_that_changes_nothing_is_refused(tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    result = run("network", "--data", table(tmp_path, CONTRASTS), *options)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--grade", "3+"), "--grade is of adverse events"),
        (("--at", "after induction"), "--at is of responses"),
        (("--strict",), "joins no other setting"),
        (("--exclude", "maia"), "not among the studies of pfs_hr in the setting rrmm"),
        (("--level", "95"), "outside 0 to 1"),
        (("--level", "0.05"), "for an error of 0.05 write 0.95"),
    ],
)
def test_an_option_that_says_nothing_about_the_endpoint_is_refused(options: tuple[str, ...], said: str) -> None:
    with pytest.raises(InputError) as caught:
        run("network", "--setting", "rrmm", *options)
    assert said in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize("name", ["D-Rd", "Dara-Rd", "drd", "daratumumab + lenalidomide + dexamethasone"])
def test_a_regimen_is_found_by_its_other_names(name: str) -> None:
    result = run("compare", name, "Rd", "--setting", "rrmm", "--json")
    assert json.loads(result.stdout)["evidence"][0]["treatment"] == "DRd"
    assert f"note: treatment '{name}' was read as DRd" in result.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("network", "--setting", "ndmm-tie", "--reference", "RVd"),
        ("network", "--setting", "ndmm", "--part", "RVd + ASCT"),
        ("forest", "--setting", "maintenance", "--treatment", "Revlimid"),
        ("forest", "--setting", "maintenance", "--reference", "placebo"),
    ],
)
def test_other_names_work_in_every_option(options: tuple[str, ...]) -> None:
    result = run(*options, "--json")
    assert result.exit_code == 0
    assert "was read as" in result.output


def test_hartung_knapp_of_one_trial_is_said_not_to_be(tmp_path: Path) -> None:
    shown = run("forest", "--data", table(tmp_path, CONTRASTS), "--interval", "hartung-knapp").stdout
    assert "hartung-knapp needs two trials; normal intervals are shown for Y versus P" in shown


def test_ranks_that_are_nearly_tied_are_said(tmp_path: Path) -> None:
    text = "study,treatment,versus,effect,se\nA,X,P,-0.41,0.2\nB,Y,P,-0.4,0.2\n"
    content = json.loads(run("network", "--data", table(tmp_path, text), "--measure", "log_hr", "--json").stdout)
    assert any("X before Y is nearly a tie" in note for note in content["notes"])


def test_the_level_reaches_the_pools_without_correction(tmp_path: Path) -> None:
    given = table(tmp_path, "study,treatment,events,n\nA,X,0,50\nA,P,5,50\nC,X,3,60\nC,P,9,60\n")
    (compared,) = json.loads(run("forest", "--data", given, "--level", "0.8", "--json").stdout)["comparisons"]
    assert {row["level"] for row in compared["rows"]} == {0.8}


def test_an_arm_without_any_event_has_no_pool_without_correction_and_says_so(tmp_path: Path) -> None:
    given = table(tmp_path, "study,treatment,events,n\nA,X,0,50\nA,P,5,50\nC,X,0,60\nC,P,9,60\n")
    shown = run("forest", "--data", given).stdout
    assert "the Mantel-Haenszel odds ratio is 0 or infinite" in shown
    assert "rests on the correction for zero cells" in shown


def test_trials_in_which_everybody_has_the_event_are_answered(tmp_path: Path) -> None:
    given = table(tmp_path, "study,treatment,events,n\nA,X,5,5\nA,P,5,5\n")
    shown = run("forest", "--data", given, "--measure", "log_rr").stdout
    assert "the Mantel-Haenszel estimate has no standard error" in shown


def test_markup_in_names_is_drawn(tmp_path: Path) -> None:
    path = tmp_path / "x.svg"
    given = table(tmp_path, "study,treatment,versus,effect,se\nA,&amp;,Y,0.1,0.2\nB,X<b>,Y,-0.3,0.1\n")
    run("network", "--data", given, "--svg", str(path))
    assert path.read_text(encoding="utf-8").startswith("<svg")
