"""One ADaM dataset: its name and label, its variables, and its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

Kind = Literal["string", "integer", "float", "date"]
ARROW: dict[Kind, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "float": pa.float64(),
    "date": pa.date32(),
}


@dataclass(frozen=True, slots=True)
class AdamVariable:
    """A variable: its name of at most 8 letters, its label of at most 40, and what its values are."""

    name: str
    label: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class AdamDataset:
    """A dataset.

    Parameters
    ----------
    name
        Such as ADSL.
    label
        In words.
    study
        Identifier of the study.
    variables
        In order.
    rows
        One column for each variable, in its type; a missing text is empty, a missing number null.
    """

    name: str
    label: str
    study: str
    variables: tuple[AdamVariable, ...]
    rows: pa.Table
