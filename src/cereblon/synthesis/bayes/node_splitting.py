"""Direct against indirect evidence on one comparison, as two parameters of one posterior."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cereblon.core.errors import InputError, unknown_name
from cereblon.synthesis.bayes.network import BayesianNetwork, bayesian_network
from cereblon.synthesis.bayes.posterior import PosteriorEffect, describe_draws
from cereblon.synthesis.bayes.priors import Priors
from cereblon.synthesis.frequentist.contrast_data import ContrastData
from cereblon.synthesis.frequentist.measure import Row, back_transform
from cereblon.synthesis.frequentist.node_splitting import has_another_path


@dataclass(frozen=True)
class BayesianSplit:
    """One comparison with its evidence split.

    Attributes
    ----------
    posterior
        Of the network in which the treatment of head-to-head trials is a treatment of its own.
    direct, indirect
        From head-to-head trials, and from all others.
    difference
        Direct minus indirect.
    p
        Twice the smaller of the posterior probabilities that the difference is below and above 0.
    """

    posterior: BayesianNetwork
    direct: PosteriorEffect
    indirect: PosteriorEffect
    difference: PosteriorEffect
    p: float

    def to_rows(self) -> list[Row]:
        """Give direct and indirect evidence as rows, on the natural scale."""
        measure, level = self.posterior.measure, self.posterior.level
        rows = list[Row]()
        for kind, effect in (("direct", self.direct), ("indirect", self.indirect)):
            row: Row = {"evidence": f"Bayesian, {kind}"}
            rows.append(row | effect.to_row(measure, level))
        return rows

    def sentence(self) -> str:
        """Say how far direct and indirect evidence differ."""
        gap, measure = self.difference, self.posterior.measure
        low, middle, high = (back_transform(measure, end) for end in (gap.low, gap.median, gap.high))
        state = "" if self.posterior.has_converged else " (the sampler has NOT converged)"
        return (
            f"Bayesian node-splitting{state}: direct over indirect {middle:.2f} "
            f"({100 * self.posterior.level:g} % interval {low:.2f} to {high:.2f}; p={self.p:.2g})."
        )


def split_posterior(
    data: ContrastData,
    treatment: str,
    versus: str,
    *,
    model: str = "random",
    priors: Priors | None = None,
    level: float = 0.95,
    chains: int = 4,
    warmup: int = 1000,
    draws: int = 2000,
    seed: int = 1,
) -> BayesianSplit | None:
    """Estimate direct and indirect evidence on one comparison together, with one heterogeneity.

    In trials that compare the two head to head, `treatment` becomes a treatment of its own; against `versus` its
    effect is the direct one, and that of `treatment` in all other trials the indirect one. Further arms of those
    trials keep their names.

    Parameters
    ----------
    data
        Of a connected network.
    treatment, versus
        Above and below the line.
    model, priors, level, chains, warmup, draws, seed
        As for `bayesian_network`.

    Returns
    -------
        None where there is no head-to-head trial, or nothing else joins the two.

    Raises
    ------
    UnknownNameError
        If a treatment is not in the network.
    InputError
        If both are the same.

    Source
    ------
    Dias, Welton, Caldwell and Ades, Statistics in Medicine 2010; 29: 932-944; van Valkenhoef, Dias, Ades and Welton,
    Research Synthesis Methods 2016; 7: 80-93 (trials of several arms).
    """
    for name in (treatment, versus):
        if name not in data.treatments:
            raise unknown_name("treatment", name, data.treatments)
    if treatment == versus:
        raise InputError(f"{treatment} cannot be compared with itself")
    both = {t.study for t in data.trials if treatment in t.treatments and versus in t.treatments}
    if not both or not has_another_path(data, treatment, versus):
        return None
    apart = f"{treatment}, head to head with {versus}"
    posterior = bayesian_network(
        _renamed(data, both, treatment, apart),
        model=model,
        reference=versus,
        priors=priors,
        level=level,
        chains=chains,
        warmup=warmup,
        draws=draws,
        seed=seed,
    )
    gap = posterior.effect[..., posterior.treatments.index(apart)]
    gap = (gap - posterior.effect[..., posterior.treatments.index(treatment)]).ravel()
    below = float((gap < 0).mean())
    return BayesianSplit(
        posterior=posterior,
        direct=replace(posterior.compare(apart, versus), treatment=treatment),
        indirect=posterior.compare(treatment, versus),
        difference=describe_draws(treatment, versus, gap, gap, level),
        p=float(np.minimum(1.0, 2.0 * min(below, 1.0 - below))),
    )


def _renamed(data: ContrastData, studies: set[str], old: str, new: str) -> ContrastData:
    """Give a treatment another name in some trials."""
    trials = tuple(
        replace(trial, treatments=tuple(new if arm == old else arm for arm in trial.treatments))
        if trial.study in studies
        else trial
        for trial in data.trials
    )
    counts = tuple(
        replace(arm, treatment=new) if arm.study in studies and arm.treatment == old else arm for arm in data.counts
    )
    return replace(data, trials=trials, counts=counts)
