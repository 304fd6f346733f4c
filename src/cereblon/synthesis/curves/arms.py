"""The arms of a survival curve: rebuilt from points read off a figure, or read from a table of individuals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cereblon.core.arguments import need_counts
from cereblon.core.errors import ArgumentError, InputError, unknown_name
from cereblon.core.given_tables import GivenTable, name_of
from cereblon.synthesis.curves.digitised import DigitisedCurve, match_arms, read_points, read_risk_table
from cereblon.synthesis.curves.guyot import Rebuilt, rebuild

Counts = int | Mapping[str, int] | None
"""Patients or events: of the only arm, or by arm."""


def rebuild_arms(
    points: GivenTable,
    at_risk: GivenTable | None = None,
    *,
    patients: Counts = None,
    events: Counts = None,
    time_unit: str | None = None,
    allow_implausible: bool = False,
) -> tuple[list[Rebuilt], list[str]]:
    """Rebuild the individuals of each arm from points read off its curve.

    Parameters
    ----------
    points, at_risk
        As in `read_points` and `read_risk_table`.
    patients
        At the start, where there are no numbers at risk.
    events
        Total number of events, where it was published.
    time_unit, allow_implausible
        As in `read_points`.

    Returns
    -------
        Arms in alphabetical order, and how the files were read, in words.

    Raises
    ------
    InputError
        If a file cannot be read or points contradict the numbers at risk, or an arm is not known.
    ArgumentError
        If one number is given for several arms.
    """
    unit = {"time_unit": time_unit}
    curves = read_points(points, **unit, allow_implausible=allow_implausible)
    risks = {} if at_risk is None else read_risk_table(at_risk, **unit, allow_implausible=allow_implausible)
    matched = (
        {} if at_risk is None else match_arms(list(curves), list(risks), f"{name_of(points)} and {name_of(at_risk)}")
    )
    sizes, totals = _by_arm("patients", patients, curves), _by_arm("events", events, curves)
    arms = [
        rebuild(found, risks.get(matched.get(name, "")), patients=sizes.get(name), events=totals.get(name))
        for name, found in curves.items()
    ]
    said = [text for read in curves.values() for text in read.reading]
    said += [text for below in risks.values() for text in below.reading]
    return arms, list(dict.fromkeys(said))


def _by_arm(what: str, counts: Counts, curves: Mapping[str, DigitisedCurve]) -> dict[str, int]:
    if counts is None:
        return {}
    if isinstance(counts, Mapping):
        for name in counts:
            if name not in curves:
                raise unknown_name("arm", name, list(curves))
        need_counts(**{f"{what} of {name}": count for name, count in counts.items()})
        return dict(counts)
    need_counts(**{what: counts})
    if len(curves) > 1:
        raise ArgumentError(f"say of which arm ({', '.join(curves)}), for example {next(iter(curves))}={counts}")
    return dict.fromkeys(curves, counts)


def read_arms(
    data: GivenTable,
    *,
    time_unit: str | None = None,
    event_coding: str | None = None,
    allow_implausible: bool = False,
) -> tuple[list[Rebuilt], list[str]]:
    """Read the individuals of each arm from a table; see `read_patients` for what it holds.

    Returns
    -------
        Arms in alphabetical order, with no gap to any curve; how the file was read and what is not used, in words.

    Raises
    ------
    InputError
        If the file cannot be read, or does not say who had the event.
    """
    from cereblon.synthesis.adjustment.patients import read_patients

    individuals = read_patients(
        data, time_unit=time_unit, event_coding=event_coding, allow_implausible=allow_implausible
    )
    if individuals.month is None or individuals.observed is None:
        raise InputError(
            f"{individuals.where}: there is no column that says who had the event",
            hint="call it event, status or cnsr",
        )
    arms = []
    for arm in individuals.arms:
        rows = np.flatnonzero(individuals.arm == arm)
        order = rows[np.lexsort((~individuals.observed[rows], individuals.month[rows]))]
        nothing = float("nan")
        arms.append(Rebuilt(arm, individuals.month[order], individuals.observed[order], nothing, nothing, None, ()))
    left = [*individuals.covariates, *(["response"] if individuals.response is not None else [])]
    return arms, [*individuals.notes, *([f"{individuals.where}: not used here: {', '.join(left)}"] if left else [])]
