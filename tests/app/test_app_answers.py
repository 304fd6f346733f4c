"""Compare and Trust answer at once; every answer shows the same call elsewhere and is saved as a file."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from test_app_guard import ROOT

import cereblon as cb
from cereblon.app import job_pages
from cereblon.app.forms import read_form, regimen_choices
from cereblon.app.jobs import KEPT, Job, Jobs
from cereblon.app.kept_answer import KeptAnswer
from cereblon.app.server import TABS, create_app
from cereblon.app.tabs import ASKED, compare
from cereblon.trials.kept_report import write_kept_report
from cereblon.trials.shipped_runs import shipped_run
from served_app import NoReview

SAVED = {"png": b"\x89PNG", "svg": b"<svg", "csv": b"", "json": b"{", "html": b"<!doctype html"}


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setattr("cereblon.app.server.ReviewWriter", NoReview)
    found = TestClient(create_app(Jobs(tmp_path / "jobs"), "secret", 9999), base_url=ROOT)
    found.get("/?token=secret")
    return found


def test_a_published_trial_is_compared_at_once(client: TestClient) -> None:
    """Published were 43 and 30 months, then 41 and 29; the sentence says what is predicted."""
    text = client.get("/compare/answer?study=swog-s0777").text
    verdict = text.partition('<p class="verdict">')[2].partition("</p>")[0]
    assert re.match(r"VRd against Rd: hazard ratio for progression or death 0\.\d\d \(90", verdict)
    assert "Of a hundred patients after 60 months" in text
    assert "VRd 41 months (2020 update)" in text  # a diamond on the curve
    assert "cereblon compare swog-s0777" in text
    assert "20 virtual trials, seed 777" in text


def test_every_regimen_that_is_offered_is_answered(client: TestClient) -> None:
    """Strategies of several lines were offered beside them, and each was refused."""
    offered = [name for name, _ in regimen_choices()]
    assert len(offered) > 50
    for name in offered:
        answer = client.get(f"/doses/answer?regimen={name}")
        assert answer.status_code == 200, name
        assert 'role="alert"' not in answer.text, name


def test_a_comparison_that_is_older_than_the_code_says_so(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, other = shipped_run("swog-s0777"), "The code has changed since, its inputs have not"
    for changed, said, unsaid in (
        (
            ("code", "parameters", "draws"),
            "Made by another version: parameters and draws changed since",
            "no such words",
        ),
        (("code",), other, "Made by another version"),
        ((), "20 virtual trials", other),
    ):
        old = KeptAnswer(kept=kept, changed=changed)
        monkeypatch.setattr(compare, "shipped_answer", lambda _, old=old: old)
        text = client.get("/compare/answer?study=swog-s0777").text
        assert said in text
        assert unsaid not in text


def test_a_trial_that_does_not_come_with_the_package_says_so(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cereblon.trials.shipped_runs.shipped_studies", lambda: ("swog-s0777",))
    labels = dict(compare._fields({})[0].options)
    assert "has to be simulated" in labels["atlas"]
    assert "has to be simulated" not in labels["swog-s0777"]
    assert "no comparison of this trial comes with the package" in client.get("/compare/answer?study=atlas").text


@pytest.mark.parametrize("key", sorted(ASKED))
def test_every_answer_has_its_command_and_its_files(key: str, client: TestClient) -> None:
    """A picture as PNG and SVG, a table as CSV, and all of it as JSON and as a page."""
    page = client.get(f"/{key}/answer").text
    assert page.count("<p>Terminal</p>") == page.count("<p>Python</p>") == page.count('<section class="part"')
    addresses = [one.replace("&amp;", "&") for one in re.findall(r'href="(/[^"]+/export/[^"]+)"', page)]
    assert {re.search(r"\.(\w+)\?", one)[1] for one in addresses} == set(SAVED)  # type: ignore[index]
    first = {ending: next(one for one in addresses if f".{ending}?" in one) for ending in ("csv", "svg", "json")}
    for ending, address in first.items():
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert answer.content.startswith(SAVED[ending])
        assert answer.headers["content-disposition"].endswith(f'.{ending}"')


def test_the_picture_of_a_part_is_saved_and_not_that_of_the_first(client: TestClient) -> None:
    survival, icons = (client.get(f"/compare/export/{number}.svg?study=swog-s0777").text for number in (1, 2))
    assert "alive, %" in survival
    assert "of 100 alive without progression" in icons


@pytest.mark.parametrize(("drug", "sliders"), [("dexamethasone", ""), ("bortezomib", " --weight 75 --height 170")])
def test_a_drug_is_asked_only_for_the_sliders_that_act_on_it(drug: str, sliders: str, client: TestClient) -> None:
    """Clearance was passed for every drug, and refused as idle for all but lenalidomide."""
    shown = client.get(f"/doses/answer?regimen=vrd-s0777&drug={drug}").text
    part = shown.partition(f'aria-label="Concentration of {drug}')[2].partition("</section>")[0]
    assert 'role="alert"' not in part
    assert re.search(rf"cereblon pk {drug} .*--route \w+{sliders}</code>", part)


@pytest.mark.parametrize(
    ("query", "titled", "asked"),
    [
        (
            "regimen=rd&crcl=90",
            "at 25 mg, as ordered and as US labels start this patient",
            "25 mg' --schedule 1-21/28",
        ),
        (
            "regimen=rd&crcl=45",
            "at 10 mg, as US labels start this patient (ordered: 25 mg)",
            "10 mg' --schedule 1-21",
        ),
        ("regimen=rd&crcl=45&anc=0.5", "at 10 mg, as US labels start", "10 mg' --schedule 1-21/28"),  # held today
        (
            "regimen=rd&crcl=20",
            "at 15 mg every other day, as US labels",
            "15 mg' --schedule 1,3,5,7,9,11,13,15,17,19",
        ),
        ("regimen=rd&crcl=40&rules=eu-label", "at 10 mg, as EU labels", "10 mg' --schedule 1-21/28"),
        ("regimen=ird&crcl=20&drug=ixazomib", "at 3 mg, as US labels start", "3 mg' --schedule 1,8,15/28"),
        ("regimen=rd&age=80&drug=dexamethasone", "at 20 mg, as US labels start", "20 mg' --schedule 1,8,15,22/28"),
    ],
)
def test_the_concentration_is_that_of_the_dose_which_the_label_gives_this_patient(
    query: str, titled: str, asked: str, client: TestClient
) -> None:
    shown = unescape(client.get(f"/doses/answer?{query}").text)
    part = shown.partition('aria-label="Concentration of ')[2].partition("</section>")[0]
    assert titled in part.partition('"')[0]
    assert asked in part.partition("<code>cereblon pk")[2].partition("</code>")[0]


def test_adverse_events_are_asked_for_by_grade_and_python_can_be_run_as_it_stands(client: TestClient) -> None:
    """Trials print grade 3 or 4 and 3 or worse, which nobody takes as one unasked: nothing was drawn."""
    query = "setting=ndmm-tie&endpoint=ae_peripheral_neuropathy&without=endurance-e1a11"
    shown = client.get(f"/evidence/answer?{query}").text
    assert '<p class="verdict">Odds ratio: VRd against Rd 5.98' in shown
    assert "--exclude endurance-e1a11 --grade 3-4" in shown
    python = unescape(re.findall("<code>(cb.forest.*)</code>", shown)[0])
    assert eval(python, {"cb": cb}).sentence.startswith("Odds ratio: VRd against Rd 5.98")


def test_every_answer_opens_with_a_sentence_and_names_known_misses(client: TestClient) -> None:
    shown = client.get("/doses/answer?regimen=rd&crcl=20").text
    assert '<p class="verdict">Lenalidomide 15 mg every other day, dexamethasone 40 mg, give aspirin.</p>' in shown
    assert ">every other day</td>" in shown and "as-ordered" not in shown
    assert "Known misses of the model here" in shown
    pooled = client.get("/evidence/answer?setting=rrmm&view=forest").text
    assert '<p class="verdict">Hazard ratio: 9 of 12 comparisons favour' in pooled
    assert (
        "doi:10.1056/NEJMoa1505654" in pooled.partition("</script>")[0]
    )  # hovering ELOQUENT-2 tells where it stands


def test_trust_counts_what_the_comparisons_count(client: TestClient) -> None:
    tab = ASKED["trust"]
    parts = tab.parts(read_form(tab.fields({}), {}))
    found = parts[0].call()
    rows = found.tables()["values"]
    inside, judged = re.findall(r"(\d+) of (\d+) published values", found.answer())[0]
    assert sum(bool(row["inside"]) for row in rows) <= int(inside) <= int(judged)
    text = client.get("/trust/answer").text
    assert f"{inside} of {judged} published values" in text
    assert '<a href="/compare?study=swog-s0777">SWOG S0777: ' in text  # where a point leads, for those who use keys
    named = parts[0].links
    assert [address for address, _ in named] == [
        f"/compare?study={one}" for one in sorted({r["study"] for r in rows})
    ]


def test_a_finished_simulation_shows_what_it_kept_and_is_saved(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path)
    kept = shipped_run("swog-s0777")
    job = Job(key="one", title="ours", function="simulate", subject="trial.yaml", options={}, begun="2026-12-01")
    place = tmp_path / "one"
    place.mkdir()
    (place / "job.json").write_text(
        '{"key": "one", "title": "ours", "function": "simulate", "subject": "trial.yaml", "options": {}, '
        '"begun": "2026-12-01"}',
        encoding="utf-8",
    )
    (place / "answer.txt").write_text("done", encoding="utf-8")
    write_kept_report(replace(kept, study="", data=replace(kept.data, comparison=(), verdict=())), place / KEPT)
    assert jobs.all() == [job]
    client = TestClient(Starlette(routes=job_pages.routes(jobs, TABS)))
    page = client.get("/jobs/one").text
    assert "Of a hundred patients after 60 months" in page
    assert "No published trial to compare with" in page
    assert "cereblon simulate trial.yaml" in page
    assert client.get("/jobs/one/export/0.svg").text.startswith("<svg")
    assert "pfs_median" in client.get("/jobs/one/export/3.csv").text
