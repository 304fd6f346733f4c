"""Any regimen that is written to a study file is read from it as it was; any words are a dose or are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published_studies import study_of

from cereblon.core.errors import InputError
from cereblon.model.regimens import Regimen, parse_regimen, strategy_grid
from cereblon.model.regimens.schedule import format_days
from cereblon.trials.published_regimen import understand_arm
from cereblon.trials.published_regimen.dose_words import read_dose
from cereblon.trials.regimen_difference import doses_by_day

_FORMS = {
    "lenalidomide": (("mg", "oral", (5, 10, 15, 25)),),
    "dexamethasone": (("mg", "oral", (10, 20, 40)), ("mg", "iv", (8, 20))),
    "bortezomib": (("mg/m2", "iv", (1.0, 1.3)), ("mg/m2", "sc", (0.7, 1.3))),
    "carfilzomib": (("mg/m2", "iv", (20, 27, 36, 56)),),
    "ixazomib": (("mg", "oral", (2.3, 3, 4)),),
    "daratumumab": (("mg/kg", "iv", (8, 16)), ("mg", "sc", (1800,))),
    "isatuximab": (("mg/kg", "iv", (10, 20)),),
    "elotuzumab": (("mg/kg", "iv", (10, 20)),),
    "pomalidomide": (("mg", "oral", (2, 4)),),
}


@st.composite
def _orders(
    draw: st.DrawFn, drug: str, cycle_days: int, cycles: int | None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Draw how a drug is given in a phase: as orders of the model, and as a study file says it."""
    unit, route, doses = draw(st.sampled_from(_FORMS[drug]))
    days = sorted(draw(st.sets(st.integers(1, cycle_days), min_size=1, max_size=5)))
    most = cycles or 12
    step = draw(st.integers(1, most - 1)) if most > 1 and draw(st.booleans()) else None
    first, then = (draw(st.sampled_from(doses)) for _ in range(2))
    base = {"drug": drug, "unit": unit, "route": route, "days": days, "source": "s"}
    written: dict[str, Any] = {"drug": drug, "route": route, "days": format_days(tuple(days)).replace(",", ", ")}
    if step is None:
        return [{**base, "dose": first}], [{**written, "dose": f"{first:g} {unit}"}]
    last = f"{step + 1}-{cycles}" if cycles else f"{step + 1}+"
    meant = [{**base, "dose": first, "cycles": f"1-{step}"}, {**base, "dose": then, "cycles": last}]
    in_words = draw(st.sampled_from(["to", "for", "in", "two orders", "special before general"]))
    amounts = (f"{first:g} {unit}", f"{then:g} {unit}")
    said = {
        "to": [{**written, "dose": f"{amounts[0]} to cycle {step}, then {amounts[1]}"}],
        "for": [{**written, "dose": f"{amounts[0]} for {step} cycles, followed by {amounts[1]}"}],
        "in": [{**written, "dose": f"{amounts[0]} in cycles 1-{step}, {amounts[1]} from cycle {step + 1}"}],
        "two orders": [
            {**written, "dose": amounts[0], "cycles": f"1-{step}"},
            {**written, "dose": amounts[1], "cycles": last},
        ],
        "special before general": [
            {**written, "dose": amounts[1]},
            {**written, "dose": amounts[0], "cycles": f"1-{step}"},
        ],
    }
    return meant, said[in_words]


@st.composite
def _phases(draw: st.DrawFn, name: str, *, is_last: bool) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Draw a phase: as phases of the model, and as a study file says it."""
    cycle_days = draw(st.sampled_from([14, 21, 28, 35, 42]))
    goes_on = is_last and draw(st.booleans())
    cycles = None if goes_on else draw(st.integers(1, 12))
    drugs = draw(st.lists(st.sampled_from(list(_FORMS)), max_size=4, unique=True))
    orders: list[dict[str, Any]] = []
    said: list[dict[str, Any]] = []
    for drug in drugs:
        meant, written = draw(_orders(drug, cycle_days, cycles))
        orders += meant
        said += written
    length: dict[str, Any] = {"until": "progression"} if goes_on else {"cycles": cycles}
    in_words: dict[str, Any] = draw(
        st.sampled_from(
            [{"until": "progression"}, {"until": "disease progression or unacceptable toxicity"}]
            if goes_on
            else [
                {"cycles": cycles},
                {"duration": f"up to {cycles} cycles"},
                {"until": f"progression or {cycles} cycles"},
            ]
        )
    )
    if draw(st.booleans()) and drugs:
        said.append({"drug": "placebo"})
    meant_phase = {"name": name, "cycle_days": cycle_days, **length, "source": "s", "orders": orders}
    return [meant_phase], {"phase": name, "cycle_days": cycle_days, **in_words, **({"drugs": said} if said else {})}


@st.composite
def _regimens(draw: st.DrawFn) -> tuple[Regimen, list[dict[str, Any]]]:
    number = draw(st.integers(1, 4))
    meant: list[dict[str, Any]] = []
    said: list[dict[str, Any]] = []
    for place in range(number):
        phases, written = draw(_phases(f"phase {'abcd'[place]}", is_last=place == number - 1))
        meant += phases
        said.append(written)
    sources = {"s": {"citation": "ours", "quality": "primary"}}
    return parse_regimen({"id": "ours", "label": "Ours", "phases": meant, "sources": sources}, where="ours"), said


# Checked annotations look at an item of a tuple that they choose with `random`; nothing that is drawn depends on it.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning")
@settings(max_examples=120)
@given(_regimens())
def test_a_regimen_written_to_a_study_file_and_read_has_the_same_calendar(
    drawn: tuple[Regimen, list[dict[str, Any]]],
) -> None:
    meant, said = drawn
    found = understand_arm(study_of({"one": tuple(said)}, setting="ndmm-tie"), "one")
    assert found.regimen is not None, found.reason
    one, other = strategy_grid([meant]), strategy_grid([found.regimen])
    assert doses_by_day(meant) == doses_by_day(found.regimen)
    assert np.array_equal(one.n_cycles, other.n_cycles) or meant.repeats
    assert np.array_equal(one.repeats, other.repeats)
    assert not [line for line in found.assumed if "above 75" not in line and "until progression" not in line]


@settings(max_examples=200)
@given(st.text("0123456789 mgkl/,;()-+thenforcycasyw²%", max_size=30))
def test_any_words_are_a_dose_or_are_refused(words: str) -> None:
    try:
        found = read_dose(words)
    except InputError as error:
        assert error.hint
    else:
        assert all(np.isfinite(step.dose) for step in found.steps)
