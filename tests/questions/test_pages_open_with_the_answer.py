"""The first sentence of a page is what was asked for, with its numbers, and long tables below are folded."""

from __future__ import annotations

from typing import Any

import pytest

import cereblon as cb
from cereblon.report.document import Table

_ARM = {"treatment": ["A"] * 9 + ["B"] * 9, "month": [2, 4, 6, 8, 10, 12, 14, 16, 18] * 2}
_TRIAL = {"study": ["one"] * 18, **_ARM, "event": [1] * 9 + [1, 0, 0] * 3}


def _over_time() -> Any:
    return cb.over_time(_TRIAL, reference="A", changes=9, months=[6, 12])


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        (_over_time, "B against A: hazard ratio 0."),
        (
            lambda: cb.evidence.show("aspire"),
            "PFS hazard ratio: 0.69 (95% 0.57-0.83) p<0.0001 one-sided, KRd against Rd.",
        ),
        (lambda: cb.regimen("rd"), "Cycles of 28 days until progression: lenalidomide 25 mg, dexamethasone 40 mg."),
        (lambda: cb.dose("rd", anc=0.8), "Hold lenalidomide, dexamethasone 40 mg"),
        (lambda: cb.population("ndmm"), "Of 100 drawn patients "),
    ],
)
def test_a_page_opens_with_the_answer(asked: Any, first: str) -> None:
    assert asked().document().lead[0].startswith(first)


def test_a_long_table_below_a_picture_is_folded() -> None:
    numbers = cb.evidence.show("aspire").document().sections
    tables = [block for section in numbers for block in section.blocks if isinstance(block, Table)]
    assert all(table.folded for table in tables if len(table.rows) > 10)


def test_one_ratio_for_all_of_time_is_set_beside_one_that_changes() -> None:
    assert "One ratio for all of time fits" in _over_time().text()


def test_partners_of_lenalidomide_are_told_by_what_they_change() -> None:
    """Lenalidomide alone is told once; antibody killing is what daratumumab adds."""
    first, *others = cb.mechanism(partners=["daratumumab"]).document().lead[:2]
    assert first.startswith("Lenalidomide") and "the clone grows at" in first
    assert all("the clone grows at" not in words for words in others)
