"""Adjusted hazard ratios: Cox regression with several covariates."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cereblon.core.errors import InputError
from cereblon.core.number_arrays import ArrayInput, as_numbers
from cereblon.statistics.arm_labels import above_the_line
from cereblon.statistics.cox import NotSettledError, fit_cox
from cereblon.statistics.estimate import Estimate, check_level, normal_quantile, ratio_estimate, without_value
from cereblon.statistics.follow_up import Floats, FollowUp, Ints, read_follow_up, read_subjects
from cereblon.statistics.hazard_ratio import RUN_AWAY

# A log hazard ratio over the range of a covariate beyond the first, with so few standard errors, has run away.
_LEAST_CERTAIN = 2.0
_LARGEST = 700.0  # of a logarithm whose exponential is still a number


def cox_regression(
    time: ArrayInput,
    observed: ArrayInput,
    covariates: Mapping[str, ArrayInput],
    *,
    comparators: Mapping[str, object] | None = None,
    strata: ArrayInput | None = None,
    entry: ArrayInput | None = None,
    weights: ArrayInput | None = None,
    subject: ArrayInput | None = None,
    coding: str | None = None,
    level: float = 0.95,
) -> dict[str, Estimate]:
    """Estimate adjusted hazard ratios by Cox regression with several covariates, ties by Efron's method.

    Parameters
    ----------
    time, observed, entry, weights, coding
        As in `kaplan_meier`.
    covariates
        Per subject by name: numbers, or two labels of which `comparators` names one.
    comparators
        Label below the line of each covariate that is read as two groups.
    strata, subject, level
        As in `hazard_ratio`.

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
    data = read_follow_up(time, observed, coding=coding, entry=entry, weights=weights, strata=strata)
    columns = _columns(covariates, comparators or {}, data.n)
    names = list(columns)
    if not names:
        raise InputError("covariates: none is given")
    subjects = None if subject is None else read_subjects(subject, data.n)
    if data.weight is not None:
        kept = data.weight > 0
        data, subjects = data.take(kept), None if subjects is None else subjects[kept]
        columns = {name: values[kept] for name, values in columns.items()}
    n = data.n
    if not data.observed.any():
        return {name: without_value("no_events" if n else "no_subjects", n, level) for name in names}
    known = _identified(columns)
    result = {name: without_value("not_identified", n, level) for name in names}
    if known:
        fitted = _fit(data, {name: columns[name] for name in known}, subjects)
        result |= {name: _estimate(fitted, name, columns[name], n, level) for name in known}
    return result


def _columns(
    covariates: Mapping[str, ArrayInput], comparators: Mapping[str, object], count: int
) -> dict[str, Floats]:
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


def _fit(data: FollowUp, columns: Mapping[str, Floats], subjects: Ints | None) -> dict[str, tuple[float, float]]:
    """Give the log hazard ratio and standard error of each covariate; NaN when the fit runs away."""
    keys = [*columns.values(), data.weights, data.observed, data.time]
    order = np.lexsort(keys)  # the last digits do not depend on the order of subjects
    design = np.column_stack(list(columns.values()))
    subject = None if subjects is None else subjects[order]
    try:
        fit = fit_cox(data.take(order), design[order], subject=subject)
    except NotSettledError:
        return dict.fromkeys(columns, (float("nan"), float("nan")))
    errors = fit.errors if data.weight is None and subject is None else fit.robust_errors
    return dict(zip(columns, zip(fit.coefficients.tolist(), errors.tolist(), strict=True), strict=True))


def _estimate(fitted: Mapping[str, tuple[float, float]], name: str, values: Floats, n: int, level: float) -> Estimate:
    log_ratio, error = fitted[name]
    has_run_away = abs(log_ratio) * np.ptp(values) > RUN_AWAY and abs(log_ratio) < _LEAST_CERTAIN * error
    if not np.isfinite(error) or has_run_away:
        return without_value("separated", n, level)
    if error * np.ptp(values) > RUN_AWAY:
        return without_value("not_identified", n, level)
    if abs(log_ratio) + normal_quantile(level) * error > _LARGEST:
        raise InputError(
            f"covariate {name}: a ratio per unit is beyond any number, as its values span only {np.ptp(values):g}",
            hint="give the covariate in a smaller unit",
        )
    return ratio_estimate(log_ratio, error, level, n)
