"""A database in the catalog of Spark: the rows that a cohort needs, chosen by Spark and copied through Ibis.

As of a server, the tables of patients with a code of myeloma are copied, and everybody of `person`. They wait as
files in the private folder of the engine, which ends with it, and are read as files of a folder are: so both give the
same rows. A session that runs already is used and left running; another is started with the settings of Spark.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from threading import Timer
from typing import Any

import pyarrow.parquet as pq

from cereblon.cohort.cdm import TABLES, VOCABULARY
from cereblon.cohort.definition import CohortDefinition
from cereblon.cohort.engine import Engine, load_ibis
from cereblon.cohort.table_files import read_table_file
from cereblon.cohort.treatment_concepts import MYELOMA, CodeList, with_additions
from cereblon.core.errors import InputError
from cereblon.core.names import shortened

_ADDRESS = re.compile(r"spark:(?P<place>\w+(?:\.\w+)?)", re.I)


def is_spark(source: object) -> bool:
    """Say whether a source is a schema of the catalog of Spark."""
    return str(source).lower().startswith("spark:")


def load_spark() -> Any:
    """Import Spark.

    Raises
    ------
    InputError
        If the extra is not installed, or no Java is there.
    """
    try:
        found = import_module("pyspark.sql")
    except ImportError as error:
        raise InputError(
            "a database of Spark is read through pyspark, which is not installed",
            hint='pip install "cereblon[spark]"',
        ) from error
    if not os.environ.get("JAVA_HOME") and shutil.which("java") is None:
        raise InputError("Spark needs Java, which is not there", hint="install Java 17, or set JAVA_HOME")
    return found


def spark_tables(
    address: str,
    backend: Any,
    engine: Engine,
    definition: CohortDefinition,
    remarks: list[str],
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Copy what a cohort needs of a schema of Spark, and give it as tables of the engine.

    Parameters
    ----------
    address
        `spark:SCHEMA` or `spark:CATALOG.SCHEMA`.
    backend, engine
        Where the copies are read, and what watches over their time.
    definition
        Whose codes say which patients and which concepts are needed.
    remarks
        Gains what was copied.
    say
        Is called with a line on each table.

    Raises
    ------
    InputError
        If Spark does not start, or there is no such schema with the tables of a database.
    """
    place = _ADDRESS.fullmatch(address)
    if place is None:
        raise InputError(f"{address}: is no schema of Spark", hint="write spark:SCHEMA, or spark:CATALOG.SCHEMA")
    sql = load_spark()
    errors = (import_module("pyspark.errors").PySparkException, import_module("py4j.protocol").Py4JError)
    found: dict[str, Any] = {}
    try:
        with _running(sql, engine) as session:
            given = _tables_of_schema(session, place["place"], address)
            for name, rows in _needed(given, definition).items():
                say(f"copying {name}")
                engine.refuse_late()
                path = engine.place / f"{name}.parquet"
                pq.write_table(rows.to_pyarrow(), path)
                found[name] = read_table_file(path, backend, engine, rows.columns)
    except (*errors, load_ibis().common.exceptions.IbisError) as error:
        engine.refuse_late()
        said = shortened(next(iter(str(error).splitlines()), type(error).__name__), 300)
        raise InputError(
            f"{address}: cannot be read ({said})", hint="does Spark itself read these tables?"
        ) from error
    remarks.append("of Spark the rows of patients with a code of myeloma were copied, and everybody in person")
    return found


@contextmanager
def _running(sql: Any, engine: Engine) -> Iterator[Any]:
    """Give the session that runs, or one that ends with the copying; what runs too long is cancelled."""
    running = sql.SparkSession.getActiveSession()
    session = running
    if session is None:
        quiet = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
        session = sql.SparkSession.builder.appName("cereblon").config(map=quiet).getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
    late = None
    if engine.seconds_left is not None:
        late = Timer(max(engine.seconds_left, 0.0), session.sparkContext.cancelAllJobs)
        late.daemon = True
        late.start()
    try:
        yield session
    finally:
        if late is not None:
            late.cancel()
        if running is None:
            session.stop()


def _tables_of_schema(session: Any, place: str, where: str) -> dict[str, Any]:
    """Give the tables of the model in a schema, with columns of the model in small letters."""
    *catalog, schema = place.split(".")
    database = (catalog[0], schema) if catalog else schema
    spark = load_ibis().pyspark.connect(session)
    wanted = {*TABLES, "cdm_source"}
    names = {name.lower(): name for name in spark.list_tables(database=database) if name.lower() in wanted}
    if not {"person", "drug_exposure", "condition_occurrence"} <= set(names):
        raise InputError(
            f"{where}: has no tables person, drug_exposure and condition_occurrence; of the model it holds "
            f"{', '.join(sorted(names)) or 'none'}",
            hint="a database of the OMOP Common Data Model 5.3 or 5.4 is read; is it another schema?",
        )
    return {name: _with_columns(spark.table(real, database=database), name) for name, real in names.items()}


def _with_columns(table: Any, name: str) -> Any:
    wanted: Collection[str] = TABLES[name].columns if name in TABLES else ("cdm_version",)
    given = {column.lower(): column for column in table.columns}
    kept = {column: table[given[column]] for column in wanted if column in given}
    return table.select(**kept) if kept else table.limit(0)


def _needed(given: Mapping[str, Any], definition: CohortDefinition) -> dict[str, Any]:
    """Give of each table the rows that are needed, as expressions of Spark."""
    ids = definition.asked_concepts()
    patients = _coded(given, with_additions(definition.concepts).diagnoses[MYELOMA])
    needed = {}
    for name, table in given.items():
        if name in VOCABULARY:
            column = VOCABULARY[name]
            needed[name] = table.filter(table[column].isin(ids)) if column in table.columns else table.limit(0)
        elif name in ("person", "cdm_source") or patients is None or "person_id" not in table.columns:
            needed[name] = table
        else:
            needed[name] = table.semi_join(patients, "person_id")
    return needed


def _coded(given: Mapping[str, Any], codes: CodeList) -> Any:
    """Give the patients with a code of myeloma; None where a column is missing, which is said as of files."""
    rows = given["condition_occurrence"]
    if not {"person_id", "condition_concept_id"} <= set(rows.columns):
        return None
    ids = list(codes.concept_ids)
    known = rows.condition_concept_id.isin(ids)
    ancestors = given.get("concept_ancestor")
    if ancestors is not None and {"ancestor_concept_id", "descendant_concept_id"} <= set(ancestors.columns):
        below = ancestors.filter(ancestors.ancestor_concept_id.isin(ids)).descendant_concept_id
        known = known | rows.condition_concept_id.isin(below)
    if "condition_source_value" in rows.columns:
        plain = rows.condition_source_value.cast("string").strip().upper().replace(".", "")
        for start in codes.starts:
            known = known | plain.startswith(start).fill_null(False)
    return rows.filter(known.fill_null(False)).select("person_id").distinct()
