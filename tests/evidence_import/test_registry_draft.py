"""A registry record becomes a draft that says what is missing and loads only when a person has completed it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from registry_example import record

from cereblon.core.errors import InputError
from cereblon.core.yaml_files import parse_yaml
from cereblon.evidence.registry import Draft, draft_study
from cereblon.evidence.schema import find_problems, parse_study
from reference_data import kept_text


def drafted(content: dict[str, Any]) -> Draft:
    return draft_study(json.dumps(content), where="record.json")


def completed(draft: Draft) -> str:
    """Fill the placeholders in as a person would, with the shortest answers that are allowed."""
    text = draft.text.replace("setting: TO_COMPLETE", "setting: rrmm").replace("role: TO_COMPLETE", "role: context")
    text = text.replace("arm: TO_COMPLETE, versus: TO_COMPLETE", "arm: ird, versus: placebo-rd")
    return text.replace("TO_COMPLETE", "completed")


@pytest.fixture(scope="module")
def draft() -> Draft:
    return drafted(record())


def facts(draft: Draft) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = parse_yaml(draft.text, where="draft")["facts"]
    return found


def fact(draft: Draft, **wanted: object) -> dict[str, Any]:
    (found,) = [one for one in facts(draft) if all(one.get(name) == value for name, value in wanted.items())]
    return found


def test_a_draft_does_not_load_and_names_each_field_to_complete(draft: Draft) -> None:
    with pytest.raises(InputError, match="TO_COMPLETE") as caught:
        parse_study(draft.text, where="nct09999999.yaml")
    for place in ("setting", "population", "role", "role_reason", "arm ird, regimen.0.phase"):
        assert f"{place}: is still TO_COMPLETE" in str(caught.value)
    assert draft.to_complete[:4] == ("setting", "population", "role", "role_reason")


def test_completing_only_some_placeholders_is_not_enough(draft: Draft) -> None:
    text = completed(draft).replace("population: completed", "population: TO_COMPLETE")
    problems = find_problems(parse_yaml(text, where="draft"), where="draft")
    assert len(problems) == 1
    assert problems[0].startswith("draft, population: is still TO_COMPLETE")


def test_a_completed_draft_is_a_sound_study(draft: Draft) -> None:
    study = parse_study(completed(draft), where="nct09999999.yaml")
    assert (study.id, study.kind, study.phase, study.registry) == (
        "nct09999999",
        "randomised",
        "2/3",
        ("NCT09999999",),
    )
    assert study.arms["ird"].drugs == ("ixazomib", "lenalidomide")
    assert study.sources["ctgov"].link == "https://clinicaltrials.gov/study/NCT09999999"
    assert len(study.facts) == draft.facts


def test_medians_keep_their_interval_and_open_ends(draft: Draft) -> None:
    median = fact(draft, arm="ird", endpoint="pfs_median")
    assert (median["value"], median["interval"]) == (20.6, {"low": 17.0, "level": 0.95})
    assert fact(draft, arm="ird", endpoint="os_median")["status"] == "not_reached"


def test_other_units_are_converted_and_say_so(draft: Draft) -> None:
    """4.6 weeks are 32.2 days, 1.058 months of 365.25/12 days."""
    converted = fact(draft, arm="ird", endpoint="ttr_median")
    assert converted["value"] == pytest.approx(1.058, abs=0.0005)  # written with four figures
    assert converted["derived"] == "4.6 weeks"


def test_counts_become_percentages_that_show_their_counts(draft: Draft) -> None:
    assert fact(draft, arm="ird", endpoint="cr")["derived"] == "12 of 100"
    pneumonia = fact(draft, endpoint="ae_pneumonia", grade="serious")
    assert (pneumonia["value"], pneumonia["derived"]) == (10.1, "10 of 99")
    assert fact(draft, arm="ird", endpoint="baseline_iss_3")["value"] == 12.0


def test_events_that_were_not_serious_do_not_pass_for_events_of_any_grade(draft: Draft) -> None:
    assert "not serious" in fact(draft, endpoint="ae_diarrhoea")["population"]


def test_who_stands_above_the_line_of_a_hazard_ratio_is_left_to_a_person(draft: Draft) -> None:
    ratio = fact(draft, endpoint="pfs_hr")
    assert (ratio["arm"], ratio["versus"]) == ("TO_COMPLETE", "TO_COMPLETE")
    assert ratio["p"] == {"below": 0.012}
    assert "the record lists ird, placebo-rd" in " ".join(draft.text.replace("#", " ").split())


def test_a_second_number_of_the_same_quantity_asks_what_tells_them_apart(draft: Draft) -> None:
    rates = [one for one in facts(draft) if one["endpoint"] == "orr" and one["arm"] == "ird"]
    assert [one["value"] for one in rates] == [78.0, 80.0]
    assert "TO_COMPLETE" in rates[1]["population"]


def test_everything_unread_is_listed_in_the_draft_and_in_the_result(draft: Draft) -> None:
    said = " ".join(draft.text.replace("#", " ").split())
    for text in ("Quality of Life", "Stable Disease (SD)", "Bunion"):
        assert any(text in line for line in draft.unread)
        assert text in said


def test_no_value_of_a_record_is_neither_used_nor_listed() -> None:
    """A field the importer has never heard of turns up in the list by its path."""
    content = record()
    content["protocolSection"]["newModule"] = {"surprise": ["a", "b"]}
    assert "protocolSection.newModule: surprise[] (2)" in drafted(content).unread


def test_a_record_without_results_gives_the_protocol_and_says_so() -> None:
    content = record()
    del content["resultsSection"]
    draft = drafted(content)
    assert "no results section" in draft.unread[0]
    assert draft.facts == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "line 1, column 2: not JSON"),
        ("[]", "holds a list; one study record is needed"),
        ('{"studies": [1, 2]}', "a list of 2 studies"),
        ('{"FullStudiesResponse": {}}', "version 1"),
        ('{"results": []}', "protocolSection is needed"),
        ('{"protocolSection": {}}', "nctId is missing"),
        (
            '{"protocolSection": {"identificationModule": {"nctId": "NCT1"}, "designModule": {"phases": "PHASE2"}}}',
            "protocolSection.designModule.phases: got text; a list is needed",
        ),
    ],
)
def test_json_of_another_kind_is_refused_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        draft_study(text, where="record.json")


def test_a_group_that_is_not_defined_becomes_an_arm_that_says_so() -> None:
    content = record()
    content["resultsSection"]["adverseEventsModule"]["eventGroups"] = []
    text = draft_study(json.dumps(content), where="x.json").text
    assert "the record gives numbers for this group and does not say who it is" in text
    assert "label: group EG000" in text


@pytest.mark.parametrize("name", ["NCT02210780", "NCT02552212"])
def test_real_records_become_drafts_that_load_when_completed(name: str) -> None:
    draft = draft_study(kept_text(f"{name}.json.gz"), where=name)
    study = parse_study(completed(draft), where=draft.study)
    assert study.registry == (name,)
    assert draft.facts > 10
    assert study.facts


def test_numbers_of_a_real_record_are_those_of_the_registry() -> None:
    """NCT02210780: 97 patients started each arm (participant flow), none of 97 had a serious event on placebo."""
    draft = draft_study(kept_text("NCT02210780.json.gz"), where="record")
    started = [one["value"] for one in facts(draft) if one["endpoint"] == "n_randomised"]
    assert started == [97, 97]
    assert fact(draft, arm="placebo-qw", endpoint="ae_any", grade="serious")["derived"] == "0 of 97"
