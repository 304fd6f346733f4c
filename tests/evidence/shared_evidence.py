"""Where the records lie that the packaged studies were made from; they are not part of the project."""

from __future__ import annotations

from pathlib import Path

SHARED = Path(__file__).parents[2] / "../shared/evidence"
