"""Measure kinetics: 10,000 subjects over two years of daily lenalidomide at hourly output.

Run as `python benchmarks/pharmacokinetics.py`; it prints a table with machine, load and sizes.
"""

from __future__ import annotations

import os
import platform
import resource
import time
from pathlib import Path

import jax
import numpy as np

from cereblon.core.body import body_surface_area
from cereblon.model.drugs import lenalidomide
from cereblon.model.drugs.disposition import ORAL, Modes
from cereblon.model.drugs.drug_values import drug_values
from cereblon.model.drugs.drugs import linear_drugs
from cereblon.model.drugs.patient import REFERENCE, Patient
from cereblon.model.exposure.hourly import hourly_bands

SUBJECTS, DAYS = 10_000, 730


def subjects(n: int) -> Modes:
    """Draw subjects of varied size and kidney function, and give their kinetics."""
    draw = np.random.default_rng(1)
    weight = draw.normal(75.0, 15.0, n).clip(40.0, 130.0).astype(np.float32)
    clearance = draw.normal(75.0, 28.0, n).clip(10.0, 150.0).astype(np.float32)
    eta = draw.standard_normal((n, lenalidomide.N_ETA)).astype(np.float32)
    p, drug = drug_values("lenalidomide"), linear_drugs()["lenalidomide"]

    @jax.jit
    @jax.vmap
    def kinetics(varied: dict[str, jax.Array], deviates: jax.Array) -> Modes:
        return drug.disposition(Patient(**{**REFERENCE, **varied}), deviates, p)

    surface = body_surface_area(weight, REFERENCE["height_cm"]).astype(np.float32)
    modes: Modes = kinetics({"weight_kg": weight, "crcl_ml_min": clearance, "bsa_m2": surface}, eta)
    return modes


def measure(n: int, days: int) -> tuple[float, float, float, int]:
    """Give seconds with and after compilation, processor time (best of three), and how many concentrations."""
    modes, mg, dosed = subjects(n), np.full(n, 25.0, np.float32), np.ones(days, bool)
    begun = time.perf_counter()
    hourly_bands(modes, ORAL, mg, dosed)
    first, best, busy, made = time.perf_counter() - begun, np.inf, np.inf, 0
    for _ in range(3):
        begun, used = time.perf_counter(), time.process_time()
        made = hourly_bands(modes, ORAL, mg, dosed).values
        best, busy = min(best, time.perf_counter() - begun), min(busy, time.process_time() - used)
    return first, best, busy, made


def table() -> str:
    """Give the results as a Markdown table with the machine and its load."""
    model = (line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line)
    processor = next(model, platform.processor()).split(":")[-1].strip()
    load = os.getloadavg()[0]
    first, best, busy, made = measure(SUBJECTS, DAYS)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return "\n".join(
        [
            f"{processor}, {os.cpu_count()} cores, Python {platform.python_version()}; load before it {load:.1f}.",
            "",
            "| what | measured | wanted |",
            "|---|---|---|",
            f"| {SUBJECTS:,} subjects x {DAYS} days of lenalidomide, {made:.3g} hourly concentrations, after "
            f"compilation | {best:.2f} s | 3 s |",
            f"| its processor time, over both cores | {busy:.2f} s | 6 s |",
            f"| the same with compilation | {first:.2f} s | |",
            f"| peak memory | {memory:.0f} MB | |",
        ]
    )


if __name__ == "__main__":
    print(table())
