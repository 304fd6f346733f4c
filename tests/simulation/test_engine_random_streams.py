"""Same patient, same random numbers: what a subject gets depends on seed, decision and number alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from engine_arms import Engine
from jax import Array

from cereblon.core.errors import InputError
from cereblon.core.random_streams import root_key
from cereblon.model.engine import trajectory
from cereblon.model.engine.individual_parameters import individual_parameters, kinetic_draws
from cereblon.model.engine.inputs import Subject
from cereblon.model.engine.parameters import model_parameters
from cereblon.model.engine.program import Layout
from cereblon.model.engine.simulation import Results
from cereblon.model.engine.state import IndividualParameters
from cereblon.model.engine.weekly_draws import draw_week

Draw = Callable[..., IndividualParameters]


def _leaves(results: Any) -> list[np.ndarray]:
    return [np.asarray(leaf) for leaf in jax.tree.leaves(results)]


def _assert_same(first: Any, second: Any) -> None:
    for a, b in zip(_leaves(first), _leaves(second), strict=True):
        np.testing.assert_array_equal(a, b)


def _of(results: Results, chosen: slice) -> Results:
    chosen_part: Results = jax.tree.map(lambda column: column[chosen], results)
    return chosen_part


@pytest.fixture(scope="module")
def layout(engine: Engine) -> Layout:
    """Two drugs: fewer are compiled sooner."""
    drugs = ("lenalidomide", "dexamethasone")
    routes = tuple(engine.layout.routes[engine.layout.drugs.index(drug)] for drug in drugs)
    return replace(engine.layout, drugs=drugs, routes=routes)


@pytest.fixture(scope="module")
def draw(engine: Engine) -> Draw:
    """Draw the individual parameters of the 512 subjects of an arm."""
    numbers = jax.tree.map(jnp.float32, model_parameters())

    @partial(jax.jit, static_argnames=("layout",))
    def drawn(subjects: Subject, root: Array, layout: Layout) -> IndividualParameters:
        return jax.vmap(lambda one: individual_parameters(one, root, jnp.int32(1), numbers, layout))(subjects)

    return lambda layout, arm="rd", root=engine.root: drawn(engine.subjects(arm, 512), root, layout)


def test_a_subject_has_the_same_parameters_in_every_arm(draw: Draw, layout: Layout) -> None:
    _assert_same(draw(layout, "rd"), draw(layout, "krd"))


def test_visits_before_any_difference_of_treatment_are_equal_in_every_arm(engine: Engine) -> None:
    rd, krd = engine.run("rd", 64).weeks, engine.run("krd", 64).weeks
    for name in ("flags", "m_protein", "involved_flc", "neutrophils", "haemoglobin"):
        np.testing.assert_array_equal(getattr(rd, name)[:, 0], getattr(krd, name)[:, 0])


def test_a_trial_with_more_lines_changes_no_draw(draw: Draw, layout: Layout) -> None:
    """The stopping draws of a line once stood behind those of all lines, so that a further line changed the first."""
    short = draw(layout)
    long = draw(replace(layout, n_lines=layout.n_lines + 1))
    by_line = {
        "stop_threshold": long.stop_threshold[:, :-1],
        "stop_cause_draw": long.stop_cause_draw[:, :-1],
    }
    _assert_same(long._replace(**by_line), short)


def test_an_arm_with_another_drug_changes_nobody(engine: Engine, layout: Layout) -> None:
    one = jax.tree.map(lambda column: column[3], engine.subjects("rd", 8))
    alone, among_all = (kinetic_draws(one, engine.root, jnp.int32(1), which) for which in (layout, engine.layout))
    for drug in layout.drugs:
        np.testing.assert_array_equal(alone[drug], among_all[drug])


def test_two_parameters_of_a_subject_are_uncorrelated(draw: Draw, layout: Layout) -> None:
    """Among 512 independent pairs a correlation beyond 0.2 has a probability of 5e-6."""
    drawn = draw(layout)
    first_week = jax.vmap(lambda streams: draw_week(streams, jnp.int32(0), jnp.int32(1)))(drawn.weekly_streams)
    columns = np.stack(
        [
            np.log(drawn.biology.growth),
            np.log(drawn.kill["lenalidomide"]),
            np.log(drawn.neutrophil_slope),
            np.log(drawn.platelet_slope),
            np.log(drawn.nerve_susceptibility[:, 0]),
            np.log(drawn.death_threshold),
            np.log(drawn.stop_threshold[:, 0]),
            *first_week.noise[:2],
        ]
    )
    between = np.corrcoef(columns) - np.eye(len(columns))
    assert np.abs(between).max() < 0.2


def test_results_do_not_depend_on_who_else_is_simulated(engine: Engine) -> None:
    few, many = engine.run("vrd-s0777", 3), engine.run("vrd-s0777", 200)
    _assert_same(few, _of(many, slice(0, 3)))


def test_the_same_run_twice_gives_the_same_bytes(engine: Engine) -> None:
    _assert_same(engine.run("drd", 64), engine.run("drd", 64))


def test_reordered_subjects_keep_their_results(engine: Engine) -> None:
    subjects = engine.subjects("vrd-s0777", 64)
    backwards = jax.tree.map(lambda column: column[::-1], subjects)
    _assert_same(_of(engine.simulate(backwards), slice(None, None, -1)), engine.simulate(subjects))


def test_another_seed_gives_other_subjects(draw: Draw, layout: Layout) -> None:
    one, other = draw(layout), draw(layout, root=root_key(6))
    assert not np.any(np.asarray(one.biology.growth) == np.asarray(other.biology.growth))


def test_a_longer_follow_up_changes_no_earlier_week(engine: Engine) -> None:
    """Week 26 begins on day 182; up to it the two runs must agree to the last bit."""
    short, long = engine.run("vrd-s0777", 64, follow_up_days=182.0), engine.run("vrd-s0777", 64)
    _assert_same(*(jax.tree.map(lambda column: column[:, :26], results.weeks) for results in (short, long)))


def test_nothing_is_measured_or_given_after_the_end_of_follow_up(engine: Engine) -> None:
    """Day 100 lies in week 14; the next visit would be on day 105."""
    weeks = engine.run("vrd-s0777", 64, follow_up_days=100.0).weeks
    visit = trajectory.VISIT_RESPONSE | trajectory.VISIT_BLOOD | trajectory.VISIT_MARROW | trajectory.ON_TREATMENT
    assert weeks.flags[:, :15].any()
    assert not (weeks.flags[:, 15:] & visit).any()
    assert not weeks.given_mg[:, 15:].any()


def test_nobody_to_simulate_is_refused(engine: Engine) -> None:
    with pytest.raises(InputError, match="no subjects"):
        engine.simulate(engine.subjects("rd", 0))
