"""Exposure of many subjects in numbers: percentiles of curves and metrics, and who the subjects are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from cereblon.model.drugs.patient import Patient
from cereblon.model.exposure.bands import PERCENTILES, ExposureBands
from cereblon.vocabulary.covariates import covariate_name, covariate_unit


class Summary(TypedDict):
    """Percentiles over subjects."""

    unit: str
    median: float
    p5: float
    p95: float


Curve = list[dict[str, float | str]]


def metrics_of(exposure: ExposureBands) -> dict[str, Summary]:
    """Summarise each metric over subjects."""
    found: dict[str, Summary] = {}
    for name, metric in exposure.metrics.items():
        p5, median, p95 = (float(x) for x in np.percentile(metric.values, PERCENTILES))
        found[name] = Summary(unit=metric.unit, median=median, p5=p5, p95=p95)
    return found


def curve_of(exposure: ExposureBands) -> Curve:
    """Write the percentiles of concentrations at each time as rows."""
    return [
        {
            "time_h": round(float(hour), 6),
            "p5": float(low),
            "median": float(mid),
            "p95": float(high),
            "unit": exposure.unit,
        }
        for hour, low, mid, high in zip(exposure.hours, *exposure.band, strict=True)
    ]


def describe_patients(patient: Patient, names: Sequence[str]) -> list[str]:
    """Say what the covariates that act are: a value, a range from 5 to 95 % of subjects, or a share of them."""
    words = []
    for name in names:
        values = np.asarray(getattr(patient, name))
        yes, no = _EITHER.get(name, ("", ""))
        low, high = np.percentile(values, (5.0, 95.0))
        if yes:
            share = float(values.mean())
            words.append(yes if share == 1.0 else no if share == 0.0 else f"{100.0 * share:.0f} % {yes}")
        else:
            between = f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}"
            words.append(f"{covariate_name(name)} {between} {covariate_unit(name)}")
    return [word for word in words if word]


_EITHER = {
    "male": ("men", "women"),
    "igg": ("IgG myeloma", "other than IgG myeloma"),
    "asian": ("Asian ancestry", ""),
    "with_pomalidomide": ("with pomalidomide", "with lenalidomide"),
}
