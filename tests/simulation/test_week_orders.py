"""What is ordered and given in a week: body size, renal function, age, holds, levels."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from engine_arms import ARMS, Engine
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import Array

from cereblon.model.dosing import dosing_state
from cereblon.model.dosing.dosing_state import DosingState
from cereblon.model.dosing.rule_set import SCHEDULES
from cereblon.model.drugs import DRUGS
from cereblon.model.engine import orders
from cereblon.model.engine.inputs import Subject
from cereblon.model.engine.program import Layout, Program

DRUGS_HERE = tuple(
    drug for drug in DRUGS if drug not in ("ixazomib", "pomalidomide", "isatuximab", "elotuzumab")
)  # the others are in the program that trials share
Change = Callable[[DosingState], DosingState]
PERSON = {"bsa_m2": 1.9, "weight_kg": 75.0, "height_cm": 170.0, "crcl_ml_min": 90.0, "age": 68.0}
Week = Callable[..., orders.WeekOrders]


@pytest.fixture(scope="module")
def week(engine: Engine) -> Week:
    """Order a week of an arm for one subject; the dosing state is that of the start unless `change` makes another."""
    whole = {"subject_id": jnp.uint32(0), "replicate": jnp.uint32(0), "isotype": jnp.int32(0), "arm": jnp.int32(0)}
    plain = Subject(*(whole.get(name, jnp.float32(0.0)) for name in Subject._fields))

    @partial(jax.jit, static_argnames=("layout",))
    def ordered(
        program: Program,
        one: Subject,
        template: Array,
        day_in_cycle: Array,
        on: Array,
        state: DosingState,
        layout: Layout,
    ) -> orders.WeekOrders:
        place = orders.TreatmentPosition(jnp.int32(0), jnp.int32(0), day_in_cycle, jnp.int32(0))
        known = orders.known(program, template, place, one, layout)
        starting = dosing_state.starting_doses(state, program.rules, known)
        return orders.week_orders(program, template, day_in_cycle, on, one, state, starting, layout)

    def of(
        arm: str,
        *,
        cycle: int = 0,
        passed: int = 0,
        on: bool = True,
        change: Change = lambda state: state,
        layout: Layout = engine.layout,
        **person: float,
    ) -> orders.WeekOrders:
        one = plain._replace(**{name: jnp.float32(value) for name, value in (PERSON | person).items()})
        having = engine.of(arm)
        cycles = having.program.cycle_template[having.arms.index(arm), 0]
        state = change(dosing_state.start(len(layout.drugs)))
        result = ordered(having.program, one, cycles[cycle], jnp.int32(passed), jnp.asarray(on), state, layout)
        days = [{drug: np.asarray(mg) for drug, mg in part.items()} for part in (result.planned, result.given)]
        return orders.WeekOrders(*days, result.route)

    return of


def _standing(drug: str, **values: Any) -> Change:
    """Put a drug where `values` say."""

    def change(state: DosingState) -> DosingState:
        place = DRUGS_HERE.index(drug)
        changed = {}
        for name, value in values.items():
            column = list(getattr(state, name))
            column[place] = jnp.asarray(value, column[place].dtype)
            changed[name] = tuple(column)
        return state._replace(**changed)

    return change


@pytest.mark.parametrize(("bsa", "mg"), [(1.7, 34.0), (2.2, 44.0), (2.21, 44.0), (2.6, 44.0)])
def test_carfilzomib_is_capped_at_a_surface_of_2_2(week: Week, bsa: float, mg: float) -> None:
    """20 mg/m2 on days 1 and 2 of the first cycle; the label caps the surface at 2.2 m2."""
    given_mg = week("krd", bsa_m2=bsa).given["carfilzomib"]
    np.testing.assert_allclose(given_mg, [mg, mg, 0, 0, 0, 0, 0], rtol=1e-6)


def test_other_drugs_follow_surface_and_weight_without_a_cap(week: Week) -> None:
    heavy = {"bsa_m2": 2.6, "weight_kg": 130.0}
    assert week("vrd-s0777", **heavy).given["bortezomib"][0] == pytest.approx(1.3 * 2.6, rel=1e-6)
    assert week("drd", **heavy).given["daratumumab"][0] == pytest.approx(16 * 130.0, rel=1e-6)
    melphalan = week("vrd-asct-ifm2009", cycle=4, **heavy).given["melphalan"]
    np.testing.assert_allclose(melphalan, [200 * 2.6, 0, 0, 0, 0, 0, 0], rtol=1e-6)


@pytest.mark.parametrize(("age", "mg"), [(74.9, 40.0), (75.0, 40.0), (75.1, 20.0)])
def test_dexamethasone_is_halved_above_75(week: Week, age: float, mg: float) -> None:
    result = week("rd", age=age)
    assert result.given["dexamethasone"][0] == result.planned["dexamethasone"][0] == mg


def test_lenalidomide_below_30_is_taken_on_every_second_day_through_the_cycle(week: Week) -> None:
    """15 mg on days 1, 3, ... 21: eleven doses in three weeks."""
    days = np.concatenate(
        [week("rd", passed=passed, crcl_ml_min=25.0).given["lenalidomide"] for passed in (0, 7, 14)]
    )
    np.testing.assert_array_equal(np.flatnonzero(days), np.arange(0, 21, 2))
    assert set(days[days > 0.0]) == {15.0}


@pytest.mark.parametrize(("crcl", "mg"), [(60.0, 25.0), (59.9, 10.0), (30.0, 10.0)])
def test_lenalidomide_starts_by_renal_function(week: Week, crcl: float, mg: float) -> None:
    assert set(week("rd", crcl_ml_min=crcl).given["lenalidomide"]) == {mg}


@pytest.mark.parametrize(("crcl", "mg", "doses"), [(90.0, 10.0, 7), (45.0, 5.0, 7), (20.0, 2.5, 7)])
def test_maintenance_after_a_combination_takes_its_own_starting_dose(
    week: Week, crcl: float, mg: float, doses: int
) -> None:
    result = week("vrd-asct-ifm2009", cycle=9, crcl_ml_min=crcl)
    np.testing.assert_array_equal(result.given["lenalidomide"], np.full(doses, mg))
    np.testing.assert_array_equal(result.planned["lenalidomide"], result.given["lenalidomide"])


def test_bortezomib_after_grade_three_is_given_once_a_week_at_0_7(week: Week) -> None:
    """Ordered on days 1, 4, 8 and 11: the first of each week remains."""
    weekly = _standing("bortezomib", ceiling=0.7, schedule=SCHEDULES.index("weekly"))
    for passed in (0, 7):
        mg = week("vrd-s0777", passed=passed, change=weekly, bsa_m2=2.0).given["bortezomib"]
        np.testing.assert_allclose(mg, [0.7 * 2.0, 0, 0, 0, 0, 0, 0], rtol=1e-6)


@pytest.mark.parametrize("state", [{"held": True}, {"stopped": True}], ids=str)
def test_held_or_stopped_bortezomib_is_planned_and_not_given(week: Week, state: dict[str, bool]) -> None:
    result = week("vrd-s0777", change=_standing("bortezomib", **state))
    assert not result.given["bortezomib"].any()
    assert np.count_nonzero(result.planned["bortezomib"]) == 2


@pytest.mark.parametrize(("arm", "drug"), [("vrd-s0777", "bortezomib"), ("krd", "carfilzomib")])
def test_a_held_drug_leaves_the_others_alone(week: Week, arm: str, drug: str) -> None:
    result = week(arm, change=_standing(drug, held=True))
    assert not result.given[drug].any()
    assert result.planned[drug].any()
    assert result.given["lenalidomide"].all()


def test_off_treatment_nothing_is_planned_or_given(week: Week) -> None:
    result = week("vrd-s0777", on=False)
    assert not any(mg.any() for mg in (*result.planned.values(), *result.given.values()))


def test_routes_are_those_of_the_regimen(week: Week) -> None:
    """0 oral, 1 intravenous, 2 subcutaneous."""
    assert [int(week(arm).route["bortezomib"]) for arm in ("bortezomib-iv", "bortezomib-sc")] == [1, 2]
    assert int(week("rd").route["lenalidomide"]) == 0


@settings(max_examples=200)
@given(data=st.data())
def test_given_is_never_more_than_planned_and_never_negative(engine: Engine, week: Week, data: st.DataObject) -> None:
    flags = st.booleans()

    levels = st.sampled_from([0.7, 1.0, 2.5, 5.0, 10.0, 15.0, 20.0, 25.0, np.inf])
    schedules = st.integers(0, len(SCHEDULES) - 1)

    def change(state: DosingState) -> DosingState:
        for drug in DRUGS_HERE:
            values = {"ceiling": levels, "held": flags, "stopped": flags, "schedule": schedules}
            state = _standing(drug, **{name: data.draw(value) for name, value in values.items()})(state)
        return state

    arm = data.draw(st.sampled_from(ARMS))
    having = engine.of(arm)
    result = week(
        arm,
        cycle=data.draw(st.integers(0, int(having.program.n_cycles[having.arms.index(arm), 0]) - 1)),
        passed=data.draw(st.sampled_from([0, 7, 14])),
        on=data.draw(flags),
        change=change,
        bsa_m2=data.draw(st.floats(1.25, 2.75, width=32)),
        weight_kg=data.draw(st.floats(35.0, 160.0, width=32)),
        crcl_ml_min=data.draw(st.floats(5.0, 150.0, width=32)),
        age=data.draw(st.floats(30.0, 95.0, width=32)),
    )
    for drug, planned in result.planned.items():
        mg = result.given[drug]
        assert (mg >= 0.0).all()
        assert (mg <= planned).all()
        # A dose is given on a day it was planned for, or not at all.
        assert not mg[planned == 0.0].any()
