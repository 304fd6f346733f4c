"""Arms, stages, isotypes, units and settings as people write them: read once for all readers, or refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cereblon.core.errors import InputError
from cereblon.core.units import factor
from cereblon.model.regimens.reading import parse_regimen, understood
from cereblon.synthesis.adjustment.covariates import CovariateReader
from cereblon.tables import conform, read_subject_tables
from cereblon.tables.schemas import SUBJECTS
from cereblon.vocabulary.clinical import isotype_with_chain

_EVENTS = {"event": ["death", "censored"], "day": [5, 6], "line": [1, 1]}


@pytest.mark.parametrize("other", ["a", "A ", " A"])
def test_arms_that_differ_in_capitals_or_spaces_are_refused(other: str) -> None:
    with pytest.raises(InputError, match="differ in nothing but how they are written"):
        read_subject_tables({"subjects": {"subject_id": [1, 2], "arm": ["A", other]}})


def test_arms_are_written_alike_in_all_tables() -> None:
    subjects = {"subject_id": [1, 2], "arm": ["Rd", "DRd"]}
    events = {"subject_id": [1, 2], "arm": ["RD", "DRd"], **_EVENTS}
    with pytest.raises(InputError, match="'RD' and 'Rd' differ"):
        read_subject_tables({"subjects": subjects, "events": events})


def test_the_gate_refuses_arms_that_differ_in_capitals() -> None:
    columns: dict[str, object] = {field.name: None for field in SUBJECTS if field.nullable}
    columns |= {"origin": "observed", "source_id": "user", "arm": ["A", "a"], "subject_id": np.array([1, 2])}
    columns |= {"replicate": 0, "sex": "unknown", "isotype": "unknown", "result_code": 0}
    with pytest.raises(InputError, match="subjects, arm: 'A' and 'a' differ"):
        conform(columns, SUBJECTS, name="subjects")


def test_a_subject_in_two_arms_and_one_whom_subjects_lacks_are_named() -> None:
    subjects = {"subject_id": [1, 1], "arm": ["A", "B"]}
    events = {"subject_id": [1, 2], "arm": ["A", "B"], **_EVENTS}
    said = "\n".join(read_subject_tables({"subjects": subjects, "events": events}).remarks)
    assert "1 subjects stand in more than one arm (1 in A and B)" in said
    assert "events: 1 subjects are not in the table subjects (2 of B)" in said


def test_roman_stages_are_read_by_both_readers() -> None:
    subjects = {"subject_id": [1, 2, 3], "arm": ["A", "A", "B"], "iss": ["II", "Stage III", "not evaluable"]}
    read = read_subject_tables({"subjects": subjects})
    assert read.tables["subjects"]["iss"].to_pylist() == [2, 3, None]
    assert "ISS stage: 'II' was read as 2 in 1 row" in read.remarks
    people = CovariateReader(lambda name: lambda row: f"row {row + 1}, {name}", lambda cell: None)
    people.read({"iss": subjects["iss"]})
    np.testing.assert_equal(people.numbers["iss"], [2.0, 3.0, np.nan])


def test_a_revised_stage_is_no_stage_of_the_iss() -> None:
    with pytest.raises(InputError, match="'R-ISS III' is no ISS stage"):
        read_subject_tables({"subjects": {"subject_id": [1], "arm": ["A"], "iss": ["R-ISS III"]}})


@pytest.mark.parametrize(
    ("written", "isotype", "chain"),
    [
        ("IgG-k", "IgG", "kappa"),
        ("IgG kappa", "IgG", "kappa"),
        ("IGA-λ", "IgA", "lambda"),
        ("Ig G, kappa", "IgG", "kappa"),
        ("FLC kappa", "light_chain", "kappa"),
        ("kappa light chain", "light_chain", "kappa"),
        ("lambda only", "light_chain", "lambda"),
    ],
)
def test_isotypes_with_their_light_chain(written: str, isotype: str, chain: str) -> None:
    assert isotype_with_chain(written) == (isotype, chain)
    read = read_subject_tables({"subjects": {"subject_id": [1], "arm": ["A"], "isotype": [written]}})
    row = read.tables["subjects"].to_pylist()[0]
    assert (row["isotype"], row["involved_light_chain"]) == (isotype, chain)
    people = CovariateReader(lambda name: lambda row: f"row {row + 1}, {name}", lambda cell: None)
    people.read({"isotype": [written]})
    assert not people.problems
    assert people.numbers[isotype.lower()].tolist() == [1.0]


@pytest.mark.parametrize("written", ["k", "IgG", "IgG kappa lambda", "IgG kappa IgA", "biclonal"])
def test_what_names_no_one_chain_is_not_guessed(written: str) -> None:
    assert isotype_with_chain(written) is None


@pytest.mark.parametrize(
    "unit", ["GI/L", "G/L", "Gpt/L", "10^9/l", "10**9/L", "10*9/L", "10e3/uL", "x10^3/uL", "TH/uL", "K/mm3", "10⁹/L"]
)
def test_counts_of_cells_in_the_units_of_laboratories(unit: str) -> None:
    """SDTM writes GI/L for 10^9 cells a litre; 10^3 a microlitre is the same."""
    assert factor(unit, "1e9/L") == pytest.approx(1.0)


def test_grams_in_a_hundred_millilitres_are_grams_in_a_decilitre() -> None:
    assert factor("g/100 mL", "g/L") == pytest.approx(10.0)


def test_the_setting_of_a_regimen_is_a_closed_word(tmp_path: Path) -> None:
    order = {"drug": "lenalidomide", "dose": 25, "unit": "mg", "route": "oral", "days": "1-21", "source": "s"}
    data = {
        "id": "mine",
        "label": "Mine",
        "setting": ["NDMM", "relapsed"],
        "phases": [{"name": "all", "cycle_days": 28, "until": "progression", "orders": [order]}],
        "sources": {"s": {"citation": "A trial", "quality": "primary"}},
    }
    assert parse_regimen(data, where="mine.yaml").setting == ("ndmm", "rrmm")
    assert "setting NDMM is read as ndmm" in understood(data)
    with pytest.raises(InputError, match="'second line' is no setting; allowed: ndmm"):
        parse_regimen(data | {"setting": ["second line"]}, where="mine.yaml")
