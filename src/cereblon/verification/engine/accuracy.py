"""How far the trial engine is from the full equations: cases, deviations, and the table of the documentation.

`python -m cereblon.verification.engine.accuracy docs/reference/engine-accuracy.md` writes the table into the page.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jax import Array
from numpy.typing import NDArray

from cereblon.core.marked_page import Markers
from cereblon.core.random_streams import root_key
from cereblon.model.engine.inputs import Subject, subjects_of
from cereblon.model.engine.parameters import Parameters, model_parameters
from cereblon.model.engine.program import Layout, Program, build_program
from cereblon.model.engine.trace import Latent, Trace, one_of, trace
from cereblon.model.patients import load_population
from cereblon.model.regimens import load_regimen, strategy_grid
from cereblon.verification.engine.reference import solve

MARKERS = Markers("<!-- accuracy -->", "<!-- end of accuracy -->")
SEED, WEEKS = 1, 52
SUBJECTS_PER_ARM = 2

ARMS: dict[str, str] = {
    "vrd-s0777": "VRd, intravenous bortezomib",
    "krd": "KRd",
    "ird": "IRd",
    "drd": "DRd, intravenous daratumumab",
    "vrd-asct-ifm2009": "VRd and melphalan 200",
}


@dataclass(frozen=True)
class ComparedQuantity:
    """What is compared, and how much the engine may be off."""

    name: str
    tolerance: float  # relative
    reason: str


QUANTITIES: tuple[ComparedQuantity, ...] = (
    ComparedQuantity("burden", 0.05, "0.02 on the scale of log10 on which depth is read, -5 for MRD"),
    ComparedQuantity("m_protein", 0.03, "half the assay's proportional error of 6.3 %"),
    ComparedQuantity("neutrophils", 0.04, "a quarter of a count's own variation of 15 %"),
    ComparedQuantity(
        "platelets", 0.10, "below a count's own variation of 12 %, for the days when counts halve or double"
    ),
    ComparedQuantity("haemoglobin", 0.01, "a third of the assay's proportional error of 3 %"),
)


@dataclass(frozen=True)
class SubjectDeviation:
    """Largest relative deviation of one subject over the year, by quantity."""

    arm: str
    subject_id: int
    deviation: dict[str, float]
    lowest_burden: float


def largest_deviation(fast: Latent, slow: Latent, last_day: float) -> dict[str, float]:
    """Compare two solutions day by day, up to the last day that counts.

    Returns
    -------
        By name of `QUANTITIES` the largest |fast / slow - 1|; 0 where the slow solution is 0 throughout.
    """
    days = slice(0, int(last_day) + 1)
    deviation = {}
    for quantity in QUANTITIES:
        a, b = (_series(solution, quantity.name)[days] for solution in (fast, slow))
        there = b > 0.0
        deviation[quantity.name] = float(np.max(np.abs(a[there] / b[there] - 1.0), initial=0.0))
    return deviation


def _series(solution: Latent, name: str) -> NDArray[np.float64]:
    values = np.asarray(getattr(solution, name), np.float64)
    return values.sum(axis=1) if values.ndim == 2 else values


@dataclass(frozen=True, eq=False)
class Setting:
    """A few subjects of every arm, ready to be traced in one compiled program."""

    root: Array
    program: Program
    layout: Layout
    subjects: Subject

    @property
    def n(self) -> int:
        """Number of subjects."""
        return len(self.subjects.age)

    def trace(self, number: int, parameters: Parameters) -> Trace:
        """Simulate one subject day by day."""
        one = one_of(self.subjects, number)
        return trace(one, self.root, self.program, parameters, self.layout, n_weeks=WEEKS)


def setting() -> Setting:
    """Draw newly diagnosed subjects with an M-protein and deal them out to the arms."""
    names, n = list(ARMS), SUBJECTS_PER_ARM * len(ARMS)
    root = root_key(SEED)
    drawn = load_population("ndmm").draw(root, np.arange(4 * n))
    patients = drawn.take(np.flatnonzero(drawn.isotype < 2)[:n])
    program, layout = build_program([strategy_grid([load_regimen(name)]) for name in names])
    return Setting(
        root=root,
        program=program,
        layout=layout,
        subjects=subjects_of(
            patients, replicate=np.zeros(n), arm=np.arange(n) % len(names), follow_up_days=np.full(n, 7.0 * WEEKS)
        ),
    )


def cases(chosen: Setting) -> list[SubjectDeviation]:
    """Solve every subject of the setting with both and compare."""
    names, parameters = list(ARMS), model_parameters()
    rows = []
    for number in range(chosen.n):
        fast = chosen.trace(number, parameters)
        slow = solve(fast, parameters, chosen.layout)
        rows.append(
            SubjectDeviation(
                arm=names[int(fast.subject.arm)],
                subject_id=int(fast.subject.subject_id),
                deviation=largest_deviation(fast.latent, slow, fast.last_day),
                lowest_burden=float(_series(slow, "burden").min()),
            )
        )
    return rows


def markdown_table(rows: list[SubjectDeviation]) -> str:
    """Write the worst subject of each arm, in percent, and what is allowed."""
    lines = [
        "| regimen | "
        + " | ".join(quantity.name.replace("_", "-") for quantity in QUANTITIES)
        + " | lowest burden |",
        "|---" + "|--:" * (len(QUANTITIES) + 1) + "|",
    ]
    for arm, label in ARMS.items():
        own = [row for row in rows if row.arm == arm]
        worst = (max(row.deviation[quantity.name] for row in own) for quantity in QUANTITIES)
        lowest = min(row.lowest_burden for row in own)
        lines.append(f"| {label} | " + " | ".join(f"{100 * value:.2f}" for value in worst) + f" | {lowest:.2g} |")
    lines.append("| **allowed** | " + " | ".join(f"{100 * quantity.tolerance:g}" for quantity in QUANTITIES) + " | |")
    return "\n".join(lines)


if __name__ == "__main__":
    MARKERS.write(Path(sys.argv[1]), markdown_table(cases(setting())))
