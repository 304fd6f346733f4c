"""`network`: all treatments of one setting against each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from cereblon.core.arguments import text_or_none
from cereblon.core.plain_text import paragraph, table_text
from cereblon.questions import synthesis_pictures as pictures
from cereblon.questions.pooling import BayesianModel, PoolingModel, check_models, pool_network, sample_network
from cereblon.questions.result import MadeWhenAsked
from cereblon.questions.synthesis_answer import (
    SynthesisAnswer,
    consistency_text,
    heterogeneity_text,
    lines,
    model_row,
    posterior_content,
    ranked_text,
    span,
)
from cereblon.report.document import Bullets, Document, Section, part, table_of
from cereblon.synthesis.frequentist.measure import Row, shown_as
from cereblon.synthesis.trial_networks.chosen_trials import TrialSelection, choose_trials, read_as

if TYPE_CHECKING:
    import altair as alt

    from cereblon.core.given_tables import GivenTable
    from cereblon.report.narrow import NarrowLine
    from cereblon.synthesis.bayes import BayesianNetwork
    from cereblon.synthesis.frequentist import NetworkResult, Ranking

_ONE_TRIAL_EACH = "No comparison has two trials, so this shows how large they are and not whether small ones differ."
PICTURES = ("network", "forest", "league", "ranks", "funnel")


def network(
    setting: str | None = None,
    *,
    endpoint: str | None = None,
    data: GivenTable | None = None,
    reference: str | None = None,
    selection: TrialSelection | None = None,
    pooling: PoolingModel | None = None,
    bayes: BayesianModel | bool = False,
    seed: int = 1,
) -> TreatmentNetwork:
    """Compare all treatments of one setting in a network meta-analysis.

    Takes the randomised trials of the evidence library, or a table of your own. Settings are never pooled silently.

    Parameters
    ----------
    setting
        Setting of published trials: ndmm, ndmm-tie, ndmm-te, rrmm, maintenance, maintenance-post-asct,
        maintenance-no-asct.
    endpoint
        Endpoint of published trials, one of `evidence.endpoints`: a hazard ratio, a response or an adverse event;
        pfs_hr, the hazard ratio of progression-free survival, if None.
    data
        A table of your own instead, as path, data frame of polars or columns by name: study, treatment, versus with
        effect, se or hr, ci_low, ci_high; or study, treatment, events, n (or person_time).
    reference
        Treatment to show results against; the one with most trials if None.
    selection
        Which trials and numbers enter; all of the setting at their latest cut if None.
    pooling
        Model and intervals; random effects by restricted maximum likelihood, 95 %, if None.
    bayes
        Also sample the posterior; True for the usual priors and draws.
    seed
        Seed of draws and ranks.

    Returns
    -------
        Tables `effects`, `ranking`, `league`, `contrasts`, `used` and `left_out`; pictures `network`, `forest`,
        `league`, `ranks` and `funnel`. Ratios are on their natural scale; `effect` and `se` are logarithms of them.

    Raises
    ------
    UnknownNameError
        If an endpoint, setting, treatment or study is not known, with the nearest ones.
    ArgumentError
        If neither or both of setting and data are given, or something given would change nothing.
    InputError
        If the trials cannot be synthesised, for instance because no trial joins them.

    Source
    ------
    Rücker, Research Synthesis Methods 2012; 3: 312 (model); Rücker and Schwarzer, BMC Medical Research Methodology
    2015; 15: 58 (P-scores).

    Examples
    --------
    >>> import cereblon as cb
    >>> answer = cb.network("rrmm")
    >>> answer.result.treatments
    ('DRd', 'ERd', 'IRd', 'KRd', 'Rd')
    >>> round(answer.table("ranking")["p_score"][0], 2)
    1.0
    """
    from cereblon.synthesis.frequentist import rank_treatments

    pooling, sampled = check_models(pooling, bayes, seed)
    text_or_none(reference=reference)
    trials = choose_trials(setting, endpoint, data, selection)
    result = pool_network(trials, pooling, reference)
    posterior = sample_network(result, pooling, sampled, seed)
    ranking = rank_treatments(result, smaller_is_better=trials.smaller_is_better, seed=seed, level=pooling.level)
    named = read_as(reference, None if reference is None else result.reference)
    remarks = (*named, *result.notes, *ranking.notes(), *(posterior.notes if posterior is not None else ()))
    return TreatmentNetwork(trials, remarks, result, ranking, posterior)


@dataclass(frozen=True, repr=False)
class TreatmentNetwork(SynthesisAnswer):
    """All treatments of a setting against each other.

    Attributes
    ----------
    result
        The network meta-analysis.
    ranking
        Of the treatments, best first.
    posterior
        Of the Bayesian network; None if it was not asked for.
    """

    result: NetworkResult
    ranking: Ranking
    posterior: BayesianNetwork | None

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give effects of every pair, ranks, league table, contrasts of trials, numbers used and left out."""
        from cereblon.synthesis.frequentist import league_table

        result, posterior = self.result, self.posterior
        makers: dict[str, Callable[[], Sequence[Row]]] = {
            "effects": result.to_rows,
            "ranking": self.ranking.to_rows,
            "league": lambda: league_table(result, self.ranking.treatments).to_rows(),
            "contrasts": lambda: result.data.to_rows(result.level),
            "used": lambda: self.trials.used,
            "left_out": lambda: self.trials.left_out,
        }
        if posterior is not None:
            makers |= {"bayesian": posterior.to_rows, "convergence": lambda: posterior.convergence}
        return MadeWhenAsked(makers)

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw network, forest, league, ranks and funnel."""
        return MadeWhenAsked({name: partial(self._drawn, name) for name in PICTURES})

    def lists(self) -> Mapping[str, Sequence[NarrowLine]]:
        """Give every picture as a list."""
        result, trials = self.result, self.trials
        return MadeWhenAsked(
            {
                "network": lambda: pictures.list_network(result, trials.patients, trials.incomplete),
                "forest": lambda: pictures.list_forest(
                    pictures.network_effects(result, self.posterior), result.measure
                ),
                "league": lambda: pictures.list_league(result, self.ranking.treatments),
                "ranks": lambda: pictures.list_ranks(self.ranking),
                "funnel": lambda: pictures.list_funnel(result, self.ranking.treatments),
            }
        )

    def _drawn(self, name: str) -> alt.TopLevelMixin:
        order, is_less = self.ranking.treatments, self.trials.smaller_is_better
        if name == "forest":
            return pictures.network_forest(self.result, is_less, self.posterior)
        if name == "league":
            return pictures.draw_league(self.result, order, is_less)
        if name == "ranks":
            return pictures.draw_ranks(self.ranking)
        if name == "funnel":
            return pictures.draw_funnel(self.result, order)
        return pictures.draw_network(self.result, self.trials.patients, self.trials.incomplete)

    def content(self) -> Mapping[str, object]:
        """Give model, effects, ranks, consistency and contrasts, with the numbers used."""
        from cereblon.synthesis.frequentist import assess_inconsistency, split_nodes
        from cereblon.synthesis.frequentist.separation import unbounded_against

        result, trials = self.result, self.trials
        content: dict[str, object] = {
            **trials.about,
            **model_row(result),
            "treatments": result.treatments,
            "studies": result.data.studies,
            "patients": dict(trials.patients),
            "patients_incomplete": trials.incomplete,
            "smaller_is_better": trials.smaller_is_better,
            "without_finite_estimate": unbounded_against(result.data, result.reference),
            "p_scores": {str(row["treatment"]): row["p_score"] for row in self.ranking.to_rows()},
            "effects": result.to_rows(),
            "ranking": self.ranking.to_rows(),
            "inconsistency": assess_inconsistency(
                result.data, tau2_method=result.heterogeneity.tau2_method
            ).to_rows(),
            "node_splits": split_nodes(result).to_rows(),
            "contrasts": result.data.to_rows(result.level),
            **self.last_content(),
        }
        if self.posterior is not None:
            content["bayesian"] = posterior_content(self.posterior, trials.smaller_is_better)
        return content

    def text(self) -> str:
        """Give the effects against the reference, with heterogeneity, consistency and sources."""
        n, more = sum(self.trials.patients.values()), " in arms of known size" if self.trials.incomplete else ""
        known = f", {n} patients{more}" if n else ""
        size = f"{len(self.result.data.studies)} trials, {len(self.result.treatments)} treatments{known}"
        return lines(
            paragraph(f"{self.trials.title}: {size}"),
            paragraph(self.sentence),
            paragraph(heterogeneity_text(self.result)),
            paragraph(consistency_text(self.result)),
            "",
            self._effects(),
            [] if self.posterior is None else paragraph(_posterior_text(self.posterior)),
            self.sources(),
        ).rstrip("\n")

    @property
    def sentence(self) -> str:
        """Each treatment against the reference, best first."""
        return ranked_text(self.result, self.ranking.treatments)

    def _effects(self) -> str:
        result, posterior = self.result, self.posterior
        scores = {str(row["treatment"]): row for row in self.ranking.to_rows()}
        effects = {str(row["treatment"]): row for row in result.to_rows(result.reference)}
        columns = ["treatment", f"{shown_as(result.measure)} v {result.reference}", "trials", "P-score", "SUCRA"]
        columns += ["Bayesian"] if posterior is not None else []
        rows = []
        for name in self.ranking.treatments:
            effect, score = effects.get(name), scores[name]
            cells = [name, span(effect) if effect else "reference", str(effect["direct_trials"]) if effect else ""]
            cells += [f"{score['p_score']:.2f}", _sucra(score)]
            if posterior is not None:
                own = posterior.compare(name, result.reference) if effect else None
                cells.append(span(own.to_row(result.measure, posterior.level)) if own else "")
            rows.append(cells)
        return table_text(columns, rows)

    def document(self) -> Document:
        """Give pictures, effects, ranks, consistency and sources as a document."""
        return Document(
            title=self.trials.title,
            lead=[self.sentence, heterogeneity_text(self.result)],
            sections=[*self._panels(), *self.last_panels()],
        )

    def _panels(self) -> list[Section]:
        from cereblon.synthesis.frequentist import assess_inconsistency, split_nodes

        result, posterior, listed = self.result, self.posterior, self.lists()
        inconsistency = assess_inconsistency(result.data, tau2_method=result.heterogeneity.tau2_method)
        panels = [
            part("Network", self._drawn("network"), lines=listed["network"]),
            part("Effects", self._drawn("forest"), result.to_rows(result.reference), lines=listed["forest"]),
            part("League table", self._drawn("league"), lines=listed["league"]),
            part(
                "Ranks",
                self._drawn("ranks"),
                self.ranking.to_rows(),
                ["A rank says nothing about how much better."],
                listed["ranks"],
            ),
            part("Consistency", None, inconsistency.to_rows(), [consistency_text(result)]),
        ]
        if split_nodes(result).testable:
            rows = [row for row in split_nodes(result).to_rows() if row["p"] is not None]
            panels.append(part("Direct against indirect evidence", None, rows))
        alone = [] if (result.direct_trials > 1).any() else [_ONE_TRIAL_EACH]
        panels.append(part("Small trials", self._drawn("funnel"), sentences=alone, lines=listed["funnel"]))
        if posterior is not None:
            effects = table_of(posterior.to_rows(result.reference))
            panels.append(Section("Bayesian", [Bullets(posterior.notes), effects]))
            panels.append(part("Convergence", None, posterior.convergence))
        return panels


def _sucra(row: Row) -> str:
    return f"{row['sucra']:.2f} ({row['sucra_low']:.2f} to {row['sucra_high']:.2f})"


def _posterior_text(posterior: BayesianNetwork) -> str:
    state = "converged" if posterior.has_converged else "NOT converged"
    tau, fit = posterior.heterogeneity_row(), posterior.fit
    return (
        f"Bayesian, {posterior.model} effects, {state}: tau {tau['tau']:.2f} ({tau['tau_low']:.2f} to "
        f"{tau['tau_high']:.2f}), residual deviance {fit.residual_deviance:.1f} on {fit.data_points} data "
        f"points, pD {fit.effective_parameters:.1f}, DIC {fit.dic:.1f}, seed {posterior.seed}"
    )
