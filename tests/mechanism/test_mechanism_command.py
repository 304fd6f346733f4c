"""`cereblon mechanism` as a user calls it."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

from cereblon.cli.main import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Call the command in this process; gives exit code, output and messages."""

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["cereblon", "mechanism", *arguments])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        return code, *capsys.readouterr()

    return call


def test_the_table_shows_four_treatments_and_says_what_it_is_for(run: Run) -> None:
    code, out, err = run()
    assert code == 0
    heads = " ".join(line for line in out.splitlines() if line.startswith("    "))
    assert [heads.count(f"+ {drug}") for drug in ("dexamethasone", "bortezomib", "daratumumab")] == [1, 1, 1]
    for label in ("free cereblon", "IKZF1", "caspase-3", "IL-6", "effector state", "maturation", "direct killing %"):
        assert f"  {label}" in out
    assert "research" in err


def test_a_knockout_is_set_beside_the_standard_case(run: Run) -> None:
    code, out, _ = run("--knockout", "cereblon", "--with", "dexamethasone")
    assert code == 0
    rows = {line.split("  ")[1].strip(): line for line in out.splitlines() if line.startswith("  ")}
    assert "44 > 0 " in rows["direct killing %"]
    assert "1.26 > 1.26" in rows["effector state"]


@pytest.mark.slow
def test_all_that_one_may_ask_works_together_and_stands_on_the_picture(run: Run, tmp_path: Path) -> None:
    what_if = ("--knockout", "cereblon", "--dose", "10", "--crcl", "30", "--set", "myc_fall=0.5")
    code, _, _ = run(*what_if, "--with", "carfilzomib", "--svg", str(tmp_path / "m.svg"))
    assert code == 0
    drawn = (tmp_path / "m.svg").read_text(encoding="utf-8")
    for words in ("10 mg on days 1 to 21", "clearance 30 mL/min", "without answer: cereblon", "myc_fall = 0.5"):
        assert words in drawn, words
    assert "no answer" in drawn


def test_json_has_the_promised_parts(run: Run) -> None:
    code, out, _ = run("--with", "bortezomib", "--json", "--every", "24", "--dose", "10", "--crcl", "45")
    data = json.loads(out)
    assert code == 0
    assert set(data) == {
        "remark",
        "days",
        "patient",
        "knockout",
        "changes",
        "treatments",
        "standard",
        "curve",
        "notes",
    }
    assert [one["name"] for one in data["treatments"]] == ["lenalidomide alone", "lenalidomide + bortezomib"]
    assert data["treatments"][0]["doses"][0]["mg"] == 10.0
    assert {"mean", "lowest", "highest", "day_of_half", "untreated"} <= set(data["treatments"][0]["markers"][0])
    assert all(edge["source"] for edge in data["treatments"][1]["edges"])
    assert len(data["curve"]) == 2 * 29
    assert data["curve"][0]["ikaros"] == 1.0


def test_csv_has_a_row_for_each_time(run: Run) -> None:
    code, out, _ = run("--with", "daratumumab", "--csv", "--every", "24", "--cycles", "2")
    rows = list(csv.DictReader(StringIO(out)))
    assert code == 0
    assert len(rows) == 2 * 57
    assert float(rows[-1]["antibody"]) > 0.5


