"""Patients brought to the published baseline of another trial: effects, weights, baseline before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cereblon.core.errors import InputError
from cereblon.core.plain_text import paragraph
from cereblon.core.rows import Row
from cereblon.questions.adjustment_text import adjustment_sentences, adjustment_text, balance_cells, size_cells
from cereblon.questions.result import Result
from cereblon.report.document import Document, Section, Table, notes_sections, part
from cereblon.synthesis.adjustment.comparison import AdjustedEffect
from cereblon.synthesis.adjustment.weights import MatchedWeights

if TYPE_CHECKING:
    import altair as alt

_EFFECT = ("step", "treatment", "versus", "scale", "value", "low", "high", "log_value", "error", "method")
_BALANCE = ("label", "statistic", "before", "after", "target", "source")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PopulationAdjustment(Result):
    """Patients brought to the published baseline of another trial, and compared with it.

    Parameters
    ----------
    patients
        Whose outcomes were adjusted.
    comparator
        Name of what they are compared with.
    estimates
        From the unadjusted to the adjusted effect; none without a comparator.
    matched
        Weights of the patients; None for a regression.
    seed
        Of what was drawn.
    """

    patients: str
    comparator: str
    estimates: tuple[AdjustedEffect, ...]
    matched: MatchedWeights | None
    seed: int
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def effects(self) -> list[Row]:
        """One row for each step, from unadjusted to adjusted."""
        return [{name: getattr(line, name) for name in _EFFECT} for line in self.estimates]

    @property
    def balance(self) -> list[Row]:
        """Baseline figures before and after, beside the published ones; shares as fractions."""
        rows = self.matched.balance if self.matched else ()
        return [{name: getattr(row, name) for name in _BALANCE} for row in rows]

    @property
    def effective_sample_size(self) -> list[Row]:
        """By arm: patients, effective number, and the share kept."""
        if self.matched is None:
            return []
        effective = self.matched.effective_by_arm
        return [
            {"arm": name, "n": n, "effective": effective[name], "share": effective[name] / n}
            for name, n in self.matched.n_by_arm.items()
        ]

    @property
    def weights(self) -> list[float]:
        """One for each patient, with mean 1; none for a regression."""
        return [] if self.matched is None else self.matched.weights.tolist()

    def answer(self) -> str:
        """Say the adjusted effect, the same without adjustment, and how many patients the weights are worth."""
        return "\n".join(adjustment_sentences(self.comparator, self.estimates, self.matched))

    def text(self) -> str:
        """Give the answer, effects, baseline before and after, and effective sample sizes."""
        said = "\n".join(paragraph(line) for line in self.answer().splitlines())
        return "\n\n".join([said, *adjustment_text(self.estimates, self.matched)])

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give effects where patients are compared, and balance, sizes and weights where they are weighted."""
        found: dict[str, Sequence[Row]] = {"effects": self.effects} if self.estimates else {}
        if self.matched is not None:
            found |= {"balance": self.balance, "effective_sample_size": self.effective_sample_size}
            found["weights"] = [{"subject": i, "weight": weight} for i, weight in enumerate(self.weights, start=1)]
        return found

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw effects and weights."""
        from cereblon.report.matching import matching_chart

        return {"effects_and_weights": matching_chart(self.effects, self.weights)}

    def content(self) -> Mapping[str, object]:
        """Give effects, seed and warnings; of a weighting also balance, sizes and weights."""
        content: dict[str, object] = {"effects": self.effects, "warnings": self.warnings, "seed": self.seed}
        if self.matched is not None:
            content |= {"balance": self.balance, "effective_sample_size": self.effective_sample_size}
            content["weights"] = [round(weight, 8) for weight in self.weights]
        return content

    def document(self) -> Document:
        """Give effects, weights and baseline as a document."""
        tables = self.tables()
        title = "Effects and weights" if self.estimates else "Weights"
        panels = [part(title, self.chart(), tables.get("effects", ()), folded="Effects")]
        if self.matched is not None:
            panels.append(Section("Baseline before and after weighting", [Table(*balance_cells(self.matched))]))
            panels.append(Section("Effective sample size", [Table(*size_cells(self.matched))]))
        return Document(
            title=f"Adjusted comparison with {self.comparator}",
            is_live=True,
            lead=[*self.answer().splitlines(), f"Patients: {self.patients}.", *self.warnings],
            sections=[*panels, *notes_sections(self.notes)],
        )

    def save_weights(self, path: Path | str) -> Path:
        """Write the weight of each patient as CSV: subject (from 1, in the order of the table), weight.

        Raises
        ------
        InputError
            If there are no weights, or the file cannot be written.
        """
        from cereblon.core.output import csv_text
        from cereblon.core.output_files import write_text

        if self.matched is None:
            raise InputError("there are no weights to write: a regression has none")
        rows = [{"subject": i, "weight": f"{weight:.8g}"} for i, weight in enumerate(self.weights, start=1)]
        write_text(Path(path), csv_text(rows))
        return Path(path)
