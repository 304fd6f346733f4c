"""Trial files: what a user writes works or is refused with every problem named. Nothing is simulated here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cereblon.core.errors import InputError, UnknownNameError
from cereblon.model.engine.program import ordered_drugs
from cereblon.trials.library import load_trial
from cereblon.trials.run import Prepared, prepare
from cereblon.trials.trial import change_trial, parse_trial

SOURCE = {"protocol": {"citation": "our protocol", "quality": "primary"}}
ORDER = {"drug": "lenalidomide", "dose": 10, "unit": "mg", "route": "oral", "days": "1-21"}


def regimen(**phase: Any) -> dict[str, Any]:
    whole = {"name": "treatment", "cycle_days": 28, "until": "progression", "source": "protocol", "orders": [ORDER]}
    return {"id": "mine", "label": "Mine", "sources": SOURCE, "phases": [whole | phase]}


def trial(**fields: Any) -> dict[str, Any]:
    """A trial as a file says it, with fields replaced, or taken away by None."""
    data = {
        "id": "mine",
        "title": "A trial",
        "population": {"base": "ndmm"},
        "arms": {"one": {"regimen": "rd", "size": 10}},
        "follow_up_months": 24,
        **fields,
    }
    return {key: value for key, value in data.items() if value is not None}


def prepared(**fields: Any) -> Prepared:
    return prepare(parse_trial(trial(**fields), where="mine.yaml"))


def refusal(**fields: Any) -> str:
    with pytest.raises(InputError) as error:
        prepared(**fields)
    return str(error.value)


def arm(**fields: Any) -> dict[str, Any]:
    return {"one": {"size": 10, **fields}}


# What works.


def test_the_least_that_a_trial_needs_has_sensible_defaults() -> None:
    found = prepared()
    assert (found.plan.replicates, found.plan.seed, found.plan.rules) == (40, 1, "us-label")
    assert (found.plan.enrolment_months, found.plan.dropout_per_year) == (0, 0)
    assert ordered_drugs(found.program, found.layout) == ("lenalidomide", "dexamethasone")
    assert found.n_weeks == 106  # 24 months are 104.4 weeks; one more for the first day


def test_a_regimen_in_full_needs_no_label_of_the_arm() -> None:
    found = prepared(arms=arm(regimen=regimen()))
    assert [line.label for line in found.lines["one"]] == ["Mine"]
    assert found.plan.arms["one"].label is None


def test_a_strategy_in_full_mixes_names_and_regimens() -> None:
    strategy = {
        "id": "mine",
        "label": "Mine, then Rd",
        "lines": [regimen(), "rd"],
        "gap_days": 14,
        "basis": "assumed",
        "notes": ["our judgement"],
    }
    found = prepared(arms=arm(strategy=strategy))
    assert [line.id for line in found.lines["one"]] == ["mine", "rd"]
    assert found.program.n_lines[0] == 2
    assert found.program.gap_weeks[0] == 2


def test_a_regimen_and_a_population_can_be_files(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "id: mine\nlabel: Mine\nsources: {p: {citation: c, quality: primary}}\nphases:\n"
        "- {name: a, cycle_days: 21, cycles: 2, source: p, orders: "
        "[{drug: dexamethasone, dose: 20, unit: mg, route: oral, days: [1]}]}\n"
    )
    (tmp_path / "young.yaml").write_text("extends: ndmm\nname: young\ntitle: Young people\n")
    found = prepared(arms=arm(regimen=str(tmp_path / "mine.yaml")), population={"base": str(tmp_path / "young.yaml")})
    assert found.lines["one"][0].phases[0].cycle_days == 21
    assert found.population.name == "young"


def test_people_like_a_study_can_start_from_another_population() -> None:
    found = prepared(population={"base": "ndmm-tie", "like": "swog-s0777"})
    assert found.matched is not None
    assert found.population.name == "like swog-s0777"


def test_observation_can_stand_beside_an_arm_with_a_drug() -> None:
    arms = arm(regimen="observation") | {"two": {"regimen": "rd", "size": 10}}
    found = prepared(arms=arms)
    assert ordered_drugs(found.program, found.layout) == ("lenalidomide", "dexamethasone")


def test_changes_of_parameters_are_in_the_unit_of_their_file() -> None:
    """Lenalidomide's clearance stands in L/h in its file; the model computes in L/day."""
    found = prepared(parameters={"lenalidomide": {"clearance": 10}, "clones": {"kill_immune": 0}})
    assert found.parameters["lenalidomide"]["clearance"] == pytest.approx(240)
    assert found.parameters["clones"]["kill_immune"] == 0
    assert found.parameters["lenalidomide"]["clearance_sd"] == prepared().parameters["lenalidomide"]["clearance_sd"]


