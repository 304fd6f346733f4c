"""Which counts may be shown so that no small one can be had, neither by itself nor as what is left of a total."""

from __future__ import annotations

from collections.abc import Sequence


def shown_of(counts: Sequence[int], limit: int) -> list[bool]:
    """Say of the parts of a total which are shown; those that are not are together none, or no small number.

    Parameters
    ----------
    counts
        Of all parts.
    limit
        Least number that is shown.
    """
    shown = [count >= limit for count in counts]
    rest = sum(count for count, is_shown in zip(counts, shown, strict=True) if not is_shown)
    for place in sorted(range(len(counts)), key=lambda place: counts[place]):
        if not 0 < rest < limit:
            break
        if shown[place]:
            shown[place] = False
            rest += counts[place]
    return shown
