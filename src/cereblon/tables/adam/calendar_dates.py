"""Dates of virtual subjects, where the trial is given a first day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from cereblon.core.errors import InputError


class TrialDates:
    """Dates of a trial.

    Parameters
    ----------
    subjects
        Of the trial, with their `enrolment_day`.
    first_day
        Date of the first day of enrolment.

    Raises
    ------
    InputError
        If a day of enrolment is not known.
    """

    def __init__(self, subjects: pa.Table, first_day: date) -> None:
        known = "enrolment_day" in subjects.column_names
        if not known or subjects["enrolment_day"].null_count:
            raise InputError(
                "first_day: the days of enrolment are not known of everybody, so subjects have no dates",
                hint="runs made before enrolment was written have dates by repeating them",
            )
        names = zip(*(subjects[name].to_pylist() for name in ("arm", "subject_id")), strict=True)
        days = subjects["enrolment_day"].to_pylist()
        self._day_0 = {
            key: first_day + timedelta(days=int(np.floor(day))) for key, day in zip(names, days, strict=True)
        }

    def of(self, rows: pa.Table, days: Sequence[float | None]) -> pa.Array:
        """Give the date of a day since randomisation, of each row; missing stays missing."""
        names = zip(*(rows[name].to_pylist() for name in ("arm", "subject_id")), strict=True)
        found = [
            None if day is None else self._day_0[key] + timedelta(days=int(np.floor(day)))
            for key, day in zip(names, days, strict=True)
        ]
        return pa.array(found, pa.date32())
