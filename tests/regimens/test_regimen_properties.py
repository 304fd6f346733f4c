"""What holds for every regimen: it runs with the doses that were ordered, or is refused with a message."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cereblon.core.errors import InputError
from cereblon.model.drugs import DRUGS
from cereblon.model.regimens import OrderGrid, load_regimen, order_grid, parse_regimen, parse_strategy
from cereblon.model.regimens.library import parse_entry

Raw = dict[str, Any]

# Each in its own unit, so that totals can be compared without conversion.
FORMS = (
    ("lenalidomide", "mg", "oral"),
    ("dexamethasone", "mg", "oral"),
    ("dexamethasone", "mg", "iv"),
    ("bortezomib", "mg/m^2", "iv"),
    ("bortezomib", "mg/m2", "sc"),
    ("ixazomib", "mg", "oral"),
    ("carfilzomib", "mg/m²", "iv"),
    ("daratumumab", "mg/kg", "iv"),
    ("daratumumab", "mg", "sc"),
)
FAULTY_FORMS = (("melphalan", "mg", "oral"), ("thalidomide", "mg", "oral"), ("lenalidomide", "mL", "oral"))


@st.composite
def mostly(draw: st.DrawFn, usual: st.SearchStrategy[Any], faulty: st.SearchStrategy[Any]) -> Any:
    """Draw something faulty now and then, so that most regimens have no fault or one."""
    return draw(faulty) if draw(st.integers(0, 24)) == 13 else draw(usual)


doses = mostly(st.one_of(st.integers(1, 2000), st.floats(0.1, 50)), st.sampled_from([0, -1, -0.5]))
cycle_ranges = st.one_of(
    st.none(),
    st.none(),
    st.integers(1, 3).map(lambda first: f"{first}-{first + 1}"),
    st.integers(1, 4).map(lambda first: f"{first}+"),
    st.sampled_from(["2", "5-2"]),
)


@st.composite
def orders(draw: st.DrawFn, cycle_days: int) -> Raw:
    drug, unit, route = draw(mostly(st.sampled_from(FORMS), st.sampled_from(FAULTY_FORMS)))
    order: Raw = {"drug": drug, "dose": draw(doses), "unit": unit, "route": route, "allow_implausible": True}
    last = draw(mostly(st.just(cycle_days), st.just(cycle_days + 3)))
    order["days"] = draw(st.lists(st.integers(1, last), min_size=1, max_size=6, unique=True))
    cycles = draw(cycle_ranges)
    return order if cycles is None else order | {"cycles": cycles}


@st.composite
def phases(draw: st.DrawFn, *, last: bool) -> Raw:
    cycle_days = draw(mostly(st.sampled_from([7, 14, 21, 28, 35, 42]), st.just(30)))
    number = st.integers(4, 8).map(lambda cycles: {"cycles": cycles})
    until = st.just({"until": "progression"})
    phase: Raw = {"name": draw(st.uuids()).hex, "source": "s", "cycle_days": cycle_days}
    phase |= draw(st.one_of(number, until) if last else mostly(number, until))
    phase["orders"] = draw(st.lists(orders(cycle_days), max_size=3))
    if not draw(st.integers(0, 4)):
        melphalan = {"drug": "melphalan", "dose": 200, "unit": "mg/m2", "route": "iv", "days": [1]}
        phase["orders"].append(melphalan)
        phase |= {"procedure": "asct", "transplant_day": draw(mostly(st.just(3), st.sampled_from([1, 50])))}
    return phase


@st.composite
def regimens(draw: st.DrawFn) -> Raw:
    return {
        "id": "random",
        "label": "Random",
        "sources": {"s": {"citation": "none", "quality": "recalled"}},
        "phases": [*draw(st.lists(phases(last=False), max_size=2)), draw(phases(last=True))],
    }


def _in_range(cycles: str | None, cycle: int) -> bool:
    if cycles is None:
        return True
    first, _, last = cycles.rstrip("+").partition("-")
    return int(first) <= cycle and (cycles.endswith("+") or cycle <= int(last or first))


def _ordered_totals(raw: Raw, n_cycles: int) -> np.ndarray:
    """Add up the orders as the file states them, over the cycles that the grid writes down."""
    totals = np.zeros(len(DRUGS))
    left = n_cycles
    for phase in raw["phases"]:
        cycles = phase.get("cycles", left)
        left -= cycles
        for order in phase["orders"]:
            given_in = sum(_in_range(order.get("cycles"), cycle) for cycle in range(1, cycles + 1))
            totals[DRUGS.index(order["drug"])] += given_in * len(order["days"]) * order["dose"]
    return totals


def _grid_totals(grid: OrderGrid) -> np.ndarray:
    totals: np.ndarray = grid.template_dose.sum(axis=1)[grid.cycle_template].sum(axis=0)
    return totals


@settings(max_examples=200)
@given(regimens())
def test_a_regimen_is_given_in_full_or_refused(raw: Raw) -> None:
    try:
        grid = order_grid(parse_regimen(raw, where="random.yaml"))
    except InputError as error:
        assert error.message
        return
    # Sums of at most a few hundred doses in float64: rounding stays far below 1e-9.
    np.testing.assert_allclose(_grid_totals(grid), _ordered_totals(raw, grid.n_cycles), rtol=1e-9)
    days = sum(phase["cycle_days"] * phase.get("cycles", 0) for phase in raw["phases"])
    assert grid.repeats or grid.template_days[grid.cycle_template].sum() == days


valid_orders = st.builds(
    lambda drug, dose, days: {
        "drug": drug,
        "dose": dose,
        "unit": "mg",
        "route": "oral",
        "days": sorted(days),
        "allow_implausible": True,
    },
    st.sampled_from(["lenalidomide", "dexamethasone", "ixazomib"]),
    st.floats(0.5, 60),
    st.sets(st.integers(1, 28), min_size=1),
)


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(st.lists(valid_orders, max_size=3, unique_by=lambda order: order["drug"]), st.integers(1, 20)),
        min_size=1,
        max_size=4,
    )
)
def test_a_valid_regimen_is_never_refused(parts: list[tuple[list[Raw], int]]) -> None:
    raw = {
        "id": "random",
        "label": "Random",
        "sources": {"s": {"citation": "none", "quality": "recalled"}},
        "phases": [
            {"name": f"phase {number}", "source": "s", "cycle_days": 28, "cycles": cycles, "orders": orders_}
            for number, (orders_, cycles) in enumerate(parts)
        ],
    }
    grid = order_grid(parse_regimen(raw, where="random.yaml"))
    # Sums of at most a few hundred doses in float64: rounding stays far below 1e-9.
    np.testing.assert_allclose(_grid_totals(grid), _ordered_totals(raw, grid.n_cycles), rtol=1e-9)


junk = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.dates()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(st.text(max_size=5), st.integers()), inner, max_size=3)
    ),
    max_leaves=5,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List the paths to every field and item."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, inner in items for place in [(*path, key), *_places(inner, (*path, key))]]


def _put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    changed = copy.deepcopy(value)
    target = changed
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = new
    return changed


TRANSPLANT = load_regimen("vrd-asct-ifm2009").model_dump(mode="json", exclude_none=True)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), junk)
def test_junk_in_any_field_is_taken_or_refused_with_a_message(data: st.DataObject, new: Any) -> None:
    place = data.draw(st.sampled_from(_places(TRANSPLANT)))
    try:
        order_grid(parse_regimen(_put(TRANSPLANT, place, new), where="junk.yaml"))
    except InputError as error:
        assert error.message


@settings(max_examples=100)
@given(st.dictionaries(st.sampled_from(["id", "label", "lines", "phases", "sources", "basis", 3]), junk))
def test_a_file_of_junk_is_refused_with_a_message(data: Raw) -> None:
    with pytest.raises(InputError):
        parse_entry(data, where="junk.yaml")


@settings(max_examples=50)
@given(st.sampled_from(["id", "lines", "gap_days", "basis", "sources", "notes", "era"]), junk)
def test_junk_in_a_strategy_is_taken_or_refused_with_a_message(field: str, new: Any) -> None:
    raw = {"id": "mine", "label": "Mine", "lines": ["rd", TRANSPLANT], "basis": "assumed", "notes": ["ours"]}
    try:
        parse_strategy(raw | {field: new}, where="junk.yaml")
    except InputError as error:
        assert error.message
