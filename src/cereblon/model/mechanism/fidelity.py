"""How far the reduced form is from the full network: cases, day averages, deviations, and the table of the docs.

`python -m scripts.mechanism_pictures` writes table and pictures of the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from cereblon.core.marked_page import Markers
from cereblon.core.parameter import values
from cereblon.model.drugs.disposition import ORAL, Modes, dose_average
from cereblon.model.drugs.exposure import course
from cereblon.model.drugs.saturation import INTERVALS, graded_edges, graded_nodes, graded_widths
from cereblon.model.mechanism.reduced import (
    effector_day,
    follow,
    imid_day,
    marrow_day,
    proliferation_loss,
    settled_share,
)
from cereblon.model.mechanism.solve import Floats, solve
from cereblon.model.mechanism.treatment import Treatment, TreatmentDose, adult, linear_modes

MARKERS = Markers("<!-- reduction -->", "<!-- end of reduction -->")
DAYS = 28
NEUTROPHIL_SLOPE = "slope_lenalidomide"


@dataclass(frozen=True)
class Case:
    """One dose in one patient type: 28-day cycle, lenalidomide on days 1 to 21, dexamethasone weekly."""

    mg: float
    every: int  # days between doses
    crcl_ml_min: float
    by_label: bool

    @property
    def name(self) -> str:
        """Words for tables."""
        interval = "daily" if self.every == 1 else f"every {self.every} days"
        return f"{self.mg:g} mg {interval}, {self.crcl_ml_min:g} mL/min"


CASES: tuple[Case, ...] = (
    Case(25, 1, 90, True),
    Case(25, 1, 60, True),
    Case(15, 1, 90, True),
    Case(10, 1, 90, True),
    Case(5, 1, 90, True),
    Case(10, 1, 45, True),
    Case(15, 2, 20, True),
    Case(2.5, 1, 90, False),
    Case(50, 1, 90, False),
    Case(25, 1, 20, False),
)


@dataclass(frozen=True)
class Quantity:
    """A day-average effect in both forms and how far apart they may be."""

    name: str
    bound: float  # mean over the days of dosing, absolute
    worst_day: float  # on any day, absolute
    reason: str


QUANTITIES: tuple[Quantity, ...] = (
    Quantity("direct_killing", 0.05, 0.13, "a dose a fifth higher or lower moves it as much"),
    Quantity("effector", 0.025, 0.04, "a tenth of the rise that lenalidomide gives"),
    Quantity("maturation", 0.005, 0.02, "a twenty-fifth of the block, whose spread between patients is 60 %"),
)
"""Allowed at the label's doses. On single days one delay of two days runs ahead of the chain that it stands for."""


@dataclass(frozen=True, eq=False)
class Pair:
    """Day averages of one case, [day], by quantity."""

    case: Case
    full: dict[str, Floats]
    reduced: dict[str, Floats]

    def mean_gap(self, quantity: str) -> float:
        """Reduced minus full, mean over the 21 days of dosing."""
        return float((self.reduced[quantity] - self.full[quantity])[:21].mean())

    def worst_gap(self, quantity: str) -> float:
        """Largest absolute difference of any day."""
        return float(np.abs(self.reduced[quantity] - self.full[quantity]).max())


def treatment(case: Case) -> Treatment:
    """Give the doses of a case."""
    return Treatment(
        name=case.name,
        doses=(
            TreatmentDose(drug="lenalidomide", mg=case.mg, route="oral", days=tuple(range(0, 21, case.every))),
            TreatmentDose(drug="dexamethasone", mg=40.0, route="oral", days=(0, 7, 14, 21)),
        ),
    )


def pair(case: Case) -> Pair:
    """Solve a case with both."""
    given, who = treatment(case), {"crcl_ml_min": case.crcl_ml_min}
    (full,) = solve([given], days=DAYS, covariates=who)
    return Pair(
        case=case,
        full={quantity.name: full.day_means(quantity.name) for quantity in QUANTITIES},
        reduced=reduced_course(given, who),
    )


