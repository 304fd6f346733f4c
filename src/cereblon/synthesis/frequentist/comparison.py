"""Two treatments: what compares them, and how sure one can be."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise

from cereblon.synthesis.frequentist.inconsistency import Inconsistency, assess_inconsistency
from cereblon.synthesis.frequentist.measure import Row, interval_columns, quantile, shown_as
from cereblon.synthesis.frequentist.network_result import NetworkResult
from cereblon.synthesis.frequentist.node_splitting import NodeSplit, SplitEstimate, split_comparison
from cereblon.synthesis.frequentist.separation import unbounded_against


@dataclass(frozen=True)
class Step:
    """One step of a chain of trials: two treatments and the trials that compare them."""

    treatment: str
    versus: str
    studies: tuple[str, ...]


@dataclass(frozen=True)
class PairwiseEvidence:
    """One treatment against another with all evidence.

    Attributes
    ----------
    result
        The network.
    split
        Direct, indirect and network estimate.
    chain
        Shortest chain of trials from one to the other.
    inconsistency
        Of the network.
    """

    result: NetworkResult
    split: NodeSplit
    chain: tuple[Step, ...]
    inconsistency: Inconsistency

    def to_rows(self) -> list[Row]:
        """Give one row per kind of evidence: direct, indirect, network."""
        result, z = self.result, quantile(self.result.level)
        network = result.compare(self.split.treatment, self.split.versus)
        kinds: tuple[tuple[str, SplitEstimate | None], ...] = (
            ("direct", self.split.direct),
            ("indirect", self.split.indirect),
            ("network", self.split.network),
        )
        rows = list[Row]()
        for kind, part in kinds:
            if part is None:
                continue
            low, high = part.effect - z * part.se, part.effect + z * part.se
            if kind == "network":
                low, high = network.low, network.high
            shown = interval_columns(result.measure, part.effect, part.se, low, high, result.level)
            names: Row = {"evidence": kind, "treatment": self.split.treatment, "versus": self.split.versus}
            trials = len(self.split.direct_studies) if kind == "direct" else None
            rows.append(names | shown | {"trials": trials})
        return rows

    @property
    def trust(self) -> str:
        """Grade how much the estimate rests on: good, moderate, weak or very weak (rules in `sentences`)."""
        studies = len(self.split.direct_studies)
        gap = self.split.p is not None and self.split.p < 0.1
        if studies >= 2 and not gap:
            return "good"
        if studies == 1 and self.split.indirect is not None and not gap:
            return "moderate"
        if studies >= 1 or self.result.heterogeneity.df > 0:
            return "weak"
        return "very weak"

    def sentences(self, *, smaller_is_better: bool) -> list[str]:
        """Say the result and how sure it is.

        The grade counts evidence and says nothing about the quality of single trials: good for two or more
        head-to-head trials; moderate for one that indirect evidence agrees with; weak for one alone, for indirect
        evidence, or for disagreement (p below 0.1); very weak for indirect evidence in a network where every
        comparison rests on one trial.

        Parameters
        ----------
        smaller_is_better
            Direction.
        """
        effect = self.result.compare(self.split.treatment, self.split.versus)
        row = next(row for row in self.to_rows() if row["evidence"] == "network")
        null = 0.0
        crosses = effect.low <= null <= effect.high
        name = shown_as(self.result.measure)
        better = (effect.effect < null) == smaller_is_better
        favoured = effect.treatment if better else effect.versus
        level = f"{100 * self.result.level:g} %"
        said = [
            f"{effect.treatment} versus {effect.versus}: {name} {row['value']:.2f} "
            f"({level} interval {row['low']:.2f} to {row['high']:.2f})"
            + (", which includes no difference." if crosses else f", in favour of {favoured}.")
        ]
        said += [self._separation(), self._basis(), self._heterogeneity(), self._consistency()]
        if effect.prediction_low is not None and effect.prediction_high is not None:
            ends = interval_columns(
                self.result.measure, 0.0, 1.0, effect.prediction_low, effect.prediction_high, self.result.level
            )
            said.append(f"A further trial is expected between {ends['low']:.2f} and {ends['high']:.2f}.")
        said.append(f"Certainty: {self.trust}.")
        return [sentence for sentence in said if sentence]

    def _separation(self) -> str:
        if self.split.treatment not in unbounded_against(self.result.data, self.split.versus):
            return ""
        return (
            "This is not an estimate: an arm has no event or nothing but events, the trials bound the ratio on one "
            "side only, and the correction for zero cells makes the number."
        )

    def _basis(self) -> str:
        studies = self.split.direct_studies
        if studies:
            listed = ", ".join(studies)
            share = f"{100 * self.split.direct_share:.0f} %"
            trials = "One trial compares" if len(studies) == 1 else f"{len(studies)} trials compare"
            return f"{trials} the two head to head ({listed}); {share} of the precision is direct."
        steps = "; ".join(f"{s.treatment} versus {s.versus}: {', '.join(s.studies)}" for s in self.chain)
        return (
            f"No trial compares the two head to head. The estimate is indirect, over {steps}. It holds if the "
            "patients of these trials differ in nothing that changes the effect."
        )

    def _heterogeneity(self) -> str:
        h = self.result.heterogeneity
        if h.df == 0 or h.i2 is None:
            return (
                "Every comparison of the network rests on one trial: variation between trials cannot be estimated, "
                "and the interval assumes that there is none."
            )
        kind = "random effects" if self.result.model == "random" else "fixed effects"
        return (
            f"Variation between trials ({kind}): I2 {100 * h.i2:.0f} %, tau2 {h.tau2:.3g}, Q {h.q:.2f} on {h.df} df."
        )

    def _consistency(self) -> str:
        if self.split.p is not None:
            word = "disagree" if self.split.p < 0.1 else "agree"
            return f"Direct and indirect evidence {word} (p={self.split.p:.2g})."
        if self.inconsistency.interaction.df == 0:
            return "The network has no loop, so nothing checks whether its parts agree."
        return f"Consistency of the whole network: p={self.inconsistency.interaction.p or 0.0:.2g}."


def _chain(result: NetworkResult, treatment: str, versus: str) -> tuple[Step, ...]:
    """Find the shortest chain of trials between two treatments; of equal ones, the first in the alphabet."""
    came_from: dict[str, str] = {treatment: ""}
    queue = deque([treatment])
    while queue and versus not in came_from:
        here = queue.popleft()
        i = result.position(here)
        for j, other in enumerate(result.treatments):
            if result.direct_trials[i, j] > 0 and other not in came_from:
                came_from[other] = here
                queue.append(other)
    path = [versus]
    while came_from[path[-1]]:
        path.append(came_from[path[-1]])
    path.reverse()
    steps = []
    for a, b in pairwise(path):
        studies = tuple(t.study for t in result.data.trials if a in t.treatments and b in t.treatments)
        steps.append(Step(a, b, studies))
    return tuple(steps)


def compare_treatments(result: NetworkResult, treatment: str, versus: str) -> PairwiseEvidence:
    """Collect all evidence on two treatments of a network.

    Parameters
    ----------
    result
        Of a network meta-analysis.
    treatment, versus
        Above and below the line.

    Raises
    ------
    UnknownNameError
        If a treatment is not in the network.
    InputError
        If both are the same.
    """
    split = split_comparison(result, treatment, versus)
    chain = _chain(result, treatment, versus)
    inconsistency = assess_inconsistency(result.data, tau2_method=result.heterogeneity.tau2_method)
    return PairwiseEvidence(result, split, chain, inconsistency)
