"""Derive the doses of a run again from what was measured, or follow one subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final, overload

from cereblon.core.errors import ArgumentError, InputError
from cereblon.core.kinds import kind_of
from cereblon.core.rows import Row
from cereblon.questions.followed_words import weeks_in_words
from cereblon.questions.progress import Progress, Reporter
from cereblon.questions.result import Result
from cereblon.questions.trial_runs import TrialResult
from cereblon.report.document import Document, part
from cereblon.trials.folder import RunFolder, open_run
from cereblon.verification.replay.checking import RunReplay, trace_rows
from cereblon.verification.replay.replaying import Disagreement

if TYPE_CHECKING:
    import altair as alt
    import pyarrow as pa

_MOST_SHOWN = 50
_MOST_WEEKS = 12
_ABOUT = (
    "Plain Python, written apart from the simulation, reads the recorded counts, grades and dose rules and derives "
    "every dose, hold, reduction and stop again."
)


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class Replay(Result):
    """What a run recorded and the replay did not find, or the other way round.

    Parameters
    ----------
    run_id, rules
        Of the run.
    subjects
        Looked at.
    disagreements
        None of them is what is expected.
    """

    run_id: str
    rules: str
    subjects: int
    disagreements: tuple[Disagreement, ...]

    def answer(self) -> str:
        """Count the disagreements."""
        return f"{self.subjects} subjects, rules {self.rules}: {len(self.disagreements)} disagreements"

    def text(self) -> str:
        """List the first disagreements and count them all."""
        lines = [
            f"subject {one.subject_id}, line {one.line}, day {one.day:g}, {one.drug}: "
            f"{one.what}: run {one.run}, replay {one.replay}"
            for one in self.disagreements[:_MOST_SHOWN]
        ]
        left = len(self.disagreements) - _MOST_SHOWN
        return "\n".join([*lines, *([f"... and {left} more; --csv lists all"] if left > 0 else []), self.answer()])

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `disagreements`, one row each."""
        return {"disagreements": [asdict(one) for one in self.disagreements]}

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Give none."""
        return {}

    def content(self) -> Mapping[str, object]:
        """Give run, rules, subjects and disagreements."""
        return {"run": self.run_id, "rules": self.rules, "subjects": self.subjects, **self.tables()}

    def document(self) -> Document:
        """Give the disagreements as a document."""
        rows: Any = self.tables()["disagreements"]
        return Document(
            title=f"Replay of {self.run_id}",
            lead=[f"{self.answer()}.", _ABOUT],
            sections=[part("Disagreements", rows=rows, folded="Disagreements")] if self.disagreements else [],
        )


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class FollowedSubject(Result):
    """One subject of a run day by day: counts, doses, and every decision with its reason.

    Parameters
    ----------
    run_id, rules, arm, subject
        Run, dose rules, arm and number of the subject.
    weeks
        The weeks on which something was seen or changed, as the replay derives them.
    recorded
        What the run recorded of the first line, for the picture.
    """

    run_id: str
    rules: str
    arm: str
    subject: int
    weeks: tuple[Row, ...]
    recorded: tuple[Row, ...]

    @property
    def _about(self) -> str:
        return f"subject {self.subject}, arm {self.arm}, rules {self.rules}; counts in 10^9/L, haemoglobin in g/L"

    def answer(self) -> str:
        """Give counts, doses and reasons of the first weeks on which something happened."""
        left = len(self.weeks) - _MOST_WEEKS
        return self._words(_MOST_WEEKS) + (f"\n... and {left} more weeks; print() gives all" if left > 0 else "")

    def text(self) -> str:
        """Give counts, doses and reasons, a line for each week on which something happened."""
        return self._words(len(self.weeks))

    def _words(self, most: int) -> str:
        lines = [f"{'day':>5} {'line':>4} {'cycle':>5} {'ANC':>5} {'plt':>4} {'Hb':>4}  doses; reasons"]
        for row in self.weeks[:most]:
            counts = f"{_digits(row['anc'], 2):>5} {_digits(row['platelets'], 0):>4}"
            counts += f" {_digits(row['haemoglobin'], 0):>4}"
            lines.append(f"{row['day']:>5} {row['line']:>4} {row['cycle']:>5} {counts}  {row['doses']}")
            lines += [f"{'':>33}{row[name]}" for name in ("grades", "reasons") if row[name]]
        return "\n".join([self._about, "", *lines])

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `weeks`, one row for each week on which something was seen or changed."""
        return {"weeks": self.weeks}

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw `course`: counts, doses given, decisions and adverse events of the first line."""
        from cereblon.report.followed import followed

        rows: Any = self.recorded
        return {"course": followed(rows)} if rows else {}

    def content(self) -> Mapping[str, object]:
        """Give run, subject, arm and rows."""
        return {"run": self.run_id, "subject": self.subject, "arm": self.arm, "rows": list(self.weeks)}

    def document(self) -> Document:
        """Give course, doses and reasons as a document."""
        weeks: Any = self.weeks
        panels = [part("Course", chart=chart) for chart in self.charts().values()]
        return Document(
            title=f"Subject {self.subject} of {self.run_id}",
            lead=[self._about, _ABOUT],
            sections=[*panels, part("Doses and reasons", rows=weeks)],
            is_live=True,
        )


def _digits(value: object, digits: int) -> str:
    return "" if value is None else f"{float(str(value)):.{digits}f}"


@overload
def replay(
    run: Path | str | TrialResult, *, subject: None = None, most: int | None = None, progress: Progress = None
) -> Replay: ...
@overload
def replay(
    run: Path | str | TrialResult, *, subject: int, most: None = None, progress: Progress = None
) -> FollowedSubject: ...
def replay(
    run: Path | str | TrialResult,
    *,
    subject: int | None = None,
    most: int | None = None,
    progress: Progress = None,
) -> Replay | FollowedSubject:
    """Derive every dose, hold, reduction and stop of a run again, and list what disagrees.

    Parameters
    ----------
    run
        Run folder, or the result of `compare`, `simulate` or `read_run`.
    subject
        Number of a subject to follow day by day instead.
    most
        Look at so many subjects only, from the first; all if None.
    progress
        Whether a bar is shown on stderr: where somebody watches if None.

    Raises
    ------
    RunFolderError
        If it is no finished run folder.
    InputError
        If the run does not hold its dose rules, began before it was recorded, or has no such subject.

    Examples
    --------
    >>> import cereblon as cb
    >>> cb.replay("runs/swog-s0777", subject=12).text()  # doctest: +SKIP
    """
    if subject is not None and most is not None:
        raise ArgumentError("most does not apply where one subject is followed")
    if most is not None and most < 1:
        raise ArgumentError(f"most: {most}, at least 1 subject is needed")
    folder = _folder(run)
    tables = folder.tables()
    replayed = RunReplay(folder.header, tables)
    if subject is not None:
        return _followed(folder, replayed, tables, subject)
    looked = len(replayed.courses[:most])
    with Reporter(progress).count("replaying", looked) as step:
        found = tuple(replayed.disagreements(most=most, progress=step))
    return Replay(run_id=folder.run_id, rules=replayed.rules.id, subjects=looked, disagreements=found)


def _folder(run: Path | str | TrialResult) -> RunFolder:
    if isinstance(run, TrialResult):
        return run.summary.run
    if not isinstance(run, (str, Path)):
        raise InputError(f"run: a run folder or the result of a trial is needed, got {kind_of(run)}")
    return open_run(Path(run))


def _followed(
    folder: RunFolder, replayed: RunReplay, tables: Mapping[str, pa.Table], subject: int
) -> FollowedSubject:
    import pyarrow.compute as pc

    from cereblon.outcomes.followed import followed_subjects

    course = replayed.subject(subject)
    own = {name: table.filter(pc.equal(table["subject_id"], subject)) for name, table in tables.items()}
    return FollowedSubject(
        run_id=folder.run_id,
        rules=replayed.rules.id,
        arm=course.arm,
        subject=subject,
        weeks=weeks_in_words(trace_rows(replayed.of(course), replayed.rules), replayed.rules),
        recorded=tuple(followed_subjects(own)),
    )
