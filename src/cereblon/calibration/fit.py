"""First calibration: potency, growth and resistance fitted to response and PFS of calibration studies.

Run as `python -m cereblon.calibration.fit OUT.json`. Regularised least squares (scipy's trust-region solver) on
common random numbers; each free parameter is held near its start value by a normal prior. The result is written to
the parameter files by hand, with basis `fitted`.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cereblon.calibration.experiment import Experiment, build
from cereblon.calibration.targets import STUDIES
from cereblon.simulation.batch import use_compilation_cache
from cereblon.simulation.inputs import Parameters, model_parameters


@dataclass(frozen=True, slots=True)
class Free:
    """One fitted number: where it stands, how it is transformed, how far from its start it may go."""

    group: str
    name: str
    prior_sd: float
    is_log: bool = True

    def read(self, parameters: Parameters) -> float:
        """Give the transformed value."""
        value = parameters[self.group][self.name]
        return math.log(value) if self.is_log else value

    def natural(self, x: float) -> float:
        """Give the value in its unit."""
        return math.exp(x) if self.is_log else x


FREE = (
    Free("clones", "growth", 0.4),
    Free("clones", "growth_sd", 0.2),
    Free("clones", "growth_by_prior_line", 0.2, is_log=False),
    Free("clones", "kill_lenalidomide", 0.6),
    Free("clones", "kill_dexamethasone", 0.7),
    Free("clones", "kill_bortezomib", 0.6),
    Free("clones", "kill_carfilzomib", 0.6),
    Free("clones", "kill_ixazomib", 0.6),
    Free("clones", "kill_daratumumab", 0.6),
    Free("clones", "pi_on_imid_resistant", 0.3),
    Free("clones", "additivity", 0.2, is_log=False),
    Free("clones", "sensitivity_common_sd", 0.25),
    Free("clones", "sensitivity_specific_sd", 0.25),
    Free("clones", "log_odds_imid_resistant", 1.0, is_log=False),
    Free("clones", "log_odds_pi_resistant", 1.0, is_log=False),
    Free("clones", "log_odds_cd38_escaped", 1.0, is_log=False),
    Free("clones", "log_odds_multi_resistant", 1.0, is_log=False),
    Free("clones", "resistance_by_prior_line", 0.3, is_log=False),
    Free("proteins", "immunofixation_limit", 0.7),
    Free("mortality", "stop_rate", 0.4),
)


def changed(parameters: Parameters, free: Sequence[Free], x: np.ndarray) -> Parameters:
    """Give parameters with the free ones replaced."""
    copy = {group: dict(values) for group, values in parameters.items()}
    for one, value in zip(free, x, strict=True):
        copy[one.group][one.name] = one.natural(float(value))
    return copy


def fit(experiment: Experiment, start: Parameters, *, free: Sequence[Free] = FREE, rounds: int = 6) -> np.ndarray:
    """Minimise the squared distances to targets and priors.

    Parameters
    ----------
    experiment
        Arms and targets.
    start
        Parameters at the centre of the priors.
    free
        What is fitted.
    rounds
        Jacobians at most.

    Returns
    -------
        Transformed values, in the order of `free`.
    """
    from scipy.optimize import least_squares

    centre = np.array([one.read(start) for one in free])
    spread = np.array([one.prior_sd for one in free])

    def residuals(u: np.ndarray) -> np.ndarray:
        tables = experiment.run(changed(start, free, centre + spread * u))
        distance = experiment.residuals(experiment.outcomes(tables))
        return np.concatenate([np.clip(distance, -8, 8), u])

    def jacobian(u: np.ndarray) -> np.ndarray:
        # Shares of a few hundred simulated subjects move in steps, so the step of a difference must be wide.
        here, step = residuals(u), 0.25
        columns = []
        for i in range(len(u)):
            moved = u.copy()
            moved[i] += step
            columns.append((residuals(moved) - here) / step)
        _report(f"cost {0.5 * float(here @ here):.1f}")
        return np.stack(columns, axis=1)

    solution = least_squares(
        residuals, np.zeros(len(free)), jac=jacobian, bounds=(-3, 3), max_nfev=rounds, x_scale=1.0
    )
    return np.asarray(centre + spread * solution.x)


def describe(experiment: Experiment, parameters: Parameters) -> list[str]:
    """Give one line per target: published against simulated."""
    outcomes = experiment.outcomes(experiment.run(parameters))
    lines = []
    for target in experiment.targets:
        simulated = experiment.simulated(target, outcomes)
        shown = "not reached" if simulated is None else f"{simulated:.2f}"
        versus = f" v {target.versus}" if target.versus else ""
        lines.append(
            f"{target.study:22s} {target.arm + versus:18s} {target.endpoint:16s} published {target.value:7.2f} "
            f"simulated {shown:>8s}  {target.residual(simulated):+.1f} sd"
        )
    return lines


def _report(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


def main(out: Path, *, per_arm: int = 1024, months: float = 60.0, rounds: int = 6) -> None:
    """Fit and write the fitted values as JSON, by group and name."""
    use_compilation_cache()
    experiment = build(STUDIES, per_arm=per_arm, months=months)
    start = model_parameters()
    solution = fit(experiment, start, rounds=rounds)
    fitted: dict[str, dict[str, float]] = {}
    for one, value in zip(FREE, solution, strict=True):
        fitted.setdefault(one.group, {})[one.name] = one.natural(float(value))
    out.write_text(json.dumps(fitted, indent=2) + "\n", encoding="utf-8")
    for line in describe(experiment, changed(start, FREE, solution)):
        _report(line)


def load_fit(path: Path) -> Mapping[str, Mapping[str, float]]:
    """Read what `main` wrote."""
    loaded: Mapping[str, Mapping[str, float]] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


if __name__ == "__main__":
    main(Path(sys.argv[1]))
