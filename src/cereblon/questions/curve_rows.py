"""From the individuals behind survival curves, or from published medians and rates, to rows of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cereblon.evidence import Row, Study
    from cereblon.outcomes import Curve, Estimate
    from cereblon.synthesis.curves.extrapolation import CurveReading
    from cereblon.synthesis.curves.fits import FittedCurve
    from cereblon.synthesis.curves.guyot import Rebuilt

COLUMNS = (
    *("arm", "versus", "model", "quantity", "month", "value", "low", "high", "unit", "extrapolated", "status"),
    "method",
)


@dataclass
class CurveRows:
    """Rows being collected, and what a picture of them needs."""

    rows: list[Row] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    steps: list[Row] = field(default_factory=list)
    fitted: list[Row] = field(default_factory=list)
    hazards: list[Row] = field(default_factory=list)
    published: list[Row] = field(default_factory=list)
    arms: list[str] = field(default_factory=list)
    follow_up: float = 0.0

    def add(
        self,
        arm: str,
        quantity: str,
        unit: str,
        value: float | None,
        low: float | None = None,
        high: float | None = None,
        *,
        versus: str = "",
        model: str = "",
        month: float | None = None,
        extrapolated: bool = False,
        status: str = "estimated",
        method: str = "",
    ) -> None:
        """Add one row; what is not finite becomes empty."""
        cells = (arm, versus, model, quantity, month, _finite(value), _finite(low), _finite(high), unit)
        rest = ("yes" if extrapolated else "no", status, method)
        self.rows.append(dict(zip(COLUMNS, (*cells, *rest), strict=True)))

    def add_estimate(
        self, arm: str, quantity: str, unit: str, estimate: Estimate, *, versus: str = "", method: str = ""
    ) -> None:
        """Add an estimate of the outcome functions."""
        ends = (estimate.value, estimate.low, estimate.high)
        self.add(arm, quantity, unit, *ends, versus=versus, status=estimate.status, method=method)


def _finite(value: float | None) -> float | None:
    return value if value is not None and value == value and abs(value) != float("inf") else None


def describe(
    arms: Sequence[Rebuilt],
    *,
    versus: str | None,
    landmarks: Sequence[float],
    rmst: float | None,
    models: Sequence[str],
    horizon: float | None,
) -> CurveRows:
    """Compute everything about rebuilt or given individuals."""
    from cereblon import outcomes

    result = CurveRows(arms=[arm.arm for arm in arms], follow_up=max(float(arm.month.max()) for arm in arms))
    curves = {arm.arm: outcomes.kaplan_meier(arm.month, arm.observed) for arm in arms}
    for arm in arms:
        result.warnings += [f"{arm.arm}: {text}" for text in arm.warnings]
        _one_arm(result, arm, curves[arm.arm], landmarks)
    shortest = min(float(arm.month.max()) for arm in arms)
    until = rmst or shortest
    _check_times(result, arms, landmarks, rmst, with_models=bool(models))
    for arm in arms:
        about = {"method": f"area under Kaplan-Meier to month {until:g}"}
        result.add_estimate(
            arm.arm, "restricted_mean", "months", outcomes.restricted_mean(curves[arm.arm], until), **about
        )
    control = next(arm for arm in arms if arm.arm == (versus or arms[-1].arm))
    if versus is None and len(arms) > 1:
        result.notes.append(
            f"no arm was named to compare with: {', '.join(arm.arm for arm in arms[:-1])} versus {control.arm}, the "
            "last in alphabetical order (`versus` names another)"
        )
    for arm in arms:
        if arm is not control:
            _compare(result, arm, control, curves, until)
    if models:
        _fit_all(result, arms, models, landmarks, horizon)
    return result


def _check_times(
    result: CurveRows, arms: Sequence[Rebuilt], landmarks: Sequence[float], rmst: float | None, *, with_models: bool
) -> None:
    """Name the times on the command line that lie beyond the data; refuse those that nothing can answer."""
    from cereblon.core.errors import InputError

    for name, month in [("landmark", month) for month in landmarks] + ([("rmst", rmst)] if rmst else []):
        beyond = [arm for arm in arms if month > float(arm.month.max()) and not bool(arm.observed[-1])]
        said = ", ".join(f"{arm.arm} (month {float(arm.month.max()):.4g})" for arm in beyond)
        if len(beyond) == len(arms) and (name == "rmst" or not with_models):
            raise InputError(
                f"{name} {month:g} lies beyond the follow-up of {said}",
                hint="times on the command line are months; write 365 days for another unit",
            )
        if beyond:
            rest = "; fitted models extrapolate there" if with_models and name == "landmark" else ""
            result.warnings.append(f"{name} {month:g} months lies beyond the follow-up of {said}{rest}")


def _one_arm(result: CurveRows, arm: Rebuilt, curve: Curve, landmarks: Sequence[float]) -> None:
    from cereblon import outcomes

    result.add(arm.arm, "patients", "patients", arm.n)
    result.add(arm.arm, "events", "patients", arm.events)
    result.add_estimate(arm.arm, "median", "months", outcomes.median(curve), method="Kaplan-Meier, log-log interval")
    for month in landmarks:
        rate = outcomes.landmark_rate(curve, month)
        ends = [None if end is None else 100 * end for end in (rate.value, rate.low, rate.high)]
        result.add(arm.arm, "rate", "percent", *ends, month=month, status=rate.status, method="Kaplan-Meier")
    if arm.largest_gap == arm.largest_gap:
        result.add(
            arm.arm, "largest_gap", "percentage points", 100 * arm.largest_gap, method="rebuilt against digitised"
        )
    low, high = curve.low, curve.high
    result.steps.append({"arm": arm.arm, "month": 0.0, "survival": 1.0, "low": 1.0, "high": 1.0})
    for index, seen in enumerate(curve.events):
        if seen or index == len(curve.time) - 1:
            height = float(curve.survival[index])
            result.steps.append(
                {
                    "arm": arm.arm,
                    "month": float(curve.time[index]),
                    "survival": height,
                    "low": _finite(float(low[index])),
                    "high": _finite(float(high[index])),
                }
            )


def _compare(result: CurveRows, arm: Rebuilt, versus: Rebuilt, curves: dict[str, Curve], until: float) -> None:
    import numpy as np

    from cereblon import outcomes
    from cereblon.core.errors import InputError

    month = np.concatenate([arm.month, versus.month])
    seen = np.concatenate([arm.observed, versus.observed])
    above = np.concatenate([np.ones(arm.n, np.bool_), np.zeros(versus.n, np.bool_)])
    try:
        ratio = outcomes.hazard_ratio(month, seen, above)
        result.add_estimate(arm.arm, "hazard_ratio", "ratio", ratio, versus=versus.arm, method="Cox, Efron ties")
        test = outcomes.log_rank(month, seen, above)
        p = test.p if test.status == "estimated" else None
        result.add(arm.arm, "log_rank_p", "p", p, versus=versus.arm, status=test.status, method="two-sided")
    except InputError as error:
        result.warnings.append(f"{arm.arm} versus {versus.arm}: no hazard ratio; {error.message}")
    difference = outcomes.restricted_mean_difference(curves[arm.arm], curves[versus.arm], until)
    method = f"areas under Kaplan-Meier to month {until:g}"
    result.add_estimate(arm.arm, "restricted_mean_difference", "months", difference, versus=versus.arm, method=method)


def _fit_all(
    result: CurveRows,
    arms: Sequence[Rebuilt],
    models: Sequence[str],
    landmarks: Sequence[float],
    horizon: float | None,
) -> None:
    import numpy as np

    from cereblon.core.errors import InputError, UnknownNameError
    from cereblon.synthesis.curves.extrapolation import curve_points, observed_hazards
    from cereblon.synthesis.curves.fits import CLOSE_AIC, close_fits, fit_curves

    end = horizon or float(np.ceil(2 * result.follow_up / 12) * 12)
    months = np.linspace(0.0, end, 161)
    for arm in arms:
        try:
            fits, refused = fit_curves(arm.month, arm.observed, models)
        except UnknownNameError:
            raise
        except InputError as error:
            result.warnings.append(f"{arm.arm}: no model is fitted; {error.message}")
            continue
        for one in refused:
            result.add(arm.arm, "not_ranked", "", None, model=one.model, status="refused", method=one.reason)
            result.warnings.append(f"{arm.arm}, {one.model}: not ranked; {one.reason}")
        if close := close_fits(fits):
            result.warnings.append(
                f"{arm.arm}: {', '.join(fit.family.label for fit in close)} lie within {CLOSE_AIC:g} units of AIC; "
                "the data do not choose between them"
            )
        for fit in fits:
            result.warnings += [f"{arm.arm}, {fit.family.label}: {text}" for text in fit.warnings]
            _one_fit(result, arm.arm, fit, fits[0].aic, landmarks, end)
            drawn = curve_points(fit, months)
            for index, month in enumerate(months):
                result.fitted.append(
                    {
                        "arm": arm.arm,
                        "model": fit.family.label,
                        "month": float(month),
                        "survival": float(drawn["survival"][index]),
                        "hazard": _finite(float(drawn["hazard"][index])),
                    }
                )
        width = max(1.0, float(arm.month.max()) / 12)
        seen = observed_hazards(
            arm.month, arm.observed, np.arange(0.0, float(arm.month.max()) + width, width).tolist()
        )
        for index in map(int, np.flatnonzero(seen["person_months"] > 0)):
            cells = {name: float(seen[name][index]) for name in ("start", "end", "hazard", "low", "high")}
            result.hazards.append({"arm": arm.arm, **cells})
    # the pictures show the best few of the first arm that has fits, the same in every arm
    ranked = [row for row in result.rows if row["quantity"] == "aic"]
    order = [row["model"] for row in ranked if row["arm"] == ranked[0]["arm"]]
    result.fitted.sort(key=lambda row: order.index(row["model"]) if row["model"] in order else len(order))


def _one_fit(
    result: CurveRows, arm: str, fit: FittedCurve, best: float, landmarks: Sequence[float], end: float
) -> None:
    from cereblon.synthesis.curves.extrapolation import landmark, mean_time, median_time, restricted_mean

    label = fit.family.label
    result.add(arm, "aic", "1", fit.aic, model=label, method="maximum likelihood")
    result.add(arm, "aic_difference", "1", fit.aic - best, model=label, method="from the best model of the arm")
    result.add(arm, "bic", "1", fit.bic, model=label, method="maximum likelihood")
    for name, value in fit.parameters.items():
        result.add(
            arm, f"parameter {name}", "as in R flexsurv, months", value, model=label, method="maximum likelihood"
        )

    def put(quantity: str, unit: str, reading: CurveReading, scale: float = 1.0, month: float | None = None) -> None:
        ends = (reading.value * scale, reading.low * scale, reading.high * scale)
        status = (
            "estimated" if _finite(ends[0]) is not None else "not_reached" if quantity == "median" else "infinite"
        )
        result.add(
            arm,
            quantity,
            unit,
            *ends,
            model=label,
            month=month,
            extrapolated=reading.is_extrapolated,
            status=status,
            method="draws from the parameters' covariance",
        )

    put("median", "months", median_time(fit))
    put("mean", "months", mean_time(fit))
    put("restricted_mean", "months", restricted_mean(fit, end), month=end)
    for month in dict.fromkeys([*landmarks, end]):
        put("rate", "percent", landmark(fit, month), 100.0, month)


def published_rows(study: Study, endpoint: str) -> CurveRows:
    """Collect medians and landmark rates that a study published for an endpoint; no curve and no individual."""
    from cereblon.evidence import latest_facts, published_facts

    result = CurveRows()
    wanted = {f"{endpoint}_median", f"{endpoint}_rate"}
    facts = [
        fact
        for fact in latest_facts(study, published_facts(study, numbers_only=False))
        if fact.endpoint in wanted and fact.at is None and fact.phase is None and fact.counted_from is None
    ]
    for fact in facts:
        low, high = (fact.interval.low, fact.interval.high) if fact.interval else (None, None)
        is_rate = fact.endpoint.endswith("_rate")
        quantity = "rate" if is_rate else "median"
        result.add(
            fact.arm,
            quantity,
            fact.unit,
            fact.value,
            low,
            high,
            month=fact.month if is_rate else None,
            status=fact.reading,
            method=f"published: {study.source_of(fact).reference}",
        )
        if fact.arm not in result.arms:
            result.arms.append(fact.arm)
        if fact.value is None:
            continue
        cell: Row = {"arm": fact.arm, "label": f"{quantity} {fact.value:g} {fact.unit}"}
        if is_rate and fact.month is not None:
            cell |= {"low": low / 100 if low else None, "high": high / 100 if high else None}
            cell |= {"month_low": None, "month_high": None}
            result.published.append(cell | {"month": fact.month, "survival": fact.value / 100})
        elif not is_rate:
            months = fact.value * (12 if fact.unit == "years" else 1)
            cell |= {"low": None, "high": None, "month_low": low, "month_high": high}
            result.published.append(cell | {"month": months, "survival": 0.5})
    return result
