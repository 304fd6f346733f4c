"""Which stages follow the whole fit: what each moves, and the trials and numbers that it is fitted to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cereblon.calibration.evaluation import CalibrationSettings
from cereblon.calibration.priors import free_parameters
from cereblon.core.errors import unknown_name


@dataclass(frozen=True, kw_only=True)
class FittingStage:
    """What is fitted again.

    Parameters
    ----------
    name
        For the command.
    moved
        Parameters that are fitted, by group.name.
    may_change
        Beginnings of the names of parameters that may have changed since the draws were made.
    endpoints
        Numbers that are aimed at; all that a fit aims at when empty.
    studies
        Fitted; all calibration studies that state a trial when empty.
    sizes
        Members are the draws.
    """

    name: str
    moved: tuple[str, ...]
    may_change: tuple[str, ...]
    endpoints: tuple[str, ...] = ()
    studies: tuple[str, ...] = ()
    sizes: CalibrationSettings


DEATHS = FittingStage(
    name="deaths",
    moved=("mortality.disease_rate", "mortality.disease_by_line", "mortality.treatment_rate"),
    may_change=("mortality.",),
    endpoints=("os_median", "os_rate", "os_hr"),
    # Three parameters and one group of endpoints need fewer patients and assimilations than a whole fit.
    sizes=CalibrationSettings(steps=2, per_arm=42),
)
REFRACTORY = FittingStage(
    name="refractory",
    moved=tuple(one.label for one in free_parameters() if one.stage == "refractory"),
    may_change=(
        "clones.growth_refractory",
        "clones.sensitivity_refractory",
        "carfilzomib.",
        "pomalidomide.",
        "isatuximab.",
        "elotuzumab.",
    ),
    studies=("apollo", "candor", "eloquent3", "erd-phase2", "icaria", "optimismm"),
    sizes=CalibrationSettings(steps=3, per_arm=102),
)
STAGES: Mapping[str, FittingStage] = {one.name: one for one in (DEATHS, REFRACTORY)}


def stage_of(name: str) -> FittingStage:
    """Look a stage up.

    Raises
    ------
    InputError
        If there is none of the name.
    """
    if name not in STAGES:
        raise unknown_name("stage of the calibration", name, list(STAGES))
    return STAGES[name]
