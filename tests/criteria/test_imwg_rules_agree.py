"""The outcome functions and the state that the engine carries find the same progressions."""

from __future__ import annotations

import numpy as np

from cereblon.criteria import IMWG_2016, SERUM, imwg
from cereblon.criteria.progression import start, step
from cereblon.outcomes.assessment import SubjectCharacteristics, assess_visits
from cereblon.outcomes.visits import Visits


def test_outcomes_and_engine_find_the_same_serum_progressions() -> None:
    rng = np.random.default_rng(11)
    visits, subjects = 60, 300
    baseline = np.exp(rng.normal(3.5, 0.4, subjects))
    values = np.maximum(baseline * 0.4 + np.cumsum(rng.normal(0.1, 2.0, (visits, subjects)), axis=0), 0).round(1)
    values[rng.random(values.shape) < 0.1] = np.nan
    day = np.repeat(28.0 * np.arange(1, visits + 1)[:, None], subjects, axis=1)
    state = start(baseline, np)
    for visit in range(visits):
        seen = ~np.isnan(values[visit])
        state = step(state, np.nan_to_num(values[visit]), day[visit], seen, SERUM, np)
    traits = SubjectCharacteristics(
        is_iga=np.zeros(subjects, bool),
        is_igg_on_antibody=np.zeros(subjects, bool),
        chain=np.full(subjects, imwg.UNKNOWN_CHAIN),
        baseline={"m_protein": baseline},
        death_day=np.full(subjects, np.inf),
    )
    grid = Visits(day=day, tests=("m_protein",), values=(values,))
    found = assess_visits(grid, np.zeros((1, subjects)), traits, IMWG_2016)
    assert 0.2 < state.progressed.mean() < 0.99
    np.testing.assert_array_equal(found.progression_day[0], state.progression_day)
