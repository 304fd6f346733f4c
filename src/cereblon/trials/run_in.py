"""What the patients of a trial have before randomisation: one regimen, or several with a share of them each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jax import Array

from cereblon.core import random_streams
from cereblon.core.errors import InputError
from cereblon.model.engine.run_in import WEEK
from cereblon.model.regimens import Regimen, length_days
from cereblon.trials.library import regimen_given
from cereblon.trials.trial import TrialPlan


@dataclass(frozen=True, kw_only=True)
class RunIn:
    """One of the regimens before randomisation.

    Parameters
    ----------
    regimen
        Of whole weeks.
    share
        Of the patients who begin.
    """

    regimen: Regimen
    share: float

    @property
    def weeks(self) -> int:
        """How long it takes."""
        return length_days(self.regimen) // WEEK


def look_up_run_ins(plan: TrialPlan) -> tuple[RunIn, ...]:
    """Give the run-ins of a trial, none if treatment begins at randomisation.

    Raises
    ------
    InputError
        If a regimen is not known, goes on until progression or does not take whole weeks.
    """
    return tuple(
        RunIn(regimen=_checked(regimen_given(part.regimen, where=f"{plan.id}, run_in")), share=part.share)
        for part in plan.run_in
    )


def _checked(regimen: Regimen) -> Regimen:
    if regimen.repeats:
        raise InputError(f"{regimen.id} goes on until progression", hint="a run-in is a number of cycles")
    if length_days(regimen) % WEEK:
        raise InputError(
            f"{regimen.id} takes {length_days(regimen)} days", hint="a run-in is a number of whole weeks"
        )
    return regimen


def which_run_in(run_ins: Sequence[RunIn], root: Array, subject_id: np.ndarray) -> np.ndarray:
    """Draw which of the run-ins each patient has; it depends on seed and number only, not on the arm."""
    if len(run_ins) < 2:
        return np.zeros(len(subject_id), np.int64)
    ends = np.cumsum([run_in.share for run_in in run_ins])[:-1]
    return np.searchsorted(ends, random_streams.uniforms(root, "run-in", subject_id, 1)[:, 0], side="right")
