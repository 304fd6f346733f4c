"""Adjusted hazard ratios: Cox regression with several covariates."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from cereblon.core.errors import InputError
from cereblon.core.number_arrays import as_numbers
from cereblon.outcomes.arm_labels import above_the_line
from cereblon.outcomes.estimate import Estimate, check_level, normal_quantile, without_value
from cereblon.outcomes.subject_index import Bools, Floats
from cereblon.outcomes.survival import check_times

# A log hazard ratio over the range of a covariate beyond the first, with so few standard errors, has run away.
_INFINITE, _LEAST_CERTAIN = 12.0, 2.0
_LARGEST = 700.0  # of a logarithm whose exponential is still a number


def cox_regression(
    time: ArrayLike,
    observed: ArrayLike,
    covariates: Mapping[str, ArrayLike],
    *,
    comparators: Mapping[str, object] | None = None,
    coding: str | None = None,
    level: float = 0.95,
) -> dict[str, Estimate]:
    """Estimate adjusted hazard ratios by Cox regression with several covariates (lifelines, ties by Efron).

    Parameters
    ----------
    time, observed, coding
        As in `kaplan_meier`.
    covariates
        Per subject by name: numbers, or two labels of which `comparators` names one.
    comparators
        Label below the line of each covariate that is read as two groups.
    level
        Of the Wald intervals.

    Returns
    -------
        Hazard ratio per unit of each covariate, or of the group against its comparator. Status `no_events` when there
        are none; `separated` when a ratio runs away because a covariate tells those with an event from those without;
        `not_identified` when a covariate is constant or follows from the others, or there are too few events.

    Raises
    ------
    InputError
        If a value is missing or no number, lengths differ, a covariate has text and no comparator, or a comparator
        names what is not there.
    """
    check_level(level)
    times, seen = check_times(time, observed, coding)
    columns = _columns(covariates, comparators or {}, len(times))
    names = list(columns)
    if not names:
        raise InputError("covariates: none is given")
    n = len(times)
    if not seen.any():
        return {name: without_value("no_events" if n else "no_subjects", n, level) for name in names}
    known = _identified(columns)
    result = {name: without_value("not_identified", n, level) for name in names}
    if known:
        fitted = _fit(times, seen, {name: columns[name] for name in known})
        result |= {name: _estimate(fitted, name, columns[name], n, level) for name in known}
    return result


def _columns(covariates: Mapping[str, ArrayLike], comparators: Mapping[str, object], count: int) -> dict[str, Floats]:
    strangers = sorted(set(comparators) - set(covariates))
    if strangers:
        raise InputError(f"comparators: {', '.join(strangers)} is no covariate; there are {', '.join(covariates)}")
    if not isinstance(covariates, Mapping) and not hasattr(covariates, "items"):
        raise InputError(f"covariates: {type(covariates).__name__} names none", hint="give values by name")
    columns: dict[str, Floats] = {}
    for name, values in covariates.items():
        if name in comparators:
            columns[name] = above_the_line(values, count, comparators[name]).astype(np.float64)
            continue
        if isinstance(values, np.ma.MaskedArray):
            values = np.array(np.ma.filled(values.astype(np.float64), np.nan))
        array = np.asarray(values)
        if array.dtype.kind not in "biuf":
            raise InputError(
                f"covariate {name}: its values are no numbers",
                hint=f"name the group below the line: comparators={{{name!r}: ...}}, or code it as 0 and 1",
            )
        columns[name] = as_numbers(array.astype(np.float64), f"covariate {name}")
        if len(columns[name]) != count:
            raise InputError(f"covariate {name}: {len(columns[name])} values for {count} subjects")
        missing = ~np.isfinite(columns[name])
        if missing.any():
            raise InputError(
                f"covariate {name}: {int(missing.sum())} of {count} values are missing or infinite, the first in row "
                f"{int(np.flatnonzero(missing)[0]) + 1}",
                hint="leave out the subjects or the covariate",
            )
    return columns


def _identified(columns: Mapping[str, Floats]) -> list[str]:
    """Name the covariates that vary and do not follow from the others together."""
    varying = [name for name, values in columns.items() if np.ptp(values) > 0]
    if not varying:
        return []
    scaled = np.column_stack([(columns[name] - columns[name].mean()) / columns[name].std() for name in varying])
    whole = np.linalg.matrix_rank(scaled)
    return [
        name
        for place, name in enumerate(varying)
        if len(varying) == 1 or np.linalg.matrix_rank(np.delete(scaled, place, axis=1)) < whole
    ]


def _fit(times: Floats, seen: Bools, columns: Mapping[str, Floats]) -> dict[str, tuple[float, float]]:
    """Give the log hazard ratio and standard error of each covariate; NaN when the fit runs away."""
    import pandas as pd
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError

    frame = pd.DataFrame(dict(columns))
    order = np.lexsort((*columns.values(), seen, times))  # the last digits do not depend on the order of subjects
    frame.columns = pd.Index([f"covariate {place}" for place in range(len(columns))])
    frame["time"], frame["observed"] = times, seen
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")  # what they warn of is told by the status
            fit = CoxPHFitter().fit(frame.iloc[order], duration_col="time", event_col="observed")
    except (ConvergenceError, np.linalg.LinAlgError, ValueError, ZeroDivisionError):
        return dict.fromkeys(columns, (float("nan"), float("nan")))
    if any("failed to converge" in str(one.message) for one in said):
        return dict.fromkeys(columns, (float("nan"), float("nan")))
    return {
        name: (float(fit.params_.iloc[place]), float(fit.standard_errors_.iloc[place]))
        for place, name in enumerate(columns)
    }


def _estimate(fitted: Mapping[str, tuple[float, float]], name: str, values: Floats, n: int, level: float) -> Estimate:
    log_ratio, error = fitted[name]
    has_run_away = abs(log_ratio) * np.ptp(values) > _INFINITE and abs(log_ratio) < _LEAST_CERTAIN * error
    if not np.isfinite(error) or has_run_away:
        return without_value("separated", n, level)
    if error * np.ptp(values) > _INFINITE:
        return without_value("not_identified", n, level)
    half = normal_quantile(level) * error
    if abs(log_ratio) + half > _LARGEST:
        raise InputError(
            f"covariate {name}: a ratio per unit is beyond any number, as its values span only {np.ptp(values):g}",
            hint="give the covariate in a smaller unit",
        )
    value, low, high = (float(np.exp(log_ratio + shift)) for shift in (0.0, -half, half))
    return Estimate(value, low, high, level, n)
