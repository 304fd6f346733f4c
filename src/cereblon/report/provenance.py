"""Which run and which publications a figure or table shows: the line under each of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cereblon.core.rows import Row, Rows, number, relabelled, text
from cereblon.report import wording
from cereblon.report.document import Said
from cereblon.report.references import References
from cereblon.report.report_data import ReportData

_WHOLE_TRIAL = "whole trial"


@dataclass(frozen=True)
class Page:
    """The report data with what all sections share: arm labels in order and numbered references."""

    data: ReportData
    references: References = field(default_factory=References)

    @property
    def labels(self) -> dict[str, str]:
        """Arm key to its label."""
        return {text(row, "arm"): text(row, "label") for row in self.data.arms}

    @property
    def arms(self) -> list[str]:
        """Labels of the arms, in order."""
        return list(self.labels.values())

    @property
    def population(self) -> str:
        """Who was drawn, in words: a population that is named by the key of this trial is that of its publication."""
        name = self.data.population_name
        return "made like the patients published" if name == f"like {self.data.trial}" else name

    @property
    def run(self) -> str:
        """The run in a few words."""
        version = self.data.versions.get("cereblon", "")
        return f"run {self.data.run_id} (seed {self.data.seed}, cereblon {version})".replace(", cereblon )", ")")

    def relabelled(self, rows: Rows) -> list[Row]:
        """Replace arm keys by labels."""
        return relabelled(rows, {"all": _WHOLE_TRIAL, **self.labels})

    def origin(self, *, simulated: bool, published: Iterable[Row] = (), note: str = "") -> Said:
        """Say where the numbers of a figure or table come from."""
        parts = []
        if simulated:
            parts.append(f"Simulated: {self.run}, {self.size}.")
        if note:
            parts.append(note)
        rows = list(published)
        cites = self.references.cite_all(rows)
        if rows:
            parts.append("Published:" if cites else "Published values: source not given.")
        return Said(" ".join(parts), cites)

    @property
    def size(self) -> str:
        """Subjects per arm and number of replicate trials, in words."""
        sizes = [f"{wording.count(number(row, 'n') or 0)} {text(row, 'label')}" for row in self.data.arms]
        trials = self.data.replicates
        return f"{' + '.join(sizes)} subjects" + (
            f" in each of {wording.count(trials)} replicate trials" if trials > 1 else ""
        )
