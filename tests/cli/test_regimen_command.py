"""`cereblon regimen` as a user meets it."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cereblon.cli.main import main
from cereblon.cli.regimen import app
from cereblon.model.regimens import parse_regimen, regimen_names
from cereblon.trials.library import load_strategy, strategy_names

GOOD = """
id: mine
label: Lenalidomide alone
sources: {protocol: {citation: our protocol, quality: primary}}
phases:
  - name: treatment
    cycle_days: 28
    cycles: 6
    source: protocol
    orders:
      - {drug: lenalidomide, dose: 10, unit: mg, route: oral, days: 1-21}
"""


def _run(*arguments: str, stdin: str = "") -> str:
    result = CliRunner().invoke(app, list(arguments), input=stdin, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def _main(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run the whole command line and give its exit code."""
    monkeypatch.setattr(sys, "argv", ["cereblon", "regimen", *arguments])
    with pytest.raises(SystemExit) as stop:
        main()
    return int(stop.value.code or 0)


def test_the_list_names_every_regimen_and_strategy() -> None:
    rows = json.loads(_run("list", "--json"))
    assert [row["name"] for row in rows] == [*regimen_names(), *strategy_names()]


def test_the_list_as_csv_has_one_line_per_entry_and_a_head() -> None:
    rows = list(csv.DictReader(io.StringIO(_run("list", "--csv"))))
    assert [row["drugs"] for row in rows if row["name"] == "ird"] == ["lenalidomide dexamethasone ixazomib"]
    assert len(rows) == len(regimen_names()) + len(strategy_names())


def test_the_list_as_text_shows_names_and_labels() -> None:
    assert "KRd: carfilzomib 20/27 for 18 cycles, then Rd until progression (ASPIRE)" in _run("list")


def test_show_prints_calendar_sources_and_quality() -> None:
    shown = _run("show", "vrd-s0777")
    assert "induction: cycles 1-8, 21 days each" in shown
    assert "[s0777-report] secondary: SWOG S0777" in shown


def test_show_of_a_strategy_says_that_its_lines_are_assumed() -> None:
    shown = _run("show", "swog-s0777-vrd")
    assert "lines: vrd-s0777, then kd, then dara; 28 days between lines" in shown
    assert "basis of the later lines: assumed" in shown


def test_show_as_json_is_read_back_as_the_same_regimen() -> None:
    shown = json.loads(_run("show", "krd", "--json"))
    assert parse_regimen(shown, where="krd").drugs == ("lenalidomide", "dexamethasone", "carfilzomib")


def test_show_as_csv_has_one_line_per_order() -> None:
    rows = list(csv.DictReader(io.StringIO(_run("show", "vrd-s0777", "--csv"))))
    assert [(row["drug"], row["days"]) for row in rows[:2]] == [("bortezomib", "1,4,8,11"), ("lenalidomide", "1-14")]


def test_show_draws_svg_and_png(tmp_path: Path) -> None:
    svg, png = tmp_path / "a.svg", tmp_path / "a.png"
    assert _run("show", "vrd-s0777", "--svg", str(svg), "--png", str(png)) == ""
    assert svg.read_text(encoding="utf-8").startswith("<svg")
    assert png.read_bytes().startswith(b"\x89PNG")


def test_check_of_a_good_file_says_ok_with_a_summary(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(GOOD, encoding="utf-8")
    assert _run("check", str(file)) == (
        f"OK: {file}: regimen mine, 1 phase, 1 order (lenalidomide), 168 days\n"
        "  treatment: lenalidomide 10 mg oral, 21 doses a cycle, days 1-21 of 28\n"
    )


def test_check_reads_standard_input() -> None:
    strategy = load_strategy("pollux-rd").model_dump_json()
    told = _run("check", "-", stdin=strategy).splitlines()
    assert told[0] == "OK: standard input: strategy pollux-rd, rd, then dara, then kd"
    assert told[1] == "  continuous: lenalidomide 25 mg oral, 21 doses a cycle, days 1-21 of 28"


def test_check_warns_of_what_cannot_be_simulated() -> None:
    result = CliRunner().invoke(app, ["check", "-"], input=GOOD.replace("cycle_days: 28", "cycle_days: 30"))
    assert result.exit_code == 0
    assert "warning: standard input, phase treatment: a cycle of 30 days cannot be simulated" in result.stderr


def test_check_of_a_bad_file_lists_its_problems_and_exits_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(GOOD.replace("1-21", "1-29").replace("label:", "labels:"), encoding="utf-8")
    assert _main(monkeypatch, "check", str(file)) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "phase treatment, lenalidomide: day 29 is outside the 28-day cycle" in shown.err
    assert "labels: is not a known field" in shown.err
    assert "hint: days count from 1; for a longer cycle set cycle_days" in shown.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("show", "vrd-s077"), 1, "did you mean vrd-s0777"),
        (("show", "none.yaml"), 1, "no such file"),
        (("check", "none.yaml"), 1, "no such file"),
        (("show", "rd", "--png", "none/rd.png"), 1, "cannot be written"),
        (("show", "rd", "--json", "--csv"), 2, "one format can be printed"),
        (("show",), 2, "Missing argument"),
        (("draw", "rd"), 2, "No such command"),
    ],
)
def test_an_error_is_one_paragraph_on_stderr_with_its_exit_code(
    arguments: tuple[str, ...],
    code: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert _main(monkeypatch, *arguments) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert words in " ".join(shown.err.split())
    assert "Traceback" not in shown.err


@pytest.mark.parametrize("command", ["list", "show", "check"])
def test_help_ends_with_an_example(command: str) -> None:
    assert "Example: cereblon regimen " in " ".join(_run(command, "--help").split())


@pytest.mark.parametrize(
    "example",
    [("list", "--csv"), ("show", "vrd-s0777"), ("show", "rd18", "--json")],
    ids=lambda parts: " ".join(parts),
)
def test_the_examples_of_the_help_work(example: tuple[str, ...]) -> None:
    assert _run(*example)
