"""Bayesian network meta-analysis of printed contrasts and counts together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cereblon.core.errors import InputError, unknown_name
from cereblon.synthesis.bayes.likelihood import NetworkArrays, network_arrays
from cereblon.synthesis.bayes.model_fit import ModelFit, fit_of_contrasts, fit_of_counts, together
from cereblon.synthesis.bayes.posterior import (
    EFFECTIVE_LIMIT,
    RHAT_LIMIT,
    PosteriorEffect,
    convergence_rows,
    describe_draws,
    rank_draws,
)
from cereblon.synthesis.bayes.priors import Priors, default_priors
from cereblon.synthesis.frequentist.contrast_data import ContrastData
from cereblon.synthesis.frequentist.heterogeneity import Synthesis, check_synthesis
from cereblon.synthesis.frequentist.measure import FloatArray, Measure, Row, check_level
from cereblon.synthesis.frequentist.network import network_meta_analysis
from cereblon.synthesis.frequentist.ranking import Ranking
from cereblon.synthesis.frequentist.separation import unbounded_notes

if TYPE_CHECKING:
    from cereblon.synthesis.bayes.sampler import Draws


@dataclass(frozen=True)
class BayesianNetwork:
    """The posterior of a network.

    Attributes
    ----------
    data
        What was synthesised.
    model
        Fixed or random.
    priors
        As used.
    treatments
        The reference first.
    effect
        Draws against the reference, shape (chain, draw, treatment); the first column is 0.
    tau
        Draws of the standard deviation between trials, shape (chain, draw).
    further
        Draws of the deviation, in standard deviations, of a further trial's effect; shape (chain, draw).
    convergence
        R-hat and effective draws per quantity.
    divergences
        Transitions that the sampler could not follow.
    fit
        Residual deviance with its number of data points, effective parameters, and DIC.
    level, seed
        Of intervals; of the sampler.
    notes
        Everything a reader must be told, the priors included.
    """

    data: ContrastData
    model: Synthesis
    priors: Priors
    treatments: tuple[str, ...]
    effect: FloatArray
    tau: FloatArray
    further: FloatArray
    convergence: tuple[Row, ...]
    divergences: int
    fit: ModelFit
    level: float
    seed: int
    notes: tuple[str, ...]

    @property
    def measure(self) -> Measure:
        """Scale of pooling."""
        return self.data.measure

    @property
    def reference(self) -> str:
        """Treatment that the effects are against."""
        return self.treatments[0]

    @property
    def has_converged(self) -> bool:
        """Whether every R-hat and effective number of draws is good, without divergences."""
        return self.divergences == 0 and all(bool(row["good"]) for row in self.convergence)

    def compare(self, treatment: str, versus: str) -> PosteriorEffect:
        """Summarise one comparison.

        Raises
        ------
        UnknownNameError
            If a treatment is not in the network.
        InputError
            If both are the same.
        """
        for name in (treatment, versus):
            if name not in self.treatments:
                raise unknown_name("treatment", name, self.treatments)
        if treatment == versus:
            raise InputError(f"{treatment} cannot be compared with itself")
        i, j = self.treatments.index(treatment), self.treatments.index(versus)
        draws = self.effect[..., i] - self.effect[..., j]
        return describe_draws(treatment, versus, draws.ravel(), (draws + self.tau * self.further).ravel(), self.level)

    def to_rows(self, versus: str | None = None) -> list[Row]:
        """Give one row per comparison: against every treatment in turn, or against one."""
        names = sorted(self.treatments)
        below = names if versus is None else [versus]
        return [
            self.compare(treatment, other).to_row(self.measure, self.level)
            for other in below
            for treatment in names
            if treatment != other
        ]

    def heterogeneity_row(self) -> Row:
        """Give the posterior of the standard deviation between trials."""
        low, median, high = np.quantile(self.tau, [0.5 - self.level / 2, 0.5, 0.5 + self.level / 2])
        return {"tau": float(median), "tau_low": float(low), "tau_high": float(high), "tau2": float(median) ** 2}

    def rank(self, *, smaller_is_better: bool) -> Ranking:
        """Rank the treatments in every draw; SUCRA with the interval of ranks."""
        effects = self.effect.reshape(-1, len(self.treatments))
        return rank_draws(
            self.treatments, effects, smaller_is_better=smaller_is_better, level=self.level, seed=self.seed
        )


def bayesian_network(
    data: ContrastData,
    *,
    model: str = "random",
    reference: str | None = None,
    priors: Priors | None = None,
    level: float = 0.95,
    chains: int = 4,
    warmup: int = 1000,
    draws: int = 2000,
    seed: int = 1,
    target_accept: float = 0.95,
) -> BayesianNetwork:
    """Estimate the effects of all treatments against each other by Markov chain Monte Carlo.

    Printed contrasts enter as a normal likelihood with the covariance of several arms, and the effects of single
    trials are integrated out; trials given by counts enter as a binomial likelihood on the log odds scale, and
    rates as a Poisson likelihood, which need no correction for zero cells. Both share effects and heterogeneity.

    Parameters
    ----------
    data
        Of a connected network.
    model
        `fixed` or `random`.
    reference
        Treatment that effects are against; None for the one with most trials.
    priors
        None for `default_priors`.
    level
        Of credible intervals.
    chains, warmup, draws
        How many; `warmup` and `draws` per chain.
    seed
        The same seed gives the same draws on one machine; other machines agree up to Monte Carlo error.
    target_accept
        Between 0 and 1; nearer to 1 takes smaller steps, against divergences.

    Raises
    ------
    InputError
        If the network is not connected, or too few chains or draws are asked for.
    UnknownNameError
        If a name is unknown.

    Source
    ------
    Dias, Sutton, Ades and Welton, Medical Decision Making 2013; 33: 607-617 (the model). Hoffman and Gelman, Journal
    of Machine Learning Research 2014; 15: 1593-1623 (the sampler).
    """
    synthesis = check_synthesis(model)
    check_level(level)
    _check_run(chains, warmup, draws, seed, target_accept)
    from cereblon.synthesis.bayes.sampler import sample_posterior

    start = network_meta_analysis(data, model=synthesis, reference=reference)
    arrays = network_arrays(data, start.reference, start.tau2)
    used = priors or default_priors(data)
    result = sample_posterior(
        arrays,
        used,
        random=synthesis == "random",
        chains=chains,
        warmup=warmup,
        draws=draws,
        seed=seed,
        target_accept=target_accept,
    )
    convergence = _convergence(arrays.treatments, synthesis, result)
    counted = arrays.counted is not None
    notes = (
        *_data_notes(data, counted),
        *(f"prior: {text}" for text in used.sentences(random=synthesis == "random", counts=counted)),
        *_warnings(convergence, result.divergences, start.heterogeneity.df, synthesis),
        *unbounded_notes(
            data,
            start.reference,
            f"the prior alone, normal with standard deviation {used.effect_sd:g}, speaks against larger ones",
        ),
    )
    return BayesianNetwork(
        data=data,
        model=synthesis,
        priors=used,
        treatments=arrays.treatments,
        effect=np.concatenate([np.zeros((*result.tau.shape, 1)), result.effect], axis=2),
        tau=result.tau,
        further=np.random.default_rng(seed).standard_normal(result.tau.shape),
        convergence=convergence,
        divergences=result.divergences,
        fit=_fit(arrays, result),
        level=level,
        seed=seed,
        notes=notes,
    )


def _fit(arrays: NetworkArrays, result: Draws) -> ModelFit:
    parts, tau = list[ModelFit](), result.tau.ravel()
    if arrays.printed is not None:
        parts.append(fit_of_contrasts(arrays.printed, result.effect.reshape(tau.size, -1), tau))
    if arrays.counted is not None and result.expected is not None:
        parts.append(fit_of_counts(arrays.counted, result.expected.reshape(tau.size, -1)))
    return together(parts)


def _check_run(chains: int, warmup: int, draws: int, seed: int, target_accept: float) -> None:
    problems = []
    if chains < 2:
        problems.append(f"{chains} chains: two at least are needed to see whether they agree")
    if draws < 100 or warmup < 100:
        problems.append(f"{warmup} warm-up and {draws} kept draws per chain: 100 of each at least")
    if seed < 0:
        problems.append(f"seed {seed} is negative")
    if not 0 < target_accept < 1:
        problems.append(f"target_accept {target_accept:g} is outside 0 to 1")
    if problems:
        raise InputError("\n".join(problems))


def _convergence(treatments: tuple[str, ...], model: Synthesis, result: Draws) -> tuple[Row, ...]:
    names = [f"{name} versus {treatments[0]}" for name in treatments[1:]]
    names += ["tau"] if model == "random" else []
    return tuple(convergence_rows(names, result.r_hat, result.effective))


def _data_notes(data: ContrastData, counted: bool) -> tuple[str, ...]:
    """Leave out what was done for the contrasts of trials whose counts are used as they are."""
    if not counted:
        as_contrasts = (
            f"counts enter as normal contrasts on the scale {data.measure}; log_or and log_irr use them as counts"
        )
        return (*data.notes, as_contrasts) if data.counts else data.notes
    return tuple(note for note in data.notes if "a cell is zero" not in note)


def _warnings(convergence: tuple[Row, ...], divergences: int, df: int, model: Synthesis) -> tuple[str, ...]:
    said = []
    bad = [str(row["quantity"]) for row in convergence if not row["good"]]
    if bad:
        said.append(
            f"not converged: R-hat above {RHAT_LIMIT} or under {EFFECTIVE_LIMIT:.0f} effective draws for "
            f"{', '.join(bad)}; take more draws"
        )
    if divergences:
        said.append(f"{divergences} divergent transitions: estimates may be off; raise target_accept towards 1")
    if df == 0 and model == "random":
        said.append("no comparison has two trials and nothing loops: heterogeneity is the prior's alone")
    return tuple(said)
