"""JSON that carries the checksum of all its bytes, so that one wrong bit anywhere in a file of it is noticed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

_SEAL = "sha256"


class BrokenSealError(ValueError):
    """Bytes are not those that were sealed."""


def sealed(content: Mapping[str, Any]) -> bytes:
    """Write plain values as JSON; its field `sha256` is the checksum of the same JSON without that field."""
    return _bytes({**content, _SEAL: hashlib.sha256(_bytes(content)).hexdigest()})


def unsealed(raw: bytes) -> dict[str, Any]:
    """Read sealed JSON.

    Raises
    ------
    BrokenSealError
        If a byte is not the one that was written.
    """
    try:
        content = json.loads(raw)
        seal = content.pop(_SEAL)
        is_whole = isinstance(seal, str) and raw == sealed(content)
    except (ValueError, RecursionError, KeyError, AttributeError, TypeError) as error:
        raise BrokenSealError("is no JSON with its checksum") from error
    if not is_whole:
        raise BrokenSealError("does not have the bytes that were written")
    return dict(content)


def _bytes(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
