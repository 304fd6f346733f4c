"""Names of a package that are at home elsewhere and are imported when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy_names(
    package: Mapping[str, Any], homes: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Give what a package needs to offer such names.

    Parameters
    ----------
    package
        Its `globals()`.
    homes
        Module of each name.

    Returns
    -------
        Its `__getattr__` and `__dir__`.
    """

    def found(name: str) -> Any:
        if name in homes:
            return getattr(import_module(homes[name]), name)
        raise AttributeError(f"module {package['__name__']!r} has no attribute {name!r}")

    def listed() -> list[str]:
        return sorted({*package, *homes})

    return found, listed