def reduced_course(given: Treatment, covariates: Mapping[str, float]) -> dict[str, Floats]:
    """Step the reduced form through the days of a cycle, as the trial engine does.

    Parameters
    ----------
    given
        Lenalidomide and dexamethasone.
    covariates
        As in `treatment.adult`.

    Returns
    -------
        Day averages of the quantities, [day].
    """
    effects, slope = values("effects"), values("neutrophils")[NEUTROPHIL_SLOPE]
    with jax.enable_x64(True):
        p = {name: jnp.asarray(value) for name, value in effects.items()}
        modes = linear_modes(given, adult(covariates))
        moments, weights = graded_nodes()
        times = (jnp.arange(float(DAYS))[:, None] + moments[None, :]).reshape(-1)
        levels = {
            dose.drug: course(modes[dose.drug], ORAL, dose.mg, dose.days, times).reshape(DAYS, -1)
            for dose in given.doses
        }
        share = [float(weight) for weight in weights]
        widths = [float(width) for width in graded_widths()]
        intervals = _interval_means(given, modes["lenalidomide"])
        imid = glucocorticoid = acting = jnp.zeros(())
        effector = jnp.ones(())
        days: dict[str, list[float]] = {quantity.name: [] for quantity in QUANTITIES}
        for day in range(DAYS):
            plasma = list(levels["lenalidomide"][day])
            imid, killing = imid_day(imid, plasma, share, p)
            driver = settled_share(list(levels["dexamethasone"][day]), share, p["dexamethasone_half_effect"])
            glucocorticoid, steroid = follow(glucocorticoid, driver, p["dexamethasone_delay"])
            effector, state = effector_day(effector, killing, steroid, jnp.zeros(()), p)
            acting, means = marrow_day(acting, list(intervals[day]), widths, p)
            mean = sum((width * one for width, one in zip(widths, means, strict=True)), jnp.zeros(()))
            days["direct_killing"].append(float(killing))
            days["effector"].append(float(state))
            days["maturation"].append(float(1.0 - proliferation_loss(slope, mean)))
    return {name: np.asarray(series) for name, series in days.items()}


def _interval_means(given: Treatment, modes: Modes) -> Array:
    """Average lenalidomide in plasma over the intervals of each day, [day, interval], mg/L."""
    dose, starts = given.of("lenalidomide"), jnp.arange(float(DAYS))
    if dose is None:
        return jnp.zeros((DAYS, INTERVALS))
    edges = jnp.append((starts[:, None] + graded_edges()[None, :-1]).reshape(-1), float(DAYS))
    total = sum((dose_average(modes, edges - day)[ORAL] for day in dose.days), jnp.zeros(DAYS * INTERVALS))
    return (dose.mg * total).reshape(DAYS, INTERVALS)


def markdown_table(pairs: Sequence[Pair]) -> str:
    """Write means over the days of dosing in both forms, and what is allowed."""
    lines = [
        "| dose, creatinine clearance | "
        + " | ".join(f"{q.name.replace('_', ' ')}, network | reduced | worst day" for q in QUANTITIES)
        + " |",
        "|---|" + "--:|" * (3 * len(QUANTITIES)),
    ]
    for one in pairs:
        cells = []
        for quantity in QUANTITIES:
            full, reduced = (float(days[quantity.name][:21].mean()) for days in (one.full, one.reduced))
            cells += [f"{full:.3f}", f"{reduced:.3f}", f"{one.worst_gap(quantity.name):.3f}"]
        outside = "" if one.case.by_label else " (not a label dose)"
        lines.append(f"| {one.case.name}{outside} | " + " | ".join(cells) + " |")
    allowed = " | ".join(f"| {q.bound:g} | {q.worst_day:g}" for q in QUANTITIES)
    lines.append(f"| **allowed difference at label doses** | {allowed} |")
    return "\n".join(lines)
