"""Which code this is: a version does not tell two states between releases apart."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path


@cache  # of the code that this process runs, whatever is edited meanwhile
def code_checksum(*places: str) -> str:
    """Give a checksum of the package's code at some places.

    Parameters
    ----------
    places
        Folders and files inside the package, in an order that counts; of a folder all Python files below it.
    """
    root = Path(str(files("cereblon")))
    digest = hashlib.sha256()
    for place in places:
        path = root / place
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
