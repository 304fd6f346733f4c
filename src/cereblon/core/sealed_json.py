"""JSON that carries the checksum of all its bytes, so that one wrong bit anywhere in a file of it is noticed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

_END = b"\n}\n"
_SEAL = re.compile(rb',\n  "sha256": "([0-9a-f]{64})"\n}\n')
_SEAL_BYTES = len(',\n  "sha256": ""\n}\n') + 64


class BrokenSealError(ValueError):
    """Bytes are not those that were sealed."""


def sealed(content: Mapping[str, Any]) -> bytes:
    """Write named values as JSON; its last field, `sha256`, is the checksum of the same JSON without that field."""
    raw = (json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
    return raw.removesuffix(_END) + f',\n  "sha256": "{hashlib.sha256(raw).hexdigest()}"\n}}\n'.encode()


def unsealed(raw: bytes) -> dict[str, Any]:
    """Read sealed JSON.

    Raises
    ------
    BrokenSealError
        If a byte is not the one that was written.
    """
    seal = _SEAL.fullmatch(raw, max(len(raw) - _SEAL_BYTES, 0))
    if seal is None:
        raise BrokenSealError("is no JSON with its checksum")
    if hashlib.sha256(raw[: seal.start()] + _END).hexdigest() != seal[1].decode():
        raise BrokenSealError("does not have the bytes that were written")
    try:
        content = json.loads(raw)
        del content["sha256"]
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise BrokenSealError("is no JSON with its checksum") from error
    return dict(content)
