"""Few shapes of arms and rules, so that trials share compiled programs."""

from __future__ import annotations

import jax
import numpy as np

from cereblon.model.engine.program import Layout, build_program, ordered_drugs
from cereblon.model.regimens import load_regimen, strategy_grid
from cereblon.trials.library import load_trial, trial_names
from cereblon.trials.run import prepare


def built(*names: str) -> Layout:
    return build_program([strategy_grid([load_regimen(name)]) for name in names])[1]


def test_most_trials_of_the_library_share_a_program() -> None:
    """Three order a drug that the others do not; with a program for each shape of tables there would be 22."""
    found = {}
    for name in trial_names():
        prepared = prepare(load_trial(name))
        shapes = tuple(array.shape for array in jax.tree.leaves(prepared.program))
        found.setdefault((prepared.layout, shapes), []).append(name)
    alone = sorted(names for names in found.values() if len(names) == 1)
    assert alone == [["gmmg-hd7"], ["imroz"], ["tourmaline-mm1"]]
    assert len(found) == len(alone) + 1


def test_common_drugs_are_in_a_program_ordered_or_not() -> None:
    program, layout = build_program([strategy_grid([load_regimen(name)]) for name in ("rd", "observation")])
    assert layout == built("krd")
    assert len(layout.drugs) == 6
    assert ordered_drugs(program, layout) == ("lenalidomide", "dexamethasone")
    assert not np.asarray(program.rules.of_drug)[2:].any(), "no rule is about a drug that is not ordered"


def test_another_drug_has_a_program_of_the_drugs_that_are_ordered() -> None:
    assert built("ird").drugs == ("lenalidomide", "dexamethasone", "ixazomib")


def test_a_trial_with_many_arms_and_lines_has_room() -> None:
    grid = strategy_grid([load_regimen("rd")] * 5)
    program, layout = build_program([grid] * 9)
    assert layout.n_lines == 5
    assert program.cycle_template.shape[:2] == (16, 5)
    assert program.n_lines.tolist() == [5] * 9 + [0] * 7
