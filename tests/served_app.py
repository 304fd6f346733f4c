"""Where an app that a test started is reached."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Served:
    """Address with the token, and the folder of its simulations."""

    address: str
    folder: Path

    @property
    def root(self) -> str:
        """The address without token and path."""
        return self.address.partition("/?")[0]