def test_a_file_from_standard_notation_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "id: mine\ntitle: A trial\npopulation: {base: ndmm}\nfollow_up_months: 24\n"
        "arms:\n  one: {regimen: rd, size: 10}\n"
    )
    assert load_trial(path) == parse_trial(trial(), where="mine.yaml")


# Files that cannot be read.


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id: [mine\n", "line 2, column 1"),
        ("id: mine\nid: yours\n", "line 2, column 1: key 'id' is written twice"),
        ("arms:\n  one: {size: 1}\n  one: {size: 2}\n", "line 3, column 3: key 'one' is written twice"),
        ("", "holds nothing"),
        ("- a\n- b\n", "holds a list"),
        ("a: \x07", "holds the control character U+0007"),
    ],
)
def test_malformed_yaml_is_refused_at_its_place(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        load_trial(path)
    assert str(error.value).startswith(str(path))
    assert told in str(error.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        load_trial(tmp_path / "mine.yaml")


def test_a_folder_is_no_trial_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder, a file is needed"):
        load_trial(tmp_path)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes("id: mine\ntitle: Müller\n".encode("latin-1"))
    with pytest.raises(InputError, match="is not UTF-8 text"):
        load_trial(path)


# Fields that cannot be.


def test_every_problem_of_a_file_is_listed_with_its_field() -> None:
    text = refusal(
        title=None,
        arms={"One": {"regimen": "rd", "size": -3}, "two": {"size": 1}},
        follow_up_months=0,
        replicates=0,
        seed=-1,
        dropout_per_year=1.5,
        visits={"response_every_weeks": 0},
        rules=3,
        colour="red",
    )
    for told in (
        "mine.yaml, title: is missing",
        "mine.yaml, arms.One.[key]: String should match pattern",
        "mine.yaml, arms.One.size: should be 1 or more; got -3",
        "mine.yaml, arms.two: give either a strategy or a regimen",
        "mine.yaml, follow_up_months: should be above 0; got 0",
        "mine.yaml, replicates: should be 1 or more; got 0",
        "mine.yaml, seed: should be 0 or more; got -1",
        "mine.yaml, dropout_per_year: should be below 1; got 1.5",
        "mine.yaml, visits.response_every_weeks: should be 1 or more; got 0",
        "mine.yaml, rules.str: is a number; text is needed; got 3",
        "mine.yaml, colour: is not a known field",
    ):
        assert told in text
    assert len(text.splitlines()) == 12


def test_what_does_not_fit_together_is_told_at_once() -> None:
    text = refusal(
        enrolment_months=60,
        study_arms={"vrd": "vrd"},
        arms={"one": {"regimen": "rd", "size": 10, "label": "two"}, "two": {"regimen": "vd", "size": 1_000_000}},
        replicates=10_000,
    )
    assert "follow_up_months 24 is the median, so it must exceed half of enrolment_months 60" in text
    assert "study_arms names vrd, which is no arm of the trial" in text
    assert "study_arms needs a study" in text
    assert "more than one is labelled two" in text
    assert "10000100000 subjects in all replicates; at most 4294967295" in text


def test_follow_up_of_exactly_half_the_enrolment_leaves_nobody_in_the_end() -> None:
    assert "must exceed half" in refusal(enrolment_months=48)
    assert prepared(enrolment_months=47.9).plan.longest_follow_up_months == pytest.approx(47.95)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"arms": arm(regimen="rd", strategy="maia-rd")}, "arms.one: give either a strategy or a regimen"),
        ({"arms": {}}, "arms: "),
        ({"arms": ["rd"]}, "arms: a mapping from arm key to its plan is needed"),
        ({"arms": {f"arm{n}": {"regimen": "rd", "size": 1} for n in range(7)}}, "arms: "),
        ({"arms": arm(regimen="rd", size=2.5)}, "arms.one.size: "),
        ({"arms": arm(regimen=7)}, "arms.one.regimen"),
        ({"population": {}}, "population: give base (a population), like (a study), or both"),
        ({"population": "ndmm"}, "population: "),
        ({"follow_up_months": float("nan")}, "follow_up_months: "),
        ({"follow_up_months": float("inf")}, "follow_up_months: "),
        ({"seed": 2**32}, "seed: "),
        ({"id": "My trial"}, "id: "),
        ({"id": 7}, "id: "),
        ({"parameters": {"clones": {"kill_immune": "none"}}}, "parameters: clones: kill_immune: "),
    ],
)
def test_a_field_that_cannot_be_is_named(fields: dict[str, Any], told: str) -> None:
    assert f"mine.yaml, {told}" in refusal(**fields)


