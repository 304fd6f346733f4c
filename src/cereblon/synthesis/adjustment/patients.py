"""Individual data of a comparison: covariates, arm and outcome per patient, from a CSV file or the subject tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cereblon.core.errors import InputError, unknown_name
from cereblon.core.event_indicator import read_event_indicator
from cereblon.core.given_tables import GivenTable, read_table
from cereblon.core.problems import refuse_problems
from cereblon.core.text_tables import TextTable
from cereblon.core.words import is_missing
from cereblon.synthesis.adjustment.covariates import CovariateReader, Floats
from cereblon.synthesis.curves.subject_columns import (
    ARMS,
    EVENTS,
    alike,
    events_of,
    months_of,
    names_of,
)
from cereblon.synthesis.endpoint_column import refuse_several_endpoints

_RESPONSES = ("response", "responder")
_NAMES = ("usubjid", "subjid", "subject_id", "subject", "patient_id", "patient", "person", "id")
_STUDIES = ("studyid", "study")


@dataclass(frozen=True, slots=True)
class PatientData:
    """Patients with covariates and outcomes.

    Parameters
    ----------
    where
        File, run or population, for messages.
    covariates
        Numbers by name, one entry per patient; NaN where missing. Words became a 0 and 1 column per word, such as
        `male` for sex.
    arm
        Name of the arm per patient; one name for all if the data have a single arm.
    month, observed
        Time to the event in months and whether it was seen; None if the data have no such outcome.
    response
        1 for a responder, 0 otherwise; None if the data have no such outcome.
    unusable
        Columns that are no numbers, with the reason.
    notes
        How the data were read, in words.
    """

    where: str
    covariates: Mapping[str, Floats]
    arm: NDArray[np.object_]
    month: Floats | None = None
    observed: NDArray[np.bool_] | None = None
    response: Floats | None = None
    unusable: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Number of patients."""
        return len(self.arm)

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms in alphabetical order."""
        return tuple(sorted(set(self.arm.tolist())))

    def covariate(self, name: str) -> Floats:
        """Give a covariate.

        Raises
        ------
        UnknownNameError
            If the data have none of this name.
        InputError
            If it is missing in somebody, or the column is no numbers.
        """
        if name in self.unusable:
            raise InputError(f"{self.where}, {name}: cannot be matched; {self.unusable[name]}")
        if name not in self.covariates:
            raise unknown_name(f"{self.where}: covariate", name, list(self.covariates))
        values = self.covariates[name]
        missing = int(np.isnan(values).sum())
        if missing:
            raise InputError(
                f"{self.where}, {name}: missing in {missing} of {self.n} patients",
                hint="leave the covariate out, fill it in before and say how, or leave these patients out "
                "(--leave-out-missing)",
            )
        return values

    def complete(self, names: Sequence[str]) -> tuple[PatientData, tuple[str, ...]]:
        """Leave out the patients in whom one of some covariates is missing.

        Returns
        -------
            The others, and a sentence for each covariate that is missing in somebody and for the number of patients.
        """
        missing = {name: np.isnan(self.covariates[name]) for name in sorted(set(names) & set(self.covariates))}
        gone = np.logical_or.reduce([np.zeros(self.n, np.bool_), *missing.values()])
        if not gone.any():
            return self, ()
        if gone.all():
            raise InputError(f"{self.where}: nobody has a value in each of {', '.join(missing)}")
        said = [f"{name} is missing in {int(who.sum())}" for name, who in missing.items() if who.any()]
        note = f"{self.where}: {int(gone.sum())} of {self.n} patients are left out, since {' and '.join(said)}"
        return self.take(np.flatnonzero(~gone)), (note,)

    def only(self, arms: Sequence[str]) -> PatientData:
        """Keep the patients of some arms.

        Raises
        ------
        UnknownNameError
            If an arm is not in the data.
        """
        for arm in arms:
            if arm not in self.arms:
                raise unknown_name(f"{self.where}: arm", arm, self.arms)
        return self.take(np.flatnonzero(np.isin(self.arm.astype(str), list(arms))))

    def in_order(self) -> PatientData:
        """Sort patients by what is known of them, so that draws do not depend on the order of rows."""
        keys: list[NDArray[Any]] = [self.covariates[name] for name in sorted(self.covariates, reverse=True)]
        keys += [column for column in (self.response, self.observed, self.month) if column is not None]
        return self.take(np.lexsort([*keys, np.unique(self.arm.astype(str), return_inverse=True)[1]]))

    def take(self, rows: NDArray[np.int64]) -> PatientData:
        """Keep the patients at these positions, in this order; a position may stand twice."""
        return replace(
            self,
            covariates={name: values[rows] for name, values in self.covariates.items()},
            arm=self.arm[rows],
            month=None if self.month is None else self.month[rows],
            observed=None if self.observed is None else self.observed[rows],
            response=None if self.response is None else self.response[rows],
        )


def patient_data(
    where: str,
    columns: Mapping[str, Sequence[object] | NDArray[np.generic]],
    *,
    arm: Sequence[str] | NDArray[np.object_],
    month: Floats | None = None,
    observed: NDArray[np.bool_] | None = None,
    response: Floats | None = None,
) -> PatientData:
    """Turn columns as the subjects table has them into covariates.

    Parameters
    ----------
    where
        Name of the source, for messages.
    columns
        Values by name; null as None or NaN. Text becomes 0 and 1 per word for sex, isotype and frailty, and cannot be
        matched otherwise.
    arm, month, observed, response
        As in `PatientData`.

    Raises
    ------
    InputError
        Listing every word of a closed list that is none, and columns of different lengths.
    """
    lengths = {"arm": len(arm)} | {name: len(values) for name, values in columns.items()}
    given = {"month": month, "observed": observed, "response": response}
    lengths |= {name: len(values) for name, values in given.items() if values is not None}
    if len(set(lengths.values())) > 1 or not len(arm):
        said = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise InputError(f"{where}: every column needs one entry for each patient, and somebody; got {said}")
    reader = CovariateReader(lambda name: lambda i: f"{where}, patient {i + 1}, {name}", _number)
    reader.read({name: list(values) for name, values in columns.items()})
    refuse_problems(reader.problems)
    return PatientData(
        where,
        reader.numbers,
        np.array(list(arm), dtype=object),
        month,
        None if observed is None else read_event_indicator(observed),
        None if response is None else read_event_indicator(response).astype(np.float64),
        reader.unusable,
        tuple(reader.remarks),
    )


def _number(value: object) -> float | None:
    if isinstance(value, str):
        return None
    found = float(value)  # type: ignore[arg-type]
    return found if np.isfinite(found) else None


def read_patients(
    given: GivenTable,
    *,
    time_unit: str | None = None,
    event_coding: str | None = None,
    allow_implausible: bool = False,
) -> PatientData:
    """Read individual data from a text table.

    Parameters
    ----------
    given
        A text file, or a table in memory.
        One row per patient: optionally arm (or treatment); a time (month, week, day, year, or time with `time_unit`)
        with event, or response, or both; every other column is a covariate. An empty cell is missing.
    time_unit
        Of a column called time, which does not say it.
    event_coding
        Of events written as numbers, see `read_event_indicator`; 0 and 1 if None.
    allow_implausible
        Whether values beyond what a quantity can be are accepted.

    Raises
    ------
    InputError
        Listing every problem of the file.
    """
    table = read_table(given)
    refuse_several_endpoints(table)
    arm_column, response = table.find(ARMS), table.find(_RESPONSES)
    problems, notes = list[str](), list(table.remarks)
    arm = names_of(table, arm_column, problems) if arm_column else ["all"] * len(table)
    notes += alike(arm, f"{table.where}: arms")
    month: Floats | None = None
    seen: NDArray[np.bool_] | None = None
    used = {name for name in (arm_column, response) if name}
    if any(name in table.columns for name in EVENTS):
        month = months_of(table, time_unit, problems, notes, allow_implausible=allow_implausible)
        columns, seen = events_of(table, event_coding, problems)
        used |= {*columns, table.time_column(time_unit)[0]}
    used |= _check_people(table, arm, problems)
    reader = CovariateReader(
        table.place, lambda cell: table.number(str(cell)), allow_implausible=allow_implausible, problems=problems
    )
    reader.read({name: table.cells(name) for name in table.columns if name not in used})
    refuse_problems(problems)
    notes += [*reader.accepted, *(f"{table.where}: {text}" for text in reader.remarks)]
    notes += [f"{table.where}: {name} is not used; {reason}" for name, reason in sorted(reader.unusable.items())]
    return PatientData(
        table.where,
        reader.numbers,
        np.array(arm, dtype=object),
        month,
        seen,
        None if response is None else table.events(response, coding="0/1").astype(np.float64),
        reader.unusable,
        tuple(notes),
    )


def _check_people(table: TextTable, arm: Sequence[str], problems: list[str]) -> set[str]:
    """Refuse a patient who stands twice in an arm; give the columns that name patients and their study."""
    named = next((name for name in _NAMES if name in table.columns), None)
    studies = {name for name in _STUDIES if name in table.columns}
    if named is None:
        return studies
    first = dict[tuple[str, ...], int]()
    for row, cells in enumerate(table.rows):
        key = (arm[row], cells[named], *(cells[name] for name in sorted(studies)))
        if key in first and not is_missing(cells[named]):
            problems.append(
                f"{table.place(named)(row)}: {cells[named]!r} stands in line {table.lines[first[key]]} already; "
                "one row for each patient is needed"
            )
        first.setdefault(key, row)
    return {named, *studies}
