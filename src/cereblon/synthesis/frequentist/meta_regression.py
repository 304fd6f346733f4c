"""Meta-regression: does a property of trials explain why their effects differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cereblon.core.errors import InputError
from cereblon.synthesis.frequentist.contrast_model import fit
from cereblon.synthesis.frequentist.heterogeneity import check_tau2_method, estimate_tau2
from cereblon.synthesis.frequentist.measure import FloatArray, Row, check_level, quantile, two_sided_p
from cereblon.synthesis.frequentist.pairwise import one_effect_model


@dataclass(frozen=True)
class MetaRegression:
    """Coefficients of a mixed-effects meta-regression.

    Attributes
    ----------
    names
        `intercept`, then the moderators.
    coefficient, se
        Change of the effect per unit of a moderator, on the scale of pooling.
    tau2
        Variance between trials that the moderators leave.
    tau2_without
        Variance between trials without moderators.
    explained
        1 - tau2 / tau2_without, at least 0; None when there was nothing to explain.
    level
        Level of intervals.
    """

    names: tuple[str, ...]
    coefficient: FloatArray
    se: FloatArray
    tau2: float
    tau2_without: float
    explained: float | None
    level: float

    def to_rows(self) -> list[Row]:
        """Give one row per coefficient."""
        z = quantile(self.level)
        return [
            {
                "name": name,
                "coefficient": float(b),
                "se": float(s),
                "low": float(b - z * s),
                "high": float(b + z * s),
                "level": self.level,
                "p": two_sided_p(float(b / s)),
            }
            for name, b, s in zip(self.names, self.coefficient, self.se, strict=True)
        ]


def regress(
    effect: ArrayLike,
    se: ArrayLike,
    moderators: Mapping[str, ArrayLike],
    *,
    tau2_method: str = "REML",
    level: float = 0.95,
) -> MetaRegression:
    """Regress trial effects on properties of trials, with a variance between trials that remains.

    A relation between trials need not hold between patients within a trial.

    Parameters
    ----------
    effect, se
        Per trial, on the scale of pooling.
    moderators
        Name to one number per trial.
    tau2_method
        DL, PM or REML.
    level
        Level of intervals.

    Raises
    ------
    InputError
        If moderators do not fit the trials, are not finite, or leave no degrees of freedom.

    Source
    ------
    Thompson and Higgins, Statistics in Medicine 2002; 21: 1559-1573. Raudenbush, in Cooper, Hedges and Valentine
    (eds), The Handbook of Research Synthesis, 2009 (explained share).
    """
    method, plain = check_tau2_method(tau2_method), one_effect_model(effect, se)
    check_level(level)
    columns = [np.ones(plain.y.size)]
    for name, values in moderators.items():
        column = np.asarray(values, float)
        if column.shape != plain.y.shape or not np.isfinite(column).all():
            raise InputError(f"moderator {name} needs one finite number for each of the {plain.y.size} trials")
        columns.append(column)
    design = np.stack(columns, axis=1)
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise InputError(f"the moderators {', '.join(moderators)} cannot be told apart", hint="drop one of them")
    model = plain.with_design(design)
    tau2, without = estimate_tau2(model, method), estimate_tau2(plain, method)
    if tau2 is None or without is None:
        raise InputError(f"{plain.y.size} trials are too few for {len(moderators)} moderators")
    fitted = fit(model, tau2)
    return MetaRegression(
        ("intercept", *moderators),
        fitted.coefficients,
        np.sqrt(np.diag(fitted.covariance)),
        tau2,
        without,
        max(0.0, 1.0 - tau2 / without) if without > 0 else None,
        level,
    )
