"""Tables that may hold several endpoints, of which a synthesis takes one."""

from __future__ import annotations

from collections.abc import Sequence

from cereblon.core.errors import InputError
from cereblon.core.text_tables import TextTable

ENDPOINTS = ("paramcd", "param", "endpoint")


def refuse_several_endpoints(table: TextTable, columns: Sequence[str] = ENDPOINTS) -> None:
    """Refuse a table of several endpoints, as CDISC ADTTE has one row of each patient for each PARAMCD.

    Parameters
    ----------
    table
        As read.
    columns
        Names of a column that may name the endpoint of a row.

    Raises
    ------
    InputError
        Naming the endpoints.
    """
    for column in columns:
        found = sorted({cell for cell in table.cells(column) if cell}) if column in table.columns else []
        if len(found) > 1:
            raise InputError(
                f"{table.where}: column {column} names {len(found)} endpoints ({', '.join(found[:6])})",
                hint="keep the rows of one endpoint",
            )
