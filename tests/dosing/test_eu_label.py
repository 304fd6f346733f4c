"""The EU label of lenalidomide by indication: by the engine and by the rule interpreter at once.

Limits and doses are those of `rule_sets/eu-label.yaml` with its sources.
"""

from __future__ import annotations

import pytest
from both_interpreters import BothInterpreters, Visit
from hypothesis import given, settings
from hypothesis import strategies as st

from cereblon.model.dosing.library import load_rule_set

EU = load_rule_set("eu-label")
RD = {"lenalidomide": 25.0, "dexamethasone": 40.0}
WELL: Visit = {"anc": 3.0}


def lenalidomide(visits: list[Visit], orders: dict[str, float] = RD, **person: float) -> list[float]:
    return BothInterpreters(EU, orders, **person).doses([WELL, *visits], "lenalidomide")[2:]


def test_relapsed_disease_goes_down_15_10_5_and_no_lower() -> None:
    """Section 4.2, at least one prior therapy: starting dose 25, levels 15, 10 and 5 mg."""
    falls: list[Visit] = [{"platelets": 29.0}, WELL] * 4
    assert lenalidomide(falls, prior_lines=1.0)[1::2] == [15.0, 10.0, 5.0, 5.0]


def test_newly_diagnosed_disease_goes_down_by_smaller_steps() -> None:
    falls: list[Visit] = [{"platelets": 24.0}, WELL] * 6
    assert lenalidomide(falls)[1::2] == [20.0, 15.0, 10.0, 5.0, 2.5, 2.5]


def test_the_first_fall_of_neutrophils_alone_costs_nothing() -> None:
    falls: list[Visit] = [{"anc": 0.4}, WELL] * 3
    assert lenalidomide(falls, prior_lines=2.0)[1::2] == [25.0, 15.0, 10.0]


@pytest.mark.parametrize(
    ("orders", "prior_lines", "platelets", "held"),
    [
        (RD, 0.0, 25.0, False),
        (RD, 0.0, 24.9, True),
        (RD, 1.0, 30.0, False),
        (RD, 1.0, 29.9, True),
        ({**RD, "bortezomib": 1.3}, 0.0, 29.9, True),
        ({**RD, "bortezomib": 1.3}, 0.0, 30.0, False),
        ({"lenalidomide": 10.0}, 0.0, 29.9, True),
        ({"lenalidomide": 10.0}, 0.0, 30.0, False),
    ],
)
def test_the_limit_of_platelets_depends_on_the_indication(
    orders: dict[str, float], prior_lines: float, platelets: float, held: bool
) -> None:
    assert (lenalidomide([{"platelets": platelets}], orders, prior_lines=prior_lines) == [0.0]) is held


@settings(max_examples=40)
@given(
    visits=st.lists(
        st.fixed_dictionaries({"anc": st.floats(0.0, 4.0, width=32), "platelets": st.floats(0.0, 200.0, width=32)}),
        max_size=10,
    ),
    orders=st.sampled_from((RD, {**RD, "bortezomib": 1.3}, {**RD, "ixazomib": 4.0}, {"lenalidomide": 10.0})),
    prior_lines=st.sampled_from([0.0, 1.0, 3.0]),
    dialysis=st.sampled_from([0.0, 1.0]),
    crcl=st.floats(5.0, 150.0, width=32),
)
def test_both_interpreters_agree_in_every_indication(
    visits: list[Visit], orders: dict[str, float], prior_lines: float, dialysis: float, crcl: float
) -> None:
    both = BothInterpreters(EU, orders, prior_lines=prior_lines, dialysis=dialysis, crcl=crcl)
    doses = both.doses(visits, "lenalidomide")
    assert all(0.0 <= dose <= orders["lenalidomide"] for dose in doses)


@pytest.mark.parametrize(
    ("age", "prior_lines", "dose"), [(74.99, 0.0, 40.0), (75.0, 0.0, 20.0), (82.0, 0.0, 20.0), (82.0, 1.0, 40.0)]
)
def test_dexamethasone_starts_at_20_from_75_in_newly_diagnosed_disease(
    age: float, prior_lines: float, dose: float
) -> None:
    """Section 4.2: 20 mg once a week from 75 years in newly diagnosed disease; relapsed disease names no age."""
    assert BothInterpreters(EU, RD, age=age, prior_lines=prior_lines).doses([], "dexamethasone") == [dose]


WELL_FOR_NINE_WEEKS: list[Visit] = [{"anc": 1.5, "platelets": 100.0}] * 9


def test_two_good_cycles_raise_lenalidomide_by_one_level_up_to_the_starting_dose() -> None:
    """Newly diagnosed disease: neutrophils 1.5, platelets 100 as a cycle begins, two good cycles."""
    fall: list[Visit] = [{"platelets": 24.0}]
    doses = lenalidomide([*fall, *WELL_FOR_NINE_WEEKS, *WELL_FOR_NINE_WEEKS])
    assert sorted(set(doses[1:])) == [20.0, 25.0]
    assert doses[1:8] == [20.0] * 7 and doses[-1] == 25.0


@pytest.mark.parametrize(
    ("orders", "prior_lines", "visit"),
    [
        (RD, 0.0, {"anc": 1.49, "platelets": 100.0}),
        (RD, 0.0, {"anc": 1.5, "platelets": 99.0}),
        (RD, 1.0, {"anc": 3.0}),
        ({**RD, "bortezomib": 1.3}, 0.0, {"anc": 3.0}),
    ],
)
def test_lenalidomide_is_not_raised_again_otherwise(
    orders: dict[str, float], prior_lines: float, visit: Visit
) -> None:
    doses = lenalidomide([{"platelets": 20.0}, WELL, *[visit] * 12], orders, prior_lines=prior_lines)
    assert doses[-1] < 25.0
