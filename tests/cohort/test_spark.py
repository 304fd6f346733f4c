"""A schema of Spark gives the rows that a file gives; the tests start a Spark of their own on this machine."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cohort_records import Records, day, write_database, write_folder

import cereblon as cb
from cereblon.cohort.spark import load_spark
from cereblon.core.errors import InputError

# Py4J leaves its sockets to the collector of waste, which may find them in either test; JAX, which an earlier test
# may have started, warns of the fork by which Spark starts Java, and the child becomes Java at once.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings(r"ignore:os.fork\(\) was called:RuntimeWarning"),
]
needs_java = pytest.mark.skipif(
    shutil.which("java") is None, reason="Java is not installed (Debian: openjdk-17-jre-headless)"
)


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A session of Spark on this machine, whose tables lie in a folder of the tests."""
    sql = pytest.importorskip("pyspark.sql", reason="the extra spark is not installed: make spark")
    pytest.importorskip("pandas")
    place = tmp_path_factory.mktemp("spark")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        settings = {
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.sql.shuffle.partitions": "1",
            "spark.sql.codegen.wholeStage": "false",
            "spark.sql.codegen.factoryMode": "NO_CODEGEN",
            "spark.sql.catalogImplementation": "in-memory",
            "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
            "spark.sql.warehouse.dir": str(place / "warehouse"),
            "spark.local.dir": str(place),
        }
        session = sql.SparkSession.builder.master("local[1]").config(map=settings).getOrCreate()
        session.sparkContext.setLogLevel("OFF")
        yield session
        session.stop()
        gc.collect()


@pytest.fixture
def schema(spark: Any) -> Iterator[str]:
    """A schema without tables."""
    spark.sql("create database cdm")
    yield "cdm"
    spark.sql("drop database cdm cascade")


def _fill(spark: Any, tables: dict[str, list[dict[str, Any]]], place: Path) -> None:
    for path in sorted(write_folder(tables, place).iterdir()):
        spark.sql(f"create table cdm.{path.stem.upper()} using parquet location '{path}'")


@pytest.mark.slow
@needs_java
def test_spark_gives_the_same_cohort_as_a_file(
    spark: Any, schema: str, three_patients: Records, tmp_path: Path
) -> None:
    """A stranger without myeloma stays there, and a descendant comes from the vocabulary."""
    three_patients._add("person", person_id=9, gender_concept_id=8507, year_of_birth=1960)
    three_patients.exposure(9, "lenalidomide", 5)
    three_patients.exposure(2, "lenalidomide", 380, drug_concept_id=88, drug_source_value='len, "25"\nmg é')
    pairs = [(437233, 437233), (19026972, 88), (1, 2)]
    tables = {
        **three_patients.tables,
        "concept_ancestor": [{"ancestor_concept_id": one, "descendant_concept_id": other} for one, other in pairs],
    }
    _fill(spark, tables, tmp_path / "cdm")
    of_file = cb.cohort.build(write_database(tables, tmp_path / "cdm.duckdb"), progress=False)
    of_spark = cb.cohort.build(f"spark:{schema}", progress=False)
    assert all(of_file.built.tables[name].equals(of_spark.built.tables[name]) for name in of_file.built.tables)
    assert of_spark.built.counts == of_file.built.counts
    assert of_spark.built.source == {"kind": "database of Spark", "where": "spark:cdm"}
    checked = cb.cohort.check(f"spark:{schema}")
    patients = {row["name"]: row["patients"] for row in checked.rows}
    assert patients["person"] == 4 and patients["drug_exposure"] == 3
    with pytest.raises(InputError, match=r"spark:nowhere: (cannot be read|has no tables)"):
        cb.cohort.check("spark:nowhere")
    assert spark.sql("select 1").collect()[0][0] == 1  # a session that was there is left running
    assert of_spark.built.frame("persons")["death_date"].to_list() == [None, day(400)]


def test_a_place_that_is_no_schema_and_a_machine_without_java_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"spark:/data/cdm: is no schema of Spark"):
        cb.cohort.check("spark:/data/cdm")
    monkeypatch.setitem(sys.modules, "pyspark.sql", sys)
    monkeypatch.setattr(os, "environ", {})
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(InputError, match="Spark needs Java, which is not there"):
        load_spark()
