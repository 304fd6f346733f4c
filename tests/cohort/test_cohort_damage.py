"""Damage of an example: each kind does what its sentence says, at its rate, and the same alone and beside others."""

from __future__ import annotations

from dataclasses import fields
from datetime import date

import polars as pl
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal

from cereblon.cohort.simulated import concepts
from cereblon.cohort.simulated.dirt import KINDS, damaged, read_rates
from cereblon.cohort.simulated.lab_records import lab_records, measured
from cereblon.cohort.simulated.omop_tables import omop_tables
from cereblon.cohort.simulated.records import Records, numbered
from cereblon.cohort.simulated.subjects import SimulatedCohort
from cereblon.cohort.simulated.truth import identifiable_persons, recorded_lines
from cereblon.core.errors import ArgumentError, UnknownNameError

PERSONS = 400
CYCLES = 20


def _records() -> Records:
    """400 patients on Rd for 20 cycles, each with a visit per cycle, at 20 hospitals; every second one dies."""
    person = pl.DataFrame({"person": range(PERSONS)})
    persons = person.with_columns(
        index_date=pl.lit(date(2014, 5, 1)),
        birth_year=pl.lit(1950, pl.Int64),
        sex=pl.lit("female"),
        site=pl.col("person") % 20,
        first_day=pl.lit(-500, pl.Int64),
        last_day=pl.lit(28 * CYCLES, pl.Int64),
        death_day=pl.when(pl.col("person") % 2 == 0).then(pl.lit(28 * CYCLES, pl.Int64)),
        has_myeloma=pl.lit(True),
    )
    visits = person.join(pl.DataFrame({"day": range(0, 28 * CYCLES, 28)}), how="cross")
    drugs = visits.join(pl.DataFrame({"drug": ["lenalidomide", "dexamethasone"]}), how="cross").with_columns(
        line=pl.lit(1, pl.Int64),
        end_day=pl.col("day") + 20,
        supply_days=pl.lit(21, pl.Int64),
        quantity=pl.lit(21.0),
        mg=pl.lit(525.0),
        concept=pl.lit(2_000_000_006, pl.Int64),
        source_value=pl.col("drug"),
        kind=pl.lit(concepts.DISPENSED, pl.Int64),
        route=pl.lit(concepts.ORAL_ROUTE, pl.Int64),
    )
    tests = pl.DataFrame({"test": ["m_protein", "kappa_flc", "lambda_flc"]})
    labs = visits.join(tests, how="cross").with_columns(
        value=pl.col("test").replace_strict({"m_protein": 20.0, "kappa_flc": 100.0, "lambda_flc": 10.0}),
        unit=pl.col("test").replace_strict({"m_protein": "g/L", "kappa_flc": "mg/L", "lambda_flc": "mg/L"}),
        concept=pl.col("test").replace_strict({test: concepts.ASSAYS[test].concept for test in tests["test"]}),
        source_value=pl.col("test"),
        positive=pl.lit(None, pl.Boolean),
    )
    return Records(
        persons=persons,
        diagnoses=person.with_columns(day=pl.lit(-20, pl.Int64)),
        drugs=numbered(drugs.sort("person", "day", "drug")),
        transplants=pl.DataFrame(schema={"person": pl.Int64, "line": pl.Int64, "day": pl.Int64}),
        labs=numbered(labs.sort("person", "day", "test")),
    )


CLEAN = _records()
LINES = pl.DataFrame(
    {
        "person": range(PERSONS),
        "source_line": [1] * PERSONS,
        "drugs": [["dexamethasone", "lenalidomide"]] * PERSONS,
        "start": [0] * PERSONS,
    }
)


def _after(**rates: float) -> Records:
    return damaged(CLEAN, read_rates(rates), seed=3)


def _share_identifiable(records: Records) -> float:
    return float(identifiable_persons(LINES, records)["identifiable"].mean())  # type: ignore[arg-type]


