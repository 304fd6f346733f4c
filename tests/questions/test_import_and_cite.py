"""`cb.import_evidence` and `cb.cite`: files of other tools, and the documents behind numbers, from Python."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import cereblon as cb
from cereblon.cli.evidence import app
from cereblon.core.errors import ArgumentError, InputError, UnknownNameError

sys.path.append(str(Path(__file__).parents[1] / "evidence_import"))
from registry_example import record

COUNTS = "drug,event,reports,drug_reports,event_reports,all_reports\nlenalidomide,rash,20,100,120,10000\n"


def printed(*arguments: object) -> object:
    """Give what the command prints as JSON."""
    done = CliRunner().invoke(app, [*map(str, arguments), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_record_becomes_a_draft(tmp_path: Path) -> None:
    """The record of `registry_example`; until it is completed the draft does not load."""
    file = tmp_path / "record.json"
    file.write_text(json.dumps(record()), encoding="utf-8")
    found = cb.import_evidence(file)
    assert isinstance(found, cb.StudyDraft)
    assert json.loads(found.to_json()) == printed("import", file)
    assert found.table().height == found.draft.facts
    assert "Quality of Life" in "\n".join(found.account())
    for name in ("d.html", "d.csv", "d.svg"):
        assert found.save(tmp_path / name).stat().st_size > 300
    draft = found.save_yaml(tmp_path / "nct.yaml")
    with pytest.raises(InputError, match="is still TO_COMPLETE"):
        cb.cite(draft)
    with pytest.raises(InputError, match="exists already"):
        found.save_yaml(draft)
    assert "TO_COMPLETE" in found._repr_html_()


def test_references_become_sources(tmp_path: Path) -> None:
    file = cb.cite("tourmaline-mm1").save(tmp_path / "refs.bib")
    found = cb.import_evidence(file)
    assert isinstance(found, cb.SourceEntries)
    assert found.entries["moreau-2016"]["doi"] == "10.1056/NEJMoa1516282"
    assert json.loads(found.to_json()) == printed("import", file)
    assert found.text().startswith("sources:")
    page = found.save(tmp_path / "refs.html").read_text(encoding="utf-8")
    assert 'href="https://doi.org/10.1056/NEJMoa1516282"' in page


def test_counts_become_ratios(tmp_path: Path) -> None:
    """Odds 20 / 80 over 100 / 9800 are 24.5."""
    file = tmp_path / "counts.csv"
    file.write_text(COUNTS, encoding="utf-8")
    found = cb.import_evidence(file)
    assert isinstance(found, cb.ReportingRatios)
    assert found.table()["ror"].to_list() == pytest.approx([24.5])
    assert json.loads(found.to_json()) == printed("import", file)
    assert any("not incidence" in note for note in found.notes)
    assert "24.50 (" in found.save(tmp_path / "counts.html").read_text(encoding="utf-8")
    with pytest.raises(ArgumentError, match="is no answer of openFDA"):
        cb.import_evidence(file, background=cb.OpenFdaBackground("all.json", "len", 1, 2))


def test_a_kind_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="kind is 'xml'; allowed: ctgov"):
        cb.import_evidence(tmp_path / "x.ris", kind="xml")
    with pytest.raises(InputError, match="no such file"):
        cb.import_evidence(tmp_path / "x.ris")


def test_citations_are_listed_written_and_drawn(tmp_path: Path) -> None:
    found = cb.cite("tourmaline-mm1")
    assert json.loads(found.to_json()) == printed("cite", "tourmaline-mm1")
    assert {"moreau-2016", "richardson-2021"} <= set(found.table()["source"])
    assert found.text().startswith("tourmaline-mm1: ")
    assert found.save(tmp_path / "refs.ris").read_text(encoding="utf-8") == found.ris()
    assert 'href="https://doi.org/' in found.save(tmp_path / "refs.html").read_text(encoding="utf-8")
    assert found.save(tmp_path / "years.svg").stat().st_size > 1000
    assert json.loads(found.csl())
    assert cb.cite(["tourmaline-mm1", "pollux"]).table().height > found.table().height


def test_an_unknown_study_has_no_citations() -> None:
    with pytest.raises(UnknownNameError, match="study 'polux' is not known"):
        cb.cite("polux")
