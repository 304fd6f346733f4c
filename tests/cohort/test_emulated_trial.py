"""A target trial from the folder of a cohort to its answer: who is eligible, what confounds, what stands beside."""

from __future__ import annotations

import re
from datetime import date, timedelta
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import cereblon as cb
from cereblon.cohort.definition import find_definition
from cereblon.cohort.folder import CohortTables, write_cohort
from cereblon.cohort.schemas import FOLDER_TABLES
from cereblon.cohort.target_trial.propensity import covariate_words
from cereblon.core.errors import ArgumentError, InputError
from cereblon.report.target_trial import balance_lines, effects_lines

COUNT = 400
ZERO = date(2018, 1, 1)


def _dates(days: np.ndarray, *, known: np.ndarray | None = None) -> list[date | None]:
    there = np.ones(len(days), bool) if known is None else known
    return [ZERO + timedelta(days=int(day)) if is_known else None for day, is_known in zip(days, there, strict=True)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """400 patients: the older are more often given Rd and die sooner; regimens do nothing. Some are transplanted."""
    generator = np.random.default_rng(8)
    age = generator.normal(70, 8, COUNT)
    is_drd = generator.random(COUNT) < 1 / (1 + np.exp((age - 70) / 4))
    death = generator.exponential(1500 * np.exp(-(age - 70) / 10)) + 1
    end = generator.uniform(1200, 2400, COUNT)
    died, last = death <= end, np.minimum(death, end)
    transplanted = np.arange(COUNT) % 2 == 0
    start = generator.uniform(150, 330, COUNT)
    begins = transplanted & (start < last) & (generator.random(COUNT) < 0.6)
    person = [str(number) for number in range(COUNT)]
    first = np.zeros(COUNT)
    tables: dict[str, dict[str, Any]] = {
        "persons": {
            "person_id": person,
            "index_date": _dates(first),
            "index_line": [1] * COUNT,
            "entry_date": _dates(first),
            "last_date": _dates(last),
            "death_date": _dates(last, known=died),
            "diagnosis_date": _dates(first - 20),
            "birth_year": [1948] * COUNT,
            "age": age,
            "sex": ["female", "male"] * (COUNT // 2),
            "lines": [1] * COUNT,
        },
        "lines": {
            "person_id": person,
            "line": [1] * COUNT,
            "regimen": np.where(is_drd, "DRd", "Rd").tolist(),
            "drugs": [["dexamethasone", "lenalidomide"]] * COUNT,
            "start_date": _dates(first),
            "end_date": _dates(last),
            "end_reason": ["end_of_record"] * COUNT,
            "transplant_date": _dates(first + 120, known=transplanted & (last > 125)),
            "maintenance_start": _dates(start, known=begins),
            "rule": ["first"] * COUNT,
            "rows": [["drug_exposure:1"]] * COUNT,
        },
        "labs": {
            "person_id": person[::2],
            "date": _dates(first[::2] - 3),
            "test": ["haemoglobin"] * (COUNT // 2),
            "value": generator.normal(105, 12, COUNT // 2),
            "unit": ["g/L"] * (COUNT // 2),
            "limit": [""] * (COUNT // 2),
            "unit_basis": ["stated"] * (COUNT // 2),
            "row": ["measurement:1"] * (COUNT // 2),
        },
    }
    made = {
        name: pl.DataFrame(tables[name]).to_arrow().select(schema.names).cast(schema)
        if name in tables
        else schema.empty_table()
        for name, schema in FOLDER_TABLES.items()
    }
    place = tmp_path_factory.mktemp("cohort") / "cohort"
    write_cohort(CohortTables(made, find_definition("treated"), {"kind": "folder", "where": "x"}, {}, ()), place)
    return place


REGIMENS: dict[str, Any] = {
    "title": "DRd against Rd",
    "strategy": {"label": "DRd", "regimens": ["DRd"]},
    "versus": {"label": "Rd", "regimens": ["Rd"]},
    "outcome": "death",
    "covariates": ["age", "male", "haemoglobin"],
    "replicates": 20,
}
MAINTENANCE: dict[str, Any] = {
    "title": "Maintenance or none",
    "time_zero": "transplantation",
    "strategy": {"label": "maintenance"},
    "versus": {"label": "none"},
    "outcome": "death",
    "covariates": ["age"],
    "nested": True,
    "replicates": 20,
}


def test_weighting_takes_away_what_confounds(folder: Path) -> None:
    """Regimens do nothing here; the younger have DRd, so that the naive ratio is far below 1.

    The weighted one of these 400 patients is within 2.5 standard errors of 1, as all but one of eighty are; the naive
    one is beyond 4.
    """
    answer = cb.cohort.emulate_trial(folder, REGIMENS | {"replicates": 100})
    weighted, unweighted = (
        abs(log(one["hazard_ratio"])) / (log(one["high"] / one["low"]) / 3.92) for one in answer.tables()["effects"]
    )
    assert weighted < 2.5
    assert unweighted > 4
    assert {str(row["covariate"]) for row in answer.tables()["balance"]} == {
        "age",
        "male",
        "haemoglobin",
        "haemoglobin missing",
    }


def test_the_answer_is_drawn_and_written(folder: Path) -> None:
    answer = cb.cohort.emulate_trial(folder, REGIMENS)
    assert "Effective sample size after weighting" in answer.text()
    assert set(answer.charts()) == {"effects", "balance"}
    page = answer.page()
    assert "What this cannot tell" in page
    assert not re.search(r">[a-z]+_[a-z_]+<|>-?\d+\.\d{3,}<", page)


def test_a_narrow_window_has_effects_and_balance_as_lists(folder: Path) -> None:
    answer = cb.cohort.emulate_trial(folder, REGIMENS)
    (weighted, *_), balance = effects_lines(answer.tables()["effects"]), answer.tables()["balance"]
    row = answer.tables()["effects"][0]
    assert weighted.words == f"hazard ratio {row['hazard_ratio']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
    assert [line.label for line in balance_lines(balance)] == [str(one["covariate"]) for one in balance]
    assert all("before, " in line.words for line in balance_lines(balance))


def test_covariates_are_named_as_laboratories_do() -> None:
    given = ("age", "m_protein", "m_protein missing", "marrow_plasma_cells")
    said = ["age", "serum M-protein", "serum M-protein missing", "marrow plasma cells"]
    assert [covariate_words(one) for one in given] == said


def test_maintenance_stands_beside_its_landmark_and_the_naive_analysis(folder: Path) -> None:
    answer = cb.cohort.emulate_trial(folder, MAINTENANCE)
    names = [str(row["analysis"]) for row in answer.tables()["effects"]]
    assert names == ["clone, censor, weight", "landmark at day 100", "ever began (naive)"]
    assert "trials that begin every 30 days" in answer.text()


def test_an_outcome_that_treatment_cannot_cause_has_its_own_row(folder: Path, tmp_path: Path) -> None:
    rows = "\n".join(f"{number},fracture,2018-{1 + number % 9:02d}-20" for number in range(0, COUNT, 3))
    (tmp_path / "controls.csv").write_text(f"person_id,outcome,date\n{rows}\n", encoding="utf-8")
    answer = cb.cohort.emulate_trial(folder, REGIMENS, controls=tmp_path / "controls.csv")
    (row,) = answer.tables()["controls"]
    assert row["outcome"] == "fracture"
    assert float(row["low"]) < 1 < float(row["high"])  # type: ignore[arg-type]


def test_what_cannot_be_compared_is_refused_with_the_patients_left(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"0 eligible patients with KRd"):
        cb.cohort.emulate_trial(folder, REGIMENS | {"strategy": {"label": "KRd", "regimens": ["KRd"]}})
    with pytest.raises(InputError, match="regimen 'KRdd' is not known"):
        cb.cohort.emulate_trial(folder, REGIMENS | {"strategy": {"label": "KRd", "regimens": ["KRdd"]}})
    with pytest.raises(InputError, match="nobody has a value"):
        cb.cohort.emulate_trial(folder, REGIMENS | {"covariates": ["calcium"]})
    with pytest.raises(ArgumentError, match="controls apply to a comparison of regimens"):
        cb.cohort.emulate_trial(folder, MAINTENANCE, controls=tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("rows", "refusal"),
    [
        ("1,fract\u202eure,2018-05-20", r"line 2, outcome: .*U\+202E, which cannot be seen"),
        ("1,frac\u200bture,2018-05-20", r"line 2, outcome: .*U\+200B"),
        ("1,frac\x1bture,2018-05-20", r"control character U\+001B"),
        ("1,fracture,2018-05-20", r"controls, fracture: nobody with the (first|second) strategy has the outcome"),
        (f"1,{'fracture ' * 60},2018-05-20", r"name of 539 characters; a name has at most 200"),
        ("1,fracture,2018-05-20\n2,,2018-05-20", r"line 3, outcome: '' is no name; it is missing"),
        ("1,fracture,2018-05-20\n2,Fracture,2018-05-20", "differ in nothing but how they are written"),
        ("1,fracture,2018-02-30\n2,fracture,soon", r"line 2, date: '2018-02-30' is no date\n.*line 3, date: 'soon'"),
        ("X1,fracture,2018-05-20", "none of its 1 patients is one of the cohort, e.g. 'X1'"),
        ("\n".join(f"1,outcome {n},2018-05-20" for n in range(201)), "201 outcomes, .* at most 200 are compared"),
    ],
)
def test_outcomes_of_controls_are_names_and_dates_of_patients_of_the_cohort(
    folder: Path, tmp_path: Path, rows: str, refusal: str
) -> None:
    (tmp_path / "controls.csv").write_text(f"person_id,outcome,date\n{rows}\n", encoding="utf-8")
    with pytest.raises(InputError, match=refusal):
        cb.cohort.emulate_trial(folder, REGIMENS, controls=tmp_path / "controls.csv")