def test_nothing_is_damaged_in_a_clean_example() -> None:
    assert read_rates("clean") == {}
    assert _share_identifiable(damaged(CLEAN, {}, seed=3)) == 1.0


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_at_rate_nil_changes_nothing_and_at_its_published_rate_something(kind: str) -> None:
    assert read_rates({kind: 0.0}) == {}
    changed = _after(**{kind: KINDS[kind].rate})
    pairs = [(getattr(CLEAN, one.name), getattr(changed, one.name)) for one in fields(Records)]
    is_equal = [a.sort(a.columns).equals(b.select(a.columns).sort(a.columns)) for a, b in pairs]
    assert not all(is_equal)


def test_a_kind_does_the_same_alone_and_beside_others() -> None:
    """Kinds draw from streams of their own, by the numbers of the clean rows and persons."""
    alone = _after(no_serum_baseline=0.3)
    beside = _after(no_serum_baseline=0.3, duplicates=0.2, light_chains_off_by_ten=0.1)
    serum = pl.col("test") == "m_protein"
    columns = ["person", "day", "value"]
    assert_frame_equal(alone.labs.filter(serum).select(columns), beside.labs.filter(serum).select(columns))


def test_the_share_of_drugs_without_start_is_the_rate() -> None:
    """Of 400 lines 15 % are 60; four standard errors of a binomial share are 7.1 points."""
    first = (
        _after(drug_start_missing=0.15)
        .drugs.filter(pl.col("drug") == "lenalidomide")
        .group_by("person")
        .agg(first=pl.col("day").min())
    )
    assert set(first["first"].unique()) == {0, 28}
    assert (first["first"] == 28).mean() == pytest.approx(0.15, abs=0.071)


def test_a_line_is_identifiable_only_while_its_first_day_stands() -> None:
    """Rd has one drug that opens a line: where its first record is gone or moved, nothing says when it began."""
    late = _after(late_fills=0.1)
    first = late.drugs.filter(pl.col("drug") == "lenalidomide").group_by("person").agg(first=pl.col("day").min())
    assert _share_identifiable(late) == pytest.approx(float((first["first"] == 0).mean()))  # type: ignore[arg-type]
    assert _share_identifiable(_after(first_line_missed=1.0)) == 0.0
    assert _share_identifiable(_after(duplicates=1.0)) == 1.0


def test_a_line_is_on_record_while_any_drug_of_it_is() -> None:
    """Late fills take nothing away; a first line that was missed leaves nothing of it."""
    assert recorded_lines(LINES, _after(late_fills=1.0))["on_record"].all()
    assert not recorded_lines(LINES, _after(first_line_missed=1.0))["on_record"].any()


def test_a_pause_below_half_a_year_leaves_lines_identifiable() -> None:
    paused = _after(pauses=1.0)
    gap = (
        paused.drugs.filter(pl.col("drug") == "lenalidomide")
        .sort("person", "day")
        .with_columns(gap=pl.col("day").diff().over("person"))
    )
    longest = gap.group_by("person").agg(pl.col("gap").max())["gap"]
    assert longest.min() >= 70  # type: ignore[operator]
    assert _share_identifiable(paused) == 1.0


def test_swapped_light_chains_keep_their_values_under_the_other_name() -> None:
    swapped = _after(light_chains_swapped=1.0)
    kappa = swapped.labs.filter(pl.col("concept") == concepts.ASSAYS["kappa_flc"].concept)
    assert set(kappa["value"]) == {10.0}


def test_a_fraction_stands_beside_the_concentration_under_its_own_code() -> None:
    """20 g/L beside 60 g/L of other proteins is 25 % of all."""
    added = _after(fraction_as_g_dl=1.0).labs.filter(
        pl.col("concept") == concepts.ASSAYS["m_protein_fraction"].concept
    )
    assert (len(added), set(added["value"]), set(added["unit"])) == (PERSONS * CYCLES, {25.0}, {"g/dL"})


def test_units_and_codes_go_by_laboratory_and_test() -> None:
    labs = _after(unit_absent=0.5, not_mapped=0.5).labs.join(CLEAN.persons.select("person", "site"), on="person")
    per_test = labs.group_by("site", "test").agg(
        units=pl.col("unit").is_null().n_unique(), codes=(pl.col("concept") == 0).n_unique()
    )
    assert per_test["units"].max() == per_test["codes"].max() == 1
    assert 0 < float(labs["unit"].is_null().mean()) < 1  # type: ignore[arg-type]


