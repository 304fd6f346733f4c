"""`compare_treatments`: two treatments, from all trials of a setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cereblon.core.arguments import kind_or_none, need_text
from cereblon.core.errors import ArgumentError
from cereblon.core.plain_text import paragraph, table_text
from cereblon.questions.pooling import (
    BayesianModel,
    PoolingModel,
    check_models,
    pool_network,
    sample_network,
    sample_split,
)
from cereblon.questions.synthesis_answer import SynthesisAnswer, lines, model_row, posterior_content, span
from cereblon.questions.synthesis_pictures import draw_forest, favours
from cereblon.report.document import Document, part
from cereblon.synthesis.frequentist.measure import Row
from cereblon.synthesis.trial_networks.chosen_trials import TrialSelection, choose_trials, read_as

if TYPE_CHECKING:
    import altair as alt

    from cereblon.core.given_tables import GivenTable
    from cereblon.report.synthesis.forest import Kind
    from cereblon.synthesis.bayes import BayesianNetwork, BayesianSplit
    from cereblon.synthesis.bayes.posterior import PosteriorEffect
    from cereblon.synthesis.frequentist import PairwiseEvidence


def compare_treatments(
    treatment: str,
    versus: str,
    *,
    setting: str | None = None,
    endpoint: str | None = None,
    data: GivenTable | None = None,
    selection: TrialSelection | None = None,
    pooling: PoolingModel | None = None,
    bayes: BayesianModel | bool = False,
    seed: int = 1,
) -> TreatmentComparison:
    """Compare two treatments: head to head, indirectly, and from the whole network, with how sure that is.

    Parameters
    ----------
    treatment, versus
        Above and below the line, by any of their names: `DRd`, `D-Rd`, `VRd`.
    setting, endpoint, data, selection, pooling
        As of `network`; of `selection` no part, since it follows from the two treatments.
    bayes
        Also sample the posterior (True for the usual priors and draws), and direct against indirect evidence
        (node-splitting) where there are both.
    seed
        Of the posterior.

    Returns
    -------
        Tables `evidence`, `chain` (the trials in between), `used` and `left_out`; picture `forest`. Ratios are on
        their natural scale; `effect` and `se` are logarithms of them.

    Raises
    ------
    UnknownNameError
        If an endpoint, setting, treatment or study is not known, with the nearest ones.
    ArgumentError
        If neither or both of setting and data are given, or something given would change nothing.
    InputError
        If both treatments are the same, or no chain of trials joins them.

    Source
    ------
    As `network`; Dias, Welton, Caldwell and Ades, Statistics in Medicine 2010; 29: 932 (node-splitting).

    Examples
    --------
    >>> import cereblon as cb
    >>> answer = cb.compare_treatments("VRd", "DRd", setting="ndmm-tie")
    >>> answer.comparison.trust
    'very weak'
    >>> answer.table()["evidence"].to_list()
    ['indirect', 'network']
    """
    from cereblon.synthesis.frequentist import compare_treatments as compared

    (pooling, sampled), selection = check_models(pooling, bayes, seed), selection or TrialSelection()
    kind_or_none(TrialSelection, selection=selection)
    need_text(treatment=treatment, versus=versus)
    if selection.part is not None:
        raise ArgumentError("the part changes nothing: the one that holds both treatments is kept")
    everything = choose_trials(setting, endpoint, data, selection, whole=True)
    above, below = everything.find(treatment), everything.find(versus)
    trials = everything.joined(above, below)
    result = pool_network(trials, pooling)
    comparison = compared(result, above, below)
    posterior = sample_network(result, pooling, sampled, seed)
    split = sample_split(result, (comparison.split.treatment, comparison.split.versus), pooling, sampled, seed)
    remarks = (*read_as(treatment, above), *read_as(versus, below), *result.notes)
    return TreatmentComparison(
        trials, (*remarks, *(posterior.notes if posterior is not None else ())), comparison, posterior, split
    )


@dataclass(frozen=True, repr=False)
class TreatmentComparison(SynthesisAnswer):
    """Two treatments, with all evidence on them.

    Attributes
    ----------
    comparison
        Direct, indirect and network estimate, and the trials in between.
    posterior, split
        Of the Bayesian network, and of its node-splitting; None if not asked for, or without both kinds of evidence.
    """

    comparison: PairwiseEvidence
    posterior: BayesianNetwork | None
    split: BayesianSplit | None

    def evidence(self) -> list[Row]:
        """Give one row per kind of evidence."""
        rows = self.comparison.to_rows()
        names = list(rows[0])
        if self.posterior is not None:
            own = self._posterior_effect().to_row(self.posterior.measure, self.posterior.level)
            kept: Row = {name: own[name] for name in names if name in own}
            rows.append({"evidence": "Bayesian network", **kept, "trials": None})
        if self.split is not None:
            rows += [{name: row.get(name) for name in names} for row in self.split.to_rows()]
        return rows

    def sentences(self) -> list[str]:
        """Say the result, what it rests on, and how sure it is."""
        is_less = self.trials.smaller_is_better
        said = self.comparison.sentences(smaller_is_better=is_less)
        if self.posterior is not None:
            effect = self._posterior_effect()
            better = effect.p_below_zero if is_less else 1.0 - effect.p_below_zero
            state = "" if self.posterior.has_converged else " (the sampler has NOT converged)"
            text = f"Bayesian{state}: {effect.treatment} is the better of the two with probability {better:.2f}."
            said.insert(-1, text)
        if self.split is not None:
            said.insert(-1, self.split.sentence())
        return said

    def _posterior_effect(self) -> PosteriorEffect:
        assert self.posterior is not None  # by the callers
        return self.posterior.compare(self.comparison.split.treatment, self.comparison.split.versus)

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give the evidence, the chain of trials, numbers used and left out."""
        chain: list[Row] = [
            {"treatment": step.treatment, "versus": step.versus, "studies": ", ".join(step.studies)}
            for step in self.comparison.chain
        ]
        rows = {"evidence": self.evidence(), "chain": chain}
        return {**rows, "used": self.trials.used, "left_out": self.trials.left_out}

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw all evidence on one axis."""
        return {"forest": self._forest()}

    def _forest(self) -> alt.TopLevelMixin:
        from cereblon.report.synthesis.forest import ForestLine

        kinds: dict[str, Kind] = {"direct": "pooled", "network": "network", "Bayesian network": "bayesian"}
        split = self.comparison.split
        drawn = [ForestLine("heading", f"{split.treatment} versus {split.versus}")]
        for row in self.evidence():
            value, low, high = (float(row[name] or 0.0) for name in ("value", "low", "high"))
            kind = kinds.get(str(row["evidence"]), "pooled")
            drawn.append(ForestLine(kind, str(row["evidence"]), value, low, high))
        sides = favours(self.trials.smaller_is_better, split.treatment, split.versus)
        return draw_forest(drawn, self.trials.data.measure, sides)

    def content(self) -> Mapping[str, object]:
        """Give the evidence, what it rests on and how sure it is, and the numbers used."""
        content: dict[str, object] = {**self.trials.about, **model_row(self.comparison.result)}
        content |= {"evidence": self.evidence(), "sentences": self.sentences()}
        content["how_sure"] = self.comparison.trust
        content["chain"] = [step.__dict__ for step in self.comparison.chain]
        if self.posterior is not None:
            content["bayesian"] = posterior_content(self.posterior, self.trials.smaller_is_better)
        if self.split is not None:
            content["bayesian_split"] = {
                "direct": self.split.direct.__dict__,
                "indirect": self.split.indirect.__dict__,
                "difference": self.split.difference.__dict__,
                "p": self.split.p,
                "has_converged": self.split.posterior.has_converged,
                "divergences": self.split.posterior.divergences,
                "convergence": self.split.posterior.convergence,
                **self.split.posterior.heterogeneity_row(),
            }
        return {**content, **self.last_content()}

    def text(self) -> str:
        """Give the evidence, what it says and how sure it is, and the sources."""
        rows = self.evidence()
        cells = [
            [str(row["evidence"]), span(row), "" if row["trials"] is None else str(row["trials"])] for row in rows
        ]
        return lines(
            paragraph(self.trials.title),
            [paragraph(sentence) for sentence in self.sentences()],
            "",
            table_text(["evidence", str(rows[0]["unit"]), "trials"], cells),
            self.sources(),
        ).rstrip("\n")

    def document(self) -> Document:
        """Give sentences, picture, table and sources as a document."""
        panels = [part("All evidence", self.chart(), self.evidence()), *self.last_panels()]
        return Document(title=self.trials.title, lead=self.sentences(), sections=panels)
