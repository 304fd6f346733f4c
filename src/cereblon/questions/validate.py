"""Predict published studies and score the predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from cereblon.calibration.coverage_tables import coverage_sentence, coverage_text, reasons_text
from cereblon.calibration.discrepancy import GROUPS
from cereblon.calibration.pages import SET_TITLES, endpoint_words, record_page, rows_text, scores_table, scores_text
from cereblon.calibration.prediction import Sizes
from cereblon.calibration.predictive_record import PredictiveRecord, make_record, studies_of
from cereblon.core.arguments import out_of_range
from cereblon.core.errors import ArgumentError, CereblonError, InputError
from cereblon.core.plain_text import capital
from cereblon.core.rows import Row
from cereblon.evidence import Study, load_study
from cereblon.model.engine.ensemble import Ensemble, load_ensemble
from cereblon.questions.progress import Progress, Reporter
from cereblon.questions.result import Result
from cereblon.report.document import Document, Section, Table, part

if TYPE_CHECKING:
    import altair as alt

ROLES = ("all", "validation", "calibration")
_ABOUT = (
    "Studies of role validation were never fitted. Every published number gets a 90 % prediction interval from "
    "parameter draws, spread between trials and chance. A study used to change the model no longer counts as "
    "validation."
)


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class Validation(Result):
    """Published numbers beside their predictions, with scores by set.

    Tables: `predictions` (one row a published number), `scores` (one row a set), `coverage` (which share of the
    published numbers can be predicted), `left_out` (why not the rest), `not_simulated`. Chart: `predicted`.

    Parameters
    ----------
    record
        Predictions, scores and what could not be simulated.
    point_values
        Why the point values of the parameters were taken where draws were asked for; empty otherwise.
    named
        Whether the studies were named, not chosen by their role.
    """

    record: PredictiveRecord
    point_values: str = ""
    named: bool = False

    @property
    def left_out(self) -> tuple[str, ...]:
        """What could not be simulated, a sentence each."""
        return tuple(
            f"not simulated: {study}, {_label(study, arm)}: {reason}"
            for study, arm, reason in self.record.not_simulated
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """Which parameters stood in, and what could not be simulated where no study was named."""
        return (*([self.point_values] if self.point_values else []), *(() if self.named else self.left_out))

    def answer(self) -> str:
        """Say what of the named studies is not simulated, what is covered, and how much lies inside its interval."""
        lines = [*(self.left_out if self.named else ())]
        for role in dict.fromkeys(one.role for one in self.record.predictions):
            own = [one.inside for one in self.record.predictions if one.role == role]
            lines.append(
                f"{SET_TITLES.get(role, role)}: {sum(own)} of {len(own)} published numbers lie inside the 90 % "
                "prediction interval"
            )
        if not self.record.predictions:
            lines.append("no published number could be predicted")
        covered = coverage_sentence(self.record.coverage)
        return "\n".join([*lines, covered] if covered else lines)

    def text(self) -> str:
        """Give the answer, every number with its prediction, and the scores."""
        covered = self.record.coverage
        shown = [
            rows_text(_with_labels(self.record)),
            scores_text(self.record),
            coverage_text(covered),
            reasons_text(covered),
        ]
        return "\n\n".join([self.answer(), *shown])

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `predictions`, `scores`, `coverage`, `left_out` and `not_simulated`."""
        content: Any = self.record.as_json()
        scores = [{"set": name, **values} for name, values in self.record.scores.items()]
        left = [{**one, "studies": " ".join(one["studies"])} for one in content["coverage"]["left_out"]]
        return {
            "predictions": content["rows"],
            "scores": scores,
            "coverage": content["coverage"]["rows"],
            "left_out": left,
            "not_simulated": content["not_simulated"],
        }

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw `predicted`: response, complete response, median and hazard ratio, predicted against published."""
        from cereblon.calibration.picture import chart, picture_rows

        return {"predicted": chart(self.record)} if picture_rows(self.record) else {}

    def content(self) -> Mapping[str, object]:
        """Give scores, rows, what was not simulated, and the parameters used."""
        return self.record.as_json()

    def document(self) -> Document:
        """Give scores, picture and all numbers as a document."""
        tables: Any = self.tables()
        drawn = [part("Predicted against published", chart=chart) for chart in self.charts().values()]
        return Document(
            title="Predicted and published",
            lead=[
                *(f"{capital(line)}." for line in self.answer().split("\n")),
                f"{_ABOUT} Parameters: {self.record.ensemble}.",
            ],
            sections=[
                Section("Scores", [Table(*scores_table(self.record))]),
                part("Coverage", rows=[_with_share(row) for row in tables["coverage"]]),
                *([part("Left out", rows=tables["left_out"])] if tables["left_out"] else []),
                *drawn,
                part("Every published number", rows=self._named_rows(), folded="Published and predicted"),
                *(
                    [part("Not simulated", rows=tables["not_simulated"], folded="Not simulated, and why")]
                    if tables["not_simulated"]
                    else []
                ),
            ],
            is_live=True,
        )

    def _named_rows(self) -> list[Row]:
        rows = self.tables()["predictions"]
        return [
            {**row, "endpoint": endpoint_words(one)} for row, one in zip(rows, self.record.predictions, strict=True)
        ]

    def write_reference_page(self, path: Path) -> Path:
        """Write the validation page of the documentation (Markdown).

        Raises
        ------
        InputError
            If it cannot be written.
        """
        from cereblon.core.output_files import write_text

        write_text(path, record_page(self.record))
        return path


def _with_labels(record: PredictiveRecord) -> PredictiveRecord:
    """Call arms as they are printed elsewhere."""
    named = [
        replace(one, arm=_label(one.study, one.arm), versus=one.versus and _label(one.study, one.versus))
        for one in record.predictions
    ]
    return replace(record, predictions=tuple(named))


def _label(study: str, arm: str) -> str:
    """Give the label of an arm of a study of the library; the key of any other."""
    try:
        known = load_study(study).arms
    except CereblonError:  # predicted from a file
        return arm
    return known[arm].label if arm in known else arm


def _with_share(row: Row) -> Row:
    share = row["share"]
    return {**row, "share": f"{100 * share:.0f} %" if isinstance(share, float) else None}


def validate(
    *studies: str | Path | Study,
    role: str = "all",
    ensemble: Path | str | Ensemble | None = None,
    draws: int = 12,
    per_arm: int = 64,
    seed: int = 90210,
    progress: Progress = None,
) -> Validation:
    """Predict published studies and score the predictions.

    Without studies all of a role are predicted, which takes about five minutes on two cores.

    Parameters
    ----------
    studies
        Keys of studies, files in the evidence schema, folders of such files, or studies.
    role
        Which studies where none are named: all, validation or calibration.
    ensemble
        Draws of the parameters: those of the package if None, or the folder that `calibrate` wrote.
    draws
        Number of parameter draws, 1 to 200; 1 takes the point values.
    per_arm
        Subjects of an arm in one replicate, 16 to 5000.
    seed
        Of patients and chance.
    progress
        Whether lines are shown on stderr: where somebody watches if None; or a function that is given each line.

    Raises
    ------
    UnknownNameError
        If a study is not known.
    InputError
        If no arm can be simulated, with the reasons, or the draws belong to another version of the model.

    Examples
    --------
    >>> import cereblon as cb
    >>> cb.validate("pollux").table()  # doctest: +SKIP
    """
    from cereblon.model.engine.batch import use_compilation_cache

    _check(studies, role, draws, per_arm, seed)
    use_compilation_cache()
    reporter = Reporter(progress)
    drawn, point_values = prediction_draws(ensemble, draws)
    sizes = Sizes(draws=draws if draws > 1 else Sizes().draws, per_arm=per_arm, seed=seed)
    chosen = [study for one in studies for study in _studies(one)]
    wanted = chosen or studies_of(("validation", "calibration") if role == "all" else (role,))
    beside = () if chosen or role != "all" else studies_of(("context",))
    reporter.say(f"seed {seed}")
    record = make_record(wanted, drawn, sizes, reporter.say, beside=beside)
    return Validation(record=record, point_values=point_values, named=bool(chosen))


def _studies(given: str | Path | Study) -> list[Study]:
    """Load a study, or every study file of a folder."""
    if isinstance(given, Study):
        return [given]
    if Path(given).is_dir():
        files = sorted(Path(given).glob("*.yaml"))
        if not files:
            raise InputError(f"{given}: the folder holds no study file (.yaml)")
        return [load_study(file) for file in files]
    return [load_study(given)]


def _check(studies: Sequence[object], role: str, draws: int, per_arm: int, seed: int) -> None:
    problems = []
    if role not in ROLES:
        problems.append(f"role {role}: all, validation or calibration")
    if studies and role != "all":
        problems.append("role does not apply where studies are named: they are predicted, whatever their role")
    problems += out_of_range(draws=(draws, 1, 200), per_arm=(per_arm, 16, 5000), seed=(seed, 0, 2**32 - 1))
    if problems:
        raise ArgumentError("\n".join(problems))


def prediction_draws(ensemble: Path | str | Ensemble | None, draws: int) -> tuple[Ensemble | None, str]:
    """Give the draws, and why there are none where some were wanted."""
    if isinstance(ensemble, Ensemble):
        return ensemble, ""
    if ensemble is not None:
        found = load_ensemble(Path(ensemble))
        if missing := sorted(set(GROUPS) - set(found.between_trial_sd())):
            raise InputError(
                f"{ensemble}: has no spread between trials of {', '.join(missing)}", hint="repeat cereblon calibrate"
            )
        return found, ""
    if draws == 1:
        return None, ""
    try:
        return load_ensemble(), ""
    except InputError as error:
        return None, f"{error.message}; predicted with the point values, without parameter draws"
