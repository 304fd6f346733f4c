"""Small databases of the Common Data Model, written by the tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

Row = dict[str, Any]
DAY_0 = date(2015, 1, 1)
CONCEPT = {
    "lenalidomide": 19026972,
    "bortezomib": 1336825,
    "dexamethasone": 1518254,
    "daratumumab": 35605744,
    "pomalidomide": 43014237,
    "carfilzomib": 42873638,
}
TEST = {"m_protein": 3046299, "kappa_flc": 3034860, "lambda_flc": 3047169, "immunofixation_serum": 3037756}
UNIT = {"g/dL": 8713, "g/L": 8636, "mg/L": 8751, "mg/dL": 8840}


def day(number: int) -> date:
    """Give the date of a day of the tests."""
    return DAY_0 + timedelta(days=number)


class Records:
    """Rows of tables, gathered patient by patient."""

    def __init__(self) -> None:
        self.tables: dict[str, list[Row]] = {
            name: []
            for name in (
                "person",
                "observation_period",
                "condition_occurrence",
                "drug_exposure",
                "procedure_occurrence",
                "measurement",
                "death",
            )
        }

    def _add(self, table: str, **row: Any) -> None:
        key = f"{table}_id"
        rows = self.tables[table]
        rows.append({key: len(rows) + 1, **row} if table not in ("person", "observation_period", "death") else row)

    def patient(self, person: int, *, first: int = -500, last: int = 2000, codes: Sequence[int] = (-60, 0)) -> None:
        """Add a woman of 1950 with codes of myeloma on some days."""
        self._add("person", person_id=person, gender_concept_id=8532, year_of_birth=1950)
        self._add(
            "observation_period",
            person_id=person,
            observation_period_start_date=day(first),
            observation_period_end_date=day(last),
        )
        for one in codes:
            self._add(
                "condition_occurrence",
                person_id=person,
                condition_concept_id=437233,
                condition_start_date=day(one),
                condition_source_value="C90.00",
            )

    def fills(self, person: int, drug: str, first: int, cycles: int, *, supply: float = 28, **others: Any) -> None:
        """Add a fill every 28 days."""
        for cycle in range(cycles):
            self.exposure(person, drug, first + 28 * cycle, supply=supply, **others)

    def exposure(self, person: int, drug: str, start: int, *, supply: float | None = 28, **others: Any) -> None:
        """Add one exposure."""
        row = {
            "person_id": person,
            "drug_concept_id": CONCEPT[drug],
            "drug_exposure_start_date": day(start),
            "drug_exposure_end_date": day(start),
            "days_supply": supply,
            "quantity": None,
            "drug_type_concept_id": 32869,
            "drug_source_value": drug,
        }
        self._add("drug_exposure", **(row | others))

    def lab(self, person: int, test: str, when: int, value: float | None, unit: str = "", **others: Any) -> None:
        """Add one laboratory value."""
        row = {
            "person_id": person,
            "measurement_concept_id": TEST.get(test, 0),
            "measurement_date": day(when),
            "value_as_number": value,
            "value_as_concept_id": None,
            "operator_concept_id": None,
            "unit_concept_id": UNIT.get(unit),
            "unit_source_value": unit or None,
            "measurement_source_value": test,
            "value_source_value": None,
        }
        self._add("measurement", **(row | others))

    def transplant(self, person: int, when: int) -> None:
        """Add an autologous transplantation."""
        self._add(
            "procedure_occurrence",
            person_id=person,
            procedure_concept_id=46271079,
            procedure_date=day(when),
            procedure_source_value="",
            quantity=None,
        )

    def dies(self, person: int, when: int) -> None:
        """Add a death."""
        self._add("death", person_id=person, death_date=day(when))


def write_folder(tables: Mapping[str, list[Row]], folder: Path, *, csv: bool = False) -> Path:
    """Write tables as one file each; those without a row are left out."""
    folder.mkdir(exist_ok=True)
    for name, rows in tables.items():
        if not rows:
            continue
        table = pa.Table.from_pylist(rows)
        if csv:
            upper = table.rename_columns([column.upper() for column in table.column_names])
            pa_csv.write_csv(upper, folder / f"{name.upper()}.csv")
        else:
            pq.write_table(table, folder / f"{name}.parquet")
    return folder


def write_database(tables: Mapping[str, list[Row]], path: Path) -> Path:
    """Write tables into a DuckDB file, in a schema of its own and with names in capitals."""
    import duckdb

    connection = duckdb.connect(str(path))
    connection.execute("create schema cdm54")
    for name, rows in tables.items():
        if rows:
            given = pa.Table.from_pylist(rows)  # noqa: F841  (DuckDB finds it by name)
            connection.execute(f'create table cdm54."{name.upper()}" as select * from given')
    connection.close()
    return path


def add_three_patients(records: Records) -> Records:
    """Add VRd with transplantation and maintenance, then DPd; Rd until progression and death; one code alone."""
    one, two, three = 1, 2, 3
    records.patient(one)
    records.fills(one, "bortezomib", 0, 4, supply=None)
    records.fills(one, "lenalidomide", 0, 4, supply=21, quantity=21)
    records.fills(one, "dexamethasone", 0, 4)
    records.transplant(one, 140)
    records.fills(one, "lenalidomide", 230, 20, supply=21, quantity=21)
    records.fills(one, "daratumumab", 900, 8, supply=None)
    records.fills(one, "pomalidomide", 900, 8, supply=21, quantity=21)
    records.fills(one, "dexamethasone", 900, 8)
    for when, value in (
        (-10, 4.0),
        (60, 1.0),
        (120, 0.3),
        (200, 0.3),
        (400, 0.3),
        (600, 0.3),
        (830, 1.1),
        (870, 1.3),
    ):
        records.lab(one, "m_protein", when, value, "g/dL")
    records.patient(two, last=700)
    records.fills(two, "lenalidomide", 10, 12, supply=21, quantity=21)
    records.fills(two, "dexamethasone", 10, 12)
    for when, value in ((0, 30.0), (70, 12.0), (130, 11.0), (300, 25.0), (340, 28.0)):
        records.lab(two, "m_protein", when, value, "g/L")
    records.dies(two, 400)
    records.patient(three, codes=(0,))
    records.fills(three, "lenalidomide", 10, 12)
    return records
