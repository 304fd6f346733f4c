"""Every arm that these tests compare, in the program that trials share; once compiled, a run costs little.

The program of trials has room for eight arms; the arms made by hand have one of their own, of the same shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import yaml
from jax import Array

from cereblon.core.random_streams import root_key
from cereblon.model.dosing.library import find_rule_set
from cereblon.model.dosing.tables import RuleTables, rule_tables
from cereblon.model.engine.batch import BATCH
from cereblon.model.engine.inputs import Subject, subjects_of
from cereblon.model.engine.parameters import model_parameters
from cereblon.model.engine.program import Layout, Program, build_program
from cereblon.model.engine.simulation import Results, simulate
from cereblon.model.patients import load_population
from cereblon.model.patients.virtual_patients import VirtualPatients
from cereblon.model.regimens import Regimen, StrategyGrid, load_regimen, parse_regimen, strategy_grid

WEEKS = 60
SEED = 5

_HAND_MADE = """
id: {name}
label: made for a test
setting: [ndmm]
phases:
  - name: all
    cycle_days: {cycle_days}
    cycles: {cycles}
    orders:
      - {{drug: bortezomib, dose: 1.3, unit: mg/m2, route: {route}, days: {days}, source: here}}
sources:
  here: {{citation: 'assumption: made for a test', quality: recalled, note: not a treatment}}
"""

# 32 doses each.
_BORTEZOMIB = {
    "bortezomib-iv": {"cycle_days": 21, "cycles": 8, "route": "iv", "days": [1, 4, 8, 11]},
    "bortezomib-sc": {"cycle_days": 21, "cycles": 8, "route": "sc", "days": [1, 4, 8, 11]},
    "bortezomib-weekly": {"cycle_days": 28, "cycles": 8, "route": "iv", "days": [1, 8, 15, 22]},
}
_LIBRARY = (
    "observation",
    "dex-high",
    "rd",
    "vrd-s0777",
    "krd",
    "drd",
    "vrd-asct-ifm2009",
    "r-maintenance",
)
_STRATEGY = {"dex-high then rd": ("dex-high", "rd")}
_HAND_MADE_ARMS = (*_BORTEZOMIB, *_STRATEGY)
ARMS = (*_LIBRARY, *_HAND_MADE_ARMS)
EVERYTHING = (
    *("bortezomib-sc", "bortezomib-weekly", "dex-high then rd"),
    *("observation", "krd", "drd", "vrd-asct-ifm2009", "r-maintenance"),
)
"""Eight arms in which all that the twelve order is ordered."""
GAP_DAYS = 28
_DIGIT_BESIDE = 0.1001
"""A tenth, in which M-protein and light chains are reported, in single precision."""


def _regimen(name: str) -> Regimen:
    if name in _BORTEZOMIB:
        return parse_regimen(yaml.safe_load(_HAND_MADE.format(name=name, **_BORTEZOMIB[name])), where=name)
    return load_regimen(name)


def _grid(arm: str) -> StrategyGrid:
    lines = [_regimen(name) for name in _STRATEGY.get(arm, (arm,))]
    return strategy_grid(lines, gap_days=GAP_DAYS)


@dataclass(frozen=True)
class Engine:
    """The trial engine with up to eight arms, and the one that has the other arms."""

    arms: tuple[str, ...]
    root: Array
    program: Program
    layout: Layout
    patients: VirtualPatients
    others: Engine | None = None

    def of(self, arm: str) -> Engine:
        """Give the engine that has an arm."""
        return self if self.others is None or arm in self.arms else self.others.of(arm)

    def under(self, rules: str | Mapping[str, Any]) -> Engine:
        """Give the engine under another rule set: other data for the same program."""
        tables = rule_tables(find_rule_set(rules), self.layout.drugs)
        program = self.program._replace(rules=RuleTables(*map(jnp.asarray, tables)))
        return replace(self, program=program, others=self.others and self.others.under(rules))

    def subjects(self, arm: str, n: int, *, follow_up_days: float = 7.0 * WEEKS, **covariates: float) -> Subject:
        subjects = subjects_of(
            self.patients.take(slice(0, n)),
            replicate=np.zeros(n),
            arm=np.full(n, self.arms.index(arm)),
            follow_up_days=np.full(n, follow_up_days),
        )
        changed = {name: np.full(n, value, np.float32) for name, value in covariates.items()}
        return subjects._replace(**changed)

    def simulate(self, subjects: Subject, changes: Mapping[str, Mapping[str, float]] | None = None) -> Results:
        parameters = model_parameters(changes)
        return simulate(subjects, self.root, self.program, parameters, self.layout, n_weeks=WEEKS, workers=1)

    def run(
        self,
        arm: str,
        n: int = 256,
        *,
        changes: Mapping[str, Mapping[str, float]] | None = None,
        follow_up_days: float = 7.0 * WEEKS,
        **covariates: float,
    ) -> Results:
        having = self.of(arm)
        return having.simulate(having.subjects(arm, n, follow_up_days=follow_up_days, **covariates), changes)


def build_engine() -> Engine:
    return _engine_of(_LIBRARY, _engine_of(_HAND_MADE_ARMS))


def engine_of_everything() -> Engine:
    return _engine_of(EVERYTHING)


def _engine_of(arms: tuple[str, ...], others: Engine | None = None) -> Engine:
    root = root_key(SEED)
    program, layout = build_program([_grid(arm) for arm in arms])
    return Engine(arms, root, program, layout, load_population("ndmm").draw(root, np.arange(512)), others)


def a_batch_of_everything() -> Subject:
    """Give as many subjects as a batch has, in the arms of everything by turns."""
    ids = np.arange(BATCH)
    return subjects_of(
        load_population("ndmm").draw(root_key(5), ids),
        replicate=np.zeros(BATCH),
        arm=ids % len(EVERYTHING),
        follow_up_days=np.full(BATCH, 7.0 * WEEKS),
    )


def assert_near(one: np.ndarray, other: np.ndarray, within: float) -> None:
    """Hold numbers to a relative and absolute bound.

    Of values that a laboratory reports to a tenth, 1 in 1,000 may be rounded to the digit beside.
    """
    beside = ~np.isclose(one, other, rtol=within, atol=within, equal_nan=True)
    assert beside.mean() <= 1e-3
    np.testing.assert_allclose(one[beside], other[beside], rtol=0, atol=_DIGIT_BESIDE)


def assert_same_but_for_last_digits(one: Results, other: Results) -> None:
    """Let at most 1 in 100 subjects have another course; of the others all whole numbers are equal."""
    pairs = list(zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True))
    apart = np.zeros(len(one.result_code), np.bool_)
    for a, b in pairs:
        if a.dtype.kind != "f":
            apart |= (a != b).reshape(len(a), -1).any(1)
    assert apart.mean() <= 0.01
    for a, b in pairs:
        if a.dtype.kind == "f":
            assert_near(a[~apart], b[~apart], 1e-3)