# Names that are looked up.


@pytest.mark.parametrize(
    ("fields", "told", "hint"),
    [
        ({"population": {"base": "ndm"}}, "mine, population: population 'ndm' is not known", "ndmm"),
        ({"population": {"like": "swog-s777"}}, "mine, population: ", "swog-s0777"),
        ({"study": "mia"}, "mine, study: ", "maia"),
        (
            {"study": "swog-s0777", "study_arms": {"one": "vrdd"}},
            "mine, study: study_arms: arm of swog-s0777 'vrdd' is not known",
            "vrd",
        ),
        ({"arms": arm(regimen="rd81")}, "mine, arm one: regimen 'rd81' is not known", "rd18"),
        ({"arms": arm(strategy="maia-dr")}, "mine, arm one: strategy 'maia-dr' is not known", "maia-rd"),
        ({"parameters": {"clone": {"kill_immune": 0}}}, "mine, parameters: parameter group 'clone'", "clones"),
        ({"parameters": {"clones": {"kill_imune": 0}}}, "mine, parameters: parameter of clones", "kill_immune"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_known(fields: dict[str, Any], told: str, hint: str) -> None:
    text = refusal(**fields)
    assert text.startswith(told)
    assert hint in text.removeprefix(told)


def test_an_unknown_name_alone_keeps_its_class() -> None:
    with pytest.raises(UnknownNameError):
        prepared(arms=arm(regimen="rd81"))


def test_an_unknown_drug_is_refused_with_the_nearest_known() -> None:
    text = refusal(arms=arm(regimen=regimen(orders=[ORDER | {"drug": "lenalidomid"}])))
    assert "drug 'lenalidomid' is not known (did you mean lenalidomide" in text
    assert text.startswith("mine, arm one")


def test_every_unknown_name_of_a_trial_is_listed() -> None:
    text = refusal(
        study="mia",
        population={"base": "ndm"},
        arms=arm(regimen="rd81") | {"two": {"strategy": "maia-dr", "size": 1}},
        parameters={"clones": {"kill_imune": 0, "acquisition": -1}},
    )
    places = [line.split(":")[0] for line in text.splitlines() if line.startswith("mine, ")]
    assert places == [
        "mine, study",
        "mine, population",
        "mine, arm one",
        "mine, arm two",
        "mine, parameters",
        "mine, parameters",
    ]


def test_a_file_that_is_named_but_not_there_is_refused() -> None:
    assert "no such file" in refusal(arms=arm(regimen="nowhere/mine.yaml"))
    assert "no such file" in refusal(population={"base": "nowhere/mine.yaml"})


def test_a_cycle_that_weeks_do_not_fill_is_refused() -> None:
    text = refusal(arms=arm(regimen=regimen(cycle_days=30)))
    assert "mine, arm one: regimen mine, phase treatment: a cycle of 30 days cannot be simulated" in text
    assert "use whole weeks" in text


def test_a_dose_that_is_not_positive_or_on_no_day_of_the_cycle_is_refused() -> None:
    orders = [ORDER | {"dose": -5}, ORDER | {"drug": "dexamethasone", "days": [1, 29]}]
    text = refusal(arms=arm(regimen=regimen(orders=orders)))
    assert "-5 is not allowed; a dose is greater than 0" in text
    assert "outside the 28-day cycle" in text


def test_a_dose_beyond_all_measure_is_refused() -> None:
    """A dose that its user means all the same is still bounded by what the engine can hold."""
    order = ORDER | {"dose": 1e300, "allow_implausible": True}
    text = refusal(arms=arm(regimen=regimen(orders=[order])))
    assert "mine, arm one: a dose of 1e+300 cannot be simulated; at most 1e+06 mg" in text


def test_a_regimen_without_a_source_is_refused() -> None:
    assert "source" in refusal(arms=arm(regimen=regimen(source="")))


def test_arms_that_order_no_drug_at_all_are_refused() -> None:
    assert "mine, arms: none orders a drug" in refusal(arms=arm(regimen="observation"))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"clones": {"acquisition": -1}}, "clones.acquisition: -1 1/day is outside 0 to"),
        ({"lenalidomide": {"clearance": 0.1}}, "lenalidomide.clearance: 0.1 L/h is outside 1 to 60 L/h"),
        ({"lenalidomide": {"clearance_sd": -0.1}}, "lenalidomide.clearance_sd: -0.1 is negative"),
    ],
)
def test_a_parameter_outside_its_bounds_is_refused(changes: dict[str, dict[str, float]], told: str) -> None:
    assert f"mine, parameters: {told}" in refusal(parameters=changes)


