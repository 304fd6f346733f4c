"""Courses that many tests look at, solved once: one compiled program for all treatments of one person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

import pytest

from cereblon.model.mechanism.scenarios import treatment
from cereblon.model.mechanism.solve import MarkerCourse, solve
from cereblon.model.mechanism.treatment import Treatment, TreatmentDose, adult

DEXAMETHASONE = TreatmentDose(drug="dexamethasone", mg=40.0, route="oral", days=(0, 7, 14, 21))


def _treatments() -> dict[str, Treatment]:
    person = adult()
    made = {
        "nothing": Treatment(name="nothing", doses=()),
        "r": treatment((), person),
        "r10": treatment((), person, mg=10.0),
        "r5": treatment((), person, mg=5.0),
        "d": Treatment(name="d", doses=(DEXAMETHASONE,)),
        "rd": treatment(("dexamethasone",), person),
        "rd daily": Treatment(
            name="rd daily",
            doses=(
                treatment((), person).doses[0],
                TreatmentDose(drug="dexamethasone", mg=40.0, route="oral", days=tuple(range(28))),
            ),
        ),
        "v": treatment(("bortezomib",), person, mg=0.0),
        "rv": treatment(("bortezomib",), person),
        "k": treatment(("carfilzomib",), person, mg=0.0),
        "i": treatment(("ixazomib",), person, mg=0.0),
        "a": treatment(("daratumumab",), person, mg=0.0),
        "ra": treatment(("daratumumab",), person),
        "rda": treatment(("dexamethasone", "daratumumab"), person),
        "stepped": Treatment(
            name="stepped",
            doses=(
                TreatmentDose(
                    drug="carfilzomib", mg=38.0, route="iv", days=(0, 1, 7, 8), relative=(1.0, 1.0, 1.35, 1.35)
                ),
                TreatmentDose(
                    drug="dexamethasone", mg=40.0, route="oral", days=(0, 7, 14), relative=(0.5, 1.0, 0.25)
                ),
                TreatmentDose(drug="daratumumab", mg=1800.0, route="sc", days=(0, 7, 14), relative=(0.5, 1.0, 1.5)),
            ),
        ),
    }
    return made


TREATMENTS = _treatments()
Solve = Callable[..., MarkerCourse]


@pytest.fixture(scope="session")
def course() -> Solve:
    """Give one course by the key of its treatment; other keywords are those of `solve`."""

    @cache
    def standard() -> dict[str, MarkerCourse]:
        return dict(zip(TREATMENTS, solve(list(TREATMENTS.values())), strict=True))

    @cache
    def changed(
        key: str, crcl: float | None, knockout: tuple[str, ...], changes: tuple[tuple[str, float], ...]
    ) -> MarkerCourse:
        covariates: Mapping[str, float] = {} if crcl is None else {"crcl_ml_min": crcl}
        return solve([TREATMENTS[key]], covariates=covariates, knockout=knockout, changes=dict(changes))[0]

    def one(
        key: str,
        *,
        crcl: float | None = None,
        knockout: Sequence[str] = (),
        changes: Sequence[tuple[str, float]] = (),
    ) -> MarkerCourse:
        if crcl is None and not knockout and not changes:
            return standard()[key]
        return changed(key, crcl, tuple(knockout), tuple(changes))

    return one
