"""The closed list of endpoints as data, read once for the evidence and for the tables."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from cereblon.core.yaml_files import read_yaml


@cache
def endpoint_data() -> dict[str, Any]:
    """Read endpoints.yaml: units, grades, events and endpoints by section."""
    return read_yaml(Path(__file__).parent / "endpoints.yaml")


@cache
def endpoint_names() -> tuple[str, ...]:
    """Name the endpoints in the order of the file."""
    return tuple(name for entries in endpoint_data()["endpoints"].values() for name in entries)


def endpoint_meaning(name: str) -> str:
    """Say what an endpoint is, without what is said there about qualifiers."""
    entries = (entries[name] for entries in endpoint_data()["endpoints"].values() if name in entries)
    return str(next(entries)["meaning"]).partition(";")[0]


@cache
def safety_terms() -> tuple[str, ...]:
    """Name what an adverse event may be: safety endpoints without ae_, and system organ classes."""
    safety = (name.removeprefix("ae_") for name in endpoint_names() if name.startswith("ae_"))
    return (*safety, *endpoint_data()["events"])
