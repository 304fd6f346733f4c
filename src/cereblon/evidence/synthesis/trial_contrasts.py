"""Contrasts of one trial with its baseline arm, and the covariance that several arms bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from cereblon.errors import InputError
from cereblon.evidence.synthesis.contrast_model import compound_structure
from cereblon.evidence.synthesis.effect_sizes import CountMeasure
from cereblon.evidence.synthesis.measure import FloatArray

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
    """

    study: str
    treatment: str
    versus: str
    effect: float
    se: float
    where: str = ""


@dataclass(frozen=True)
class ArmCount:
    """Events and patients of one arm; attributes as in `Contrast`."""

    study: str
    treatment: str
    events: float
    n: float
    where: str = ""


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


def why_uninformative(arms: Sequence[ArmCount], measure: CountMeasure) -> str | None:
    """Say why the counts of a trial tell nothing about the measure; None when they do."""
    if measure != "risk_difference" and all(arm.events == 0 for arm in arms):
        return "no arm has an event, so a ratio is not informed"
    if measure == "log_or" and all(arm.events == arm.n for arm in arms):
        return "every patient of every arm has the event, so an odds ratio is not informed"
    return None


def trial_from_arms(study: str, arms: Sequence[ArmCount], measure: CountMeasure, correction: float) -> TrialContrasts:
    """Make contrasts from events and patients of all arms of a trial.

    The arms are independent, so two contrasts share the variance of the baseline arm.

    Parameters
    ----------
    study
        Name.
    arms
        At least two, with different treatments and possible counts.
    measure
        Log odds ratio, log risk ratio or risk difference.
    correction
        Added to events and non-events of every arm when any cell of the trial is zero.

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
    k = len(arms) - 1
    covariance = np.diag(variance[1:]) + np.full((k, k), variance[0])
    return TrialContrasts(study, tuple(arm.treatment for arm in arms), value[1:] - value[0], covariance, notes)


def _arm_order(contrasts: Sequence[Contrast]) -> tuple[str, ...]:
    """Order the arms of a trial, its most frequent comparator first, then by appearance."""
    seen = dict.fromkeys(name for c in contrasts for name in (c.versus, c.treatment))
    below = [c.versus for c in contrasts]
    return tuple(sorted(seen, key=lambda name: -below.count(name)))


def _equal_arms(study: str, hub: str, contrasts: Sequence[Contrast]) -> TrialContrasts:
    """Fill the covariance of contrasts with one common comparator as if all arms were of one size."""
    others = tuple(c.treatment if c.versus == hub else c.versus for c in contrasts)
    effect = np.array([c.effect if c.versus == hub else -c.effect for c in contrasts])
    se = np.array([c.se for c in contrasts])
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
    the third, cov = (V1 + V2 - V12) / 2. Effects that contradict each other only by rounding are reconciled by least
    squares.

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
    arms = _arm_order(contrasts)
    given = {frozenset((c.treatment, c.versus)): c for c in contrasts}
    missing = [pair for pair in combinations(arms, 2) if frozenset(pair) not in given]
    if missing:
        hub = next((arm for arm in arms if all(arm in (c.treatment, c.versus) for c in contrasts)), None)
        if hub is not None and missing_pairs == "equal-arms":
            return _equal_arms(study, hub, contrasts)
        names = ", ".join(f"{b} versus {a}" for a, b in missing)
        raise InputError(
            f"study {study} has {len(arms)} arms ({', '.join(arms)}) but no contrast for {names}",
            hint="give every pair of arms, or counts per arm; missing_pairs='equal-arms' assumes correlation 0.5",
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
