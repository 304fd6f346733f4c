"""Survival of 26 women, for tests of curves."""

from __future__ import annotations

OVARIAN_DAYS = (
    *(59, 115, 156, 421, 431, 448, 464, 475, 477, 563, 638, 744, 769),
    *(770, 803, 855, 1040, 1106, 1129, 1206, 1227, 268, 329, 353, 365, 377),
)
OVARIAN_DEATHS = (1, 1, 1, 0, 1, 0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0)
"""Survival of 26 women with ovarian cancer (Edmonson 1979), data set `ovarian` of R survival."""
