"""`cb.dose` and `cb.explain_rules`: decisions that can be read, asked and saved."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "cli"))

from cli_calls import call_main

import cereblon as cb


def test_a_dose_is_a_row_with_rule_and_source() -> None:
    """The US label starts lenalidomide at 10 mg at 30 to 60 mL/min, and dexamethasone at 20 mg above 75 years."""
    rows = cb.dose("rd", crcl=45, age=80).table().drop_nulls("dose")
    assert rows.select("drug", "action", "dose").rows() == [
        ("lenalidomide", "start", 10.0),
        ("dexamethasone", "start", 20.0),
    ]
    assert all(rows["rule"]) and all(rows["source"])


def test_doses_that_differ_within_a_cycle_are_rows_of_their_own() -> None:
    """Carfilzomib is given at 20 mg/m2 on days 1 and 2 of its first cycle and at 27 after that."""
    carfilzomib = pl.col("drug") == "carfilzomib"
    first = cb.dose("krd").table().filter(carfilzomib)
    assert first.select("dose", "days").rows() == [(20.0, "1, 2"), (27.0, "8, 9, 15, 16")]
    second = cb.dose("krd", cycle=2).table().filter(carfilzomib)
    assert second.select("dose", "days").rows() == [(27.0, "1, 2, 8, 9, 15, 16")]


@pytest.mark.parametrize("dose", [20, 15])
def test_what_brings_doses_of_a_cycle_together_is_one_row(dose: float) -> None:
    rows = cb.dose("krd", given={"carfilzomib": dose}).table().filter(pl.col("drug") == "carfilzomib")
    assert rows.select("dose", "days", "rule").rows() == [(dose, "1, 2, 8, 9, 15, 16", "lowered-before")]
    held = cb.dose("krd", grades={"hepatotoxicity": 3}).table().filter(pl.col("drug") == "carfilzomib")
    assert held.select("action", "dose", "days").rows() == [("hold", 0.0, "1, 2, 8, 9, 15, 16")]


def test_a_reduction_leaves_a_lower_first_dose_alone(tmp_path: Path) -> None:
    """On the ladder 70, 56, 45, 36 one level down leaves 20 mg/m2 on day 1 as it was ordered."""
    rules = {
        "id": "lower",
        "title": "Lower at once",
        "extends": "us-label",
        "rules": [
            {
                "id": "lower-carfilzomib",
                "drug": "carfilzomib",
                "when": {"infection": {"from": 2}},
                "do": "change",
                "then": {"reduce": 1},
                "source": "made up",
            }
        ],
    }
    path = tmp_path / "lower.yaml"
    path.write_text(json.dumps(rules), encoding="utf-8")
    found = cb.dose("kd-weekly", rules=path, grades={"infection": 2}).table()
    rows = found.filter(pl.col("drug") == "carfilzomib").select("action", "dose", "rule").rows()
    assert rows == [("start", 20.0, "as-ordered"), ("lower", 56.0, "lower-carfilzomib")]


def test_a_cycle_that_waits_gives_none_of_its_drugs(tmp_path: Path) -> None:
    """The rule names ixazomib alone, yet the whole cycle waits, and dexamethasone with it."""
    path = tmp_path / "waiting.yaml"
    path.write_text(
        "id: waiting\ntitle: The next cycle waits\nextends: us-label\nrules:\n"
        "  - {id: cycle-waits, drug: ixazomib, do: delay, when: {cycle: {from: 2}, platelets: {below: 75}},"
        " until: {platelets: {from: 75}}, source: made up}\n",
        encoding="utf-8",
    )
    rows = cb.dose("ird", cycle=2, platelets=60, rules=path).table().drop_nulls("dose")
    assert set(rows["dose"]) == {0.0}
    assert dict(rows.select("drug", "action").rows())["dexamethasone"] == "delay"
    assert {"start", "continue"}.isdisjoint(rows["action"])


def test_doses_in_sentences_have_their_unit() -> None:
    assert "dose above 5 mg" in str(cb.explain_rules("us-label"))
    assert "daratumumab 16 mg/kg." in str(cb.dose("dara"))


def test_command_and_function_give_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    found = cb.dose("vrd-s0777", age=78, crcl=45, anc=0.8, grades={"rash": 3}, given={"lenalidomide": 10})
    arguments = ("--age", "78", "--crcl", "45", "--anc", "0.8", "--grade", "rash=3", "--given", "lenalidomide=10")
    capsys.readouterr()
    assert call_main(("dose", "vrd-s0777", *arguments, "--json")) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(found.to_json())
    assert call_main(("dose", "vrd-s0777", *arguments)) == 0
    assert capsys.readouterr().out == f"{found}\n"


def test_what_was_not_used_is_a_note() -> None:
    found = cb.dose("rd", haemoglobin=95)
    why = "no rule on lenalidomide or dexamethasone reads it (US labels of all drugs)"
    assert found.notes == (f"haemoglobin was not used: {why}",)
    assert found.notes[0] in found._repr_html_()


def test_decisions_are_saved(tmp_path: Path) -> None:
    found = cb.dose("rd", platelets=20)
    assert found.save(tmp_path / "a.csv").read_text(encoding="utf-8").startswith("drug,dose,unit,action,rule")
    assert "Decisions" in found.save(tmp_path / "a.html").read_text(encoding="utf-8")
    with pytest.raises(cb.InputError, match="has no chart"):
        found.save(tmp_path / "a.png")


def test_a_rule_set_is_said_in_words() -> None:
    found = cb.explain_rules("us-label")
    assert found.table().columns == ["rules", "sentence"]
    assert found.table().height == len(str(found).splitlines())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"creatinine": 90}, "value of the patient 'creatinine' is not known"),
        ({"anc": 1500}, "is it in /uL?"),
        ({"age": "old"}, "is not a number"),
        ({"neuropathy": 5}, "neuropathy 5 is outside 0 to 4"),
        ({"cycle": 0}, "cycle 0 is outside 1 to 500"),
        ({"marrow_infiltration": True}, "it explains a count of platelets"),
        ({"given": {"lenalidomide": 40}}, "at most the ordered 25 mg"),
    ],
)
def test_what_cannot_be_is_refused(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(cb.InputError) as caught:
        cb.dose("rd", **arguments)  # type: ignore[arg-type]  # wrong on purpose
    assert words in str(caught.value)


def test_the_page_of_a_dose_has_reason_before_source_and_no_column_of_its_own_terms() -> None:
    """Eleven columns ran off a wide window, with the reason in the narrowest."""
    page = cb.dose("rd", crcl=45).page()
    assert re.findall(r'scope="col">([^<]+)', page)[-2:] == ["because", "source"]
    assert "is lowered" not in page
    assert "<h1>Doses: Rd" in page
