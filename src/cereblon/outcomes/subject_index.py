"""Row numbers of subjects, and how rows of the other subject tables find them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cereblon.core.errors import InputError
from cereblon.outcomes.remarks import MOST_NAMED, NamedSubjects

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Whole = NDArray[np.integer]
"""Numbers of a category in the least whole type that holds them."""

_LARGEST_LOOKUP = 50_000_000  # cells of the direct lookup table; beyond it a sorted search takes over


def text_codes(column: pa.ChunkedArray | pa.Array) -> tuple[Ints, list[str]]:
    """Give a text column as integer codes into the sorted list of distinct values that occur.

    Neither the order of rows nor that of a dictionary shows.

    Raises
    ------
    InputError
        If a value is null.
    """
    codes, written = _written_codes(column)
    used = np.bincount(codes, minlength=len(written)) > 0  # a filtered table keeps the names of dropped rows
    values = sorted({value for value, is_used in zip(written, used, strict=True) if is_used})
    place = {value: number for number, value in enumerate(values)}
    return np.array([*(place.get(value, -1) for value in written), -1], np.int64)[codes], values


def _written_codes(column: pa.ChunkedArray | pa.Array) -> tuple[Whole, list[str]]:
    """Give a text column as codes into its words in the order in which they happen to be written."""
    array = column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    array = array.unify_dictionaries()
    if array.null_count:
        raise InputError(f"a text column holds {array.null_count} nulls where a value is needed")
    if array.num_chunks == 0:
        return np.zeros(0, np.int64), []
    parts = [chunk.indices.to_numpy(zero_copy_only=False) for chunk in array.chunks]
    written = [str(value) for value in array.chunk(0).dictionary.to_pylist()]
    return parts[0] if len(parts) == 1 else np.concatenate(parts), written


def text_values(column: pa.ChunkedArray | pa.Array) -> NDArray[np.object_]:
    """Give a text column as an array of strings."""
    codes, values = text_codes(column)
    return np.array(values, dtype=object)[codes] if len(codes) else np.zeros(0, object)


def numbers(column: pa.ChunkedArray | pa.Array) -> Floats:
    """Give a number or truth column as floats, null as NaN."""
    kind = column.type
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        column = column.cast(pa.float64()) if not pa.types.is_boolean(kind) else column.cast(pa.int8())
        column = column.cast(pa.float64())
    return np.asarray(column.to_numpy(zero_copy_only=False) if isinstance(column, pa.Array) else column.to_numpy())


@dataclass(frozen=True, slots=True)
class SubjectIndex:
    """The subjects in the order of their table, found by source, arm and number.

    Parameters
    ----------
    subject_id
        Number within the source.
    arm_code, source_code
        Positions in `arms` and `sources`.
    arms, sources
        Distinct names.
    """

    subject_id: Ints
    arm_code: Ints
    source_code: Ints
    arms: tuple[str, ...]
    sources: tuple[str, ...]
    origin: str

    @property
    def count(self) -> int:
        """Number of subjects."""
        return len(self.subject_id)

    def named(self, rows: Ints) -> NamedSubjects:
        """Give the subjects of some rows, each once, for a remark or a message."""
        known = np.unique(rows)
        first = (
            (int(self.subject_id[row]), self.arms[int(self.arm_code[row])], self.sources[int(self.source_code[row])])
            for row in known[:MOST_NAMED]
        )
        return NamedSubjects(tuple(first), len(known))

    def _keys(self, source: Ints, arm: Ints, subject: Ints) -> Ints:
        low, high = int(self.subject_id.min()), int(self.subject_id.max())
        width = high - low + 1
        if width * len(self.arms) * len(self.sources) > np.iinfo(np.int64).max:
            raise InputError(
                f"subjects: numbers from {low} to {high} in {len(self.arms)} arms lie too far apart",
                hint="number the subjects from 1",
            )
        inside = (subject >= low) & (subject < low + width) & (source >= 0) & (arm >= 0)
        return np.where(inside, (source * len(self.arms) + arm) * width + (subject - low), -1)

    def rows(self, table: pa.Table, *, name: str) -> Ints:
        """Find the subject row of each row of another subject table.

        Raises
        ------
        InputError
            If the table holds a subject that the subjects table does not.
        """
        if table.num_rows == 0:
            return np.zeros(0, np.int64)
        if self.count == 0:
            raise InputError(f"{name}: {table.num_rows} rows, but there are no subjects")
        subject = table["subject_id"].to_numpy()
        keys = [_written_codes(table[column]) for column in ("source_id", "arm")]
        # Rows of one subject mostly stand together: the first of them is looked up.
        columns = (subject, *(codes for codes, _ in keys))
        begins = np.ones(len(subject), np.bool_)
        begins[1:] = reduce(np.logical_or, (column[1:] != column[:-1] for column in columns))
        heads = np.flatnonzero(begins)
        source, arm = (
            _translate(codes[heads], words, known)
            for (codes, words), known in zip(keys, (self.sources, self.arms), strict=True)
        )
        wanted = self._keys(source, arm, subject[heads].astype(np.int64))
        own = self._keys(self.source_code, self.arm_code, self.subject_id)
        size = int(own.max()) + 1
        if size <= _LARGEST_LOOKUP:
            lookup = np.full(size + 1, -1, np.int64)  # the last cell answers for keys beyond every subject
            lookup[own] = np.arange(self.count)
            found = lookup[np.where((wanted < 0) | (wanted >= size), size, wanted)]
        else:
            order = np.argsort(own)
            place = np.minimum(np.searchsorted(own[order], wanted), self.count - 1)
            found = np.where(own[order][place] == wanted, order[place], -1)
        if (found < 0).any():
            first = int(heads[np.flatnonzero(found < 0)[0]])
            raise InputError(
                f"{name}, arm {table['arm'][first].as_py()!r}: subject {table['subject_id'][first].as_py()} "
                "is not in the subjects table",
                hint="subjects are found by source_id, arm and subject_id",
            )
        return np.repeat(found, np.diff(heads, append=len(subject)))

    def key_columns(self, rows: Ints) -> dict[str, Any]:
        """Build the four key columns of a subject table for the given subject rows."""
        return {
            "origin": self.origin,
            "source_id": _dictionary(self.source_code[rows], self.sources),
            "arm": _dictionary(self.arm_code[rows], self.arms),
            "subject_id": self.subject_id[rows],
        }


def in_order(subjects: pa.Table) -> pa.Table:
    """Give the subjects ordered by number, then arm, then source, so that the order of rows means nothing."""
    number = subjects["subject_id"].to_numpy()
    if (np.diff(number) > 0).all():
        return subjects
    arm, source = text_codes(subjects["arm"])[0], text_codes(subjects["source_id"])[0]
    return subjects.take(np.lexsort((source, arm, number)))


def index_subjects(subjects: pa.Table) -> SubjectIndex:
    """Number the subjects of a table.

    Raises
    ------
    InputError
        If a subject is there twice, or the rows are of more than one origin.
    """
    source, sources = text_codes(subjects["source_id"])
    arm, arms = text_codes(subjects["arm"])
    _, origins = text_codes(subjects["origin"])
    if len(set(origins)) > 1:
        raise InputError(
            f"subjects: rows of origin {', '.join(sorted(set(origins)))} are mixed",
            hint="summarise simulated, observed and reconstructed subjects apart",
        )
    index = SubjectIndex(
        subject_id=subjects["subject_id"].to_numpy().astype(np.int64),
        arm_code=arm,
        source_code=source,
        arms=tuple(arms),
        sources=tuple(sources),
        origin=origins[0] if origins else "simulated",
    )
    if index.count:
        keys = np.sort(index._keys(source, arm, index.subject_id))
        twice = int((np.diff(keys) == 0).sum())
        if twice:
            raise InputError(f"subjects: {twice} rows repeat a source_id, arm and subject_id")
    return index


def _translate(codes: Whole, words: list[str], known: tuple[str, ...]) -> Ints:
    position = {value: number for number, value in enumerate(known)}
    return np.array([*(position.get(word, -1) for word in words), -1], np.int64)[codes]


def _dictionary(codes: Ints, values: tuple[str, ...]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(list(values), pa.string()))
