"""Groups of subjects that outcomes are given for: arms, or arms within replicate trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cereblon.core.errors import InputError, unknown_name
from cereblon.outcomes.cohort import Cohort
from cereblon.outcomes.subject_index import Bools, Floats, Ints
from cereblon.tables import arm_order

_MOST_GROUPS = 50


@dataclass(frozen=True, slots=True)
class Groups:
    """A partition of the subjects.

    Parameters
    ----------
    code
        Group of each subject row; -1 for those left out (result code not 0).
    labels
        Name per group.
    replicate
        Replicate trial per group; 0 where replicates are pooled.
    """

    code: Ints
    labels: tuple[str, ...]
    replicate: Ints

    @property
    def count(self) -> int:
        """Number of groups."""
        return len(self.labels)

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

    def medians(self, value: Floats, chosen: Bools) -> tuple[Floats, Ints]:
        """Give median and number of the chosen subjects per group; NaN for none."""
        rows = np.flatnonzero(chosen & (self.code >= 0))
        parts = [value[rows[part]] for part in self.split(rows)]
        found = np.array([float(np.median(part)) if len(part) else np.nan for part in parts])
        return found, np.array([len(part) for part in parts], np.int64)

    def pairs(self, comparisons: Sequence[tuple[str, str]]) -> list[tuple[int, int]]:
        """Find the groups to compare in every replicate.

        Raises
        ------
        UnknownNameError
            If a comparison names a group that is not there.
        """
        place = {
            (label, int(number)): i for i, (label, number) in enumerate(zip(self.labels, self.replicate, strict=True))
        }
        for name in {name for pair in comparisons for name in pair}:
            if name not in self.labels:
                raise unknown_name("arm", name, sorted(set(self.labels)))
        return [
            (place[arm, number], place[versus, number])
            for number in sorted({int(number) for number in self.replicate})
            for arm, versus in comparisons
            if (arm, number) in place and (versus, number) in place
        ]


def group_subjects(cohort: Cohort, *, by: str = "arm", per_replicate: bool = False) -> Groups:
    """Group the subjects of a cohort.

    Arms stand in the order that the table names (see `cereblon.tables.name_arms`), other groups in that of their
    values; the order of rows means nothing. A named arm without subjects is remarked.

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
    labels, code = _in_value_order(subjects[by])
    if len(labels) > _MOST_GROUPS:
        raise InputError(
            f"subjects, {by}: {len(labels)} different values are too many for groups, {_MOST_GROUPS} are allowed"
        )
    known = arm_order(subjects) if by == "arm" else None
    if known is not None:
        empty = [arm for arm in known.arms if arm not in labels]
        if empty:
            cohort.follow_up.remarks.append(f"subjects: none in arm {', '.join(empty)}")
        ordered = [*(arm for arm in known.arms if arm in labels), *(arm for arm in labels if arm not in known.arms)]
        code = np.array([ordered.index(label) for label in labels], np.int64)[code]
        labels = ordered
    replicate = cohort.replicate if per_replicate else np.zeros(cohort.index.count, np.int64)
    numbers, number = np.unique(replicate, return_inverse=True)
    width = max(len(labels), 1)
    present, group = np.unique(number * width + code, return_inverse=True)
    if len(present) < len(numbers) * len(labels) and by == "arm":
        _remark_on_empty(cohort, labels, numbers, present)
    return Groups(
        code=np.where(cohort.is_whole, group, -1),
        labels=tuple(labels[cell % width] for cell in present),
        replicate=numbers[present // width] if len(present) else np.zeros(0, np.int64),
    )


def _in_value_order(column: pa.ChunkedArray) -> tuple[list[str], Ints]:
    """Give the names of groups, numbers by size and the unknown last, and the group of each row."""
    values = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
    distinct = pc.unique(values).drop_null()
    sorted_values = distinct.take(pc.array_sort_indices(distinct))
    labels = [str(value) for value in sorted_values.cast(pa.string()).to_pylist()]
    code = pc.index_in(values, value_set=sorted_values).fill_null(-1).to_numpy().astype(np.int64)
    if (code < 0).any() and "unknown" not in labels:
        labels = [*labels, "unknown"]
    return labels, np.where(code < 0, labels.index("unknown") if "unknown" in labels else -1, code)


def _remark_on_empty(cohort: Cohort, labels: Sequence[str], numbers: Ints, present: Ints) -> None:
    missing = np.setdiff1d(np.arange(len(numbers) * len(labels)), present)
    for place, label in enumerate(labels):
        where = numbers[missing[missing % len(labels) == place] // len(labels)]
        if len(where):
            text = ", ".join(str(number) for number in where[:10]) + (", ..." if len(where) > 10 else "")
            cohort.follow_up.remarks.append(f"subjects: none in arm {label} in replicate {text}")


def choose_comparisons(
    cohort: Cohort,
    groups: Groups,
    *,
    by: str,
    comparator: str | None = None,
    comparisons: Sequence[tuple[str, str]] | None = None,
) -> list[tuple[str, str]]:
    """Choose which groups are compared, the one above the line first.

    Parameters
    ----------
    cohort, groups, by
        The subjects and how they are grouped.
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
    labels = list(dict.fromkeys(groups.labels))
    if comparisons is not None:
        if comparator is not None:
            raise InputError("comparisons and comparator are both given", hint="give one of them")
        return list(comparisons)
    if comparator is None and (by != "arm" or len(labels) < 2):
        return []
    known = arm_order(cohort.subjects)
    if comparator is None and known is not None and known.comparator in labels:
        comparator = known.comparator
    if comparator is None:
        raise InputError(
            f"subjects: the arms are {', '.join(labels)}, and none is named as the comparator, so a hazard ratio "
            "could be read either way round",
            hint='name it, as in comparator="control" or in the trial file; comparisons=() gives each arm by itself',
        )
    if comparator not in labels:
        raise unknown_name(by, comparator, labels)
    return [(label, comparator) for label in labels if label != comparator]
