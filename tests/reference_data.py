"""Data of others: what its licence lets us pass on lies in `reference/data`, the rest beside the checkout."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

KEPT = Path(__file__).parent / "reference/data"
BESIDE = Path(__file__).parents[1] / "../shared/data"


def kept_text(name: str) -> str:
    """Read a file of `reference/data`; those that end in `.gz` are unpacked."""
    content = (KEPT / name).read_bytes()
    return (gzip.decompress(content) if name.endswith(".gz") else content).decode("utf-8")


def kept_rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(kept_text(name).splitlines()))


def rows_beside(name: str) -> list[dict[str, str]]:
    """Read a table that lies beside the checkout, or skip the test: it comes from a package under the GPL."""
    path = BESIDE / name
    if not path.exists():
        pytest.skip(f"{name} is under the GPL and not part of the repository")
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
