"""Sampling from the posterior with the No-U-Turn sampler."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import numpyro  # type: ignore[import-untyped]
import numpyro.distributions as dist  # type: ignore[import-untyped]
from numpy.typing import NDArray
from numpyro.diagnostics import effective_sample_size, split_gelman_rubin  # type: ignore[import-untyped]
from numpyro.infer import MCMC, NUTS, init_to_value  # type: ignore[import-untyped]

from cereblon.synthesis.bayes.likelihood import Coordinates, CountedTrials, IndependentContrasts, NetworkArrays
from cereblon.synthesis.bayes.priors import HeterogeneityPrior, Priors
from cereblon.synthesis.frequentist.measure import FloatArray


@dataclass(frozen=True)
class Draws:
    """Draws from the posterior.

    Attributes
    ----------
    effect
        Against the reference, shape (chain, draw, treatment - 1).
    tau
        Standard deviation between trials, shape (chain, draw); 0 for fixed effects.
    r_hat, effective
        Split R-hat and effective number of draws: one per effect, then tau if it was sampled.
    divergences
        Transitions that the sampler could not follow; 0 in a good run.
    expected
        Expected events of each arm of trials given by counts, shape (chain, draw, arm); None without such trials.
    """

    effect: FloatArray
    tau: FloatArray
    r_hat: FloatArray
    effective: FloatArray
    divergences: int
    expected: FloatArray | None


def _sample_tau(prior: HeterogeneityPrior) -> jax.Array:
    if prior.family == "half-normal":
        return jnp.asarray(numpyro.sample("tau", dist.HalfNormal(prior.first)))
    if prior.family == "uniform":
        return jnp.asarray(numpyro.sample("tau", dist.Uniform(prior.first, prior.second)))
    log_variance = numpyro.sample("log_tau2", dist.Normal(prior.first, prior.second))
    return jnp.asarray(numpyro.deterministic("tau", jnp.exp(0.5 * log_variance)))


def _printed_part(printed: IndependentContrasts, effect: jax.Array, tau: jax.Array) -> None:
    """Add printed contrasts; the effects of single trials are integrated out."""
    normal = dist.Normal(jnp.asarray(printed.design) @ effect, jnp.sqrt(1.0 + tau**2 * jnp.asarray(printed.growth)))
    numpyro.sample("contrasts", normal, obs=jnp.asarray(printed.effect))


def _own_effects(counted: CountedTrials, effect: jax.Array, tau: jax.Array) -> jax.Array:
    """Sample the contrasts of single trials around their mean, in coordinates that follow data and tau."""
    turned = counted.turned
    with numpyro.plate("contrast", counted.design.shape[0]):
        z = numpyro.sample("z_trial", dist.Normal(0.0, 1.0))
    spread = tau * jnp.sqrt(jnp.asarray(turned.growth))
    middle = jnp.asarray(turned.design) @ effect
    shrunk = 1.0 + spread**2
    # In standard deviations of the random effect: its posterior mean, were the counts normal, plus its spread.
    u = spread / shrunk * (jnp.asarray(turned.effect) - middle) + z / jnp.sqrt(shrunk)
    numpyro.factor("trial_coordinates", (0.5 * z**2 - 0.5 * u**2 - 0.5 * jnp.log(shrunk)).sum())
    return jnp.asarray(jnp.asarray(counted.back) @ (middle + spread * u))


def _counted_part(
    counted: CountedTrials, effect: jax.Array, tau: jax.Array, baseline_sd: float, random: bool
) -> None:
    """Add events per arm: binomial or Poisson, with a free log odds or log rate for the first arm of each trial."""
    contrasts = _own_effects(counted, effect, tau) if random else jnp.asarray(counted.design) @ effect
    shift = jnp.concatenate([contrasts, jnp.zeros(1)])[jnp.asarray(counted.contrast)]
    precision = jnp.zeros(counted.trials).at[counted.trial].add(counted.precision)
    expected = jnp.zeros(counted.trials).at[counted.trial].add(counted.precision * (counted.level - shift))
    with numpyro.plate("trial", counted.trials):
        z = numpyro.sample("z_baseline", dist.Normal(0.0, 1.0))
    baseline = expected / precision + z / jnp.sqrt(precision)
    log_prior = dist.Normal(0.0, baseline_sd).log_prob(baseline)
    numpyro.factor("baseline_coordinates", (log_prior - dist.Normal(0.0, 1.0).log_prob(z)).sum())
    level, size = baseline[jnp.asarray(counted.trial)] + shift, jnp.asarray(counted.n)
    if counted.are_rates:
        expected, events = size * jnp.exp(level), dist.Poisson(size * jnp.exp(level))
    else:
        expected, events = size * jax.nn.sigmoid(level), dist.Binomial(total_count=size, logits=level)
    numpyro.deterministic("expected", expected)
    numpyro.sample("events", events, obs=jnp.asarray(counted.events))


def _sample_effects(at: Coordinates, effect_sd: float, tau: jax.Array) -> jax.Array:
    """Sample effects in coordinates in which they do not spread as tau grows, with the density put right."""
    scale = jnp.sqrt(1.0 + tau**2 * jnp.asarray(at.growth))
    with numpyro.plate("treatment", at.mean.size):
        z = numpyro.sample("z", dist.Normal(0.0, 1.0))
    effect = jnp.asarray(at.mean) + jnp.asarray(at.axes) @ (scale * z)
    log_prior = dist.Normal(0.0, effect_sd).log_prob(effect).sum()
    numpyro.factor("coordinates", log_prior + jnp.log(scale).sum() - dist.Normal(0.0, 1.0).log_prob(z).sum())
    return jnp.asarray(numpyro.deterministic("effect", effect))


def _model(arrays: NetworkArrays, priors: Priors, random: bool) -> None:
    tau = _sample_tau(priors.heterogeneity) if random else jnp.zeros(())
    effect = _sample_effects(arrays.coordinates, priors.effect_sd, tau)
    if arrays.printed is not None:
        _printed_part(arrays.printed, effect, tau)
    if arrays.counted is not None:
        _counted_part(arrays.counted, effect, tau, priors.baseline_sd, random)


def _start(arrays: NetworkArrays, priors: Priors, random: bool) -> dict[str, jax.Array]:
    """Begin near the frequentist estimate: vague priors would begin far out."""
    values = {"z": jnp.zeros(len(arrays.treatments) - 1)}
    prior = priors.heterogeneity
    if random and prior.family == "log-normal":
        values["log_tau2"] = jnp.asarray(prior.first)
    elif random:
        middle = 0.5 * prior.first if prior.family == "half-normal" else 0.5 * (prior.first + prior.second)
        values["tau"] = jnp.asarray(middle)
    if arrays.counted is not None:
        values["z_baseline"] = jnp.zeros(arrays.counted.trials)
        if random:
            values["z_trial"] = jnp.zeros(arrays.counted.design.shape[0])
    return values


def sample_posterior(
    arrays: NetworkArrays,
    priors: Priors,
    *,
    random: bool,
    chains: int,
    warmup: int,
    draws: int,
    seed: int,
    target_accept: float,
) -> Draws:
    """Run the sampler, chain after chain in one program.

    Chains that step together wait for the longest path of each step, and take twice as long to compile.

    Parameters
    ----------
    arrays
        From `network_arrays`.
    priors
        What is believed before.
    random
        Whether trials may differ beyond chance.
    chains, warmup, draws
        How many; `draws` and `warmup` per chain.
    seed
        The same seed gives the same draws on the same machine.
    target_accept
        Higher values take smaller steps.
    """

    def run(key: jax.Array) -> tuple[dict[str, jax.Array], jax.Array]:
        sampler = MCMC(
            NUTS(
                _model,
                target_accept_prob=target_accept,
                init_strategy=init_to_value(values=_start(arrays, priors, random)),
            ),
            num_warmup=warmup,
            num_samples=draws,
            progress_bar=False,
        )
        sampler.run(key, arrays, priors, random, extra_fields=("diverging",))
        return sampler.get_samples(), sampler.get_extra_fields()["diverging"]

    with jax.enable_x64(True):
        # One program: the sampler begins with some 200 operations, each of which would be compiled alone.
        every = jax.jit(lambda keys: jax.lax.map(run, keys))
        found, diverged = every(jax.random.split(jax.random.key(seed), chains))
        posterior, diverging = {name: np.asarray(value) for name, value in found.items()}, np.asarray(diverged)
    effect: NDArray[np.float64] = posterior["effect"].astype(np.float64)
    tau = posterior["tau"].astype(np.float64) if random else np.zeros(effect.shape[:2])
    watched = np.concatenate([effect, tau[..., None]], axis=2) if random else effect
    return Draws(
        effect=effect,
        tau=tau,
        r_hat=np.array([float(split_gelman_rubin(watched[..., i])) for i in range(watched.shape[2])]),
        effective=np.array([float(effective_sample_size(watched[..., i])) for i in range(watched.shape[2])]),
        divergences=int(diverging.sum()),
        expected=posterior["expected"].astype(np.float64) if "expected" in posterior else None,
    )
