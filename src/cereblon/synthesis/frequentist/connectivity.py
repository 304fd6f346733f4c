"""Which treatments are joined by trials."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cereblon.core.errors import InputError
from cereblon.synthesis.frequentist.treatment_names import look_alikes


def components(treatments: Sequence[str], trials: Iterable[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Split treatments into groups that trials connect, directly or through others.

    Parameters
    ----------
    treatments
        All of them.
    trials
        The arms of each trial.

    Returns
    -------
        Groups in the order of their first treatment, each in the order of `treatments`; one if all is connected.
    """
    root = {name: name for name in treatments}

    def find(name: str) -> str:
        while root[name] != name:
            root[name] = root[root[name]]
            name = root[name]
        return name

    for arms in trials:
        for other in arms[1:]:
            root[find(other)] = find(arms[0])
    groups: dict[str, list[str]] = {}
    for name in treatments:
        groups.setdefault(find(name), []).append(name)
    return tuple(tuple(group) for group in groups.values())


BY_PART = "synthesise each part by itself (--part TREATMENT), or add a trial that joins them"


def check_connected(treatments: Sequence[str], trials: Iterable[Sequence[str]], *, advice: str = BY_PART) -> None:
    """Refuse a network that falls apart.

    Parameters
    ----------
    treatments, trials
        As for `components`.
    advice
        What the user of this command can do about it.

    Raises
    ------
    InputError
        Listing the parts.
    """
    parts = components(treatments, trials)
    if len(parts) > 1:
        alike = [" and ".join(group) for group in look_alikes(treatments)]
        same = f"; {', '.join(alike)} look alike: write them alike if they are one" if alike else ""
        listed = "; ".join(f"{i}: {', '.join(part)}" for i, part in enumerate(parts, start=1))
        raise InputError(
            f"the network is not connected: no trial joins its {len(parts)} parts ({listed})",
            hint=f"{advice}{same}",
        )
