"""Published baseline figures as targets: how each is measured in drawn patients and which marginal it moves."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from cereblon.model.patients.population import Population
from cereblon.model.patients.quantities import BySex, Continuous, Number, Shares, Sourced
from cereblon.model.patients.virtual_patients import VirtualPatients

Condition = Callable[[VirtualPatients], NDArray[np.bool_]]
Measure = Callable[[VirtualPatients], float]
Move = Callable[[Population, float, float], Population]
StatedT = TypeVar("StatedT", Number, Shares)

_LEAST = 1e-4  # shares are kept this far from 0 and 1 while odds are formed
_LARGEST_STEP = 0.6  # of a spread; a longer step overshoots where entry criteria cut the distribution
_MOVED = "moved to the published figures of a study"
SHARE_TOLERANCE = 0.3  # percentage points; a trial of 500 has a sampling error of about 2
COMPARED_TOLERANCE = 1.0  # percentage points; published shares that should add up to 100 miss it by rounding
AGE_TOLERANCE = 0.15  # years; published medians are whole years
CLEARANCE_TOLERANCE = 0.5  # mL/min; published medians are whole numbers


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """How one published figure is measured in patients and reached.

    Parameters
    ----------
    block
        Block of the population that moves; one figure moves it at a time.
    knob
        What the figure fixes; of two figures with one knob only the first is reached, the other is compared.
    measure
        Gives the figure in drawn patients, in the unit of the evidence vocabulary (percent for shares).
    move
        Takes a population one step nearer, given the figure measured and the one wanted.
    tolerance
        Distance, in the figure's unit, at which it counts as reached.
    """

    block: str
    knob: str
    measure: Measure
    move: Move
    tolerance: float = SHARE_TOLERANCE


def percent(condition: Condition) -> Measure:
    """Measure the percentage of patients who meet a condition."""
    return lambda patients: 100.0 * float(np.count_nonzero(condition(patients))) / max(len(patients), 1)


def share_of(block: str, condition: Condition) -> Target:
    """Reach the share of patients who have something by its stated share."""

    def move(population: Population, measured: float, wanted: float) -> Population:
        number: Number = getattr(population, block)
        if wanted <= 0.0 or wanted >= 100.0:
            return _with(population, block, restated(number, wanted / 100.0))
        return _with(population, block, restated(number, _by_odds(number.value, measured, wanted)))

    return Target(block=block, knob=block, measure=percent(condition), move=move)


def levels(block: str, chosen: Callable[[str], bool], condition: Condition, *, knob: str) -> Target:
    """Reach the share of patients in some levels; the split within them and within the rest stays."""

    def move(population: Population, measured: float, wanted: float) -> Population:
        shares: Shares = getattr(population, block)
        inside = sum(share for level, share in shares.value.items() if chosen(level))
        if not 0.0 < inside < 1.0:  # the population has no such level, or no other: nothing to move
            return population
        aim = _by_odds(inside, measured, wanted)
        scale = {True: aim / inside, False: (1.0 - aim) / (1.0 - inside)}
        scaled = {level: share * scale[chosen(level)] for level, share in shares.value.items()}
        return _with(population, block, restated(shares, scaled))

    return Target(block=block, knob=knob, measure=percent(condition), move=move)


def threshold(block: str, condition: Condition, *, rises: bool) -> Target:
    """Reach the share beyond a threshold by the medians of a continuous block.

    Parameters
    ----------
    rises
        True if higher medians raise the share.
    """

    def move(population: Population, measured: float, wanted: float) -> Population:
        distance = _score(wanted) - _score(measured)
        return shifted(population, block, distance if rises else -distance)

    return Target(block=block, knob=block, measure=percent(condition), move=move)


def median_age() -> Target:
    """Reach the median age by the median of its marginal.

    Publications state age in completed years, which lies half a year below the exact age.
    """

    def move(population: Population, measured: float, wanted: float) -> Population:
        return shifted(population, "age", (wanted - measured) / population.age.spread.value)

    return Target(
        block="age",
        knob="age",
        measure=lambda patients: _median(patients.age) - 0.5,
        move=move,
        tolerance=AGE_TOLERANCE,
    )


def median_clearance() -> Target:
    """Reach the median creatinine clearance by the medians of serum creatinine."""

    def move(population: Population, measured: float, wanted: float) -> Population:
        return shifted(
            population,
            "creatinine_mg_dl",
            math.log(measured / wanted) / population.creatinine_mg_dl.male.spread.value,
        )

    return Target(
        block="creatinine_mg_dl",
        knob="creatinine_mg_dl",
        measure=lambda patients: _median(patients.crcl_ml_min),
        move=move,
        tolerance=CLEARANCE_TOLERANCE,
    )


def median_lines() -> Target:
    """Reach the median number of prior lines by the share of patients above or below it."""

    def move(population: Population, measured: float, wanted: float) -> Population:
        def beyond(level: str) -> bool:
            return int(level) > wanted if measured > wanted else int(level) < wanted

        inside = 100.0 * sum(share for level, share in population.prior_lines.value.items() if beyond(level))
        step = levels("prior_lines", beyond, lambda patients: patients.prior_lines > wanted, knob="prior_lines")
        return step.move(population, inside, 0.85 * min(inside, 50.0))

    return Target(
        block="prior_lines",
        knob="prior_lines",
        measure=lambda patients: _median(patients.prior_lines),
        move=move,
        tolerance=0.0,
    )


def shifted(population: Population, block: str, step: float) -> Population:
    """Move the median of a continuous block, or those of both sexes, by `step` of its spread."""
    marginal: Continuous | BySex = getattr(population, block)
    step = min(max(step, -_LARGEST_STEP), _LARGEST_STEP)
    if isinstance(marginal, Continuous):
        return _with(population, block, _shifted(marginal, step))
    both = {"female": _shifted(marginal.female, step), "male": _shifted(marginal.male, step)}
    return _with(population, block, marginal.model_copy(update=both))


def restated(entry: StatedT, value: float | dict[str, float]) -> StatedT:
    """Give an entry another value and keep on record that it was moved, and from which."""
    if entry.source.startswith(_MOVED):
        source = entry.source
    else:
        source = f"{_MOVED}; before: {_shown(entry)} ({entry.basis}; {entry.source})"
    return entry.model_copy(update={"value": value, "basis": "derived", "source": source})


def _shifted(marginal: Continuous, step: float) -> Continuous:
    middle, spread = marginal.median.value, marginal.spread.value
    moved = middle + step * spread if marginal.distribution == "normal" else middle * math.exp(step * spread)
    return marginal.model_copy(update={"median": restated(marginal.median, moved)})


def _with(population: Population, block: str, value: object) -> Population:
    return population.model_copy(update={block: value})


def _by_odds(share: float, measured: float, wanted: float) -> float:
    """Multiply the odds of a share by wanted over measured odds (both in percent)."""
    odds = [_inside(value) / (1.0 - _inside(value)) for value in (share, wanted / 100.0, measured / 100.0)]
    moved = odds[0] * odds[1] / odds[2]
    return _inside(moved / (1.0 + moved))


def _inside(share: float) -> float:
    return min(max(share, _LEAST), 1.0 - _LEAST)


def _score(share_percent: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(_inside(share_percent / 100.0)))


def _median(values: NDArray[np.float64] | NDArray[np.int64]) -> float:
    return float(np.median(values))


def _shown(entry: Sourced) -> str:
    if isinstance(entry, Shares):
        return ", ".join(f"{level} {share:g}" for level, share in entry.value.items())
    return f"{entry.value:g}" if isinstance(entry, Number) else ""
