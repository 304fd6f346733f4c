"""An example of a cohort from end to end: a seed gives the same files, and the truth is that of its records."""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl
import pytest

import cereblon as cb
from cereblon.cohort.schemas import EXAMPLE_TABLES
from cereblon.core.errors import ArgumentError, InputError

SIZE = 48


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example") / "clean"
    cb.cohort.example(folder, size=SIZE, dirt="clean", seed=5, progress=False)
    return folder


def _read(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / f"{name}.parquet")


@pytest.mark.slow
def test_truth_is_written_in_its_schema(example: Path) -> None:
    for name, schema in EXAMPLE_TABLES.items():
        assert _read(example, name).columns == schema.names


@pytest.mark.slow
def test_the_first_line_begins_with_the_first_fill_or_injection(example: Path) -> None:
    drugs = _read(example, "omop/drug_exposure").with_columns(pl.col("person_id").cast(pl.String))
    active = drugs.filter(~pl.col("drug_source_value").str.contains("dexamethasone|filgrastim"))
    first = active.group_by("person_id").agg(first=pl.col("drug_exposure_start_date").min())
    lines = _read(example, "truth").filter(pl.col("line") == 1).join(first, on="person_id")
    assert lines.height == SIZE
    assert (lines["start_date"] == lines["first"]).all()


@pytest.mark.slow
def test_lines_follow_each_other_and_progression_lies_within_the_life(example: Path) -> None:
    truth = _read(example, "truth").sort("person_id", "line")
    later = truth.with_columns(before=pl.col("end_date").shift(1).over("person_id")).drop_nulls("before")
    assert later.height > 0
    assert (later["start_date"] > later["before"]).all()
    dead = truth.drop_nulls(["progression_date", "death_date"])
    assert (dead["progression_date"] <= dead["death_date"]).all()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_files(example: Path, tmp_path: Path) -> None:
    cb.cohort.example(tmp_path / "again", size=SIZE, dirt="clean", seed=5, progress=False)
    names = sorted(path.relative_to(example) for path in example.rglob("*.parquet"))
    sums = [
        [hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names]
        for folder in (example, tmp_path / "again")
    ]
    assert len(names) == 13
    assert sums[0] == sums[1]


def test_a_folder_that_holds_something_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="holds files already"):
        cb.cohort.example(tmp_path, size=10)


def test_a_size_or_form_that_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="size is 0"):
        cb.cohort.example(tmp_path / "new", size=0)
    with pytest.raises(InputError, match="form 'csv' is not known"):
        cb.cohort.example(tmp_path / "new", size=10, form="csv")  # type: ignore[arg-type]
