"""Whose exposure is computed: how many subjects, of which population, drawn with which seed."""

from __future__ import annotations

from dataclasses import dataclass

from cereblon.core.bounds import need_between

MANY = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Subjects:
    """Subjects to draw.

    Parameters
    ----------
    n
        Number of subjects; 1,000 if None, or one where `typical` leaves nothing to draw.
    seed
        Same seed, same subjects; 1 if None.
    population
        Draw virtual patients of this population, a covariate stated beside it holds for all; copies of the patient
        described if None.
    typical
        Leave out what varies between subjects beside their covariates.
    measured
        Add residual error to the curve, as an assay does.

    Raises
    ------
    ArgumentError
        If a number is out of its range.
    """

    n: int | None = None
    seed: int | None = None
    population: str | None = None
    typical: bool = False
    measured: bool = False

    def __post_init__(self) -> None:
        need_between("subjects", self.n, 1, 100_000)
        need_between("seed", self.seed, 0, 2**32 - 1)

    @property
    def count(self) -> int:
        """Number of subjects."""
        return 1 if self.typical and self.population is None else self.n or MANY

    @property
    def root_seed(self) -> int:
        """Seed of the draws."""
        return 1 if self.seed is None else self.seed

    @property
    def description(self) -> str:
        """What was drawn, in words."""
        return "typical values" if self.typical else f"{self.count:,} subjects, seed {self.root_seed}"
