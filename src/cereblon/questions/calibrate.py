"""Fit the model to the calibration studies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from cereblon.calibration.evaluation import QUICK, CalibrationSettings, Evaluations, pose
from cereblon.calibration.fit import fit
from cereblon.calibration.posterior import ensemble_of, sentences
from cereblon.calibration.spread import with_spread
from cereblon.calibration.stage import fit_stage, pose_stage
from cereblon.calibration.stages import REFRACTORY, FittingStage, stage_of
from cereblon.calibration.structure_table import SIZES
from cereblon.core.errors import ArgumentError
from cereblon.core.rows import Row
from cereblon.model.engine.ensemble import Ensemble, read_ensemble, save_ensemble
from cereblon.questions.progress import Progress, Reporter
from cereblon.questions.result import Result
from cereblon.report.document import Document, part

if TYPE_CHECKING:
    import altair as alt

_ABOUT = (
    "Studies of role validation were not read. Prior and draws are given as median with 5th and 95th percentile, in "
    "the unit of the parameter."
)
_KEPT = ("method", "evidence", "settings", "studies", "targets", "between_trial_sd", "methods")


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class Calibration(Result):
    """Draws of the fitted parameters, and how well they say what was published.

    Tables: `parameters` (prior and draws), `left_out` (each published number predicted while its study was not
    fitted), `predicted`. Chart: `parameters`.

    Parameters
    ----------
    ensemble
        The draws, with what made them.
    folder
        Where they were written.
    """

    ensemble: Ensemble
    folder: Path

    def text(self) -> str:
        """Say what the calibration found."""
        return "\n".join(sentences(self.ensemble))

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `parameters`, `left_out` and `predicted`."""
        made = self.ensemble.provenance
        return {name: made[name] for name in ("parameters", "left_out", "predicted")}

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw `parameters`: how much of its prior's spread each parameter kept."""
        from cereblon.calibration.picture import kept_of_prior

        return {"parameters": kept_of_prior(self.ensemble.provenance["parameters"])}

    def content(self) -> Mapping[str, object]:
        """Give method, settings, studies, scores and the tables."""
        return {name: self.ensemble.provenance[name] for name in _KEPT} | dict(self.tables())

    def document(self) -> Document:
        """Give scores, parameters and left-out numbers as a document."""
        tables: Any = self.tables()
        return Document(
            title="Calibration",
            lead=[*sentences(self.ensemble), _ABOUT],
            sections=[
                part("Kept of the prior's spread", chart=self.chart()),
                part("Parameters", rows=tables["parameters"]),
                part("Published numbers while their study was left out", rows=tables["left_out"]),
            ],
        )


def calibration_settings(
    *, quick: bool = False, of_structures: bool = False, only: str | None = None, **changes: Any
) -> CalibrationSettings:
    """Give the sizes of a calibration, some of them changed.

    Parameters
    ----------
    quick
        Start from a small fit of two studies.
    of_structures
        Start from the sizes at which structures are compared.
    only
        Start from the sizes at which this stage is fitted.
    changes
        Fields of `CalibrationSettings`; None changes nothing.
    """
    if only is not None:
        start = stage_of(only).sizes
    else:
        start = QUICK if quick else SIZES if of_structures else CalibrationSettings()
    return replace(start, **{name: value for name, value in changes.items() if value is not None})


def calibrate(
    settings: CalibrationSettings | None = None,
    *,
    quick: bool = False,
    only: str | None = None,
    out: Path | str = Path("runs/ensemble"),
    work: Path | str | None = None,
    progress: Progress = None,
) -> Calibration:
    """Fit the free parameters to the calibration studies and write an ensemble of draws.

    Studies of role validation are not read. Two methods are run, an ensemble smoother on the simulator and a sampler
    on an emulator of it; the one that predicts left-out studies better is kept. The full run takes 20 to 40 minutes
    on two cores; the same seed gives the same draws.

    Parameters
    ----------
    settings
        Sizes, seed, studies, structure and held parameters; the usual ones if None.
    quick
        A small fit of two studies, to try the function; not for use.
    only
        Fit one stage, all else stays as in the draws of the package: `deaths` (rates of death, to overall survival)
        or `refractory` (patients refractory to lenalidomide, and the drugs that were tried in them alone).
    out
        Folder of the ensemble.
    work
        Finished runs are kept there, so that a stopped calibration goes on; none are kept if None.
    progress
        Whether lines are shown on stderr: where somebody watches if None; or a function that is given each line.

    Raises
    ------
    InputError
        If a study may not be fitted, a structure or a held parameter is not known, or a folder cannot be used.

    Examples
    --------
    >>> import cereblon as cb
    >>> cb.calibrate(quick=True, out="runs/quick").text()  # doctest: +SKIP
    """
    from cereblon.model.engine.batch import use_compilation_cache

    if quick and settings is not None:
        raise ArgumentError("quick does not apply beside settings: both say how large the fit is")
    if quick and only:
        raise ArgumentError("quick does not apply beside only: a stage is fitted to the draws of the package")
    use_compilation_cache()
    reporter = Reporter(progress)
    chosen = settings or calibration_settings(quick=quick, only=only)
    reporter.say(f"seed {chosen.seed}")
    kept = None if work is None else Path(work)
    if only is not None:
        ensemble = _fit_stage(stage_of(only), chosen, read_ensemble(), kept, reporter)
        if not chosen.studies:
            ensemble = with_spread(ensemble, reporter.say)
    else:
        problem = pose(chosen)
        reporter.say(f"{len(problem.targets)} targets, {len(problem.free)} free parameters")
        ensemble = ensemble_of(problem, fit(problem, Evaluations(problem, kept), reporter.say))
        if not chosen.studies:
            sizes = replace(chosen, steps=REFRACTORY.sizes.steps, per_arm=REFRACTORY.sizes.per_arm)
            ensemble = _fit_stage(REFRACTORY, sizes, ensemble, kept and kept / REFRACTORY.name, reporter)
            ensemble = with_spread(ensemble, reporter.say)
    save_ensemble(Path(out), ensemble)
    return Calibration(ensemble=ensemble, folder=Path(out))


def _fit_stage(
    stage: FittingStage, settings: CalibrationSettings, start: Ensemble, work: Path | None, reporter: Reporter
) -> Ensemble:
    problem = pose_stage(stage, settings, start)
    reporter.say(f"{stage.name}: {len(problem.targets)} targets, {len(problem.free)} free parameters")
    return fit_stage(stage, problem, Evaluations(problem, work), reporter.say)
