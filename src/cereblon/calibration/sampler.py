"""The second method: Hamiltonian Monte Carlo on the emulator, parameters and between-trial spread together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from cereblon.calibration.discrepancy import GROUPS, pattern, sampling_variance
from cereblon.calibration.emulator import Emulator
from cereblon.calibration.targets import CalibrationTarget

_SPREAD_PRIOR = 0.5  # half-normal, as in `discrepancy`


def sample(
    emulator: Emulator,
    targets: Sequence[CalibrationTarget],
    *,
    draws: int,
    warmup: int,
    seed: int,
    left_out: np.ndarray | None = None,
) -> np.ndarray:
    """Draw from the posterior.

    Parameters
    ----------
    emulator
        Of the simulator.
    targets
        Published numbers, in the emulator's order.
    draws, warmup
        Steps kept and steps of adaptation, of one chain.
    seed
        Of the sampler.
    left_out
        True for targets that are not fitted.

    Returns
    -------
        Coordinates, shape (draw, parameter).
    """
    import jax
    import jax.numpy as jnp

    published = jnp.asarray([target.z for target in targets], jnp.float32)
    sampling = sampling_variance(targets) + emulator.error_sd**2
    hidden = np.zeros(len(targets), bool) if left_out is None else left_out
    # A target left out keeps its place with a variance that tells nothing: one shape, one compilation.
    sampling = jnp.asarray(np.where(hidden, 1e4, sampling), jnp.float32)
    seen = ~hidden
    matrices = jnp.asarray(pattern(targets) * np.outer(seen, seen), jnp.float32)
    data = {
        "published": published,
        "sampling": sampling,
        "matrices": matrices,
        "inputs": jnp.asarray(emulator.inputs, jnp.float32),
        "weights": jnp.asarray(emulator.weights, jnp.float32),
        "bent": jnp.asarray(emulator.weights * emulator.curvature, jnp.float32),
        "centre": jnp.asarray(emulator.centre, jnp.float32),
        "scale": jnp.asarray(emulator.scale, jnp.float32),
    }
    chain = _chain(emulator.inputs.shape[1], draws, warmup)
    return np.asarray(chain(jax.random.PRNGKey(seed), data), np.float64)


@cache  # every study that is left out runs in the same compiled program
def _chain(count: int, draws: int, warmup: int) -> Any:
    import jax
    import jax.numpy as jnp
    import numpyro  # type: ignore[import-untyped]
    import numpyro.distributions as dist  # type: ignore[import-untyped]
    from numpyro.infer import MCMC, NUTS  # type: ignore[import-untyped]

    def model(data: Any) -> None:
        u = numpyro.sample("u", dist.Normal(jnp.zeros(count), 1.0).to_event(1))
        spread = numpyro.sample("spread", dist.HalfNormal(jnp.full(len(GROUPS), _SPREAD_PRIOR)).to_event(1))
        inner = data["inputs"] @ u / count
        mean = data["centre"] + data["scale"] * ((inner + 1.0) @ data["weights"] + inner**2 @ data["bent"])
        whole = jnp.diag(data["sampling"]) + jnp.einsum("k,kij->ij", spread**2, data["matrices"])
        numpyro.sample("published", dist.MultivariateNormal(mean, covariance_matrix=whole), obs=data["published"])

    def run(key: jax.Array, data: Any) -> jax.Array:
        chain = MCMC(
            NUTS(model, target_accept_prob=0.8, max_tree_depth=5),
            num_warmup=warmup,
            num_samples=draws,
            num_chains=1,
            progress_bar=False,
        )
        chain.run(key, data)
        return jnp.asarray(chain.get_samples()["u"])

    return jax.jit(run)