# Published trials, and changes on the command line.


def test_an_unknown_study_suggests_near_ones() -> None:
    with pytest.raises(UnknownNameError, match="did you mean swog-s0777"):
        load_trial("swog-0777")


def test_a_study_of_drugs_outside_the_model_is_refused_with_the_reason_of_each_arm() -> None:
    with pytest.raises(
        InputError, match="study 'rcd-vs-icd-china' cannot be simulated\narm rcd: not in the model: cyclophosphamide"
    ) as error:
        load_trial("rcd-vs-icd-china")
    assert error.value.message.count("\n") == 2
    assert "cereblon evidence regimen rcd-vs-icd-china" in str(error.value.hint)
    assert not isinstance(error.value, UnknownNameError)


def test_a_study_without_a_trial_is_simulated_by_the_regimens_it_publishes() -> None:
    """E4A03 differs in dexamethasone alone: 40 mg on days 1-4, 9-12, 17-20 against days 1, 8, 15, 22."""
    plan = load_trial("e4a03")
    assert plan.study == plan.population.like == "e4a03"
    assert set(plan.arms) == {"rd-high", "rd-low"}
    assert prepare(plan).lines["rd-high"][0].phases[0].orders[1].days == (1, 2, 3, 4, 9, 10, 11, 12, 17, 18, 19, 20)


def test_a_change_keeps_all_else() -> None:
    plan = load_trial("swog-s0777")
    assert change_trial(plan) is plan
    changed = change_trial(plan, replicates=2, seed=0)
    assert (changed.replicates, changed.seed) == (2, 0)
    assert changed.model_copy(update={"replicates": plan.replicates, "seed": plan.seed}) == plan


@pytest.mark.parametrize("changes", [{"seed": -1}, {"seed": 2**32}, {"replicates": 0}, {"replicates": 10_001}])
def test_a_change_that_cannot_be_is_refused_by_its_name(changes: dict[str, int]) -> None:
    (name,) = changes
    with pytest.raises(InputError, match=f"swog-s0777, {name}: should be"):
        change_trial(load_trial("swog-s0777"), **changes)
