from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cereblon.core.errors import InputError, UnknownNameError
from cereblon.core.random_streams import root_key
from cereblon.model.patients import load_population, population_for_setting, population_names, read_population
from cereblon.model.patients.limits import is_possible, limits

NAMES = population_names()


def test_every_setting_asked_for_has_a_population() -> None:
    assert NAMES == ["maintenance-post-asct", "ndmm", "ndmm-te", "ndmm-tie", "rrmm-1-3", "rrmm-heavy"]


@pytest.mark.parametrize("name", NAMES)
def test_the_same_person_is_drawn_whatever_the_subset_and_order(name: str) -> None:
    population, key = load_population(name), root_key(11)
    everyone = population.draw(key, np.arange(900))
    ids = np.random.default_rng(0).permutation(900)[:217]
    some = population.draw(key, ids)
    for field, values in some.arrays().items():
        np.testing.assert_array_equal(values, everyone.arrays()[field][ids], err_msg=field)


def test_an_id_given_twice_is_the_same_person_twice() -> None:
    twice = load_population("ndmm").draw(root_key(1), [5, 5, 4_000_000_000])
    assert twice.age[0] == twice.age[1] != twice.age[2]


def test_another_seed_draws_other_people() -> None:
    population = load_population("ndmm")
    first, second = (population.draw(root_key(seed), np.arange(50)) for seed in (1, 2))
    assert not np.isin(first.age, second.age).any()


def test_nobody_is_drawn_from_an_empty_list() -> None:
    assert len(load_population("ndmm").draw(root_key(1), np.array([], dtype=np.int64))) == 0


@settings(max_examples=12)
@given(seed=st.integers(0, 2**32 - 1), name=st.sampled_from(NAMES))
def test_limits_and_entry_criteria_hold_for_any_seed(seed: int, name: str) -> None:
    population = load_population(name)
    patients = population.draw(root_key(seed), np.arange(400))
    assert is_possible(patients).all()
    assert population.eligibility.allows(patients).all()
    for column, (lower, upper) in limits().items():
        values = getattr(patients, column)
        assert values.min() >= lower, column
        assert values.max() <= upper, column


def test_limits_are_met_by_truncation_and_not_by_heaping() -> None:
    """No value may occur at a limit: truncated continuous marginals have no mass there."""
    patients = load_population("rrmm-heavy").draw(root_key(2), np.arange(20_000))
    for column in ("age", "crcl_ml_min", "albumin_g_l", "haemoglobin_g_l", "marrow_plasma_cells_percent"):
        assert not np.isin(getattr(patients, column), limits()[column]).any(), column


@pytest.mark.parametrize("ids", [[-1], [2**32], [1.5], [[1, 2]]])
def test_an_id_that_luck_cannot_number_is_refused(ids: object) -> None:
    with pytest.raises(InputError, match="subject ids"):
        load_population("ndmm").draw(root_key(1), ids)  # type: ignore[arg-type]


def test_unknown_population_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean rrmm-heavy"):
        load_population("rrmm-havy")
    with pytest.raises(UnknownNameError, match="setting"):
        population_for_setting("mds-or-other")


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_criteria_that_leave_nobody_are_refused(tmp_path: Path) -> None:
    criterion = "{value: 40, unit: kg/m^2, source: test, basis: assumed}"
    other = "{value: 20, unit: kg/m^2, source: test, basis: assumed}"
    text = f"extends: ndmm\neligibility: {{criteria: {{bmi_kg_m2_min: {criterion}, bmi_kg_m2_max: {other}}}}}\n"
    missed = r"3 of 3 patients missed the limits or entry criteria in every attempt(.|\n)*bmi_kg_m2_min 40"
    with pytest.raises(InputError, match=missed):
        read_population(written(tmp_path, text)).draw(root_key(1), np.arange(3))


def test_all_problems_of_a_population_file_are_listed_at_once(tmp_path: Path) -> None:
    text = """
extends: ndmm
male: {value: 1.5, unit: '1', source: test, basis: assumed}
ecog: {value: {'0': 0.5, '1': 0.4}, source: test, basis: assumed}
isotype: {value: {IgA: 0.5, IgG: 0.5}, source: test, basis: assumed}
cardiac_history: {value: 0.5, unit: '1', source: '', basis: assumed}
shoe_size: 42
b2m_mg_l:
  distribution: log_normal
  median: {value: -1, unit: mg/L, source: test, basis: assumed}
  spread: {value: 0.6, unit: '1', source: test, basis: assumed}
eligibility: {criteria: {ecog_mx: {value: 2, unit: '1', source: test, basis: assumed}}}
"""
    with pytest.raises(InputError) as caught:
        read_population(written(tmp_path, text))
    for part in (
        "male: 1.5 1 is not a share",
        "ecog: the shares add up to 0.9",
        "isotype: the levels are IgA, IgG",
        "cardiac_history.source: no source",
        "shoe_size",
        "median -1.0 of a log-normal is not positive",
        "did you mean ecog_max",
    ):
        assert part in str(caught.value)


def pairs(*stated: str) -> str:
    lines = "\n".join(f"  - {{{pair}, source: test, basis: assumed}}" for pair in stated)
    return f"extends: ndmm\ncorrelations:\n{lines}\n"


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        (
            (
                "between: [age, ecog], value: 0.9",
                "between: [age, b2m_mg_l], value: 0.9",
                "between: [b2m_mg_l, ecog], value: -0.9",
            ),
            "no joint distribution has all of them",
        ),
        (("between: [age, ecog], value: 0.1", "between: [ecog, age], value: 0.1"), "stated twice"),
        (("between: [age, shoe_size], value: 0.1",), "'shoe_size' is not known"),
        (("between: [age, ecog], value: 1.0",), "strictly between -1 and 1"),
    ],
)
def test_impossible_correlations_are_refused(tmp_path: Path, stated: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_population(written(tmp_path, pairs(*stated)))


def test_refractoriness_without_an_earlier_line_is_refused(tmp_path: Path) -> None:
    text = "extends: ndmm\nlenalidomide_refractory: {value: 0.1, unit: '1', source: test, basis: assumed}\n"
    with pytest.raises(InputError, match="more than the share of patients with an earlier line"):
        read_population(written(tmp_path, text))


def test_extending_an_unknown_population_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"mine.yaml, extends: population 'nddm' is not known"):
        read_population(written(tmp_path, "extends: nddm\n"))
