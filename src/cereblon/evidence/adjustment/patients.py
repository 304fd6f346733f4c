"""Individual data of a comparison: covariates, arm and outcome per person, from a CSV file or the subject tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cereblon.errors import InputError, unknown_name
from cereblon.evidence.curves.csv_columns import read_csv

Floats = NDArray[np.float64]
_ARMS = ("arm", "treatment", "trt")
_EVENTS = ("event", "observed", "status")
_RESPONSES = ("response", "responder")
_WORDS: dict[str, tuple[str, ...]] = {
    "sex": ("female", "male"),
    "isotype": ("igg", "iga", "light_chain"),
    "frailty": ("fit", "intermediate", "frail"),
}


@dataclass(frozen=True, slots=True)
class PatientData:
    """People with covariates and outcomes.

    Parameters
    ----------
    where
        File, run or population, for messages.
    covariates
        Numbers by name, one entry per person; NaN where missing. Words became a 0 and 1 column per word, such as
        `male` for sex.
    arm
        Name of the arm per person; one name for all if the data have a single arm.
    month, observed
        Time to the event in months and whether it was seen; None if the data have no such outcome.
    response
        1 for a responder, 0 otherwise; None if the data have no such outcome.
    """

    where: str
    covariates: Mapping[str, Floats]
    arm: NDArray[np.object_]
    month: Floats | None = None
    observed: NDArray[np.bool_] | None = None
    response: Floats | None = None

    @property
    def n(self) -> int:
        """Number of people."""
        return len(self.arm)

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms in order of appearance."""
        return tuple(dict.fromkeys(self.arm.tolist()))

    def covariate(self, name: str) -> Floats:
        """Give a covariate.

        Raises
        ------
        UnknownNameError
            If the data have none of this name.
        InputError
            If it is missing in somebody.
        """
        if name not in self.covariates:
            raise unknown_name(f"{self.where}: covariate", name, list(self.covariates))
        values = self.covariates[name]
        missing = int(np.isnan(values).sum())
        if missing:
            raise InputError(
                f"{self.where}, {name}: missing in {missing} of {self.n} people",
                hint="leave the covariate out, or fill it in before and say how; nobody is dropped here",
            )
        return values

    def only(self, arms: Sequence[str]) -> PatientData:
        """Keep the people of some arms.

        Raises
        ------
        UnknownNameError
            If an arm is not in the data.
        """
        for arm in arms:
            if arm not in self.arms:
                raise unknown_name(f"{self.where}: arm", arm, self.arms)
        return self.take(np.flatnonzero(np.isin(self.arm.astype(str), list(arms))))

    def take(self, rows: NDArray[np.int64]) -> PatientData:
        """Keep the people at these positions, in this order; a position may stand twice."""
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
        Values by name; null as None or NaN. Text becomes 0 and 1 per word for sex, isotype and frailty, and is left
        out otherwise.
    arm, month, observed, response
        As in `PatientData`.
    """
    covariates = dict[str, Floats]()
    for name, values in columns.items():
        found = list(values)
        known = [value for value in found if value is not None]
        if known and isinstance(known[0], str):
            words = _WORDS.get(name)
            for word in words or ():
                cells = [None if v in (None, "unknown", "") else str(v).lower() == word for v in found]
                covariates[word] = _numbers(cells)
        else:
            covariates[name] = _numbers(found)
    return PatientData(where, covariates, np.array(list(arm), dtype=object), month, observed, response)


def _numbers(values: Sequence[object]) -> Floats:
    return np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)  # type: ignore[arg-type]


def read_patients(path: Path, *, time_unit: str | None = None) -> PatientData:
    """Read individual data from a CSV file.

    Parameters
    ----------
    path
        One row per person: optionally arm (or treatment); a time (month, week, day, year, or time with `time_unit`)
        with event (1 or 0), or response (1 or 0), or both; every other column is a covariate. An empty
        cell is missing.
    time_unit
        Of a column called time; months if None.

    Raises
    ------
    InputError
        Listing every problem of the file.
    """
    table = read_csv(path)
    arm_column, event, response = (table.find(names) for names in (_ARMS, _EVENTS, _RESPONSES))
    problems = list[str]()
    month: Floats | None = None
    used = {name for name in (arm_column, event, response) if name}
    if event is not None:
        column, scale = table.time_column(time_unit)
        month = np.array(table.numbers(column, problems)) * scale
        used.add(column)
        if (month < 0).any():
            problems.append(f"{path}, {column}: {int((month < 0).sum())} times are negative")
    flags = dict[str, Floats]()
    for name in (event, response):
        if name is not None:
            flags[name] = np.array(table.numbers(name, problems))
            wrong = np.isfinite(flags[name]) & (flags[name] != 0) & (flags[name] != 1)
            problems += [
                f"{path}, line {table.lines[i]}, {name}: got {flags[name][i]:g}; 1 or 0 is needed"
                for i in np.flatnonzero(wrong)
            ]
    columns = dict[str, list[object]]()
    for name in table.columns:
        if name in used:
            continue
        cells = [row[name] for row in table.rows]
        if name in _WORDS or not _has_numbers(cells):
            columns[name] = [cell or None for cell in cells]
            continue
        columns[name] = [None if cell in ("", "NA", "na") else _number(cell) for cell in cells]
        problems += [
            f"{path}, line {line}, {name}: {cell!r} is not a number; an empty cell is missing"
            for line, cell in zip(table.lines, cells, strict=True)
            if cell not in ("", "NA", "na") and _number(cell) is None
        ]
    if problems:
        raise InputError(
            "\n".join(problems[:20] + ([f"and {len(problems) - 20} more"] if len(problems) > 20 else []))
        )
    return patient_data(
        str(path),
        columns,
        arm=[row[arm_column] for row in table.rows] if arm_column else ["all"] * len(table.rows),
        month=month,
        observed=None if event is None else flags[event] == 1,
        response=None if response is None else flags[response],
    )


def _has_numbers(cells: Sequence[str]) -> bool:
    return any(_number(cell) is not None for cell in cells)


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if np.isfinite(value) else None
