"""Batches that are kept full: the same results whoever shares a batch, and errors that reach who waits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import jax
import numpy as np
import pytest
from engine_arms import WEEKS, Engine

from cereblon.core.random_streams import root_key
from cereblon.model.engine import trajectory
from cereblon.model.engine.batch import BATCH
from cereblon.model.engine.batch import WEEKS as STEP
from cereblon.model.engine.inputs import Subject, subjects_of
from cereblon.model.engine.parameters import Drawn, model_parameters
from cereblon.model.engine.simulation import Results, Simulator, own_numbers
from cereblon.model.patients import load_population

N = 3 * BATCH + 100


@pytest.fixture(scope="module")
def subjects(engine: Engine) -> Subject:
    """More than three batches; every third subject is followed for some weeks only, so that places become free."""
    ids = np.arange(N)
    return subjects_of(
        load_population("ndmm").draw(root_key(5), ids),
        replicate=np.zeros(N),
        arm=np.where(ids % 2, engine.arms.index("rd"), engine.arms.index("vrd-s0777")),
        follow_up_days=np.where(ids % 3, 7.0 * WEEKS, 40.0),
    )


def simulator(engine: Engine, workers: int) -> Simulator:
    return Simulator(engine.root, engine.program, model_parameters(), engine.layout, workers=workers)


@pytest.fixture(scope="module")
def together(engine: Engine, subjects: Subject) -> Results:
    with simulator(engine, 1) as one:
        return one.simulate(subjects, WEEKS)


def part(results: Results | Subject, chosen: slice) -> Results | Subject:
    taken: Results | Subject = jax.tree.map(lambda column: column[chosen], results)
    return taken


def same(one: Results, other: Results | Subject) -> None:
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        np.testing.assert_array_equal(a, b)


def test_two_workers_give_what_one_gives(engine: Engine, subjects: Subject, together: Results) -> None:
    with simulator(engine, 2) as two:
        same(two.simulate(subjects, WEEKS), together)


def test_groups_that_share_batches_keep_their_results(engine: Engine, subjects: Subject, together: Results) -> None:
    """Four threads ask at once, for groups that end in the middle of a batch."""
    parts = [slice(start, start + 413) for start in range(0, N, 413)]
    with simulator(engine, 2) as shared, ThreadPoolExecutor(max_workers=4) as pool:
        found = list(pool.map(lambda chosen: shared.simulate(part(subjects, chosen), WEEKS), parts))
    for chosen, results in zip(parts, found, strict=True):
        same(results, part(together, chosen))


def test_fewer_weeks_are_the_first_of_many(engine: Engine, subjects: Subject, together: Results) -> None:
    """Weeks that are no multiple of a step, and after which nobody is followed."""
    assert 40 % STEP
    with simulator(engine, 1) as one:
        short = one.simulate(part(subjects, slice(0, 64)), 40)
    assert short.weeks.flags.shape == (64, 40)
    same(
        short._replace(events=together.events, result_code=together.result_code),
        Results(
            trajectory.WeeklyValues(*(column[:64, :40] for column in together.weeks)),
            together.events,
            together.result_code,
        ),
    )
    died = np.isfinite(short.events.death_day)
    assert (short.events.death_day[died] < 280.0).all()


def test_weeks_after_the_last_step_of_a_subject_are_empty(together: Results) -> None:
    """Day 40 lies in the first of three steps."""
    for name, column in together.weeks._asdict().items():
        assert not column[::3, STEP:].any(), name
        assert column.shape[1] == WEEKS


def test_draws_without_difference_give_what_point_values_give(
    engine: Engine, subjects: Subject, together: Results
) -> None:
    """Both are the same program, in which parameters that may be drawn differ between subjects."""
    drawn: Drawn = {"clones": {"growth": np.full(64, model_parameters()["clones"]["growth"])}}
    with simulator(engine, 1) as one:
        same(one.simulate(part(subjects, slice(0, 64)), WEEKS, drawn), part(together, slice(0, 64)))
    assert own_numbers(model_parameters(), drawn, 64).keys() == own_numbers(model_parameters(), None, 64).keys()


def test_a_simulation_that_is_given_up_tells_who_waits(engine: Engine, subjects: Subject) -> None:
    with simulator(engine, 1) as one:
        one.cancel()
        with pytest.raises(RuntimeError, match="given up"):
            one.simulate(subjects, WEEKS)


def test_an_error_of_a_worker_reaches_who_waits(engine: Engine, subjects: Subject) -> None:
    lame = subjects._replace(weight_kg=subjects.weight_kg[:7])
    with simulator(engine, 1) as one, pytest.raises(IndexError, match="out of bounds"):
        one.simulate(lame, WEEKS)
