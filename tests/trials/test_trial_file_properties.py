"""Whatever stands in a trial file, it can be prepared or is refused with a message; nothing else is raised."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cereblon.core.errors import InputError
from cereblon.core.yaml_files import parse_yaml
from cereblon.evidence import study_ids
from cereblon.model.patients.library import population_names
from cereblon.model.regimens import regimen_names
from cereblon.trials.library import strategy_names
from cereblon.trials.run import prepare
from cereblon.trials.trial import TrialPlan, change_trial, parse_trial

quick = settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])

# What a person may write where something else is needed.
odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.sampled_from(["", " ", "rd", "ndmm", "28 days", "nan", "../x.yaml", "~", "é", "a" * 300, "1e3", "2020-01-31"]),
    st.text(max_size=8),
    st.lists(st.integers(-3, 3), max_size=3),
    st.dictionaries(st.text(max_size=4), st.integers(-3, 3), max_size=3),
)
sizes = st.integers(1, 500)

# Mostly sensible, so that many trials get as far as the arrays of the simulation.
order = st.one_of(
    st.fixed_dictionaries(
        {
            "drug": st.just("lenalidomide"),
            "dose": st.floats(0.5, 50),
            "unit": st.just("mg"),
            "route": st.just("oral"),
            "days": st.sampled_from(["1-21", "1-14", [1, 8, 15], "1-4,9-12", [29]]),
        }
    ),
    st.fixed_dictionaries(
        {
            "drug": st.sampled_from(["bortezomib", "carfilzomib", "daratumumab"]),
            "dose": st.floats(-1, 1e9),
            "unit": st.sampled_from(["mg/m2", "mg/m2", "mg/kg", "mg"]),
            "route": st.sampled_from(["iv", "sc"]),
            "days": st.lists(st.integers(1, 28), min_size=1, max_size=6, unique=True),
        },
        optional={"cycles": st.sampled_from(["1", "2+", "1-2", 3])},
    ),
)
phase = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["induction", "maintenance"]),
        "cycle_days": st.sampled_from([28, 28, 28, 35, 21, 30]),
        "cycles": st.integers(1, 40),
        "source": st.just("protocol"),
        "orders": st.lists(order, min_size=1, max_size=3, unique_by=lambda order: str(order["drug"])),
    }
)
inline_regimen = st.fixed_dictionaries(
    {
        "id": st.just("mine"),
        "label": st.just("mine"),
        "sources": st.just({"protocol": {"citation": "ours", "quality": "primary"}}),
        "phases": st.lists(phase, min_size=1, max_size=3),
    }
)
inline_strategy = st.fixed_dictionaries(
    {
        "id": st.just("mine"),
        "label": st.just("mine"),
        "lines": st.lists(st.one_of(st.sampled_from(regimen_names()), inline_regimen), min_size=1, max_size=4),
        "basis": st.just("assumed"),
        "notes": st.just(["ours"]),
    },
    optional={"gap_days": st.sampled_from([0, 14, 28, 20])},
)
arm = st.one_of(
    st.fixed_dictionaries({"size": sizes, "regimen": st.one_of(st.sampled_from(regimen_names()), inline_regimen)}),
    st.fixed_dictionaries({"size": sizes, "strategy": st.one_of(st.sampled_from(strategy_names()), inline_strategy)}),
)
population = st.fixed_dictionaries(
    {"base": st.sampled_from(population_names())}, optional={"like": st.sampled_from(study_ids())}
)
trial = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["mine", "mine-too"]),
        "title": st.just("A trial"),
        "population": population,
        "arms": st.dictionaries(st.sampled_from(["vrd", "rd", "dex"]), arm, min_size=1, max_size=3),
        "follow_up_months": st.floats(1, 240),
    },
    optional={
        "study": st.sampled_from(study_ids()),
        "enrolment_months": st.floats(0, 48),
        "dropout_per_year": st.floats(0, 0.9),
        "visits": st.fixed_dictionaries({"response_every_weeks": st.integers(1, 26)}),
        "rules": st.sampled_from(["us-label", "none"]),
        "replicates": st.integers(1, 10_000),
        "seed": st.integers(0, 2**32 - 1),
        "parameters": st.dictionaries(
            st.sampled_from(["clones", "lenalidomide"]),
            st.dictionaries(st.sampled_from(["clearance", "clearance_sd"]), st.floats(0, 100), max_size=2),
            max_size=2,
        ),
    },
)
good: dict[str, Any] = {
    "id": "mine",
    "title": "A trial",
    "study": "swog-s0777",
    "study_arms": {"one": "vrd"},
    "population": {"base": "ndmm", "like": "swog-s0777"},
    "arms": {
        "one": {"regimen": "rd", "size": 5, "label": "Rd"},
        "two": {"strategy": "maia-rd", "size": 5},
        "three": {
            "size": 5,
            "strategy": {
                "id": "mine",
                "label": "mine",
                "gap_days": 28,
                "basis": "assumed",
                "notes": ["ours"],
                "lines": [
                    "vd",
                    {
                        "id": "mine",
                        "label": "mine",
                        "sources": {"protocol": {"citation": "ours", "quality": "primary"}},
                        "phases": [
                            {
                                "name": "all",
                                "cycle_days": 28,
                                "cycles": 6,
                                "source": "protocol",
                                "orders": [
                                    {
                                        "drug": "lenalidomide",
                                        "dose": 25,
                                        "unit": "mg",
                                        "route": "oral",
                                        "days": "1-21",
                                    }
                                ],
                            }
                        ],
                    },
                ],
            },
        },
    },
    "enrolment_months": 12,
    "follow_up_months": 24,
    "visits": {"response_every_weeks": 4},
    "parameters": {"clones": {"kill_immune": 0.0}},
    "sources": ["ours"],
}


def prepares(data: Any) -> bool:
    """Prepare a trial, or show that what is raised is a refusal that says something."""
    try:
        plan = parse_trial(data, where="mine.yaml")
        prepare(plan)
    except InputError as error:
        assert "mine" in error.message
        assert "validation error" not in str(error)
        return False
    assert change_trial(plan, seed=1).subjects == plan.subjects
    return True


def places(data: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List the paths of all values in nested mappings and lists."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [above, *(path for key, value in inner for path in places(value, (*above, key)))]


def test_the_good_trial_of_these_tests_is_good() -> None:
    assert prepares(good)
    assert len(places(good)) > 50


@pytest.mark.slow
def test_any_trial_runs_or_is_refused() -> None:
    """A quarter at least should run, or these trials say little; about two in five do."""
    ran: list[bool] = []

    @settings(quick, max_examples=60)
    @given(data=trial)
    def any_trial(data: dict[str, Any]) -> None:
        ran.append(prepares(data))

    any_trial()
    assert sum(ran) > len(ran) / 4


@quick
@given(place=st.sampled_from(places(good)[1:]), value=odd)
def test_a_good_trial_with_one_odd_value_runs_or_is_refused(place: tuple[Any, ...], value: Any) -> None:
    data = copy.deepcopy(good)
    holder: Any = data
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = value
    prepares(data)


@quick
@given(place=st.sampled_from(places(good)[1:]))
def test_a_good_trial_with_one_value_less_runs_or_is_refused(place: tuple[Any, ...]) -> None:
    data = copy.deepcopy(good)
    holder: Any = data
    for key in place[:-1]:
        holder = holder[key]
    del holder[place[-1]]
    prepares(data)


@quick
@given(data=st.dictionaries(st.one_of(st.text(max_size=5), st.integers(), st.none()), odd, max_size=5))
def test_anything_else_in_a_mapping_is_refused(data: dict[Any, Any]) -> None:
    assert not prepares(data)


@quick
@given(data=trial)
def test_a_trial_is_the_same_after_writing_it_as_yaml(data: dict[str, Any]) -> None:
    try:
        plan = parse_trial(data, where="mine.yaml")
    except InputError:
        return
    text = yaml.safe_dump(plan.model_dump(mode="json"), allow_unicode=True)
    assert TrialPlan.model_validate(parse_yaml(text, where="mine.yaml")) == plan


@settings(max_examples=300)
@given(text=st.one_of(st.text(max_size=60), st.text(alphabet="abc:-[]{}&*!|>'\"#%@`? \n\t", max_size=60)))
def test_any_text_is_yaml_or_refused(text: str) -> None:
    try:
        parse_yaml(text, where="mine.yaml")
    except InputError as error:
        assert "mine.yaml" in error.message
