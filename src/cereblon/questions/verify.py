"""Check that a run folder holds what was written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

from cereblon.core.errors import InputError
from cereblon.core.kinds import kind_of
from cereblon.core.rows import Row
from cereblon.questions.result import Result
from cereblon.report.document import Document, part
from cereblon.trials.checking import Finding, check_count, check_run, run_checksum, strangers
from cereblon.trials.folder import open_run

if TYPE_CHECKING:
    import altair as alt

_MOST_SHOWN = 20


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class RunCheck(Result):
    """What in a run folder is not as it was written.

    Table: `findings`. No chart.

    Parameters
    ----------
    folder, run_id
        Of the run.
    checksum
        One for plan and tables together: who sent the folder can tell it you in another way.
    files
        That were checked.
    findings
        None of them is what is expected.
    unchecked
        Files in the folder that are no part of the run.
    """

    folder: str
    run_id: str
    checksum: str
    files: int
    findings: tuple[Finding, ...]
    unchecked: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether every file of the run is there with the bytes that were written."""
        return not self.findings

    @property
    def notes(self) -> tuple[str, ...]:
        """What lies in the folder and was not checked."""
        if not self.unchecked:
            return ()
        shown = ", ".join(self.unchecked[:_MOST_SHOWN]) + (", ..." if len(self.unchecked) > _MOST_SHOWN else "")
        return (f"no part of the run, so not checked: {shown}",)

    def text(self) -> str:
        """List what is wrong, and say whether the run is whole."""
        shown = [f"{one.file}: {one.problem}; {one.remedy}" for one in self.findings[:_MOST_SHOWN]]
        left = len(self.findings) - len(shown)
        more = [f"... and {left} more; --csv lists all"] if left > 0 else []
        found = f"{len(self.findings)} findings" if self.findings else "all are as they were written"
        return "\n".join([*shown, *more, f"{self.run_id}: {self.files} files, {found}", f"checksum {self.checksum}"])

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `findings`: file, problem and remedy."""
        return {"findings": [asdict(one) for one in self.findings]}

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Give none."""
        return {}

    def content(self) -> Mapping[str, object]:
        """Give run, checksum, whether it is whole, and the findings."""
        return {
            "folder": self.folder,
            "run": self.run_id,
            "checksum": self.checksum,
            "whole": self.is_whole,
            "files": self.files,
            **self.tables(),
        }

    def document(self) -> Document:
        """Give the findings as a document."""
        rows = [asdict(one) for one in self.findings]
        lead = self.text().splitlines()[-2:]
        return Document(title=f"Check of {self.run_id}", lead=lead, sections=[part("Findings", rows=rows)])


def verify(run: Path | str) -> RunCheck:
    """Check every byte of a run folder, for example of one that came from elsewhere.

    Each table must have the bytes that were written, in its place of this run, with rows of this run alone; plan,
    regimens and rules must be those of the run's checksums. Damage is found, and so is a part of another run. A
    folder that somebody made up as a whole is not: compare its `checksum` with that of the sender.

    Parameters
    ----------
    run
        Run folder, for example `runs/swog-s0777`; it is not changed.

    Raises
    ------
    RunFolderError
        If it is no run folder, its `run.json` is damaged, or another version wrote it.

    Examples
    --------
    >>> import cereblon as cb
    >>> cb.verify("runs/swog-s0777").is_whole  # doctest: +SKIP
    True
    """
    if not isinstance(run, (str, Path)):
        raise InputError(f"run: the path of a run folder is needed, got {kind_of(run)}")
    folder = open_run(Path(run))
    return RunCheck(
        folder=str(run),
        run_id=folder.run_id,
        checksum=run_checksum(folder),
        files=check_count(folder),
        findings=tuple(check_run(folder)),
        unchecked=tuple(strangers(folder)),
    )
