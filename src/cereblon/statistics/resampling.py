"""Standard errors and intervals by drawing subjects again, with all their rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cereblon.core.errors import InputError
from cereblon.core.number_arrays import ArrayInput
from cereblon.statistics.arm_labels import read_groups
from cereblon.statistics.estimate import check_level
from cereblon.statistics.follow_up import Floats, Ints

_MOST_FAILED, _FEW = 0.1, 20  # share of the replicates, and number besides, that may fail


@dataclass(frozen=True, slots=True)
class Resampled:
    """Values of a statistic in samples of subjects drawn with replacement.

    Parameters
    ----------
    values
        One per sample.
    failed
        Samples without a value, which were drawn again.
    """

    values: Floats
    failed: int

    @property
    def error(self) -> float:
        """Standard error."""
        return float(self.values.std(ddof=1))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Give the ends of the interval of quantiles."""
        check_level(level)
        low, high = np.quantile(self.values, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)


def resample_subjects(
    statistic: Callable[[Ints], float],
    subject: ArrayInput,
    *,
    within: ArrayInput | None = None,
    replicates: int = 500,
    seed: int | np.random.Generator = 1,
    hint: str | None = None,
) -> Resampled:
    """Draw subjects with replacement, with all their rows, and compute a statistic of each sample.

    Parameters
    ----------
    statistic
        Of the numbers of the rows drawn; an `InputError` of it stands for a sample without a value.
    subject
        Label per row.
    within
        Label per row: as many subjects are drawn of each group as it has, such as of an arm; all together unless
        given.
    replicates
        Samples with a value.
    seed
        Or a generator that the statistic draws from too.
    hint
        What to try where too many samples have no value.

    Raises
    ------
    InputError
        If more than a tenth of the samples have no value, or a label is missing.

    Source
    ------
    Efron and Tibshirani, Stat Sci 1986;1:54.
    """
    if replicates < 2:
        raise InputError(f"{replicates} replicates; at least 2 are needed for an error")
    subjects = np.asarray(subject)
    _, number = read_groups(subjects, len(subjects), "labels of subjects")
    rows = np.split(np.argsort(number, kind="stable"), np.cumsum(np.bincount(number))[:-1])
    first = np.array([own[0] for own in rows])
    group = np.zeros(len(number), np.int64) if within is None else read_groups(within, len(number), "groups")[1]
    places = [np.flatnonzero(group[first] == code) for code in np.unique(group)]
    generator = np.random.default_rng(seed)
    values, failed = list[float](), 0
    while len(values) < replicates:
        drawn = np.concatenate([generator.choice(place, len(place)) for place in places])
        try:
            values.append(statistic(np.concatenate([rows[one] for one in drawn])))
        except InputError as error:
            failed += 1
            if failed > _MOST_FAILED * replicates + _FEW:
                raise InputError(
                    f"more than a tenth of the bootstrap samples have no value; one says: {error.message}",
                    hint=hint,
                ) from error
    return Resampled(np.array(values), failed)
