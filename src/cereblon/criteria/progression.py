"""Progression visit by visit: the lowest confirmed value and two assessments in a row.

One small state per subject, for the scan of the simulation (jax.numpy) and for arrays over subjects (numpy).
"""

from __future__ import annotations

from types import ModuleType
from typing import NamedTuple

from cereblon.criteria.imwg import Values, flc_progression, serum_progression
from cereblon.criteria.rules import IMWG_2016, Rules

SERUM = 0
"""Progression is followed in serum M-protein, g/L."""
DFLC = 1
"""Progression is followed in involved minus uninvolved free light chain, mg/L."""


class ProgressionState(NamedTuple):
    """What is remembered between two visits of one followed value.

    Parameters
    ----------
    lowest
        Lowest confirmed value: the least, over pairs of consecutive measured assessments, of the higher of the two;
        the baseline counts as confirmed.
    previous_value
        Last measured value.
    previous_met
        Whether the last measured value met progression.
    previous_day
        Day of the last measured value.
    progressed
        Whether progression is confirmed.
    progression_day
        Day of the first of the two assessments; infinite without progression.
    """

    lowest: Values
    previous_value: Values
    previous_met: Values
    previous_day: Values
    progressed: Values
    progression_day: Values


def start(baseline_value: Values, xp: ModuleType, day: float = 0.0) -> ProgressionState:
    """Begin a line: the baseline is the lowest confirmed value.

    Parameters
    ----------
    baseline_value
        Last measurement on or before the start of the line, g/L or mg/L.
    xp
        numpy or jax.numpy.
    day
        Day of the baseline.
    """
    value = xp.asarray(baseline_value) * 1.0  # whole numbers become floats: the day of progression is infinite
    no = xp.zeros(value.shape, dtype=bool)
    return ProgressionState(
        lowest=value,
        previous_value=value,
        previous_met=no,
        previous_day=xp.zeros_like(value) + day,
        progressed=no,
        progression_day=xp.full_like(value, xp.inf),
    )


def step(
    state: ProgressionState,
    value: Values,
    day: Values,
    measured: Values,
    measure: Values,
    xp: ModuleType,
    rules: Rules = IMWG_2016,
) -> ProgressionState:
    """Take one visit into account.

    A visit without measurement changes nothing: the next measured assessment follows the last measured one. Once
    progressed, the state stays.

    Parameters
    ----------
    state
        Before the visit.
    value
        g/L or mg/L, as `measure` says; ignored where not measured.
    day
        Day of the visit.
    measured
        Whether there is a value.
    measure
        `SERUM` (0) or `DFLC` (1).
    xp
        numpy or jax.numpy.
    rules
        Thresholds.
    """
    met = xp.where(
        measure == SERUM,
        serum_progression(value, state.lowest, xp, rules),
        flc_progression(value, state.lowest, xp, rules),
    )
    return advance(state, value, day, measured, met, xp, rules)


def advance(
    state: ProgressionState,
    value: Values,
    day: Values,
    measured: Values,
    met: Values,
    xp: ModuleType,
    rules: Rules = IMWG_2016,
) -> ProgressionState:
    """Take one visit into account whose progression rule has been applied already; parameters as in `step`."""
    counts = measured & ~state.progressed
    confirmed = counts & met & (state.previous_met if rules.confirm_progression else True)
    first_day = state.previous_day if rules.confirm_progression else day
    pair = xp.maximum(state.previous_value, value)
    return ProgressionState(
        lowest=xp.where(counts, xp.minimum(state.lowest, pair), state.lowest),
        previous_value=xp.where(counts, value, state.previous_value),
        previous_met=xp.where(counts, met, state.previous_met),
        previous_day=xp.where(counts, day, state.previous_day),
        progressed=state.progressed | confirmed,
        progression_day=xp.where(confirmed, first_day, state.progression_day),
    )
