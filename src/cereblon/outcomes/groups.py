"""Groups of subjects that outcomes are given for: arms, or arms within replicate trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cereblon.core.errors import InputError, unknown_name
from cereblon.outcomes.cohort import Cohort
from cereblon.outcomes.subject_index import Bools, Ints
from cereblon.tables import arm_order
from cereblon.tables.arm_order import ArmOrder

_MOST_GROUPS = 50
_MOST_LISTED = 10


@dataclass(frozen=True, slots=True)
class GroupNames:
    """What groups are called, in order: replicate by replicate, arm by arm.

    Parameters
    ----------
    by
        Column of SUBJECTS that they are made by.
    labels
        Name per group.
    values
        What stands in the column, per group; None for the unknown.
    replicate
        Replicate trial per group; 0 where replicates are pooled.
    known
        The arms in their order, where the table names it.
    """

    by: str
    labels: tuple[str, ...]
    values: tuple[object, ...]
    replicate: Ints
    known: ArmOrder | None = None

    @property
    def count(self) -> int:
        """Number of groups."""
        return len(self.labels)

    @property
    def distinct(self) -> list[str]:
        """The names without replicates, in order."""
        places = self._places()
        return sorted(places, key=lambda label: places[label])

    def _places(self) -> dict[str, tuple[int, int]]:
        """Give the order of names: arms as the table knows them, then values by size, then the unknown."""
        named = {} if self.known is None else {arm: place for place, arm in enumerate(self.known.arms)}
        of = dict(zip(self.labels, self.values, strict=True))
        values: Any = of
        ordered = sorted((label for label in of if of[label] is not None), key=lambda label: values[label])
        by_value = {label: place for place, label in enumerate(ordered)}
        last = len(of)
        return {label: (named.get(label, len(named)), by_value.get(label, last)) for label in of}

    def take(self, groups: Ints | Bools | slice) -> GroupNames:
        """Give some of the groups."""
        chosen = np.arange(self.count)[groups]
        labels, values = (tuple(given[place] for place in chosen) for given in (self.labels, self.values))
        return GroupNames(self.by, labels, values, self.replicate[chosen], self.known)

    def pooled(self) -> tuple[GroupNames, Ints]:
        """Give the groups with the replicates put together, and the place of each group among them."""
        of = dict(zip(self.labels, self.values, strict=True))
        labels = self.distinct
        place = {label: number for number, label in enumerate(labels)}
        pooled = GroupNames(
            self.by, tuple(labels), tuple(of[one] for one in labels), np.zeros(len(labels), np.int64), self.known
        )
        return pooled, np.array([place[label] for label in self.labels], np.int64)

    def pairs(self, comparisons: Sequence[tuple[str, str]]) -> list[tuple[int, int]]:
        """Find the groups to compare in every replicate that has both."""
        place = {
            (label, int(number)): i for i, (label, number) in enumerate(zip(self.labels, self.replicate, strict=True))
        }
        return [
            (place[arm, number], place[versus, number])
            for number in sorted({int(number) for number in self.replicate})
            for arm, versus in comparisons
            if (arm, number) in place and (versus, number) in place
        ]

    def remarks(self) -> list[str]:
        """Say which arms have nobody, in all or in some replicates."""
        if self.by != "arm":
            return []
        empty = [arm for arm in (self.known.arms if self.known else ()) if arm not in self.labels]
        said = [f"subjects: none in arm {', '.join(empty)}"] if empty else []
        there = set(zip(self.labels, self.replicate.tolist(), strict=True))
        numbers = sorted(set(self.replicate.tolist()))
        for label in self.distinct if len(there) < len(numbers) * len(set(self.labels)) else ():
            where = [str(number) for number in numbers if (label, number) not in there]
            if where:
                text = ", ".join(where[:_MOST_LISTED]) + (", ..." if len(where) > _MOST_LISTED else "")
                said.append(f"subjects: none in arm {label} in replicate {text}")
        return said


def united(parts: Sequence[GroupNames]) -> tuple[GroupNames, list[Ints]]:
    """Give all groups of some parts, each once, and the place of each part's groups among them.

    Raises
    ------
    InputError
        If there are too many.
    """
    of: dict[str, object] = {}
    for part in parts:
        of |= {
            label: value if of.get(label) is None else of[label]
            for label, value in zip(part.labels, part.values, strict=True)
        }
    _refuse_many(parts[0].by, len(of))
    everything = GroupNames(parts[0].by, tuple(of), tuple(of.values()), np.zeros(len(of), np.int64), parts[0].known)
    places = everything._places()
    keys = sorted(
        {key for part in parts for key in zip(part.replicate.tolist(), part.labels, strict=True)},
        key=lambda key: (key[0], places[key[1]]),
    )
    at = {key: number for number, key in enumerate(keys)}
    labels = tuple(label for _, label in keys)
    names = GroupNames(
        parts[0].by,
        labels,
        tuple(of[label] for label in labels),
        np.array([number for number, _ in keys], np.int64),
        parts[0].known,
    )
    return names, [
        np.array([at[key] for key in zip(part.replicate.tolist(), part.labels, strict=True)], np.int64)
        for part in parts
    ]


@dataclass(frozen=True, slots=True)
class Groups:
    """A partition of the subjects.

    Parameters
    ----------
    names
        Of the groups.
    code
        Group of each subject row; -1 for those left out (result code not 0).
    """

    names: GroupNames
    code: Ints

    @property
    def labels(self) -> tuple[str, ...]:
        """Name per group."""
        return self.names.labels

    @property
    def count(self) -> int:
        """Number of groups."""
        return self.names.count

    def tally(self, chosen: Bools) -> Ints:
        """Count the chosen subjects of each group."""
        inside = chosen & (self.code >= 0)
        return np.bincount(self.code[inside], minlength=self.count)

    def split(self, row: Ints) -> list[Ints]:
        """Give, per group, the positions in `row` of its subjects."""
        code = self.code[row]
        order = np.argsort(code, kind="stable")
        edges = np.searchsorted(code[order], np.arange(self.count + 1))
        return [order[edges[group] : edges[group + 1]] for group in range(self.count)]


def said(cohort: Cohort, names: GroupNames) -> list[str]:
    """Give the remarks on the subjects and their groups."""
    return [*cohort.follow_up.remarks.said(), *names.remarks()]


def group_subjects(cohort: Cohort, *, by: str = "arm", per_replicate: bool = False) -> Groups:
    """Group the subjects of a cohort.

    Arms stand in the order that the table names (see `cereblon.tables.name_arms`), other groups in that of their
    values; the order of rows means nothing.

    Parameters
    ----------
    cohort
        Resolved subjects.
    by
        Column of SUBJECTS; its values are the names of the groups, `unknown` for null.
    per_replicate
        Whether each replicate trial has groups of its own.

    Raises
    ------
    UnknownNameError
        If there is no such column.
    InputError
        If the column has too many values to be groups.
    """
    subjects = cohort.subjects
    if by not in subjects.column_names:
        raise unknown_name("column of subjects", by, subjects.column_names)
    labels, values, code = _in_value_order(subjects[by])
    _refuse_many(by, len(labels))
    known = arm_order(subjects) if by == "arm" else None
    each = GroupNames(by, tuple(labels), tuple(values), np.zeros(len(labels), np.int64), known)
    in_order, place = each.pooled()
    replicate = cohort.replicate if per_replicate else np.zeros(cohort.index.count, np.int64)
    numbers, number = np.unique(replicate, return_inverse=True)
    width = max(len(labels), 1)
    present, group = np.unique(number * width + place[code], return_inverse=True)
    names = in_order.take(present % width)
    at = numbers[present // width] if len(present) else np.zeros(0, np.int64)
    return Groups(
        names=GroupNames(by, names.labels, names.values, at, known), code=np.where(cohort.is_whole, group, -1)
    )


def _refuse_many(by: str, count: int) -> None:
    if count > _MOST_GROUPS:
        raise InputError(
            f"subjects, {by}: {count} different values are too many for groups, {_MOST_GROUPS} are allowed"
        )


def _in_value_order(column: pa.ChunkedArray) -> tuple[list[str], list[object], Ints]:
    """Give names and values of groups, numbers by size and the unknown last, and the group of each row."""
    cells = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
    distinct = pc.unique(cells).drop_null()
    in_order = distinct.take(pc.array_sort_indices(distinct))
    labels = [str(value) for value in in_order.cast(pa.string()).to_pylist()]
    values: list[object] = in_order.to_pylist()
    code = pc.index_in(cells, value_set=in_order).fill_null(-1).to_numpy().astype(np.int64)
    if (code < 0).any() and "unknown" not in labels:
        labels, values = [*labels, "unknown"], [*values, None]
    return labels, values, np.where(code < 0, labels.index("unknown") if "unknown" in labels else -1, code)


def choose_comparisons(
    names: GroupNames, *, comparator: str | None = None, comparisons: Sequence[tuple[str, str]] | None = None
) -> list[tuple[str, str]]:
    """Choose which groups are compared, the one above the line first.

    Parameters
    ----------
    names
        The groups.
    comparator
        Every other group is read over it; for arms the one that the subjects table names, unless given.
    comparisons
        Instead of a comparator: the pairs themselves; empty for none.

    Raises
    ------
    InputError
        If arms could be compared either way round and nobody named the comparator.
    UnknownNameError
        If a named group is not there.
    """
    labels = names.distinct
    if comparisons is not None:
        if comparator is not None:
            raise InputError("comparisons and comparator are both given", hint="give one of them")
        for name in {name for pair in comparisons for name in pair}:
            if name not in labels:
                raise unknown_name("arm", name, sorted(labels))
        return list(comparisons)
    if comparator is None and (names.by != "arm" or len(labels) < 2):
        return []
    if comparator is None and names.known is not None and names.known.comparator in labels:
        comparator = names.known.comparator
    if comparator is None:
        raise InputError(
            f"subjects: the arms are {', '.join(labels)}, and none is named as the comparator, so a hazard ratio "
            "could be read either way round",
            hint='name it, as in comparator="control" or in the trial file; comparisons=() gives each arm by itself',
        )
    if comparator not in labels:
        raise unknown_name(names.by, comparator, labels)
    return [(label, comparator) for label in labels if label != comparator]
