"""The script that draws on pages, kept in the user's cache folder: to put it together takes two seconds."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

import vl_convert

from cereblon.core.durable_files import write_durably
from cereblon.core.private_folder import make_private, private_bytes, remove_oldest, user_cache

_MOST_BYTES = 4 * 2**20
"""All versions together; one has 0.9 MB."""


def kept_script(version: str) -> str:
    """Give the script for a version of Vega-Lite; empty where none is kept whole.

    What is kept is code that pages run: it is read only where nobody but the user may have written it.
    """
    with suppress(OSError, ValueError):
        told, content = private_bytes(_place(version)).split(b"\n", 1)
        if told == _checksum(content):
            return content.decode()
    return ""


def keep_script(version: str, script: str) -> None:
    """Keep the script for a version of Vega-Lite, where the cache folder is the user's alone and can be written."""
    with suppress(OSError):
        path, content = _place(version), script.encode()
        make_private(path.parent.parent)
        make_private(path.parent)
        write_durably(path, _checksum(content) + b"\n" + content, mode=0o600)
        remove_oldest(path.parent, "*.js", most_bytes=_MOST_BYTES)


def _place(version: str) -> Path:
    return user_cache() / "pages" / f"vega-lite-{version}-of-{_vl_convert()}.js"


def _vl_convert() -> str:
    return str(vl_convert.__version__)  # type: ignore[attr-defined]


def _checksum(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
