"""Dataset-JSON 1.1 of CDISC: an ADaM dataset as one JSON text, and back."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from cereblon.core.errors import InputError
from cereblon.core.json_files import parse_json
from cereblon.tables.adam.dataset import ARROW, AdamDataset, AdamVariable

_VERSION = "1.1.0"
_AS_NUMBER = {"targetDataType": "integer", "displayFormat": "E8601DA."}
"""A date is a text in the file and a number of days in other formats."""


def dataset_json(dataset: AdamDataset, *, created: datetime, version: str) -> str:
    """Write a dataset as Dataset-JSON.

    Parameters
    ----------
    dataset
        The dataset.
    created
        When, in the file.
    version
        Of Cereblon, which is named as the source system.

    Source
    ------
    CDISC Dataset-JSON specification 1.1.
    """
    columns = [
        {
            "itemOID": f"IT.{dataset.name}.{one.name}",
            "name": one.name,
            "label": one.label,
            "dataType": one.kind,
            **(_AS_NUMBER if one.kind == "date" else {}),
        }
        for one in dataset.variables
    ]
    head = {
        "datasetJSONCreationDateTime": created.replace(microsecond=0, tzinfo=None).isoformat(),
        "datasetJSONVersion": _VERSION,
        "sourceSystem": {"name": "Cereblon", "version": version},
        "studyOID": dataset.study,
        "itemGroupOID": f"IG.{dataset.name}",
        "records": len(dataset.rows),
        "name": dataset.name,
        "label": dataset.label,
        "columns": columns,
    }
    rows = zip(*(dataset.rows[one.name].to_pylist() for one in dataset.variables), strict=True)
    listed = [[value.isoformat() if isinstance(value, date) else value for value in row] for row in rows]
    return json.dumps(head | {"rows": listed}, allow_nan=False)


def read_dataset_json(text: str, *, where: str) -> AdamDataset:
    """Read a dataset from Dataset-JSON.

    Raises
    ------
    InputError
        If it is no Dataset-JSON, or its rows do not fit its columns.
    """
    data: Any = parse_json(text, where=where)
    needed = ("datasetJSONVersion", "name", "label", "columns", "rows", "records", "studyOID")
    missing = [name for name in needed if not isinstance(data, dict) or name not in data]
    if missing:
        raise InputError(f"{where}: is no Dataset-JSON, {', '.join(missing)} is missing")
    variables = tuple(AdamVariable(one["name"], one["label"], _kind(one, where)) for one in data["columns"])
    rows = data["rows"]
    if len(rows) != data["records"] or any(len(row) != len(variables) for row in rows):
        raise InputError(f"{where}: {data['records']} records of {len(variables)} columns are said, the rows differ")
    arrays = [_column([row[place] for row in rows], one, where) for place, one in enumerate(variables)]
    table = pa.table(arrays, names=[one.name for one in variables])
    return AdamDataset(data["name"], data["label"], data["studyOID"], variables, table)


def _column(values: list[Any], variable: AdamVariable, where: str) -> pa.Array:
    if variable.kind != "date":
        return pa.array(values, ARROW[variable.kind])
    try:
        return pa.array([None if value is None else date.fromisoformat(value) for value in values], ARROW["date"])
    except (TypeError, ValueError) as error:
        raise InputError(f"{where}, {variable.name}: a date is not written as YYYY-MM-DD") from error


def _kind(column: dict[str, Any], where: str) -> Any:
    if column.get("dataType") not in ARROW:
        raise InputError(
            f"{where}, {column.get('name')}: data type {column.get('dataType')!r} is not read",
            hint=f"read are {', '.join(ARROW)}",
        )
    return column["dataType"]
