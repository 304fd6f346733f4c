"""Checks of subject tables: closed words, missing names, possible numbers, one row a subject."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np
import pyarrow as pa

from cereblon.core.bounds import BOUNDS, find_impossible, find_problem
from cereblon.core.names import find_name_problem
from cereblon.core.words import same_but_written_otherwise
from cereblon.tables.fields import said
from cereblon.vocabulary.clinical import cause_words, vocabulary_of

Columns = Mapping[str, pa.Array]

_NAMED = ("source_id", "arm", "drug")
_NO_NAME = frozenset({"", "nan", "None", "<NA>"})
"""What numpy and pandas make of a missing name when they write it as text."""


def quantity_of(field: pa.Field) -> str | None:
    """Give the quantity whose bounds a column keeps."""
    return said(field, "quantity") or None


def words_of(field: pa.Field) -> str | None:
    """Give the name of the vocabulary that a column keeps."""
    return said(field, "words") or None


def _rows_of(array: pa.DictionaryArray, code: int) -> np.ndarray:
    indices = array.indices.fill_null(-1) if array.null_count else array.indices
    return _rows_with(indices.to_numpy(zero_copy_only=False), code)


def check_words(array: pa.Array, field: pa.Field, name: str, problems: list[str]) -> None:
    """Refuse words outside a column's vocabulary; looks at the distinct words only."""
    vocabulary = words_of(field)
    if vocabulary is None:
        return
    words = vocabulary_of(vocabulary)
    for code, word in enumerate(array.dictionary.to_pylist()):
        if word not in words.allowed and len(rows := _rows_of(array, code)):
            problems.append(f"{_place(name, field.name, rows)}: {words.refusal(word)}")


def check_names(columns: Columns, name: str, problems: list[str]) -> None:
    """Refuse a source, arm or drug without a name or with too long a one, and two that are hardly told apart."""
    for column in _NAMED:
        if column not in columns:
            continue
        two = same_but_written_otherwise(columns[column].dictionary.to_pylist())
        if two is not None:
            problems.append(
                f"{name}, {column}: {two[0]!r} and {two[1]!r} differ in nothing but how they are written; "
                "write each in one way"
            )
        for code, word in enumerate(columns[column].dictionary.to_pylist()):
            if word in _NO_NAME and len(rows := _rows_of(columns[column], code)):
                problems.append(f"{_place(name, column, rows)}: {word!r} is no name; it is missing")
            if (why := find_name_problem(word)) and len(rows := _rows_of(columns[column], code)):
                problems.append(f"{_place(name, column, rows)}: {why}")


def check_causes(columns: Columns, name: str, problems: list[str]) -> None:
    """Refuse a cause that its event cannot have."""
    if not {"event", "cause"} <= set(columns):
        return
    for event, cause, rows in pairs(columns["event"], columns["cause"]):
        words = cause_words(event)
        if words is not None and cause not in words.allowed:
            problems.append(f"{_place(name, 'cause', rows())}: {words.refusal(cause)}")


def pairs(left: pa.DictionaryArray, right: pa.DictionaryArray) -> Iterator[tuple[str, str, Callable[[], np.ndarray]]]:
    """Give pairs of words that occur side by side in two columns without nulls, and what finds the rows of each."""
    width = len(right.dictionary)
    code = left.indices.to_numpy().astype(np.int64) * width + right.indices.to_numpy()
    used = np.flatnonzero(np.bincount(code, minlength=0))
    words, others = left.dictionary.to_pylist(), right.dictionary.to_pylist()
    for one in used:
        yield words[one // width], others[one % width], partial(_rows_with, code, int(one))


def _rows_with(codes: np.ndarray, code: int) -> np.ndarray:
    return np.flatnonzero(codes == code)


def check_numbers(
    columns: Columns, schema: pa.Schema, name: str, problems: list[str], *, allow_implausible: bool
) -> None:
    """Refuse numbers outside what the quantity of their column can be; with the option, what nobody can mean."""
    for field in schema:
        quantity = quantity_of(field)
        if quantity is None or columns[field.name].null_count == len(columns[field.name]):
            continue
        values = columns[field.name].cast(pa.float64()).to_numpy(zero_copy_only=False)
        outside = rows_outside(quantity, values, allow_implausible=allow_implausible)
        if len(outside):
            problems.append(f"{_place(name, field.name, outside)}: {told_of(quantity, float(values[outside[0]]))}")


def rows_outside(quantity: str, values: np.ndarray, *, allow_implausible: bool) -> np.ndarray:
    """Give the rows with a value that is refused."""
    bounds = BOUNDS[quantity]
    low, high = (bounds.least, bounds.most) if allow_implausible else (bounds.low, bounds.high)
    return np.flatnonzero((values < low) | (values > high))


def told_of(quantity: str, value: float) -> str:
    """Say why a value is refused, and whether no option accepts it."""
    return find_impossible(quantity, value) or str(find_problem(quantity, value))


def check_subject_keys(columns: Columns, name: str, problems: list[str]) -> None:
    """Refuse a subject that has two rows in a table of one row a subject, which has a `result_code`."""
    if "result_code" not in columns:
        return
    arm, source = columns["arm"], columns["source_id"]
    key = np.column_stack(
        [
            source.indices.to_numpy().astype(np.int64),
            arm.indices.to_numpy().astype(np.int64),
            columns["subject_id"].to_numpy().astype(np.int64),
        ]
    )
    order = np.lexsort(key.T)
    same = (key[order][1:] == key[order][:-1]).all(axis=1)
    if same.any():
        first, second = sorted(int(order[np.flatnonzero(same)[0] + step]) for step in (0, 1))
        problems.append(
            f"{name}: {int(same.sum())} rows repeat a source_id, arm and subject_id (subject {key[second, 2]} of arm "
            f"{arm[second].as_py()} stands in rows {first + 1} and {second + 1})"
        )


def _place(name: str, column: str, rows: np.ndarray) -> str:
    more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
    return f"{name}, row {int(rows[0]) + 1}{more}, {column}"
