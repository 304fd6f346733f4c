"""Fit several structures of the model and score what each says of studies left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from cereblon.calibration.evaluation import CalibrationSettings
from cereblon.calibration.structure_table import SIZES, Scored, structure_page
from cereblon.calibration.structure_table import compare_structures as fit_and_score
from cereblon.calibration.structures import MODEL, log_score_difference, structure
from cereblon.core.rows import Row
from cereblon.questions.progress import Progress, Reporter
from cereblon.questions.result import Result
from cereblon.report.document import Document, part

if TYPE_CHECKING:
    import altair as alt


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class StructureComparison(Result):
    """Structures with the log score of the published numbers that each predicts while their study was left out.

    Tables: `structures`, `studies` (log score by study), `watched` (numbers the structures were meant for).

    Parameters
    ----------
    scored
        By structure, the one that the others are compared with first.
    settings
        Sizes of the fits.
    """

    scored: tuple[Scored, ...]
    settings: CalibrationSettings

    def text(self) -> str:
        """Give the comparison as a page of Markdown."""
        return structure_page(self.scored, self.settings)

    def answer(self) -> str:
        """Give the log score of each structure."""
        return "\n".join(
            f"{row['structure']}: log score {row['log_score']:.1f}, {100 * float(str(row['inside_90'])):.0f} % inside"
            for row in self.tables()["structures"]
        )

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `structures`, `studies` and `watched`."""
        return {
            "structures": [self._row(one) for one in self.scored],
            "studies": [
                {"structure": one.name, "study": study, "log_score": score}
                for one in self.scored
                for study, score in one.by_study.items()
            ],
            "watched": [
                {"structure": one.name, "number": title, "published": published, "predicted": predicted}
                for one in self.scored
                for title, published, predicted in one.watched
            ],
        }

    def _row(self, one: Scored) -> dict[str, Any]:
        reference = self.scored[0]
        ends = (None, None) if one is reference else log_score_difference(one.by_study, reference.by_study)
        return {
            "structure": one.name,
            "meaning": structure(one.name).meaning,
            "log_score": sum(one.by_study.values()),
            "difference": ends[0],
            "standard_error": ends[1],
            "inside_90": one.left_out.inside_90,
            "rms": one.left_out.rms,
            "emulator_rms": one.emulator_rms,
        }

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Give none."""
        return {}

    def content(self) -> Mapping[str, object]:
        """Give the tables."""
        return self.tables()

    def document(self) -> Document:
        """Give the tables as a document."""
        tables: Any = self.tables()
        lead = "Each study is left out in turn and predicted from a fit to the others; a larger log score is better."
        return Document(
            title="Structures compared",
            lead=[lead],
            sections=[part(name, rows=rows) for name, rows in tables.items()],
        )

    def write_reference_page(self, path: Path) -> Path:
        """Write the page of the documentation (Markdown).

        Raises
        ------
        InputError
            If it cannot be written.
        """
        from cereblon.core.output_files import write_text

        write_text(path, self.text())
        return path


def compare_structures(
    name: str | None = None,
    *,
    settings: CalibrationSettings = SIZES,
    work: Path | str | None = None,
    progress: Progress = None,
) -> StructureComparison:
    """Fit structures in a small way and score what each predicts of studies left out.

    Parameters
    ----------
    name
        Of a structure, for example `additive-kill`, to be compared with the model; every structure if None, the model
        alone if `model`.
    settings
        Sizes of the fits, with the same patients for each structure.
    work
        Finished runs are kept there, one folder for each structure.
    progress
        Whether lines are shown on stderr: where somebody watches if None; or a function that is given each line.

    Raises
    ------
    InputError
        If a structure is not known, or a folder cannot be used.

    Examples
    --------
    >>> import cereblon as cb
    >>> cb.compare_structures("additive-kill").table()  # doctest: +SKIP
    """
    from cereblon.model.engine.batch import use_compilation_cache

    use_compilation_cache()
    reporter = Reporter(progress)
    reporter.say(f"seed {settings.seed}")
    names = [] if name is None else list(dict.fromkeys((MODEL, name)))
    found = fit_and_score(names, settings, None if work is None else Path(work), reporter.say)
    return StructureComparison(scored=tuple(found), settings=settings)
