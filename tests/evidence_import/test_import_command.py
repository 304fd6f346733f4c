"""`evidence import` and `evidence cite` as a user calls them."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from registry_example import record
from typer.testing import CliRunner

from cereblon.cli.evidence import app
from cereblon.core.errors import InputError

COUNTS = "drug,event,reports,drug_reports,event_reports,all_reports\nlenalidomide,rash,20,100,120,10000\n"


def call(*words: object) -> tuple[str, str]:
    done = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout, done.stderr


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "record.json"
    path.write_text(json.dumps(record()), encoding="utf-8")
    return path


def test_a_draft_goes_to_standard_output_and_what_it_lacks_to_the_other(study: Path) -> None:
    out, err = call("import", study)
    assert out.startswith("# Draft made from record NCT09999999")
    assert "does not load until these are completed:\n  setting" in err
    assert "Quality of Life" in err


def test_a_draft_that_was_worked_on_is_not_replaced(study: Path, tmp_path: Path) -> None:
    target = tmp_path / "nct09999999.yaml"
    call("import", study, "--out", target)
    with pytest.raises(InputError, match="exists already"):
        call("import", study, "--out", target)


def test_a_draft_is_refused_by_check(study: Path, tmp_path: Path) -> None:
    target = tmp_path / "nct09999999.yaml"
    call("import", study, "--out", target)
    with pytest.raises(InputError, match="setting: is still TO_COMPLETE"):
        call("check", target)


def test_counts_give_a_table_and_the_cautions(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text(COUNTS, encoding="utf-8")
    out, err = call("import", path, "--json")
    (row,) = json.loads(out)["ratios"]
    assert row["ror"] == pytest.approx(24.5)
    assert "not incidence" in err
    assert "stimulated" in err


def test_citations_of_a_study_come_back_as_its_sources(tmp_path: Path) -> None:
    out, _ = call("cite", "tourmaline-mm1", "--bibtex")
    path = tmp_path / "refs.bib"
    path.write_text(out, encoding="utf-8")
    back, err = call("import", path, "--json")
    sources = json.loads(back)["sources"]
    assert sources["moreau-2016"]["doi"] == "10.1056/NEJMoa1516282"
    assert "quality is left for a person" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["import", "{counts}", "--as", "xml"], "allowed: ctgov, ris, medline, wos, endnote, bibtex, reports"),
        (["import", "{counts}", "--drug", "x"], "--drug applies only with --all-drugs"),
        (["import", "{counts}", "--out", "x"], "--out is for drafts"),
        (["import", "{counts}", "--png", "x.gif"], "x.gif: the name does not end in .png"),
        (["import", "{counts}", "--json", "--csv"], "one format can be printed at a time"),
        (["cite", "swog-s0777", "--svg", "x.png"], "x.png: the name does not end in .svg"),
        (
            ["cite", "swog-s0777", "--ris", "--csl"],
            "--csl does not apply with --ris: one format can be printed at a time",
        ),
    ],
)
def test_wrong_usage_says_what_is_allowed(words: list[str], message: str, tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text(COUNTS, encoding="utf-8")
    done = CliRunner().invoke(app, [word.format(counts=path) for word in words])
    assert done.exit_code == 2
    assert message in " ".join(done.output.split())


def test_a_file_of_no_known_kind_is_an_error_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("hello", encoding="utf-8")
    code = "import sys; from cereblon.cli.main import main; sys.argv[0] = 'cereblon'; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "evidence", "import", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "the kind of the file is not plain" in done.stderr
    assert "Traceback" not in done.stderr


def test_counts_are_drawn_with_their_cautions(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text(COUNTS, encoding="utf-8")
    call("import", path, "--html", tmp_path / "page.html", "--svg", tmp_path / "picture.svg")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "not incidence" in page
    assert "24.50 (" in page
    assert (tmp_path / "picture.svg").read_text(encoding="utf-8").startswith("<svg")


def test_sources_are_listed_as_rows_and_as_a_page(tmp_path: Path) -> None:
    out, _ = call("cite", "tourmaline-mm1", "--json", "--html", tmp_path / "page.html")
    assert {row["source"] for row in json.loads(out)} >= {"moreau-2016", "richardson-2021"}
    assert "https://doi.org/10.1056/NEJMoa1516282" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_draft_is_a_table_a_page_and_a_picture(study: Path, tmp_path: Path) -> None:
    """The record of `registry_example`: everything unread stands on the page too."""
    page, picture = tmp_path / "page.html", tmp_path / "picture.svg"
    out, err = call("import", study, "--csv", "--html", page, "--svg", picture)
    rows = list(csv.DictReader(io.StringIO(out)))
    median = next(row for row in rows if row["endpoint"] == "pfs_median" and row["low"])
    assert float(median["low"]) < float(median["value"])
    text = page.read_text(encoding="utf-8")
    assert "Quality of Life" in text
    assert "For a person to complete" in text
    assert picture.read_text(encoding="utf-8").startswith("<svg")
    assert f"{len(rows)} numbers taken over" in err


def test_references_are_a_table_a_page_and_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "refs.ris"
    path.write_text(call("cite", "tourmaline-mm1", "--ris", "--svg", tmp_path / "years.svg")[0], encoding="utf-8")
    out, _ = call("import", path, "--csv", "--html", tmp_path / "page.html", "--png", tmp_path / "years.png")
    assert any(row["doi"] == "10.1056/NEJMoa1516282" for row in csv.DictReader(io.StringIO(out)))
    assert "https://doi.org/10.1056/NEJMoa1516282" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "2016" in (tmp_path / "years.svg").read_text(encoding="utf-8")
    assert (tmp_path / "years.png").stat().st_size > 1000
