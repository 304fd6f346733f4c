"""A comparison or a simulation that was made before, as an answer: sentences, curves, icons, table and page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, final

from cereblon.core.rows import Row, number, text
from cereblon.questions.result import Result
from cereblon.report import style
from cereblon.report.answer_section import answer_lines
from cereblon.report.answers import comparison_answers
from cereblon.report.document import Document
from cereblon.report.icons import Hundred, icon_array
from cereblon.report.provenance import Page
from cereblon.report.report_data import ReportData
from cereblon.report.terminal import comparison_text
from cereblon.trials.kept_report import KeptReport
from cereblon.trials.shipped_runs import CODE

if TYPE_CHECKING:
    import altair as alt

    from cereblon.report.narrow import NarrowLine

_LATEST_ICONS = 60  # months
_NAMES = {"curve-pfs": "pfs", "curve-os": "os", "response-rates": "response", "forest": "forest"}
OTHER_CODE = "The code has changed since, its inputs have not: a fresh simulation shows whether a number moved."
STALE = (
    "Made by another version: {changed} changed since. Simulate afresh for the numbers of this one, which may differ."
)


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class KeptAnswer(Result):
    """What the report of a run shows.

    Parameters
    ----------
    kept
        As it was kept.
    changed
        What decides the numbers and has changed since they were made.
    """

    kept: KeptReport
    changed: tuple[str, ...] = ()

    @property
    def data(self) -> ReportData:
        """What the report shows."""
        return self.kept.data

    @property
    def notes(self) -> tuple[str, ...]:
        """How it was made."""
        trials = f"{self.data.replicates} virtual trials" if self.data.replicates > 1 else "one virtual trial"
        made = f"{self.data.title}. {trials}, seed {self.data.seed}, made {self.data.created}."
        return (made, OTHER_CODE) if CODE in self.changed else (made,)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Whether what it is made from has changed since; other code with the same inputs is a note."""
        changed = [name for name in self.changed if name != CODE]
        return (STALE.format(changed=" and ".join(changed)),) if changed else ()

    def answer(self) -> str:
        """Say hazard ratios, medians, response and adverse events."""
        return "\n".join(answer_lines(Page(self.data)))

    def text(self) -> str:
        """Give the answer, then what was published beside its prediction, in sentences and as a table."""
        said = comparison_answers(self.data)
        compared = (
            [*(["\n".join(said)] if said else []), comparison_text(Page(self.data).relabelled(self.data.comparison))]
            if self.data.comparison
            else []
        )
        return "\n\n".join([self.answer(), *compared])

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `comparison`, one row a published value, and `outcomes`, the main results as predicted."""
        compared = [_flat(row) for row in self.data.comparison]
        return {**({"comparison": compared} if compared else {}), "outcomes": list(self.data.predicted)}

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw `pfs`, `os`, `icons`, `response` and `forest`, as far as there are numbers for them."""
        return {name: chart for name, (chart, _) in self._drawn.items()}

    def lists(self) -> Mapping[str, Sequence[NarrowLine]]:
        """Give `response` and `forest` as lists."""
        return {name: lines for name, (_, lines) in self._drawn.items() if lines}

    @cached_property
    def _drawn(self) -> Mapping[str, tuple[alt.TopLevelMixin, Sequence[NarrowLine]]]:
        from altair.utils.schemapi import debug_mode

        from cereblon.report.page import figures
        from cereblon.report.result_sections import curves_section, response_section
        from cereblon.report.verdict_section import verdict_section

        with debug_mode(False):
            page = Page(self.data)
            sections = (curves_section(page), response_section(page), verdict_section(page))
            drawn = [one for some in sections for one in figures(some) if one.key in _NAMES]
            found = {_NAMES[one.key]: (one.chart, one.lines) for one in drawn}
            hundreds = self.hundreds
            if hundreds:
                found["icons"] = icon_array(hundreds), ()
        return {name: found[name] for name in ("pfs", "os", "icons", "response", "forest") if name in found}

    @property
    def icon_month(self) -> float | None:
        """The last whole year up to five at which every arm has both curves; None without them."""
        ends = [
            max((number(row, "month") or 0.0 for row in rows), default=0.0)
            for arm in Page(self.data).labels
            for rows in (_curve(self.data, "pfs", arm), _curve(self.data, "os", arm))
        ]
        month = 12.0 * int(min([*ends, _LATEST_ICONS]) // 12) if ends else 0.0
        return month or None

    @property
    def hundreds(self) -> list[Hundred]:
        """A hundred simulated patients of each arm at `icon_month`."""
        month, page = self.icon_month, Page(self.data)
        if month is None:
            return []
        found = []
        for arm, label in page.labels.items():
            without, alive = (round(100 * _at(_curve(self.data, name, arm), month)) for name in ("pfs", "os"))
            color = style.arm_color(page.arms, label)
            counts = [
                ("alive without progression", without, color),
                ("alive after progression", max(0, alive - without), style.QUIET),
            ]
            found.append(Hundred(label, counts))
        return found

    def content(self) -> Mapping[str, object]:
        """Give study, seed and tables."""
        tables = {name: list(rows) for name, rows in self.tables().items()}
        return {"study": self.kept.study, "seed": self.data.seed, "warnings": list(self.warnings), **tables}

    def document(self) -> Document:
        """Give the report of the run as a document."""
        from cereblon.report.trial_report import report_document

        return report_document(self.data)


def _curve(data: ReportData, endpoint: str, arm: str) -> list[Row]:
    return [row for row in data.km if text(row, "endpoint") == endpoint and text(row, "arm") == arm]


def _at(curve: Sequence[Row], month: float) -> float:
    """Read a curve, which steps down, at a month."""
    before = [row for row in curve if (number(row, "month") or 0.0) <= month]
    return number(before[-1], "survival") or 0.0 if before else 1.0


def _flat(row: Row) -> Row:
    """Let an interval fill two columns."""
    found: dict[str, object] = {}
    for name, value in row.items():
        if name.endswith("_interval"):
            low, high = value if isinstance(value, (list, tuple)) else (None, None)
            found |= {f"{name}_low": low, f"{name}_high": high}
        else:
            found[name] = value
    return found
