"""The command `cereblon evidence`."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_calls import Call
from typer.testing import CliRunner, Result

from cereblon.cli.evidence import app
from cereblon.core.errors import InputError, UnknownNameError
from cereblon.evidence import COLUMNS, load_all, study_ids


def run(*arguments: str, columns: int = 80) -> Result:
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": str(columns)})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_the_table_shows_a_number_with_its_reference() -> None:
    """ASPIRE: overall response 87.1 % with KRd (Stewart 2015)."""
    text = run("table", "--endpoint", "orr", "--setting", "rrmm", "--regimen", "KRd").stdout
    (row,) = [line for line in text.splitlines() if line.startswith("aspire")]
    assert "87.1 %" in row
    mark = row.split()[-1]
    assert f"{mark} Stewart 2015, N Engl J Med, doi:10.1056/NEJMoa1411321" in text


def test_a_secondary_source_and_a_warning_are_marked() -> None:
    text = run("table", "--endpoint", "orr", "--role", "validation", "--regimen", "Rd").stdout
    assert "(secondary)" in text
    assert "do not use without reading\n! rw-rd-korea, Rd, orr 74 %" in text


@pytest.mark.parametrize("arguments", [["table"], ["list"], ["endpoints"], *(["show", name] for name in study_ids())])
def test_text_fits_80_columns_but_for_addresses(arguments: list[str]) -> None:
    lines = run(*arguments).stdout.splitlines()
    too_long = [line for line in lines if len(line) > 80 and not line.startswith("[") and " " in line.strip()]
    assert not too_long


def test_the_list_names_every_study_once() -> None:
    lines = run("list").stdout.splitlines()
    words = [line.split()[0] for line in lines if line and not line.startswith("study")]
    assert sorted(word for word in words if word in study_ids()) == sorted(study_ids())


def test_the_list_is_narrowed_by_setting_role_and_kind() -> None:
    rows = json.loads(
        run("list", "--setting", "rrmm", "--role", "calibration", "--kind", "single-arm", "--json").stdout
    )
    assert [row["study"] for row in rows] == ["len-renal-pk-phase2", "len-single-agent-014", "pre1003"]
    assert all(row["role_reason"] for row in rows)


def test_csv_and_json_hold_the_same_rows() -> None:
    arguments = ["table", "--endpoint", "pfs_hr", "--endpoint", "os_hr", "--kind", "randomised"]
    from_csv = list(csv.DictReader(io.StringIO(run(*arguments, "--csv").stdout)))
    from_json = json.loads(run(*arguments, "--json").stdout)
    assert list(from_csv[0]) == list(from_json[0]) == list(COLUMNS)
    assert from_csv == [{k: "" if v is None else str(v) for k, v in row.items()} for row in from_json]
    assert {row["endpoint"] for row in from_json} == {"pfs_hr", "os_hr"}
    assert all(row["reference"] for row in from_json)


def test_the_whole_table_is_every_fact() -> None:
    assert len(list(csv.DictReader(io.StringIO(run("table", "--csv").stdout)))) == sum(
        len(study.facts) for study in load_all()
    )


def test_a_study_is_shown_with_regimens_conflicts_and_cautions() -> None:
    text = run("show", "swog-s0777").stdout
    for part in (
        "role: calibration (",
        "induction, 8 x 21 days: bortezomib 1.3 mg/m²",
        "conflicts",
        "notes",
        "references",
    ):
        assert part in text
    assert "0.742 (96%" in text


def test_a_study_as_json_is_its_file() -> None:
    """The JSON of a study can be written as a study file again and loads to the same study."""
    from cereblon.evidence import load_study
    from cereblon.evidence.schema import parse_study

    text = run("show", "gmmg-hd7", "--json").stdout
    assert parse_study(text, where="json") == load_study("gmmg-hd7")


def test_an_unknown_endpoint_study_setting_or_role_names_its_neighbours() -> None:
    for arguments, message in (
        (["table", "--endpoint", "pfs_hazard"], "did you mean pfs_hr"),
        (["show", "swog-s077"], "did you mean swog-s0777"),
        (["list", "--setting", "rrm"], "did you mean rrmm"),
        (["list", "--role", "train"], "known: calibration, context, validation|did you mean"),
    ):
        with pytest.raises(UnknownNameError, match=message):
            run(*arguments)


def test_two_output_formats_are_wrong_usage() -> None:
    for command in (["table"], ["list"], ["show", "maia"], ["endpoints"]):
        result = run(*command, "--json", "--csv")
        assert (result.exit_code, result.stdout) == (2, "")


def test_nothing_found_leaves_standard_output_empty() -> None:
    result = run("table", "--endpoint", "ror", "--setting", "rrmm")
    assert (result.stdout, "no such number" in result.stderr) == ("", True)
    assert run("table", "--endpoint", "ror", "--setting", "rrmm", "--csv").stdout == ",".join(COLUMNS) + "\n"
    assert json.loads(run("table", "--endpoint", "ror", "--setting", "rrmm", "--json").stdout) == []


def test_check_names_the_problems_of_each_file(tmp_path: Path) -> None:
    packaged = Path(__file__).parents[2] / "src/cereblon/evidence/studies/maia.yaml"
    good, bad = tmp_path / "maia.yaml", tmp_path / "bad.yaml"
    text = packaged.read_text(encoding="utf-8")
    good.write_text(text, encoding="utf-8")
    bad.write_text(text.replace("id: maia", "id: bad").replace("value: 92.9", "value: 929"), encoding="utf-8")
    assert "maia.yaml: 70 facts, no problem" in run("check", str(good)).stdout
    with pytest.raises(InputError, match=r"bad\.yaml, fact \d+ \(drd, orr\), value: got 929 percent"):
        run("check", str(good), str(bad))


@pytest.mark.parametrize("command", ["list", "show", "table", "endpoints"])
def test_the_example_in_the_help_works(command: str) -> None:
    example = run(command, "--help").stdout.split("Example: cereblon evidence ")[1].splitlines()[0]
    assert run(*example.split()).exit_code == 0


def test_an_error_is_one_paragraph_on_standard_error_and_exit_code_1() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from cereblon.cli.main import main; main()",
            "evidence",
            "table",
            "--endpoint",
            "orrr",
        ],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: endpoint 'orrr' is not known\n\nhint: did you mean orr")
    assert "Traceback" not in done.stderr


def test_a_title_that_turns_words_round_is_shown_by_its_code(call: Call, tmp_path: Path) -> None:
    (tmp_path / "x.ris").write_text("TY  - JOUR\nTI  - Ratio \u202e5.0\nAU  - Fam, G\nPY  - 2016\nER  - \n")
    answer = call("evidence", "import", str(tmp_path / "x.ris"))
    assert answer.code == 0
    assert r"Ratio \u202e5.0" in answer.out
    assert "\u202e" not in answer.out + answer.err
