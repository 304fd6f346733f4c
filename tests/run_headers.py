"""Change what run.json says, as a program would that writes it on purpose: with the checksum of the new content."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cereblon.core.sealed_json import sealed, unsealed


def rewrite(path: Path, **changes: Any) -> None:
    """Change fields of run.json in a run folder; None takes a field away."""
    content = unsealed((path / "run.json").read_bytes()) | changes
    (path / "run.json").write_bytes(sealed({name: value for name, value in content.items() if value is not None}))
