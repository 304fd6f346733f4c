"""Why a published number differs from its prediction: parameters, assumed numbers, trial, chance; each apart.

A number is simulated in several sets, each a draw of the parameters; each set in two replicate trials. On the scale
of the number (logit or log) the variance splits as in a nested analysis of variance: between draws, between trials
of one draw, and the play of chance within a trial, which the interval of each simulated trial gives.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import numpy as np
from pydantic import Field

from cereblon.core.validation import StrictModel, validate
from cereblon.core.yaml_files import parse_yaml
from cereblon.trials.comparison_scale import (
    UNITS,
    Kind,
    error_from_interval,
    error_from_size,
    from_scale,
    group_of,
    kind_of,
    to_scale,
)

Z90 = 1.644854
_LOGIT_OF_LOG_HAZARD = 2.0 * math.log(2.0)
"""By how much the logit of a share moves with the log of a constant hazard, where half are without the event."""
_LEAST_REPLICATES = 8  # with fewer a split into parts says nothing


class AssumedSpread(StrictModel):
    """What assumed numbers leave open of a group of endpoints, and where that is known from."""

    value: float = Field(ge=0)
    unit: Literal["log", "logit"]
    basis: Literal["derived"]
    source: str = Field(min_length=1)


@cache
def assumed_spreads() -> dict[str, AssumedSpread]:
    """Read what assumed numbers leave open, by group of endpoints; a group that was not analysed is absent."""
    text = (files("cereblon.trials") / "assumed_numbers.yaml").read_text(encoding="utf-8")
    read = parse_yaml(text, where="assumed_numbers.yaml")
    return {
        name: validate(AssumedSpread, fields, where=f"assumed_numbers.yaml, {name}") for name, fields in read.items()
    }


def assumed_sd(endpoint: str, kind: Kind, *, routine_care: bool = False) -> float:
    """Give the standard deviation of an endpoint that assumed numbers leave open, on its scale; 0 where not known.

    Parameters
    ----------
    endpoint, kind
        What is predicted.
    routine_care
        Of patients in practice: whom it treats, and how, differs from trials by more than the model knows.
    """
    group = group_of(endpoint, kind)
    found = assumed_spreads().get(group)
    held = 0.0 if found is None else found.value
    if not routine_care or group not in ("time", "landmark"):
        return held
    hazard = assumed_spreads()[
        "death in routine care" if endpoint.startswith("os_") else "progression in routine care"
    ]
    return math.hypot(held, hazard.value * (1.0 if group == "time" else _LOGIT_OF_LOG_HAZARD))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Standard deviations of a predicted number on its scale.

    Parameters
    ----------
    parameter
        Of what the number is expected to be, over draws of the parameters.
    trial
        Between trials with the same parameters, beyond chance.
    sampling
        Chance in a trial of the published size.
    assumed
        Of what assumed numbers leave open that the draws hold fixed.
    """

    parameter: float
    trial: float
    sampling: float
    assumed: float = 0.0

    @property
    def total(self) -> float:
        """All four together."""
        return float(np.sqrt(self.known**2 + self.trial**2 + self.sampling**2))

    @property
    def known(self) -> float:
        """What is not known of the model: its drawn and its assumed numbers."""
        return float(np.hypot(self.parameter, self.assumed))

    @property
    def half_width(self) -> float:
        """Half of the 90 % prediction interval, on the scale."""
        return Z90 * self.total


