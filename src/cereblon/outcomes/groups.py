"""Groups of subjects that outcomes are given for: arms, or arms within replicate trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cereblon.errors import InputError, unknown_name
from cereblon.outcomes.cohort import Cohort
from cereblon.outcomes.subject_index import Bools, Floats, Ints


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


def default_comparisons(labels: Sequence[str]) -> list[tuple[str, str]]:
    """Compare every arm with the last one, the control."""
    distinct = list(dict.fromkeys(labels))
    return [(arm, distinct[-1]) for arm in distinct[:-1]]


def group_subjects(cohort: Cohort, subjects: pa.Table, *, by: str = "arm", per_replicate: bool = False) -> Groups:
    """Group the subjects of a cohort.

    Parameters
    ----------
    cohort
        Resolved subjects.
    subjects
        The SUBJECTS table the cohort was read from.
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
    if by not in subjects.column_names:
        raise unknown_name("column of subjects", by, subjects.column_names)
    values = np.array(
        [str(value) for value in subjects[by].cast(pa.string()).fill_null("unknown").to_pylist()], object
    )
    names, first, code = np.unique(values.astype(str), return_index=True, return_inverse=True)
    if len(names) > 50:
        raise InputError(f"subjects, {by}: {len(names)} different values are too many for groups, 50 are allowed")
    appearance = np.argsort(np.argsort(first))  # groups stand in the order of the table
    labels = names[np.argsort(first)]
    code = appearance[code]
    replicate = cohort.replicate if per_replicate else np.zeros(cohort.index.count, np.int64)
    numbers, number = np.unique(replicate, return_inverse=True)
    cell = number * max(len(labels), 1) + code
    present, group = np.unique(cell, return_inverse=True)
    return Groups(
        code=np.where(cohort.is_whole, group, -1),
        labels=tuple(str(labels[c % len(labels)]) for c in present),
        replicate=numbers[present // max(len(labels), 1)] if len(present) else np.zeros(0, np.int64),
    )
