"""Laboratory values in house units: the unit of every row is read, and what its value can be is checked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from cereblon.core.errors import InputError
from cereblon.core.units import factor
from cereblon.tables.checks import pairs, rows_outside, told_of
from cereblon.vocabulary.laboratory import TESTS


def house_factor(test: str, unit: str) -> float:
    """Give what a value of a test in a unit is multiplied by to be in the house unit of the test.

    Raises
    ------
    InputError
        If the unit is missing, cannot be read or measures something else.
    """
    known = TESTS[test]
    if known.is_yes_or_no and unit != "1":
        raise InputError(f"unit {unit!r} of {test}, which is 1 for positive and 0 for negative; write unit 1")
    if not unit.strip():
        raise InputError(f"the unit of {test} is missing; it is never assumed")
    return factor(unit, known.unit, substance=known.substance)


def in_house_units(
    columns: Mapping[str, pa.Array], name: str, problems: list[str], *, allow_implausible: bool | None
) -> dict[str, pa.Array]:
    """Give the columns `value` and `unit` of a table of laboratory values in house units.

    Parameters
    ----------
    columns
        `test`, with words of the vocabulary only, `value` and `unit`, without nulls.
    name
        Of the table, for messages.
    problems
        Gains a line for a unit that is none of its test's, and for a value that the test cannot have.
    allow_implausible
        Whether numbers beyond what a test shows are accepted; None where values are not to be checked.
    """
    value = columns["value"].to_numpy(zero_copy_only=False)
    converted = False
    for test, unit, rows in pairs(columns["test"], columns["unit"]):
        try:
            times = house_factor(test, unit)
        except InputError as error:
            problems.append(f"{name}, row {int(rows()[0]) + 1}, unit: {test}: {error.message}")
            continue
        if unit != TESTS[test].unit:
            value = value if converted else value.copy()
            value[rows()] *= times
            converted = True
        if allow_implausible is None and not TESTS[test].is_yes_or_no:
            continue
        found = _problem(test, value[rows()], allow_implausible)
        if found is not None:
            position, reason = found
            given = "" if times == 1.0 else f" (given in {unit})"
            problems.append(f"{name}, row {int(rows()[position]) + 1}, value: {test}: {reason}{given}")
    if not converted:
        return {}
    units = pa.array([TESTS[test].unit for test in columns["test"].dictionary.to_pylist()], pa.string())
    house = pa.DictionaryArray.from_arrays(columns["test"].indices, units)
    merged = house.dictionary_decode().dictionary_encode()
    return {"value": pa.array(value), "unit": merged.cast(columns["unit"].type)}


def _problem(test: str, values: np.ndarray, allow_implausible: bool | None) -> tuple[int, str] | None:
    known = TESTS[test]
    if known.is_yes_or_no:
        wrong = np.flatnonzero((values != 0) & (values != 1))
        reason = "is neither 1, positive, nor 0, negative"
        return (int(wrong[0]), f"{values[wrong[0]]:g} {reason}") if len(wrong) else None
    if allow_implausible is None:
        return None
    outside = rows_outside(known.quantity, values, allow_implausible=allow_implausible)
    return (int(outside[0]), told_of(known.quantity, float(values[outside[0]]))) if len(outside) else None
