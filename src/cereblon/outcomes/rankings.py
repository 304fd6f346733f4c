"""Subjects in an order, of whom pictures of single subjects show some, evenly over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cereblon.outcomes.groups import GroupNames, Groups, united
from cereblon.outcomes.subject_index import Floats, Ints


@dataclass(frozen=True, slots=True)
class SubjectOrder:
    """The subjects of some groups that a picture can show.

    Parameters
    ----------
    names
        Of the groups.
    group, who
        Of each subject: its group, and its number (or row).
    by
        What orders it, least first; of equals the lesser number comes first.
    detail
        What is shown besides: one row of codes per subject.
    """

    names: GroupNames
    group: Ints
    who: Ints
    by: Floats
    detail: np.ndarray

    def evenly(self, per_group: int | None) -> SubjectOrder:
        """Choose subjects of each group evenly over the order, ends included; all of them for None."""
        order = np.lexsort((self.who, self.by, self.group))
        if per_group is not None:
            edges = np.searchsorted(self.group[order], np.arange(self.names.count + 1))
            parts = [order[first:last] for first, last in pairwise(edges)]
            order = np.concatenate([np.zeros(0, np.int64), *(part[_evenly(len(part), per_group)] for part in parts)])
        return SubjectOrder(self.names, self.group[order], self.who[order], self.by[order], self.detail[order])


def rank(groups: Groups, by: Floats, who: Ints, *detail: np.ndarray) -> SubjectOrder:
    """Rank the subjects of groups; NaN keeps a subject out."""
    rows = np.flatnonzero((groups.code >= 0) & ~np.isnan(by))
    columns = np.column_stack([column[rows] for column in detail]) if detail else np.zeros((len(rows), 0))
    return SubjectOrder(groups.names, groups.code[rows], who[rows], by[rows], columns.astype(np.int8))


def added(parts: Sequence[SubjectOrder]) -> SubjectOrder:
    """Put the subjects of parts together."""
    names, places = united([part.names for part in parts])
    return SubjectOrder(
        names,
        np.concatenate([place[part.group] for part, place in zip(parts, places, strict=True)]),
        np.concatenate([part.who for part in parts]),
        np.concatenate([part.by for part in parts]),
        np.concatenate([part.detail for part in parts]),
    )


def _evenly(count: int, sample: int) -> Ints:
    """Choose positions evenly over a range, ends included."""
    return (
        np.unique(np.linspace(0, count - 1, min(sample, count)).astype(np.int64)) if count else np.zeros(0, np.int64)
    )
