"""Numbers with decimal commas, told apart from thousands."""

from __future__ import annotations

import re
from collections.abc import Sequence

DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")
_MAY_BE_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_DECIMAL_POINT = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?")


def decimal_commas(cells: Sequence[str]) -> tuple[bool, bool]:
    """Say whether numbers have decimal commas, and whether those with commas could all be thousands."""
    commas = [cell for cell in cells if "," in cell and DECIMAL_COMMA.fullmatch(cell)]
    if not commas or any(_DECIMAL_POINT.fullmatch(cell) for cell in cells):
        return False, False
    doubtful = all(_MAY_BE_THOUSANDS.fullmatch(cell) for cell in commas)
    return not doubtful, doubtful
