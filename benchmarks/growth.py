"""Measure how the work of a trial grows with subjects, years, arms, replicate trials and draws of the parameters.

Run as `python benchmarks/growth.py`. One process, processor time with programs made ready before: simulation with
tables and assessment, and counting with what is read off, each the least of two runs. The exponent is that of the
power by which the time of the largest exceeds that of the smallest: 1 is in proportion, 0 no growth. It fails where
one is above 1.2. Studies of a network grow in `synthesis.py`, patients of a cohort in `cohort.py PATIENTS`.
"""

from __future__ import annotations

import math
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence

from cereblon.model.engine.batch import use_compilation_cache
from cereblon.model.engine.ensemble import load_ensemble
from cereblon.trials.library import load_trial
from cereblon.trials.run import prepare, simulate_block
from cereblon.trials.run_counts import count_tables
from cereblon.trials.trial import TrialPlan

RUNS = 2
HIGHEST_EXPONENT = 1.2
YEARS = 4
SUBJECTS = 2048


def trial(
    *, subjects: int = SUBJECTS, years: float = YEARS, arms: int = 2, replicates: int = 1, **changed: object
) -> TrialPlan:
    """Give S0777 with other sizes; `subjects` are those of all arms and replicate trials together."""
    plan = load_trial("swog-s0777")
    given = list(plan.arms.values())
    size = subjects // arms // replicates
    named = {f"arm{place}": given[place % 2].model_copy(update={"size": size}) for place in range(arms)}
    if arms == 2:
        named = dict(zip(plan.arms, named.values(), strict=True))
    return plan.model_copy(
        update={
            "arms": named,
            "comparator": next(iter(named)),
            "study": plan.study if arms == 2 else None,
            "replicates": replicates,
            "enrolment_months": 0.0,
            "follow_up_months": 12.0 * years,
            **changed,
        }
    )


def seconds(plan: TrialPlan, draws: int | None = None) -> tuple[float, float]:
    """Give the processor time of simulating a trial, and of counting it; the least of some runs."""
    prepared = prepare(plan, ensemble=load_ensemble() if draws else None, draws=draws)
    simulated, counted = [], []
    for _ in range(RUNS):
        begun = time.process_time()
        tables = simulate_block(prepared, 0, plan.subjects, source_id="growth")
        between = time.process_time()
        count_tables(tables, plan, None)
        simulated.append(between - begun)
        counted.append(time.process_time() - between)
    return min(simulated), min(counted)


def grows(what: str, sizes: Sequence[int], measure: Callable[[int], tuple[float, float]]) -> float:
    """Print a line for simulating and one for counting; give the larger exponent."""
    found = [measure(size) for size in sizes]
    exponents = []
    for part, times in zip(("simulated", "counted"), zip(*found, strict=True), strict=True):
        exponents.append(math.log(times[-1] / times[0]) / math.log(sizes[-1] / sizes[0]))
        shown = " | ".join(f"{size:,}: {one:.2f} s" for size, one in zip(sizes, times, strict=True))
        print(f"| {what}, {part} | {shown} | {exponents[-1]:.2f} |", flush=True)
    return max(exponents)


def main() -> int:
    """Print a table; fail where the work grows faster than the size."""
    use_compilation_cache()
    simulate_block(prepare(trial(subjects=64)), 0, 64, source_id="ready")
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print("| what | smallest | | largest | exponent |\n|---|---|---|---|---|")
    found = [
        grows("subjects", (1024, 2048, 4096), lambda size: seconds(trial(subjects=size))),
        grows("years", (2, 4, 8), lambda size: seconds(trial(years=size))),
        grows("arms of the same subjects", (2, 4, 8), lambda size: seconds(trial(arms=size))),
        grows("replicate trials of the same subjects", (1, 4, 16), lambda size: seconds(trial(replicates=size))),
        grows("draws of 32 replicate trials", (2, 4, 16), lambda size: seconds(trial(replicates=32), size)),
    ]
    return int(max(found) > HIGHEST_EXPONENT)


if __name__ == "__main__":
    sys.exit(main())
