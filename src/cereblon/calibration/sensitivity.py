"""Which numbers of the model move the answer: fitted and assumed parameters, ranked by Sobol indices.

Fitted parameters vary over the shipped ensemble, assumed ones by a stated factor. The simulator runs at points that
fill the space, a quadratic surface is fitted to each outcome, and the indices are those of the surface.

Source
------
Saltelli et al., Comput Phys Commun 2010;181:259-270 (estimators of the indices; as in scipy.stats.sobol_indices).
Recalled, not read again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cereblon.calibration.emulator import Emulator, fit_emulator
from cereblon.calibration.evaluation import prior_members
from cereblon.calibration.smoother import finite
from cereblon.calibration.trial_panel import TrialPanel, build_panel, complete, on_scale
from cereblon.core.parameter import Parameter, load_parameters
from cereblon.model.drugs import DRUGS
from cereblon.model.drugs.drug import is_first
from cereblon.model.engine.ensemble import Ensemble
from cereblon.model.engine.parameters import Parameters, model_parameters
from cereblon.trials.comparison_scale import from_scale, group_of, kind_of, to_scale
from cereblon.trials.library import load_trial
from cereblon.vocabulary.endpoints import endpoint_label, vocabulary

if TYPE_CHECKING:
    import altair as alt

COMPARISONS = {
    "VRd": ("swog-s0777", "vrd", "rd"),
    "DRd": ("pollux", "drd", "rd"),
    "KRd": ("aspire", "krd", "rd"),
    "IRd": ("tourmaline-mm1", "ird", "rd"),
}
GROUPS = ("clones", "effects", "proteins", "mortality")
_Z90 = 1.644854
_LONGEST = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VariedParameter:
    """One parameter that is varied.

    Parameters
    ----------
    group, name
        As in the parameter files.
    basis
        `fitted` or `assumed`.
    centre, sd
        Of a normal on the scale.
    is_log
        Whether the scale is logarithmic.
    lower, upper
        Bounds in its unit.
    """

    group: str
    name: str
    basis: str
    centre: float
    sd: float
    is_log: bool
    lower: float
    upper: float

    @property
    def label(self) -> str:
        """Group and name."""
        return f"{self.group}.{self.name}"

    def value(self, z: float) -> float:
        """Give the value at a standard normal coordinate, inside its bounds."""
        moved = self.centre + self.sd * z
        return min(max(math.exp(moved) if self.is_log else moved, self.lower), self.upper)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterEffect:
    """What one parameter does to one outcome.

    Parameters
    ----------
    outcome
        For example `VRd against Rd, pfs_hr`.
    parameter, basis
        What is varied.
    first, total
        Sobol indices: share of the variance by itself, and with all its interactions.
    low, high
        The outcome as printed with the parameter at its 5th and 95th percentile, others at their centre.
    """

    outcome: str
    parameter: str
    basis: str
    first: float
    total: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """Result of an analysis.

    Parameters
    ----------
    effects
        By outcome, largest total index first.
    centres
        Each outcome with every parameter at its centre, as printed.
    unexplained
        Share of each outcome's variance over the runs that the surface leaves: chance of the patients and lack of
        fit.
    runs, per_arm
        Size of the analysis.
    """

    effects: tuple[ParameterEffect, ...]
    centres: dict[str, float]
    unexplained: dict[str, float]
    runs: int
    per_arm: int


def varied_parameters(ensemble: Ensemble | None) -> list[VariedParameter]:
    """List the fitted parameters with their posterior spread, and the assumed ones with the assumed factor.

    Parameters
    ----------
    ensemble
        None varies the assumed parameters only.
    """
    found: list[VariedParameter] = []
    fitted = set(ensemble.names) if ensemble is not None else set()
    for place, (group, name) in enumerate(ensemble.names if ensemble is not None else ()):
        values = ensemble.values[:, place] if ensemble is not None else np.ones(1)
        is_log = bool((values > 0).all())
        scaled = np.log(values) if is_log else values
        found.append(
            VariedParameter(
                group=group,
                name=name,
                basis="fitted",
                centre=float(scaled.mean()),
                sd=float(scaled.std(ddof=1)),
                is_log=is_log,
                lower=float(values.min()),
                upper=float(values.max()),
            )
        )
    judged = [(group, parameter) for group in GROUPS for parameter in load_parameters(group).values()]
    judged += [
        (drug, parameter)
        for drug in filter(is_first, DRUGS)
        for name, parameter in load_parameters(drug).items()
        if name.startswith("on_")  # what is left of a kill in a clone that resists
    ]
    for group, parameter in judged:
        if parameter.basis == "assumed" and (group, parameter.name) not in fitted and parameter.value > 0:
            found.append(_assumed(group, parameter))
    return found


def _assumed(group: str, parameter: Parameter) -> VariedParameter:
    return VariedParameter(
        group=group,
        name=parameter.name,
        basis="assumed",
        centre=math.log(parameter.value),
        sd=math.log(parameter.likely_within) / _Z90,
        is_log=True,
        lower=parameter.lower,
        upper=parameter.upper,
    )


def analyse(
    ensemble: Ensemble | None, *, runs: int, per_arm: int, seed: int, report: Callable[[str], None]
) -> Sensitivity:
    """Run the analysis for VRd, DRd, KRd and IRd against Rd.

    Parameters
    ----------
    ensemble
        Posterior of the fitted parameters; None holds them.
    runs
        Sets of parameters that are simulated.
    per_arm
        Subjects of an arm in each.
    seed
        Of points, patients and random numbers.
    report
        Told what goes on.
    """
    varied = varied_parameters(ensemble)
    panel = build_panel(
        [load_trial(study) for study, _, _ in COMPARISONS.values()], per_arm=per_arm, longest_months=_LONGEST
    )
    outcomes = _outcomes()
    z = prior_members(runs, len(varied), seed)
    report(f"{len(varied)} parameters, {runs} runs of {len(panel.names)} arms")
    base = model_parameters()
    base["clones"]["between_trial_sd"] = 0.0

    def one(place: int) -> list[float]:
        if place and place % 32 == 0:
            report(f"{place} runs")
        return _simulate(panel, _moved(base, varied, z[place]), list(outcomes.values()), seed)

    first = one(0)
    with ThreadPoolExecutor(max_workers=2) as pool:
        y = np.array([first, *pool.map(one, range(1, runs))])
    y = finite(y, np.zeros(y.shape[1]))
    emulator = fit_emulator(z, y)
    report("indices of the surfaces")
    return _summary(varied, emulator, y, list(outcomes), seed, panel.per_arm)


class Outcome(NamedTuple):
    """What is watched: an endpoint of an arm, with the month of a landmark, or of an arm over another."""

    endpoint: str
    arm: str
    versus: str
    month: float | None
    unit: str


def _outcomes() -> dict[str, Outcome]:
    """Give each outcome by its words."""
    found = {}
    for name, (study, arm, versus) in COMPARISONS.items():
        own, other = f"{study}/{arm}", f"{study}/{versus}"
        found[f"{name} against Rd, pfs_hr"] = Outcome("pfs_hr", own, other, None, "ratio")
        found[f"{name}, orr"] = Outcome("orr", own, "", None, "percent")
        found[f"{name}, cr_or_better"] = Outcome("cr_or_better", own, "", None, "percent")
        found[f"{name}, pfs_median"] = Outcome("pfs_median", own, "", None, "months")
        found[f"{name}, os_median"] = Outcome("os_median", own, "", None, "months")
        found[f"{name}, pfs_rate at 24 months"] = Outcome("pfs_rate", own, "", 24.0, "percent")
        found[f"{name}, os_rate at 36 months"] = Outcome("os_rate", own, "", 36.0, "percent")
    return found


def _moved(base: Parameters, varied: Sequence[VariedParameter], z: np.ndarray) -> Parameters:
    copy = {group: dict(values) for group, values in base.items()}
    for one, coordinate in zip(varied, z, strict=True):
        copy[one.group][one.name] = one.value(float(coordinate))
    return copy


def _simulate(panel: TrialPanel, parameters: Parameters, outcomes: Sequence[Outcome], seed: int) -> list[float]:
    found = panel.run(parameters, seed=seed, block=0)
    values = []
    for one in outcomes:
        value = complete((one.endpoint, one.arm, one.versus, one.month), found, panel.longest_months)
        values.append(on_scale(kind_of(one.unit), value))
    return values


def _summary(
    varied: Sequence[VariedParameter],
    emulator: Emulator,
    y: np.ndarray,
    names: Sequence[str],
    seed: int,
    per_arm: int,
) -> Sensitivity:
    first, total = sobol_indices(emulator, len(varied), seed)
    centre = emulator.predict(np.zeros((1, len(varied))))[0]
    shifts = _Z90 * np.concatenate([-np.eye(len(varied)), np.eye(len(varied))])
    ends = emulator.predict(shifts).reshape(2, len(varied), -1)
    kinds = [kind_of(one.unit) for one in _outcomes().values()]
    effects = []
    for place, name in enumerate(names):
        for number in np.argsort(-total[:, place]):
            one = varied[number]
            effects.append(
                ParameterEffect(
                    outcome=name,
                    parameter=one.label,
                    basis=one.basis,
                    first=float(first[number, place]),
                    total=float(total[number, place]),
                    low=from_scale(kinds[place], float(ends[0, number, place])),
                    high=from_scale(kinds[place], float(ends[1, number, place])),
                )
            )
    rest = np.clip(emulator.noise_sd**2 / np.maximum(y.var(axis=0), 1e-12), 0.0, 1.0)
    return Sensitivity(
        effects=tuple(effects),
        centres={name: from_scale(kinds[i], float(centre[i])) for i, name in enumerate(names)},
        unexplained={name: float(rest[i]) for i, name in enumerate(names)},
        runs=len(y),
        per_arm=per_arm,
    )


def sobol_indices(emulator: Emulator, count: int, seed: int, *, points: int = 2048) -> tuple[np.ndarray, np.ndarray]:
    """Estimate first-order and total Sobol indices of every surface for standard normal inputs.

    Parameters
    ----------
    emulator
        Surfaces.
    count
        Number of parameters.
    seed
        Of the points.
    points
        A power of 2.

    Returns
    -------
        Two arrays of shape (parameter, outcome).
    """
    from scipy.stats import norm, qmc

    unit = qmc.Sobol(2 * count, scramble=True, rng=seed).random(points)
    both = norm.ppf(np.clip(unit, 1e-9, 1 - 1e-9))
    a, b = both[:, :count], both[:, count:]
    ya, yb = emulator.predict(a), emulator.predict(b)
    variance = np.maximum(np.concatenate([ya, yb]).var(axis=0), 1e-12)
    first, total = np.zeros((count, ya.shape[1])), np.zeros((count, ya.shape[1]))
    for place in range(count):
        mixed = a.copy()
        mixed[:, place] = b[:, place]
        y = emulator.predict(mixed)
        first[place] = (yb * (y - ya)).mean(axis=0) / variance
        total[place] = 0.5 * ((ya - y) ** 2).mean(axis=0) / variance
    return first, total


def left_open(effects: Sequence[ParameterEffect]) -> dict[str, float]:
    """Give what all assumed numbers together leave open, by group of endpoints: a standard deviation on their scale.

    Each number moves an outcome, on its scale, by a 3.3rd of the distance between its ends; the squares add up, and
    outcomes of one group are averaged (`trials/assumed_numbers.yaml` has the result).

    Parameters
    ----------
    effects
        From an analysis.
    """
    squares: dict[str, dict[str, float]] = {}
    for one in effects:
        if one.basis == "assumed":
            endpoint = one.outcome.rsplit(", ", 1)[-1].split(" at ")[0]
            entry = vocabulary().endpoints.get(endpoint)
            kind = kind_of(entry.units[0] if entry else "percent")
            sd = (to_scale(kind, one.high) - to_scale(kind, one.low)) / (2.0 * _Z90)
            of_group = squares.setdefault(group_of(endpoint, kind), {})
            of_group[one.outcome] = of_group.get(one.outcome, 0.0) + sd**2
    return {group: math.sqrt(sum(found.values()) / len(found)) for group, found in squares.items()}


def ranked(effects: Sequence[ParameterEffect], *, basis: str | None = None) -> list[tuple[str, str, float]]:
    """Rank parameters by their mean total index over all outcomes.

    Parameters
    ----------
    effects
        From an analysis.
    basis
        Only parameters of this basis.
    """
    sums: dict[tuple[str, str], list[float]] = {}
    for one in effects:
        if basis is None or one.basis == basis:
            sums.setdefault((one.parameter, one.basis), []).append(one.total)
    means = [(name, kind, float(np.mean(values))) for (name, kind), values in sums.items()]
    return sorted(means, key=lambda row: -row[2])


def outcome_words(outcome: str) -> str:
    """Name an outcome in the words of the vocabulary: `VRd, pfs_rate at 24 months` is `VRd, PFS rate at 24 months`.

    Parameters
    ----------
    outcome
        As a result of `analyse` names it.
    """
    of, comma, endpoint = outcome.rpartition(", ")
    name, at, month = endpoint.partition(" at ")
    label = endpoint_label(name)
    within = label[0].lower() if label[1:2].islower() else label[0]
    return f"{of}{comma}{within}{label[1:]}{at}{month}" if comma else outcome


def headline_outcomes(found: Sensitivity) -> list[str]:
    """Name the hazard ratios and overall responses, of which a picture is drawn."""
    return [name for name in found.centres if name.endswith(("pfs_hr", "orr"))]


def tornado(found: Sensitivity, *, bars: int = 10) -> alt.VConcatChart:
    """Draw the tornado picture: hazard ratio and response at the ends of each parameter's range."""
    import altair as alt

    charts = []
    for outcome in headline_outcomes(found):
        centre, title = found.centres[outcome], outcome_words(outcome)
        own = sorted(
            (one for one in found.effects if one.outcome == outcome), key=lambda one: -abs(one.high - one.low)
        )
        rows = [
            {"parameter": one.parameter, "basis": one.basis, "low": one.low, "high": one.high} for one in own[:bars]
        ]
        data = alt.Data(values=rows)  # type: ignore[no-untyped-call]
        colour = alt.Color(
            "basis:N", scale=alt.Scale(domain=["fitted", "assumed"], range=["#0b6e75", "#b4552d"]), title=None
        )
        bar = (
            alt.Chart(data)
            .mark_bar(height=9)
            .encode(
                y=alt.Y("parameter:N", sort=[one.parameter for one in own[:bars]], title=None),
                x=alt.X("low:Q", title=title, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5)),
                x2=alt.X2("high:Q"),
                color=colour,
            )
        )
        at = alt.Data(values=[{"centre": centre}])  # type: ignore[no-untyped-call]
        rule = alt.Chart(at).mark_rule(strokeDash=[3, 3]).encode(x=alt.X("centre:Q"))
        charts.append((bar + rule).properties(width=300, height=170))
    return alt.vconcat(alt.concat(*charts, columns=2))  # a grid alone is drawn without size in a browser
