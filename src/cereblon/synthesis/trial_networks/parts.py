"""Parts of a network that no trial joins."""

from __future__ import annotations

from dataclasses import replace

from cereblon.synthesis.frequentist.connectivity import components
from cereblon.synthesis.frequentist.contrast_data import ContrastData


def keep_part(data: ContrastData, treatment: str) -> tuple[ContrastData, tuple[tuple[str, str], ...]]:
    """Keep the trials that are joined to a treatment.

    Parameters
    ----------
    data
        Of a network that may fall apart.
    treatment
        One of its treatments.

    Returns
    -------
        The kept data, and each other trial with the treatments it compares.
    """
    parts = components(data.treatments, [trial.treatments for trial in data.trials])
    part = next(part for part in parts if treatment in part)
    kept = tuple(trial for trial in data.trials if trial.treatments[0] in part)
    gone = tuple(
        (trial.study, " versus ".join(trial.treatments)) for trial in data.trials if trial.treatments[0] not in part
    )
    studies = {trial.study for trial in kept}
    counts = tuple(arm for arm in data.counts if arm.study in studies)
    return replace(data, trials=kept, counts=counts), gone


def largest_part(data: ContrastData) -> str:
    """Name a treatment of the part with most trials; of equal ones, of the first in the alphabet."""
    parts = components(data.treatments, [trial.treatments for trial in data.trials])
    size = [sum(trial.treatments[0] in part for trial in data.trials) for part in parts]
    return parts[size.index(max(size))][0]
