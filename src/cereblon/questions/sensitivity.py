"""Rank the numbers of the model by what they do to the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from os.path import relpath
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from cereblon.calibration.sensitivity import Sensitivity, analyse, ranked, tornado
from cereblon.calibration.sensitivity_page import sensitivity_page
from cereblon.core.arguments import out_of_range
from cereblon.core.errors import ArgumentError
from cereblon.core.parameter import meaning_of
from cereblon.core.plain_text import table_text
from cereblon.core.rows import Row
from cereblon.questions.progress import Progress, Reporter
from cereblon.questions.result import Result
from cereblon.report.document import Document, part
from cereblon.trials.summary import parameter_draws

if TYPE_CHECKING:
    import altair as alt

_SHOWN, _FIRST = 20, 10


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class SensitivityAnalysis(Result):
    """Parameters by their share in the variance of hazard ratios, response, medians and landmarks.

    Tables: `effects` (one row an outcome and parameter: Sobol indices, and the outcome at the ends of the parameter's
    range), `ranking` (mean over outcomes), `outcomes`. Chart: `tornado`.

    Parameters
    ----------
    found
        Effects, centres and what the surfaces leave unexplained.
    """

    found: Sensitivity

    def answer(self) -> str:
        """Name the first parameters."""
        return "\n".join(self._lines(_FIRST))

    def text(self) -> str:
        """Name the first twenty parameters."""
        return "\n".join(self._lines(_SHOWN))

    def _lines(self, count: int) -> list[str]:
        columns = ("share", "parameter", "basis", "meaning")
        rows = [
            (f"{100 * share:.1f} %", name, basis, meaning_of(name))
            for name, basis, share in ranked(self.found.effects)[:count]
        ]
        outcomes = f"Share of the variance, mean over outcomes ({len(self.found.centres)}):"
        return [self._first(), outcomes, "", table_text(columns, rows, right=("share",), folded=("meaning",))]

    def _first(self) -> str:
        """Name the parameter that moves the outcomes most."""
        name, basis, share = ranked(self.found.effects)[0]
        said = f"{meaning_of(name)} ({name}, {basis})" if meaning_of(name) else f"{name} ({basis})"
        return f"What moves the outcomes most is the {said}: {100 * share:.0f} % of their variance."

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `effects`, `ranking` and `outcomes`."""
        return {
            "effects": [asdict(one) for one in self.found.effects],
            "ranking": [
                {"parameter": name, "basis": basis, "share": share}
                for name, basis, share in ranked(self.found.effects)
            ],
            "outcomes": [
                {"outcome": name, "centre": centre, "unexplained": self.found.unexplained[name]}
                for name, centre in self.found.centres.items()
            ],
        }

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw `tornado`: each outcome at the ends of each parameter's range."""
        return {"tornado": tornado(self.found)}

    def content(self) -> Mapping[str, object]:
        """Give centres, unexplained shares, runs and rows."""
        found = self.found
        rows = self.tables()["effects"]
        return {"centres": found.centres, "unexplained": found.unexplained, "runs": found.runs, "rows": rows}

    def document(self) -> Document:
        """Give ranking, picture and effects as a document."""
        tables: Any = self.tables()
        lead = f"{self.found.runs} runs with {self.found.per_arm} patients in an arm."
        return Document(
            title="What moves the answer",
            lead=[
                self._first(),
                lead,
                "Share: total Sobol index of a quadratic surface fitted to the runs, mean over outcomes.",
            ],
            sections=[
                part("Ranking", rows=tables["ranking"]),
                part("Outcomes at the ends of each parameter's range", chart=tornado(self.found)),
                part("Outcomes", rows=tables["outcomes"]),
            ],
        )

    def write_reference_page(self, path: Path, *, picture: Path | None = None) -> Path:
        """Write the page of the documentation (Markdown).

        Parameters
        ----------
        path
            Of the page.
        picture
            Tornado picture that the page shows.

        Raises
        ------
        InputError
            If it cannot be written.
        """
        from cereblon.core.output_files import write_text

        shown = "" if picture is None else Path(relpath(picture, path.parent)).as_posix()
        asked = f" --picture {picture}" if picture else ""
        page = sensitivity_page(self.found, command=f"cereblon sensitivity{asked} --docs {path}", picture=shown)
        write_text(path, page)
        return path


def sensitivity(
    *, runs: int = 192, per_arm: int = 128, seed: int = 4711, progress: Progress = None
) -> SensitivityAnalysis:
    """Rank fitted and assumed parameters by what they do to VRd, DRd, KRd and IRd against Rd.

    Fitted parameters vary over the shipped draws, assumed ones within a factor, 1.5 or as their file says. Sobol
    indices of the hazard ratio, overall and complete response, medians and landmarks of progression-free and overall
    survival, on surfaces fitted to the simulator. Takes about five minutes on two cores.

    Parameters
    ----------
    runs
        Sets of parameters that are simulated, 32 to 4096.
    per_arm
        Subjects of an arm in each, 32 to 5000.
    seed
        Of points, patients and chance.
    progress
        Whether lines are shown on stderr: where somebody watches if None; or a function that is given each line.

    Raises
    ------
    InputError
        If a number is out of its range, or the shipped draws belong to another version of the model.

    Examples
    --------
    >>> import cereblon as cb
    >>> cb.sensitivity(runs=64).table("ranking")  # doctest: +SKIP
    """
    from cereblon.model.engine.batch import use_compilation_cache

    problems = out_of_range(runs=(runs, 32, 4096), per_arm=(per_arm, 32, 5000), seed=(seed, 0, 2**31 - 1))
    if problems:
        raise ArgumentError("\n".join(problems))
    use_compilation_cache()
    reporter = Reporter(progress)
    reporter.say(f"seed {seed}")
    return SensitivityAnalysis(
        found=analyse(parameter_draws(None), runs=runs, per_arm=per_arm, seed=seed, report=reporter.say)
    )
