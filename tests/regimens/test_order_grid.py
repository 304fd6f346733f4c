"""The arrays that the simulator sees."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cereblon.core.errors import InputError
from cereblon.model.drugs import DRUGS
from cereblon.model.regimens import Regimen, load_regimen, order_grid, parse_regimen, strategy_grid

Raw = dict[str, Any]
LENALIDOMIDE, DEXAMETHASONE, BORTEZOMIB = (DRUGS.index(n) for n in ("lenalidomide", "dexamethasone", "bortezomib"))
MELPHALAN = DRUGS.index("melphalan")


def _days(grid_row: np.ndarray) -> list[int]:
    return [int(day) + 1 for day in np.flatnonzero(grid_row)]


def test_s0777_gives_bortezomib_in_the_first_eight_cycles_only() -> None:
    """Published schedule: eight 21-day VRd cycles, then 28-day Rd (Durie 2017, as reported by the ASCO Post)."""
    grid = order_grid(load_regimen("vrd-s0777"))
    assert grid.cycle_template.tolist() == [0] * 8 + [1]
    assert grid.template_days.tolist() == [21, 28]
    assert grid.repeats
    assert _days(grid.template_dose[0, :, BORTEZOMIB]) == [1, 4, 8, 11]
    assert grid.template_dose[1, :, BORTEZOMIB].sum() == 0


def test_units_and_routes_are_coded_per_template_and_drug() -> None:
    grid = order_grid(load_regimen("vrd-s0777"))
    assert grid.template_unit[0, [LENALIDOMIDE, DEXAMETHASONE, BORTEZOMIB]].tolist() == [0, 0, 1]
    assert grid.template_route[0, [LENALIDOMIDE, DEXAMETHASONE, BORTEZOMIB]].tolist() == [0, 0, 1]


def test_carfilzomib_steps_up_within_the_first_cycle() -> None:
    """ASPIRE: 20 mg/m2 on days 1 and 2 of cycle 1, 27 mg/m2 after (ASH 2014 abstract 79)."""
    grid = order_grid(load_regimen("krd"))
    doses = grid.template_dose[0, :, DRUGS.index("carfilzomib")]
    assert doses[[0, 1, 7, 8, 14, 15]].tolist() == [20, 20, 27, 27, 27, 27]


def test_equal_cycles_share_a_template_even_in_two_phases() -> None:
    assert order_grid(load_regimen("rd-s0777")).template_dose.shape == (1, 28, len(DRUGS))


def test_an_open_phase_is_written_down_to_the_cycle_that_repeats() -> None:
    grid = order_grid(load_regimen("rd-high-dex"))
    assert grid.cycle_template.tolist() == [0, 0, 0, 0, 1]
    assert _days(grid.template_dose[1, :, DEXAMETHASONE]) == [1, 2, 3, 4]


def test_a_fixed_number_of_cycles_ends() -> None:
    grid = order_grid(load_regimen("rd18"))
    assert (grid.n_cycles, grid.repeats) == (18, False)


def test_the_transplant_day_stands_in_its_template_only() -> None:
    grid = order_grid(load_regimen("vrd-asct-ifm2009"))
    with_transplant = np.flatnonzero(grid.template_transplant_day)
    assert grid.template_transplant_day[with_transplant].tolist() == [3]
    assert _days(grid.template_dose[with_transplant[0], :, MELPHALAN]) == [1]


def test_observation_is_one_empty_cycle_that_repeats() -> None:
    grid = order_grid(load_regimen("observation"))
    assert (grid.n_cycles, grid.repeats, float(grid.template_dose.sum())) == (1, True, 0.0)


def test_lines_share_templates_and_short_lines_are_padded() -> None:
    grid = strategy_grid([load_regimen("rd18"), load_regimen("vd"), load_regimen("rd")], gap_days=14)
    assert grid.n_cycles.tolist() == [18, 8, 1]
    assert grid.cycle_template[2].tolist() == [0] + [-1] * 17
    assert grid.repeats.tolist() == [False, False, True]
    assert (grid.template_days.tolist(), grid.gap_days) == ([28, 21], 14)


def test_days_past_a_short_cycle_are_empty() -> None:
    grid = order_grid(load_regimen("vrd-s0777"))
    assert grid.template_dose.shape[1] == 28
    assert not grid.template_dose[0, 21:].any()


def test_a_cycle_that_is_no_whole_week_is_valid_but_cannot_be_simulated(raw: Raw) -> None:
    raw["phases"][0]["cycle_days"] = 20
    regimen = parse_regimen(raw, where="x.yaml")
    with pytest.raises(
        InputError, match="phase induction: a cycle of 20 days cannot be simulated; multiples of 7 can"
    ):
        order_grid(regimen)


def test_two_routes_of_a_drug_in_one_cycle_cannot_be_simulated(raw: Raw) -> None:
    raw["phases"][0]["orders"].append(
        {"drug": "bortezomib", "dose": 1.3, "unit": "mg/m2", "route": "sc", "days": [15]}
    )
    with pytest.raises(InputError, match="bortezomib: given as mg/m2 iv and mg/m2 sc in one cycle"):
        order_grid(parse_regimen(raw, where="x.yaml"))


def test_two_routes_of_a_drug_in_different_cycles_can_be_simulated(raw: Raw) -> None:
    raw["phases"][0]["orders"][0]["cycles"] = "1-4"
    later = {"drug": "bortezomib", "dose": 1.3, "unit": "mg/m2", "route": "sc", "days": [1, 4, 8, 11], "cycles": "5+"}
    raw["phases"][0]["orders"].append(later)
    grid = order_grid(parse_regimen(raw, where="x.yaml"))
    assert grid.template_route[[0, 1], BORTEZOMIB].tolist() == [1, 2]


def test_a_strategy_without_lines_and_a_gap_of_days_are_both_named() -> None:
    with pytest.raises(InputError, match="at least one line\na gap of 5 days"):
        strategy_grid([], gap_days=5)


def test_a_regimen_built_in_python_equals_the_one_from_its_json() -> None:
    regimen = load_regimen("dvrd-griffin")
    assert Regimen.model_validate_json(regimen.model_dump_json()) == regimen
