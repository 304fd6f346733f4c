"""Every column that an answer gives is described once, and what is in it has the described type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import polars as pl
import pytest

import cereblon as cb
from cereblon.questions.result import Result
from cereblon.tables.answers.evidence import EVIDENCE
from cereblon.tables.answers.model import MODEL
from cereblon.tables.answers.schema import schema_of
from cereblon.tables.fields import said

ANSWERS: dict[str, Callable[[], Result]] = {
    "network": lambda: cb.network("rrmm"),
    "forest": lambda: cb.forest("rrmm"),
    "compare_treatments": lambda: cb.compare_treatments("KRd", "Rd", setting="rrmm"),
    "evidence.table": lambda: cb.evidence.table("orr"),
    "evidence.studies": lambda: cb.evidence.studies(),
    "evidence.endpoints": lambda: cb.evidence.endpoints(),
    "evidence.show": lambda: cb.evidence.show("maia"),
    "real_world": lambda: cb.real_world("VRd"),
    "cite": lambda: cb.cite("maia"),
    "curve": lambda: cb.curve("maia", endpoint="pfs"),
    "dose": lambda: cb.dose("vrd-s0777", age=80, anc=0.4),
    "parameters": lambda: cb.parameters("neutrophils"),
    "regimens": lambda: cb.regimens(),
    "population": lambda: cb.population("ndmm", like="maia"),
    "populations": lambda: cb.populations(),
}
NAMED_AFTER_TREATMENTS = {"league"}


def test_no_column_is_described_twice() -> None:
    counted = Counter(column.name for column in (*EVIDENCE, *MODEL))
    assert [name for name, times in counted.items() if times > 1] == []


@pytest.mark.parametrize("name", ANSWERS)
def test_every_column_of_an_answer_says_what_it_holds(name: str) -> None:
    answer = ANSWERS[name]()
    for table in set(answer.tables()) - NAMED_AFTER_TREATMENTS:
        schema = answer.schema(table)
        assert [column.name for column in schema if not said(column, "meaning")] == [], table
        assert answer.table(table).columns == schema.names


def test_a_column_without_values_keeps_its_type() -> None:
    """A data frame that guesses from the cells gives a column of nothing, which cannot be joined or computed with."""
    found = cb.evidence.table("orr", setting="rrmm", regimen="KRd").table()
    assert found["month"].dtype == pl.Float64 and found["month"].null_count() == len(found)


def test_a_table_without_rows_keeps_its_columns() -> None:
    answer = cb.evidence.table("ror", setting="rrmm")
    assert answer.table().columns == list(cb.evidence.COLUMNS) and answer.table().height == 0
    assert answer.to_csv() == ",".join(cb.evidence.COLUMNS) + "\n"


def test_a_page_has_the_headings_of_the_schema() -> None:
    page = cb.network("rrmm").page()
    assert ">P-score</th>" in page and ">p score</th>" not in page


def test_a_column_that_nobody_described_has_the_type_of_its_cells() -> None:
    schema = schema_of([{"KRd": 1.5, "seen": True, "Rd": "a"}])
    assert [str(column.type) for column in schema] == ["double", "bool", "string"]
