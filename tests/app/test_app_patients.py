"""Tables of patients that are given to the app: where they may lie, and what of them stands beside trials."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from cereblon.app import beside_trials, patients
from cereblon.app.jobs import Job, Jobs
from cereblon.app.patients import _source
from cereblon.app.server import TABS
from cereblon.core.errors import InputError


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    return TestClient(Starlette(routes=patients.routes(Jobs(tmp_path / "jobs"), TABS)))


def test_a_dropped_file_is_kept_in_the_folder_of_the_app_for_nobody_else(client: TestClient, tmp_path: Path) -> None:
    made = client.post("/patients/files").json()
    answer = client.put(f"/patients/files/{made['bundle']}/person.csv", content=b"person_id\n1\n")
    kept = Path(made["source"])
    assert answer.json() == {"name": "person.csv", "bytes": 12}
    assert kept.is_relative_to(tmp_path)
    assert (kept / "person.csv").read_bytes() == b"person_id\n1\n"
    assert kept.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["notes.exe", "..csv", ".csv", "a%2F..%2F..%2Fb.csv"])
def test_a_name_that_is_no_table_is_not_written(name: str, client: TestClient, tmp_path: Path) -> None:
    bundle = client.post("/patients/files").json()["bundle"]
    try:
        code = client.put(f"/patients/files/{bundle}/{name}", content=b"x").status_code
    except InputError:
        code = 422
    assert code in (404, 405, 422)
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []


def test_a_mapping_file_stands_for_the_tables_beside_it(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("a\n", encoding="utf-8")
    assert _source(str(tmp_path)) == tmp_path
    (tmp_path / "mapping.yaml").write_text("name: ours\n", encoding="utf-8")
    assert _source(str(tmp_path)) == tmp_path / "mapping.yaml"


def test_no_tables_are_asked_for_in_words() -> None:
    with pytest.raises(InputError, match="no tables yet"):
        _source(" ")


def test_an_address_of_a_server_is_neither_kept_nor_repeated(client: TestClient, tmp_path: Path) -> None:
    address = "postgresql://me:secret@host/cdm"
    found = client.get("/patients/check", params={"source": address})
    with pytest.raises(InputError, match="a database on a server is read by the command alone"):
        _source(address)
    assert found.json()["ok"] is False and "secret" not in found.text
    assert not [one for one in tmp_path.rglob("*") if one.is_file() and b"secret" in one.read_bytes()]


@pytest.mark.parametrize("source", ["a" * 3000, "~nobody-of-this-name/tables"])
def test_a_name_that_no_folder_can_have_is_said_beside_the_form(source: str, client: TestClient) -> None:
    found = client.get("/patients/check", params={"source": source}).json()
    assert not found["ok"]
    assert "cannot be read" in found["words"]
    assert len(found["words"]) < 200


def test_a_folder_that_is_not_there_is_said_beside_the_form(client: TestClient) -> None:
    pytest.importorskip("ibis")
    found = client.get("/patients/check", params={"source": "/nowhere/at/all"}).json()
    assert found["ok"] is False
    assert "/nowhere/at/all" in found["words"]


def test_a_dropped_file_that_is_no_table_is_named_with_the_tables_that_are(client: TestClient) -> None:
    pytest.importorskip("ibis")
    made = client.post("/patients/files").json()
    for name in ("lines.csv", "person.csv"):
        client.put(f"/patients/files/{made['bundle']}/{name}", content=b"person_id\n1\n")
    found = client.get("/patients/check", params={"source": made["source"]}).json()
    assert found["words"].splitlines() == [
        "the dropped files: there is no table drug_exposure",
        "the dropped files: there is no table condition_occurrence",
        "the dropped files: lines.csv is not among the tables that are read",
    ]
    assert "person, drug_exposure, condition_occurrence are needed" in found["hint"]
    assert "a mapping file (.yaml)" in found["hint"]


def test_a_cohort_has_its_command(tmp_path: Path) -> None:
    options: dict[str, int | str] = {"definition": "treated", "estimand": "strict"}
    job = Job(key="k", title="t", function="cohort.build", subject="cdm", options=options, begun="2026-12-01")
    assert job.call.line == "cereblon cohort build cdm --definition treated --estimand strict --out cohort"
    assert job.call.python == "cb.cohort.build('cdm', definition='treated', estimand='strict', out='cohort')"


def test_published_numbers_of_whole_arms_stand_beside_a_regimen() -> None:
    """SWOG S0777 published a median of 41 months with VRd at its last data cut."""
    rows = beside_trials._published("pfs_median", "VRd")
    assert 0 < len(rows) <= 6
    assert {row["panel"] for row in rows} == {"VRd: median progression-free survival"}
    assert any("SWOG S0777" in str(row["label"]) and row["value"] == 41.0 for row in rows)


def test_a_trial_in_relapse_beside_patients_says_so_and_its_cut_stands_in_brackets() -> None:
    rows = {str(row["label"]): str(row["words"]) for row in beside_trials._published("orr", "DRd")}
    (pollux,) = (label for label in rows if label.startswith("POLLUX"))
    assert pollux == "POLLUX D-Rd, n 286, relapsed"
    assert "(cut at" in rows[pollux]


def test_a_regimen_that_no_study_has_stands_alone() -> None:
    assert beside_trials._published("pfs_median", "Mel-Pred-Xyz") == ()


def test_every_trial_of_a_joined_setting_can_be_ticked_out() -> None:
    """SWOG S0777 has newly diagnosed patients of either kind, and stands in the forest of those not transplanted."""
    from cereblon.app.tabs.evidence import _trials

    assert "swog-s0777" in dict(_trials("ndmm-tie", "pfs_hr"))
