"""Open data for the tests of curves, where they are present."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

DATA = Path(__file__).parents[2] / "../shared/data"


def rows_of(name: str) -> list[dict[str, str]]:
    """Read a CSV file of the open data, or skip the test."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"open data {name} is not here")
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


OVARIAN_DAYS = (
    *(59, 115, 156, 421, 431, 448, 464, 475, 477, 563, 638, 744, 769),
    *(770, 803, 855, 1040, 1106, 1129, 1206, 1227, 268, 329, 353, 365, 377),
)
OVARIAN_DEATHS = (1, 1, 1, 0, 1, 0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0)
"""Survival of 26 women with ovarian cancer (Edmonson 1979), data set `ovarian` of R survival."""
