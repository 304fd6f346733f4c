"""Codes and words of a source in the form in which they are compared with ours."""

from __future__ import annotations

from typing import Any


def plain_code(column: Any) -> Any:
    """Give codes of the source as they are compared; see `CodeList.starts`."""
    return column.upper().replace(".", "")


def first_word(column: Any) -> Any:
    """Give the first word of names of drugs, in small letters: what follows is strength and form."""
    return column.lower().split(" ")[0]


def leading_loinc(column: Any) -> Any:
    """Give the LOINC code with which names of tests begin; empty where none does."""
    return column.re_extract(r"^\s*(\d+-\d)\b", 1)
