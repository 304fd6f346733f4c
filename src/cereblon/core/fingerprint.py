"""Checksums of what decides results: plain values, and the code, whose version does not tell all its states apart."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any


def checksum(content: Any) -> str:
    """Give the SHA-256 of a JSON-like value in its canonical form."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@cache  # of the code that this process runs, whatever is edited meanwhile
def code_checksum(*places: str, without: tuple[str, ...] = ()) -> str:
    """Give a checksum of the package's code at some places; lines of comment do not count.

    Parameters
    ----------
    places
        Folders and files inside the package, in an order that counts; of a folder all Python files below it.
    without
        Folders and files inside those which do not count.
    """
    root = Path(str(files("cereblon")))
    digest = hashlib.sha256()
    left_out = {root / place for place in without}
    for place in places:
        path = root / place
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            if left_out.intersection((file, *file.parents)):
                continue
            lines = file.read_bytes().splitlines(keepends=True)
            digest.update(b"".join(line for line in lines if not line.lstrip().startswith(b"# ")))
    return digest.hexdigest()[:12]
