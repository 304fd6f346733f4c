"""Direct against indirect evidence, comparison by comparison."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from cereblon.synthesis.frequentist.connectivity import components
from cereblon.synthesis.frequentist.contrast_data import ContrastData
from cereblon.synthesis.frequentist.direct_evidence import pool_direct
from cereblon.synthesis.frequentist.measure import Row, back_transform, quantile, two_sided_p
from cereblon.synthesis.frequentist.network_result import NetworkResult


@dataclass(frozen=True)
class SplitEstimate:
    """An effect with its standard error, on the scale of pooling."""

    effect: float
    se: float


@dataclass(frozen=True)
class NodeSplit:
    """One comparison with its evidence split.

    Attributes
    ----------
    treatment, versus
        Above and below the line.
    direct_studies
        Head-to-head trials.
    network
        Estimate from all evidence.
    direct, indirect
        From head-to-head trials, and from all other paths; None where there is none.
    direct_share
        Share of the network estimate's precision that head-to-head trials give, 0 to 1.
    difference
        Direct minus indirect; None unless both exist.
    p
        Two-sided, normal; None unless both exist.
    """

    treatment: str
    versus: str
    direct_studies: tuple[str, ...]
    network: SplitEstimate
    direct: SplitEstimate | None
    indirect: SplitEstimate | None
    direct_share: float
    difference: SplitEstimate | None
    p: float | None


@dataclass(frozen=True)
class NodeSplits:
    """All comparisons of a network, each with its evidence split.

    Attributes
    ----------
    result
        The network.
    splits
        One per pair of treatments.
    """

    result: NetworkResult
    splits: tuple[NodeSplit, ...]

    @property
    def testable(self) -> tuple[NodeSplit, ...]:
        """Comparisons with direct and indirect evidence."""
        return tuple(split for split in self.splits if split.difference is not None)

    def to_rows(self) -> list[Row]:
        """Give one row per comparison; effects on the natural scale with intervals."""
        measure, z = self.result.measure, quantile(self.result.level)
        rows = list[Row]()
        for split in self.splits:
            row: Row = {"treatment": split.treatment, "versus": split.versus, "trials": len(split.direct_studies)}
            row["direct_share"] = split.direct_share
            for name, part in (("network", split.network), ("direct", split.direct), ("indirect", split.indirect)):
                for end, shift in (("", 0.0), ("_low", -z), ("_high", z)):
                    shown = None if part is None else back_transform(measure, part.effect + shift * part.se)
                    row[name + end] = shown
            row["difference"] = None if split.difference is None else split.difference.effect
            row["difference_se"] = None if split.difference is None else split.difference.se
            row["p"] = split.p
            rows.append(row)
        return rows


def has_another_path(data: ContrastData, treatment: str, versus: str) -> bool:
    """Tell whether trials that do not compare the two head to head still connect them."""
    others = [t.treatments for t in data.trials if not (treatment in t.treatments and versus in t.treatments)]
    return any(treatment in part and versus in part for part in components(data.treatments, others))


def split_comparison(result: NetworkResult, treatment: str, versus: str) -> NodeSplit:
    """Split the evidence of one comparison by back-calculation.

    The network estimate is a weighted mean of direct and indirect evidence, with weights that follow from the
    precision of the direct and of the network estimate; so the indirect estimate can be calculated back. All use the
    variance between trials of the whole network.

    Parameters
    ----------
    result
        Of a network meta-analysis.
    treatment, versus
        Above and below the line.

    Returns
    -------
        With no indirect evidence when only trials that compare the two head to head connect them.

    Raises
    ------
    InputError
        If a treatment is unknown, or both are the same.

    Source
    ------
    Dias, Welton, Caldwell and Ades, Statistics in Medicine 2010; 29: 932-944; König, Krahn and Binder, Statistics in
    Medicine 2013; 32: 5414-5429 (direct share with several arms per trial).
    """
    comparison = result.compare(treatment, versus)
    network = SplitEstimate(comparison.effect, comparison.se)
    pooled = pool_direct(result.data, treatment, versus, result.tau2)
    if pooled is None:
        return NodeSplit(treatment, versus, (), network, None, network, 0.0, None, None)
    direct, studies = SplitEstimate(pooled.effect, pooled.se), pooled.studies
    share = min(1.0, (network.se / direct.se) ** 2)
    if not has_another_path(result.data, treatment, versus) or share > 1.0 - 1e-9:
        return NodeSplit(treatment, versus, studies, network, direct, None, share, None, None)
    indirect = SplitEstimate(
        (network.effect - share * direct.effect) / (1.0 - share), network.se / float(np.sqrt(1.0 - share))
    )
    gap = SplitEstimate(direct.effect - indirect.effect, float(np.hypot(direct.se, indirect.se)))
    p = two_sided_p(gap.effect / gap.se)
    return NodeSplit(treatment, versus, studies, network, direct, indirect, share, gap, p)


def split_nodes(result: NetworkResult) -> NodeSplits:
    """Split the evidence of every comparison of a network; see `split_comparison`."""
    pairs = combinations(result.treatments, 2)
    return NodeSplits(result, tuple(split_comparison(result, b, a) for a, b in pairs))