def split(
    values: np.ndarray,
    errors: np.ndarray,
    *,
    simulated_n: float,
    published_n: float,
    between_trials: float,
    over_draws: float | None = None,
    assumed: float = 0.0,
) -> Parts:
    """Split the variance of a number over draws and replicate trials.

    Parameters
    ----------
    values
        On the scale, shape (draw, 2): two replicate trials of each draw.
    errors
        Standard errors of `values` within their simulated trials.
    simulated_n, published_n
        Patients of the arm in a simulated trial and in the published one.
    between_trials
        Standard deviation between trials that the calibration estimated for numbers of this kind. The model's own
        spread of growth between trials is part of it: the larger of the two counts.
    over_draws
        Standard deviation over draws that the calibration found in numbers of this kind. A dozen draws of a few
        dozen patients say little about the variance of one number, so the mean of theirs and of this one counts.
    assumed
        Standard deviation that assumed numbers leave open.

    Returns
    -------
        Variances that come out negative are 0.
    """
    chance = float(np.nanmean(errors**2))
    pairs = np.nanmean(values, axis=1)
    within = float(np.nanmean((values[:, 0] - values[:, 1]) ** 2 / 2.0)) if values.shape[1] > 1 else chance
    parameter = float(np.nanvar(pairs, ddof=1)) - within / 2.0 if len(pairs) > 1 else 0.0
    if over_draws is not None and len(pairs) > 1:
        parameter = (parameter + over_draws**2) / 2.0
    return Parts(
        parameter=float(np.sqrt(max(parameter, 0.0))),
        trial=float(np.sqrt(max(within - chance, between_trials**2, 0.0))),
        sampling=float(np.sqrt(chance * simulated_n / max(published_n, 1.0))),
        assumed=assumed,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shifted:
    """A prediction after the control arm of its study was seen."""

    centre: float
    sd: float


def given_control(
    centre: float, parts: Parts, control_published: float, control_centre: float, control: Parts, shared: float
) -> Shifted:
    """Correct the prediction of an arm by what its control arm showed.

    Draw and trial act on both arms alike, so the part of the control's miss that is not its chance is expected in
    the other arm too.

    Parameters
    ----------
    centre, parts
        Prediction of the arm on the scale.
    control_published, control_centre, control
        The control arm: published value, prediction and its parts.
    shared
        Part of the variance between trials that arms of one trial have in common.
    """
    common = control.known**2 + shared * control.trial**2
    weight = common / (control.total**2)
    own = parts.sampling**2 + (1.0 - shared) * parts.trial**2
    left = (parts.known**2 + shared * parts.trial**2) * (1.0 - weight)
    return Shifted(centre=centre + weight * (control_published - control_centre), sd=float(np.sqrt(own + left)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicateParts:
    """Parts of one number of a run, and its spread between trials that the replicates themselves show."""

    parts: Parts
    shown_between_trials: float


def split_replicates(
    replicates: Iterable[Mapping[str, Any]], between_trials: Mapping[str, float], *, routine_care: bool = False
) -> dict[tuple[str, str, str, float | None], ReplicateParts]:
    """Split the variance of every number of a run whose replicate trials share a draw two by two.

    Parameters
    ----------
    replicates
        Rows of `summarise_replicates`.
    between_trials
        Estimated standard deviation between trials by group of endpoints.
    routine_care
        Whether the patients are of practice.

    Returns
    -------
        By endpoint, arm, versus and month; numbers without a value in every replicate are left out.
    """
    found: dict[tuple[str, str, str, float | None], list[tuple[int, float, float]]] = {}
    trials = set()
    for row in replicates:
        trials.add(row["replicate"])
        value = row["value"]
        if row["unit"] not in UNITS or row["grade"] or value is None or row["endpoint"].startswith("baseline_"):
            continue
        kind = kind_of(row["unit"])
        error = error_from_interval(kind, row["low"], row["high"], value, row["level"] or 0.95)
        error = error or error_from_size(kind, value, float(row["n"] or 100))
        key = (row["endpoint"], row["arm"], row["versus"] or "", row["month"])
        found.setdefault(key, []).append((int(row["replicate"]), to_scale(kind, value), error))
    count = len(trials)
    if count < _LEAST_REPLICATES:
        return {}
    parts = {}
    for key, numbers in found.items():
        if len(numbers) == count:
            kind = "ratio" if key[2] else "time" if key[0].endswith("_median") else "share"
            in_order = [number for _, *number in sorted(numbers)]
            pairs = np.array(in_order[: count - count % 2]).reshape(-1, 2, 2)
            between = between_trials.get(group_of(key[0], kind), 0.0)
            parts[key] = _of_number(pairs, between, assumed_sd(key[0], kind, routine_care=routine_care))
    return parts


def _of_number(numbers: np.ndarray, expected: float, assumed: float) -> ReplicateParts:
    values, errors = numbers[..., 0], numbers[..., 1]
    shown = split(values, errors, simulated_n=1.0, published_n=1.0, between_trials=0.0)
    whole = replace(shown, trial=max(shown.trial, expected), assumed=assumed)
    return ReplicateParts(parts=whole, shown_between_trials=shown.trial)


def widened(
    interval: tuple[float | None, float | None], centre: float | None, unit: str, number: ReplicateParts
) -> tuple[float | None, float | None]:
    """Widen an interval of replicate trials by what they do not show: spread between trials, and assumed numbers.

    Parameters
    ----------
    interval, centre, unit
        As printed; an end that is not reached stays so.
    number
        Its parts.
    """
    if centre is None or unit not in UNITS:
        return interval
    kind = kind_of(unit)
    middle = to_scale(kind, centre)
    beyond = max(number.parts.trial**2 - number.shown_between_trials**2, 0.0)
    extra = Z90**2 * (beyond + number.parts.assumed**2)

    def moved(end: float | None, sign: float) -> float | None:
        if end is None:
            return None
        reach = max(sign * (to_scale(kind, end) - middle), 0.0)
        return from_scale(kind, middle + sign * float(np.sqrt(reach**2 + extra)))

    return moved(interval[0], -1.0), moved(interval[1], 1.0)
