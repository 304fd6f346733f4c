"""Agreement of a network with itself: Q by design, and the design-by-treatment interaction test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cereblon.statistics.distributions import chi_squared_tail
from cereblon.synthesis.frequentist.contrast_data import ContrastData
from cereblon.synthesis.frequentist.contrast_model import ContrastModel, fit
from cereblon.synthesis.frequentist.heterogeneity import check_tau2_method, estimate_tau2
from cereblon.synthesis.frequentist.measure import FloatArray, Row
from cereblon.synthesis.frequentist.network import consistency_model


@dataclass(frozen=True)
class QStatistic:
    """A chi-squared statistic.

    Attributes
    ----------
    source
        What it measures: total, heterogeneity, inconsistency, or a design (its treatments).
    q, df, p
        Value, degrees of freedom, p value (None without degrees of freedom).
    """

    source: str
    q: float
    df: int
    p: float | None


@dataclass(frozen=True)
class Inconsistency:
    """How far trials of one design differ among themselves, and designs from each other.

    Attributes
    ----------
    total
        Q of the whole network, fixed-effect weights.
    heterogeneity
        The part within designs (trials with the same set of treatments).
    inconsistency
        The part between designs.
    designs
        `heterogeneity` split by design; only designs with more than one trial.
    interaction
        Design-by-treatment interaction: the part between designs with random-effects weights, which asks whether
        designs differ more than trials of one design do.
    tau2_within
        Variance between trials of one design, used in `interaction`; None when no design has two trials, and then the
        test is the fixed-effect one.
    """

    total: QStatistic
    heterogeneity: QStatistic
    inconsistency: QStatistic
    designs: tuple[QStatistic, ...]
    interaction: QStatistic
    tau2_within: float | None

    def to_rows(self) -> list[Row]:
        """Give one row per statistic."""
        kinds = [
            ("total", self.total),
            ("within designs", self.heterogeneity),
            ("between designs", self.inconsistency),
            ("between designs, random effects", self.interaction),
            *(("within one design", design) for design in self.designs),
        ]
        return [{"part": kind, "design": s.source, "q": s.q, "df": s.df, "p": s.p} for kind, s in kinds]


def _statistic(source: str, q: float, df: int) -> QStatistic:
    q = max(q, 0.0)
    return QStatistic(source, q, df, chi_squared_tail(q, df) if df > 0 else None)


def _design_columns(data: ContrastData) -> tuple[FloatArray, dict[str, list[int]]]:
    """Give the design matrix with own effects for each set of treatments, and the contrasts of each set."""
    columns: dict[tuple[str, str], int] = {}
    entries: list[dict[int, float]] = []
    members: dict[str, list[int]] = {}
    for trial in data.trials:
        arms = sorted(trial.treatments)
        name = ":".join(arms)
        own = {arm: columns.setdefault((name, arm), len(columns)) for arm in arms[1:]}
        for arm in trial.treatments[1:]:
            members.setdefault(name, []).append(len(entries))
            base = trial.treatments[0]
            entries.append({own[a]: s for a, s in ((arm, 1.0), (base, -1.0)) if a in own})
    matrix = np.zeros((len(entries), len(columns)))
    for row, entry in enumerate(entries):
        for column, value in entry.items():
            matrix[row, column] = value
    return matrix, members


def _q_by_design(model: ContrastModel, members: dict[str, list[int]]) -> tuple[QStatistic, ...]:
    """Split the residual Q of the design model (fixed effects) by design."""
    residual = model.y - model.design @ fit(model).coefficients
    share = np.zeros(model.y.size)
    for block in model.blocks:
        r = residual[block.rows]
        share[block.rows] = r * np.linalg.solve(block.covariance, r[..., None])[..., 0]
    parts = []
    for name, rows in sorted(members.items()):
        df = len(rows) - name.count(":")
        if df > 0:
            parts.append(_statistic(name, float(share[rows].sum()), df))
    return tuple(parts)


def assess_inconsistency(data: ContrastData, *, tau2_method: str = "REML") -> Inconsistency:
    """Decompose Q by design and test the design-by-treatment interaction.

    Parameters
    ----------
    data
        Trials of a connected network.
    tau2_method
        DL, PM or REML, for the variance between trials of one design.

    Raises
    ------
    InputError
        If the network is not connected, or the method unknown.

    Source
    ------
    Higgins, Jackson, Barrett, Lu, Ades and White, Research Synthesis Methods 2012; 3: 98-110. Krahn, Binder and
    König, BMC Medical Research Methodology 2013; 13: 35.
    """
    method = check_tau2_method(tau2_method)
    consistent = consistency_model(data)
    matrix, members = _design_columns(data)
    free = consistent.with_design(matrix)
    total, within = fit(consistent).q, fit(free).q
    df = consistent.df - free.df
    tau2_within = estimate_tau2(free, method)
    tau2 = tau2_within or 0.0
    between = fit(consistent, tau2).q - fit(free, tau2).q
    return Inconsistency(
        total=_statistic("total", total, consistent.df),
        heterogeneity=_statistic("heterogeneity", within, free.df),
        inconsistency=_statistic("inconsistency", total - within, df),
        designs=_q_by_design(free, members),
        interaction=_statistic("inconsistency", between, df),
        tau2_within=tau2_within,
    )
