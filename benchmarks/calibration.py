"""Measure what a calibration and a validation are made of: one run of the calibration trials, stage by stage.

Run as `python benchmarks/calibration.py`; it prints a table. A calibration is (steps + 2) x members such runs, two at
a time, and seconds of algebra; `cereblon validate` is the same with other trials.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from cereblon.calibration import trial_panel
from cereblon.calibration.evaluation import CalibrationSettings, pose, predict_once
from cereblon.calibration.fit import leave_one_study_out
from cereblon.model.engine.batch import use_compilation_cache

STAGES = {
    "simulate_randomised": "simulation on the device",
    "subject_tables": "rows of the tables",
    "assess": "response and progression from the rows",
    "summarise": "rates, survival curves, Cox regressions",
}
RUNS = 8


def timed(function: Callable[..., Any], spent: dict[str, float], name: str) -> Callable[..., Any]:
    """Wrap a function so that its seconds are added up."""

    def wrapped(*given: Any, **named: Any) -> Any:
        begun = time.perf_counter()
        try:
            return function(*given, **named)
        finally:
            spent[name] += time.perf_counter() - begun

    return wrapped


def measure() -> list[tuple[str, str]]:
    """Give rows (what, measured)."""
    from cereblon.calibration.emulator import fit_emulator

    use_compilation_cache()
    settings = CalibrationSettings()
    begun = time.perf_counter()
    problem = pose(settings)
    rows = [("look up trials, populations and regimens", f"{time.perf_counter() - begun:.1f} s")]
    points = np.zeros(len(problem.free))
    begun = time.perf_counter()
    first = predict_once(problem, points, block=0)
    rows.append(("first run, with loading or compiling two programs", f"{time.perf_counter() - begun:.1f} s"))
    spent: dict[str, float] = defaultdict(float)
    for name in STAGES:
        setattr(trial_panel, name, timed(getattr(trial_panel, name), spent, name))
    begun = time.perf_counter()
    runs = [predict_once(problem, points, block=1 + number) for number in range(RUNS)]
    whole = (time.perf_counter() - begun) / RUNS
    subjects = settings.per_arm * sum(len(one.names) for one in problem.panels)
    rows.append(
        (f"one run, {subjects:,} subjects in {len(problem.targets)} targets, one after the other", f"{whole:.2f} s")
    )
    rows += [(f"of it {words}", f"{100 * spent[name] / RUNS / whole:.0f} %") for name, words in STAGES.items()]
    rng = np.random.default_rng(1)
    inputs = rng.normal(size=(3 * settings.members, len(points)))
    spread = np.nan_to_num(np.std(runs, axis=0)) + 0.1
    outputs = np.nan_to_num(first) + rng.normal(size=(len(inputs), len(first))) * spread
    begun = time.perf_counter()
    emulator = fit_emulator(inputs, outputs)
    rows.append((f"emulator of {len(inputs)} runs", f"{time.perf_counter() - begun:.1f} s"))
    begun = time.perf_counter()
    leave_one_study_out("smoother", problem, emulator)
    rows.append(("smoother with each study left out, on the emulator", f"{time.perf_counter() - begun:.1f} s"))
    return rows


if __name__ == "__main__":
    for what, measured in measure():
        print(f"| {what} | {measured} |")