def test_a_missed_death_ends_observation_with_the_last_value() -> None:
    persons = _after(death_missed=1.0).persons
    assert persons["death_day"].null_count() == PERSONS
    assert set(persons.filter(pl.col("person") % 2 == 0)["last_day"]) == {28 * (CYCLES - 1)}


def test_false_cases_are_the_stated_share_of_those_with_two_codes() -> None:
    damaged_records = _after(false_cases=0.26)
    codes = damaged_records.diagnoses.group_by("person").len()
    assert (~damaged_records.persons["has_myeloma"]).mean() == pytest.approx(0.26, abs=1e-3)  # by rounding to persons
    false = codes.filter(pl.col("person") >= PERSONS)
    assert set(false["len"]) == {2}
    assert damaged_records.drugs.filter(pl.col("person") >= PERSONS).is_empty()


def test_late_records_begin_observation_and_hide_what_was_before() -> None:
    records = _after(left_truncation=1.0)
    first = records.drugs.group_by("person").agg(day=pl.col("day").min()).join(records.persons, on="person")
    assert (first["day"] >= first["first_day"]).all()
    assert first["first_day"].min() >= 30  # type: ignore[operator]


def test_tables_have_a_key_of_their_own_and_concepts_for_all_that_is_mapped() -> None:
    tables = {name: pl.DataFrame(pl.from_arrow(one)) for name, one in omop_tables(CLEAN, made_by="a test").items()}
    for name in ("drug_exposure", "measurement", "condition_occurrence"):
        assert tables[name][f"{name}_id"].is_unique().all()
    known = set(tables["concept"]["concept_id"])
    assert (
        set(tables["measurement"]["measurement_concept_id"]) | set(tables["drug_exposure"]["drug_concept_id"])
        <= known
    )
    assert tables["cdm_source"]["cdm_version"].to_list() == ["v5.4.0"]
    assert tables["death"].height == PERSONS // 2


@pytest.mark.parametrize(
    ("dirt", "error", "said"),
    [
        ("pause=0.1", UnknownNameError, "did you mean pauses"),
        ("publised", UnknownNameError, "did you mean published"),
        ("pauses=1.5", ArgumentError, "no share from 0 to 1"),
        ("pauses=often", ArgumentError, "no number"),
        ("false_cases=1", ArgumentError, "above 0.9"),
    ],
)
def test_dirt_that_cannot_be_is_refused(dirt: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        read_rates(dirt)


def test_a_preset_is_changed_by_what_follows_it() -> None:
    rates = read_rates("published,pauses=0.2,death_missed=0")
    assert rates["pauses"] == 0.2
    assert "death_missed" not in rates
    assert rates["late_fills"] == KINDS["late_fills"].rate


def test_light_chains_are_written_by_their_kind() -> None:
    """The involved chain of a lambda myeloma is lambda; every other laboratory reports in mg/dL."""
    labs = {"subject_id": [0, 0, 1, 1], "day": [0.0] * 4, "value": [300.0, 9.0, 200.0, 8.0]}
    tests = {"test": ["involved_flc", "uninvolved_flc"] * 2}
    cohort = SimulatedCohort(tables={"labs": pa.table(labs | tests)}, grids=(), arms=())
    known = {"albumin_g_l": [40.0] * 2, "b2m_mg_l": [3.0] * 2, "creatinine_mg_dl": [1.0] * 2}
    persons = pl.DataFrame({"person": [0, 1], "chain": ["lambda", "kappa"], "site": [0, 1], **known})
    values = measured(cohort, persons)
    found = {(person, test): value for person, _, test, value in values.iter_rows()}
    assert (found[0, "lambda_flc"], found[0, "kappa_flc"]) == (300.0, 9.0)
    assert (found[1, "kappa_flc"], found[1, "lambda_flc"]) == (200.0, 8.0)
    written = lab_records(values, persons).filter(pl.col("test") == "kappa_flc")
    assert written.select("person", "value", "unit").rows() == [(0, 9.0, "mg/L"), (1, 20.0, "mg/dL")]
