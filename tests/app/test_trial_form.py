"""The trial file and its form say the same; what a form cannot hold stays as the file has it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

import cereblon as cb
from cereblon.app import simulations
from cereblon.app.jobs import Jobs
from cereblon.app.server import TABS
from cereblon.app.tabs.doses import DOSES
from cereblon.app.trial_form import NUMBERS, changed_text, form_of, parsed_trial, two_regimens
from cereblon.core.errors import InputError
from cereblon.core.number_text import read_measure

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
START = simulations._start_trial()


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    return TestClient(Starlette(routes=simulations.routes(Jobs(tmp_path / "jobs"), TABS)))


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda one: one.stem)
def test_a_form_that_nobody_touched_changes_no_letter(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert changed_text(text, form_of(parsed_trial(text))) == text


def test_fields_are_written_into_the_file() -> None:
    form = form_of(parsed_trial(START))
    form |= {
        "title": "Mine",
        "follow_up_months": "60",
        "dropout_per_year": "0.05",
        "seed": "3",
        "comparator": "vrd-lite",
    }
    form["arms"][1] |= {"size": "200", "first": "drd", "later": "dvd"}
    found = parsed_trial(changed_text(START, form))
    assert (found["title"], found["follow_up_months"], found["dropout_per_year"], found["seed"]) == (
        "Mine",
        60,
        0.05,
        3,
    )
    assert found["arms"]["rd"]["strategy"]["lines"] == ["drd", "dvd"]
    assert found["arms"]["rd"]["size"] == 200
    assert found["arms"]["vrd-lite"] == parsed_trial(START)["arms"]["vrd-lite"]
    assert found["comparator"] == "vrd-lite"
    assert cb.check_trial(found).plan.size == 350


def test_comments_above_the_file_are_kept() -> None:
    form = form_of(parsed_trial(START)) | {"seed": "12"}
    assert changed_text(START, form).startswith("# A design of one's own")


def test_arms_are_added_and_removed() -> None:
    form = form_of(parsed_trial(START))
    new = {"key": "", "label": "Kd", "size": "90", "first": "kd", "later": "", "other": ""}
    three = changed_text(START, form | {"arms": [*form["arms"], new]})
    assert list(parsed_trial(three)["arms"]) == ["vrd-lite", "rd", "kd"]
    assert cb.check_trial(parsed_trial(three)).plan.size == 390
    form = form_of(parsed_trial(three))
    one = parsed_trial(changed_text(three, form | {"arms": form["arms"][:1]}))
    assert list(one["arms"]) == ["vrd-lite"]
    assert "comparator" not in one


def test_a_regimen_that_is_written_out_stays_so() -> None:
    text = (EXAMPLES / "subcutaneous-bortezomib.yaml").read_text(encoding="utf-8")
    form = form_of(parsed_trial(text))
    assert [(arm["first"], arm["other"]) for arm in form["arms"]] == [("", "as in the file"), ("", "swog-s0777-vrd")]
    found = parsed_trial(changed_text(text, form | {"seed": "5"}))
    assert found == parsed_trial(text) | {"seed": 5}


def test_a_design_is_added_and_taken_away() -> None:
    """300 patients over the 24 months of enrolment are 12.5 a month; 180 events are three in five of them."""
    with_design = changed_text(START, form_of(parsed_trial(START)) | {"has_design": True})
    plan = cb.check_trial(parsed_trial(with_design)).plan
    assert plan.design is not None
    assert plan.design.accrual.per_month == 12.5
    assert plan.design.looks[0].events == 180
    without = parsed_trial(changed_text(with_design, form_of(parsed_trial(with_design)) | {"has_design": False}))
    assert without == parsed_trial(START)


def test_two_regimens_make_a_trial_that_can_be_simulated() -> None:
    found = parsed_trial(two_regimens(START, "krd", "rd", "rrmm-1-3", "120", "36"))
    plan = cb.check_trial(found).plan
    assert [arm.regimen for arm in plan.arms.values()] == ["krd", "rd"]
    assert (plan.size, plan.follow_up_months, plan.population.base, plan.comparator) == (240, 36, "rrmm-1-3", "rd")
    assert found["id"] == "krd-against-rd"
    assert (found["title"], [arm.label for arm in plan.arms.values()]) == ("KRd against Rd", ["KRd", "Rd"])


def test_two_regimens_of_one_kind_keep_their_names() -> None:
    found = parsed_trial(two_regimens(START, "vrd-s0777", "vrd-perseus", "ndmm-tie", "120", "36"))
    assert [arm["label"] for arm in found["arms"].values()] == ["VRd (vrd-s0777)", "VRd (vrd-perseus)"]
    assert cb.check_trial(found).plan.size == 240


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("many", "'many' is no number"),
        ("1e999", "'1e999' is no number that a trial can have"),
        ("1e99", "'1e99' is no number that a trial can have"),  # it was written, and the file could not be read again
        ("nan", "'nan' is no number"),
        ("3.7", "got 3.7; a whole number is needed"),  # became 3
        ("", "is empty; a number is needed"),  # became the seed that stands for none
        (" ", "is empty; a number is needed"),
        ("1_0", "'1_0' is no number"),  # became 10
    ],
)
def test_a_number_that_the_file_cannot_hold_is_refused_by_its_name(
    words: str, reason: str, client: TestClient
) -> None:
    form = form_of(parsed_trial(START)) | {"seed": words}
    with pytest.raises(InputError, match=f"Seed: {re.escape(reason)}"):
        changed_text(START, form)
    answer = client.post("/trial/form", content=json.dumps({"text": START, "form": form})).json()
    assert answer == {"ok": False, "words": f"Seed: {reason}", "hint": ""}


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_that_was_emptied_is_asked_for_as_the_form_calls_it(name: str) -> None:
    form = form_of(parsed_trial(START)) | {name: " "}
    with pytest.raises(InputError, match=f"{re.escape(NUMBERS[name][0])}: is empty; a number is needed"):
        changed_text(START, form)


def test_a_number_that_the_file_never_had_is_not_asked_for() -> None:
    text = START.replace("replicates: 40\n", "")
    form = form_of(parsed_trial(text))
    assert form["replicates"] == ""
    assert "replicates" not in parsed_trial(changed_text(text, form | {"seed": "3"}))
    assert form_of(parsed_trial(START.replace("replicates: 40", "replicates:")))["replicates"] == ""  # was None


@pytest.mark.parametrize(
    ("words", "reason"),
    [("three", "'three' is no number"), ("", "is empty; a number is needed"), ("1.5", "got 1.5; a whole number")],
)
def test_patients_that_are_no_number_are_told_with_their_arm(words: str, reason: str) -> None:
    form = form_of(parsed_trial(START))
    form["arms"][1]["size"] = words
    with pytest.raises(InputError, match=f"Rd, patients: {re.escape(reason)}"):
        changed_text(START, form)


def test_a_decimal_comma_is_read_as_the_command_line_reads_it(client: TestClient) -> None:
    """Also of a number that begins with it; what may be thousands is refused."""
    for words in ("0,02", "0.02", ",02", " 0,02 "):
        form = form_of(parsed_trial(START)) | {"dropout_per_year": words}
        answer = client.post("/trial/form", content=json.dumps({"text": START, "form": form})).json()
        assert parsed_trial(answer["text"])["dropout_per_year"] == 0.02
    assert DOSES.fields({})[4].read(["62,5"]) == 62.5 == read_measure("weight", "62,5", "kg")
    form = form_of(parsed_trial(START)) | {"seed": "1,300"}
    answer = client.post("/trial/form", content=json.dumps({"text": START, "form": form})).json()
    assert answer["words"] == "Seed: 1,300 could mean two things: 1300 or 1.300"


def test_the_check_gives_the_form_also_of_a_trial_that_is_wrong(client: TestClient) -> None:
    found = client.post("/trial/check", content=START.replace("size: 150", "size: -1", 1)).json()
    assert not found["ok"]
    assert "size" in found["words"]
    assert found["form"]["arms"][0]["size"] == "-1"
    assert client.post("/trial/check", content="arms: [").json()["form"] is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("replicates: 40", "replicates: 0", "Virtual trials (replicates): should be 1 or more; got 0"),
        ("seed: 11", "seed: -1", "Seed: should be 0 or more; got -1"),
        ("size: 150", "size: 0", "VRd lite, patients (arms.vrd-lite.size): should be 1 or more; got 0"),
    ],
)
def test_a_refused_number_is_called_as_its_field(old: str, new: str, said: str, client: TestClient) -> None:
    found = client.post("/trial/check", content=START.replace(old, new, 1)).json()
    assert found["words"] == said
    both = START.replace(old, new, 1).replace("dropout_per_year: 0.02", "dropout_per_year: 7")
    lines = client.post("/trial/check", content=both).json()["words"].split("\n")
    assert said in lines
    assert "Lost to follow-up per year (dropout_per_year): should be below 1; got 7" in lines


def test_a_form_is_sent_back_as_text(client: TestClient) -> None:
    form = form_of(parsed_trial(START)) | {"seed": "12"}
    found = client.post("/trial/form", content=json.dumps({"text": START, "form": form})).json()
    assert found["ok"]
    assert parsed_trial(found["text"])["seed"] == 12
    for sent in ({"text": START}, {"text": START, "form": {"arms": 3}}, {"text": START, "form": {}}, []):
        answer = client.post("/trial/form", content=json.dumps(sent)).json()
        assert not answer["ok"]
        assert "form" in answer["words"]


def test_a_trial_in_the_address_is_opened(client: TestClient) -> None:
    assert "id: krd-against-rd" in client.get("/trial?first=krd&second=rd&population=rrmm-1-3").text
    assert "id: mine" in client.get("/trial", params={"trial": "id: mine"}).text


def test_power_needs_a_design(client: TestClient) -> None:
    with pytest.raises(InputError, match="the trial has no design"):
        client.post("/trial/power", data={"trial": START})
