"""Several trials synthesised without proportional hazards: the log hazard ratio as a function of time.

Events in each cell of study, treatment and interval are Poisson with the person-time as offset. Each study has its
own baseline hazard, and treatment effects are shared by the studies (fixed effect, consistent over the network). The
effect is a step function (piecewise exponential) or a fractional polynomial of time.

Source
------
Ouwens, Philips and Jansen, Res Synth Methods 2010;1:258 and Jansen, BMC Med Res Methodol 2011;11:61 (models; theirs
are Bayesian, ours are fitted by maximum likelihood); Royston and Altman, Appl Stat 1994;43:429 (powers); Holford,
Biometrics 1980;36:299 (Poisson likelihood of a piecewise exponential hazard). Recalled from the texts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cereblon.core.errors import InputError, unknown_name
from cereblon.statistics.distributions import chi_squared_tail
from cereblon.synthesis.curves.digitised import Floats
from cereblon.synthesis.curves.event_counts import EventCounts
from cereblon.synthesis.curves.poisson import PoissonFit, fit_poisson, has_run_away
from cereblon.synthesis.frequentist.connectivity import check_connected

POWERS: tuple[float, ...] = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0)
"""Powers of a fractional polynomial; 0 stands for the logarithm."""
LARGEST_DESIGN = 2 * 10**7
"""Cells of the design of a regression: 30 studies of two arms and 100 intervals; it has to fit into memory."""
_Basis = Callable[[Floats], Floats]
EVENTS_PER_TERM = 5
_ONE_PART = "keep the studies of one part in the table, or add a trial that joins them"


@dataclass(frozen=True, slots=True)
class TimeSynthesis:
    """Treatment effects over time.

    Parameters
    ----------
    model
        In words.
    reference
        Treatment that effects are against.
    treatments
        All others, in the order of the coefficients.
    effect_basis, baseline_basis
        Functions of time (k) that give columns (k, terms).
    studies
        In the order of their baseline coefficients.
    fit
        The regression: baselines first, effects after them.
    heterogeneity
        Likelihood-ratio statistic, degrees of freedom and p against effects of its own for each study; None when
        no comparison was made twice.
    follow_up
        Last month with data, by study.
    warnings
        In words.
    """

    model: str
    reference: str
    treatments: tuple[str, ...]
    effect_basis: _Basis
    baseline_basis: _Basis
    studies: tuple[str, ...]
    fit: PoissonFit
    heterogeneity: tuple[float, int, float] | None
    follow_up: dict[str, float]
    warnings: tuple[str, ...] = ()

    @property
    def has_run_away(self) -> bool:
        """Whether an effect left every plausible range, so that the fit is no estimate."""
        return bool(self.warnings)

    def log_hazard_ratio(self, treatment: str, month: ArrayLike, versus: str | None = None) -> tuple[Floats, Floats]:
        """Give the log hazard ratio of two treatments and its standard error at times after 0.

        Raises
        ------
        UnknownNameError
            If a treatment is not in the network.
        """
        t = np.asarray(month, dtype=np.float64)
        x = self.effect_basis(t)
        terms, count = x.shape[1], len(self.treatments) * x.shape[1]
        contrast = np.zeros((len(t), count))
        for name, sign in ((treatment, 1.0), (versus or self.reference, -1.0)):
            if name not in (self.reference, *self.treatments):
                raise unknown_name("treatment", name, (self.reference, *self.treatments))
            if name != self.reference:
                start = terms * self.treatments.index(name)
                contrast[:, start : start + terms] += sign * x
        covariance = self.fit.covariance[-count:, -count:]
        variance = np.einsum("ij,jk,ik->i", contrast, covariance, contrast)
        return contrast @ self.fit.coefficients[-count:], np.sqrt(np.maximum(variance, 0.0))

    def survival(self, treatment: str, month: ArrayLike, study: str) -> Floats:
        """Give survival under a treatment with the baseline hazard of one study; NaN beyond its follow-up.

        Parameters
        ----------
        treatment
            Any of the network, also one that the study did not have.
        month
            Rising from 0.
        study
            Whose baseline hazard.
        """
        if study not in self.studies:
            raise unknown_name("study", study, self.studies)
        t = np.asarray(month, dtype=np.float64)
        fine = np.unique(np.concatenate([t, np.linspace(0.0, t.max(), 800)]))
        middle = (fine[:-1] + fine[1:]) / 2
        baseline = self.baseline_basis(middle)
        place = self.studies.index(study) * baseline.shape[1]
        own = self.fit.coefficients[place : place + baseline.shape[1]]
        with np.errstate(invalid="ignore"):  # 0 times minus infinity, which is not used
            log_hazard = np.where(baseline != 0, baseline * own, 0.0).sum(axis=1)
        log_hazard = log_hazard + self.log_hazard_ratio(treatment, middle)[0]
        hazard = np.where(middle <= self.follow_up[study], np.exp(log_hazard), np.nan)
        cumulative = np.concatenate([[0.0], np.cumsum(hazard * np.diff(fine))])
        return np.asarray(np.exp(-cumulative[np.searchsorted(fine, t)]), dtype=np.float64)


def polynomial_basis(powers: Sequence[float]) -> _Basis:
    """Make the terms of a fractional polynomial: 1 and one per power; a power that is repeated has a log factor."""

    def terms(t: Floats) -> Floats:
        log_t = np.log(t)
        columns, previous = [np.ones_like(t)], None
        for power in powers:
            column = log_t if power == 0 else t**power
            if previous is not None and power == previous:
                column = columns[-1] * log_t
            columns.append(column)
            previous = power
        return np.stack(columns, axis=-1)

    return terms


def _step_basis(edges: Sequence[float]) -> _Basis:
    ends = np.asarray(edges, dtype=np.float64)

    def terms(t: Floats) -> Floats:
        return np.eye(len(ends) + 1)[np.searchsorted(ends, t, side="left")]

    return terms


def piecewise(counts: EventCounts, edges: Sequence[float], *, reference: str) -> TimeSynthesis:
    """Synthesise with a hazard ratio that is constant within intervals.

    Parameters
    ----------
    counts
        From `count_events`; its intervals carry each study's baseline hazard and must contain `edges`.
    edges
        Inner ends of the intervals of the hazard ratio, months; none for proportional hazards.
    reference
        Treatment that effects are against.

    Raises
    ------
    InputError
        If the network is not connected, an interval is not made of whole cells, or a treatment has no event in one.
    """
    ends = sorted({round(float(e), 9) for e in counts.end})
    wrong = [edge for edge in edges if round(float(edge), 9) not in ends[:-1]]
    if wrong:
        raise InputError(
            f"the hazard ratio changes at month {wrong[0]:g}, where the counts have no end of an interval"
        )
    named = "proportional hazards, free baselines"
    if len(edges):
        named = "piecewise exponential, free baselines, changes at month " + ", ".join(f"{edge:g}" for edge in edges)
    return _synthesise(counts, _step_basis(edges), _step_basis(ends[:-1]), reference, named)


def fractional_polynomial(counts: EventCounts, powers: Sequence[float], *, reference: str) -> TimeSynthesis:
    """Synthesise with a log hazard that is a fractional polynomial of time in every arm.

    Parameters
    ----------
    counts
        From `count_events`, in narrow intervals (a month or less): the hazard is taken at their middle.
    powers
        One (first order) or two (second order) of `POWERS`.
    reference
        Treatment that effects are against.

    Raises
    ------
    InputError
        If a power is not allowed, or the network is not connected.
    """
    if not 1 <= len(powers) <= 2 or any(power not in POWERS for power in powers):
        allowed = ", ".join(f"{power:g}" for power in POWERS)
        raise InputError(f"powers {', '.join(f'{p:g}' for p in powers)}; one or two of {allowed} are allowed")
    basis = polynomial_basis(sorted(powers))
    named = "fractional polynomial, powers " + ", ".join(f"{power:g}" for power in sorted(powers))
    return _synthesise(counts, basis, basis, reference, named)


def select_polynomial(
    counts: EventCounts, *, reference: str, order: int = 2
) -> tuple[list[TimeSynthesis], list[str]]:
    """Fit every fractional polynomial up to an order and sort by AIC, best first.

    Returns
    -------
        Models, and a sentence for each polynomial that is not ranked, because a treatment has too few events for it,
        or it could not be fitted or ran away.

    Raises
    ------
    InputError
        If none can be fitted, or the network is not one.
    """
    if reference not in counts.treatments:
        raise unknown_name("treatment", reference, counts.treatments)
    check_connected(counts.treatments, counts.arms(), advice=_ONE_PART)
    candidates: list[tuple[float, ...]] = [(power,) for power in POWERS]
    if order == 2:
        candidates += [(a, b) for i, a in enumerate(POWERS) for b in POWERS[i:]]
    fits, refused = list[TimeSynthesis](), list[str]()
    for powers in candidates:
        named = "powers " + ", ".join(f"{power:g}" for power in powers)
        sparse = few_events(counts, 1 + len(powers))
        if sparse:
            refused.append(f"{named}: not ranked; {'; '.join(sparse)}")
            continue
        try:
            fit = fractional_polynomial(counts, powers, reference=reference)
        except InputError as error:
            refused.append(f"{named}: not ranked; {error.message}")
            continue
        if fit.has_run_away:
            refused.append(f"{named}: not ranked; {fit.warnings[0]}")
        else:
            fits.append(fit)
    if not fits:
        raise InputError(
            "no fractional polynomial could be fitted: " + refused[0],
            hint="--changes with one month asks less of the data",
        )
    return sorted(fits, key=lambda fit: fit.fit.aic), refused


def few_events(counts: EventCounts, terms: int) -> list[str]:
    """Name the treatments with too few events for the coefficients of an effect over time.

    Parameters
    ----------
    counts
        From `count_events`.
    terms
        Coefficients of each treatment's effect.

    Source
    ------
    Vittinghoff and McCulloch, Am J Epidemiol 2007;165:710: below 5 events for each coefficient, intervals of a
    regression on events no longer hold what they say.
    """
    events = {name: int(counts.events[counts.treatment == name].sum()) for name in counts.treatments}
    return [
        f"{name}: {have} events for the {terms} coefficients of an effect over time; {EVENTS_PER_TERM} for each are "
        "needed"
        for name, have in events.items()
        if have < EVENTS_PER_TERM * terms
    ]


def _synthesise(
    counts: EventCounts, effect_basis: _Basis, baseline_basis: _Basis, reference: str, model: str
) -> TimeSynthesis:
    if reference not in counts.treatments:
        raise unknown_name("treatment", reference, counts.treatments)
    check_connected(counts.treatments, counts.arms(), advice=_ONE_PART)
    others = tuple(name for name in counts.treatments if name != reference)
    follow_up = {study: float(counts.end[counts.study == study].max()) for study in counts.studies}
    middle = (counts.start + counts.end) / 2
    baseline, effect = baseline_basis(middle), effect_basis(middle)
    _refuse_larger(len(middle), len(counts.studies) * baseline.shape[1])
    own = [np.where((counts.study == study)[:, None], baseline, 0.0) for study in counts.studies]
    shared = [np.where((counts.treatment == name)[:, None], effect, 0.0) for name in others]
    empty = [name for name, x in zip(others, shared, strict=True) if not (counts.events @ np.abs(x)).all()]
    if empty:
        raise InputError(
            f"treatment {', '.join(empty)}: no event in one of the intervals of the hazard ratio",
            hint="use wider intervals",
        )
    # A baseline term without any event is a hazard of 0, and without person-time unknown: neither has a coefficient,
    # and the cells of the former tell nothing about the effects.
    present = [counts.events @ np.abs(x) > 0 for x in own]
    followed = [(x != 0).any(axis=0) for x in own]
    silent = sum((np.abs(x[:, ~p]).sum(axis=1) for x, p in zip(own, present, strict=True)), np.zeros(len(middle))) > 0
    blocks = [x[:, p] for x, p in zip(own, present, strict=True)]
    cells = (counts.events[~silent], counts.person_months[~silent])
    fit = fit_poisson(np.hstack([*blocks, *shared])[~silent], *cells)
    effects = len(others) * effect.shape[1]
    ran_away = has_run_away(fit, slice(len(fit.coefficients) - effects, None))
    arms = [(s, t) for s, names in zip(counts.studies, counts.arms(), strict=True) for t in names[1:]]
    free = [np.where(((counts.study == s) & (counts.treatment == t))[:, None], effect, 0.0) for s, t in arms]
    heterogeneity = _heterogeneity(np.hstack(blocks)[~silent], [x[~silent] for x in free], cells, effects, fit)
    return TimeSynthesis(
        model,
        reference,
        others,
        effect_basis,
        baseline_basis,
        counts.studies,
        _with_every_place(fit, np.concatenate(present), np.concatenate(followed), effects),
        heterogeneity,
        follow_up,
        ("an effect ran out of every plausible range; the data do not carry this model",) if ran_away else (),
    )


def _refuse_larger(cells: int, terms: int) -> None:
    if cells * terms > LARGEST_DESIGN:
        raise InputError(
            f"{cells:,} intervals of study and treatment and {terms:,} terms of baseline hazards are more than is "
            f"fitted at once, {LARGEST_DESIGN:,} cells",
            hint="use wider intervals (--cell 3), or fewer studies",
        )


def _with_every_place(fit: PoissonFit, present: np.ndarray, followed: np.ndarray, effects: int) -> PoissonFit:
    """Put the baseline terms without coefficient back: minus infinity without an event, NaN without person-time."""
    kept = np.concatenate([present, np.ones(effects, np.bool_)])
    coefficients = np.concatenate([np.where(followed, -np.inf, np.nan), np.zeros(effects)])
    coefficients[kept] = fit.coefficients
    covariance = np.zeros((len(kept), len(kept)))
    covariance[np.ix_(kept, kept)] = fit.covariance
    return PoissonFit(coefficients, covariance, fit.log_likelihood, fit.deviance)


def _heterogeneity(
    baseline: Floats, free: list[Floats], cells: tuple[Floats, Floats], effects: int, fit: PoissonFit
) -> tuple[float, int, float] | None:
    """Compare with a model in which every arm beside the first of its study has effects of its own."""
    own = [block[:, (block != 0).any(axis=0)] for block in free]
    degrees = sum(block.shape[1] for block in own) - effects
    if degrees <= 0:
        return None
    try:
        alternative = fit_poisson(np.hstack([baseline, *own]), *cells)
    except InputError:
        return None
    statistic = max(0.0, fit.deviance - alternative.deviance)
    return statistic, degrees, chi_squared_tail(statistic, degrees)
