"""What a network meta-analysis gives: effects of all treatments against all others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cereblon.core.errors import InputError, unknown_name
from cereblon.synthesis.frequentist.contrast_data import ContrastData
from cereblon.synthesis.frequentist.heterogeneity import Heterogeneity, Synthesis
from cereblon.synthesis.frequentist.measure import (
    FloatArray,
    Interval,
    Measure,
    Row,
    interval_columns,
    quantile,
    two_sided_p,
)


@dataclass(frozen=True)
class NetworkEffect:
    """One treatment against another, on the scale of pooling.

    Attributes
    ----------
    treatment, versus
        Above and below the line.
    effect, se, low, high, p
        Network estimate with its interval, and the two-sided p value.
    prediction_low, prediction_high
        Where the true effect of a further trial is expected; None for fixed effects or under 2 degrees of freedom.
    direct_trials
        Trials that compare the two head to head.
    """

    treatment: str
    versus: str
    effect: float
    se: float
    low: float
    high: float
    p: float
    prediction_low: float | None
    prediction_high: float | None
    direct_trials: int


@dataclass(frozen=True)
class NetworkResult:
    """Effects of all treatments against all others.

    Attributes
    ----------
    data
        What was synthesised, with its notes.
    model, tau2
        Fixed or random, and the variance between trials in the weights (0 for fixed).
    reference
        Treatment that results are shown against by default.
    treatments
        In alphabetical order; positions in all arrays below.
    effect
        Row treatment minus column treatment, on the scale of pooling.
    se
        Standard errors of `effect`; 0 on the diagonal.
    basic, covariance
        Effects against the first treatment, and their covariance (row and column of the first treatment are 0).
    direct_trials
        Number of trials that compare the two head to head.
    level
        Level of intervals.
    interval, interval_df
        How intervals were made, and the degrees of freedom of Student's t (None: normal).
    heterogeneity
        Q of the whole network (heterogeneity and inconsistency together), I2, tau2 with its interval.
    notes
        Everything a reader must be told: handling of the data, and where the analysis differs from what was asked.
    """

    data: ContrastData
    model: Synthesis
    tau2: float
    reference: str
    treatments: tuple[str, ...]
    effect: FloatArray
    se: FloatArray
    basic: FloatArray
    covariance: FloatArray
    direct_trials: NDArray[np.int64]
    level: float
    heterogeneity: Heterogeneity
    notes: tuple[str, ...]
    interval: Interval = "wald"
    interval_df: int | None = None

    @property
    def measure(self) -> Measure:
        """Scale of pooling."""
        return self.data.measure

    def position(self, treatment: str) -> int:
        """Give the place of a treatment in the arrays; refuse an unknown one with UnknownNameError."""
        if treatment not in self.treatments:
            raise unknown_name("treatment", treatment, self.treatments)
        return self.treatments.index(treatment)

    def compare(self, treatment: str, versus: str) -> NetworkEffect:
        """Give one comparison.

        Raises
        ------
        UnknownNameError
            If a treatment is not in the network.
        InputError
            If both are the same.
        """
        i, j = self.position(treatment), self.position(versus)
        if i == j:
            raise InputError(f"{treatment} cannot be compared with itself")
        effect, se = float(self.effect[i, j]), float(self.se[i, j])
        half, df = quantile(self.level, self.interval_df) * se, self.heterogeneity.df - 1
        ends: tuple[float | None, float | None] = (None, None)
        if self.model == "random" and df >= 1:
            # t with the degrees of freedom of Q less one, which is k - 2 for a single comparison (as in R netmeta)
            reach = quantile(self.level, df) * float(np.sqrt(se**2 + self.tau2))
            ends = (effect - reach, effect + reach)
        trials = int(self.direct_trials[i, j])
        p = two_sided_p(effect / se, self.interval_df) if se > 0 else float(effect == 0.0)
        return NetworkEffect(treatment, versus, effect, se, effect - half, effect + half, p, *ends, trials)

    def to_rows(self, versus: str | None = None) -> list[Row]:
        """Give one row per comparison: against every treatment in turn, or against one."""
        below = self.treatments if versus is None else (self.treatments[self.position(versus)],)
        rows = list[Row]()
        for reference in below:
            for treatment in self.treatments:
                if treatment == reference:
                    continue
                c = self.compare(treatment, reference)
                shown = interval_columns(self.measure, c.effect, c.se, c.low, c.high, self.level)
                expected: Row = {"prediction_low": None, "prediction_high": None}
                if c.prediction_low is not None and c.prediction_high is not None:
                    ends = interval_columns(
                        self.measure, c.effect, c.se, c.prediction_low, c.prediction_high, self.level
                    )
                    expected = {"prediction_low": ends["low"], "prediction_high": ends["high"]}
                names: Row = {"treatment": treatment, "versus": reference}
                rows.append(names | shown | {"p": c.p} | expected | {"direct_trials": c.direct_trials})
        return rows
