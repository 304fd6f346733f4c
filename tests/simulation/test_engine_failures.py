"""One subject's failure is a value: a result code, while everyone else stays as they were."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from engine_arms import Engine

from cereblon.core.errors import InputError
from cereblon.model.engine.parameters import model_parameters
from cereblon.model.engine.program import Layout
from cereblon.model.engine.trajectory import RESULT_CODES


@pytest.mark.parametrize(
    ("covariate", "code"),
    [
        ("m_protein", 1),
        ("high_risk", 1),
        ("crcl_ml_min", 3),
        ("weight_kg", 3),
        ("age", 4),
        ("frailty", 4),
    ],
)
def test_a_covariate_that_is_no_number_gives_a_result_code(engine: Engine, covariate: str, code: int) -> None:
    subjects = engine.subjects("vrd-s0777", 16)
    column = np.array(getattr(subjects, covariate))
    column[5] = np.nan
    spoilt, whole = engine.simulate(subjects._replace(**{covariate: column})), engine.simulate(subjects)
    assert spoilt.result_code[5] == code
    assert RESULT_CODES[code] != "whole"
    others = np.arange(16) != 5
    assert not spoilt.result_code[others].any()
    for one, other in zip(jax.tree.leaves(spoilt), jax.tree.leaves(whole), strict=True):
        np.testing.assert_array_equal(one[others], other[others])


def test_a_parameter_that_is_no_number_fails_everybody_without_an_exception(engine: Engine) -> None:
    results = engine.run("rd", 16, changes={"clones": {"growth": float("nan")}})
    assert (results.result_code == 1).all()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"neutrophils": {"transit_time": 0.0}}, 2),
        ({"bortezomib": {"clearance": float("inf")}}, 3),
    ],
)
def test_the_code_tells_what_failed(engine: Engine, changes: dict[str, dict[str, float]], code: int) -> None:
    assert (engine.run("vrd-s0777", 4, changes=changes).result_code >= code).all()


def test_every_result_code_has_a_sentence() -> None:
    assert RESULT_CODES[0] == "whole"
    assert all(RESULT_CODES)
    assert len(set(RESULT_CODES)) == len(RESULT_CODES)


def test_a_change_of_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(InputError, match=r"parameter clones\.groth does not exist"):
        model_parameters({"clones": {"groth": 1.0}})


def test_changes_touch_nothing_else() -> None:
    plain, changed = model_parameters(), model_parameters({"clones": {"growth": 0.01}})
    assert changed["clones"]["growth"] == 0.01
    assert changed["clones"].keys() == plain["clones"].keys()
    assert {k: v for k, v in changed["clones"].items() if k != "growth"} == {
        k: v for k, v in plain["clones"].items() if k != "growth"
    }


def test_a_layout_can_be_a_key_of_compiled_programs(engine: Engine) -> None:
    same = Layout(**{name: getattr(engine.layout, name) for name in engine.layout.__dataclass_fields__})
    assert hash(same) == hash(engine.layout)
    assert same == engine.layout