@pytest.mark.slow
def test_pictures_page_and_model_are_written(run: Run, tmp_path: Path) -> None:
    files = {kind: tmp_path / f"m.{kind}" for kind in ("svg", "png", "html", "sbml")}
    code, out, err = run(
        "--with", "dexamethasone", *(part for kind, f in files.items() for part in (f"--{kind}", str(f)))
    )
    assert (code, out) == (0, "")
    assert err.count("wrote") == 4
    assert files["png"].read_bytes().startswith(b"\x89PNG")
    page = files["html"].read_text(encoding="utf-8")
    assert page.count('<figure class="drawing">') == 2
    assert "PMID 21707574" in page
    assert "http://www.sbml.org/sbml/level3/version2/core" in files["sbml"].read_text(encoding="utf-8")
    assert "direct killing" in files["svg"].read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (("--knockout", "cereblom"), 1, "node 'cereblom' is not known"),
        (("--with", "thalidomide"), 1, "drug 'thalidomide' is not known here"),
        (("--crcl", "-5"), 1, "crcl -5 mL/min is not possible"),
        (("--weight", "0"), 1, "weight 0 kg is not possible"),
        (("--weight", "60"), 1, "height is not known, but bortezomib goes by body surface"),
        (("--height", "160"), 2, "--height applies only with --weight"),
        (("--regimen", "vdr"), 1, "'vdr' is not known"),
        (("--regimen", "aspire-krd"), 1, "is a strategy of several lines"),
        (("--regimen", "vd", "--dose", "10"), 1, "vd does not order lenalidomide"),
        (("--regimen", "rd", "--dose", "-3"), 1, "-3 mg is not possible"),
        (("--regimen", "r30", "--dose", "0"), 1, "nothing is left to give"),
        (("--regimen", "rd", "--with", "bortezomib"), 2, "--with does not apply with --regimen"),
        (("--regimen", "vrd-asct-hd7", "--cycles", "13"), 1, "at most 365"),
        (("--dose", "-1"), 1, "-1 mg is not possible"),
        (("--dose", "0"), 2, "leaves nothing to give"),
        (("--set", "irf4_fall"), 2, "NAME=VALUE"),
        (("--set", "irf4_fall=x"), 2, "NAME=VALUE"),
        (("--set", "irf4_fall=7"), 1, "irf4_fall: 7 1 is outside"),
        (("--set", "irf5=1"), 1, "parameter 'irf5' is not known"),
        (("--set", "imid_delay=1", "--set", "marrow_delay=2"), 1, "marrow_delay: no formula of the network uses it"),
        (("--set", "clones.additivity=1"), 2, "no parameter of the groups mechanism and effects"),
        (("--set", "effector_exhaustion=0.1", "--set", "mechanism.effector_exhaustion=0.2"), 2, "is set twice"),
        (("--json", "--csv"), 2, "--csv does not apply with --json"),
        (("--with", "dexamethasone", "--sbml", "/nowhere/m.xml"), 1, "cannot be written"),
    ],
)
def test_wrong_questions_are_refused(run: Run, arguments: tuple[str, ...], code: int, complaint: str) -> None:
    got, out, err = run(*arguments)
    assert (got, out) == (code, "")
    assert complaint in " ".join(err.replace("│", " ").split())


def test_a_regimen_of_the_library_is_given_as_it_stands_there(run: Run) -> None:
    """KRd: carfilzomib 20 mg/m2 on days 1 and 2, 27 from day 8 (ASPIRE); body surface of 75 kg and 172 cm."""
    code, out, _ = run("--regimen", "krd", "--json", "--every", "168")
    data = json.loads(out)
    assert code == 0
    assert [one["name"] for one in data["treatments"]] == ["lenalidomide alone", "krd"]
    doses = {dose["drug"]: dose for dose in data["treatments"][1]["doses"]}
    assert doses["carfilzomib"]["mg"] == pytest.approx(20.0 * (75.0 * 172.0 / 3600.0) ** 0.5)
    assert doses["carfilzomib"]["days"] == [0, 1, 7, 8, 14, 15]
    assert doses["carfilzomib"]["relative"] == pytest.approx([1.0, 1.0, 1.35, 1.35, 1.35, 1.35])
    assert doses["lenalidomide"]["days"] == list(range(21))


@pytest.mark.slow
def test_what_ifs_of_a_regimen_stand_beside_it_as_written(run: Run) -> None:
    code, out, err = run("--regimen", "vrd-asct-ifm2009", "--cycles", "5", "--dose", "10", "--knockout", "cereblon")
    assert code == 0
    assert "vrd-asct-ifm2009 with lenalidomide 10 mg" in out
    assert "standard case (vrd-asct-ifm2009 as written" in out
    assert "melphalan is not in the network" in err
    rows = {line.split("  ")[1].strip(): line for line in out.splitlines() if line.startswith("  ")}
    assert "> 0 " in rows["direct killing %"]
