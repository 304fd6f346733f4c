"""Make a population like a study: its published baseline figures and its entry criteria."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from cereblon.core.errors import InputError
from cereblon.core.names import LONGEST_NAME, shortened
from cereblon.model.patients.baseline import TARGETS, why_not
from cereblon.model.patients.correlation import SCORES
from cereblon.model.patients.eligibility import Eligibility
from cereblon.model.patients.population import Population
from cereblon.model.patients.quantities import Floats, Number
from cereblon.model.patients.targets import COMPARED_TOLERANCE, SHARE_TOLERANCE, Target
from cereblon.model.patients.virtual_patients import VirtualPatients

_SAMPLE = 10_000
_MOST_STEPS = 60
_LEAST_ACCEPTED = 0.03  # below it, drawing again takes too many attempts


@dataclass(frozen=True, kw_only=True, slots=True)
class ReachedFigure:
    """A published figure that the population was moved to, or compared with.

    Parameters
    ----------
    endpoint, published
        Name and value in the evidence vocabulary.
    before, after
        The same figure in patients of the population as it was, with the study's criteria, and as it is now.
    steered
        False if another figure fixes the same thing, so that this one was only compared.
    reached
        Whether `after` is within the tolerance of `published`.
    """

    endpoint: str
    published: float
    before: float
    after: float
    steered: bool
    reached: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class UnusedFigure:
    """A published figure that could not be used, and why."""

    endpoint: str
    published: float
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MatchedPopulation:
    """A population made like a study, with an account of what was used.

    Parameters
    ----------
    population
        The population that was made.
    used, unused
        Figures that could be used, reached or not, and those that could not.
    accepted
        Share of patients drawn at first who meet limits and criteria; the others are drawn again.
    from_memory
        Endpoints of used figures that nobody has checked at the source.
    """

    population: Population
    used: tuple[ReachedFigure, ...]
    unused: tuple[UnusedFigure, ...]
    accepted: float
    from_memory: tuple[str, ...] = ()

    @property
    def missed(self) -> tuple[ReachedFigure, ...]:
        """Figures that the population does not have, whether steered or compared."""
        return tuple(figure for figure in self.used if not figure.reached)


def match_population(
    population: Population,
    facts: Sequence[tuple[str, float]],
    eligibility: Eligibility | Mapping[str, Number] | None = None,
    *,
    set_aside: Mapping[str, str] | None = None,
    name: str | None = None,
) -> MatchedPopulation:
    """Move a population's marginals until its patients have a study's published baseline figures.

    The criteria come first: marginals are moved so that the patients who meet them have the published figures. All
    moves are made on one fixed sample, so that equal inputs give an equal population.

    Parameters
    ----------
    population
        The population to start from.
    facts
        Pairs of endpoint (evidence vocabulary) and value in its unit; for an endpoint given twice the first holds.
    eligibility
        The study's entry criteria, added to those of the population.
    set_aside
        Endpoints that shall not be used although they could be, each with the reason.
    name
        Name of the new population; its old name if not given.

    Raises
    ------
    InputError
        If a value is no number, a share lies outside 0 to 100, or the criteria leave almost nobody.
    """
    _check(facts)
    aside = dict(set_aside or {})
    wanted: dict[str, float] = {}
    for endpoint, value in facts:
        wanted.setdefault(endpoint, float(value))
    usable = {endpoint: TARGETS[endpoint] for endpoint in TARGETS if endpoint in wanted and endpoint not in aside}
    steering = _first_of_each_knob(usable)
    start = population.model_copy(
        update={
            "eligibility": population.eligibility.joined(eligibility or {}),
            "name": shortened(name or population.name, LONGEST_NAME),
        }
    )
    before, _ = _accepted(start)
    moved, after, accepted = _steered(start, steering, wanted)
    used = tuple(
        ReachedFigure(
            endpoint=endpoint,
            published=wanted[endpoint],
            before=target.measure(before),
            after=target.measure(after),
            steered=endpoint in steering,
            reached=_is_reached(target, target.measure(after), wanted[endpoint], steered=endpoint in steering),
        )
        for endpoint, target in usable.items()
    )
    unused = tuple(
        UnusedFigure(endpoint=endpoint, published=value, reason=aside.get(endpoint) or why_not(endpoint))
        for endpoint, value in wanted.items()
        if endpoint not in usable
    )
    return MatchedPopulation(
        population=Population.model_validate(moved.model_dump()), used=used, unused=unused, accepted=accepted
    )


def _first_of_each_knob(usable: Mapping[str, Target]) -> dict[str, Target]:
    steering: dict[str, Target] = {}
    for endpoint, target in usable.items():
        if all(target.knob != other.knob for other in steering.values()):
            steering[endpoint] = target
    if len([name for name in steering if "prior_lines" in name]) > 1:  # shares fix the median
        steering.pop("baseline_prior_lines_median", None)
    return steering


def _steered(
    population: Population, steering: Mapping[str, Target], wanted: Mapping[str, float]
) -> tuple[Population, VirtualPatients, float]:
    patients, accepted = _accepted(population)
    for _ in range(_MOST_STEPS):
        moved: set[str] = set()
        for endpoint, target in steering.items():
            measured = target.measure(patients)
            # Two figures of one block take turns: what the first changes, the second has not been measured with.
            if target.block not in moved and abs(measured - wanted[endpoint]) > target.tolerance / 3:
                population = target.move(population, measured, wanted[endpoint])
                moved.add(target.block)
        if not moved:
            break
        patients, accepted = _accepted(population)
    return population, patients, accepted


def _is_reached(target: Target, measured: float, published: float, *, steered: bool) -> bool:
    is_share = target.tolerance == SHARE_TOLERANCE
    tolerance = COMPARED_TOLERANCE if is_share and not steered else target.tolerance
    return abs(measured - published) <= tolerance


def _accepted(population: Population) -> tuple[VirtualPatients, float]:
    """Give those of the fixed sample who meet limits and criteria, and their share."""
    everyone = population.compose(np.arange(_SAMPLE), _fixed_scores())
    patients = everyone.take(population.accepts(everyone))
    share = len(patients) / _SAMPLE
    if share < _LEAST_ACCEPTED:
        met = population.eligibility.shares_met(everyone)
        strictest = sorted(met, key=lambda criterion: met[criterion])[:3]
        shown = ", ".join(f"{criterion} {100 * met[criterion]:.1f} %" for criterion in strictest)
        raise InputError(
            f"population {population.name}: only {100 * share:.1f} % of its patients meet limits and entry criteria",
            hint=f"start from a population nearer to the study; met by fewest: {shown}",
        )
    return patients, share


@cache
def _fixed_scores() -> Floats:
    """Give the sample that all moves are made on: pairs of opposite scores, so that medians carry little noise."""
    rng = np.random.default_rng(20240501)
    half = rng.standard_normal((_SAMPLE // 2, len(SCORES) - 1))
    chain = rng.standard_normal((_SAMPLE // 2, 1))  # the last score came later; drawn apart, it moves no other
    half = np.concatenate([half, chain], axis=1)
    return np.concatenate([half, -half])


def _check(facts: Sequence[tuple[str, float]]) -> None:
    problems = []
    for endpoint, value in facts:
        if not np.isfinite(value):
            problems.append(f"{endpoint}: {value} is not a number")
        elif not endpoint.endswith("_median") and not 0 <= value <= 100:
            problems.append(f"{endpoint}: {value} percent is outside 0 to 100")
        elif endpoint.endswith("_median") and value <= 0:
            problems.append(f"{endpoint}: {value} is not positive")
    if problems:
        raise InputError("\n".join(problems))
