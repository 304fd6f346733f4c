"""Outcomes by weights of patients: what equal and whole weights must give, and what is no weight."""

from __future__ import annotations

from pathlib import Path

import pytest
from cohort_records import Records, write_folder
from typer.testing import CliRunner

import cereblon as cb
from cereblon.cli.cohort import app
from cereblon.cohort.line_outcomes import outcome_rows
from cereblon.cohort.patient_weights import read_patient_weights
from cereblon.core.errors import InputError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve on Rd, of whom eight respond; deaths on days 100, 200 and so on."""
    records, home = Records(), tmp_path_factory.mktemp("weights")
    for person in range(1, 13):
        records.patient(person, last=1500)
        records.fills(person, "lenalidomide", 0, 12, supply=21, quantity=21)
        for when, value in ((-5, 30.0), (80, 10.0 if person <= 8 else 28.0), (140, 9.0 if person <= 8 else 27.0)):
            records.lab(person, "m_protein", when, value, "g/L")
        records.dies(person, 100 * person)
    cb.cohort.build(write_folder(records.tables, home / "cdm"), out=home / "out", progress=False)
    return home / "out"


def _table(folder: Path, weights: dict[int, object]) -> Path:
    path = folder.parent / "weights.csv"
    rows = [f"{person},{weight}" for person, weight in weights.items()]
    path.write_text("\n".join(["person_id,weight", *rows]) + "\n", encoding="utf-8")
    return path


def _outcomes(folder: Path, weights: dict[int, object] | None = None) -> dict[str, dict[str, object]]:
    built = cb.cohort.report(folder).built
    known = None if weights is None else read_patient_weights(_table(folder, weights), built.frame("persons"))
    rows = outcome_rows(built, weights=known, fewest=100)
    return {str(row["endpoint"]): dict(row) for row in rows if row["arm"] == "all"}


def test_equal_weights_give_the_unweighted_values(folder: Path) -> None:
    plain, equal = _outcomes(folder), _outcomes(folder, dict.fromkeys(range(1, 13), 2.5))
    for endpoint, row in plain.items():
        assert equal[endpoint]["value"] == pytest.approx(row["value"]), endpoint
        assert (equal[endpoint]["n"], equal[endpoint]["events"]) == (row["n"], row["events"])
    assert equal["orr"]["method"] == "of evaluable lines, best confirmed; weighted, patients drawn again"


def test_a_weight_of_nought_leaves_out_and_one_of_three_counts_three_times(folder: Path) -> None:
    """One who died before a response was confirmed and a responder have weight 3, one responder has none: 8 of 15."""
    weights: dict[int, object] = dict.fromkeys(range(1, 13), 1)
    weights |= {1: 3, 2: 3, 3: 0}
    found = _outcomes(folder, weights)
    assert found["orr"]["value"] == pytest.approx(100 * 8 / 15)
    assert float(str(found["orr"]["low"])) < 100 * 8 / 15 < float(str(found["orr"]["high"]))
    # deaths of weights 3 (day 100), 3 (200), 1 (400), 1 (500): 8 of 15 have died then
    assert found["os_median"]["value"] == pytest.approx(500 / 30.4375)


def test_the_command_says_what_is_weighted(folder: Path) -> None:
    path = _table(folder, dict.fromkeys(range(1, 13), 1))
    done = CliRunner().invoke(app, ["report", str(folder), "--weights", str(path)], catch_exceptions=False)
    assert done.exit_code == 0 and "outcomes are weighted; counts" in done.output


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({1: 1}, "11 of 12 patients of the cohort have no weight"),
        (dict.fromkeys(range(1, 13), 0), "every patient of the cohort has weight 0"),
        ({**dict.fromkeys(range(1, 13), 1), 5: -1}, r"line 6, weight: '-1' is no weight"),
        ({**dict.fromkeys(range(1, 13), 1), 5: "inf"}, r"'inf' is no weight"),
        ({**dict.fromkeys(range(1, 13), 1), 5: "two"}, r"'two' is no weight"),
    ],
)
def test_what_is_no_weight_is_refused(folder: Path, weights: dict[int, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        cb.cohort.report(folder, weights=_table(folder, weights))


def test_a_patient_who_stands_twice_is_refused(folder: Path) -> None:
    path = _table(folder, dict.fromkeys(range(1, 13), 1))
    path.write_text(path.read_text(encoding="utf-8") + "3,1\n", encoding="utf-8")
    with pytest.raises(InputError, match="3 stands 2 times"):
        cb.cohort.report(folder, weights=path)
