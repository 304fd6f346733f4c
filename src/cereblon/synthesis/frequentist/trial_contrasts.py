"""Contrasts of one trial with its baseline arm, and the covariance that several arms bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from cereblon.core.errors import InputError
from cereblon.synthesis.frequentist.contrast_model import compound_structure
from cereblon.synthesis.frequentist.effect_sizes import ArmMeasure
from cereblon.synthesis.frequentist.measure import FloatArray

MissingPairs = Literal["refuse", "equal-arms"]

_TRIANGLE_SLACK = 1.05  # printed standard errors are rounded: a variance may pass the sum of two others by 5 %


@dataclass(frozen=True)
class Contrast:
    """One printed comparison of two arms.

    Attributes
    ----------
    study, treatment, versus
        Trial, arm above and arm below the line.
    effect, se
        On the scale of pooling, `treatment` minus `versus`.
    where
        Place in a file, for messages; empty when the contrast was built in code.
    se_versus
        Standard error of the outcome in the arm below the line, whose square is the covariance of the contrasts with
        it; None where it is not printed.
    """

    study: str
    treatment: str
    versus: str
    effect: float
    se: float
    where: str = ""
    se_versus: float | None = None


@dataclass(frozen=True)
class ArmCount:
    """Events and patients of one arm.

    Attributes
    ----------
    study, treatment, where
        As in `Contrast`.
    events, n
        Patients with the event, and all; `n` is not a number where only time at risk is known.
    person_time
        Time at risk of all patients together, for rates, where a patient may have several events; None for risks.
    """

    study: str
    treatment: str
    events: float
    n: float
    where: str = ""
    person_time: float | None = None


@dataclass(frozen=True)
class MissingRow:
    """A row that is left out, since it holds no estimate: its study, its treatments, and both in words."""

    study: str
    treatments: tuple[str, ...]
    what: str
    where: str


@dataclass(frozen=True)
class TrialContrasts:
    """Independent contrasts of one trial.

    Attributes
    ----------
    study
        Name.
    treatments
        Arms; the first is the trial's baseline.
    effect
        Each other arm minus the baseline, in the order of `treatments[1:]`.
    covariance
        Sampling covariance of `effect`.
    notes
        What was done to the printed numbers, in words.
    """

    study: str
    treatments: tuple[str, ...]
    effect: FloatArray
    covariance: FloatArray
    notes: tuple[str, ...] = ()

    def contrast(self, treatment: str, versus: str) -> tuple[float, float]:
        """Give effect and variance of one arm against another of this trial."""
        selector = np.zeros(len(self.treatments))
        selector[self.treatments.index(treatment)] += 1.0
        selector[self.treatments.index(versus)] -= 1.0
        c = selector[1:]
        return float(c @ self.effect), float(c @ self.covariance @ c)


def why_uninformative(arms: Sequence[ArmCount], measure: ArmMeasure) -> str | None:
    """Say why the counts of a trial tell nothing about the measure; None when they do."""
    if measure != "risk_difference" and all(arm.events == 0 for arm in arms):
        return "no arm has an event, so a ratio is not informed"
    if measure == "log_or" and all(arm.events == arm.n for arm in arms):
        return "every patient of every arm has the event, so an odds ratio is not informed"
    return None


def trial_from_arms(study: str, arms: Sequence[ArmCount], measure: ArmMeasure, correction: float) -> TrialContrasts:
    """Make contrasts from events and patients of all arms of a trial.

    The arms are independent, so two contrasts share the variance of the baseline arm.

    Parameters
    ----------
    study
        Name.
    arms
        At least two, with different treatments and possible counts.
    measure
        Log odds ratio, log risk ratio, risk difference, or log rate ratio.
    correction
        Added to events and non-events (rates: events) of every arm when any cell of the trial is zero.

    Raises
    ------
    InputError
        If the trial has no event at all (ratios), only events (odds ratios), or a zero cell and no correction.
    """
    events, n = np.array([arm.events for arm in arms], float), np.array([arm.n for arm in arms], float)
    silent = why_uninformative(arms, measure)
    if silent is not None:
        raise InputError(f"study {study}: {silent}")
    notes: tuple[str, ...] = ()
    if measure == "log_irr":
        return _rates(study, arms, events, correction)
    if bool((events == 0).any() or (events == n).any()):
        if correction <= 0:
            raise InputError(f"study {study}: a cell is zero and the correction is {correction:g}", hint="e.g. 0.5")
        events, n = events + correction, n + 2 * correction
        notes = (f"study {study}: a cell is zero, {correction:g} was added to events and non-events of every arm",)
    rest = n - events
    if measure == "log_or":
        value, variance = np.log(events / rest), 1 / events + 1 / rest
    elif measure == "log_rr":
        value, variance = np.log(events / n), 1 / events - 1 / n
    else:
        value, variance = events / n, events * rest / n**3
    return _against_first(study, arms, value, variance, notes)


def _rates(study: str, arms: Sequence[ArmCount], events: FloatArray, correction: float) -> TrialContrasts:
    """Make log rate ratios from events and person-time."""
    time = np.array([np.nan if arm.person_time is None else arm.person_time for arm in arms])
    notes: tuple[str, ...] = ()
    if bool((events == 0).any()):
        if correction <= 0:
            raise InputError(
                f"study {study}: an arm has no event and the correction is {correction:g}", hint="e.g. 0.5"
            )
        events = events + correction
        notes = (f"study {study}: a cell is zero, {correction:g} was added to the events of every arm",)
    return _against_first(study, arms, np.log(events / time), 1 / events, notes)


def _against_first(
    study: str, arms: Sequence[ArmCount], value: FloatArray, variance: FloatArray, notes: tuple[str, ...]
) -> TrialContrasts:
    """Subtract the first arm; its variance is shared by all contrasts."""
    k = len(arms) - 1
    covariance = np.diag(variance[1:]) + np.full((k, k), variance[0])
    return TrialContrasts(study, tuple(arm.treatment for arm in arms), value[1:] - value[0], covariance, notes)


def _arm_order(contrasts: Sequence[Contrast]) -> tuple[str, ...]:
    """Order the arms of a trial, its most frequent comparator first, then by the alphabet."""
    seen = {name for c in contrasts for name in (c.versus, c.treatment)}
    below = [c.versus for c in contrasts]
    return tuple(sorted(seen, key=lambda name: (-below.count(name), name)))


def _with_hub(study: str, hub: str, contrasts: Sequence[Contrast], equal_arms: bool) -> TrialContrasts | None:
    """Join contrasts with one common comparator by its standard error, or as if all arms were of one size.

    Returns
    -------
        None where the standard error of the comparator is not printed and equal arms are not assumed.
    """
    ordered = sorted(contrasts, key=lambda c: c.treatment if c.versus == hub else c.versus)
    others = tuple(c.treatment if c.versus == hub else c.versus for c in ordered)
    effect = np.array([c.effect if c.versus == hub else -c.effect for c in ordered])
    se = np.array([c.se for c in ordered])
    printed = {c.se_versus for c in ordered if c.versus == hub and c.se_versus is not None}
    if len(printed) > 1:
        listed = " and ".join(f"{value:g}" for value in sorted(printed))
        raise InputError(f"study {study}: the reference arm {hub} has two standard errors, {listed}")
    if printed:
        own = next(iter(printed))
        if not 0 < own < float(se.min()):
            raise InputError(
                f"study {study}: the standard error {own:g} of the reference arm {hub} is not between 0 and that of "
                f"its contrasts, {se.min():g}",
                hint="a contrast varies as its two arms together; se_reference is of the outcome in one arm",
            )
        covariance = np.diag(se**2 - own**2) + own**2
        note = f"study {study}: its contrasts with {hub} are joined by the standard error {own:g} of that arm"
        return TrialContrasts(study, (hub, *others), effect, covariance, (note,))
    if not equal_arms:
        return None
    covariance = np.outer(se, se) * compound_structure(len(others))
    note = (
        f"study {study}: only the contrasts with {hub} are given; correlation 0.5 was assumed between them, "
        "as with arms of one size"
    )
    return TrialContrasts(study, (hub, *others), effect, covariance, (note,))


def _check_triangles(study: str, variance: dict[frozenset[str], float], arms: tuple[str, ...]) -> None:
    for three in combinations(arms, 3):
        sides = sorted((variance[frozenset(pair)], pair) for pair in combinations(three, 2))
        if sides[2][0] > (sides[0][0] + sides[1][0]) * _TRIANGLE_SLACK:
            raise InputError(
                f"study {study}: the standard error {np.sqrt(sides[2][0]):g} of {' and '.join(sides[2][1])} is "
                f"larger than the two others allow ({np.sqrt(sides[0][0] + sides[1][0]):g}), so an arm would have a "
                "negative variance",
                hint="check the intervals of this trial's contrasts",
            )


def trial_from_contrasts(
    study: str,
    contrasts: Sequence[Contrast],
    *,
    tolerance: float | None = None,
    missing_pairs: MissingPairs = "refuse",
) -> TrialContrasts:
    """Make the contrasts of a trial from its printed comparisons.

    A trial of k arms needs all k (k - 1) / 2 of them: the covariance of two contrasts follows from the variance of
    the third, cov = (V1 + V2 - V12) / 2. Where the standard error of one common comparator is printed, its square is
    the covariance, and the contrasts with it are enough. Effects that contradict each other only by rounding are
    reconciled by least squares.

    Parameters
    ----------
    study
        Name.
    contrasts
        One per pair of arms, in either direction, positive standard errors.
    tolerance
        Largest accepted contradiction between the effects of a trial, on the scale of pooling; None for the larger of
        0.001 and a tenth of the trial's smallest standard error.
    missing_pairs
        `refuse`; or `equal-arms`: when a trial gives only the contrasts with one comparator, assume correlation 0.5
        between them and say so in the notes.

    Raises
    ------
    InputError
        If pairs are missing, effects contradict each other, or standard errors cannot belong to one trial.

    Source
    ------
    Rücker and Schwarzer, Statistics in Medicine 2014; 33: 4353-4369 (several arms per trial).
    """
    contrasts = sorted(contrasts, key=lambda c: (c.treatment, c.versus))
    arms = _arm_order(contrasts)
    given = {frozenset((c.treatment, c.versus)): c for c in contrasts}
    missing = [pair for pair in combinations(arms, 2) if frozenset(pair) not in given]
    if missing:
        hub = next((arm for arm in arms if all(arm in (c.treatment, c.versus) for c in contrasts)), None)
        joined = None if hub is None else _with_hub(study, hub, contrasts, missing_pairs == "equal-arms")
        if joined is not None:
            return joined
        names = ", ".join(f"{b} versus {a}" for a, b in missing)
        raise InputError(
            f"study {study} has {len(arms)} arms ({', '.join(arms)}) but no contrast for {names}",
            hint="give every pair of arms; or counts per arm; or the standard error of the common comparator (column "
            "se_reference); --equal-arms assumes correlation 0.5 between contrasts with one comparator",
        )
    variance = {pair: c.se**2 for pair, c in given.items()}
    _check_triangles(study, variance, arms)
    base, others = arms[0], arms[1:]
    incidence = np.array([[(c.treatment == a) - (c.versus == a) for a in others] for c in contrasts], float)
    printed = np.array([c.effect for c in contrasts])
    effect = np.linalg.lstsq(incidence, printed, rcond=None)[0]
    gap = float(np.abs(printed - incidence @ effect).max())
    allowed = max(0.001, 0.1 * min(c.se for c in contrasts)) if tolerance is None else tolerance
    if gap > allowed:
        raise InputError(
            f"study {study}: its contrasts contradict each other by {gap:.3g} (allowed {allowed:.3g}): "
            + ", ".join(f"{c.treatment} versus {c.versus} {c.effect:.4g}" for c in contrasts),
            hint="within one trial A versus C is A versus B plus B versus C; check signs and directions",
        )
    v = np.array([[0.0 if a == b else variance[frozenset((a, b))] for b in arms] for a in arms])
    covariance = 0.5 * (v[0, 1:, None] + v[0, None, 1:] - v[1:, 1:])
    if float(np.linalg.eigvalsh(covariance).min()) <= 1e-12 * float(v.max()):
        raise InputError(
            f"study {study}: the standard errors of its contrasts cannot belong to one trial (the covariance is not "
            "positive)",
            hint=f"check the intervals of {base} against {', '.join(others)} and between them",
        )
    notes = (f"study {study}: contrasts reconciled, largest change {gap:.2g}",) if gap > 1e-9 else ()
    return TrialContrasts(study, arms, effect, covariance, notes)
