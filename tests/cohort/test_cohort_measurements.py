"""Laboratory rows become values in house units, or are counted with the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ibis
import polars as pl
from cohort_records import Records, write_folder

from cereblon.cohort.laboratory_concepts import packaged_laboratory
from cereblon.cohort.measurements import MeasuredPatients, find_measurements
from cereblon.cohort.source import open_source


def measured(records: Records, tmp_path: Path) -> MeasuredPatients:
    """Read what was measured in patient 1; a database has drugs and diagnoses, too."""
    records.patient(1)
    records.exposure(1, "lenalidomide", 0)
    source = open_source(write_folder(records.tables, tmp_path / "cdm"))
    return find_measurements(source, ibis.memtable({"person_id": ["1"]}), packaged_laboratory())


def values(found: MeasuredPatients, *columns: str) -> list[tuple[Any, ...]]:
    return pl.DataFrame(pl.from_arrow(found.rows)).select(columns or ("test", "value")).rows()


def test_values_are_converted_to_house_units(records: Records, tmp_path: Path) -> None:
    """1 g/dL is 10 g/L; 1 mg/dL is 10 mg/L."""
    records.lab(1, "m_protein", 0, 2.5, "g/dL")
    records.lab(1, "kappa_flc", 0, 3.0, "mg/dL")
    found = values(measured(records, tmp_path), "test", "value", "unit")
    assert found == [("kappa_flc", 30.0, "mg/L"), ("m_protein", 25.0, "g/L")]


def test_kidney_function_and_stage_are_read_by_their_codes(records: Records, tmp_path: Path) -> None:
    """113.12 g/mol: 88.4 umol/L is 1 mg/dL. LOINC 14682-9 is creatinine by amount, 1751-7 albumin, 1952-1 B2M."""
    records.lab(1, "x", 0, 88.4, "umol/L", measurement_concept_id=3020564)
    records.lab(1, "1751-7 albumin", 0, 3.6, "g/dL")
    records.lab(1, "x", 0, 4.2, "mg/L", measurement_concept_id=3013201)
    found = values(measured(records, tmp_path), "test", "value", "unit")
    assert [(test, round(value, 3), unit) for test, value, unit in found] == [
        ("albumin", 36.0, "g/L"),
        ("b2m", 4.2, "mg/L"),
        ("creatinine", 1.0, "mg/dL"),
    ]


def test_bands_of_a_sample_are_added_and_a_whole_value_counts_before_them(records: Records, tmp_path: Path) -> None:
    for when, concept, value in ((0, 3029713, 1.0), (0, 3035797, 0.5), (7, 3029713, 1.0), (7, 3046299, 1.4)):
        records.lab(1, "m_protein", when, value, "g/dL", measurement_concept_id=concept)
    found = measured(records, tmp_path)
    assert [round(value, 6) for _, value in values(found)] == [15.0, 14.0]
    assert found.counts["sums of several bands"] == 1


def test_a_fraction_of_protein_and_a_concentration_in_urine_are_never_used(records: Records, tmp_path: Path) -> None:
    records.lab(1, "m_protein", 0, 35.0, "g/dL", measurement_concept_id=3046859)
    records.lab(1, "urine_m_protein", 0, 35.0, "mg/dL", measurement_concept_id=3039818)
    found = measured(records, tmp_path)
    assert values(found) == []
    assert found.counts["serum M-protein: not used, a fraction of total protein is no concentration"] == 1
    assert found.counts["urine M-protein: not used, a concentration in urine is no excretion in 24 hours"] == 1


def test_a_limit_of_the_assay_stays_one(records: Records, tmp_path: Path) -> None:
    records.lab(1, "m_protein", 0, None, "g/dL", value_source_value="<0.1")
    records.lab(1, "m_protein", 9, 0.2, "g/dL", operator_concept_id=4171756)
    assert values(measured(records, tmp_path), "value", "limit") == [(1.0, "below"), (2.0, "below")]


def test_a_missing_unit_is_inferred_where_one_unit_fits_and_counted_where_none_can(
    records: Records, tmp_path: Path
) -> None:
    """Values around 20 with g/L, around 2 without a unit: g/dL. Light chains without any unit stay unknown."""
    for number in range(30):
        records.lab(1, "m_protein", number, 15 + number % 10, "g/L")
        records.lab(1, "m_protein", 100 + number, 1.5 + number % 10 / 10)
        records.lab(1, "kappa_flc", 100 + number, 30.0)
    found = measured(records, tmp_path)
    inferred = pl.DataFrame(pl.from_arrow(found.rows)).filter(pl.col("unit_basis") == "inferred")
    assert inferred["test"].unique().to_list() == ["m_protein"]
    assert (inferred.height, round(inferred["value"][0], 6)) == (30, 15.0)
    assert found.counts["free kappa light chains: without a unit, and none can be inferred"] == 30


def test_an_unmapped_test_is_read_by_its_code_or_word(records: Records, tmp_path: Path) -> None:
    records.lab(1, "33358-3", 0, 2.0, "g/dL")
    records.lab(1, "M-Spike", 5, 1.0, "g/dL")
    records.lab(1, "33647-9", 9, 30.0, "g/dL")
    assert values(measured(records, tmp_path)) == [("m_protein", 20.0), ("m_protein", 10.0)]


def test_results_of_immunofixation_are_read_as_number_concept_or_word(records: Records, tmp_path: Path) -> None:
    records.lab(1, "immunofixation_serum", 0, 1.0)
    records.lab(1, "immunofixation_serum", 5, None, value_as_concept_id=9189)
    records.lab(1, "immunofixation_serum", 9, None, value_source_value="Positive")
    records.lab(1, "immunofixation_serum", 11, None, value_source_value="see comment")
    found = measured(records, tmp_path)
    assert [value for _, value in values(found)] == [1.0, 0.0, 1.0]
    assert found.counts["no value"] == 1


def test_impossible_values_strange_units_and_several_of_a_day_are_counted(records: Records, tmp_path: Path) -> None:
    records.lab(1, "m_protein", 0, 35.0, "g/dL")
    records.lab(1, "m_protein", 5, 35.0, "mmHg")
    records.lab(1, "m_protein", 9, 2.0, "g/dL")
    records.lab(1, "m_protein", 9, 3.0, "g/dL")
    found = measured(records, tmp_path)
    assert values(found) == [("m_protein", 30.0)]
    said = ("serum M-protein: impossible value", "serum M-protein: 'mmHg' is no unit of it")
    assert [found.counts[one] for one in said] == [1, 1]
    assert found.counts["several values of a test on one day: the highest counts"] == 1


def test_a_laboratory_is_a_test_of_one_provider(records: Records, tmp_path: Path) -> None:
    """Two providers without units, one in g/dL and one in g/L: each is inferred by itself."""
    for number in range(30):
        records.lab(1, "m_protein", number, 15 + number % 10, "g/L", provider_id=1)
        records.lab(1, "m_protein", 100 + number, 1.5 + number % 10 / 10, provider_id=2)
        records.lab(1, "m_protein", 200 + number, 15 + number % 10, provider_id=3)
    found = measured(records, tmp_path)
    assert {round(value, 6) for _, value in values(found)} == {float(value) for value in range(15, 25)}


def test_a_code_before_the_words_of_the_laboratory_is_read(records: Records, tmp_path: Path) -> None:
    records.lab(1, "33358-3 M-spike, serum", 0, 2.0, "g/dL")
    records.lab(1, "33647-9 share of protein", 5, 30.0, "g/dL")
    assert values(measured(records, tmp_path)) == [("m_protein", 20.0)]
