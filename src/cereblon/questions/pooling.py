"""How trials are pooled: the model of a meta-analysis, and the priors and sampling of its Bayesian form."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cereblon.core.arguments import kind_or_none, need_counts, need_numbers, need_text, number_or_none, text_or_none
from cereblon.core.errors import ArgumentError, unknown_name

if TYPE_CHECKING:
    from cereblon.synthesis.bayes import BayesianNetwork, BayesianSplit, Priors
    from cereblon.synthesis.frequentist import ContrastData, NetworkResult
    from cereblon.synthesis.frequentist.measure import Interval
    from cereblon.synthesis.trial_networks import ChosenTrials


@dataclass(frozen=True, kw_only=True)
class PoolingModel:
    """How the effects of trials are pooled.

    Attributes
    ----------
    model
        random or fixed effects.
    tau2
        Estimator of the variance between trials: REML, PM (Paule and Mandel) or DL (DerSimonian and Laird).
    interval
        wald, hartung-knapp, or hartung-knapp-adhoc (never narrower than without).
    level
        Level of intervals.
    """

    model: str = "random"
    tau2: str = "REML"
    interval: str = "wald"
    level: float = 0.95

    def __post_init__(self) -> None:
        """Refuse an interval that the model does not have."""
        need_text(model=self.model, tau2=self.tau2, interval=self.interval)
        need_numbers(level=self.level)
        if self.model == "fixed" and self.interval != "wald":
            raise ArgumentError(f"the interval {self.interval} changes nothing: a fixed effect has normal intervals")


@dataclass(frozen=True, kw_only=True)
class BayesianModel:
    """Priors and sampling of a Bayesian network meta-analysis; about a minute.

    Attributes
    ----------
    prior
        Prior of heterogeneity: half-normal:0.5, uniform:0,2 (both of tau), or log-normal:-2.56,1.74 (of tau2); the
        usual one of the scale if None.
    effect_sd
        Standard deviation of the normal prior of effects; the usual one if None, 100 for ratios.
    draws
        Draws per chain that are kept.
    chains
        Number of chains.
    """

    prior: str | None = None
    effect_sd: float | None = None
    draws: int = 2000
    chains: int = 4

    def __post_init__(self) -> None:
        """Refuse what is neither text nor number where one is needed."""
        text_or_none(prior=self.prior)
        number_or_none(effect_sd=self.effect_sd)
        need_counts(draws=self.draws, chains=self.chains)

    def priors(self, data: ContrastData) -> Priors:
        """Give the priors for some trials."""
        from cereblon.synthesis.bayes import default_priors, parse_heterogeneity_prior

        priors = default_priors(data)
        if self.prior is not None:
            priors = replace(priors, heterogeneity=parse_heterogeneity_prior(self.prior))
        return priors if self.effect_sd is None else replace(priors, effect_sd=self.effect_sd)


def pool_network(trials: ChosenTrials, pooling: PoolingModel, reference: str | None = None) -> NetworkResult:
    """Make the frequentist network meta-analysis of some trials.

    Raises
    ------
    UnknownNameError
        If there is no such kind of interval or treatment.
    InputError
        If the trials cannot be synthesised so.
    """
    from cereblon.synthesis.frequentist import network_meta_analysis

    return network_meta_analysis(
        trials.data,
        model=pooling.model,
        tau2_method=pooling.tau2,
        reference=None if reference is None else trials.find(reference),
        interval=interval_of(pooling),
        level=pooling.level,
    )


def interval_of(pooling: PoolingModel) -> Interval:
    """Give the kind of interval, or refuse one that is not known."""
    from typing import get_args

    from cereblon.synthesis.frequentist.measure import Interval

    kinds: tuple[Interval, ...] = get_args(Interval)
    found = next((kind for kind in kinds if kind == pooling.interval), None)
    if found is None:
        raise unknown_name("interval", pooling.interval, kinds)
    return found


def sample_network(
    result: NetworkResult, pooling: PoolingModel, bayes: BayesianModel | None, seed: int
) -> BayesianNetwork | None:
    """Sample the posterior of a network, if that was asked for."""
    if bayes is None:
        return None
    from cereblon.synthesis.bayes import bayesian_network

    return bayesian_network(
        result.data,
        model=pooling.model,
        reference=result.reference,
        priors=bayes.priors(result.data),
        level=pooling.level,
        chains=bayes.chains,
        draws=bayes.draws,
        seed=seed,
    )


def sample_split(
    result: NetworkResult, pair: tuple[str, str], pooling: PoolingModel, bayes: BayesianModel | None, seed: int
) -> BayesianSplit | None:
    """Sample direct and indirect evidence on one comparison, if the posterior was asked for and there are both."""
    if bayes is None:
        return None
    from cereblon.synthesis.bayes import split_posterior

    treatment, versus = pair
    return split_posterior(
        result.data,
        treatment,
        versus,
        model=pooling.model,
        priors=bayes.priors(result.data),
        level=pooling.level,
        chains=bayes.chains,
        draws=bayes.draws,
        seed=seed,
    )


def check_models(
    pooling: PoolingModel | None, bayes: BayesianModel | bool = False, seed: int = 1
) -> tuple[PoolingModel, BayesianModel | None]:
    """Give the models that are meant.

    Raises
    ------
    ArgumentError
        If one is something else, or a prior would change nothing.
    """
    kind_or_none(PoolingModel, pooling=pooling)
    need_counts(seed=seed)
    if not isinstance(bayes, bool):
        kind_or_none(BayesianModel, bayes=bayes)
    pooling = pooling or PoolingModel()
    interval_of(pooling)
    meant = bayes if isinstance(bayes, BayesianModel) else BayesianModel() if bayes else None
    if pooling.model == "fixed" and meant is not None and meant.prior is not None:
        raise ArgumentError(f"the prior {meant.prior} changes nothing: a fixed effect does not vary between trials")
    return pooling, meant
