"""What a table knows of its arms: their order, and the comparator that the others are read over.

It stands in the schema of the Arrow table, not in its rows, so that the order of rows means nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from cereblon.core.errors import InputError, unknown_name

_ARMS = b"arms"


@dataclass(frozen=True, slots=True)
class ArmOrder:
    """The arms in their order, and the one the others are compared with; None where none is named."""

    arms: tuple[str, ...]
    comparator: str | None = None


def name_arms(table: pa.Table, arms: Sequence[str], *, comparator: str | None = None) -> pa.Table:
    """Give the table with the order of its arms and the comparator.

    Parameters
    ----------
    table
        Any subject or outcomes table.
    arms
        In the order in which they are shown.
    comparator
        The arm that the others are read over; None names none.

    Raises
    ------
    InputError
        If an arm is named twice.
    UnknownNameError
        If the comparator is not among the arms.
    """
    if len(set(arms)) < len(arms):
        raise InputError(f"arms: one is named twice in {', '.join(arms)}")
    if comparator is not None and comparator not in arms:
        raise unknown_name("arm", comparator, list(arms))
    said = json.dumps({"arms": list(arms), "comparator": comparator}).encode()
    return table.replace_schema_metadata({**(table.schema.metadata or {}), _ARMS: said})


def arm_order(table: pa.Table) -> ArmOrder | None:
    """Read the order of arms that `name_arms` wrote; None where nobody named them."""
    said = (table.schema.metadata or {}).get(_ARMS)
    if said is None:
        return None
    found = json.loads(said)
    return ArmOrder(tuple(found["arms"]), found["comparator"])
