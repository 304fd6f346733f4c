"""Counts of spontaneous reports as reporting ratios, with all their warnings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from cereblon.core.plain_text import paragraph, table_text
from cereblon.core.rows import Row
from cereblon.questions.result import Result
from cereblon.report.document import Document, part
from cereblon.synthesis.spontaneous_reports.disproportionality import GENERAL_WARNINGS, Disproportionality

if TYPE_CHECKING:
    import altair as alt


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ReportingRatios(Result):
    """Reporting ratios; none of them is an incidence.

    Parameters
    ----------
    ratios
        One for each drug and event.
    left_out
        Events, reports or cases that are not counted, each with the reason.
    remarks
        What was understood otherwise than written, and what was passed over.
    """

    ratios: Sequence[Disproportionality]
    left_out: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """How the file was read, and what holds of every reporting ratio."""
        return (*self.remarks, *GENERAL_WARNINGS)

    def text(self) -> str:
        """Give the ratios, and what makes one doubtful."""
        columns = ("drug", "event", "reports", "expected", "ROR (95%)", "PRR (95%)", "IC (95%)")
        cells = [
            [
                one.drug,
                one.event,
                str(one.reports),
                f"{one.expected:.3g}",
                f"{one.ror:.3g} ({one.ror_low:.3g}-{one.ror_high:.3g})",
                f"{one.prr:.3g} ({one.prr_low:.3g}-{one.prr_high:.3g})",
                f"{one.ic:.2f} ({one.ic_low:.2f} to {one.ic_high:.2f})",
            ]
            for one in self.ratios
        ]
        remarks = [
            paragraph(f"! {one.drug}, {one.event}: {remark}")
            for one in self.ratios
            for remark in (*([one.handling] if one.handling else []), *one.warnings)
        ]
        return "\n".join([table_text(columns, cells), *remarks])

    def account(self) -> list[str]:
        """Say what is not counted, line by line."""
        return [f"left out: {line}" for line in self.left_out]

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give one row for each drug and event; a number that does not exist is empty."""
        rows = [{**asdict(one), "warnings": "; ".join(one.warnings)} for one in self.ratios]
        return {"ratios": [{name: None if cell != cell else cell for name, cell in row.items()} for row in rows]}

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw reporting odds ratios with their intervals on a logarithmic axis."""
        from cereblon.report.points import points_chart

        rows = [
            {
                "panel": "reporting odds ratio; not an incidence",
                "label": f"{one.drug}: {one.event}",
                "group": "reports",
                "value": one.ror,
                "low": one.ror_low,
                "high": one.ror_high,
                "unit": "ratio",
                "words": f"{one.ror:.3g} (95% {one.ror_low:.3g}-{one.ror_high:.3g}), {one.reports} reports",
            }
            for one in self.ratios
        ]
        return {"reporting_odds_ratios": points_chart(rows)}

    def content(self) -> Mapping[str, object]:
        """Give the ratios and what is not counted."""
        return {**self.tables(), "left_out": self.left_out}

    def document(self) -> Document:
        """Give the ratios with all their warnings as a document."""
        rows = [
            {
                "drug": one.drug,
                "event": one.event,
                "reports": f"{one.reports} ({one.expected:.3g} expected)",
                "ROR (95%)": f"{one.ror:.2f} ({one.ror_low:.2f} to {one.ror_high:.2f})",
                "PRR (95%)": f"{one.prr:.2f} ({one.prr_low:.2f} to {one.prr_high:.2f})",
                "IC (95%)": f"{one.ic:.2f} ({one.ic_low:.2f} to {one.ic_high:.2f})",
                "warnings": "; ".join(part for part in (one.handling, *one.warnings) if part),
            }
            for one in self.ratios
        ]
        panels = [part("Spontaneous reports", chart=self.chart(), rows=rows, sentences=self.notes)]
        panels += [part("Not counted", sentences=self.left_out)] if self.left_out else []
        return Document(
            title="Disproportionality of reports", lead=["Computed from the counts given."], sections=panels
        )
