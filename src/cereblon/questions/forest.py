"""`forest`: the trials of each comparison, pooled where there are several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypedDict

from cereblon.core.arguments import kind_or_none, text_or_none
from cereblon.core.errors import InputError
from cereblon.core.plain_text import capital, paragraph, table_text
from cereblon.core.rows import distinct, grouped, text
from cereblon.evidence import load_all
from cereblon.questions import synthesis_pictures as pictures
from cereblon.questions.pooling import PoolingModel, check_models, interval_of
from cereblon.questions.result import MadeWhenAsked
from cereblon.questions.synthesis_answer import SynthesisAnswer, lines, span
from cereblon.report.document import Document, part
from cereblon.synthesis.frequentist.head_to_head import (
    HeadToHead,
    asymmetry,
    head_to_head,
    one_comparator,
    one_sided_notes,
)
from cereblon.synthesis.frequentist.measure import Interval, Row, is_ratio, shown_as
from cereblon.synthesis.trial_networks.chosen_trials import TrialSelection, choose_trials, read_as

if TYPE_CHECKING:
    import altair as alt

    from cereblon.core.given_tables import GivenTable
    from cereblon.report.narrow import NarrowLine
    from cereblon.report.synthesis.forest import ForestLine


def forest(
    setting: str | None = None,
    *,
    endpoint: str | None = None,
    data: GivenTable | None = None,
    treatment: str | None = None,
    reference: str | None = None,
    across: bool = False,
    selection: TrialSelection | None = None,
    pooling: PoolingModel | None = None,
) -> Forest:
    """Pool the trials of each comparison, with prediction intervals.

    Different comparisons are never pooled unless `across` asks for it. Where a trial has an arm without events,
    counts are also pooled without any correction (Mantel-Haenszel, Peto).

    Parameters
    ----------
    setting, endpoint, data, selection
        As of `network`; without a part chosen in `selection`, all parts of the network are shown.
    treatment
        Keep the comparisons of this treatment; all if None.
    reference
        Keep the comparisons against this treatment; all if None.
    across
        Also pool different treatments against one comparator: a mean of their effects.
    pooling
        Model and intervals; random effects by restricted maximum likelihood, 95 %, if None.

    Returns
    -------
        Tables `trials` (with the pooled rows), `comparisons`, `used` and `left_out`; pictures `forest` and `funnel`.
        Ratios are on their natural scale; `effect` and `se` are logarithms of them.

    Raises
    ------
    UnknownNameError
        If an endpoint, setting, treatment or study is not known, with the nearest ones.
    ArgumentError
        If neither or both of setting and data are given, or something given would change nothing.
    InputError
        If no trial makes such a comparison.

    Source
    ------
    Higgins, Thompson and Spiegelhalter, Journal of the Royal Statistical Society A 2009; 172: 137 (prediction
    interval); Greenland and Robins, Biometrics 1985; 41: 55 (Mantel-Haenszel).

    Examples
    --------
    >>> import cereblon as cb
    >>> trials = cb.forest("rrmm", treatment="KRd").table()
    >>> trials["study"][0], round(trials["value"][0], 2)
    ('aspire', 0.69)
    """
    (pooling, _), selection = check_models(pooling), selection or TrialSelection()
    kind_or_none(TrialSelection, selection=selection)
    text_or_none(treatment=treatment, reference=reference)
    how = _how(pooling)
    trials = choose_trials(setting, endpoint, data, selection, whole=selection.part is None)
    wanted = None if treatment is None else trials.find(treatment)
    below = None if reference is None else trials.find(reference)
    found = head_to_head(trials.data, wanted, below, **how)
    if across:
        found.append(one_comparator(trials.data, below, **how))
    several = [one.pooled for one in found if len(one.pooled.studies) > 1]
    remarks = [*read_as(treatment, wanted), *read_as(reference, below), *trials.data.notes]
    remarks += [note for pooled in several for note in pooled.notes]
    remarks += [note for one in found for note in one.notes]
    remarks += [note for one in found for note in one_sided_notes(trials.data, one.treatment, one.versus)]
    return Forest(trials, (*remarks, *_interval_notes(found, pooling.interval)), tuple(found))


_TOLD = 4  # comparisons that are named one by one; of more, a sentence counts


class _How(TypedDict):
    model: str
    tau2_method: str
    interval: Interval
    level: float


def _how(pooling: PoolingModel) -> _How:
    """Give the model under the names that pairwise syntheses know."""
    return {
        "model": pooling.model,
        "tau2_method": pooling.tau2,
        "interval": interval_of(pooling),
        "level": pooling.level,
    }


def _interval_notes(found: Sequence[HeadToHead], interval: str) -> list[str]:
    """Say where the kind of interval that was asked for is not the one shown."""
    single = [one.title for one in found if len(one.pooled.studies) == 1]
    if interval == "wald" or not single:
        return []
    return [f"{interval} needs two trials; normal intervals are shown for {', '.join(single)}"]


@dataclass(frozen=True, repr=False)
class Forest(SynthesisAnswer):
    """The trials of each comparison, pooled where there are several.

    Attributes
    ----------
    comparisons
        In the order shown.
    """

    comparisons: tuple[HeadToHead, ...]

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give trials and pooled rows, the heterogeneity of each comparison, numbers used and left out."""
        pair = [{"treatment": one.treatment, "versus": one.versus} for one in self.comparisons]
        return {
            "trials": [
                {**names, **row} for names, one in zip(pair, self.comparisons, strict=True) for row in one.rows()
            ],
            "comparisons": [
                {**names, "trials": len(one.pooled.studies), **one.pooled.heterogeneity.to_row()}
                for names, one in zip(pair, self.comparisons, strict=True)
            ],
            "used": self.trials.used,
            "left_out": self.trials.left_out,
        }

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw forest and funnel."""
        return MadeWhenAsked({"forest": self._forest, "funnel": self._funnel})

    def lists(self) -> Mapping[str, Sequence[NarrowLine]]:
        """Give the forest as a list."""
        return {"forest": pictures.list_forest(self._lines(), self.trials.data.measure)}

    def _lines(self) -> list[ForestLine]:
        """Give the lines of all comparisons, those of trials with the references of their numbers."""
        lines = [line for one in self.comparisons for line in pictures.pairwise_lines(one.title, one.pooled)]
        sources = {
            study: "; ".join(distinct(rows, "reference"))
            for study, rows in grouped(self.trials.used, lambda row: text(row, "study")).items()
        }
        names = {study.id: study.name.split(" (")[0] for study in load_all()}
        return [
            replace(one, label=names.get(one.label, one.label), source=sources.get(one.label, ""))
            if one.kind == "trial"
            else one
            for one in lines
        ]

    def _forest(self) -> alt.TopLevelMixin:
        belows = {one.versus for one in self.comparisons}
        versus = belows.pop() if len(belows) == 1 else "comparator"
        sides = pictures.favours(self.trials.smaller_is_better, versus=versus)
        return pictures.draw_forest(self._lines(), self.trials.data.measure, sides)

    def _funnel(self) -> alt.TopLevelMixin:
        """Draw the funnel of the comparison with most trials."""
        most = max(self.comparisons, key=lambda one: len(one.pooled.studies))
        if len(most.pooled.studies) < 2:
            raise InputError(
                "no comparison has two trials, so there is no funnel",
                hint="--across pools treatments against one comparator; evidence network --picture funnel",
            )
        return pictures.pairwise_funnel(most.title, most.pooled)

    def content(self) -> Mapping[str, object]:
        """Give every comparison with its trials, heterogeneity and funnel asymmetry, and the numbers used."""
        comparisons = [
            {
                "treatment": one.treatment,
                "versus": one.versus,
                "model": one.pooled.model,
                "interval": one.pooled.interval,
                "heterogeneity": one.pooled.heterogeneity.to_row(),
                "asymmetry": asymmetry(one.pooled),
                "rows": one.rows(),
            }
            for one in self.comparisons
        ]
        measure = self.trials.data.measure
        return {**self.trials.about, "measure": measure, "comparisons": comparisons, **self.last_content()}

    def text(self) -> str:
        """Give a line per trial and pool, and the sources."""
        rows = [cells for one in self.comparisons for cells in _cells(one)]
        columns = ["comparison", "trial", shown_as(self.trials.data.measure), "weight"]
        return lines(
            paragraph(self.trials.title), paragraph(self.sentence), "", table_text(columns, rows), self.sources()
        ).rstrip("\n")

    @property
    def sentence(self) -> str:
        """What came of each comparison, pooled where several trials made it."""
        said = capital(shown_as(self.trials.data.measure))
        pooled = [
            (f"{one.treatment} against {one.versus}", next(row for row in one.rows() if row["row"] == "pooled"))
            for one in self.comparisons
        ]
        if len(pooled) <= _TOLD:
            return f"{said}: {', '.join(f'{pair} {span(row)}' for pair, row in pooled)}."
        return _summary(said, pooled, self.trials.smaller_is_better, is_ratio(self.trials.data.measure))

    def document(self) -> Document:
        """Give picture, table and sources as a document."""
        panels = [
            part("Forest plot", self.chart(), self.tables()["trials"], lines=self.lists()["forest"]),
            *self.last_panels(),
        ]
        return Document(title=self.trials.title, lead=[self.sentence], sections=panels)


def _summary(said: str, pooled: Sequence[tuple[str, Row]], smaller_is_better: bool, is_ratio: bool) -> str:
    """Say of many comparisons how many differ in favour of which side, which most, and how many do not."""
    none, side = 1.0 if is_ratio else 0.0, 1 if smaller_is_better else -1
    sides = [
        (pair, row, side * (float(str(row["low"])) - none), side * (float(str(row["high"])) - none))
        for pair, row in pooled
    ]
    better = [(pair, row) for pair, row, *ends in sides if max(ends) < 0]
    worse = [pair for pair, _, *ends in sides if min(ends) > 0]
    open_ = [pair for pair, *_ in pooled if pair not in worse and pair not in dict(better)]
    counts = [f"{len(better)} of {len(pooled)} comparisons favour the treatment named first"]
    counts += [f"{len(worse)} the other"] if worse else []
    if better:
        pair, row = min(better, key=lambda one: side * float(str(one[1]["value"])))
        counts[0] += f", most {pair}, {span(row)}"
    unclear = f" Not shown to differ: {', '.join(open_) if len(open_) <= _TOLD else len(open_)}." if open_ else ""
    return f"{said}: {'; '.join(counts)}.{unclear}"


def _cells(one: HeadToHead) -> list[list[str]]:
    """Write the lines of one comparison."""
    pair, pooled = f"{one.treatment} v {one.versus}", one.pooled
    cells = []
    for row in pooled.to_rows():
        if row["row"] == "study":
            weight = f"{100 * float(row['weight'] or 0):.0f} %" if len(pooled.studies) > 1 else ""
            cells.append([pair, str(row["study"]), span(row), weight])
        elif len(pooled.studies) > 1:
            name = f"{pooled.model} effects" if row["row"] == "pooled" else "prediction"
            shown = span(row) if row["row"] == "pooled" else f"{row['low']:.2f} to {row['high']:.2f}"
            i2 = pooled.heterogeneity.i2
            about = f"I2 {100 * i2:.0f} %" if i2 is not None and row["row"] == "pooled" else ""
            cells.append([pair, name, shown, about])
    return cells + [[pair, f"{row['row']}, no correction", span(row), "fixed effect"] for row in one.uncorrected]
