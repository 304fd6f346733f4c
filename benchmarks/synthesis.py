"""Time a random-effects network meta-analysis of 60 trials, its growth, and the posteriors of the library's networks.

Run `OPENBLAS_NUM_THREADS=1 python benchmarks/synthesis.py`, which is what a command sets; prints one line per step
with the median of several runs, and the machine. The posteriors, 4 chains of 2,000 draws each, run once, since their
time includes compilation.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from cereblon.synthesis.bayes import bayesian_network
from cereblon.synthesis.frequentist import (
    ArmCount,
    ContrastData,
    assemble,
    assess_inconsistency,
    league_table,
    network_meta_analysis,
    rank_treatments,
    split_nodes,
)
from cereblon.synthesis.trial_networks import published_network

TRIALS, TREATMENTS, RUNS = 60, 14, 7
SIZES = (20, 60, 200)
LIMIT_S, POSTERIOR_LIMIT_S, INCONSISTENCY_LIMIT_S = 1.0, 60.0, 0.1
NETWORKS = (("pfs_hr", "ndmm"), ("pfs_hr", "rrmm"), ("os_hr", "ndmm-tie"), ("orr", "rrmm"), ("orr", "ndmm-tie"))


def made_up_trials(seed: int = 1, trials: int = TRIALS) -> list[ArmCount]:
    """Draw a connected network; every fifth trial has three arms."""
    rng = np.random.default_rng(seed)
    names = [f"T{i:02d}" for i in range(TREATMENTS)]
    effect = rng.normal(0.0, 0.5, TREATMENTS)
    arms: list[ArmCount] = []
    for trial in range(trials):
        first = trial % (TREATMENTS - 1) + 1
        members = [int(rng.integers(first)), first]
        if trial % 5 == 0:
            members.append(int(rng.choice([i for i in range(TREATMENTS) if i not in members])))
        base = rng.normal(-0.5, 0.4)
        for member in members:
            n = int(rng.integers(80, 600))
            p = 1.0 / (1.0 + np.exp(-(base + effect[member] + rng.normal(0.0, 0.15))))
            arms.append(ArmCount(f"trial {trial:02d}", names[member], float(rng.binomial(n, p)), float(n)))
    return arms


def median_seconds(step: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Time a step several times and take the median."""
    times = []
    for _ in range(RUNS):
        start = clock()
        step()
        times.append(clock() - start)
    return statistics.median(times)


def posterior_seconds(endpoint: str, setting: str) -> tuple[float, bool]:
    """Time the posterior of one network of the library, compilation included; say whether it converged."""
    data = published_network(endpoint, setting).data
    start = time.perf_counter()
    posterior = bayesian_network(data, chains=4, draws=2000)
    return time.perf_counter() - start, posterior.has_converged


def growth(trials: int) -> float:
    """Print processor time of network, inconsistency test and node-splitting of so many trials; give the test's."""
    data = assemble(arms=made_up_trials(trials=trials), measure="log_or")
    test = median_seconds(lambda: assess_inconsistency(data), time.process_time)
    network = median_seconds(lambda: network_meta_analysis(data), time.process_time)
    split = median_seconds(lambda: split_nodes(network_meta_analysis(data)), time.process_time)
    shown = (f"{seconds * 1000:.1f}" for seconds in (network, test, split))
    print(f"{trials} trials: network, inconsistency, node-splitting {' '.join(shown)} ms")
    return test


def main() -> int:
    """Print the times; fail when the network with random effects or a posterior takes longer than its limit."""
    arms = made_up_trials()
    data: ContrastData = assemble(arms=arms, measure="log_or")
    result = network_meta_analysis(data)
    steps: dict[str, Callable[[], object]] = {
        "assemble 60 trials": lambda: assemble(arms=arms, measure="log_or"),
        "network, random effects, REML": lambda: network_meta_analysis(data),
        "network, random effects, DL": lambda: network_meta_analysis(data, tau2_method="DL"),
        "Q by design and interaction test": lambda: assess_inconsistency(data),
        "node-splitting, all comparisons": lambda: split_nodes(result),
        "ranking, 20,000 draws": lambda: rank_treatments(result, smaller_is_better=False),
        "league table": lambda: league_table(result),
    }
    taken = {name: median_seconds(step) for name, step in steps.items()}
    for name, seconds in taken.items():
        print(f"{name:<36}{seconds * 1000:9.1f} ms")
    grown = [growth(size) for size in SIZES]
    print(f"machine: {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    slow = [f"the network took longer than {LIMIT_S:g} s"] if taken["network, random effects, REML"] > LIMIT_S else []
    if grown[-1] > INCONSISTENCY_LIMIT_S:
        slow.append(f"the inconsistency test of {SIZES[-1]} trials took longer than {INCONSISTENCY_LIMIT_S:g} s")
    for endpoint, setting in NETWORKS:
        seconds, converged = posterior_seconds(endpoint, setting)
        name = f"posterior, {endpoint} {setting}"
        print(f"{name:<36}{seconds * 1000:9.1f} ms{'' if converged else '  NOT CONVERGED'}")
        if seconds > POSTERIOR_LIMIT_S or not converged:
            slow.append(f"{name}: over {POSTERIOR_LIMIT_S:g} s, or not converged")
    print("\n".join(slow), file=sys.stderr)
    return int(bool(slow))


if __name__ == "__main__":
    raise SystemExit(main())
