"""A trial begins in every period: who is eligible then, grouped by what begins then, followed from then on.

Source
------
Hernan et al., Epidemiology 2008;19:766; Danaei et al., Stat Methods Med 2013;22:70 (pooled logistic regression over
the nested trials, with time since a trial began, and when it began, squared besides).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from cereblon.cohort.target_trial.logistic import LogisticFit, fit_logistic

TIME_TERMS: tuple[str, ...] = ("followup", "followup_squared", "trial", "trial_squared")


@dataclass(frozen=True, slots=True)
class NestedFit:
    """A pooled logistic regression over nested trials, by assignment at the beginning of each.

    Parameters
    ----------
    names
        Of the coefficients after the intercept: treatment, fixed covariates, `TIME_TERMS`, covariates at the
        beginning.
    fit
        Coefficients; where the outcome is rare in a period, that of the treatment is close to a log hazard ratio.
    rows
        Periods of all trials.
    """

    names: tuple[str, ...]
    fit: LogisticFit
    rows: int

    def coefficient(self, name: str) -> float:
        """Give a coefficient."""
        return float(self.fit.coefficients[1 + self.names.index(name)])


def expand_trials(periods: pl.DataFrame, covariates: Sequence[str]) -> pl.DataFrame:
    """Write each patient's periods once for every trial that the patient enters.

    Parameters
    ----------
    periods
        person, period (0, 1, 2 ...), eligible, treated, outcome, and covariates.
    covariates
        Those whose value at the beginning of a trial is kept.

    Returns
    -------
        person, trial (its period), followup (since then), assigned (treatment at the beginning), outcome, and the
        covariates at the beginning; nothing after the outcome.
    """
    begins = periods.filter(pl.col("eligible")).select(
        "person", *covariates, trial="period", assigned=pl.col("treated")
    )
    later = periods.select("person", "period", "outcome")
    rows = begins.join(later, on="person").filter(pl.col("period") >= pl.col("trial"))
    rows = rows.with_columns(followup=pl.col("period") - pl.col("trial")).sort("person", "trial", "followup")
    over = pl.col("outcome").cast(pl.Int8).cum_max().shift(1, fill_value=0).over("person", "trial")
    return rows.filter(over == 0)


def fit_trials(periods: pl.DataFrame, *, fixed: Sequence[str] = (), covariates: Sequence[str] = ()) -> NestedFit:
    """Fit the effect of assignment over the nested trials.

    Parameters
    ----------
    periods
        As in `expand_trials`.
    fixed
        Covariates that do not change.
    covariates
        Covariates that do; their value at the beginning of a trial counts.
    """
    rows = expand_trials(periods, [*fixed, *covariates]).with_columns(
        followup_squared=pl.col("followup") ** 2, trial_squared=pl.col("trial") ** 2
    )
    names = ("assigned", *fixed, *TIME_TERMS, *covariates)
    design = rows.select(pl.col(name).cast(pl.Float64) for name in names).to_numpy()
    outcome = rows["outcome"].cast(pl.Boolean).to_numpy()
    return NestedFit(names, fit_logistic(np.ascontiguousarray(design), outcome), rows.height)
