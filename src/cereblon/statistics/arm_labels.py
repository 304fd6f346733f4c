"""Which arm each subject is in, from labels of any kind; and which of two is above the line."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cereblon.core.errors import InputError
from cereblon.core.number_arrays import ArrayInput
from cereblon.core.words import is_missing, same_but_written_otherwise

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


def read_groups(group: ArrayInput, count: int, name: str = "labels of arms") -> tuple[list[Any], Ints]:
    """Read the group of each subject.

    Parameters
    ----------
    group
        Label per subject.
    count
        Subjects.
    name
        What the labels are, for messages.

    Returns
    -------
        The labels in sorted order, and the place of each subject's label among them.

    Raises
    ------
    InputError
        If a label is missing, or there is not one per subject.
    """
    if isinstance(group, np.ma.MaskedArray):
        group = group.tolist()
    array = np.asarray(group, dtype=None if isinstance(group, np.ndarray) else object)
    if array.shape != (count,):
        raise InputError(f"{name} of shape {array.shape} for {count} subjects; one per subject is needed")
    if array.dtype.kind in "biu":
        numbers, code = np.unique(array, return_inverse=True)
        return list(numbers.tolist()), code.astype(np.int64)
    cells = array.tolist()
    missing = [row for row, cell in enumerate(cells) if is_missing(cell)]
    if missing:
        raise InputError(
            f"{name}: {len(missing)} of {count} are missing, the first in row {missing[0] + 1}",
            hint="give every subject one, or leave those out for whom it is not known",
        )
    try:
        labels = sorted(set(cells))
    except TypeError:  # labels of several kinds have no order of their own
        distinct = {_hashable(cell, name) for cell in cells}
        labels = sorted(distinct, key=lambda label: (type(label).__name__, str(label)))
    _refuse_spellings(labels, name)
    place = {label: number for number, label in enumerate(labels)}
    return labels, np.array([place[cell] for cell in cells], np.int64)


def _refuse_spellings(labels: list[Any], name: str) -> None:
    """Refuse two labels that differ in nothing but capitals, spaces, or being text."""
    two = same_but_written_otherwise(labels)
    if two is not None:
        raise InputError(
            f"{name}: {two[0]!r} and {two[1]!r} differ in nothing but how they are written",
            hint="write each in one way",
        )


def _hashable(label: Any, name: str) -> Any:
    try:
        hash(label)
    except TypeError:
        raise InputError(f"{name}: {label!r} is no text and no number") from None
    return label


def above_the_line(group: ArrayInput, count: int, comparator: object = None) -> Bools:
    """Tell who is in the arm above the line, of two.

    Parameters
    ----------
    group
        Label per subject.
    count
        Subjects.
    comparator
        Label of the other arm; 0 or False unless given.

    Raises
    ------
    InputError
        If there are more than two labels, one is missing, or the comparator is needed and not named or is not there.
    """
    if comparator is None and isinstance(group, np.ndarray) and group.dtype == np.bool_ and group.shape == (count,):
        return group
    labels, code = read_groups(group, count)
    shown = ", ".join(repr(label) for label in labels[:10]) + (", ..." if len(labels) > 10 else "")
    if len(labels) > 2:
        raise InputError(
            f"labels of arms: {len(labels)} different ones ({shown}); a ratio compares two arms",
            hint="choose the subjects of two arms, or code one arm against the others together",
        )
    if comparator is None:
        if not set(labels) <= {0, 1}:
            raise InputError(
                f"labels of arms: {shown}, and the comparator is not named",
                hint=f"name the arm below the line: comparator={labels[-1]!r}",
            )
        comparator = 0
    elif labels and _hashable(comparator, "comparator") not in labels:
        raise InputError(f"comparator {comparator!r} is not among the labels of arms: {shown}")
    return np.array([label != comparator for label in labels], np.bool_)[code]
