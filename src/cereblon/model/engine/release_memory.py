"""Freed memory, given back."""

from __future__ import annotations

import ctypes
import sys

import pyarrow as pa


def release_memory() -> None:
    """Give freed memory back to the system, so that what comes next does not come on top of what was before."""
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux" and hasattr(
        library := ctypes.CDLL(None), "malloc_trim"
    ):  # the C library of GNU has it
        library.malloc_trim(0)
