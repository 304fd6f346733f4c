"""Small inputs whose outcomes once came out wrong without a word, with the right answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from cereblon.core.errors import InputError
from cereblon.outcomes import assess, hazard_ratio, kaplan_meier, summarise_replicates, time_to_event
from cereblon.tables import conform, name_arms, remarks_of
from cereblon.tables.schemas import EVENTS, LABS, SUBJECTS
from cereblon.trials.beginning import create_run
from cereblon.trials.block import block_contents

PEOPLE = [(1, "new", 300), (2, "control", 100), (3, "new", 330), (4, "control", 310)]
PEOPLE += [(5, "new", 360), (6, "control", 120), (7, "new", 90), (8, "control", 60)]
KEY = {"origin": "observed", "source_id": "case"}


def subjects(arm: dict[int, str], replicate: dict[int, int] | None = None) -> pa.Table:
    blank: dict[str, Any] = {field.name: None if field.nullable else 0 for field in SUBJECTS}
    blank |= {"sex": "female", "isotype": "IgG"} | KEY
    rows = [
        blank | {"subject_id": number, "arm": name, "replicate": (replicate or {}).get(number, 0)}
        for number, name in arm.items()
    ]
    return conform({name: [row[name] for row in rows] for name in SUBJECTS.names}, SUBJECTS, name="subjects")


def events(rows: list[dict[str, Any]]) -> pa.Table:
    full = [KEY | {"line": 1, "cause": ""} | row for row in rows]
    return conform({name: [row[name] for row in full] for name in EVENTS.names}, EVENTS, name="events")


def labs(rows: list[tuple[float, float]]) -> pa.Table:
    columns = {"arm": "a", "subject_id": 1, "test": "m_protein", "unit": "g/L"} | KEY
    return conform(columns | {"day": [day for day, _ in rows], "value": [v for _, v in rows]}, LABS, name="labs")


def eight_people(order: list[int], *, comparator: str | None) -> dict[str, pa.Table]:
    rows = [PEOPLE[place] for place in order]
    people = subjects({number: arm for number, arm, _ in rows})
    if comparator:
        people = name_arms(people, ("new", "control"), comparator=comparator)
    deaths = [{"subject_id": number, "arm": arm, "event": "death", "day": float(day)} for number, arm, day in rows]
    return assess({"subjects": people, "labs": LABS.empty_table(), "events": events(deaths)})


@pytest.mark.parametrize("order", [list(range(8)), [1, 0, 3, 2, 5, 4, 7, 6]])
def test_eight_people_have_one_hazard_ratio_in_any_order(order: list[int]) -> None:
    """0.32 of new over control is what lifelines 0.30 gives (CoxPHFitter, Efron); 3.10 is the other way round."""
    found = summarise_replicates(eight_people(order, comparator="control")).to_pylist()
    (ratio,) = [row for row in found if row["endpoint"] == "os_hr"]
    assert (ratio["arm"], ratio["versus"], round(ratio["value"], 2)) == ("new", "control", 0.32)
    with pytest.raises(InputError, match="the arms are control, new, and none is named as the comparator"):
        summarise_replicates(eight_people(order, comparator=None))


def test_codings_of_events_and_arms() -> None:
    with pytest.raises(InputError, match="coded 1 and 2"):
        kaplan_meier([5, 6, 7, 8], [1, 2, 1, 2])
    with pytest.raises(InputError, match="row 3: is missing"):
        kaplan_meier([5, 6, 7, 8], [0, 1, float("nan"), 1])
    assert kaplan_meier([5, 6, 7, 8], [1, 2, 1, 2], coding="1/2").events.tolist() == [0, 1, 0, 1]
    for text in (["FALSE", "TRUE"] * 2, ["0", "1"] * 2):
        assert kaplan_meier([5, 6, 7, 8], text).events.tolist() == [0, 1, 0, 1]
    expected = hazard_ratio([1, 2, 3, 4], [1] * 4, [1, 0, 1, 0])
    assert hazard_ratio([1, 2, 3, 4], [1] * 4, ["A", "B"] * 2, comparator="B") == expected
    assert hazard_ratio([1, 2, 3, 4], [1] * 4, [1, 2] * 2, comparator=2) == expected
    with pytest.raises(InputError, match="3 different ones"):
        hazard_ratio([1, 2, 3, 4, 5, 6], [1] * 6, [0, 1, 2, 0, 1, 2])


def test_progression_after_the_cut_is_no_event() -> None:
    """Followed to day 60: PFS is censored at the last visit before it, on day 56, and OS on day 60."""
    rows = [(-1.0, 30.0), (28.0, 14.0), (56.0, 14.0), (84.0, 25.0), (112.0, 26.0)]
    happened = [("treatment_start", 0.0), ("censored", 60.0)]
    tables = assess(
        {
            "subjects": subjects({1: "a"}),
            "labs": labs(rows),
            "events": events([{"arm": "a", "subject_id": 1, "event": name, "day": day} for name, day in happened]),
        }
    )
    found = {
        endpoint: time_to_event(tables["subjects"], tables["events"], tables["responses"], endpoint)
        for endpoint in ("pfs", "os")
    }
    assert [(row["day"], row["observed"]) for row in found["pfs"].to_pylist()] == [(56.0, False)]
    assert [(row["day"], row["observed"]) for row in found["os"].to_pylist()] == [(60.0, False)]
    assert any(remark.startswith("labs: 2 rows after the end") for remark in remarks_of(found["pfs"]))


def test_a_death_before_day_0_is_refused() -> None:
    happened = [("treatment_start", -10.0), ("death", -3.0)]
    rows = [{"arm": "a", "subject_id": 1, "event": name, "day": day} for name, day in happened]
    with pytest.raises(InputError, match="death before day 0; subject 1 of arm a"):
        assess({"subjects": subjects({1: "a"}), "labs": labs([(-1.0, 30.0)]), "events": events(rows)})


@pytest.fixture
def two_kinds_of_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten replicate trials of 20 a side, the comparator first among the rows.

    In even ones everybody in vrd lives four times as long as the like in rd, which 20 a side show; in odd ones alike.
    """
    arm, replicate, day = {}, {}, {}
    for trial in range(10):
        for place in range(40):
            number = 40 * trial + place
            arm[number], replicate[number] = ("rd", "vrd")[place % 2], trial
            day[number] = 30.0 * (1 + place // 2) * (4.0 if arm[number] == "vrd" and trial % 2 == 0 else 1.0)
    deaths = [
        {"subject_id": number, "arm": arm[number], "event": "death", "day": day[number], "cause": "myeloma"}
        for number in arm
    ]
    stops = [row | {"event": "treatment_stopped", "cause": "other"} for row in deaths]
    from cereblon.tables.schemas import SUBJECT_TABLES

    tables = {name: schema.empty_table() for name, schema in SUBJECT_TABLES.items()}
    tables |= {"subjects": subjects(arm, replicate), "events": events(deaths + stops)}
    header = {"run_id": "case", "fingerprint": "case", "blocks": 1, "block_size": 512}
    header |= {"arms": ["vrd", "rd"], "comparator": "rd"}
    create_run(tmp_path / "runs" / "swog-s0777", header).write_block(0, block_contents(tables))
    monkeypatch.chdir(tmp_path)


def recipe(title: str) -> str:
    """Give the Python of a section of the page on tables."""
    page = (Path(__file__).parents[2] / "docs/how-to/use-the-tables.md").read_text(encoding="utf-8")
    section = page.split(f"\n## {title}\n")[1].split("\n## ")[0]
    return section.split("```python\n")[1].split("```")[0]


@pytest.mark.usefixtures("two_kinds_of_trial")
def test_the_recipe_for_power_reads_the_new_arm_over_the_comparator(capsys: pytest.CaptureFixture[str]) -> None:
    """Every second trial has an effect: the power is one half. The ratio upside down would give 0 %."""
    exec(compile(recipe("Power"), "power", "exec"), {})
    assert capsys.readouterr().out.strip() == "50%"


@pytest.mark.usefixtures("two_kinds_of_trial")
def test_the_recipe_for_times_writes_them(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(recipe("R"), "times", "exec"), {})
    times = pl.read_csv("pfs.csv")
    assert times.columns == ["arm", "replicate", "subject_id", "day", "observed"]
    assert times.filter(pl.col("subject_id") == 1).row(0) == ("vrd", 0, 1, 120.0, True)
    assert times["observed"].all()


@pytest.mark.usefixtures("two_kinds_of_trial")
def test_the_recipe_for_reasons_counts_them(capsys: pytest.CaptureFixture[str]) -> None:
    space: dict[str, Any] = {}
    exec(compile(recipe("polars"), "reasons", "exec"), space)
    counted = space["stops"].group_by("arm", "cause").len().sort("arm")
    assert counted.rows() == [("rd", "other", 200), ("vrd", "other", 200)]
    assert "200" in capsys.readouterr().out


@pytest.mark.usefixtures("two_kinds_of_trial")
def test_the_recipe_in_python_names_the_columns(capsys: pytest.CaptureFixture[str]) -> None:
    space: dict[str, Any] = {}
    exec(compile(recipe("Python"), "columns", "exec"), space)
    assert "'endpoint', 'arm', 'versus'" in capsys.readouterr().out
    ratios = [row for row in space["outcomes"].to_pylist() if row["endpoint"] == "pfs_hr"]
    assert [(row["arm"], row["versus"]) for row in ratios] == [("vrd", "rd")]
    assert np.log(ratios[0]["value"]) < 0
