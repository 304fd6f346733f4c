"""What a site may send, and what pooling makes of it."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cohort_records import Records, write_folder
from typer.testing import CliRunner

import cereblon as cb
from cereblon.cli.cohort import app
from cereblon.cohort.attrition import masked_steps
from cereblon.cohort.line_outcomes import masked
from cereblon.cohort.small_cells import shown_of
from cereblon.core.errors import ArgumentError, InputError

LIMIT = 5


def _steps(*kept: int) -> list[dict[str, Any]]:
    before = (kept[0], *kept[:-1])
    return [{"kept": now, "left_out": then - now} for then, now in zip(before, kept, strict=True)]


def test_no_small_number_can_be_had_from_the_steps_that_are_shown() -> None:
    """From the end: 90 is 2 more than 88, and 100 is 3 more than 97, so neither is shown; 97 is 9 more than 88."""
    shown = [row["kept"] for row in masked_steps(_steps(100, 97, 90, 88, 88), LIMIT)]
    assert shown == [None, 97, None, 88, 88]


@pytest.mark.parametrize("seed", range(20))
def test_shown_steps_differ_by_none_or_by_enough_whatever_the_steps(seed: int) -> None:
    drawn = np.random.default_rng(seed).integers(0, 12, 8)
    rows = masked_steps(_steps(*(int(one) for one in 60 - np.cumsum(drawn).clip(max=60))), LIMIT)
    kept = [int(str(row["kept"])) for row in rows if row["kept"] is not None]
    assert all(then == now or then - now >= LIMIT for then, now in pairwise(kept))
    assert all(row["left_out"] is None or row["left_out"] == 0 or row["left_out"] >= LIMIT for row in rows)


@pytest.fixture
def built(three_patients: Records, tmp_path: Path) -> Path:
    """Ten patients, nine of them on Rd."""
    for person in range(10, 18):
        three_patients.patient(person, last=700)
        three_patients.fills(person, "lenalidomide", 0, 12, supply=21, quantity=21)
        three_patients.fills(person, "dexamethasone", 0, 12)
        for when, value in ((-5, 30.0), (80, 10.0), (140, 9.0)):
            three_patients.lab(person, "m_protein", when, value, "g/L")
    cb.cohort.build(write_folder(three_patients.tables, tmp_path / "cdm"), out=tmp_path / "out", progress=False)
    return tmp_path / "out"


def test_shared_results_have_schema_and_version_no_patient_and_no_small_number(built: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["report", str(built), "--share", str(tmp_path / "a.json"), "--site", "A"], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    shared = json.loads(text)
    assert (shared["schema"], shared["version"], shared["site"]) == ("cereblon-cohort-results", 1, "A")
    assert "person" not in text
    counts = [row[name] for row in shared["outcomes"] for name in ("n", "events") if row[name]]
    counts += [row["patients"] for row in shared["regimens"]] + [row["lines"] for row in shared["not_evaluable"]]
    assert counts and min(counts) >= LIMIT
    assert {row["arm"] for row in shared["outcomes"]} == {"all"}  # nine of ten would tell of one on something else


def _site(tmp_path: Path, name: str, *outcomes: dict[str, Any], **others: Any) -> Path:
    content = {
        "schema": "cereblon-cohort-results",
        "version": 1,
        "site": name,
        "made_by": "a test",
        "estimand": "relaxed",
        "small_cell": LIMIT,
        "definition": {"line_rules": "imwg2015"},
        "patients": 100,
        "lines": 120,
        "outcomes": list(outcomes),
    }
    path = tmp_path / f"{name}.json"
    path.write_text(json.dumps(content | others), encoding="utf-8")
    return path


def _share(value: float, n: int, arm: str = "all") -> dict[str, Any]:
    return {"endpoint": "orr", "arm": arm, "unit": "percent", "value": value, "level": 0.95, "n": n, "method": ""}


def test_equal_sites_pool_to_their_number_with_the_error_of_all_patients(tmp_path: Path) -> None:
    """Three sites of 200 with 60 %: no spread between them, so the standard error of the logit is that of 600."""
    files = [_site(tmp_path, name, _share(60.0, 200), patients=one) for one, name in enumerate("ABC", start=200)]
    (row,) = cb.cohort.pool(*files).tables()["pooled"]
    assert row["value"] == pytest.approx(60.0, abs=0.1)  # half a patient is moved inwards at each site
    assert row["tau2"] == pytest.approx(0, abs=1e-6)
    error = 1 / math.sqrt(600 * 0.6 * 0.4)
    reach = 4.302653 * error  # 97.5 % of Student's t with 2 degrees of freedom
    low = 100 / (1 + math.exp(-(math.log(1.5) - reach)))
    assert row["low"] == pytest.approx(low, abs=0.3)
    assert (row["sites"], row["n"]) == (3, 600)


def test_a_median_is_pooled_on_the_logarithm_and_what_is_masked_takes_no_part(tmp_path: Path) -> None:
    def median(value: float | None, low: float | None, high: float | None) -> dict[str, Any]:
        return {
            "endpoint": "pfs_median",
            "arm": "Rd",
            "unit": "months",
            "value": value,
            "low": low,
            "high": high,
            "level": 0.95,
            "n": None if value is None else 50,
        }

    files = [
        _site(tmp_path, "A", median(20.0, 16.0, 25.0)),
        _site(tmp_path, "B", median(20.0, 16.0, 25.0), patients=101),
        _site(tmp_path, "C", median(None, None, None)),
    ]
    answer = cb.cohort.pool(*files)
    (row,) = answer.tables()["pooled"]
    assert row["value"] == pytest.approx(20.0)
    assert row["sites"] == 2
    assert "Rd" in answer.text()


def test_files_that_cannot_be_pooled_are_refused_with_the_reason(tmp_path: Path) -> None:
    one, two = _site(tmp_path, "A", _share(60, 100)), _site(tmp_path, "B", _share(60, 100), estimand="strict")
    with pytest.raises(InputError, match=r"B.json: is of the kind strict, .*A.json of relaxed"):
        cb.cohort.pool(one, two)
    with pytest.raises(InputError, match="is of the site A"):
        cb.cohort.pool(one, one)
    with pytest.raises(InputError, match=r"E.json: holds the very numbers of .*A.json, under another name"):
        cb.cohort.pool(one, _site(tmp_path, "E", _share(60, 100)))
    with pytest.raises(ArgumentError, match="1 files; two sites or more"):
        cb.cohort.pool(one)
    with pytest.raises(InputError, match="is of version 2; version 1 can be read"):
        cb.cohort.pool(one, _site(tmp_path, "C", version=2))
    (tmp_path / "d.json").write_text('{"rows": []}', encoding="utf-8")
    with pytest.raises(InputError, match="holds no shared results"):
        cb.cohort.pool(one, tmp_path / "d.json")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"value": 160.0, "high": 170.0}, r"outcomes\.0: percent outside 0 to 100"),
        ({"low": 90.0, "high": 10.0}, r"outcomes\.0: an interval from 90 to 10"),
        ({"n": 0, "events": 0}, r"outcomes\.0: has a value of no lines"),
        ({"events": 1000}, r"outcomes\.0: 1,000 events in 200 lines"),
        ({"unit": "furlong"}, r"outcomes\.0: unit 'furlong' is none of percent, months"),
    ],
)
def test_an_estimate_that_contradicts_itself_is_refused(change: dict[str, object], said: str, tmp_path: Path) -> None:
    one, two = _site(tmp_path, "A", _share(60.0, 100)), _site(tmp_path, "B", _share(60.0, 200) | change)
    with pytest.raises(InputError, match=said):
        cb.cohort.pool(one, two)


def test_an_estimate_that_stands_twice_is_refused(tmp_path: Path) -> None:
    twice = _site(tmp_path, "B", _share(66.0, 150), _share(66.0, 150))
    with pytest.raises(InputError, match="orr all stands twice"):
        cb.cohort.pool(_site(tmp_path, "A", _share(60.0, 100)), twice)


@pytest.mark.parametrize("site", ["", "  "])
def test_a_site_without_a_name_is_refused(site: str, tmp_path: Path) -> None:
    """Its row of the pooled results would be the one that nobody can look up."""
    files = [_site(tmp_path, name, _share(60.0, 200), patients=one) for one, name in enumerate("AB", start=200)]
    nameless = _site(tmp_path, "C", _share(61.0, 90), site=site)
    with pytest.raises(InputError, match=r"C\.json, site: is empty; a name is needed"):
        cb.cohort.pool(*files, nameless)


def test_a_difference_of_definitions_is_said_and_the_page_is_written(tmp_path: Path) -> None:
    one = _site(tmp_path, "A", _share(60, 100), _share(50, 40, "Rd"))
    two = _site(tmp_path, "B", _share(70, 100), definition={"line_rules": "ohdsi_mm"})
    answer = cb.cohort.pool(one, two)
    assert answer.notes[0] == "B and A differ in their definition: line_rules"
    page = answer.save(tmp_path / "pooled.html").read_text(encoding="utf-8")
    assert "Results of several sites, pooled" in page
    assert all(list(row) == list(answer.columns()["pooled"]) for row in answer.tables()["pooled"])
    assert answer.charts()["forest"].to_dict()["vconcat"]


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([9, 6, 5], [True, True, True]),
        ([9, 6, 3, 2], [True, True, False, False]),
        ([9, 6, 3, 1], [True, False, False, False]),
        ([6, 1], [False, False]),
        ([], []),
    ],
)
def test_parts_that_are_not_shown_are_together_no_small_number(counts: list[int], shown: list[bool]) -> None:
    assert shown_of(counts, 5) == shown


def _outcome(endpoint: str, n: int, events: int, unit: str = "percent") -> dict[str, Any]:
    value = 100 * events / n if unit == "percent" else 20.5
    rest = {"low": value - 1, "high": value + 1, "level": 0.95, "method": "", "unit": unit}
    return {"endpoint": endpoint, "arm": "all", "value": value, "n": n, "events": events, **rest}


def test_the_size_of_a_group_does_not_tell_what_is_hidden() -> None:
    """Of 62 lines 2 could not be judged, and of 60 lines 3 did not respond: 60 and 57 would say so."""
    rows = [_outcome("evaluable", 62, 60), _outcome("orr", 60, 57), _outcome("vgpr_or_better", 60, 31)]
    found = {str(row["endpoint"]): row for row in masked([*rows, _outcome("dor_median", 57, 30, "months")], 5)}
    assert all(found[name]["value"] is None for name in ("evaluable", "orr"))
    vgpr, duration = found["vgpr_or_better"], found["dor_median"]
    assert [vgpr[name] for name in ("value", "low", "high", "n", "events")] == [52.0, 51.0, 53.0, None, None]
    assert [duration[name] for name in ("value", "n", "events")] == [20.5, None, None]


def test_a_share_whose_size_is_hidden_is_pooled_by_its_interval(tmp_path: Path) -> None:
    hidden = {"endpoint": "orr", "arm": "all", "unit": "percent", "value": 85.0, "low": 75.0, "high": 92.0}
    shares = [{**hidden, "value": value, "n": None, "level": 0.95} for value in (85.0, 86.0)]
    answer = cb.cohort.pool(*(_site(tmp_path, name, one) for name, one in zip("AB", shares, strict=True)))
    (row,) = answer.tables()["pooled"]
    assert row["n"] is None and 80 < row["value"] < 90
    assert "2 sites" in answer.text() and "None" not in answer.text()


def test_a_site_where_nobody_died_does_not_outweigh_the_others(tmp_path: Path) -> None:
    """Its rate has an interval without width; its count says how sure 6 patients make it: 94 decide."""
    rates = [
        {"endpoint": "os_rate", "arm": "all", "unit": "percent", "level": 0.95, "n": n, "value": value} | ends
        for n, value, ends in ((94, 80.0, {"low": 70.5, "high": 86.7}), (6, 100.0, {"low": 100.0, "high": 100.0}))
    ]
    answer = cb.cohort.pool(*(_site(tmp_path, name, one) for name, one in zip("AB", rates, strict=True)))
    (row,) = answer.tables()["pooled"]
    assert 78 < row["value"] < 84
    alone = cb.cohort.pool(
        *(_site(tmp_path, name, {**rates[1], "n": None}, patients=one) for one, name in enumerate("CD", 50))
    )
    assert not alone.tables()["pooled"]


def test_pooled_results_are_told_in_the_words_of_a_cohort_and_each_group_once(tmp_path: Path) -> None:
    """An end of an interval beyond any follow-up is not told as a number of months."""
    median = {"endpoint": "pfs_median", "arm": "Kd", "unit": "months", "level": 0.95, "low": 2.0, "high": 50.0}
    rows = [{**median, "value": value, "n": n} for value, n in ((5.0, 10), (19.0, 12))]
    rate = {
        "endpoint": "pfs_rate",
        "arm": "all",
        "unit": "percent",
        "level": 0.95,
        "low": 60.0,
        "high": 70.0,
        "n": 50,
    }
    event = _share(10.0, 50, "Kd") | {"endpoint": "ae_thrombocytopenia", "grade": "3+"}
    answer = cb.cohort.pool(
        *(
            _site(tmp_path, name, one, {**rate, "value": 65.0 + place}, {**event, "value": 10.0 + place})
            for place, (name, one) in enumerate(zip("AB", rows, strict=True))
        )
    )
    said = answer.text()
    assert "Free of progression at 24 months 65.2 %" in said
    assert "(<0.1 to >600)" in said
    assert said.count("Kd") == 1 and "Thrombocytopenia, grade 3+" in said
    assert max(map(len, said.splitlines())) <= 80
