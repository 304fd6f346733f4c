"""The published trials that can be replicated, and the reference page on them. Nothing is simulated here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cereblon.core.yaml_files import parse_yaml
from cereblon.evidence import load_study, study_ids
from cereblon.model.regimens import parse_strategy
from cereblon.trials.library import load_strategy, load_trial, strategy_names, trial_names
from cereblon.trials.run import Prepared, prepare
from cereblon.trials.study_trial import study_patients
from cereblon.trials.trial import ArmPlan, PopulationPlan, TrialPlan, VisitPlan, parse_trial

PAGE = (Path(__file__).parents[2] / "docs/reference/trials.md").read_text(encoding="utf-8")
ASKED_FOR = {
    *("first-mm020", "swog-s0777", "aspire", "pollux", "tourmaline-mm1", "mm009-mm010-pooled", "calgb-100104"),
    *(
        "ifm-2005-02",
        "emn01",
        "ifm2009",
        "len-single-agent-014",
        "maia",
        "endurance-e1a11",
        "determination",
        "perseus",
    ),
    *("griffin", "imroz", "gmmg-hd7", "atlas", "myeloma-xi", "forte"),
}

every_trial = pytest.mark.parametrize("name", trial_names())


@pytest.fixture(scope="module")
def prepared() -> dict[str, Prepared]:
    return {name: prepare(load_trial(name)) for name in trial_names()}


def test_the_library_has_every_trial_that_a_user_may_expect() -> None:
    assert set(trial_names()) >= ASKED_FOR


@every_trial
def test_every_study_with_a_trial_states_its_people(name: str) -> None:
    assert study_patients(load_study(name)) is not None


@every_trial
def test_a_trial_is_named_after_its_study(name: str) -> None:
    plan = load_trial(name)
    assert name in study_ids()
    assert (plan.id, plan.study, plan.population.like) == (name, name, name)


@every_trial
def test_the_strategy_of_an_arm_is_found_by_study_and_arm(name: str) -> None:
    plan = load_trial(name)
    written = {key: parse_strategy(arm.strategy, where=name) for key, arm in plan.arms.items()}
    assert written == {key: load_strategy(f"{name}-{key}") for key in plan.arms}
    assert {f"{name}-{key}" for key in plan.arms} <= set(strategy_names())


@every_trial
def test_every_arm_is_an_arm_of_the_study(name: str) -> None:
    plan, study = load_trial(name), load_study(name)
    assert not [key for key in plan.arms if plan.published_arm(key) not in study.arms]


@every_trial
def test_sizes_are_the_published_ones(name: str) -> None:
    """The study files hold what was published.

    rv-mm-pi-209 gives no sizes of its four arms, and a quarter of the 273 of the first randomisation stands for each.
    """
    plan, study = load_trial(name), load_study(name)
    published = {key: study.patients(plan.published_arm(key)) for key in plan.arms}
    if name == "rv-mm-pi-209":
        assert set(published.values()) == {None}
        published = dict.fromkeys(published, round(273 / 4))
    assert {key: arm.size for key, arm in plan.arms.items()} == published


@every_trial
def test_follow_up_is_published_or_said_to_be_derived_or_assumed(name: str) -> None:
    plan = load_trial(name)
    (source,) = [source for source in plan.sources if "median follow-up" in source]
    assert f"{plan.follow_up_months:g}" in source
    assert _has_published_follow_up(name) or re.search("derived|assumed", source)


@every_trial
def test_every_number_has_a_source_and_recalled_ones_are_assumed(name: str) -> None:
    plan = load_trial(name)
    text = " ".join(plan.sources)
    assert [word for word in ("size", "follow-up", "enrolment", "dropout") if word not in text] == []
    assert not [line for line in (*plan.sources, *plan.notes) if "from memory" in line and "assumed" not in line]


@every_trial
def test_published_ratios_between_the_arms_are_over_the_last(name: str) -> None:
    plan, study = load_trial(name), load_study(name)
    arms = [plan.published_arm(key) for key in plan.arms]
    compared = {
        (fact.arm, fact.versus) for fact in study.facts if fact.endpoint.endswith("_hr") and not fact.subgroup
    }
    over = {versus for arm, versus in compared if arm in arms and versus in arms}
    assert over <= ({"rd18", "mpt"} if name == "first-mm020" else {arms[-1]})
    assert not over or arms[-1] in over


@every_trial
def test_about_20000_subjects_are_simulated_in_10_to_40_trials(name: str) -> None:
    """A tenth more or less than 20,000, for a number of trials is whole; small studies stop at 40 of them.

    S0777 is the main job and kept to 20 trials, so that a first run does not take a minute.
    """
    plan = load_trial(name)
    assert 10 <= plan.replicates <= 40
    assert plan.subjects <= 22_000
    assert plan.subjects >= 18_000 or plan.replicates == (20 if name == "swog-s0777" else 40)


@every_trial
def test_population_regimens_and_parameters_can_be_looked_up(name: str, prepared: dict[str, Prepared]) -> None:
    found = prepared[name]
    assert set(found.lines) == set(found.plan.arms)
    assert all(len(lines) >= 2 for lines in found.lines.values())
    assert found.matched is not None
    assert found.population.name == f"like {name}"
    assert found.n_weeks * 7 >= found.plan.longest_follow_up_months * 365.25 / 12


def test_no_two_trials_share_their_luck() -> None:
    seeds = [load_trial(name).seed for name in trial_names()]
    assert len(set(seeds)) == len(seeds)


def test_the_table_on_the_page_is_that_of_the_library() -> None:
    rows = [line for line in PAGE.splitlines() if re.match(r"\| [a-z0-9-]+ \| `", line) and line.count("|") == 7]
    assert rows == [_row(name) for name in trial_names()]


def _row(name: str) -> str:
    plan = load_trial(name)
    arms = ", ".join(f"`{key}` {arm.size}" for key, arm in plan.arms.items())
    times = f"{plan.enrolment_months:g} | {plan.follow_up_months:g}"
    return f"| {name} | {arms} | {times} | {plan.replicates} | {load_study(name).role} |"


def test_the_page_names_the_trials_whose_follow_up_is_not_published() -> None:
    (listed,) = re.findall(r"`sources` say so\s+\(([^)]*)\)", PAGE)
    guessed = [name for name in trial_names() if not _has_published_follow_up(name)]
    assert re.split(r",\s+", listed) == guessed


def _has_published_follow_up(name: str) -> bool:
    """Some cuts of the study files are named after their median follow-up."""
    plan, facts = load_trial(name), load_study(name).facts
    medians = {fact.value for fact in facts if fact.endpoint == "follow_up_median"}
    cuts = {fact.cut for fact in facts if fact.endpoint == "pfs_hr"}
    return plan.follow_up_months in medians or f"{plan.follow_up_months:g} months" in cuts


def test_the_example_on_the_page_can_be_prepared() -> None:
    (text,) = re.findall(r"```yaml\n(id: .*?)```", PAGE, flags=re.DOTALL)  # other blocks are parts of a file
    found = prepare(parse_trial(parse_yaml(text, where="example"), where="example"))
    assert found.plan.size == 300
    assert [lines[0].id for lines in found.lines.values()] == ["rd-15", "rd"]


def test_every_field_of_a_trial_file_is_explained_on_the_page() -> None:
    fields = {name for model in (TrialPlan, ArmPlan, PopulationPlan, VisitPlan) for name in model.model_fields}
    assert sorted(name for name in fields if f"`{name}`" not in PAGE) == []
